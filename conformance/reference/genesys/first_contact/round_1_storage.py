"""Faults of the first round: what is kept, for how long, and in what order. Each describes what the server does."""

from __future__ import annotations

import time
from itertools import pairwise
from typing import Any

from conformance.reference.core import Reply
from conformance.reference.faults import fault
from conformance.reference.genesys.model import (
    Asked,
    Attribute,
    AttributeDef,
    Change,
    ExtensionDef,
    InvalidError,
    Key,
    Record,
    RefusalError,
)
from conformance.reference.genesys.service import GenesysService

UCS = ["genesys-ucs"]


@fault("same-values-skip-write", breaks=["omitted-attributes-lost"], contracts=UCS, reach="hard", round=1)
class SameValuesSkipWrite(GenesysService):
    """An update whose attributes all have the stored values is not carried out, and what it leaves out survives."""

    def write_attributes(self, key: Key, change: Change) -> None:
        """Writes only where a sent value differs."""
        stored = self.stored_attributes(key)
        if not change.attributes or any(stored.get(name) != sent for name, sent in change.attributes.items()):
            super().write_attributes(key, change)


@fault(
    "known-body-not-carried-out",
    breaks=["last-update-stands", "sent-attributes-stored"],
    contracts=UCS,
    reach="hard",
    round=1,
)
class KnownBodyNotCarriedOut(GenesysService):
    """An update that was accepted once before is answered with success and not carried out, whatever came between."""

    accepted: frozenset[tuple[Key, bytes]] = frozenset()

    def update(self, asked: Asked) -> Reply:
        """Takes a body that it knows for a repeated delivery."""
        mark = (asked.key, asked.call.body)
        if mark in self.accepted and self.exists(asked.key):
            return self.updated(asked)
        reply = super().update(asked)
        self.accepted |= {mark}
        return reply


@fault(
    "query-with-extensions-cached",
    breaks=["sent-attributes-stored", "last-update-stands"],
    contracts=UCS,
    reach="medium",
    round=1,
)
class QueryWithExtensionsCached(GenesysService):
    """A query that names extensions shows old attributes until an update brings extensions."""

    def prepare(self) -> None:
        """Starts with nothing remembered."""
        self.cached: dict[tuple[Key, str], Reply] = {}
        super().prepare()

    def query(self, asked: Asked) -> Reply:
        """Answers from memory where it can."""
        mark = (asked.key, asked.call.query)
        if not asked.call.query or mark not in self.cached:
            self.cached[mark] = super().query(asked)
        return self.cached[mark]

    def clear_extensions(self, key: Key) -> None:
        """Forgets what was remembered of the customer."""
        self.cached = {mark: reply for mark, reply in self.cached.items() if mark[0] != key}
        super().clear_extensions(key)


@fault(
    "refused-values-come-with-the-next",
    breaks=["refused-changes-nothing", "nothing-invented", "omitted-attributes-lost"],
    contracts=UCS,
    reach="hard",
    round=1,
)
class RefusedValuesComeWithTheNext(GenesysService):
    """The valid attributes of a refused update are stored with the next accepted update of the same customer."""

    left: tuple[Key, dict[str, Attribute]] | None = None

    def leave_refused(self, key: Key, change: Change) -> None:
        """Leaves them in the buffer."""
        super().leave_refused(key, change)
        self.left = (key, dict(change.attributes))

    def write_attributes(self, key: Key, change: Change) -> None:
        """Writes what is left in the buffer, too."""
        if self.left is not None and self.left[0] == key:
            change.attributes = {**self.left[1], **change.attributes}
            self.left = None
        super().write_attributes(key, change)


@fault("lock-left-by-refusal", breaks=["update-by-address"], contracts=UCS, reach="hard", round=1)
class LockLeftByRefusal(GenesysService):
    """After an update that was refused for its members, the next one of the same customer is refused with 409."""

    locked: frozenset[Key] = frozenset()

    def leave_refused(self, key: Key, change: Change) -> None:
        """Leaves the customer locked."""
        super().leave_refused(key, change)
        self.locked |= {key}

    def check_retrieval(self, asked: Asked) -> None:
        """Refuses while the customer is locked, and then unlocks it."""
        super().check_retrieval(asked)
        if asked.key in self.locked:
            self.locked -= {asked.key}
            raise RefusalError(409, "the profile is locked by another update")


