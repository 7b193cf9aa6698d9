"""What the gate makes of a run: waivers, baseline, level."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from conformance.gate import BaselineError, Waiver, Waivers, apply
from reports import CoverageRecord, GateRecord, GateState, Outcome, RunRecord, Verdict, WaiverState, read, write
from specs import Level
from tests.reports.records import failure, reading, requirement, run, target

TODAY = date(2026, 11, 22)
FAILED = requirement("batch-limit", Verdict.FAILED, failures=(failure(),))
PREFERRED = replace(FAILED, id="shown", level=Level.PREFERRED)


def waiver(name: str = "batch-limit", days: int = 30, contract: str = "imiconnect-customer") -> Waiver:
    return Waiver(contract, name, "known", "messaging", "MSG-1", TODAY + timedelta(days=days))


def broken(*more: object, name: str = "Acme sandbox") -> RunRecord:
    requirements = (requirement(), FAILED, *more)
    return run(target(requirements=requirements, verdict=Outcome.NOT_CONFORMANT, name=name))


def gate(record: RunRecord, *waivers: Waiver, baseline: RunRecord | None = None, on: Level | None = None) -> GateRecord:
    found = apply(record, today=TODAY, waivers=Waivers(waivers), baseline=baseline, fail_on=on).gate
    assert found is not None
    return found


def test_a_waived_failure_does_not_fail_the_gate_and_stays_a_failure() -> None:
    record = apply(broken(), today=TODAY, waivers=Waivers((waiver(),)))
    assert record.verdict is Outcome.NOT_CONFORMANT
    assert record.gate is not None
    assert record.gate.exit_code == 0
    assert [(f.id, f.state) for f in record.gate.findings] == [("batch-limit", GateState.WAIVED)]
    assert [w.state for w in record.gate.waivers] == [WaiverState.IN_FORCE]


def test_neither_a_waiver_nor_a_baseline_makes_up_for_too_little_testing() -> None:
    short = CoverageRecord(passed=1, failed=1, testable=3, demanded="mandatory", missing=("left",))
    left = replace(requirement("left", Verdict.NOT_TESTED), observe="Look.")
    record = run(replace(broken(left).targets[0], coverage=short))
    for found in (gate(record, waiver()), gate(record, baseline=record)):
        assert (found.exit_code, found.findings[-1].state) == (3, GateState.BLOCKS)
        assert "1 requirement not tested, mandatory is demanded: left" in found.reason


def test_without_a_waiver_it_fails() -> None:
    assert gate(broken()).exit_code == 1


@pytest.mark.parametrize(
    ("given", "state", "code"),
    [
        (waiver(days=-1), WaiverState.EXPIRED, 1),
        (waiver(days=0), WaiverState.IN_FORCE, 0),
        (waiver(days=180), WaiverState.IN_FORCE, 0),
        (waiver(days=181), WaiverState.TOO_LONG, 1),
        (waiver("queued-code"), WaiverState.STALE, 1),
        (waiver("nobody"), WaiverState.STALE, 1),
        (waiver("queue-error"), WaiverState.UNUSED, 1),
        (waiver(contract="imiconnect-app"), WaiverState.UNUSED, 1),
    ],
)
def test_only_a_waiver_in_force_waives(given: Waiver, state: WaiverState, code: int) -> None:
    never = requirement("queue-error", Verdict.NOT_TESTED)
    found = gate(broken(never), given)
    assert ([w.state for w in found.waivers], found.exit_code) == ([state], code)


@pytest.mark.parametrize("given", [waiver(days=-1), waiver(days=999), waiver()])
def test_a_waiver_that_is_wrong_fails_a_run_that_has_no_failure(given: Waiver) -> None:
    fine = run(target(requirements=(requirement(), requirement("batch-limit"))))
    assert gate(fine, given).exit_code == 1
    assert gate(fine).exit_code == 0


def test_the_lifetime_can_be_shortened() -> None:
    found = apply(broken(), today=TODAY, waivers=Waivers((waiver(days=30),), max_days=29)).gate
    assert found is not None
    assert found.waivers[0].state is WaiverState.TOO_LONG


def test_only_what_is_new_fails_against_a_baseline() -> None:
    before = replace(broken(), run=replace(broken().run, id="before"))
    assert gate(broken(), baseline=before).exit_code == 0
    later = gate(broken(replace(FAILED, id="late")), baseline=before)
    assert {f.id: f.state for f in later.findings} == {"batch-limit": GateState.KNOWN, "late": GateState.BLOCKS}
    assert (later.exit_code, later.baseline) == (1, "before")


def test_what_was_undecided_before_does_not_excuse_a_failure() -> None:
    torn = requirement("batch-limit", Verdict.INCONCLUSIVE)
    before = run(target(requirements=(requirement(), torn), verdict=Outcome.UNDECIDED))
    assert gate(before, baseline=before).exit_code == 0
    assert gate(before).exit_code == 3
    assert gate(broken(), baseline=before).exit_code == 1


def test_a_false_claim_is_no_requirement_and_can_only_be_known() -> None:
    claim = reading(option="1001", claimed="1002", verdict=Verdict.FAILED)
    lying = run(target(readings=(claim,), verdict=Outcome.NOT_CONFORMANT))
    assert gate(lying).exit_code == 1
    assert gate(lying, baseline=lying).exit_code == 0


def test_the_name_of_a_target_may_change_where_a_contract_has_one() -> None:
    assert gate(broken(name="renamed"), baseline=broken()).exit_code == 0


def test_a_baseline_of_something_else_is_a_mistake() -> None:
    with pytest.raises(BaselineError, match="imiconnect-app"):
        gate(broken(), baseline=run(target("imiconnect-app")))


def test_the_level_to_fail_on_is_that_of_the_run_unless_given() -> None:
    record = run(target(requirements=(requirement(), PREFERRED)))
    strict = replace(record, run=replace(record.run, level="strict"))
    assert gate(record).exit_code == 0
    assert gate(record, on=Level.PREFERRED).exit_code == 1
    assert gate(strict).exit_code == 1
    assert gate(strict, on=Level.MANDATORY).exit_code == 0


def test_nothing_excuses_a_target_that_was_not_tested() -> None:
    silent = run(target(requirements=(requirement(verdict=Verdict.NOT_TESTED),), verdict=Outcome.UNDECIDED))
    assert gate(silent, waiver("queued-code"), baseline=silent).exit_code == 3
    assert gate(run()).exit_code == 3


def test_an_interrupted_run_stays_interrupted() -> None:
    assert gate(replace(broken(), exit_code=130)).exit_code == 130


def test_the_gate_survives_the_way_to_disk_and_back(tmp_path: Path) -> None:
    record = apply(broken(), today=TODAY, waivers=Waivers((waiver(), waiver("queued-code"))))
    write(record, tmp_path / "run.json")
    assert read(tmp_path / "run.json") == record
