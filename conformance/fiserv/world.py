"""What is known of the target's users: from the target file, and from what was created, read and changed."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from conformance.fiserv.stored import Flat, unknown
from conformance.target.model import Target
from strategies.fiserv.schema import resolved
from strategies.near_ids import near

BLANKS, CASE = "blanks", "case"
OURS = re.compile(r"pc[0-9a-z]{11,30}")  # UserIDs that the driver makes; any other may belong to somebody
LOCK_AFTER = 3
DEFAULT_CRYPT = "None"
SHORTEST_TOKEN = 8  # characters; of a shorter one a neighbour may be a token, too


@dataclass
class Account:
    """One user.

    Attributes:
        user: UserID.
        password: what the user signs on with; None where it is not known.
        role: User or Admin.
        registered: False once it was deleted.
        failures: failed sign-ons in a row, as far as seen.
        stored: what may be stored, one entry for each reading that is still possible.
        owned: server-owned members as they were last read.
        sent: members that updates sent since the last read.
        successes: updates since the last read.
        shown: the profile in the last successful answer, and what that update sent; None after a read.
        foreign: server-owned members that a client sent since the last read, with the values sent.
        peripheral: other members that a client sent since the last read.
        ours: whether this run created it.
    """

    user: str
    password: str | None
    role: str
    registered: bool = True
    failures: int = 0
    stored: list[Flat] = field(default_factory=lambda: [unknown()])
    owned: dict[str, Any] = field(default_factory=dict)
    sent: set[str] = field(default_factory=set)
    successes: int = 0
    shown: tuple[Flat, Any] | None = None
    foreign: dict[str, Any] = field(default_factory=dict)
    peripheral: dict[str, Any] = field(default_factory=dict)
    ours: bool = False

    def forget(self) -> None:
        """Nothing is known any more of what is stored."""
        self.stored = [unknown()]
        self.sent.clear()
        self.peripheral.clear()
        self.foreign.clear()
        self.owned.clear()
        self.shown = None
        self.successes += 1


@dataclass(frozen=True, slots=True)
class Session:
    """A session that the target opened: whose, in which role, and whether that user opened none since."""

    user: str
    role: str


@dataclass(frozen=True, slots=True)
class Pending:
    """A requirement that the next read of a user decides: nothing may have changed."""

    requirement: str
    users: frozenset[str] | None
    why: str

    def without(self, user: str) -> Pending:
        """The same once a user was read."""
        return Pending(self.requirement, self.users - {user} if self.users is not None else None, self.why)


class World:
    """Users, request ids and open questions."""

    def __init__(self, target: Target) -> None:
        self.partner = _integer(target.credential("partner"))
        self.home = _integer(target.credential("home"))
        self.unknown_partner = int(target.data.get("unknown_partner", 1))
        self.unknown_home = int(target.data.get("unknown_home", 1))
        other = target.data.get("other_partner_home")
        self.other_home = None if other is None else int(other)
        beside = target.data.get("other_home")
        self.home_beside = None if beside is None else int(beside)
        self.crypt_type = str(target.data.get("crypt_type", DEFAULT_CRYPT))
        new_user = resolved("create-request")["properties"]["UserAddRq"]["properties"]["UserInfo"]["properties"]
        self._user_rules = new_user["UserID"]
        self.accounts: dict[str, Account] = {}
        self.elsewhere: set[str] = set()  # ids of users whom this run created in another home
        self.sessions: dict[str, Session] = {}  # by token, in the order in which they were opened
        self.sessions_taken = False  # an update that signed on with a session succeeded
        self._near: set[str] = set()  # ids that are nearly one of ours
        self.request_ids: dict[str, bool] = {}  # and whether an update of this id succeeded
        self.pending: list[Pending] = []
        self.plain_shown: set[str] = set()  # plain members that a read has shown with a value
        self.shown: set[str] = set()  # those of the described members whose shape a read of this target has shown
        self.xml_taken = False  # an update in XML succeeded, so the form in which we write it is one that is taken
        for name, role in (("user", "User"), ("second_user", "User"), ("admin", "Admin")):
            user = target.credential(name)
            if user is not None:
                self.accounts[user] = Account(user, target.credential(f"{name}_password"), role)

    def account(self, user: Any) -> Account | None:
        """A user who is surely registered."""
        found = self.accounts.get(user) if isinstance(user, str) else None
        return found if found and found.registered else None

    def surely_unregistered(self, user: Any) -> bool:
        """Whether a UserID is one that was deleted, or one that this run could have made and did not."""
        if not isinstance(user, str):
            return False
        found = self.accounts.get(user)
        if found is not None:
            return not found.registered
        return bool(OURS.fullmatch(user)) or user in self._near or not self.could_be_user(user)

    def create(self, user: str, password: str | None) -> None:
        """Notes that this run created a user; nobody else has an id that is nearly this one."""
        self.accounts[user] = Account(user, password, "User", ours=True)
        # Whether those of a deleted user of the same id are still good, no document says.
        self.sessions = {token: session for token, session in self.sessions.items() if session.user != user}
        self._near.update(each.id for each in near(user))

    def resembled(self, user: Any) -> tuple[Account | None, str]:
        """A registered user whose id differs in blanks around it or in letter case alone, and in which of the two."""
        if isinstance(user, str) and self.account(user) is None:
            alike = self.account(user.strip())
            if alike is not None:
                return alike, BLANKS
            folded = user.casefold()
            for account in self.accounts.values():
                if account.registered and account.user.casefold() == folded:
                    return account, CASE
        return None, ""

    def superseded(self, token: str) -> bool:
        """Whether the user of a session opened a newer one."""
        last = [each for each, session in self.sessions.items() if session.user == self.sessions[token].user][-1]
        return last != token

    def surely_no_session(self, token: str) -> bool:
        """Whether a token is an invented one, or one that is nearly a token that was given out."""
        return bool(OURS.fullmatch(token)) or any(_nearly(token, known) for known in self.sessions)

    def could_be_user(self, user: str) -> bool:
        """Whether the published rules for new UserIDs allow one."""
        return len(user) <= self._user_rules["maxLength"] and bool(re.search(self._user_rules["pattern"], user))

    def surely_no_home(self, home: Any) -> bool:
        """Whether a HomeID is the one that the target file calls unknown, or out of the range of those given out."""
        return isinstance(home, int) and (home == self.unknown_home or home >= 10**14 or home <= 0)

    def ask_later(self, requirement: str, users: frozenset[str] | None, why: str) -> None:
        """Lets the next read of one of these users decide a requirement."""
        entry = Pending(requirement, users, why)
        if entry not in self.pending:
            self.pending.append(entry)

    def take_pending(self, user: str) -> list[Pending]:
        """What this user's read decides; it is open no longer."""
        mine = [entry for entry in self.pending if entry.users is None or user in entry.users]
        self.pending = [
            entry.without(user) if user in entry.users else entry
            for entry in self.pending
            if entry.users is not None and entry.users != {user}
        ]
        return mine


def _integer(text: str | None) -> int | None:
    try:
        return int(text) if text is not None else None
    except ValueError:
        return None


def _nearly(token: str, known: str) -> bool:
    """Whether a token is a part of a known one, a longer one, or differs in one character that is not the last."""
    if token == known or token.strip() == known or min(len(token), len(known)) < SHORTEST_TOKEN:
        return False
    if len(token) != len(known):
        return known.startswith(token) or token.startswith(known)
    return token[-1] == known[-1] and sum(a != b for a, b in zip(token, known, strict=True)) == 1