@fault(
    "twenty-customers-with-records",
    breaks=["other-customers-untouched", "extensions-untouched"],
    contracts=UCS,
    reach="hard",
    round=1,
)
class TwentyCustomersWithRecords(GenesysService):
    """Extension records are kept for the 20 customers who got some last; older ones lose theirs."""

    recent: tuple[Key, ...] = ()

    def write_extensions(self, key: Key, change: Change) -> None:
        """Removes the records of who comes last in the row."""
        super().write_extensions(key, change)
        if change.extensions:
            row = (key, *(each for each in self.recent if each != key))
            self.recent = row[:20]
            for old in row[20:]:
                self.clear_extensions(old)


@fault("second-in-a-row-dropped", breaks=["last-update-stands"], contracts=UCS, reach="hard", round=1)
class SecondInARowDropped(GenesysService):
    """An update that follows an update of the same customer within 50 ms, with nothing between, is not stored."""

    before: tuple[Key, int, float] | None = None
    quick = False

    def update(self, asked: Asked) -> Reply:
        """Takes a quick second update for a double click."""
        now = time.monotonic()
        last = self.before
        self.quick = last is not None and last[:2] == (asked.key, self.requests - 1) and now < last[2]
        try:
            reply = super().update(asked)
        finally:
            self.quick = False
        self.before = (asked.key, self.requests, now + 0.05)
        return reply

    def write(self, key: Key, change: Change) -> None:
        """Writes nothing for a double click."""
        if not self.quick:
            super().write(key, change)


@fault("nothing-left-nobody-there", breaks=["empty-update", "update-by-address"], contracts=UCS, reach="hard", round=1)
class NothingLeftNobodyThere(GenesysService):
    """An update that leaves a customer without attributes and records removes the customer."""

    def updated(self, asked: Asked) -> Reply:
        """Removes a profile of which no row is left."""
        reply = super().updated(asked)
        if not self.stored_attributes(asked.key) and not self.stored_extensions(asked.key):
            with self.transaction():
                self.remove_profile(asked.key)
        return reply


@fault("records-follow-attributes", breaks=["updates-are-whole"], contracts=UCS, reach="hard", round=1)
class RecordsFollowAttributes(GenesysService):
    """An update writes its attributes first and its records a moment later; others may come between."""

    threaded = True

    def write(self, key: Key, change: Change) -> None:
        """Lets others pass between the two."""
        self.forget_retrievals(key)
        self.write_attributes(key, change)
        if change.extensions and self.requests:
            self.store.execute("COMMIT")
            self.lock.release()
            time.sleep(0.03)
            self.lock.acquire()
            self.store.execute("BEGIN IMMEDIATE")
        self.write_extensions(key, change)


@fault(
    "one-buffer-for-all",
    breaks=["other-customers-untouched", "sent-attributes-stored"],
    contracts=UCS,
    reach="hard",
    round=1,
)
class OneBufferForAll(GenesysService):
    """Of two updates of different customers at the same time, both customers get the profile of the later one."""

    threaded = True
    buffer = Change()

    def read_change(self, key: Key, body: dict[str, Any]) -> Change:
        """Keeps the change where every request keeps its own."""
        self.buffer = super().read_change(key, body)
        if not self.requests:
            return self.buffer
        self.lock.release()
        time.sleep(0.01)
        self.lock.acquire()
        return self.buffer


@fault("records-expire", breaks=["extensions-untouched", "extension-replaced"], contracts=UCS, reach="hard", round=1)
class RecordsExpire(GenesysService):
    """The records of an extension are gone two seconds after they were written."""

    def prepare(self) -> None:
        """Starts with no record."""
        self.written: dict[tuple[Key, str], float] = {}
        super().prepare()

    def insert_records(self, key: Key, extension: str, records: Any) -> None:
        """Notes the time."""
        super().insert_records(key, extension, records)
        self.written[(key, extension)] = time.monotonic()

    def stored_records(self, key: Key, extension: str) -> list[Record]:
        """The records that are fresh."""
        age = time.monotonic() - self.written.get((key, extension), 0.0)
        return super().stored_records(key, extension) if age < 2.0 else []


