"""The journal: every exchange, appended as it happens, secrets removed before they are written."""

from __future__ import annotations

import base64
import json
import os
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Protocol

from conformance.session.exchange import Answer, Exchange, Pairs, Request, Trouble

TAIL = 64 * 1024


class Journal(Protocol):
    """Where exchanges are kept."""

    def append(self, exchange: Exchange) -> None:
        """Keeps one exchange."""


class NoJournal:
    """Keeps nothing; for proofs."""

    def append(self, exchange: Exchange) -> None:
        """Forgets the exchange."""


class Redact(Protocol):
    """Takes the secrets out of an exchange."""

    def exchange(self, exchange: Exchange) -> Exchange:
        """The exchange without secrets."""


class FileJournal:
    """A file of JSON Lines, one object for each exchange. What stands in it already is kept.

    Each line is written whole, at once, by the system: what a killed run leaves are whole lines, and several
    processes may append to one file.

    Args:
        path: the file; its folder is made where it is missing.
        redact: takes the secrets out before anything is written.
    """

    def __init__(self, path: Path, redact: Redact) -> None:
        self.path = path
        self._redact = redact
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o666)
        self.close = weakref.finalize(self, os.close, self._file)
        _cut_half_line(self._file)

    def append(self, exchange: Exchange) -> None:
        """Writes one exchange."""
        row = to_json(self._redact.exchange(exchange))
        line = memoryview(json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode() + b"\n")
        while line:
            line = line[os.write(self._file, line) :]


def read(path: Path) -> Iterator[Exchange]:
    """The exchanges of a journal, in the order in which they were written. A last line that was cut is left out.

    Raises:
        ValueError: another line is not that of an exchange; names file and line.
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if not line.endswith(b"\n"):
                return
            try:
                yield from_json(json.loads(line))
            except (ValueError, KeyError, TypeError) as error:
                raise ValueError(f"{path}:{number}: not an exchange: {error!r}") from error


def to_json(exchange: Exchange) -> dict[str, Any]:
    """An exchange as plain values, as the journal has it."""
    request, answer = exchange.request, exchange.answer
    row: dict[str, Any] = {
        "number": exchange.number,
        "check": exchange.check,
        "started_s": round(exchange.started_s, 6),
        "elapsed_s": round(exchange.elapsed_s, 6),
        "request": {
            "operation": request.operation,
            "method": request.method,
            "path": request.path,
            "query": request.query,
            "headers": request.headers,
            **_body(request.body),
        },
    }
    if request.source is not None:
        row["request"]["source"] = request.source
    if request.plain:
        row["request"]["plain"] = True
    if answer is not None:
        row["answer"] = {"status": answer.status, "headers": answer.headers, **_body(answer.body)}
        if answer.truncated:
            row["answer"]["truncated"] = True
    if exchange.trouble is not None:
        row["trouble"] = str(exchange.trouble)
    if exchange.detail:
        row["detail"] = exchange.detail
    return row


def from_json(row: dict[str, Any]) -> Exchange:
    """An exchange from plain values. Raises KeyError, TypeError or ValueError where they are none."""
    sent, came = row["request"], row.get("answer")
    return Exchange(
        number=row["number"],
        check=row["check"],
        request=Request(
            operation=sent["operation"],
            method=sent["method"],
            path=sent["path"],
            query=sent["query"],
            headers=_pairs(sent["headers"]),
            body=_bytes(sent),
            source=sent.get("source"),
            plain=sent.get("plain", False),
        ),
        answer=came
        and Answer(came["status"], _pairs(came["headers"]), _bytes(came) or b"", came.get("truncated", False)),
        trouble=Trouble(row["trouble"]) if "trouble" in row else None,
        detail=row.get("detail", ""),
        started_s=row["started_s"],
        elapsed_s=row["elapsed_s"],
    )


def _body(body: bytes | None) -> dict[str, str]:
    if body is None:
        return {}
    try:
        return {"text": body.decode()}
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(body).decode()}


def _bytes(row: dict[str, Any]) -> bytes | None:
    if "base64" in row:
        return base64.b64decode(row["base64"], validate=True)
    return row["text"].encode() if "text" in row else None


def _pairs(rows: list[list[str]]) -> Pairs:
    return tuple((name, value) for name, value in rows)


def _cut_half_line(file: int) -> None:
    """Removes what a killed process left after the last whole line, so that the next line stands by itself."""
    end = os.fstat(file).st_size
    start = end
    while start > 0:
        step = min(TAIL, start)
        newline = os.pread(file, step, start - step).rfind(b"\n")
        start -= step
        if newline >= 0:
            start += newline + 1
            break
    if start < end:
        os.ftruncate(file, start)
