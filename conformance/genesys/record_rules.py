"""What one record of an extension means: refused, or as what it comes back."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from conformance.genesys import ill_formed
from conformance.genesys.dates import DateForm, form_of
from conformance.genesys.finding import BAD, REFUSED, TOO_MUCH, Condition, by_reading
from conformance.genesys.shown import ABSENT, MIDNIGHT, Cell, Exactly, Expect, NoRecords, Nothing, Record, Records
from conformance.judge.readings import Readings
from strategies.genesys import Extension, Field
from strategies.genesys.schema import NUMBERS, WHOLE

ENFORCED = "extension-schema-enforced"
TYPES = "extension-attribute-types"
# Widths that every implementation has: no document names one, and beyond 53 bits JSON itself leaves numbers open.
BITS = {"integer": 32, "long": 54}
LARGEST, SMALLEST = 1e15, 1e-15
AMOUNT = re.compile(r"-?[0-9]{1,12}\.[0-9]{2}").fullmatch
ANY = Cell((), kind="any")


class RecordRules:
    """Applies the documents and the readings to records."""

    def __init__(self, readings: Readings) -> None:
        self.readings = readings

    def record(
        self, extension: Extension, value: Any, before: Iterable[Expect] | None
    ) -> tuple[Record | Cell, list[Condition]]:
        """What one record means.

        Args:
            extension: its schema.
            value: the JSON value in the place of a record.
            before: for a record of a single-valued extension the states that it replaces; None for any other.
        """
        if extension.bare and not isinstance(value, dict):
            return self.value(extension, extension.fields[0], value)
        if extension.bare or not isinstance(value, dict):
            accept = extension.bare or self.readings.may("wrong-json-type", "coerced")
            what = f"a record of {extension.name} is {value!r:.60}"
            return ANY, [Condition("extension-forms", what, BAD, accept=accept)]
        conditions = self._unknown(extension, value)
        cells = []
        for field in extension.fields:
            if field.name not in value:
                cell, against = self._omitted(extension, field, None if before is None else list(before))
            elif value[field.name] is None:
                cell, against = self._null(extension, field)
            else:
                cell, against = self.value(extension, field, value[field.name])
            cells.append((field.name, cell))
            conditions += against
        foreign = frozenset(name for name in value if extension.field(name) is None)
        return Record(tuple(cells), foreign), conditions

    def _unknown(self, extension: Extension, value: dict[str, Any]) -> list[Condition]:
        conditions = []
        for name in value:
            if extension.field(name) is not None:
                continue
            what = f"{extension.name} has no attribute {name!r:.60}"
            if any(field.name.lower() == name.strip().lower() for field in extension.fields):
                conditions.append(Condition(ENFORCED, what, accept=True))
            else:
                refusing = {"400": (400,)}
                conditions += by_reading(self.readings, "unknown-extension-attribute", refusing, ENFORCED, what)
        return conditions

    def _omitted(self, extension: Extension, field: Field, before: list[Expect] | None) -> tuple[Cell, list[Condition]]:
        new = before is None or all(isinstance(each, NoRecords) for each in before)
        conditions = self._missing(extension, field, new=new) if field.mandatory else []
        options = self.readings.possible("omitted-extension-attribute")
        if before is None or field.mandatory:  # the reading speaks of optional attributes of single-valued ones
            options = options | {"default", "cleared"}
        values = [] if field.default is None else [field.default]
        if "kept" in options and not new:
            kept = [self._kept(each, field.name) for each in before or ()]
            if any(cell.kind == "any" for cell in kept):
                return ANY, conditions
            former = [value for cell in kept for value in cell.values]
            if options == {"kept"}:
                return Cell(tuple(former), all(cell.empty for cell in kept), _kind(field)), conditions
            return Cell((*former, *values), True, _kind(field)), conditions
        must = options == {"default"} and bool(values)
        shown = values if "default" in options or "kept" in options else []
        return Cell(tuple(shown), not must, _kind(field)), conditions

    def _missing(self, extension: Extension, field: Field, *, new: bool) -> list[Condition]:
        kept = not new and self.readings.may("omitted-extension-attribute", "kept")
        what = f"{extension.name} lacks its mandatory {field.name}"
        name, refusing = "missing-mandatory-extension-attribute", {"400": REFUSED}
        return by_reading(self.readings, name, refusing, ENFORCED, what, accept=kept or field.default is not None)

    def _kept(self, state: Expect, name: str) -> Cell:
        if isinstance(state, NoRecords | Nothing):
            return Cell((), empty=True)
        if isinstance(state, Records) and isinstance(state.records[0], Record):
            return dict(state.records[0].cells).get(name, ANY)
        if isinstance(state, Exactly) and isinstance(state.value, dict):
            shown = state.value.get(name, ABSENT)
            return Cell((), empty=True) if shown is ABSENT or shown is None else Cell((shown,))
        return ANY

    def _null(self, extension: Extension, field: Field) -> tuple[Cell, list[Condition]]:
        what = f"{extension.name}.{field.name} is null"
        return ANY, [Condition(ENFORCED, what, accept=True)]

    def value(self, extension: Extension, field: Field, value: Any) -> tuple[Cell, list[Condition]]:
        """What one value of a record means."""
        what = f"{extension.name}.{field.name} ({field.type}) is {value!r:.60}"
        if isinstance(value, dict | list):
            return ANY, self._wrong(what)
        match field.type:
            case "boolean":
                return self._boolean(value, what)
            case kind if kind in NUMBERS:
                return self._number(field, value, what)
            case "date" | "datetime":
                return self._moment(field, value, what)
            case _:
                return self._text(field, value, what)

    def _wrong(self, what: str) -> list[Condition]:
        """A value that only an implementation that converts may take."""
        accept = self.readings.may("wrong-json-type", "coerced")
        return [Condition("wrong-types-answered", what, BAD, accept=accept)]

    def _boolean(self, value: Any, what: str) -> tuple[Cell, list[Condition]]:
        if isinstance(value, bool):
            return Cell((value,)), []
        if isinstance(value, str) and value.strip().lower() not in ("true", "false", "1", "0", "yes", "no", ""):
            return ANY, [Condition("wrong-types-answered", what, BAD)]
        return ANY, self._wrong(what)

    def _number(self, field: Field, value: Any, what: str) -> tuple[Cell, list[Condition]]:
        if isinstance(value, str):
            return self._numeric_text(field, value, what)
        if isinstance(value, bool):
            return ANY, self._wrong(what)
        if field.type in WHOLE:
            if value != int(value):
                return ANY, self._wrong(what)
            limit = 2 ** (BITS[field.type] - 1)
            clear = isinstance(value, int) and -limit <= value < limit
            return Cell((value,)), [] if clear else [Condition(TYPES, what, accept=True)]
        # The edges of a double: what every reader of JSON holds exactly lies well within them (RFC 8259, section 6).
        edge = abs(value) > LARGEST or 0 < abs(value) < SMALLEST
        # How money travels is not documented.
        open_ = edge or (field.type == "currency" and self.readings.settled("currency-form") != "number")
        return Cell((value,), kind=_kind(field)), [Condition(TYPES, what, accept=True)] if open_ else []

    def _numeric_text(self, field: Field, value: str, what: str) -> tuple[Cell, list[Condition]]:
        try:
            number = float(value)
        except ValueError:
            number = None
        if field.type == "currency":  # and so it may be a text
            plain = self.readings.settled("currency-form") == "text" and AMOUNT(value) is not None
            conditions = [] if plain else [Condition(TYPES, what, accept=number is not None or not value.strip())]
            return (ANY if number is None else Cell((number,), kind="number")), conditions
        if number is None and value.strip():
            return ANY, [Condition("wrong-types-answered", what, BAD)]
        if number is None or not abs(number) <= 1e15:
            return ANY, [Condition("wrong-types-answered", what, accept=True)]
        return Cell((number,), kind="number"), by_reading(
            self.readings, "wrong-json-type", {"400": (400,)}, "wrong-types-answered", what, accept=not value.isdigit()
        )

    def _moment(self, field: Field, value: Any, what: str) -> tuple[Cell, list[Condition]]:
        if not isinstance(value, str):
            return ANY, self._wrong(what)
        form = form_of(value)
        if form is DateForm.NONE:
            return ANY, [Condition(ENFORCED, what)]
        if field.type == "datetime" and form is DateForm.CANONICAL:
            return Cell((value,)), []
        if field.type == "date" and (form is DateForm.DAY or (form is DateForm.CANONICAL and value.endswith(MIDNIGHT))):
            sure = self.readings.settled("record-date-form") == ("day" if form is DateForm.DAY else "date-time")
            return Cell((value,), kind="day"), [] if sure else [Condition(TYPES, what, accept=True)]
        return ANY, [Condition(TYPES, what, accept=True)]

    def _text(self, field: Field, value: Any, what: str) -> tuple[Cell, list[Condition]]:
        if isinstance(value, bool | float):
            return ANY, self._wrong(what)
        if isinstance(value, int):
            refusing = {"400": (400,)}
            conditions = by_reading(self.readings, "wrong-json-type", refusing, "wrong-types-answered", what)
            fits = field.length is None or len(str(value)) <= field.length
            return (Cell((str(value),)), conditions) if fits else (ANY, self._wrong(what))
        if not value:
            default = () if field.default is None else (field.default,)
            return Cell(("", *default), empty=True), [Condition(TYPES, what, accept=True)]
        conditions = [] if value.isprintable() else [Condition(TYPES, what, accept=True)]
        stored = tuple(sorted(ill_formed.texts(value)))
        sizes = [size for text in stored for size in _sizes(text)]
        limit = field.length
        if limit is None or max(sizes) <= limit:
            return Cell(stored), conditions
        if min(sizes) <= limit:  # what the length counts is not documented
            return ANY, [Condition(ENFORCED, what, accept=True)]
        return self._too_long(value, limit, what, conditions)

    def _too_long(self, value: str, limit: int, what: str, conditions: list[Condition]) -> tuple[Cell, list[Condition]]:
        reading = "over-long-extension-text"
        options = self.readings.possible(reading)
        values = ([value] if "stored" in options else []) + ([value[:limit]] if "truncated" in options else [])
        against = by_reading(self.readings, reading, {"400": TOO_MUCH}, ENFORCED, what)
        cell = Cell(tuple(values)) if value.isascii() else ANY
        return cell, [*conditions, *against]


def _sizes(text: str) -> tuple[int, int, int]:
    """Characters, units of UTF-16, and bytes."""
    return len(text), len(text.encode("utf-16-le")) // 2, len(text.encode())


def _kind(field: Field) -> Any:
    return "number" if field.type == "currency" else "day" if field.type == "date" else "exact"
