"""The oracle of both IMIconnect contracts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import specs
from conformance.imiconnect.answered import Answered, read_answer
from conformance.imiconnect.asked import DELETIONS, READS, Ask
from conformance.imiconnect.asking import Asking
from conformance.imiconnect.codes import ACCEPTED, RATE_LIMITED
from conformance.imiconnect.expecting import Expecting
from conformance.imiconnect.findings import Findings
from conformance.imiconnect.folding import Folding
from conformance.imiconnect.following import Following
from conformance.imiconnect.invariants import Invariants
from conformance.imiconnect.outcomes import Outcomes
from conformance.imiconnect.reading import Reading
from conformance.imiconnect.submitting import Submitting
from conformance.imiconnect.world import World
from conformance.judge import disclosure, oracle
from conformance.judge.readings import Readings
from conformance.judge.verdicts import Judgement
from conformance.session.exchange import Answer, Exchange, Request, Trouble
from conformance.target.model import Target

KEYS: Final = frozenset({"key", "secretkey"})  # headers
CREDENTIALS: Final = ("key", "other_tenant_key")


class Oracle(oracle.Oracle):
    """Judges exchanges by what the request is, what was stored before, and which readings are possible."""

    def __init__(self, contract: specs.Contract, target: Target, readings: Readings) -> None:
        super().__init__(contract, target, readings)
        outcomes = Outcomes(contract, readings)
        self.world = World()
        self._asking = Asking(contract, target, readings, self.world.shown)
        self._folding = Folding(self.world, outcomes)
        expecting = Expecting(contract, readings, outcomes)
        self._submitting = Submitting(contract, readings, outcomes, expecting, self._folding)
        self._following = Following(contract, outcomes, self._folding)
        self._reading = Reading(contract, self.world, outcomes)
        self._invariants = Invariants(contract, readings)

    def own_answer(self, exchange: Exchange) -> bool:
        """Whether the body carries a code of the API; whatever turns down plain HTTP is right there."""
        if exchange.answer is None or exchange.request.plain:
            return exchange.answer is not None
        code = read_answer(exchange.answer, self.contract).code
        return code in self.contract.codes and code != RATE_LIMITED

    def limited(self, answer: Answer) -> bool:
        """Whether the code says that there were too many requests: "wait and try again, never a verdict"."""
        return read_answer(answer, self.contract).limited

    def judge(self, exchange: Exchange) -> list[Judgement]:
        """What this exchange says about the requirements; then remembers it."""
        findings = Findings(self.contract)
        ask = self._asking.read(exchange.request)
        if exchange.request.plain:
            self._plain(ask, exchange, findings)
        elif exchange.answer is None:
            self._lost(ask, exchange)
        else:
            answered = read_answer(exchange.answer, self.contract, ask.operation)
            self._disclosed(exchange.request, exchange.answer, findings)
            sent = self.world.submissions.get(ask.transid)
            self._invariants.judge(ask, answered, findings, companion=sent is not None and not sent.judged)
            if not answered.limited and answered.status < 500:
                self._judge(ask, answered, exchange, findings)
            elif ask.submits:
                self._folding.odd(ask, answered, exchange.number)
        return findings.judgements()

    def judge_overlapping(self, exchanges: Sequence[Exchange]) -> list[Judgement]:
        """Judges submissions and status calls that overlapped: no document gives what is queued an order.

        Reads are not for this: what they show depends on an order.
        """
        return [judgement for exchange in exchanges for judgement in self.judge(exchange)]

    def _judge(self, ask: Ask, answered: Answered, exchange: Exchange, findings: Findings) -> None:
        if ask.submits:
            self._submitting.judge(ask, answered, exchange.number, exchange.request, findings)
        elif ask.operation == "status":
            self._following.judge(ask, answered, exchange.number, findings)
        elif ask.operation in READS:
            self._reading.judge(ask, answered, exchange.number, findings)
        elif ask.operation in DELETIONS:
            self._reading.deleted(ask, answered, findings)

    def _plain(self, ask: Ask, exchange: Exchange, findings: Findings) -> None:
        """Plain HTTP: no answer, a redirection or an error are all refusals."""
        self._folding.plain(ask.app, ask.records or [])
        if exchange.answer is not None:
            self._disclosed(exchange.request, exchange.answer, findings)
        if exchange.trouble is Trouble.REFUSED:
            return  # a proxy or a limit of requests stood in front: nothing was said of plain HTTP
        if exchange.answer is None:
            findings.passed("https-only")
            return
        answered = read_answer(exchange.answer, self.contract)
        taken = answered.status < 300 and (answered.code in ACCEPTED or answered.found)
        findings.that("https-only", not taken, f"over plain HTTP: {answered.shown()}", "a refusal")

    def _disclosed(self, request: Request, answer: Answer, findings: Findings) -> None:
        """No answer shows a key: that of its request, or one of the target."""
        keys = [value.strip() for name, value in request.headers if name.lower() in KEYS]
        keys += [key for name in CREDENTIALS if (key := self.target.credential(name)) is not None]
        beside = f"{request.path} {request.query} {(request.body or b'').decode('utf-8', 'replace')}"
        shown = disclosure.discloses(answer, dict.fromkeys(keys), beside)
        findings.that(disclosure.REQUIREMENT, not shown, disclosure.OBSERVED, disclosure.ALLOWED)

    def _lost(self, ask: Ask, exchange: Exchange) -> None:
        """Whether a request without an answer was taken is not known."""
        if ask.submits:
            self._folding.odd(ask, Answered(0), exchange.number)
