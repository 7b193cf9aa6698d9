"""Faults that show after a sequence of operations: drafts, snapshots and marks that outlive their operation."""

from __future__ import annotations

import hashlib
from typing import Any

from conformance.reference.core import Reply
from conformance.reference.faults import fault
from conformance.reference.genesys.model import Asked, Attribute, Change, ExtensionDef, Key, Record, RefusalError
from conformance.reference.genesys.service import GenesysService

LAST = "last-update-stands"
LOST = "omitted-attributes-lost"
NEW = "nothing-invented"
SENT = "sent-attributes-stored"
UNTOUCHED = "extensions-untouched"
REPLACED = "extension-replaced"


@fault("refused-body-leaks-into-next", breaks=[NEW, LOST, LAST], reach="hard")
class RefusedBodyLeaksIntoNext(GenesysService):
    """The working copy of a refused update is not thrown away; the next accepted one flushes it too."""

    def prepare(self) -> None:
        """Starts without working copies."""
        self.drafts: dict[Key, dict[str, Attribute]] = {}
        super().prepare()

    def leave_refused(self, key: Key, change: Change) -> None:
        """Keeps the valid part."""
        super().leave_refused(key, change)
        self.drafts.setdefault(key, {}).update(change.attributes)

    def write_attributes(self, key: Key, change: Change) -> None:
        """Flushes everything that is dirty."""
        change.attributes = {**self.drafts.pop(key, {}), **change.attributes}
        super().write_attributes(key, change)


@fault("earlier-body-taken-for-a-repetition", breaks=[LAST, SENT], reach="hard")
class EarlierBodyTakenForARepetition(GenesysService):
    """An update that was once carried out is skipped when it comes again, whatever came in between."""

    def prepare(self) -> None:
        """Starts without digests."""
        self.digests: set[tuple[Key, bytes]] = set()
        super().prepare()

    def update(self, asked: Asked) -> Reply:
        """Looks for the digest of the body."""
        digest = (asked.key, hashlib.sha256(asked.call.body).digest())
        if digest in self.digests:
            return self.updated(asked)
        reply = super().update(asked)
        self.digests.add(digest)
        return reply


@fault("omitted-twice-comes-back", breaks=[NEW, LAST, "repeat-changes-nothing"], reach="hard")
class OmittedTwiceComesBack(GenesysService):
    """Omitted attributes are moved to a shelf; a second update with the same attributes takes them from there."""

    def prepare(self) -> None:
        """Starts with an empty shelf."""
        self.shelf: dict[Key, dict[str, Attribute]] = {}
        super().prepare()

    def write_attributes(self, key: Key, change: Change) -> None:
        """Swaps what is stored with what is on the shelf."""
        stored = self.stored_attributes(key)
        shelved = self.shelf.pop(key, {})
        if left_out := {name: a for name, a in stored.items() if name not in change.attributes}:
            self.shelf[key] = left_out
        if stored and set(stored) == set(change.attributes):
            change.attributes = {**shelved, **change.attributes}
        super().write_attributes(key, change)


@fault("inserted-records-lost-by-next-update", breaks=[UNTOUCHED], reach="hard")
class InsertedRecordsLostByNextUpdate(GenesysService):
    """Records that were inserted on their own are of no version of the profile: the next update clears them away."""

    def prepare(self) -> None:
        """Starts without inserted records."""
        self.inserted: set[tuple[Key, str]] = set()
        super().prepare()

    def insert_extension_records(self, asked: Asked) -> Reply:
        """Remembers the extensions."""
        reply = super().insert_extension_records(asked)
        self.inserted |= {(asked.key, name) for name in self.stored_extensions(asked.key)}
        return reply

    def write_extensions(self, key: Key, change: Change) -> None:
        """Clears what no version has."""
        if not change.extensions:
            for owner, name in [each for each in self.inserted if each[0] == key]:
                self.clear_extension(owner, name)
        self.inserted = {each for each in self.inserted if each[0] != key}
        super().write_extensions(key, change)


