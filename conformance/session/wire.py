"""The way through requests and urllib3 to the socket: exactly the asked-for bytes, in bounded time and space.

requests re-quotes URLs and cannot send two headers of one name, urllib3 adds headers of its own, and both
bound only the time between two reads. The connections here do none of that.
"""

from __future__ import annotations

import io
import re
import socket
import threading
import time
from email.errors import MissingHeaderBodySeparatorDefect
from functools import partial
from http.client import HTTPException, HTTPResponse
from typing import Any, cast
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool
from urllib3.response import BaseHTTPResponse

from conformance.session.exchange import Pairs, Request

HEAD_BYTES = 256 * 1024
# Common servers close a connection that was idle for 5 s (uvicorn, Node.js); asking on it then is a race.
IDLE_S = 4.0
CONNECTIONS = 32
_INTERIM = frozenset(range(102, 200))  # 101 ends HTTP on this connection
FRAMING = frozenset({"content-length", "transfer-encoding"})
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+").fullmatch  # RFC 9110, section 5.6.2
_TARGET = re.compile(r"/[!-~]*").fullmatch
_BAD_VALUE = re.compile(r"[\r\n\0]").search


class UnsendableError(ValueError):
    """A request that HTTP/1.1 has no bytes for; whoever built it is wrong, not the target."""


class Letter(CaseInsensitiveDict[str]):
    """One request under way. requests and urllib3 take it for its headers and see only how the body is framed.

    Attributes:
        target: path and query as they are sent.
        lines: the header lines as they are sent.
        seconds: from the first byte sent to the last one received.
        fresh: a new connection must be used.
        reused: the connection had served before.
        connected: the connection stood, TLS included.
        received: bytes of the answer so far.
        in_head: the body of the answer has not begun.
    """

    def __init__(self, target: str, lines: tuple[tuple[str, bytes], ...], seconds: float, *, fresh: bool) -> None:
        super().__init__({name: value.decode("latin-1") for name, value in lines if name.lower() in FRAMING})
        self.target = target
        self.lines = lines
        self.seconds = seconds
        self.fresh = fresh
        self.reused = False
        self.connected = False
        self.received = 0
        self.in_head = True
        self._end = 0.0

    def copy(self) -> Letter:
        """Itself: it is sent once."""
        return self

    def begin(self) -> None:
        """The connection stands; the time runs from here."""
        self.connected = True
        self._end = time.monotonic() + self.seconds

    def left(self) -> float:
        """Seconds left. Raises TimeoutError where there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return left


def letter(request: Request, base_url: str, seconds: float, *, user_agent: str = "", fresh: bool = False) -> Letter:
    """A request as the bytes that go out.

    Args:
        request: what to send.
        base_url: where to.
        seconds: from the first byte sent to the last one received.
        user_agent: of a request that names none itself; "" for none.
        fresh: whether a new connection must be used.

    Raises:
        UnsendableError: method, path, query or a header cannot stand in HTTP/1.1.
    """
    base = urlsplit(base_url)
    target = base.path + request.path + (f"?{request.query}" if request.query else "")
    if not _TARGET(target):
        raise UnsendableError(f"path and query must be percent-encoded and begin with a slash: {target[:200]!r}")
    if not _TOKEN(request.method):
        raise UnsendableError(f"no method: {request.method[:200]!r}")
    return Letter(target, _lines(request, base.netloc, user_agent), seconds, fresh=fresh)


def _lines(request: Request, authority: str, user_agent: str) -> tuple[tuple[str, bytes], ...]:
    given = {name.lower() for name, _ in request.headers}
    added: list[tuple[str, bytes]] = []
    if "host" not in given:
        added.append(("Host", authority.encode()))
    if user_agent and "user-agent" not in given:
        added.append(("User-Agent", user_agent.encode()))
    if "accept-encoding" not in given:
        added.append(("Accept-Encoding", b"gzip"))
    if request.body is not None and FRAMING.isdisjoint(given):
        added.append(("Content-Length", b"%d" % len(request.body)))
    return (*added, *((name, _value(name, value)) for name, value in request.headers))


def _value(name: str, value: str) -> bytes:
    if not _TOKEN(name):
        raise UnsendableError(f"no header name: {name[:200]!r}")
    if _BAD_VALUE(value):
        raise UnsendableError(f"the header {name} has a line break or NUL in it")
    try:
        return value.encode("latin-1")
    except UnicodeEncodeError:
        try:
            return value.encode()
        except UnicodeEncodeError:
            raise UnsendableError(f"the header {name} has a lone surrogate in it") from None


class _Stream(io.RawIOBase):
    """What a socket receives, up to the end of the letter's time; the head of an answer cannot be endless."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket, letter: Letter) -> None:
        self._raw = raw
        self._sock = sock
        self._letter = letter

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        self._sock.settimeout(self._letter.left())
        count = self._raw.readinto(buffer)
        self._letter.received += count or 0
        if self._letter.in_head and self._letter.received > HEAD_BYTES:
            raise HTTPException(f"the head of the answer is longer than {HEAD_BYTES} bytes")
        return count

    def close(self) -> None:
        self._raw.close()
        super().close()


