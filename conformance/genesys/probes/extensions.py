"""Probes of how extensions are replaced."""

from __future__ import annotations

from conformance.exercise import probe
from conformance.genesys.driver import Driver
from conformance.genesys.probes.common import answered_400, holding, refused_for_content, several, single, word
from conformance.genesys.wire import accepted
from conformance.judge import NotTested
from strategies.genesys import Extension, Field
from strategies.genesys.profiles import with_records
from strategies.genesys.superset import extension_value, record


@probe("unsent-extension")
def unsent_extension(driver: Driver) -> str | None:
    """One extension where there were two."""
    found = with_records(driver.schema)[:2]
    if len(found) < 2:
        raise NotTested("there are fewer than two extensions")
    one, other = found
    customer, attributes = holding(driver, one, other)
    before = driver.profile(customer).get(other.name)
    if not accepted(driver.update(customer, {**attributes, one.name: extension_value(one, word(driver))})):
        return None
    after = driver.profile(customer).get(other.name)
    return "set-replace" if not after else "per-extension" if after == before else None


@probe("multi-valued-records")
def multi_valued_records(driver: Driver) -> str | None:
    """One record where there were three others."""
    extension = several(driver)
    customer, attributes = holding(driver, extension)
    new = [record(extension, word(driver), 7)]
    if not accepted(driver.update(customer, {**attributes, extension.name: new})):
        return None
    shown = driver.profile(customer).get(extension.name)
    if not isinstance(shown, list):
        return None
    return {1: "replace-array", 4: "merge-by-unique"}.get(len(shown))


def _optional(extension: Extension) -> list[Field]:
    return [field for field in extension.fields if not field.mandatory and field.name not in extension.unique]


@probe("omitted-extension-attribute")
def omitted_extension_attribute(driver: Driver) -> str | None:
    """A record without one attribute that has a default and without one that has none."""
    kinds = driver.schema.of_kind("single-valued")
    found = next((e for e in kinds if not e.bare and len(e.fields) > 2 and _defaults(e)), None) or single(driver, 2)
    plain = next((f for f in _optional(found) if f.default is None), None)
    default = next(iter(_defaults(found)), None)
    left = [field for field in (default, plain) if field is not None]
    if not left:
        raise NotTested("no single-valued extension has an optional attribute")
    customer, attributes = holding(driver, found)
    before = driver.profile(customer).get(found.name)
    mark = word(driver)
    new = {name: v for name, v in record(found, mark, 3).items() if name not in [field.name for field in left]}
    if not accepted(driver.update(customer, {**attributes, found.name: new})) or not isinstance(before, dict):
        return None
    after = driver.profile(customer).get(found.name)
    if not isinstance(after, dict):
        return None
    if all(after.get(field.name) == before.get(field.name) for field in left):
        return "kept"
    if default is None or after.get(default.name) == default.default:
        return "default"
    return "cleared" if after.get(default.name) is None else None


def _defaults(extension: Extension) -> list[Field]:
    return [field for field in _optional(extension) if field.default is not None]


@probe("equal-records")
def equal_records(driver: Driver) -> str | None:
    """The same record twice."""
    found = next((e for e in driver.schema.of_kind("multi-valued") if e.fields and not e.unique), None)
    if found is None:
        raise NotTested("every multi-valued extension has unique attributes")
    customer, attributes = holding(driver)
    one = record(found, word(driver), 1)
    exchange = driver.update(customer, {**attributes, found.name: [one, one]})
    if not accepted(exchange):
        return refused_for_content(exchange)
    shown = driver.profile(customer).get(found.name)
    return {1: "collapsed", 2: "kept"}.get(len(shown)) if isinstance(shown, list) else None


@probe("empty-extension-value")
def empty_extension_value(driver: Driver) -> str | None:
    """An empty array, or null where no extension is multi-valued."""
    kinds = [e for e in driver.schema.of_kind("multi-valued") if e.fields]
    extension = kinds[0] if kinds else single(driver)
    customer, attributes = holding(driver, extension)
    before = driver.profile(customer).get(extension.name)
    exchange = driver.update(customer, {**attributes, extension.name: [] if kinds else None})
    if not accepted(exchange):
        return answered_400(exchange)
    after = driver.profile(customer).get(extension.name)
    return "deletes" if not after else "ignored" if after == before else None


@probe("extension-kind")
def extension_kind(driver: Driver) -> str | None:
    """A bare record for a multi-valued extension."""
    extension = several(driver)
    customer, attributes = holding(driver, extension)
    exchange = driver.update(customer, {**attributes, extension.name: record(extension, word(driver), 7)})
    return "coerced" if accepted(exchange) else answered_400(exchange)
