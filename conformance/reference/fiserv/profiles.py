"""What an update makes of a stored profile, and what is shown of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from conformance.reference.fiserv.model import Message, Tree, User
from conformance.reference.fiserv.shape import in_order, profile_shape
from conformance.reference.fiserv.signon import SignOn
from conformance.reference.fiserv.validation import OWNED, OWNED_PERSON

IDENTIFYING = ("HomeID", "UserID")
KEYS = ("PhoneType", "ParamName", "AttrName")


class Profiles(SignOn):
    """The part of the service that changes and shows profiles."""

    def updated(self, user: User, sent: Tree, message: Message) -> User:  # noqa: ARG002 - for overrides
        """The user after an update."""
        profile = self.combined(user.profile, self.storable(sent))
        owned = user.owned
        if self.reading("server-owned-members") == "applied":
            owned = self.merge(user.owned, _only_owned(sent))
        return replace(user, profile=without_nothing(profile), owned=owned)

    def storable(self, sent: Tree) -> Tree:
        """What of a profile that was sent is stored: no identifying and no server-owned members."""
        kept = {name: value for name, value in sent.items() if name not in (*IDENTIFYING, *OWNED)}
        if "PersonInfo" in kept:
            person = {name: value for name, value in kept["PersonInfo"].items() if name not in OWNED_PERSON}
            kept["PersonInfo"] = self.storable_person(person)
        return kept

    def storable_person(self, person: Tree) -> Tree:
        """PersonInfo with its words in the form in which they are stored."""
        person = {**person, "NameAddrType": self.canonical(person["NameAddrType"], self.name_words())}
        contact = person.get("ContactInfo", {})
        if "PhoneNum" in contact:
            phones = [
                {**phone, "PhoneType": self.canonical(phone["PhoneType"], self.phone_words())}
                for phone in contact["PhoneNum"]
            ]
            person["ContactInfo"] = {**contact, "PhoneNum": phones}
        return person

    # members that an update leaves out

    def combined(self, stored: Tree, sent: Tree) -> Tree:
        """The profile after an update, by the reading of omitted members."""
        option = self.reading("omitted-members")
        if option == "replace-all":
            return sent
        if option == "replace-branch":
            return {**stored, **sent}
        if option == "replace-part":
            person = {**stored.get("PersonInfo", {}), **sent.get("PersonInfo", {})}
            return {**stored, **sent, **({"PersonInfo": person} if person else {})}
        if option == "replace-aggregate":
            kept = {name: value for name, value in stored.items() if name not in sent}
            return {**kept, **{name: self.replace_aggregate(stored.get(name), value) for name, value in sent.items()}}
        return self.merge(stored, sent)

    def replace_aggregate(self, stored: Any, sent: Any) -> Any:
        """An aggregate that was sent: of what it leaves out, only aggregates are kept."""
        if not isinstance(sent, dict) or not isinstance(stored, dict):
            return sent
        kept = {name: value for name, value in stored.items() if isinstance(value, dict) and name not in sent}
        return {**kept, **{name: self.replace_aggregate(stored.get(name), value) for name, value in sent.items()}}

    def merge(self, stored: Tree, sent: Tree) -> Tree:
        """Everything that was sent, and of the stored what was left out."""
        return {**stored, **{name: self.merge_member(name, stored.get(name), value) for name, value in sent.items()}}

    def merge_member(self, name: str, stored: Any, sent: Any) -> Any:
        """One member that was sent, with what was stored of it."""
        if isinstance(sent, dict) and isinstance(stored, dict):
            return self.merge(stored, sent)
        if isinstance(sent, list) and isinstance(stored, list):
            return self.merge_list(name, stored, sent)
        return sent

    def merge_list(self, name: str, stored: list[Any], sent: list[Any]) -> list[Any]:  # noqa: ARG002 - for overrides
        """A list that was sent, with what was stored of it."""
        if self.reading("list-merge") == "replace-list":
            return sent
        keys = {_key(entry) for entry in sent} - {None}
        if sent and not keys:
            return sent
        return [entry for entry in stored if _key(entry) not in keys] + sent

    # what is shown

    def shown(self, user: User) -> Tree:
        """The whole profile, as it is read back."""
        owned = dict(user.owned)
        person = owned.pop("PersonInfo", {})
        profile: Tree = {**user.profile, **owned, "HomeID": user.home, "UserID": user.user_id}
        if "PersonInfo" in profile:
            profile["PersonInfo"] = {**profile["PersonInfo"], **person}
        ordered: Tree = in_order(profile, profile_shape())
        return ordered

    def shown_after(self, before: User, after: User, sent: Tree) -> Tree | None:
        """The profile in the answer to an update, or None."""
        if self.reading("profile-presence") == "only-if" and before == after:
            return None
        whole = self.shown(after)
        if self.reading("profile-content") == "sent-members":
            shown: Tree = {**_as_sent(whole, sent), "HomeID": after.home, "UserID": after.user_id}
            ordered: Tree = in_order(shown, profile_shape())
            return ordered
        return whole


def _key(entry: Any) -> str | None:
    if not isinstance(entry, dict):
        return None
    return next((entry[name] for name in KEYS if name in entry), None)


def _only_owned(sent: Tree) -> Tree:
    owned = {name: sent[name] for name in OWNED if name in sent}
    person = {name: value for name, value in sent.get("PersonInfo", {}).items() if name in OWNED_PERSON}
    return {**owned, "PersonInfo": person} if person else owned


def _as_sent(whole: Any, sent: Any) -> Any:
    if isinstance(whole, dict) and isinstance(sent, Mapping):
        return {name: _as_sent(whole[name], sent[name]) for name in sent if name in whole}
    return whole


def without_nothing(value: Any) -> Any:
    """Without empty lists: XML has no way to write one."""
    if isinstance(value, dict):
        return {name: without_nothing(inner) for name, inner in value.items() if inner != []}
    if isinstance(value, list):
        return [without_nothing(inner) for inner in value]
    return value
