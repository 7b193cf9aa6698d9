"""Remembers what operations other than updates and queries do; none of them is under test."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.genesys.asked import Asked
from conformance.genesys.queries import Verdicts
from conformance.genesys.shown import Anything
from conformance.genesys.update_rules import UpdateRules
from conformance.genesys.wire import created_id, json_of
from conformance.genesys.world import KINDS, World, changed_unknowably, new_customer
from conformance.session.exchange import Answer
from conformance.target.model import Target
from strategies.genesys import schema_of

MAINTENANCE = "maintenance"


class Companions:
    """Creations, deletions, single records, metadata and the server mode."""

    def __init__(self, target: Target, world: World, rules: UpdateRules) -> None:
        self.world = world
        self.rules = rules
        self._shows_mode = target.path("status") is not None
        self._wanted = ""
        self._metadata: dict[str, Any] = {n: target.data.get(n) for n in ("attributes", "extensions")}
        self.learn_schema()

    def create(self, answer: Answer, asked: Asked) -> None:
        """A creation: what it stores is predicted, and learned at the first look."""
        if not 200 <= answer.status < 300:
            return
        schema, name = self.world.schema, created_id(answer)
        self.world.changes += 1
        if name is None or schema is None:
            return
        customer = new_customer(schema)
        ruling = self.rules.creation(asked)
        if ruling.unclear or any(not c.accept for c in ruling.conditions):
            changed_unknowably(customer)
        else:
            customer.attributes, customer.extensions = self.rules.after(ruling, customer)
            for slot in customer.slots():
                slot.about = ()
        for kind in KINDS:
            if getattr(self.world.creation, kind) is False:
                for slot in getattr(customer, kind).values():
                    slot.states = (Anything(),)
        customer.fresh = True
        self.world.deleted.discard(name)
        self.world.set(name, customer)

    def delete(self, answer: Answer, asked: Asked) -> None:
        """A deletion: whether the customer is gone a query has to show."""
        if asked.customer is None:
            return
        if 200 <= answer.status < 300 and asked.plain:
            self.world.touched(asked.customer)
            self.world.lose(asked.customer)
        elif not 400 <= answer.status < 500:
            self.unsure(asked)

    def unsure(self, asked: Asked) -> None:
        """Something that is not known to this oracle happened to a customer, or may have."""
        customer = self.world.get(asked.customer)
        if asked.operation in ("insertRecords", "updateRecord", "deleteRecord") and customer is not None:
            for slot in customer.extensions.values():
                slot.states, slot.about, slot.seen = (Anything(),), (), False
            customer.queried = False
        elif asked.operation == "delete" and asked.customer is not None:
            self.world.forget(asked.customer)

    # Metadata and mode

    def schemas(self, verdicts: Verdicts, operation: str, answer: Answer) -> None:
        """The profile schema or the extension schemas."""
        rows = json_of(answer)
        if answer.status != 200 or not isinstance(rows, list | dict):
            return
        self._metadata["attributes" if operation == "profileSchema" else "extensions"] = rows
        if self.learn_schema():
            verdicts.passes("schemas-published")

    def learn_schema(self) -> bool:
        """The schema, once both of its parts are known; whether they are."""
        attributes, extensions = self._metadata["attributes"], self._metadata["extensions"]
        if attributes is None or extensions is None:
            return False
        try:
            self.world.schema = schema_of(attributes, extensions)
        except ValueError:
            return False
        return True

    def mode(self, answer: Answer, asked: Asked) -> None:
        """A switch of the server mode."""
        mode: Mapping[str, Any] = asked.body
        if 200 <= answer.status < 300:
            self._wanted = str(mode.get("mode", "")).lower()
            self.world.switching = self._shows_mode
            self.world.maintenance = self._wanted == MAINTENANCE and not self._shows_mode

    def mode_shown(self, answer: Answer) -> None:
        """The mode takes a while to change; once it is shown it holds."""
        shown = json_of(answer)
        mode = shown.get("mode") if isinstance(shown, dict) else None
        if answer.status == 200 and (not isinstance(mode, str) or mode.lower() == self._wanted):
            self.world.switching = False
            self.world.maintenance = self._wanted == MAINTENANCE
