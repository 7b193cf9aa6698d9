"""Faults of the second round: who asks, whom a request names, transport and sessions."""

from __future__ import annotations

import contextlib
from dataclasses import replace

from conformance.reference.core import Call, Reply
from conformance.reference.faults import fault
from conformance.reference.fiserv.model import (
    ADMIN_ROLE,
    UNKNOWN_USER,
    Message,
    Refused,
    Session,
    Tree,
    User,
)
from conformance.reference.fiserv.service import FiservService

ROUND = 2
CONTRACTS = ["fiserv-alldata"]
TOKEN_COLUMN = 32
KEPT_SESSIONS = 10


@fault("token-column-of-32", breaks=["sign-on-failure"], contracts=CONTRACTS, reach="hard", round=ROUND)
class TokenColumnOf32(FiservService):
    """Compares only the first 32 characters of a session token, so that one with another end is taken."""

    def session(self, token: str) -> Session | None:
        """The session whose token begins in the same way."""
        found = self.store.execute(
            "SELECT token FROM fiserv_session WHERE substr(token, 1, ?) = ?", (TOKEN_COLUMN, token[:TOKEN_COLUMN])
        ).fetchone()
        return super().session(token if found is None else found["token"])


@fault(
    "token-knows-its-partner",
    breaks=["identity-triple", "sign-on-failure"],
    contracts=CONTRACTS,
    reach="hard",
    round=ROUND,
)
class TokenKnowsItsPartner(FiservService):
    """Takes a session token under the partnerID of another partner and updates the user of the token's own."""

    def by_session(self, partner: int, message: Message) -> tuple[User, str]:
        """The user of the token, whichever partner the request names."""
        session = self.session(message.signon.get("SessionInfo", {}).get("SessionToken", ""))
        return super().by_session(partner if session is None else session.partner, message)


@fault("password-of-a-neighbour", breaks=["sign-on-failure"], contracts=CONTRACTS, reach="medium", round=ROUND)
class PasswordOfANeighbour(FiservService):
    """Looks a password up in the home instead of at the user, so that a neighbour's password signs a user on."""

    def password_fits(self, user: User, password: str) -> bool:
        """Whether anybody in the user's home has this password."""
        found = self.store.execute(
            "SELECT 1 FROM fiserv_user WHERE partner = ? AND home = ? AND password = ?",
            (user.partner, user.home, password),
        )
        return found.fetchone() is not None


@fault("sign-on-kept-warm", breaks=["sign-on-failure"], contracts=CONTRACTS, reach="hard", round=ROUND)
class SignOnKeptWarm(FiservService):
    """Lets a user in with any password for half a second after a good sign-on of that user."""

    def password_fits(self, user: User, password: str) -> bool:
        """Whether the password fits, or one fitted a moment ago."""
        warm: dict[int, float] = vars(self).setdefault("warm", {})
        if super().password_fits(user, password):
            warm[user.ce_user_id] = self.now()
            return True
        return self.now() - warm.get(user.ce_user_id, 0.0) < 0.5


@fault(
    "partner-zero-is-none",
    breaks=["identity-triple", "sign-on-failure"],
    contracts=CONTRACTS,
    reach="hard",
    round=ROUND,
)
class PartnerZeroIsNone(FiservService):
    """Takes a partnerID of 0 for a request without one and finds the partner by the home."""

    def partner_of(self, message: Message) -> int:
        """The default partner where the number is 0."""
        return self.default_partner(message) if message.partner == 0 else super().partner_of(message)


@fault(
    "home-wraps-at-32-bits",
    breaks=["unknown-home-code", "identity-triple"],
    contracts=CONTRACTS,
    reach="hard",
    round=ROUND,
)
class HomeWrapsAt32Bits(FiservService):
    """Keeps only the lower 32 bits of UserProfile.HomeID, so that a far larger number names the home as well."""

    def target_home(self, caller: User, sent: Tree) -> int:
        """The home of the lower bits."""
        if "HomeID" in sent:
            sent = {**sent, "HomeID": sent["HomeID"] & 0xFFFFFFFF}
        return super().target_home(caller, sent)


@fault(
    "user-id-is-a-pattern",
    breaks=["unknown-user-code", "identity-triple"],
    contracts=CONTRACTS,
    reach="hard",
    round=ROUND,
)
class UserIdIsAPattern(FiservService):
    """Looks for UserProfile.UserID with LIKE, so that % and _ in it stand for other letters."""

    def target(self, message: Message, caller: User, sent: Tree) -> User:
        """The user whom the pattern fits, where nobody has the id itself."""
        pattern = sent["UserID"].replace("%", "*").replace("_", "?")
        if self.find_user(caller.partner, caller.home, sent["UserID"]) is None and "[" not in pattern:
            found = self.store.execute(
                "SELECT user_id FROM fiserv_user WHERE partner = ? AND home = ? AND user_id GLOB ?",
                (caller.partner, caller.home, pattern),
            ).fetchone()
            sent = sent if found is None else {**sent, "UserID": found["user_id"]}
        return super().target(message, caller, sent)


