"""Collects what one exchange says about requirements: one judgement each, a failure before a pass."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import specs
from conformance.judge.verdicts import Judgement, Verdict

_RANK = {Verdict.FAILED: 0, Verdict.INCONCLUSIVE: 1, Verdict.PASSED: 2}


class Findings:
    """Judgements of one exchange; requirements that the contract does not have are passed over."""

    def __init__(self, contract: specs.Contract) -> None:
        self._known = contract.requirements
        self._judgements: dict[str, Judgement] = {}
        self._notes: list[str] = []

    def passed(self, *requirements: str) -> None:
        """They hold here."""
        for requirement in requirements:
            self._add(Judgement(requirement, Verdict.PASSED))

    def failed(self, requirement: str, observed: str, allowed: str, reading: str | None = None) -> None:
        """It does not hold here."""
        self._add(Judgement(requirement, Verdict.FAILED, observed, allowed, reading))

    def inconclusive(self, requirement: str, observed: str) -> None:
        """It cannot be told here."""
        self._add(Judgement(requirement, Verdict.INCONCLUSIVE, observed))

    def that(
        self, requirement: str, holds: bool, observed: str = "", allowed: str = "", reading: str | None = None
    ) -> bool:
        """It holds here or it does not; returns which."""
        if holds:
            self.passed(requirement)
        else:
            self.failed(requirement, observed, allowed, reading)
        return holds

    def all_failed(self, requirements: Iterable[str], observed: str, allowed: str) -> None:
        """None of them holds here."""
        for requirement in requirements:
            self.failed(requirement, observed, allowed)

    def note(self, *notes: str) -> None:
        """Worth knowing, and decides nothing."""
        self._notes += notes

    def judgements(self) -> list[Judgement]:
        """What was found; the notes stand on one that passed."""
        found = dict(self._judgements)
        good = next((name for name, each in found.items() if each.verdict is Verdict.PASSED), None)
        if self._notes and good is not None:
            found[good] = replace(found[good], note="; ".join(self._notes))
        return list(found.values())

    def _add(self, judgement: Judgement) -> None:
        known = self._judgements.get(judgement.requirement)
        if judgement.requirement in self._known and (known is None or _RANK[judgement.verdict] < _RANK[known.verdict]):
            self._judgements[judgement.requirement] = judgement
