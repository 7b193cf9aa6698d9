"""Decides whether a run may break a build."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta

from conformance.gate.baseline import READING, Baseline
from conformance.gate.waivers import Waiver, Waivers
from conformance.record.aggregate import CONFORMANT, INTERRUPTED, NOT_CONFORMANT, UNDECIDED
from reports.causes import named
from reports.coverage import coverage
from reports.gate import WRONG
from reports.model import (
    CauseKind,
    GateFinding,
    GateRecord,
    GateState,
    Outcome,
    RunRecord,
    TargetRecord,
    Verdict,
    WaiverRecord,
    WaiverState,
)
from reports.text import plural
from specs import Level

OVERALL = "overall"
_COUNTED = {
    Level.MANDATORY: frozenset({Level.MANDATORY}),
    Level.PREFERRED: frozenset({Level.MANDATORY, Level.PREFERRED}),
}


def apply(
    record: RunRecord,
    *,
    today: date,
    waivers: Waivers | None = None,
    baseline: RunRecord | None = None,
    fail_on: Level | None = None,
) -> RunRecord:
    """The record with what the gate makes of it; its verdict stays what it is.

    Args:
        record: of the run.
        today: decides which waivers are in force.
        waivers: failures that may not break a build.
        baseline: an earlier run; only what is new counts.
        fail_on: the lowest level whose failures count; what the level of the run demands unless given.

    Raises:
        BaselineError: the baseline has no target in common with the run.
    """
    given = waivers or Waivers()
    level = fail_on or (Level.PREFERRED if record.run.level == "strict" else Level.MANDATORY)
    judged = tuple(_judge_waiver(waiver, given.max_days, record, today) for waiver in given.waivers)
    waived = {(w.contract, w.requirement): w for w in judged if w.state is WaiverState.IN_FORCE}
    known = Baseline(baseline, record)
    findings = tuple(f for target in record.targets for f in _findings(target, _COUNTED[level], waived, known))
    code = _code(record, findings, judged)
    reason = _reason(record, findings, judged)
    return replace(record, gate=GateRecord(code, level, known.id, reason, findings, judged))


def _judge_waiver(waiver: Waiver, max_days: int, record: RunRecord, today: date) -> WaiverRecord:
    state, note = _waiver_state(waiver, max_days, record, today)
    words = (waiver.contract, waiver.requirement, waiver.reason, waiver.owner, waiver.ticket)
    return WaiverRecord(*words, waiver.expires.isoformat(), state, note)


def _waiver_state(waiver: Waiver, max_days: int, record: RunRecord, today: date) -> tuple[WaiverState, str]:
    if waiver.expires < today:
        return WaiverState.EXPIRED, f"it held until {waiver.expires}"
    if waiver.expires - today > timedelta(days=max_days):
        latest = today + timedelta(days=max_days)
        return WaiverState.TOO_LONG, f"it may hold for {plural(max_days, 'day')}, until {latest}"
    targets = [target for target in record.targets if target.contract == waiver.contract]
    if not targets:
        return WaiverState.UNUSED, "this run did not test the contract"
    verdicts = {r.verdict for target in targets for r in target.requirements if r.id == waiver.requirement}
    if not verdicts:
        return WaiverState.STALE, "the contract has no such requirement"
    if Verdict.FAILED in verdicts:
        return WaiverState.IN_FORCE, ""
    if verdicts == {Verdict.PASSED}:
        return WaiverState.STALE, "the requirement passes; remove the waiver"
    return WaiverState.UNUSED, f"the requirement is {' and '.join(sorted(verdicts))}"


def _findings(
    target: TargetRecord,
    counted: frozenset[Level],
    waived: dict[tuple[str, str], WaiverRecord],
    baseline: Baseline,
) -> Iterator[GateFinding]:
    for requirement in target.requirements:
        verdict = requirement.verdict
        if verdict not in (Verdict.FAILED, Verdict.INCONCLUSIVE):
            continue
        waiver = waived.get((target.contract, requirement.id))
        if requirement.level not in counted:
            state, note = GateState.TOLERATED, f"{requirement.level} requirements do not fail this gate"
        elif verdict is Verdict.FAILED and waiver is not None:
            state, note = GateState.WAIVED, f"until {waiver.expires}, {waiver.ticket}, {waiver.owner}: {waiver.reason}"
        else:
            state, note = _new(baseline, target, requirement.id, verdict)
        yield GateFinding(target.contract, target.name, requirement.id, verdict, state, note)
    for reading in target.readings:
        if reading.verdict is Verdict.FAILED:
            state, note = _new(baseline, target, READING + reading.id, Verdict.FAILED)
            note = note or reading.note
            yield GateFinding(target.contract, target.name, READING + reading.id, Verdict.FAILED, state, note)
    # Neither a waiver nor a baseline makes up for what was not tested, because it was not served or too little was.
    refused = {name for cause in target.causes if cause.kind is CauseKind.NOT_SERVED for name in cause.requirements}
    lost = [r for r in target.requirements if r.id in refused and r.level in counted]
    passed = any(requirement.verdict is Verdict.PASSED for requirement in target.requirements)
    if lost or (target.verdict is Outcome.UNDECIDED and not passed):
        note = f"{plural(len(lost), 'requirement')} not tested, as not served" if lost else target.note
        yield GateFinding(target.contract, target.name, OVERALL, Verdict.NOT_TESTED, GateState.BLOCKS, note)
    elif short := coverage(target).missing:
        told = (
            f"{plural(len(short), 'requirement')} not tested, {coverage(target).demanded} is demanded: {named(short)}"
        )
        yield GateFinding(target.contract, target.name, OVERALL, Verdict.NOT_TESTED, GateState.BLOCKS, told)


def _new(baseline: Baseline, target: TargetRecord, name: str, verdict: Verdict) -> tuple[GateState, str]:
    if baseline.has(target, name, verdict):
        return GateState.KNOWN, f"the baseline {baseline.id} has it too"
    return GateState.BLOCKS, "new since the baseline" if baseline.id else ""


def _code(record: RunRecord, findings: Iterable[GateFinding], waivers: Iterable[WaiverRecord]) -> int:
    if record.exit_code == INTERRUPTED:
        return INTERRUPTED
    blocking = [finding.verdict for finding in findings if finding.state is GateState.BLOCKS]
    if Verdict.FAILED in blocking or any(waiver.state in WRONG for waiver in waivers):
        return NOT_CONFORMANT
    return UNDECIDED if blocking or not record.targets else CONFORMANT


def _reason(record: RunRecord, findings: Iterable[GateFinding], waivers: Iterable[WaiverRecord]) -> str:
    if record.exit_code == INTERRUPTED:
        return "interrupted"
    findings = list(findings)
    parts = []
    for verdict, words in ((Verdict.FAILED, "fail it"), (Verdict.INCONCLUSIVE, "could not be decided")):
        names = [f.id for f in findings if f.state is GateState.BLOCKS and f.verdict is verdict]
        parts += [f"{', '.join(names)} {words}"] if names else []
    parts += [f.note for f in findings if f.state is GateState.BLOCKS and f.verdict is Verdict.NOT_TESTED]
    parts += [f"the waiver of {w.requirement} is {w.state}" for w in waivers if w.state in WRONG]
    for state in (GateState.WAIVED, GateState.KNOWN, GateState.TOLERATED):
        count = sum(f.state is state for f in findings)
        parts += [f"{count} {state}"] if count else []
    return "; ".join(parts) or ("nothing fails it" if record.targets else "nothing was tested")
