"""`conformance compare`: what changed between runs."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import NoReturn

import click
from rich.console import Console

from conformance.cli.options import out_option
from reports import RecordError, RunRecord, read
from reports.compare import Comparison, JournalError, answers_of, history, html, markdown
from reports.compare import compare as compared
from reports.compare.console import show
from reports.compare.latency import Speed

REGRESSION, BAD_INVOCATION = 1, 2
MANY = 3


@click.command()
@click.argument("records", nargs=-1, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@out_option(
    "conformance-comparison", "Where comparison.html, comparison.md and, for three runs or more, history.html go."
)
@click.option(
    "--forbid",
    multiple=True,
    type=click.Choice(["answers", "slower"]),
    help="Count these as regressions too (repeatable): requests answered otherwise every time, slower operations.",
)
def compare(records: tuple[Path, ...], out: Path, forbid: tuple[str, ...]) -> None:
    """Compare OLD.json NEW.json [MORE.json ...], the run records of two runs or more.

    The journals that the records name are read too where they lie beside them. Three runs or more are put in the
    order in which they started, and the last two are compared.

    Exit code 1 where something got worse: a requirement newly failed (unless it is waived) or newly untested, a
    reading that was strict or learned is so no more. 0 otherwise, 2 for input that cannot be read.
    """
    if len(records) < 2:
        raise click.UsageError("two run records or more are needed: OLD.json NEW.json [MORE.json ...]")
    found = [(_read(path), path.parent) for path in records]
    if len(found) >= MANY:
        found.sort(key=lambda each: history.moment(each[0]))
    (old, old_folder), (new, new_folder) = found[-2:]
    try:
        answers = answers_of(old, old_folder, new, new_folder)
    except (JournalError, OSError) as error:
        _give_up(str(error))
    comparison = compared(old, new, answers)
    console = Console()
    out.mkdir(parents=True, exist_ok=True)
    written = [html.write(comparison, out), markdown.write(comparison, out)]
    if len(found) >= MANY:
        written.append(history.write([record for record, _ in found], out))
    console.print("reports: " + ", ".join(map(str, written)), highlight=False, markup=False, soft_wrap=True)
    show(comparison, console)
    forbidden = [what for what in forbid if _has(comparison, what)]
    if forbidden:
        console.print(f"forbidden: {', '.join(forbidden)}", style="bold red")
    sys.exit(REGRESSION if comparison.regressions or forbidden else 0)


def _has(comparison: Comparison, what: str) -> bool:
    if what == "slower":
        return any(each.speed is Speed.SLOWER for t in comparison.targets for each in t.operations)
    return any(change.always for t in comparison.targets if t.answers for change in t.answers.changes)


def _read(path: Path) -> RunRecord:
    try:
        return read(path)
    except RecordError as error:
        _give_up(str(error))


def _give_up(message: str) -> NoReturn:
    click.echo(f"Error: {message}", err=True)
    sys.exit(BAD_INVOCATION)
