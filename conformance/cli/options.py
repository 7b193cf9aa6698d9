"""Options that several commands share."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeAlias

import click

import specs
from conformance.target.demand import parse

Option: TypeAlias = Callable[[Callable[..., None]], Callable[..., None]]


class ContractId(click.ParamType[str]):
    """The id of a contract; the list of them is read when it is needed."""

    name = "contract"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Checks the id."""
        if value not in specs.contracts():
            self.fail(f"there is no contract {value!r}; there are {', '.join(specs.contracts())}", param, ctx)
        return str(value)


contract_option = click.option(
    "--contract", "contracts", multiple=True, type=ContractId(), help="Only this contract (repeatable)."
)
effort_option = click.option(
    "--effort",
    type=click.Choice(["quick", "standard", "thorough"]),
    default="standard",
    show_default=True,
    help="How many cases each check generates.",
)
level_option = click.option(
    "--level",
    type=click.Choice(["documented", "strict"]),
    default="documented",
    show_default=True,
    help="documented accepts every named reading; strict demands the strict ones.",
)
workers_option = click.option(
    "--workers",
    type=click.IntRange(1),
    default=os.cpu_count() or 1,
    show_default="one for each core",
    help="Processes; the checks of one target run in one of them.",
)
seed_option = click.option("--seed", type=int, default=0, show_default=True, help="Decides every generated value.")


class TestedShare(click.ParamType[str]):
    """How much must be tested."""

    name = "mandatory|PERCENT"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Checks that it is `mandatory` or a percentage."""
        try:
            parse(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)
        return str(value)


tested_option = click.option(
    "--require-tested",
    type=TestedShare(),
    help="How much must be tested, else exit code 3; before what the target file says.",
)


def file_option(name: str, help_: str) -> Option:
    """An option that takes a file that is there."""
    return click.option(name, type=click.Path(exists=True, dir_okay=False, path_type=Path), help=help_)


target_option = file_option("--target", "Target file; without one the embedded reference is tested.")


def out_option(default: str, help_: str) -> Option:
    """The option `--out`: a folder for what a command writes."""
    kind = click.Path(file_okay=False, path_type=Path)
    return click.option("--out", type=kind, default=Path(default), show_default=True, help=help_)


def pairs(values: tuple[str, ...], option: str) -> Mapping[str, str]:
    """`NAME=VALUE` arguments as a mapping.

    Raises:
        click.UsageError: one of them has another form.
    """
    found = {}
    for value in values:
        name, equals, setting = value.partition("=")
        if not (name and equals and setting):
            raise click.UsageError(f"{option} takes NAME=OPTION, not {value!r}")
        found[name] = setting
    return found
