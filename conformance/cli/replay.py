"""`conformance replay`: send recorded counterexamples again."""

from __future__ import annotations

import os
import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import click
from rich.console import Console
from rich.text import Text

from conformance.cli.embedded import embedded_target
from conformance.cli.options import target_option
from conformance.replay.outcome import Outcome
from conformance.replay.run import Replayed, ReplayError, chosen, matching
from conformance.replay.run import replay as replay_target
from conformance.target.errors import TargetError
from conformance.target.load import load
from reports import RunRecord
from reports.record import RecordError, read
from reports.text import one_line, plural

NOTHING_FAILS, NOT_CONFORMANT, BAD_INVOCATION, UNDECIDED, INTERRUPTED = 0, 1, 2, 3, 130
_STYLE = {
    Outcome.FAILING: "bold red",
    Outcome.FIXED: "green",
    Outcome.FLAKY: "bold yellow",
    Outcome.UNDECIDED: "yellow",
}


@click.command()
@click.argument("record", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("requirement", required=False)
@target_option
def replay(record: Path, requirement: str | None, target: Path | None) -> None:
    """Send the failures of RECORD (a run.json) again, or those of one REQUIREMENT, three times each.

    Ids that the run made up, and values that the target gave, are new ones. The journal of the run is read where
    it stands beside the record: it has what led to a failure. Where the recorded requests alone do not show the
    failure, its check is run again with the seed and the effort of that run. Exit code 1 while something still
    fails, 3 where that cannot be told.
    """
    try:
        found = read(record)
        contracts = [each.contract for each in chosen(found, requirement)]
        if not contracts:
            click.echo("the record has no failures to send again")
            sys.exit(NOTHING_FAILS)
        given: AbstractContextManager[Path] = nullcontext(target) if target else embedded_target(contracts)
        with given as file:
            sys.exit(_replay(Console(), found, record.parent, file, requirement))
    except (RecordError, ReplayError, TargetError) as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(BAD_INVOCATION)
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)


def _replay(console: Console, record: RunRecord, folder: Path, file: Path, requirement: str | None) -> int:
    targets = load(file, os.environ)
    recorded = [(each, matching(each, targets)) for each in chosen(record, requirement)]
    outcomes: list[Outcome] = []
    for each, target in recorded:
        for replayed in replay_target(record, each, target, folder, requirement):
            _show(console, replayed)
            outcomes.append(replayed.outcome)
    counts = [f"{outcomes.count(outcome)} {outcome}" for outcome in Outcome if outcome in outcomes]
    console.print(f"{plural(len(outcomes), 'failure')} sent again: {', '.join(counts)}", highlight=False, markup=False)
    if {Outcome.FAILING, Outcome.FLAKY} & set(outcomes):
        return NOT_CONFORMANT
    return UNDECIDED if Outcome.UNDECIDED in outcomes else NOTHING_FAILS


def _show(console: Console, replayed: Replayed) -> None:
    line = Text.assemble((f"{replayed.outcome:13} ", _STYLE[replayed.outcome]), (replayed.requirement, "bold"))
    line.append(f"  {replayed.check}, {replayed.contract}", "dim")
    line.append(f"; {replayed.how}", "dim")
    console.print(line, soft_wrap=True)
    console.print(Text(f"  {one_line(replayed.said, 400)}"), soft_wrap=True)
