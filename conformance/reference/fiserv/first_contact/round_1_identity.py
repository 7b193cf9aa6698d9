"""Faults written from the documents alone: who asks, whom the request names, and by which way it came."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace

from conformance.reference.core import Call, Reply
from conformance.reference.faults import fault
from conformance.reference.fiserv.model import LOCKED, Kind, Message, Refused, Tree, User
from conformance.reference.fiserv.service import FiservService

LONGEST_USER_ID = 32
PASSWORD_LENGTH = 16
FAILURES = 6
SESSIONS = 3
DELETED_FOR_S = 3.0


@fault(
    "user-id-in-any-case",
    breaks=["unknown-user-code", "identity-triple"],
    contracts=["fiserv-alldata"],
    reach="medium",
    round=1,
)
class UserIdInAnyCase(FiservService):
    """Updates the user whose UserID the profile names in other letter case."""

    def target(self, message: Message, caller: User, sent: Tree) -> User:
        """Compares with the caller without regard to letter case."""
        if sent["UserID"].lower() == caller.user_id.lower():
            sent = {**sent, "UserID": caller.user_id}
        return super().target(message, caller, sent)


@fault(
    "underscore-is-any-character",
    breaks=["unknown-user-code", "identity-triple"],
    contracts=["fiserv-alldata"],
    reach="hard",
    round=1,
)
class UnderscoreIsAnyCharacter(FiservService):
    """Looks the user of the profile up with LIKE, so that an underscore in a UserID stands for any character."""

    def target(self, message: Message, caller: User, sent: Tree) -> User:
        """Takes the UserID for a pattern."""
        pattern = re.escape(sent["UserID"]).replace("_", ".")
        if re.fullmatch(pattern, caller.user_id, re.DOTALL):
            sent = {**sent, "UserID": caller.user_id}
        return super().target(message, caller, sent)


@fault(
    "blank-user-id-is-oneself",
    breaks=["unknown-user-code", "identity-triple"],
    contracts=["fiserv-alldata"],
    reach="hard",
    round=1,
)
class BlankUserIdIsOneself(FiservService):
    """Takes a UserProfile.UserID of blanks alone for the caller's."""

    def target(self, message: Message, caller: User, sent: Tree) -> User:
        """Fills the id in where nothing is written."""
        return super().target(
            message, caller, {**sent, "UserID": sent["UserID"] if sent["UserID"].strip() else caller.user_id}
        )


@fault(
    "user-id-cut-at-32",
    breaks=["unknown-user-code", "identity-triple"],
    contracts=["fiserv-alldata"],
    reach="hard",
    round=1,
)
class UserIdCutAt32(FiservService):
    """Compares the first 32 characters of a UserID only, so that a longer one names the user whom it begins with."""

    def find_user(self, partner: int, home: int, user_id: str) -> User | None:
        """Cuts the id to the width of the column."""
        return super().find_user(partner, home, user_id[:LONGEST_USER_ID])


@fault(
    "home-cut-to-32-bits",
    breaks=["unknown-home-code", "identity-triple"],
    contracts=["fiserv-alldata"],
    reach="hard",
    round=1,
)
class HomeCutTo32Bits(FiservService):
    """Keeps the lower 32 bits of a UserProfile.HomeID, so that a home plus 4294967296 is that home."""

    def target_home(self, caller: User, sent: Tree) -> int:
        """Cuts the home to the width of an int."""
        if sent.get("HomeID", 0) >= 2**32:
            sent = {**sent, "HomeID": sent["HomeID"] % 2**32}
        return super().target_home(caller, sent)


@fault(
    "any-home-of-the-partner",
    breaks=["identity-triple", "unknown-user-code"],
    contracts=["fiserv-alldata"],
    reach="medium",
    round=1,
)
class AnyHomeOfThePartner(FiservService):
    """Updates the caller although the profile names another home of the partner, where nobody has that UserID."""

    def target_home(self, caller: User, sent: Tree) -> int:
        """Falls back to the caller's home where the user is in no other."""
        home = super().target_home(caller, sent)
        return caller.home if self.find_user(caller.partner, home, sent["UserID"]) is None else home


@fault(
    "session-of-any-partner",
    breaks=["identity-triple", "sign-on-failure"],
    contracts=["fiserv-alldata"],
    reach="hard",
    round=1,
)
class SessionOfAnyPartner(FiservService):
    """Takes a session token under the partnerID of another partner than the one it was given to."""

    def by_session(self, partner: int, message: Message) -> tuple[User, str]:
        """Goes by the partner of the session."""
        token = message.signon.get("SessionInfo", {}).get("SessionToken", "")
        session = self.session(token)
        return super().by_session(partner if session is None else session.partner, message)


@fault(
    "session-role-as-asked",
    breaks=["sign-on-failure", "other-user-untouched"],
    contracts=["fiserv-alldata"],
    reach="hard",
    round=1,
)
class SessionRoleAsAsked(FiservService):
    """Gives a request with a session token the role that it asks for, whatever role the session has."""

    def by_session(self, partner: int, message: Message) -> tuple[User, str]:
        """Believes SessionInfo.Role."""
        info = message.signon.get("SessionInfo", {})
        session = self.session(info.get("SessionToken", ""))
        if session is None:
            return super().by_session(partner, message)
        asked = info.pop("Role", session.role)
        user, _ = super().by_session(partner, message)
        return user, asked


