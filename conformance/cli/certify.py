"""`conformance certify`: a thorough run, and a signed certificate where it deserves one."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console

import specs
from conformance.certify.issue import NoCertificateError, Terms, issue
from conformance.certify.keys import KeyFileError, read_private
from conformance.certify.layout import RECORD
from conformance.certify.matrix import MatrixError, proofs, read
from conformance.cli.embedded import embedded_target
from conformance.cli.gate import Gate, GateError
from conformance.cli.keygen import PASSPHRASE, passphrase_of_key
from conformance.cli.options import (
    contract_option,
    file_option,
    level_option,
    seed_option,
    target_option,
    workers_option,
)
from conformance.cli.report import draw
from conformance.cli.run import run_checks
from conformance.target.demand import EVERY_MANDATORY
from reports import RecordError, RunRecord
from reports.gate import exit_code
from reports.record import read as read_record
from reports.record import write as write_record

BAD_INVOCATION, UNDECIDED = 2, 3
MOST_DAYS = 3650


@dataclass(frozen=True, slots=True)
class Assignment:
    """What is to be certified. `target` is its file, or None for the embedded reference."""

    target: Path | None
    contracts: Sequence[str]
    level: str
    seed: int
    workers: int
    out: Path
    gate: Gate


@click.command()
@target_option
@contract_option
@level_option
@seed_option
@click.option(
    "--key",
    "key_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="PRIVATE",
    help=f"Signs the certificate; see keygen. {PASSPHRASE} may hold its passphrase.",
)
@file_option(
    "--waivers", "Waiver file, shown on the certificate; it certifies nothing that would not be certified without it."
)
@click.option("--valid-days", type=click.IntRange(1, MOST_DAYS), default=365, show_default=True)
@workers_option
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    metavar="FOLDER",
    help="Where the certificate and all that belongs to it go; new or empty.",
)
def certify(
    target: Path | None,
    contracts: tuple[str, ...],
    level: str,
    seed: int,
    key_file: Path | None,
    waivers: Path | None,
    valid_days: int,
    workers: int,
    out: Path,
) -> None:
    """Run every check with thorough effort and certify what is conformant.

    The embedded reference is certified where there is no target file. A run that is not complete or not
    conformant leaves its record and reports, but no certificate. Exit codes are those of `conformance run`.
    """
    try:
        key = read_private(key_file, passphrase_of_key) if key_file else None
        terms = Terms(key, valid_days, read())
        gate = Gate(waivers, None, None)
        concerned = contracts or tuple(specs.contracts())
        # Before the long run rather than after it.
        proofs(terms.kill_matrix, {name: specs.contract(name).digest() for name in concerned})
    except (KeyFileError, GateError, MatrixError) as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(BAD_INVOCATION)
    sys.exit(carry_out(Assignment(target, contracts, level, seed, workers, out, gate), terms))


def carry_out(assignment: Assignment, terms: Terms) -> int:
    """Runs the checks and issues the certificate; returns the exit code."""
    console = Console()
    if assignment.out.exists() and any(assignment.out.iterdir()):
        raise click.UsageError(f"{assignment.out} is not empty; a certificate gets a folder of its own")
    try:
        record = _run(console, assignment, terms)
    except (RecordError, GateError) as error:
        raise click.ClickException(str(error)) from error
    if record is None:
        return BAD_INVOCATION
    draw(console, record, assignment.out)
    try:
        page = issue(record, assignment.out, terms, datetime.now(UTC))
    except (NoCertificateError, MatrixError) as error:
        click.echo(f"no certificate: {error}", err=True)
        return record.exit_code or exit_code(record) or UNDECIDED
    click.echo(f"certificate: {page}" + ("" if terms.key else " (not signed: no --key was given)"))
    return record.exit_code


def _run(console: Console, assignment: Assignment, terms: Terms) -> RunRecord | None:
    """The record of the run, or None where the invocation or the target file is wrong."""
    target, contracts = assignment.target, assignment.contracts
    given: AbstractContextManager[Path] = nullcontext(target) if target else embedded_target(contracts)
    workers = assignment.workers
    with given as file:
        run_checks(
            console,
            [
                f"--conformance-target={file}",
                f"--conformance-level={assignment.level}",
                f"--conformance-require-tested={EVERY_MANDATORY}",
                f"--conformance-effort={terms.effort}",
                f"--conformance-seed={assignment.seed}",
                f"--conformance-out={assignment.out}",
                *(f"--conformance-contract={name}" for name in contracts),
                *(["-n", str(workers)] if workers > 1 else []),
            ],
        )
    record_file = assignment.out / RECORD
    if not record_file.exists():
        return None
    record = assignment.gate.judge(read_record(record_file))
    write_record(record, record_file)
    return record
