"""The command `conformance`: certify, serve, probe, prove, report."""

from __future__ import annotations

import sys

import click

import specs
from conformance.cli.init import init
from conformance.cli.probe import probe
from conformance.cli.prove import prove
from conformance.cli.report import report
from conformance.cli.run import run
from conformance.cli.serve import serve
from conformance.version import VERSION

SPEC_MISTAKE = 2


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, prog_name="conformance")
def cli() -> None:
    """Conformance suite for "update profile" APIs.

    Exit codes: 0 conformant, 1 not conformant, 2 bad invocation or target file, 3 could not decide,
    130 interrupted.
    """


for command in (run, serve, probe, prove, report, init):
    cli.add_command(command)


def main() -> None:
    """The entry point of the command."""
    try:
        cli(prog_name="conformance")
    except specs.SpecError as error:
        click.echo(f"The data files of the suite are wrong:\n{error}", err=True)
        sys.exit(SPEC_MISTAKE)
