"""Faults of customer profiles in queue, transid, status, retention and time; written from the documents alone."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import replace
from time import monotonic

from conformance.reference.faults import fault
from conformance.reference.imiconnect.answers import Answer
from conformance.reference.imiconnect.jobs import Outcome
from conformance.reference.imiconnect.model import (
    PARTIAL,
    UNKNOWN_CUSTOMER,
    Attributes,
    Desk,
    RecordError,
    Result,
    Scope,
    Submission,
    Verb,
)
from conformance.reference.imiconnect.service import ImiconnectService

CONTRACTS = ("imiconnect-customer",)
ROUND = 2
KEPT_REQUESTS = 50
PAGE = 50
LATE_S = 0.4
REMEMBERED_S = 3.0


def _updates_customers(job: Submission) -> bool:
    """Whether a submission updates customer profiles."""
    return job.verb is Verb.UPDATE and not job.scope.is_app


@fault(
    "customer-outcome-gone-after-fifty-requests",
    breaks=["outcome-repeatable"],
    contracts=CONTRACTS,
    reach="hard",
    round=ROUND,
)
class OutcomeGoneAfterFiftyRequests(ImiconnectService):
    """The outcome of a request is forgotten as soon as fifty newer requests exist."""

    def outcome(self, tenant: str, transid: str) -> Outcome | None:
        """Knows the newest requests alone."""
        newer = "SELECT COUNT(*) FROM job WHERE number > (SELECT number FROM job WHERE transid = ?)"
        count: int = self.store.execute(newer, (transid,)).fetchone()[0]
        return None if count >= KEPT_REQUESTS else super().outcome(tenant, transid)


@fault(
    "customer-batch-with-one-failure-never-ends",
    breaks=["outcome-reached"],
    contracts=CONTRACTS,
    reach="hard",
    round=ROUND,
)
class BatchWithOneFailureNeverEnds(ImiconnectService):
    """A batch in which exactly one record fails is applied, and its status stays pending for ever."""

    def commit(self, job: Submission, desk: Desk, code: str, results: Sequence[Result]) -> None:
        """Waits for one more result than there will be."""
        failed = sum(not result.succeeded for result in results)
        if job.scope.is_app or len(results) < 2 or failed != 1:
            super().commit(job, desk, code, results)
            return
        with self.store:
            self.store.execute("BEGIN")
            self.save_profiles(job.scope.tenant, desk.changed)


@fault(
    "customer-transid-looked-up-with-like",
    breaks=["unknown-transid-refused"],
    contracts=CONTRACTS,
    reach="medium",
    round=ROUND,
)
class TransidLookedUpWithLike(ImiconnectService):
    """The status of a transid in another letter case, or with a percent sign in it, is that of a request that fits."""

    def outcome(self, tenant: str, transid: str) -> Outcome | None:
        """Compares as a search does."""
        fitting = "SELECT transid FROM job WHERE tenant = ? AND transid LIKE ? ORDER BY number"
        row = self.store.execute(fitting, (tenant, transid)).fetchone()
        return super().outcome(tenant, row["transid"] if row else transid)


@fault(
    "customer-few-failures-not-counted",
    breaks=["outcome-counts"],
    contracts=CONTRACTS,
    reach="hard",
    round=ROUND,
)
class FewFailuresNotCounted(ImiconnectService):
    """Failures of less than five percent of a batch are rounded away in its counts."""

    def counts(self, outcome: Outcome) -> Answer:
        """Counts in shares."""
        counted = super().counts(outcome)
        if 0 < counted["FailureCount"] * 20 < counted["TotalCount"]:
            return {**counted, "SuccessCount": counted["TotalCount"], "FailureCount": 0}
        return counted


@fault(
    "customer-results-end-at-fifty",
    breaks=["outcome-per-record"],
    contracts=CONTRACTS,
    reach="hard",
    round=ROUND,
)
class ResultsEndAtFifty(ImiconnectService):
    """A final outcome lists the first fifty results of a longer batch and no more."""

    def ordered(self, results: Sequence[Result]) -> Sequence[Result]:
        """Shows one page."""
        return super().ordered(results)[:PAGE]


@fault(
    "customer-results-under-sorted-ids",
    breaks=["outcome-true", "failed-record-unchanged", "unknown-customer-refused"],
    contracts=CONTRACTS,
    reach="hard",
    round=ROUND,
)
class ResultsUnderSortedIds(ImiconnectService):
    """The ids of a batch are sorted and its codes are not, so that a failure stands under the id of another record."""

    def record_results(self, job: Submission, code: str, results: Sequence[Result]) -> None:
        """Joins two lists of different order."""
        if not job.scope.is_app:
            names = sorted(result.customer_id for result in results)
            results = [Result(name, result.code) for name, result in zip(names, results, strict=True)]
        super().record_results(job, code, results)


@fault(
    "customer-batch-reported-before-it-is-stored",
    breaks=["outcome-true", "update-order"],
    contracts=CONTRACTS,
    reach="hard",
    round=ROUND,
)
class BatchReportedBeforeItIsStored(ImiconnectService):
    """An update of more than ten records is reported as a success some tenths of a second before it is stored."""

    def commit(self, job: Submission, desk: Desk, code: str, results: Sequence[Result]) -> None:
        """Leaves the storing of a batch to a thread of its own."""
        late = desk.changed if _updates_customers(job) and len(results) > 10 else {}
        super().commit(job, replace(desk, changed={} if late else desk.changed), code, results)
        if late:
            threading.Timer(LATE_S, self.save_late, (job.scope.tenant, late)).start()

    def save_late(self, tenant: str, profiles: dict[tuple[str, str], Attributes]) -> None:
        """Stores a batch."""
        with self.lock:
            if not self.stopping:
                self.save_profiles(tenant, profiles)


@fault(
    "customer-update-from-an-old-copy",
    breaks=["unsent-attributes-kept", "update-order", "outcome-true"],
    contracts=CONTRACTS,
    reach="hard",
    round=ROUND,
)
class UpdateFromAnOldCopy(ImiconnectService):
    """An update changes the profile as it was at its acceptance and undoes what was still in the queue before it."""

    def submit(self, job: Submission, body: bytes) -> None:
        """Copies the profiles when the request comes."""
        if _updates_customers(job):
            copies = self.load_profiles(Scope(job.scope.tenant), [record.customer_id for record in job.records])
            vars(self).setdefault("_copies", {})[job.transid] = copies
        super().submit(job, body)

    def open_desk(self, job: Submission) -> Desk:
        """Works on the copies."""
        desk = super().open_desk(job)
        copies: dict[str, Attributes] = vars(self).setdefault("_copies", {}).pop(job.transid, {})
        desk.masters.update({name: copy for name, copy in copies.items() if name in desk.masters})
        return desk


@fault(
    "customer-waiting-update-dropped-for-a-newer-one",
    breaks=["outcome-true", "batch-processed-whole", "update-order"],
    contracts=CONTRACTS,
    reach="hard",
    round=ROUND,
)
class WaitingUpdateDroppedForANewerOne(ImiconnectService):
    """An update is dropped, though reported as a success, if a newer one of the same customer waits behind it."""

    def process(self, job: Submission) -> tuple[Desk, list[Result]]:
        """Trusts that the newer update has everything."""
        desk, results = super().process(job)
        for _, newer in self.pending:
            if _updates_customers(job) and newer.scope == job.scope and newer.verb is job.verb:
                for record in newer.records:
                    desk.changed.pop(("", record.customer_id), None)
        return desk, results


@fault(
    "customer-deleted-one-comes-back-2",
    breaks=["unknown-customer-refused"],
    contracts=CONTRACTS,
    reach="hard",
    round=ROUND,
)
class DeletedOneComesBack(ImiconnectService):
    """An update of a deleted customer succeeds and brings it back instead of failing with 7014."""

    def delete_profiles(self, scope: Scope, customers: Iterable[str]) -> None:
        """Keeps a mark of what it deletes."""
        named = list(customers)
        vars(self).setdefault("_deleted", set()).update((scope, name) for name in named)
        super().delete_profiles(scope, named)

    def open_desk(self, job: Submission) -> Desk:
        """Takes marks for customers."""
        desk = super().open_desk(job)
        deleted: set[tuple[Scope, str]] = vars(self).setdefault("_deleted", set())
        if _updates_customers(job):
            names = [record.customer_id for record in job.records if (job.scope, record.customer_id) in deleted]
            desk.masters = {**{name: {} for name in names}, **desk.masters}
        return desk


@fault(
    "customer-absence-remembered",
    breaks=["body-grammar", "examples-accepted"],
    contracts=CONTRACTS,
    reach="hard",
    round=ROUND,
)
class AbsenceRemembered(ImiconnectService):
    """A customer that was once not found stays unknown to updates for three seconds, though it is created meanwhile."""

    def stored(self, desk: Desk, job: Submission, customer: str) -> Attributes:
        """Asks a cache of absent customers first."""
        absent: dict[tuple[Scope, str], float] = vars(self).setdefault("_absent", {})
        if _updates_customers(job):
            if monotonic() - absent.get((job.scope, customer), -REMEMBERED_S) < REMEMBERED_S:
                raise RecordError(UNKNOWN_CUSTOMER)
            if customer not in desk.masters:
                absent[job.scope, customer] = monotonic()
        return super().stored(desk, job, customer)


@fault(
    "customer-old-outcome-judged-anew",
    breaks=["outcome-repeatable"],
    contracts=CONTRACTS,
    reach="hard",
    round=ROUND,
)
class OldOutcomeJudgedAnew(ImiconnectService):
    """The status of a finished request turns into a failure with 7014 once its customer is deleted."""

    def outcome(self, tenant: str, transid: str) -> Outcome | None:
        """Looks each customer up again."""
        found = super().outcome(tenant, transid)
        if found is None or found.code is None:
            return found
        present = self.load_profiles(Scope(tenant), [result.customer_id for result in found.results])
        anew = tuple(
            Result(each.customer_id, UNKNOWN_CUSTOMER) if each.succeeded and each.customer_id not in present else each
            for each in found.results
        )
        return found if anew == found.results else replace(found, code=PARTIAL, results=anew)


@fault(
    "customer-failed-update-leaves-an-empty-profile",
    breaks=["unknown-customer-refused", "failed-record-unchanged"],
    contracts=CONTRACTS,
    reach="medium",
    round=ROUND,
)
class FailedUpdateLeavesAnEmptyProfile(ImiconnectService):
    """A record for an unknown customer fails with 7014 and leaves an empty profile, so that the next one succeeds."""

    def stored_master(self, desk: Desk, verb: Verb, customer: str) -> Attributes:
        """Makes room before it looks."""
        if verb is Verb.UPDATE and customer not in desk.masters:
            desk.changed["", customer] = {}
        return super().stored_master(desk, verb, customer)
