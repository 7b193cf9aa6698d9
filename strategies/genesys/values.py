"""Texts, dates and numbers: ordinary ones, and those at the edges where implementations break."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

# Fixed edges beside the drawn ones: an edge must not depend on luck.
EDGE_TEXTS = (
    " leading",
    "trailing ",
    "  ",
    'quo"te',
    "apo'strophe",
    "back\\slash",
    "sla/sh",
    "a,b",
    "a;b|c",
    "a=b&c=d",
    "<b>&amp;</b>",
    "100%",
    "null",
    "true",
    "0",
    "007",
    "1e3",
    "[1]",
    "{}",
    "Straße",
    "İi",
    "naïve",
    "e\u0301 combining",
    "\u00e9 composed",
    "Ω ohm \u2126",
    "日本語",
    "שלום",
    "emoji 🙂",
    "family 👨\u200d👩\u200d👧",
    "plane 2 𠀋",
    "plane 3 \U00030000",
    "plane 14 \U000e0100",
    "plane 15 \U000f0000",
    "plane 16 \U0010fffd",
    "x" * 64,
    "x" * 255,
    "x" * 256,
    "é" * 200,
)
# Texts that a deployment may well refuse; where one is taken it must come back as it was.
ODD_TEXTS = ("tab\there", "line\nfeed", "carriage\r\nreturn", "bell\x07", "nul\x00", "bom\ufeff", "x" * 257, "y" * 5000)
ESCAPED_TEXTS = (
    "plain",
    "sla/sh",
    'quo"te',
    "back\\slash",
    "\\u0041 is no escape",
    "é",
    "日本語",
    "emoji 🙂",
    "plane 16 \U0010fffd",
)
EDGE_TIMES = (
    "2000-02-29T23:59:59.999Z",
    "2024-02-29T00:00:00.000Z",
    "1999-12-31T23:59:59.999Z",
    "2000-01-01T00:00:00.000Z",
    "1970-01-01T00:00:00.000Z",
    "1969-12-31T23:59:59.999Z",
    "2038-01-19T03:14:07.000Z",
    "2038-01-19T03:14:08.000Z",
    "2021-03-28T02:30:00.000Z",
    "2021-10-31T01:30:00.001Z",
    "1900-01-01T00:00:00.010Z",
    "2099-12-31T23:59:59.100Z",
    "1981-03-17T02:00:00.000Z",
)
# Years that an implementation need not have; where one is taken it must come back as it was.
FAR_TIMES = (
    "0001-01-01T00:00:00.000Z",
    "1492-10-12T00:00:00.000Z",
    "1582-10-10T12:00:00.000Z",
    "1752-09-08T00:00:00.000Z",
    "1899-12-31T23:59:59.999Z",
    "2100-02-28T23:59:59.999Z",
    "2262-04-12T00:00:00.000Z",
    "9999-12-31T23:59:59.999Z",
)
EDGE_DAYS = ("1962-05-10", "2000-02-29", "1999-12-31", "2000-01-01", "1970-01-01", "1900-01-01", "2099-12-31")
# Every month and every day of a month, across eras, changes of clocks, ends of years and weeks, and leap days.
CALENDAR = (
    "1901-12-14",
    "1916-04-30",
    "1918-09-16",
    "1943-08-09",
    "1945-07-15",
    "1949-02-28",
    "1958-06-21",
    "1963-05-08",
    "1968-11-02",
    "1969-12-31",
    "1970-01-01",
    "1972-02-29",
    "1977-10-03",
    "1979-05-31",
    "1980-04-06",
    "1981-06-30",
    "1984-09-30",
    "1985-08-31",
    "1990-05-17",
    "1991-03-31",
    "1996-10-27",
    "1999-01-11",
    "2001-09-09",
    "2004-04-01",
    "2007-11-04",
    "2008-12-29",
    "2010-01-03",
    "2012-07-04",
    "2014-10-26",
    "2018-12-31",
    "2019-12-30",
    "2020-06-20",
    "2021-03-28",
    "2021-08-12",
    "2022-01-02",
    "2023-07-25",
    "2024-02-29",
    "2024-03-10",
    "2024-05-01",
    "2024-08-24",
    "2024-12-30",
    "2025-04-23",
    "2026-09-19",
    "2031-02-05",
    "2037-07-07",
    "2038-01-20",
    "2050-08-18",
    "2069-06-13",
    "2070-05-22",
    "2099-11-10",
)
HOURS = (
    "00:00:00.000",
    "00:30:00.001",
    "01:15:59.010",
    "02:30:00.100",
    "03:00:00.999",
    "11:59:59.990",
    "12:00:00.500",
    "13:07:08.099",
    "21:30:31.123",
    "22:00:59.900",
    "23:59:59.009",
)
IMPOSSIBLE_TIMES = (
    "yesterday",
    "today",
    "1962-13-01T00:00:00.000Z",
    "1962-00-10T00:00:00.000Z",
    "2021-02-29T00:00:00.000Z",
    "2021-02-30T00:00:00.000Z",
    "2021-04-31T12:00:00.000Z",
    "2021-01-32T12:00:00.000Z",
    "2021-01-01T25:00:00.000Z",
    "2021-01-01T12:60:00.000Z",
    "2021-02-30",
    "1962-13-01",
    "10.05.1962",
    "12:30",
)
_PRINTABLE = st.characters(exclude_categories=["Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp", "Zs"], include_characters=" ")


def texts(max_size: int = 24) -> SearchStrategy[str]:
    """Texts that are not empty and hold only visible characters and blanks, from every plane of Unicode."""
    return st.one_of(
        st.text(st.sampled_from("abcXYZ019 -_.@"), min_size=1, max_size=max_size),
        st.text(_PRINTABLE, min_size=1, max_size=max_size),
        st.sampled_from(EDGE_TEXTS).filter(lambda text: len(text.encode()) <= max(max_size, 1) * 16),
    )


def escaped(value: Any) -> str:
    """JSON in which every character of every text and name is escaped (RFC 8259, section 7)."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{escaped(name)}:{escaped(each)}" for name, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(escaped, value)) + "]"
    if not isinstance(value, str):
        return json.dumps(value)
    units = value.encode("utf-16-be").hex()
    return (
        '"'
        + "".join(f"\\u{units[place : place + 4]}" for place in range(0, len(units), 4)).upper().replace("\\U", "\\u")
        + '"'
    )


