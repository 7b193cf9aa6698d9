"""Probes of what answers look like."""

from __future__ import annotations

from conformance.exercise import probe
from conformance.genesys.driver import Driver
from conformance.genesys.invariants import body_shape
from conformance.genesys.probes.common import holding, names, pair, word, words
from conformance.genesys.wire import accepted, json_of, status
from conformance.judge import NotTested
from strategies.genesys.profiles import with_records


@probe("success-status")
def success_status(driver: Driver) -> str | None:
    """A valid update."""
    members = words(driver, *names(driver, 1))
    answered = status(driver.update(driver.customer(members), members))
    return str(answered) if answered in (200, 204) else None


@probe("success-body")
def success_body(driver: Driver) -> str | None:
    """A valid update."""
    if driver.readings.settled("success-status") == "204":
        raise NotTested("an answer with 204 has no body")
    members = words(driver, *names(driver, 1))
    exchange = driver.update(driver.customer(members), members)
    return (
        body_shape(exchange.answer, driver.full_schema) if accepted(exchange) and exchange.answer is not None else None
    )


@probe("error-body")
def error_body(driver: Driver) -> str | None:
    """Malformed JSON."""
    customer = driver.customer(words(driver, *names(driver, 1)))
    exchange = driver.update(customer, b'{"')
    if exchange.answer is None or not 400 <= exchange.answer.status < 500 or not exchange.answer.body.strip():
        return None
    content = json_of(exchange.answer)
    members = [str(name).lower() for name in content] if isinstance(content, dict) else []
    if {"message", "exception"} <= set(members):
        return "message-exception"
    coded = any("code" in name for name in members)
    described = any("desc" in name or "message" in name for name in members)
    return "code-description" if coded and described else "other"


@probe("extensions-in-plain-query")
def extensions_in_plain_query(driver: Driver) -> str | None:
    """A query that names no extension."""
    extension = next(iter(with_records(driver.schema)), None)
    if extension is None:
        raise NotTested("no extension schema has attributes")
    customer, _ = holding(driver, extension)
    shown = json_of(driver.query(customer, every=False).answer)
    return None if not isinstance(shown, dict) else "all" if driver.valued(shown).get(extension.name) else "none"


@probe("single-value-shape")
def single_value_shape(driver: Driver) -> str | None:
    """A scalar and an array of one."""
    arrays = driver.readings.settled("attribute-array") == "array-ok"
    one, other = pair(driver, several=arrays)
    text = word(driver)
    members = words(driver) | {one: text, other: [word(driver)] if arrays else word(driver)}
    customer = driver.customer(words(driver, one, other))
    driver.update(customer, members)
    shown = driver.profile(customer)
    if isinstance(shown.get(one), list):
        return "array"
    if not arrays:
        return None
    return "preserve" if isinstance(shown.get(other), list) else "scalar"


@probe("multi-value-order")
def multi_value_order(driver: Driver) -> str | None:
    """Five values, unsorted, one of them twice."""
    if driver.readings.settled("attribute-array") != "array-ok":
        raise NotTested("attributes take no arrays")
    name = driver.lists[0]
    tail = word(driver)
    sent = [f"{letter}{tail}" for letter in "mzczd"]
    customer = driver.customer(words(driver, name))
    driver.update(customer, words(driver) | {name: sent})
    shown = driver.profile(customer).get(name)
    if not isinstance(shown, list) or shown[:1] != sent[:1] or set(shown) != set(sent):
        return None
    if shown == sent:
        return "order-kept"
    return "order-kept-distinct" if shown == list(dict.fromkeys(sent)) else "primary-only-kept"
