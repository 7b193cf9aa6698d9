"""Ids: in the address, in the body, known and unknown, long and short."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from hypothesis import strategies as st

from conformance.exercise import check
from conformance.genesys.asked import LONGEST_ID
from conformance.genesys.checks.common import attempt, complete, everything, holder, holders, texts, words
from conformance.genesys.driver import Driver
from conformance.genesys.wire import accepted
from conformance.genesys.wire import segment as as_segment
from strategies.genesys import ID, profiles
from strategies.genesys.profiles import Members
from strategies.genesys.wrong import Wrong

LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnpqrstuvwxyz0123456789"


@check("update-by-address")
def check_valid_updates(driver: Driver) -> None:
    """Sends generated valid bodies to new customers and to full ones: each must be accepted."""

    def body(members: Members) -> None:
        attempt(driver, driver.customer(), members)
        attempt(driver, holder(driver), members)

    texts(driver)
    strategy = profiles.profiles(driver.schema, arrays=driver.arrays, every=driver.complete)
    driver.bench.for_all(strategy, body, share=0.4)


@check("id-up-to-16")
def check_lengths(driver: Driver) -> None:
    """Creates and updates customers with ids of 1, 2, 15 and 16 characters, or with the ids that the server gives."""

    def body(length: int) -> None:
        name = driver.bench.fresh(length)
        customer = _named(driver, name)
        for _ in range(2):
            attempt(driver, customer, everything(driver))
        driver.bench.boundary(f"id of {len(customer)} characters")

    texts(driver)
    lengths = [1, 2, 8, LONGEST_ID - 1, LONGEST_ID] if _chooses(driver) else [LONGEST_ID]
    driver.bench.each(lengths, body)


def _chooses(driver: Driver) -> bool:
    return not driver.lent and driver.readings.settled("created-id") in ("given", "given-or-generated")


def _named(driver: Driver, name: str) -> str:
    """A customer with that id where the run may choose it and it is free, else any."""
    if _chooses(driver):
        for wanted in (name, *(driver.bench.fresh(len(name)) for _ in range(3))):
            _, made = driver.create(words(driver, texts(driver)[0]), wanted)
            if made == wanted:
                return made
    return driver.customer(words(driver, texts(driver)[0]))


@check("over-long-id-refused", "other-customers-untouched")
def check_over_long(driver: Driver) -> None:
    """Updates ids of 17 and more characters, some of them beginning with the id of a customer, and queries both."""

    def body(name: str) -> None:
        driver.query(customer)
        driver.update(name, words(driver, texts(driver)[0]))
        driver.query(name)
        driver.query(customer)

    customer = _named(driver, driver.bench.fresh(LONGEST_ID))
    attempt(driver, customer, everything(driver))
    padded = customer.ljust(LONGEST_ID, "0")
    names = [f"{padded}0", f"{padded}A", f"0{padded}", driver.bench.fresh(17), driver.bench.fresh(18)]
    driver.bench.each([*names, driver.bench.fresh(64), driver.bench.fresh(255)], body)
    driver.bench.boundary("id of 17 characters")
    driver.bench.for_all(st.text(st.sampled_from(LETTERS), min_size=17, max_size=40), body, share=0.2)


@check("other-customers-untouched", "refused-changes-nothing")
def check_forms_of_ids(driver: Driver) -> None:
    """Updates the id of a customer percent-encoded, encoded twice, in another case, with wildcards; queries both."""

    def body(form: str) -> None:
        customer, other = holders(driver)
        for name in (customer, other):
            driver.query(name)
        segment = forms[form](customer)
        request = driver.update_request(customer, everything(driver), own_id=False)
        path = (driver.target.path("update") or "").replace("{customer_id}", segment)
        exchange = driver.send(replace(request, path=path))
        if accepted(exchange) and unquote(segment) != customer:
            driver.claim(unquote(segment))
        for name in (customer, other):
            driver.query(name)

    def encoded(text: str) -> str:
        return "".join(f"%{byte:02X}" for byte in text.encode())

    forms: dict[str, Callable[[str], str]] = {
        "every character encoded": encoded,
        "the first character encoded": lambda name: f"{encoded(name[0])}{as_segment(name[1:])}",
        "the last one encoded in lower case": lambda name: f"{as_segment(name[:-1])}{encoded(name[-1]).lower()}",
        "encoded twice": lambda name: f"%25{encoded(name[0])[1:]}{as_segment(name[1:])}",
        "in another case": lambda name: as_segment(name.swapcase()),
        "_ in the last place": lambda name: f"{as_segment(name[:-1])}_",
        "% in the last place": lambda name: f"{as_segment(name[:-1])}%25",
        "* in the last place": lambda name: f"{as_segment(name[:-1])}%2A",
    }
    driver.bench.each(forms, body)
    attempt(driver, holder(driver), b"{")


@check("unknown-customer-answered")
def check_unknown(driver: Driver) -> None:
    """Updates ids that no customer has and queries them, with a full profile, with attributes alone, with nothing."""

    def body(members: Members) -> None:
        name = driver.unknown()
        if accepted(driver.update(name, members)):
            driver.claim(name)
        driver.query(name)
        driver.query(name, every=False)

    bodies = [words(driver, texts(driver)[0]), everything(driver), everything(driver, records=False)]
    driver.bench.each(bodies, body)
    strategy = profiles.attributes(driver.schema, arrays=driver.arrays, every=driver.complete)
    driver.bench.for_all(strategy, body, share=0.2)


@check("unknown-customer-answered")
def check_deleted(driver: Driver) -> None:
    """Updates customers that were just deleted, queried before or not, and queries them."""

    def body(queried: bool) -> None:
        customer = holder(driver)
        if queried:
            driver.query(customer)
            driver.query(customer, every=False)
        driver.remove(customer)
        driver.query(customer)
        if accepted(driver.update(customer, words(driver, texts(driver)[0]))):
            driver.claim(customer)
        driver.query(customer)
        driver.query(customer, every=False)

    driver.need("create", "delete")
    driver.bench.each([True, False], body)


@check("body-id-optional")
def check_own_id(driver: Driver) -> None:
    """Sends the same generated body with the customer's own id in it and without."""

    def body(members: Members) -> None:
        customer = driver.customer()
        for own_id in (True, False):
            driver.put(customer, driver.update_request(customer, members, own_id=own_id))
            driver.query(customer)

    texts(driver)
    strategy = profiles.attributes(driver.schema, arrays=driver.arrays, every=driver.complete)
    driver.bench.for_all(strategy, body, share=0.2)


