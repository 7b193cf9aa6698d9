"""What stays of requests and answers when generated ids and values are taken out of them."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import lru_cache

_REMEMBERED = 50_000  # words
_ID = 7  # digits of a number that is an id rather than a code
_GENERATED = re.compile(rf"\b(?:[A-Za-z_]++\d|\d{{{_ID}}}|\d++[A-Za-z_-][\w-]{{2}})[\w-]*")
_DIGITS, _INNER = b"0123456789", b"-_.:"
_WORD = _DIGITS + _INNER + b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
_APART = bytes(mark if mark in _WORD else ord(" ") for mark in range(256))
_ELEMENT = re.compile(r"<([A-Za-z_][\w.:-]*)")
_TEXT_OF = re.compile(r"<([A-Za-z_][\w.:-]*)[^<>]*>([^<>]{1,40})</")
# Members that say in a word what became of a request.
_TELLING = re.compile(r"(?i)^(?:(?:status|error|result|response|return)[_-]?)?code$|^severity$|^status$")
_CODE = 40  # characters that a code may have
_DEEP = 40  # levels of a body that are looked at


@dataclass(frozen=True, slots=True, order=True)
class Form:
    """An answer without its values.

    Attributes:
        status: HTTP status, or the trouble in a word.
        codes: what members such as a status code say, sorted.
        shape: paths and types of the body, sorted.
    """

    status: str
    codes: tuple[str, ...] = ()
    shape: tuple[str, ...] = ()


def masked(text: str) -> str:
    """A text with a star for everything that looks generated: ids, tokens, dates, long numbers."""
    return _GENERATED.sub("*", text)


def pattern(text: str) -> bytes:
    """What two texts have in common that differ in generated parts only; to be compared, not to be read.

    Says the same as `masked`, in a fraction of its time: journals are long.
    """
    data = text.encode("utf-8", "surrogatepass")
    words = map(_KEPT.__getitem__, data.translate(_APART).split())
    return data.translate(None, _WORD) + b"\0" + b" ".join(words)


class _Kept(dict[bytes, bytes]):
    """Words that stay as they are, remembered; for any other it gives a star."""

    def __missing__(self, word: bytes) -> bytes:
        core = word.strip(_INNER)
        if core.translate(None, _DIGITS) != core and not (core.isdigit() and len(core) < _ID):
            return b"*"
        if len(self) >= _REMEMBERED:
            self.clear()
        self[word] = word
        return word


_KEPT = _Kept()


def form(status: str, body: str | None) -> Form:
    """The form of an answer whose body is this text; None is a body that is no text."""
    if body is None:
        return Form(status, shape=("bytes",))
    if not body.strip():
        return Form(status, shape=("empty",))
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return _of_text(status, body)
    codes: set[str] = set()
    shape: set[str] = set()
    _walk(value, "", codes, shape, _DEEP)
    return Form(status, tuple(sorted(codes)), tuple(sorted(shape)))


def _of_text(status: str, body: str) -> Form:
    if not body.lstrip().startswith("<"):
        return Form(status, shape=("text",))
    codes = {f"{name}={masked(text)}" for name, text in _TEXT_OF.findall(body) if _telling(name)}
    return Form(status, tuple(sorted(codes)), tuple(sorted(f"<{name}>" for name in set(_ELEMENT.findall(body)))))


def _walk(value: object, path: str, codes: set[str], shape: set[str], depth: int) -> None:
    if not depth:
        return
    if isinstance(value, dict):
        if not value:
            shape.add(f"{path[1:]} {{}}".strip())
        for name, inner in value.items():
            place = f"{path}.{_known(name)}"
            if isinstance(inner, dict | list):
                _walk(inner, place, codes, shape, depth - 1)
                continue
            shape.add(f"{place[1:]} {_kind(inner)}")
            if _telling(name) and len(said := str(inner)) <= _CODE:
                codes.add(f"{place[1:]}={masked(said)}")
    elif isinstance(value, list):
        if not value:
            shape.add(f"{path[1:]}[] nothing")
        for inner in value:
            _walk(inner, f"{path}[]", codes, shape, depth - 1)
    else:
        shape.add(f"{path[1:]} {_kind(value)}".strip())


@lru_cache(maxsize=2_000)
def _known(name: str) -> str:
    return masked(name)


@lru_cache(maxsize=2_000)
def _telling(name: str) -> bool:
    return _TELLING.search(name.rpartition(":")[2]) is not None


def _kind(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    return "text" if isinstance(value, str) else "number"


def told(found: Form) -> str:
    """A form in words: status and codes."""
    return " ".join((found.status, *found.codes))
