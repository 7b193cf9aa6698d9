"""Faults that were written from the documents alone, before any check ran against them; by round."""

from conformance.reference.faults import register_modules

register_modules(__name__, __path__)
