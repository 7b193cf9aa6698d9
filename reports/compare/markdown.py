"""A comparison as a Markdown file, fit for a comment on a change."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from reports.compare import words
from reports.compare.diff import Comparison, Kind, TargetDiff
from reports.compare.latency import Speed
from reports.markdown import plain

FILE = "comparison.md"
_MOST = 40  # answers of a target that are listed


def write(comparison: Comparison, out: Path) -> Path:
    """Writes `comparison.md` into a folder and returns its path."""
    path = out / FILE
    path.write_text(draw(comparison), "utf-8", "backslashreplace")
    return path


def draw(comparison: Comparison) -> str:
    """The text of the file."""
    lines = [f"# {words.headline(comparison)}", ""]
    lines += [
        f"- {word}: {_plain(words.run_words(r))}" for word, r in (("old", comparison.old), ("new", comparison.new))
    ]
    lines += [f"- note: {_plain(note)}" for note in comparison.notes]
    lines += ["", *_table(("what changed", "how many"), ((name, str(n)) for name, n in words.tally(comparison) if n))]
    if warning := words.together(comparison):
        lines += ["", _plain(warning)]
    for target in comparison.targets:
        lines += ["", f"## {_plain(target.title)} ({_plain(target.contract)})", ""]
        lines += _target(target) if not words.quiet(target) else ["Nothing changed."]
        if target.answers:
            lines += ["", f"Answers looked at: {_plain(words.basis_words(target.answers))}."]
    return "\n".join(lines) + "\n"


def _target(target: TargetDiff) -> Iterator[str]:
    for kind in Kind:
        changes = target.of(kind)
        if not changes:
            continue
        yield from (f"### {words.TITLES[kind]} ({len(changes)})", "")
        for change in changes:
            name, became = _plain(change.requirement.id), _plain(words.verdicts(change))
            yield f"- **{name}** ({became}): {_plain(change.requirement.text)}"
            yield from (f"  - {name}: {_plain(text)}" for name, text in words.requirement_lines(change))
        yield ""
    if target.readings:
        yield from (f"### Changed readings ({len(target.readings)})", "")
        for reading in target.readings:
            word = " **regression**" if reading.regression else ""
            yield f"- {_plain(reading.reading.id)}: {_plain(words.reading_words(reading))}{word}"
        yield ""
    yield from _answers(target)
    told = [each for each in target.operations if each.speed is not Speed.ALIKE]
    if told:
        yield from ("### Answer times", "")
        yield from _table(
            ("operation", "became", "distribution"), ((o.name, str(o.speed), words.speed_words(o)) for o in told)
        )


def _answers(target: TargetDiff) -> Iterator[str]:
    changes = target.answers.changes if target.answers else ()
    if not changes:
        return
    yield from (f"### Other answers to the same request ({len(changes)})", "")
    for change in changes[:_MOST]:
        yield f"- {_plain(words.answer_title(change))}"
        yield from (f"  - {name}: {_plain(text)}" for name, text in words.answer_lines(change))
    if len(changes) > _MOST:
        yield f"- and {len(changes) - _MOST} more"
    yield ""


def _plain(text: str) -> str:
    return plain(text, 1_000)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield "|" + " --- |" * len(head)
    for row in rows:
        yield f"| {' | '.join(_plain(cell) for cell in row)} |"
