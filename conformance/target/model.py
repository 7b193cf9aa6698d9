"""One implementation under test, as the target file describes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import specs
from conformance.target.demand import Demand
from conformance.version import VERSION

USER_AGENT = f"profile-conformance/{VERSION}"


@dataclass(frozen=True, slots=True)
class Secret:
    """A value that must never be printed; `reveal` is the only way to it."""

    _value: str = field(repr=False)

    def reveal(self) -> str:
        """The value, for sending."""
        return self._value

    def __str__(self) -> str:
        return "***"


@dataclass(frozen=True, slots=True)
class Limits:
    """What a run may cost the target. Times are in seconds, `rate` in requests per second.

    The read time-out runs from the first byte sent to the last one received, not from one read to the next.
    `settle_s` is how long a read may show an older state after a write, as behind a cache or a replica.
    """

    rate: float | None = None
    max_requests: int | None = None
    max_seconds: float | None = None
    connect_timeout_s: float = 5.0
    read_timeout_s: float = 15.0
    poll_deadline_s: float = 30.0
    max_answer_bytes: int = 16 * 1024 * 1024
    settle_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Target:
    """One implementation of one contract.

    Attributes:
        contract: contract id.
        name: display name.
        version: version of the implementation under test.
        base_url: where it answers, with any path prefix, without a trailing slash.
        ca_file: PEM file to trust instead of the system's authorities.
        credentials: by the names that the contract's `target.credentials` define.
        data: by the names that the contract's `target.data` define.
        readings: claims, reading id to option id; checked by the probe, never believed.
        operations: operations that live elsewhere (path template) or are missing (None).
        plain_http_url: where the same API would answer over plain HTTP.
        unlisted_source: local address that is not on the allow-list.
        limits: what a run may cost.
        hostile_input: whether hostile bodies may be sent.
        user_agent: value of the header User-Agent of every request.
        require_tested: how much of the contract must be tested, or None.
    """

    contract: str
    name: str
    version: str
    base_url: str
    ca_file: Path | None = None
    credentials: Mapping[str, Secret] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)
    readings: Mapping[str, str] = field(default_factory=dict)
    operations: Mapping[str, str | None] = field(default_factory=dict)
    plain_http_url: str | None = None
    unlisted_source: str | None = None
    limits: Limits = Limits()
    hostile_input: bool = False
    user_agent: str = USER_AGENT
    require_tested: Demand | None = None

    def credential(self, name: str) -> str | None:
        """A credential to send, or None where the target file gives none."""
        secret = self.credentials.get(name)
        return secret.reveal() if secret else None

    def path(self, operation: str) -> str | None:
        """The path template of an operation of this target, or None where it is missing."""
        if operation in self.operations:
            return self.operations[operation]
        return specs.contract(self.contract).operations[operation].path
