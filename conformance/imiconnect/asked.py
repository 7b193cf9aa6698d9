"""A request as a judge reads it: operation, tenant, names, records, and everything that is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cache
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

from conformance.imiconnect.records import RecordRule

SUBMISSIONS: Final = ("update", "create", "createCustomer", "updateCustomer")
CREATIONS: Final = ("create", "createCustomer")
DELETIONS: Final = ("delete", "deleteMany", "deleteCustomer", "deleteCustomers")
READS: Final = ("read", "readMany", "readCustomer")
ON_CUSTOMERS: Final = ("createCustomer", "updateCustomer", "readCustomer", "deleteCustomer", "deleteCustomers")


class Tenant(StrEnum):
    """Whose key a request carries."""

    OWN = "own"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing about a request that decides how it may be answered.

    Attributes:
        requirement: what it concerns.
        codes: codes that may refuse the request because of it.
        statuses: HTTP statuses that may refuse it without a code because of it.
        accept: whether it may be accepted all the same.
        why: in words.
        reading: the reading that decides, as `name=option`.
    """

    requirement: str
    codes: frozenset[str] = frozenset()
    statuses: frozenset[int] = frozenset()
    accept: bool = False
    why: str = ""
    reading: str | None = None


@dataclass(slots=True)
class Ask:
    """What a request asks for.

    Attributes:
        operation: name in the contract, "" for none.
        app: app id, empty for customer profiles.
        tenant: whose key it carries; None for nobody's.
        transid: of a status call.
        customers: that a read or a deletion names.
        records: what may become of each record; None where no records can be read.
        items: the records as they were sent.
        conditions: everything that is wrong with the request, or decides about it as a whole.
        limits: the sizes of a batch that may be the limit.
        odd_ids: it names customers by ids of a form that may be nobody's.
        odd_key: its key has characters that a server of HTTP may refuse before anybody looks at it.
        odd: no document helps to say how it must be answered.
    """

    operation: str
    app: str = ""
    tenant: Tenant | None = Tenant.OWN
    transid: str = ""
    customers: tuple[str, ...] = ()
    records: list[RecordRule] | None = None
    items: list[Any] = field(default_factory=list)
    conditions: list[Condition] = field(default_factory=list)
    limits: tuple[float, ...] = ()
    odd_ids: bool = False
    odd_key: bool = False
    odd: bool = False

    @property
    def submits(self) -> bool:
        """Whether it carries records."""
        return self.operation in SUBMISSIONS

    @property
    def creates(self) -> bool:
        """Whether its records are to be created."""
        return self.operation in CREATIONS

    @property
    def updates(self) -> bool:
        """Whether it is the operation that the document describes."""
        return self.operation == "update"


@cache
def pattern(template: str) -> re.Pattern[str]:
    """The paths that a template stands for."""
    return re.compile(re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(template)))


def match(template: str, path: str) -> Mapping[str, str] | None:
    """The decoded values of the placeholders of a path, None where it is another path."""
    found = pattern(template).fullmatch(path)
    if found is None:
        return None
    return {name: unquote(value, errors="replace") for name, value in found.groupdict().items()}


def named_in_query(query: str) -> tuple[str, ...]:
    """The customers that a query names."""
    return tuple(value for name, value in parse_qsl(query, keep_blank_values=True) if name == "customerId")
