"""`conformance annotate`: what a run found, as annotations of a CI job."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from reports.annotations import command, commands
from reports.coverage import run_verdict
from reports.record import RecordError, read

BAD_INVOCATION = 2


@click.command()
@click.argument("record", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def annotate(record: Path) -> None:
    """Print what RECORD (a run.json) found as workflow commands of GitHub Actions."""
    try:
        found = read(record)
    except RecordError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(BAD_INVOCATION)
    for line in commands(found):
        click.echo(line.encode("utf-8", "backslashreplace"))
    click.echo(command("notice", run_verdict(found), title="Conformance"))
