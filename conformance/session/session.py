"""Sends requests over kept-alive connections; whatever comes of it becomes an exchange."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

from urllib3.response import BaseHTTPResponse

from conformance.judge import lacking
from conformance.judge.verdicts import NotTested
from conformance.session.decoding import UndecodableError, decode
from conformance.session.exchange import Answer, Exchange, Request, Trouble
from conformance.session.journal import Journal
from conformance.session.pace import Pace
from conformance.session.trouble import CAUGHT, explain, no_such_source
from conformance.session.wire import Letter, Wire, header_lines, letter
from conformance.target.model import Target

CHUNK = 64 * 1024
# RFC 9110, section 9.2.2: these may be sent again when the connection ended before an answer began.
IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"})

Outcome = tuple[Answer | None, Trouble | None, str]


class Session:
    """The way to one target. Threads may share it.

    Args:
        target: where it is and what it may cost.
        journal: where every exchange is kept.
        sent: requests that were sent before in another process; they count for the budget.
        clock: seconds, from any beginning.
        sleep: waits.
    """

    def __init__(
        self,
        target: Target,
        journal: Journal,
        *,
        sent: int = 0,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.target = target
        self.patient = True  # whether a request is sent again where the target asks to come back later
        self.limited: Callable[[Answer], bool] = _never  # whether a body says that there were too many requests
        self.journal = journal
        self._clock = clock
        self._pace = Pace(target.limits, clock, sleep, sent)
        self._began = clock()
        self._number = sent
        self._lock = threading.Lock()
        self._wires: dict[tuple[str, str | None], Wire] = {}

    @property
    def sent(self) -> int:
        """How many requests were sent, those of other processes included."""
        return self._pace.sent

    @property
    def waited_s(self) -> float:
        """Seconds waited because the target asked for it (429, Retry-After)."""
        return self._pace.waited_s

    @property
    def budget_hit(self) -> str | None:
        """Which budget of the run is used up, in words, or None."""
        return self._pace.budget_hit

    def send(self, request: Request, check: str) -> Exchange:
        """Sends one request; never raises for what the target does.

        Where the target asks for patience (429, 503 with Retry-After, or words of its own) the request is sent again, a
        bounded number of times; each try stands in the journal, the last one is returned.

        Raises:
            BudgetExhausted: the budget of requests or of seconds is used up.
            NotTested: the target has no plain-HTTP address, or this machine has not the address to send from.
            UnsendableError: HTTP/1.1 has no bytes for the request.
        """
        base = self.target.plain_http_url if request.plain else self.target.base_url
        if base is None:
            raise lacking.plain_address()
        repeats = 0
        while True:
            exchange = self._once(request, base, check)
            limited = exchange.answer is not None and self.limited(exchange.answer)
            if not self.patient or not self._pace.be_patient(exchange.answer, repeats, limited=limited):
                return exchange
            repeats += 1

    def _once(self, request: Request, base: str, check: str) -> Exchange:
        sheet = self._letter(request, base)
        wire = self._wire(base, request.source)
        self._pace.take()
        started = self._clock()
        answer, trouble, detail = self._exchange(wire, request, sheet)
        if trouble is Trouble.DROPPED and sheet.reused and not sheet.received and request.method in IDEMPOTENT:
            sheet = self._letter(request, base, fresh=True)
            answer, trouble, detail = self._exchange(wire, request, sheet)
        elapsed = self._clock() - started
        with self._lock:
            self._number += 1
            exchange = Exchange(self._number, check, request, answer, trouble, detail, started - self._began, elapsed)
            self.journal.append(exchange)
        return exchange

    def _letter(self, request: Request, base: str, *, fresh: bool = False) -> Letter:
        target = self.target
        return letter(request, base, target.limits.read_timeout_s, user_agent=target.user_agent, fresh=fresh)

    def _exchange(self, wire: Wire, request: Request, sheet: Letter) -> Outcome:
        try:
            raw = wire.post(request.method, sheet, request.body, self.target.limits.connect_timeout_s)
            return self._answer(raw), None, ""
        except UndecodableError as error:
            return None, Trouble.PROTOCOL, str(error)
        except CAUGHT as error:
            if request.source is not None and not sheet.connected and no_such_source(error):
                raise NotTested(f"{request.source} is not an address of this machine") from error
            trouble, detail = explain(error, connected=sheet.connected)
            return None, trouble, detail

    def _answer(self, raw: BaseHTTPResponse) -> Answer:
        limit = self.target.limits.max_answer_bytes
        body, cut = _read(raw, limit)
        headers = header_lines(raw)
        codings = raw.headers.get("content-encoding")
        if codings and body:
            body, cut = decode(body, codings, limit, cut=cut)
        return Answer(raw.status, headers, body, cut)

    def _wire(self, base: str, source: str | None) -> Wire:
        with self._lock:
            wire = self._wires.get((base, source))
            if wire is None:
                ca_file = self.target.ca_file
                wire = self._wires[base, source] = Wire(base, str(ca_file) if ca_file else None, source)
            return wire

    def close(self) -> None:
        """Closes every connection."""
        for wire in self._wires.values():
            wire.close()


def _read(raw: BaseHTTPResponse, limit: int) -> tuple[bytes, bool]:
    """At most `limit` bytes of a body as it comes, and whether there were more."""
    pieces: list[bytes] = []
    left = limit + 1
    while left > 0 and (piece := raw.read(min(CHUNK, left), decode_content=False)):
        pieces.append(piece)
        left -= len(piece)
    if left > 0:
        raw.release_conn()
        return b"".join(pieces), False
    raw.close()
    raw.release_conn()
    return b"".join(pieces)[:limit], True


def _never(_: Answer) -> bool:
    return False
