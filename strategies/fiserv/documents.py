"""Updates made of the schemas: valid XML, and messages in both formats that break one rule of theirs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

import xmlschema
from hypothesis.strategies import SearchStrategy
from jsonschema import FormatChecker
from lxml import etree

import specs
from strategies.fiserv.schema import CONTRACT, Content, resolved, root_name
from strategies.json_schema import each_near_miss as each_json_near_miss
from strategies.xsd import documents
from strategies.xsd import each_near_miss as each_xml_near_miss

PROFILE = "UserProfileModRq/UserProfile"
IDENTIFYING = ("HomeID", "UserID")


@cache
def xsd() -> xmlschema.XMLSchema:
    """The XSD of all messages."""
    return xmlschema.XMLSchema(str(specs.contract(CONTRACT).path("alldata.xsd")), defuse="always")


def updates() -> SearchStrategy[bytes]:
    """Updates that are valid against the XSD; nobody in particular sends them."""
    return documents(xsd(), root_name(resolved("update-request")))


def sent_by(document: bytes, sender: bytes) -> bytes:
    """A generated update as somebody sends it.

    Args:
        document: a valid update in no namespace.
        sender: another valid update of whom partner, RqUID, sign-on, HomeID and UserID are taken.
    """
    root, own = etree.fromstring(document, _parser()), etree.fromstring(sender, _parser())
    if own.get("partnerID") is not None:
        root.set("partnerID", str(own.get("partnerID")))
    for name in ("RqUID", "SignonRq"):
        there, mine = root.find(name), own.find(name)
        if there is not None and mine is not None:
            root.replace(there, mine)
    profile, named = root.find(PROFILE), own.find(PROFILE)
    if profile is not None and named is not None:
        for child in [child for child in profile if child.tag in IDENTIFYING]:
            profile.remove(child)
        for place, child in enumerate([child for child in named if child.tag in IDENTIFYING]):
            profile.insert(place, child)
    written: bytes = etree.tostring(root, encoding="utf-8")
    return written


@dataclass(frozen=True, slots=True)
class Broken:
    """A message that breaks one rule of its schema.

    Attributes:
        document: its bytes.
        rule: a rule of the XSD or a keyword of the JSON Schema.
        where: the place, as the schema's language names places.
    """

    document: bytes
    rule: str
    where: str

    def __repr__(self) -> str:
        return f"{self.rule} at {self.where}"


def broken_xml(document: bytes, count: int, start: int = 0) -> Sequence[Broken]:
    """Up to so many near misses of each rule of the XSD, spread over a document.

    Args:
        document: valid, in no namespace.
        count: of each rule.
        start: which of them; another one gives others.
    """
    misses = each_xml_near_miss(xsd(), document)
    return _spread((Broken(miss.document, miss.breaks, miss.where) for miss in misses), count, start)


def broken_json(content: Content, count: int, start: int = 0) -> Sequence[Broken]:
    """The same of the JSON Schema."""
    misses = each_json_near_miss(resolved("update-request"), content, format_checker=FormatChecker())
    return _spread((Broken(miss.document, miss.breaks, miss.where) for miss in misses), count, start)


def _spread(misses: Iterable[Broken], count: int, start: int) -> Sequence[Broken]:
    by_rule: dict[str, list[Broken]] = {}
    for miss in misses:
        by_rule.setdefault(miss.rule, []).append(miss)
    found: list[Broken] = []
    for same in by_rule.values():
        step = max(len(same) // count, 1)
        found += same[start % step :: step][:count]
    return found


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True)
