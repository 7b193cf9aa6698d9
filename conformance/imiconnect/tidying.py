"""Leaves a target as it was: deletes what was made, gives back what was lent, and says what it could not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from conformance.imiconnect import lending
from conformance.imiconnect.answered import Answered, read_answer
from conformance.imiconnect.codes import ACCEPTED, SUCCESS, UNKNOWN_CUSTOMER, UNKNOWN_TO_DELETION
from conformance.judge.verdicts import Signal
from conformance.session.exchange import Exchange, Request

if TYPE_CHECKING:
    from conformance.imiconnect.driver import Driver

CHUNK: Final = 50
GONE: Final = frozenset({SUCCESS, UNKNOWN_CUSTOMER, UNKNOWN_TO_DELETION})
Shown = Mapping[str, tuple[str | None, ...]]


def remove(driver: Driver, customers: Sequence[str], *, key: str | None = None) -> list[str]:
    """Deletes customers with their app profiles; returns what may still be there, in words.

    Args:
        driver: of the target.
        customers: their ids.
        key: whose they are, where not those of the run's own tenant.
    """
    lent = set(driver.lent_ids())
    customers = [customer for customer in customers if customer not in lent]
    many, one = ("deleteCustomers", "deleteCustomer") if driver.is_app else ("deleteMany", "delete")
    left: list[str] = []
    if (path := driver.target.path(many)) is not None:
        for start in range(0, len(customers), CHUNK):
            chunk = customers[start : start + CHUNK]
            query = urlencode([("customerId", customer) for customer in chunk])
            exchange = driver.send(Request(many, "DELETE", path, query, driver.headers(key=key)))
            left += _remaining(driver, exchange, chunk)
        return left
    if driver.target.path(one) is None:
        there = driver.read(customers)
        return [f"customer {customer}: the target file says that {one} is missing" for customer in there]
    for customer in customers:
        path = driver.path(one, customerId=customer)
        left += _remaining(
            driver, driver.send(Request(one, "DELETE", path, headers=driver.headers(key=key))), [customer]
        )
    return left


def _remaining(driver: Driver, exchange: Exchange, customers: Sequence[str]) -> list[str]:
    if exchange.answer is None:
        return [f"customer {customer}: {exchange.trouble}" for customer in customers]
    answered = read_answer(exchange.answer, driver.contract)
    results = {result.customer: result.code for result in answered.results or ()}
    return [
        f"customer {customer}: {answered.shown()}"
        for customer in customers
        if not _gone(answered, results.get(customer))
    ]


def _gone(answered: Answered, code: str | None) -> bool:
    if code is not None:
        return code in GONE
    return answered.code in GONE | ACCEPTED or (answered.code is None and answered.status in (200, 202, 204, 404))


def give_back(driver: Driver, lent: Mapping[str, Shown], unfinished: Iterable[str]) -> list[str]:
    """Makes customers that the target file lent what they were, once all that was sent to them is finished.

    Args:
        driver: of the target.
        lent: the customers as they were.
        unfinished: transids of updates that nobody has followed to their ends.

    Returns:
        What is not as it was, in words.
    """
    try:
        for transid in unfinished:
            driver.final(transid)
        for customer, shown in driver.read(lent).items():
            for attributes in lending.changes(driver, lent[customer], shown):
                driver.change([(customer, attributes)])
        now = driver.read(lent)
    except Signal as signal:
        return [f"customer {customer} may be changed: {signal.reason}" for customer in lent]
    left = []
    for customer, before in lent.items():
        after = now.get(customer, {})
        compared = {*before, *after} - lending.owned(driver)
        names = sorted(name for name in compared if before.get(name) != after.get(name))
        left += [f"customer {customer}: {', '.join(names)} changed"] if names else []
    return left
