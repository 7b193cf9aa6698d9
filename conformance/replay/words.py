"""The values within requests and answers: where they stand, and how to put others in their place."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from urllib.parse import parse_qsl, quote, unquote

from conformance.session.exchange import Answer, Request
from conformance.session.leaves import Place, leaves

BODY, HEADER, SEGMENT = "body", "header", "segment"
SHORTEST = 4  # characters of a value that is told from others


def sent_words(request: Request) -> set[str]:
    """Every value that a request has: path segments, query, headers and their segments, leaves of the body."""
    words = {unquote(part) for part in request.path.split("/")}
    words |= {value for _, value in parse_qsl(request.query, keep_blank_values=True)}
    for _, value in request.headers:
        words |= {value, *value.split("/")}
    words |= {value for _, value in leaves(request.body or b"")}
    return {word for word in words if len(word) >= SHORTEST}


def given_words(answer: Answer) -> Iterator[tuple[Place, str]]:
    """Every value that an answer has, with its place."""
    for name, value in answer.headers:
        yield (HEADER, name.lower()), value
        if "/" in value:
            yield (SEGMENT, name.lower()), value.rstrip("/").rpartition("/")[2]
    for place, value in leaves(answer.body):
        yield (BODY, *place), value


def word_at(answer: Answer, place: Place) -> str | None:
    """What an answer has at a place, or None."""
    return next((value for each, value in given_words(answer) if each == place), None)


def essence(answer: Answer | None, changing: Collection[str]) -> object:
    """What of an answer is the same whenever the target does the same: no times, no new names."""
    if answer is None:
        return None
    found = set()
    for place, value in leaves(answer.body):
        stable = not re.search(r"\d{4}|:\d\d", value) and not any(word in value for word in changing)
        found.add((place, value if stable else "*"))
    return answer.status, frozenset(found)


def with_words(request: Request, words: Mapping[str, str]) -> Request:
    """The request with some of its words replaced, wherever they stand by themselves."""
    if not words:
        return request
    swap = _Swap(words)
    return replace(
        request,
        path=swap.text(request.path),
        query=swap.text(request.query),
        headers=tuple((name, swap.text(value)) for name, value in request.headers),
        body=None if request.body is None else swap.data(request.body),
    )


class _Swap:
    def __init__(self, words: Mapping[str, str]) -> None:
        self._words = {**{quote(old, safe=""): quote(new, safe="") for old, new in words.items()}, **words}
        longest = sorted(self._words, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(_pattern, longest)))

    def text(self, text: str) -> str:
        return self._pattern.sub(lambda found: self._words[found[0]], text)

    def data(self, data: bytes) -> bytes:
        try:
            return self.text(data.decode()).encode()
        except UnicodeError:
            return self.text(data.decode("latin-1")).encode("latin-1", "replace")


def _pattern(word: str) -> str:
    return rf"(?<![A-Za-z0-9]){re.escape(word)}(?![A-Za-z0-9])"


def texts(request: Request) -> str:
    """All of a request as one text, to look for something in it."""
    headers = "\n".join(value for _, value in request.headers)
    return f"{unquote(request.path)}\n{unquote(request.query)}\n{headers}\n{(request.body or b'').decode('latin-1')}"
