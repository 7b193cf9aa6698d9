"""Texts that break exactly one facet of a simple type, or are no value of the built-in type that it comes from."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from math import inf
from typing import Any

from xmlschema.names import XSD_NAMESPACE
from xmlschema.validators import XsdSimpleType, XsdUnion

from strategies.xsd.errors import Unsupported
from strategies.xsd.facets import local, steps
from strategies.xsd.numbers import INTEGERS
from strategies.xsd.patterns import parse, sample
from strategies.xsd.simple import Values, values_of
from strategies.xsd.tape import ZEROS, Dice
from strategies.xsd.times import KINDS

KEPT = 6  # wrong values of each kind
TRIES = 60
TYPE = "type"
# What is no value of most types, of the sort that senders send: nothing, words, other types' values, other notations.
GARBAGE = (
    "", "abc", "1.5", "-", "12a", "1,5", "0x1F", "1e5x", "--1", "yes", "TRUE", "2", "2020-02-30", "2020-13-01",
    "01/02/2020", "2020-01-01T25:00:00", "2020-1-1", "24:61:00", "24:30:00", "--13", "---32", "--02-30", "P", "1D",
    "P1S", "ABC", "A===", "not a name", "1st", "a:b:c", "%%", "http://[", "Infinity", "nan",
)  # fmt: skip


@lru_cache(maxsize=4096)
def wrong_values(values: Values) -> dict[str, tuple[str, ...]]:
    """For each facet, and for the type itself, texts that break it and nothing else, to xmlschema.

    The keys are the names of facets, such as "maxLength", and "type".
    """
    kept: dict[str, list[str]] = {}
    for text in dict.fromkeys(_candidates(values)):
        broken = broken_by(values, text)
        if broken and len(kept.setdefault(broken, [])) < KEPT:
            kept[broken].append(text)
    return {broken: tuple(texts) for broken, texts in kept.items()}


def broken_by(values: Values, text: str) -> str:
    """The one facet that a text breaks, or "type"; empty if it breaks none, or more than one."""
    simple = values.simple
    context = simple.schema.validation_context
    context.clear()
    simple.raw_decode(text, "lax", context)
    errors = list(context.errors)
    if isinstance([*steps(simple)][-1], XsdUnion):
        # Told of the first member, whatever it breaks there.
        return TYPE if errors and len(list(steps(simple))) == 1 else ""
    if len(errors) != 1:
        return ""
    validator: Any = errors[0].validator
    ours = _facets(simple)
    return ours.get(id(validator), TYPE)


def _facets(simple: XsdSimpleType) -> dict[int, str]:
    """The names of the facets that a schema put there, by identity; those of built-in types belong to the type."""
    own = (step for step in steps(simple) if not (step.name or "").startswith(f"{{{XSD_NAMESPACE}}}"))
    return {id(facet): local(name) for step in own for name, facet in step.facets.items()}


def _candidates(values: Values) -> Iterator[str]:
    facets, simple = values.facets, values.simple
    right = [values.draw(source) for source in (ZEROS, Dice(1), Dice(2))]
    if facets.enumeration is not None:
        yield from ("Zq7xvj", *(f"{text}x" for text in right), *(text.swapcase() for text in right))
    if facets.shortest > 0 or facets.longest != inf:
        yield from _other_lengths(values, right)
    if facets.patterns:
        yield from _mismatches(values, right)
    if facets.low or facets.high:
        yield from _outside(values)
    if facets.total_digits or facets.fraction_digits is not None:
        yield from _more_digits(values, right)
    if values.builtin in INTEGERS:
        low, high = INTEGERS[values.builtin]
        yield from (str(int(end)) for end in (low - 1, high + 1) if abs(end) < 1)
        yield from (str(int(end) + step) for end, step in ((low, -1), (high, 1)) if abs(end) != inf)
    if simple.variety == "list":
        yield from _wrong_items(values, right)
    yield from GARBAGE
    base = simple.base_type
    if isinstance(base, XsdSimpleType) and (facets.enumeration is not None or facets.other):
        yield from _of_base(base)


def _of_base(base: XsdSimpleType) -> Iterator[str]:
    try:
        values, dice = values_of(base), Dice(3)
    except Unsupported:
        return
    yield from (values.draw(dice) for _ in range(TRIES))


def _other_lengths(values: Values, right: list[str]) -> Iterator[str]:
    facets, dice = values.facets, Dice(4)
    ends = [facets.shortest - 1, *([int(facets.longest) + 1] if facets.longest < 100_000 else [])]
    for size in (end for end in ends if end >= 0):
        for text in right:
            if values.simple.variety == "list":
                items = (text.split() or ["a"]) * (size + 1)
                yield " ".join(items[:size])
            elif values.builtin == "hexBinary":
                yield "A5" * size
            elif values.builtin == "base64Binary":
                yield (
                    {0: "", 1: "AA==", 2: "AAA="}.get(size % 3, "")
                    if size < 3
                    else "AAAA" * (size // 3) + ("", "AA==", "AAA=")[size % 3]
                )
            else:
                yield (text * size or "x" * size)[:size]
        for regexes in facets.patterns[:1]:
            for regex in regexes:
                yield from (sample(parse(regex), dice, size, size) for _ in range(KEPT))


def _mismatches(values: Values, right: list[str]) -> Iterator[str]:
    for text in right:
        yield from (text[:-1], text[1:], f"{text}x", f"{text}0", f"x{text}", text.swapcase(), text.replace("-", "", 1))
        yield from (f"{text[:-1]}{other}" for other in "#aZ0 ")
        yield from (f"{other}{text[1:]}" for other in "#aZ0")
    plain, dice = values.unpatterned(), Dice(5)
    yield from (plain(dice) for _ in range(TRIES))


def _outside(values: Values) -> Iterator[str]:
    for bound, step in ((values.facets.low, -1), (values.facets.high, 1)):
        if bound is None:
            continue
        text = bound.text.strip()
        yield text  # wrong where the bound is exclusive
        if values.builtin in KINDS:
            yield from _moment_beside(values.builtin, text, step)
        else:
            yield from _number_beside(text, step)


def _moment_beside(name: str, text: str, step: int) -> Iterator[str]:
    kind = KINDS[name]
    end = text.removesuffix("Z")
    try:
        place = kind.place(end)
    except ValueError:
        return
    for far in (1, 2, 40, 400):
        try:
            yield kind.write(place + step * far) + text[len(end) :]
        except (ValueError, OverflowError):
            return


def _number_beside(text: str, step: int) -> Iterator[str]:
    if text.lstrip("-").replace(".", "", 1).isdigit():
        whole, _, fraction = text.partition(".")
        unit = 10 ** len(fraction)
        number = int(whole + fraction) + step
        sign, size = ("-" if number < 0 else ""), str(abs(number)).rjust(len(fraction) + 1, "0")
        yield f"{sign}{size[: len(size) - len(fraction)]}.{size[-len(fraction) :]}" if fraction else str(number)
        yield from (str(number // unit + step * far) for far in (1, 2, 1000))
    elif text.startswith("P"):
        yield from ("PT0S", "P0D", "-P1D", "P9999D", "P999Y", "PT1S")


def _more_digits(values: Values, right: list[str]) -> Iterator[str]:
    facets = values.facets
    if facets.fraction_digits is not None:
        digits = "1" * (facets.fraction_digits + 1)
        yield from (f"{text.partition('.')[0]}.{digits}" for text in right)
    if facets.total_digits:
        for size in (facets.total_digits + 1, facets.total_digits + 3):
            yield from ("1" * size, "-" + "1" * size)
            yield f"{'1' * (size - 1)}.1"


def _wrong_items(values: Values, right: list[str]) -> Iterator[str]:
    for member in values.members():
        for texts in wrong_values(member).values():
            for text in texts:
                if text and " " not in text:
                    yield from (" ".join([text, *whole.split()[1:]]) for whole in right)