def words() -> SearchStrategy[str]:
    """Short ordinary texts; cheap to draw."""
    return st.text(st.sampled_from("abcdeXYZ01289 "), min_size=1, max_size=8)


@st.composite
def times(draw: st.DrawFn) -> str:
    """Date-times of the documented form, between 1900 and 2099."""
    edge = draw(st.integers(0, 2 * len(EDGE_TIMES)))
    if edge < len(EDGE_TIMES):
        return EDGE_TIMES[edge]
    moment = draw(st.datetimes(datetime(1900, 1, 1), datetime(2099, 12, 31, 23, 59, 59)))
    return time_text(moment)


def time_text(moment: datetime) -> str:
    """A moment in UTC in the documented form."""
    bare = moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
    return f"{bare.isoformat(timespec='milliseconds')}Z"


def days() -> SearchStrategy[str]:
    """Dates without a time, between 1900 and 2099."""
    drawn = st.dates(datetime(1900, 1, 1).date(), datetime(2099, 12, 31).date())
    return st.one_of(st.sampled_from(EDGE_DAYS), drawn.map(lambda day: day.isoformat()))


@st.composite
def offset_times(draw: st.DrawFn) -> str:
    """Date-times with milliseconds and an offset that is not zero."""
    moment = draw(st.datetimes(datetime(1950, 1, 1), datetime(2050, 1, 1)))
    minutes = draw(st.sampled_from((60, 120, -300, 330, 345, -570, 720, 840, -720)))
    hours, rest = divmod(abs(minutes), 60)
    return f"{moment.isoformat(timespec='milliseconds')}{'-' if minutes < 0 else '+'}{hours:02}:{rest:02}"


def wholes(bits: int) -> SearchStrategy[int]:
    """Whole numbers of a width, often at its ends and at those of smaller widths."""
    least, most = -(2 ** (bits - 1)), 2 ** (bits - 1) - 1
    edges = [least, least + 1, -1, 0, 1, 127, 128, 255, 256, 32767, 32768, 65535, 65536, most - 1, most]
    if bits > 32:
        edges += [2**31 - 1, 2**31, 2**32, 2**53 - 1, 2**53 + 1, -(2**53) - 1]
    return st.one_of(st.sampled_from(edges), st.integers(least, most))


def doubles() -> SearchStrategy[float]:
    """Numbers with a fraction that a double holds exactly as it travels."""
    edges = (0.1, -0.5, 1.5, 0.30000000000000004, 1e-9, 123456789.125, -98765.4321, 5e-5)
    return st.one_of(
        st.sampled_from(edges),
        st.floats(-1e12, 1e12, allow_nan=False).filter(lambda x: x == 0 or (x != int(x) and abs(x) > 1e-12)),
    )


def amounts() -> SearchStrategy[float]:
    """Amounts of money with two decimals."""
    return st.integers(-9_999_999, 9_999_999).map(lambda cents: cents / 100)
