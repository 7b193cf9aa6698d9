"""Switches the plugin on for one pytest run."""

from __future__ import annotations

import os

import pytest

from conformance.plugin.collection import Collection
from conformance.plugin.controller import Controller
from conformance.plugin.execution import Execution
from conformance.plugin.suite import Suite
from conformance.target.errors import TargetError
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
    suite = Suite(config, targets)
    config.pluginmanager.register(Collection(suite), "conformance-collection")
    config.pluginmanager.register(Execution(suite), "conformance-execution")
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Controller(suite), "conformance-controller")
        if config.getoption("dist", "no") not in ("no", "loadgroup"):
            # The checks of one target run in one process: they share its history, its rate and its server mode.
            config.option.dist = "loadgroup"
