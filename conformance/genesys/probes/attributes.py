"""Probes of how attributes are replaced."""

from __future__ import annotations

from typing import Any

from conformance.exercise import probe
from conformance.genesys.driver import Driver
from conformance.genesys.probes.common import answered_400, holding, names, word, words
from conformance.genesys.shown import ABSENT, no_value_form
from conformance.genesys.wire import accepted, json_of
from conformance.judge import NotTested
from strategies.genesys.profiles import with_records
from strategies.genesys.superset import extension_value


@probe("attribute-array")
def attribute_array(driver: Driver) -> str | None:
    """An attribute with two values."""
    (name,) = names(driver, 1)
    customer = driver.customer(words(driver, name))
    exchange = driver.update(customer, {name: [word(driver), word(driver)]})
    return "array-ok" if accepted(exchange) else "scalar-only" if answered_400(exchange) else None


def _special(driver: Driver, value: Any) -> str | None:
    """What becomes of a special value of an attribute: refused, kept, or no value."""
    one, other = names(driver, 2)
    customer = driver.customer(words(driver, one, other))
    exchange = driver.update(customer, {one: word(driver), other: value})
    if not accepted(exchange):
        return answered_400(exchange)
    shown = driver.profile(customer).get(other)
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
    (name,) = names(driver, 1)
    customer = driver.customer(words(driver, name))
    exchange = driver.update(customer, {})
    if not accepted(exchange):
        return answered_400(exchange)
    return None if driver.profile(customer).get(name) else "clears-all"


@probe("extensions-only-body")
def extensions_only_body(driver: Driver) -> str | None:
    """An update with an extension alone."""
    extension = next(iter(with_records(driver.schema)), None)
    if extension is None:
        raise NotTested("no extension schema has attributes")
    customer, attributes = holding(driver, extension)
    exchange = driver.update(customer, {extension.name: extension_value(extension, word(driver))})
    if not accepted(exchange):
        return answered_400(exchange)
    return None if set(driver.profile(customer)) & set(attributes) else "attributes-cleared"


@probe("omitted-attribute")
def omitted_attribute(driver: Driver) -> str | None:
    """Two attributes where there were three."""
    one, two, three = names(driver, 3)
    customer = driver.customer(words(driver, one, two, three))
    exchange = driver.update(customer, words(driver, one, two))
    if not accepted(exchange):
        return "reject-400" if answered_400(exchange) else None
    return None if driver.profile(customer).get(three) else "drop"


@probe("dropped-attribute-read")
def dropped_attribute_read(driver: Driver) -> str | None:
    """A query after an attribute was dropped, by leaving it out or by whatever else drops it."""
    one, other = names(driver, 2)
    customer = driver.customer(words(driver, one, other))
    ways: list[dict[str, Any]] = [{one: word(driver)}, {one: word(driver), other: None}, {one: word(driver), other: []}]
    for members in [*ways, {}]:
        if accepted(driver.update(customer, members)):
            shown = json_of(driver.query(customer).answer)
            return no_value_form(shown.get(other, ABSENT)) if isinstance(shown, dict) else None
    raise NotTested("no update drops an attribute")
