"""Probes of what the schemas do not allow."""

from __future__ import annotations

from typing import Any

from conformance.exercise import probe
from conformance.genesys.driver import Driver
from conformance.genesys.probes.common import (
    answered_400,
    holding,
    names,
    one_record,
    refused_for_content,
    value_of,
    with_field,
    word,
    words,
)
from conformance.genesys.wire import accepted, status
from conformance.judge import NotTested
from conformance.session.exchange import Exchange
from strategies.genesys import Extension, Field
from strategies.genesys.superset import record


@probe("unknown-attribute")
def unknown_attribute(driver: Driver) -> str | None:
    """A member with a name of no schema."""
    (name,) = names(driver, 1)
    customer = driver.customer(words(driver, name))
    unknown = f"Unheard{word(driver)}"
    exchange = driver.update(customer, words(driver, name, unknown))
    if not accepted(exchange):
        return answered_400(exchange)
    return "stored" if driver.profile(customer).get(unknown) else "ignored"


@probe("attribute-name-case")
def attribute_name_case(driver: Driver) -> str | None:
    """An attribute with upper and lower case exchanged."""
    one, other = names(driver, 2)
    customer = driver.customer(words(driver, one, other))
    text = word(driver)
    members = words(driver, one, other)
    del members[other]
    exchange = driver.update(customer, members | {other.swapcase(): text})
    if not accepted(exchange):
        return "exact" if answered_400(exchange) else None
    return "insensitive" if driver.profile(customer).get(other) in (text, [text]) else "exact"


@probe("wrong-json-type")
def wrong_json_type(driver: Driver) -> str | None:
    """A number for a text."""
    one, other = names(driver, 2)
    customer = driver.customer(words(driver, one, other))
    exchange = driver.update(customer, words(driver, one) | {other: 4711})
    if not accepted(exchange):
        return answered_400(exchange)
    return "coerced" if driver.profile(customer).get(other) in ("4711", ["4711"]) else None


def _send(driver: Driver, extension: Extension, value: Any) -> tuple[str, Exchange]:
    """Updates a customer that has no record of the extension yet with a value for it."""
    customer, attributes = holding(driver)
    return customer, driver.update(customer, {**attributes, extension.name: value})


@probe("unknown-extension-attribute")
def unknown_extension_attribute(driver: Driver) -> str | None:
    """A record with one more attribute."""
    extension, _ = with_field(driver, lambda *_: True)
    unknown = {**one_record(extension, driver), f"Unheard{word(driver)}": word(driver)}
    _, exchange = _send(driver, extension, value_of(extension, unknown))
    return "ignored" if accepted(exchange) else answered_400(exchange)


@probe("missing-mandatory-extension-attribute")
def missing_mandatory_extension_attribute(driver: Driver) -> str | None:
    """A record without an attribute that is mandatory and has no default; one that identifies it only if need be."""

    def plain(extension: Extension, field: Field) -> bool:
        return field.mandatory and field.default is None and len(extension.fields) > 1

    def unidentifying(extension: Extension, field: Field) -> bool:
        return plain(extension, field) and field.name not in extension.unique

    try:
        extension, field = with_field(driver, unidentifying)
    except NotTested:
        extension, field = with_field(driver, plain)
    content = {name: v for name, v in one_record(extension, driver).items() if name != field.name}
    _, exchange = _send(driver, extension, value_of(extension, content))
    if accepted(exchange):
        return "accepted"
    # A record may also be refused because nothing identifies it.
    return None if field.name in extension.unique else refused_for_content(exchange)


@probe("over-long-extension-text")
def over_long_extension_text(driver: Driver) -> str | None:
    """A text with one character too many."""
    extension, field = with_field(
        driver, lambda e, f: f.type == "string" and f.length is not None and f.name not in e.unique
    )
    text = "x" * ((field.length or 0) + 1)
    content = {**one_record(extension, driver), field.name: text}
    customer, exchange = _send(driver, extension, value_of(extension, content))
    if not accepted(exchange):
        return refused_for_content(exchange)
    shown = driver.profile(customer).get(extension.name)
    first = shown[0] if isinstance(shown, list) and shown else shown
    got = first.get(field.name) if isinstance(first, dict) else None
    return {text: "stored", text[:-1]: "truncated"}.get(str(got))


@probe("unique-conflict")
def unique_conflict(driver: Driver) -> str | None:
    """Two records that differ in everything but their unique attributes."""
    found = [e for e in driver.schema.of_kind("multi-valued") if e.unique and len(e.fields) > len(e.unique)]
    if not found:
        raise NotTested("no multi-valued extension has unique attributes")
    extension = found[0]
    one, other = (record(extension, word(driver), number) for number in range(2))
    same = {name: one[name] for name in extension.unique}
    _, exchange = _send(driver, extension, [one, {**other, **same}])
    return {400: "400", 409: "409"}.get(status(exchange) or 0)


@probe("invalid-member")
def invalid_member(driver: Driver) -> str | None:
    """A new value beside one that is refused."""
    name, invalid = names(driver, 1)[0], _invalid(driver)
    old = words(driver, name)
    customer = driver.customer(old | {key: "1970-07-07T07:07:07.007Z" for key in invalid if key in _dates(driver)})
    new = words(driver, name)
    exchange = driver.update(customer, new | invalid)
    if not answered_400(exchange):
        return None
    shown = driver.profile(customer).get(name)
    if shown in (old[name], [old[name]]):
        return "atomic"
    return "partial" if shown in (new[name], [new[name]]) else None


def _dates(driver: Driver) -> list[str]:
    return [a.name for a in driver.schema.dates]


def _invalid(driver: Driver) -> dict[str, str]:
    if driver.schema.dates:
        return {_dates(driver)[0]: "yesterday"}
    if driver.readings.settled("unknown-attribute") == "400":
        return {f"Unheard{word(driver)}": "x"}
    raise NotTested("nothing that is refused for sure is known")
