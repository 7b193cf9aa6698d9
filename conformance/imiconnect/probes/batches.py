"""Probes of the size of a batch."""

from __future__ import annotations

from conformance.exercise.probe import probe
from conformance.imiconnect.driver import Driver
from conformance.imiconnect.probes.sizes import limit_of
from conformance.judge.verdicts import Inconclusive


def on_customers(driver: Driver) -> str:
    """The operation that updates customer profiles."""
    return "updateCustomer" if driver.is_app else "update"


@probe("batch-limit")
def batch_limit(driver: Driver) -> str | None:
    """Batches on both sides of the documented limits, and a search where they fit neither."""
    limit = limit_of(driver, on_customers(driver))
    if limit.fits is None:
        raise Inconclusive(str(limit))
    return str(limit.fits)


@probe("over-limit")
def over_limit(driver: Driver) -> str | None:
    """What became of the smallest batch above the limit."""
    limit = limit_of(driver, on_customers(driver))
    if limit.refused is None:
        raise Inconclusive(str(limit))
    return "truncate" if limit.cut else "reject-all"


@probe("app-batch-limit")
def app_batch_limit(driver: Driver) -> str | None:
    """The same batches of app profiles, compared with those of customers."""
    limit, of_customers = (limit_of(driver, name, exact=False) for name in ("update", on_customers(driver)))
    if limit.refused is None:
        return "none"
    return "same-as-customer" if limit.accepted == of_customers.accepted else "other"
