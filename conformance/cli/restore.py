"""`conformance restore`: put lent profiles back that a run could not."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from conformance.ledger.keeping import LedgerError, Remembered, load, remembered, save
from conformance.ledger.ledger import Ledger
from conformance.session.journal import NoJournal
from conformance.session.redaction import Redactor
from conformance.target.errors import TargetError
from conformance.target.load import load as load_targets
from conformance.target.model import Target
from reports.restored import flagged, sentences
from reports.text import visible

ALL_AS_IT_WAS, NOT_AS_IT_WAS, BAD_INVOCATION = 0, 1, 2


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--target",
    required=True,
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Target file of the run.",
)
def restore(file: Path, target: Path) -> None:
    """Put back the profiles in FILE, the ledger of a run that was killed or whose target did not answer.

    Each profile becomes what it was before that run, whatever happened to it since. FILE is deleted when nothing
    that it holds is missing in the target. Exit code 1 where something could not be put back.
    """
    try:
        rows = list(_with_targets(load(file), load_targets(target, os.environ), target))
    except (LedgerError, TargetError) as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(BAD_INVOCATION)
    left, bad = [], False
    for row, found in rows:
        redactor = Redactor(found)
        ledger = Ledger(found, redactor, NoJournal(), row.profiles)
        ledger.learned = row.learned
        restored = ledger.restore()
        for record in restored:
            bad = bad or flagged(record)
            for sentence in sentences(record):
                click.echo(visible(f"{row.contract}: {sentence}"))
        left.append(remembered(found, redactor, row.learned, ledger.unsettled(restored)))
    save(file, left)
    sys.exit(NOT_AS_IT_WAS if bad else ALL_AS_IT_WAS)


def _with_targets(
    rows: Sequence[Remembered], targets: Sequence[Target], file: Path
) -> Iterator[tuple[Remembered, Target]]:
    for row in rows:
        found = next((t for t in targets if (t.contract, t.name) == (row.contract, row.target)), None)
        if found is None:
            raise LedgerError(f"{file} has no target {row.target!r} of {row.contract}")
        yield row, found
