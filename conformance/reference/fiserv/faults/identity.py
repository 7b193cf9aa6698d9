"""Faults in who is who and who may do what."""

# ruff: noqa: D102 - the docstring of a fault says what its override does

from __future__ import annotations

from dataclasses import replace

from conformance.reference.core import Call, Reply
from conformance.reference.faults import fault
from conformance.reference.fiserv.model import (
    ADMIN_ROLE,
    UNKNOWN_USER,
    USER_ROLE,
    Format,
    Kind,
    Message,
    Refused,
    Tree,
    User,
)
from conformance.reference.fiserv.service import FiservService


@fault("unknown-user-created", breaks=["unknown-user-code", "identity-triple"], reach="medium")
class UnknownUserCreated(FiservService):
    """The update of a user who is not registered registers the user."""

    def target(self, message: Message, caller: User, sent: Tree) -> User:
        try:
            return super().target(message, caller, sent)
        except Refused as refused:
            if refused.code != UNKNOWN_USER or self.find_user(caller.partner, caller.home, sent["UserID"]):
                raise
            return self.add_user(User(caller.partner, caller.home, sent["UserID"], None, USER_ROLE, 0, {}, {}))


@fault("deleted-user-lives", breaks=["unknown-user-code"], reach="hard")
class DeletedUserLives(FiservService):
    """deleteUser only ends the sessions; the user can still be updated."""

    def remove_user(self, user: User) -> None:
        self.store.execute("DELETE FROM fiserv_session WHERE user_id = ?", (user.user_id,))


@fault("user-id-by-prefix", breaks=["unknown-user-code", "identity-triple"], reach="hard")
class UserIdByPrefix(FiservService):
    """A UserID that is the beginning of one user's id finds this user."""

    def find_user(self, partner: int, home: int, user_id: str) -> User | None:
        found = super().find_user(partner, home, user_id)
        if found is None and len(user_id) > 3:
            rows = self.store.execute(
                "SELECT user_id FROM fiserv_user WHERE partner = ? AND home = ? AND substr(user_id, 1, ?) = ?",
                (partner, home, len(user_id), user_id),
            ).fetchall()
            found = super().find_user(partner, home, rows[0]["user_id"]) if len(rows) == 1 else None
        return found


@fault("partner-unchecked", breaks=["identity-triple", "sign-on-failure"], reach="medium")
class PartnerUnchecked(FiservService):
    """The partner is the owner of the home, whatever partnerID says."""

    def partner_of(self, message: Message) -> int:
        return self.default_partner(message)


@fault("partner-only-exists", breaks=["identity-triple", "sign-on-failure"], reach="hard")
class PartnerOnlyExists(FiservService):
    """partnerID must be some partner's; whose home it is then decides."""

    def partner_of(self, message: Message) -> int:
        partner = super().partner_of(message)
        return self.default_partner(message) if message.partner is not None else partner


@fault("home-of-partner-suffices", breaks=["identity-triple", "unknown-user-code"], reach="hard")
class HomeOfPartnerSuffices(FiservService):
    """Any home of the partner is taken in UserProfile, and the user of that name in the caller's home is updated."""

    def target_home(self, caller: User, sent: Tree) -> int:
        super().target_home(caller, sent)
        return caller.home


@fault("home-zero-is-own", breaks=["unknown-home-code", "identity-triple"], reach="hard")
class HomeZeroIsOwn(FiservService):
    """A UserProfile.HomeID of 0 counts as none."""

    def target_home(self, caller: User, sent: Tree) -> int:
        return caller.home if sent.get("HomeID") == 0 else super().target_home(caller, sent)


@fault("home-in-32-bits", breaks=["unknown-home-code", "identity-triple"], reach="hard")
class HomeIn32Bits(FiservService):
    """UserProfile.HomeID goes through 32 bits, so a number that ends in the bits of a home is that home."""

    def target_home(self, caller: User, sent: Tree) -> int:
        if "HomeID" in sent:
            sent = {**sent, "HomeID": sent["HomeID"] & 0xFFFFFFFF}
        return super().target_home(caller, sent)


@fault("negative-home-code", breaks=["unknown-home-code"], reach="hard")
class NegativeHomeCode(FiservService):
    """A negative UserProfile.HomeID is answered with 4040 instead of 4012."""

    def unknown_target_home(self, home: int) -> Refused:
        return Refused(UNKNOWN_USER, Kind.OPERATION) if home < 0 else super().unknown_target_home(home)


