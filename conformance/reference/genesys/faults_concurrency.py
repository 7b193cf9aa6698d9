"""Faults that show only while several clients are at work: what is written or read in pieces."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from conformance.reference.core import Call, Reply
from conformance.reference.faults import fault
from conformance.reference.genesys.model import Asked, Attribute, Change, ExtensionDef, Key, Record, RefusalError
from conformance.reference.genesys.service import GenesysService

WHOLE = "updates-are-whole"
WINDOW_S, LONG_WINDOW_S = 0.01, 0.1


class Interleaved(GenesysService):
    """Serves several clients at once, statement by statement and without transactions.

    As in a service with a pool of database connections, others may come between two statements; `elsewhere` is where
    they do.
    """

    threaded = True

    def prepare(self) -> None:
        """Counts what was served."""
        self.turn = threading.Condition(self.lock)
        self.served = {"GET": 0, "PUT": 0}
        self.seeded = False
        self.window = WINDOW_S
        super().prepare()
        self.seeded = True

    def handle(self, call: Call) -> Reply:
        """Tells those who wait that somebody was served."""
        try:
            return super().handle(call)
        finally:
            self.served[call.method] = self.served.get(call.method, 0) + 1
            self.turn.notify_all()

    def elsewhere(self, method: str) -> None:
        """Lets others pass until one of a method was served, or for a moment; longer where others came before."""
        seen = self.served[method]
        if self.seeded:
            came = self.turn.wait_for(lambda: self.served[method] > seen, self.window)
            self.window = LONG_WINDOW_S if came else WINDOW_S

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Nothing: each statement commits for itself."""
        yield

    def insert_attribute(self, key: Key, name: str, attribute: Attribute) -> None:
        """Writes over what somebody else may have written meanwhile."""
        self.clear_attribute(key, name)
        super().insert_attribute(key, name, attribute)

    def insert_records(self, key: Key, extension: str, records: Iterable[Record]) -> None:
        """Writes over what somebody else may have written meanwhile."""
        self.clear_extension(key, extension)
        super().insert_records(key, extension, records)


@fault("attributes-written-one-by-one", breaks=[WHOLE], reach="hard")
class AttributesWrittenOneByOne(Interleaved):
    """Attributes are written one after another without a transaction: a query in between finds half of them."""

    def write_attributes(self, key: Key, change: Change) -> None:
        """Lets others in when half is done."""
        left_out = set(self.stored_attributes(key)) - set(change.attributes)
        for name in left_out:
            self.clear_attribute(key, name)
        for place, (name, attribute) in enumerate(change.attributes.items()):
            if 2 * place in (len(change.attributes), len(change.attributes) - 1):
                self.elsewhere("GET")
            self.insert_attribute(key, name, attribute)


@fault("cleared-before-written", breaks=[WHOLE], reach="hard")
class ClearedBeforeWritten(Interleaved):
    """Old attributes are deleted in one transaction and new ones inserted in the next: in between there are none."""

    def clear_attributes(self, key: Key) -> None:
        """Commits at once."""
        super().clear_attributes(key)
        self.elsewhere("GET")


@fault("profile-deleted-and-inserted-anew", breaks=[WHOLE], reach="hard")
class ProfileDeletedAndInsertedAnew(Interleaved):
    """An update deletes the customer and inserts it again: for a moment nobody has that id."""

    def write(self, key: Key, change: Change) -> None:
        """Replaces the row of the profile too."""
        self.store.execute("DELETE FROM profile WHERE tenant = ? AND customer = ?", key)
        self.elsewhere("GET")
        self.store.execute("INSERT OR IGNORE INTO profile VALUES (?, ?)", key)
        super().write(key, change)


@fault("extensions-in-second-transaction", breaks=[WHOLE], reach="hard")
class ExtensionsInSecondTransaction(Interleaved):
    """Extensions are written after the attributes, in a transaction of their own: a query in between mixes two."""

    def write_extensions(self, key: Key, change: Change) -> None:
        """Comes later."""
        if change.extensions:
            self.elsewhere("GET")
        super().write_extensions(key, change)


