"""What an update leaves out, and whether it may or must be refused for that."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from conformance.genesys.finding import BAD, Condition, by_reading
from conformance.genesys.world import Customer, World
from conformance.judge.readings import Readings

if TYPE_CHECKING:
    from conformance.genesys.update_rules import Ruling

LOST = "omitted-attributes-lost"
EMPTY = "empty-update"
OMITTED = "omitted-attribute"
REFUSING = {"reject-400": BAD, "reject-400-schema": BAD}


def is_empty(value: Any) -> bool:
    """Whether a value of an attribute may count as none."""
    return value in (None, "") or (isinstance(value, list) and all(each in (None, "") for each in value))


class Completeness:
    """Applies the readings that speak of missing attributes; where several do, what either allows is allowed."""

    def __init__(self, readings: Readings, world: World) -> None:
        self.readings = readings
        self.world = world

    def conditions(self, ruling: Ruling, customer: Customer | None) -> list[Condition]:
        """Reasons to refuse an update for what it leaves out."""
        without = self._without_attributes(ruling) if ruling.sent is not True else []
        return [*without, *self._left_out(ruling, customer)]

    def _without_attributes(self, ruling: Ruling) -> list[Condition]:
        """Reasons to refuse an update without attributes, or one of which it is open whether it has some."""
        names = {False: ("empty-body",), True: ("extensions-only-body",), None: ("empty-body", "extensions-only-body")}
        sure = ruling.sent is False and ruling.extended is not None
        if sure:
            ruling.features[EMPTY] = None
        found: list[Condition] = []
        alone = ruling.identified and ruling.extended is False  # an id alone is no empty object for everybody
        for name in names[ruling.extended]:
            found += by_reading(
                self.readings,
                name,
                {"400": BAD},
                EMPTY,
                "there is no attribute",
                accept=not sure or alone,
                member=False,
            )
        if sure:  # a refusal is one of the two ways to fulfil the requirement
            found = [replace(condition, fulfils=True) for condition in found]
        return found

    def _left_out(self, ruling: Ruling, customer: Customer | None) -> list[Condition]:
        possible = self.readings.possible(OMITTED)
        refusing = {name: BAD for name in REFUSING if name in possible}
        if not refusing:
            return []
        missing, sure = set[str](), True
        if "reject-400" in refusing:
            missing, sure = self._stored(ruling, customer)
        if "reject-400-schema" in refusing:
            more = self._declared() - set(ruling.members)
            sure = bool(more) and (sure if "reject-400" in refusing else True)
            missing |= more
        empty = {name for name in ruling.attributes if name in ruling.empty}
        if not missing and not empty and customer is not None:
            return []
        # Without any attribute another reading speaks too, and either may decide.
        accept = not (sure and missing and ruling.sent is True)
        what = f"it leaves out {', '.join(sorted(missing | empty)) or 'attributes perhaps'}"
        found = by_reading(self.readings, OMITTED, refusing, LOST, what, accept=accept, member=False)
        if ruling.sent is False:
            found = [replace(condition, requirement=EMPTY, fulfils=True) for condition in found]
        elif not missing and empty:
            found = [replace(condition, requirement="empty-values", fulfils=True) for condition in found]
        elif sure and missing and self.readings.settled(OMITTED) is None:
            # Dropped or refused: either way nothing of what was left out stays beside what was sent.
            found = [replace(condition, fulfils=True) for condition in found]
        return found

    def _stored(self, ruling: Ruling, customer: Customer | None) -> tuple[set[str], bool]:
        """Attributes that the profile holds or may hold and the update does not have; whether that is certain."""
        if customer is None:
            return set(), False
        internal = {a.name for a in self.world.schema.attributes if a.internal} if self.world.schema else set()
        known = {a.name for a in self.world.schema.attributes} if self.world.schema else set()
        left = {n: s for n, s in customer.attributes.items() if n not in ruling.members and n not in internal}
        held = {name: slot.held for name, slot in left.items()}
        for name, slot in left.items():
            if "empty-values" in slot.about and held[name] is False:
                held[name] = None  # a value that is none may have been stored
        missing = {name for name, each in held.items() if each is not False}
        return missing, any(each is True and name in known for name, each in held.items())

    def _declared(self) -> set[str]:
        schema = self.world.schema
        return {a.name for a in schema.writable} if schema else set()
