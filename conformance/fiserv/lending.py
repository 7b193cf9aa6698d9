"""Lent users: their profile read whole, compared, and sent back in whatever format is taken."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from conformance.ledger.compare import Compared, canonical, differences
from strategies.fiserv.profiles import PLAIN, PROPERTIES
from strategies.fiserv.schema import Content, at, resolved

if TYPE_CHECKING:
    from conformance.fiserv.driver import Driver, User

SERVER_OWNED = ("RegisterDt", "LastLoginDt", "Roles")
IDENTITY = ("UserID", "HomeID")
PROFILE = ("properties", "UserProfileModRq", "properties", "UserProfile", "properties")
# What an update can empty again: texts by an empty one, lists by an empty one.
LISTS = (*PROPERTIES, "PersonAttribute")
CLEARABLE = (*PLAIN, *LISTS, "PersonInfo")


def users(driver: Driver) -> Iterator[User]:
    """The users that the target file names, the administrator among them."""
    found = [driver.lent_user(name) for name in ("user", "second_user")]
    yield from (user for user in (*found, driver.admin) if user is not None)


def compare(was: Content, now: Content) -> Compared:
    """Member by member, but for those that the server owns; an empty text is as good as none."""
    before, after = dict(_members(was)), dict(_members(now))
    emptied = sorted(
        name for name in {*before, *after} if before.get(name) != after.get(name) and _same(before, after, name)
    )
    note = f"empty where there was nothing: {', '.join(emptied)}" if emptied else ""
    return Compared(differences(_valued(before), _valued(after)), note)


def _same(before: Content, after: Content, name: str) -> bool:
    return _empty(before.get(name)) and _empty(after.get(name))


def _valued(members: Content) -> Content:
    return {name: value for name, value in members.items() if not _empty(value)}


def _empty(value: Any) -> bool:
    return value is None or value in ("", [], {})


def _members(profile: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in profile.items():
        if name in SERVER_OWNED or (not place and name in IDENTITY):
            continue
        if isinstance(value, dict) and value:
            yield from _members(value, f"{place}{name}.")
        else:
            yield f"{place}{name}", canonical(value)


def write_back(driver: Driver, user: User, was: Content, now: Content | None) -> list[str]:
    """Sends the profile as it was in each format until one is taken, then member by member; says what was refused."""
    whole, user = restoring(was, now or {}), replace(user, ours=True)  # nothing is to be left out of it
    refused: list[str] = []
    for format_ in driver.formats:
        answered = driver.change(user, whole, format_)
        if answered is not None and answered.succeeded:
            return []
        refused.append(f"{format_}: {answered or 'no answer'}")
    for name, value in whole.items():
        answered = driver.change(user, {name: value})
        if answered is None or not answered.succeeded:
            refused.append(f"{name}: {answered or 'no answer'}")
    return refused


def restoring(before: Content, now: Content) -> Content:
    """The profile to send so that a stored one becomes what it was: what was added since is sent empty."""
    profile = {name: copy.deepcopy(before.get(name, "")) for name in PLAIN if name in before or name in now}
    lists = [name for name in LISTS if name in before or name in now]
    profile.update({name: copy.deepcopy(before.get(name, [])) for name in lists})
    person = _blank(at(now, "PersonInfo"), copy.deepcopy(at(before, "PersonInfo")))
    if isinstance(person, dict):
        profile["PersonInfo"] = {name: person[name] for name in person if name not in SERVER_OWNED}
    # Of the others nothing can be made empty; they are sent as they were, or an update that replaces would lose them.
    known = at(resolved("update-request"), *PROFILE)
    others = [name for name in before if name in known and name not in (*CLEARABLE, *IDENTITY, *SERVER_OWNED)]
    return profile | {name: copy.deepcopy(before[name]) for name in others}


def _blank(now: Any, before: Any) -> Any:
    """What was before, with empty values for what is there now and was not."""
    if isinstance(now, dict):
        was = before if isinstance(before, dict) else {}
        return {**was, **{name: _blank(value, was.get(name)) for name, value in now.items()}}
    if before is not None:
        return before
    return [] if isinstance(now, list) else ""
