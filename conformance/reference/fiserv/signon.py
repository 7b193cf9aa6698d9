"""Who sends a request, and whether they are who they say."""

from __future__ import annotations

import secrets
from dataclasses import replace

from conformance.reference.core import Call
from conformance.reference.fiserv import tenants
from conformance.reference.fiserv.model import (
    ADMIN_ROLE,
    BAD_HOME,
    BAD_LOGIN,
    BAD_PARTNER,
    BAD_ROLE,
    BAD_SESSION,
    INVALID,
    LOCKED,
    NOT_LISTED,
    PLAIN_HOME,
    UNKNOWN_USER,
    USER_ID,
    Kind,
    Message,
    Refused,
    Tree,
    User,
)
from conformance.reference.fiserv.shape import form
from conformance.reference.fiserv.validation import Validation

LOCKED_AFTER = 3


class SignOn(Validation):
    """The part of the service that admits and signs on."""

    def admit(self, call: Call) -> None:
        """Lets a listed address in.

        Raises:
            Refused: the address is not on the allow-list.
        """
        if not self.settings.allows(call.client):
            raise Refused(NOT_LISTED, Kind.SIGNON)

    def sign_on(self, message: Message) -> None:
        """Finds the caller of a message and checks the credentials.

        Raises:
            Refused: the sign-on fails.
        """
        partner = self.partner_of(message)
        info = message.signon.get("UserInfo")
        if info is not None and "SessionInfo" in message.signon and self.freedom("two-signons") == "refused":
            raise Refused(INVALID, Kind.INVALID)
        if info is not None:
            message.caller, message.role = self.by_password(partner, info, message)
        else:
            message.caller, message.role = self.by_session(partner, message)
        if self.freedom("last-login") == "every":
            message.caller = self.note_login(message.caller)

    def note_login(self, user: User) -> User:
        """Notes when a user signed on."""
        person = {**user.owned.get("PersonInfo", {}), "LastLoginDt": self.timestamp()}
        return self.save(replace(user, owned={**user.owned, "PersonInfo": person}))

    def partner_of(self, message: Message) -> int:
        """The partner whose request this is."""
        partner = message.partner
        if partner is None:
            if self.reading("missing-partner") == "4010":
                raise Refused(BAD_PARTNER, self.kind_of("missing-partner"))
            return self.default_partner(message)
        if not self.partner_exists(partner):
            raise Refused(BAD_PARTNER, Kind.SIGNON)
        return partner

    def default_partner(self, message: Message) -> int:
        """The partner of a request that names none: known by the home, by the session, or by the address."""
        session = self.session(message.signon.get("SessionInfo", {}).get("SessionToken", ""))
        home = message.signon.get("UserInfo", {}).get("HomeID", self.operation_home(message))
        partner = None if home is None else self.partner_of_home(home)
        if partner is not None:
            return partner
        return tenants.PARTNER if session is None else session.partner

    def operation_home(self, message: Message) -> int | None:
        """The home that the operation's own part names."""
        part = message.tree.get(form(message.operation).request_part or "")
        if not isinstance(part, dict):
            return None
        places = (part.get("UserProfile"), part.get("UserInfo"), part)
        homes = (place.get("HomeID") for place in places if isinstance(place, dict))
        return next((home for home in homes if isinstance(home, int)), None)

    # by password

    def by_password(self, partner: int, info: Tree, message: Message) -> tuple[User, str]:
        """The user whom id and password name, and the role."""
        if not self.known_scheme(info["UserPassword"]["CryptType"], message):
            self.count_failure((partner, info.get("HomeID", 0), info["UserID"]))
            raise self.unknown_scheme()
        user = self.named_user(partner, info, message)
        if self.freedom("lock-out") == "after-three" and self.failures[user.key] >= LOCKED_AFTER:
            raise Refused(LOCKED, Kind.SIGNON)
        if not self.password_fits(user, info["UserPassword"]["CryptVal"]):
            self.count_failure(user.key)
            raise Refused(BAD_LOGIN, Kind.SIGNON)
        self.failures.pop(user.key, None)
        named = info.get("OBOUserID", user.user_id)
        if self.freedom("behalf-by-user") == "refused" and user.role != ADMIN_ROLE and named != user.user_id:
            raise Refused(BAD_ROLE, Kind.SIGNON)
        if not self.role_granted(user, info["Role"]):
            raise Refused(BAD_ROLE, Kind.SIGNON)
        same = info["Role"].casefold() == user.role.casefold()
        return user, user.role if same else info["Role"]

    def kind_of(self, reading: str) -> Kind:
        """What kind of failure it is that a reading calls a failed sign-on."""
        return Kind.SIGNON if self.decider(reading, "signon-failure") == "signon-failure" else Kind.IDENTITY

    def count_failure(self, key: tuple[int, int, str]) -> None:
        """Counts a failed guess at a user's password."""
        if self.freedom("lock-out") != "never":
            self.failures[key] += 1

    def known_scheme(self, scheme: str, message: Message) -> bool:  # noqa: ARG002 - for overrides
        """Whether passwords may be encrypted like this; only None is ever shown as valid."""
        return bool(scheme == self.contract.data["crypt_type"].example)

    def unknown_scheme(self) -> Refused:
        """How an unknown scheme is refused."""
        option = self.reading("unknown-crypt-type")
        if option == BAD_LOGIN:
            return Refused(BAD_LOGIN, self.kind_of("unknown-crypt-type"))
        return Refused(option, Kind.INVALID if option == INVALID else Kind.IDENTITY)

    def named_user(self, partner: int, info: Tree, message: Message) -> User:
        """The user whom partner, home and id name; without a home, the only one of the partner with this id."""
        home = info.get("HomeID")
        named = self.operation_home(message)
        if home is None and named is not None and self.home_known(partner, named):
            home = named
        if home is None:
            found = self.namesakes(partner, info["UserID"])
            if len(found) > 1:
                raise Refused(BAD_LOGIN, Kind.SIGNON)
            user = found[0] if found else None
        else:
            if not self.home_known(partner, home):
                raise self.unknown_signon_home(home)
            user = self.find_user(partner, home, info["UserID"])
        if user is None:
            raise self.unknown_signon_user(info["UserID"])
        return user

    def home_known(self, partner: int, home: int) -> bool:
        """Whether a home belongs to a partner."""
        return self.partner_of_home(home) == partner

    def unknown_signon_home(self, home: int) -> Refused:
        """How an unknown home in SignonRq is refused."""
        if self.freedom("odd-home-code") == INVALID and not 0 < home <= PLAIN_HOME:
            return Refused(INVALID, Kind.IDENTITY)
        if self.reading("signon-home-fault") == "1740-for-signon":
            return Refused(BAD_LOGIN, self.kind_of("signon-home-fault"))
        return Refused(BAD_HOME, Kind.IDENTITY)

    def unknown_signon_user(self, user_id: str) -> Refused:
        """How an unknown user in SignonRq is refused."""
        if self.freedom("malformed-user-id") == "as-invalid" and not USER_ID.fullmatch(user_id):
            return Refused(INVALID, Kind.IDENTITY)
        if self.reading("unknown-signon-user") == BAD_LOGIN:
            return Refused(BAD_LOGIN, self.kind_of("unknown-signon-user"))
        return Refused(UNKNOWN_USER, Kind.IDENTITY)

    def password_fits(self, user: User, password: str) -> bool:
        """Whether this is the user's password; letter case counts."""
        return user.password is not None and secrets.compare_digest(user.password.encode(), password.encode())

    def role_granted(self, user: User, role: str) -> bool:
        """Whether the user has the role that the request names."""
        return role.casefold() == user.role.casefold()

    # by session

    def by_session(self, partner: int, message: Message) -> tuple[User, str]:
        """The user who opened the session that the request names, and the role."""
        info = message.signon.get("SessionInfo")
        if info is None:
            raise Refused(BAD_LOGIN, Kind.SIGNON)
        session = self.session(info["SessionToken"])
        if session is None or session.partner != partner or info.get("HomeID", str(session.home)) != str(session.home):
            raise Refused(BAD_SESSION, Kind.SIGNON)
        user = self.find_user(session.partner, session.home, session.user_id)
        if user is None:
            raise Refused(BAD_SESSION, Kind.SIGNON)
        if info.get("Role", session.role) != session.role:
            raise Refused(BAD_ROLE, Kind.SIGNON)
        return user, session.role
