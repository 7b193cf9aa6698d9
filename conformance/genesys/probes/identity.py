"""Probes of ids."""

from __future__ import annotations

from conformance.exercise import probe
from conformance.genesys.asked import LONGEST_ID
from conformance.genesys.driver import Driver
from conformance.genesys.probes.common import names, words
from conformance.genesys.wire import accepted, refused, status
from strategies.genesys import ID


@probe("created-id")
def created_id(driver: Driver) -> str | None:
    """A creation with an id and one without."""
    driver.need("create")
    members = words(driver, *names(driver, 1))
    wanted = driver.bench.fresh(LONGEST_ID)
    _, given = driver.create(members, wanted)
    exchange, made = driver.create(members)
    if given != wanted:  # disregarded, or refused because the server chooses
        return "generated" if made is not None else None
    return "given-or-generated" if made is not None else "given" if refused(exchange) else None


@probe("body-customer-id")
def body_customer_id(driver: Driver) -> str | None:
    """No id in the body, then an array and an object, then a number."""
    members = words(driver, *names(driver, 1))
    customer = driver.customer(members)
    if not accepted(driver.update(customer, members, own_id=False)):
        return "required" if accepted(driver.update(customer, members, own_id=True)) else None
    # An array or an object is no text in any reading; a number may count as its text, which differs from the address.
    if all(accepted(driver.update(customer, {ID: given, **members}, own_id=False)) for given in ([4711], {"id": "x"})):
        return "ignored"
    # What is no text may be refused for that, or as an id that differs, in any way.
    return "optional" if refused(driver.update(customer, {ID: 4711, **members}, own_id=False)) else None


@probe("body-id-differs")
def body_id_differs(driver: Driver) -> str | None:
    """The id of another customer in the body."""
    (name,) = names(driver, 1)
    first, second = driver.different(words(driver, name), words(driver, name))
    members = words(driver, name)
    exchange = driver.update(first, {ID: second, **members}, own_id=False)
    if refused(exchange):
        return "reject-4xx"
    return "uri-wins" if accepted(exchange) and _shows(driver.profile(first), name, members[name]) else None


def _shows(profile: dict[str, object], name: str, value: object) -> bool:
    return profile.get(name) in (value, [value])


@probe("over-long-id")
def over_long_id(driver: Driver) -> str | None:
    """17 characters."""
    exchange = driver.update(driver.bench.fresh(LONGEST_ID + 1), words(driver, *names(driver, 1)))
    answer = str(status(exchange))
    return answer if answer in ("400", "404", "414") else None


@probe("unknown-customer")
def unknown_customer(driver: Driver) -> str | None:
    """An id that no customer has."""
    customer = driver.unknown()
    exchange = driver.update(customer, words(driver, *names(driver, 1)))
    if status(exchange) in (404, 400):
        return str(status(exchange))
    if not accepted(exchange):
        return None
    driver.claim(customer)
    driver.profile(customer)
    return "upsert-201" if status(exchange) == 201 else "upsert-200"
