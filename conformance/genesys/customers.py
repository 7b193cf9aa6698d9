"""Customers of a run: created, or lent by the target file and given back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from conformance.genesys.asked import LONGEST_ID
from conformance.genesys.oracle import Oracle
from conformance.genesys.wire import accepted, created_id, status
from conformance.judge import Inconclusive, NotTested
from conformance.session.exchange import Exchange
from strategies.genesys import ID
from strategies.genesys.profiles import Members
from strategies.genesys.superset import superset

if TYPE_CHECKING:
    from conformance.genesys.driver import Driver


class Customers:
    """Makes customers with what a check needs, in whatever way the target makes them."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._whole = False  # creations want every attribute
        self._some = False  # creations want an attribute
        self._turn = 0
        self.made: dict[str, None] = {}
        self.lent: dict[str, dict[str, Any]] = {}

    def create(self, members: Members, name: str | None = None) -> tuple[Exchange, str | None]:
        """Sends a creation; the id of the new customer, if there is one."""
        driver = self._driver
        exchange = driver.call("create", members if name is None else {ID: name, **members})
        made = created_id(exchange.answer) if accepted(exchange) else None
        if made is not None and isinstance(driver.bench.oracle, Oracle) and driver.bench.oracle.doubts_creation(made):
            driver.query(made)  # a creation is not under test, so it is not relied upon before it was seen
        return exchange, made

    def new(self, held: Members, name: str | None) -> str:
        """A customer that holds this. Raises Inconclusive."""
        driver = self._driver
        exchange, made = self._created(held, name)
        if made is None:
            raise Inconclusive(f"no customer can be created: status {status(exchange)}")
        lacking = {n: v for n, v in held.items() if driver.schema.extension(n) is not None}
        if lacking and driver.lacks(made, lacking) and not accepted(driver.update(made, held)):
            raise Inconclusive(f"a new customer cannot be prepared: status {status(exchange)}")
        return made

    def _created(self, held: Members, name: str | None) -> tuple[Exchange, str | None]:
        driver = self._driver
        exchange: Exchange | None = None
        for members in self._ways(held):
            for wanted in self._ids(name):
                exchange, made = self.create(members, wanted)
                if made is not None:
                    self._some |= members is not held and bool(members)
                    self._whole |= len([n for n in members if driver.schema.attribute(n)]) > 1 and members is not held
                    return exchange, made
                if exchange.answer is None:
                    break
        assert exchange is not None
        return exchange, None

    def _ids(self, name: str | None) -> list[str | None]:
        """Ids to try: the wanted one, one of the run's own choice, or none where the server chooses."""
        bench, readings = self._driver.bench, self._driver.readings
        settled = readings.settled("created-id")
        if name is not None:
            return [name] if settled == "given" else [name, None]
        if settled == "given":
            return [bench.fresh(LONGEST_ID) for _ in range(2)]
        return [None, bench.fresh(LONGEST_ID)] if readings.may("created-id", "given") else [None]

    def _ways(self, held: Members) -> list[Members]:
        """Bodies to try: as it is wanted, with one attribute where there is none, with every attribute."""
        driver = self._driver
        schema = driver.schema
        attributes = [n for n in held if schema.attribute(n)]
        every = {**superset(schema, driver.bench.fresh(5), arrays=False, extensions=False), **held}
        one = {**{a.name: every[a.name] for a in schema.texts[:1]}, **held}
        ways = [*([] if attributes else [one]), every]
        if self._whole:
            return [every]
        if self._some and not attributes:
            return ways
        alone = {n: v for n, v in held.items() if schema.extension(n) is None}
        return [held, *ways, *([alone] if alone != held else [])]

    # Lent ones

    def borrow(self, members: Members, *, other_than: tuple[str, ...] = ()) -> str:
        """A customer that the target file lends, made to hold this. Raises NotTested where there is none."""
        driver = self._driver
        lent = [name for name in driver.lent_ids() if name not in other_than]
        if not lent:
            told = "customers cannot be created, and the target file lends "
            raise NotTested(told + (f"{len(other_than)} alone" if other_than else "none"))
        name = lent[self._turn % len(lent)]
        self._turn += 1
        driver.bench.borrow(name)
        self.remember(name)
        if members and not accepted(driver.update(name, members)):
            raise Inconclusive(f"the profile of {name!r} cannot be prepared")
        return name

    def remember(self, name: str) -> dict[str, Any]:
        """A lent profile as it was before the check changed it."""
        if name not in self.lent:
            self.lent[name] = self._driver.profile(name)
        return self.lent[name]

    def guard(self, name: str, body: Members) -> None:
        """Raises NotTested where an update of a lent customer would leave what could not be taken back."""
        reason = self._driver.reversible.why_not(self.remember(name), body)
        if reason is not None:
            raise NotTested(f"{reason}, so it is not written to {name}, which the target file lends")
