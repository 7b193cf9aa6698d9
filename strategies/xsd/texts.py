"""Strings, names, addresses and octets as texts."""

from __future__ import annotations

import base64
from math import inf

from strategies.xsd.facets import Facets
from strategies.xsd.numbers import Draw
from strategies.xsd.patterns import parse, sample
from strategies.xsd.tape import Source

ALPHABET = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 -_.,:/@#&<>'\"%+*=?!()[]{}|\\^~`$;"
BEYOND = "\u00e9\u00df\u0141\u0416\u03a9\u05d0\u0639\u0939\u4e2d\u3042\uac00\u20ac\u2019\U0001f642"
CHARACTERS = ALPHABET + BEYOND
# Texts that storage, escaping or conversion gone wrong would change.
AWKWARD = ("&amp;", "<tag/>", "]]>", '"quoted"', "O'Neil", "a\\b", "00420", "1e5", "null", "e\u0301", "\u540d\u524d")
SPACED = ("two  blanks", " blank before", "blank behind ", "a\tb")
LINES = ("line\nbreak", "carriage\rreturn")
USUAL = 12  # how much longer than it must a text without a limit is
LARGE = 1000  # beyond this a limit is not reached for

NAMES = {
    "Name": "[A-Za-z_][A-Za-z0-9._:\\-]*",
    "NCName": "[A-Za-z_][A-Za-z0-9._\\-]*",
    "NMTOKEN": "[A-Za-z0-9._:\\-]+",
    "language": "[a-z]{2}(-[A-Z]{2})?",
    "ID": "[a-z][A-Za-z0-9._\\-]*",
    "IDREF": "[a-z][A-Za-z0-9._\\-]*",
    "QName": "[A-Za-z_][A-Za-z0-9._\\-]*",
}


def _size(source: Source, shortest: int, longest: float) -> int:
    """A length: mostly small, now and then the limit."""
    most = int(min(longest, shortest + USUAL))
    if longest <= LARGE and longest > most and source.below(8) == 7:
        return int(longest)
    return shortest + source.below(most - shortest + 1)


def strings(facets: Facets, white_space: str) -> Draw:
    """Text, in a form that handling of white space leaves as it is."""
    awkward = AWKWARD + {"preserve": SPACED + LINES, "replace": SPACED[:-1]}.get(white_space, ())
    fitting = [text for text in awkward if facets.shortest <= len(text) <= facets.longest]

    def draw(source: Source) -> str:
        size = _size(source, facets.shortest, facets.longest)
        if not size:
            return ""
        recipe = source.below(8)
        if recipe == 7 and fitting:
            return source.pick(fitting)
        if recipe < 4 or size > USUAL:  # a long text from few decisions
            start, step = source.below(26), source.below(2)
            return "".join(ALPHABET[(start + step * index) % 26] for index in range(size))
        text = "".join(source.pick(CHARACTERS) for _ in range(size))
        return _collapsed(text) if white_space == "collapse" else text

    return draw


def _collapsed(text: str) -> str:
    """A text of the same length without blanks at its ends and without two in a row."""
    text = text.replace("  ", " _").replace("  ", " _")
    return f"{'_' if text[0] == ' ' else text[0]}{text[1:-1]}{'_' if text[-1] == ' ' else text[-1]}"[: len(text)]


def names(name: str, facets: Facets) -> Draw:
    """Names and tokens of the built-in types."""
    structure = parse(NAMES[name])
    longest = facets.longest if facets.longest != inf else facets.shortest + USUAL
    return lambda source: sample(structure, source, facets.shortest, longest)


def addresses(facets: Facets) -> Draw:
    """References to resources (RFC 3986), absolute where there is room."""
    structure = parse("[a-z0-9]+(/[a-z0-9]+)*")
    prefix = "http://example.com/"

    def draw(source: Source) -> str:
        size = _size(source, facets.shortest, facets.longest)
        if not size:
            return ""
        absolute = (source.below(2) and size > len(prefix)) or (source.below(4) == 3 and facets.longest == inf)
        head = prefix if absolute else ""
        return head + sample(structure, source, max(size - len(head), 1), max(size - len(head), 1))

    return draw


def octets(name: str, facets: Facets) -> Draw:
    """Octets, in hexadecimal or base64."""

    def draw(source: Source) -> str:
        size = _size(source, facets.shortest, facets.longest)
        data = bytes(source.below(256) for _ in range(size)) if size <= USUAL else bytes(size)
        return data.hex().upper() if name == "hexBinary" else base64.b64encode(data).decode()

    return draw
