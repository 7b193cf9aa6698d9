"""XML of the update, generated from the XSD: valid messages, and messages that break one of its rules."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import xmlschema
from hypothesis.strategies import SearchStrategy
from lxml import etree

import specs
from strategies.fiserv.schema import CONTRACT, resolved, root_name
from strategies.xsd import NearMiss, documents, each_near_miss

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


def broken(document: bytes, count: int, start: int = 0) -> Sequence[NearMiss]:
    """Up to so many near misses of each rule of the XSD, spread over the document.

    Args:
        document: valid, in no namespace.
        count: of each rule.
        start: which of them; another one gives others.
    """
    by_rule: dict[str, list[NearMiss]] = {}
    for miss in _all_broken(document):
        by_rule.setdefault(miss.breaks, []).append(miss)
    found: list[NearMiss] = []
    for misses in by_rule.values():
        step = max(len(misses) // count, 1)
        first = start % step
        found += misses[first::step][:count]
    return found


@cache
def _all_broken(document: bytes) -> tuple[NearMiss, ...]:
    return tuple(each_near_miss(xsd(), document))


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True)
