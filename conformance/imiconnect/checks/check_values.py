"""Checks of the values that people really store, by what software tends to do to them."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.exercise.check import check
from conformance.imiconnect.answered import Answered
from conformance.imiconnect.codes import SUCCESS
from conformance.imiconnect.driver import Driver
from conformance.imiconnect.values import DATES, FLAGS, documented_attributes
from conformance.judge.verdicts import NotApplicable
from conformance.session.exchange import Exchange
from specs.values import ValueClass, value_classes
from strategies.imiconnect import values
from strategies.imiconnect.broken import Wrong

TOGETHER = 50  # records of one request
FEW = 3  # values of a class that stand in one record after the other; more of them count as a further class
SUITING = {"phone": ("msisdn",), "email": ("email",), "url": ("profile_pic",), "date": ("last_opened",)}
NAMES = ("name", "nick")
FORMED = FLAGS | DATES | {"channel", "email", "msisdn"}
STAND_IN = frozenset({"userId", "rtmId"})  # they may stand in for a customer id
LENGTHS = (2049, 4097, 8193, 16385, 32769, 65537)
COLUMNS = (33, 51, 65, 101, 129, 164, 201, 256, 257, 513, 1025)  # characters, around the widths of usual columns


def plain_names(driver: Driver) -> list[str]:
    """The documented names whose values are texts that nobody looks at."""
    return [name for name in NAMES if name in documented_attributes(driver.contract)]


def free_names(driver: Driver) -> list[str]:
    """The documented names whose values have no form, those of plain texts first."""
    names = [*plain_names(driver), *driver.contract.schema("attributes")["properties"]]
    return [name for name in dict.fromkeys(names) if name not in FORMED | STAND_IN]


def cases_of(driver: Driver, classes: Sequence[ValueClass]) -> list[Wrong]:
    """A record for each value: in plain texts, and where it belongs."""
    documented = documented_attributes(driver.contract)
    return [
        Wrong(f"{each.id} {number + 1}: {text[:30]!r}", ((each.id,), dict.fromkeys(names, text)))
        for each in classes
        for number, text in enumerate(each.values)
        for names in [[*plain_names(driver), *(name for name in SUITING.get(each.suits, ()) if name in documented)]]
    ]


def spread(driver: Driver, classes: Sequence[ValueClass]) -> list[Wrong]:
    """Records that have each class under each documented name, a value of another class under each of their names."""
    names = free_names(driver)
    few = [(each.id, each.values[start : start + FEW]) for each in classes for start in range(0, len(each.values), FEW)]
    cases = []
    for number in range(len(few)):
        chosen = [few[(number + place) % len(few)] for place in range(len(names))]
        shape = {
            name: values[place % len(values)]
            for place, (name, (_, values)) in enumerate(zip(names, chosen, strict=True))
        }
        ids = tuple(dict.fromkeys(class_id for class_id, _ in chosen))
        cases.append(Wrong(f"values of {ids[0]} and others, #{number}", (ids, shape)))
    return [*cases, *moments(driver, classes)]


def moments(driver: Driver, classes: Sequence[ValueClass]) -> list[Wrong]:
    """Records that have dates under every documented name of a date."""
    names = [name for name in driver.contract.schema("attributes")["properties"] if name in DATES]
    texts = [text for each in classes if each.suits == "date" for text in each.values] if names else []
    return [
        Wrong(
            f"dates such as {texts[start]}",
            ((), {name: texts[(start + place) % len(texts)] for place, name in enumerate(names)}),
        )
        for start in range(0, len(texts), 2)
    ]


def store(driver: Driver, cases: list[Wrong], size: int) -> None:
    """Stores values, so many records in one request, and reads them back.

    A record that is refused is sent again with its plain texts alone, and what is refused then alone in its request.
    """
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
                for class_id in case.value[0]:
                    driver.bench.boundary(f"value class {class_id}")
        again.extend(missing)

    def send_groups(some: list[Wrong], number: int) -> None:
        groups = [some[start : start + number] for start in range(0, len(some), number)]
        driver.in_flight(
            [Wrong(f"{group[0].how} and others" if group[1:] else group[0].how, group) for group in groups], send, note
        )

    send_groups(cases, size)
    plain = set(plain_names(driver))
    shorter = [Wrong(case.how, (case.value[0], kept)) for case in again if (kept := _only(case.value[1], plain))]
    again.clear()
    if shorter:
        send_groups(shorter, size)
    if size > 1 and again:
        alone, again[:] = list(again), []
        send_groups(alone, 1)
    for start in range(0, len(cases), size):
        driver.bench.begin_case(f"what is stored of {cases[start].how} and others")
        driver.read(whose[case.how] for case in cases[start : start + size])


def _only(attributes: dict[str, str], names: set[str]) -> dict[str, str]:
    return {name: text for name, text in attributes.items() if name in names}


@check(deepens=("sent-attributes-stored",))
def check_value_classes(driver: Driver) -> None:
    """Stores values of every class that software tends to spoil under every documented name, and reads them."""
    classes = [*value_classes(), *values.real_life()]
    # Where few names are documented, each value has a record of its own.
    cases = spread(driver, classes) if len(free_names(driver)) > FEW else cases_of(driver, classes)
    store(driver, cases, driver.fitting(TOGETHER))


@check(deepens=("long-values-stored", "sent-attributes-stored"))
def check_long_values_everywhere(driver: Driver) -> None:
    """Stores texts around the widths of columns under every documented name at once; what is accepted is whole."""
    names = free_names(driver)
    cases = [
        Wrong(
            f"{size} characters under each name",
            ((), {name: f"{values.of_length(size - 4, 'z')}{place:03d}z" for place, name in enumerate(names)}),
        )
        for size in COLUMNS
    ]
    if "email" in documented_attributes(driver.contract):
        cases += [
            Wrong(f"an e-mail address of {size} characters", ((), {"email": _email(size)}))
            for size in (65, 101, 129, 201)
        ]
    store(driver, cases, driver.fitting(TOGETHER))


def _email(size: int) -> str:
    """An address of so many characters, with labels as long as they may be."""
    host = "example.com"
    while len(host) + 40 < size:
        host = f"{'h' * 30}.{host}"
    return f"{values.of_length(size - len(host) - 1, 'z')}@{host}"


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
