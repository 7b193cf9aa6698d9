"""Faults written from the documents alone: what is stored of an update, and what becomes of it."""

from __future__ import annotations

import json
import re
import time
import unicodedata
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from conformance.reference.core import Call, Reply
from conformance.reference.faults import fault
from conformance.reference.fiserv.model import BAD_HOME, Format, Message, Outcome, Refused, Tree, User
from conformance.reference.fiserv.service import FiservService

DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d")
BEYOND_PLANE = re.compile("[\U00010000-\U0010ffff].*", re.DOTALL)
PLACES = 10
EVERY = 7
PAUSE_S = 0.03


def texts(value: Any, change: Callable[[str], str]) -> Any:
    """A copy in which every text was changed."""
    if isinstance(value, dict):
        return {name: texts(inner, change) for name, inner in value.items()}
    if isinstance(value, list):
        return [texts(inner, change) for inner in value]
    return change(value) if isinstance(value, str) else value


@fault("texts-composed", breaks=["success-is-stored"], contracts=["fiserv-alldata"], reach="hard", round=1)
class TextsComposed(FiservService):
    """Stores texts in Unicode's composed form, so that a letter with a combining accent is read back as another."""

    def storable(self, sent: Tree) -> Tree:
        """Normalises all texts."""
        return super().storable(texts(sent, lambda text: unicodedata.normalize("NFC", text)))


@fault("text-ends-before-emoji", breaks=["success-is-stored"], contracts=["fiserv-alldata"], reach="hard", round=1)
class TextEndsBeforeEmoji(FiservService):
    """Stores a text only up to its first character that takes four bytes in UTF-8."""

    def storable(self, sent: Tree) -> Tree:
        """Cuts as a database with characters of three bytes does."""
        return super().storable(texts(sent, lambda text: BEYOND_PLANE.sub("", text)))


@fault("capitals-made-smaller", breaks=["success-is-stored"], contracts=["fiserv-alldata"], reach="hard", round=1)
class CapitalsMadeSmaller(FiservService):
    """Stores a part of a name that is written in capitals alone with one capital at the beginning of each word."""

    def storable_person(self, person: Tree) -> Tree:
        """Writes names as they usually are."""
        name = {
            p: text.title() if text.isupper() and len(text) > 3 else text for p, text in person["PersonName"].items()
        }
        return super().storable_person({**person, "PersonName": name})


@fault("name-null-is-nothing", breaks=["success-is-stored"], contracts=["fiserv-alldata"], reach="hard", round=1)
class NameNullIsNothing(FiservService):
    """Takes a part of a name that reads null, in any letter case, for one that was left out."""

    def storable_person(self, person: Tree) -> Tree:
        """Drops such parts of the name."""
        name = {part: text for part, text in person["PersonName"].items() if text.lower() != "null"}
        return super().storable_person({**person, "PersonName": name})


@fault("date-times-in-utc", breaks=["success-is-stored"], contracts=["fiserv-alldata"], reach="hard", round=1)
class DateTimesInUtc(FiservService):
    """Rewrites a text that is a date and a time with an offset in UTC."""

    def storable(self, sent: Tree) -> Tree:
        """Takes such texts for dates."""
        return super().storable(texts(sent, self._in_utc))

    def _in_utc(self, text: str) -> str:
        if not DATE_TIME.fullmatch(text):
            return text
        try:
            return datetime.fromisoformat(text).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        except (ValueError, OverflowError):
            return text


@fault("wide-number-as-double", breaks=["success-is-stored"], contracts=["fiserv-alldata"], reach="hard", round=1)
class WideNumberAsDouble(FiservService):
    """Stores CEInviteClientID as a double, so that a number beyond 53 bits is read back as another."""

    def storable(self, sent: Tree) -> Tree:
        """Goes through a floating point number."""
        kept = super().storable(sent)
        number = kept.get("CEInviteClientID")
        return kept if number is None else {**kept, "CEInviteClientID": int(float(number))}


