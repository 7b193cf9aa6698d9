"""`conformance run`: certify a target, or the embedded reference."""

from __future__ import annotations

import sys
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import click
import pytest
from rich.console import Console

from conformance.cli import DEFECT, INTERNAL, surroundings
from conformance.cli.embedded import embedded_target
from conformance.cli.gate import Gate, GateError
from conformance.cli.options import (
    contract_option,
    effort_option,
    file_option,
    level_option,
    out_option,
    seed_option,
    target_option,
    tested_option,
    workers_option,
)
from conformance.cli.progress import LiveProgress
from conformance.cli.report import draw
from reports.record import RecordError, read, write

BAD_INVOCATION, INTERRUPTED = 2, 130


@click.command()
@target_option
@contract_option
@level_option
@effort_option
@seed_option
@out_option("conformance-report", "Where the run record and the reports go.")
@workers_option
@click.option("-k", "keyword", metavar="EXPRESSION", help="Only checks whose name matches (pytest's -k).")
@click.option("--requirement", "requirements", multiple=True, metavar="ID", help="Only this requirement (repeatable).")
@tested_option
@file_option("--waivers", "Waiver file: failures that do not fail the run for a while.")
@file_option("--baseline", "Record of an earlier run: only what is new fails this one.")
@click.option(
    "--fail-on",
    type=click.Choice(["mandatory", "preferred"]),
    help="The lowest level whose failures fail the run; what --level demands unless given.",
)
def run(
    target: Path | None,
    contracts: tuple[str, ...],
    level: str,
    effort: str,
    seed: int,
    out: Path,
    workers: int,
    keyword: str | None,
    requirements: tuple[str, ...],
    require_tested: str | None,
    waivers: Path | None,
    baseline: Path | None,
    fail_on: str | None,
) -> None:
    """Certify the implementations of a target file, or the embedded reference without one."""
    console = Console()
    try:
        gate = Gate(waivers, baseline, fail_on)
    except GateError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(BAD_INVOCATION)
    given: AbstractContextManager[Path] = nullcontext(target) if target else embedded_target(contracts)
    with given as file:
        try:
            gate.check(file, contracts)
        except GateError as error:
            click.echo(f"Error: {error}", err=True)
            sys.exit(BAD_INVOCATION)
        arguments = [
            f"--conformance-target={file}",
            f"--conformance-level={level}",
            f"--conformance-effort={effort}",
            f"--conformance-seed={seed}",
            f"--conformance-out={out}",
            *(f"--conformance-contract={name}" for name in contracts),
            *(f"--conformance-requirement={name}" for name in requirements),
            *([f"--conformance-require-tested={require_tested}"] if require_tested else []),
            *(["-k", keyword] if keyword else []),
            *(["-n", str(workers)] if workers > 1 else []),
        ]
        try:
            code = run_checks(console, arguments)
        except KeyboardInterrupt:  # once more, while the run was ending in order
            sys.exit(INTERRUPTED)
    record_file = out / "run.json"
    if code == pytest.ExitCode.USAGE_ERROR or not record_file.exists():
        sys.exit(BAD_INVOCATION)
    try:
        record = gate.judge(read(record_file))
        if record.gate is not None:
            write(record, record_file)
    except (RecordError, GateError) as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(BAD_INVOCATION)
    draw(console, record, out)
    sys.exit(record.gate.exit_code if record.gate else record.exit_code)


def run_checks(console: Console, arguments: list[str]) -> int:
    """Runs the checks in this process, whatever surrounds it; returns pytest's exit code."""
    try:
        return surroundings.run(arguments, [LiveProgress(console)])
    except surroundings.DefectError as error:
        click.echo(f"{error}\n{DEFECT}", err=True)
        sys.exit(INTERNAL)
