"""What became of a request that a probe sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from conformance.imiconnect.answered import Answered
from conformance.imiconnect.codes import ACCEPTED, SUCCESS
from conformance.imiconnect.driver import Driver
from conformance.imiconnect.following import Stage, stage_of
from conformance.session.exchange import Exchange


@dataclass(frozen=True, slots=True)
class Fate:
    """The immediate answer, and the final outcome where the request was taken."""

    first: Answered
    final: Answered | None

    @property
    def code(self) -> str | None:
        """The code of the only record, or the one with which the request was refused."""
        if self.final is None:
            return self.first.code
        codes = {result.code for result in self.final.results or ()}
        return codes.pop() if len(codes) == 1 else None

    @property
    def succeeded(self) -> bool:
        """Whether every record was applied."""
        return self.final is not None and self.final.code == SUCCESS and not self.final.failures

    def code_of(self, customer: str) -> str | None:
        """The code of a customer's record, None where it has none."""
        if self.final is None:
            return None
        return next((result.code for result in self.final.results or () if result.customer == customer), None)


def fate_of(driver: Driver, exchange: Exchange, *, empty: bool = False) -> Fate:
    """Follows a request to its end where it was taken."""
    first = driver.answered(exchange)
    if first.transid is None:
        return Fate(first, None)
    if first.code in ACCEPTED:
        return Fate(first, driver.final(first.transid, empty=empty))
    # An error with a transid is a refusal, or the outcome of a request that was worked off at once.
    status = driver.answered(driver.ask_status(first.transid))
    return Fate(first, status if stage_of(status) is Stage.FINAL else None)


def changed(driver: Driver, changes: Sequence[tuple[str, Any]]) -> Fate:
    """Sends an update of profiles and follows it."""
    return fate_of(driver, driver.update(driver.body(changes)))


def value_of(driver: Driver, customer: str, name: str) -> tuple[str | None, ...]:
    """What a read shows under a name."""
    return driver.read([customer]).get(customer, {}).get(name, ())
