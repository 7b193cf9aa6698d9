"""Bodies in which a member stands twice: what decides about it, and that one of the two is stored, checked like any."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from conformance.exercise import check
from conformance.genesys.checks.common import attempt, complete, everything, extensions, holder, texts, words
from conformance.genesys.driver import Driver
from conformance.genesys.shown import MIDNIGHT
from conformance.genesys.wire import accepted, status
from strategies.genesys.superset import record

STORED, TYPES = "sent-attributes-stored", "wrong-types-answered"
DATES, REPLACED = "impossible-dates-refused", "extension-replaced"
AMOUNT = re.compile(r"-?[0-9]{1,12}(\.[0-9]+)?").fullmatch
DAY = "1981-03-17T02:00:00.000Z"


@dataclass(frozen=True, slots=True)
class Twice:
    """A member that stands twice.

    Attributes:
        name: of the member.
        first: its first value, as JSON.
        last: its last value, as JSON.
        right: the values that may be stored.
        requirement: broken where anything else is.
        apart: whether other members stand between the two.
    """

    name: str
    first: str
    last: str
    right: tuple[Any, ...]
    requirement: str
    apart: bool = False

    def __repr__(self) -> str:
        return f"{self.name}: {self.first}, then {self.last}{', apart' if self.apart else ''}"


@check(STORED, REPLACED)
def check_repeated_members(driver: Driver) -> None:
    """Sends bodies in which a member stands twice, one of them wrong in some: refused, or a right one is stored."""

    def body(case: Twice) -> None:
        before = driver.profile(customer)
        members = {n: v for n, v in complete(driver, words(driver, other)).items() if n != case.name}
        rest = json.dumps(members, ensure_ascii=False)[1:-1]
        one, two = (f"{json.dumps(case.name)}: {value}" for value in (case.first, case.last))
        text = f"{{{one}, {rest}, {two}}}" if case.apart else f"{{{one}, {two}, {rest}}}"
        exchange = driver.put(customer, driver.update_request(customer, text.encode()))
        shown = driver.profile(customer).get(case.name)
        allowed = case.right if accepted(exchange) else (before.get(case.name),)
        if status(exchange) is None or not (accepted(exchange) or not driver.readings.may("invalid-member", "partial")):
            return
        holds = any(_holds(shown, value) for value in allowed)
        told = f"{case.name} is {shown!r:.120}"
        for requirement in {case.requirement, REPLACED if case.requirement == REPLACED else STORED}:
            driver.bench.expect(
                requirement, holds, observed=told, allowed=" or ".join(f"{value!r:.120}" for value in allowed)
            )

    other = texts(driver, 2)[0]
    customer = holder(driver)
    attempt(driver, customer, everything(driver))
    driver.bench.each([*_attributes(driver), *_records(driver)], body)
    attempt(driver, customer, everything(driver))


def _attributes(driver: Driver) -> Iterator[Twice]:
    """Attributes that stand twice: both right, or one of them, in either order."""
    coerced = driver.readings.may("wrong-json-type", "coerced")
    for place, name in enumerate(texts(driver, 2)[1:3]):
        yield Twice(name, '"first"', '"second"', ("first", "second"), STORED, apart=place == 1)
    name = texts(driver)[-1]
    for bad, read in (("4711", ("4711",)), ('{"a": 1}', None), ("true", None)):
        if coerced and read is None:
            continue  # as what it is read is not known
        right = ("right", *(read or ())) if coerced else ("right",)
        yield Twice(name, '"right"', bad, right, TYPES)
        yield Twice(name, bad, '"right"', right, TYPES, apart=True)
    for place, attribute in enumerate(driver.schema.dates[:2]):
        for bad in ('"yesterday"', '"2021-02-30T00:00:00.000Z"')[place:][:1]:
            yield Twice(attribute.name, f'"{DAY}"', bad, (DAY,), DATES, apart=place == 1)
            yield Twice(attribute.name, bad, f'"{DAY}"', (DAY,), DATES, apart=place == 0)


def _records(driver: Driver) -> Iterator[Twice]:
    """Extensions that stand twice, and records with an attribute that does."""
    for extension in extensions(driver, 0):
        if extension.bare or extension.kind not in ("single-valued", "multi-valued"):
            continue
        many = extension.kind == "multi-valued"
        if many and driver.readings.may("multi-valued-records", "merge-by-unique"):
            continue
        one, two = (record(extension, driver.bench.fresh(4), number) for number in (1, 2))
        if not many:
            yield Twice(extension.name, json.dumps(one), json.dumps(two), (one, two), REPLACED)
        number = next((f for f in extension.fields if f.type in ("integer", "long", "double")), None)
        if number is None:
            continue
        yield from _wrong_within(extension.name, one, two, number.name, many=many)


def _wrong_within(name: str, one: Any, two: Any, number: str, *, many: bool) -> Iterator[Twice]:
    """An extension that stands twice, wrong once; and one whose record has an attribute twice, wrong once."""
    bad, good = json.dumps({**two, number: "word"}), json.dumps(one)
    left, right = ("[", "]") if many else ("", "")
    wanted = ([one] if many else one,)
    yield Twice(name, f"{left}{good}{right}", f"{left}{bad}{right}", wanted, REPLACED)
    yield Twice(name, f"{left}{bad}{right}", f"{left}{good}{right}", wanted, REPLACED, apart=True)
    rest = json.dumps({n: v for n, v in one.items() if n != number})[1:-1]
    pair = (f"{json.dumps(number)}: {json.dumps(one[number])}", f'{json.dumps(number)}: "word"')
    for first, last in (pair, pair[::-1]):
        within = f"{left}{{{first}, {rest}, {last}}}{right}" if rest else f"{left}{{{first}, {last}}}{right}"
        yield Twice(name, within, within, wanted, REPLACED)


def _holds(shown: Any, value: Any) -> bool:
    """Whether it is shown: records in any order, a day with or without midnight, an amount as a number or a text."""
    if isinstance(value, dict) and isinstance(shown, dict):
        return all(_holds(shown.get(name), each) for name, each in value.items())
    if isinstance(value, list) and isinstance(shown, list) and any(isinstance(each, dict) for each in value):
        return len(value) == len(shown) and all(any(_holds(each, one) for each in shown) for one in value)
    if isinstance(value, str) and isinstance(shown, str):
        return shown.removesuffix(MIDNIGHT) == value.removesuffix(MIDNIGHT)
    if {type(value), type(shown)} in ({str, float}, {str, int}):
        return AMOUNT(str(value)) is not None and AMOUNT(str(shown)) is not None and float(value) == float(shown)
    return bool(shown in (value, [value]))
