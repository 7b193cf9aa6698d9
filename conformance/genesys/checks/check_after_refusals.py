"""What a refused request leaves behind: nothing of it comes with a later update, of the same customer or another."""

from __future__ import annotations

from conformance.exercise import check
from conformance.genesys.asked import LONGEST_ID
from conformance.genesys.checks.common import attempt, complete, everything, holder, holders, texts, words
from conformance.genesys.driver import Driver
from conformance.session.exchange import Request
from strategies.genesys import ID


def _flawed(driver: Driver, customer: str, other: str) -> dict[str, Request]:
    """Updates with a full profile that are refused, each for another reason."""
    full = driver.update_request(customer, everything(driver))
    body = full.body or b""
    own = everything(driver)
    return {
        "half of the body": driver.update_request(customer, body[: len(body) // 2]),
        "all of the body but the last brace": driver.update_request(customer, body[:-1]),
        "more behind the body": driver.update_request(customer, body + b"}"),
        "the body in an array": driver.update_request(customer, b"[" + body + b"]"),
        "no body": driver.update_request(customer, b""),
        "another media type": full.with_header("Content-Type", "text/plain"),
        "no credentials": full.without_header("Authorization"),
        "the id of another customer": driver.update_request(customer, {**own, ID: other}, own_id=False),
        "no text for an id": driver.update_request(customer, {**own, ID: {"a": 1}}, own_id=False),
        "an object for a text": driver.update_request(customer, {**own, texts(driver)[-1]: {"a": 1}}),
        "a text for an extension": driver.update_request(customer, own | dict.fromkeys(_extensions(driver), "text")),
        "an unknown id": driver.update_request(driver.bench.fresh(LONGEST_ID), everything(driver)),
        "an id that is too long": driver.update_request(f"{customer}{'0' * LONGEST_ID}", everything(driver)),
        "in chunks, cut": driver.update_request(customer, body[: len(body) // 2]).in_chunks(),
    }


def _extensions(driver: Driver) -> list[str]:
    return [e.name for e in driver.schema.extensions if e.kind != "classifier"][:1]


@check(deepens=("refused-changes-nothing", "last-update-stands", "other-customers-untouched"))
def check_later_updates(driver: Driver) -> None:
    """Sends a flawed update, then small right ones of the same and of another customer, and queries both after each."""

    def body(kind: str) -> None:
        request = _flawed(driver, customer, other)[kind]
        if request.path == driver.path("update", customer_id=customer):
            driver.put(customer, request)
        else:
            exchange = driver.send(request)
            if exchange.answer is not None and exchange.answer.status < 300 and kind == "an unknown id":
                driver.claim(request.path.rpartition("/")[2])
        driver.query(customer)
        attempt(driver, other, complete(driver, words(driver, texts(driver)[0])))
        attempt(driver, customer, complete(driver, words(driver, texts(driver)[-1])))

    customer, other = holders(driver)
    for name in (customer, other):
        driver.query(name)
    driver.bench.each(_flawed(driver, customer, other), body)
    for name in (other, customer):
        attempt(driver, name, everything(driver))


@check(deepens=("last-update-stands", "repeat-changes-nothing"))
def check_turns(driver: Driver) -> None:
    """Sends two bodies in turns, with other customers between, twice the same at once and after a refusal."""
    texts(driver)
    customer, other = holders(driver)
    one, two = everything(driver), complete(driver, words(driver, *texts(driver)))
    for members in (one, two, one, one, two, two, one):
        attempt(driver, customer, members)
    for members in (two, one, two):
        attempt(driver, customer, members)
        attempt(driver, other, members)
        driver.query(customer)
    for members in (one, two):
        attempt(driver, customer, b"{")
        attempt(driver, customer, members)
        attempt(driver, customer, {**members, texts(driver)[0]: {"a": 1}})
        attempt(driver, customer, members)
    if driver.has("delete") and not driver.lent:
        third = holder(driver)
        attempt(driver, third, one)
        driver.remove(third)
        attempt(driver, customer, one)
        driver.query(other)
