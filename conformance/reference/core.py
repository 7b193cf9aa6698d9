"""The framework-free core of the embedded reference: a call in, a reply out."""

from __future__ import annotations

import ipaddress
import json
import sqlite3
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar

import specs


class Headers:
    """Request headers: names are case-insensitive, values are as sent."""

    def __init__(self, pairs: tuple[tuple[str, str], ...]) -> None:
        self.pairs = pairs

    def get(self, name: str) -> str | None:
        """The first value of a header, or None."""
        return next((value for key, value in self.pairs if key.lower() == name.lower()), None)

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self.pairs)


@dataclass(frozen=True, slots=True)
class Call:
    """One request as a service sees it.

    `path` is as it came (still percent-encoded), without the service's prefix; `client` is the address
    it came from; `secure` says whether it came over TLS.
    """

    method: str
    path: str
    query: str
    headers: Headers
    body: bytes
    client: str
    secure: bool


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer. With `drop` the connection is closed and nothing is sent."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    drop: bool = False

    @classmethod
    def json(cls, content: Any, status: int = 200, headers: tuple[tuple[str, str], ...] = ()) -> Reply:
        """An answer in JSON."""
        body = json.dumps(content, ensure_ascii=False).encode("utf-8", "surrogatepass")
        return cls(status, (("content-type", "application/json"), *headers), body)

    @classmethod
    def xml(cls, content: bytes, status: int = 200) -> Reply:
        """An answer in XML."""
        return cls(status, (("content-type", "application/xml"),), content)

    @classmethod
    def empty(cls, status: int, headers: tuple[tuple[str, str], ...] = ()) -> Reply:
        """An answer without a body."""
        return cls(status, headers)

    @classmethod
    def dropped(cls) -> Reply:
        """No answer: the connection is closed."""
        return cls(0, drop=True)


class Switches:
    """Which option of each reading and of each freedom the service follows: the default, unless switched.

    Attributes:
        absent_or_null: members of answers that the freedom `json-absent-members` is about.
    """

    def __init__(
        self, vendor: str, readings: Mapping[str, str] | None = None, freedoms: Mapping[str, str] | None = None
    ) -> None:
        """Raises ValueError for a reading, a freedom or an option that the vendor's registers do not have."""
        contracts = [contract for contract in specs.contracts().values() if contract.vendor == vendor]
        known_readings = {name: reading for contract in contracts for name, reading in contract.readings.items()}
        known_freedoms = {name: freedom for contract in contracts for name, freedom in contract.freedoms.items()}
        self._readings = _chosen(vendor, "reading", known_readings, readings or {})
        self._freedoms = _chosen(vendor, "freedom", known_freedoms, freedoms or {})
        self._meetings = {m.id: m for contract in contracts for m in contract.meetings}
        self.absent_or_null = tuple(dict.fromkeys(row for contract in contracts for row in contract.absent_or_null))

    def reading(self, name: str) -> str:
        """The option followed. Raises KeyError for a reading that the register does not have."""
        return self._readings[name]

    def freedom(self, name: str) -> str:
        """The option followed. Raises KeyError for a freedom that no register has."""
        return self._freedoms[name]

    def decider(self, reading: str, other: str) -> str:
        """Which of two readings decides where both speak about one observation.

        Raises:
            KeyError: the register does not say that they meet.
        """
        for name in (f"{reading}-meets-{other}", f"{other}-meets-{reading}"):
            if name in self._meetings:
                return self._meetings[name].decides or self._freedoms[name]
        raise KeyError(f"{reading} does not meet {other}")


def _chosen(
    vendor: str, kind: str, known: Mapping[str, specs.Reading] | Mapping[str, specs.Freedom], given: Mapping[str, str]
) -> dict[str, str]:
    """The default of each row, unless another of its options is given."""
    options = {name: row.default for name, row in known.items()}
    for name, option in given.items():
        if name not in known:
            raise ValueError(f"{vendor} has no {kind} {name!r}; there are {', '.join(sorted(known))}")
        if option not in known[name].option_ids:
            raise ValueError(f"{name} has no option {option!r}; it has {', '.join(known[name].option_ids)}")
        options[name] = option
    return options


@dataclass(frozen=True, slots=True)
class Settings:
    """How the embedded reference runs; not part of any contract."""

    storage: str = ":memory:"
    queue_delay_s: float = 0.02
    allowed: tuple[str, ...] = ("127.0.0.1/32",)

    def allows(self, address: str) -> bool:
        """Whether an address is on the allow-list."""
        ip = ipaddress.ip_address(address)
        return any(ip in ipaddress.ip_network(network) for network in self.allowed)


@dataclass(frozen=True, slots=True)
class TargetFacts:
    """What a target file must say to reach one contract of a service."""

    credentials: Mapping[str, str]
    data: Mapping[str, Any] = field(default_factory=dict)


class Service(ABC):
    """One vendor's implementation. The server holds `lock` around each call of `handle`.

    Calls of a `threaded` one are handled by threads of their own, so that one that gives the lock away for a while
    lets others pass.
    """

    vendor: ClassVar[str]
    threaded: ClassVar[bool] = False

    def __init__(self, switches: Switches, settings: Settings) -> None:
        self.switches = switches
        self.settings = settings
        self.lock = threading.RLock()
        self.store = sqlite3.connect(settings.storage, check_same_thread=False, isolation_level=None)
        self.store.row_factory = sqlite3.Row
        self.prepare()

    def reading(self, name: str) -> str:
        """The option of a reading that this service follows."""
        return self.switches.reading(name)

    def freedom(self, name: str) -> str:
        """The option of a freedom that this service follows."""
        return self.switches.freedom(name)

    def decider(self, reading: str, other: str) -> str:
        """Which of two readings decides where both speak about one observation."""
        return self.switches.decider(reading, other)

    @abstractmethod
    def prepare(self) -> None:
        """Creates the tables and the tenants; called once."""

    @abstractmethod
    def handle(self, call: Call) -> Reply:
        """Answers one call."""

    @abstractmethod
    def target_facts(self, contract: str) -> TargetFacts:
        """Credentials and data for the target file of one contract, by contract id."""

    def start(self) -> None:  # noqa: B027 - most services have no background work
        """Starts background work; a service without any has nothing to do here."""

    def stop(self) -> None:
        """Ends background work and closes the store."""
        self.store.close()