@fault("password-cut-at-16", breaks=["sign-on-failure"], contracts=["fiserv-alldata"], reach="hard", round=1)
class PasswordCutAt16(FiservService):
    """Compares only the first 16 characters of a password."""

    def password_fits(self, user: User, password: str) -> bool:
        """Cuts both passwords."""
        stored = None if user.password is None else user.password[:PASSWORD_LENGTH]
        return super().password_fits(replace(user, password=stored), password[:PASSWORD_LENGTH])


@fault("failures-never-forgotten", breaks=["success-code"], contracts=["fiserv-alldata"], reach="hard", round=1)
class FailuresNeverForgotten(FiservService):
    """Counts failed sign-ons across good ones and refuses the good one behind every sixth failure with 4710."""

    def password_fits(self, user: User, password: str) -> bool:
        """Counts, and refuses once the count is full."""
        failed: Counter[tuple[int, int, str]] = self.__dict__.setdefault("all_failures", Counter())
        fits = super().password_fits(user, password)
        if not fits:
            failed[user.key] += 1
        elif failed[user.key] >= FAILURES:
            del failed[user.key]
            raise Refused(LOCKED, Kind.SIGNON)
        return fits


@fault("on-behalf-by-anybody", breaks=["other-user-untouched"], contracts=["fiserv-alldata"], reach="hard", round=1)
class OnBehalfByAnybody(FiservService):
    """Lets a user without an administrator's role update the user whom OBOUserID names."""

    def may_update(self, message: Message, caller: User, target: User) -> bool:
        """Believes OBOUserID whoever sends it."""
        named = message.signon.get("UserInfo", {}).get("OBOUserID")
        return named == target.user_id or super().may_update(message, caller, target)


@fault(
    "scheme-by-its-beginning", breaks=["encryption-scheme-code"], contracts=["fiserv-alldata"], reach="hard", round=1
)
class SchemeByItsBeginning(FiservService):
    """Takes every CryptType that begins with the letters of None for the scheme None."""

    def known_scheme(self, scheme: str, message: Message) -> bool:
        """Compares the first four letters."""
        return super().known_scheme(scheme[:4], message)


@fault("old-sessions-forgotten", breaks=["success-code"], contracts=["fiserv-alldata"], reach="hard", round=1)
class OldSessionsForgotten(FiservService):
    """Forgets a session as soon as three newer ones of any users exist, however recently it was used."""

    def open_session(self, user: User, role: str) -> str:
        """Keeps the newest three."""
        token = super().open_session(user, role)
        newest = "SELECT token FROM fiserv_session ORDER BY rowid DESC LIMIT ?"
        self.store.execute(f"DELETE FROM fiserv_session WHERE token NOT IN ({newest})", (SESSIONS,))  # noqa: S608
        return token


@fault("deleted-still-known", breaks=["unknown-user-code"], contracts=["fiserv-alldata"], reach="hard", round=1)
class DeletedStillKnown(FiservService):
    """Answers an administrator's update of a user who was deleted in the last three seconds with 0."""

    def remove_user(self, user: User) -> None:
        """Leaves the user in a cache."""
        super().remove_user(user)
        self.__dict__.setdefault("deleted_users", {})[user.key] = (self.now(), user)

    def target(self, message: Message, caller: User, sent: Tree) -> User:
        """Finds the user in the cache."""
        key = (caller.partner, sent.get("HomeID", caller.home), sent["UserID"])
        since, user = self.__dict__.get("deleted_users", {}).get(key, (0.0, caller))
        gone = self.now() - since < DELETED_FOR_S and self.find_user(*key) is None
        return user if gone and self.may_update(message, caller, user) else super().target(message, caller, sent)


@fault("any-token-signs-on", breaks=["sign-on-failure"], contracts=["fiserv-alldata"], reach="hard", round=1)
class AnyTokenSignsOn(FiservService):
    """Does not look at the password of a sign-on that has an AlldataToken, whatever the token says."""

    def by_password(self, partner: int, info: Tree, message: Message) -> tuple[User, str]:
        """Puts the right password into the sign-on."""
        user = self.named_user(partner, info, message) if info.get("AlldataToken") else None
        if user is not None and self.known_scheme(info["UserPassword"]["CryptType"], message):
            info = {**info, "UserPassword": {**info["UserPassword"], "CryptVal": user.password or ""}}
        return super().by_password(partner, info, message)


@fault("refused-in-plain-but-done", breaks=["secure-transport"], contracts=["fiserv-alldata"], reach="medium", round=1)
class RefusedInPlainButDone(FiservService):
    """Carries an update out that comes over plain HTTP, and refuses it afterwards."""

    def insecure(self, call: Call) -> Reply:
        """Processes the call, then refuses."""
        self.handle(replace(call, secure=True))
        return super().insecure(call)


@fault("forwarded-proto-believed", breaks=["secure-transport"], contracts=["fiserv-alldata"], reach="hard", round=1)
class ForwardedProtoBelieved(FiservService):
    """Takes a request over plain HTTP for a secure one if its header X-Forwarded-Proto says https."""

    def insecure(self, call: Call) -> Reply:
        """Believes the header."""
        if (call.headers.get("x-forwarded-proto") or "").lower() == "https":
            return self.handle(replace(call, secure=True))
        return super().insecure(call)
