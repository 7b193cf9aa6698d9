"""What an earlier run had broken or undecided already."""

from __future__ import annotations

from reports.model import RunRecord, TargetRecord, Verdict

READING = "reading-"


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
        before = {id(target): _before(record, run, target) for target in run.targets} if record else {}
        self._verdicts = {key: _verdicts(found) for key, found in before.items() if found is not None}
        if record is not None and run.targets and not self._verdicts:
            tested = ", ".join(f"{t.contract} of {t.name!r}" for t in record.targets) or "nothing"
            raise BaselineError(f"the baseline tested {tested}, which this run did not")

    def has(self, target: TargetRecord, name: str, verdict: Verdict) -> bool:
        """Whether something that is as bad or worse was there before. Undecided before does not excuse failed now."""
        before = self._verdicts.get(id(target), {}).get(name)
        return before is Verdict.FAILED or (before is not None and before is verdict)


def _before(record: RunRecord, run: RunRecord, target: TargetRecord) -> TargetRecord | None:
    """The same target in the earlier run: the name decides only where a contract has several targets."""
    same = [each for each in record.targets if each.contract == target.contract]
    named = [each for each in same if each.name == target.name]
    alone = len(same) == 1 == sum(each.contract == target.contract for each in run.targets)
    return named[-1] if named else same[0] if alone else None


def _verdicts(target: TargetRecord) -> dict[str, Verdict]:
    bad = (Verdict.FAILED, Verdict.INCONCLUSIVE)
    found = {requirement.id: requirement.verdict for requirement in target.requirements if requirement.verdict in bad}
    return found | {READING + r.id: r.verdict for r in target.readings if r.verdict in bad}
