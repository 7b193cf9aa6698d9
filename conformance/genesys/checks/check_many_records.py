"""Records of multi-valued extensions: which are the same one, how many there are, and a wrong one at any place."""

from __future__ import annotations

from typing import Any

from conformance.exercise import check
from conformance.genesys.checks.common import Refused, attempt, complete, extensions, holder, texts, words
from conformance.genesys.driver import Driver
from conformance.genesys.wire import refused, status
from conformance.judge import NotApplicable
from strategies.genesys import Extension, Field
from strategies.genesys.profiles import Members
from strategies.genesys.superset import record

SIZES = (2, 3, 10, 11, 16, 17, 20, 5)
LARGE_SIZES = (21, 33, 65, 101)  # more than a target has to take
LATE = (0, 1, 2, 9, 10, 16, 19, 32, 64, 100)


def _several(driver: Driver, *, unique: bool | None = None) -> list[Extension]:
    """Multi-valued extensions whose records are objects. Raises NotApplicable."""
    found = [e for e in driver.schema.of_kind("multi-valued") if e.fields and not e.bare]
    found = [e for e in found if unique is None or bool(e.unique) is unique]
    if not found:
        raise NotApplicable("there is no such extension with several records")
    return found


def _attributes(driver: Driver) -> Members:
    return complete(driver, words(driver, texts(driver)[0]))


def _keys(extension: Extension) -> list[Field]:
    return [field for field in extension.fields if field.name in extension.unique]


@check(deepens=("extension-replaced", "extensions-accepted"))
def check_same_identity(driver: Driver) -> None:
    """Replaces records by others of the same identity that lack one attribute, or have another value in it."""

    def body(case: tuple[Extension, str]) -> None:
        extension, name = case
        full = [record(extension, mark, number) for number in range(3)]
        less = [{n: v for n, v in each.items() if n != name} for each in full]
        other = record(extension, mark, 7)[name]
        for sent in (full, less, full[::-1], [{**full[0], name: other}, less[1]], [less[2]], less[::-1]):
            attempt(driver, customer, _attributes(driver) | {extension.name: sent})

    mark = driver.bench.fresh(4)
    customer = holder(driver)
    driver.query(customer)
    found = _several(driver)
    cases = [(e, f.name) for e in found for f in e.fields if f.name not in e.unique and not f.mandatory]
    attempt(driver, customer, _attributes(driver) | {found[0].name: [record(found[0], mark, 1)]})
    driver.bench.each(cases, body)


@check(deepens=("extension-schema-enforced", "extension-replaced"))
def check_nearly_same_identity(driver: Driver) -> None:
    """Sends records side by side whose unique attributes are nearly the same: each is a record of its own."""

    def body(case: tuple[Extension, Field, list[str]]) -> None:
        extension, field, keys = case
        records = [{**record(extension, mark, 1), field.name: key} for key in keys]
        for sent in (records, records[::-1]):
            exchange = attempt(driver, customer, _attributes(driver) | {extension.name: sent})
            told = f"status {status(exchange)} for records with {field.name} {', '.join(keys)}"
            served = not refused(exchange)
            driver.bench.expect("extension-schema-enforced", served, observed=told, allowed="records of their own")

    mark = driver.bench.fresh(4)
    customer = holder(driver)
    driver.query(customer)
    cases = []
    for extension in _several(driver, unique=True):
        same = [record(extension, mark, 1), record(extension, mark, 1)]
        attempt(driver, customer, _attributes(driver) | {extension.name: same})
        attempt(driver, customer, _attributes(driver) | {extension.name: [*same, record(extension, mark, 2)]})
        attempt(
            driver, customer, _attributes(driver) | {extension.name: [same[0], record(extension, mark, 2), same[1]]}
        )
        attempt(driver, customer, _attributes(driver) | {extension.name: same[:1]})
        for field in _keys(extension):
            if field.type == "string" and (field.length is None or field.length >= 4):
                near = (
                    ["a1", "a2"],
                    ["a", "aa"],
                    ["1", "01", "001"],
                    ["ab", "ac", "b"],
                    ["a-1", "a1"],
                    ["10", "9", "1"],
                )
                cases += [(extension, field, keys) for keys in near]
    driver.bench.each(cases, body)


