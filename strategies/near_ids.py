"""Identifiers that are nearly another one: what careless routing, comparing and looking up takes for the same."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Near:
    """An identifier that differs from another one in one named way."""

    how: str
    id: str

    def __repr__(self) -> str:
        return f"{self.how}: {self.id!r}"


def near(id_: str) -> Iterator[Near]:
    """Every identifier that is nearly this one, none of them equal to it, each once.

    Args:
        id_: at least two characters.
    """
    seen = {id_}
    for how, text in _ways(id_):
        if text and text not in seen:
            seen.add(text)
            yield Near(how, text)


def _ways(text: str) -> Iterator[tuple[str, str]]:
    middle = len(text) // 2
    yield "in capitals", text.upper()
    yield "in small letters", text.lower()
    yield "with the first letter in the other case", text[0].swapcase() + text[1:]
    yield "with the last letter in the other case", text[:-1] + text[-1].swapcase()
    yield "cut by its last character", text[:-1]
    yield "without its first character", text[1:]
    yield "its first half", text[:middle]
    yield "one character longer", text + "x"
    yield "a zero longer", text + "0"
    yield "with a zero before it", "0" + text
    yield "with a blank behind it", text + " "
    yield "with a blank before it", " " + text
    yield "with a tab behind it", text + "\t"
    yield "with a line feed behind it", text + "\n"
    yield "with a no-break space behind it", text + "\u00a0"
    yield "with an underscore for a character", f"{text[:middle]}_{text[middle + 1 :]}"
    yield "with a percent sign for its end", f"{text[:middle]}%"
    yield "with a star for its end", f"{text[:middle]}*"
    yield "with a question mark for a character", f"{text[:middle]}?{text[middle + 1 :]}"
    yield "with a dot for a character", f"{text[:middle]}.{text[middle + 1 :]}"
    yield "with a character percent-encoded", f"%{ord(text[0]):02X}{text[1:]}" if text[0].isascii() else text
    yield "with a soft hyphen inside", f"{text[:middle]}\u00ad{text[middle:]}"
    yield "with an accent on a letter", _accented(text)
    yield "in fullwidth letters", "".join(_fullwidth(letter) for letter in text)
    if text.isascii() and text.isdigit():
        yield "as a decimal fraction", f"{text}.0"
        yield "with a plus sign", f"+{text}"
        yield "the next number", str(int(text) + 1)
        yield "without leading zeros", text.lstrip("0")


def _accented(text: str) -> str:
    for place, letter in enumerate(text):
        accented = unicodedata.normalize("NFC", f"{letter}\u0301")
        if letter.isalpha() and len(accented) == 1:
            return text[:place] + accented + text[place + 1 :]
    return text


def _fullwidth(letter: str) -> str:
    return chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter
