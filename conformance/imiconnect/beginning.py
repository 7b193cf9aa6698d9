"""What a driver does before the probes: plainly valid requests, and a look at how fresh reads are."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from conformance.exercise.freshness import Staleness
from conformance.exercise.preflight import Attempt
from conformance.imiconnect.answered import read_answer
from conformance.imiconnect.codes import ACCEPTED, BAD_APP, BAD_KEY, INTERNAL, NO_KEY, RATE_LIMITED, SUCCESS, UNLISTED
from conformance.imiconnect.following import Stage, stage_of
from conformance.session.exchange import Exchange, Request

if TYPE_CHECKING:
    from conformance.imiconnect.driver import Driver

# Codes of the API that a valid request with good credentials and data does not get.
NOT_SERVED: Final = frozenset({BAD_KEY, NO_KEY, BAD_APP, UNLISTED, INTERNAL, RATE_LIMITED})
KEY, OTHER_KEY = "key", "other_tenant_key"
SEES_NOTHING: Final = (200, 404)
PAUSES_S: Final = (0.1, 1.0)
LOOKS: Final = 3
LAG_S: Final = 3.0
STEP_S: Final = 0.25


def preflight(driver: Driver) -> Iterator[Attempt]:
    """A read and a status call of what does not exist, then the life of one own customer, or a read of a lent one."""
    stranger = driver.bench.fresh()
    yield _attempt(driver, "a read of a customer that does not exist", driver.read_one(stranger))
    yield _attempt(driver, "a status call", driver.ask_status(driver.bench.fresh(24)))
    if driver.target.credential(OTHER_KEY) is not None:
        exchange = driver.read_one(stranger, key=driver.other_key)
        # An app id or a customer of the first tenant is nothing to the second: its key opens the API all the same.
        opened, served = _opened(driver, exchange), _served(driver, exchange)
        yield Attempt("a read with the key of the second tenant", OTHER_KEY, exchange, opened, decisive=served)
    if driver.lends:
        yield from (
            _attempt(driver, f"a read of the customer {lent} of the target file", driver.read_one(lent))
            for lent in driver.lent_ids()[:1]
        )
    else:
        yield from _life(driver)


def _life(driver: Driver) -> Iterator[Attempt]:
    customer = driver.bench.fresh()
    for operation in ("createCustomer", "create") if driver.is_app else ("create",):
        attributes = driver.seed(customer) if operation == "create" else {"name": customer}
        created = driver.send(driver.request(operation, driver.body([(customer, attributes)])))
        whose = "a profile" if operation == "create" else "a customer"
        yield _attempt(driver, f"the creation of {whose}", created)
        if not driver.is_app or operation == "createCustomer":
            _await(driver, created)
    updated = driver.update(driver.body([(customer, {"name": "umtest"})]))
    yield _attempt(driver, "an update of an own customer", updated)
    removal = "deleteCustomers" if driver.is_app else "deleteMany"
    if (path := driver.target.path(removal)) is not None:
        query = urlencode([("customerId", customer)])
        driver.send(Request(removal, "DELETE", path, query, driver.headers()))
    # What a queue does later than that is removed with the customers of the probes.
    driver.keep_in_mind([customer])


def _await(driver: Driver, created: Exchange) -> None:
    """Gives a queue a moment: what is created there exists when its request is finished."""
    if created.answer is None:
        return
    answered = read_answer(created.answer, driver.contract)
    if answered.code not in ACCEPTED or answered.transid is None:
        return
    for seconds in PAUSES_S:
        driver.pause(seconds)
        status = driver.ask_status(answered.transid).answer
        if status is None or stage_of(read_answer(status, driver.contract)) is Stage.FINAL:
            return


def _attempt(driver: Driver, what: str, exchange: Exchange) -> Attempt:
    return Attempt(what, KEY, exchange, _served(driver, exchange))


def _opened(driver: Driver, exchange: Exchange) -> bool:
    """Whether a key was taken, whatever it does not see."""
    if exchange.answer is None or _served(driver, exchange):
        return exchange.answer is not None
    answered = read_answer(exchange.answer, driver.contract)
    return answered.code == BAD_APP or (answered.code is None and answered.status in SEES_NOTHING)


def _served(driver: Driver, exchange: Exchange) -> bool:
    """Whether the API itself answered a valid request, whatever it found."""
    if exchange.answer is None:
        return False
    answered = read_answer(exchange.answer, driver.contract)
    if answered.code is None:
        return answered.status < 300 and answered.profiles is not None
    return answered.code in driver.contract.codes and answered.code not in NOT_SERVED


def freshness(driver: Driver) -> Staleness | None:
    """Reads an own customer, so that a cache is filled; changes it, and reads at once what the change has left."""
    if driver.lends:
        return None
    customer = driver.customers(1)[0]
    with driver.bench.unjudged(lambda: True):
        return _lag(driver, customer)


def _lag(driver: Driver, customer: str) -> Staleness | None:
    driver.read([customer])
    for number in range(LOOKS):
        wanted = f"fresh {number}"
        final = driver.change([(customer, {"name": wanted})])
        if final is None or final.code != SUCCESS or final.failures:
            return None
        began = time.monotonic()
        exchange = driver.read_one(customer)
        if _shows(driver, exchange, wanted):
            continue
        while time.monotonic() - began < LAG_S:
            driver.pause(STEP_S)
            if _shows(driver, driver.read_one(customer), wanted):
                return Staleness(time.monotonic() - began, exchange)
        return None
    return None


def _shows(driver: Driver, exchange: Exchange, name: str) -> bool:
    profiles = driver.answered(exchange).profiles or ()
    return any(name in profile.values.get("name", ()) for profile in profiles)
