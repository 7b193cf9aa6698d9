"""Faults in who is let in: near ids, passwords in other places, sessions, addresses; and credentials that are shown."""

# ruff: noqa: D102 - the docstring of a fault says what its override does

from __future__ import annotations

import base64
import re
from dataclasses import replace

from conformance.reference.core import Call, Reply
from conformance.reference.faults import fault
from conformance.reference.fiserv.model import INVALID, Message, Refused, Tree, User
from conformance.reference.fiserv.service import FiservService

TEN = 10
IPV4 = re.compile(r"[0-9.]+")
PASSWORD = re.compile(rb'"CryptVal": *"([^"]*)')


@fault("sign-on-id-as-pattern", breaks=["unknown-user-code", "sign-on-failure"], reach="hard")
class SignOnIdAsPattern(FiservService):
    """Looks whoever signs on up with LIKE, so that a percent sign or an underscore stands for other characters."""

    def named_user(self, partner: int, info: Tree, message: Message) -> User:
        row = self.store.execute(
            "SELECT user_id FROM fiserv_user WHERE partner = ? AND home = ? AND user_id LIKE ?",
            (partner, info.get("HomeID"), info["UserID"]),
        ).fetchone()
        return super().named_user(partner, {**info, "UserID": row["user_id"]} if row else info, message)


@fault("sign-on-id-cut", breaks=["unknown-user-code", "sign-on-failure"], reach="hard")
class SignOnIdCut(FiservService):
    """Looks for whoever signs on by an id that the sent one begins with."""

    def named_user(self, partner: int, info: Tree, message: Message) -> User:
        for size in range(len(info["UserID"]), TEN, -1):
            if self.find_user(partner, info.get("HomeID", 0), info["UserID"][:size]) is not None:
                return super().named_user(partner, {**info, "UserID": info["UserID"][:size]}, message)
        return super().named_user(partner, info, message)


@fault("home-of-sign-on-ignored", breaks=["sign-on-failure", "identity-triple"], reach="medium")
class HomeOfSignOnIgnored(FiservService):
    """Signs a user on whatever home of the partner SignonRq names."""

    def named_user(self, partner: int, info: Tree, message: Message) -> User:
        found = self.namesakes(partner, info["UserID"])
        known = self.home_known(partner, info.get("HomeID", 0))
        return found[0] if known and found else super().named_user(partner, info, message)


@fault("admission-cached", breaks=["sign-on-failure"], reach="hard")
class AdmissionCached(FiservService):
    """Does not look at the password of a user whose last update succeeded."""

    def by_password(self, partner: int, info: Tree, message: Message) -> tuple[User, str]:
        cached: set[str] = self.__dict__.setdefault("admitted", set())
        user = self.named_user(partner, info, message) if info["UserID"] in cached else None
        cached.discard(info["UserID"])
        if user is not None:
            info = {**info, "UserPassword": {**info["UserPassword"], "CryptVal": user.password or ""}}
        found = super().by_password(partner, info, message)
        if message.operation == "update":
            cached.add(info["UserID"])
        return found


@fault("password-in-authorization", breaks=["sign-on-failure"], reach="hard")
class PasswordInAuthorization(FiservService):
    """Takes the password of the header Authorization instead of that of the body."""

    def process(self, call: Call, message: Message) -> Reply:
        scheme, _, token = (call.headers.get("authorization") or "").partition(" ")
        basic = scheme.lower() == "basic"
        self.__dict__["authorization"] = base64.b64decode(token).decode().partition(":")[2] if basic else None
        return super().process(call, message)

    def password_fits(self, user: User, password: str) -> bool:
        return super().password_fits(user, self.__dict__.get("authorization") or password)


@fault("password-in-query", breaks=["sign-on-failure"], reach="hard")
class PasswordInQuery(FiservService):
    """Takes the password of the query instead of that of the body."""

    def process(self, call: Call, message: Message) -> Reply:
        self.__dict__["query"] = call.query
        return super().process(call, message)

    def password_fits(self, user: User, password: str) -> bool:
        query = self.__dict__.get("query", "")
        return super().password_fits(user, password) or bool(user.password and user.password in query)


@fault("one-of-listed-passwords", breaks=["sign-on-failure", "invalid-field-code"], reach="medium")
class OneOfListedPasswords(FiservService):
    """Takes a list as a password in JSON, if the right one is among its entries."""

    def read_json(self, body: bytes, message: Message) -> None:
        super().read_json(body, message)
        signon = message.tree.get("SignonRq") if isinstance(message.tree, dict) else None
        info = signon.get("UserInfo") if isinstance(signon, dict) else None
        held = info.get("UserPassword") if isinstance(info, dict) else None
        if isinstance(held, dict) and isinstance(held.get("CryptVal"), list) and held["CryptVal"]:
            held["CryptVal"] = str(held["CryptVal"][-1])


@fault("password-outlives-its-user", breaks=["sign-on-failure"], reach="hard")
class PasswordOutlivesItsUser(FiservService):
    """Takes the password of a deleted user for that of whoever gets the UserID next, too."""

    def remove_user(self, user: User) -> None:
        super().remove_user(user)
        self.__dict__.setdefault("old_passwords", {})[user.key] = user.password

    def password_fits(self, user: User, password: str) -> bool:
        return super().password_fits(user, password) or self.__dict__.get("old_passwords", {}).get(user.key) == password


@fault("session-by-its-beginning", breaks=["sign-on-failure"], reach="medium")
class SessionByItsBeginning(FiservService):
    """Takes a session token that is longer than the one that was given out."""

    def by_session(self, partner: int, message: Message) -> tuple[User, str]:
        info = message.signon.get("SessionInfo")
        if info is not None:
            info["SessionToken"] = info["SessionToken"][:40]
        return super().by_session(partner, message)


@fault("forwarded-for-believed", breaks=["unlisted-source"], reach="hard")
class ForwardedForBelieved(FiservService):
    """Compares the address of X-Forwarded-For with the allow-list, where a client sends one."""

    def admit(self, call: Call) -> None:
        claimed = call.headers.get("x-forwarded-for") or ""
        super().admit(replace(call, client=claimed) if IPV4.fullmatch(claimed) else call)


@fault("unreadable-body-quoted", breaks=["credentials-not-shown"], reach="medium")
class UnreadableBodyQuoted(FiservService):
    """Says in a header of the answer what stands in a JSON body that cannot be read."""

    def failed(self, call: Call, message: Message, refused: Refused) -> Reply:
        reply = super().failed(call, message, refused)
        found = PASSWORD.search(call.body) if message.tree is None else None
        if found is None:
            return reply
        near = found[1].decode("utf-8", "replace").encode("ascii", "replace").decode()
        return replace(reply, headers=(*reply.headers, ("x-error", f"unexpected token near {near}")))


@fault("wrong-password-repeated", breaks=["credentials-not-shown"], reach="easy")
class WrongPasswordRepeated(FiservService):
    """Answers a failed sign-on with a header that names user and password."""

    def failed(self, call: Call, message: Message, refused: Refused) -> Reply:
        reply = super().failed(call, message, refused)
        info = message.tree.get("SignonRq", {}).get("UserInfo") if isinstance(message.tree, dict) else None
        if refused.code == INVALID or not isinstance(info, dict):
            return reply
        told = f"{info.get('UserID')} {info.get('UserPassword')}".encode("ascii", "replace").decode()
        return replace(reply, headers=(*reply.headers, ("x-sign-on", told)))
