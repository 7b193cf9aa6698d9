"""The names that a run made up, and new ones in their place."""

from __future__ import annotations

import re
import secrets
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cache

from conformance.exercise.names import ALPHABET, fresh_name
from conformance.replay.words import texts
from conformance.session.exchange import Request

KNOWN_BY = 8  # letters that tell a name from any other text
LONGEST = 40
CALLS = 20_000  # names of one check that are looked for
_RUN = re.compile(f"[{ALPHABET}]{{{KNOWN_BY},}}")
_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}|(?<![0-9a-zA-Z])[0-9a-f]{32}(?![0-9a-zA-Z])")


class Names:
    """Finds names that the checks of a run took from `Bench.fresh`, and ids that are unique by nature.

    Args:
        seed: of the run.
        contract: id of the contract.
        check: id of the check.
        fixed: values that the target file gives; none of them is new.
    """

    def __init__(self, seed: int, contract: str, check: str, fixed: Iterable[str] = ()) -> None:
        self._whose = (seed, contract, check)
        self._fixed = frozenset(fixed)
        self._found: dict[int, frozenset[str]] = {}

    def made(self, request: Request) -> frozenset[str]:
        """The made-up names in a request."""
        key = id(request)
        if key not in self._found:
            self._found[key] = frozenset(self._names(texts(request)))
        return self._found[key]

    def unique(self, request: Request) -> set[str]:
        """UUIDs in a request."""
        return set(_UUID.findall(texts(request))) - self._fixed

    def _names(self, text: str) -> Iterable[str]:
        known = _known(*self._whose)
        for run in _RUN.finditer(text):
            letters = run[0]
            start = 0
            while start + KNOWN_BY <= len(letters):
                count = known.get(letters[start : start + KNOWN_BY])
                if count is None:
                    start += 1
                    continue
                length = _length(letters[start:], fresh_name(*self._whose, count, LONGEST))
                yield letters[start : start + length]
                start += length


def new_name(length: int) -> str:
    """A name of the kind that `Bench.fresh` gives, unlike any other."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def anew(names: Iterable[str]) -> dict[str, str]:
    """A new name for each, of the same kind and length."""
    return {name: _anew(name) for name in names}


def renamed(request: Request, names: Mapping[str, str]) -> Request:
    """The request with names replaced, wherever they stand, within other words too."""
    if not names:
        return request
    pattern = re.compile("|".join(map(re.escape, sorted(names, key=len, reverse=True))))

    def text(given: str) -> str:
        return pattern.sub(lambda found: names[found[0]], given)

    body = request.body
    return replace(
        request,
        path=text(request.path),
        query=text(request.query),
        headers=tuple((name, text(value)) for name, value in request.headers),
        body=None if body is None else text(body.decode("latin-1")).encode("latin-1"),  # names are ASCII
    )


def _anew(name: str) -> str:
    if _UUID.fullmatch(name):
        new = uuid.uuid4()
        return str(new) if "-" in name else new.hex
    return new_name(len(name))


def _length(letters: str, name: str) -> int:
    pairs = zip(letters, name, strict=False)
    return next((index for index, (one, other) in enumerate(pairs) if one != other), min(len(letters), len(name)))


@cache
def _known(seed: int, contract: str, check: str) -> dict[str, int]:
    return {fresh_name(seed, contract, check, count, KNOWN_BY): count for count in range(1, CALLS)}
