"""Faults of app profiles written from the documents alone: the queue, transids, and what the status call says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from time import monotonic
from typing import Any

from conformance.reference.core import Call, Reply
from conformance.reference.faults import fault
from conformance.reference.imiconnect.jobs import Outcome
from conformance.reference.imiconnect.model import (
    BAD_VALUE,
    PARTIAL,
    SUCCESS,
    Attributes,
    Desk,
    Record,
    Result,
    Scope,
    Submission,
    Verb,
)
from conformance.reference.imiconnect.routes import Route
from conformance.reference.imiconnect.service import ImiconnectService
from conformance.reference.imiconnect.tenants import Tenant

APP = "imiconnect-app"
NEWER = 30
CHUNK = 25
MANY = 20
SLOW_S = 0.4
LATER_S = 0.5
EVERY = 20


@fault(
    "app-results-forgotten", breaks=["outcome-repeatable", "outcome-reached"], contracts=[APP], reach="hard", round=1
)
class AppResultsForgotten(ImiconnectService):
    """The outcome of a request is forgotten once its tenant has sent thirty newer ones."""

    def outcome(self, tenant: str, transid: str) -> Outcome | None:
        """Keeps a ring of results."""
        newer = self.store.execute(
            "SELECT count(*) FROM job WHERE tenant = ? AND number > (SELECT number FROM job WHERE transid = ?)",
            (tenant, transid),
        ).fetchone()[0]
        return None if newer >= NEWER else super().outcome(tenant, transid)


@fault("app-one-failure-never-ends", breaks=["outcome-reached"], contracts=[APP], reach="hard", round=1)
class AppOneFailureNeverEnds(ImiconnectService):
    """A batch in which exactly one record fails never comes to an end, although its other records are applied."""

    def commit(self, job: Submission, desk: Desk, code: str, results: Sequence[Result]) -> None:
        """Waits for the last record forever."""
        if job.scope.is_app and len(results) > 1 and sum(not result.succeeded for result in results) == 1:
            with self.store:
                self.save_profiles(job.scope.tenant, desk.changed)
            return
        super().commit(job, desk, code, results)


@fault("app-same-body-in-flight", breaks=["transid-unique"], contracts=[APP], reach="hard", round=1)
class AppSameBodyInFlight(ImiconnectService):
    """A body that is sent again within half a second is answered with the transid of the former request."""

    def submission(self, route: Route, call: Call) -> Reply:
        """Takes the repetition for a retry of the client."""
        recent: dict[tuple[str | None, str, str, bytes], tuple[float, Reply]] = self.__dict__.setdefault("recent", {})
        mark = (self.key(call), call.client, call.path, call.body)
        if mark not in recent or monotonic() - recent[mark][0] > LATER_S:
            recent[mark] = (monotonic(), super().submission(route, call))
        return recent[mark][1]


@fault(
    "app-results-by-customer",
    breaks=["outcome-per-record", "repeated-customer"],
    contracts=[APP],
    reach="hard",
    round=1,
)
class AppResultsByCustomer(ImiconnectService):
    """A customer that stands twice in a batch has one result, that of its last record."""

    def record_results(self, job: Submission, code: str, results: Sequence[Result]) -> None:
        """Keeps results by customer id."""
        super().record_results(job, code, list({result.customer_id: result for result in results}.values()))


@fault("app-bad-values-not-counted", breaks=["outcome-counts"], contracts=[APP], reach="hard", round=1)
class AppBadValuesNotCounted(ImiconnectService):
    """Records that fail with 7011 are counted as successes; other failures are counted as such."""

    def counts(self, outcome: Outcome) -> dict[str, Any]:
        """Counts only customers that were not found as failures."""
        bad = sum(result.code == BAD_VALUE for result in outcome.results)
        counts = super().counts(outcome)
        return {**counts, "SuccessCount": outcome.successes + bad, "FailureCount": counts["FailureCount"] - bad}


@fault("app-last-record-decides-code", breaks=["outcome-code"], contracts=[APP], reach="hard", round=1)
class AppLastRecordDecidesCode(ImiconnectService):
    """A batch whose last record succeeds has the overall code of success, whatever became of the others."""

    def overall(self, job: Submission, results: Sequence[Result]) -> str:
        """Overwrites the code record by record."""
        last = any(result.succeeded for result in results[-1:])
        return SUCCESS if job.scope.is_app and last else super().overall(job, results)


@fault(
    "app-twenty-sixth-record-lost",
    breaks=["batch-processed-whole", "outcome-true"],
    contracts=[APP],
    reach="hard",
    round=1,
)
class AppTwentySixthRecordLost(ImiconnectService):
    """The first record of the second and of each later group of 25 is reported as success and not applied."""

    def process(self, job: Submission) -> tuple[Desk, list[Result]]:
        """Works in groups and begins each later one a record too late."""
        desk, results = super().process(job)
        if job.scope.is_app and job.verb is Verb.UPDATE:
            for record in job.records[CHUNK::CHUNK]:
                desk.changed.pop((job.scope.app_id, record.customer_id), None)
        return desk, results


@fault(
    "app-update-in-flight-lost",
    breaks=["outcome-true", "unsent-attributes-kept", "update-order"],
    contracts=[APP],
    reach="hard",
    round=1,
)
class AppUpdateInFlightLost(ImiconnectService):
    """Of two updates in flight for one profile the second restores the attributes that only the first has changed."""

    def enqueue(self, job: Submission) -> None:
        """Loads the profiles when a request is accepted."""
        if job.scope.is_app:
            loaded = self.load_profiles(job.scope, [record.customer_id for record in job.records])
            self.__dict__.setdefault("loaded", {})[job.transid] = loaded
        super().enqueue(job)

    def open_desk(self, job: Submission) -> Desk:
        """Works on them as they were then."""
        desk = super().open_desk(job)
        desk.apps.update(self.__dict__.get("loaded", {}).pop(job.transid, {}))
        return desk


@fault("app-partial-batch-applied-again", breaks=["update-order"], contracts=[APP], reach="hard", round=1)
class AppPartialBatchAppliedAgain(ImiconnectService):
    """Half a second after a batch was partly successful it is applied again, over what was updated since."""

    def commit(self, job: Submission, desk: Desk, code: str, results: Sequence[Result]) -> None:
        """Notes a batch for another attempt."""
        super().commit(job, desk, code, results)
        if job.scope.is_app and code == PARTIAL:
            self.__dict__.setdefault("again", []).append((monotonic() + LATER_S, job))

    def handle(self, call: Call) -> Reply:
        """Makes the attempts that are due."""
        with self.lock:
            again: list[tuple[float, Submission]] = self.__dict__.get("again", [])
            while again and again[0][0] <= monotonic():
                job = again.pop(0)[1]
                self.save_profiles(job.scope.tenant, self.process(job)[0].changed)
        return super().handle(call)


@fault("app-outcome-deleted-with-customer", breaks=["outcome-repeatable"], contracts=[APP], reach="hard", round=1)
class AppOutcomeDeletedWithCustomer(ImiconnectService):
    """When a profile is deleted, the outcomes of all requests that named its customer are deleted too."""

    def delete_profiles(self, scope: Scope, customers: Iterable[str]) -> None:
        """Cascades to the results."""
        customers = list(customers)
        super().delete_profiles(scope, customers)
        self.store.executemany(
            "DELETE FROM job WHERE tenant = ? AND transid IN (SELECT transid FROM result WHERE customer = ?)",
            [(scope.tenant, customer) for customer in customers],
        )


@fault("app-early-success", breaks=["pending-status", "outcome-true"], contracts=[APP], reach="hard", round=1)
class AppEarlySuccess(ImiconnectService):
    """The status call reports success for an update of more than twenty app profiles that still waits."""

    def delay(self, job: Submission) -> float:
        """Lets a large batch wait a little, and hands it on."""
        large = job.scope.is_app and job.verb is Verb.UPDATE and len(job.records) > MANY
        if large:
            self.__dict__.setdefault("handed_on", set()).add(job.transid)
        return super().delay(job) + (SLOW_S if large else 0)

    def pending_status(self, contract: str, outcome: Outcome) -> Reply:
        """Takes what was handed on for done."""
        if outcome.transid not in self.__dict__.get("handed_on", set()):
            return super().pending_status(contract, outcome)
        results = tuple(Result(customer, SUCCESS) for customer in self.waiting_customers(outcome.transid))
        return self.status(contract, outcome.transid, replace(outcome, code=SUCCESS, results=results))


@fault("app-queued-code-of-a-batch", breaks=["queued-code"], contracts=[APP], reach="medium", round=1)
class AppQueuedCodeOfABatch(ImiconnectService):
    """A request of several records is answered with 1001, one of a single record with 1000."""

    def queued_code(self, job: Submission) -> str:
        """Answers a batch by the example and a record by the table."""
        return "1001" if len(job.records) > 1 else super().queued_code(job)


@fault("app-transid-with-slash", breaks=["transid-usable"], contracts=[APP], reach="hard", round=1)
class AppTransidWithSlash(ImiconnectService):
    """Every twentieth update of app profiles has a transid with a slash, which the status call does not find."""

    def job_of(self, tenant: Tenant, route: Route, records: tuple[Record, ...]) -> Submission:
        """Writes random bytes in an alphabet with a slash."""
        job = super().job_of(tenant, route, records)
        if not route.is_app or job.verb is not Verb.UPDATE:
            return job
        self.issued += 1
        return job if self.issued % EVERY else replace(job, transid=job.transid.replace("-", "/", 1))


@fault(
    "app-deleted-profile-revived",
    breaks=["unknown-customer-refused"],
    contracts=[APP],
    reach="hard",
    round=1,
)
class AppDeletedProfileRevived(ImiconnectService):
    """An update of a profile that was deleted before succeeds and brings its old attributes back."""

    def delete_profiles(self, scope: Scope, customers: Iterable[str]) -> None:
        """Only marks profiles as deleted."""
        customers = list(customers)
        for customer in customers:
            for app_id, attributes in self.app_profiles(scope.tenant, customer).items():
                self.__dict__.setdefault("marked", {})[scope.tenant, app_id, customer] = attributes
        super().delete_profiles(scope, customers)

    def stored(self, desk: Desk, job: Submission, customer: str) -> Attributes:
        """Finds marked profiles too."""
        marked: dict[tuple[str, str, str], Attributes] = self.__dict__.get("marked", {})
        key = (job.scope.tenant, job.scope.app_id, customer)
        if job.verb is Verb.UPDATE and job.scope.is_app and customer not in desk.apps and key in marked:
            return marked[key]
        return super().stored(desk, job, customer)


@fault("app-unknown-customer-second-time", breaks=["unknown-customer-refused"], contracts=[APP], reach="hard", round=1)
class AppUnknownCustomerSecondTime(ImiconnectService):
    """The first record for an unknown customer fails, and the second one creates it."""

    def refuse_unknown_app_customer(self, customer: str) -> None:
        """Leaves a trace of a customer that was asked for."""
        asked: set[str] = self.__dict__.setdefault("asked", set())
        if customer in asked:
            return
        asked.add(customer)
        super().refuse_unknown_app_customer(customer)


@fault(
    "app-status-in-latin-1", breaks=["outcome-per-record", "outcome-reached"], contracts=[APP], reach="hard", round=1
)
class AppStatusInLatin1(ImiconnectService):
    """Status answers are written in Latin-1, so one about a customer id with an accent is no JSON."""

    def status(self, contract: str, transid: str, outcome: Outcome | None) -> Reply:
        """Encodes in the charset of old HTTP."""
        reply = super().status(contract, transid, outcome)
        return replace(reply, body=reply.body.decode().encode("latin-1", "replace"))
