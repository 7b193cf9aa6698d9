"""Values that people really store: each class of them comes back as it was sent, wherever it is stored."""

from __future__ import annotations

import re
from collections.abc import Iterable

from conformance.exercise import check
from conformance.genesys.checks.common import attempt, complete, extensions, texts, words
from conformance.genesys.driver import Driver
from conformance.genesys.wire import accepted
from conformance.judge import NotTested
from specs.values import Member, ValueClass, value_classes
from strategies.genesys.profiles import Members
from strategies.genesys.superset import record

Case = tuple[ValueClass, str]
# Names of attributes that usually hold values of a kind.
SUITED: dict[Member, re.Pattern[str]] = {
    "phone": re.compile("phone|mobile|fax", re.IGNORECASE),
    "email": re.compile("mail", re.IGNORECASE),
    "url": re.compile("url|web|site|link|picture", re.IGNORECASE),
}
IN_ARRAY = 15


class Sender:
    """Sends values in members of one customer, together as long as none is refused."""

    def __init__(self, driver: Driver, customer: str) -> None:
        self._driver = driver
        self._customer = customer

    def send(self, members: Members, cases: Iterable[Case]) -> bool:
        """Sends one update; whether it was accepted, and so exercised these classes."""
        exchange = attempt(self._driver, self._customer, complete(self._driver, members))
        if accepted(exchange):
            for each, _ in cases:
                self._driver.bench.boundary(f"value class {each.id}")
        return accepted(exchange)

    def together(self, placed: list[tuple[str, Case]]) -> None:
        """Sends values, each in the attribute of that name; one by one where they are refused."""
        members: Members = {name: value for name, (_, value) in placed}
        if not self.send(members, [case for _, case in placed]) and len(placed) > 1:
            for name, case in placed:
                self.send({name: case[1]}, [case])

    def listed(self, name: str, cases: list[Case]) -> None:
        """Sends values in one array; in halves where they are refused."""
        if not self.send({name: [value for _, value in cases]}, cases) and len(cases) > 1:
            half = len(cases) // 2
            self.listed(name, cases[:half])
            self.listed(name, cases[half:])


def _cases(*, hostile: bool) -> list[Case]:
    return [(each, value) for each in value_classes(hostile=hostile) for value in each.values]


@check(deepens=("text-values", "sent-attributes-stored"))
def check_harmless_values(driver: Driver) -> None:
    """Sends each class of values in text attributes, in those that suit it and in arrays, and compares them."""
    names = texts(driver)
    sender = Sender(driver, driver.customer(words(driver, *names)))
    cases = _cases(hostile=False)

    def body(number: int) -> None:
        sender.together(list(zip(names, cases[number : number + len(names)], strict=False)))

    def suited(number: int) -> None:
        placed = []
        for kind, pattern in SUITED.items():
            found = [case for case in cases if case[0].suits == kind]
            held = [name for name in names if pattern.search(name)]
            placed += [(name, found[number % len(found)]) for name in held[:1]]
        if placed:
            sender.together(placed)

    def array(number: int) -> None:
        some = [case for case in cases if len(case[1]) <= 100][number : number + IN_ARRAY]
        sender.listed(driver.lists[number % len(driver.lists)], some)

    driver.bench.each(range(0, len(cases), len(names)), body)
    driver.bench.each(range(max(len(each.values) for each in value_classes()) + 2), suited)
    if driver.arrays and any(attribute.several for attribute in driver.schema.texts):
        driver.bench.each(range(0, len(cases), IN_ARRAY), array)


@check(deepens=("extension-attribute-types",))
def check_harmless_values_in_records(driver: Driver) -> None:
    """Sends each class of values in the texts of records that have room for it, and compares what is stored."""
    places = [
        (extension, field)
        for extension in extensions(driver)
        for field in extension.fields
        if field.type == "string" and field.name not in extension.unique and not extension.bare
    ]
    if not places:
        raise NotTested("no extension has an attribute of type string")
    customer = driver.customer(words(driver, texts(driver)[0]))
    cases = _cases(hostile=False)

    def body(number: int) -> None:
        members: Members = words(driver, texts(driver)[0])
        for place, (extension, field) in enumerate(places):
            text = cases[(number + place) % len(cases)][1]
            if field.length is not None and len(text.encode()) > field.length:
                continue
            value = members.setdefault(extension.name, record(extension, mark, 1))
            (value[0] if isinstance(value, list) else value)[field.name] = text
            if extension.kind == "multi-valued" and isinstance(value, dict):
                members[extension.name] = [value]
        attempt(driver, customer, complete(driver, members))

    mark = driver.bench.fresh(4)
    driver.bench.each(range(0, len(cases), max(1, len(places) // 2)), body)


@check(deepens=("text-values",))
def check_hostile_values(driver: Driver) -> None:
    """Sends each value that looks like an attack, in an update of its own, and compares what is stored."""

    def body(case: Case) -> None:
        if accepted(attempt(driver, customer, complete(driver, words(driver, name) | {name: case[1]}))):
            driver.bench.boundary(f"value class {case[0].id}")

    if not driver.target.hostile_input:
        raise NotTested("the target file does not allow hostile values", "say `hostile_input = true`")
    name = texts(driver)[0]
    customer = driver.customer(words(driver, name))
    attempt(driver, customer, complete(driver, words(driver, name)))
    driver.bench.each(_cases(hostile=True), body)
