"""Starts an independent implementation, and runs the suite against it as a user would."""

from __future__ import annotations

import importlib
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol, cast

import trustme

from conformance.target.model import Limits, Secret, Target
from conformance.target.write import write
from reports.model import RunRecord
from reports.record import read

HERE = Path(__file__).parent
HOST = "127.0.0.1"
UNLISTED = "127.0.0.2"
LISTING = ("imiconnect-app", "imiconnect-customer")  # contracts whose implementations here keep an allow-list


class Server(Protocol):
    """A running implementation."""

    port: int
    plain_port: int | None

    def stop(self) -> None:
        """Stops it and closes its sockets."""


class Implementation(Protocol):
    """What each of the modules provides."""

    TARGET: Mapping[str, Any]

    def start(self, certificate: Path) -> Server:
        """Serves HTTPS on a free port of the loopback interface."""


def implementations() -> list[str]:
    """Each implementation as `contract/name`, after its folder and file."""
    found = HERE.glob("*/[a-z]*.py")
    return sorted(f"{path.parent.name.replace('_', '-')}/{path.stem}" for path in found)


@contextmanager
def serving(name: str, folder: Path, **limits: Any) -> Iterator[Target]:
    """An implementation that answers on loopback, as a target."""
    contract, _, module = name.partition("/")
    package = f"{__package__}.{contract.replace('-', '_')}.{module}"
    implementation = cast(Implementation, importlib.import_module(package))
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    certificate = folder / "server.pem"
    authority.issue_cert(HOST, "localhost").private_key_and_cert_chain_pem.write_to_path(str(certificate))
    server = implementation.start(certificate)
    facts = implementation.TARGET
    try:
        yield Target(
            contract=contract,
            name=module,
            version="1",
            base_url=f"https://{HOST}:{server.port}",
            ca_file=folder / "ca.pem",
            credentials={key: Secret(str(value)) for key, value in facts.get("credentials", {}).items()},
            data=facts.get("data", {}),
            operations={key: path or None for key, path in facts.get("operations", {}).items()},
            plain_http_url=f"http://{HOST}:{server.plain_port}" if server.plain_port else None,
            # Only some documents tell a tester that the server keeps a list of source addresses.
            unlisted_source=UNLISTED if contract in LISTING else None,
            limits=Limits(**{"poll_deadline_s": 5.0, **limits}),
            hostile_input=True,
        )
    finally:
        server.stop()


def run(target: Target, folder: Path, *options: str) -> RunRecord:
    """The record of a run of the command against a target."""
    write([target], folder / "target.toml")
    command = [sys.executable, "-m", "conformance", "run", "--target", str(folder / "target.toml"), "--workers", "1"]
    done = subprocess.run(
        [*command, "--out", str(folder / "out"), *options], check=False, capture_output=True, text=True, timeout=300
    )
    assert (folder / "out" / "run.json").exists(), done.stdout + done.stderr
    return read(folder / "out" / "run.json")
