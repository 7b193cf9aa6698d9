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
    """No id in the body, then a number, then an array."""
    (name,) = names(driver, 1)
    members = words(driver, name)
    customer = driver.customer(members)
    if not accepted(driver.update(customer, members, own_id=False)):
        return "required" if accepted(driver.update(customer, members, own_id=True)) else None
    number, text, array = (
        driver.update(customer, {ID: given, **members}, own_id=False) for given in (4711, "4711", [4711])
    )
    if accepted(number):
        # A number may count as its text, which differs from the address; an array never does.
        return "ignored" if accepted(array) else None
    if not refused(number):
        return None
    # What is no text may be refused for that, in any way; a number also as its text, where that is refused.
    as_text = refused(text) and accepted(driver.update(customer, {**members, name: 4711}))
    return "ignored" if accepted(array) and as_text else "optional"


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
