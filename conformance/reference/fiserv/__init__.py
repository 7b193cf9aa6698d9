"""The reference implementation of Fiserv AllData and its faults."""

from conformance.reference.fiserv import faults, first_contact
from conformance.reference.fiserv.service import FiservService

SERVICE = FiservService

__all__ = ["SERVICE", "faults", "first_contact"]
