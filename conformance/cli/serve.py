"""`conformance serve`: the embedded reference by itself."""

from __future__ import annotations

import signal
import sys
import threading
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

import specs
from conformance.cli.options import ContractId, pairs
from conformance.reference.core import Settings
from conformance.reference.embedded import serve as serve_reference
from conformance.reference.embedded import targets
from conformance.reference.faults import faults
from conformance.target.write import write
from conformance.version import VERSION


@click.command()
@click.argument("contracts", nargs=-1, type=ContractId())
@click.option("--reading", "readings", multiple=True, metavar="NAME=OPTION", help="Follow this option (repeatable).")
@click.option(
    "--freedom",
    "freedoms",
    multiple=True,
    metavar="NAME=OPTION",
    help="Use this option of a freedom (repeatable).",
)
@click.option("--fault", "fault_ids", multiple=True, metavar="ID", help="Switch this fault on (repeatable).")
@click.option("--port", type=click.IntRange(0, 65535), default=8443, show_default=True, help="TLS port; 0: a free one.")
@click.option("--plain-port", type=click.IntRange(0, 65535), default=8080, show_default=True, help="Plain-HTTP port.")
@click.option("--queue-delay-ms", type=click.IntRange(0, 600_000), default=20, show_default=True)
@click.option("--storage", default=":memory:", show_default=True, help="SQLite file, one for each vendor's service.")
@click.option(
    "--write-target",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("reference-target.toml"),
    show_default=True,
    help="Where the ready-made target file goes.",
)
@click.option("--list", "listing", is_flag=True, help="List readings, freedoms and faults, and stop.")
@click.option("--until-input-ends", is_flag=True, help="Stop when standard input is closed (for programs).")
def serve(
    contracts: tuple[str, ...],
    readings: tuple[str, ...],
    freedoms: tuple[str, ...],
    fault_ids: tuple[str, ...],
    port: int,
    plain_port: int,
    queue_delay_ms: int,
    storage: str,
    write_target: Path,
    listing: bool,
    until_input_ends: bool,
) -> None:
    """Run the embedded reference of some contracts (default: all) until stopped."""
    console = Console()
    chosen = contracts or tuple(specs.contracts())
    if listing:
        _list(console, chosen)
        return
    vendors = sorted({specs.contract(name).vendor for name in chosen})
    settings = Settings(storage=storage, queue_delay_s=queue_delay_ms / 1000)
    try:
        with serve_reference(
            vendors,
            readings=pairs(readings, "--reading"),
            freedoms=pairs(freedoms, "--freedom"),
            faults=fault_ids,
            settings=settings,
            port=port,
            plain_port=plain_port,
        ) as server:
            described = [target for target in targets(server, VERSION) if target.contract in chosen]
            write(described, write_target)
            for target in described:
                console.print(f"{escape(target.contract)} at {escape(target.base_url)}", highlight=False)
            console.print(f"target file: {escape(str(write_target))}", highlight=False, soft_wrap=True)
            _wait(until_input_ends)
    except (ValueError, OSError) as error:
        raise click.UsageError(str(error)) from error


def _wait(until_input_ends: bool) -> None:
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    if until_input_ends:
        threading.Thread(target=_stop_at_end_of_input, args=(stop,), daemon=True).start()
    try:
        stop.wait()
    except KeyboardInterrupt:
        return


def _stop_at_end_of_input(stop: threading.Event) -> None:
    sys.stdin.read()
    stop.set()


def _list(console: Console, contracts: tuple[str, ...]) -> None:
    for vendor in sorted({specs.contract(name).vendor for name in contracts}):
        mine = [specs.contract(name) for name in contracts if specs.contract(name).vendor == vendor]
        table = Table(title=f"Readings of {vendor}", title_justify="left")
        for column in ("reading", "options (strict ones marked *)", "default", "question"):
            table.add_column(column, overflow="fold")
        known = {name: reading for contract in mine for name, reading in contract.readings.items()}
        for name, reading in known.items():
            if reading.observable:
                options = ", ".join(f"{o}*" if o in reading.strict else o for o in reading.option_ids)
                table.add_row(name, options, reading.default, reading.question)
        console.print(table)
        table = Table(title=f"Freedoms of {vendor}", title_justify="left")
        for column in ("freedom", "options", "default", "question"):
            table.add_column(column, overflow="fold")
        for name, freedom in {name: f for contract in mine for name, f in contract.freedoms.items()}.items():
            table.add_row(name, ", ".join(freedom.option_ids), freedom.default, freedom.question)
        console.print(table)
        table = Table(title=f"Faults of {vendor}", title_justify="left")
        for column in ("fault", "reach", "contracts", "breaks", "what is wrong"):
            table.add_column(column, overflow="fold")
        for fault in faults(vendor).values():
            if set(fault.contracts) & set(contracts):
                table.add_row(fault.id, fault.reach, ", ".join(fault.contracts), ", ".join(fault.breaks), fault.summary)
        console.print(table)
