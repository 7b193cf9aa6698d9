"""Ids that are nearly another one, and ids that an address has to encode: each names its own customer or nobody."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.exercise import check
from conformance.genesys.asked import LONGEST_ID
from conformance.genesys.checks.common import attempt, complete, everything, holder, holders, texts, words
from conformance.genesys.checks.odd_ids import ENCODED, GROUPS, chooses, digits, mixed, named, numbers, shown_id
from conformance.genesys.driver import Driver
from conformance.genesys.wire import accepted, status
from strategies.genesys import ID
from strategies.near_ids import Near, near

# Letters of two and of three bytes in UTF-8, of one unit in UTF-16, and without another form.
BEYOND_ASCII = ("ж", "日")


def _neighbors(name: str) -> Iterator[Near]:
    """What is nearly an id, and what careless routing takes for one."""
    yield from near(name)
    yield Near("with a NUL behind it", f"{name}\0")
    yield Near("with a slash behind it", f"{name}/")
    yield Near("with a semicolon and more behind it", f"{name};x=1")
    yield Near("with a suffix of a file behind it", f"{name}.json")
    yield Near("with a comma and more behind it", f"{name},x")
    yield Near("with quotes around it", f'"{name}"')


@check(deepens=("unknown-customer-answered", "other-customers-untouched"))
def check_near_ids(driver: Driver) -> None:
    """Updates ids that are nearly that of a customer and that nobody has; queries the customer after each success."""

    def body(case: Near) -> None:
        found = driver.query(case.id)
        if status(found) == 200 and (shown_id(found) != customer or case.id.casefold() == customer.casefold()):
            return  # it is somebody else's; or letter case is disregarded, as it may be
        exchange = driver.update(case.id, everything(driver))
        if accepted(exchange):
            driver.claim(case.id)
            driver.query(customer)
            driver.query(case.id)

    customer = (chooses(driver) and named(driver, mixed(driver.bench.fresh(12)))) or holder(driver)
    attempt(driver, customer, everything(driver))
    nobody = driver.unknown()
    if accepted(driver.update(nobody, everything(driver))):
        driver.claim(nobody)
    driver.bench.each(_neighbors(customer), body)
    driver.query(customer)
    if chooses(driver) and (number := named(driver, digits(driver))) is not None:
        customer = number
        attempt(driver, customer, everything(driver))
        wanted = numbers(number)
        driver.bench.each((case for case in near(number) if case.id in wanted), body)
        driver.query(customer)


@check(deepens=("body-id-names-customer", "other-customers-untouched", "body-id-text"))
def check_near_ids_in_bodies(driver: Driver) -> None:
    """Sends updates whose customer_id is nearly that of the address, or of another customer; queries both."""

    def body(case: Near) -> None:
        members = complete(driver, words(driver, *texts(driver)))
        exchange = driver.put(customer, driver.update_request(customer, {ID: case.id, **members}, own_id=False))
        if accepted(exchange):
            driver.query(other)
            driver.query(customer)

    customer, other = holders(driver)
    for name in (customer, other):
        driver.query(name)
    for given in (other, [customer]):
        members = {ID: given, **words(driver, texts(driver)[0])}
        driver.put(customer, driver.update_request(customer, members, own_id=False))
    driver.bench.each(near(customer), body)
    driver.bench.each(near(other), body)
    for name in (other, customer):
        driver.query(name)


@check(deepens=("body-id-optional", "body-id-names-customer"))
def check_encoded_ids_in_bodies(driver: Driver) -> None:
    """Updates customers whose ids an address has to encode with their own id in the body, and with another one's."""

    def body(text: str) -> None:
        name = named(driver, f"{mark}{text}")
        if name is not None:
            members = complete(driver, words(driver, *texts(driver)))
            driver.put(name, driver.update_request(name, {**members, ID: name}, own_id=False))
            driver.query(name)
            driver.put(name, driver.update_request(name, {ID: other, **members}, own_id=False))
            driver.query(name)

    mark = driver.bench.fresh(6)
    customer, other = holders(driver)
    attempt(driver, customer, driver.update_request(customer, everything(driver), own_id=True))
    driver.put(customer, driver.update_request(customer, {ID: other, **everything(driver)}, own_id=False))
    if chooses(driver):
        driver.bench.each(["", *ENCODED[::3], *("".join(parts) for parts in GROUPS[::2])], body)
    driver.query(other)
    driver.query(customer)


@check(deepens=("id-up-to-16",))
def check_lengths_in_characters(driver: Driver) -> None:
    """Updates unknown ids beyond ASCII of 5 and of 16 characters: what is said of both is that nobody has them."""

    def body(letter: str) -> None:
        short, long = (f"{driver.bench.fresh(4)}{letter * count}" for count in (1, LONGEST_ID - 4))
        told = []
        for name in (short, long):
            driver.query(name)
            exchange = driver.update(name, everything(driver))
            if accepted(exchange):
                driver.claim(name)
                driver.query(name)
            told.append(status(exchange))
        as_unknown = told[0] in (404, 410) or (told[0] is not None and told[0] < 300)
        if as_unknown and told[1] is not None:
            driver.bench.expect(
                "id-up-to-16",
                told[0] == told[1],
                observed=f"status {told[1]} for an id of {len(long)} characters, {len(long.encode())} bytes in UTF-8",
                allowed=f"{told[0]}, as for one of {len(short)} characters of the same kind",
            )

    attempt(driver, holder(driver), everything(driver))
    nobody = driver.unknown()
    if accepted(driver.update(nobody, everything(driver))):
        driver.claim(nobody)
    driver.bench.each(BEYOND_ASCII, body)