@fault(
    "first-login-date-believed",
    breaks=["server-owned-members"],
    contracts=["fiserv-alldata"],
    reach="hard",
    round=1,
)
class FirstLoginDateBelieved(FiservService):
    """Stores the LastLoginDt of a client as long as the server has none for the user."""

    def updated(self, user: User, sent: Tree, message: Message) -> User:
        """Fills the empty column."""
        after = super().updated(user, sent, message)
        person = after.owned.get("PersonInfo", {})
        date = sent.get("PersonInfo", {}).get("LastLoginDt")
        if date is None or "LastLoginDt" in person:
            return after
        return replace(after, owned={**after.owned, "PersonInfo": {**person, "LastLoginDt": date}})


@fault(
    "xml-contact-loses-phones",
    breaks=["omitted-members", "both-formats-agree"],
    contracts=["fiserv-alldata"],
    reach="hard",
    round=1,
)
class XmlContactLosesPhones(FiservService):
    """Removes the stored phones when an XML update sends ContactInfo without any, and keeps them in JSON."""

    def updated(self, user: User, sent: Tree, message: Message) -> User:
        """Takes the missing elements for an empty list."""
        contact = sent.get("PersonInfo", {}).get("ContactInfo")
        if message.format is Format.XML and contact is not None and "PhoneNum" not in contact:
            sent = {**sent, "PersonInfo": {**sent["PersonInfo"], "ContactInfo": {**contact, "PhoneNum": []}}}
        return super().updated(user, sent, message)


@fault("second-line-cleared", breaks=["omitted-members"], contracts=["fiserv-alldata"], reach="medium", round=1)
class SecondLineCleared(FiservService):
    """Removes Addr2 when an address is sent without it, and keeps all else that an update leaves out."""

    def updated(self, user: User, sent: Tree, message: Message) -> User:
        """Clears the second line of the stored address first."""
        address = sent.get("PersonInfo", {}).get("ContactInfo", {}).get("PostAddr")
        if address is not None and "Addr2" not in address:
            profile: Tree = json.loads(json.dumps(user.profile))
            profile.get("PersonInfo", {}).get("ContactInfo", {}).get("PostAddr", {}).pop("Addr2", None)
            user = replace(user, profile=profile)
        return super().updated(user, sent, message)


@fault(
    "single-phone-is-added",
    breaks=["omitted-members", "success-is-stored"],
    contracts=["fiserv-alldata"],
    reach="medium",
    round=1,
)
class SinglePhoneIsAdded(FiservService):
    """Adds a list of one entry to the stored list, and puts a longer one in its place."""

    def merge_list(self, name: str, stored: list[Any], sent: list[Any]) -> list[Any]:
        """Takes one entry for an addition."""
        merged = super().merge_list(name, stored, sent)
        return [entry for entry in stored if entry != sent[0]] + sent if len(sent) == 1 else merged


@fault(
    "seventh-update-not-stored",
    breaks=["success-is-stored", "profile-is-stored"],
    contracts=["fiserv-alldata"],
    reach="hard",
    round=1,
)
class SeventhUpdateNotStored(FiservService):
    """Answers every seventh update of a user with 0 and the new profile and does not store it."""

    def update(self, message: Message, caller: User) -> Outcome:
        """Rolls the seventh one back."""
        target = self.target(message, caller, message.tree["UserProfileModRq"]["UserProfile"])
        counts: Counter[tuple[int, int, str]] = self.__dict__.setdefault("updates_of", Counter())
        outcome = super().update(message, caller)
        counts[target.key] += 1
        if counts[target.key] % EVERY == 0:
            self.save(target)
        return outcome


@fault(
    "name-stored-before-check", breaks=["error-changes-nothing"], contracts=["fiserv-alldata"], reach="medium", round=1
)
class NameStoredBeforeCheck(FiservService):
    """Has stored the PersonInfo of an update that is then refused for its AdvisorRegStatus."""

    def process(self, call: Call, message: Message) -> Reply:
        """Stores part by part, in the order of the profile."""
        try:
            return super().process(call, message)
        except Refused:
            part = message.tree.get("UserProfileModRq") if isinstance(message.tree, dict) else None
            profile = part.get("UserProfile") if isinstance(part, dict) else None
            if isinstance(profile, dict) and profile.pop("AdvisorRegStatus", "F") not in ("F", "P"):
                with suppress(Refused):
                    self._store_rest(message)
            raise

    def _store_rest(self, message: Message) -> None:
        message.findings = [finding for finding in message.findings if finding.path != ("(schema)",)]
        if not self.validate(message):
            self.sign_on(message)
            assert message.caller is not None
            self.update(message, message.caller)


