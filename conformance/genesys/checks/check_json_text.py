"""Bodies that are not JSON, and JSON in which a member stands twice."""

from __future__ import annotations

import json

from hypothesis import strategies as st

from conformance.exercise import check
from conformance.genesys.asked import LONGEST_ID
from conformance.genesys.checks.common import (
    Refused,
    attempt,
    complete,
    everything,
    extensions,
    holder,
    holders,
    texts,
    words,
)
from conformance.genesys.driver import Driver
from strategies.broken_json import BODIES, WHOLE, Broken, Original, broken
from strategies.genesys import ID, wrong
from strategies.genesys.superset import record
from strategies.genesys.wrong import Wrong


@check("malformed-json-refused", "error-body-present", "refused-changes-nothing")
def check_malformed(driver: Driver) -> None:
    """Breaks a valid body in each named way at an attribute, and sends JSON that is no object; queries the profile."""

    def body(bad: Broken | Wrong) -> None:
        refused.send(bad.body if isinstance(bad, Broken) else bad.value)

    mark = driver.bench.fresh(8)
    refused = Refused(driver, holder(driver))
    members = words(driver, *texts(driver)) | {texts(driver)[0]: mark}
    cases: list[Broken | Wrong] = [*broken(Original(members, mark)), *wrong.no_objects(members)]
    driver.bench.each(cases, body)
    refused.look()
    encoded = driver.update_request(refused.customer, everything(driver)).body or b""
    cuts = st.integers(1, len(encoded) - 1).map(lambda end: Wrong(f"cut after {end} bytes", encoded[:end]))
    driver.bench.for_all(cuts, body, share=0.4)
    refused.look()


@check(deepens=("malformed-json-refused", "refused-changes-nothing"))
def check_malformed_elsewhere(driver: Driver) -> None:
    """Breaks a valid body in each named way at customer_id, in an array, at a date and within a record."""

    def body(bad: Broken) -> None:
        refused.send(bad.body)

    refused = Refused(driver, holder(driver))
    originals = _originals(driver, refused.customer)
    for place, original in enumerate(originals):
        cases = [case for case in broken(original) if case.how not in {*BODIES, *WHOLE}]
        left = {place, place + 1} if len(originals) > 2 else {0, 1, 2}  # each in two of three places
        driver.bench.each([case for turn, case in enumerate(cases) if turn % 3 in {each % 3 for each in left}], body)
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


@check(deepens=("unknown-attributes-answered", "malformed-json-refused"))
def check_wrapped(driver: Driver) -> None:
    """Sends a valid body as the one member of another object: its members are none of the body's."""

    def body(bad: Wrong) -> None:
        refused.send(bad.value)

    refused = Refused(driver, holder(driver))
    refused.send(b"[]")
    refused.send({f"Un{driver.bench.fresh(5)}": "x", **complete(driver, words(driver, texts(driver)[0]))})
    driver.bench.each(wrong.wrapped(everything(driver)), body)
    refused.look()


@check(deepens=("other-customers-untouched", "body-id-names-customer"))
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
