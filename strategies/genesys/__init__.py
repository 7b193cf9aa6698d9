"""Genesys: strategies made from the target's own profile and extension schemas."""

from strategies.genesys.schema import ID, Attribute, Extension, Field, Schema, schema_of

__all__ = ["ID", "Attribute", "Extension", "Field", "Schema", "schema_of"]
