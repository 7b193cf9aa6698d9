"""What is kept while many other customers are updated, when some are deleted, and when some time has passed."""

from __future__ import annotations

import json
import time
from typing import Any

from conformance.exercise import check
from conformance.genesys.checks.common import alike, attempt, complete, everything, holder, holders, texts, words
from conformance.genesys.checks.odd_ids import chooses, encoded, named, neighborhoods
from conformance.genesys.driver import Driver
from conformance.genesys.wire import status
from conformance.judge import NotApplicable
from strategies.genesys.profiles import Members

COUNT = 66  # more than a cache or a table of 64 holds
AGE_S = 2.2  # more than the two seconds for which something may be kept by mistake


@check(deepens=("other-customers-untouched", "sent-attributes-stored", "id-up-to-16", "query-names-customer"))
def check_many(driver: Driver) -> None:
    """Updates many customers, most with ids that are nearly the same or odd; deletes some, queries all the others.

    The ids of the first are nearly the same, those of the next have to be encoded in an address, where the run may
    choose them.
    """
    if driver.lent:
        raise NotApplicable("customers cannot be created")
    texts(driver)
    odd = _odd(driver) if chooses(driver) else []
    names = odd + [driver.customer(words(driver, texts(driver)[0])) for _ in range(COUNT - len(odd))]
    driver.bench.each(names, lambda name: driver.update(name, everything(driver)))
    gone = [*odd[::3], *names[max(len(odd), COUNT // 2) :: 11]] if driver.has("delete") else []
    for name in gone:
        driver.remove(name)
    left = [name for name in names if name not in gone]
    for name in left:
        driver.query(name)
    for name in left[:3]:  # those that were updated long ago
        attempt(driver, name, complete(driver, words(driver, *texts(driver))))
    driver.bench.boundary(f"customers={len(names)}")


def _odd(driver: Driver) -> list[str]:
    """Customers with ids that are nearly the same, and with ids that an address has to encode, if the target has any.

    The first one and every third go first: each of the two to which others are near is among them.
    """
    found: list[str] = []

    def make(wanted: list[str]) -> None:
        made = [named(driver, wanted[0])]
        if made == [None]:
            made = [named(driver, other) for other in wanted[1:]]
        found.extend(name for name in made if name is not None)

    base, number = neighborhoods(driver)
    driver.bench.each([[name] for name in (base[0], *base[1:3], number[0], *base[3:], *number[1:])], make)
    driver.bench.each(encoded(driver), make)
    driver.bench.boundary("ids that an address has to encode")
    return found


@check(deepens=("last-update-stands", "other-customers-untouched"))
def check_time_passes(driver: Driver) -> None:
    """Stores profiles, lets two seconds pass with other updates, and queries: nothing is lost, nothing comes back."""
    first, second = holders(driver)
    for name in (first, second):
        attempt(driver, name, everything(driver))
    began = time.monotonic()
    attempt(driver, second, complete(driver, words(driver, *texts(driver))))
    driver.update(second, {**everything(driver), texts(driver)[0]: {"a": 1}})
    driver.query(second)
    gone = _deleted(driver)
    before = {} if driver.lent else {name: driver.profile(name) for name in (holder(driver), holder(driver))}
    for name in before:
        driver.update(name, everything(driver))
        before[name] = driver.profile(name)
    other = holder(driver) if not driver.lent else second
    while (left := AGE_S - (time.monotonic() - began)) > 0:
        attempt(driver, other, everything(driver))
        driver.bench.pause(min(left, 0.5))
    for name, was in before.items():
        _compare(driver, was, driver.profile(name))
    attempt(driver, first, complete(driver, words(driver, texts(driver)[0])))
    for name in (first, second):
        driver.query(name)
        driver.query(name, every=False)
    if gone is not None:
        found = status(driver.query(gone)) == 200
        told = f"a query finds {gone}, which was deleted and gone before other customers were updated"
        driver.bench.expect("other-customers-untouched", not found, observed=told, allowed="no such customer")


def _compare(driver: Driver, was: Members, now: Members) -> None:
    """Two looks at a customer whom nobody has updated between them."""
    for names, requirement in (
        ({a.name for a in driver.schema.writable}, "sent-attributes-stored"),
        ({e.name for e in driver.schema.extensions}, "extension-replaced"),
    ):
        equal = alike if requirement == "sent-attributes-stored" else _same_records
        other = [name for name in was if name in names and not equal(was[name], now.get(name))]
        told = ", ".join(f"{name} is {now.get(name, 'absent')!r:.80}" for name in other)
        allowed = ", ".join(f"{name}: {was[name]!r:.80}, as {AGE_S:g} s before" for name in other)
        driver.bench.expect(requirement, not other, observed=told, allowed=allowed)


def _same_records(one: Any, other: Any) -> bool:
    """Whether two looks show the same records, in whatever order."""
    if isinstance(one, list) and isinstance(other, list):
        return sorted(json.dumps(each, sort_keys=True) for each in one) == sorted(
            json.dumps(each, sort_keys=True) for each in other
        )
    return bool(one == other)


def _deleted(driver: Driver) -> str | None:
    """A customer that was deleted, if two queries agree that it is gone."""
    if driver.lent or not driver.has("delete"):
        return None
    name = holder(driver)
    driver.remove(name)
    return name if all(status(driver.query(name)) in (404, 410) for _ in range(2)) else None
