"""Runs the check that saw a failure again, with the values that it generated then."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import specs
from conformance.exercise.bench import Bench
from conformance.exercise.check import checks
from conformance.exercise.effort import Effort
from conformance.exercise.runner import run_check
from conformance.judge.readings import Readings
from conformance.judge.verdicts import Verdict
from conformance.replay.names import new_name
from conformance.replay.outcome import Outcome, Try, several
from conformance.session.session import Session
from conformance.target.model import Target
from conformance.vendors import vendor


class Rerun:
    """Runs checks of a recorded run again: seed and effort of that run give the same cases.

    Args:
        contract: of the target.
        target: from the target file.
        session: the way to it.
        learned: the readings that the target follows.
        seed: of the recorded run.
        effort: of the recorded run.
        withheld: lent profiles that must not be changed, with the reason.
    """

    def __init__(
        self,
        contract: specs.Contract,
        target: Target,
        session: Session,
        learned: Mapping[str, str],
        seed: int,
        effort: str,
        withheld: Mapping[str, str],
    ) -> None:
        self._contract = contract
        self._target = target
        self._session = session
        self._learned = learned
        self._seed = seed
        self._effort = Effort(effort)
        self._withheld = withheld

    def times(self, check: str, requirement: str) -> Try:
        """What running a check several times says about a requirement."""
        return several(lambda: self.once(check, requirement))

    def once(self, name: str, requirement: str) -> Try:
        """What running a check once says about a requirement."""
        check = next((each for each in checks(self._contract.vendor) if each.id == name), None)
        if check is None:
            return Try(Outcome.UNDECIDED, f"this version of the suite has no check {name}")
        ours, readings = vendor(self._contract.vendor), Readings(self._contract, self._learned)
        oracle = ours.Oracle(self._contract, self._target, readings)
        # A counterexample need not be made small again: the recorded run did that.
        bench = _NewNames(
            self._contract,
            self._target,
            self._session,
            readings,
            oracle,
            seed=self._seed,
            effort=self._effort,
            shrink=False,
            withheld=self._withheld,
        )
        # Bound to this requirement alone, so that what else is broken does not end the check before its turn.
        result = run_check(replace(check, requirements=(requirement,)), ours.Driver(bench))
        broken = result.failures.get(requirement)
        if broken is not None:
            return Try(Outcome.FAILING, f"observed {broken.judgement.observed}; allowed: {broken.judgement.allowed}")
        if result.verdicts.get(requirement) is Verdict.PASSED:
            return Try(Outcome.FIXED, "judged as it should be")
        return Try(Outcome.UNDECIDED, result.reason or "the check said nothing about it this time")


class _NewNames(Bench):
    """Makes up other names than the recorded run, whose data may still be there."""

    def fresh(self, length: int = 12) -> str:
        return new_name(length)
