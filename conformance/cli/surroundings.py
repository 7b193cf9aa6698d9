"""Keeps what surrounds the command out of its run.

The checks run in pytest. What a user has set up for tests of their own (plugins, conftest files, settings of pytest and
of Hypothesis, warnings that are errors) must neither add nor remove nor reorder nor break them.
"""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import conformance

HOME = Path(conformance.__file__).parent
CONFIG = HOME / "plugin" / "run.ini"
FOREIGN = ("PYTEST_", "HYPOTHESIS_")
PLUGINS = ("xdist.plugin", "conformance.plugin")


@contextmanager
def shut_out() -> Iterator[None]:
    """Hides the user's settings from pytest, Hypothesis and Python, here and in workers, until the block ends."""
    before = dict(os.environ)
    with tempfile.TemporaryDirectory(prefix="conformance-") as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in [name for name in os.environ if name.startswith(FOREIGN) or name == "PYTHONWARNINGS"]:
            del os.environ[name]
        os.environ |= {
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "HYPOTHESIS_STORAGE_DIRECTORY": folder,  # else it writes into the working folder, which may be read-only
            "PYTHONSAFEPATH": "1",  # workers import nothing from the working folder
        }
        try:
            yield
        finally:
            os.environ.clear()
            os.environ |= before


class DefectError(Exception):
    """The suite itself has failed; the message is pytest's account of it."""


class _Watch:
    """Keeps what pytest says of an internal error: its exit code is one that a run has for another reason."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    @pytest.hookimpl
    def pytest_internalerror(self, excrepr: object) -> None:
        """Keeps the account."""
        self.seen.append(str(excrepr))


def run(arguments: list[str], plugins: list[object]) -> int:
    """Runs the checks of this package in this process; returns pytest's exit code.

    Args:
        arguments: options of the plugin and of pytest-xdist.
        plugins: further ones, as objects.

    Raises:
        DefectError: an internal error ended the run, here or in a worker.
    """
    watch = _Watch()
    ours = [option for name in PLUGINS for option in ("-p", name)]
    without = ["-p", "no:terminal", "-p", "no:cacheprovider", "--noconftest"]
    place = ["-c", str(CONFIG), f"--rootdir={HOME}"]
    with shut_out():
        code = int(pytest.main([*ours, *without, *place, *arguments, str(HOME)], plugins=[*plugins, watch]))
    if watch.seen:
        raise DefectError("\n".join(watch.seen))
    return code
