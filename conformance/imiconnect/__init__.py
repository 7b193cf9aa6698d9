"""The suite side of IMIconnect: driver, oracle, probes and checks of both contracts."""

from __future__ import annotations

from conformance.imiconnect.driver import Driver
from conformance.imiconnect.oracle import Oracle
from conformance.imiconnect.probes import PROBES

__all__ = ["PROBES", "Driver", "Oracle"]
