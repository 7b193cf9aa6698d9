"""A reference that lends profiles: they were there before the run, and the run can create none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import specs
from conformance.exercise.driver import Driver
from conformance.ledger.driving import quiet_driver
from conformance.reference.core import Settings
from conformance.reference.embedded import serve, targets
from conformance.reference.server import ReferenceServer
from conformance.session.journal import NoJournal
from conformance.target.model import Target

NO_CREATION: Mapping[str, Sequence[str]] = {
    "fiserv-alldata": ("create", "delete"),
    "genesys-ucs": ("create",),
    "imiconnect-app": ("create", "createCustomer"),
    "imiconnect-customer": ("create",),
}


@dataclass(frozen=True)
class Loan:
    """A running reference, and the target that lends some of its profiles."""

    server: ReferenceServer
    target: Target

    def profiles(self) -> dict[str, Any]:
        """Every lent profile as it is now, whole."""
        driver = self._driver()
        found = {name: driver.read_lent(name) for name in driver.lent_ids()}
        driver.bench.session.close()
        return found

    def set(self, name: str, was: Any, profile: Any) -> None:
        """Makes a lent profile another one."""
        driver = self._driver()
        assert not driver.write_lent(name, profile, was)
        driver.bench.session.close()

    def _driver(self) -> Driver:
        return quiet_driver(self.target, {}, NoJournal(), profiles=10)


@contextmanager
def lent(
    contract: str,
    *,
    faults: Sequence[str] = (),
    readings: Mapping[str, str] | None = None,
    settings: Settings = Settings(),  # noqa: B008 - frozen
) -> Iterator[Loan]:
    """A reference that lends profiles of one contract."""
    vendor = specs.contract(contract).vendor
    with serve([vendor], faults=faults, readings=readings, settings=settings) as server:
        target = next(each for each in targets(server, "1") if each.contract == contract)
        data = dict(target.data)
        if vendor == "imiconnect":
            data["customer_ids"] = _made(target)
        credentials = {name: value for name, value in target.credentials.items() if not name.startswith("admin")}
        missing = dict.fromkeys(NO_CREATION[contract])
        yield Loan(server, replace(target, data=data, credentials=credentials, operations=missing))


def _made(target: Target) -> list[str]:
    """Customers with a profile, who stay."""
    driver: Any = quiet_driver(target, {}, NoJournal(), profiles=4)
    found: list[str] = driver.customers(4)
    driver.bench.session.close()
    return found
