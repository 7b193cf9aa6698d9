"""Hypothesis strategies for any XSD that `xmlschema` loads."""

from strategies.xsd.documents import documents, values
from strategies.xsd.errors import Unsupported

__all__ = ["Unsupported", "documents", "values"]
