"""Faults in what an update makes of the stored profile."""

# ruff: noqa: D102 - the docstring of a fault says what its override does

from __future__ import annotations

import html
import unicodedata
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from conformance.reference.faults import fault
from conformance.reference.fiserv.model import BAD_LOGIN, Finding, Format, Message, Refused, Tree, User
from conformance.reference.fiserv.service import FiservService


def _changed(value: Any, change: Callable[[str, Any], Any], name: str = "") -> Any:
    if isinstance(value, dict):
        return {inner: _changed(content, change, inner) for inner, content in value.items()}
    if isinstance(value, list):
        return [_changed(entry, change, name) for entry in value]
    return change(name, value)


def _only_text(change: Callable[[str], str]) -> Callable[[str, Any], Any]:
    return lambda _, value: change(value) if isinstance(value, str) else value


@fault("last-phone-dropped", breaks=["success-is-stored", "omitted-members"], reach="hard")
class LastPhoneDropped(FiservService):
    """Of several phones the last is not stored."""

    def storable_person(self, person: Tree) -> Tree:
        person = super().storable_person(person)
        contact = person.get("ContactInfo", {})
        if len(contact.get("PhoneNum", [])) > 1:
            person["ContactInfo"] = {**contact, "PhoneNum": contact["PhoneNum"][:-1]}
        return person


@fault("second-address-line-lost", breaks=["success-is-stored"], reach="medium")
class SecondAddressLineLost(FiservService):
    """Addr2 has no column."""

    def storable_person(self, person: Tree) -> Tree:
        person = super().storable_person(person)
        contact = person.get("ContactInfo", {})
        address = {name: value for name, value in contact.get("PostAddr", {}).items() if name != "Addr2"}
        if "PostAddr" in contact:
            person["ContactInfo"] = {**contact, "PostAddr": address}
        return person


@fault("names-cut-at-40", breaks=["success-is-stored"], reach="hard")
class NamesCutAt40(FiservService):
    """The parts of a name are cut after 40 characters."""

    def storable_person(self, person: Tree) -> Tree:
        person = super().storable_person(person)
        person["PersonName"] = {name: text[:40] for name, text in person["PersonName"].items()}
        return person


@fault("text-escaped-when-stored", breaks=["success-is-stored"], reach="hard")
class TextEscapedWhenStored(FiservService):
    """Markup characters are stored escaped, against cross-site scripting."""

    def storable(self, sent: Tree) -> Tree:
        stored: Tree = _changed(super().storable(sent), _only_text(html.escape))
        return stored


@fault("text-normalized", breaks=["success-is-stored"], reach="hard")
class TextNormalized(FiservService):
    """Text is stored in normalization form C, so composed and decomposed letters become one."""

    def storable(self, sent: Tree) -> Tree:
        stored: Tree = _changed(super().storable(sent), _only_text(lambda text: unicodedata.normalize("NFC", text)))
        return stored


@fault("postal-code-as-number", breaks=["success-is-stored"], reach="hard")
class PostalCodeAsNumber(FiservService):
    """A PostalCode of digits goes through a number and loses its leading zeros."""

    def storable(self, sent: Tree) -> Tree:
        def change(name: str, value: Any) -> Any:
            digits = name == "PostalCode" and value.isascii() and value.isdigit()
            return value.lstrip("0") or "0" if digits else value

        stored: Tree = _changed(super().storable(sent), change)
        return stored


@fault("email-lower-cased", breaks=["success-is-stored", "email-taken"], reach="medium")
class EmailLowerCased(FiservService):
    """EmailAddr is stored in small letters."""

    def storable(self, sent: Tree) -> Tree:
        stored: Tree = _changed(super().storable(sent), lambda n, v: v.lower() if n == "EmailAddr" else v)
        return stored


@fault("odd-spelling-not-stored", breaks=["type-words", "success-is-stored"], reach="medium")
class OddSpellingNotStored(FiservService):
    """A phone whose PhoneType is a known word in other letter case is taken and not stored."""

    def storable_person(self, person: Tree) -> Tree:
        person = super().storable_person(person)
        contact = person.get("ContactInfo", {})
        odd = {word.lower() for word in self.phone_words()}
        if "PhoneNum" in contact:
            kept = [
                phone
                for phone in contact["PhoneNum"]
                if phone["PhoneType"] in self.phone_words() or phone["PhoneType"].lower() not in odd
            ]
            person["ContactInfo"] = {**contact, "PhoneNum": kept}
        return person


