"""The console summary says what the record says."""

from __future__ import annotations

import re
from dataclasses import replace
from io import StringIO

import pytest
from rich.console import Console

from reports import CauseRecord, Outcome, RunRecord, Verdict
from reports.console import show
from tests.reports.records import (
    calm,
    check,
    failure,
    nasty,
    quota,
    reading,
    requirement,
    run,
    shared,
    target,
    throttled,
    unreachable,
)


def printed(record: RunRecord, *, color: bool = False, width: int = 120) -> str:
    stream = StringIO()
    show(record, Console(file=stream, width=width, force_terminal=color, color_system="truecolor" if color else None))
    return stream.getvalue()


def test_a_calm_run_shows_groups_readings_and_the_verdict_last() -> None:
    text = printed(calm())
    assert "queued-code=1002" in text
    assert "an internal error cannot be caused from outside" in text
    assert text.rstrip().splitlines()[-1].startswith("CONFORMANT")


def test_the_end_says_how_much_of_the_time_was_spent_waiting() -> None:
    polling = tuple(replace(check, elapsed_s=4.0, waited_s=1.0) for check in calm().targets[0].checks)
    assert "25% of it waiting" in printed(run(replace(calm().targets[0], checks=polling)))


def test_a_failure_shows_sentence_source_evidence_and_command() -> None:
    broken = requirement(verdict=Verdict.FAILED, failures=(failure(came='{"code": "1001"}'),))
    text = printed(run(target(requirements=(broken,), verdict=Outcome.NOT_CONFORMANT)))
    for said in (
        "An accepted update is answered with the code for queued.",
        "S1 lines 57, 64, 81 (S1#30, S1#36)",
        'PUT /acme/resources/v2/customerprofile {"name": "x"}',
        '200 OK {"code": "1001"}',
        "code 1002 (reading queued-code=1002)",
        "curl -sS",
    ):
        assert said in text
    assert text.rstrip().splitlines()[-1].startswith("NOT CONFORMANT")


def test_what_was_observed_beyond_the_requirements_is_told_with_the_check_that_saw_it() -> None:
    seen = replace(check(), id="crowd", observations=("linearizable (4 clients)",))
    text = printed(run(target(checks=(seen,))))
    assert "Informational findings (1)\n  linearizable (4 clients)  crowd\n" in text
    assert text.rstrip().splitlines()[-1].startswith("CONFORMANT")


def test_the_command_is_on_one_line_so_that_it_can_be_copied() -> None:
    broken = requirement(verdict=Verdict.FAILED, failures=(failure(),))
    text = printed(run(target(requirements=(broken,))), width=60)
    assert any("curl" in line and '--data-raw \'{"name": "x"}\'' in line for line in text.splitlines())


def test_one_cause_is_one_entry_however_many_checks_hit_it() -> None:
    failures = (failure("'x' is gone"), failure("'longer' is gone; 'y' is gone", check="batches"))
    broken = requirement(verdict=Verdict.FAILED, failures=failures)
    text = printed(run(target(requirements=(broken,))))
    assert text.count("observed ") == 1
    assert "queued, batches" in text


def test_equal_informational_findings_are_one_with_the_checks_that_saw_them() -> None:
    seen = [replace(check(), id=name, observations=("a member that no document names",)) for name in ("one", "two")]
    text = printed(run(target(checks=(check(), *seen))))
    assert "Informational findings (1)\n  a member that no document names  one, two\n" in text


def test_two_codes_are_two_causes() -> None:
    failures = (failure("code 1001"), failure("code 7001", check="other"))
    text = printed(run(target(requirements=(requirement(verdict=Verdict.FAILED, failures=failures),))))
    assert text.count("observed ") == 2


def test_what_a_check_saw_that_is_there_to_decide_tells_the_cause() -> None:
    short = failure("code 'x'", check="by-the-way")
    failures = (replace(short, trail=short.trail[1:]), failure("code 'longer'", check="queued"))
    text = printed(run(target(requirements=(requirement(verdict=Verdict.FAILED, failures=failures),))))
    assert "code 'longer'" in text
    assert "code 'x'" not in text


def test_causes_come_before_everything_else_with_their_evidence_once() -> None:
    text = printed(shared())
    assert text.count("curl -sS") == 1
    assert text.index("Causes (1), 3 broken requirements") < text.index("requirement group")
    assert re.search(r"breaks \(3\)\n +queued-code .*\n +batch-limit .*\n +shown  .* preferred, S1", text)


def test_what_was_not_served_stands_first_and_at_the_end_too() -> None:
    text = printed(throttled())
    assert text.index("NOT SERVED  600 requests") < text.index("BROKEN")
    assert "help     ask for a larger quota" in text
    end = text.rstrip().splitlines()[-4:]
    assert "  NOT SERVED: the target limits how many requests it serves (429), 2 requirements not tested" in end


def test_a_requirement_that_was_not_served_is_not_told_a_second_time() -> None:
    text = printed(throttled())
    assert "Not tested" not in text


def test_a_run_that_ended_before_any_check_shows_its_message_and_nothing_else() -> None:
    text = printed(unreachable())
    assert text.count("nothing answers at the address") == 1
    assert text.index("NOT SERVED") < text.index("nothing answers at the address")
    assert "requirement group" not in text
    assert "Readings" not in text


@pytest.mark.parametrize("causes", [(), (quota(),)])
def test_a_target_that_is_not_conformant_for_no_cause_says_why_first(causes: tuple[CauseRecord, ...]) -> None:
    text = printed(run(target(verdict=Outcome.UNDECIDED, note="the run was interrupted", causes=causes)))
    assert text.index("the run was interrupted") < text.index("requirement group")
    assert ("Causes" in text) == bool(causes)


def test_a_reading_that_is_not_strict_stands_beside_the_strict_one() -> None:
    text = printed(run(target(readings=(reading(option="1001"),))))
    line = next(line for line in text.splitlines() if line.strip().startswith("queued-code"))
    assert line.split()[:3] == ["queued-code", "1001", "1002"]


@pytest.mark.parametrize("color", [False, True])
def test_nothing_from_a_target_moves_the_cursor_or_counts_as_markup(color: bool) -> None:
    text = printed(nasty(), color=color)
    assert "\x1b[2J" not in text
    assert "\x1b]0" not in text
    assert "\x07" not in text
    assert "\u202e" not in text
    assert "[bold]markup[/bold] [/nothing] :boom:" in text


def test_what_was_left_behind_before_the_checks_is_told_beside_what_checks_left() -> None:
    left = replace(check("merge"), left_behind=("customer 1: code 7000",))
    text = printed(run(target(checks=(left,), left_behind=("customer 2: code 7000",))))
    assert "Left behind on the target (2)" in text
    assert "customer 2: code 7000 (before the checks)" in text
    assert "customer 1: code 7000 (merge)" in text