@fault(
    "behalf-beats-the-named",
    breaks=["success-is-stored", "identity-triple", "profile-structured", "permitted-updaters"],
    contracts=CONTRACTS,
    reach="hard",
    round=ROUND,
)
class BehalfBeatsTheNamed(FiservService):
    """Updates the user of an administrator's OBOUserID, even where UserProfile names another user."""

    def target(self, message: Message, caller: User, sent: Tree) -> User:
        """The user of OBOUserID, where there is one."""
        named = message.signon.get("UserInfo", {}).get("OBOUserID")
        if named and message.role == ADMIN_ROLE:
            sent = {**sent, "UserID": named}
        return super().target(message, caller, sent)


@fault(
    "session-role-is-believed",
    breaks=["sign-on-failure", "other-user-untouched"],
    contracts=CONTRACTS,
    reach="hard",
    round=ROUND,
)
class SessionRoleIsBelieved(FiservService):
    """Gives the holder of a session whatever role SessionInfo names, so that a user becomes an administrator."""

    def by_session(self, partner: int, message: Message) -> tuple[User, str]:
        """The user of the session, in the role that was asked for."""
        role = message.signon.get("SessionInfo", {}).pop("Role", None)
        user, own = super().by_session(partner, message)
        return user, own if role is None else role


@fault("plain-http-for-sessions", breaks=["secure-transport"], contracts=CONTRACTS, reach="hard", round=ROUND)
class PlainHttpForSessions(FiservService):
    """Carries out an update over plain HTTP that signs on with a session token, and refuses passwords alone."""

    def insecure(self, call: Call) -> Reply:
        """Answers a call over plain HTTP, which may go without a password."""
        if b"SessionToken" in call.body:
            return self.handle(replace(call, secure=True))
        return super().insecure(call)


@fault("forwarded-for-is-believed", breaks=["unlisted-source"], contracts=CONTRACTS, reach="hard", round=ROUND)
class ForwardedForIsBelieved(FiservService):
    """Lets an unlisted address in whose header X-Forwarded-For names a listed one."""

    def admit(self, call: Call) -> None:
        """Looks at the address that the header names first."""
        with contextlib.suppress(ValueError):
            named = (call.headers.get("x-forwarded-for") or "").partition(",")[0].strip()
            if self.settings.allows(named):
                return
        super().admit(call)


@fault("deleted-user-lingers", breaks=["unknown-user-code"], contracts=CONTRACTS, reach="hard", round=ROUND)
class DeletedUserLingers(FiservService):
    """Answers an administrator's update of a user with success for one second after the user was deleted."""

    def remove_user(self, user: User) -> None:
        """Removes a user, but not from the cache."""
        super().remove_user(user)
        vars(self).setdefault("lingering", {})[user.key] = (user, self.now())

    def target(self, message: Message, caller: User, sent: Tree) -> User:
        """The user, or the one of the cache."""
        try:
            return super().target(message, caller, sent)
        except Refused as refused:
            key = (caller.partner, sent.get("HomeID", caller.home), sent["UserID"])
            user, when = vars(self).get("lingering", {}).get(key, (None, 0.0))
            if refused.code == UNKNOWN_USER and isinstance(user, User) and self.now() - when < 1:
                return user
            raise


@fault(
    "no-home-is-the-first-home",
    breaks=["identity-triple", "success-code"],
    contracts=CONTRACTS,
    reach="hard",
    round=ROUND,
)
class NoHomeIsTheFirstHome(FiservService):
    """Takes the first home of the partner for a left-out UserProfile.HomeID, not the home of the signed-on user."""

    def target_home(self, caller: User, sent: Tree) -> int:
        """The lowest home of the partner, where none is named."""
        if "HomeID" in sent:
            return super().target_home(caller, sent)
        row = self.store.execute("SELECT min(home) FROM fiserv_home WHERE partner = ?", (caller.partner,)).fetchone()
        return int(row[0])


@fault("ten-newest-sessions", breaks=["success-code"], contracts=CONTRACTS, reach="hard", round=ROUND)
class TenNewestSessions(FiservService):
    """Keeps the ten newest sessions of all users together, so that an open token is refused after ten newer ones."""

    def open_session(self, user: User, role: str) -> str:
        """A new token, for which the oldest has to go."""
        token = super().open_session(user, role)
        newest = "SELECT rowid FROM fiserv_session ORDER BY rowid DESC LIMIT ?"
        self.store.execute(f"DELETE FROM fiserv_session WHERE rowid NOT IN ({newest})", (KEPT_SESSIONS,))  # noqa: S608
        return token
