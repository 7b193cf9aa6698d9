"""The embedded reference in a process of its own, for a run without a target file."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import click

START_S = 60.0


@contextmanager
def embedded_target(contracts: Sequence[str]) -> Iterator[Path]:
    """Runs the embedded reference until the block ends.

    Args:
        contracts: ids; empty for all.

    Yields:
        Its target file.

    Raises:
        click.ClickException: it did not start.
    """
    with tempfile.TemporaryDirectory(prefix="conformance-") as folder:
        file = Path(folder) / "target.toml"
        arguments = ["serve", *contracts, "--port=0", "--plain-port=0", f"--write-target={file}"]
        process = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-m", "conformance", *arguments, "--until-input-ends"],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C is for the run, which then stops the reference in order
        )
        try:
            _await(process, file)
            yield file
        finally:
            if process.stdin:
                process.stdin.close()
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            if process.stderr:
                process.stderr.close()


def _await(process: subprocess.Popen[bytes], file: Path) -> None:
    end = time.monotonic() + START_S
    while not file.exists():
        if process.poll() is not None:
            said = process.stderr.read().decode("utf-8", "replace") if process.stderr else ""
            raise click.ClickException(f"the embedded reference did not start:\n{said}")
        if time.monotonic() > end:
            raise click.ClickException(f"the embedded reference did not start within {START_S:.0f} s")
        time.sleep(0.02)
