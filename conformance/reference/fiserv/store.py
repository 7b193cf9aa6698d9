"""Homes, users, sessions and used request ids, in SQLite."""

from __future__ import annotations

import json
import secrets
import time
from collections import Counter
from dataclasses import replace
from sqlite3 import Row

import specs
from conformance.reference.core import Service
from conformance.reference.fiserv import tenants
from conformance.reference.fiserv.model import Session, Tree, User
from conformance.reference.fiserv.shape import CONTRACT

TABLES = """
CREATE TABLE IF NOT EXISTS fiserv_home (home INTEGER PRIMARY KEY, partner INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS fiserv_user (
    ce_user_id INTEGER PRIMARY KEY AUTOINCREMENT,
    partner INTEGER NOT NULL, home INTEGER NOT NULL, user_id TEXT NOT NULL,
    password TEXT, role TEXT NOT NULL, profile TEXT NOT NULL, owned TEXT NOT NULL,
    UNIQUE (partner, home, user_id)
);
CREATE TABLE IF NOT EXISTS fiserv_session (
    token TEXT PRIMARY KEY, partner INTEGER NOT NULL, home INTEGER NOT NULL, user_id TEXT NOT NULL,
    role TEXT NOT NULL, used REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS fiserv_request (
    partner INTEGER NOT NULL, request_id TEXT NOT NULL, PRIMARY KEY (partner, request_id)
);
INSERT INTO sqlite_sequence SELECT 'fiserv_user', 3752560
    WHERE NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'fiserv_user');
"""
IDLE_S = 18 * 60
INT64 = 2**63


class Store(Service):
    """The part of the service that remembers."""

    vendor = "fiserv"

    def prepare(self) -> None:
        """Makes the tables and registers the tenants, unless a file already has them."""
        self.store.executescript(TABLES)
        self.turns: Counter[str] = Counter()
        self.failures: Counter[tuple[int, int, str]] = Counter()
        for home, partner in tenants.HOMES.items():
            self.store.execute("INSERT OR IGNORE INTO fiserv_home VALUES (?, ?)", (home, partner))
        for account in tenants.ACCOUNTS:
            for home in account.homes:
                if self.find_user(account.partner, home, account.user_id) is None:
                    self._seed(account, home)

    def every_second(self, what: str) -> bool:
        """Whether it is the turn of something that happens every second time."""
        self.turns[what] += 1
        return self.turns[what] % 2 == 0

    @property
    def contract(self) -> specs.Contract:
        """What the documents say."""
        return specs.contract(CONTRACT)

    def now(self) -> float:
        """Seconds since 1970."""
        return time.time()

    def timestamp(self) -> str:
        """Now, as dates are written in a profile."""
        return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self.now()))

    # partners and homes

    def partner_exists(self, partner: int) -> bool:
        """Whether a partner is known."""
        if not -INT64 <= partner < INT64:
            return False
        found = self.store.execute("SELECT 1 FROM fiserv_home WHERE partner = ?", (partner,))
        return found.fetchone() is not None

    def partner_of_home(self, home: int) -> int | None:
        """The partner whose home this is."""
        if not -INT64 <= home < INT64:
            return None
        row = self.store.execute("SELECT partner FROM fiserv_home WHERE home = ?", (home,)).fetchone()
        return None if row is None else int(row["partner"])

    # users

    def find_user(self, partner: int, home: int, user_id: str) -> User | None:
        """The user whom partner, home and id name together."""
        user_id, same = self.compared(user_id)
        row = self.store.execute(
            f"SELECT * FROM fiserv_user WHERE partner = ? AND home = ? AND {same}",  # noqa: S608
            (partner, home, user_id),
        ).fetchone()
        return None if row is None else _user(row)

    def compared(self, user_id: str) -> tuple[str, str]:
        """A UserID as it is looked up, and how it is compared."""
        any_case = self.reading("user-id-case") == "any-case"
        user_id = user_id.strip() if self.freedom("blanks-around-ids") == "trimmed" else user_id
        return user_id, "user_id = ? COLLATE NOCASE" if any_case else "user_id = ?"

    def namesakes(self, partner: int, user_id: str) -> list[User]:
        """The users with this id in all homes of a partner."""
        user_id, same = self.compared(user_id)
        rows = self.store.execute(f"SELECT * FROM fiserv_user WHERE partner = ? AND {same}", (partner, user_id))  # noqa: S608
        return [_user(row) for row in rows]

    def add_user(self, user: User) -> User:
        """Registers a user; gives it its CEUserID."""
        cursor = self.store.execute(
            "INSERT INTO fiserv_user (partner, home, user_id, password, role, profile, owned)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (*user.key, user.password, user.role, json.dumps(user.profile), json.dumps(user.owned)),
        )
        added = replace(user, ce_user_id=cursor.lastrowid or 0)
        return self.save(replace(added, owned={"CEUserID": added.ce_user_id, **user.owned}))

    def save(self, user: User) -> User:
        """Stores the profile of a user who is registered."""
        self.store.execute(
            "UPDATE fiserv_user SET profile = ?, owned = ? WHERE ce_user_id = ?",
            (json.dumps(user.profile), json.dumps(user.owned), user.ce_user_id),
        )
        return user

    def remove_user(self, user: User) -> None:
        """Removes a user and everything that belongs to it."""
        self.store.execute("DELETE FROM fiserv_user WHERE ce_user_id = ?", (user.ce_user_id,))
        self.store.execute(
            "DELETE FROM fiserv_session WHERE partner = ? AND home = ? AND user_id = ?",
            user.key,
        )

    # sessions

    def open_session(self, user: User, role: str) -> str:
        """A new session's token."""
        token = secrets.token_hex(20)
        self.store.execute(
            "INSERT INTO fiserv_session VALUES (?, ?, ?, ?, ?, ?)",
            (token, *user.key, role, self.now()),
        )
        return token

    def session(self, token: str) -> Session | None:
        """An open session that was not idle for too long; looking it up is using it."""
        row = self.store.execute("SELECT * FROM fiserv_session WHERE token = ?", (token,)).fetchone()
        if row is None or self.now() - row["used"] > IDLE_S:
            return None
        self.store.execute("UPDATE fiserv_session SET used = ? WHERE token = ?", (self.now(), token))
        return Session(**dict(row))

    # request ids

    def request_was_used(self, partner: int, request_id: str) -> bool:
        """Whether a successful update of this partner had this id."""
        found = self.store.execute(
            "SELECT 1 FROM fiserv_request WHERE partner = ? AND request_id = ?", (partner, request_id)
        )
        return found.fetchone() is not None

    def remember_request(self, partner: int, request_id: str) -> None:
        """Notes the id of a successful update."""
        self.store.execute("INSERT OR IGNORE INTO fiserv_request VALUES (?, ?)", (partner, request_id))

    def _seed(self, account: tenants.Account, home: int) -> None:
        profile: Tree = tenants.profile_of(account)
        owned: Tree = {"PersonInfo": {"RegisterDt": tenants.REGISTERED}}
        self.add_user(User(account.partner, home, account.user_id, account.password, account.role, 0, profile, owned))


def _user(row: Row) -> User:
    return User(
        partner=row["partner"],
        home=row["home"],
        user_id=row["user_id"],
        password=row["password"],
        role=row["role"],
        ce_user_id=row["ce_user_id"],
        profile=json.loads(row["profile"]),
        owned=json.loads(row["owned"]),
    )
