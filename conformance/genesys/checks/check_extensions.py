"""Extensions: untouched when absent, overridden when present, held against their schemas."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from conformance.exercise import check
from conformance.genesys.checks.common import (
    Refused,
    attempt,
    complete,
    everything,
    extensions,
    holder,
    texts,
    words,
)
from conformance.genesys.driver import Driver
from conformance.genesys.wire import accepted
from conformance.judge import NotApplicable
from strategies.genesys import Extension, profiles, wrong
from strategies.genesys.profiles import Members
from strategies.genesys.superset import extension_value, record
from strategies.genesys.wrong import Wrong


def of(driver: Driver, name: str) -> Extension:
    """The extension of that name."""
    found = driver.schema.extension(name)
    assert found is not None
    return found


@check("extensions-untouched")
def check_untouched(driver: Driver) -> None:
    """Stores records of every extension, updates generated attributes alone, and compares all extensions."""

    def body(members: Members) -> None:
        customer = holder(driver)
        driver.query(customer)
        attempt(driver, customer, complete(driver, members))
        driver.query(customer, every=False)
        for extension in driver.schema.extensions:
            driver.query(customer, extension.name)

    extensions(driver)
    driver.bench.for_all(profiles.attributes(driver.schema, arrays=driver.arrays), body, share=0.6)


@check("extension-replaced", "extensions-accepted", "extension-forms")
def check_replaced(driver: Driver) -> None:
    """Stores records of every extension, sends generated other ones, and compares record by record."""

    def body(members: Members) -> None:
        customer = holder(driver)
        driver.query(customer)
        attempt(driver, customer, complete(driver, words(driver, texts(driver)[0])) | members)

    extensions(driver)
    driver.bench.for_all(profiles.extensions(driver.schema), body)


@check("extension-replaced", "extensions-accepted")
def check_number_of_records(driver: Driver) -> None:
    """Replaces arrays of records by longer and shorter ones, by one record, and with one removed from the middle."""

    def body(case: tuple[str, list[int]]) -> None:
        name, sizes = case
        extension = of(driver, name)
        customer = holder(driver)
        mark = driver.bench.fresh(4)
        for size in sizes:
            sent = [record(extension, mark, number) for number in range(size)]
            _with(driver, customer, extension, sent)
        every = [record(extension, mark, number) for number in range(5)]
        _with(driver, customer, extension, every)
        _with(driver, customer, extension, [*every[:2], *every[3:]])
        _with(driver, customer, extension, every[::-1])

    several = [e.name for e in driver.schema.of_kind("multi-valued") if e.fields]
    if not several:
        raise NotApplicable("no extension schema is multi-valued")
    driver.bench.each([(name, [1, 12, 3, 1]) for name in several], body)
    sizes = st.lists(st.integers(1, 13), min_size=1, max_size=3)
    driver.bench.for_all(st.tuples(st.sampled_from(several), sizes), body, share=0.2)


@check("extension-replaced", "extensions-accepted")
def check_equal_records(driver: Driver) -> None:
    """Sends equal records side by side, apart, twice and thrice, where nothing identifies records; then fewer."""

    def body(name: str) -> None:
        extension = of(driver, name)
        customer = holder(driver)
        driver.query(customer)
        one, two = (record(extension, driver.bench.fresh(4), number) for number in (1, 2))
        for sent in ([one, one], [one, two, one], [one, one, one], [one, two], [two, two, one, one], [one]):
            _with(driver, customer, extension, sent)

    several = [e.name for e in driver.schema.of_kind("multi-valued") if e.fields and not e.unique]
    if not several:
        raise NotApplicable("no multi-valued extension is without unique attributes")
    driver.bench.each(several, body)


def _with(driver: Driver, customer: str, extension: Extension, value: Any) -> None:
    """Sends one extension beside an attribute, and queries."""
    members = complete(driver, words(driver, texts(driver)[0]))
    attempt(driver, customer, {**members, extension.name: value})


@check("extension-replaced")
def check_partial_records(driver: Driver) -> None:
    """Stores full records of single-valued extensions and sends each without one attribute after another."""

    def body(case: tuple[str, str]) -> None:
        name, left_out = case
        extension = of(driver, name)
        customer = holder(driver)
        driver.query(customer)
        full = record(extension, driver.bench.fresh(4), 1)
        _with(driver, customer, extension, {key: value for key, value in full.items() if key != left_out})

    def alone(case: tuple[str, str]) -> None:
        name, sent = case
        extension = of(driver, name)
        customer = holder(driver)
        driver.query(customer)
        full = record(extension, driver.bench.fresh(4), 1)
        kept = {f.name for f in extension.fields if f.mandatory} | {sent}
        _with(driver, customer, extension, {key: value for key, value in full.items() if key in kept})

    singles = [e for e in driver.schema.of_kind("single-valued") if len(e.fields) > 1]
    cases = [(e.name, f.name) for e in singles for f in e.fields if not f.mandatory]
    if not cases:
        raise NotApplicable("no single-valued extension has optional attributes")
    driver.bench.each(cases, body)
    driver.bench.each(cases[:: max(1, len(cases) // 6)], alone)


@check("extension-replaced")
def check_empty_values(driver: Driver) -> None:
    """Sends an empty array, null and an empty object for extensions that have records, and then records again."""

    def body(case: tuple[str, Any]) -> None:
        name, value = case
        customer = holder(driver)
        driver.query(customer)
        extension = of(driver, name)
        _with(driver, customer, extension, value)
        _with(driver, customer, extension, extension_value(extension, driver.bench.fresh(4)))

    empty: tuple[Any, ...] = ([], None, {})
    driver.bench.each([(e.name, value) for e in extensions(driver) for value in empty], body)


@check("unsent-extensions-answered")
def check_unsent(driver: Driver) -> None:
    """Stores records of every extension, sends one, several and all but one of them, and compares the rest."""

    def body(names: list[str]) -> None:
        customer = holder(driver)
        driver.query(customer)
        members = complete(driver, words(driver, texts(driver)[0]))
        mark = driver.bench.fresh(4)
        attempt(driver, customer, members | {name: extension_value(of(driver, name), mark) for name in names})

    found = [e.name for e in extensions(driver, 2)]
    driver.bench.each([[name] for name in found], body)
    driver.bench.each([[other for other in found if other != name] for name in found], body)
    chosen = st.lists(st.sampled_from(found), min_size=1, max_size=len(found) - 1, unique=True)
    driver.bench.for_all(chosen, body, share=0.2)


@check("extension-forms")
def check_forms(driver: Driver) -> None:
    """Sends a record where an array belongs, arrays where a record belongs, and scalars for both."""

    def body(case: tuple[str, str]) -> None:
        name, form = case
        extension = of(driver, name)
        customer = holder(driver)
        mark = driver.bench.fresh(4)
        one, two = record(extension, mark, 1), record(extension, mark, 2)
        forms: dict[str, Any] = {
            "one record": one,
            "an array of one": [one],
            "an array of two": [one, two],
            "a text": "text",
            "a number": 1,
        }
        _with(driver, customer, extension, forms[form])

    names = [e.name for e in extensions(driver) if not e.bare]
    forms = ("one record", "an array of one", "an array of two", "a text", "a number")
    driver.bench.each([(name, form) for name in names for form in forms], body)


@check("extension-attribute-types")
def check_types(driver: Driver) -> None:
    """Sends generated records with every attribute, at the bounds of its type and its length, and compares them."""

    def body(case: tuple[str, Any]) -> None:
        name, content = case
        extension = of(driver, name)
        value = [content] if extension.kind == "multi-valued" else content
        customer = driver.customer(words(driver, texts(driver)[0]))
        _with(driver, customer, extension, value)

    drawn = st.sampled_from(extensions(driver)).flatmap(
        lambda e: st.tuples(st.just(e.name), profiles.records(e, full=True))
    )
    driver.bench.each(list(_bounds(driver)), body)
    driver.bench.for_all(drawn, body)


def _bounds(driver: Driver) -> list[tuple[str, Any]]:
    """Records with every attribute at the same bound."""
    cases = []
    for extension in extensions(driver):
        if extension.bare:
            continue
        for bound in range(4):
            content = record(extension, driver.bench.fresh(4), bound)
            for field in extension.fields:
                bounds = _bounds_of(field.type, field.length)
                if bound < len(bounds) and (field.name not in extension.unique or field.type == "string"):
                    content[field.name] = bounds[bound]
            cases.append((extension.name, content))
    driver.bench.boundary("declared length of a text")
    return cases


def _bounds_of(kind: str, length: int | None) -> list[Any]:
    match kind:
        case "integer":
            return [0, 2**31 - 1, -(2**31), 65536]
        case "long":
            return [0, 2**63 - 1, -(2**63), 2**53 + 1]
        case "double":
            return [0.1, -123456789.125, 1e-9, 0.30000000000000004]
        case "boolean":
            return [False, True]
        case "datetime":
            return [
                "2000-02-29T23:59:59.999Z",
                "1969-12-31T23:59:59.001Z",
                "2038-01-19T03:14:08.000Z",
                "1999-12-31T23:59:59.010Z",
            ]
        case "string" if length is not None and length > 1:
            return ["x" * length, "y" * (length - 1), "z", "é" * (length // 2)]
    return []


@check("extension-schema-enforced")
def check_schema_enforced(driver: Driver) -> None:
    """Sends records that are wrong in exactly one way to customers with and without records, and queries them."""

    def body(case: tuple[str, Wrong]) -> None:
        name, bad = case
        if name not in prepared:
            prepared[name] = Refused(driver, _prepared(driver, name))
        members = complete(driver, words(driver, texts(driver)[0]))
        if accepted(prepared[name].send({**members, name: bad.value})):
            del prepared[name]

    prepared: dict[str, Refused] = {}
    driver.bench.each(_wrongs(driver), body)
    for refused in prepared.values():
        refused.look()


def _wrongs(driver: Driver) -> list[tuple[str, Wrong]]:
    cases: list[tuple[str, Wrong]] = []
    for extension in extensions(driver):
        mark = driver.bench.fresh(4)
        made = wrong.lists(extension, mark) if extension.kind == "multi-valued" else wrong.records(extension, mark)
        cases += [(extension.name, bad) for bad in made]
    return cases


def _prepared(driver: Driver, name: str) -> str:
    """A customer that holds everything but a single-valued extension, which then is new."""
    members = everything(driver)
    if of(driver, name).kind == "single-valued":
        del members[name]
    return driver.customer(members)
