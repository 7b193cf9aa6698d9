"""Faults that show afterwards: what a refused, an odd or a repeated request leaves behind, and who else was served."""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from conformance.reference.core import Call, Reply
from conformance.reference.faults import fault
from conformance.reference.imiconnect.jobs import Outcome
from conformance.reference.imiconnect.model import (
    INTERNAL,
    SUCCESS,
    Attributes,
    Desk,
    Record,
    RefusalError,
    Result,
    Scope,
    Submission,
    Verb,
)
from conformance.reference.imiconnect.routes import Route
from conformance.reference.imiconnect.service import ImiconnectService

MOMENT_S = 0.002
LAST = 8


@fault(
    "refused-values-with-the-next-update",
    breaks=["refusal-changes-nothing", "unsent-attributes-kept"],
    reach="hard",
)
class RefusedValuesWithTheNextUpdate(ImiconnectService):
    """The values of a request that was refused as a whole are stored with the next update of the same customer."""

    def submission(self, route: Route, call: Call) -> Reply:
        """Keeps what was parsed before the refusal."""
        try:
            return super().submission(route, call)
        except RefusalError:
            self.keep(call.body)
            raise

    def keep(self, body: bytes) -> None:
        """Remembers the attributes of each readable record."""
        try:
            listed = json.loads(body)["Records"]
            found = {each["customerId"]: each["Attributes"] for each in listed if each}
        except (ValueError, KeyError, TypeError):
            return
        self.__dict__.setdefault("half_done", {}).update(found)

    def attempt(self, desk: Desk, job: Submission, record: Record) -> Result:
        """Adds what was left over."""
        left: dict[str, Any] = self.__dict__.setdefault("half_done", {})
        if job.verb is Verb.UPDATE and record.customer_id in left and isinstance(record.attributes, dict):
            record = replace(record, attributes={**left.pop(record.customer_id), **record.attributes})
        return super().attempt(desk, job, record)


@fault("repeated-body-not-applied", breaks=["update-order", "outcome-true"], reach="hard")
class RepeatedBodyNotApplied(ImiconnectService):
    """A body that equals one of the last few is reported as success and not applied: it counts as sent twice."""

    def submit(self, job: Submission, body: bytes) -> None:
        """Looks at the last bodies."""
        recent: deque[tuple[Scope, bytes]] = self.__dict__.setdefault("recent", deque(maxlen=LAST))
        if job.verb is Verb.UPDATE and (job.scope, body) in recent:
            self.__dict__.setdefault("doubles", set()).add(job.transid)
        recent.append((job.scope, body))
        super().submit(job, body)

    def process(self, job: Submission) -> tuple[Desk, list[Result]]:
        """Does nothing for a double."""
        desk, results = super().process(job)
        if job.transid in self.__dict__.get("doubles", set()):
            desk.changed.clear()
        return desk, results


@fault("unwell-after-a-nul", breaks=["no-internal-error"], reach="hard")
class UnwellAfterANul(ImiconnectService):
    """After a request with the character U+0000 the next request fails with an internal error."""

    def answer(self, route: Route, call: Call) -> Reply:
        """Meets a connection that was left in an error."""
        unwell = self.__dict__.pop("unwell", False)
        self.__dict__["unwell"] = b"\\u0000" in call.body
        if unwell:
            return self.refusal(route.contract, INTERNAL, wrapped=route.enveloped)
        return super().answer(route, call)


class _Interleaved(ImiconnectService):
    """Serves several clients at once; others may come in while an answer is made."""

    threaded = True

    def others_come_in(self) -> None:
        """Lets others pass for a moment."""
        self.changed_queue.wait(MOMENT_S)


@fault("transid-of-whoever-came-last", breaks=["transid-unique", "outcome-per-record"], reach="hard")
class TransidOfWhoeverCameLast(_Interleaved):
    """The answer to an update carries the transid of the request that came in last, were it another client's."""

    def submit(self, job: Submission, body: bytes) -> None:
        """Keeps the last request in a place that all clients share."""
        super().submit(job, body)
        self.__dict__["last_job"] = job

    def queued(self, contract: str, job: Submission) -> Reply:
        """Looks into that place a moment later."""
        self.others_come_in()
        last: Submission = self.__dict__.get("last_job", job)
        return super().queued(contract, last if job.verb is Verb.UPDATE else job)


@fault("outcome-of-whoever-asks-last", breaks=["outcome-per-record", "outcome-names-request"], reach="hard")
class OutcomeOfWhoeverAsksLast(_Interleaved):
    """A status call is answered with the outcome that another client asked for at the same time."""

    def status(self, contract: str, transid: str, outcome: Outcome | None) -> Reply:
        """Keeps what was found in a place that all clients share."""
        self.__dict__["found"] = (transid, outcome)
        if outcome is not None and outcome.code is not None:
            self.others_come_in()
        return super().status(contract, *self.__dict__["found"])


@fault("attributes-of-simultaneous-updates-lost", breaks=["unsent-attributes-kept", "outcome-true"], reach="hard")
class AttributesOfSimultaneousUpdatesLost(ImiconnectService):
    """Of several updates of one customer that wait at the same time only the last one is applied."""

    def process(self, job: Submission) -> tuple[Desk, list[Result]]:
        """Passes over what a later request names too."""
        desk, results = super().process(job)
        later = {
            record.customer_id
            for _, other in self.pending
            if other.scope == job.scope and other.verb is job.verb is Verb.UPDATE
            for record in other.records
        }
        for app, customer in list(desk.changed):
            if customer in later:
                del desk.changed[app, customer]
        return desk, results


@fault("second-attributes-applied", breaks=["outcome-true", "only-named-change"], reach="hard")
class SecondAttributesApplied(ImiconnectService):
    """Where customerId stands twice in a record both customers are updated, and the outcome names the last."""

    def parse(self, body: bytes) -> Any:
        """Remembers the first ids by the last."""
        firsts: dict[str, str] = self.__dict__.setdefault("firsts", {})

        def noted(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
            ids = [value for name, value in pairs if name == "customerId" and isinstance(value, str)]
            firsts.update({ids[-1]: ids[0]} if len(set(ids)) > 1 else {})
            return dict(pairs)

        root = super().parse(body)
        json.loads(self.decode(body), object_pairs_hook=noted)
        return root

    def commit(self, job: Submission, desk: Desk, code: str, results: Sequence[Result]) -> None:
        """Writes for both."""
        firsts: dict[str, str] = self.__dict__.get("firsts", {})
        copies: dict[tuple[str, str], Attributes] = {
            (app, firsts.pop(customer)): attributes
            for (app, customer), attributes in desk.changed.items()
            if customer in firsts and any(each.code == SUCCESS for each in results)
        }
        desk.changed.update(copies)
        super().commit(job, desk, code, results)
