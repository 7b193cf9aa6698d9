"""Where the exchanges of a run are found: the journal beside its record, or what the record itself has kept."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any, Protocol

from reports.compare.answers import Answers, Seen, Sightings, differences, gather
from reports.compare.diff import pairs
from reports.exchanges import ExchangeRecord
from reports.model import RunRecord, TargetRecord
from reports.text import one_line, plural
from reports.view import sent

ILLUSTRATED = 60  # changes that get an example
LONG = 16_000_000  # bytes of a journal that is worth a process of its own
_NO_TEXT = "[no text]"


class JournalError(ValueError):
    """A journal beside a run record is none. The message names file and line."""


class Source(Protocol):
    """The exchanges of one target in one run."""

    def basis(self) -> str:
        """Says where they come from."""

    def size(self) -> int:
        """Bytes to read, about."""

    def rows(self) -> Iterator[Seen]:
        """One after the other."""

    def example(self, place: int) -> str:
        """The request at a place, in a line."""


class JournalSource:
    """Reads a journal line by line and never holds more of it."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def basis(self) -> str:
        """Says that they come from a journal."""
        return f"the journal {self._path.name}"

    def size(self) -> int:
        """Bytes of the file."""
        return self._path.stat().st_size

    def rows(self) -> Iterator[Seen]:
        """The exchanges of the file; a last line that was cut is left out.

        Raises:
            JournalError: another line is not that of an exchange.
            OSError: the file cannot be read.
        """
        place = 0
        with self._path.open("rb") as file:
            for number, line in enumerate(file, 1):
                if not line.endswith(b"\n"):
                    return
                try:
                    yield _seen(json.loads(line.decode()), place)
                except (ValueError, KeyError, TypeError, AttributeError) as error:
                    raise JournalError(f"{self._path}:{number}: not an exchange: {error!r}") from error
                place += len(line)

    def example(self, place: int) -> str:
        """The request that begins at a byte of the file."""
        with self._path.open("rb") as file:
            file.seek(place)
            request = json.loads(file.readline())["request"]
        query = f"?{request['query']}" if request["query"] else ""
        body = request.get("text", _NO_TEXT if "base64" in request else "")
        return one_line(f"{request['method']} {request['path']}{query} {body}")


class RecordSource:
    """The exchanges that a run record has kept as evidence."""

    def __init__(self, target: TargetRecord) -> None:
        shown = [reading.exchange for reading in target.readings if reading.exchange]
        trails = [f.trail for requirement in target.requirements for f in requirement.failures]
        kept = {exchange.number: exchange for exchange in (*shown, *(e for trail in trails for e in trail))}
        self._kept = [kept[number] for number in sorted(kept)]

    def basis(self) -> str:
        """Says that there are only few."""
        return f"the {plural(len(self._kept), 'exchange')} that the record kept (its journal is not beside it)"

    def size(self) -> int:
        """Next to nothing."""
        return 0

    def rows(self) -> Iterator[Seen]:
        """The exchanges of the record."""
        for place, exchange in enumerate(self._kept):
            yield _kept_seen(exchange, place)

    def example(self, place: int) -> str:
        """The request of an exchange of the record."""
        return sent(self._kept[place])


def source_of(target: TargetRecord, folder: Path) -> Source:
    """The journal that the record names, or else the record itself."""
    name = target.journal
    if name and Path(name).name == name and (folder / name).is_file():
        return JournalSource(folder / name)
    return RecordSource(target)


def answers_of(old: RunRecord, old_folder: Path, new: RunRecord, new_folder: Path) -> tuple[Answers | None, ...]:
    """What changed in the answers, for each pair of targets.

    Raises:
        JournalError: a journal is none.
        OSError: a journal cannot be read.
    """
    found: list[Answers | None] = []
    for was, now in pairs(old, new):
        if was is None or now is None:
            found.append(None)
            continue
        before, after = source_of(was, old_folder), source_of(now, new_folder)
        found.append(_illustrated(differences(*_gathered(before, after)), after))
    return tuple(found)


def _gathered(before: Source, after: Source) -> tuple[Sightings, Sightings]:
    """Both sides; long journals side by side, for they take seconds."""
    if min(before.size(), after.size()) < LONG:
        return _folded(before), _folded(after)
    with ProcessPoolExecutor(max_workers=1) as other:
        waiting = other.submit(_folded, before)
        second = _folded(after)
        return waiting.result(), second


def _folded(source: Source) -> Sightings:
    return gather(source.rows(), source.basis())


def _illustrated(answers: Answers, source: Source) -> Answers:
    shown = [replace(c, example=source.example(c.after[0].place)) for c in answers.changes[:ILLUSTRATED]]
    return replace(answers, changes=(*shown, *answers.changes[ILLUSTRATED:]))


def _seen(row: dict[str, Any], place: int) -> Seen:
    request, answer = row["request"], row.get("answer")
    body = request.get("text") or request.get("base64", "")
    way = f"{request.get('source', '')} {request.get('plain', '')} {request['method']} {request['path']}"
    return Seen(
        check=row["check"],
        operation=request["operation"],
        request=f"{way}?{request['query']}\n{request['headers']}\n{body}",
        status=str(answer["status"]) if answer is not None else str(row["trouble"]),
        body="" if answer is None else (None if "base64" in answer else answer.get("text", "")),
        place=place,
    )


def _kept_seen(exchange: ExchangeRecord, place: int) -> Seen:
    request, answer = exchange.request_body, exchange.answer
    body = "" if request is None else request.text or request.base64 or ""
    came = "" if answer is None or answer.body is None else answer.body.text
    return Seen(
        check=exchange.check,
        operation=exchange.operation,
        request=f"{exchange.method} {_path(exchange.url)}\n{exchange.request_headers}\n{body}",
        status=str(answer.status) if answer else str(exchange.trouble),
        body=came,
        place=place,
    )


def _path(url: str) -> str:
    """Without scheme and host: where a target lives says nothing about what was asked."""
    return "/" + url.partition("://")[2].partition("/")[2]
