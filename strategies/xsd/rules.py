"""The rules of a schema that a near miss breaks, by name."""

from __future__ import annotations

# Of simple types (XML Schema Part 2, section 4.3).
FACETS = (
    "enumeration", "pattern", "length", "minLength", "maxLength", "minInclusive", "minExclusive", "maxInclusive",
    "maxExclusive", "totalDigits", "fractionDigits",
)  # fmt: skip
RULES = (
    "type", *FACETS, "fixed", "minOccurs", "maxOccurs", "order", "choice", "unknown element", "namespace", "text",
    "children", "required attribute", "unknown attribute", "prohibited attribute", "nillable", "nil", "abstract", "ID",
    "unique", "key", "keyref", "root",
)  # fmt: skip

# The rules about texts, about attributes and about what stands inside of an element.
VALUES = frozenset({"type", "fixed", *FACETS})
ATTRIBUTES = VALUES | {"required attribute", "unknown attribute", "prohibited attribute", "abstract"}
# What an edit that repeats or changes a value may turn out to break; such edits are told as "unique".
IDENTITY = frozenset({"unique", "ID", "key", "keyref"})
CHILDREN = frozenset({"minOccurs", "maxOccurs", "order", "choice", "unknown element", "text", "unique"})
