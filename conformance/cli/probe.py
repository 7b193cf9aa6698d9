"""`conformance probe`: which readings a target follows, with the exchange that shows it."""

from __future__ import annotations

import os
import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

import specs
from conformance.cli.embedded import embedded_target
from conformance.cli.options import contract_option, target_option
from conformance.exercise.bench import Bench
from conformance.exercise.preflight import fly
from conformance.exercise.probe import Observation, learn
from conformance.judge.readings import Readings
from conformance.ledger.borrowing import borrowing
from conformance.record.evidence import one_line
from conformance.session.journal import NoJournal
from conformance.session.redaction import Redactor
from conformance.session.session import Session
from conformance.target.errors import TargetError
from conformance.target.load import load
from conformance.target.model import Target
from conformance.vendors import vendor

BAD_INVOCATION, NOT_CONFORMANT, UNDECIDED = 2, 1, 3


@click.command()
@target_option
@contract_option
def probe(target: Path | None, contracts: tuple[str, ...]) -> None:
    """Print which reading the target follows on each observable question."""
    console = Console()
    given: AbstractContextManager[Path] = nullcontext(target) if target else embedded_target(contracts)
    with given as file:
        try:
            found = [t for t in load(file, os.environ) if not contracts or t.contract in contracts]
        except TargetError as error:
            click.echo(str(error), err=True)
            sys.exit(BAD_INVOCATION)
        if not found:
            raise click.UsageError(f"{file} has no target of the contract {', '.join(contracts)}")
        codes = [_probe(console, each) for each in found]
    sys.exit(max(codes))


def _probe(console: Console, target: Target) -> int:
    contract = specs.contract(target.contract)
    ours, readings, redactor = vendor(contract.vendor), Readings(contract), Redactor(target)
    session = Session(target, NoJournal())
    driver = ours.Driver(Bench(contract, target, session, readings, ours.Oracle(contract, target, readings)))
    first = fly(driver)
    if not first.served:
        console.print(f"{escape(target.name)}: {escape(first.cause(redactor.text))}", highlight=False, soft_wrap=True)
        return UNDECIDED
    with borrowing(target, redactor) as ledger:
        driver.bench.withheld = ledger.withheld
        observations = learn(driver, ours.PROBES)
        ledger.learned = driver.readings.learned
    session.close()
    table = Table(title=f"{escape(contract.id)}: {escape(target.name)}", title_justify="left")
    for column in ("reading", "followed", "strict", "claimed", "shown by"):
        table.add_column(column, overflow="fold")
    for seen in observations:
        table.add_row(*_row(contract, target, redactor, seen))
    console.print(table)
    wrong = [o for o in observations if o.option and target.readings.get(o.reading, o.option) != o.option]
    for seen in wrong:
        console.print(f"[red]{seen.reading}: claimed {escape(target.readings[seen.reading])}, follows {seen.option}[/]")
    return NOT_CONFORMANT if wrong else 0


def _row(contract: specs.Contract, target: Target, redactor: Redactor, seen: Observation) -> tuple[str, ...]:
    reading = contract.readings[seen.reading]
    return (
        seen.reading,
        seen.option or f"[dim]{escape(seen.note)}[/]",
        ", ".join(sorted(reading.strict)),
        escape(target.readings.get(seen.reading, "")),
        escape(redactor.text(one_line(seen.exchange))) if seen.exchange else "",
    )
