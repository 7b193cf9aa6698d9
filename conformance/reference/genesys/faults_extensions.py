"""Faults in extensions: touched when they should not be, kept when they should be replaced."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from conformance.reference.faults import fault
from conformance.reference.genesys.model import Asked, Change, ExtensionDef, InvalidError, Key, Record
from conformance.reference.genesys.service import GenesysService

UNTOUCHED = "extensions-untouched"
REPLACED = "extension-replaced"
UNSENT = "unsent-extensions-answered"
ACCEPTED = "extensions-accepted"
ENFORCED = "extension-schema-enforced"
TYPES = "extension-attribute-types"
FORMS = "extension-forms"
ROUND = "query-modify-update"


@fault("extensions-cleared-by-any-update", breaks=[UNTOUCHED, ROUND], reach="medium")
class ExtensionsClearedByAnyUpdate(GenesysService):
    """An update without any extension removes all of them."""

    def write_extensions(self, key: Key, change: Change) -> None:
        """Replaces extensions in any case."""
        self.clear_extensions(key)
        super().write_extensions(key, change)


@fault("classifiers-cleared-by-any-update", breaks=[UNTOUCHED], reach="hard")
class ClassifiersClearedByAnyUpdate(GenesysService):
    """An update without any extension removes classifiers: records without attributes are cleaned up."""

    def write_extensions(self, key: Key, change: Change) -> None:
        """Cleans up before anything else."""
        self.store.execute(
            "DELETE FROM record WHERE tenant = ? AND customer = ? AND content = '{}'",
            key,
        )
        super().write_extensions(key, change)


@fault("third-extension-cleared", breaks=[UNTOUCHED], reach="hard")
class ThirdExtensionCleared(GenesysService):
    """An update without any extension carries over two of them; the third and later ones are lost."""

    def write_extensions(self, key: Key, change: Change) -> None:
        """Carries two over."""
        if not change.extensions:
            for name in sorted(self.stored_extensions(key))[2:]:
                self.clear_extension(key, name)
        super().write_extensions(key, change)


@fault("multi-valued-cut-by-any-update", breaks=[UNTOUCHED], reach="hard")
class MultiValuedCutByAnyUpdate(GenesysService):
    """An update without any extension carries over the first record of each alone."""

    def write_extensions(self, key: Key, change: Change) -> None:
        """Carries one record over."""
        if not change.extensions:
            self.store.execute("DELETE FROM record WHERE tenant = ? AND customer = ? AND position > 0", key)
        super().write_extensions(key, change)


@fault("unsent-single-extension-kept", breaks=[UNSENT], reach="hard")
class UnsentSingleExtensionKept(GenesysService):
    """When some extensions are sent, unsent ones are lost if they are multi-valued and kept if single-valued."""

    def clear_extensions(self, key: Key) -> None:
        """Removes extensions with several records."""
        known = self.extensions(key.tenant)
        for name in self.stored_extensions(key):
            if name not in known or known[name].type == "multi-valued":
                self.clear_extension(key, name)


@fault("two-sent-keep-the-third", breaks=[UNSENT], reach="hard")
class TwoSentKeepTheThird(GenesysService):
    """When two or more extensions are sent at once, unsent ones stay; when one is sent, they are lost."""

    def write_extensions(self, key: Key, change: Change) -> None:
        """Removes unsent extensions only beside a single sent one."""
        kept = {n: self.stored_records(key, n) for n in self.stored_extensions(key) if n not in change.extensions}
        super().write_extensions(key, change)
        if len(change.extensions) > 1:
            for name, records in kept.items():
                self.clear_extension(key, name)
                self.insert_records(key, name, records)


@fault("longer-record-list-keeps-tail", breaks=[REPLACED], reach="hard")
class LongerRecordListKeepsTail(GenesysService):
    """Records are overwritten by position, so a shorter array keeps the tail of the longer one before it."""

    def brought_together(self, extension: ExtensionDef, stored: list[Record], sent: list[Record]) -> list[Record]:
        """Appends the tail."""
        kept = super().brought_together(extension, stored, sent)
        return [*kept, *stored[len(kept) :]] if extension.type == "multi-valued" else kept


@fault("first-record-wins", breaks=[REPLACED, ACCEPTED, "example-accepted"], reach="medium")
class FirstRecordWins(GenesysService):
    """A single-valued extension that has a record keeps it; the new one is dropped."""

    def brought_together(self, extension: ExtensionDef, stored: list[Record], sent: list[Record]) -> list[Record]:
        """Prefers what is there."""
        if extension.type == "single-valued" and stored:
            return stored
        return super().brought_together(extension, stored, sent)


@fault("middle-record-lost", breaks=[REPLACED, ACCEPTED], reach="hard")
class MiddleRecordLost(GenesysService):
    """Of three or more records the middle one is lost between two batches."""

    def insert_records(self, key: Key, extension: str, records: Iterable[Record]) -> None:
        """Writes two batches."""
        kept = list(records)
        half = len(kept) // 2
        super().insert_records(key, extension, kept[:half] + kept[half + 1 :] if len(kept) > 2 else kept)


@fault("eleventh-record-lost", breaks=[REPLACED, ACCEPTED], reach="hard")
class EleventhRecordLost(GenesysService):
    """Ten records of an extension are stored; the rest is lost."""

    def insert_records(self, key: Key, extension: str, records: Iterable[Record]) -> None:
        """Writes one page."""
        super().insert_records(key, extension, list(records)[:10])


@fault("falsy-record-values-lost", breaks=[TYPES, REPLACED, ACCEPTED], reach="hard")
class FalsyRecordValuesLost(GenesysService):
    """Zero, false and the empty text are lost in records: they are taken for no value."""

    def read_record(self, extension: ExtensionDef, value: Any, stored: Record) -> Record:
        """Reads what is true."""
        if isinstance(value, dict):
            value = {name: given for name, given in value.items() if given}
        return super().read_record(extension, value, stored)


@fault("record-attribute-shadowed", breaks=[REPLACED, TYPES, "example-accepted"], reach="hard")
class RecordAttributeShadowed(GenesysService):
    """An attribute of a record that has the name of its extension is lost."""

    def read_record(self, extension: ExtensionDef, value: Any, stored: Record) -> Record:
        """Looks names up in one namespace."""
        record = super().read_record(extension, value, stored)
        return record if self.is_bare(extension) else {n: v for n, v in record.items() if n != extension.name}


@fault("defaults-beat-sent-values", breaks=[REPLACED, TYPES, "example-accepted"], reach="medium")
class DefaultsBeatSentValues(GenesysService):
    """An attribute of a record that has a default always takes it."""

    def read_record(self, extension: ExtensionDef, value: Any, stored: Record) -> Record:
        """Fills defaults in last."""
        record = super().read_record(extension, value, stored)
        return {**record, **{a.name: a.default for a in extension.attributes if a.default is not None}}


@fault("first-named-extension-shown", breaks=[ACCEPTED, REPLACED, UNTOUCHED], reach="hard")
class FirstNamedExtensionShown(GenesysService):
    """A query that names several extensions shows the first of them alone."""

    def named_extensions(self, asked: Asked) -> list[ExtensionDef]:
        """Stops at the first."""
        return super().named_extensions(asked)[:1]


@fault("records-of-another-shown", breaks=["nothing-invented", "other-customers-untouched", REPLACED], reach="hard")
class RecordsOfAnotherShown(GenesysService):
    """The extension table is joined wrongly: a customer without records is shown those of another."""

    def stored_records(self, key: Key, extension: str) -> list[Record]:
        """Falls back on whoever has some."""
        found = super().stored_records(key, extension)
        if found:
            return found
        other = self.one("SELECT customer FROM record WHERE tenant = ? AND extension = ?", key.tenant, extension)
        return super().stored_records(Key(key.tenant, other), extension) if other is not None else []


@fault("records-of-all-removed", breaks=["other-customers-untouched", UNTOUCHED], reach="hard")
class RecordsOfAllRemoved(GenesysService):
    """Replacing an extension of one customer removes its records of all customers."""

    def clear_extension(self, key: Key, extension: str) -> None:
        """Forgets to say whose."""
        self.store.execute("DELETE FROM record WHERE tenant = ? AND extension = ?", (key.tenant, extension))


@fault("equal-unique-attributes-accepted", breaks=[ENFORCED, "refused-changes-nothing"], reach="hard")
class EqualUniqueAttributesAccepted(GenesysService):
    """Two records with the same unique attributes are accepted; the later one is stored."""

    def check_unique(self, extension: ExtensionDef, records: list[Record]) -> None:
        """Keeps the later one."""
        if extension.unique:
            records[:] = {self.identity(extension, record): record for record in records}.values()


@fault("later-records-unchecked", breaks=[ENFORCED, "refused-changes-nothing"], reach="hard")
class LaterRecordsUnchecked(GenesysService):
    """Only the first record of an array is held against the schema; wrong ones behind it are dropped silently."""

    def shaped(self, extension: ExtensionDef, value: Any) -> list[Any]:
        """Drops later records that are wrong."""
        records = super().shaped(extension, value)
        return [record for place, record in enumerate(records) if place == 0 or self._fits(extension, record)]

    def _fits(self, extension: ExtensionDef, record: Any) -> bool:
        try:
            self.read_record(extension, record, {})
        except InvalidError:
            return False
        return True


@fault("equal-records-collapse-side-by-side", breaks=[REPLACED, ACCEPTED], reach="hard")
class EqualRecordsCollapseSideBySide(GenesysService):
    """Equal records become one where they stand side by side; apart from each other they stay two."""

    def without_equals(self, extension: ExtensionDef, records: list[Record]) -> list[Record]:  # noqa: ARG002
        """Compares each with the one before."""
        return [record for place, record in enumerate(records) if place == 0 or record != records[place - 1]]


@fault("array-for-single-record-accepted", breaks=[FORMS], reach="hard")
class ArrayForSingleRecordAccepted(GenesysService):
    """An array in the place of a single record is accepted and its last record stored."""

    def shaped(self, extension: ExtensionDef, value: Any) -> list[Any]:
        """Takes the last one."""
        if extension.type == "single-valued" and isinstance(value, list):
            return value[-1:]
        return super().shaped(extension, value)


@fault("array-of-one-shown-bare", breaks=[FORMS, REPLACED, ACCEPTED], reach="hard")
class ArrayOfOneShownBare(GenesysService):
    """A multi-valued extension with one record comes back as a bare record."""

    def shown_records(self, extension: ExtensionDef, records: list[Record]) -> Any:
        """Shows arrays where there is more than one."""
        shown = super().shown_records(extension, records)
        return shown[0] if isinstance(shown, list) and len(shown) == 1 else shown
