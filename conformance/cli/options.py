"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

import specs


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
target_option = click.option(
    "--target",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Target file; without one the embedded reference is tested.",
)
effort_option = click.option(
    "--effort",
    type=click.Choice(["quick", "standard", "thorough"]),
    default="standard",
    show_default=True,
    help="How many cases each check generates.",
)
seed_option = click.option("--seed", type=int, default=0, show_default=True, help="Decides every generated value.")


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
