"""Faults of transids and of finding a request by its transid."""

from __future__ import annotations

import itertools
import time
from collections.abc import Sequence

from conformance.reference.core import Call, Reply
from conformance.reference.faults import fault
from conformance.reference.imiconnect.answers import Answer
from conformance.reference.imiconnect.jobs import Outcome
from conformance.reference.imiconnect.model import Result, Submission, Verb
from conformance.reference.imiconnect.part import APP, CUSTOMER
from conformance.reference.imiconnect.routes import Route
from conformance.reference.imiconnect.service import ImiconnectService


@fault("transid-missing", breaks=["transid-usable", "answer-shape"], contracts=[CUSTOMER])
class TransidMissing(ImiconnectService):
    """Queued updates are answered without a transid."""

    def queued_answer(self, contract: str, job: Submission) -> Answer:
        """Leaves it out."""
        answer = super().queued_answer(contract, job)
        if job.verb is Verb.UPDATE:
            del answer["transid"]
        return answer


@fault("transid-empty", breaks=["transid-usable"], contracts=[APP])
class TransidEmpty(ImiconnectService):
    """The transid of a queued update is an empty text."""

    def queued_answer(self, contract: str, job: Submission) -> Answer:
        """Empties it."""
        answer = super().queued_answer(contract, job)
        return {**answer, "transid": ""} if job.verb is Verb.UPDATE else answer


@fault("transid-unsafe", breaks=["transid-usable", "outcome-reached"], contracts=[CUSTOMER])
class TransidUnsafe(ImiconnectService):
    """Transids have characters that mean something else in an address."""

    def new_transid(self) -> str:
        """Puts a slash and a question mark in."""
        return super().new_transid().replace("-", "/", 1).replace("-", "?", 1)


@fault("transid-of-the-gateway", breaks=["outcome-reached"], contracts=[APP])
class TransidOfTheGateway(ImiconnectService):
    """The transid in the answer to an update is not the one under which it is kept."""

    def queued_answer(self, contract: str, job: Submission) -> Answer:
        """Makes up another transid."""
        answer = super().queued_answer(contract, job)
        return {**answer, "transid": self.new_transid()} if job.verb is Verb.UPDATE else answer


@fault("transid-by-body", breaks=["transid-unique"], reach="hard")
class TransidByBody(ImiconnectService):
    """The same body sent again is taken for a retry: it gets the first transid and is not processed."""

    def submission(self, route: Route, call: Call) -> Reply:
        """Answers from memory."""
        known = self.answered.get((route.operation, call.path, call.body))
        if known is None:
            known = self.answered[route.operation, call.path, call.body] = super().submission(route, call)
        return known

    def prepare(self) -> None:
        """Starts with an empty memory."""
        super().prepare()
        self.answered: dict[tuple[str, str, bytes], Reply] = {}


class _OverwritingService(ImiconnectService):
    """Takes a transid that exists already for a correction of the request that has it."""

    def record_job(self, job: Submission, body: bytes) -> None:
        """Forgets the earlier request."""
        self.store.execute("DELETE FROM result WHERE transid = ?", (job.transid,))
        self.store.execute("DELETE FROM job WHERE transid = ?", (job.transid,))
        super().record_job(job, body)

    def record_results(self, job: Submission, code: str, results: Sequence[Result]) -> None:
        """Forgets the earlier results."""
        self.store.execute("DELETE FROM result WHERE transid = ?", (job.transid,))
        super().record_results(job, code, results)


@fault("transid-by-clock", breaks=["transid-unique"], reach="hard", contracts=[CUSTOMER])
class TransidByClock(_OverwritingService):
    """A transid is made of the time in hundredths of a second: requests that come together share one."""

    def new_transid(self) -> str:
        """Looks at the clock."""
        return f"t{time.monotonic_ns() // 10_000_000}"


