"""Round 2, app profiles: the queue, transids, the status call, retention and what happens at the same time."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from time import monotonic
from types import MappingProxyType
from typing import Any

from conformance.reference.core import Call, Reply
from conformance.reference.faults import fault
from conformance.reference.imiconnect.jobs import Outcome
from conformance.reference.imiconnect.model import (
    SUCCESS,
    UNKNOWN_CUSTOMER,
    Attributes,
    Changes,
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

APP_CONTRACT = "imiconnect-app"
NOTHING: Mapping[Any, Any] = MappingProxyType({})


@fault("app-one-failure-never-ends-2", breaks=["outcome-reached"], contracts=[APP_CONTRACT], reach="medium", round=2)
class AppOneFailureNeverEnds(ImiconnectService):
    """A batch in which exactly one record fails never comes to a final outcome."""

    def record_results(self, job: Submission, code: str, results: Sequence[Result]) -> None:
        """Waits for a second failure."""
        failures = sum(not result.succeeded for result in results)
        if not (job.scope.is_app and len(results) > 1 and failures == 1):
            super().record_results(job, code, results)


@fault("app-fifty-outcomes-kept", breaks=["outcome-repeatable"], contracts=[APP_CONTRACT], reach="hard", round=2)
class AppFiftyOutcomesKept(ImiconnectService):
    """The outcome of a request is forgotten once its tenant has sent fifty newer ones."""

    def outcome(self, tenant: str, transid: str) -> Outcome | None:
        """Keeps the last fifty."""
        newer = self.store.execute(
            "SELECT count(*) FROM job WHERE tenant = ? AND app <> '' AND number > "
            "(SELECT number FROM job WHERE transid = ? AND app <> '')",
            (tenant, transid),
        ).fetchone()[0]
        return super().outcome(tenant, transid) if newer < 50 else None


@fault("app-outcome-told-five-times", breaks=["outcome-repeatable"], contracts=[APP_CONTRACT], reach="hard", round=2)
class AppOutcomeToldFiveTimes(ImiconnectService):
    """A final outcome is told five times; from then on the transid is unknown."""

    told: Mapping[str, int] = NOTHING

    def outcome(self, tenant: str, transid: str) -> Outcome | None:
        """Counts how often it was told."""
        found = super().outcome(tenant, transid)
        if found and found.code:
            self.told = {**self.told, transid: self.told.get(transid, 0) + 1}
        return found if self.told.get(transid, 0) <= 5 else None


@fault(
    "app-transid-known-by-its-beginning",
    breaks=["unknown-transid-refused", "outcome-names-request"],
    contracts=[APP_CONTRACT],
    reach="hard",
    round=2,
)
class AppTransidKnownByItsBeginning(ImiconnectService):
    """A transid that was never issued has the outcome of one with the same first 24 characters."""

    def outcome(self, tenant: str, transid: str) -> Outcome | None:
        """Compares as many characters as the index has."""
        row = self.store.execute(
            "SELECT transid FROM job WHERE tenant = ? AND substr(transid, 1, 24) = ?", (tenant, transid[:24])
        ).fetchone()
        return super().outcome(tenant, row["transid"] if row else transid)


@fault(
    "app-transid-with-a-slash",
    breaks=["transid-usable", "outcome-reached"],
    contracts=[APP_CONTRACT],
    reach="medium",
    round=2,
)
class AppTransidWithASlash(ImiconnectService):
    """Transids are plain Base64, so every second or third has a slash and cannot stand in an address."""

    def new_transid(self) -> str:
        """Takes the alphabet that is not meant for addresses."""
        return base64.b64encode(secrets.token_bytes(27)).decode()


@fault("app-quick-retry-same-transid", breaks=["transid-unique"], contracts=[APP_CONTRACT], reach="hard", round=2)
class AppQuickRetrySameTransid(ImiconnectService):
    """A body that is sent again while the first still waits gets the transid of the first."""

    bodies: Mapping[str, bytes] = NOTHING

    def submit(self, job: Submission, body: bytes) -> None:
        """Notes what waits."""
        waiting = {each.transid for _, each in self.pending}
        self.bodies = {name: held for name, held in self.bodies.items() if name in waiting} | {job.transid: body}
        super().submit(job, body)

    def submission(self, route: Route, call: Call) -> Reply:
        """Answers for the request that waits."""
        scope = Scope(self.admit(route, call).id, route.values.get("appid", ""))
        waiting = (job for _, job in self.pending if job.scope == scope and job.verb == route.operation)
        same = next((job for job in waiting if self.bodies.get(job.transid) == call.body), None)
        return self.queued(route.contract, same) if same and scope.is_app else super().submission(route, call)


@fault(
    "app-large-batch-pending-as-success",
    breaks=["pending-status", "outcome-per-record"],
    contracts=[APP_CONTRACT],
    reach="hard",
    round=2,
)
class AppLargeBatchPendingAsSuccess(ImiconnectService):
    """As long as a batch of fifty records or more waits, the status call counts all of them as successes."""

    def pending_status(self, contract: str, outcome: Outcome) -> Reply:
        """Promises success for batches."""
        if outcome.waiting < 50:
            return super().pending_status(contract, outcome)
        answer = self.summary(contract, replace(outcome, code=SUCCESS))
        return Reply.json({**answer, "TotalCount": outcome.waiting, "SuccessCount": outcome.waiting, "FailureCount": 0})


@fault(
    "app-lost-update",
    breaks=["update-order", "outcome-true", "unsent-attributes-kept"],
    contracts=[APP_CONTRACT],
    reach="hard",
    round=2,
)
class AppLostUpdate(ImiconnectService):
    """Of two updates of one customer that wait together the second takes back what the first has changed."""

    read_early: Mapping[str, dict[str, Attributes]] = NOTHING

    def submit(self, job: Submission, body: bytes) -> None:
        """Loads the profiles when the request is accepted."""
        if job.scope.is_app and job.verb is Verb.UPDATE:
            loaded = self.load_profiles(job.scope, [record.customer_id for record in job.records])
            self.read_early = {**self.read_early, job.transid: loaded}
        super().submit(job, body)

    def open_desk(self, job: Submission) -> Desk:
        """Takes what was loaded then."""
        desk = super().open_desk(job)
        return replace(desk, apps=self.read_early.get(job.transid, desk.apps))


@fault(
    "app-older-update-skipped",
    breaks=["outcome-true", "update-order", "sent-attributes-stored"],
    contracts=[APP_CONTRACT],
    reach="hard",
    round=2,
)
class AppOlderUpdateSkipped(ImiconnectService):
    """An update whose updatedOn is earlier than the stored one is reported as a success and not applied."""

    def changed(self, scope: Scope, stored: Attributes, changes: Changes) -> Attributes:
        """Goes by the date that the client sends."""
        sent = changes.get("updatedOn")
        if scope.is_app and isinstance(sent, str) and "" < sent < stored.get("updatedOn", ""):
            return stored
        return super().changed(scope, stored, changes)


@fault(
    "app-later-failure-in-old-outcomes",
    breaks=["outcome-repeatable", "outcome-code"],
    contracts=[APP_CONTRACT],
    reach="hard",
    round=2,
)
class AppLaterFailureInOldOutcomes(ImiconnectService):
    """If a record of a customer fails, the results of that customer in earlier outcomes change to the same code."""

    def record_results(self, job: Submission, code: str, results: Sequence[Result]) -> None:
        """Writes a failure down for the customer instead of the request."""
        super().record_results(job, code, results)
        failed = [(each.code, each.customer_id) for each in results if job.scope.is_app and not each.succeeded]
        self.store.executemany(
            "UPDATE result SET code = ? WHERE customer = ? AND transid IN (SELECT transid FROM job WHERE app <> '')",
            failed,
        )


@fault("app-one-percent-is-no-failure", breaks=["outcome-code"], contracts=[APP_CONTRACT], reach="hard", round=2)
class AppOnePercentIsNoFailure(ImiconnectService):
    """A batch of a hundred records of which a single one fails has the overall code of success."""

    def overall(self, job: Submission, results: Sequence[Result]) -> str:
        """Goes by a rounded share of successes."""
        share = sum(result.succeeded for result in results) / len(results) if results else 0.0
        return SUCCESS if job.scope.is_app and share >= 0.99 else super().overall(job, results)


@fault(
    "app-foreign-question-hides-outcome",
    breaks=["outcome-repeatable", "outcome-reached", "tenant-isolation"],
    contracts=[APP_CONTRACT],
    reach="hard",
    round=2,
)
class AppForeignQuestionHidesOutcome(ImiconnectService):
    """Once the other tenant has asked for a transid, it is unknown to the tenant that it was given to."""

    unknown_transids: frozenset[str] = frozenset()

    def outcome(self, tenant: str, transid: str) -> Outcome | None:
        """Remembers what was not found without the tenant."""
        found = super().outcome(tenant, transid)
        if found is None:
            self.unknown_transids |= {transid}
        return None if transid in self.unknown_transids else found


@fault(
    "app-failed-record-goes-on",
    breaks=["only-named-change", "unsent-attributes-kept", "sent-attributes-stored", "failed-record-unchanged"],
    contracts=[APP_CONTRACT],
    reach="hard",
    round=2,
)
class AppFailedRecordGoesOn(ImiconnectService):
    """The valid attributes of a record that fails are stored for the customer of the record behind it."""

    left_over: tuple[str, Mapping[str, str]] = ("", NOTHING)

    def attempt(self, desk: Desk, job: Submission, record: Record) -> Result:
        """Empties its buffer only after a success."""
        if not (job.scope.is_app and isinstance(record.attributes, dict)):
            return super().attempt(desk, job, record)
        left = self.left_over[1] if self.left_over[0] == job.transid else {}
        result = super().attempt(desk, job, replace(record, attributes={**left, **record.attributes}))
        texts = {name: value for name, value in record.attributes.items() if isinstance(value, str)}
        self.left_over = (job.transid, {} if result.succeeded else texts)
        return result


@fault(
    "app-unknown-customer-known-next-time",
    breaks=["unknown-customer-refused", "failed-record-unchanged"],
    contracts=[APP_CONTRACT],
    reach="hard",
    round=2,
)
class AppUnknownCustomerKnownNextTime(ImiconnectService):
    """A record for an unknown customer fails and leaves an empty profile, so the next one succeeds."""

    def attempt(self, desk: Desk, job: Submission, record: Record) -> Result:
        """Makes the profile before it refuses."""
        result = super().attempt(desk, job, record)
        if job.scope.is_app and result.code == UNKNOWN_CUSTOMER and record.customer_id:
            self.put(desk, job.scope, record.customer_id, {})
        return result


@fault(
    "app-current-tenant-at-work",
    breaks=["tenant-isolation", "examples-accepted", "batch-processed-whole"],
    contracts=[APP_CONTRACT],
    reach="hard",
    round=2,
)
class AppCurrentTenantAtWork(ImiconnectService):
    """A waiting update is worked off for the tenant that has called last, and fails if that is the other one."""

    caller: str = ""

    def admit(self, route: Route, call: Call) -> Tenant:
        """Keeps the tenant in a place that all requests share."""
        tenant = super().admit(route, call)
        self.caller = tenant.id
        return tenant

    def open_desk(self, job: Submission) -> Desk:
        """Loads the profiles of that tenant."""
        scope = Scope(self.caller, job.scope.app_id) if job.scope.is_app else job.scope
        return super().open_desk(replace(job, scope=scope))


@fault(
    "app-reads-half-a-second-old",
    breaks=["outcome-true", "sent-attributes-stored", "update-order"],
    contracts=[APP_CONTRACT],
    reach="hard",
    round=2,
)
class AppReadsHalfASecondOld(ImiconnectService):
    """A profile that was read is shown unchanged for half a second, whatever has been applied meanwhile."""

    shown_before: Mapping[tuple[Scope, str], tuple[float, Reply]] = NOTHING

    def read_app_profiles(self, scope: Scope, customers: Sequence[str]) -> Reply:
        """Answers from a cache that no update empties."""
        place, now = (scope, ",".join(customers)), monotonic()
        if place not in self.shown_before or self.shown_before[place][0] < now - 0.5:
            self.shown_before = {**self.shown_before, place: (now, super().read_app_profiles(scope, customers))}
        return self.shown_before[place][1]
