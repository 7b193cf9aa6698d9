"""The gate in the reports; CTRF, the Markdown summary and the annotations."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from io import StringIO
from pathlib import Path

import pytest
from jsonschema import Draft7Validator, FormatChecker
from junitparser import Failure, JUnitXml, Skipped
from rich.console import Console

from conformance.gate import Waiver, Waivers, apply
from reports import FORMATS, Outcome, RunRecord, Verdict
from reports.annotations import command, commands
from reports.console import show
from reports.ctrf import document
from reports.html import draw as draw_html
from reports.markdown import draw, plain
from tests.reports.records import (
    NASTY,
    calm,
    check,
    failure,
    nasty,
    requirement,
    run,
    shared,
    target,
    throttled,
    unreachable,
)

CTRF = json.loads(Path(__file__).with_name("ctrf.schema.json").read_text("utf-8"))
TODAY = date(2026, 11, 22)


def gated() -> RunRecord:
    """One failure is waived, one is not, one waiver is stale, and every word is nasty."""
    failed = [requirement(name, Verdict.FAILED, failures=(failure(NASTY),)) for name in ("waived", "broken")]
    record = run(target(requirements=(requirement(), *failed), name=NASTY, verdict=Outcome.NOT_CONFORMANT))
    until = TODAY + timedelta(days=9)
    waivers = [Waiver("imiconnect-customer", name, NASTY, NASTY, NASTY, until) for name in ("waived", "queued-code")]
    return apply(record, today=TODAY, waivers=Waivers(tuple(waivers)))


@pytest.mark.parametrize("make", [calm, nasty, run, gated])
def test_ctrf_follows_its_schema_and_counts_right(make: Callable[[], RunRecord]) -> None:
    made = json.loads(json.dumps(document(make())))
    Draft7Validator(CTRF, format_checker=FormatChecker()).validate(made)
    summary, tests = made["results"]["summary"], made["results"]["tests"]
    assert summary["tests"] == len(tests)
    for status in ("passed", "failed", "skipped", "pending", "other"):
        assert summary[status] == sum(test["status"] == status for test in tests)


def test_ctrf_ids_are_those_of_the_next_run_too() -> None:
    again = replace(calm(), run=replace(calm().run, id="another"))
    first, second = (document(record) for record in (calm(), again))
    assert [t["id"] for t in first["results"]["tests"]] == [t["id"] for t in second["results"]["tests"]]
    assert first["reportId"] != second["reportId"]


def test_in_ctrf_a_waived_failure_is_not_failed_and_not_passed() -> None:
    tests = {test["name"]: test for test in document(gated())["results"]["tests"]}
    assert (tests["waived"]["status"], tests["waived"]["rawStatus"]) == ("other", "failed")
    assert tests["waived"]["extra"]["gate"] == "waived"
    assert tests["broken"]["status"] == "failed"


def test_in_junit_and_allure_a_waived_failure_is_skipped_and_says_why(tmp_path: Path) -> None:
    junit = JUnitXml.fromfile(str(FORMATS["junit"](gated(), tmp_path)))
    results = {case.name: case.result[0] for suite in junit for case in suite if case.result}
    assert {name: type(result) for name, result in results.items()} == {
        "waived": Skipped,
        "broken": Failure,
        "waiver-queued-code": Failure,
    }
    assert results["waived"].message.startswith("waived: until 2026-12-01, ")
    folder = FORMATS["allure"](gated(), tmp_path)
    found = {r["fullName"]: r for r in map(json.loads, (p.read_text() for p in folder.glob("*-result.json")))}
    waived = found["imiconnect-customer.waived"]
    assert (waived["status"], waived["statusDetails"]["known"]) == ("skipped", True)
    assert waived["statusDetails"]["message"].startswith("waived: until 2026-12-01, ")
    assert found["imiconnect-customer.broken"]["status"] == "failed"
    assert found["imiconnect-customer.waiver-queued-code"]["status"] == "failed"


def test_junit_has_no_failure_where_the_gate_passes(tmp_path: Path) -> None:
    failed = requirement(verdict=Verdict.FAILED, failures=(failure(),))
    torn = requirement("torn", Verdict.INCONCLUSIVE, reason="no answer")
    record = run(target(requirements=(failed, torn, requirement("kept")), verdict=Outcome.NOT_CONFORMANT))
    for let_pass in (apply(record, today=TODAY, baseline=record), record):
        junit = JUnitXml.fromfile(str(FORMATS["junit"](let_pass, tmp_path)))
        green = (junit.failures, junit.errors) == (0, 0)
        assert green == (let_pass.gate is not None and let_pass.gate.exit_code == 0)


def test_the_summary_tells_verdict_gate_and_waivers() -> None:
    text = draw(gated())
    assert text.startswith("## Conformance: Not conformant; 3 of 3 requirements tested, gate failed\n")
    assert "**failed (waived)** waived" in text
    assert "**failed** broken" in text
    assert "- **stale** imiconnect\\-customer queued\\-code" in text


@pytest.mark.parametrize("make", [nasty, gated])
def test_nothing_from_outside_counts_as_markdown(make: Callable[[], RunRecord]) -> None:
    for line in draw(make()).splitlines():
        bare = re.sub(r"\\[!-/:-@\[-`{-~]", "", line)
        assert "<" not in re.sub(r"</?sub>", "", bare)
        assert "`" not in bare
        assert "[" not in bare
        assert "\x1b" not in line


def test_a_pipe_cannot_end_a_cell() -> None:
    assert plain("a|b\n# c <b> https://x.example") == r"a\|b \# c \<b\> https\:\/\/x\.example"


def test_annotations_are_one_line_each_and_cannot_be_ended() -> None:
    hostile = "100%\r\n::set-env name=A::b"
    assert command("error", hostile, title="a:b,c") == "::error title=a%3Ab%2Cc::100%25 ::set-env name=A::b"
    for record in (nasty(), gated()):
        lines = list(commands(record))
        assert lines
        assert all(re.match(r"::(error|warning) title=[^:,]*::", line) for line in lines)
        assert not any("\n" in line or "\x1b" in line for line in lines)


def test_what_the_gate_lets_pass_is_a_warning() -> None:
    kinds = {line.partition(" ")[0]: line for line in commands(gated())}
    assert "waived failed (waived)" in kinds["::warning"]
    assert "stale" in kinds["::error"]


def test_only_as_many_annotations_as_are_shown() -> None:
    many = tuple(requirement(f"r-{n}", Verdict.FAILED, failures=(failure(check=f"c-{n}"),)) for n in range(30))
    many = tuple(replace(r, failures=(replace(r.failures[0], observed=f"code {n}"),)) for n, r in enumerate(many))
    lines = list(commands(run(target(requirements=many, verdict=Outcome.NOT_CONFORMANT))))
    assert len(lines) == 10
    assert "21 more" in lines[-1]


def test_console_and_page_print_the_waivers_and_the_exit_code_of_the_gate() -> None:
    stream = StringIO()
    show(gated(), Console(file=stream, width=400))
    text = stream.getvalue()
    assert re.search(r"in force +imiconnect-customer waived until 2026-12-01", text)
    assert re.search(r"stale +imiconnect-customer queued-code", text)
    assert text.rstrip().endswith("NOT CONFORMANT; 3 of 3 requirements tested  gate failed  exit code 1")
    assert "\x1b[2J" not in text
    page = draw_html(gated())
    assert "Gate: failed" in page
    assert "<strong>stale</strong>" in page
    assert "<script>document.title" not in page


def test_one_cause_is_one_annotation_with_every_requirement_that_it_breaks() -> None:
    (line,) = commands(shared())
    assert line.startswith("::error title=imiconnect-customer%3A queued-code and 2 more failed::code 1001; expected")
    assert line.endswith("It breaks queued-code, batch-limit, shown.")


def test_what_was_not_served_is_the_first_annotation() -> None:
    first, second = commands(throttled())
    assert first.startswith(
        "::error title=imiconnect-customer%3A not-served inconclusive::not served: the target limits"
    )
    assert "queued-code failed" in second
    (only,) = commands(throttled(Outcome.UNDECIDED))
    assert only.startswith("::error title=imiconnect-customer%3A overall inconclusive::not served: ")
    _, warning = commands(throttled(Outcome.CONFORMANT))
    assert warning.startswith("::warning title=imiconnect-customer%3A not served::not served: the target limits")


def test_a_run_that_ended_before_any_check_is_one_annotation() -> None:
    (line,) = commands(unreachable())
    assert line.count("nothing answers at the address") == 1


def test_no_waiver_makes_up_for_what_was_not_served(tmp_path: Path) -> None:
    waiver = Waiver("imiconnect-customer", "queued-code", "known", "ann", "T-1", TODAY + timedelta(days=9))
    record = apply(throttled(), today=TODAY, waivers=Waivers((waiver,)))
    assert record.gate is not None
    assert (record.gate.exit_code, record.gate.reason) == (3, "2 requirements not tested, as not served; 1 tolerated")
    junit = JUnitXml.fromfile(str(FORMATS["junit"](record, tmp_path)))
    assert (junit.failures, junit.errors) == (0, 1)
    assert any(line.startswith("::error") and "not-served" in line for line in commands(record))


def test_ctrf_has_each_cause_once_and_its_number_with_each_test() -> None:
    made = json.loads(json.dumps(document(throttled())))
    Draft7Validator(CTRF, format_checker=FormatChecker()).validate(made)
    causes = made["results"]["summary"]["extra"]["causes"]
    assert [(each["kind"], each["times"], each["requirements"]) for each in causes] == [
        ("not served", 600, ["lost", "lost-too"]),
        ("broken", 1, ["queued-code"]),
    ]
    first, *rest = made["results"]["tests"]
    assert (first["name"], first["status"]) == ("not-served", "other")
    told = {test["name"]: test["extra"].get("causes") for test in rest}
    assert told["queued-code"] == ["cause 2 of 2, it hits nothing else"]
    assert told["kept"] is None


def test_the_summary_tells_each_cause_once_and_what_was_not_served_first() -> None:
    text = draw(throttled())
    assert text.index("> **Not served** imiconnect") < text.index("| contract |")
    assert "1. **not served** the target limits" in text
    assert "2. **broken** code 1001\n    - expected: code 1002\n    - hits: queued\\-code\n" in text
    assert text.count("code 1001") == 1


def test_the_summary_of_a_run_that_ended_before_any_check_is_its_message() -> None:
    text = draw(unreachable())
    assert text.count("nothing answers at the address") == 1
    assert text.index("nothing answers at the address") < text.index("| contract |")


def test_the_summary_has_the_informational_findings_once() -> None:
    seen = [replace(check(), id=name, observations=("an unknown member",)) for name in ("one", "two")]
    text = draw(run(target(checks=(check(), *seen))))
    assert "### Informational findings on imiconnect\\-customer\n\n- an unknown member (one\\, two)\n" in text
