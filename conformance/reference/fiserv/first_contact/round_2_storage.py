"""Faults of the second round: what is stored of texts, lists and dates, merges, caches and concurrency."""

from __future__ import annotations

import re
import time
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from conformance.reference.core import Call, Reply
from conformance.reference.faults import fault
from conformance.reference.fiserv.model import UNKNOWN_USER, Message, Outcome, Refused, Tree, User
from conformance.reference.fiserv.service import FiservService

ROUND = 2
CONTRACTS = ["fiserv-alldata"]
COLUMN = 255
YAML_WORDS = {"no": "false", "off": "false", "on": "true", "yes": "true"}


def _changed(value: Any, change: Callable[[str], str], names: tuple[str, ...] = (), name: str = "") -> Any:
    """A copy in which the texts of some members, or all texts, were changed."""
    if isinstance(value, dict):
        return {inner: _changed(value[inner], change, names, inner) for inner in value}
    if isinstance(value, list):
        return [_changed(item, change, names, name) for item in value]
    return change(value) if isinstance(value, str) and (not names or name in names) else value


@fault("phone-extension-lost", breaks=["success-is-stored"], contracts=CONTRACTS, reach="hard", round=ROUND)
class PhoneExtensionLost(FiservService):
    """Stores a phone number without its extension, such as x12 or ext. 12."""

    def storable(self, sent: Tree) -> Tree:
        """The profile with bare numbers."""
        bare = re.compile(r"(?i)\s*(?:x|ext\.?)\s*[0-9]+$")
        kept: Tree = _changed(super().storable(sent), lambda text: bare.sub("", text), ("Phone",))
        return kept


@fault("mail-tag-removed", breaks=["success-is-stored"], contracts=CONTRACTS, reach="hard", round=ROUND)
class MailTagRemoved(FiservService):
    """Stores an e-mail address without the part from a plus sign to the at sign."""

    def storable(self, sent: Tree) -> Tree:
        """The profile with an untagged address."""
        kept: Tree = _changed(super().storable(sent), lambda t: re.sub(r"(?<=.)\+[^@]*(?=@)", "", t), ("EmailAddr",))
        return kept


@fault("joiners-removed", breaks=["success-is-stored"], contracts=CONTRACTS, reach="hard", round=ROUND)
class JoinersRemoved(FiservService):
    """Removes invisible format characters from texts, among them the joiners of Persian and Hindi spelling."""

    def storable(self, sent: Tree) -> Tree:
        """The profile without such characters."""

        def visible(text: str) -> str:
            return "".join(letter for letter in text if unicodedata.category(letter) != "Cf")

        kept: Tree = _changed(super().storable(sent), visible)
        return kept


@fault("column-of-255-bytes", breaks=["success-is-stored"], contracts=CONTRACTS, reach="hard", round=ROUND)
class ColumnOf255Bytes(FiservService):
    """Cuts a text at 255 bytes of UTF-8, so that 86 characters of Chinese lose their end."""

    def storable(self, sent: Tree) -> Tree:
        """The profile as far as the columns are wide."""
        kept: Tree = _changed(super().storable(sent), lambda t: t.encode()[:COLUMN].decode(errors="ignore"))
        return kept


@fault("postal-code-is-a-number", breaks=["success-is-stored"], contracts=CONTRACTS, reach="hard", round=ROUND)
class PostalCodeIsANumber(FiservService):
    """Stores a postal code of digits as a number, so that 02134 loses its zero."""

    def storable(self, sent: Tree) -> Tree:
        """The profile with a postal code that was a number."""

        def number(text: str) -> str:
            return text.lstrip("0") or "0" if text.isdecimal() and text.isascii() else text

        kept: Tree = _changed(super().storable(sent), number, ("PostalCode",))
        return kept


@fault("nobody-is-named-null", breaks=["success-is-stored"], contracts=CONTRACTS, reach="hard", round=ROUND)
class NobodyIsNamedNull(FiservService):
    """Takes a part of a name that reads null, in any letter case, for one that was left out."""

    def storable(self, sent: Tree) -> Tree:
        """The profile without such parts."""
        kept = super().storable(sent)
        person = kept.get("PersonInfo", {})
        if "PersonName" in person:
            name = {part: text for part, text in person["PersonName"].items() if text.lower() != "null"}
            kept["PersonInfo"] = {**person, "PersonName": name}
        return kept


@fault("norway-is-false", breaks=["success-is-stored"], contracts=CONTRACTS, reach="hard", round=ROUND)
class NorwayIsFalse(FiservService):
    """Keeps addresses as YAML without quotes, so that NO and ON are read back as false and true."""

    def storable(self, sent: Tree) -> Tree:
        """The profile as YAML understands it."""
        places = ("StateProv", "Country", "City")
        kept: Tree = _changed(super().storable(sent), lambda text: YAML_WORDS.get(text.lower(), text), places)
        return kept


@fault("times-moved-to-utc", breaks=["success-is-stored"], contracts=CONTRACTS, reach="hard", round=ROUND)
class TimesMovedToUtc(FiservService):
    """Rewrites a time with an offset that is the text of a property or an attribute as the same time in UTC."""

    def storable(self, sent: Tree) -> Tree:
        """The profile with its times in UTC."""

        def moved(text: str) -> str:
            try:
                when = datetime.fromisoformat(text)
                return text if when.tzinfo is None else when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            except (ValueError, OverflowError):
                return text

        kept: Tree = _changed(super().storable(sent), moved, ("ParamVal", "AttrVal"))
        return kept


