"""The first requests of a run, and whether a query shows at once what an update wrote."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from conformance.exercise.freshness import Staleness
from conformance.exercise.preflight import Attempt
from conformance.genesys.asked import LONGEST_ID
from conformance.genesys.wire import accepted, basic, created_id, json_of, status
from conformance.session.exchange import Exchange, Request
from strategies.genesys.superset import superset

if TYPE_CHECKING:
    from conformance.genesys.driver import Driver

USER = "username"
OTHER_USER = "schemaless_username"
LONGEST_LAG_S = 3.0
PAUSE_S = 0.1
TRIES = 3


def attempts(driver: Driver) -> Iterator[Attempt]:
    """Reads of the schemas and of a customer, then the life of an own one; ten requests at most."""
    credential = USER if driver.target.credential(USER) is not None else ""
    for operation, what in (("extensionSchemas", "extension schemas"), ("profileSchema", "profile schema")):
        if driver.has(operation):
            exchange = driver.call(operation)
            yield Attempt(f"a query of the {what}", credential, exchange, accepted(exchange))
    for name in list(driver.lent_ids())[:1]:
        exchange = driver.call("query", customer_id=name)
        yield Attempt("a query of the customer of the target file", credential, exchange, _shows(exchange))
    if driver.has("create"):
        yield from _life(driver, credential)
    elif not driver.lent_ids():
        exchange = driver.call("query", customer_id=driver.bench.fresh(LONGEST_ID))
        yield Attempt("a query of a customer that need not exist", credential, exchange, _known(exchange))
    yield from _schemaless(driver)


def _life(driver: Driver, credential: str) -> Iterator[Attempt]:
    members = superset(driver.full_schema, driver.bench.fresh(5), arrays=False, extensions=False)
    exchange = driver.call("create", members)
    name = created_id(exchange.answer) if accepted(exchange) else None
    yield Attempt("a creation of a customer", credential, exchange, name is not None)
    if name is None:
        return
    try:
        exchange = driver.call("query", customer_id=name)
        yield Attempt("a query of an own customer", credential, exchange, _shows(exchange))
        tag = exchange.answer.header("etag") if exchange.answer is not None else None
        exchange = driver.send(driver.tagged(driver.update_request(name, members), tag))
        yield Attempt("an update of an own customer", credential, exchange, accepted(exchange))
    finally:
        if driver.has("delete"):
            exchange = driver.remove(name)
    if driver.has("delete"):
        yield Attempt("a deletion of an own customer", credential, exchange, accepted(exchange))


def _schemaless(driver: Driver) -> Iterator[Attempt]:
    """The user of the contact center without a profile schema; there is nothing to be found there."""
    user, center = driver.target.credential(OTHER_USER), driver.target.data.get("schemaless_contact_center_id")
    if user is None or center is None:
        return
    headers = [pair for pair in driver.headers(body=False) if pair[0] not in ("Authorization", "ContactCenterId")]
    headers.append(("Authorization", basic(user, driver.target.credential("schemaless_password") or "")))
    headers.append(("ContactCenterId", str(center)))
    path = driver.path("query", customer_id=driver.bench.fresh(LONGEST_ID))
    exchange = driver.send(Request("query", "GET", path, "", tuple(headers)))
    yield Attempt("a query in the contact center without a schema", OTHER_USER, exchange, _known(exchange))


def _shows(exchange: Exchange) -> bool:
    return status(exchange) == 200 and isinstance(json_of(exchange.answer), dict)


def _known(exchange: Exchange) -> bool:
    """Whether a query was understood, whatever it found."""
    return _shows(exchange) or status(exchange) in (400, 404)


def staleness(driver: Driver) -> Staleness | None:
    """Queries an own customer right after an update, three times; None where it shows what was sent, or cannot tell."""
    if driver.lent or not driver.schema.texts:
        return None
    with driver.bench.unjudged(lambda: True):
        return _lag(driver)


def _lag(driver: Driver) -> Staleness | None:
    name = driver.schema.texts[0].name

    def members() -> dict[str, Any]:
        return {**superset(driver.schema, driver.bench.fresh(5), arrays=False, extensions=False)}

    customer = driver.customer(members())
    for _ in range(TRIES):
        driver.query(customer)
        sent = members()
        if not accepted(driver.update(customer, sent)):
            return None
        written = time.monotonic()
        first = exchange = driver.query(customer)
        while not _has(driver, exchange, name, sent[name]):
            if time.monotonic() - written > LONGEST_LAG_S:
                return None  # not late but wrong, which is for the checks to say
            driver.bench.pause(PAUSE_S)
            exchange = driver.query(customer)
        if exchange is not first:
            return Staleness(time.monotonic() - written, first)
    return None


def _has(driver: Driver, exchange: Exchange, name: str, value: Any) -> bool:
    shown = json_of(exchange.answer)
    return isinstance(shown, dict) and driver.valued(shown).get(name) in (value, [value])
