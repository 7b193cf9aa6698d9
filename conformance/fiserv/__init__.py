"""The suite side of Fiserv AllData: driver, oracle, probes and checks."""

from conformance.fiserv.driver import Driver
from conformance.fiserv.oracle import Oracle
from conformance.fiserv.probes import PROBES

__all__ = ["PROBES", "Driver", "Oracle"]
