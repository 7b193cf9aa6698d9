"""Faults in what is kept: how much of it, how long, which keys are the same, and what is looked at again."""

from __future__ import annotations

import json
import time
from typing import Any

from conformance.reference.core import Reply
from conformance.reference.faults import fault
from conformance.reference.genesys.model import (
    Asked,
    Attribute,
    AttributeDef,
    Change,
    ExtensionDef,
    Key,
    Record,
    RefusalError,
)
from conformance.reference.genesys.service import GenesysService

STORED = "sent-attributes-stored"
REPLACED = "extension-replaced"


@fault("zeros-before-keys-lost", breaks=["extension-schema-enforced", REPLACED], reach="hard")
class ZerosBeforeKeysLost(GenesysService):
    """Unique attributes of records that differ in leading zeros alone count as the same."""

    def identity(self, extension: ExtensionDef, record: Record) -> str:
        """Reads keys as numbers."""
        return super().identity(extension, {n: v.lstrip("0") if isinstance(v, str) else v for n, v in record.items()})


@fault("seventeenth-record-lost", breaks=[REPLACED], reach="hard")
class SeventeenthRecordLost(GenesysService):
    """Of more than 16 records the first 16 are stored."""

    def brought_together(self, extension: ExtensionDef, stored: list[Record], sent: list[Record]) -> list[Record]:
        """Cuts the array."""
        return super().brought_together(extension, stored, sent)[:16]


@fault("count-of-records-wraps", breaks=[REPLACED], reach="hard")
class CountOfRecordsWraps(GenesysService):
    """The number of records is kept in a byte: of 260 four are stored."""

    def brought_together(self, extension: ExtensionDef, stored: list[Record], sent: list[Record]) -> list[Record]:
        """Counts in a byte."""
        left = super().brought_together(extension, stored, sent)
        return left[: len(left) % 256] if len(left) > 255 else left


@fault("late-records-unchecked", breaks=["extension-schema-enforced", "extension-forms"], reach="hard")
class LateRecordsUnchecked(GenesysService):
    """Records behind the tenth are left out where they are wrong, and the update is accepted."""

    def shaped(self, extension: ExtensionDef, value: Any) -> list[Any]:
        """Keeps only records of the right form behind the tenth."""
        records = super().shaped(extension, value)
        return [*records[:10], *(record for record in records[10:] if isinstance(record, dict))]


@fault("late-values-unchecked", breaks=["wrong-types-answered"], reach="hard")
class LateValuesUnchecked(GenesysService):
    """Values behind the tenth of an array are turned into texts, whatever they are."""

    def without_null(self, values: list[Any]) -> list[Any]:
        """Checks ten values."""
        kept = super().without_null(values)
        return [*kept[:10], *(value if isinstance(value, str) else json.dumps(value) for value in kept[10:])]


@fault("hundred-values-kept", breaks=["several-values"], reach="hard")
class HundredValuesKept(GenesysService):
    """Of more than 100 values of an attribute the first 100 are stored."""

    def ordered(self, values: list[Any]) -> list[Any]:
        """Cuts the array."""
        return super().ordered(values)[:100]


@fault("years-counted-from-1904", breaks=["date-time-values"], reach="hard")
class YearsCountedFrom1904(GenesysService):
    """The 29th of February of 1904 is refused: years are counted from there."""

    def date_time(self, text: str) -> str:
        """Knows no earlier leap day."""
        if text.startswith("1904-02-29"):
            raise RefusalError(400, "not a date-time")
        return super().date_time(text)


@fault("null-keeps-second-date", breaks=["empty-values"], reach="hard")
class NullKeepsSecondDate(GenesysService):
    """Null clears a date unless another date is sent beside it."""

    def write_attributes(self, key: Key, change: Change) -> None:
        """Keeps the stored date."""
        dates = [name for name, a in self.attributes(key.tenant).items() if a.type == "date"]
        stored = self.stored_attributes(key)
        if any(name in change.attributes and change.attributes[name].values for name in dates):
            for name in dates:
                sent = change.attributes.get(name)
                if sent is not None and not sent.values and name in stored:
                    change.attributes[name] = stored[name]
        super().write_attributes(key, change)


@fault("bar-parts-values", breaks=["several-values"], reach="hard")
class BarPartsValues(GenesysService):
    """A bar in a value of an array parts it into two values."""

    def kept_values(self, attribute: AttributeDef, values: list[Any], *, many: bool) -> Attribute:
        """Splits what was joined by a bar."""
        if many:
            values = [part for v in values for part in (v.split("|") if isinstance(v, str) else [v])]
        return super().kept_values(attribute, values, many=many)


@fault("attributes-expire", breaks=[STORED], reach="hard")
class AttributesExpire(GenesysService):
    """The attributes of a profile are gone two seconds after they were written."""

    def prepare(self) -> None:
        """Starts with nothing written."""
        self.written: dict[Key, float] = {}
        super().prepare()

    def write_attributes(self, key: Key, change: Change) -> None:
        """Notes the time."""
        super().write_attributes(key, change)
        self.written[key] = time.monotonic()

    def stored_attributes(self, key: Key) -> dict[str, Attribute]:
        """The attributes that are fresh."""
        age = time.monotonic() - self.written.get(key, 0.0)
        return super().stored_attributes(key) if age < 2.0 else {}


@fault("sixty-four-profiles-held", breaks=["other-customers-untouched", STORED], reach="hard")
class SixtyFourProfilesHeld(GenesysService):
    """Attributes are held for the 64 customers who were updated last; those of older ones are lost."""

    recent: tuple[Key, ...] = ()

    def write_attributes(self, key: Key, change: Change) -> None:
        """Clears who comes last in the row."""
        super().write_attributes(key, change)
        row = (key, *(each for each in self.recent if each != key))
        self.recent = row[:64]
        for old in row[64:]:
            self.clear_attributes(old)


@fault("one-look-cached", breaks=["last-update-stands", STORED], reach="hard")
class OneLookCached(GenesysService):
    """A query that names one extension alone shows what it showed before, until the customer's extensions change."""

    def prepare(self) -> None:
        """Starts with nothing remembered."""
        self.seen: dict[tuple[Key, str], Reply] = {}
        super().prepare()

    def query(self, asked: Asked) -> Reply:
        """Answers from memory where it can."""
        mark = (asked.key, asked.call.query)
        if not asked.call.query or "," in asked.call.query:
            return super().query(asked)
        if mark not in self.seen:
            self.seen[mark] = super().query(asked)
        return self.seen[mark]
