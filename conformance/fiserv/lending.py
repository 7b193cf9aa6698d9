"""Lent users: their profile read whole, compared, and sent back in whatever format is taken."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from conformance.judge.readings import Readings
from conformance.ledger.compare import Compared, canonical, differences
from strategies.fiserv.profiles import PLAIN, PROPERTIES
from strategies.fiserv.schema import Content, at, resolved

if TYPE_CHECKING:
    from conformance.fiserv.driver import Driver, User

SERVER_OWNED = ("RegisterDt", "LastLoginDt", "Roles")
IDENTITY = ("UserID", "HomeID")
NUMBERED = ("CEUserID", "PartnerID")  # the server's own, too, and sent back only where they were changed
PROFILE = ("properties", "UserProfileModRq", "properties", "UserProfile", "properties")
# What is sent empty where there was nothing before.
LISTS = (*PROPERTIES, "PersonAttribute")
CLEARABLE = (*PLAIN, *LISTS, "PersonInfo")
KEYS = {**dict.fromkeys(PROPERTIES, "ParamName"), "PersonAttribute": "AttrName", "PhoneNum": "PhoneType"}
WHOLE = ("replace-all",)
BRANCH = (*WHOLE, "replace-branch")
PART = (*BRANCH, "replace-part")
AGGREGATE = (*PART, "replace-aggregate")
# By which options of omitted-members a member of an aggregate that is sent without it is removed.
REMOVING = {
    "": WHOLE,
    "PersonInfo": BRANCH,
    "PersonName": AGGREGATE,
    "ContactInfo": PART,
    "PostAddr": AGGREGATE,
}


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


def restorable(profile: Content, had: Content, readings: Readings) -> Content:
    """What of a profile can be taken away again from a user who had another one.

    A member that the user had is sent back as it was. One that the user lacked must go where an update is sent without
    it, by the reading that is followed; whether an empty text removes it no document says.
    """
    kept = _restorable(profile, had, readings, "")
    person = kept.get("PersonInfo")
    if isinstance(person, dict) and "NameAddrType" not in person and "NameAddrType" in at(profile, "PersonInfo"):
        del kept["PersonInfo"]  # without it the rest would be refused
    return kept


def _restorable(sent: Content, had: Content, readings: Readings, place: str) -> Content:
    kept: Content = {}
    for name, value in sent.items():
        before, lists = had.get(name), KEYS.get(name)
        if name in SERVER_OWNED or (name in NUMBERED and _empty(before)):
            # A target that may store them cannot be asked to forget them.
            kept |= {name: value} if not readings.may("server-owned-members", "applied") else {}
        elif name in IDENTITY or _removed(readings, place):
            kept[name] = value
        elif isinstance(value, dict) and (isinstance(before, dict) or name == "PersonName"):
            inner = _restorable(value, before if isinstance(before, dict) else {}, readings, name)
            if name != "PostAddr" or not {"Addr1", "Country"} & (value.keys() - inner.keys()):
                kept[name] = inner
        elif lists is not None and isinstance(value, list):
            entries = value if not _empty(before) and _replaced(readings) else _same_keys(value, before, lists)
            kept |= {name: entries} if entries or not value else {}
        elif not _empty(before) or (not place and name not in _known()) or _refusable(name, value):
            kept[name] = value
    return kept


def _removed(readings: Readings, place: str) -> bool:
    return readings.settled("omitted-members") in REMOVING.get(place, ())


def _replaced(readings: Readings) -> bool:
    """Whether a list that is sent becomes the list."""
    omitted = readings.settled("omitted-members")
    return omitted is not None and (omitted != "merge" or readings.settled("list-merge") == "replace-list")


def _same_keys(entries: list[Any], before: Any, key: str) -> list[Any]:
    """The entries that replace one of the stored, and those that are refused for want of a key."""
    stored = before if isinstance(before, list) else [before]
    keys = {at(entry, key) for entry in stored}
    return [entry for entry in entries if not isinstance(at(entry, key), str) or at(entry, key) in keys]


def _refusable(name: str, value: Any) -> bool:
    """Whether a value is one that is refused, or the oracle sees it."""
    words = at(_known(), name, "enum")
    return isinstance(value, list) or (words is not None and value not in words)


def _known() -> Content:
    known: Content = at(resolved("update-request"), *PROFILE)
    return known


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
    others = [name for name in others if name not in NUMBERED or now.get(name) != before[name]]
    return profile | {name: copy.deepcopy(before[name]) for name in others}


def _blank(now: Any, before: Any) -> Any:
    """What was before, with empty values for what is there now and was not."""
    if isinstance(now, dict):
        was = before if isinstance(before, dict) else {}
        return {**was, **{name: _blank(value, was.get(name)) for name, value in now.items()}}
    if before is not None:
        return before
    return [] if isinstance(now, list) else ""
