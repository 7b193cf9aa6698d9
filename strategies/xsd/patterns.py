r"""Texts that match a regular expression of XSD (XML Schema Part 2, appendix F), of a wanted length.

Which characters a class holds is asked of elementpath, for a fixed set of characters and for those that the class
names; so `\p{Lu}`, `\i` or `[a-z-[aeiou]]` mean what they mean to the validator.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from math import inf

from elementpath.regex import RegexError, translate_pattern

from strategies.xsd.errors import Unsupported
from strategies.xsd.tape import Source

# Characters that are offered to every class, simplest first: their categories are the same in all versions of Unicode.
SAMPLE = (
    "aAbBcCxyzZ019.-_: ,;/@#%&<>'\"()[]{}|!?*+=~^$`\\\t\n\u00e9\u00c9\u00df\u0416\u03a9\u05d0\u0663\u0939\u4e2d\u3042"
    "\uac00\u20ac\u2019\u00b1\u00b2\u0301\u2028\u00a0\U0001f600\U00010400"
    "defghijklmnopqrstuvwDEFGHIJKLMNOPQRSTUVWXY2345678"
)
MORE = 4  # how many times more than it must a piece without a limit is repeated


@dataclass(frozen=True, slots=True)
class Characters:
    """One character of a set."""

    members: str
    shortest: int = 1
    longest: float = 1


class Sequence:
    """One after the other."""

    __slots__ = ("longest", "parts", "shortest")
    shortest: int
    longest: float

    def __init__(self, parts: list[Part]) -> None:
        self.parts = parts
        self.shortest = sum(part.shortest for part in parts)
        self.longest = sum(part.longest for part in parts)


class Choice:
    """One of several."""

    __slots__ = ("longest", "options", "shortest")
    shortest: int
    longest: float

    def __init__(self, options: list[Part]) -> None:
        self.options = options
        self.shortest = min(option.shortest for option in options)
        self.longest = max(option.longest for option in options)


class Repeat:
    """One thing several times."""

    __slots__ = ("fewest", "longest", "most", "part", "shortest")
    shortest: int
    longest: float

    def __init__(self, part: Part, fewest: int, most: float) -> None:
        self.part, self.fewest, self.most = part, fewest, most
        self.shortest = fewest * part.shortest
        self.longest = 0 if not most or not part.longest else most * part.longest


Part = Characters | Sequence | Choice | Repeat


@cache
def parse(regex: str) -> Part:
    """The structure of a regular expression of XSD.

    Raises:
        Unsupported: a class of characters of which no member was found, or something that is no regular expression.
    """
    parser = _Parser(regex)
    try:
        part = parser.choice()
    except (IndexError, ValueError, RegexError) as error:
        raise Unsupported("xs:pattern", f"{regex!r}: {error}") from error
    if parser.at < len(regex):
        raise Unsupported("xs:pattern", f"{regex!r}: position {parser.at}")
    return part


def sample(part: Part, source: Source, shortest: int = 0, longest: float = inf) -> str:
    """A text that matches, of a length within the bounds where the structure allows it.

    The bounds are a wish: the caller checks the length.
    """
    out: list[str] = []
    _write(part, source, shortest, longest, out)
    return "".join(out)


def _write(part: Part, source: Source, low: int, high: float, out: list[str]) -> None:
    if isinstance(part, Characters):
        out.append(source.pick(part.members))
    elif isinstance(part, Choice):
        fitting = [option for option in part.options if option.shortest <= high and option.longest >= low]
        _write(source.pick(fitting or part.options), source, low, high, out)
    elif isinstance(part, Sequence):
        _write_all(part.parts, source, low, high, out)
    else:
        _write_all([part.part] * _times(part, source, low, high), source, low, high, out)


def _times(part: Repeat, source: Source, low: int, high: float) -> int:
    fewest, most = part.fewest, part.most
    if part.part.longest and part.part.longest != inf:
        fewest = max(fewest, -int(-low // part.part.longest))
    elif low > part.shortest and not fewest:
        fewest = 1
    if part.part.shortest:
        most = min(most, high // part.part.shortest)
    most = int(min(most, fewest + MORE))
    return fewest + source.below(max(most - fewest, 0) + 1)


def _write_all(parts: list[Part], source: Source, low: int, high: float, out: list[str]) -> None:
    behind: list[tuple[int, float]] = [(0, 0)]  # how short and how long what stands behind each part can be
    for part in reversed(parts[1:]):
        behind.append((behind[-1][0] + part.shortest, behind[-1][1] + part.longest))
    for part, (shortest, longest) in zip(parts, reversed(behind), strict=False):
        before = len(out)
        _write(part, source, max(part.shortest, low - int(min(longest, low))), min(part.longest, high - shortest), out)
        written = sum(map(len, out[before:]))
        low, high = max(low - written, 0), max(high - written, 0)


class _Parser:
    """Reads branches, pieces and atoms from left to right."""

    def __init__(self, regex: str) -> None:
        self.regex = regex
        self.at = 0

    def choice(self) -> Part:
        options = [self.branch()]
        while self.regex[self.at : self.at + 1] == "|":
            self.at += 1
            options.append(self.branch())
        return options[0] if len(options) == 1 else Choice(sorted(options, key=lambda option: option.shortest))

    def branch(self) -> Part:
        parts: list[Part] = []
        while self.at < len(self.regex) and self.regex[self.at] not in "|)":
            parts.append(self.quantified(self.atom()))
        return parts[0] if len(parts) == 1 else Sequence(parts)

    def atom(self) -> Part:
        start, letter = self.at, self.regex[self.at]
        self.at += 1
        if letter == "(":
            if self.regex.startswith("?:", self.at):
                self.at += 2
            inner = self.choice()
            if self.regex[self.at] != ")":
                raise ValueError("a group without an end")
            self.at += 1
            return inner
        if letter == "[":
            self._to_end_of_class()
        elif letter == "\\":
            self.at += 1
            if self.regex[self.at - 1] in "pP":
                self.at = self.regex.index("}", self.at) + 1
        elif letter != ".":
            return Characters(letter)
        return Characters(members(self.regex[start : self.at]))

    def _to_end_of_class(self) -> None:
        depth = 1
        while depth:
            letter = self.regex[self.at]
            self.at += 2 if letter == "\\" else 1
            depth += {"[": 1, "]": -1}.get(letter, 0)

    def quantified(self, part: Part) -> Part:
        found = re.compile(r"[?*+]|\{(\d+)(,?)(\d*)\}").match(self.regex, self.at)
        if found is None:
            return part
        self.at = found.end()
        if found[0] in {"?", "*", "+"}:
            return Repeat(part, int(found[0] == "+"), 1 if found[0] == "?" else inf)
        fewest = int(found[1])
        return Repeat(part, fewest, int(found[3]) if found[3] else inf if found[2] else fewest)


@cache
def members(text: str) -> str:
    r"""Some characters of a class such as `[a-z-[aeiou]]`, `\d` or `.`: those of the sample and those it names."""
    compiled = re.compile(translate_pattern(text, back_references=False, lazy_quantifiers=False, anchors=False))
    named = [other for letter in text for other in (letter, chr(min(ord(letter) + 1, 0xD7FF)))]
    # To libxml2 an underscore is no word character, and the recommendation agrees; so it must be named.
    offered = [letter for letter in SAMPLE if letter != "_" or "_" in text]
    if re.search(r"\\[icIC]", text):  # editions of XML disagree about names beyond Latin
        offered = [letter for letter in offered if letter < "\u0250"]
    found = [letter for letter in dict.fromkeys([*offered, *named]) if compiled.match(letter) and _in_xml(letter)]
    if not found:
        found = [chr(code) for code in range(0x20, 0x10000) if compiled.match(chr(code)) and _in_xml(chr(code))][:16]
    if not found:
        raise Unsupported("xs:pattern", f"no character of {text!r} was found")
    return "".join(found)


def _in_xml(letter: str) -> bool:
    code = ord(letter)
    return letter in "\t\n" or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or code >= 0x10000