@fault("inserted-records-survive-replacement", breaks=[REPLACED, "unsent-extensions-answered"], reach="hard")
class InsertedRecordsSurviveReplacement(GenesysService):
    """An update replaces the records that came with an update alone; inserted ones stay beside the new ones."""

    def prepare(self) -> None:
        """Starts without inserted records."""
        self.inserted: dict[tuple[Key, str], list[Record]] = {}
        super().prepare()

    def insert_extension_records(self, asked: Asked) -> Reply:
        """Remembers the records of extensions with several."""
        reply = super().insert_extension_records(asked)
        for extension in self.extensions(asked.tenant).values():
            if extension.type == "multi-valued":
                self.inserted[asked.key, extension.name] = self.stored_records(asked.key, extension.name)
        return reply

    def brought_together(self, extension: ExtensionDef, stored: list[Record], sent: list[Record]) -> list[Record]:
        """Keeps the inserted ones among those stored."""
        together = super().brought_together(extension, stored, sent)
        inserted = [r for (_, name), records in self.inserted.items() if name == extension.name for r in records]
        return [*together, *(r for r in stored if r in inserted and r not in together)]


@fault("removed-record-comes-back", breaks=[UNTOUCHED], reach="hard")
class RemovedRecordComesBack(GenesysService):
    """A record that is deleted by itself is only marked; an update of the attributes clears all marks."""

    def prepare(self) -> None:
        """Starts without marks."""
        self.marked: dict[tuple[Key, str], list[Record]] = {}
        super().prepare()

    def delete_record(self, asked: Asked) -> Reply:
        """Marks it."""
        extension, records, index, _ = self.selected(asked)
        self.marked.setdefault((asked.key, extension.name), []).append(records[index])
        return super().delete_record(asked)

    def write_extensions(self, key: Key, change: Change) -> None:
        """Clears the marks."""
        super().write_extensions(key, change)
        for owner, name in [each for each in self.marked if each[0] == key]:
            back = self.marked.pop((owner, name))
            if not change.extensions:
                records = [*self.stored_records(key, name), *back]
                self.clear_extension(key, name)
                self.insert_records(key, name, records)


@fault("stale-extensions-written-back", breaks=[UNTOUCHED], reach="hard")
class StaleExtensionsWrittenBack(GenesysService):
    """An update of attributes saves the whole profile that it holds in memory, extensions as they last were sent."""

    def prepare(self) -> None:
        """Starts without profiles in memory."""
        self.held: dict[Key, dict[str, list[Record]]] = {}
        super().prepare()

    def write_extensions(self, key: Key, change: Change) -> None:
        """Saves what is held."""
        super().write_extensions(key, change)
        if change.extensions:
            self.held[key] = {name: self.stored_records(key, name) for name in self.stored_extensions(key)}
        for name, records in self.held.get(key, {}).items():
            self.clear_extension(key, name)
            self.insert_records(key, name, records)


@fault("refused-update-revives-deleted-customer", breaks=["unknown-customer-answered"], reach="hard")
class RefusedUpdateRevivesDeletedCustomer(GenesysService):
    """The session of a refused update lives on: the next one revives a customer that was deleted in between."""

    def prepare(self) -> None:
        """Starts without sessions."""
        self.sessions: set[Key] = set()
        super().prepare()

    def leave_refused(self, key: Key, change: Change) -> None:
        """Keeps the session open."""
        super().leave_refused(key, change)
        self.sessions.add(key)

    def update_unknown(self, asked: Asked, body: dict[str, Any]) -> Reply:
        """Reattaches the session."""
        if asked.key not in self.sessions:
            return super().update_unknown(asked, body)
        change = self.read_change(asked.key, body)
        if change.refused:
            raise RefusalError(400, "; ".join(change.refused))
        with self.transaction():
            self.insert_profile(asked.key)
            self.write(asked.key, change)
        return self.updated(asked)
