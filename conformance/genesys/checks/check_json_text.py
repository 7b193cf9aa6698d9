"""Bodies that are not JSON, and JSON in which a member stands twice."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import strategies as st

from conformance.exercise import check
from conformance.genesys.asked import LONGEST_ID
from conformance.genesys.checks.common import (
    Refused,
    attempt,
    complete,
    dates,
    everything,
    extensions,
    holder,
    holders,
    texts,
    words,
)
from conformance.genesys.driver import Driver
from conformance.genesys.wire import accepted, status
from strategies.broken_json import BODIES, WHOLE, Broken, Original, broken
from strategies.genesys import ID, wrong
from strategies.genesys.superset import record
from strategies.genesys.wrong import Wrong

WRONG_DATE = "yesterday"


@check("malformed-json-refused", "error-body-present", "refused-changes-nothing")
def check_malformed(driver: Driver) -> None:
    """Breaks a valid body in each named way at an attribute, and sends JSON that is no object; queries the profile."""

    def body(bad: Broken | Wrong) -> None:
        refused.send(bad.body if isinstance(bad, Broken) else bad.value)

    mark = driver.bench.fresh(8)
    refused = Refused(driver, holder(driver))
    members = words(driver, *texts(driver)) | {texts(driver)[0]: mark}
    cases: list[Broken | Wrong] = [*broken(Original(members, mark)), *wrong.no_objects()]
    driver.bench.each(cases, body)
    refused.look()
    encoded = driver.update_request(refused.customer, everything(driver)).body or b""
    cuts = st.integers(1, len(encoded) - 1).map(lambda end: Wrong(f"cut after {end} bytes", encoded[:end]))
    driver.bench.for_all(cuts, body, share=0.4)
    refused.look()


@check("malformed-json-refused", "refused-changes-nothing")
def check_malformed_elsewhere(driver: Driver) -> None:
    """Breaks a valid body in each named way at customer_id, in an array, at a date and within a record."""

    def body(bad: Broken) -> None:
        refused.send(bad.body)

    refused = Refused(driver, holder(driver))
    for original in _originals(driver, refused.customer):
        driver.bench.each([case for case in broken(original) if case.how not in {*BODIES, *WHOLE}], body)
    refused.look()


def _originals(driver: Driver, customer: str) -> list[Original]:
    """Valid bodies, each with the string that is to be broken in another place."""
    mark = driver.bench.fresh(8)
    plain = complete(driver, words(driver, texts(driver)[0]))
    found = []
    if customer.isascii() and customer.isalnum():
        found.append(Original({ID: customer, **plain}, customer))
    if driver.arrays and any(a.several for a in driver.schema.texts):
        found.append(Original({**plain, driver.lists[-1]: ["first", mark, "third"]}, mark))
    for extension in extensions(driver, 0):
        field = next((f for f in extension.fields if f.type == "string" and f.name not in extension.unique), None)
        if field is not None and not extension.bare:
            content = record(extension, driver.bench.fresh(4), 1) | {field.name: mark}
            found.append(
                Original({**plain, extension.name: [content] if extension.kind == "multi-valued" else content}, mark)
            )
            break
    return found


@check("other-customers-untouched", "body-id-names-customer")
def check_repeated_ids(driver: Driver) -> None:
    """Sends bodies in which customer_id stands twice, with the own id and another one; queries both customers."""

    def body(case: tuple[str, str]) -> None:
        ids = {"own": first, "other": second, "nobody": driver.bench.fresh(LONGEST_ID), "null": None, "number": 4711}
        members = json.dumps(complete(driver, words(driver, *texts(driver))), ensure_ascii=False)[1:-1]
        one, two = (json.dumps({ID: ids[which]}, ensure_ascii=False)[1:-1] for which in case)
        for text in (f"{{{one}, {two}, {members}}}", f"{{{one}, {members}, {two}}}"):
            driver.put(first, driver.update_request(first, text.encode()))
            driver.query(second)
            driver.query(first)

    first, second = holders(driver)
    for customer in (first, second):
        driver.query(customer)
    attempt(driver, first, {ID: second, **complete(driver, words(driver, *texts(driver)))})
    driver.query(second)
    cases = [("own", "other"), ("other", "own"), ("own", "nobody"), ("other", "nobody"), ("null", "other")]
    driver.bench.each([*cases, ("number", "other"), ("other", "null")], body)


@check("sent-attributes-stored")
def check_repeated_members(driver: Driver) -> None:
    """Sends bodies in which a member stands twice, one of them wrong in some: refused, or one of the two is stored."""

    def body(name: str) -> None:
        one, two = values[name]
        customer = holder(driver)
        before = driver.profile(customer)
        members = {n: v for n, v in complete(driver, words(driver, other)).items() if n != name}
        rest = json.dumps(members, ensure_ascii=False)[1:-1]
        pair = ", ".join(f"{json.dumps(name)}: {json.dumps(value)}" for value in (one, two))
        exchange = driver.put(customer, driver.update_request(customer, f"{{{pair}, {rest}}}".encode()))
        shown = driver.profile(customer).get(name)
        right = [value for value in (one, two) if value != WRONG_DATE]
        allowed = right if accepted(exchange) else [before.get(name)]
        if status(exchange) is not None and (
            accepted(exchange) or not driver.readings.may("invalid-member", "partial")
        ):
            requirement = "extension-replaced" if driver.schema.extension(name) else "sent-attributes-stored"
            driver.bench.expect(
                requirement,
                any(_holds(shown, value) for value in allowed),
                observed=f"{name} is {shown!r}",
                allowed=" or ".join(map(repr, allowed)),
            )

    other, *more = texts(driver, 2)
    values: dict[str, tuple[Any, Any]] = dict.fromkeys(more[:2], ("first", "second"))
    if driver.schema.dates:
        values[dates(driver)[0].name] = ("1981-03-17T02:00:00.000Z", WRONG_DATE)
        values[dates(driver)[-1].name] = (WRONG_DATE, "1981-03-17T02:00:00.000Z")
    for extension in extensions(driver, 0):
        if extension.kind == "single-valued" and not extension.bare:
            one, two = (record(extension, driver.bench.fresh(4), number) for number in (1, 2))
            values[extension.name] = (one, two)
    attempt(driver, holder(driver), everything(driver))
    driver.bench.each(values, body)


def _holds(shown: Any, value: Any) -> bool:
    if isinstance(value, dict) and isinstance(shown, dict):
        return all(_holds(shown.get(name), each) for name, each in value.items())
    if isinstance(value, float | int) and isinstance(shown, str):
        return shown.startswith(str(value))
    return bool(shown in (value, [value]))
