"""What the checks share."""

from __future__ import annotations

import json
from typing import Any

from conformance.genesys.driver import Driver
from conformance.genesys.wire import accepted
from conformance.judge import NotApplicable, NotTested
from conformance.session.exchange import Exchange, Request
from strategies.genesys import Attribute, Extension
from strategies.genesys.profiles import Members, with_records
from strategies.genesys.superset import record, superset
from strategies.genesys.wrong import Wrong

LOOK_EVERY = 8  # refused updates between two looks at a profile


def texts(driver: Driver, least: int = 1) -> list[str]:
    """Names of the text attributes. Raises NotTested where there are too few."""
    found = [a.name for a in driver.schema.texts]
    if len(found) < least:
        raise NotTested(f"the profile schema has fewer than {least} attributes of type string")
    return found


def several_attributes(driver: Driver) -> None:
    """Raises NotTested where there is one attribute alone: nothing can be left out beside it."""
    if len(driver.schema.writable) < 2:
        raise NotTested("the profile schema has one attribute alone")


def dates(driver: Driver) -> list[Attribute]:
    """The date attributes. Raises NotApplicable where there is none."""
    if not driver.schema.dates:
        raise NotApplicable("the profile schema has no attribute of type date")
    return list(driver.schema.dates)


def extensions(driver: Driver, least: int = 1) -> list[Extension]:
    """The extensions with records. Raises NotApplicable where there are too few."""
    found = with_records(driver.schema)
    if len(found) < least:
        raise NotApplicable(f"there are fewer than {least} extensions with attributes")
    return found


def words(driver: Driver, *names: str) -> Members:
    """A new text for each attribute; and a value for every other one where updates have to name them all."""
    return {**(everything(driver, records=False) if driver.whole else {}), **alone(driver, *names)}


def alone(driver: Driver, *names: str) -> Members:
    """A new text for each attribute and nothing else, also where updates have to name all of them."""
    return {name: driver.bench.fresh(6) for name in names}


def everything(driver: Driver, *, attributes: bool = True, records: bool = True) -> Members:
    """A profile that holds everything, with values that no other profile has."""
    mark = driver.bench.fresh(5)
    return superset(driver.schema, mark, arrays=driver.arrays, attributes=attributes, extensions=records)


def holder(driver: Driver, *, attributes: bool = True, records: bool = True) -> str:
    """A customer that holds everything."""
    return driver.customer(everything(driver, attributes=attributes, records=records))


def holders(driver: Driver, count: int = 2) -> list[str]:
    """Customers that differ from each other and hold everything. Raises NotTested where too few are lent."""
    return driver.different(*(everything(driver) for _ in range(count)))


def complete(driver: Driver, members: Members) -> Members:
    """Attributes for an update of any customer: with all others, where updates must be complete."""
    if not driver.complete:
        return members
    return everything(driver, records=False) | members


def attempt(driver: Driver, customer: str, members: Members | bytes | Request) -> Exchange:
    """Sends an update and queries the profile, whatever came of it."""
    request = members if isinstance(members, Request) else driver.update_request(customer, members)
    exchange = driver.put(customer, request)
    driver.query(customer)
    return exchange


def wrong_members(driver: Driver) -> list[tuple[str, Wrong]]:
    """For each way in which a member is refused for sure: its name and a wrong value. Raises NotTested."""
    cases: list[tuple[str, Wrong]] = []
    if driver.schema.dates:
        cases.append((dates(driver)[0].name, Wrong("a date is a word", "yesterday")))
    for extension in extensions(driver, 0):
        numbers = [f.name for f in extension.fields if f.type in ("integer", "long", "double")]
        made = record(extension, driver.bench.fresh(4), 1)
        if numbers and not extension.bare:
            bad = {**made, numbers[-1]: "word"}
            good = record(extension, driver.bench.fresh(4), 2)
            value = [good, bad] if extension.kind == "multi-valued" else bad
            cases.append((extension.name, Wrong("a number is a word", value)))
    if driver.readings.settled("unknown-attribute") == "400":
        cases.append((f"Un{driver.bench.fresh(5)}", Wrong("a name is unknown", "x")))
    if driver.readings.settled("wrong-json-type") == "400":
        cases.append((texts(driver)[0], Wrong("a text is a number", 4711)))
    if not cases:
        raise NotTested("the schemas have nothing that is refused for sure")
    return cases


class Refused:
    """A customer to whom updates are sent that should be refused.

    The profile is looked at where one was accepted, now and then, and at the end.
    """

    def __init__(self, driver: Driver, customer: str) -> None:
        self._driver = driver
        self._sent = 0
        self.customer = customer
        driver.query(customer)

    def send(self, members: Members | bytes | Request) -> Exchange:
        """Sends one update."""
        request = members if isinstance(members, Request) else self._driver.update_request(self.customer, members)
        exchange = self._driver.put(self.customer, request)
        self._sent += 1
        if accepted(exchange) or self._sent % LOOK_EVERY == 0:
            self.look()
        return exchange

    def look(self) -> None:
        """Looks at the profile."""
        self._driver.query(self.customer)


def alike(one: Any, other: Any) -> bool:
    """Whether two values of a member are the same, but for the order of records, or behind the first of several."""
    if isinstance(one, list) and isinstance(other, list):
        first = one[:1] == other[:1] or all(isinstance(each, dict) for each in one)
        return first and sorted(map(_sortable, one)) == sorted(map(_sortable, other))
    return bool(one == other)


def _sortable(value: Any) -> str:
    return json.dumps(value, sort_keys=True)
