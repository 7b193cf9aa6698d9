"""From a reply to what goes out on the wire."""

from __future__ import annotations

import gzip
import itertools
import re
import threading
from dataclasses import dataclass, replace

from conformance.reference.core import Call, Headers, Reply, Switches
from conformance.reference.rendering.json_text import JsonForm
from conformance.reference.rendering.xml_text import XmlForm

CLOSED_EVERY = 5  # answers, where connections are closed at will
LONGEST_JITTER_S = 0.006
BODILESS = frozenset({204, 304})
PHRASE = b"As You Wish"
UNRESERVED = re.compile(r"%[0-9A-Fa-f]{2}|([A-Za-z0-9._~-])")
EXTRA = (
    ("server", "gateway/3.2"),
    ("cache-control", "no-store"),
    ("vary", "Accept, Accept-Encoding"),
    ("set-cookie", "affinity=n2; Path=/; HttpOnly"),
    ("x-powered-by", ""),
)


@dataclass(frozen=True, slots=True)
class Rendered:
    """An answer as it goes out.

    Attributes:
        status: HTTP status.
        headers: names in the letter case in which they are written.
        body: as it is sent, coded.
        chunked: whether chunked transfer coding tells its end.
        phrase: what stands behind the status, or None for the registered words.
        interim: whether a 103 goes out first.
        delay_s: seconds to wait first.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    chunked: bool
    phrase: bytes | None
    interim: bool
    delay_s: float


class Rendering:
    """The forms in which one service answers. Threads may share it."""

    def __init__(self, switches: Switches) -> None:
        self._freedom = switches.freedom
        self._json = JsonForm(switches)
        self._xml = XmlForm(switches)
        self._count = itertools.count(1)
        self._lock = threading.Lock()

    def render(self, call: Call, reply: Reply) -> Rendered:
        """What goes out for a reply to a call."""
        with self._lock:
            number = next(self._count)
        reply = self._rewritten(reply, number)
        body, coding = self._coded(call, reply, number)
        headers = [*((name, self._value(call, name, value)) for name, value in reply.headers), *coding]
        if self._freedom("extra-headers") == "several":
            headers += [*EXTRA, ("x-request-id", f"{number:08x}")]
        if self._closes(number):
            headers.append(("connection", "close"))
        chunked = self._freedom("body-framing") == "chunked" and reply.status not in BODILESS and call.method != "HEAD"
        if not chunked and reply.status not in BODILESS:
            headers.append(("content-length", str(len(body))))
        return Rendered(
            status=reply.status,
            headers=tuple((self._cased(name), value) for name, value in headers),
            body=body,
            chunked=chunked,
            phrase={"empty": b"", "own": PHRASE}.get(self._freedom("reason-phrase")),
            interim=self._freedom("interim-answers") == "early-hints",
            delay_s=number * 7 % 13 / 12 * LONGEST_JITTER_S if self._freedom("latency") == "jitter" else 0.0,
        )

    def _rewritten(self, reply: Reply, number: int) -> Reply:
        media = (Headers(reply.headers).get("content-type") or "").partition(";")[0].strip().lower()
        if media == "application/json":
            return replace(reply, body=self._json.rewrite(reply.body, number))
        if media in ("application/xml", "text/xml"):
            return replace(reply, body=self._xml.rewrite(reply.body))
        return reply

    def _coded(self, call: Call, reply: Reply, number: int) -> tuple[bytes, list[tuple[str, str]]]:
        """The body in its content coding, with the headers that tell it."""
        wanted = {"gzip": True, "alternating": number % 2 == 0}.get(self._freedom("content-coding"), False)
        accepted = "gzip" in (call.headers.get("accept-encoding") or "")
        if not (wanted and accepted and reply.body and Headers(reply.headers).get("content-encoding") is None):
            return reply.body, []
        return gzip.compress(reply.body, 1, mtime=0), [("content-encoding", "gzip")]

    def _value(self, call: Call, name: str, value: str) -> str:
        """The value of a header in its form."""
        match name.lower():
            case "content-type":
                return self._media_type(value)
            case "location" | "content-location":
                return self._reference(call, value)
        return value

    def _reference(self, call: Call, value: str) -> str:
        """A reference to a resource of this service, in the form that is chosen."""
        form, host = self._freedom("uri-references"), call.headers.get("host")
        place, found, rest = value.partition("?")
        if form == "encoded":
            head, slash, last = place.rpartition("/")
            return f"{head}{slash}{'.' + slash if slash else ''}{UNRESERVED.sub(_encoded, last)}{found}{rest}"
        if form == "path" or host is None or not value.startswith("/"):
            return value
        scheme = "" if form == "network-path" else "https:" if call.secure else "http:"
        return f"{scheme}//{host}{value}"

    def _media_type(self, value: str) -> str:
        form = self._freedom("media-type-form")
        if form == "bare" or ";" in value:
            return value
        # XML may be in another encoding than UTF-8, and then says so itself (RFC 7303, section 3).
        if value.lower() != "application/json" and self._freedom("xml-encoding") not in ("utf-8", "utf-8-bom"):
            return value
        return f"{value}; charset=utf-8" if form == "charset" else f'{value.title()} ; Charset="UTF-8"'

    def _closes(self, number: int) -> bool:
        form = self._freedom("connection")
        return form == "closed" or (form == "closed-at-will" and number % CLOSED_EVERY == 0)

    def _cased(self, name: str) -> str:
        form = self._freedom("header-case")
        return name.title() if form == "title" else name.upper() if form == "upper" else name.lower()


def _encoded(match: re.Match[str]) -> str:
    """A character that needs no encoding, encoded all the same, with digits in lower case."""
    return f"%{ord(match[1]):02x}" if match[1] else match[0].lower()
