"""Switches the plugin on for one pytest run."""

from __future__ import annotations

import os

import pytest

from conformance.plugin import fixtures
from conformance.plugin.collection import Collection
from conformance.plugin.controller import Controller
from conformance.plugin.execution import Execution
from conformance.plugin.scheduling import Scheduling
from conformance.plugin.suite import SUITE, Suite
from conformance.target.errors import TargetError, instead
from conformance.target.load import load


def activate(config: pytest.Config) -> None:
    """Reads the target file and registers the parts of the plugin.

    Raises:
        pytest.UsageError: the target file is wrong, with every mistake.
    """
    path = config.getoption("--conformance-target")
    try:
        targets = load(path, os.environ)
    except TargetError as error:
        raise pytest.UsageError(str(error)) from error
    wanted = config.getoption("--conformance-contract")
    targets = [t for t in targets if not wanted or t.contract in wanted]
    if not targets:
        raise pytest.UsageError(f"{path} has no target of the contract {', '.join(wanted)}")
    suite = config.stash[SUITE] = Suite(config, targets)
    known = {name for place in suite.places for name in place.contract.requirements}
    for name in sorted(suite.requirements - known):
        raise pytest.UsageError(f"no target is held to a requirement {name!r}; {instead(name, sorted(known))}")
    config.pluginmanager.register(fixtures, "conformance-fixtures")
    config.pluginmanager.register(Collection(suite), "conformance-collection")
    config.pluginmanager.register(Execution(suite), "conformance-execution")
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Controller(suite), "conformance-controller")
        config.pluginmanager.register(Scheduling(), "conformance-scheduling")
