"""What became of requirements, readings and answer times, whatever order they stand in."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reports import GateFinding, GateRecord, GateState, RunRecord, Verdict
from reports.compare import Comparison, compare, words
from reports.compare.diff import Kind
from reports.compare.latency import Speed, operation_changes, slower_chance
from specs import Level
from tests.compare.runs import STEADY, named, now, operation, then
from tests.reports.records import large, quota, reading, run, shared, target, throttled


def kinds(comparison: Comparison) -> dict[str, str]:
    return {change.requirement.id: str(change.kind) for t in comparison.targets for change in t.requirements}


def test_each_requirement_is_told_by_its_id_whatever_the_order() -> None:
    assert kinds(compare(then(), now())) == {
        "breaks": "new failure",
        "vanishes": "newly untested",
        "stays-broken": "still failing",
        "mends": "fixed",
        "appears": "newly passed",
    }


def test_new_failures_lost_tests_and_worse_readings_are_regressions() -> None:
    (found,) = compare(then(), now()).targets
    worse = [c.requirement.id for c in found.requirements if c.regression]
    worse += [c.reading.id for c in found.readings if c.regression]
    assert sorted(worse) == ["breaks", "lost", "queued-code", "vanishes"]
    assert {c.reading.id for c in found.readings} == {"lost", "loose", "queued-code"}


@pytest.mark.parametrize("record", [then(), now(), large()])
def test_a_run_compared_with_itself_has_changed_in_nothing(record: RunRecord) -> None:
    comparison = compare(record, record)
    assert comparison.regressions == 0
    assert set(kinds(comparison).values()) <= {"still failing"}
    assert not any(t.readings for t in comparison.targets)
    assert {each.speed for t in comparison.targets for each in t.operations} <= {Speed.ALIKE, Speed.UNTOLD}


def test_a_contract_that_was_not_run_is_newly_untested() -> None:
    comparison = compare(run(target(), target("imiconnect-app")), run(target()))
    assert comparison.regressions == 2
    assert "imiconnect-app (Acme sandbox) is not in the new run" in comparison.notes


def test_targets_of_one_contract_are_told_by_name_and_a_new_version_is_the_same_target() -> None:
    broken = (named("queued-code", Verdict.FAILED),)
    old = run(target(name="a", version="1"), target(name="b", version="1", requirements=broken))
    new = run(target(name="b", version="2", requirements=broken), target(name="a", version="2"))
    assert kinds(compare(old, new)) == {"queued-code": "still failing"}


def test_a_waived_failure_is_shown_and_is_no_regression() -> None:
    finding = GateFinding("imiconnect-customer", "Acme sandbox", "breaks", Verdict.FAILED, GateState.WAIVED, "")
    gate = GateRecord(0, Level.MANDATORY, None, "", (finding,), ())
    comparison = compare(then(), replace(now(), gate=gate))
    (change,) = [c for c in comparison.targets[0].requirements if c.requirement.id == "breaks"]
    assert (change.waived, change.regression) == (True, False)


def test_a_requirement_that_the_old_suite_did_not_know_and_that_fails_is_a_new_failure() -> None:
    old, new = run(target(requirements=())), run(target(requirements=(named("fresh", Verdict.FAILED),)))
    (change,) = compare(old, new).targets[0].requirements
    assert (str(change.kind), change.regression) == ("new failure", True)
    assert change.reason == "the old run does not know this requirement"


def test_a_reading_that_turns_from_one_strict_option_to_another_has_changed_and_is_not_worse() -> None:
    both = ("1002", "1001")
    old, new = (
        run(target(readings=(reading(strict=both),))),
        run(target(readings=(reading(option="1001", strict=both),))),
    )
    (change,) = compare(old, new).targets[0].readings
    assert (change.before, change.after, change.regression) == ("1002", "1001", False)


TIMES = {
    "three times as slow": ([t * 3 for t in STEADY], Speed.SLOWER),
    "four times as fast": ([t / 4 for t in STEADY], Speed.FASTER),
    "the same": (STEADY, Speed.ALIKE),
    "one slow answer": ([*STEADY[:-1], 9.0], Speed.ALIKE),
    "a heavy tail": ([*STEADY[:18], 0.03, 0.04, 0.05], Speed.SLOWER),
    "a little slower": ([t * 1.1 for t in STEADY], Speed.ALIKE),
}


@pytest.mark.parametrize("what", TIMES)
def test_answer_times_are_compared_as_distributions(what: str) -> None:
    quantiles, speed = TIMES[what]
    (found,) = operation_changes([operation("update")], [operation("update", quantiles)])
    assert found.speed is speed


def test_a_handful_of_answers_proves_nothing() -> None:
    slow = operation("update", (t * 3 for t in STEADY), count=3)
    (found,) = operation_changes([operation("update", count=3)], [slow])
    assert found.speed is Speed.ALIKE


def test_single_figures_are_no_distribution() -> None:
    (found,) = operation_changes([replace(operation("update"), quantiles=())], [operation("update")])
    assert found.speed is Speed.UNTOLD


def test_the_chance_to_be_slower_counts_ties_half() -> None:
    assert slower_chance([1, 2], [1, 2]) == 0.5
    assert slower_chance([1, 2], [3, 4]) == 1.0
    assert slower_chance([1, 1], [1, 2]) == 0.75


def test_new_failures_of_one_cause_are_told_once() -> None:
    kept = tuple(replace(each, verdict=Verdict.PASSED, failures=()) for each in shared().targets[0].requirements)
    comparison = compare(run(target(requirements=kept)), shared())
    changes = comparison.targets[0].of(Kind.NEW_FAILURE)
    assert [change.same_as for change in changes] == ["", "queued-code", "queued-code"]
    told = [dict(words.requirement_lines(change)) for change in changes]
    assert told[0]["cause"] == "cause 1 of 1, it also breaks batch-limit, shown"
    assert [each["cause"] for each in told[1:]] == ["the same as for queued-code"] * 2
    assert ["observed" in each for each in told] == [True, False, False]


def test_a_run_that_was_not_served_makes_runs_less_alike() -> None:
    comparison = compare(shared(), throttled())
    note = "the new run of imiconnect-customer was not served: the target limits how many requests it serves (429)"
    assert note in comparison.notes


def test_a_refusal_that_cost_nothing_is_not_worth_a_note() -> None:
    assert compare(run(target()), run(target(causes=(quota(),)))).notes == ()
