"""Judges the immediate answers of submissions."""

from __future__ import annotations

import re
from typing import Final
from uuid import UUID

import specs
from conformance.imiconnect.answered import Answered
from conformance.imiconnect.asked import Ask, Condition, Tenant
from conformance.imiconnect.codes import ACCEPTED, BAD_KEY, NO_KEY, SUCCESS, TOO_MANY
from conformance.imiconnect.expecting import Expecting
from conformance.imiconnect.findings import Findings
from conformance.imiconnect.folding import Folding
from conformance.imiconnect.outcomes import Outcomes
from conformance.judge.readings import Readings
from conformance.session.exchange import Request

URL_SAFE: Final = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=:@-]+")  # a segment of a path, RFC 3986, section 3.3
BARE: Final = frozenset({404, 405})  # that there is no such operation is said without a code
VALID: Final = "a valid request is accepted"


class Submitting:
    """Judges submissions of one contract and hands them on to be remembered."""

    def __init__(
        self, contract: specs.Contract, readings: Readings, outcomes: Outcomes, expecting: Expecting, folding: Folding
    ) -> None:
        self._contract = contract
        self._readings = readings
        self._may = outcomes.may
        self._expecting = expecting
        self._folding = folding
        self._transids: set[str] = set()
        self._largest = 0
        self._refused_size: int | None = None

    def judge(self, ask: Ask, answered: Answered, number: int, request: Request, findings: Findings) -> None:
        """What the immediate answer says; then remembers the submission."""
        if ask.odd:
            self._folding.odd(ask, answered, number)
            return
        self._expecting.complete(ask, self._folding.world)
        accepted, refusals = self._expecting.immediate(ask)
        codes = refusals.union(*(condition.codes for condition in ask.conditions))
        if answered.code == SUCCESS and self._outcome(answered) and self._expecting.told_at_once(ask):
            # The outcome of a request some of whose records failed, where the overall code does not say so.
            self._transid(ask, answered, findings)
            self._folding.accepted(ask, answered, number)
            return
        if answered.code in ACCEPTED and (answered.code in accepted or answered.code not in codes):
            self._accepted(ask, answered, accepted, findings)
            self._size(ask, findings, refused=False)
            self._folding.accepted(ask, answered, number)
            return
        self._refused(ask, answered, refusals, findings)
        if answered.code == TOO_MANY:
            self._size(ask, findings, refused=True)
        if self._processed(ask, answered):
            self._transid(ask, answered, findings)
            self._folding.accepted(ask, answered, number, surely=False)
        else:
            self._folding.refused(ask, answered, request)

    def _outcome(self, answered: Answered) -> bool:
        """Whether an answer does not say that its request was queued, as it says that of good ones."""
        queued = (answered.description or "").casefold() == self._contract.codes[SUCCESS].text.casefold()
        if any(result.code not in ACCEPTED for result in answered.results or ()):
            return True
        # Pages show failures counted in answers that say queued.
        return not queued and (bool(answered.failures) or self._may("partial-code", "1000-with-failures"))

    def _processed(self, ask: Ask, answered: Answered) -> bool:
        """Whether an answer with an error may be the outcome of a request that was taken."""
        if answered.code in ACCEPTED:
            return True
        taken = ask.records is not None and answered.transid is not None
        taken = taken and all(condition.accept for condition in ask.conditions)
        return taken and answered.code is not None and self._may("processing", "inline")

    def _accepted(self, ask: Ask, answered: Answered, allowed: frozenset[str], findings: Findings) -> None:
        good = True
        for condition in ask.conditions:
            good &= findings.that(
                condition.requirement,
                condition.accept,
                f"accepted despite {condition.why}: {answered.shown()}",
                _words(condition.codes, condition.statuses),
                condition.reading,
            )
        for rule in ask.records or []:
            if not rule.queue:
                good = False
                findings.all_failed(rule.requirements, answered.shown(), _words(rule.refusals, frozenset()))
        if not good:
            return
        self._transid(ask, answered, findings)
        if not ask.updates:
            return
        findings.passed("update-location", "key-header", "body-grammar", "batch-within-limit")
        if not ask.conditions:
            findings.passed("json-content-type")
        findings.that(
            "queued-code",
            answered.code in allowed,
            f"code {answered.code}",
            f"code {_list(allowed)}",
            self._decided("queued-code"),
        )
        self._description(answered, findings)

    def _description(self, answered: Answered, findings: Findings) -> None:
        text = answered.description or ""
        documented = self._contract.codes[SUCCESS].text
        if self._may("processing", "inline") or self._may("description-text", "free"):
            good = bool(text)
        elif self._may("description-text", "case-insensitive"):
            good = text.casefold() == documented.casefold()
        else:
            good = text == documented
        findings.that(
            "queued-description",
            good,
            f"description {answered.description!r}",
            f"description {documented!r}",
            self._decided("description-text"),
        )

    def _transid(self, ask: Ask, answered: Answered, findings: Findings) -> None:
        transid = answered.transid
        if not ask.updates:
            # Creations and companion updates are the subject of neither document.
            self._transids |= {transid} if transid is not None else set()
            return
        usable = transid is not None and URL_SAFE.fullmatch(transid) is not None
        if usable and transid and not self._may("transid-form", "opaque"):
            usable = _is_uuid(transid)
        findings.that(
            "transid-usable",
            usable,
            f"transid {transid!r}",
            "a text that can stand in an address",
            self._decided("transid-form"),
        )
        if transid is not None:
            findings.that(
                "transid-unique",
                transid not in self._transids,
                f"transid {transid!r} a second time",
                "a transid that no other request has",
            )
            self._transids.add(transid)

    def _size(self, ask: Ask, findings: Findings, *, refused: bool) -> None:
        """Whether the sizes that were accepted and refused fit together, whatever the limit is."""
        if not ask.updates or ask.tenant is not Tenant.OWN:
            return
        size = len(ask.items)
        if refused:
            self._refused_size = min(size, self._refused_size or size)
            if size <= self._largest:
                findings.failed(
                    "batch-within-limit", f"{size} records are refused", f"{self._largest} records were accepted"
                )
            return
        self._largest = max(size, self._largest)
        if self._refused_size is not None and size >= self._refused_size:
            findings.failed(
                "batch-over-limit-refused", f"{size} records are accepted", f"{self._refused_size} were refused"
            )

    def _refused(self, ask: Ask, answered: Answered, refusals: frozenset[str], findings: Findings) -> None:
        fits = answered.code in refusals or any(_explains(condition, answered) for condition in ask.conditions)
        for condition in ask.conditions:
            if _explains(condition, answered) or (fits and condition.accept):
                findings.passed(condition.requirement)
            elif not fits:
                findings.failed(
                    condition.requirement,
                    f"{condition.why} gives {answered.shown()}",
                    _words(condition.codes, condition.statuses),
                    condition.reading,
                )
        told = {answered.code, *(result.code for result in answered.results or ())}
        doomed = [rule for rule in ask.records or [] if not rule.may_succeed]
        # The code of an outcome as a whole, where the answer does not show which record it comes from.
        whole = fits and not answered.results and all(condition.accept for condition in ask.conditions)
        whole = whole and not any(answered.code in rule.refusals | rule.results for rule in doomed)
        for rule in ask.records or []:
            if told & (rule.refusals | rule.results) or (whole and not rule.may_succeed):
                findings.passed(*rule.requirements)
            elif not fits:
                findings.all_failed(rule.requirements, answered.shown(), _words(rule.refusals, frozenset()))
        if not fits and ask.updates and all(condition.accept for condition in ask.conditions):
            self._valid_refused(ask, answered, findings)

    def _valid_refused(self, ask: Ask, answered: Answered, findings: Findings) -> None:
        """A request that may be accepted was refused for nothing that is wrong with it."""
        requirements = ["body-grammar", "queued-code"]
        if answered.status in (404, 405) and not answered.code:
            requirements.append("update-location")
        if answered.code in (BAD_KEY, NO_KEY):
            requirements.append("key-header")
        if answered.code == TOO_MANY or len(ask.items) > 1:
            requirements.append("batch-within-limit")
        if answered.status == 415:
            requirements.append("json-content-type")
        findings.all_failed(requirements, answered.shown(), VALID)

    def _decided(self, reading: str) -> str | None:
        option = self._readings.settled(reading)
        return f"{reading}={option}" if option else None


def judge_conditions(conditions: list[Condition], answered: Answered, findings: Findings, *, succeeded: bool) -> bool:
    """What a call without records says about what is wrong with it; returns whether anything is.

    The documents are about updates: how another operation refuses is its own affair, but it must not succeed.
    """
    blocking = [condition for condition in conditions if not condition.accept]
    for condition in blocking:
        findings.that(
            condition.requirement,
            not succeeded,
            f"{condition.why} gives {answered.shown()}",
            "a refusal",
            condition.reading,
        )
    return bool(blocking)


def _explains(condition: Condition, answered: Answered) -> bool:
    told = answered.status in condition.statuses and (answered.code is None or answered.status not in BARE)
    return answered.code in condition.codes or told


def _is_uuid(text: str) -> bool:
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False


def _list(codes: frozenset[str]) -> str:
    return " or ".join(sorted(codes)[:6]) or "no code"


def _words(codes: frozenset[str], statuses: frozenset[int]) -> str:
    parts = [f"code {_list(codes)}"] if codes else []
    parts += [f"HTTP {' or '.join(map(str, sorted(statuses)))}"] if statuses else []
    return ", ".join(parts) or VALID
