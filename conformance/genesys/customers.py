"""Customers of a run: created, or lent by the target file and given back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from conformance.genesys.asked import LONGEST_ID
from conformance.genesys.lending import sendable
from conformance.genesys.oracle import Oracle
from conformance.genesys.shown import ABSENT, no_value_form
from conformance.genesys.wire import accepted, created_id, status
from conformance.judge import Inconclusive, NotTested
from conformance.session.exchange import Exchange, Request
from strategies.genesys import ID
from strategies.genesys.profiles import Members
from strategies.genesys.superset import superset

if TYPE_CHECKING:
    from conformance.genesys.driver import Driver


class Customers:
    """Makes customers with what a check needs, in whatever way the target makes them."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._way = "held"  # how the last customer was created
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
        exchange: Exchange | None = None
        for way, members in self._ways(held).items():
            for wanted in self._ids(name):
                exchange, made = self.create(members, wanted)
                if made is not None:
                    self._way = way
                    return self._prepared(made, held, members)
        raise Inconclusive(f"no customer can be created: status {status(exchange) if exchange else None}")

    def exactly(self, held: Members) -> str | None:
        """A customer that was created with this and nothing else, if the target creates it."""
        for wanted in self._ids(None):
            _, made = self.create(held, wanted)
            if made is not None:
                return made
        return None

    def _prepared(self, made: str, held: Members, members: Members) -> str:
        """A new customer that was created with less than it is to hold, or whose extensions were dropped."""
        driver = self._driver
        extensions = {n: v for n, v in held.items() if driver.full_schema.extension(n) is not None}
        lacking = any(n not in members for n in extensions)
        if extensions and (lacking or self._lacks(made, extensions)):
            exchange = driver.update(made, {**{n: v for n, v in members.items() if n not in extensions}, **held})
            if not accepted(exchange):
                raise Inconclusive(f"a new customer cannot be prepared: status {status(exchange)}")
        return made

    def _lacks(self, customer: str, members: Members) -> bool:
        """Whether a profile does not show some of these extensions, where creations do not store what they are sent."""
        oracle = self._driver.bench.oracle
        if not isinstance(oracle, Oracle) or oracle.world.creation.extensions is not False:
            return False
        shown = self._driver.profile(customer)
        return any(not shown.get(name) for name, value in members.items() if value)

    def _ids(self, name: str | None) -> list[str | None]:
        """Ids to try: the wanted one, one of the run's own choice, or none where the server chooses."""
        bench, readings = self._driver.bench, self._driver.readings
        settled = readings.settled("created-id")
        if name is not None:
            return [name] if settled == "given" else [name, None]
        if settled == "given":
            return [bench.fresh(LONGEST_ID) for _ in range(2)]
        return [None, bench.fresh(LONGEST_ID)] if readings.may("created-id", "given") else [None]

    def _ways(self, held: Members) -> dict[str, Members]:
        """Bodies to try: as it is wanted, with one attribute at least, with all of them, with attributes alone."""
        driver = self._driver
        schema = driver.schema
        every = {**superset(schema, driver.bench.fresh(5), arrays=False, extensions=False), **held}
        some = held if any(schema.attribute(n) for n in held) else {**every, **held}
        if some is not held:
            first = [a.name for a in schema.texts[:1]]
            some = {**{n: every[n] for n in first}, **held}
        ways = {"held": held, "some": some, "every": every}
        bare = {f"{way}, bare": _attributes(driver, members) for way, members in ways.items()}
        ways |= bare
        # What has worked comes first, and what asks for more before what asks for less.
        order = [self._way, *(way for way in ways if way != self._way)]
        distinct: list[Members] = []
        found = {}
        for way in order:
            if ways[way] not in distinct:
                distinct.append(ways[way])
                found[way] = ways[way]
        return found

    def unknown(self) -> str:
        """A well-formed id that no customer has, as a query shows. Raises NotTested."""
        for _ in range(3):
            name = self._driver.bench.fresh(LONGEST_ID)
            if status(self._driver.query(name)) in (404, 400, 410):
                return name
        raise NotTested("every made-up id was answered as if a customer had it")

    # Lent ones

    def borrow(self, members: Members, *, other_than: tuple[str, ...] = ()) -> str:
        """A customer that the target file lends, made to hold this. Raises NotTested where there is none."""
        driver = self._driver
        lent = [name for name in driver.lent_ids() if name not in other_than]
        if not lent:
            told = "customers cannot be created, and the target file lends "
            told += f"{len(other_than)} alone" if other_than else "none"
            raise NotTested(told, "lend more in [target.data], or let the run create customers")
        name = lent[self._turn % len(lent)]
        self._turn += 1
        was = self.take(name)
        more = [
            a.name for a in driver.full_schema.writable if a.name in was and driver.schema.attribute(a.name) is None
        ]
        if driver.complete and more:
            whose = f"{', '.join(more)} of {name}"
            told = f"updates may have to be complete, and {whose} could not be put back on the other lent customers"
            raise NotTested(told)
        if members and not accepted(driver.update(name, self._whole(members, was))):
            raise Inconclusive(f"the profile of {name!r} cannot be prepared")
        return name

    def take(self, name: str) -> dict[str, Any]:
        """A lent profile as it was, from now on in the hands of this check. Raises NotTested."""
        self._driver.bench.borrow(name)
        return self.remember(name)

    def _whole(self, members: Members, was: Members) -> Members:
        """What a lent profile is to hold; with what else it holds, where updates may not leave that out."""
        driver = self._driver
        if not driver.complete or not any(driver.schema.attribute(name) for name in members):
            return members
        held = {a.name: was[a.name] for a in driver.schema.writable if no_value_form(was.get(a.name, ABSENT)) is None}
        return {**{name: sendable(driver, name, value) for name, value in held.items()}, **members}

    def remember(self, name: str) -> dict[str, Any]:
        """A lent profile as it was before the check changed it."""
        if name not in self.lent:
            self.lent[name] = self._driver.profile(name)
        return self.lent[name]

    def guard(self, request: Request) -> None:
        """Raises NotTested where an update of a lent customer would leave what could not be taken back."""
        name = unquote(request.path.rpartition("/")[2])
        try:
            body = request.json()
        except ValueError:
            return
        reason = self._driver.reversible.why_not(self.remember(name), body) if isinstance(body, dict) else None
        if reason is not None:
            raise NotTested(
                f"{reason}, so it is not written to {name}, which the target file lends", "let the run create customers"
            )


def _attributes(driver: Driver, members: Members) -> Members:
    return {n: v for n, v in members.items() if driver.full_schema.extension(n) is None}
