"""Faults of round 2 in extensions, replacing, concurrency, caching and retention."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from conformance.reference.core import Call, Reply
from conformance.reference.faults import fault
from conformance.reference.genesys.model import (
    CUSTOMER_ID,
    Asked,
    AttributeDef,
    Change,
    ExtensionDef,
    InvalidError,
    Key,
    Record,
    RefusalError,
)
from conformance.reference.genesys.service import GenesysService

PAGE = 100
REMEMBERED = 50
PAUSE_S = 0.02
CACHED_S = 1.0


@fault(
    "hundred-records-kept",
    breaks=["extension-replaced"],
    contracts=["genesys-ucs"],
    reach="hard",
    round=2,
)
class HundredRecordsKept(GenesysService):
    """Of more than a hundred records of one extension the first hundred are stored and the rest is lost."""

    def insert_records(self, key: Key, extension: str, records: Iterable[Record]) -> None:
        """Writes one batch."""
        super().insert_records(key, extension, list(records)[:PAGE])


@fault(
    "records-behind-the-first-unchecked",
    breaks=["extension-schema-enforced", "wrong-types-answered"],
    contracts=["genesys-ucs"],
    reach="hard",
    round=2,
)
class RecordsBehindTheFirstUnchecked(GenesysService):
    """Only the first of several records is held against the schema; wrong ones behind it are stored as they are."""

    def read_extension(self, change: Change, key: Key, extension: ExtensionDef, value: Any) -> None:
        """Checks one as a sample."""
        try:
            super().read_extension(change, key, extension, value)
        except InvalidError:
            if not isinstance(value, list) or len(value) < 2:
                raise
            super().read_extension(change, key, extension, value[:1])
            change.extensions[extension.name].extend(each for each in value[1:] if isinstance(each, dict))


@fault(
    "default-is-the-last-value-sent",
    breaks=["nothing-invented", "extension-replaced"],
    contracts=["genesys-ucs"],
    reach="hard",
    round=2,
)
class DefaultIsTheLastValueSent(GenesysService):
    """A new record without an attribute that has a default gets the last value that anybody sent for that attribute."""

    def record_value(self, attribute: AttributeDef, value: Any) -> Any:
        """Writes into the template that all records share."""
        kept = super().record_value(attribute, value)
        self.__dict__.setdefault("template", {})[attribute] = kept
        return kept

    def fill(self, record: Record, attribute: AttributeDef, stored: Record) -> None:
        """Copies from the template."""
        super().fill(record, attribute, stored)
        if attribute.default is not None and not stored:
            record[attribute.name] = self.__dict__.get("template", {}).get(attribute, attribute.default)


@fault(
    "empty-object-clears-extensions",
    breaks=["empty-update", "extensions-untouched"],
    contracts=["genesys-ucs"],
    reach="medium",
    round=2,
)
class EmptyObjectClearsExtensions(GenesysService):
    """An update with an empty object removes the extensions too, and not the attributes alone."""

    def write_extensions(self, key: Key, change: Change) -> None:
        """Takes an empty profile for one without anything."""
        if not change.attributes and not change.extensions:
            self.clear_extensions(key)
        super().write_extensions(key, change)


@fault(
    "query-made-twice-is-cached",
    breaks=["last-update-stands", "sent-attributes-stored", "omitted-attributes-lost"],
    contracts=["genesys-ucs"],
    reach="hard",
    round=2,
)
class QueryMadeTwiceIsCached(GenesysService):
    """A query that was made twice in a row shows the same answer for a second, whatever is updated meanwhile."""

    def query(self, asked: Asked) -> Reply:
        """Keeps the answer to what is asked for often."""
        hot: dict[Any, tuple[Reply, float]] = self.__dict__.setdefault("hot", {})
        at = (asked.key, asked.call.query)
        if at in hot and time.monotonic() < hot[at][1]:
            return hot[at][0]
        reply = super().query(asked)
        state = (at, self.revision(asked.key))
        if self.__dict__.get("asked_last") == state:
            hot[at] = (reply, time.monotonic() + CACHED_S)
        self.__dict__["asked_last"] = state
        return reply


@fault(
    "records-of-deleted-customer-return",
    breaks=["nothing-invented"],
    contracts=["genesys-ucs"],
    reach="hard",
    round=2,
)
class RecordsOfDeletedCustomerReturn(GenesysService):
    """A customer who is created with the id of a deleted one has that one's extension records."""

    def remove_profile(self, key: Key) -> None:
        """Leaves the records in their table."""
        left = {name: self.stored_records(key, name) for name in self.stored_extensions(key)}
        super().remove_profile(key)
        for name, records in left.items():
            self.insert_records(key, name, records)


@fault(
    "records-forgotten-after-fifty-customers",
    breaks=["other-customers-untouched", "extensions-untouched"],
    contracts=["genesys-ucs"],
    reach="hard",
    round=2,
)
class RecordsForgottenAfterFiftyCustomers(GenesysService):
    """The extension records of a customer are lost once fifty other customers were written after him."""

    def write(self, key: Key, change: Change) -> None:
        """Keeps the records of those written last."""
        super().write(key, change)
        recent: dict[Key, None] = self.__dict__.setdefault("recent", {})
        recent.pop(key, None)
        recent[key] = None
        if len(recent) > REMEMBERED:
            oldest = next(iter(recent))
            del recent[oldest]
            self.clear_extensions(oldest)


