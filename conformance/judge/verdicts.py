"""Verdicts, judgements, and the ways in which a check can end early."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

from conformance.session.exchange import Exchange
from reports.model import Verdict  # the same words in a run and in its record

__all__ = [
    "Failed",
    "Inconclusive",
    "Judgement",
    "NotApplicable",
    "NotServed",
    "NotTested",
    "Signal",
    "Verdict",
    "failed_type",
    "worst",
]

_WORST_FIRST = (
    Verdict.FAILED,
    Verdict.INCONCLUSIVE,
    Verdict.NOT_TESTED,
    Verdict.PASSED,
    Verdict.NOT_APPLICABLE,
)


def worst(verdicts: Iterable[Verdict]) -> Verdict:
    """The worst of several verdicts; of none: not tested."""
    return min(verdicts, key=_WORST_FIRST.index, default=Verdict.NOT_TESTED)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one exchange says about one requirement.

    Attributes:
        requirement: id in the catalogue of the contract.
        verdict: passed, failed or inconclusive.
        observed: what came, in words (no secrets).
        allowed: what the documents allow here, in words.
        reading: the reading that decided, as `name=option`, or None.
        note: an informational finding, in words, or "": worth knowing, and no requirement covers it.
    """

    requirement: str
    verdict: Verdict
    observed: str = ""
    allowed: str = ""
    reading: str | None = None
    note: str = ""


class Failed(AssertionError):  # noqa: N818 - named by the verdict that it gives
    """A requirement that the running check is bound to was broken. Raise it through `Bench` only."""

    def __init__(self, judgements: Sequence[Judgement], trail: Sequence[Exchange]) -> None:
        self.judgements = tuple(judgements)
        self.trail = tuple(trail)
        super().__init__("; ".join(f"{j.requirement}: {j.observed}; allowed: {j.allowed}" for j in judgements))


@cache
def failed_type(requirement: str) -> type[Failed]:
    """A type of its own for each requirement: shrinking must not slip from one failure to another."""
    return type("Failed", (Failed,), {"__qualname__": f"Failed[{requirement}]", "__module__": __name__})


class Signal(BaseException):
    """Ends a check early. Not an Exception, so that Hypothesis does not take it for a counterexample."""

    verdict: Verdict

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


class Inconclusive(Signal):
    """It cannot be told."""

    verdict = Verdict.INCONCLUSIVE


class BudgetExhausted(Inconclusive):
    """The run has used up what it may cost the target; nothing is sent any more."""


class NotApplicable(Signal):
    """The reading that the target follows leaves nothing to test here."""

    verdict = Verdict.NOT_APPLICABLE


class NotTested(Signal):
    """The target, or its file, does not give what the check needs.

    Args:
        reason: what is missing.
        mend: what would let it be tested, in the imperative, or "".
    """

    verdict = Verdict.NOT_TESTED

    def __init__(self, reason: str, mend: str = "") -> None:
        super().__init__(f"{reason}; to test it, {mend}" if mend else reason)


class NotServed(NotTested):
    """The target, or what stands in front of it, refused to serve: nothing can be judged of what was asked.

    Attributes:
        refusal: id of the kind of refusal (`specs/refusals.yaml`), or "".
        passing: another try may be served, as after a gateway's 502.
        right: the refusal is the right answer, so that nothing is lost with it.
    """

    def __init__(self, reason: str, *, refusal: str = "", passing: bool = False, right: bool = False) -> None:
        super().__init__(reason)
        self.refusal = refusal
        self.passing = passing
        self.right = right
