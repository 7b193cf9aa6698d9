"""Model-based checks: the life of a few profiles in any order of steps.

The model is the history of the oracle: for every member of every profile the states in which it may be. Each step
ends with a query that names every extension, and every member shown must be one of its states.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.control import current_build_context
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from hypothesis.strategies import SearchStrategy

from conformance.exercise import check
from conformance.exercise.generation import SHRINK_CALLS
from conformance.genesys.checks.common import (
    alone,
    attempt,
    complete,
    everything,
    extensions,
    several_attributes,
    texts,
)
from conformance.genesys.driver import Driver
from conformance.genesys.wire import accepted
from strategies.genesys import ID, edits, profiles
from strategies.genesys.profiles import Members
from strategies.genesys.superset import extension_value, record

CUSTOMERS = 2
MOST = 4
EARLIER = 3
SHARE = 0.6
STEPS = 16
IN_PLACE = ("reverse", "shorten", "lengthen", "one left", "case")


def _of(make: Callable[[Driver], SearchStrategy[Any]]) -> SearchStrategy[Any]:
    """What the schemas of the machine's own target allow."""
    return st.runner().flatmap(lambda life: make(life.driver))


def _names(driver: Driver) -> SearchStrategy[list[str]]:
    return st.lists(st.sampled_from([a.name for a in driver.schema.writable]), unique=True)


def _extension_names(driver: Driver) -> SearchStrategy[list[str]]:
    names = [e.name for e in driver.schema.extensions]
    return st.lists(st.sampled_from(names), unique=True) if names else st.just([])


def _attributes(driver: Driver) -> SearchStrategy[Members]:
    some = profiles.attributes(driver.schema, arrays=driver.arrays, every=driver.complete)
    return some | profiles.attributes(driver.schema, arrays=driver.arrays)


def _extensions(driver: Driver) -> SearchStrategy[Members]:
    return profiles.extensions(driver.schema)


_WHO = st.integers(0, MOST - 1)
_OWN_ID = st.sampled_from((None, True, False))


