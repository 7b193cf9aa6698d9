"""Documents that break exactly one rule of a schema at one place, each confirmed by two validators."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from lxml import etree
from xmlschema.validators import XsdElement

from strategies.xsd.building import Builder
from strategies.xsd.deciding import Alone
from strategies.xsd.documents import roots, trees
from strategies.xsd.edits import Edit, edits
from strategies.xsd.errors import Unsupported
from strategies.xsd.plans import plan
from strategies.xsd.reading import read
from strategies.xsd.rules import FACETS, IDENTITY, RULES
from strategies.xsd.second import Schema, libxml2
from strategies.xsd.tape import Dice
from strategies.xsd.tree import Element

EXAMPLES = 12  # documents that tell which rules can be broken at all
TRIES = 16  # edits of one document that are tried before another document is


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A document that breaks one rule.

    Attributes:
        document: in UTF-8.
        breaks: the rule, one of `RULES`: a facet by its name; `type` (no value of the built-in type); `fixed`;
            `minOccurs` (something missing), `maxOccurs` (something too often), `order`, `choice` (a second branch);
            `unknown element`, `namespace`, `root`; `text` between elements, `children` in simple content;
            `required attribute`, `unknown attribute`, `prohibited attribute`; `nillable` (xsi:nil where it may not
            be), `nil` (xsi:nil with content); `abstract`; `ID`, `unique`, `key`, `keyref`.
        where: the path of what is wrong, or of what is missing: local names, with positions where siblings share
            one, an attribute with "@".
        says: the reason, in xmlschema's words.
    """

    document: bytes
    breaks: str
    where: str
    says: str


def near_misses(
    schema: Schema,
    element: str | XsdElement | None = None,
    *,
    base: bytes | SearchStrategy[bytes] | None = None,
    within: str = "",
    rules: Collection[str] = RULES,
    second: etree.XMLSchema | None = None,
) -> SearchStrategy[NearMiss]:
    """Documents that are valid but for one thing.

    Args:
        schema: as xmlschema loads it.
        element: the root, as for `documents`; a global element.
        base: a valid document to break, or a strategy of such; by default of `documents`.
        within: break something at a path that starts so, as `NearMiss.where` has it.
        rules: break one of these.
        second: the same schema for libxml2; loaded from where xmlschema had it by default.

    Raises:
        KeyError: no global element has that name.
        ValueError: the base is not a valid document; of a strategy when it is drawn from.
        Unsupported: the schema uses something that no documents are made for, or libxml2 does not load it.
    """
    judge = _Judge(schema, second, within, rules)
    examples: list[Element] = []
    if isinstance(base, bytes):
        examples = [read(schema, base)]
        documents: SearchStrategy[Element] = st.just(examples[0])
    elif base is not None:
        documents = base.map(lambda document: read(schema, document))
    else:
        documents = trees(schema, element)
        ready = plan(roots(schema, element))
        if not all(root.declaration.is_global() for root in ready.roots):
            raise Unsupported("a local element as the root of near misses", ready.roots[0].name)
        examples = [Builder(Alone(Dice(seed))).document(ready) for seed in range(EXAMPLES)]
    offered = {edit.breaks for example in examples for edit in judge.edits(example)}
    sought = st.sampled_from([rule for rule in RULES if rule in offered] or RULES)
    choice = st.tuples(documents, sought, st.integers(0, 65535))
    return choice.map(lambda drawn: judge.first(*drawn)).filter(_found)  # type: ignore[return-value]


def each_near_miss(
    schema: Schema,
    document: bytes,
    *,
    within: str = "",
    rules: Collection[str] = RULES,
    second: etree.XMLSchema | None = None,
) -> Iterator[NearMiss]:
    """Every way to break a valid document that both validators confirm, in the order of its elements.

    Args:
        schema: as for `near_misses`.
        document: a valid document.
        within: as for `near_misses`.
        rules: as for `near_misses`.
        second: as for `near_misses`.

    Raises:
        ValueError: the document is not valid.
        Unsupported: libxml2 does not load the schema.
    """
    judge = _Judge(schema, second, within, rules)
    seen: set[bytes] = set()
    for edit in judge.edits(read(schema, document)):
        found = judge.confirmed(edit)
        if found and found.document not in seen:
            seen.add(found.document)
            yield found


def _found(miss: NearMiss | None) -> bool:
    return miss is not None


class _Judge:
    """Two validators of one schema."""

    def __init__(self, schema: Schema, second: etree.XMLSchema | None, within: str, rules: Collection[str]) -> None:
        self._schema = schema
        self._within = within
        self._rules = frozenset(rules)
        self._second = second if second is not None else libxml2(schema)

    def edits(self, root: Element, rule: str = "") -> list[Edit]:
        """The edits that break something where it is wanted: one rule, or any of those that are wanted."""
        wanted = self._rules | ({"unique"} if self._rules & IDENTITY else set())
        return [edit for edit in edits(root, self._within, rule) if edit.breaks in wanted]

    def first(self, root: Element, rule: str, place: int) -> NearMiss | None:
        """The first edit that is confirmed, starting with one that breaks the rule; None if there is none soon."""
        offered = self.edits(root, rule)
        start = place % max(len(offered), 1)
        tried = [*offered[start:], *offered[:start]][:TRIES]
        found = next(filter(None, map(self.confirmed, tried)), None)
        if found is not None:
            return found
        others = self.edits(root)
        start = place % max(len(others), 1)
        tried = [*others[start:], *others[:start]][:TRIES]
        return next(filter(None, map(self.confirmed, tried)), None)

    def confirmed(self, edit: Edit) -> NearMiss | None:
        """What an edit makes, if both validators refuse it and xmlschema for this one reason."""
        document = edit.write()
        parsed: Any = etree.fromstring(document)
        if self._second.validate(parsed):
            return None
        errors = list(islice(self._schema.iter_errors(parsed), 2))
        if len(errors) != 1:
            return None
        breaks = _rule(edit, errors[0])
        return NearMiss(document, breaks, edit.where, str(errors[0].reason)) if breaks in self._rules else None


_IDENTITY = re.compile(r"(duplicated|not found).* for Xsd(Unique|Key)\(")


def _rule(edit: Edit, error: Any) -> str:
    """The rule that an edit breaks, in the eyes of xmlschema; empty if that is not the one that was meant."""
    reason, validator = str(error.reason), type(error.validator).__name__
    identity = _IDENTITY.search(reason)
    if identity:
        return "keyref" if identity[1] == "not found" else identity[2].lower()
    if "duplicated xs:ID" in reason:
        return "ID"
    if edit.breaks == "unique":
        return ""
    if validator.endswith(("Facet", "Facets")) and edit.breaks not in {*FACETS, "type"}:
        return ""
    return edit.breaks
