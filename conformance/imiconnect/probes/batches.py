"""Probes of the size of a batch."""

from __future__ import annotations

from conformance.exercise.probe import probe
from conformance.imiconnect.codes import TOO_MANY
from conformance.imiconnect.driver import Driver
from conformance.imiconnect.probes.fate import fate_of

SMALL, LARGE = 100, 1000


def taken(driver: Driver, operation: str, size: int) -> int | None:
    """How many records of a batch are processed: 0 where it is refused for its size, None where that is not told."""
    customers = driver.customers(min(size, SMALL + 1))
    changes = [(customers[i % len(customers)], {"name": f"#{i}"}) for i in range(size)]
    fate = fate_of(driver, driver.send(driver.request(operation, driver.body(changes))))
    if fate.final is not None:
        return fate.final.total
    return 0 if fate.first.code == TOO_MANY else None


def on_customers(driver: Driver) -> str:
    """The operation that updates customer profiles."""
    return "updateCustomer" if driver.is_app else "update"


@probe("batch-limit")
def batch_limit(driver: Driver) -> str | None:
    """A batch of one more than the smaller limit."""
    size = taken(driver, on_customers(driver), SMALL + 1)
    return {0: f"{SMALL}", SMALL: f"{SMALL}", SMALL + 1: f"{LARGE}"}.get(-1 if size is None else size)


@probe("over-limit")
def over_limit(driver: Driver) -> str | None:
    """A batch of one more than the limit."""
    limit = int(driver.readings.settled("batch-limit") or LARGE)
    size = taken(driver, on_customers(driver), limit + 1)
    if size == 0:
        return "reject-all"
    return "truncate" if size is not None and size <= limit else None


@probe("app-batch-limit")
def app_batch_limit(driver: Driver) -> str | None:
    """Batches of app profiles around the limit of customers."""
    settled = driver.readings.settled("batch-limit")
    if settled is None:
        return None
    limit = int(settled)
    size = taken(driver, "update", limit + 1)
    if size is None:
        return None
    if size == limit + 1:
        most = LARGE + 1
        return "none" if (size if size == most else taken(driver, "update", most)) == most else "other"
    if size == limit:
        return "same-as-customer"
    return "same-as-customer" if size == 0 and taken(driver, "update", limit) == limit else "other"