@fault(
    "refused-update-comes-later",
    breaks=["error-changes-nothing", "success-is-stored"],
    contracts=["fiserv-alldata"],
    reach="hard",
    round=1,
)
class RefusedUpdateComesLater(FiservService):
    """Stores what an update sent that was refused with 4012 together with the caller's next update."""

    def update(self, message: Message, caller: User) -> Outcome:
        """Keeps what was refused."""
        try:
            return super().update(message, caller)
        except Refused as refused:
            if refused.code == BAD_HOME:
                sent = message.tree["UserProfileModRq"]["UserProfile"]
                self.__dict__.setdefault("refused_updates", {})[caller.key] = sent
            raise

    def updated(self, user: User, sent: Tree, message: Message) -> User:
        """Adds what was kept."""
        kept: Tree | None = self.__dict__.get("refused_updates", {}).pop(user.key, None)
        return super().updated(user, sent if kept is None else self.merge(kept, sent), message)


@fault(
    "namesakes-share-a-profile",
    breaks=["identity-triple", "other-user-untouched"],
    contracts=["fiserv-alldata"],
    reach="hard",
    round=1,
)
class NamesakesShareAProfile(FiservService):
    """Stores an update also in the profiles of users with the same UserID in other homes of the partner."""

    def update(self, message: Message, caller: User) -> Outcome:
        """Stores by partner and id."""
        outcome = super().update(message, caller)
        sent = message.tree["UserProfileModRq"]["UserProfile"]
        after = self.target(message, caller, sent)
        for namesake in self.namesakes(caller.partner, after.user_id):
            self.save(replace(namesake, profile=after.profile))
        return outcome


@fault(
    "used-request-id-answered-from-memory",
    breaks=["request-id-replay", "success-is-stored"],
    contracts=["fiserv-alldata"],
    reach="hard",
    round=1,
)
class UsedRequestIdAnsweredFromMemory(FiservService):
    """Answers another update under an RqUID of an earlier success with that success, and does not carry it out."""

    def update(self, message: Message, caller: User) -> Outcome:
        """Looks the id up among the outcomes."""
        outcomes: dict[Any, Outcome] = self.__dict__.setdefault("outcomes", {})
        key = (*caller.key, message.request_id)
        if key not in outcomes:
            outcomes[key] = super().update(message, caller)
        return outcomes[key]


@fault(
    "same-as-callers-last-skipped",
    breaks=["success-is-stored"],
    contracts=["fiserv-alldata"],
    reach="hard",
    round=1,
)
class SameAsCallersLastSkipped(FiservService):
    """Does not store an update that equals the last one by the same caller, although another caller's came between."""

    def updated(self, user: User, sent: Tree, message: Message) -> User:
        """Compares with the last one of the caller."""
        last: dict[Any, Tree] = self.__dict__.setdefault("last_by_caller", {})
        assert message.caller is not None
        key = (message.caller.key, user.key)
        same = last.get(key) == sent
        last[key] = sent
        return user if same else super().updated(user, sent, message)


@fault("eleventh-phone-dropped", breaks=["success-is-stored"], contracts=["fiserv-alldata"], reach="hard", round=1)
class EleventhPhoneDropped(FiservService):
    """Stores the first ten phones of an update and drops the rest without a word."""

    def storable_person(self, person: Tree) -> Tree:
        """Has ten places for phones."""
        contact = person.get("ContactInfo", {})
        if len(contact.get("PhoneNum", [])) > PLACES:
            person = {**person, "ContactInfo": {**contact, "PhoneNum": contact["PhoneNum"][:PLACES]}}
        return super().storable_person(person)


@fault(
    "simultaneous-update-lost",
    breaks=["success-is-stored", "omitted-members"],
    contracts=["fiserv-alldata"],
    reach="hard",
    round=1,
)
class SimultaneousUpdateLost(FiservService):
    """Loses one of two updates of different members of one user that are sent at the same time."""

    threaded = True

    def target(self, message: Message, caller: User, sent: Tree) -> User:
        """Reads the profile, and lets others pass before it is changed."""
        found = super().target(message, caller, sent)
        self.lock.release()
        try:
            time.sleep(PAUSE_S)
        finally:
            self.lock.acquire()
        return found
