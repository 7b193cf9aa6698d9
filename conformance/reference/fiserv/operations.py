"""The five operations, behind validation and sign-on."""

from __future__ import annotations

import re
from dataclasses import replace

from conformance.reference.fiserv.model import (
    ADMIN_ROLE,
    BAD_HOME,
    BAD_ROLE,
    BAD_SCHEME,
    BAD_USER_ID,
    INVALID,
    KNOWN_USER,
    NOT_OWNER,
    PLAIN_HOME,
    UNKNOWN_USER,
    USER_ID,
    USER_ROLE,
    Kind,
    Message,
    Outcome,
    Refused,
    Tree,
    User,
)
from conformance.reference.fiserv.profiles import Profiles, without_nothing

CONFLICT = 409
# The vendor's published rules for passwords.
PASSWORD = re.compile(r"[\x21-\x7e]{8,64}")


class Operations(Profiles):
    """The part of the service that does what is asked."""

    def perform(self, message: Message, caller: User) -> Outcome:
        """Does what a valid message of a signed-on caller asks for.

        Raises:
            Refused: it cannot be done.
        """
        work = {
            "update": self.update,
            "read": self.read_profile,
            "create": self.create,
            "delete": self.delete,
            "signon": self.signed_on,
        }[message.operation]
        outcome = work(message, caller)
        if self.opens_session(message):
            outcome = replace(outcome, session=self.open_session(caller, message.role))
        return outcome

    def opens_session(self, message: Message) -> bool:
        """Whether a session is opened for whoever sent a message."""
        never = message.operation == "update" and self.freedom("session-of-update") != "opened"
        asked = message.signon.get("GenSessInfo", "").lower() == "true"
        return asked and message.operation != "delete" and not never

    # update

    def update(self, message: Message, caller: User) -> Outcome:
        """Changes a profile."""
        sent: Tree = message.tree["UserProfileModRq"]["UserProfile"]
        if self.freedom("replay-memory") == "signed-on":
            self.refuse_replay(message, caller)
            target = self.target(message, caller, sent)
        else:
            target = self.target(message, caller, sent)
            self.refuse_replay(message, caller)
        after = self.save(self.updated(target, sent, message))
        return Outcome(profile=self.shown_after(target, after, sent))

    def target(self, message: Message, caller: User, sent: Tree) -> User:
        """The user who is to be updated, registered and the caller's to change."""
        home = self.target_home(caller, sent)
        target = self.find_user(caller.partner, home, sent["UserID"])
        if target is None:
            raise self.unknown_target(sent["UserID"])
        if not self.may_update(message, caller, target):
            raise self.not_permitted(caller, target)
        return target

    def target_home(self, caller: User, sent: Tree) -> int:
        """The home of the user who is to be updated."""
        if "HomeID" not in sent:
            if self.reading("missing-home") == "4012":
                raise Refused(BAD_HOME, Kind.OPERATION)
            return caller.home
        home: int = sent["HomeID"]
        if not self.home_known(caller.partner, home):
            raise self.unknown_target_home(home)
        return home

    def unknown_target_home(self, home: int) -> Refused:
        """How a UserProfile.HomeID is refused that is no home of the partner."""
        if self.freedom("odd-home-code") == INVALID and not 0 < home <= PLAIN_HOME:
            return Refused(INVALID, Kind.OPERATION)
        foreign = self.partner_of_home(home) is not None
        if foreign and self.decider("foreign-home", "cross-user") == "cross-user":
            return Refused(self.reading("cross-user"), Kind.OPERATION)
        return Refused(self.reading("foreign-home") if foreign else BAD_HOME, Kind.OPERATION)

    def unknown_target(self, user_id: str) -> Refused:
        """How an update of a user is refused who is not registered."""
        malformed = not USER_ID.fullmatch(user_id)
        if malformed and self.freedom("malformed-user-id") == "as-invalid":
            return Refused(INVALID, Kind.OPERATION)
        malformed = malformed and self.reading("code-table") == "open"
        return Refused(BAD_USER_ID if malformed else UNKNOWN_USER, Kind.OPERATION)

    def may_update(self, message: Message, caller: User, target: User) -> bool:
        """Whether the caller may change the target's profile."""
        if caller.key == target.key:
            return True
        if message.role != ADMIN_ROLE:
            return False
        option = self.reading("who-may-update")
        named = message.signon.get("UserInfo", {}).get("OBOUserID")
        return option == "admin-may" or (option == "on-behalf-of" and named == target.user_id)

    def not_permitted(self, caller: User, target: User) -> Refused:  # noqa: ARG002 - for overrides
        """How the update of another user is refused."""
        code = {"wrong-role": BAD_ROLE, "not-owner": NOT_OWNER}.get(self.freedom("administrator-refusal"))
        if code is not None and caller.role == ADMIN_ROLE:
            return Refused(code, Kind.OPERATION)
        return Refused(self.reading("cross-user"), Kind.OPERATION)

    def refuse_replay(self, message: Message, caller: User) -> None:
        """Refuses an RqUID that counts as used, where the reading asks for it; remembers it otherwise."""
        if self.reading("request-id-replay") == "accepted":
            return
        request_id: str = message.tree["RqUID"]
        if self.request_was_used(caller.partner, request_id):
            code = self.freedom("replay-code")
            bare = CONFLICT if code == "http-409" else None
            raise Refused(INVALID if bare else code, Kind.OPERATION, bare=bare)
        self.remember_request(caller.partner, request_id)

    # read

    def read_profile(self, message: Message, caller: User) -> Outcome:  # noqa: ARG002 - as the others
        """Shows the caller's own profile."""
        return Outcome(members={"UserProfile": self.shown(caller)})

    # create and delete

    def create(self, message: Message, caller: User) -> Outcome:
        """Registers a user in a home of the administrator's partner."""
        if message.role != ADMIN_ROLE:
            raise Refused(BAD_ROLE, Kind.OPERATION)
        part: Tree = message.tree["UserAddRq"]
        info, sent = part["UserInfo"], part.get("UserProfile", {})
        home = info.get("HomeID", sent.get("HomeID", caller.home))
        if not self.home_known(caller.partner, home):
            raise Refused(BAD_HOME, Kind.OPERATION)
        if sent.get("HomeID", home) != home or not self.same_id(sent.get("UserID", info["UserID"]), info["UserID"]):
            raise Refused(INVALID, Kind.OPERATION)
        if not USER_ID.fullmatch(info["UserID"]):
            raise Refused(BAD_USER_ID if self.reading("code-table") == "open" else INVALID, Kind.OPERATION)
        password = self.new_password(message, info)
        if self.find_user(caller.partner, home, info["UserID"]) is not None:
            raise Refused(KNOWN_USER, Kind.OPERATION)
        owned: Tree = {"PersonInfo": {"RegisterDt": self.timestamp()}}
        blank = User(caller.partner, home, info["UserID"], password, USER_ROLE, 0, {}, owned)
        added = self.add_user(blank)
        after = self.save(self.created(added, self.cleaned(sent, message.format)))
        return Outcome(members={"CEUserID": after.ce_user_id})

    def same_id(self, one: str, other: str) -> bool:
        """Whether two UserIDs are the same."""
        if self.freedom("blanks-around-ids") == "trimmed":
            one, other = one.strip(), other.strip()
        return one == other or (self.reading("user-id-case") == "any-case" and one.casefold() == other.casefold())

    def created(self, user: User, sent: Tree) -> User:
        """A new user with the profile that was sent."""
        return replace(user, profile=without_nothing(self.storable(sent)))

    def new_password(self, message: Message, info: Tree) -> str | None:
        """The password of a new user, where the request has one."""
        if "UserPassword" not in info:
            return None
        if not self.known_scheme(info["UserPassword"]["CryptType"], message):
            raise Refused(BAD_SCHEME, Kind.OPERATION)
        password: str = info["UserPassword"]["CryptVal"]
        if not PASSWORD.fullmatch(password):
            raise Refused(INVALID, Kind.OPERATION)
        return password

    def delete(self, message: Message, caller: User) -> Outcome:
        """Removes a user of a home of the administrator's partner."""
        if message.role != ADMIN_ROLE:
            raise Refused(BAD_ROLE, Kind.OPERATION)
        part: Tree = message.tree["UserDelRq"]
        home = part.get("HomeID", caller.home)
        if not self.home_known(caller.partner, home):
            raise Refused(BAD_HOME, Kind.OPERATION)
        user = self.find_user(caller.partner, home, part["UserID"])
        if user is None:
            raise Refused(UNKNOWN_USER, Kind.OPERATION)
        if user.role == ADMIN_ROLE:
            raise Refused(BAD_ROLE, Kind.OPERATION)
        self.remove_user(user)
        return Outcome()

    # sign-on

    def signed_on(self, message: Message, caller: User) -> Outcome:  # noqa: ARG002 - as the others
        """Notes when the caller signed on."""
        self.note_login(caller)
        return Outcome()
