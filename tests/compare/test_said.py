"""Console, Markdown, page and command say what the comparison says, also with nasty strings in it."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from rich.console import Console

from conformance.cli.compare import compare as command
from reports import Verdict
from reports.compare import Comparison, compare, history, html, markdown
from reports.compare.answers import differences, gather
from reports.compare.console import show
from reports.compare.sources import JournalSource
from tests.compare.runs import named, now, operation, row, saved, then
from tests.reports.records import NASTY, SCRIPT, nasty, run, target


def printed(comparison: Comparison, *, color: bool = False) -> str:
    stream = StringIO()
    show(comparison, Console(file=stream, width=120, force_terminal=color, color_system="truecolor" if color else None))
    return stream.getvalue()


def nastily(tmp_path: Path) -> Comparison:
    """Everything that a target can say, said in a nasty way, on both sides."""
    sides = []
    for name, status in (("old", 200), ("new", 500)):
        body = json.dumps({NASTY: 1, "code": NASTY[:30]})
        path = saved(then(), tmp_path / name, [row(1, NASTY, body, status=status, operation=NASTY)])
        sides.append(gather(JournalSource(path.with_name("journal-1.jsonl")).rows(), NASTY))
    first, second = nasty(), nasty()
    found = (replace(target(), name=NASTY, requirements=(named("kept", Verdict.FAILED),)),)
    return compare(replace(first, targets=found), replace(second, targets=first.targets[:1]), [differences(*sides)])


def test_the_console_tells_all_and_ends_with_the_word() -> None:
    text = printed(compare(then(), now()))
    for said in (
        "New failures (1)",
        "breaks  passed → failed",
        "vanishes  passed → not tested",
        "the target was unreachable",
        "queued-code  1002 → 1001 (strict: 1002)",
        "median 3.0 ms → 9.0 ms (",
    ):
        assert said in text
    assert text.rstrip().splitlines()[-1] == "4 REGRESSIONS"


def test_nothing_changed_is_said_as_such() -> None:
    assert printed(compare(run(target()), run(target()))).rstrip().splitlines()[-1] == "NO REGRESSION"


@pytest.mark.parametrize("color", [False, True])
def test_nothing_from_a_target_moves_the_cursor(color: bool, tmp_path: Path) -> None:
    text = printed(nastily(tmp_path), color=color)
    assert not re.search("\x1b\\[2J|\x1b]0|\x07|\u202e|\x00", text)


def test_nothing_from_a_target_is_markdown_or_html(tmp_path: Path) -> None:
    text = markdown.draw(nastily(tmp_path))
    assert SCRIPT not in text
    assert not re.search(r"(?<!\\)[<`]|[\x00\x1b]", text)


@pytest.mark.parametrize("what", ["comparison", "history"])
def test_the_pages_escape_every_string(what: str, tmp_path: Path) -> None:
    page = html.draw(nastily(tmp_path)) if what == "comparison" else history.draw([nasty(), then(), nasty()])
    assert SCRIPT not in page
    assert page.count("<script") == page.count("</script>") == 1
    assert not re.search("[\x00-\x08\x0b-\x1f\u202e\ud800-\udfff]", page)


def test_all_operations_slower_alike_point_at_the_machine() -> None:
    names = ("create", "read", "update")
    old = run(target(operations=tuple(operation(name) for name in names)))
    slow = tuple(operation(name, (0.006 + 0.0003 * step for step in range(21))) for name in names)
    assert "look at the machine and the network first" in printed(compare(old, run(target(operations=slow))))


def test_the_history_has_a_plot_for_each_value_and_a_cell_for_each_run() -> None:
    absent = replace(now(), targets=())
    busy = now(operations=(operation("update", (0.006 + 0.0003 * step for step in range(21)), count=900),))
    (found,) = history.contracts([then(), absent, busy])
    assert [plot.last for plot in found.plots] == ["3 of 6", "9.0 ms", "2 of 3"]
    assert [len(plot.pieces) for plot in found.plots] == [2, 2, 2]
    cells = {line.requirement.id: line.verdicts for line in found.rows}
    assert cells["breaks"] == (Verdict.PASSED, None, Verdict.FAILED)


def invoked(tmp_path: Path, *arguments: Any) -> Result:
    return CliRunner().invoke(command, [*map(str, arguments), "--out", str(tmp_path / "out")])


def test_the_command_ends_with_1_on_a_regression_and_with_0_otherwise(tmp_path: Path) -> None:
    old, new = saved(then(), tmp_path / "old"), saved(now(), tmp_path / "new")
    assert invoked(tmp_path, old, new).exit_code == 1
    assert invoked(tmp_path, old, old).exit_code == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["comparison.html", "comparison.md"]


def test_three_runs_are_put_in_order_and_the_last_two_compared(tmp_path: Path) -> None:
    first, last = saved(then(), tmp_path / "a"), saved(now(), tmp_path / "b")
    middle = now()
    info = replace(middle.run, id="middle", started="2026-11-22T20:00:00.000Z")
    between = saved(replace(middle, run=info), tmp_path / "c")
    done = invoked(tmp_path, last, between, first)
    assert done.exit_code == 0
    assert "still failing 2" in done.output
    assert (tmp_path / "out" / "history.html").exists()


def test_what_is_forbidden_is_a_regression_too(tmp_path: Path) -> None:
    slow = target(operations=(operation("update", (0.02 + 0.0001 * step for step in range(21))),))
    old = saved(run(target(operations=(operation("update"),))), tmp_path / "old", [row(1, "{}", "{}")])
    new = saved(run(slow), tmp_path / "new", [row(1, "{}", "{}", status=500)])
    assert invoked(tmp_path, old, new).exit_code == 0
    assert invoked(tmp_path, old, new, "--forbid", "slower").exit_code == 1
    assert invoked(tmp_path, old, new, "--forbid", "answers").exit_code == 1
    assert invoked(tmp_path, old, old, "--forbid", "answers", "--forbid", "slower").exit_code == 0


def test_input_that_cannot_be_read_ends_with_2(tmp_path: Path) -> None:
    old = saved(then(), tmp_path / "old", [])
    wrong = tmp_path / "wrong.json"
    wrong.write_text("{}")
    assert invoked(tmp_path, old).exit_code == 2
    assert invoked(tmp_path, old, tmp_path / "none.json").exit_code == 2
    assert invoked(tmp_path, old, wrong).exit_code == 2
    (tmp_path / "old" / "journal-1.jsonl").write_text("no journal\n")
    done = invoked(tmp_path, old, old)
    assert done.exit_code == 2
    assert "journal-1.jsonl:1" in done.output
