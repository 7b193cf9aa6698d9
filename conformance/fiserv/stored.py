"""What is stored of a profile: its members of name, address and contact, and how updates change them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from typing import Any

from strategies.fiserv.schema import Content, at

Flat = dict[str, Any]
PHONES = "PhoneNum"
WHITE_SPACE = re.compile("[ \t\r\n]+")
TYPE = "NameAddrType"
EMAIL = "EmailAddr"
NAME = ("LastName", "FirstName", "MiddleName", "DisplayName")
ADDRESS = ("Addr1", "Addr2", "City", "StateProv", "PostalCode", "Country")
MEMBERS = (TYPE, *NAME, EMAIL, *ADDRESS, PHONES)
# A server may make it of the other parts of the name.
DERIVED = "DisplayName"


class _Unknown:
    def __repr__(self) -> str:
        return "unknown"


UNKNOWN = _Unknown()


def unknown() -> Flat:
    """A profile of which nothing is known."""
    return dict.fromkeys(MEMBERS, UNKNOWN)


def _name(profile: Any) -> Any:
    return at(profile, "PersonInfo", "PersonName")


def _contact(profile: Any) -> Any:
    return at(profile, "PersonInfo", "ContactInfo")


def _address(profile: Any) -> Any:
    return at(profile, "PersonInfo", "ContactInfo", "PostAddr")


def _members(profile: Any) -> Flat:
    flat: Flat = {TYPE: at(profile, "PersonInfo", TYPE), EMAIL: at(_contact(profile), EMAIL)}
    flat.update({part: at(_name(profile), part) for part in NAME})
    flat.update({part: at(_address(profile), part) for part in ADDRESS})
    flat[PHONES] = _phones(at(_contact(profile), PHONES))
    return flat


def flatten(profile: Any) -> Flat:
    """The members of a profile, None for those that are absent or empty. A list of phones loses its order."""
    return {name: _shown(value) for name, value in _members(profile).items()}


def _shown(value: Any) -> Any:
    """A value as it is compared: no text is as good as an empty one, and a number as good as its digits."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return None if value in ("", [], {}) else value


def _phones(listed: Any) -> tuple[tuple[str, str], ...] | None:
    if isinstance(listed, dict) and listed:
        listed = [listed]
    if not isinstance(listed, list) or not listed:
        return None
    return tuple(sorted((str(at(item, "PhoneType")), str(at(item, "Phone"))) for item in listed))


def sent_members(profile: Any) -> Flat:
    """Those members of name, address and contact that an update sends, with the values that must be stored.

    What becomes of an empty text, of blanks at its ends, of a number and of an empty list no document says: unknown.
    """
    sent = {name: value for name, value in _members(profile).items() if value is not None}
    if at(_contact(profile), PHONES) == []:
        sent[PHONES] = UNKNOWN
    return {name: value if plain(value) else UNKNOWN for name, value in sent.items()}


def plain(value: Any) -> bool:
    """Whether it is decided how a value is stored: a text that is not empty and has single blanks between its words.

    The types of the XSD, which is not public, may be such as collapse white space.
    """
    if isinstance(value, tuple):
        return all(plain(part) for phone in value for part in phone)
    return isinstance(value, str) and value != "" and value == collapsed(value) and value == value.strip()


def collapsed(text: str) -> str:
    """A text as an XSD type, or a service, may have it: no white space at its ends, one blank for each run of it.

    White space is what XML 1.0 calls so (section 2.3): a no-break space is none of it.
    """
    return " ".join(part for part in WHITE_SPACE.split(text) if part)


def predict(
    before: Flat, sent: Any, omitted: str, lists: str, *, any_case: bool = True, apart: Collection[str] = ()
) -> Flat:
    """What is stored after an update.

    Args:
        before: what was stored.
        sent: the profile that the update sent.
        omitted: option of the reading omitted-members.
        lists: option of the reading list-merge.
        any_case: whether two spellings of a PhoneType are one key.
        apart: members of ContactInfo that are not cleared with it.
    """
    after = dict(before)
    after.update(dict.fromkeys(name for name in _cleared(sent, omitted) if name not in apart))
    given = sent_members(sent)
    after.update(given)
    if PHONES in given and omitted == "merge" and lists == "by-type":
        after[PHONES] = _by_type(before[PHONES], given[PHONES], any_case=any_case)
    if after[TYPE] is None:
        # Where a person is shown it must have a type, so that a server shows one also where it knows nobody.
        after[TYPE] = UNKNOWN
    if DERIVED not in given and (isinstance(at(sent, "PersonInfo"), dict) or after[DERIVED] is None):
        after[DERIVED] = UNKNOWN
    return after


def _cleared(sent: Any, omitted: str) -> Iterator[str]:
    """The members that are cleared unless they are sent."""
    person = isinstance(at(sent, "PersonInfo"), dict)
    if omitted == "replace-all" or (omitted == "replace-branch" and person):
        yield from MEMBERS
    elif omitted == "replace-part":
        yield from NAME if isinstance(_name(sent), dict) else ()
        yield from (EMAIL, PHONES, *ADDRESS) if isinstance(_contact(sent), dict) else ()
    elif omitted == "replace-aggregate":
        if person:
            yield TYPE
        if isinstance(_name(sent), dict):
            yield from NAME
        if isinstance(_contact(sent), dict):
            yield from (EMAIL, PHONES)
        if isinstance(_address(sent), dict):
            yield from ADDRESS


def _by_type(before: Any, given: Any, *, any_case: bool) -> Any:
    if before is UNKNOWN or given is UNKNOWN:
        return UNKNOWN

    def key(phone: tuple[str, str]) -> str:
        return phone[0].casefold() if any_case else phone[0]

    sent = {key(phone) for phone in given}
    return tuple(sorted([*(phone for phone in before or () if key(phone) not in sent), *given]))


def differences(expected: Flat, seen: Flat, *, any_case: bool) -> list[str]:
    """The members whose stored value is not the expected one.

    Args:
        expected: may have unknown members, which differ from nothing.
        seen: what was read.
        any_case: whether words of types may have been put into their canonical spelling.
    """
    return [name for name in MEMBERS if not same(name, expected[name], seen[name], any_case=any_case)]


def same(name: str, expected: Any, seen: Any, *, any_case: bool) -> bool:
    """Whether a stored member is as expected."""
    if expected is UNKNOWN or seen is UNKNOWN or expected == seen:
        return True
    if not any_case or expected is None or seen is None:
        return False
    if name == TYPE:
        return str(expected).casefold() == str(seen).casefold()
    if name == PHONES:
        return _any_case(expected) == _any_case(seen)
    return False


def _any_case(phones: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return sorted((kind.casefold(), number) for kind, number in phones)


def shown_differs(sent: Content, shown: Flat, *, any_case: bool) -> list[str]:
    """The sent members that a profile does not show as they were sent; phones may stand beside others."""
    found = []
    for name, value in sent_members(sent).items():
        if value is UNKNOWN:
            continue
        if name == PHONES:
            listed = list(shown[PHONES] or ())
            listed = _any_case(listed) if any_case else listed
            wanted = _any_case(value) if any_case else list(value)
            if any(wanted.count(phone) > listed.count(phone) for phone in wanted):
                found.append(name)
        elif not same(name, value, shown[name], any_case=any_case):
            found.append(name)
    return found
