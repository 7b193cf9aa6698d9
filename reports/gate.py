"""The gate of a run, put into words that several reports share."""

from __future__ import annotations

from collections.abc import Iterator

from reports.model import GateFinding, GateRecord, GateState, RunRecord, Verdict, WaiverRecord, WaiverState

NOT_SERVED = "not-served"
"""Id of the test case that says what a target did not serve."""

WRONG = (WaiverState.EXPIRED, WaiverState.STALE, WaiverState.TOO_LONG)
"""States of a waiver that fail the gate."""


def outcome(gate: GateRecord) -> str:
    """What the gate comes to, in a word or two."""
    return {0: "passed", 1: "failed", 3: "undecided"}.get(gate.exit_code, "interrupted")


def exit_code(record: RunRecord) -> int:
    """The exit code of the command: the gate's where there is one."""
    return record.gate.exit_code if record.gate else record.exit_code


def states(record: RunRecord) -> dict[tuple[str, str, str], GateState]:
    """What the gate makes of each finding, by contract, target and id; empty without a gate."""
    return {(f.contract, f.target, f.id): f.state for f in _findings(record)}


def let_pass(record: RunRecord) -> dict[tuple[str, str, str], str]:
    """What is broken or undecided and yet does not fail the gate: by contract, target and id, why in a line."""
    passing = (f for f in _findings(record) if f.state is not GateState.BLOCKS)
    return {(f.contract, f.target, f.id): f"{f.state}: {f.note}" for f in passing}


def _findings(record: RunRecord) -> Iterator[GateFinding]:
    """The findings of the gate, and that it lets a target pass which did not serve everything."""
    if record.gate is None:
        return
    yield from record.gate.findings
    if record.gate.exit_code == 0:
        for target in record.targets:
            note = "the gate lets the run pass"
            key = (target.contract, target.name, NOT_SERVED)
            yield GateFinding(*key, Verdict.NOT_TESTED, GateState.TOLERATED, note)


def waiver_line(waiver: WaiverRecord) -> str:
    """A waiver in a sentence, without its state."""
    told = f"{waiver.contract} {waiver.requirement} until {waiver.expires} ({waiver.ticket}, {waiver.owner}): "
    return told + waiver.reason + (f"; {waiver.note}" if waiver.note else "")
