"""Makes customers that a check could not make in the usual way: with odd ids, and at the second tenant."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

from conformance.imiconnect.answered import Answered, Profile
from conformance.imiconnect.calls import JSON
from conformance.imiconnect.codes import ACCEPTED, SUCCESS
from conformance.judge.verdicts import Inconclusive, NotApplicable
from conformance.session.exchange import Exchange

if TYPE_CHECKING:
    from conformance.imiconnect.driver import Driver


def created_if_taken(driver: Driver, customers: Sequence[str]) -> list[str]:
    """Those of some ids, of whatever form, under which the target makes and shows a profile."""
    driver.keep_in_mind(customers)
    refused: list[str] = []

    def note(some: Sequence[str], _: Exchange, final: Answered | None) -> None:
        if final is None and len(some) > 1:
            refused.extend(some)

    for operation in ("createCustomer", "create") if driver.is_app else ("create",):
        send = partial(_creation, driver, operation)
        with suppress(Inconclusive):  # what reads show decides
            driver.in_flight([customers], send, note)
            driver.in_flight([[customer] for customer in refused], send)
    made = driver.read(customers)
    return [customer for customer, shown in made.items() if Profile(shown).customer == customer]


def of_other_tenant(driver: Driver, made: Sequence[tuple[str, dict[str, str]]]) -> None:
    """Makes customers of the second tenant, each with a profile; ends the check where that cannot be done."""
    if driver.lends:
        raise NotApplicable("creation is missing")
    headers, app_id = driver.headers(JSON, key=driver.other_key), driver.other_app_id
    driver.made_elsewhere.update(dict.fromkeys(customer for customer, _ in made))
    for operation in ("createCustomer", "create") if driver.is_app else ("create",):
        path = driver.path(operation, appid=app_id)
        changes = (
            [(customer, {"name": f"theirs {customer}"}) for customer, _ in made] if operation != "create" else made
        )
        exchange = driver.send(driver.request(operation, driver.body(changes), headers=headers, path=path))
        answered = driver.answered(exchange)
        if answered.transid is not None and answered.code in ACCEPTED:
            answered = driver.final(answered.transid, key=driver.other_key, preparing=True)
        if answered.code != SUCCESS or answered.failures:
            raise NotApplicable(f"the second tenant cannot make customers: {answered.shown()}")


def _creation(driver: Driver, operation: str, customers: Sequence[str]) -> Exchange:
    made = [
        (each, driver.seed(str(zlib.crc32(each.encode()))) if operation == "create" else {"name": "umtest"})
        for each in customers
    ]
    return driver.send(driver.request(operation, driver.body(made)))
