"""JSON that is not JSON: a right text, broken in one named way each. Section numbers are those of RFC 8259."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Broken:
    """A body that is not JSON, and how it is broken."""

    how: str
    body: bytes

    def __repr__(self) -> str:
        return self.how


class Original:
    """A right JSON text of an object in which a mark stands once, as a string of its own.

    Args:
        value: the object.
        mark: the string; ASCII letters and digits.

    Raises:
        ValueError: it does not stand there exactly once.
    """

    def __init__(self, value: Any, mark: str) -> None:
        self.body = json.dumps(value).encode()
        self._string = json.dumps(mark).encode()
        self._mark = mark.encode()
        if self.body.count(self._string) != 1:
            raise ValueError(f"{mark!r} does not stand exactly once in {value!r:.200}")

    def instead(self, token: bytes) -> bytes:
        """The text with something else where the string stands."""
        return self.body.replace(self._string, token)

    def inside(self, raw: bytes) -> bytes:
        """The text with bytes put into the middle of the string as they are."""
        middle = len(self._mark) // 2
        return self.instead(b'"' + self._mark[:middle] + raw + self._mark[middle:] + b'"')

    def before(self, raw: bytes) -> bytes:
        """The text with bytes put right before the string."""
        return self.instead(raw + self._string)

    def behind(self, raw: bytes) -> bytes:
        """The text with bytes put right behind the string."""
        return self.instead(self._string + raw)


# Section 3: the only words are false, null and true, in small letters. Section 6: numbers.
WORDS = ("NaN", "Infinity", "-Infinity", "undefined", "None", "True", "NULL", "nan")
NUMBERS = ("+1", "01", ".5", "1.", "0x1F", "1e", "-", "1_000", "1,5")
# Section 7: control characters are escaped, and there are these escapes alone. Section 8.1: the text is UTF-8.
CONTROLS = {"a line feed": b"\n", "a carriage return": b"\r", "a tab": b"\t", "a NUL": b"\0", "an escape": b"\x1b"}
ESCAPES = {
    "an escape of two digits": b"\\x41",
    "an unfinished escape": b"\\u12",
    "an escaped apostrophe": b"\\'",
    "an escaped line end": b"\\\n",
    "an escape in octal digits": b"\\101",
}
BYTES = {
    "a byte that is never UTF-8": b"\xff",
    "a letter in ISO 8859-1": b"\xe9",
    "a cut character": b"\xe2\x82",
    "an overlong slash": b"\xc0\xaf",
    "a pair of surrogates, each in three bytes": b"\xed\xa0\xbd\xed\xb9\x82",
    "half a surrogate pair in three bytes": b"\xed\xa0\xbd",
}
BODIES = {
    "nothing": b"",
    "blanks alone": b" \r\n",
    "a form": b"name=value&id=2",
    "XML": b"<profile><name>value</name></profile>",
    "a brace alone": b"{",
}
WHOLE: dict[str, Callable[[bytes], bytes]] = {
    "the last brace is missing": lambda body: body[:-1],
    "the first brace is missing": lambda body: body[1:],
    "cut in the middle": lambda body: body[: len(body) // 2],
    "a brace too many": lambda body: body + b"}",
    "a comma behind the last member": lambda body: body[:-1] + b",}",
    "a comma before the first member": lambda body: b"{," + body[1:],
    "no comma between two members": lambda body: body[:-1] + b' "surplus": 1}',
    "text behind the end": lambda body: body + b" x",
    "the same text twice": lambda body: body + body,
    "a second object": lambda body: body + b"{}",
    "single quotes": lambda body: body.replace(b'"', b"'"),
    "a name without quotes": lambda body: body.replace(b'"', b"", 2),
    "an equals sign for a colon": lambda body: body.replace(b'": ', b'"= ', 1),
    "a semicolon for a comma": lambda body: body[:-1] + b'; "surplus": 1}',
    "a comment between stars": lambda body: body[:-1] + b"/* comment */}",
    "a comment behind slashes": lambda body: body + b"// comment",
    "a comment behind a hash": lambda body: b"# comment\n" + body,
    "a prefix against hijacking": lambda body: b")]}',\n" + body,
    "a name of a function around it": lambda body: b"callback(" + body + b")",
}


def broken(original: Original) -> Iterator[Broken]:
    """The text, broken in each named way."""
    yield from (Broken(how, body) for how, body in BODIES.items())
    yield from (Broken(how, breaks(original.body)) for how, breaks in WHOLE.items())
    yield from (Broken(f"the word {word}", original.instead(word.encode())) for word in WORDS)
    yield from (Broken(f"the number {number}", original.instead(number.encode())) for number in NUMBERS)
    yield from (Broken(f"{what}, not escaped", original.inside(raw)) for what, raw in CONTROLS.items())
    yield from (Broken(how, original.inside(raw)) for how, raw in ESCAPES.items())
    yield from (Broken(how, original.inside(raw)) for how, raw in BYTES.items())
    yield Broken("a string without an end", original.instead(b'"no end'))
    yield Broken("two strings in a row", original.behind(b' "x"'))
    yield Broken("a control character between values", original.before(b"\x0b"))
    yield Broken("a no-break space between values", original.before("\u00a0".encode()))
