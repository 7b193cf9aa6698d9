"""Sends batches of growing sizes to one target until its limit is known."""

from __future__ import annotations

from typing import Final

from conformance.imiconnect.codes import TOO_MANY
from conformance.imiconnect.driver import Driver
from conformance.imiconnect.limit import Kept, Limit, decide, search
from conformance.imiconnect.probes.fate import fate_of

CUSTOMERS: Final = 101  # they repeat in larger batches


def limit_of(driver: Driver, operation: str, *, exact: bool = True) -> Limit:
    """The limit of an operation, looked for once by each driver.

    Args:
        driver: of the target.
        operation: one that takes records.
        exact: whether to search where it is none of the documented ones.
    """
    documented = [int(option) for option in driver.contract.readings["batch-limit"].option_ids]
    keep = _Sender(driver, operation).keep
    found = driver.limits.get(operation) or decide(documented, keep)
    if exact and found.fits is None:
        found = search(found, keep)
    driver.limits[operation] = found
    return found


class _Sender:
    """Sends batches of one operation, all for the same customers."""

    def __init__(self, driver: Driver, operation: str) -> None:
        self._driver = driver
        self._operation = operation
        # Where a repetition is refused, that may be told of a record in place of what its size would have.
        self._distinct = not driver.readings.may("repeated-customer", "last-wins", "first-wins")
        self._customers: list[str] = []

    def keep(self, size: int) -> Kept:
        """What becomes of a batch."""
        self._gather(size if self._distinct else min(size, CUSTOMERS))
        names = self._customers
        changes = [(names[i % len(names)], {"name": f"#{i}"}) for i in range(size)]
        fate = fate_of(
            self._driver, self._driver.send(self._driver.request(self._operation, self._driver.body(changes)))
        )
        if fate.final is None:
            return Kept(0, f"code {fate.first.code}" if fate.first.code else f"HTTP {fate.first.status}")
        results = None if fate.final.results is None else len(fate.final.results)
        counted = fate.final.total if fate.final.total is not None else results
        if fate.final.results and any(result.code == TOO_MANY for result in fate.final.results):
            counted = sum(result.code != TOO_MANY for result in fate.final.results)
        return Kept(size if counted is None else counted)

    def _gather(self, wanted: int) -> None:
        """Customers for the next batch; lent ones are the same each time, and as many as there are."""
        driver, missing = self._driver, wanted - len(self._customers)
        if driver.lends:
            lent = wanted if self._distinct else max(1, min(wanted, len(driver.lent_ids())))
            self._customers = driver.customers(lent)
        elif missing > 0:
            self._customers += driver.customers(missing)
