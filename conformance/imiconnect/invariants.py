"""What holds of every answer: its shape, its codes, its texts, its HTTP status."""

from __future__ import annotations

import specs
from conformance.imiconnect.answered import Answered
from conformance.imiconnect.asked import Ask
from conformance.imiconnect.codes import (
    ACCEPTED,
    BAD_APP,
    BAD_JSON,
    BAD_KEY,
    BAD_VALUE,
    INTERNAL,
    MISSING,
    QUEUED,
    SUCCESS,
    UNKNOWN_CUSTOMER,
    UNKNOWN_TO_DELETION,
    UNLISTED,
    is_error,
)
from conformance.imiconnect.findings import Findings
from conformance.judge.readings import Readings

FREE_TEXTS = frozenset({MISSING, UNLISTED})
# Codes that one message may well go with: the document confuses the first two; any of the others may report a stranger.
ALIKE = frozenset({BAD_JSON, BAD_KEY})
STRANGERS = frozenset({UNKNOWN_CUSTOMER, UNKNOWN_TO_DELETION, BAD_APP})
OF_STRANGERS = STRANGERS | {BAD_VALUE}
UNKNOWN_METHOD = 501  # for a method that the contract does not have it is the right one
BARE = frozenset({404, 405, 415})


class Invariants:
    """Judges each answer by itself; keeps the HTTP status of each code."""

    def __init__(self, contract: specs.Contract, readings: Readings) -> None:
        self._contract = contract
        self._readings = readings
        self._statuses: dict[tuple[str, bool], int] = {}
        texts: dict[str, set[str]] = {}
        for code in contract.codes.values():
            if is_error(code.code):
                texts.setdefault(code.text.casefold(), set()).add(code.code)
        self._texts = texts

    def judge(self, ask: Ask, answered: Answered, findings: Findings, *, companion: bool = False) -> None:
        """What holds of every answer.

        Args:
            ask: what was asked for.
            answered: what came back.
            findings: collect what is said.
            companion: whether it tells of a request that the document is not about.
        """
        if answered.status == UNKNOWN_METHOD and not ask.operation:
            return
        internal = answered.status >= 500 or answered.code == INTERNAL
        results = answered.results or ()
        internal = internal or any(result.code == INTERNAL for result in results)
        findings.that("no-internal-error", not internal, answered.shown(), "any answer but an internal error")
        if not ask.operation or answered.status >= 500:
            return
        if answered.code is None and answered.profiles is None:
            odd = ask.odd or ask.odd_ids or ask.odd_key
            bare = answered.status in BARE or (odd and 400 <= answered.status < 500)
            if ask.updates and not bare:
                flaws = "; ".join(answered.flaws) or "no code"
                findings.failed("answer-shape", f"HTTP {answered.status}: {flaws}", "a code")
            return
        findings.note(*answered.hints)
        if ask.updates:
            self._shape(answered, findings)
        elif ask.operation != "status" or companion:
            return
        self._codes(answered, findings)
        if answered.code is not None:
            self._text(answered.code, answered.description, findings)
            self._status(ask, answered, answered.code, findings)
        for result in results:
            # No document shows the description of a result, so that it may as well be empty.
            if result.code is not None and result.description:
                self._text(result.code, result.description, findings)

    def _shape(self, answered: Answered, findings: Findings) -> None:
        flaws = list(answered.flaws)
        if answered.wrapped and not self._readings.may("envelope", "wrapped"):
            flaws.append("a wrapped answer")
        if not answered.wrapped and not self._readings.may("envelope", "flat"):
            flaws.append("an answer that is not wrapped")
        if answered.code is not None and not self._readings.may(
            "code-type", "number" if answered.numeric else "string"
        ):
            flaws.append(f"a code that is a {'number' if answered.numeric else 'text'}")
        findings.that("answer-shape", not flaws, "; ".join(flaws), "an answer that its schema and the readings allow")

    def _codes(self, answered: Answered, findings: Findings) -> None:
        codes = {result.code for result in answered.results or () if result.code is not None}
        undone = len(answered.results or ()) > 1 and SUCCESS not in codes
        if undone and self._readings.may("partial-apply", "all-or-nothing"):
            codes &= self._contract.codes.keys()  # good records that are undone have a code that nobody documents
        # So may a request have that failed as a whole, be it with the code of such a record.
        other = self._readings.may("all-failed-code", "other-failure")
        other = other or self._readings.may("partial-apply", "all-or-nothing")
        if answered.code is not None and not (other and self._outcome(answered)):
            codes.add(answered.code)
        unknown = sorted(code for code in codes if code not in self._contract.codes)
        findings.that("documented-codes", not unknown, f"code {unknown}", "a code that is documented")

    def _text(self, code: str, description: str | None, findings: Findings) -> None:
        if not is_error(code) or description is None:
            return
        owners = self._texts.get(description.casefold(), set())
        good = not owners or code in owners or {code, *owners} <= ALIKE
        good = good or (code in OF_STRANGERS and bool(owners & STRANGERS))
        good = good and description.casefold() not in ("queued", "success")
        findings.that("descriptions-agree", good, f"{code} {description!r}", f"no text of {sorted(owners)}")
        self._own_words(code, description, findings)

    def _own_words(self, code: str, description: str, findings: Findings) -> None:
        facts = self._contract.codes.get(code)
        if facts is None or not facts.in_table or code in FREE_TEXTS:
            return
        # The row on descriptions fixes only the code of an error: what is odd about its words is worth a note.
        told, documented = description.strip().casefold(), facts.text.casefold()
        cut = documented.startswith(told) and told[-1:].isalnum() and documented[len(told) :][:1].isalnum()
        if cut or not told:
            findings.note(f"the description of {code} is {'a part of the documented message' if told else 'empty'}")

    def _status(self, ask: Ask, answered: Answered, code: str, findings: Findings) -> None:
        if ask.odd or not ask.updates:
            return
        allowed = self._allowed(answered, code)
        findings.that(
            "http-status-stable",
            allowed,
            f"HTTP {answered.status} for code {code}",
            f"what {' or '.join(sorted(self._readings.possible('http-status')))} gives",
        )
        if answered.results is not None or (code in QUEUED and self._outcome(answered)):
            return
        # The outcome of a request that was worked off at once is no refusal, though it may have the same code.
        known = self._statuses.setdefault((code, answered.transid is None), answered.status)
        if allowed and known != answered.status:
            findings.failed("http-status-stable", f"HTTP {answered.status} for code {code}", f"HTTP {known} as before")

    def _outcome(self, answered: Answered) -> bool:
        """Whether an answer may be the outcome of its request, with its results or without."""
        at_once = self._readings.may("processing", "inline") or self._readings.may("error-timing", "sync-all")
        return answered.results is not None or at_once

    def _allowed(self, answered: Answered, code: str) -> bool:
        status = answered.status
        queued = code in QUEUED
        if code in ACCEPTED and not 200 <= status < 300:
            return False
        rules = []
        if self._readings.may("http-status", "always-200"):
            rules.append(status == 200)
        if self._readings.may("http-status", "202-queued"):
            surely_queued = queued and not self._outcome(answered)
            rules.append(status == 202 if surely_queued else status == 200 or (queued and status == 202))
        if self._readings.may("http-status", "mapped-4xx"):
            rules.append((code in ACCEPTED or self._outcome(answered)) and 200 <= status < 300)
            rules.append(code not in ACCEPTED and 400 <= status < 500)
        return any(rules)
