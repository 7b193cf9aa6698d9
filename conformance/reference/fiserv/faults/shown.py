"""Faults in the profile that an answer shows."""

# ruff: noqa: D102 - the docstring of a fault says what its override does

from __future__ import annotations

import json
from dataclasses import replace

from conformance.reference.faults import fault
from conformance.reference.fiserv.model import ADMIN_ROLE, BAD_HOME, Format, Message, Outcome, Refused, Tree, User
from conformance.reference.fiserv.service import FiservService
from conformance.reference.fiserv.shape import form


@fault("profile-as-text", breaks=["profile-structured", "answer-valid", "profile-on-success"])
class ProfileAsText(FiservService):
    """In JSON the answer's UserProfile is a string with JSON in it."""

    def place_profile(self, tree: Tree, part: str, profile: Tree, message: Message) -> None:
        super().place_profile(tree, part, profile, message)
        if message.format is Format.JSON and "UserProfile" in tree[part]:
            tree[part]["UserProfile"] = json.dumps(profile)


@fault("profile-of-internal-id", breaks=["profile-structured"])
class ProfileOfInternalId(FiservService):
    """The answer's UserProfile has the number of the account as its UserID."""

    def shown_after(self, before: User, after: User, sent: Tree) -> Tree | None:
        shown = super().shown_after(before, after, sent)
        return shown and {**shown, "UserID": str(after.ce_user_id)}


@fault("stale-profile-in-answer", breaks=["profile-is-stored"], reach="medium")
class StaleProfileInAnswer(FiservService):
    """The answer shows the profile as it was before the update."""

    def shown_after(self, before: User, after: User, sent: Tree) -> Tree | None:
        return None if super().shown_after(before, after, sent) is None else self.shown(before)


@fault("stale-phones-in-answer", breaks=["profile-is-stored"], reach="hard")
class StalePhonesInAnswer(FiservService):
    """The answer joins the phones from a cache that the update did not touch."""

    def shown_after(self, before: User, after: User, sent: Tree) -> Tree | None:
        old = before.profile.get("PersonInfo", {}).get("ContactInfo", {}).get("PhoneNum")
        person = after.profile.get("PersonInfo", {})
        if old is None or "ContactInfo" not in person:
            return super().shown_after(before, after, sent)
        contact = {**person["ContactInfo"], "PhoneNum": old}
        profile = {**after.profile, "PersonInfo": {**person, "ContactInfo": contact}}
        return super().shown_after(before, replace(after, profile=profile), sent)


@fault("admin-profile-in-answer", breaks=["profile-structured", "profile-is-stored"], reach="hard")
class AdminProfileInAnswer(FiservService):
    """Where an administrator updates a user, the answer shows the administrator's profile."""

    def update(self, message: Message, caller: User) -> Outcome:
        outcome = super().update(message, caller)
        return replace(outcome, profile=self.shown(caller)) if message.role == ADMIN_ROLE else outcome


@fault("refusal-shows-victim", breaks=["no-profile-on-error"], reach="hard")
class RefusalShowsVictim(FiservService):
    """The refusal to update another user shows that user's profile."""

    def place_failure(self, tree: Tree, message: Message, refused: Refused, code: str) -> None:
        super().place_failure(tree, message, refused, code)
        if message.operation != "update" or message.caller is None:
            return
        named = message.tree["UserProfileModRq"]["UserProfile"]["UserID"]
        victim = self.find_user(message.caller.partner, message.caller.home, named)
        if victim is not None and victim.key != message.caller.key:
            tree[form("update").answer_part or ""]["UserProfile"] = self.shown(victim)


@fault("home-error-shows-profile", breaks=["no-profile-on-error"], reach="medium")
class HomeErrorShowsProfile(FiservService):
    """4012 is answered from the template of a success, with the caller's profile in it."""

    def place_failure(self, tree: Tree, message: Message, refused: Refused, code: str) -> None:
        super().place_failure(tree, message, refused, code)
        part = form(message.operation).answer_part
        if code == BAD_HOME and message.operation == "update" and message.caller is not None and part in tree:
            tree[part]["UserProfile"] = self.shown(message.caller)


@fault("xml-profile-at-root", breaks=["profile-on-success"], reach="medium")
class XmlProfileAtRoot(FiservService):
    """XML answers have UserProfile at the root, JSON answers in the operation's aggregate."""

    def place_profile(self, tree: Tree, part: str, profile: Tree, message: Message) -> None:
        if message.format is Format.XML:
            tree["UserProfile"] = profile
        else:
            super().place_profile(tree, part, profile, message)
