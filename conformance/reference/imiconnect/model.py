"""What the IMIconnect reference passes between its parts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import Any

SUCCESS = "1000"
PARTIAL = "1002"
BAD_JSON = "7000"
BAD_KEY = "7001"
NO_KEY = "7002"
MISSING = "7003"
INTERNAL = "7006"
NOT_LISTED = "7010"
BAD_VALUE = "7011"
TOO_MANY = "7012"
UNKNOWN_CUSTOMER = "7014"
KNOWN_CUSTOMER = "7015"
BAD_APP = "7018"
NO_RESULT = "7600"

Attributes = dict[str, str]


class Verb(StrEnum):
    """What a submission does with its records."""

    UPDATE = "update"
    CREATE = "create"


class Effect(Enum):
    """What a sent value does to a stored attribute instead of replacing it."""

    CLEAR = "clear"
    KEEP = "keep"


Changes = Mapping[str, str | Effect]


@dataclass(frozen=True, slots=True)
class JsonNumber:
    """A JSON number as it was written; Python's numbers would lose digits."""

    text: str


@dataclass(frozen=True, slots=True)
class Record:
    """One record as it was sent.

    `fault` is the code of a record that lacks a mandatory member, or is one too many; with `alone` it never takes the
    rest of its request with it.
    """

    customer_id: str
    attributes: Any
    fault: str | None = None
    alone: bool = False


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose profiles are meant: those of a tenant's customers, or those under one of its app ids."""

    tenant: str
    app_id: str = ""

    @property
    def is_app(self) -> bool:
        """Whether app profiles are meant."""
        return bool(self.app_id)


@dataclass(frozen=True, slots=True)
class Submission:
    """One accepted request with its records."""

    transid: str
    scope: Scope
    verb: Verb
    records: tuple[Record, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one record."""

    customer_id: str
    code: str

    @property
    def succeeded(self) -> bool:
        """Whether the record was applied."""
        return self.code == SUCCESS


@dataclass(slots=True)
class Desk:
    """The profiles that a submission touches: loaded at once, changed here, saved at once.

    `masters` are customer profiles, `apps` the profiles under the submission's app id; `changed` are keys
    (app id or empty, customer id) to save. `sent` is what earlier records of the submission have set, by customer and
    channel; `seen` are their customers.
    """

    masters: dict[str, Attributes]
    apps: dict[str, Attributes]
    changed: dict[tuple[str, str], Attributes] = field(default_factory=dict)
    sent: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)


class RefusalError(Exception):
    """The request as a whole is turned down with a code."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


class HttpError(Exception):
    """The request is turned down by an HTTP status without a code."""

    def __init__(self, status: int) -> None:
        self.status = status
        super().__init__(str(status))


class RecordError(Exception):
    """One record fails with a code."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)
