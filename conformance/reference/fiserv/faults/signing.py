"""Faults in who may do what: ways to sign on, roles, sessions, whom OBOUserID names, the partner's other home."""

# ruff: noqa: D102 - the docstring of a fault says what its override does

from __future__ import annotations

from dataclasses import replace

from conformance.reference.core import Call, Reply
from conformance.reference.faults import fault
from conformance.reference.fiserv.model import (
    ADMIN_ROLE,
    BAD_HOME,
    Finding,
    Kind,
    Message,
    Outcome,
    Refused,
    Tree,
    User,
)
from conformance.reference.fiserv.service import FiservService


@fault("administrator-password-fits-all", breaks=["sign-on-failure"], reach="medium")
class AdministratorPasswordFitsAll(FiservService):
    """Lets every user of a partner sign on with the password of its administrator."""

    def password_fits(self, user: User, password: str) -> bool:
        row = self.store.execute(
            "SELECT 1 FROM fiserv_user WHERE partner = ? AND role = ? AND password = ?",
            (user.partner, ADMIN_ROLE, password),
        ).fetchone()
        return row is not None or super().password_fits(user, password)


@fault("behalf-needs-no-role", breaks=["other-user-untouched"], reach="hard")
class BehalfNeedsNoRole(FiservService):
    """Lets a user update whoever stands in OBOUserID, without being an administrator."""

    def may_update(self, message: Message, caller: User, target: User) -> bool:
        named = message.signon.get("UserInfo", {}).get("OBOUserID")
        return named == target.user_id or super().may_update(message, caller, target)


@fault("behalf-of-oneself-is-the-named", breaks=["other-user-untouched", "profile-structured"], reach="hard")
class BehalfOfOneselfIsTheNamed(FiservService):
    """Updates the user of a user's OBOUserID, though UserProfile names the one who signs on."""

    def update(self, message: Message, caller: User) -> Outcome:
        named = message.signon.get("UserInfo", {}).get("OBOUserID")
        found = None if named is None else self.find_user(caller.partner, caller.home, named)
        sent: Tree = message.tree["UserProfileModRq"]["UserProfile"]
        if found is None or found.role == ADMIN_ROLE or sent["UserID"] != caller.user_id:
            return super().update(message, caller)
        after = self.save(self.updated(found, sent, message))
        return Outcome(profile=self.shown_after(found, after, sent))


@fault("role-of-any-spelling-permits", breaks=["other-user-untouched", "sign-on-failure"], reach="hard")
class RoleOfAnySpellingPermits(FiservService):
    """Grants every role that is not spelled Admin, and permits what one permits that only looks like it."""

    def refuse_before_signon(self, findings: list[Finding]) -> None:
        super().refuse_before_signon([finding for finding in findings if finding.path[-1:] != ("Role",)])

    def refuse(self, findings: list[Finding]) -> None:
        super().refuse([finding for finding in findings if finding.path[-1:] != ("Role",)])

    def role_granted(self, user: User, role: str) -> bool:
        return role != ADMIN_ROLE or super().role_granted(user, role)

    def may_update(self, message: Message, caller: User, target: User) -> bool:
        info = message.signon.get("UserInfo", {})
        return info.get("Role", "").casefold() == ADMIN_ROLE.casefold() or super().may_update(message, caller, target)


@fault("update-that-opens-is-not-stored", breaks=["success-is-stored"], reach="medium")
class UpdateThatOpensIsNotStored(FiservService):
    """Opens the session that an update asks for, and leaves the profile as it was."""

    def updated(self, user: User, sent: Tree, message: Message) -> User:
        return user if "GenSessInfo" in message.signon else super().updated(user, sent, message)


@fault("session-of-update-is-anybodys", breaks=["other-user-untouched"], reach="hard")
class SessionOfUpdateIsAnybodys(FiservService):
    """Lets the session that an update opened update whoever is named."""

    def perform(self, message: Message, caller: User) -> Outcome:
        outcome = super().perform(message, caller)
        if message.operation == "update" and outcome.session is not None:
            self.__dict__.setdefault("opened", set()).add(outcome.session)
        return outcome

    def may_update(self, message: Message, caller: User, target: User) -> bool:
        token = message.signon.get("SessionInfo", {}).get("SessionToken")
        return token in self.__dict__.get("opened", ()) or super().may_update(message, caller, target)


@fault("other-home-must-be-named", breaks=["identity-triple", "success-code"], reach="hard")
class OtherHomeMustBeNamed(FiservService):
    """Takes a left-out home of the profile for the caller's in the partner's first home alone."""

    def target_home(self, caller: User, sent: Tree) -> int:
        row = self.store.execute("SELECT min(home) FROM fiserv_home WHERE partner = ?", (caller.partner,)).fetchone()
        if "HomeID" not in sent and caller.home != int(row[0]):
            raise Refused(BAD_HOME, Kind.OPERATION)
        return super().target_home(caller, sent)


@fault("token-beside-wrong-password", breaks=["sign-on-failure"], reach="hard")
class TokenBesideWrongPassword(FiservService):
    """Does not look at the password where SessionInfo stands beside it, nor at the session."""

    def by_password(self, partner: int, info: Tree, message: Message) -> tuple[User, str]:
        if "SessionInfo" not in message.signon:
            return super().by_password(partner, info, message)
        user = self.named_user(partner, info, message)
        return user, user.role


@fault("plain-http-for-administrators", breaks=["secure-transport"], reach="hard")
class PlainHttpForAdministrators(FiservService):
    """Carries out an update over plain HTTP that an administrator signs on for."""

    def insecure(self, call: Call) -> Reply:
        if b"Admin" in call.body:
            return self.handle(replace(call, secure=True))
        return super().insecure(call)


@fault("unlisted-with-a-session", breaks=["unlisted-source"], reach="hard")
class UnlistedWithASession(FiservService):
    """Does not look at the address of a call that signs on with a session."""

    def admit(self, call: Call) -> None:
        if b"SessionToken" not in call.body:
            super().admit(call)


@fault("failed-id-is-spent", breaks=["request-id-replay", "success-code"], reach="hard")
class FailedIdIsSpent(FiservService):
    """Answers an update under the RqUID of one that failed as that one, and does not store it."""

    def update(self, message: Message, caller: User) -> Outcome:
        failed: dict[str, Refused] = self.__dict__.setdefault("failed_ids", {})
        if message.request_id in failed:
            raise failed[str(message.request_id)]
        return super().update(message, caller)

    def failed(self, call: Call, message: Message, refused: Refused) -> Reply:
        if message.operation == "update" and message.request_id:
            self.__dict__.setdefault("failed_ids", {})[message.request_id] = refused
        return super().failed(call, message, refused)


@fault("session-of-the-first-home", breaks=["identity-triple"], reach="hard")
class SessionOfTheFirstHome(FiservService):
    """Finds the user of a session that names no home in the partner's first home that has such a user."""

    def by_session(self, partner: int, message: Message) -> tuple[User, str]:
        user, role = super().by_session(partner, message)
        named = "HomeID" in message.signon.get("SessionInfo", {})
        return (user if named else min(self.namesakes(partner, user.user_id), key=lambda each: each.home)), role


@fault("administrator-session-is-a-users", breaks=["permitted-updaters"], reach="medium")
class AdministratorSessionIsAUsers(FiservService):
    """Gives the session of an administrator no more rights than that of a user."""

    def may_update(self, message: Message, caller: User, target: User) -> bool:
        own = caller.key == target.key
        return own if "SessionInfo" in message.signon else super().may_update(message, caller, target)
