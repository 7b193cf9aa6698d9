"""Checks: what they are given, how they are found, how they run."""

from conformance.exercise.bench import Bench
from conformance.exercise.check import check
from conformance.exercise.driver import Driver
from conformance.exercise.probe import Probe, probe

__all__ = ["Bench", "Driver", "Probe", "check", "probe"]
