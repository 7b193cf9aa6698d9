"""What the customer_id in the body of an update means."""

from __future__ import annotations

from dataclasses import replace

from conformance.genesys import ill_formed
from conformance.genesys.asked import LONGEST_ID, Asked
from conformance.genesys.finding import BAD, REFUSALS, Condition, by_reading
from conformance.judge.readings import Readings
from strategies.genesys import ID


class BodyIds:
    """Applies the documents and the readings to the ids in bodies."""

    def __init__(self, readings: Readings) -> None:
        self.readings = readings

    def conditions(self, asked: Asked) -> list[Condition]:
        """Reasons to refuse an update for the id in its body, or for having none."""
        reading = "body-customer-id"
        if ID not in asked.body:
            what = f"there is no {ID}"
            return by_reading(self.readings, reading, {"required": BAD}, "body-id-optional", what, member=False)
        given = asked.body[ID]
        found: list[Condition] = []
        if isinstance(given, str) and not given.strip():
            # A text without a letter may count as no id, as null may.
            what = f"{ID} is {given!r:.60}, which is blank"
            return [Condition("body-id-text", what, REFUSALS, accept=True, member=False, fulfils=True)]
        if not isinstance(given, str) or len(ill_formed.shortest(given)) > LONGEST_ID:
            # What differs from the address may be refused for that, in any way.
            statuses = REFUSALS if self.readings.may("body-id-differs", "reject-4xx") else BAD
            refusing: dict[str, frozenset[int]] = {"required": statuses, "optional": statuses}
            what = f"{ID} is {given!r:.60}"
            name = "body-id-text"
            accept = given is None or self._as_another(given, asked)
            conditions = by_reading(self.readings, reading, refusing, name, what, accept=accept, member=False)
            found += [replace(condition, fulfils=True) for condition in conditions]
            if not found and not isinstance(given, str):
                # Whoever disregards the id may still demand that it is a text (S3#36).
                found.append(Condition(name, what, REFUSALS, accept=True, member=False, fulfils=True))
        if isinstance(given, str) and given != asked.customer:
            refusing = {"reject-4xx": REFUSALS}
            what = f"{ID} names another customer"
            name = "body-id-names-customer"
            # An id that differs in case, in blanks around it or in percent-encoding alone may be taken for the same.
            alike = not asked.plain or given.strip().casefold() == (asked.customer or "").casefold()
            found += by_reading(self.readings, "body-id-differs", refusing, name, what, accept=alike, member=False)
        return found

    def _as_another(self, given: object, asked: Asked) -> bool:
        """Whether what is no id may count as a text that differs from the address, or as the one that does not."""
        if isinstance(given, int | float):
            if not self.readings.may("wrong-json-type", "coerced"):
                return False
            if str(given).casefold() == (asked.customer or "").casefold():
                return True
        # A text that is too long is another id too: where the address wins, it may be disregarded.
        return isinstance(given, str | int | float) and self.readings.may("body-id-differs", "uri-wins")