@fault("list-written-value-by-value", breaks=[WHOLE], reach="hard")
class ListWrittenValueByValue(Interleaved):
    """Several values of an attribute are stored row by row: a query in between finds the first ones only."""

    def insert_attribute(self, key: Key, name: str, attribute: Attribute) -> None:
        """Stores the primary value, and a moment later the others."""
        if len(attribute.values) > 1:
            super().insert_attribute(key, name, Attribute(attribute.values[:1], attribute.many))
            self.elsewhere("GET")
        super().insert_attribute(key, name, attribute)


@fault("query-without-snapshot", breaks=[WHOLE], reach="hard")
class QueryWithoutSnapshot(Interleaved):
    """A query reads attributes and extensions in two statements without a snapshot: an update comes between them."""

    def stored_records(self, key: Key, extension: str) -> list[Record]:
        """Reads the first extension a moment after the attributes."""
        if extension == next(iter(self.extensions(key.tenant))):
            self.elsewhere("PUT")
        return super().stored_records(key, extension)


@fault("cache-filled-by-members", breaks=[WHOLE], reach="hard")
class CacheFilledByMembers(Interleaved):
    """Queries fill a cache member by member, and one that an update overtakes leaves old members in it."""

    def prepare(self) -> None:
        """Starts with an empty cache."""
        self.cache: dict[Key, dict[str, Attribute]] = {}
        super().prepare()

    def write(self, key: Key, change: Change) -> None:
        """Empties the cache."""
        super().write(key, change)
        self.cache.pop(key, None)

    def remove_profile(self, key: Key) -> None:
        """Empties the cache."""
        super().remove_profile(key)
        self.cache.pop(key, None)

    def representation(self, key: Key, extensions: list[ExtensionDef]) -> dict[str, Any]:
        """Shows attributes from the cache, and loads those that are missing in it."""
        known = self.cache.get(key, {})
        shown = super().representation(key, extensions)
        stored = self.stored_attributes(key)
        loaded = dict(list(stored.items())[: len(stored) // 2])
        if not known:
            self.elsewhere("PUT")
        loaded = {**self.stored_attributes(key), **loaded, **known}
        self.cache[key] = loaded
        attributes = {name: self.shown_attribute(attribute) for name, attribute in loaded.items()}
        return {name: value for name, value in shown.items() if name not in stored} | attributes


@fault("changes-against-a-stale-read", breaks=[WHOLE], reach="hard")
class ChangesAgainstAStaleRead(Interleaved):
    """An update writes what differs from what it read before; what another one changed meanwhile is mixed in."""

    def write_attributes(self, key: Key, change: Change) -> None:
        """Reads, compares, and writes the difference."""
        read = self.stored_attributes(key)
        self.elsewhere("PUT")
        for name in set(read) - set(change.attributes):
            self.clear_attribute(key, name)
        for name, attribute in change.attributes.items():
            if read.get(name) != attribute:
                self.insert_attribute(key, name, attribute)


@fault("conflict-resolved-by-merging", breaks=[WHOLE], reach="hard")
class ConflictResolvedByMerging(Interleaved):
    """An update that another one overtook is merged into its result, where it should replace it."""

    def write_attributes(self, key: Key, change: Change) -> None:
        """Looks whether the profile is the one that it found at first."""
        found = self.stored_attributes(key)
        self.elsewhere("PUT")
        if self.stored_attributes(key) == found:
            self.clear_attributes(key)
        for name, attribute in change.attributes.items():
            self.insert_attribute(key, name, attribute)


@fault("conflict-noticed-too-late", breaks=[WHOLE], reach="hard")
class ConflictNoticedTooLate(Interleaved):
    """The version is checked after the attributes were written: a conflict is refused and has changed something."""

    def update(self, asked: Asked) -> Reply:
        """Refuses what was overtaken."""
        seen = self.served["PUT"]
        reply = super().update(asked)
        if self.served["PUT"] > seen:
            raise RefusalError(409, "another update came first")
        return reply

    def write_extensions(self, key: Key, change: Change) -> None:
        """Comes later."""
        self.elsewhere("PUT")
        super().write_extensions(key, change)
