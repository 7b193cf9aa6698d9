"""Judges what queries show, and what they say of customers who are not there."""

from __future__ import annotations

from typing import Any

from conformance.genesys.asked import Asked, Credentials
from conformance.genesys.finding import label
from conformance.genesys.queries import Queries, Verdicts
from conformance.genesys.shown import NoRecords
from conformance.genesys.wire import json_of
from conformance.genesys.world import KINDS, Customer, World, found_customer
from conformance.judge.readings import Readings
from conformance.session.exchange import Answer
from strategies.genesys import ID

CHECKED = "credentials-checked"
NOT_FOUND = (400, 404, 410)


class Looks:
    """Judges answers to queries, and learns from them what is in the profiles."""

    def __init__(self, readings: Readings, world: World) -> None:
        self.readings = readings
        self.world = world
        self.queries = Queries(world)

    def trusts(self, customer: Customer) -> bool:
        """Whether creations are known to store what a new customer was sent."""
        trust = self.world.creation
        attributes = any(slot.held is not False for slot in customer.attributes.values())
        extensions = any(not isinstance(state, NoRecords) for s in customer.extensions.values() for state in s.states)
        return (trust.attributes is True or not attributes) and (trust.extensions is True or not extensions)

    def query(self, verdicts: Verdicts, answer: Answer, asked: Asked) -> None:
        """Judges the answer to a query."""
        name = asked.customer or ""
        if self.world.maintenance or asked.foreign or not asked.plain:
            return
        if asked.credentials is not Credentials.GOOD and answer.status in (400, 401, 403):
            self._unauthorized(verdicts, answer, asked)
            return
        if answer.status == 200:
            shown = json_of(answer)
            if isinstance(shown, dict):
                self._shown(verdicts, asked, name, shown)
                if (customer := self.world.get(name)) is not None:
                    customer.tag = answer.header("etag")
        elif answer.status in NOT_FOUND and self._names_known(asked):
            self._not_found(verdicts, answer, name)

    def _names_known(self, asked: Asked) -> bool:
        """Whether a query names nothing for which it could be refused."""
        schema = self.world.schema
        return not asked.extensions or (
            schema is not None and asked.extensions <= {e.name.lower() for e in schema.extensions}
        )

    def _unauthorized(self, verdicts: Verdicts, answer: Answer, asked: Asked) -> None:
        if not asked.credentials.bad or answer.status != 401:
            return
        if self.readings.settled("basic-authentication") == "disabled":
            reading = label(self.readings, "basic-authentication")
            verdicts.fails(CHECKED, "status 401", "credentials make no difference", reading)
        else:
            verdicts.passes(CHECKED)

    def _shown(self, verdicts: Verdicts, asked: Asked, name: str, shown: dict[str, Any]) -> None:
        if asked.credentials.bad and self.readings.settled("basic-authentication") == "enabled":
            reading = label(self.readings, "basic-authentication")
            verdicts.fails(CHECKED, "status 200", "401 for wrong credentials", reading)
        self.world.shows(shown)
        if shown.get(ID) == name:
            verdicts.passes("query-names-customer")
        elif name not in self.world.customers and shown.get(ID) in self.world.alike(name):
            return  # letter case may be disregarded
        else:
            verdicts.fails("query-names-customer", f"{ID} is {shown.get(ID)!r}", repr(name))
        if name in self.world.missing:
            for requirement in self.world.missing[name]:
                verdicts.fails(requirement, f"a query finds {name}", "no such customer")
            self.world.forget(name)
            return
        customer, schema = self.world.get(name), self.world.schema
        if customer is not None and customer.fresh and not (self.trusts(customer) and self._eventful(customer)):
            self._first_look(customer, shown, asked)
        elif customer is not None:
            self.queries.look(verdicts, customer, shown, asked.extensions)
            customer.queried, customer.fresh = True, False
        elif schema is not None and asked.extensions >= {e.name.lower() for e in schema.extensions}:
            own = {member: self.queries.own(member, value) for member, value in shown.items()}
            self.world.set(name, found_customer(schema, own))

    def _eventful(self, customer: Customer) -> bool:
        """Whether an update since its creation may have changed a customer: its own that was refused, or another's."""
        return bool(customer.pending) or self.world.changes > customer.others

    def _first_look(self, customer: Customer, shown: dict[str, Any], asked: Asked) -> None:
        """What a creation has left. It is not under test: what it did is learned, whatever it is."""
        held = {kind: any(slot.held is not False for slot in getattr(customer, kind).values()) for kind in KINDS}
        as_sent = self.queries.learn(customer, shown, asked.extensions)
        for kind in KINDS:
            if held[kind] or not as_sent[kind]:
                self.world.creation.learn(kind, as_sent[kind])
        customer.fresh = not all(slot.seen for slot in customer.slots())
        customer.queried = True
        customer.others = self.world.changes

    def _not_found(self, verdicts: Verdicts, answer: Answer, name: str) -> None:
        customer = self.world.get(name)
        if customer is None:
            about = self.world.missing.setdefault(name, ())
            verdicts.passes(*about)
            return
        if customer.fresh:
            self.world.forget(name)
            return
        about = tuple({*customer.pending, *(("sent-attributes-stored",) if customer.updates else ())})
        if self.world.changes > customer.others:
            about = (*about, "other-customers-untouched")
        for requirement in about or ("nothing-invented",):
            verdicts.fails(requirement, f"a query answers {answer.status}", "the profile of the customer")
        self.world.forget(name)

    def over_plain_http(self, verdicts: Verdicts, answer: Answer | None, asked: Asked) -> None:
        """Over plain HTTP every refusal is legal; what is served must be the same, and for the same users."""
        customer = self.world.get(asked.customer)
        shown = json_of(answer)
        if answer is None or asked.operation != "query" or asked.foreign:
            return
        if asked.credentials.bad and self.readings.settled("basic-authentication") == "enabled":
            if answer.status == 401:
                verdicts.passes(CHECKED)
            elif answer.status == 200 and isinstance(shown, dict):
                reading = label(self.readings, "basic-authentication")
                verdicts.fails(CHECKED, "status 200 over plain HTTP", "401 for wrong credentials", reading)
            return
        if answer.status != 200 or customer is None or not isinstance(shown, dict):
            return
        different = self.queries.compare(customer, shown)
        if different is None:
            verdicts.passes("plain-http")
        else:
            verdicts.fails("plain-http", *different)
