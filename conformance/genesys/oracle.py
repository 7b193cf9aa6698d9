"""Judges exchanges of the Genesys contract."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import specs
from conformance.genesys.asked import LONGEST_ID, Asked, Reader
from conformance.genesys.companions import Companions
from conformance.genesys.invariants import Invariants, body_shape
from conformance.genesys.looks import CHECKED, Looks
from conformance.genesys.overlapping import Overlapping
from conformance.genesys.own_answers import OwnAnswers
from conformance.genesys.queries import Verdicts
from conformance.genesys.shown import Anything, Nothing
from conformance.genesys.update_rules import ADDRESS, Ruling, UpdateRules, told
from conformance.genesys.wire import json_of
from conformance.genesys.world import (
    REFUSED,
    REPEATED,
    Customer,
    Slot,
    World,
    changed_unknowably,
    either,
    new_customer,
)
from conformance.judge import Judgement, Readings
from conformance.judge import Oracle as Base
from conformance.session.exchange import Answer, Exchange, Request
from conformance.target.model import Target
from strategies.genesys import ID

LAST = "last-update-stands"
# What an acceptance alone fulfills, without a look at the profile.
BY_ACCEPTANCE = frozenset(
    {
        ADDRESS,
        "body-id-optional",
        "no-prior-query",
        "content-location-names-profile",
        "id-up-to-16",
        "extensions-accepted",
        "json-content-type",
        "body-id-text",
        CHECKED,
    }
)


class Oracle(Base):
    """Judges exchanges of the Genesys contract from their bytes."""

    def __init__(self, contract: specs.Contract, target: Target, readings: Readings) -> None:
        super().__init__(contract, target, readings)
        self.world = World()
        self.rules = UpdateRules(readings, self.world)
        self.looks = Looks(readings, self.world)
        methods = {name: o.method for name, o in contract.operations.items()}
        self.reader = Reader(target, methods, self.world.knows)
        self.invariants = Invariants(contract, target, readings, self.world)
        self.overlapping = Overlapping(readings, self.world, self.reader, self.rules, self.invariants)
        self.own_answers = OwnAnswers(self.reader, self.rules, self.world)
        self.companions = Companions(target, self.world, self.rules)

    def judge(self, exchange: Exchange) -> list[Judgement]:
        """What an exchange says about the requirements."""
        asked = self.reader.read(exchange.request)
        verdicts = Verdicts()
        self.invariants.disclosure(verdicts, exchange)
        if exchange.request.plain:
            if asked.operation == "update":
                self._plain_update(verdicts, exchange, asked)
            else:
                self.looks.over_plain_http(verdicts, exchange.answer, asked)
            return verdicts.all()
        self.invariants.judge(verdicts, exchange, asked)
        answer = exchange.answer
        if answer is not None and answer.status == 503 and self.invariants.switchable and not self.world.maintenance:
            return verdicts.all()  # refused for a reason that is not ours; the driver asks again
        if asked.operation in ("update", "create"):
            self.world.sends(asked.body)
        if asked.operation == "update":
            self._update(verdicts, exchange, asked)
        elif answer is None:
            self.companions.unsure(asked)
        else:
            self._answered(verdicts, answer, asked)
        return verdicts.all()

    def _answered(self, verdicts: Verdicts, answer: Answer, asked: Asked) -> None:
        """Any operation but an update."""
        if asked.schemaless:
            return  # it has customers of its own, if any
        match asked.operation:
            case "query":
                self.looks.query(verdicts, answer, asked)
            case "create":
                self.companions.create(answer, asked)
            case "delete":
                self.companions.delete(answer, asked)
            case "profileSchema" | "extensionSchemas":
                self.companions.schemas(verdicts, asked.operation, answer)
            case "setMode":
                self.companions.mode(answer, asked)
            case "status":
                self.companions.mode_shown(answer)
            case _:
                self.companions.unsure(asked)

    def own_answer(self, exchange: Exchange) -> bool:
        """Whether the documents give this answer to this request, so that it is no refusal to serve."""
        return self.own_answers.holds(exchange)

    def doubts_creation(self, name: str) -> bool:
        """Whether nobody has looked at a new customer, and nobody knows whether creations store what they are sent."""
        customer = self.world.get(name)
        return customer is not None and customer.fresh and not self.looks.trusts(customer)

    def judge_overlapping(self, exchanges: Sequence[Exchange]) -> list[Judgement]:
        """What exchanges say in whatever order they took effect."""
        return self.overlapping.judge(exchanges)

    def _update(self, verdicts: Verdicts, exchange: Exchange, asked: Asked) -> None:
        request, answer = exchange.request, exchange.answer
        ruling = self.rules.update(request, asked)
        customer = self.world.get(asked.customer)
        if answer is None or not 200 <= answer.status < 500 or 300 <= answer.status < 400:
            if answer is not None and answer.status == 503 and self._demands(ruling, 503):
                self._refused(verdicts, answer, asked, ruling, request)
                return
            if answer is not None and answer.status < 500:
                verdicts.fails(ADDRESS, f"status {answer.status}", "success or a 4xx status")
            self._maybe(asked, ruling, customer)
        elif answer.status < 300:
            self._accepted(verdicts, answer, asked, ruling, request)
        else:
            self._refused(verdicts, answer, asked, ruling, request)

    def _demands(self, ruling: Ruling, status: int) -> bool:
        return any(status in condition.statuses for condition in ruling.conditions)

    def _accepted(self, verdicts: Verdicts, answer: Answer, asked: Asked, ruling: Ruling, request: Request) -> None:
        observed = f"status {answer.status}"
        broken = [c for c in ruling.conditions if not c.accept]
        for condition in broken:
            verdicts.fails(condition.requirement, observed, told([condition]), condition.reading)
        name = asked.customer or ""
        created = name in self.world.missing
        if not broken and self.world.schema is not None and (asked.foreign or not asked.plain):
            self._maybe(asked, ruling, self.world.get(name))
            return
        if broken or ruling.unclear or self.world.schema is None:
            customer = self.world.get(name)
            if customer is not None:
                changed_unknowably(customer)
            elif created:
                self.world.forget(name)
            self.world.touched(name)
            return
        verdicts.passes(*(set(ruling.features) & BY_ACCEPTANCE))
        verdicts.passes("json-content-type")
        if created:
            verdicts.passes("unknown-customer-answered")
        self._alike(asked, ruling)
        customer = self._changed(ruling, asked, request, created=created)
        known = created or customer is not None
        self.invariants.success(verdicts, answer, asked, created=created if known else None)
        shown = json_of(answer)
        if customer is not None and body_shape(answer, self.world.schema) == "profile":
            different = self.looks.queries.compare(customer, shown)
            if different is not None:
                verdicts.fails("success-body", *different)

    def _alike(self, asked: Asked, ruling: Ruling) -> None:
        """An id in another case may be taken for that of a customer, unless both are customers of their own."""
        name = asked.customer or ""
        if name in self.world.customers:
            return
        for other in self.world.alike(name):
            self._maybe(replace(asked, customer=other), ruling, self.world.get(other))

    def _changed(self, ruling: Ruling, asked: Asked, request: Request, *, created: bool) -> Customer | None:
        """Remembers an accepted update."""
        name = asked.customer or ""
        customer = self.world.get(name)
        self.world.touched(name)
        if customer is None and not created:
            return None  # nothing is known of this customer
        if customer is not None:
            customer.fresh = False
        if customer is None:
            assert self.world.schema is not None
            customer = new_customer(self.world.schema)
            self.world.set(name, customer)
        customer.attributes, customer.extensions = self.rules.after(ruling, customer)
        repeated = customer.body is not None and customer.body == request.body
        customer.updates += 1
        customer.body, customer.queried = request.body, False
        if repeated:  # nobody may have looked at what the one before left
            customer.pending = {REPEATED} | (customer.pending & {LAST})
        else:
            customer.pending = {LAST} if customer.updates > 1 else set()
        if created:
            customer.pending.add("unknown-customer-answered")
        self._named(asked)
        return customer

    def _refused(self, verdicts: Verdicts, answer: Answer, asked: Asked, ruling: Ruling, request: Request) -> None:
        status = answer.status
        observed = f"status {status}"
        customer = self.world.get(asked.customer)
        must = [condition for condition in ruling.conditions if not condition.accept]
        if not must and not self._demands(ruling, status):
            wanted = told(ruling.conditions) or "success: nothing in the request may be refused"
            for requirement in self._features(ruling, status):
                verdicts.fails(requirement, observed, wanted)
            if customer is not None and customer.body is not None and customer.body == request.body:
                verdicts.fails(REPEATED, observed, wanted)
        elif not self._demands(ruling, status):
            verdicts.fails(must[0].requirement, observed, told(ruling.conditions), must[0].reading)
        else:
            verdicts.passes(
                *(c.requirement for c in ruling.conditions if status in c.statuses and (not c.accept or c.fulfils))
            )
        self._left_as_it_was(asked, ruling, customer)

    def _features(self, ruling: Ruling, status: int) -> set[str]:
        """The requirements that an unfounded refusal breaks."""
        if status == 401:
            return {CHECKED}
        features = set(ruling.features)
        if status == 415:
            features.add("json-content-type")
        return features

    def _left_as_it_was(self, asked: Asked, ruling: Ruling, customer: Customer | None) -> None:
        """Remembers a refused update."""
        self.world.touched(asked.customer or "")
        self._named(asked)
        if customer is None:
            if asked.customer is not None and asked.plain:
                about = tuple(c.requirement for c in ruling.conditions if not c.accept)
                if asked.customer in self.world.missing or len(asked.customer) > LONGEST_ID:
                    self.world.missing[asked.customer] = about or (REFUSED,)
            return
        customer.pending.add(REFUSED)
        member = any(c.member and not c.accept for c in ruling.conditions) or ruling.unclear
        may_be_partial = any(c.member for c in ruling.conditions) or member
        if may_be_partial and self.readings.may("invalid-member", "partial"):
            if ruling.unclear:
                changed_unknowably(customer)
                return
            customer.queried = False
            attributes, extensions = self.rules.after(ruling, customer)
            for old, new in ((customer.attributes, attributes), (customer.extensions, extensions)):
                for name, slot in new.items():
                    former = old.get(name)
                    states = either(former.states if former else (Nothing(),), slot.states)
                    if name in ruling.members and ruling.members[name].conditions:
                        states = (Anything(),)
                    old[name] = Slot(states, ())

    def _named(self, asked: Asked) -> None:
        """A look at the customer whom a body names decides whether it was touched."""
        name = asked.body.get(ID)
        other = self.world.get(name) if isinstance(name, str) and name != asked.customer else None
        if other is not None:
            other.pending.add("body-id-names-customer")

    def _maybe(self, asked: Asked, ruling: Ruling, customer: Customer | None) -> None:
        """Nobody knows whether an update was carried out."""
        self.world.touched(asked.customer or "")
        if customer is None:
            if asked.customer is not None:
                self.world.forget(asked.customer)
        elif ruling.unclear or self.world.schema is None:
            changed_unknowably(customer)
        else:
            attributes, extensions = self.rules.after(ruling, customer)
            for old, new in ((customer.attributes, attributes), (customer.extensions, extensions)):
                for name, slot in new.items():
                    former = old.get(name)
                    old[name] = Slot(either(former.states if former else (Anything(),), slot.states))
            customer.body, customer.queried = None, False

    def _plain_update(self, verdicts: Verdicts, exchange: Exchange, asked: Asked) -> None:
        ruling = self.rules.update(exchange.request, asked)
        answer, customer = exchange.answer, self.world.get(asked.customer)
        if answer is not None and 200 <= answer.status < 300:
            self._accepted(verdicts, answer, asked, ruling, exchange.request)
        elif answer is not None and 400 <= answer.status < 500:
            if answer.status == 401 and asked.credentials.bad:
                verdicts.passes(CHECKED)
            self._left_as_it_was(asked, ruling, customer)
        else:
            self._maybe(asked, ruling, customer)
