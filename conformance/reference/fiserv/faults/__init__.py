"""The faults of the Fiserv reference, by what they spoil; importing them registers them."""

from conformance.reference.faults import register_modules

register_modules(__name__, __path__)