class _Answer(HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, letter: Letter, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self._letter = letter
        self.fp = io.BufferedReader(_Stream(self.fp.detach(), sock, letter))

    def begin(self) -> None:
        super().begin()
        # http.client passes over 100 alone and would take 102 or 103 for the answer (RFC 9110, section 15.2).
        while self.status in _INTERIM:
            self.headers = self.msg = None  # type: ignore[assignment]
            super().begin()
        self._letter.in_head = False
        # The parser drops every header after such a line, Content-Length among them.
        if any(isinstance(defect, MissingHeaderBodySeparatorDefect) for defect in self.headers.defects):
            raise HTTPException("a header line without a colon")


class _Exact(HTTPConnection):
    """Sends a letter in one piece and nothing besides."""

    _letter: Letter
    _used: float | None = None  # when this connection last served; None while it has not

    def request(self, method: str, url: str, body: Any = None, headers: Any = None, **options: Any) -> None:  # noqa: ARG002 - the letter has the URL
        letter = self._letter = cast(Letter, headers)
        if self._used is not None and (letter.fresh or time.monotonic() - self._used > IDLE_S):
            self.close()
        letter.reused = self._used is not None
        self._pieces: list[bytes] = []
        self.response_class = partial(_Answer, letter=letter)  # type: ignore[assignment]
        super().request(method, letter.target, body, letter, **options)
        self._post(letter)

    def close(self) -> None:
        super().close()
        self._used = None

    def putrequest(self, method: str, url: str, *_: bool, **__: bool) -> None:
        super().putrequest(method, url, skip_host=True, skip_accept_encoding=True)
        for name, value in self._letter.lines:
            super().putheader(name, value)  # type: ignore[arg-type]

    def putheader(self, header: str | bytes, *values: Any) -> None:
        """Drops what urllib3 would add."""

    def send(self, data: Any) -> None:
        self._pieces.append(data)

    def _post(self, letter: Letter) -> None:
        if self.sock is None:
            self.connect()
        letter.begin()
        sock, left = self.sock, memoryview(b"".join(self._pieces))
        try:
            while left:
                sock.settimeout(letter.left())
                left = left[sock.send(left) :]
        finally:
            self._used = time.monotonic()


class _ExactTLS(_Exact, HTTPSConnection):
    pass


class Wire(HTTPAdapter):
    """Kept-alive connections to one base URL from one local address.

    Used without a `requests.Session`, which would read the whole body of a redirect, keep cookies, and consult
    the environment.
    """

    def __init__(self, base_url: str, ca_file: str | None, source: str | None) -> None:
        self._base_url = base_url
        self._verify: str | bool = ca_file or True
        self._source = source
        self._pool: HTTPConnectionPool | None = None
        self._lock = threading.Lock()
        super().__init__(pool_connections=1, pool_maxsize=CONNECTIONS)

    def post(self, method: str, letter: Letter, body: bytes | None, connect_s: float) -> BaseHTTPResponse:
        """Sends a letter; the answer's head has come, its body is still to be read."""
        prepared = requests.PreparedRequest()
        prepared.method, prepared.url, prepared.body = method, self._base_url, body
        prepared.headers = letter
        response = self.send(prepared, stream=True, timeout=(connect_s, letter.seconds))
        return cast(BaseHTTPResponse, response.raw)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        """Binds the local address."""
        if self._source is not None:
            kwargs["source_address"] = (self._source, 0)
        super().init_poolmanager(*args, **kwargs)

    def get_connection_with_tls_context(self, request: Any, *_: Any, **__: Any) -> HTTPConnectionPool:
        """The one pool."""
        with self._lock:
            if self._pool is None:
                pool = cast(HTTPConnectionPool, super().get_connection_with_tls_context(request, self._verify))
                super().cert_verify(pool, self._base_url, self._verify, None)  # type: ignore[no-untyped-call]
                pool.ConnectionCls = _ExactTLS if pool.scheme == "https" else _Exact
                self._pool = pool
            return self._pool

    def cert_verify(self, *_: Any) -> None:
        """Done once, when the pool is made."""

    def close(self) -> None:
        """Closes every connection; the next request opens a new one."""
        with self._lock:
            if self._pool is not None:
                self._pool.close()
            self._pool = None
        super().close()

    def build_response(self, req: Any, resp: Any) -> requests.Response:  # noqa: ARG002
        """The answer as it came; cookies are no part of it."""
        response = requests.Response()
        response.raw = resp
        return response


def header_lines(raw: BaseHTTPResponse) -> Pairs:
    """The header lines of an answer, repeated ones too."""
    return tuple(raw.headers.items())
