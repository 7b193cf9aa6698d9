"""What an update makes of a stored profile, and what is shown of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from conformance.reference.fiserv.model import Format, Message, Tree, User
from conformance.reference.fiserv.shape import in_order, profile_shape
from conformance.reference.fiserv.signon import SignOn
from conformance.reference.fiserv.validation import OWNED, OWNED_PERSON

SPACES = re.compile("[ \t\r\n]+")
IDENTIFYING = ("HomeID", "UserID")
NAME_PARTS = ("LastName", "FirstName", "MiddleName", "DisplayName")
# Texts that a message must have; an empty one is a value.
NEEDED = ("NameAddrType", "PhoneType", "Phone", "Addr1", "Country", "ParamName", "ParamVal", "AttrName", "AttrVal")
KEYS = ("PhoneType", "ParamName", "AttrName")


class Profiles(SignOn):
    """The part of the service that changes and shows profiles."""

    def updated(self, user: User, sent: Tree, message: Message) -> User:
        """The user after an update."""
        sent = self.cleaned(sent, message.format)
        profile = self.combined(user.profile, self.storable(sent))
        if self.clears_empty(message.format):
            profile = without_empty(profile)
        self.name_displayed(profile, sent, user)
        owned = user.owned
        if self.reading("server-owned-members") == "applied":
            owned = self.merge(user.owned, _only_owned(sent))
        return replace(user, profile=without_nothing(profile), owned=owned)

    def cleaned(self, sent: Tree, format: Format) -> Tree:
        """A profile that was sent, without what counts as left out, and its texts in the form in which they count."""
        blanks, empty = self.freedom("blanks-at-ends"), self.freedom("empty-text")
        if blanks == "trimmed" or (blanks == "trimmed-in-xml" and format is Format.XML):
            sent = trimmed(sent)
        if blanks == "collapsed-in-xml" and format is Format.XML:
            sent = _rewritten(sent, lambda _, inner: _collapsed(inner) if isinstance(inner, str) else inner)
        if empty == "ignored" or (empty == "ignored-in-json" and format is Format.JSON):
            sent = without_empty(sent)
        return without_nothing(sent) if self.freedom("empty-list") == "ignored" else sent

    def clears_empty(self, format: Format) -> bool:
        """Whether an empty text removes a member."""
        option = self.freedom("empty-text")
        return option == "clears" or (option == "ignored-in-json" and format is Format.XML)

    def name_displayed(self, profile: Tree, sent: Tree, user: User) -> None:
        """Makes a DisplayName, where the server does so and none was sent."""
        name = sent.get("PersonInfo", {}).get("PersonName")
        if self.freedom("display-name") == "made" and name is not None and "DisplayName" not in name:
            stored = dict(profile["PersonInfo"]["PersonName"])
            parts = [stored[part] for part in ("FirstName", "LastName") if stored.get(part)]
            stored["DisplayName"] = " ".join(parts) or user.user_id
            profile["PersonInfo"] = {**profile["PersonInfo"], "PersonName": stored}

    def storable(self, sent: Tree) -> Tree:
        """What of a profile that was sent is stored: no identifying and no server-owned members."""
        kept = {name: value for name, value in sent.items() if name not in (*IDENTIFYING, *OWNED)}
        if "PersonInfo" in kept:
            person = {name: value for name, value in kept["PersonInfo"].items() if name not in OWNED_PERSON}
            kept["PersonInfo"] = self.storable_person(person)
        return kept

    def storable_person(self, person: Tree) -> Tree:
        """PersonInfo with its words in the form in which they are stored."""
        if self.freedom("stored-spelling") == "as-sent":
            return person
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
        kept = {name: value for name, value in stored.items() if self.is_aggregate(name, value) and name not in sent}
        return {**kept, **{name: self.replace_aggregate(stored.get(name), value) for name, value in sent.items()}}

    def is_aggregate(self, name: str, value: Any) -> bool:
        """Whether a member is an aggregate of its own inside the one in which it stands."""
        option = self.freedom("phones-of-sent-contact")
        phones = name == "PhoneNum" and option != "cleared"
        holder = name == "EmailAddr" and option == "kept-with-address"
        return phones or holder or isinstance(value, dict)

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
        owned = self.shown_owned(user)
        person = owned.pop("PersonInfo", {})
        profile: Tree = {**user.profile, **owned, **self.shown_ids(user)}
        if "PersonInfo" not in profile and self.freedom("empty-person") == "with-type":
            profile["PersonInfo"] = {"NameAddrType": self.contract.data["name_addr_type"].example, "PersonName": {}}
        if "PersonInfo" in profile:
            profile["PersonInfo"] = {**profile["PersonInfo"], **person}
        ordered: Tree = in_order(profile, profile_shape())
        return ordered

    def shown_owned(self, user: User) -> Tree:
        """The members that only the server sets, as far as they are shown."""
        option = self.freedom("owned-in-profile")
        if option == "none":
            return {}
        owned = dict(user.owned)
        if option != "usual":
            roles: Any = {"Role": [user.role]} if option == "all" else user.role
            owned = {"PartnerID": user.partner, **owned}
            owned["PersonInfo"] = {"Roles": roles, **owned.get("PersonInfo", {})}
        return owned

    def shown_ids(self, user: User) -> Tree:
        """The members that say whose a profile is."""
        ids = {"HomeID": user.home, "UserID": user.user_id}
        shown = {"both": ("HomeID", "UserID"), "user-alone": ("UserID",), "none": ()}[self.freedom("ids-in-profile")]
        return {name: ids[name] for name in shown}

    def dressed(self, profile: Tree, format: Format) -> Tree:
        """A profile in the form in which an answer shows it."""
        order = self.freedom("phone-order")
        opposite = order == "reversed" or (order == "alternating" and self.every_second("phone-order"))
        nothing = {"empty": "", "null": None}
        fill = self.freedom("nothing-shown-as")
        dressed: Tree = _rewritten(
            profile, lambda name, value: value[::-1] if opposite and name == "PhoneNum" else value
        )
        name = dressed.get("PersonInfo", {}).get("PersonName")
        if isinstance(name, dict) and fill in nothing:
            name |= {part: nothing[fill] for part in NAME_PARTS if part not in name}
        if format is Format.JSON and self.freedom("list-of-one") == "object":
            dressed = _rewritten(dressed, lambda _, value: value[0] if _is_single(value) else value)
        if format is Format.JSON and self.freedom("integers-shown-as") == "texts":
            dressed = _rewritten(dressed, lambda _, value: str(value) if type(value) is int else value)
        return dressed

    def goes_without(self, before: User, after: User, sent: Tree) -> bool:
        """Whether the answer to a success has no profile, where that may be."""
        option = self.freedom("success-without-profile")
        if option == "every-second":
            return self.every_second(option)
        return "PersonInfo" not in sent if option == "without-person" else before == after

    def shown_after(self, before: User, after: User, sent: Tree) -> Tree | None:
        """The profile in the answer to an update, or None."""
        if self.reading("profile-presence") == "only-if" and self.goes_without(before, after, sent):
            return None
        whole = self.shown(after)
        if self.reading("profile-content") == "sent-members":
            shown: Tree = {**_as_sent(whole, sent), **self.shown_ids(after)}
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


def _rewritten(value: Any, change: Callable[[str, Any], Any], name: str = "") -> Any:
    """A copy in which every value was changed, the inner ones first."""
    if isinstance(value, dict):
        value = {inner: _rewritten(value[inner], change, inner) for inner in value}
    elif isinstance(value, list):
        value = [_rewritten(item, change) for item in value]
    return change(name, value)


def _collapsed(text: str) -> str:
    """Without XML's white space at the ends, and with one blank for each run of it inside."""
    return " ".join(part for part in SPACES.split(text) if part)


def _is_single(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 1


def trimmed(value: Any) -> Any:
    """Without blanks at the ends of texts."""
    return _rewritten(value, lambda _, inner: inner.strip() if isinstance(inner, str) else inner)


def without_empty(value: Any) -> Any:
    """Without empty texts, but for those that a message must have."""
    if isinstance(value, dict):
        return {name: without_empty(inner) for name, inner in value.items() if inner != "" or name in NEEDED}
    return [without_empty(inner) for inner in value] if isinstance(value, list) else value


def without_nothing(value: Any) -> Any:
    """Without empty lists: XML has no way to write one."""
    if isinstance(value, dict):
        return {name: without_nothing(inner) for name, inner in value.items() if inner != []}
    if isinstance(value, list):
        return [without_nothing(inner) for inner in value]
    return value
