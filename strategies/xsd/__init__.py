"""Hypothesis strategies for any XSD that `xmlschema` loads: valid documents, and documents that break one rule."""

from strategies.xsd.documents import documents, values
from strategies.xsd.errors import Unsupported
from strategies.xsd.near_misses import RULES, NearMiss, each_near_miss, near_misses

__all__ = ["RULES", "NearMiss", "Unsupported", "documents", "each_near_miss", "near_misses", "values"]
