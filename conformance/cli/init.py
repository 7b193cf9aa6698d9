"""`conformance init`: a commented target file to fill in."""

from __future__ import annotations

from pathlib import Path

import click

from conformance.cli.options import ContractId
from conformance.target.template import template


@click.command()
@click.argument("contract", type=ContractId())
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), default=Path("target.toml"), show_default=True)
def init(contract: str, out: Path) -> None:
    """Write a target file with comments for one CONTRACT."""
    try:
        with out.open("x", encoding="utf-8") as file:
            file.write(template(contract))
    except FileExistsError as error:
        raise click.UsageError(f"{out} exists already and is left as it is; name another file with --out") from error
    except OSError as error:
        raise click.UsageError(f"{out} cannot be written: {error.strerror}") from error
    click.echo(f"wrote {out}; fill it in, then: conformance run --target {out}")
