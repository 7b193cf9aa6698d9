"""What the Fiserv reference passes between its parts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import Any

SUCCESS = "0"
GENERAL = "100"
UNSUPPORTED = "600"
MISSING = "1020"
BAD_LOGIN = "1740"
BAD_USER_ID = "4000"
BAD_PARTNER = "4010"
BAD_HOME = "4012"
KNOWN_USER = "4030"
UNKNOWN_USER = "4040"
BAD_SCHEME = "4050"
INVALID = "4070"
BAD_SESSION = "4090"
NOT_OWNER = "4120"
BAD_ROLE = "4130"
TWO_DAY_PHONES = "4629"
TWO_EVENING_PHONES = "4630"
LOCKED = "4710"
NOT_LISTED = "7611"

# The vendor's published rules for the ids of new users.
USER_ID = re.compile(r"(?i)(?!.*(admin|cashedge|user))[a-z0-9_]{1,32}")
PLAIN_HOME = 2**31 - 1  # the largest home that every integer type holds

USER_ROLE = "User"
ADMIN_ROLE = "Admin"

Tree = dict[str, Any]
Path = tuple[str | int, ...]


class Format(StrEnum):
    """The two formats of a message."""

    JSON = "json"
    XML = "xml"


class Kind(Enum):
    """At which stage a request fails."""

    PARSE = "parse"
    INVALID = "invalid"
    SIGNON = "signon"
    IDENTITY = "identity"
    OPERATION = "operation"


class Refused(Exception):  # noqa: N818 - an answer, not an accident
    """The request is answered with an error."""

    def __init__(self, code: str, kind: Kind, *, bare: int | None = None) -> None:
        """`bare`: the HTTP status of an answer without a body."""
        super().__init__(code)
        self.code = code
        self.kind = kind
        self.bare = bare


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong with a message. `missing`: a member is not there; `path` then ends in its name."""

    code: str
    path: Path
    missing: bool = False

    @property
    def hides_signon(self) -> bool:
        """Whether the credentials cannot be judged before this is mended."""
        return not self.path or self.path[0] in ("SignonRq", "partnerID")


@dataclass(frozen=True, slots=True)
class User:
    """One registered user; `owned` are the members of the profile that only the server sets."""

    partner: int
    home: int
    user_id: str
    password: str | None
    role: str
    ce_user_id: int
    profile: Tree
    owned: Tree

    @property
    def key(self) -> tuple[int, int, str]:
        """What identifies the user."""
        return self.partner, self.home, self.user_id


@dataclass(frozen=True, slots=True)
class Session:
    """An open session; `used` is when it was last used."""

    token: str
    partner: int
    home: int
    user_id: str
    role: str
    used: float


@dataclass(slots=True)
class Message:
    """One request, in the form that JSON has, whatever its format.

    `caller` is set once the sign-on has succeeded.
    """

    operation: str
    format: Format
    tree: Any = None
    request_id: str | None = None
    findings: list[Finding] = field(default_factory=list)
    caller: User | None = None
    role: str = ""

    @property
    def partner(self) -> int | None:
        """The partnerID, where the request has a proper one."""
        value = self.tree.get("partnerID") if isinstance(self.tree, dict) else None
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    @property
    def signon(self) -> Tree:
        """SignonRq; only asked for where it is valid."""
        found: Tree = self.tree["SignonRq"]
        return found


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a successful operation has to show.

    `members` go into the operation's own aggregate; `profile` where the reading of the update puts it.
    """

    code: str = SUCCESS
    members: Mapping[str, Any] = field(default_factory=dict)
    profile: Tree | None = None
    session: str | None = None
