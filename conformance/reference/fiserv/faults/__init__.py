"""The faults of the Fiserv reference, by what they spoil; importing them registers them."""

from conformance.reference.fiserv.faults import answers, fields, formats, hostile, identity, shown, stored

__all__ = ["answers", "fields", "formats", "hostile", "identity", "shown", "stored"]
