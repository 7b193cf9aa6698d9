"""`conformance verify`: is a certificate as it was issued, and does it still hold?"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path

import click

from conformance.certify.keys import KeyFileError, read_public
from conformance.certify.verify import MismatchError
from conformance.certify.verify import verify as check

MISMATCH, BAD_INVOCATION = 1, 2


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--key",
    "key_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    required=True,
    metavar="PUB",
    help="The public key of whoever is trusted to issue it.",
)
def verify(folder: Path, key_file: Path) -> None:
    """Check the certificate in FOLDER, without any network.

    Exit code 1 where something does not match; the first such thing is named.
    """
    try:
        key = read_public(key_file)
    except KeyFileError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(BAD_INVOCATION)
    try:
        certified = check(folder, key, datetime.now(UTC))
    except MismatchError as error:
        click.echo(f"does not match: {error}", err=True)
        sys.exit(MISMATCH)
    click.echo(f"valid: certificate {certified.certificate!r}, {len(certified.digests)} files as they were issued")
    for target in certified.targets:
        click.echo(f"  {target!r} conformant at the {certified.level!r} level")  # repr(): safe on any terminal
    click.echo(f"  until {certified.expires:%Y-%m-%d %H:%M} UTC")
