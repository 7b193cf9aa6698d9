"""The pytest plugin: `pytest --pyargs conformance --conformance-target target.toml` runs the checks.

It is registered for every pytest run on the machine and does nothing unless a target file is named.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.plugin import hooks


def pytest_addoption(parser: pytest.Parser) -> None:
    """Adds the options; their names and meanings are a public interface."""
    group = parser.getgroup("conformance", "conformance checks")
    group.addoption("--conformance-target", type=Path, metavar="FILE", help="target file: what is under test")
    group.addoption(
        "--conformance-contract",
        action="append",
        default=[],
        metavar="ID",
        help="only the targets of this contract (repeatable)",
    )
    group.addoption(
        "--conformance-requirement",
        action="append",
        default=[],
        metavar="ID",
        help="only the checks of this requirement (repeatable)",
    )
    group.addoption("--conformance-level", choices=["documented", "strict"], default="documented")
    group.addoption("--conformance-effort", choices=["quick", "standard", "thorough"], default="standard")
    group.addoption("--conformance-seed", type=int, default=0, metavar="N")
    group.addoption(
        "--conformance-require-tested",
        metavar="mandatory|PERCENT",
        help="how much must be tested for a target to pass; before what the target file says",
    )
    group.addoption(
        "--conformance-out",
        type=Path,
        default=Path("conformance-report"),
        metavar="DIR",
        help="where the run record and the journals go",
    )


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Adds the hooks of this plugin."""
    pluginmanager.add_hookspecs(hooks)


def pytest_configure(config: pytest.Config) -> None:
    """Registers the parts that run checks, where a target file is named."""
    if config.getoption("--conformance-target") is None:
        return
    # Late, so that pytest runs without a target do not pay for the import.
    from conformance.plugin import activate  # noqa: PLC0415

    activate.activate(config)
