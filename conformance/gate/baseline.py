"""What an earlier run had broken or undecided already."""

from __future__ import annotations

from collections.abc import Sequence

from reports.model import RunRecord, TargetRecord, Verdict

READING = "reading-"

Tested = tuple[str, str]  # contract and name of a target


class BaselineError(ValueError):
    """A baseline has nothing in common with the run."""


class Baseline:
    """Answers whether a finding of a run is new.

    Args:
        record: the earlier run, or None where everything is new.
        run: the run that is compared with it.

    Raises:
        BaselineError: the earlier run tested none of the targets of this one.
    """

    def __init__(self, record: RunRecord | None, run: RunRecord) -> None:
        self.id = record.run.id if record else None
        self._verdicts: dict[int, dict[str, Verdict]] = {}
        if record is not None:
            tested = [(target.contract, target.name) for target in run.targets]
            require_common(record, tested)
            before = {id(target): _before(record, tested, (target.contract, target.name)) for target in run.targets}
            self._verdicts = {key: _verdicts(found) for key, found in before.items() if found is not None}

    def has(self, target: TargetRecord, name: str, verdict: Verdict) -> bool:
        """Whether something that is as bad or worse was there before. Undecided before does not excuse failed now."""
        before = self._verdicts.get(id(target), {}).get(name)
        return before is Verdict.FAILED or (before is not None and before is verdict)


def require_common(record: RunRecord, tested: Sequence[Tested]) -> None:
    """Raises BaselineError where an earlier run tested none of the targets of another one."""
    if tested and not any(_before(record, tested, each) for each in tested):
        before = _named([(target.contract, target.name) for target in record.targets])
        raise BaselineError(f"the baseline tested {before}; this run is about {_named(tested)}: nothing in common")


def _named(tested: Sequence[Tested]) -> str:
    return ", ".join(f"{contract} of {name!r}" for contract, name in tested) or "nothing"


def _before(record: RunRecord, tested: Sequence[Tested], one: Tested) -> TargetRecord | None:
    """The same target in the earlier run: the name decides only where a contract has several targets."""
    contract, name = one
    same = [each for each in record.targets if each.contract == contract]
    named = [each for each in same if each.name == name]
    alone = len(same) == 1 == sum(each == contract for each, _ in tested)
    return named[-1] if named else same[0] if alone else None


def _verdicts(target: TargetRecord) -> dict[str, Verdict]:
    bad = (Verdict.FAILED, Verdict.INCONCLUSIVE)
    found = {requirement.id: requirement.verdict for requirement in target.requirements if requirement.verdict in bad}
    return found | {READING + r.id: r.verdict for r in target.readings if r.verdict in bad}
