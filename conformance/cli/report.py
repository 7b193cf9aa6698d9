"""`conformance report`: draw the reports of a run record again."""

from __future__ import annotations

import sys
from pathlib import Path

import click
from rich.console import Console

from reports import FORMATS, RunRecord
from reports.console import show
from reports.record import RecordError, read

BAD_INVOCATION = 2


@click.command()
@click.argument("record", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the reports go; the folder of the record unless given.",
)
def report(record: Path, out: Path | None) -> None:
    """Draw the reports of RECORD (a run.json) again."""
    console = Console()
    try:
        found = read(record)
    except RecordError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(BAD_INVOCATION)
    draw(console, found, out or record.parent)


def draw(console: Console, record: RunRecord, out: Path) -> None:
    """Writes every report of a run into a folder and prints the summary."""
    out.mkdir(parents=True, exist_ok=True)
    written = [writer(record, out) for writer in FORMATS.values()]
    console.print("reports: " + ", ".join(str(path) for path in written), highlight=False, markup=False, soft_wrap=True)
    show(record, console)