@check(deepens=("extension-replaced", "extensions-accepted"))
def check_sizes(driver: Driver) -> None:
    """Sends listed numbers of records over more and fewer ones, each record another, and compares all of them."""

    def body(case: tuple[Extension, int]) -> None:
        extension, size = case
        customer = holder(driver) if merging else kept
        sent = [record(extension, mark, number) for number in range(size)]
        attempt(driver, customer, _attributes(driver) | {extension.name: sent[::-1]})

    mark = driver.bench.fresh(4)
    kept = holder(driver)
    driver.query(kept)
    merging = driver.readings.may(
        "multi-valued-records", "merge-by-unique"
    )  # then records are added to the stored ones
    sizes = SIZES if merging else (*SIZES, *LARGE_SIZES, 2)
    driver.bench.each([(e, size) for e in _several(driver)[:2] for size in sizes], body)
    driver.bench.boundary("records=20")


@check(deepens=("extension-schema-enforced", "refused-changes-nothing"))
def check_wrong_record_at_each_place(driver: Driver) -> None:
    """Sends arrays with a wrong record at the first, a middle, a late and the last place: none may be accepted."""

    def body(case: tuple[Extension, int, Any]) -> None:
        extension, place, bad = case
        right = [record(extension, mark, number) for number in range(place + 2)]
        for sent in ([*right[:place], bad], [*right[:place], bad, right[place + 1]]):
            refused.send(_attributes(driver) | {extension.name: sent})

    mark = driver.bench.fresh(4)
    refused = Refused(driver, holder(driver))
    cases: list[tuple[Extension, int, Any]] = []
    for extension in _several(driver)[:2]:
        wrongs = list(_wrong(driver, extension, mark))
        cases += [(extension, place, wrongs[n % len(wrongs)]) for n, place in enumerate(LATE)]
        cases += [(extension, 1, bad) for bad in wrongs]
        if extension.unique:
            cases += [(extension, place, record(extension, mark, 0)) for place in (1, 2, 9, 10, 19)]
    driver.bench.each(cases, body)
    refused.look()


def _wrong(driver: Driver, extension: Extension, mark: str) -> list[Any]:
    """Records that are certainly wrong."""
    made = record(extension, mark, 99)
    first = extension.fields[0]
    found: list[Any] = ["text", ["list"], {**made, first.name: {"x": 1}}, {**made, first.name: ["x"]}]
    for field in extension.fields:
        if field.type in ("integer", "long", "double"):
            found.append({**made, field.name: "word"})
        if field.type in ("date", "datetime"):
            found.append({**made, field.name: "yesterday"})
    if driver.readings.settled("unknown-extension-attribute") == "400":
        found.append({**made, "Unheard": "x"})
        found.append({**made, "Unheard": None})
    return found


@check(deepens=("extension-replaced", "extensions-accepted"))
def check_order_of_members(driver: Driver) -> None:
    """Sends the same records with their attributes in another order, and the extension before and behind attributes."""

    def body(name: str) -> None:
        extension = driver.schema.extension(name)
        assert extension is not None
        made = record(extension, driver.bench.fresh(4), 1)
        turned = dict(reversed(made.items())) if isinstance(made, dict) else made
        for content in (made, turned):
            value = [content] if extension.kind == "multi-valued" else content
            attempt(driver, customer, {name: value, **_attributes(driver)})
            attempt(driver, customer, {**_attributes(driver), name: value})

    customer = holder(driver)
    driver.query(customer)
    driver.bench.each([e.name for e in extensions(driver)], body)
