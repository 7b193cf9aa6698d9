"""Two users who are sent the same in different formats."""

from __future__ import annotations

from collections.abc import Collection, Container

from lxml import etree

from conformance.fiserv import xml
from conformance.fiserv.driver import Driver, User
from conformance.fiserv.stored import flatten
from strategies.fiserv.profiles import PLAIN, REFERRING
from strategies.fiserv.schema import Content

COMPARED = (*PLAIN, *REFERRING, "AdvisorRegStatus")


def twins(driver: Driver, mark: str) -> tuple[User, User, frozenset[str]]:
    """Two users with the same profile, and the members in which those of a target file differ all the same."""
    users = (driver.new_user(), driver.new_user()) if driver.can_create() else (driver.user(0), driver.user(1))
    first, second = (flatten(driver.seed(user, mark)) for user in users)
    return *users, frozenset(name for name in first if first[name] != second[name])


def different(sent: Content, one: Content, other: Content, unlike: Container[str]) -> list[str]:
    """The members in which two profiles differ that were sent the same.

    Args:
        sent: what both were sent.
        one: the first.
        other: the second.
        unlike: members that differed before.
    """
    flat, flat_other = flatten(one), flatten(other)
    names = [name for name in flat if flat[name] != flat_other[name] and name not in unlike]
    return names + [name for name in COMPARED if name in sent and str(one.get(name)) != str(other.get(name))]


def without(message: bytes, members: Collection[str]) -> bytes:
    """An update in XML without some members of its profile."""
    if not members:
        return message
    root = xml.parse(message)
    for element in list(root.iter(etree.Element)):
        parent = element.getparent()
        if parent is not None and xml.local(parent) == "UserProfile" and xml.local(element) in members:
            parent.remove(element)
    return etree.tostring(root)
