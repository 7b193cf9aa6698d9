"""Genesys Universal Contact Server: driver, oracle and probes."""

from conformance.genesys.driver import Driver
from conformance.genesys.oracle import Oracle
from conformance.genesys.probes import PROBES

__all__ = ["PROBES", "Driver", "Oracle"]
