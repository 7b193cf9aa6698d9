"""A comparison on the console."""

from __future__ import annotations

from io import TextIOWrapper

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from reports.compare.diff import Comparison, Kind, TargetDiff
from reports.compare.latency import Speed
from reports.compare.words import (
    TITLES,
    answer_lines,
    answer_title,
    basis_words,
    headline,
    quiet,
    reading_words,
    requirement_lines,
    run_words,
    speed_words,
    tally,
    together,
    verdicts,
)
from reports.text import visible

_STYLE = {
    Kind.NEW_FAILURE: "bold red",
    Kind.UNTESTED: "yellow",
    Kind.STILL_FAILING: "red",
    Kind.FIXED: "green",
    Kind.TESTED: "green",
    Kind.OTHER: "cyan",
}
_LINE_STYLE = {"observed": "red", "allowed": "green", "waived": "yellow"}
_SPEED_STYLE = {Speed.SLOWER: "red", Speed.FASTER: "green", Speed.UNTOLD: "dim", Speed.ALIKE: "dim"}
_MOST = 12  # answers of a target that are shown; the files have all


def show(comparison: Comparison, console: Console) -> None:
    """Prints what changed; the overall word comes last."""
    if isinstance(console.file, TextIOWrapper):  # a terminal that lacks a character gets its number
        console.file.reconfigure(errors="backslashreplace")
    for word, record in (("old", comparison.old), ("new", comparison.new)):
        _line(console, Text.assemble((f"{word}  ", "dim"), _text(run_words(record))))
    for note in comparison.notes:
        _line(console, _text(f"note: {note}", "yellow"))
    for target in comparison.targets:
        _show_target(target, console)
    console.print()
    console.rule(style="dim")
    found = ", ".join(f"{name} {number}" for name, number in tally(comparison) if number)
    _line(console, _text(found or "nothing changed", "dim"))
    if warning := together(comparison):
        _line(console, _text(warning, "yellow"))
    _line(console, Text(headline(comparison).upper(), "bold red" if comparison.regressions else "bold green"))


def _show_target(target: TargetDiff, console: Console) -> None:
    console.print()
    console.rule(_text(target.contract, "bold"), align="left", style="dim")
    if quiet(target):
        _line(console, Text("nothing changed", "dim"))
    for kind in Kind:
        _show_requirements(target, kind, console)
    if target.readings:
        _heading(console, f"Changed readings ({len(target.readings)})")
    for reading in target.readings:
        _entry(console, reading.reading.id, reading_words(reading), "bold red" if reading.regression else "bold")
    _show_answers(target, console)
    moved = [each for each in target.operations if each.speed in (Speed.SLOWER, Speed.FASTER)]
    for word in (Speed.SLOWER, Speed.FASTER):
        same = [each for each in moved if each.speed is word]
        if same:
            _heading(console, f"{word.capitalize()} operations ({len(same)})")
        for each in same:
            _entry(console, each.name, speed_words(each), _SPEED_STYLE[word])


def _show_requirements(target: TargetDiff, kind: Kind, console: Console) -> None:
    changes = target.of(kind)
    if not changes:
        return
    _heading(console, f"{TITLES[kind]} ({len(changes)})")
    if kind is Kind.UNTESTED and target.new is None:
        _indented(console, _text("the contract was not run", "yellow"))
        return
    for change in changes:
        _entry(console, change.requirement.id, verdicts(change), _STYLE[kind])
        _indented(console, _text(change.requirement.text), 4)
        for name, text in requirement_lines(change):
            _indented(console, Text.assemble((f"{name:9}", "dim"), _text(text, _LINE_STYLE.get(name, ""))), 4)


def _show_answers(target: TargetDiff, console: Console) -> None:
    answers = target.answers
    if answers is None:
        return
    if answers.changes:
        _heading(console, f"Other answers to the same request ({len(answers.changes)})")
    for change in answers.changes[:_MOST]:
        _indented(console, _text(answer_title(change), "bold" if change.always else ""))
        for name, text in answer_lines(change):
            _indented(console, Text.assemble((f"{name:9}", "dim"), _text(text)), 4)
    if len(answers.changes) > _MOST:
        _indented(console, _text(f"and {len(answers.changes) - _MOST} more, see the files", "dim"))
    _indented(console, _text(f"looked at: {basis_words(answers)}", "dim"), 0)


def _text(text: str, style: str = "") -> Text:
    """A string of a record: no markup in it counts, and nothing in it moves the cursor."""
    return Text(visible(text), style)


def _entry(console: Console, name: str, text: str, style: str) -> None:
    _indented(console, Text.assemble(_text(name, style), "  ", _text(text)))


def _heading(console: Console, text: str) -> None:
    console.print()
    console.print(Text(text, "bold"))


def _indented(console: Console, text: Text, by: int = 2) -> None:
    console.print(Padding(text, (0, 0, 0, by), expand=False))


def _line(console: Console, text: Text) -> None:
    console.print(text, soft_wrap=True)