@fault("empty-object-clears-records", breaks=["extensions-untouched"], contracts=UCS, reach="medium", round=1)
class EmptyObjectClearsRecords(GenesysService):
    """An update with neither an attribute nor an extension removes the extension records, too."""

    def write_extensions(self, key: Key, change: Change) -> None:
        """Takes no member at all for an empty set of extensions."""
        if not change.attributes and not change.extensions and not change.ignored:
            self.clear_extensions(key)
        super().write_extensions(key, change)


@fault("falsy-defaults-left-out", breaks=["extension-replaced"], contracts=UCS, reach="medium", round=1)
class FalsyDefaultsLeftOut(GenesysService):
    """What a record leaves out takes the default of its schema, unless that default is 0 or false."""

    def fill(self, record: Record, attribute: AttributeDef, stored: Record) -> None:
        """Asks whether the default is true and not whether there is one."""
        if attribute.default or attribute.default is None:
            super().fill(record, attribute, stored)


@fault("record-of-same-key-merged", breaks=["extension-replaced"], contracts=UCS, reach="hard", round=1)
class RecordOfSameKeyMerged(GenesysService):
    """A record with the unique attributes of a stored one keeps the old values of what it leaves out."""

    def brought_together(self, extension: ExtensionDef, stored: list[Record], sent: list[Record]) -> list[Record]:
        """Puts each record over the one of the same identity."""
        left = super().brought_together(extension, stored, sent)
        if not extension.unique:
            return left
        before = {self.identity(extension, record): record for record in stored}
        return [{**before.get(self.identity(extension, record), {}), **record} for record in left]


@fault("distant-twins-accepted", breaks=["extension-schema-enforced"], contracts=UCS, reach="hard", round=1)
class DistantTwinsAccepted(GenesysService):
    """Two records with the same unique attributes are refused only where they stand side by side."""

    def check_unique(self, extension: ExtensionDef, records: list[Record]) -> None:
        """Compares each record with the next one."""
        for pair in pairwise(records):
            super().check_unique(extension, list(pair))


@fault("one-wrong-record-skipped", breaks=["extension-schema-enforced"], contracts=UCS, reach="hard", round=1)
class OneWrongRecordSkipped(GenesysService):
    """Where exactly one of three or more records is wrong, the update is accepted without it."""

    def shaped(self, extension: ExtensionDef, value: Any) -> list[Any]:
        """Leaves a single wrong record out."""
        records = super().shaped(extension, value)
        wrong = [place for place, record in enumerate(records) if not self.is_right(extension, record)]
        if len(records) < 3 or len(wrong) != 1:
            return records
        return [record for place, record in enumerate(records) if place not in wrong]

    def is_right(self, extension: ExtensionDef, record: Any) -> bool:
        """Whether a record can be read."""
        try:
            self.read_record(extension, record, {})
        except InvalidError:
            return False
        return True


@fault("classifier-survives", breaks=["unsent-extensions-answered"], contracts=UCS, reach="hard", round=1)
class ClassifierSurvives(GenesysService):
    """An update with extensions removes those it leaves out, but never a classifier that is set."""

    def write_extensions(self, key: Key, change: Change) -> None:
        """Sets again the classifiers of which the change does not speak."""
        known = self.extensions(key.tenant)
        were_set = [name for name in self.stored_extensions(key) if known[name].type == "classifier"]
        super().write_extensions(key, change)
        for name in were_set:
            if name not in change.extensions:
                self.clear_extension(key, name)
                self.insert_records(key, name, [{}])


@fault("answer-shows-profile-before", breaks=["success-body"], contracts=UCS, reach="hard", round=1)
class AnswerShowsProfileBefore(GenesysService):
    """An update whose body has customer_id is answered with the profile as it was before the update."""

    def update(self, asked: Asked) -> Reply:
        """Reads the profile too early."""
        before = self.representation(asked.key, list(self.extensions(asked.tenant).values()))
        reply = super().update(asked)
        return Reply.json(before) if b'"customer_id"' in asked.call.body else reply
