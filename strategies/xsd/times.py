"""Dates, times and durations as texts (XML Schema Part 2, sections 3.2.6 to 3.2.14)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from strategies.xsd.facets import Bound, Facets
from strategies.xsd.numbers import Draw
from strategies.xsd.tape import Source

_DAY = date(2000, 1, 1).toordinal()
_SECOND = datetime(2000, 1, 1, tzinfo=UTC)
ZONES = ("", "Z", "+05:30", "-08:00", "+14:00")


@dataclass(frozen=True, slots=True)
class Kind:
    """A type whose values stand in a row.

    Attributes:
        write: the value at a place of the row, without its time zone.
        place: of a value.
        low, high: first and last place that is generated where nothing bounds it.
        simplest: a place.
    """

    write: Callable[[int], str]
    place: Callable[[str], int]
    low: int
    high: int
    simplest: int


def _moment(place: int) -> str:
    return (_SECOND + timedelta(seconds=place)).strftime("%Y-%m-%dT%H:%M:%S").rjust(19, "0")


def _place_of_moment(text: str) -> int:
    return int((datetime.fromisoformat(text).replace(tzinfo=UTC) - _SECOND).total_seconds())


def _clock(place: int) -> str:
    return f"{place // 3600:02}:{place // 60 % 60:02}:{place % 60:02}"


def _place_of_clock(text: str) -> int:
    hours, minutes, seconds = text.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + int(float(seconds))


def _month_day(place: int) -> str:
    return f"--{date.fromordinal(_DAY + place):%m-%d}"


_SECONDS = (_place_of_moment("1900-01-01T00:00:00"), _place_of_moment("2099-12-31T23:59:59"))
KINDS = {
    "dateTime": Kind(_moment, _place_of_moment, *_SECONDS, 0),
    "dateTimeStamp": Kind(_moment, _place_of_moment, *_SECONDS, 0),
    "date": Kind(
        lambda place: date.fromordinal(_DAY + place).isoformat(),
        lambda text: date.fromisoformat(text).toordinal() - _DAY,
        date(1900, 1, 1).toordinal() - _DAY,
        date(2099, 12, 31).toordinal() - _DAY,
        0,
    ),
    "time": Kind(_clock, _place_of_clock, 0, 86399, 0),
    "gYear": Kind(lambda place: f"{place:04}", int, 1000, 2999, 2000),
    "gYearMonth": Kind(
        lambda place: f"{place // 12:04}-{place % 12 + 1:02}",
        lambda text: int(text[:-3]) * 12 + int(text[-2:]) - 1,
        12000,
        36000,
        24000,
    ),
    "gMonth": Kind(lambda place: f"--{place:02}", lambda text: int(text[2:4]), 1, 12, 1),
    "gDay": Kind(lambda place: f"---{place:02}", lambda text: int(text[3:]), 1, 31, 1),
    "gMonthDay": Kind(_month_day, lambda text: date.fromisoformat(f"2000{text[1:]}").toordinal() - _DAY, 0, 365, 0),
}
_ZONE = re.compile(r"(Z|[+-]\d\d:\d\d)$")
_DURATIONS = ("P1D", "PT1H", "P1Y2M3DT4H5M6S", "P0D", "PT0.5S", "-P1M", "P400D", "PT36H", "P1M", "P30D", "P1Y", "P10Y")


def moments(name: str, facets: Facets) -> Draw:
    """Values of a date or time type, within its bounds as far as seconds, days, months and years tell."""
    kind = KINDS[name]
    zone = next((_zone(bound) for bound in (facets.low, facets.high) if bound), None)
    zones: tuple[str, ...] = ZONES if zone is None else (zone,)
    if name == "dateTimeStamp" and "" in zones:
        zones = ZONES[1:]
    if name == "gMonth":
        zones = tuple(zone for zone in zones if zone in {"", "Z"})
    try:
        low, high = _ends(kind, facets)
    except (ValueError, OverflowError):  # a year beyond those that Python knows
        texts = [bound.text.strip() for bound in (facets.low, facets.high) if bound]
        return lambda source: source.pick(texts)

    def draw(source: Source) -> str:
        match source.below(8):
            case 0:
                place = min(max(kind.simplest, low), high)
            case 1:
                place = low
            case 2:
                place = high
            case _:
                place = low + source.below(high - low + 1)
        # libxml2 goes astray when it compares fractions of seconds, so only where there is nothing to compare with.
        fraction = ".125" if zone is None and name in {"dateTime", "time"} and source.below(8) == 7 else ""
        return f"{kind.write(place)}{fraction}{source.pick(zones)}"

    return draw


def _ends(kind: Kind, facets: Facets) -> tuple[int, int]:
    low, high = kind.low, kind.high
    width = high - low
    if facets.low:
        low = kind.place(_ZONE.sub("", facets.low.text.strip())) + (not facets.low.inclusive)
        high = max(high, low + width // 16) if not facets.high else high
    if facets.high:
        high = kind.place(_ZONE.sub("", facets.high.text.strip())) - (not facets.high.inclusive)
        low = min(low, high - width // 16) if not facets.low else low
    return low, max(low, high)


def _zone(bound: Bound) -> str:
    found = _ZONE.search(bound.text.strip())
    return found[0] if found else ""


def durations(name: str, facets: Facets) -> Draw:
    """Durations of the named type; bounded ones from a handful around the bounds."""
    texts = [text for text in _DURATIONS if _of(name, text)]
    bounds = [bound.text.strip() for bound in (facets.low, facets.high) if bound]
    if bounds:
        longer = [re.sub(r"\d+", lambda found: str(int(found[0]) + 1), bound, count=1) for bound in bounds]
        shorter = [re.sub(r"\d+", lambda found: str(max(int(found[0]) - 1, 0)), bound, count=1) for bound in bounds]
        return lambda source: source.pick([*bounds, *longer, *shorter, *texts])

    def draw(source: Source) -> str:
        if source.below(2):
            number = source.below(1000)
            return f"P{number}Y" if name == "yearMonthDuration" else f"PT{number}S"
        return source.pick(texts)

    return draw


def _of(name: str, text: str) -> bool:
    if name == "dayTimeDuration":
        return not re.search(r"[YM].*T|[YM]$", text) or text.startswith("PT")
    return name != "yearMonthDuration" or not re.search(r"[DT]", text)
