"""What an attribute in a body means: refused, or as what it comes back."""

from __future__ import annotations

import re
from typing import Any

from conformance.genesys import ill_formed
from conformance.genesys.dates import DateForm, form_of, in_utc, midnight
from conformance.genesys.finding import REFUSED, TOO_MUCH, Condition, Finding, by_reading, label
from conformance.genesys.shown import Anything, Expect, Nothing, Values
from conformance.judge.readings import Readings
from strategies.genesys import Attribute

COMMON_LENGTH = 128  # no document gives a limit; longer texts may be refused, but not cut
COMMON_COUNT = 20
SENT = "sent-attributes-stored"
# Words, numbers, names, addresses: nothing that a list of unauthorized strings could mean.
ORDINARY = re.compile(r"(?!(null|true|false|undefined|none|nan)$)[\w .,:;@+/()'-]+", re.IGNORECASE).fullmatch
Item = frozenset[str]


class AttributeRules:
    """Applies the documents and the readings to attributes."""

    def __init__(self, readings: Readings) -> None:
        self.readings = readings

    def attribute(self, attribute: Attribute, value: Any) -> Finding:
        """What one attribute of a body means."""
        what = f"{attribute.name} is {_told(value)}"
        if attribute.internal:
            return Finding((Anything(),), (), [Condition(SENT, f"{attribute.name} is the server's own", accept=True)])
        if value is None:
            return self._empty("null-attribute", what)
        if isinstance(value, list):
            return self._several(attribute, value, what)
        if value == "" and not attribute.date:
            return self._empty_text(what)
        items, finding = self._items(attribute, [value], what)
        if not finding.states:
            finding.states = (self.values(items, many=False),)
        finding.about = (SENT, *finding.about)
        return finding

    def values(self, items: list[Item], *, many: bool) -> Values:
        """The expectation for some values."""
        shapes = self.readings.possible("single-value-shape")
        return Values(tuple(items), many, shapes, self.readings.possible("multi-value-order"))

    def _several(self, attribute: Attribute, value: list[Any], what: str) -> Finding:
        if not value:
            found = self._empty("empty-array-attribute", what)
            if not attribute.several or self.readings.may("attribute-array", "scalar-only"):
                found.conditions.append(Condition("several-values", what, accept=True))
            return found
        items, finding = self._items(attribute, value, what)
        if not finding.states:
            finding.states = (self.values(items, many=True),)
        if not attribute.several or len(value) > COMMON_COUNT:
            finding.conditions.append(Condition("several-values", what, TOO_MUCH, accept=True))
        if not attribute.several:
            finding.states = (Anything(),)
        refusing = {"scalar-only": REFUSED}
        # An array of one need not count as several values.
        finding.conditions += by_reading(
            self.readings, "attribute-array", refusing, "several-values", what, accept=len(value) == 1
        )
        finding.about = (SENT, "several-values", *finding.about)
        return finding

    def _items(self, attribute: Attribute, values: list[Any], what: str) -> tuple[list[Item], Finding]:
        """For each value the texts as which it may come back; the finding has states where they are not known."""
        finding, items, about = Finding(), [], dict[str, None]()
        for value in values:
            item, name, conditions, known = self._item(attribute, value, what)
            items.append(item)
            about[name] = None
            finding.conditions += conditions
            if not known:
                finding.states = (Anything(),)
        finding.about = tuple(about)
        return items, finding

    def _item(self, attribute: Attribute, value: Any, what: str) -> tuple[Item, str, list[Condition], bool]:
        if value is None:  # among others in an array: a wrong type, or no value
            return (
                frozenset(),
                "wrong-types-answered",
                [Condition("wrong-types-answered", what, REFUSED, accept=True)],
                False,
            )
        if not isinstance(value, str):
            return self._wrong_type(attribute, value, what)
        if attribute.date:
            return self._date(value, what)
        if value == "":
            kept = self.readings.settled("empty-text-attribute") == "kept"
            conditions = [] if kept else [Condition("empty-values", what, REFUSED, accept=True)]
            return frozenset({value}), "empty-values", conditions, kept
        return ill_formed.texts(value), "text-values", self.against_text(value, what), True

    def against_text(self, text: str, what: str) -> list[Condition]:
        """Reasons to refuse a text in any attribute."""
        if not text.isprintable() or len(text) > COMMON_LENGTH:
            return [Condition("text-values", what, TOO_MUCH, accept=True)]
        # The vendor has a list of unauthorized strings, which is not public.
        return [] if ORDINARY(text) else [Condition("text-values", what, accept=True)]

    def _wrong_type(self, attribute: Attribute, value: Any, what: str) -> tuple[Item, str, list[Condition], bool]:
        name, reading = "wrong-types-answered", "wrong-json-type"
        conditions = by_reading(self.readings, reading, {"400": (400,)}, name, what)
        whole = isinstance(value, int) and not isinstance(value, bool)
        if whole and not attribute.date:
            if len(str(value)) > COMMON_LENGTH and self.readings.may(reading, "coerced"):
                conditions.append(Condition("text-values", what, TOO_MUCH, accept=True))
            return frozenset({str(value)}), name, conditions, True
        if self.readings.may(reading, "coerced"):
            conditions = [Condition(name, what, accept=True, reading=label(self.readings, reading))]
        return frozenset(), name, conditions, False

    def _date(self, text: str, what: str) -> tuple[Item, str, list[Condition], bool]:
        form = form_of(text)
        if form is DateForm.CANONICAL:
            return frozenset({text}), "date-time-values", [], True
        if form is DateForm.RARE and text.endswith("Z"):
            return frozenset({text}), "date-time-values", [Condition("date-time-values", what, accept=True)], True
        if form is DateForm.DAY:
            return self._day(text, what)
        if form is DateForm.OFFSET:
            return self._offset(text, what)
        if form is DateForm.NONE:
            return frozenset(), "impossible-dates-refused", [Condition("impossible-dates-refused", what)], False
        return frozenset(), "other-date-forms", [Condition("other-date-forms", what, accept=True)], False

    def _day(self, text: str, what: str) -> tuple[Item, str, list[Condition], bool]:
        reading, name = "date-only-value", "date-only-values"
        conditions = by_reading(self.readings, reading, {"reject-400": (400,)}, name, what)
        options = self.readings.possible(reading)
        if "string-attribute" in options:
            # The reading speaks of an attribute of type string; it says nothing of this one.
            return frozenset({text, midnight(text)}), name, [Condition(name, what, accept=True)], True
        item = {text} if "lenient-date" in options else set[str]()
        return frozenset(item | ({midnight(text)} if "normalised" in options else set())), name, conditions, True

    def _offset(self, text: str, what: str) -> tuple[Item, str, list[Condition], bool]:
        reading, name = "offset-date-time", "other-date-forms"
        options = self.readings.possible(reading)
        item = {in_utc(text)} if "accept-normalise" in options else set[str]()
        conditions = by_reading(self.readings, reading, {"400": (400,)}, name, what)
        return frozenset(item | ({text} if "accept-as-sent" in options else set())), name, conditions, True

    def _empty(self, reading: str, what: str) -> Finding:
        conditions = by_reading(self.readings, reading, {"400": REFUSED}, "empty-values", what)
        return Finding((Nothing(),), ("empty-values",), conditions)

    def _empty_text(self, what: str) -> Finding:
        options = self.readings.possible("empty-text-attribute")
        states: list[Expect] = []
        if "kept" in options:
            states.append(self.values([frozenset({""})], many=False))
        if "clears" in options or not states:
            states.append(Nothing())
        conditions = by_reading(self.readings, "empty-text-attribute", {"400": REFUSED}, "empty-values", what)
        return Finding(tuple(states), ("empty-values",), conditions)


def _told(value: Any) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}..."
