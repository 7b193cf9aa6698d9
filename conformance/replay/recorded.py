"""Recorded exchanges: from the journal, or from the record alone; and their secrets put back."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote, urlsplit
from xml.sax.saxutils import escape

from conformance.session.exchange import Answer, Exchange, Pairs, Request, Trouble
from conformance.session.journal import read as read_journal
from conformance.session.redaction import Redactor
from conformance.target.model import Target
from reports.exchanges import Body, ExchangeRecord
from reports.model import FailureRecord, TargetRecord

MARK = re.compile(r"\*\*\*([A-Za-z][A-Za-z0-9_-]*)\*\*\*")
_BASIC = re.compile(r"basic\s+(\S+)", re.IGNORECASE)
_INTERFACE = re.compile(r" --interface ([0-9A-Fa-f.:]+) ")


class RecordingError(ValueError):
    """What was recorded cannot be sent again; the message says why."""


class Recording:
    """The exchanges of one target of a run: its journal where that stands beside the record.

    Args:
        folder: of the run record.
        record: of the target.
    """

    def __init__(self, folder: Path, record: TargetRecord) -> None:
        self._record = record
        self.journal: dict[int, Exchange] = {}
        path = folder / record.journal
        if record.journal and path.is_file():
            try:
                self.journal = {exchange.number: exchange for exchange in read_journal(path)}
            except (ValueError, OSError) as error:
                raise RecordingError(f"the journal cannot be read: {error}") from error

    def trail(self, failure: FailureRecord) -> list[Exchange]:
        """The exchanges of a failure.

        Raises:
            RecordingError: there are none, or a body was cut and the journal does not have it.
        """
        if not failure.trail:
            raise RecordingError("the record has no exchange of it")
        return [self._exchange(each) for each in failure.trail]

    def _exchange(self, recorded: ExchangeRecord) -> Exchange:
        found = self.journal.get(recorded.number)
        same = found and (found.check, found.request.method) == (recorded.check, recorded.method)
        if found and same and found.request.path in recorded.url:
            return found
        return from_record(recorded, self._record.base_url)


def from_record(recorded: ExchangeRecord, base_url: str) -> Exchange:
    """An exchange as the record alone has it. Raises RecordingError where its request is not whole."""
    path, query, plain = _place(recorded.url, base_url)
    if recorded.request_body is not None and recorded.request_body.cut is not None:
        raise RecordingError("a body was cut in the record; keep the journal beside it")
    source = _INTERFACE.search(recorded.curl.partition(" -H ")[0] + " ")
    request = Request(
        recorded.operation,
        recorded.method,
        path,
        query,
        recorded.request_headers,
        _bytes(recorded.request_body),
        source[1] if source else None,
        plain,
    )
    came = recorded.answer
    answer = Answer(came.status, came.headers, _bytes(came.body) or b"") if came else None
    trouble = Trouble(recorded.trouble) if recorded.trouble in list(Trouble) else None
    times = (recorded.started_s, recorded.elapsed_s)
    if answer is None and trouble is None:
        raise RecordingError(f"what came of an exchange is not known: {recorded.trouble}")
    return Exchange(recorded.number, recorded.check, request, answer, trouble, recorded.detail, *times)


def _place(url: str, base_url: str) -> tuple[str, str, bool]:
    if url.startswith(base_url):
        path, _, query = url.removeprefix(base_url).partition("?")
        return path or "/", query, False
    split = urlsplit(url)
    prefix = urlsplit(base_url).path
    return split.path.removeprefix(prefix) or "/", split.query, True


def _bytes(body: Body | None) -> bytes | None:
    if body is None:
        return None
    return body.text.encode("utf-8", "surrogatepass") if body.text is not None else base64.b64decode(body.base64 or "")


class Secrets:
    """Puts the secrets of a target file where the recorder left marks.

    Args:
        target: from the target file.
        greeting: a request with the target's credentials; shows what they look like in a header.
    """

    def __init__(self, target: Target, greeting: Request) -> None:
        self._values: dict[str, str] = {name: secret.reveal() for name, secret in target.credentials.items()}
        self._values |= {name: str(value) for name, value in target.data.items() if isinstance(value, str | int)}
        redactor = Redactor(target)
        self._tokens: dict[str, str] = {}
        for _, value in greeting.headers:
            shown, real = _BASIC.fullmatch(redactor.text(value)), _BASIC.fullmatch(value)
            if shown and real and shown[1] != real[1]:
                self._tokens[shown[1]] = real[1]

    def missing(self, exchanges: Iterable[Exchange]) -> set[str]:
        """Names of secrets that the exchanges need and the target file does not give."""
        names: set[str] = set()
        for exchange in exchanges:
            request = exchange.request
            shown = [request.path, request.query, *(value for _, value in request.headers)]
            shown.append((request.body or b"").decode("latin-1"))
            names |= {name for text in shown for name in MARK.findall(text)}
        return names - set(self._values)

    def request(self, request: Request) -> Request:
        """A request with the secrets in it."""
        return replace(
            request,
            path=self._text(request.path, _quoted),
            query=self._text(request.query, _quoted),
            headers=self._pairs(request.headers),
            body=None if request.body is None else self._data(request.body),
        )

    def exchange(self, exchange: Exchange) -> Exchange:
        """An exchange with the secrets in it."""
        answer = exchange.answer
        if answer is not None:
            answer = replace(answer, headers=self._pairs(answer.headers), body=self._data(answer.body))
        return replace(exchange, request=self.request(exchange.request), answer=answer)

    def _pairs(self, pairs: Pairs) -> Pairs:
        return tuple((name, self._header(value)) for name, value in pairs)

    def _header(self, value: str) -> str:
        basic = _BASIC.fullmatch(value)
        if basic and basic[1] in self._tokens:
            return value.replace(basic[1], self._tokens[basic[1]])
        return self._text(value, str)

    def _data(self, data: bytes) -> bytes:
        if b"***" not in data:
            return data
        start = data.lstrip()[:1]
        form: Callable[[str], str] = _in_json if start in (b"{", b"[") else escape if start == b"<" else str
        try:
            return self._text(data.decode(), form).encode()
        except UnicodeDecodeError:
            return self._text(data.decode("latin-1"), form).encode("latin-1", "replace")

    def _text(self, text: str, form: Callable[[str], str]) -> str:
        values: Mapping[str, str] = self._values
        return MARK.sub(lambda found: form(values[found[1]]) if found[1] in values else found[0], text)


def _quoted(text: str) -> str:
    return quote(text, safe="")


def _in_json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]
