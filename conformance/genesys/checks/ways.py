"""Ways to write an update that change nothing about whether it is carried out: what it holds, and how it is dressed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from conformance.genesys.checks.common import everything, texts, words
from conformance.genesys.driver import Driver
from conformance.session.exchange import Request
from strategies.genesys import ID
from strategies.genesys.profiles import Members
from strategies.genesys.values import escaped

LOCATION = "Content-Location"
# A media type that is application/json, an Accept that takes JSON, and fields that change nothing.
DRESS = (
    ("Content-Type", 'Application/JSON; charset="UTF-8"'),
    ("Accept", "text/plain;q=0.1, */*;q=0.5"),
    ("User-Agent", "Mozilla/5.0 (X11; Linux x86_64)"),
    ("Cookie", "session=4711"),
    ("Cache-Control", "no-cache"),
    ("X-Requested-With", "XMLHttpRequest"),
)


@dataclass(frozen=True, slots=True)
class Way:
    """One way to write an update.

    Attributes:
        content: what it holds, by the name of a content.
        dress: how it is dressed.
        chunked: it comes in chunks.
    """

    content: str
    dress: Callable[[Driver, str, Members], Request]
    chunked: bool = False

    def __repr__(self) -> str:
        return f"{self.content}, {self.dress.__name__}{', in chunks' if self.chunked else ''}"

    def request(self, driver: Driver, name: str, more: Members | None = None) -> Request:
        """An update of a customer, with more members where there are any."""
        request = self.dress(driver, name, contents(driver)[self.content] | (more or {}))
        return request.in_chunks() if self.chunked else request


def plain(driver: Driver, name: str, members: Members) -> Request:
    """An update as any other."""
    return driver.update_request(name, members, own_id=False if ID in members else None)


def dressed(driver: Driver, name: str, members: Members) -> Request:
    """An update that names its customer in header and body, all of it in escapes, with fields that change nothing."""
    request = driver.update_request(name, {ID: name, **members}, own_id=False)
    request = replace(request, body=escaped(request.json()).encode())
    for field in (*DRESS, (LOCATION, request.path)):
        request = request.with_header(*field)
    return request


def contents(driver: Driver) -> dict[str, Members]:
    """What updates hold: everything or a part of it, as far as updates need not be complete."""
    found = {"everything": everything(driver), "attributes alone": everything(driver, records=False)}
    if not driver.complete:
        found["one attribute"] = words(driver, texts(driver)[0])
        if records := everything(driver, attributes=False):
            found["extensions alone"] = records
        if not driver.lent:
            found["nothing"] = {}
    return found


def ways(driver: Driver) -> Iterator[Way]:
    """Each content in each dress, and everything in chunks."""
    for content in contents(driver):
        yield Way(content, plain)
        yield Way(content, dressed)
    yield Way("everything", dressed, chunked=True)


def turns(driver: Driver) -> Iterator[Way]:
    """Each content once, in either dress by turns."""
    for number, content in enumerate(contents(driver)):
        yield Way(content, (dressed, plain)[number % 2])
