"""The JUnit file says what the record says, in a form that other tools read."""

from __future__ import annotations

from pathlib import Path

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase

from reports import FORMATS, Outcome, RunRecord
from tests.reports.records import calm, nasty, run, shared, target, throttled, unreachable


def cases(record: RunRecord, out: Path) -> dict[str, list[TestCase]]:
    suites = JUnitXml.fromfile(str(FORMATS["junit"](record, out)))
    return {suite.name: list(suite) for suite in suites}


def test_each_verdict_has_the_result_that_tools_know(tmp_path: Path) -> None:
    first, _ = cases(nasty(), tmp_path).values()
    results = {case.name: [type(result) for result in case.result] for case in first}
    assert results == {
        "queued-code": [Failure],
        "kept": [],
        "torn": [Error],
        "absent": [Skipped],
        "beside": [Skipped],
        "reading-queued-code": [Failure],
    }


def test_skipped_says_whether_it_was_not_tested_or_not_applicable(tmp_path: Path) -> None:
    first, _ = cases(nasty(), tmp_path).values()
    messages = [result.message for case in first for result in case.result if isinstance(result, Skipped)]
    assert [message.split(":")[0] for message in messages] == ["not tested", "not applicable"]


def test_a_target_that_could_not_be_decided_is_never_green(tmp_path: Path) -> None:
    undecided = target(verdict=Outcome.UNDECIDED, requirements=(), note="nobody answers")
    (found,) = cases(run(undecided), tmp_path).values()
    assert [type(result) for case in found for result in case.result] == [Error]


def test_a_run_without_targets_is_never_green(tmp_path: Path) -> None:
    (found,) = cases(run(verdict=Outcome.UNDECIDED, exit_code=3), tmp_path).values()
    assert [type(result) for case in found for result in case.result] == [Error]


def test_a_calm_run_has_counts_that_add_up(tmp_path: Path) -> None:
    document = JUnitXml.fromfile(str(FORMATS["junit"](calm(), tmp_path)))
    assert (document.tests, document.failures, document.errors, document.skipped) == (3, 0, 0, 1)


def test_each_requirement_names_its_cause_and_the_others_that_it_breaks(tmp_path: Path) -> None:
    (found,) = cases(shared(), tmp_path).values()
    messages = {case.name: result.message for case in found for result in case.result}
    assert set(messages) == {"queued-code", "batch-limit", "shown"}
    for name, message in messages.items():
        others = ", ".join(other for other in messages if other != name)
        assert message == f"failed: code 1001; allowed: code 1002; cause 1 of 1, it also breaks {others}"


def test_a_suite_tells_each_cause_once_among_its_properties(tmp_path: Path) -> None:
    (suite,) = JUnitXml.fromfile(str(FORMATS["junit"](throttled(), tmp_path)))
    properties = suite.properties()  # type: ignore[no-untyped-call]
    told = {each.name: each.value for each in properties if each.name.startswith("cause")}
    assert told == {
        "cause 1 of 2": "not served: the target limits how many requests it serves (429) (600 requests); "
        "it hits lost, lost-too",
        "cause 2 of 2": "code 1001; expected: code 1002 (1 time); it hits queued-code",
    }


def test_what_was_not_served_is_an_error_and_the_first_case(tmp_path: Path) -> None:
    (found,) = cases(throttled(), tmp_path).values()
    first, *rest = found
    assert (first.name, [type(result) for result in first.result]) == ("not-served", [Error])
    assert first.result[0].message.startswith("inconclusive: not served: the target limits how many requests")
    assert "what would help: ask for a larger quota" in first.result[0].text
    lost = {case.name: case.result[0].message for case in rest if case.name.startswith("lost")}
    assert "cause 1 of 2 (not served: the target limits" in lost["lost"]
    assert "lost-too" in lost["lost"]


def test_what_was_not_served_leaves_a_conformant_target_green_and_is_told(tmp_path: Path) -> None:
    document = JUnitXml.fromfile(str(FORMATS["junit"](throttled(Outcome.CONFORMANT), tmp_path)))
    results = [result for suite in document for case in suite for result in case.result if case.name == "not-served"]
    assert [type(result) for result in results] == [Skipped]


def test_a_run_that_ended_before_any_check_says_why_in_the_first_case_alone(tmp_path: Path) -> None:
    (found,) = cases(unreachable(), tmp_path).values()
    first, *rest = found
    assert (first.name, [type(result) for result in first.result]) == ("overall", [Error])
    assert "nothing answers at the address" in first.result[0].message
    assert {case.result[0].message for case in rest} == {"not tested: the run ended before any check, see `overall`"}


def test_two_targets_of_one_contract_have_test_cases_of_their_own(tmp_path: Path) -> None:
    record = run(target(), target(name="Acme production"), target(version="2026.12"))
    suites = JUnitXml.fromfile(str(FORMATS["junit"](record, tmp_path)))
    names = [(case.classname, case.name) for suite in suites for case in suite]
    assert len(set(names)) == len(names) == 9