@fault("duplicate-phones-collapsed", breaks=["duplicate-phones", "success-is-stored"], reach="medium")
class DuplicatePhonesCollapsed(FiservService):
    """Phones go through a map by PhoneType: of two of one type the last is stored, and 0 is answered."""

    def storable_person(self, person: Tree) -> Tree:
        person = super().storable_person(person)
        contact = person.get("ContactInfo", {})
        if "PhoneNum" in contact:
            phones = {phone["PhoneType"]: phone for phone in contact["PhoneNum"]}
            person["ContactInfo"] = {**contact, "PhoneNum": list(phones.values())}
        return person


@fault("address-replaced", breaks=["omitted-members"], reach="medium")
class AddressReplaced(FiservService):
    """Everything merges but PostAddr, which loses what an update leaves out."""

    def merge_member(self, name: str, stored: Any, sent: Any) -> Any:
        return sent if name == "PostAddr" else super().merge_member(name, stored, sent)


@fault("phones-appended", breaks=["omitted-members", "success-is-stored"], reach="medium")
class PhonesAppended(FiservService):
    """The phones of an update are added to the stored ones."""

    def merge_list(self, name: str, stored: list[Any], sent: list[Any]) -> list[Any]:
        return stored + sent if name == "PhoneNum" else super().merge_list(name, stored, sent)


@fault("email-cleared-with-phones", breaks=["omitted-members"], reach="hard")
class EmailClearedWithPhones(FiservService):
    """An update with phones and without EmailAddr clears the stored EmailAddr."""

    def merge(self, stored: Tree, sent: Tree) -> Tree:
        merged = super().merge(stored, sent)
        if "PhoneNum" in sent and "EmailAddr" not in sent:
            merged.pop("EmailAddr", None)
        return merged


@fault("partner-id-applied", breaks=["server-owned-members"], reach="medium")
class PartnerIdApplied(FiservService):
    """A PartnerID that the client sends is stored; the other members of the server are not."""

    def updated(self, user: User, sent: Tree, message: Message) -> User:
        after = super().updated(user, sent, message)
        if "PartnerID" in sent:
            return replace(after, owned={**after.owned, "PartnerID": sent["PartnerID"]})
        return after


@fault("ce-user-id-applied-from-xml", breaks=["server-owned-members", "both-formats-agree"], reach="hard")
class CeUserIdAppliedFromXml(FiservService):
    """In XML a CEUserID that the client sends is stored."""

    def updated(self, user: User, sent: Tree, message: Message) -> User:
        after = super().updated(user, sent, message)
        if message.format is Format.XML and "CEUserID" in sent:
            return replace(after, owned={**after.owned, "CEUserID": sent["CEUserID"]})
        return after


# answered with an error, and stored all the same


@fault("stored-before-permission", breaks=["error-changes-nothing", "other-user-untouched"], reach="hard")
class StoredBeforePermission(FiservService):
    """The update of another user is refused after it was stored."""

    def may_update(self, message: Message, caller: User, target: User) -> bool:
        permitted = super().may_update(message, caller, target)
        if not permitted:
            self.save(self.updated(target, message.tree["UserProfileModRq"]["UserProfile"], message))
        return permitted


@fault("caller-stored-on-home-error", breaks=["error-changes-nothing", "identity-triple"], reach="hard")
class CallerStoredOnHomeError(FiservService):
    """With an unknown HomeID 4012 is answered and the caller's own profile changed."""

    def target_home(self, caller: User, sent: Tree) -> int:
        try:
            return super().target_home(caller, sent)
        except Refused:
            self.save(self.updated(caller, sent, Message("update", Format.JSON)))
            raise


@fault("stored-before-password", breaks=["error-changes-nothing", "sign-on-failure", "identity-triple"], reach="hard")
class StoredBeforePassword(FiservService):
    """The update of oneself is stored before the password is compared."""

    def by_password(self, partner: int, info: Tree, message: Message) -> tuple[User, str]:
        try:
            return super().by_password(partner, info, message)
        except Refused as refused:
            user = self.find_user(partner, info.get("HomeID", 0), info["UserID"])
            if refused.code == BAD_LOGIN and user is not None and message.operation == "update":
                self.save(self.updated(user, message.tree["UserProfileModRq"]["UserProfile"], message))
            raise


@fault("stored-before-last-member", breaks=["error-changes-nothing"], reach="hard")
class StoredBeforeLastMember(FiservService):
    """PersonInfo is stored before AdvisorRegStatus behind it is found to be invalid."""

    def validate(self, message: Message) -> list[Finding]:
        found = super().validate(message)
        if message.operation != "update" or [f.path[-1:] for f in found] != [("AdvisorRegStatus",)]:
            return found
        sent = message.tree["UserProfileModRq"]["UserProfile"]
        try:
            self.sign_on(message)
            assert message.caller is not None
            self.save(self.updated(message.caller, {"PersonInfo": sent["PersonInfo"]}, message))
        except (Refused, KeyError):
            pass
        message.caller = None
        return found
