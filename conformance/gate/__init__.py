"""The CI gate: which failures of a run may break a build. Pure functions over a run record."""

from conformance.gate.baseline import BaselineError, require_common
from conformance.gate.gate import apply
from conformance.gate.waivers import Waiver, WaiverError, Waivers, load

__all__ = ["BaselineError", "Waiver", "WaiverError", "Waivers", "apply", "load", "require_common"]
