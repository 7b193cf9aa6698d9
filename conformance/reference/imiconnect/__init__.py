"""The IMIconnect reference and its faults."""

from conformance.reference.imiconnect import faults, first_contact
from conformance.reference.imiconnect.service import ImiconnectService

SERVICE = ImiconnectService

__all__ = ["SERVICE", "faults", "first_contact"]
