"""Several values of one attribute: each place, each length, separators in values, and values that are nearly equal."""

from __future__ import annotations

from typing import Any

from conformance.exercise import check
from conformance.genesys.checks.common import Refused, attempt, complete, dates, texts, words
from conformance.genesys.driver import Driver
from conformance.genesys.wire import refused
from conformance.judge import NotApplicable, NotTested
from strategies.genesys.wrong import Wrong

SEPARATORS = (
    ",",
    ";",
    "|",
    "\t",
    "\n",
    ":",
    "/",
    "&",
    "=",
    "\u001f",
    "][",
    '","',
    "', '",
    "\\,",
    ";;",
    "{}",
    "~",
    "^",
    "\u2028",
)
LENGTHS = (2, 3, 4, 5, 8, 9, 10, 11, 16, 17, 20)
LONG_LENGTHS = (21, 33, 50, 65, 101, 129, 257)  # longer ones than a target has to take
# Values that careless comparing takes for one.
NEARLY_EQUAL = (
    ["Bruce", "bruce", "BRUCE"],
    ["a", "a ", " a", "a\u00a0"],
    ["1", "01", "1.0", "+1"],
    ["stra\u00dfe", "strasse", "STRASSE"],
    ["r\u00e9sum\u00e9", "re\u0301sume\u0301", "resume"],
    ["\u0130", "i", "I", "\u0131"],
    ["co-op", "coop", "co op"],
    ["null", "NULL", "None"],
    ["true", "True", "1"],
    ["x", "xx", "xxx"],
    ["a@example.com", "A@example.com", "a@Example.com"],
    ["\uff21", "A", "a"],
    ["10", "9", "8"],
    ["b", "a", "c", "B"],
)
DAY = "1981-03-17T02:00:00.000Z"
WRONG_TYPES: tuple[Any, ...] = (4711, True, 2.5, {"value": "x"}, ["x"])
LATE = (1, 2, 3, 9, 10, 16, 19)  # places behind the first one


def _arrays(driver: Driver) -> list[str]:
    """Text attributes that take several values. Raises NotApplicable, NotTested."""
    if driver.readings.settled("attribute-array") == "scalar-only":
        raise NotApplicable("attributes take one value alone")
    return driver.lists[:2]


@check(deepens=("several-values", "text-values"))
def check_separators(driver: Driver) -> None:
    """Sends values that hold what several values may be joined with, at the first, the middle and the last place."""

    def body(separator: str) -> None:
        joined = f"red{separator}green"
        sent = [joined, "blue", f"gold{separator}{separator}grey", f"{separator}black", f"white{separator}"]
        for value in (sent, sent[::-1]):
            exchange = attempt(driver, customer, complete(driver, {names[0]: value, names[-1]: joined}))
        if refused(exchange):  # for those at its ends, perhaps
            attempt(driver, customer, complete(driver, {names[0]: [joined, "blue", joined[::-1]]}))

    names = _arrays(driver)
    customer = driver.customer(words(driver, *names))
    attempt(driver, customer, complete(driver, {names[0]: ["a", "b"]}))
    driver.bench.each(SEPARATORS, body)


@check(deepens=("several-values",))
def check_nearly_equal_values(driver: Driver) -> None:
    """Sends values side by side that differ in case, blanks, accents or zeros alone, in both orders."""

    def body(values: list[str]) -> None:
        for sent in (values, [*values[1:], values[1]]):
            attempt(driver, customer, complete(driver, {names[0]: sent, names[-1]: sent[::-1]}))

    names = _arrays(driver)
    customer = driver.customer(words(driver, *names))
    driver.bench.each(NEARLY_EQUAL, body)


@check("several-values")
def check_lengths(driver: Driver) -> None:
    """Sends arrays of listed lengths, each value another one, over shorter and longer ones."""

    def body(length: int) -> None:
        sent = [f"{mark} {number * 7 % length}" for number in range(length)]
        attempt(driver, customer, complete(driver, {names[0]: sent, names[-1]: sent[::-1]}))
        if length > LENGTHS[-1]:
            attempt(driver, customer, complete(driver, {names[0]: [*sent[:3], *sent[4:]]}))

    names = _arrays(driver)
    mark = driver.bench.fresh(4)
    customer = driver.customer(words(driver, *names))
    driver.bench.each([*LENGTHS, *LONG_LENGTHS, 3], body)
    driver.bench.boundary("values=20")


