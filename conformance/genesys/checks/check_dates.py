"""Date attributes without a value, impossible days and hours of each kind, and dates that are nearly right."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from conformance.exercise import check
from conformance.genesys.checks.common import Refused, attempt, complete, dates, extensions, holder, texts, words
from conformance.genesys.driver import Driver
from conformance.judge import NotApplicable
from strategies.genesys import values
from strategies.genesys.superset import record

SHORT_MONTHS = ("02-30", "02-31", "04-31", "06-31", "09-31", "11-31")
NO_LEAP_YEARS = ("1900", "2021", "2022", "2023", "2100")
LEAP_YEARS = ("1904", "1996", "2000", "2004", "2024", "2096")
ENDS = ("01-31", "03-31", "04-30", "05-31", "06-30", "07-31", "08-31", "09-30", "10-31", "11-30", "12-31")
DAY = "1981-03-17T02:00:00.000Z"
IN_ARRAY = 15


def _possible() -> Iterator[str]:
    """The last days of all months, leap days, and the edges of hours, minutes, seconds and milliseconds."""
    yield from (f"2021-{end}T12:34:56.789Z" for end in ENDS)
    yield "2021-02-28T23:59:59.999Z"
    yield from (f"{year}-02-29T12:00:00.000Z" for year in LEAP_YEARS)
    yield from (f"2021-06-07T{time}Z" for time in ("00:00:00.000", "00:00:00.001", "12:00:00.000", "23:59:59.999"))
    yield from (f"2021-06-07T08:09:10.{part}Z" for part in ("001", "010", "100", "900", "990", "099"))
    yield from (f"{year}-01-01T00:00:00.000Z" for year in (1901, 1932, 1969, 1999, 2000, 2069, 2070, 2099))


def _impossible() -> Iterator[str]:
    """Dates that no calendar has, and what is no date at all."""
    yield from (f"2020-{day}T12:00:00.000Z" for day in SHORT_MONTHS)
    yield from (f"{year}-02-29T12:00:00.000Z" for year in NO_LEAP_YEARS)
    yield from (f"2021-{part}T12:00:00.000Z" for part in ("00-01", "01-00", "13-01", "12-32", "99-99"))
    yield from (f"2021-06-07T{time}Z" for time in ("25:00:00.000", "23:60:00.000", "12:00:61.000", "99:99:99.999"))
    yield from ("tomorrow", "now", "never", "n/a", "-", "0", "1", "4711", "x2021-06-07", "2021-06-07x")
    yield from ("2021-06-07T12:00:00.000Zx", "2021-06-07T12:00:00.000ZZ", "2021-06-07T12:00:00.000Z and more")
    yield from ("07/06/2021", "6/7/2021", "June 7, 2021", "2021-6-7", "21-06-07", "2021-06-07T", "T12:00:00.000Z")
    yield from ("2021-o6-07T12:00:00.000Z", "2021-06-07T12:00:00.000Y", "2021-06-07 at noon", "{}", "[]", "null")


@check(deepens=("date-time-values",))
def check_ends_of_months(driver: Driver) -> None:
    """Sends the last days of all months, leap days and the edges of a day in date attributes, and compares them."""

    def body(pair: tuple[str, str]) -> None:
        attempt(driver, customer, complete(driver, {names[0]: pair[0], names[-1]: pair[1]}))

    names = [a.name for a in dates(driver)]
    customer = driver.customer(dict.fromkeys(names, DAY))
    listed = list(_possible())
    step = 2 if len(names) > 1 else 1
    driver.bench.each([(listed[place], listed[place - 1]) for place in range(0, len(listed), step)], body)
    driver.bench.for_all(st.tuples(values.times(), values.times()), body, share=0.2)


@check(deepens=("date-only-values", "date-time-values"))
def check_calendar(driver: Driver) -> None:
    """Sends days of all months and eras, each as a date and as a date-time at another hour, and compares them."""

    def body(place: int) -> None:
        sent = {name: days[(place + turn) % len(days)] for turn, name in enumerate(names)}
        attempt(driver, customer, complete(driver, sent))

    def at_hours(place: int) -> None:
        sent = {name: moments[(place + turn) % len(moments)] for turn, name in enumerate(names)}
        attempt(driver, customer, complete(driver, sent))

    def together(place: int) -> None:
        name = several[place % len(several)]
        for sent in (days[place : place + IN_ARRAY], moments[place : place + IN_ARRAY]):
            attempt(driver, customer, complete(driver, {name: list(sent)}))

    days = values.CALENDAR
    moments = [f"{day}T{values.HOURS[place % len(values.HOURS)]}Z" for place, day in enumerate(days)]
    names = [a.name for a in dates(driver)]
    customer = driver.customer(dict.fromkeys(names, DAY))
    several = [a.name for a in dates(driver) if a.several] if driver.arrays else []
    # Where arrays carry them all, a part of them stands alone as well: each month, in most eras.
    step = len(names) * (3 if several else 1)
    driver.bench.each(range(0, len(days), step), body)
    driver.bench.each(range(1, len(days), step), at_hours)
    if several:
        driver.bench.each(range(0, len(days), IN_ARRAY), together)


@check(deepens=("impossible-dates-refused", "refused-changes-nothing"))
def check_no_dates(driver: Driver) -> None:
    """Sends days and hours that no calendar has, and what is no date, in each date attribute; queries the profile."""

    def body(case: tuple[int, str]) -> None:
        turn, text = case
        for name in names if text in first else names[turn % len(names) :][:1]:
            wrong.send(complete(driver, words(driver, texts(driver)[0]) | {name: text}))

    names = [a.name for a in dates(driver)]
    customer = driver.customer(dict.fromkeys(names, DAY) | words(driver, texts(driver)[0]))
    wrong = Refused(driver, customer)
    first = ("2020-02-30T12:00:00.000Z", "2021-06-07T25:00:00.000Z", "tomorrow")
    driver.bench.each(enumerate(_impossible()), body)
    wrong.look()


@check(deepens=("empty-values",))
def check_dates_without_a_value(driver: Driver) -> None:
    """Sends null, an empty array and an empty text for each date attribute that has a value, and for one of several."""

    def body(case: tuple[str, Any]) -> None:
        name, empty = case
        customer = driver.customer(words(driver, text) | dict.fromkeys(names, DAY))
        driver.query(customer)
        attempt(driver, customer, complete(driver, words(driver, text) | {name: empty}))
        attempt(driver, customer, complete(driver, words(driver, text) | dict.fromkeys(names, DAY)))
        others = [other for other in names if other != name]
        attempt(driver, customer, complete(driver, words(driver, text) | {name: empty} | dict.fromkeys(others, DAY)))

    names, text = [a.name for a in dates(driver)], texts(driver)[0]
    nothing: tuple[Any, ...] = (None, [], "")
    driver.bench.each([(name, empty) for name in names for empty in nothing], body)


@check(deepens=("extension-schema-enforced", "extension-attribute-types"))
def check_dates_in_records(driver: Driver) -> None:
    """Sends listed possible and impossible date-times for attributes of records, and compares what is stored."""

    def body(text: str) -> None:
        for extension, name in found:
            content = record(extension, driver.bench.fresh(4), 1) | {name: text}
            good = record(extension, driver.bench.fresh(4), 2)
            value = [good, content] if extension.kind == "multi-valued" else content
            refused.send(complete(driver, words(driver, texts(driver)[0])) | {extension.name: value})

    found = [
        (extension, field.name)
        for extension in extensions(driver)
        for field in extension.fields
        if field.type == "datetime" and field.name not in extension.unique and not extension.bare
    ]
    if not found:
        raise NotApplicable("no extension has an attribute of type datetime")
    refused = Refused(driver, holder(driver))
    driver.bench.each(list(_possible())[::3], body)
    driver.bench.each(list(_impossible())[::2], body)
    refused.look()
