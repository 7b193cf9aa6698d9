"""Requests that are wrong in one way: how they are refused, and that they change nothing."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from conformance.exercise import check
from conformance.genesys.checks.common import (
    Refused,
    alone,
    attempt,
    complete,
    everything,
    holder,
    texts,
    words,
    wrong_members,
)
from conformance.genesys.driver import Driver
from conformance.genesys.wire import accepted
from conformance.judge import NotTested
from strategies.genesys import wrong
from strategies.genesys.profiles import Members
from strategies.genesys.superset import record
from strategies.genesys.wrong import Wrong


@check("no-server-error")
def check_hostile(driver: Driver) -> None:
    """Sends bodies that break careless readers: odd bytes, deep nesting, huge numbers, long names and texts."""

    def body(bad: Wrong) -> None:
        refused.send(bad.value)

    if not driver.target.hostile_input:
        raise NotTested("the target file does not allow hostile bodies", "say `hostile_input = true`")
    refused = Refused(driver, holder(driver))
    refused.send(b"{")
    driver.bench.each(wrong.hostile(texts(driver)[0]), body)
    refused.look()


@check("json-content-type")
def check_content_types(driver: Driver) -> None:
    """Sends a valid body with application/json, with types that are not JSON, and with types that are nearly it."""

    def body(media: str) -> None:
        request = driver.update_request(refused.customer, everything(driver))
        refused.send(request.with_header("Content-Type", media))

    texts(driver)
    refused = Refused(driver, holder(driver))
    driver.bench.each(["application/json", *wrong.MEDIA_TYPES, "application/json; charset=utf-8"], body)
    refused.look()


@check("unknown-attributes-answered", "nothing-invented")
def check_unknown_attributes(driver: Driver) -> None:
    """Sends valid updates with one more member of a generated name, which no schema has, and queries the profile."""

    def body(name: str) -> None:
        customer = holder(driver)
        driver.query(customer)
        members = complete(driver, words(driver, *texts(driver)))
        attempt(driver, customer, members | {f"Un{name}": driver.bench.fresh(5)})

    def other_case(name: str) -> None:
        customer = driver.customer(words(driver, *texts(driver)))
        driver.query(customer)
        attempt(driver, customer, complete(driver, words(driver, *texts(driver), name)))

    names = texts(driver)
    driver.bench.for_all(st.text(st.sampled_from("abcXYZ09_. é"), min_size=1, max_size=12), body, share=0.4)
    driver.bench.each(
        [f"{names[0]}s", f"{names[0]} ", f"_{names[0]}", f"{names[0]}.x", names[-1].swapcase()], other_case
    )


@check(deepens=("unknown-attributes-answered",))
def check_values_of_unknown_members(driver: Driver) -> None:
    """Sends members that no schema has with null, empty and nested values, first and last, one and several."""

    def body(value: Any) -> None:
        members = complete(driver, words(driver, *texts(driver)))
        one, two = (f"Un{driver.bench.fresh(6)}" for _ in range(2))
        for sent in ({one: value, **members}, {**members, one: value}, {**members, one: "x", two: value}):
            refused.send(sent)

    refused = Refused(driver, holder(driver))
    values: list[Any] = ["x", None, "", [], {}, 0, False, 4711, ["x", "y"], [None], {"a": {"b": None}}]
    driver.bench.each(values, body)
    refused.look()


@check("wrong-types-answered", "refused-changes-nothing")
def check_wrong_types(driver: Driver) -> None:
    """Sends values of other JSON types for text attributes, and words for numbers in records, and queries."""

    def body(bad: Wrong) -> None:
        one, other = names[0], names[-1]
        refused.send(complete(driver, words(driver, *names) | {one: "new", other: bad.value}))

    def in_record(case: tuple[str, Members]) -> None:
        name, content = case
        extension = driver.schema.extension(name)
        assert extension is not None
        value: Any = [content] if extension.kind == "multi-valued" else content
        refused.send(everything(driver, records=False) | {name: value})

    names = texts(driver, 2)
    refused = Refused(driver, holder(driver))
    driver.bench.each(wrong.types_for_text(), body)
    driver.bench.each(_words_for_numbers(driver), in_record)
    refused.look()


def _words_for_numbers(driver: Driver) -> list[tuple[str, Members]]:
    return [
        (extension.name, {**record(extension, driver.bench.fresh(4), 1), field.name: "word"})
        for extension in driver.schema.of_kind("single-valued", "multi-valued")
        for field in extension.fields
        if not extension.bare and field.type in ("integer", "long", "double", "boolean")
    ]


@check("refused-changes-nothing")
def check_one_wrong_member(driver: Driver) -> None:
    """Sends full bodies with one wrong member, first, last or in the middle, and queries attributes and extensions."""

    def body(case: tuple[str, Wrong]) -> None:
        name, bad = case
        customer = holder(driver)
        driver.query(customer)
        valid = everything(driver)
        valid.pop(name, None)
        attempt(driver, customer, {name: bad.value, **valid})
        attempt(driver, customer, {**valid, name: bad.value})

    driver.bench.each(wrong_members(driver), body)


@check("nothing-invented", "last-update-stands")
def check_update_after_refusal(driver: Driver) -> None:
    """Sends an update that is refused for one member, then a small valid one: nothing of the refused may show."""

    def body(case: tuple[str, Wrong]) -> None:
        name, bad = case
        customer = holder(driver)
        small = {key: value for key, value in alone(driver, *texts(driver)[:2]).items() if key != name}
        attempt(driver, customer, complete(driver, small))
        for _ in range(2):
            driver.update(customer, {**everything(driver), name: bad.value})
            attempt(driver, customer, complete(driver, small | {each: driver.bench.fresh(5) for each in small}))
        if driver.has("delete") and not driver.lent:
            driver.update(customer, {**everything(driver), name: bad.value})
            driver.remove(customer)
            driver.query(customer)
            if accepted(driver.update(customer, everything(driver))):
                driver.claim(customer)
            driver.query(customer)

    driver.bench.each(wrong_members(driver), body)