@fault(
    "simultaneous-updates-share-their-address",
    breaks=["other-customers-untouched", "sent-attributes-stored"],
    contracts=["genesys-ucs"],
    reach="hard",
    round=2,
)
class SimultaneousUpdatesShareTheirAddress(GenesysService):
    """Of updates of two customers at the same time the earlier one is stored for the customer of the later one."""

    threaded = True

    def update(self, asked: Asked) -> Reply:
        """Keeps the address in a variable that all requests share."""
        self.__dict__["current"] = asked.parameters[CUSTOMER_ID]
        self.lock.release()
        time.sleep(PAUSE_S)
        self.lock.acquire()
        return super().update(replace(asked, parameters={CUSTOMER_ID: self.__dict__["current"]}))


@fault(
    "simultaneous-updates-fail",
    breaks=["no-server-error", "update-by-address"],
    contracts=["genesys-ucs"],
    reach="hard",
    round=2,
)
class SimultaneousUpdatesFail(GenesysService):
    """An update that comes while another one of the same customer is being carried out fails with 500."""

    threaded = True

    def update(self, asked: Asked) -> Reply:
        """Finds the row locked and does not wait for it."""
        busy: set[Key] = self.__dict__.setdefault("busy", set())
        if asked.key in busy:
            raise RefusalError(500, "the row is locked")
        busy.add(asked.key)
        try:
            self.lock.release()
            time.sleep(PAUSE_S)
            self.lock.acquire()
            return super().update(asked)
        finally:
            busy.discard(asked.key)


@fault(
    "body-sent-before-not-carried-out",
    breaks=["last-update-stands", "sent-attributes-stored"],
    contracts=["genesys-ucs"],
    reach="hard",
    round=2,
)
class BodySentBeforeNotCarriedOut(GenesysService):
    """An update whose body a customer has had before is taken for a retry and not carried out, also after others."""

    def update(self, asked: Asked) -> Reply:
        """Remembers every body, and not the last one alone."""
        done: set[tuple[Key, bytes]] = self.__dict__.setdefault("done", set())
        at = (asked.key, asked.call.body)
        if at in done and self.exists(asked.key):
            self.body_object(asked)
            return self.updated(asked)
        reply = super().update(asked)
        done.add(at)
        return reply


@fault(
    "further-values-of-omitted-attribute-stay",
    breaks=["omitted-attributes-lost", "empty-update", "nothing-invented"],
    contracts=["genesys-ucs"],
    reach="hard",
    round=2,
)
class FurtherValuesOfOmittedAttributeStay(GenesysService):
    """An attribute of several values that an update leaves out loses its primary value alone; the others stay."""

    def write_attributes(self, key: Key, change: Change) -> None:
        """Clears the column and forgets the table beside it."""
        before = self.stored_attributes(key)
        super().write_attributes(key, change)
        for name, attribute in before.items():
            if name not in change.attributes and len(attribute.values) > 1:
                self.insert_attribute(key, name, replace(attribute, values=attribute.values[1:]))


@fault(
    "zero-in-a-record-counts-as-left-out",
    breaks=["extension-attribute-types", "extension-replaced"],
    contracts=["genesys-ucs"],
    reach="medium",
    round=2,
)
class ZeroInARecordCountsAsLeftOut(GenesysService):
    """A zero in a record is taken for no value: the attribute gets its default, or nothing."""

    def read_record(self, extension: ExtensionDef, value: Any, stored: Record) -> Record:
        """Asks whether a value is true and means whether it is there."""
        if isinstance(value, dict):
            value = {name: given for name, given in value.items() if isinstance(given, bool) or given != 0}
        return super().read_record(extension, value, stored)


@fault(
    "update-in-maintenance-done-later",
    breaks=["maintenance-refused", "refused-changes-nothing"],
    contracts=["genesys-ucs"],
    reach="hard",
    round=2,
)
class UpdateInMaintenanceDoneLater(GenesysService):
    """An update that was refused in maintenance mode is carried out when the server returns to production mode."""

    def answer(self, call: Call) -> Reply:
        """Puts refused updates aside."""
        try:
            return super().answer(call)
        except RefusalError as refusal:
            if refusal.status == 503 and call.method == "PUT":
                self.__dict__.setdefault("aside", []).append(call)
            raise

    def set_mode(self, asked: Asked) -> Reply:
        """Takes them up again."""
        reply = super().set_mode(asked)
        if self.mode(asked.tenant) == "production":
            for call in self.__dict__.pop("aside", []):
                with suppress(RefusalError):
                    self.answer(call)
        return reply


@fault(
    "unique-among-all-customers",
    breaks=["extensions-accepted", "extension-replaced", "update-by-address"],
    contracts=["genesys-ucs"],
    reach="hard",
    round=2,
)
class UniqueAmongAllCustomers(GenesysService):
    """A record is refused whose unique attributes a record of another customer has, and not only one of the same."""

    def read_extension(self, change: Change, key: Key, extension: ExtensionDef, value: Any) -> None:
        """Has an index that lacks the customer."""
        super().read_extension(change, key, extension, value)
        rows = self.store.execute(
            "SELECT content FROM record WHERE tenant = ? AND extension = ? AND customer <> ?",
            (key.tenant, extension.name, key.customer),
        )
        taken = {self.identity(extension, json.loads(row["content"])) for row in rows if extension.unique}
        if any(self.identity(extension, record) in taken for record in change.extensions.get(extension.name, [])):
            raise RefusalError(int(self.reading("unique-conflict")), "the record exists")
