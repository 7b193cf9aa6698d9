"""Finds what each vendor's folder provides: driver, oracle, probes."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from typing import Protocol, cast

from conformance.exercise.driver import Driver
from conformance.exercise.probe import Probe
from conformance.judge.oracle import Oracle


class Vendor(Protocol):
    """What `conformance.<vendor>` exports."""

    Driver: type[Driver]
    Oracle: type[Oracle]
    PROBES: Sequence[Probe]


def vendor(name: str) -> Vendor:
    """The suite side of a vendor, by the name of its folder in every room."""
    return cast(Vendor, importlib.import_module(f"conformance.{name}"))