@fault("foreign-home-open", breaks=["identity-triple", "unknown-home-code"], reach="hard")
class ForeignHomeOpen(FiservService):
    """A UserProfile.HomeID of another partner counts as a home; the user of that name there is updated."""

    def target(self, message: Message, caller: User, sent: Tree) -> User:
        partner = self.partner_of_home(sent.get("HomeID", caller.home))
        foreign = partner and self.find_user(partner, sent.get("HomeID", caller.home), sent["UserID"])
        if foreign and foreign.partner != caller.partner and foreign.user_id == caller.user_id:
            return foreign
        return super().target(message, caller, sent)


@fault("scheme-by-prefix", breaks=["encryption-scheme-code"], reach="hard")
class SchemeByPrefix(FiservService):
    """Any CryptType that begins with the known word is taken."""

    def known_scheme(self, scheme: str, message: Message) -> bool:
        return super().known_scheme(scheme[:4], message)


@fault("scheme-unchecked-in-xml", breaks=["encryption-scheme-code", "both-formats-agree"], reach="medium")
class SchemeUncheckedInXml(FiservService):
    """In XML any CryptType is taken."""

    def known_scheme(self, scheme: str, message: Message) -> bool:
        return message.format is Format.XML or super().known_scheme(scheme, message)


@fault("password-first-eight", breaks=["sign-on-failure"], reach="hard")
class PasswordFirstEight(FiservService):
    """Only the first eight characters of a password are compared."""

    def password_fits(self, user: User, password: str) -> bool:
        cut = replace(user, password=None if user.password is None else user.password[:8])
        return super().password_fits(cut, password[:8])


@fault("role-unchecked", breaks=["sign-on-failure", "other-user-untouched"], reach="medium")
class RoleUnchecked(FiservService):
    """The caller has whatever role the request names."""

    def role_granted(self, user: User, role: str) -> bool:
        return super().role_granted(user, role) or role == ADMIN_ROLE


@fault("any-user-may-update", breaks=["other-user-untouched", "permitted-updaters"], reach="medium")
class AnyUserMayUpdate(FiservService):
    """Every user may update every user of the same home."""

    def may_update(self, message: Message, caller: User, target: User) -> bool:
        return super().may_update(message, caller, target) or caller.home == target.home


@fault("user-on-behalf-of", breaks=["other-user-untouched", "permitted-updaters"], reach="hard")
class UserOnBehalfOf(FiservService):
    """A user whose SignonRq names another user in OBOUserID may update that user."""

    def may_update(self, message: Message, caller: User, target: User) -> bool:
        named = message.signon.get("UserInfo", {}).get("OBOUserID")
        return super().may_update(message, caller, target) or named == target.user_id


@fault("administrator-updated-instead", breaks=["permitted-updaters", "success-is-stored"], reach="medium")
class AdministratorUpdatedInstead(FiservService):
    """An administrator's update of a user changes the administrator."""

    def target(self, message: Message, caller: User, sent: Tree) -> User:
        found = super().target(message, caller, sent)
        return caller if message.role == ADMIN_ROLE else found


@fault("plain-http-served", breaks=["secure-transport"])
class PlainHttpServed(FiservService):
    """Plain HTTP is served like TLS."""

    def insecure(self, call: Call) -> Reply:
        return self.handle(replace(call, secure=True))


@fault("plain-http-applied", breaks=["secure-transport", "error-changes-nothing"], reach="hard")
class PlainHttpApplied(FiservService):
    """A request over plain HTTP is carried out before it is refused."""

    def insecure(self, call: Call) -> Reply:
        self.handle(replace(call, secure=True))
        return super().insecure(call)


@fault("allow-list-ignored", breaks=["unlisted-source"], reach="medium")
class AllowListIgnored(FiservService):
    """Every address is let in."""

    def admit(self, call: Call) -> None:
        del call


@fault("unlisted-applied", breaks=["unlisted-source"], reach="hard")
class UnlistedApplied(FiservService):
    """A request from an address that is not on the list is carried out before it is refused."""

    def admit(self, call: Call) -> None:
        if not self.settings.allows(call.client):
            self.handle(replace(call, client="127.0.0.1"))
        super().admit(call)