@check(deepens=("wrong-types-answered", "refused-changes-nothing"))
def check_wrong_type_at_each_place(driver: Driver) -> None:
    """Sends arrays of texts with a number, a boolean or an object at the first, a middle, a late and the last place."""

    def body(case: tuple[int, Any]) -> None:
        place, value = case
        right = [f"{mark} {number}" for number in range(place)]
        for tail in ([], ["last"]):
            wrong.send(complete(driver, {names[0]: [*right, value, *tail]}))

    names = _arrays(driver)
    mark = driver.bench.fresh(4)
    wrong = Refused(driver, driver.customer(words(driver, *names)))
    wrong.send(complete(driver, {names[0]: 4711}))
    wrong.send(b"{")
    wrong.look()
    cases = [(place, WRONG_TYPES[n % len(WRONG_TYPES)]) for n, place in enumerate((0, *LATE))]
    driver.bench.each([*cases, *((1, value) for value in WRONG_TYPES), *((2, value) for value in WRONG_TYPES)], body)
    wrong.look()


@check(deepens=("impossible-dates-refused", "date-time-values", "refused-changes-nothing"))
def check_several_dates(driver: Driver) -> None:
    """Sends arrays of dates, then with a word, an impossible day or a number at each place."""

    def body(bad: Wrong) -> None:
        wrong.send(complete(driver, words(driver, texts(driver)[0]) | {name: bad.value}))

    if driver.readings.settled("attribute-array") == "scalar-only":
        raise NotApplicable("attributes take one value alone")
    several = [a.name for a in dates(driver) if a.several]
    if not several:
        raise NotTested("the profile schema has no attribute of type date that takes several values")
    name = several[0]
    customer = driver.customer({name: DAY})
    driver.query(customer)
    days = [
        f"19{60 + number}-0{1 + number % 9}-1{number % 10}T0{number % 10}:01:02.00{number % 10}Z"
        for number in range(20)
    ]
    for length in (1, 2, 3, 10, 11, 20):
        attempt(driver, customer, complete(driver, {name: days[:length][::-1]}))
    wrong = Refused(driver, customer)
    wrong.send(complete(driver, {name: "yesterday"}))
    wrong.look()
    wrongs: tuple[Any, ...] = (
        "yesterday",
        "2021-02-30T00:00:00.000Z",
        "2021-04-31T12:00:00.000Z",
        20210101,
        {"d": 1},
        "",
    )
    cases = []
    for place in (0, 1, 2, 9, 18):
        for value in wrongs[: 3 if place > 2 else None]:
            cases.append(Wrong(f"{value!r} at place {place + 1} of {place + 2}", [*days[:place], value, days[19]]))
            cases.append(Wrong(f"{value!r} at the last place of {place + 1}", [*days[:place], value]))
    driver.bench.each(cases, body)
    wrong.look()


@check(deepens=("empty-values",))
def check_nothing_among_values(driver: Driver) -> None:
    """Sends null and empty texts among several values, at each place; each is refused, or the others are stored."""

    def body(sent: list[Any]) -> None:
        customer = driver.customer(words(driver, *names))
        driver.query(customer)
        attempt(driver, customer, complete(driver, {names[0]: sent}))

    names = _arrays(driver)
    for value in ("", None):
        attempt(
            driver, driver.customer(words(driver, *names)), complete(driver, {names[0]: value, names[-1]: ["a", "b"]})
        )
    cases: list[list[Any]] = [
        ["", "a"],
        ["a", ""],
        ["a", "", "b"],
        [None, "a"],
        ["a", None],
        ["a", None, "b"],
        [None],
        [""],
    ]
    driver.bench.each(cases, body)
