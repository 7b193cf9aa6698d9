"""Extension records: held against their schema and against the stored ones."""

from __future__ import annotations

import json
from typing import Any

from conformance.reference.genesys.definitions import Definitions
from conformance.reference.genesys.model import (
    AttributeDef,
    Change,
    ExtensionDef,
    InvalidError,
    Key,
    Record,
    RefusalError,
    SilentError,
)


class Records(Definitions):
    """Reads extension members. A wrong one raises InvalidError."""

    def read_extension(self, change: Change, key: Key, extension: ExtensionDef, value: Any) -> None:
        """The records of one extension, checked and brought together with the stored ones."""
        if extension.name in change.extensions:
            raise InvalidError("the extension is there twice")
        if self.is_empty(extension, value):
            option = self.reading("empty-extension-value")
            if option == "400":
                raise InvalidError("empty")
            if option == "deletes":
                change.extensions[extension.name] = []
            else:
                change.ignored = True
                if self.decider("empty-extension-value", "unsent-extension") == "unsent-extension":
                    change.counted.add(extension.name)
            return
        stored = self.stored_records(key, extension.name)
        single = extension.type == "single-valued"
        records = [
            self.read_record(
                extension, record, stored[0] if single and stored else self.replaced(extension, stored, record)
            )
            for record in self.shaped(extension, value)
        ]
        self.check_identified(extension, records)
        self.check_unique(extension, records)
        records = self.without_equals(extension, records)
        change.extensions[extension.name] = self.brought_together(extension, stored, records)

    def replaced(self, extension: ExtensionDef, stored: list[Record], record: Any) -> Record:
        """The stored record into which a sent one is merged attribute by attribute, if any."""
        merging = extension.type == "multi-valued" and self.reading("multi-valued-records") == "merge-by-unique"
        decider = self.decider("multi-valued-records", "omitted-extension-attribute")
        if not merging or not extension.unique or decider == "multi-valued-records" or not isinstance(record, dict):
            return {}
        wanted = self.identity(extension, record)
        return next((each for each in stored if self.identity(extension, each) == wanted), {})

    def is_empty(self, extension: ExtensionDef, value: Any) -> bool:
        """Whether a value says that there is no record. A classifier without attributes is there."""
        marks = extension.type == "classifier" and self.reading("classifier-form") == "empty-object"
        return value is None or value == [] or value is False or (value == {} and not marks)

    def shaped(self, extension: ExtensionDef, value: Any) -> list[Any]:
        """The records of a value, by the kind of the extension."""
        if extension.type == "classifier":
            return self.mark_records(value)
        coerced = self.reading("extension-kind") == "coerced"
        if extension.type == "multi-valued":
            if not isinstance(value, list) and not coerced:
                raise InvalidError("not an array of records")
            return value if isinstance(value, list) else [value]
        if isinstance(value, list) and not (coerced and len(value) == 1):
            raise InvalidError("not a single record")
        return value if isinstance(value, list) else [value]

    def mark_records(self, value: Any) -> list[Any]:
        """The record of a classifier that is set."""
        mark: Any = {} if self.reading("classifier-form") == "empty-object" else True
        if self.reading("classifier-form") == "unsendable" or value != mark:
            raise InvalidError("not the mark of a classifier")
        return [{}]

    def is_bare(self, extension: ExtensionDef) -> bool:
        """Whether records travel as bare values: an extension whose only attribute has its name."""
        return [a.name.lower() for a in extension.attributes] == [extension.name.lower()]

    def read_record(self, extension: ExtensionDef, value: Any, stored: Record) -> Record:
        """One record as it is kept; `stored` is the one that it takes the place of, if any."""
        if self.is_bare(extension):
            attribute = extension.attributes[0]
            return {attribute.name: self.record_value(attribute, value)}
        if not isinstance(value, dict):
            raise InvalidError("not a record")
        known = {a.name: a for a in extension.attributes}
        record: Record = {}
        for name, given in value.items():
            attribute_ = self.named(known, name)
            if attribute_ is None:
                if self.reading("unknown-extension-attribute") == "400":
                    raise InvalidError(f"{name} is unknown")
            elif given is not None:
                record[attribute_.name] = self.record_value(attribute_, given)
        for attribute in extension.attributes:
            if attribute.name not in record:
                self.fill(record, attribute, stored)
        return record

    def fill(self, record: Record, attribute: AttributeDef, stored: Record) -> None:
        """What a record gets for an attribute that was left out."""
        option = self.reading("omitted-extension-attribute")
        if option == "kept" and attribute.name in stored:
            record[attribute.name] = stored[attribute.name]
        elif attribute.mandatory and self.reading("missing-mandatory-extension-attribute") == "400":
            raise SilentError(f"{attribute.name} is missing")
        elif attribute.default is not None and (option == "default" or attribute.mandatory):
            record[attribute.name] = attribute.default

    def identity(self, extension: ExtensionDef, record: Record) -> str:
        """What identifies a record among those of its extension."""
        return json.dumps([record.get(name) for name in extension.unique])

    def check_identified(self, extension: ExtensionDef, records: list[Record]) -> None:
        """Refuses a record without one of the attributes that identify it, where it has to have them."""
        lacking = any(record.get(name) is None for record in records for name in extension.unique)
        if lacking and self.freedom("record-without-key") == "refused":
            raise SilentError(f"{extension.name}: a record lacks what identifies it")

    def check_unique(self, extension: ExtensionDef, records: list[Record]) -> None:
        """Refuses two records with the same unique attributes."""
        found = [self.identity(extension, record) for record in records]
        if extension.unique and len(set(found)) < len(found):
            raise RefusalError(int(self.reading("unique-conflict")), f"{extension.name}: two records are the same one")

    def without_equals(self, extension: ExtensionDef, records: list[Record]) -> list[Record]:
        """The records that are kept where some of them are equal and nothing identifies them."""
        distinct = [record for place, record in enumerate(records) if record not in records[:place]]
        option = self.reading("equal-records")
        if extension.unique or option == "kept" or len(distinct) == len(records):
            return records
        if option == "400":
            raise SilentError("two records are equal")
        return distinct

    def brought_together(self, extension: ExtensionDef, stored: list[Record], sent: list[Record]) -> list[Record]:
        """The records that an update leaves."""
        if extension.type != "multi-valued" or self.reading("multi-valued-records") == "replace-array":
            return sent
        if not extension.unique:
            return [*stored, *sent] if self.freedom("merge-without-unique") == "appended" else sent
        merged = {self.identity(extension, record): record for record in [*stored, *sent]}
        return list(merged.values())

    def shown_record(self, extension: ExtensionDef, record: Record) -> Any:
        """A record as it travels."""
        return record[extension.attributes[0].name] if self.is_bare(extension) else record

    def shown_records(self, extension: ExtensionDef, records: list[Record]) -> Any:
        """The records of an extension as they travel."""
        if extension.type == "classifier":
            return True if self.reading("classifier-form") == "boolean" else {}
        shown = [self.dressed(extension, number, self.shown_record(extension, r)) for number, r in enumerate(records)]
        return shown if extension.type == "multi-valued" else shown[0]

    def dressed(self, extension: ExtensionDef, number: int, record: Any) -> Any:
        """A record with what is shown beside its values."""
        if not isinstance(record, dict):
            return record
        if self.freedom("empty-record-attribute") == "null":
            record = {**dict.fromkeys(a.name for a in extension.attributes), **record}
        return {**record, "_row": number} if self.freedom("record-members") == "one" else record

    def turned(self, freedom: str) -> bool:
        """Whether it is the other way round in this answer; asked once for each."""
        self.turns[freedom] += 1
        option = self.freedom(freedom)
        return option in ("reversed", "body") or (option == "alternating" and self.turns[freedom] % 2 == 0)
