"""What the tests of the session share: a target, a journal that remembers, a session that is closed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from conformance.session.exchange import Exchange, Request
from conformance.session.session import Session
from conformance.target import Limits, Target

PUT = Request("update", "PUT", "/profiles/1", body=b"{}")


class Kept:
    """A journal in memory."""

    def __init__(self) -> None:
        self.exchanges: list[Exchange] = []

    def append(self, exchange: Exchange) -> None:
        self.exchanges.append(exchange)


def target(url: str, *, ca_file: Path | None = None, plain: str | None = None, **limits: Any) -> Target:
    return Target(
        "genesys-ucs",
        "hostile",
        "1",
        url,
        ca_file=ca_file,
        plain_http_url=plain,
        limits=Limits(**{"connect_timeout_s": 2.0, "read_timeout_s": 2.0, **limits}),
    )


@contextmanager
def talking(to: Target, **options: Any) -> Iterator[Session]:
    session = Session(to, Kept(), **options)
    try:
        yield session
    finally:
        session.close()


def send(url: str, request: Request = PUT, **limits: Any) -> Exchange:
    with talking(target(url, **limits)) as session:
        return session.send(request, "check")
