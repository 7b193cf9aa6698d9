"""Attribute values: texts of every kind, addresses, numbers, dates, and values that are no strings."""

from __future__ import annotations

import datetime as dt
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from specs.values import ValueClass

_CHARACTERS = st.characters(exclude_categories=("Cc", "Cs", "Cn"))
_LETTERS = "abcdefghijklmnopqrstuvwxyzABCXYZ0123456789"
AWKWARD = (
    " leading and trailing ",
    "quoted \"twice\" and 'once'",
    "back\\slash and /slash",
    "<b>markup</b> & entities &amp;",
    "percent %20 %s {0}",
    "comma, semicolon; pipe | tab-less",
    "Zoë Ångström",
    "e\u0301 and \u00e9",
    "名前 和 이름",
    "\u0645\u0631\u062d\u0628\u0627 \u05e9\u05dc\u05d5\u05dd",
    "\U0001f642\U0001f469\u200d\U0001f4bb",
    "\U00020000 \U0001d54f \U00030000",
    "\U000e0100 \U000f0000 \U00100000",
    "\u00a0non-breaking\u2003wide ",
    "\ufb01 \u212b \u0130 \u0131 \u1e9e ß",
    "0123",
    "007",
    "1e5",
    "1.50",
    "true",
    "null",
    "None",
    "NaN",
    "-0",
    "911278994640",
    "[]",
    "{}",
    "+",
    "=1+1",
)
# Addresses whose queries hold what other software takes for something else: entities, escapes, further addresses.
ADDRESSES = (
    "https://pictures.example.com/a.jpg?size=2&copy=1&lt=2&reg=3&amp=4",
    "https://pictures.example.com/a%20b+c/d.jpg?x=%C3%A9&y=100%25&z=a+b",
    "https://pictures.example.com/?next=https%3A%2F%2Fwww.example.com%2F%3Fa%3D1%26b%3D2",
    "https://pictures.example.com//a//b/./c.jpg;v=1?x=1&x=2&y=#top",
    "http://pictures.example.com:80/A.JPG?",
)
# Moments in every form that the documents show, and in those that other software writes: offsets of every kind, the
# ends of days, years and of what 32 bits hold.
MOMENTS = (
    "2016-07-25T16:39:54+0000",
    "2016-07-25T16:39:54-0000",
    "2016-07-25T16:39:54+0545",
    "2016-07-25T16:39:54-1130",
    "2016-07-25T16:39:54+1400",
    "2016-07-25T16:39:54+05:30",
    "2016-07-25T16:39:54+00:00",
    "2016-07-25T16:39:54Z",
    "2016-07-25T16:39:54.000Z",
    "2016-07-25T16:39:54.120Z",
    "2016-07-25T00:00:00+0530",
    "2016-12-31T23:59:59-0800",
    "2016-02-28T23:59:59+0530",
    "2038-01-19T03:14:08+0000",
    "2099-12-28T12:00:00+0530",
    "2016-07-25 00:00:00",
    "2016-12-31 23:59:59",
    "2016-01-01 00:00:00",
    "2016-03-27 02:30:00",
    "2001-09-09 01:46:40",
    "2016-07-25 16:39:00",
)
# Numbers of versions and of things: they are texts, however much they look like numbers.
VERSIONS = ("14.10", "15.0", "10", "9.0.0", "1.2.3.4", "09.3", "4.4.2-r1", "v2.0", "7.1.10", "2e3", "0.10", "1_000")
IDENTIFIERS = (
    "000355004057394235",
    "10154321098765432",
    "99999999999999999999",
    "-5",
    "0x1F",
    "1,234",
    "AbCdEf",
    "a_b-c.d~e",
    "@handle",
    "#1",
    "o6_bmjrPTlm6_2sgVt7hMZOPfL2M",
    "dGVzdA==",
    "fMx+/9a=:APA91b_-",
)
# Names of languages, zones and places in the letter case and with the punctuation that they have.
PLACES = (
    "pt-BR",
    "zh_Hans_CN",
    "EN",
    "Europe/Zurich",
    "GMT+05:30",
    "UTC-3",
    "+5.50",
    "-33.8700,151.2000",
    "40\u00b026\u203246\u2033N",
    "S\u00e3o Paulo, BR",
    "iPhone7,2",
    "SM-G930F/DS",
    "HTC One (M8)",
    "Mi 4i",
)


def real_life() -> tuple[ValueClass, ...]:
    """Classes of values that the attributes of these documents hold, beside those that every profile has."""
    return (
        ValueClass("addresses", "addresses with odd queries", "url", "read as markup", ADDRESSES),
        ValueClass("moments", "moments with offsets of every kind", "date", "written in another form", MOMENTS),
        ValueClass("versions", "numbers of versions", "text", "read as numbers", VERSIONS),
        ValueClass("identifiers", "identifiers of other systems", "text", "read as numbers", IDENTIFIERS),
        ValueClass("places", "languages, zones, places and makes", "text", "written in another form", PLACES),
    )


