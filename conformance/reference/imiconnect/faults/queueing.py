"""Faults of the queue: pending answers, order, timing, what is read meanwhile."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from time import monotonic

from conformance.reference.core import Call, Reply
from conformance.reference.faults import fault
from conformance.reference.imiconnect.answers import Answer
from conformance.reference.imiconnect.jobs import Outcome
from conformance.reference.imiconnect.model import (
    PARTIAL,
    SUCCESS,
    UNKNOWN_CUSTOMER,
    Attributes,
    Desk,
    Record,
    Result,
    Scope,
    Submission,
    Verb,
)
from conformance.reference.imiconnect.part import APP, CUSTOMER
from conformance.reference.imiconnect.routes import Route
from conformance.reference.imiconnect.service import ImiconnectService


class _SlowQueue(ImiconnectService):
    """Lets submissions wait long enough for a second request to come in."""

    def delay(self, job: Submission) -> float:
        """Waits a twentieth of a second at least."""
        return max(super().delay(job), 0.05)


class _HastyStatus(_SlowQueue):
    """Writes a guess down when an update is accepted, and the truth when it is processed."""

    guess = ("", "")

    def record_job(self, job: Submission, body: bytes) -> None:
        """Guesses."""
        super().record_job(job, body)
        overall, code = self.guess
        if job.verb is Verb.UPDATE:
            super().record_results(job, overall, [Result(record.customer_id, code) for record in job.records])

    def record_results(self, job: Submission, code: str, results: Sequence[Result]) -> None:
        """Corrects the guess."""
        self.store.execute("DELETE FROM result WHERE transid = ?", (job.transid,))
        super().record_results(job, code, results)


@fault(
    "pending-as-success",
    breaks=["pending-status", "outcome-true", "outcome-repeatable"],
    reach="hard",
    contracts=[CUSTOMER],
)
class PendingAsSuccess(_HastyStatus):
    """Every record of an update that still waits is already reported as success."""

    guess = (SUCCESS, SUCCESS)


@fault(
    "pending-as-failure",
    breaks=["pending-status", "failed-record-unchanged", "outcome-repeatable"],
    reach="hard",
    contracts=[APP],
)
class PendingAsFailure(_HastyStatus):
    """Every record of an update that still waits is reported as a failure at first."""

    guess = (PARTIAL, UNKNOWN_CUSTOMER)


@fault("pending-changes", breaks=["pending-status"], reach="hard", contracts=[CUSTOMER])
class PendingChanges(_SlowQueue):
    """A request that still waits has no result when asked the first time and is queued from then on."""

    def prepare(self) -> None:
        """Remembers who was asked for."""
        super().prepare()
        self.asked: set[str] = set()

    def pending_status(self, contract: str, outcome: Outcome) -> Reply:
        """Changes its mind."""
        if outcome.transid not in self.asked:
            self.asked.add(outcome.transid)
            return super().pending_status(contract, outcome)
        answer: Answer = {"code": "1000", "description": "Queued", "transid": outcome.transid}
        return Reply.json(answer)


@fault("applied-after-success", breaks=["outcome-true"], reach="hard")
class AppliedAfterSuccess(ImiconnectService):
    """Updates are reported as success a fifth of a second before they can be read."""

    def prepare(self) -> None:
        """Starts with nothing held back."""
        super().prepare()
        self.held: list[tuple[float, str, Mapping[tuple[str, str], Attributes]]] = []

    def commit(self, job: Submission, desk: Desk, code: str, results: Sequence[Result]) -> None:
        """Holds the profiles of an update back."""
        if job.verb is Verb.UPDATE:
            self.held.append((monotonic() + 0.2, job.scope.tenant, desk.changed))
            desk = Desk({}, {})
        super().commit(job, desk, code, results)

    def load_profiles(self, scope: Scope, customers: Iterable[str]) -> dict[str, Attributes]:
        """Catches up first."""
        while self.held and self.held[0][0] <= monotonic():
            _, tenant, profiles = self.held.pop(0)
            self.save_profiles(tenant, profiles)
        return super().load_profiles(scope, customers)


@fault("merged-at-acceptance", breaks=["update-order", "outcome-true"], reach="hard")
class MergedAtAcceptance(_SlowQueue):
    """Profiles are read when a request is accepted: of two in flight the later undoes what the earlier changed."""

    def prepare(self) -> None:
        """Starts with no snapshots."""
        super().prepare()
        self.snapshots: dict[str, Desk] = {}

    def submit(self, job: Submission, body: bytes) -> None:
        """Takes a snapshot."""
        self.snapshots[job.transid] = super().open_desk(job)
        super().submit(job, body)

    def open_desk(self, job: Submission) -> Desk:
        """Uses the snapshot."""
        return self.snapshots.pop(job.transid, None) or super().open_desk(job)


@fault("quick-updates-dropped", breaks=["update-order", "outcome-true"], reach="hard", contracts=[CUSTOMER])
class QuickUpdatesDropped(ImiconnectService):
    """A second update of a customer within half a second is taken for a bounce: reported as success, not applied."""

    def prepare(self) -> None:
        """Remembers updates."""
        super().prepare()
        self.updated: dict[tuple[Scope, str], float] = {}

    def attempt(self, desk: Desk, job: Submission, record: Record) -> Result:
        """Drops bounces."""
        result = super().attempt(desk, job, record)
        if job.verb is Verb.UPDATE and result.succeeded:
            before = self.updated.get((job.scope, record.customer_id), 0.0)
            self.updated[job.scope, record.customer_id] = monotonic()
            if monotonic() - before < 0.5:
                desk.changed.pop((job.scope.app_id, record.customer_id), None)
        return result


@fault("reads-cached", breaks=["outcome-true", "update-order"], reach="hard", contracts=[CUSTOMER])
class ReadsCached(ImiconnectService):
    """What was read once is shown from a cache for a second."""

    def prepare(self) -> None:
        """Starts with an empty cache."""
        super().prepare()
        self.cache: dict[tuple[str, str, str | None], tuple[float, Reply]] = {}

    def lookup(self, route: Route, call: Call) -> Reply:
        """Looks in the cache first."""
        if not route.operation.startswith("read"):
            return super().lookup(route, call)
        place = (call.path, call.query, call.headers.get("key"))
        until, reply = self.cache.get(place, (0.0, Reply.empty(200)))
        if until < monotonic():
            reply = super().lookup(route, call)
            self.cache[place] = (monotonic() + 1, reply)
        return reply


@fault("delivered-twice", breaks=["update-order", "outcome-true"], reach="hard")
class DeliveredTwice(ImiconnectService):
    """The queue delivers an update again behind the next one, and so undoes what the next one changed."""

    def prepare(self) -> None:
        """Remembers what was delivered."""
        super().prepare()
        self.delivered: list[Submission] = []

    def enqueue(self, job: Submission) -> None:
        """Puts the last finished update behind the new one."""
        for each in [job, *self.delivered]:
            super().enqueue(each)
        self.delivered.clear()

    def finish(self, job: Submission) -> None:
        """Applies an update the second time without a word."""
        found = self.outcome(job.scope.tenant, job.transid)
        if found is not None and found.code is None:
            super().finish(job)
            self.delivered = [job] if job.verb is Verb.UPDATE else []
        else:
            self.save_profiles(job.scope.tenant, self.process(job)[0].changed)
