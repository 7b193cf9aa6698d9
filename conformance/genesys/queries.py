"""Judges what a query shows of a customer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.genesys.shown import ABSENT, Records, no_value_form
from conformance.genesys.world import INVENTED, UNTOUCHED, Customer, Slot, World, folded
from conformance.judge.verdicts import Judgement, Verdict
from strategies.genesys import ID


class Verdicts:
    """Collects judgements: a requirement fails once, with the first reason; it passes once otherwise."""

    def __init__(self) -> None:
        self._passed: dict[str, None] = {}
        self._failed: dict[str, Judgement] = {}
        self._open: list[Judgement] = []
        self._noted: dict[tuple[str, str], None] = {}

    def passes(self, *requirements: str) -> None:
        """These hold here."""
        self._passed.update(dict.fromkeys(requirements))

    def fails(self, requirement: str, observed: str, allowed: str, reading: str | None = None) -> None:
        """This one is broken."""
        judgement = Judgement(requirement, Verdict.FAILED, observed[:500], allowed[:500], reading)
        self._failed.setdefault(requirement, judgement)

    def notes(self, requirement: str, note: str) -> None:
        """Something worth knowing that breaks nothing."""
        self._noted[requirement, note[:500]] = None

    def cannot_tell(self, requirement: str, observed: str, allowed: str) -> None:
        """Nobody can say."""
        self._open.append(Judgement(requirement, Verdict.INCONCLUSIVE, observed[:500], allowed[:500]))

    def all(self) -> list[Judgement]:
        """Every judgement."""
        passed = [Judgement(name, Verdict.PASSED) for name in self._passed if name not in self._failed]
        noted = [Judgement(name, Verdict.PASSED, note=note) for name, note in self._noted]
        return [*self._failed.values(), *passed, *noted, *self._open]


class Queries:
    """Compares shown profiles with what is known of them."""

    def __init__(self, world: World) -> None:
        self.world = world

    def look(self, verdicts: Verdicts, customer: Customer, shown: Mapping[str, Any], named: frozenset[str]) -> None:
        """Judges every member of a profile.

        Args:
            verdicts: where the judgements go.
            customer: what is known.
            shown: the profile in the answer.
            named: extensions that it must show, in lower case.
        """
        extra = set(customer.pending)
        if self.world.changes > customer.others:
            extra.add(UNTOUCHED)
        for name, slot in customer.attributes.items():
            if self.world.owned(name):
                slot.seen = True
                continue
            self._member(verdicts, name, slot, shown.get(name, ABSENT), extra)
        for name, slot in customer.extensions.items():
            value = next((v for n, v in shown.items() if n == name or n.lower() == name.lower()), ABSENT)
            if name.lower() in named or value is not ABSENT:
                self._member(verdicts, name, slot, self.own(name, value), extra)
        self._others(verdicts, customer, shown, extra)
        if all(slot.seen for slot in customer.slots()):
            customer.pending.clear()
            customer.others = self.world.changes

    def learn(self, customer: Customer, shown: Mapping[str, Any], named: frozenset[str]) -> dict[str, bool]:
        """Takes what is shown for what is there; whether attributes and extensions are as they were thought to be."""
        right = {"attributes": True, "extensions": True}
        for name, slot in customer.attributes.items():
            if self.world.owned(name):
                slot.seen = True
                continue
            right["attributes"] &= slot.look(shown.get(name, ABSENT))
        for name, slot in customer.extensions.items():
            value = next((v for n, v in shown.items() if n.lower() == name.lower()), ABSENT)
            if name.lower() in named or value is not ABSENT:
                right["extensions"] &= slot.look(self.own(name, value))
        return right

    def own(self, name: str, value: Any) -> Any:
        """Records as they are shown, without what neither the schema knows nor anybody sent: it is the server's own."""
        extension = self.world.schema.extension(name) if self.world.schema else None
        if isinstance(value, list):
            own = [self.own(name, each) for each in value]
            return sorted(own, key=repr) if extension is not None and extension.bare else own  # records have no order
        if extension is None or not isinstance(value, dict):
            return value
        known = {field.name for field in extension.fields}
        return {n: v for n, v in value.items() if n in known or folded(n) in self.world.sent_names}

    def compare(self, customer: Customer, shown: Mapping[str, Any]) -> tuple[str, str] | None:
        """The first member that cannot be as it is shown, and as what it could be; extensions may be left out."""
        for name, slot in (customer.attributes | customer.extensions).items():
            if self.world.owned(name):
                continue
            value = shown.get(name, ABSENT)
            if name in customer.extensions:
                value = next((v for n, v in shown.items() if n.lower() == name.lower()), ABSENT)
                if value is ABSENT:
                    continue
                value = self.own(name, value)
            if not any(state.accepts(value) for state in slot.states):
                return f"{name} is {value!r}", f"{name}: {' or '.join(map(str, slot.states))}"
        return None

    def _member(self, verdicts: Verdicts, name: str, slot: Slot, shown: Any, extra: set[str]) -> None:
        about = set(extra) if slot.seen else {*slot.about, *extra}
        states = slot.states
        if slot.look(shown):
            verdicts.passes(*about)
            return
        observed = f"{name} is {'absent' if shown is ABSENT else repr(shown)}"
        if any(isinstance(state, Records) and isinstance(shown, list) == state.several for state in states):
            about = about - {"extension-forms"}
        for requirement in about or {INVENTED}:
            verdicts.fails(requirement, observed, f"{name}: {' or '.join(map(str, states))}")

    def _others(self, verdicts: Verdicts, customer: Customer, shown: Mapping[str, Any], extra: set[str]) -> None:
        """Members that nobody sent."""
        known = {name.lower() for name in customer.extensions} | set(customer.attributes) | {ID}
        for name, value in shown.items():
            if name in known or name.lower() in known or no_value_form(value) is not None:
                continue
            if folded(name) not in self.world.sent_names or self.world.owned(name):
                # No document closes a profile: the server may show what is its own.
                verdicts.notes(INVENTED, f"the member {name!r} of a profile is in no schema, and nobody sent it")
                continue
            for requirement in (INVENTED, *extra):
                verdicts.fails(requirement, f"{name!r} is {value!r}", "no member that was not sent or was refused")
        verdicts.passes(INVENTED)