@fault("transid-wraps", breaks=["transid-unique", "outcome-repeatable"], reach="hard", contracts=[CUSTOMER])
class TransidWraps(_OverwritingService):
    """The counter behind the transids wraps after 64 requests."""

    def prepare(self) -> None:
        """Starts the counter."""
        super().prepare()
        self.numbers = itertools.cycle(range(64))

    def new_transid(self) -> str:
        """Counts."""
        return f"t{next(self.numbers):02}"


@fault("transid-by-beginning", breaks=["unknown-transid-refused"], reach="hard", contracts=[CUSTOMER])
class TransidByBeginning(ImiconnectService):
    """The status call finds a request by the first 18 characters of its transid."""

    def outcome(self, tenant: str, transid: str) -> Outcome | None:
        """Compares the beginning."""
        found = self.store.execute(
            "SELECT transid FROM job WHERE tenant = ? AND substr(transid, 1, 18) = ?", (tenant, transid[:18])
        ).fetchone()
        return super().outcome(tenant, found["transid"]) if found else None


@fault("unknown-transid-succeeds", breaks=["unknown-transid-refused"])
class UnknownTransidSucceeds(ImiconnectService):
    """An unknown transid has an outcome: success of no records."""

    def unknown_status(self, contract: str, transid: str) -> Reply:
        """Makes up an outcome."""
        return Reply.json(self.summary(contract, Outcome(transid, None)))


@fault("unknown-transid-fails", breaks=["no-internal-error"], contracts=[APP])
class UnknownTransidFails(ImiconnectService):
    """An unknown transid is answered with 7006."""

    def unknown_status(self, contract: str, transid: str) -> Reply:
        """Does not expect it."""
        return self.refusal(contract, "7006", wrapped=False, transid=transid)


@fault(
    "status-row-reused",
    breaks=["outcome-repeatable", "outcome-per-record"],
    reach="hard",
    contracts=[CUSTOMER],
)
class StatusRowReused(ImiconnectService):
    """A tenant has one status row: every transid shows what became of its last finished request."""

    def outcome(self, tenant: str, transid: str) -> Outcome | None:
        """Looks at the last row."""
        outcome = super().outcome(tenant, transid)
        if outcome is None or outcome.code is None:
            return outcome
        last = self.store.execute(
            "SELECT transid FROM job WHERE tenant = ? AND code IS NOT NULL ORDER BY number DESC", (tenant,)
        ).fetchone()
        latest = super().outcome(tenant, last["transid"])
        return Outcome(transid, latest.code, latest.results) if latest else outcome


@fault("status-read-once", breaks=["outcome-repeatable"], reach="hard")
class StatusReadOnce(ImiconnectService):
    """A final outcome is deleted when it is read."""

    def status(self, contract: str, transid: str, outcome: Outcome | None) -> Reply:
        """Deletes what it shows."""
        reply = super().status(contract, transid, outcome)
        if outcome and outcome.code:
            self.store.execute("DELETE FROM job WHERE transid = ?", (transid,))
        return reply


@fault("status-kept-for-ten", breaks=["outcome-repeatable"], reach="hard", contracts=[CUSTOMER])
class StatusKeptForTen(ImiconnectService):
    """Only the last ten outcomes of a tenant are kept."""

    def record_job(self, job: Submission, body: bytes) -> None:
        """Deletes old rows."""
        super().record_job(job, body)
        self.store.execute(
            "DELETE FROM job WHERE tenant = ? AND code IS NOT NULL AND number <= "
            "(SELECT max(number) FROM job WHERE tenant = ?) - 10",
            (job.scope.tenant, job.scope.tenant),
        )


@fault("status-of-latest", breaks=["outcome-names-request"], reach="hard")
class StatusOfLatest(ImiconnectService):
    """A status answer carries the transid of the newest request."""

    def status_transid(self, transid: str) -> str:
        """Looks at the newest row."""
        newest = self.store.execute("SELECT transid FROM job ORDER BY number DESC LIMIT 1").fetchone()
        return super().status_transid(newest["transid"] if newest else transid)
