"""A comparison on the console."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from reports.compare import words
from reports.compare.diff import Comparison, Kind, TargetDiff
from reports.compare.latency import Speed
from reports.paper import prepare, put, put_heading, put_indented, safe

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
    prepare(console)
    for word, record in (("old", comparison.old), ("new", comparison.new)):
        put(console, Text.assemble((f"{word}  ", "dim"), safe(words.run_words(record))))
    for note in comparison.notes:
        put(console, safe(f"note: {note}", "yellow"))
    for target in comparison.targets:
        _show_target(target, console)
    console.print()
    console.rule(style="dim")
    found = ", ".join(f"{name} {number}" for name, number in words.tally(comparison) if number)
    put(console, safe(found or "nothing changed", "dim"))
    if warning := words.together(comparison):
        put(console, safe(warning, "yellow"))
    put(console, Text(words.headline(comparison).upper(), "bold red" if comparison.regressions else "bold green"))


def _show_target(target: TargetDiff, console: Console) -> None:
    console.print()
    console.rule(safe(target.contract, "bold"), align="left", style="dim")
    if words.quiet(target):
        put(console, Text("nothing changed", "dim"))
    for kind in Kind:
        _show_requirements(target, kind, console)
    if target.readings:
        put_heading(console, f"Changed readings ({len(target.readings)})")
    for reading in target.readings:
        _entry(console, reading.reading.id, words.reading_words(reading), "bold red" if reading.regression else "bold")
    _show_answers(target, console)
    moved = [each for each in target.operations if each.speed in (Speed.SLOWER, Speed.FASTER)]
    for word in (Speed.SLOWER, Speed.FASTER):
        same = [each for each in moved if each.speed is word]
        if same:
            put_heading(console, f"{word.capitalize()} operations ({len(same)})")
        for each in same:
            _entry(console, each.name, words.speed_words(each), _SPEED_STYLE[word])


def _show_requirements(target: TargetDiff, kind: Kind, console: Console) -> None:
    changes = target.of(kind)
    if not changes:
        return
    put_heading(console, f"{words.TITLES[kind]} ({len(changes)})")
    if kind is Kind.UNTESTED and target.new is None:
        put_indented(console, safe("the contract was not run", "yellow"))
        return
    for change in changes:
        _entry(console, change.requirement.id, words.verdicts(change), _STYLE[kind])
        put_indented(console, safe(change.requirement.text), 4)
        for name, text in words.requirement_lines(change):
            put_indented(console, Text.assemble((f"{name:9}", "dim"), safe(text, _LINE_STYLE.get(name, ""))), 4)


def _show_answers(target: TargetDiff, console: Console) -> None:
    answers = target.answers
    if answers is None:
        return
    if answers.changes:
        put_heading(console, f"Other answers to the same request ({len(answers.changes)})")
    for change in answers.changes[:_MOST]:
        put_indented(console, safe(words.answer_title(change), "bold" if change.always else ""))
        for name, text in words.answer_lines(change):
            put_indented(console, Text.assemble((f"{name:9}", "dim"), safe(text)), 4)
    if len(answers.changes) > _MOST:
        put_indented(console, safe(f"and {len(answers.changes) - _MOST} more, see the files", "dim"))
    put_indented(console, safe(f"looked at: {words.basis_words(answers)}", "dim"), 0)


def _entry(console: Console, name: str, text: str, style: str) -> None:
    put_indented(console, Text.assemble(safe(name, style), "  ", safe(text)))
