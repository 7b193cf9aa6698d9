"""What is known of the target's users: from the target file, and from what was created, read and changed."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from conformance.fiserv.stored import Flat, unknown
from conformance.target.model import Target
from strategies.fiserv.schema import resolved

OURS = re.compile(r"pc[0-9a-z]{11,30}")  # UserIDs that the driver makes; any other may belong to somebody
LOCK_AFTER = 3
DEFAULT_CRYPT = "None"


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
        self.request_ids: dict[str, bool] = {}  # and whether an update of this id succeeded
        self.pending: list[Pending] = []
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
        return bool(OURS.fullmatch(user)) or not self.could_be_user(user)

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
