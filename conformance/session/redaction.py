"""Takes secrets out of what is written down, in every form in which a request or an answer may carry them."""

from __future__ import annotations

import base64
import json
import re
import string
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cached_property
from urllib.parse import unquote

import specs
from conformance.session.exchange import Exchange, Pairs
from conformance.target.model import Target

SHORTEST_CORE = 6  # characters of Base64 that do not stand there by chance
LEVELS = 2  # JSON within JSON, a URL within a URL
_BACKSLASH = re.compile(r"\\(u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|x[0-9a-fA-F]{2}|.)", re.DOTALL)
_REFERENCE = re.compile(r"&(?:#0*([0-9]{1,7})|#[xX]0*([0-9a-fA-F]{1,6})|(lt|gt|amp|quot|apos));")
_SHORT = {"\b": "b", "\f": "f", "\n": "n", "\r": "r", "\t": "t"}
_LONG = {letter: character for character, letter in _SHORT.items()}
_ENTITIES = {"<": "lt", ">": "gt", "&": "amp", '"': "quot", "'": "apos"}
_NAMED = {name: character for character, name in _ENTITIES.items()}
_BASE64 = frozenset(string.ascii_letters + string.digits + "+/-_=")
_BASIC = re.compile(r"\bbasic\s+([A-Za-z0-9+/=_-]+)", re.IGNORECASE)
_WIDE = ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")


class Redactor:
    """Knows the secrets of a target and takes them out; `***name***` stands in their place.

    A secret is found as it is, escaped as in JSON, XML or a URL (each character in any of these ways), and
    within Base64, wherever it begins there (as in `user:password` of Basic authentication).

    Args:
        target: whose secrets.
    """

    def __init__(self, target: Target) -> None:
        self._secrets = sorted(_secrets(target), key=lambda secret: len(secret[1]), reverse=True)
        users = [secret.reveal() for secret in target.credentials.values()]
        self._needles = [
            *(_Needle(name, form) for name, value in self._secrets for form in _encodings(value)),
            *(_Needle(name, core, run=True) for name, value in self._secrets for core in _cores(value, users)),
        ]
        self._wide = [
            _Needle(name, value.encode(coding).decode("latin-1")) for coding in _WIDE for name, value in self._secrets
        ]

    def text(self, text: str) -> str:
        """A text without secrets."""
        if "asic " in text or "ASIC " in text:
            text = _BASIC.sub(self._basic, text)
        return _without(text, self._needles)

    def data(self, data: bytes) -> bytes:
        """Bytes without secrets."""
        try:
            coding = "utf-8"
            text = data.decode(coding)
        except UnicodeDecodeError:
            coding = "latin-1"
            text = data.decode(coding)
        clean = self.text(text)
        if clean != text:
            data = clean.encode(coding)
        if b"\0" in data:
            data = _without(data.decode("latin-1"), self._wide).encode("latin-1")
        return data

    def pairs(self, pairs: Pairs) -> Pairs:
        """Headers without secrets."""
        return tuple((self.text(name), self.text(value)) for name, value in pairs)

    def exchange(self, exchange: Exchange) -> Exchange:
        """An exchange without secrets."""
        request, answer = exchange.request, exchange.answer
        return replace(
            exchange,
            request=replace(
                request,
                path=self.text(request.path),
                query=self.text(request.query),
                headers=self.pairs(request.headers),
                body=None if request.body is None else self.data(request.body),
            ),
            answer=answer and replace(answer, headers=self.pairs(answer.headers), body=self.data(answer.body)),
            detail=self.text(exchange.detail),
        )

    def _basic(self, found: re.Match[str]) -> str:
        token = found[1]
        try:
            told = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_" if set("-_") & set(token) else None)
        except ValueError:
            return found[0]
        name = next((name for name, value in self._secrets if value.encode() in told), None)
        return found[0].replace(token, f"***{name}***") if name else found[0]


class _Needle:
    """One secret in one encoding. A run is part of a Base64 text, which is taken out whole."""

    def __init__(self, name: str, value: str, *, run: bool = False) -> None:
        self.value = value
        self._mark = f"***{name}***"
        self._run = run

    def out_of(self, text: str) -> str:
        """The text with every form of the needle replaced."""
        pieces, done = [], 0
        for found in self._pattern.finditer(text):
            start, end = found.span()
            if self._run:
                start, end = _widened(text, start, end, done)
            if start >= done:
                pieces += [text[done:start], self._mark]
            done = max(done, end)
        return "".join([*pieces, text[done:]])

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile("".join(map(_character, self.value)))


