"""`conformance keygen`: a pair of keys to sign certificates with."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from conformance.certify.keys import KeyFileError, generate

BAD_INVOCATION = 2
PASSPHRASE = "CONFORMANCE_KEY_PASSPHRASE"  # noqa: S105 - the name of a variable


@click.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    required=True,
    metavar="NAME",
    help="Writes NAME.key, to be kept secret, and NAME.pub, for everybody; neither may exist.",
)
@click.option("--passphrase", "ask", is_flag=True, help=f"Ask for a passphrase, unless {PASSPHRASE} has it.")
def keygen(out: Path, ask: bool) -> None:
    """Make an Ed25519 key to sign certificates with.

    The private key is encrypted where a passphrase is asked for or stands in CONFORMANCE_KEY_PASSPHRASE.
    """
    passphrase = os.environ.get(PASSPHRASE) or None
    if ask and passphrase is None:
        passphrase = click.prompt("Passphrase", hide_input=True, confirmation_prompt=True, err=True)
    private, public = (out.with_name(out.name + ending) for ending in (".key", ".pub"))
    try:
        name = generate(private, public, passphrase.encode() if passphrase else None)
    except KeyFileError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(BAD_INVOCATION)
    click.echo(f"wrote {private} (keep it secret) and {public}\nkey id: {name}")


def passphrase_of_key() -> bytes | None:
    """The passphrase of a private key: from the environment, or asked for where somebody can answer."""
    given = os.environ.get(PASSPHRASE)
    if not given and sys.stdin.isatty():
        given = click.prompt("Passphrase of the key", hide_input=True, err=True)
    return given.encode() if given else None
