"""Workflow commands of GitHub Actions: one annotation for each cause, and for each thing that has none."""

from __future__ import annotations

from collections.abc import Iterator

from reports.cases import OVERALL, Case, cases
from reports.causes import Finding, findings, named
from reports.gate import WRONG, states, waiver_line
from reports.model import GateState, RunRecord, TargetRecord, Verdict
from reports.text import one_line
from reports.view import came, sent

MOST = 10  # annotations of one kind in one step that GitHub shows


def commands(record: RunRecord) -> Iterator[str]:
    """Lines for standard output of a step: errors for what fails the run, warnings for the rest.

    What was not served comes first, then each cause of what is broken, then what could not be decided.
    """
    errors: list[tuple[str, str]] = []
    warnings: list[tuple[str, str]] = []
    known = states(record)
    for target in record.targets:
        for annotation, state in _target(target, known):
            (errors if state is GateState.BLOCKS else warnings).append(annotation)
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


def _target(
    target: TargetRecord, known: dict[tuple[str, str, str], GateState]
) -> Iterator[tuple[tuple[str, str], GateState]]:
    """The annotations of a target, each with what the gate makes of it."""

    def state_of(id: str) -> GateState:
        return known.get((target.contract, target.name, id), GateState.BLOCKS)

    found = findings(target)
    told = [case for case in cases(target) if case.verdict in (Verdict.FAILED, Verdict.INCONCLUSIVE)]
    first = [case for case in told if case.group == OVERALL]
    yield from ((_case(target, case, state_of(case.id)), state_of(case.id)) for case in first)
    if not first:
        for finding in found.not_served:
            if finding.grave:
                yield (f"{target.contract}: not served", _words(finding)), GateState.TOLERATED
    for finding in found.broken:
        for state in GateState:
            ids = [name for name in finding.record.requirements if state_of(name) is state]
            if ids:
                yield (f"{target.contract}: {_title(ids, state)}", f"{_words(finding)} It breaks {named(ids)}."), state
    rest = [case for case in told if case not in first and not (case.verdict is Verdict.FAILED and case.findings)]
    yield from ((_case(target, case, state_of(case.id)), state_of(case.id)) for case in rest)


def _title(ids: list[str], state: GateState) -> str:
    more = f" and {len(ids) - 1} more" if len(ids) > 1 else ""
    return f"{ids[0]}{more} failed{_mark(state)}"


def _words(finding: Finding) -> str:
    shown = finding.record.exchange
    first = f" First: {sent(shown, 120)} → {came(shown, 80)}." if shown else ""
    mend = f" What would help: {finding.mend}." if finding.mend else ""
    return f"{one_line(finding.line, 200)} ({finding.often}).{mend}{first}"


def _case(target: TargetRecord, case: Case, state: GateState) -> tuple[str, str]:
    title = f"{target.contract}: {case.id} {case.verdict}{_mark(state)}"
    if case.group == OVERALL:
        return title, ". ".join([case.reason, *(f"{name}: {text}" for name, text in case.facts)])
    return title, f"{case.title} {case.reason}".strip()


def _mark(state: GateState) -> str:
    return f" ({state})" if state is not GateState.BLOCKS else ""


def _escaped(text: str, marks: str) -> str:
    line = one_line(text, 700)
    return "".join(f"%{ord(char):02X}" if char in "%\r\n" or char in marks else char for char in line)
