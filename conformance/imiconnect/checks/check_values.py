"""Checks of the values that people really store, by what software tends to do to them."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.exercise.check import check
from conformance.imiconnect.answered import Answered
from conformance.imiconnect.codes import SUCCESS
from conformance.imiconnect.driver import Driver
from conformance.judge.verdicts import NotApplicable
from conformance.session.exchange import Exchange
from specs.values import ValueClass, value_classes
from strategies.imiconnect import values
from strategies.imiconnect.broken import Wrong

TOGETHER = 50  # records of one request
SUITING = {"phone": ("msisdn",), "email": ("email",), "url": ("profile_pic",), "date": ("last_opened",)}
NAMES = ("name", "nick")
LENGTHS = (2049, 4097, 8193, 16385, 32769, 65537)


def members(driver: Driver, suits: str) -> list[dict[str, None]]:
    """The members that may hold a value, those of one record together: plain texts, and one that suits it."""
    documented = driver.contract.schema("attributes")["properties"]
    plain = dict.fromkeys(name for name in NAMES if name in documented)
    suiting = dict.fromkeys(name for name in SUITING.get(suits, ()) if name in documented)
    return [plain, *([suiting] if suiting else [])]


def cases_of(driver: Driver, classes: Sequence[ValueClass]) -> list[Wrong]:
    """A record for each value and kind of member."""
    return [
        Wrong(f"{each.id} {number + 1}: {text[:30]!r} as {', '.join(names)}", (each, dict.fromkeys(names, text)))
        for each in classes
        for number, text in enumerate(each.values)
        for names in members(driver, each.suits)
    ]


def store(driver: Driver, cases: list[Wrong], size: int) -> None:
    """Stores values, so many in one request, and reads them back; where a request is refused, each is sent alone."""
    whose = dict(zip((case.how for case in cases), driver.customers(len(cases)), strict=True))
    again: list[Wrong] = []

    def send(some: Wrong) -> Exchange:
        return driver.update(driver.body([(whose[case.how], case.value[1]) for case in some.value]))

    def note(some: Wrong, _: Exchange, final: Answered | None) -> None:
        failed = final is None or final.code != SUCCESS or bool(final.failures)
        taken = {result.customer for result in final.results or () if result.code == SUCCESS} if final else set()
        missing = [case for case in some.value if failed and whose[case.how] not in taken]
        for case in some.value:
            if case not in missing:
                driver.bench.boundary(f"value class {case.value[0].id}")
        if len(some.value) > 1:
            again.extend(missing)

    groups = [cases[start : start + size] for start in range(0, len(cases), size)]
    driver.in_flight(
        [Wrong(f"{group[0].how} and others" if group[1:] else group[0].how, group) for group in groups], send, note
    )
    if again:
        driver.in_flight([Wrong(case.how, [case]) for case in again], send, note)
    for group in groups:
        driver.bench.begin_case(f"what is stored of {group[0].how} and others")
        driver.read(whose[case.how] for case in group)


@check(deepens=("sent-attributes-stored",))
def check_value_classes(driver: Driver) -> None:
    """Stores values of every class that software tends to spoil, in plain texts and where they belong; reads them."""
    addresses = ValueClass("addresses", "addresses with odd queries", "url", "read as markup", values.ADDRESSES)
    store(driver, cases_of(driver, [*value_classes(), addresses]), driver.fitting(TOGETHER))


@check(deepens=("sent-attributes-stored",))
def check_hostile_values(driver: Driver) -> None:
    """Stores values that a firewall may take for an attack, each in a request of its own, and reads them back."""
    if not driver.target.hostile_input:
        raise NotApplicable("the target file does not allow hostile input")
    classes = list(value_classes(hostile=True))
    names = list(driver.seed("x"))
    templates = tuple(f"{{{{{name}}}}}" for name in names) + tuple(f"${{{name}}}" for name in names)
    filled = ValueClass("placeholders-of-attributes", "names of attributes in braces", "text", "filled", templates)
    store(driver, cases_of(driver, [*classes, filled]), 1)


@check(deepens=("long-values-stored",))
def check_very_long_values(driver: Driver) -> None:
    """Stores texts around powers of two in characters and in bytes; what is accepted is read back whole."""
    driver.take_time()
    texts = [values.of_length(size, letters) for letters in ("a", "\u00e9", "\u540d") for size in LENGTHS]
    customers = driver.customers(len(texts))
    whose = dict(zip(texts, customers, strict=True))
    driver.in_flight(
        [Wrong(f"{len(text)} characters, {len(text.encode())} bytes", text) for text in texts],
        lambda case: driver.update(driver.body([(whose[case.value], {"name": case.value})])),
    )
    driver.read(customers)
    if "long-values-stored" not in driver.bench.log.counts:
        raise NotApplicable("the target refuses values of two thousand characters and more")
