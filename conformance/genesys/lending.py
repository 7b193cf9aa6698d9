"""Lent customers: queried whole, compared, and replaced by what they were."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from conformance.genesys.shown import no_value_form, same
from conformance.genesys.wire import accepted, json_of, status
from conformance.judge import Inconclusive
from conformance.judge.verdicts import Signal
from conformance.ledger.compare import Compared, canonical, differences
from strategies.genesys import ID, Extension

if TYPE_CHECKING:
    from conformance.genesys.driver import Driver

Shown = Mapping[str, Any]


def read_whole(driver: Driver, customer: str) -> Shown | None:
    """What a query with every extension shows; None where there is no such customer."""
    exchange = driver.query(customer)
    if status(exchange) in (400, 404):
        return None
    shown = json_of(exchange.answer) if status(exchange) == 200 else None
    if not isinstance(shown, dict):
        raise Inconclusive(f"the query of {customer!r} shows no profile: {exchange.trouble or status(exchange)}")
    return driver.valued(shown)


def compare(driver: Driver, was: Shown, now: Shown) -> Compared:
    """Attributes and extensions, records in any order; not what the server keeps itself."""
    known = {a.name for a in driver.full_schema.writable} | {e.name for e in driver.full_schema.extensions}
    owned = {a.name for a in driver.full_schema.attributes if a.internal} | {ID}
    if driver.readings.may("unknown-attribute", "stored"):
        # What no schema has may be stored; it may also be the server's own, and then it may differ but not come or go.
        known |= (set(was) ^ set(now)) - owned
    return Compared(differences(_members(was, known), _members(now, known)))


def _members(shown: Shown, known: set[str]) -> dict[str, Any]:
    return {name: canonical(value) for name, value in shown.items() if name in known}


def write_back(driver: Driver, customer: str, was: Shown) -> list[str]:
    """Replaces the profile; takes away records of extensions that had none. Says what was refused."""
    refused = _replaced(driver, customer, was)
    surplus = list(_surplus(driver, customer, was))
    for extension, records in surplus:
        refused += _without(driver, customer, extension, records)
    if any(extension.name in was for extension, _ in surplus):
        refused += _replaced(driver, customer, was)  # a record that had to go may be one that is to be there
    return list(dict.fromkeys(refused))


def _replaced(driver: Driver, customer: str, was: Shown) -> list[str]:
    schema = driver.full_schema
    internal = {a.name for a in schema.attributes if a.internal}
    known = {a.name for a in schema.attributes} | {e.name for e in schema.extensions}
    if driver.readings.settled("unknown-attribute") == "stored":
        known |= set(was)
    held = {name: sendable(driver, name, value) for name, value in was.items() if name != ID and name in known}
    held |= _cleared(driver, customer, held)
    refused: list[str] = []
    # What the server keeps itself some servers let a client send, and lose where it is not sent; others refuse it.
    for members in (held, {name: value for name, value in held.items() if name not in internal}):
        exchange = driver.update(customer, members)
        if accepted(exchange):
            return []
        refused.append(f"the update: {exchange.trouble or f'status {status(exchange)}'}")
    return refused


def _cleared(driver: Driver, customer: str, held: Shown) -> dict[str, Any]:
    """Where updates must be complete, attributes that were not there: with what takes their value away."""
    if not driver.complete:
        return {}
    value: Any = None
    if driver.readings.settled("null-attribute") != "clears":
        if driver.readings.settled("empty-array-attribute") != "clears":
            return {}
        value = []
    now = read_whole(driver, customer) or {}
    return {a.name: value for a in driver.full_schema.writable if a.name in now and a.name not in held}


def sendable(driver: Driver, name: str, value: Any) -> Any:
    """A shown value as it may be sent: an array of one as a scalar, records without what no schema knows."""
    extension = driver.full_schema.extension(name)
    if extension is not None:
        fields = {field.name for field in extension.fields}
        many = value if isinstance(value, list) else [value]
        own = [{k: v for k, v in each.items() if k in fields} if isinstance(each, dict) else each for each in many]
        if extension.bare:  # records have no order
            own = sorted(own, key=repr)
        return own if isinstance(value, list) else own[0]
    attribute = driver.full_schema.attribute(name)
    several = driver.arrays and (attribute is None or attribute.several)
    single = isinstance(value, list) and len(value) == 1 and isinstance(value[0], str)
    return value[0] if single and not several else value


def _surplus(driver: Driver, customer: str, was: Shown) -> Iterator[tuple[Extension, list[Any]]]:
    """The records that are there and were not, by extension."""
    now = read_whole(driver, customer) or {}
    for extension in driver.full_schema.extensions:
        had, has = (_records(shown.get(extension.name)) for shown in (was, now))
        more = [record for record in has if not any(same(record, each) for each in had)]
        if more:
            yield extension, more


def _records(value: Any) -> list[Any]:
    if no_value_form(value) is not None:
        return []
    return value if isinstance(value, list) else [value]


def _without(driver: Driver, customer: str, extension: Extension, records: list[Any]) -> Iterator[str]:
    """Deletes records one by one where the target can, else all of an extension that had none."""
    if driver.has("deleteRecord") and extension.unique:
        for record in records:
            body = {extension.name: record} if extension.bare else record
            try:
                exchange = driver.call("deleteRecord", body, customer_id=customer, extension=extension.name)
            except Signal as signal:
                yield f"a record of {extension.name}: {signal.reason}"
                continue
            if not accepted(exchange):
                yield f"a record of {extension.name}: {exchange.trouble or f'status {status(exchange)}'}"
        return
    before = driver.profile(customer)
    if len(_records(before.get(extension.name))) != len(records):
        yield f"{extension.name}: some of its records cannot be deleted, it has no unique attributes"
        return
    attributes = {name: value for name, value in before.items() if name != ID and driver.full_schema.attribute(name)}
    exchange = driver.update(customer, {**attributes, extension.name: []})
    if not accepted(exchange):
        yield f"{extension.name}: {exchange.trouble or f'status {status(exchange)}'}"
