"""`conformance prove`: every fault must be accused, no correct variant may be."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

import specs
from conformance.cli.options import contract_option
from conformance.exercise.effort import Effort
from conformance.prove.matrix import Matrix, Outcome, Trial, run, write
from conformance.prove.trial import VariantOutcome
from conformance.prove.trials import Covering, defects, variants
from conformance.reference.faults import faults


class Part(click.ParamType[tuple[int, int]]):
    """One of several equal parts, as `3/10`."""

    name = "part"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[int, int]:
        """Checks the two numbers."""
        found = re.fullmatch(r"([1-9]\d{0,5})/([1-9]\d{0,5})", str(value))
        if found is None or int(found[1]) > int(found[2]):
            self.fail(f"{value!r} is not a part: it must be K/N with K from 1 to N, such as 3/10", param, ctx)
        return int(found[1]), int(found[2])


@click.command()
@contract_option
@click.option("--fault", "only", multiple=True, metavar="ID", help="Only this fault, no variants (repeatable).")
@click.option(
    "--round",
    "of_round",
    type=click.IntRange(1),
    metavar="N",
    help="Only the faults of this round of first contact, no variants.",
)
@click.option("--faults/--no-faults", "faulty", default=True, help="Try the faults, or the correct variants alone.")
@click.option(
    "--variants",
    "covering",
    type=click.Choice([covering.value for covering in Covering]),
    default=Covering.EACH.value,
    show_default=True,
    help="Which combinations of readings and freedoms: none, each option once, or each pair of options.",
)
@click.option(
    "--sample",
    type=Part(),
    metavar="K/N",
    help="Only the K-th of N parts of the trials, to prove a little in each CI run.",
)
@click.option("--workers", type=click.IntRange(1), default=os.cpu_count() or 1, show_default=True)
@click.option(
    "--effort",
    type=click.Choice([effort.value for effort in Effort]),
    default=Effort.QUICK.value,
    show_default=True,
    help="Number of generated cases per check.",
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("conformance-report/kill-matrix.json"),
    show_default=True,
)
def prove(
    contracts: tuple[str, ...],
    only: tuple[str, ...],
    of_round: int | None,
    faulty: bool,
    covering: Covering,
    sample: tuple[int, int] | None,
    workers: int,
    effort: str,
    out: Path,
) -> None:
    """Show that the checks kill every fault and accuse no correct implementation.

    Exit code 1 where a fault survives, or where a correct variant is accused, left undecided, misread, or not tested in
    a mandatory requirement.
    """
    trials: list[Trial] = []
    for name in contracts or specs.contracts():
        contract = specs.contract(name)
        if not only and of_round is None:
            trials += variants(contract, Covering(covering))
        if faulty:
            trials += [d for d in defects(contract, of_round) if not only or d.fault in only]
    if not trials:
        raise click.UsageError(f"no such fault: {', '.join(only)}" if only else "nothing left to try")
    if sample and not (trials := trials[sample[0] - 1 :: sample[1]]):
        raise click.UsageError(f"part {sample[0]}/{sample[1]} holds no trial")
    console = Console()
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        task = progress.add_task("trials", total=len(trials))

        def told(outcome: Outcome) -> None:
            progress.advance(task)
            if isinstance(outcome, VariantOutcome) and outcome.wrong:
                _not_clean(console, outcome)

        matrix = run(trials, Effort(effort), workers, told)
    write(matrix, out)
    _show(console, matrix)
    console.print(f"kill matrix: {out}", highlight=False, soft_wrap=True)
    sys.exit(0 if matrix.holds else 1)


def _show(console: Console, matrix: Matrix) -> None:
    table = Table(title="Kill matrix", title_justify="left")
    for column in ("contract", "fault", "reach", "killed by", "on"):
        table.add_column(column, overflow="fold")
    for outcome in matrix.defects:
        defect = outcome.defect
        fault = faults(specs.contract(defect.contract).vendor)[defect.fault]
        killers = ", ".join(outcome.killed_by) or "[bold red]survives[/]"
        table.add_row(defect.contract, defect.fault, fault.reach, killers, ", ".join(outcome.accused))
    console.print(table)
    for contract, found in sorted(_found(matrix).items()):
        console.print(f"{contract}: {found}")
    killed = len(matrix.defects) - len(matrix.survivors)
    console.print(
        f"{killed} of {len(matrix.defects)} faults killed; "
        f"{len(matrix.variants) - len(matrix.accusations)} of {len(matrix.variants)} correct variants "
        "passed cleanly"
    )


def _found(matrix: Matrix) -> dict[str, str]:
    """How many faults of each contract were accused of anything at all, as a rate of first contact counts them."""
    told = {}
    for contract in {outcome.defect.contract for outcome in matrix.defects}:
        faulty = [outcome for outcome in matrix.defects if outcome.defect.contract == contract]
        told[contract] = f"{sum(bool(outcome.accused) for outcome in faulty)} of {len(faulty)} faults found"
    return told


def _not_clean(console: Console, correct: VariantOutcome) -> None:
    console.print(f"[bold red]a correct variant of {correct.variant.contract} did not pass cleanly[/]")
    console.print(f"  readings: {dict(correct.variant.readings)}", markup=False)
    console.print(f"  freedoms: {dict(correct.variant.freedoms)}", markup=False)
    for kind, said in (
        ("failed", correct.accused),
        ("undecided", correct.undecided),
        ("misread", correct.misread),
        ("not tested", correct.lost),
    ):
        for name, reason in said.items():
            console.print(f"  {kind}: {name}: {reason}", markup=False)
