"""Numbers as texts: integers, decimals, floating point."""

from __future__ import annotations

import struct
from collections.abc import Callable
from decimal import Decimal
from math import inf

from strategies.xsd.facets import Bound, Facets
from strategies.xsd.tape import Source

Draw = Callable[[Source], str]

# Smallest and largest value of the integer types (XML Schema Part 2, sections 3.3.13 to 3.3.25).
INTEGERS: dict[str, tuple[float, float]] = {
    "integer": (-inf, inf),
    "nonPositiveInteger": (-inf, 0),
    "negativeInteger": (-inf, -1),
    "long": (-(2**63), 2**63 - 1),
    "int": (-(2**31), 2**31 - 1),
    "short": (-(2**15), 2**15 - 1),
    "byte": (-128, 127),
    "nonNegativeInteger": (0, inf),
    "positiveInteger": (1, inf),
    "unsignedLong": (0, 2**64 - 1),
    "unsignedInt": (0, 2**32 - 1),
    "unsignedShort": (0, 2**16 - 1),
    "unsignedByte": (0, 255),
}
UNBOUNDED = 10**18  # how far from zero a number without a limit goes
DIGITS = 18  # which every processor keeps at least (XML Schema Part 2, section 3.2.3)


def decimals(name: str, facets: Facets) -> Draw:
    """Decimal numbers, and integers of the named type."""
    places = 0 if name in INTEGERS else facets.fraction_digits if facets.fraction_digits is not None else 3
    places = min(places, facets.total_digits or DIGITS)
    ranges = [_range(name, facets, scale) for scale in range(places + 1)]
    fitting = [(scale, low, high) for scale, (low, high) in enumerate(ranges) if low <= high]

    def draw(source: Source) -> str:
        scale, low, high = source.pick(fitting)
        return written(within(source, low, high), scale)

    return draw


def _range(name: str, facets: Facets, scale: int) -> tuple[int, int]:
    """Smallest and largest number of so many decimal places, counted in the last of them."""
    low, high = INTEGERS.get(name, (-inf, inf))
    unit = 10**scale
    digits = 10 ** min(facets.total_digits or DIGITS, DIGITS) - 1
    bottom = -min(UNBOUNDED * unit, digits) if low == -inf else int(low) * unit
    top = min(UNBOUNDED * unit, digits) if high == inf else int(high) * unit
    if facets.low:
        bottom = max(bottom if low != -inf or facets.total_digits else -inf, _first(facets.low, unit, 1))
        top = max(top, bottom + digits) if high == inf and not facets.total_digits else top
    if facets.high:
        top = min(top if high != inf or facets.total_digits else inf, -_first(facets.high, -unit, 1))
        bottom = min(bottom, top - digits) if low == -inf and not facets.total_digits and not facets.low else bottom
    if facets.total_digits:
        bottom, top = max(bottom, -digits), min(top, digits)
    return bottom, top


def _first(bound: Bound, unit: int, step: int) -> int:
    """The first multiple inside of a lower bound; with a negative unit, of an upper one, negated."""
    value = Decimal(bound.text.strip()) * unit
    whole = int(value.to_integral_value(rounding="ROUND_CEILING"))
    return whole + step if whole == value and not bound.inclusive else whole


def within(source: Source, low: int, high: int) -> int:
    """An integer of a range: often near zero, sometimes at an end, sometimes anywhere. The simplest is nearest zero."""
    nearest = min(max(0, low), high)
    match source.below(8):
        case 0 | 1 | 2 | 3:
            reach = source.below(100)
            return min(nearest + reach, high) if nearest >= 0 and nearest < high else max(nearest - reach, low)
        case 4:
            return low
        case 5:
            return high
        case _:
            return low + source.below(high - low + 1)


def written(number: int, scale: int) -> str:
    """A number of so many decimal places, counted in the last of them, as text."""
    if not scale:
        return str(number)
    digits = str(abs(number)).rjust(scale + 1, "0")
    return f"{'-' if number < 0 else ''}{digits[:-scale]}.{digits[-scale:]}"


def floats(name: str, facets: Facets) -> Draw:
    """Floating point numbers of the named type; the special ones only where nothing bounds them."""
    bounded = facets.low or facets.high
    special = ("INF", "-INF", "NaN", "-0", "1E3", "1.5E-10", "-3.4E+38", "3.4028234E38", "1.17549435E-38")
    if bounded and not all(_finite(bound) for bound in (facets.low, facets.high)):
        # Nothing is greater or less than NaN, so no bound lets it in.
        return lambda source: source.pick(("0", "1", "-1", *(text for text in special if text != "NaN")))
    ends = [bound for bound in (facets.low, facets.high) if bound and not bound.inclusive]
    excluded = {_single(float(bound.text)) for bound in ends if name == "float"}
    plain = decimals("decimal", Facets(low=facets.low, high=facets.high, total_digits=None, fraction_digits=2))

    def draw(source: Source) -> str:
        if not bounded and source.below(4) == 3:
            return source.pick(special)
        text = plain(source)
        if not bounded or name == "double":
            return text
        # xmlschema compares in double precision what libxml2 compares in single: a number must be right in both.
        number = _single(float(text))
        return "" if number in excluded else repr(number)

    return draw


def _single(number: float) -> float:
    """The nearest number of single precision."""
    return float(struct.unpack("f", struct.pack("f", number))[0])


def _finite(bound: Bound | None) -> bool:
    return bound is None or bound.text.strip() not in {"INF", "-INF", "NaN", "+INF"}