class Life(RuleBasedStateMachine):
    """The life of some profiles: attributes alone."""

    driver: ClassVar[Driver]
    sequences: ClassVar[Iterator[int]]
    most: ClassVar[int]

    def __init__(self) -> None:
        super().__init__()
        # Shrinking costs somebody else's machine requests: past its bound the counterexample alone is sent again.
        self.mute = next(self.sequences) > self.most and not current_build_context().is_final
        if not self.mute:
            self.driver.bench.begin_case("a sequence of updates, refusals, deletions and queries")
        self.customers: list[str] = []
        self.gone: list[str] = []
        self.sent: dict[str, list[Members]] = {}

    @initialize()
    def begin(self) -> None:
        """Makes customers without any value."""
        if not self.mute:
            self.customers = list(dict.fromkeys(self.driver.customer() for _ in range(CUSTOMERS)))

    def pick(self, who: int) -> str | None:
        """One of the customers, if there is any."""
        return self.customers[who % len(self.customers)] if self.customers else None

    def send(self, who: int, members: Members, own_id: bool | None = None) -> None:
        """An update, followed by a query; remembers the body."""
        name = self.pick(who)
        if name is None:
            return
        exchange = attempt(self.driver, name, self.driver.update_request(name, members, own_id=own_id))
        if accepted(exchange):
            self.sent.setdefault(name, []).insert(0, members)

    def last(self, who: int, back: int = 0) -> Members | None:
        """An accepted body, counted from the last one."""
        name = self.pick(who)
        bodies = self.sent.get(name, []) if name is not None else []
        return bodies[back] if back < len(bodies) else None

    @rule(who=_WHO, names=_of(_names))
    def store(self, who: int, names: list[str]) -> None:
        """Values that no profile has had, for a later step to replace or to lose."""
        every = everything(self.driver, records=False)
        self.send(who, {name: every[name] for name in names})

    @rule(who=_WHO, members=_of(_attributes), own_id=_OWN_ID)
    def replace(self, who: int, members: Members, own_id: bool | None) -> None:
        """Any attributes, with the id in the body and without."""
        self.send(who, members, own_id)

    @rule(who=_WHO, edit=st.sampled_from(IN_PLACE))
    def edit(self, who: int, edit: str) -> None:
        """The last body, each value of it changed a little."""
        members = self.last(who)
        if members is not None:
            self.send(who, {name: edits.changed(value, edit) for name, value in members.items()})

    @rule(who=_WHO, place=st.integers(0, 9))
    def leave_out(self, who: int, place: int) -> None:
        """The last body without one of its members."""
        members = self.last(who)
        if members and len(members) > 1:
            left = list(members)[place % len(members)]
            self.send(who, {name: value for name, value in members.items() if name != left})

    @rule(who=_WHO, back=st.integers(0, EARLIER - 1))
    def send_again(self, who: int, back: int) -> None:
        """The last body once more, or an earlier one."""
        members = self.last(who, back)
        if members is not None:
            self.send(who, members)

    @rule(who=_WHO, place=st.integers(0, 9))
    def send_one_wrong_member(self, who: int, place: int) -> None:
        """New values for everything, and one attribute that is an object."""
        every = self.whole()
        name = texts(self.driver)[place % len(texts(self.driver))]
        self.send(who, {**every, name: {"value": "x"}})

    def whole(self) -> Members:
        """New values for all that this machine sends."""
        return everything(self.driver, records=False)

    @rule(who=_WHO)
    def send_no_json(self, who: int) -> None:
        """Half a body."""
        name = self.pick(who)
        if name is not None:
            body = self.driver.update_request(name, self.whole()).body or b""
            attempt(self.driver, name, body[: len(body) // 2])

    @rule(who=_WHO, other=_WHO, members=_of(_attributes))
    def name_another(self, who: int, other: int, members: Members) -> None:
        """A body with the id of another customer."""
        name, named = self.pick(who), self.pick(other)
        if name is not None and named is not None and name != named:
            attempt(self.driver, name, self.driver.update_request(name, {ID: named, **members}, own_id=False))
            self.driver.query(named)

    @rule(who=_WHO, names=_of(_extension_names))
    def query(self, who: int, names: list[str]) -> None:
        """A query that names none, some or all extensions."""
        name = self.pick(who)
        if name is not None:
            self.driver.query(name, *names, every=False)

    @rule(members=_of(_attributes))
    def create(self, members: Members) -> None:
        """One more customer."""
        if not self.mute and not self.driver.lent and len(self.customers) < MOST:
            _, name = self.driver.create(members, self._new_id())
            if name is not None:
                self.customers.append(name)
                self.driver.query(name)

    def _new_id(self) -> str | None:
        given = self.driver.readings.may("created-id", "given")
        return self.driver.bench.fresh(16) if given else None

    @rule(who=_WHO)
    def delete(self, who: int) -> None:
        """Deletes a customer and looks for it."""
        name = self.pick(who)
        if name is not None and not self.driver.lent and self.driver.has("delete"):
            if accepted(self.driver.remove(name)):
                self.customers.remove(name)
                self.gone.append(name)
                self.sent.pop(name, None)
            self.driver.query(name)

    @rule(members=_of(_attributes))
    def update_deleted(self, members: Members) -> None:
        """An update of the customer that was deleted last."""
        if self.gone:
            name = self.gone[-1]
            if accepted(self.driver.update(name, members)):
                self.gone.remove(name)
                self.customers.append(name)
                self.driver.claim(name)
            self.driver.query(name)

    def teardown(self) -> None:
        """Every profile is looked at once more."""
        for name in self.customers:
            self.driver.query(name)


class LifeWithExtensions(Life):
    """The life of some profiles: attributes and extensions, by updates and record by record."""

    def whole(self) -> Members:
        """New values for all that this machine sends."""
        return everything(self.driver)

    @rule(who=_WHO, names=_of(_extension_names))
    def store_records(self, who: int, names: list[str]) -> None:
        """Records that no profile has had, beside a whole set of attributes."""
        every = everything(self.driver)
        held = {e.name for e in self.driver.schema.extensions} - set(names)
        self.send(who, {name: value for name, value in every.items() if name not in held})

    @rule(who=_WHO, members=_of(_attributes), more=_of(_extensions))
    def replace_both(self, who: int, members: Members, more: Members) -> None:
        """Any attributes and extensions."""
        self.send(who, members | more)

    @rule(who=_WHO, more=_of(_extensions))
    def replace_extensions(self, who: int, more: Members) -> None:
        """Extensions alone."""
        self.send(who, more)

    @rule(who=_WHO, place=st.integers(0, 9))
    def remove_a_record(self, who: int, place: int) -> None:
        """The last body without one record of each multi-valued extension: the first, the last or one between."""
        members = self.last(who)
        if members is not None:
            several = {e.name for e in self.driver.schema.of_kind("multi-valued")}
            self.send(
                who,
                {
                    name: [*value[: place % len(value)], *value[place % len(value) + 1 :]]
                    if name in several and isinstance(value, list) and value
                    else value
                    for name, value in members.items()
                },
            )

    @rule(who=_WHO, place=st.integers(0, 9))
    def send_one_wrong_record(self, who: int, place: int) -> None:
        """New values for everything, and a text in the place of one extension."""
        found = extensions(self.driver)
        self.send(who, {**self.whole(), found[place % len(found)].name: "text"})

    @rule(who=_WHO, more=_of(_extensions))
    def insert_records(self, who: int, more: Members) -> None:
        """Records that do not come with an update."""
        name = self.pick(who)
        if name is not None and self.driver.has("insertRecords"):
            self.driver.call("insertRecords", more, customer_id=name)
            self.driver.query(name)

    @rule(who=_WHO, place=st.integers(0, 2), remove=st.booleans())
    def change_one_record(self, who: int, place: int, remove: bool) -> None:
        """One record that its unique attributes select is updated or deleted by itself."""
        operation = "deleteRecord" if remove else "updateRecord"
        name = self.pick(who)
        found = next((e for e in self.driver.schema.of_kind("multi-valued") if e.unique and not e.bare), None)
        if name is None or found is None or not self.driver.has(operation):
            return
        held = self.driver.profile(name).get(found.name)
        if not isinstance(held, list) or not all(isinstance(each, dict) for each in held):
            return
        one = held[place % len(held)]
        content = {key: one.get(key) for key in found.unique}
        if not remove:
            content = {**record(found, self.driver.bench.fresh(4), place), **content}
        self.driver.call(operation, content, customer_id=name, extension=found.name)
        self.driver.query(name)


def _run(driver: Driver, machine: type[Life]) -> None:
    most = driver.bench.effort.examples(SHARE) + SHRINK_CALLS
    made = type(machine.__name__, (machine,), {"driver": driver, "sequences": count(1), "most": most})
    driver.bench.machine(made, share=SHARE, steps=STEPS)


@check(
    "last-update-stands",
    "sent-attributes-stored",
    "omitted-attributes-lost",
    "nothing-invented",
    "repeat-changes-nothing",
    "refused-changes-nothing",
)
def check_life_of_profiles(driver: Driver) -> None:
    """Interleaves creations, updates, refusals, repetitions, deletions and queries in drawn orders; each must fit."""
    texts(driver)
    several_attributes(driver)
    _run(driver, Life)
    driver.bench.begin_case("a full profile beside another, a smaller body, the same again, no JSON")
    customer, other = driver.customer(), driver.customer()
    first, second = (everything(driver, records=False) for _ in range(2))
    small = alone(driver, texts(driver)[0])
    again = complete(driver, small)
    for members in (first, second, small, again, again, b"{"):
        attempt(driver, customer, members)
        driver.query(other)


@check("extensions-untouched", "extension-replaced", "refused-changes-nothing")
def check_life_of_records(driver: Driver) -> None:
    """Does the same with extensions in some bodies, and with records that are inserted, changed and removed alone."""
    found = extensions(driver)
    texts(driver)
    _run(driver, LifeWithExtensions)
    driver.bench.begin_case("records are stored, left alone, refused and replaced")
    customer = driver.customer(everything(driver))
    driver.query(customer)
    attempt(driver, customer, everything(driver, records=False))
    attempt(driver, customer, b"{")
    more = {e.name: extension_value(e, driver.bench.fresh(4)) for e in found}
    attempt(driver, customer, everything(driver, records=False) | more)