def _widened(text: str, start: int, end: int, floor: int) -> tuple[int, int]:
    while start > floor and text[start - 1] in _BASE64:
        start -= 1
    while end < len(text) and text[end] in _BASE64:
        end += 1
    return start, end


def _without(text: str, needles: Iterable[_Needle]) -> str:
    forms = list(_forms(text))
    for needle in needles:
        if any(needle.value in form for form in forms):
            text = needle.out_of(text)
    return text


def _forms(text: str) -> Iterator[str]:
    """The text as it is, and with each way of escaping undone; cheaper to look through than the patterns."""
    yield text
    for escape, undo in (("\\", _unescaped), ("&", _dereferenced), ("%", unquote)):
        form = text
        for _ in range(LEVELS):
            if escape not in form:
                break
            if escape == "%" and "+" in form:
                yield unquote(form.replace("+", " "))
            form = undo(form)
            yield form
    if "+" in text:
        yield text.replace("+", " ")


def _unescaped(text: str) -> str:
    plain = _BACKSLASH.sub(_unescape, text)
    if "\\ud" in text or "\\uD" in text:
        plain = plain.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return plain


def _unescape(found: re.Match[str]) -> str:
    code = found[1]
    return _chr(int(code[1:], 16)) if len(code) > 1 else _LONG.get(code, code)


def _dereferenced(text: str) -> str:
    # html.unescape would drop control characters.
    return _REFERENCE.sub(lambda m: _NAMED[m[3]] if m[3] else _chr(int(m[1]) if m[1] else int(m[2], 16)), text)


def _chr(number: int) -> str:
    return chr(number) if number < 0x110000 else ""


def _character(character: str) -> str:
    """A pattern for one character, in whatever way it is escaped."""
    number = ord(character)
    ways = [
        rf"\\{{0,8}}{re.escape(character)}",
        r"\\{1,8}" + r"\\{1,8}".join(f"u(?i:{unit:04x})" for unit in _utf16(character)),
        rf"\\{{1,8}}U(?i:{number:08x})",
        f"&(?:amp;){{0,4}}#0{{0,8}}{number};",
        f"&(?:amp;){{0,4}}#[xX]0{{0,8}}(?i:{number:x});",
        "".join(f"%(?:25){{0,4}}(?i:{byte:02x})" for byte in character.encode()),
    ]
    if number < 256:
        ways.append(rf"\\{{1,8}}x(?i:{number:02x})")
    if character in _SHORT:
        ways.append(rf"\\{{1,8}}{_SHORT[character]}")
    if character in _ENTITIES:
        ways.append(f"&(?:amp;){{0,4}}{_ENTITIES[character]};")
    if character == " ":
        ways.append(r"\+")
    return f"(?:{'|'.join(ways)})"


def _utf16(character: str) -> list[int]:
    wide = character.encode("utf-16-be", "surrogatepass")
    return [int.from_bytes(wide[i : i + 2]) for i in range(0, len(wide), 2)]


def _encodings(value: str) -> list[str]:
    """A secret, and what its UTF-8 bytes look like where they are taken for Latin-1, as in headers."""
    return list(dict.fromkeys([value, value.encode().decode("latin-1")]))


def _cores(value: str, users: Iterable[str]) -> Iterator[str]:
    """The parts of Base64 that a secret alone decides, for each of the three places where it may begin.

    Too short a secret decides too little; then it is looked for as the password of each of `users`.
    """
    found: set[str] = set()
    for before in range(3):
        text = base64.b64encode(b"\0" * before + value.encode()).decode()
        core = text[(8 * before + 5) // 6 : 8 * (before + len(value.encode())) // 6]
        if len(core) >= SHORTEST_CORE:
            found.add(core)
        else:
            found.update(base64.b64encode(f"{user}:{value}".encode()).decode().rstrip("=") for user in users)
    for core in sorted(found, key=len, reverse=True):
        yield core
        if (other := core.translate(str.maketrans("+/", "-_"))) != core:
            yield other


def _secrets(target: Target) -> Iterator[tuple[str, str]]:
    """Name and value of everything that must not be written down."""
    contract = specs.contract(target.contract)
    for name, secret in target.credentials.items():
        field = contract.credentials.get(name)
        if (field is None or field.secret) and secret.reveal():
            yield name, secret.reveal()
    for name, value in target.data.items():
        field = contract.data.get(name)
        if field is not None and field.secret and str(value):
            yield name, value if isinstance(value, str) else json.dumps(value)
