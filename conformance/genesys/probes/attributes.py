"""Probes of how attributes are replaced."""

from __future__ import annotations

from typing import Any

from conformance.exercise import probe
from conformance.genesys.driver import Driver
from conformance.genesys.lending import sendable
from conformance.genesys.probes.common import answered_400, names, pair, refused_for_content, word, words
from conformance.genesys.shown import ABSENT, no_value_form
from conformance.genesys.wire import accepted, json_of
from conformance.judge import NotTested
from strategies.genesys.profiles import with_records
from strategies.genesys.superset import extension_value, superset


@probe("attribute-array")
def attribute_array(driver: Driver) -> str | None:
    """An attribute with two values."""
    several = [attribute.name for attribute in driver.schema.texts if attribute.several]
    name = next(iter(several), names(driver, 1)[0])
    customer = driver.customer(words(driver, name))
    exchange = driver.update(customer, words(driver) | {name: [word(driver), word(driver)]})
    return "array-ok" if accepted(exchange) else "scalar-only" if refused_for_content(exchange) else None


def _special(driver: Driver, value: Any) -> str | None:
    """What becomes of a special value of an attribute: refused, kept, or no value."""
    one, other = pair(driver, several=isinstance(value, list) and driver.arrays)
    # Where updates must be complete, a value that is none may count as left out; the profile then must not have one.
    held = words(driver, one) if driver.complete and not driver.lent else words(driver, one, other)
    customer = driver.customer(held)
    exchange = driver.update(customer, words(driver, one) | {other: value})
    if not accepted(exchange):
        left_out = driver.whole or (driver.complete and other in driver.profile(customer))
        array = isinstance(value, list) and not driver.arrays  # refused for either reason
        return None if left_out or array else refused_for_content(exchange)
    shown = driver.profile(customer).get(other)
    if value == "" and driver.readings.settled("dropped-attribute-read") in (None, "empty-text"):
        return None  # a value that is lost looks the same
    return "clears" if shown is None else "kept" if shown in (value, [value]) else None


@probe("null-attribute")
def null_attribute(driver: Driver) -> str | None:
    """Null."""
    return _special(driver, None)


@probe("empty-array-attribute")
def empty_array_attribute(driver: Driver) -> str | None:
    """An empty array."""
    return _special(driver, [])


@probe("empty-text-attribute")
def empty_text_attribute(driver: Driver) -> str | None:
    """An empty text."""
    return _special(driver, "")


@probe("empty-body")
def empty_body(driver: Driver) -> str | None:
    """An update with neither attributes nor extensions."""
    customer = _without_attributes(driver)
    exchange = driver.update(customer, {})
    if not accepted(exchange):
        return None if _incomplete(driver, customer) else answered_400(exchange)
    if driver.readings.may("body-customer-id", "required"):
        return None  # the body had an id, with which it may count as one that is not empty
    return None if _attributes(driver, customer) else "clears-all"


def _without_attributes(driver: Driver) -> str:
    """A customer with an attribute; with none where an empty body could be refused for leaving it out."""
    if driver.complete and not driver.lent:
        return driver.customer({})
    return driver.customer(words(driver, *names(driver, 1)))


def _attributes(driver: Driver, customer: str) -> set[str]:
    return set(driver.profile(customer)) & {a.name for a in driver.schema.writable}


def _incomplete(driver: Driver, customer: str) -> bool:
    """Whether a body without attributes may be refused because it leaves some out."""
    return driver.whole or (driver.complete and bool(_attributes(driver, customer)))


@probe("extensions-only-body")
def extensions_only_body(driver: Driver) -> str | None:
    """An update with an extension alone."""
    extension = next(iter(with_records(driver.schema)), None)
    if extension is None:
        raise NotTested("no extension schema has attributes")
    customer = _without_attributes(driver)
    exchange = driver.update(customer, {extension.name: extension_value(extension, word(driver))})
    if not accepted(exchange):
        return None if _incomplete(driver, customer) else answered_400(exchange)
    return None if _attributes(driver, customer) else "attributes-cleared"


@probe("omitted-attribute")
def omitted_attribute(driver: Driver) -> str | None:
    """Two attributes where there were three; where that is refused, all that a profile has of those of the schema.

    Of a lent customer, which nothing is known to be taken away from, what it holds already, then one text less.
    """
    if driver.lent:
        return _of_lent(driver)
    every = [a.name for a in driver.schema.texts][:3]
    if len(every) < 2:
        raise NotTested("the profile schema has fewer than 2 attributes of type string")
    customer = driver.customer(words(driver, *every))
    exchange = driver.update(customer, _texts(driver, every[:-1]))
    if accepted(exchange):
        return None if driver.profile(customer).get(every[-1]) else "drop"
    if not answered_400(exchange):
        return None
    some = _texts(driver, every[:-1])
    made = driver.customers.exactly(some)
    if made is None:
        made, some = customer, _held(driver, customer)
        if set(some) >= {attribute.name for attribute in driver.schema.writable}:
            return None  # creations may ask for all of them too, and then neither kind can be told from the other
    return "reject-400" if accepted(driver.update(made, some)) else "reject-400-schema"


def _of_lent(driver: Driver) -> str | None:
    """Updates that can be taken back whatever the target does with them: the whole profile is accepted before."""
    for customer in driver.lent_ids():
        was = driver.customers.take(customer)
        whole = {a.name: sendable(driver, a.name, was[a.name]) for a in driver.full_schema.writable if a.name in was}
        texts = [attribute.name for attribute in driver.full_schema.texts if attribute.name in whole]
        if len(whole) < 2 or not texts or not accepted(driver.update(customer, whole)):
            continue
        exchange = driver.update(customer, {name: value for name, value in whole.items() if name != texts[-1]})
        if not accepted(exchange):
            return "reject-400" if answered_400(exchange) else None
        return None if driver.profile(customer).get(texts[-1]) else "drop"
    return None


def _held(driver: Driver, customer: str) -> dict[str, Any]:
    """A new value for every attribute that a profile has."""
    every = superset(driver.schema, word(driver), arrays=False, extensions=False)
    held = _attributes(driver, customer)
    return {name: value for name, value in every.items() if name in held}


def _texts(driver: Driver, attributes: list[str]) -> dict[str, Any]:
    return {name: word(driver) for name in attributes}


@probe("dropped-attribute-read")
def dropped_attribute_read(driver: Driver) -> str | None:
    """A query after an attribute was dropped, by leaving it out or by whatever else drops it."""
    one, other = names(driver, 2)
    customer = driver.customer(words(driver, one, other))
    ways: list[dict[str, Any]] = [
        {one: word(driver)},
        words(driver, one) | {other: None},
        words(driver, one) | {other: []},
    ]
    for members in [*ways, {}]:
        if accepted(driver.update(customer, members)):
            shown = json_of(driver.query(customer).answer)
            return no_value_form(shown.get(other, ABSENT)) if isinstance(shown, dict) else None
    raise NotTested("no update drops an attribute")
