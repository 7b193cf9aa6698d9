"""One request with its answer, or with what came instead of one."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

LONGEST_INTEGER = 400  # digits; a number beyond them is a float, which is infinite there
Pairs = tuple[tuple[str, str], ...]


def header_of(pairs: Pairs, name: str) -> str | None:
    """The first value of a header; names are case-insensitive (RFC 9110, section 5.1)."""
    return next((value for key, value in pairs if key.lower() == name.lower()), None)


@dataclass(frozen=True, slots=True)
class Request:
    """What is sent.

    Attributes:
        operation: name of the operation in the contract, or "" for none of them.
        method: HTTP method.
        path: below the base URL, percent-encoded exactly as it is to be sent, beginning with "/".
        query: query string without "?", encoded as it is to be sent.
        headers: exactly these; nothing is added but Host, User-Agent, Accept-Encoding, Content-Length.
        body: bytes, or None for no body; the wire brings them into chunks where Transfer-Encoding says so.
        source: local address to send from, or None for the usual one.
        plain: send to the plain-HTTP address of the target instead.
    """

    operation: str
    method: str
    path: str
    query: str = ""
    headers: Pairs = ()
    body: bytes | None = None
    source: str | None = None
    plain: bool = False

    def header(self, name: str) -> str | None:
        """The first value of a header."""
        return header_of(self.headers, name)

    @property
    def chunked(self) -> bool:
        """Whether the body goes out in chunked transfer coding (RFC 9112, section 7.1)."""
        return (self.header("transfer-encoding") or "").strip().lower() == "chunked"

    def in_chunks(self) -> Request:
        """The same request, its body in chunked transfer coding."""
        return replace(self, headers=(*self.headers, ("Transfer-Encoding", "chunked")))

    def with_header(self, name: str, value: str) -> Request:
        """The same request with one more header, in the place of one of the same name."""
        return replace(self, headers=(*self.without_header(name).headers, (name, value)))

    def without_header(self, name: str) -> Request:
        """The same request without a header."""
        return replace(self, headers=tuple(pair for pair in self.headers if pair[0].lower() != name.lower()))

    def json(self) -> Any:
        """The body as JSON. Raises ValueError where it is none (RecursionError included)."""
        return parse_json(self.body or b"")


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `truncated` says that the body was longer than the limit and was cut."""

    status: int
    headers: Pairs
    body: bytes
    truncated: bool = False

    def header(self, name: str) -> str | None:
        """The first value of a header."""
        return header_of(self.headers, name)

    def json(self) -> Any:
        """The body as JSON, each number without a fraction as an int, however it is written.

        Raises:
            ValueError: it is no JSON.
        """
        return parse_json(self.body, same_numbers=True)

    def text(self) -> str:
        """The body as text for a person."""
        return self.body.decode("utf-8", "replace")


class Trouble(StrEnum):
    """What came instead of an answer."""

    CONNECT = "connect"  # nobody listens, or the connection was refused
    TLS = "tls"  # the handshake failed, or the certificate is not trusted
    TIMEOUT = "timeout"
    DROPPED = "dropped"  # the connection ended before the answer was whole
    PROTOCOL = "protocol"  # what came is not HTTP, or cannot be decoded
    REFUSED = "refused"  # an answer came, and it only says that the request was not served


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and what came of it. Exactly one of `answer` and `trouble` is set.

    Attributes:
        number: position in the journal of this process, from 1.
        check: id of the check that sent it.
        request: what was sent.
        answer: what came back.
        trouble: what came instead.
        detail: the trouble in words; of a refusal to serve, what it comes from.
        started_s: seconds since the session began.
        elapsed_s: seconds until the answer was whole.
    """

    number: int
    check: str
    request: Request
    answer: Answer | None
    trouble: Trouble | None = None
    detail: str = ""
    started_s: float = 0.0
    elapsed_s: float = 0.0


def parse_json(body: bytes, *, same_numbers: bool = False) -> Any:
    """A JSON text (RFC 8259), in UTF-8, however deep or odd it is; a byte order mark before it is passed over.

    Args:
        body: the text.
        same_numbers: `20.0` and `2e1` become the int 20: receivers take them for one number (RFC 8259, section 6).

    Raises:
        ValueError: it is no JSON.
    """
    try:
        text = body.decode("utf-8-sig")
        return json.loads(text, parse_float=_number if same_numbers else None, parse_constant=_no_number)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def _no_number(word: str) -> float:
    """`NaN` and the infinities are no JSON (RFC 8259, section 6)."""
    raise ValueError(f"{word} is not JSON")


def _number(text: str) -> int | float:
    """A number with a fraction or an exponent."""
    try:
        exact = Decimal(text)
    except InvalidOperation:  # an exponent beyond all bounds
        return float(text)
    whole = exact.adjusted() < LONGEST_INTEGER and exact == exact.to_integral_value()
    return int(exact) if whole else float(text)
