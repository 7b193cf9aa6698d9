"""What is known of the customers of a target: in which states each member of each profile may be."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from conformance.genesys.shown import ABSENT, Anything, Exactly, Expect, NoRecords, Nothing, no_value_form
from strategies.genesys import ID, Schema

UNTOUCHED = "other-customers-untouched"
REFUSED = "refused-changes-nothing"
REPEATED = "repeat-changes-nothing"
INVENTED = "nothing-invented"
KINDS = ("attributes", "extensions")


@dataclass(slots=True)
class Slot:
    """One member of a profile.

    Attributes:
        states: in one of which it is.
        about: requirements that decide what it should be.
        seen: it was looked at since it was last changed.
    """

    states: tuple[Expect, ...]
    about: tuple[str, ...] = ()
    seen: bool = False

    @property
    def held(self) -> bool | None:
        """Whether it has a value; None where that is not known."""
        empty = {_empty(state) for state in self.states}
        return None if len(empty) > 1 or None in empty else not empty.pop()

    def look(self, shown: Any) -> bool:
        """Compares it with what is shown, and knows more afterwards; whether it is one of the states."""
        left = tuple(state for state in self.states if state.accepts(shown))
        known = tuple(state for state in left if not isinstance(state, Anything))
        self.states = known or (Exactly(shown),)
        self.seen = True
        return bool(left)


@dataclass(slots=True)
class Customer:
    """One customer.

    Attributes:
        attributes: by name.
        extensions: by name in the schema.
        updates: accepted updates.
        body: of the last accepted update, as it was sent.
        queried: the profile was queried since its last change.
        pending: requirements that the next look decides too, whatever the member.
        others: up to which change of other customers it was looked at.
        fresh: it was created, and nobody has looked at it or changed it since.
        tag: the entity tag of the last query, if it had one.
    """

    attributes: dict[str, Slot] = field(default_factory=dict)
    extensions: dict[str, Slot] = field(default_factory=dict)
    updates: int = 0
    body: bytes | None = None
    queried: bool = False
    pending: set[str] = field(default_factory=set)
    others: int = 0
    fresh: bool = False
    tag: str | None = None

    def slots(self) -> list[Slot]:
        """Every member."""
        return [*self.attributes.values(), *self.extensions.values()]


def folded(name: str) -> str:
    """A name of a member as what it is compared with those that were sent."""
    return name.strip().casefold()


def new_customer(schema: Schema) -> Customer:
    """A customer without any value."""
    return Customer(
        {a.name: Slot((Anything(),) if a.internal else (Nothing(),), (INVENTED,)) for a in schema.attributes},
        {e.name: Slot((NoRecords(),), (INVENTED,)) for e in schema.extensions},
    )


def found_customer(schema: Schema, shown: dict[str, Any]) -> Customer:
    """A customer that was there before; `shown` has all its extensions."""
    customer = new_customer(schema)
    spelled = {name.casefold(): value for name, value in shown.items()}
    for name, slot in (customer.attributes | customer.extensions).items():
        value = shown.get(name, spelled.get(name.casefold(), ABSENT) if name in customer.extensions else ABSENT)
        slot.states, slot.about, slot.seen = (Exactly(value),), (), True
    customer.queried = True
    return customer


def changed_unknowably(customer: Customer) -> None:
    """Nobody knows what is in the profile now."""
    for slot in customer.slots():
        slot.states, slot.about, slot.seen = (Anything(),), (), False
    customer.queried = False
    customer.body = None
    customer.pending.clear()


def either(*many: Iterable[Expect]) -> tuple[Expect, ...]:
    """Every state that is possible in one case or another, each once."""
    found: list[Expect] = []
    for states in many:
        found += [state for state in states if state not in found]
    return tuple(found)


@dataclass(slots=True)
class Creation:
    """Whether creations store what they are sent; None while nobody has looked.

    No document of the update says what a creation does, so it is never judged.
    """

    attributes: bool | None = None
    extensions: bool | None = None

    def learn(self, what: str, held: bool) -> None:
        """A look at a new customer; one that differs is remembered for good."""
        if getattr(self, what) is not False:
            setattr(self, what, held)


class World:
    """The customers of a target."""

    def __init__(self) -> None:
        self.customers: dict[str, Customer] = {}
        self.missing: dict[str, tuple[str, ...]] = {}
        self.changes = 0
        self.schema: Schema | None = None
        self.maintenance = False
        self.switching = False  # the server mode was changed, and nobody has seen the new one yet
        self.deleted: set[str] = set()
        self.sent_names: set[str] = set()  # of members in the bodies of updates and creations, folded
        self.own_names: set[str] = set()  # of members that were shown before anybody sent them, folded
        self.creation = Creation()

    @property
    def internal(self) -> set[str]:
        """Attributes that the schema says the server keeps itself."""
        return {a.name for a in self.schema.attributes if a.internal} if self.schema else set()

    def shows(self, profile: Mapping[str, Any]) -> None:
        """Remembers the names of members that no schema has and nobody sent: they are the server's own."""
        if self.schema is not None:
            known = {folded(name) for name in self.schema.names} | {folded(ID)}
            self.own_names |= {folded(name) for name in profile} - self.sent_names - known

    def owned(self, name: str) -> bool:
        """Whether a member is the server's own, which may change it at any time: nothing about it is judged."""
        return name in self.internal or folded(name) in self.own_names

    def sends(self, value: Any) -> None:
        """Remembers the names of members that were sent, of records too."""
        if isinstance(value, Mapping):
            self.sent_names.update(map(folded, value))
            value = list(value.values())
        if isinstance(value, list):
            for each in value:
                if isinstance(each, Mapping | list):
                    self.sends(each)

    def knows(self, name: str) -> bool:
        """Whether a customer has or had that id."""
        return name in self.customers or name in self.missing or name in self.deleted

    def get(self, name: str | None) -> Customer | None:
        """A customer of which something is known."""
        return self.customers.get(name) if name is not None else None

    def alike(self, name: str) -> list[str]:
        """Known customers whose id differs from this one in case alone."""
        folded = name.casefold()
        return [other for other in self.customers if other != name and other.casefold() == folded]

    def set(self, name: str, customer: Customer) -> None:
        """There is such a customer."""
        self.missing.pop(name, None)
        self.customers[name] = customer
        customer.others = self.changes

    def touched(self, name: str) -> None:
        """Something was sent that may change one customer and no other."""
        customer = self.customers.get(name)
        if customer is not None and customer.others == self.changes:
            customer.others += 1
        self.changes += 1

    def lose(self, name: str) -> None:
        """A customer was deleted; whether it is gone a query has to show."""
        self.forget(name)
        self.deleted.add(name)

    def forget(self, name: str) -> None:
        """Nothing is known of a customer any more."""
        self.customers.pop(name, None)
        self.missing.pop(name, None)


def _empty(state: Expect) -> bool | None:
    if isinstance(state, Anything):
        return None
    if isinstance(state, Nothing | NoRecords):
        return True
    return isinstance(state, Exactly) and no_value_form(state.value) is not None
