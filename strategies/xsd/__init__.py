"""Hypothesis strategies for any XSD that `xmlschema` loads: valid documents, and documents that break one rule.

    schema = xmlschema.XMLSchema("order.xsd")

    @given(documents(schema, "order"))
    def test_takes_every_order(document: bytes): ...

    @given(near_misses(schema, "order"))
    def test_refuses(miss: NearMiss): ...  # miss.document, miss.breaks, miss.where

    each_near_miss(schema, b"<order>...</order>")  # all ways to break one document
    variations(schema, b"<order>...</order>", "/order/item[2]")  # valid, with one element drawn anew

Documents have what XSD 1.0 and 1.1 offer: complex and simple types, derived by extension, restriction, list and union;
all facets; sequence, choice and all, groups, recursion; attributes, their groups, defaults and fixed values; mixed
and nil content; wildcards; substitution groups; abstract types, by `xsi:type`; xs:ID and xs:IDREF, unique, key and
keyref, and assertions (these three by trying); namespaces. A document shrinks to the smallest that still does it.

`Unsupported` is raised, before anything is drawn, for what is in reach of the root and not done:
- `xs:alternative`;
- xs:ENTITY, xs:ENTITIES (a document type would have to declare them), xs:NOTATION without an enumeration, xs:error;
- a simple type of which no value is found within some thousand tries, such as one with several contradicting patterns;
- an element without a finite document, or without a type or substitute that is not abstract;
- a constraint that the simplest document breaks: an assertion, or a required reference to an optional xs:ID;
- near misses: XSD 1.1, schemas that libxml2 does not load, and local elements as the root.

Left out without a word, for no document needs them: open content, comments, processing instructions, other lexical
forms of a value (`+1`, `1.0` for `1`), white space around values, `xsi:type` of simple types, `xsi:schemaLocation`.
A dangling xs:IDREF is no near miss: libxml2 does not see it.
"""

from strategies.xsd.documents import documents, values
from strategies.xsd.errors import Unsupported
from strategies.xsd.near_misses import NearMiss, each_near_miss, near_misses
from strategies.xsd.rules import RULES
from strategies.xsd.variations import variations

__all__ = ["RULES", "NearMiss", "Unsupported", "documents", "each_near_miss", "near_misses", "values", "variations"]
