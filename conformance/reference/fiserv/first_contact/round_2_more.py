"""Faults of the second round: eight more, about half-done refusals, namesakes, addresses, ids and media types."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

from conformance.reference.core import Call
from conformance.reference.faults import fault
from conformance.reference.fiserv.model import ADMIN_ROLE, Finding, Message, Path, Refused, Tree, User
from conformance.reference.fiserv.service import FiservService

ROUND = 2
CONTRACTS = ["fiserv-alldata"]
CONTACT: Path = ("UserProfileModRq", "UserProfile", "PersonInfo", "ContactInfo")
WHOLE_MESSAGE: Path = ("(schema)",)
LAG_S = 0.1


@fault(
    "name-kept-though-contact-refused", breaks=["error-changes-nothing"], contracts=CONTRACTS, reach="hard", round=ROUND
)
class NameKeptThoughContactRefused(FiservService):
    """Stores the name before it checks ContactInfo, so that an update that is refused for its contact renames."""

    def validate(self, message: Message) -> list[Finding]:
        """The findings, behind a name that is stored already."""
        found = super().validate(message)
        wrong = [finding.path for finding in found if finding.path != WHOLE_MESSAGE]
        if message.operation == "update" and wrong and all(path[: len(CONTACT)] == CONTACT for path in wrong):
            sent: Tree = message.tree["UserProfileModRq"]["UserProfile"]
            name = {n: v for n, v in sent["PersonInfo"].items() if n == "PersonName"}
            try:
                self.sign_on(message)
                assert message.caller is not None
                target = self.target(message, message.caller, sent)
                self.save(replace(target, profile=self.merge(target.profile, {"PersonInfo": name})))
            except Refused:
                pass
            message.caller = None
        return found


@fault(
    "namesake-next-door-is-oneself",
    breaks=["other-user-untouched", "identity-triple"],
    contracts=CONTRACTS,
    reach="hard",
    round=ROUND,
)
class NamesakeNextDoorIsOneself(FiservService):
    """Lets a user update the user of the same UserID in another home of the partner, as if it were the own profile."""

    def may_update(self, message: Message, caller: User, target: User) -> bool:
        """Whether the UserID is the same, whatever the home."""
        namesake = message.role != ADMIN_ROLE and caller.user_id == target.user_id
        return namesake or super().may_update(message, caller, target)


@fault("scheme-settled-once", breaks=["encryption-scheme-code"], contracts=CONTRACTS, reach="medium", round=ROUND)
class SchemeSettledOnce(FiservService):
    """Looks at CryptType until a user has once named a right one, and takes any in later updates of that user."""

    def known_scheme(self, scheme: str, message: Message) -> bool:
        """Whether the scheme is known, or was settled before."""
        settled: set[Any] = self.__dict__.setdefault("settled", set())
        key = (message.partner, message.signon.get("UserInfo", {}).get("UserID"))
        known = super().known_scheme(scheme, message)
        if known:
            settled.add(key)
        return known or (message.operation == "update" and key in settled)


@fault("padding-of-id-lost", breaks=["request-id-echo"], contracts=CONTRACTS, reach="hard", round=ROUND)
class PaddingOfIdLost(FiservService):
    """Answers an RqUID that ends in equals signs, as Base64 does, without them."""

    def request_id(self, message: Message, *, succeeded: bool) -> str | None:
        """The id as Base64 without padding."""
        whole = super().request_id(message, succeeded=succeeded)
        return whole if whole is None else whole.rstrip("=") or whole


@fault("answer-from-the-replica", breaks=["profile-is-stored"], contracts=CONTRACTS, reach="hard", round=ROUND)
class AnswerFromTheReplica(FiservService):
    """Shows the profile from before an update that follows another of the same user within a tenth of a second."""

    def shown_after(self, before: User, after: User, sent: Tree) -> Tree | None:
        """The profile that has reached the replica."""
        updated: dict[tuple[int, int, str], float] = self.__dict__.setdefault("updated_at", {})
        quick = self.now() - updated.get(after.key, 0.0) < LAG_S
        updated[after.key] = time.time()
        return super().shown_after(before, before if quick else after, sent)


@fault("new-city-clears-the-rest", breaks=["omitted-members"], contracts=CONTRACTS, reach="hard", round=ROUND)
class NewCityClearsTheRest(FiservService):
    """Clears what an address is sent without if its city is another one, and keeps it otherwise."""

    def merge_member(self, name: str, stored: Any, sent: Any) -> Any:
        """An address that moved begins anew."""
        if name == "PostAddr" and isinstance(stored, dict) and sent.get("City", "") not in ("", stored.get("City", "")):
            return sent
        return super().merge_member(name, stored, sent)


@fault("mail-host-in-punycode", breaks=["success-is-stored"], contracts=CONTRACTS, reach="hard", round=ROUND)
class MailHostInPunycode(FiservService):
    """Stores an e-mail address whose host has letters beyond ASCII with the host in Punycode."""

    def storable_person(self, person: Tree) -> Tree:
        """PersonInfo with an address for old mailers."""
        kept = super().storable_person(person)
        name, at, host = kept.get("ContactInfo", {}).get("EmailAddr", "").rpartition("@")
        if host.isascii():
            return kept
        try:
            address = f"{name}{at}{host.encode('idna').decode()}"
        except UnicodeError:
            return kept
        return {**kept, "ContactInfo": {**kept["ContactInfo"], "EmailAddr": address}}


@fault("media-type-in-small-letters", breaks=["success-code"], contracts=CONTRACTS, reach="hard", round=ROUND)
class MediaTypeInSmallLetters(FiservService):
    """Knows a media type in small letters alone, so that Application/JSON is refused as a strange one."""

    def content_type_accepted(self, call: Call) -> bool:
        """Whether the type is known as it is written."""
        written = (call.headers.get("content-type") or "").partition(";")[0]
        return written == written.lower() and super().content_type_accepted(call)
