"""What an extension in a body means: refused, or which records are there afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from conformance.genesys.finding import BAD, REFUSED, TOO_MUCH, Condition, Finding, by_reading
from conformance.genesys.record_rules import ANY, ENFORCED, RecordRules
from conformance.genesys.shown import Anything, Cell, Exactly, Expect, NoMark, NoRecords, Nothing, Record, Records, same
from conformance.genesys.world import either
from conformance.judge.readings import Readings
from strategies.genesys import Extension

FORMS = "extension-forms"
REPLACED = "extension-replaced"
MERGING = "multi-valued-records"
COMMON_COUNT = 20
Cells = Record | Cell


class ExtensionRules:
    """Applies the documents and the readings to extensions."""

    def __init__(self, readings: Readings) -> None:
        self.readings = readings
        self.records = RecordRules(readings)

    def extension(self, extension: Extension, value: Any, before: Sequence[Expect]) -> Finding:
        """What one extension of a body means.

        Args:
            extension: its schema.
            value: the member of the body.
            before: the states in which it may be so far.
        """
        what = f"{extension.name} is {value!r:.60}"
        if extension.kind == "classifier":
            # How a classifier travels is not documented.
            accept = value is None or value in ({}, [])
            if self._is_classifier(value):
                states = (Exactly(value),)
                return Finding(states, (REPLACED, "extensions-accepted"), [])
            conditions = [Condition("extensions-accepted", what, accept=accept or not isinstance(value, str))]
            return Finding((Anything(),), (), conditions)
        if value is None or value == {} or (value == [] and extension.kind != "multi-valued"):
            return Finding((Anything(),), (), [Condition(REPLACED, f"{what}, which is empty", accept=True)])
        if extension.kind == "single-valued":
            return self._single(extension, value, before, what)
        return self._several(extension, value, before, what)

    def _is_classifier(self, value: Any) -> bool:
        """Whether it is the form in which a classifier is known to travel."""
        form = self.readings.settled("classifier-form")
        return (form == "empty-object" and value == {}) or (form == "boolean" and value is True)

    def _single(self, extension: Extension, value: Any, before: Sequence[Expect], what: str) -> Finding:
        if isinstance(value, list):
            accept = self.readings.may("extension-kind", "coerced")
            return Finding((Anything(),), (FORMS,), [Condition(FORMS, f"{what}, an array", BAD, accept=accept)])
        record, conditions = self.records.record(extension, value, before)
        return Finding((Records((record,), several=False),), self._about(extension, value), conditions)

    def _several(self, extension: Extension, value: Any, before: Sequence[Expect], what: str) -> Finding:
        if value == []:
            return self._emptied(before, what)
        conditions: list[Condition] = []
        if not isinstance(value, list):
            text = f"{what}, which is no array"
            if isinstance(value, dict) and not extension.bare:
                conditions = by_reading(self.readings, "extension-kind", {"400": BAD}, FORMS, text)
            elif extension.bare:  # the document shows bare values in an array alone
                conditions = [Condition(FORMS, text, accept=True)]
            else:
                accept = self.readings.may("wrong-json-type", "coerced")
                conditions = [Condition(FORMS, text, BAD, accept=accept)]
            value = [value]
        records = []
        for each in value:
            record, against = self.records.record(extension, each, None)
            if extension.unique and isinstance(record, Record) and self.readings.may(MERGING, "merge-by-unique"):
                record = _open_where_omitted(record, each)
            records.append(record)
            conditions += against
        conditions += self._unidentified(extension, value)
        conditions += self._conflicts(extension, value)
        if len(value) > COMMON_COUNT:
            conditions.append(Condition(REPLACED, what, TOO_MUCH, accept=True))
        against, kept = self._equals(extension, value, records)
        conditions += against
        states = either(*(self._stored(extension, each, before) for each in kept)) or (Anything(),)
        return Finding(states, self._about(extension, value), conditions)

    def _equals(
        self, extension: Extension, value: list[Any], records: list[Cells]
    ) -> tuple[list[Condition], list[list[Cells]]]:
        """What speaks against equal records that nothing identifies, and which of the records may be kept."""
        full = [_filled(extension, each) for each in value]
        first = [place for place, each in enumerate(full) if not any(same(each, other) for other in full[:place])]
        if extension.unique or len(first) == len(full):
            return [], [records]
        reading, what = "equal-records", f"{extension.name} has equal records"
        exact = len({repr(each) for each in value}) == len(first)
        conditions = by_reading(self.readings, reading, {"400": REFUSED}, REPLACED, what, accept=not exact)
        options = self.readings.possible(reading)
        distinct = [records[place] for place in first]
        kept = [records] if "kept" in options or not exact else []
        return conditions, [*kept, distinct] if "collapsed" in options or not exact else kept

    def _about(self, extension: Extension, value: Any) -> tuple[str, ...]:
        about = [REPLACED, "extensions-accepted", FORMS]
        if not extension.bare:
            about.append("extension-attribute-types")
        return tuple(about) if value else (REPLACED,)

    def _emptied(self, before: Sequence[Expect], what: str) -> Finding:
        options = self.readings.possible("empty-extension-value")
        states: list[Expect] = []
        if "deletes" in options:
            states.append(NoRecords())
        if "ignored" in options:
            # Not sent at all: untouched, or lost with the other unsent ones.
            states += [*before, NoRecords()]
        conditions = by_reading(self.readings, "empty-extension-value", {"400": BAD}, REPLACED, f"{what}, empty")
        return Finding(tuple(states or before), (REPLACED,), conditions)

    def _unidentified(self, extension: Extension, value: list[Any]) -> list[Condition]:
        """Records that lack what identifies them: no document says whether they may."""
        lacking = [n for n in extension.unique for each in value if isinstance(each, dict) and each.get(n) is None]
        if not lacking:
            return []
        what = f"a record of {extension.name} lacks {lacking[0]}, which identifies it"
        return [Condition(ENFORCED, what, REFUSED, accept=True)]

    def _conflicts(self, extension: Extension, value: list[Any]) -> list[Condition]:
        if not extension.unique:
            return []
        keys = [_key(extension, each) for each in value]
        folded = [repr(key).casefold().replace(" ", "") for key in keys]
        if len(set(folded)) == len(folded):
            return []
        what = f"two records of {extension.name} have the same {', '.join(extension.unique)}"
        exact = len({repr(key) for key in keys}) < len(keys) and None not in [part for key in keys for part in key]
        refusing = {"400": BAD, "409": frozenset({409})}
        return by_reading(self.readings, "unique-conflict", refusing, ENFORCED, what, accept=not exact)

    def _stored(self, extension: Extension, records: list[Cells], before: Sequence[Expect]) -> list[Expect]:
        options = self.readings.possible("multi-valued-records")
        states: list[Expect] = []
        if "replace-array" in options:
            states.append(Records(tuple(records), several=True))
        if "merge-by-unique" in options:
            states += [_merged(extension, records, each) for each in before]
            if not extension.unique:  # nothing to merge by: they may be appended or take the place of the stored ones
                states.append(Records(tuple(records), several=True))
        return states

    def lost(self, extension: Extension | None) -> Expect:
        """The state of an extension whose records are lost; a classifier that is set is told by its mark."""
        return NoMark() if extension is not None and extension.kind == "classifier" else NoRecords()


def _open_where_omitted(record: Record, sent: Any) -> Record:
    """A record that may be merged with a stored one, attribute by attribute: what it leaves out may be kept."""
    cells = tuple((name, cell if name in sent else ANY) for name, cell in record.cells)
    return Record(cells, record.foreign)


def _filled(extension: Extension, record: Any) -> Any:
    """A record with its defaults and without what has no value: as what it may be compared with others."""
    if not isinstance(record, dict):
        return record
    defaults = {field.name: field.default for field in extension.fields}
    return {name: value for name, value in {**defaults, **record}.items() if value is not None}


def _key(extension: Extension, record: Any) -> tuple[Any, ...]:
    if not isinstance(record, dict):
        return (record,)
    return tuple(record.get(name) for name in extension.unique)


def _merged(extension: Extension, records: list[Cells], before: Expect) -> Expect:
    """The records of an extension when the sent ones were merged into those before, by unique attributes."""
    if isinstance(before, NoRecords | Nothing):
        return Records(tuple(records), several=True)
    if isinstance(before, Records):
        former = list(before.records)
    elif isinstance(before, Exactly) and isinstance(before.value, list):
        former = [_exact(each) for each in before.value]
    elif isinstance(before, Exactly) and not before.value:
        former = []
    else:
        return Anything()
    if extension.unique:
        sent = [_cells_key(extension, record) for record in records]
        kept = [_cells_key(extension, record) for record in former]
        # Records that share a key already, as after a record was added: no document says what is merged with which.
        shared = len(set(map(repr, kept))) < len(kept)
        if None in sent or None in kept or shared:
            return Anything()
        former = [record for record, key in zip(former, kept, strict=True) if key not in sent]
    return Records((*former, *records), several=True)


def _exact(shown: Any) -> Record | Cell:
    if not isinstance(shown, dict):
        return Cell((shown,))
    return Record(tuple((name, Cell((value,), empty=value is None)) for name, value in shown.items()))


def _cells_key(extension: Extension, record: Record | Cell) -> tuple[Any, ...] | None:
    cells = dict(record.cells) if isinstance(record, Record) else {extension.unique[0]: record}
    key = [cells.get(name, ANY) for name in extension.unique]
    return tuple(cell.values[0] for cell in key) if all(len(cell.values) == 1 for cell in key) else None