_LENGTHS = (64, 65, 100, 128, 199, 200, 201, 254, 255, 256, 257, 300, 512, 1023, 1024, 1025, 2000, 2001, 4000)


def texts() -> SearchStrategy[str]:
    """Texts of at least one character: plain ones, awkward ones, and any characters of any plane."""
    return st.one_of(
        st.text(_LETTERS, min_size=1, max_size=20),
        st.sampled_from(AWKWARD),
        st.text(_CHARACTERS, min_size=1, max_size=30),
    )


def long_texts() -> SearchStrategy[str]:
    """Texts around the lengths at which columns are usually cut; no two characters near their end are alike."""
    return st.builds(_of_length, st.sampled_from(_LENGTHS), st.sampled_from("xyzé"))


def of_length(length: int, last: str) -> str:
    """A text of so many characters, all of its last half but one like the given one where that is beyond ASCII."""
    if not last.isascii():
        return "".join(last if place % 8 else _LETTERS[place // 8 % len(_LETTERS)] for place in range(length))
    return _of_length(length, last)


def _of_length(length: int, last: str) -> str:
    return "".join(_LETTERS[(i * 7 + i // 36) % len(_LETTERS)] for i in range(length - 1)) + last


def picture_addresses() -> SearchStrategy[str]:
    """Addresses of pictures, as long as the documented one and longer."""
    return st.builds(
        lambda size, number: (
            "https://pictures.example.com/v/t1.0-1/s200x200/"
            + _of_length(size, "n")
            + f".jpg?oh={number:032x}&oe=57FD4150&__gda__=1476209436_{number:032x}"
        ),
        st.sampled_from([90, 140, 300, 1000]),
        st.integers(0, 2**64),
    )


def spelled(number: int, letters: str = _LETTERS) -> str:
    """A number in the digits that the letters are, so that one drawn number gives a text."""
    text = ""
    while not text or number:
        number, place = divmod(number, len(letters))
        text += letters[place]
    return text


def emails() -> SearchStrategy[str]:
    """Ordinary e-mail addresses; letters of either case in them."""
    return st.integers(0, 2**80).map(_email)


def _email(number: int) -> str:
    user, tag, host = (spelled(part) for part in (number % 2**32, number >> 32 & 0xFFFFF, number >> 52))
    return f"{user}.{tag}@{host}.example.com"


def phone_numbers() -> SearchStrategy[str]:
    """Numbers with country code, of twelve digits as in the example."""
    return st.integers(10**9, 10**10 - 1).map(lambda number: f"91{number}")


def digits(least: int = 4, most: int = 18) -> SearchStrategy[str]:
    """Identifiers of digits, some with leading zeros."""
    return st.text("0123456789", min_size=least, max_size=most)


def flags() -> SearchStrategy[str]:
    """The two flags."""
    return st.sampled_from(["0", "1"])


_FIRST = dt.datetime(2001, 1, 1)
_SECONDS = 37 * 365 * 86_400
_OFFSETS = ("+0530", "+0000", "-0800", "+1400", "-0330")


def plain_dates() -> SearchStrategy[str]:
    """Date, space, time, no zone."""
    return st.integers(0, _SECONDS).map(lambda seconds: _moment(seconds).strftime("%Y-%m-%d %H:%M:%S"))


def offset_dates() -> SearchStrategy[str]:
    """Date, T, time, offset without a colon."""
    return st.integers(0, len(_OFFSETS) * _SECONDS).map(
        lambda drawn: _moment(drawn // len(_OFFSETS)).strftime("%Y-%m-%dT%H:%M:%S") + _OFFSETS[drawn % len(_OFFSETS)]
    )


def _moment(seconds: int) -> dt.datetime:
    moment = _FIRST + dt.timedelta(seconds=seconds)
    return moment.replace(day=min(moment.day, 28))


def structures() -> SearchStrategy[Any]:
    """Lists and objects: no attribute value is one."""
    return st.one_of(
        st.sampled_from([[], {}, [[]], ["umtest"], {"value": "umtest"}, [{"a": "b"}], {"0": "a"}, ["a", "b"]]),
        st.lists(st.text(_LETTERS, max_size=4), max_size=3),
    )


def scalars() -> SearchStrategy[Any]:
    """JSON scalars that are no strings."""
    return st.sampled_from([None, 0, 1, 5, -7, 911278994640, 1.5, True, False])
