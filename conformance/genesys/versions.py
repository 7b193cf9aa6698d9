"""Profiles for several writers of one customer: whole, and every one told apart from every other by its members."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from conformance.exercise.concurrently import Sent
from conformance.genesys.asked import Reader
from conformance.genesys.driver import Driver
from conformance.genesys.shown import ABSENT, Expect
from conformance.genesys.update_rules import UpdateRules
from conformance.genesys.wire import json_of
from conformance.genesys.world import World, new_customer
from conformance.judge import NotTested
from conformance.judge.register import BEFORE, Kind, Operation
from conformance.judge.wholes import Mixture, Wholes
from conformance.session.exchange import Answer, Exchange, Request
from strategies.genesys import Extension
from strategies.genesys.profiles import Members
from strategies.genesys.superset import attribute_value, record

# Statuses that say nothing of whether the customer is there, or whether an update was carried out (RFC 9110, 6585).
UNAUTHORIZED, TIMED_OUT, TOO_MANY = (401, 403), 408, 429

# Types of attributes of records of which every implementation takes the same values.
SURE = frozenset({"string", "integer", "long", "double", "boolean", "datetime"})

Shown = int | Mixture[int] | None


class Versions:
    """Versions of the profile of one customer, by number.

    All text in a version bears its mark. One value in two is the same in every second version, attributes take
    turns in being left out, and lists in their length, so that what is compared or removed one by one shows too.
    """

    def __init__(self, driver: Driver, customer: str) -> None:
        self.driver = driver
        self.customer = customer
        self.requests: dict[int, Request] = {}
        self._numbers: dict[bytes | None, int] = {}
        self._wholes: dict[int, dict[str, Any]] = {}
        self._known: tuple[int, Wholes[int]] | None = None
        world = World()
        world.schema = driver.schema
        self._rules = UpdateRules(driver.readings, world)
        methods = {name: operation.method for name, operation in driver.contract.operations.items()}
        self._reader = Reader(driver.target, methods)
        if len(self._marked()) < 2:
            raise NotTested("the schemas have fewer than two members that could tell one writer from another")

    def _marked(self) -> list[str]:
        """Members with text in them."""
        bearing = [e.name for e in self._extensions() if any(field.type == "string" for field in e.fields)]
        return [*(a.name for a in self.driver.schema.texts), *bearing]

    def _extensions(self) -> list[Extension]:
        """Extensions of which an update leaves what it has and nothing else, with the attributes to send."""
        replacing = not self.driver.readings.may("multi-valued-records", "merge-by-unique")
        kinds = ("single-valued", "multi-valued") if replacing else ("single-valued",)
        found = [
            replace(e, fields=tuple(field for field in e.fields if field.type in SURE))
            for e in self.driver.schema.extensions
            if e.kind in kinds and all(field.type in SURE for field in e.fields if field.mandatory)
        ]
        return [extension for extension in found if extension.fields]

    def update(self) -> Request:
        """An update with the next version."""
        number = len(self.requests)
        request = self.driver.update_request(self.customer, self._members(number))
        self.requests[number] = request
        self._numbers[request.body] = number
        self._wholes[number] = self._whole(request)
        return request

    def query(self) -> Request:
        """A query of everything."""
        path = self.driver.path("query", customer_id=self.customer)
        names = ",".join(e.name for e in self.driver.schema.extensions)
        method = self.driver.contract.operations["query"].method
        query = f"extensions={names}" if names else ""
        return Request("query", method, path, query, self.driver.headers(body=False))

    def _members(self, number: int) -> Members:
        schema, arrays = self.driver.schema, self.driver.arrays
        mark, turn = self.driver.bench.fresh(6), number % 2
        body: Members = {}
        for place, attribute in enumerate(schema.writable):
            shape = place + (turn if attribute.date else number)
            body[attribute.name] = attribute_value(attribute, mark, shape, arrays=arrays)
        texts = [attribute.name for attribute in schema.texts]
        if len(texts) > 2 and not self.driver.complete and number % 3 < 2:
            del body[texts[number % 3]]
        for extension in self._extensions():
            records = [record(extension, mark, 3 * turn + each) for each in range(3)]
            body[extension.name] = records if extension.kind == "multi-valued" else records[0]
        return body

    def _whole(self, request: Request) -> dict[str, Any]:
        """What a query may show of each member after an update and nothing else."""
        asked = self._reader.read(request)
        ruling = self._rules.creation(asked)
        attributes, extensions = self._rules.after(ruling, new_customer(self.driver.schema))
        written = {a.name for a in self.driver.schema.writable}
        slots = {name: slot for name, slot in attributes.items() if name in written}
        slots |= {name: slot for name, slot in extensions.items() if name in ruling.members}
        return {name: partial(_accepted, slot.states) for name, slot in slots.items()}

    # What was seen

    def shown(self, exchange: Exchange) -> Shown:
        """Which version a query shows, or which ones are mixed in it; None where it says nothing."""
        answer = exchange.answer
        if answer is None or answer.truncated or not 200 <= answer.status < 500 or 201 <= answer.status < 400:
            return None
        if answer.status in (*UNAUTHORIZED, TIMED_OUT, TOO_MANY):
            return None
        if self._known is None or self._known[0] != len(self._wholes):
            self._known = (len(self._wholes), Wholes(self._wholes, ABSENT))
        return self._known[1].of(self._profile(answer))

    def _profile(self, answer: Answer) -> Mapping[str, Any]:
        """The members of a shown profile; extensions by their names in the schema."""
        shown = profile_in(answer)
        names = {e.name.lower(): e.name for e in self.driver.schema.extensions}
        known = {a.name for a in self.driver.schema.attributes}
        return {name if name in known else names.get(name.lower(), name): value for name, value in shown.items()}

    def number(self, exchange: Exchange) -> int | None:
        """The version that an update has; None for another request."""
        return self._numbers.get(exchange.request.body) if exchange.request.body is not None else None

    def operation(self, sent: Sent, *, before: bool = False) -> Operation | None:
        """An exchange as an operation on a register; None where it says nothing."""
        client = BEFORE if before else sent.client
        number = self.number(sent.exchange)
        if number is None:
            shown = self.shown(sent.exchange)
            if not isinstance(shown, int):
                return None
            return Operation(client, Kind.READ, shown, sent.began_s, sent.ended_s)
        if refused(sent.exchange):
            return None
        answered = sent.exchange.answer is not None and 200 <= sent.exchange.answer.status < 300
        return Operation(client, Kind.WRITE, number, sent.began_s, sent.ended_s if answered else None)


def profile_in(answer: Answer | None) -> Mapping[str, Any]:
    """What an answer to a query shows; nothing where it shows no profile."""
    shown = json_of(answer) if answer is not None and answer.status == 200 else None
    return shown if isinstance(shown, dict) else {}


def refused(exchange: Exchange) -> bool:
    """Whether an update was certainly not carried out."""
    answer = exchange.answer
    return answer is not None and 400 <= answer.status < 500 and answer.status != TIMED_OUT


def _accepted(states: Iterable[Expect], shown: Any) -> bool:
    return any(state.accepts(shown) for state in states)