@fault("one-phone-per-number", breaks=["success-is-stored"], contracts=CONTRACTS, reach="hard", round=ROUND)
class OnePhonePerNumber(FiservService):
    """Stores a number once, so that the second of two phone types with the same number is lost."""

    def storable_person(self, person: Tree) -> Tree:
        """PersonInfo with each number once."""
        person = super().storable_person(person)
        contact = person.get("ContactInfo", {})
        if "PhoneNum" in contact:
            numbers = {phone["Phone"]: phone for phone in reversed(contact["PhoneNum"])}
            person = {**person, "ContactInfo": {**contact, "PhoneNum": list(reversed(numbers.values()))}}
        return person


@fault("other-case-is-no-change", breaks=["success-is-stored"], contracts=CONTRACTS, reach="hard", round=ROUND)
class OtherCaseIsNoChange(FiservService):
    """Keeps the stored text where the one that is sent differs in letter case alone."""

    def merge_member(self, name: str, stored: Any, sent: Any) -> Any:
        """The stored text, where the comparison finds no difference."""
        if isinstance(stored, str) and isinstance(sent, str) and stored.casefold() == sent.casefold():
            return stored
        return super().merge_member(name, stored, sent)


@fault("empty-aggregate-clears", breaks=["omitted-members"], contracts=CONTRACTS, reach="medium", round=ROUND)
class EmptyAggregateClears(FiservService):
    """Clears an aggregate that is sent without members, though it keeps members that are left out otherwise."""

    def merge_member(self, name: str, stored: Any, sent: Any) -> Any:
        """The empty aggregate itself."""
        return sent if sent == {} else super().merge_member(name, stored, sent)


@fault(
    "overlapping-updates-lost",
    breaks=["success-is-stored", "omitted-members"],
    contracts=CONTRACTS,
    reach="hard",
    round=ROUND,
)
class OverlappingUpdatesLost(FiservService):
    """Reads a profile and writes it back a moment later, so that one of two overlapping updates is lost."""

    threaded = True

    def updated(self, user: User, sent: Tree, message: Message) -> User:
        """The user after an update of what was read before others had their turn."""
        try:
            self.lock.release()
        except RuntimeError:  # nobody holds it: a call from beside the server
            return super().updated(user, sent, message)
        time.sleep(0.02)
        self.lock.acquire()
        return super().updated(user, sent, message)


@fault("hundredth-update-lost", breaks=["success-is-stored"], contracts=CONTRACTS, reach="hard", round=ROUND)
class HundredthUpdateLost(FiservService):
    """Answers every hundredth update with success and stores nothing of it."""

    def updated(self, user: User, sent: Tree, message: Message) -> User:
        """The user after an update, or as before."""
        self.turns["updates"] += 1
        return user if self.turns["updates"] % 100 == 0 else super().updated(user, sent, message)


@fault("own-reads-cached", breaks=["success-is-stored"], contracts=CONTRACTS, reach="hard", round=ROUND)
class OwnReadsCached(FiservService):
    """Shows a user a cached profile for two seconds, which an administrator's update of it does not renew."""

    def read_profile(self, message: Message, caller: User) -> Outcome:
        """What was read last, unless that is too long ago."""
        cache: dict[int, tuple[float, Outcome]] = vars(self).setdefault("reads", {})
        when, seen = cache.get(caller.ce_user_id, (0.0, Outcome()))
        if self.now() - when > 2:
            seen = super().read_profile(message, caller)
            cache[caller.ce_user_id] = (self.now(), seen)
        return seen

    def update(self, message: Message, caller: User) -> Outcome:
        """Changes a profile; forgets what the caller has read."""
        vars(self).setdefault("reads", {}).pop(caller.ce_user_id, None)
        return super().update(message, caller)


@fault(
    "same-bytes-same-answer",
    breaks=["success-is-stored", "request-id-replay"],
    contracts=CONTRACTS,
    reach="hard",
    round=ROUND,
)
class SameBytesSameAnswer(FiservService):
    """Answers an update that came before, byte for byte, from a cache, even if others changed the profile since."""

    def process(self, call: Call, message: Message) -> Reply:
        """The answer of the cache, or a new one."""
        cache: dict[bytes, Reply] = vars(self).setdefault("answers", {})
        if message.operation == "update" and call.body in cache:
            return cache[call.body]
        reply = super().process(call, message)
        if message.operation == "update":
            cache[call.body] = reply
        return reply


@fault(
    "unknown-user-means-oneself",
    breaks=["error-changes-nothing", "identity-triple", "other-user-untouched"],
    contracts=CONTRACTS,
    reach="medium",
    round=ROUND,
)
class UnknownUserMeansOneself(FiservService):
    """Answers an update of somebody who is not found with 4040 and stores the change with the caller."""

    def update(self, message: Message, caller: User) -> Outcome:
        """Changes a profile, the caller's if need be."""
        try:
            return super().update(message, caller)
        except Refused as refused:
            if refused.code == UNKNOWN_USER:
                self.save(self.updated(caller, message.tree["UserProfileModRq"]["UserProfile"], message))
            raise
