"""Faults in how requests are carried and read: media types, sizes, odd addresses, repeated names, lists."""

# ruff: noqa: D102 - the docstring of a fault says what its override does

from __future__ import annotations

import json
from typing import Any
from urllib.parse import unquote_to_bytes

from lxml import etree

from conformance.reference.core import Call, Reply
from conformance.reference.faults import fault
from conformance.reference.fiserv.model import Finding, Format, Message, Outcome, Tree, User
from conformance.reference.fiserv.service import FiservService
from conformance.reference.fiserv.shape import Form

LARGE = 100_000
CHECKED = 10
KEPT = 24
UPDATES = 32


@fault("quoted-charset-unknown", breaks=["success-code"], reach="medium")
class QuotedCharsetUnknown(FiservService):
    """Does not read a body whose charset stands between quotation marks."""

    def content_type_accepted(self, call: Call) -> bool:
        return '"' not in (call.headers.get("content-type") or "") and super().content_type_accepted(call)


@fault("media-type-in-small-letters-alone", breaks=["success-code"], reach="medium")
class MediaTypeInSmallLettersAlone(FiservService):
    """Does not read a body whose media type is written with capitals."""

    def content_type_accepted(self, call: Call) -> bool:
        name = (call.headers.get("content-type") or "").partition(";")[0]
        return name == name.lower() and super().content_type_accepted(call)


@fault("weighted-accept-in-xml", breaks=["response-format"], reach="medium")
class WeightedAcceptInXml(FiservService):
    """Answers in XML where Accept has weights."""

    def answer_format(self, call: Call, message: Message) -> Format:
        weighted = "q=" in (call.headers.get("accept") or "")
        return Format.XML if weighted else super().answer_format(call, message)


@fault("large-body-not-stored", breaks=["success-is-stored"], reach="hard")
class LargeBodyNotStored(FiservService):
    """Answers an update of more than 100,000 bytes with 0 and does not store it."""

    def process(self, call: Call, message: Message) -> Reply:
        self.__dict__["large"] = len(call.body) > LARGE
        return super().process(call, message)

    def updated(self, user: User, sent: Tree, message: Message) -> User:
        return user if self.__dict__["large"] else super().updated(user, sent, message)


@fault("query-not-utf-8-fails", breaks=["no-server-failure"], reach="medium")
class QueryNotUtf8Fails(FiservService):
    """Answers HTTP 500 to an address whose query is no UTF-8."""

    def handle(self, call: Call) -> Reply:
        try:
            unquote_to_bytes(call.query).decode("utf-8")
        except UnicodeDecodeError:
            return Reply.empty(500)
        return super().handle(call)


@fault("first-stored-last-shown", breaks=["profile-is-stored"], reach="hard")
class FirstStoredLastShown(FiservService):
    """Shows the last of two names of a JSON profile, and stores the first."""

    def parse_json(self, body: bytes) -> Any:
        found: list[str] = []

        def noted(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
            names = [value for name, value in pairs if name == "LastName"]
            if len(names) > 1:
                found.extend(names[:1])
            return dict(pairs)

        value = super().parse_json(body)
        json.loads(body.decode("utf-8-sig"), object_pairs_hook=noted)
        self.__dict__["first_name"] = found[0] if found else None
        return value

    def update(self, message: Message, caller: User) -> Outcome:
        outcome = super().update(message, caller)
        first = self.__dict__.get("first_name")
        if first is not None and message.format is Format.JSON:
            target = self.target(message, caller, message.tree["UserProfileModRq"]["UserProfile"])
            target.profile["PersonInfo"]["PersonName"]["LastName"] = first
            self.save(target)
        return outcome


@fault("late-entries-not-checked", breaks=["missing-member-code"], reach="hard")
class LateEntriesNotChecked(FiservService):
    """Validates the first ten entries of a list."""

    def validate(self, message: Message) -> list[Finding]:
        found = super().validate(message)
        late = any(isinstance(step, int) and step >= CHECKED for finding in found for step in finding.path)
        return [] if late and len(found) == 1 else found


@fault("old-profiles-forgotten", breaks=["success-is-stored", "other-user-untouched"], reach="hard")
class OldProfilesForgotten(FiservService):
    """Forgets the name of a user once 24 newer users have one."""

    def save(self, user: User) -> User:
        saved = super().save(user)
        old = "SELECT ce_user_id FROM fiserv_user ORDER BY ce_user_id DESC LIMIT -1 OFFSET ?"
        self.store.execute(
            f"UPDATE fiserv_user SET profile = json_remove(profile, '$.PersonInfo.PersonName.LastName')"  # noqa: S608
            f" WHERE ce_user_id IN ({old}) AND user_id LIKE 'pc%'",
            (KEPT,),
        )
        return saved


@fault("deleted-profile-comes-back", breaks=["other-user-untouched"], reach="hard")
class DeletedProfileComesBack(FiservService):
    """Gives a new user the profile of a deleted one of the same UserID."""

    def remove_user(self, user: User) -> None:
        super().remove_user(user)
        self.__dict__.setdefault("old_profiles", {})[user.key] = user.profile

    def add_user(self, user: User) -> User:
        added = super().add_user(user)
        self.__dict__.setdefault("revived", {})[added.key] = self.__dict__.get("old_profiles", {}).get(added.key, {})
        return added

    def updated(self, user: User, sent: Tree, message: Message) -> User:
        after = super().updated(user, sent, message)
        old: Tree = self.__dict__.get("revived", {}).pop(user.key, {})
        after.profile.update({name: value for name, value in old.items() if name not in after.profile})
        return after


@fault("thirty-third-update-lost", breaks=["success-is-stored"], reach="hard")
class ThirtyThirdUpdateLost(FiservService):
    """Keeps 32 changes of a user and stores no further one."""

    def updated(self, user: User, sent: Tree, message: Message) -> User:
        counts: dict[Any, int] = self.__dict__.setdefault("changes", {})
        counts[user.key] = counts.get(user.key, 0) + 1
        return user if counts[user.key] > UPDATES else super().updated(user, sent, message)


@fault("first-element-permits", breaks=["other-user-untouched"], reach="hard")
class FirstElementPermits(FiservService):
    """Asks for the caller's right by the first of two UserID in an XML profile and updates the user of the last."""

    def fits_schema(self, root: etree._Element, expected: Form) -> bool:
        for profile in root.iter("UserProfile"):
            ids = profile.findall("UserID")
            self.__dict__["permitting"] = ids[0].text if len(ids) > 1 else None
            for extra in ids[1:]:
                profile.remove(extra)
        return super().fits_schema(root, expected)

    def may_update(self, message: Message, caller: User, target: User) -> bool:
        first = self.__dict__.pop("permitting", None)
        return super().may_update(message, caller, target) or first == caller.user_id
