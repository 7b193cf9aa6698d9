"""The values that the service works with."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from conformance.reference.core import Call

CUSTOMER_ID = "customer_id"
Record = dict[str, Any]
Kind = Literal["single-valued", "multi-valued", "classifier"]


class RefusalError(Exception):
    """A request that is not carried out, with the HTTP status and the reason."""

    def __init__(self, status: int, why: str, headers: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(why)
        self.status = status
        self.why = why
        self.headers = headers


class InvalidError(ValueError):
    """A member of a body that does not comply with the schema."""

    silent = False


class SilentError(InvalidError):
    """The same, where no document names the status of the refusal."""

    silent = True


class Key(NamedTuple):
    """Names a profile: customer ids are unique within a tenant."""

    tenant: str
    customer: str


@dataclass(frozen=True, slots=True)
class Asked:
    """A call whose sender is known and whose path is understood."""

    call: Call
    tenant: str
    user: str
    parameters: dict[str, str]

    @property
    def key(self) -> Key:
        """The profile that the path names."""
        return Key(self.tenant, self.parameters["customer_id"])


@dataclass(frozen=True, slots=True)
class AttributeDef:
    """What a schema says of one attribute."""

    name: str
    type: str
    length: int | None = None
    default: Any = None
    mandatory: bool = False


@dataclass(frozen=True, slots=True)
class ExtensionDef:
    """What a schema says of one extension."""

    name: str
    type: Kind
    required: bool = False
    unique: tuple[str, ...] = ()
    attributes: tuple[AttributeDef, ...] = ()


@dataclass(frozen=True, slots=True)
class Attribute:
    """The values of one profile attribute, the primary one first.

    `many` says that they came as an array; `emptied` is the reading by which it has none.
    """

    values: tuple[Any, ...]
    many: bool = False
    emptied: str = ""


@dataclass(slots=True)
class Change:
    """What a body asks for: attributes and records by their declared names, and what is wrong with it.

    `silent`: no document names the status for anything that is wrong; `unknown`: names that no schema has;
    `ignored`: it has extensions that count as not sent; `counted`: they count as sent all the same;
    `identified`: it names the customer.
    """

    attributes: dict[str, Attribute] = field(default_factory=dict)
    extensions: dict[str, list[Record]] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)
    silent: bool = True
    unknown: set[str] = field(default_factory=set)
    ignored: bool = False
    counted: set[str] = field(default_factory=set)
    identified: bool = False
