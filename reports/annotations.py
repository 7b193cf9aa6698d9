"""Workflow commands of GitHub Actions: one annotation for each thing that is broken or undecided."""

from __future__ import annotations

from collections.abc import Iterator

from reports.cases import Case, cases
from reports.gate import WRONG, states, waiver_line
from reports.model import GateState, RunRecord, TargetRecord, Verdict
from reports.text import one_line

MOST = 10  # annotations of one kind in one step that GitHub shows


def commands(record: RunRecord) -> Iterator[str]:
    """Lines for standard output of a step: errors for what fails the run, warnings for the rest."""
    errors: list[tuple[str, str]] = []
    warnings: list[tuple[str, str]] = []
    known = states(record)
    for target in record.targets:
        for case in cases(target):
            if case.verdict in (Verdict.FAILED, Verdict.INCONCLUSIVE):
                state = known.get((target.contract, target.name, case.id), GateState.BLOCKS)
                (errors if state is GateState.BLOCKS else warnings).append(_told(target, case, state))
    wrong = [w for w in record.gate.waivers if w.state in WRONG] if record.gate else []
    errors += [(f"Waiver {waiver.state}", waiver_line(waiver)) for waiver in wrong]
    for kind, told in (("error", errors), ("warning", warnings)):
        shown = (
            told if len(told) <= MOST else [*told[: MOST - 1], ("More", f"{len(told) - MOST + 1} more in the report")]
        )
        yield from (command(kind, text, title=title) for title, text in shown)


def command(kind: str, text: str, **properties: str) -> str:
    """A workflow command; nothing in the text or the properties can end it or begin another one."""
    told = ",".join(f"{name}={_escaped(value, ':,')}" for name, value in properties.items())
    return f"::{kind} {told}::{_escaped(text, '')}"


def _told(target: TargetRecord, case: Case, state: GateState) -> tuple[str, str]:
    mark = f" ({state})" if state is not GateState.BLOCKS else ""
    return f"{target.contract}: {case.id} {case.verdict}{mark}", f"{case.title} {case.reason}".strip()


def _escaped(text: str, marks: str) -> str:
    line = one_line(text, 500)
    return "".join(f"%{ord(char):02X}" if char in "%\r\n" or char in marks else char for char in line)