@check("body-id-text")
def check_id_types(driver: Driver) -> None:
    """Sends valid bodies whose customer_id is no text, or a text of more than 16 characters."""

    def body(bad: Wrong) -> None:
        name = texts(driver)[0]
        customer = driver.customer(words(driver, name))
        value = f"{customer}{'0' * 16}" if bad.value == "longer" else bad.value
        members = complete(driver, words(driver, name))
        driver.put(customer, driver.update_request(customer, {ID: value, **members}, own_id=False))
        driver.query(customer)

    values: list[Any] = [4711, 0, 1.5, True, False, [], ["x"], {}, {"id": "x"}, "longer"]
    driver.bench.each([Wrong(f"customer_id is {value!r}", value) for value in values], body)


@check("body-id-names-customer", "other-customers-untouched")
def check_foreign_id(driver: Driver) -> None:
    """Sends updates to one customer whose body names another one, or nobody, and queries both customers."""

    def body(members: Members) -> None:
        first, second = holders(driver)
        driver.query(first)
        driver.query(second)
        driver.put(first, driver.update_request(first, {ID: second, **members}, own_id=False))
        driver.query(second)
        driver.query(first)

    def nobody(name: str) -> None:
        customer = holder(driver)
        members = complete(driver, words(driver, *texts(driver)))
        driver.put(customer, driver.update_request(customer, {ID: name, **members}, own_id=False))
        driver.query(customer)

    driver.bench.each([everything(driver, records=False), everything(driver), {}], body)
    strategy = profiles.attributes(driver.schema, arrays=driver.arrays, every=driver.complete)
    driver.bench.for_all(strategy, body, share=0.2)
    driver.bench.each([driver.bench.fresh(LONGEST_ID), driver.bench.fresh(3)], nobody)


@check("query-names-customer")
def check_queried_id(driver: Driver) -> None:
    """Queries several customers in turn, with the same parameters, before and after updates of each other."""
    names = holders(driver, 3 if not driver.lent else 2)
    for customer in names:
        driver.query(customer)
        driver.query(customer, every=False)
    for customer in names:
        driver.update(customer, everything(driver))
        for other in names:
            driver.query(other)
            driver.query(other, every=False)
