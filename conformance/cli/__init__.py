"""The command `conformance`: certify, serve, probe, prove, report."""

from __future__ import annotations

import importlib
import sys
import traceback

import click

from conformance.version import VERSION

SPEC_MISTAKE, INTERNAL = 2, 4
DEFECT = "This is a defect of the suite, not of what it tests; nothing is decided. Please report what stands above."
COMMANDS = (
    "annotate",
    "certify",
    "compare",
    "init",
    "keygen",
    "probe",
    "prove",
    "replay",
    "report",
    "restore",
    "run",
    "serve",
    "verify",
)
"""Each is a function in the module of its name in this package."""


class Commands(click.Group):
    """Loads a command when it is called: most need a second for what others do not need at all."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Their names."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """One of them, or None where there is no such command."""
        if cmd_name not in COMMANDS:
            return None
        command: click.Command = getattr(importlib.import_module(f"conformance.cli.{cmd_name}"), cmd_name)
        return command


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="conformance")
def cli() -> None:
    """Conformance suite for "update profile" APIs.

    Exit codes: 0 conformant, 1 not conformant, 2 bad invocation or a bad file, 3 could not decide,
    4 a defect of the suite, 130 interrupted. With --waivers, --baseline or --fail-on, 0 and 1 are what the gate says.
    """


def main() -> None:
    """The entry point of the command."""
    try:
        cli(prog_name="conformance")
    except Exception as error:
        from specs.errors import SpecError  # noqa: PLC0415 - late, like the commands

        if isinstance(error, SpecError):
            click.echo(f"The data files of the suite are wrong:\n{error}", err=True)
            sys.exit(SPEC_MISTAKE)
        traceback.print_exc()
        click.echo(DEFECT, err=True)
        sys.exit(INTERNAL)
