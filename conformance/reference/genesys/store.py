"""Tables, tenants and rows."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from conformance.reference.core import Service
from conformance.reference.genesys.model import Attribute, Key, Record

TABLES = """
CREATE TABLE IF NOT EXISTS tenant (id TEXT PRIMARY KEY, mode TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS attribute_definition (
    tenant TEXT, position INTEGER, name TEXT, definition TEXT NOT NULL, PRIMARY KEY (tenant, name));
CREATE TABLE IF NOT EXISTS extension_definition (
    tenant TEXT, position INTEGER, name TEXT, definition TEXT NOT NULL, PRIMARY KEY (tenant, name));
CREATE TABLE IF NOT EXISTS profile (tenant TEXT, customer TEXT, PRIMARY KEY (tenant, customer));
CREATE TABLE IF NOT EXISTS attribute (
    tenant TEXT, customer TEXT, name TEXT, position INTEGER, many INTEGER NOT NULL, value TEXT NOT NULL,
    PRIMARY KEY (tenant, customer, name, position));
CREATE TABLE IF NOT EXISTS record (
    tenant TEXT, customer TEXT, extension TEXT, position INTEGER, content TEXT NOT NULL,
    PRIMARY KEY (tenant, customer, extension, position));
CREATE TABLE IF NOT EXISTS retrieval (
    tenant TEXT, customer TEXT, user TEXT, PRIMARY KEY (tenant, customer, user));
"""


class Store(Service):
    """What is kept, row by row. Positions keep the order of values and records."""

    vendor = "genesys"

    def prepare(self) -> None:
        """Creates the tables; what only freedoms need is forgotten at the end."""
        self.store.executescript(TABLES)
        self.revisions: Counter[Key] = Counter()
        self.turns: Counter[str] = Counter()
        self.queried: set[Key] = set()
        self.deleted: set[Key] = set()
        self.values_had: set[tuple[Key, str]] = set()

    def revision(self, key: Key) -> int:
        """How often a profile was changed."""
        return self.revisions[key]

    def entity_tag(self, key: Key) -> str:
        """What names the present state of a profile."""
        return f'"{self.revisions[key]}-{hash(key) & 0xFFFF:x}"'

    def had_value(self, key: Key, name: str) -> bool:
        """Whether an attribute of a profile ever had a value."""
        return (key, name) in self.values_had

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All of a block's writes, or none."""
        self.store.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self.store.execute("ROLLBACK")
            raise
        self.store.execute("COMMIT")

    def exists(self, key: Key) -> bool:
        """Whether there is such a profile."""
        row = self.store.execute("SELECT 1 FROM profile WHERE tenant = ? AND customer = ?", key)
        return row.fetchone() is not None

    def insert_profile(self, key: Key) -> None:
        """A new profile without anything in it."""
        self.deleted.discard(key)
        self.store.execute("INSERT INTO profile VALUES (?, ?)", key)

    def remove_profile(self, key: Key) -> None:
        """Removes a profile with everything that belongs to it."""
        self.store.execute("DELETE FROM profile WHERE tenant = ? AND customer = ?", key)
        self.clear_attributes(key)
        self.clear_extensions(key)
        self.forget_retrievals(key)
        self.queried.discard(key)
        self.deleted.add(key)
        self.values_had = {each for each in self.values_had if each[0] != key}

    def stored_attributes(self, key: Key) -> dict[str, Attribute]:
        """The attributes of a profile that have values."""
        found: dict[str, Attribute] = {}
        rows = self.store.execute(
            "SELECT name, many, value FROM attribute WHERE tenant = ? AND customer = ? ORDER BY position", key
        )
        for row in rows:
            before = found[row["name"]].values if row["name"] in found else ()
            found[row["name"]] = Attribute((*before, json.loads(row["value"])), bool(row["many"]))
        return found

    def clear_attributes(self, key: Key) -> None:
        """Removes all attributes of a profile."""
        self.store.execute("DELETE FROM attribute WHERE tenant = ? AND customer = ?", key)

    def clear_attribute(self, key: Key, name: str) -> None:
        """Removes one attribute of a profile."""
        self.store.execute("DELETE FROM attribute WHERE tenant = ? AND customer = ? AND name = ?", (*key, name))

    def insert_attribute(self, key: Key, name: str, attribute: Attribute) -> None:
        """Writes the values of an attribute that has none."""
        self.values_had.add((key, name))
        self.store.executemany(
            "INSERT INTO attribute VALUES (?, ?, ?, ?, ?, ?)",
            [
                (*key, name, position, attribute.many, json.dumps(value))
                for position, value in enumerate(attribute.values)
            ],
        )

    def stored_records(self, key: Key, extension: str) -> list[Record]:
        """The records of one extension of a profile."""
        rows = self.store.execute(
            "SELECT content FROM record WHERE tenant = ? AND customer = ? AND extension = ? ORDER BY position",
            (*key, extension),
        )
        return [json.loads(row["content"]) for row in rows]

    def stored_extensions(self, key: Key) -> list[str]:
        """Names of the extensions of which a profile has records."""
        rows = self.store.execute("SELECT DISTINCT extension FROM record WHERE tenant = ? AND customer = ?", key)
        return [row["extension"] for row in rows]

    def clear_extensions(self, key: Key) -> None:
        """Removes all records of a profile."""
        self.store.execute("DELETE FROM record WHERE tenant = ? AND customer = ?", key)

    def clear_extension(self, key: Key, extension: str) -> None:
        """Removes the records of one extension of a profile."""
        self.store.execute("DELETE FROM record WHERE tenant = ? AND customer = ? AND extension = ?", (*key, extension))

    def insert_records(self, key: Key, extension: str, records: Iterable[Record]) -> None:
        """Writes the records of an extension that has none."""
        self.store.executemany(
            "INSERT INTO record VALUES (?, ?, ?, ?, ?)",
            [(*key, extension, position, json.dumps(record)) for position, record in enumerate(records)],
        )

    def note_retrieval(self, key: Key, user: str) -> None:
        """Remembers that a user has read a profile in its present state."""
        self.queried.add(key)
        self.store.execute("INSERT OR IGNORE INTO retrieval VALUES (?, ?, ?)", (*key, user))

    def was_retrieved(self, key: Key, user: str) -> bool:
        """Whether a user has read a profile in its present state."""
        row = self.store.execute("SELECT 1 FROM retrieval WHERE tenant = ? AND customer = ? AND user = ?", (*key, user))
        return row.fetchone() is not None

    def forget_retrievals(self, key: Key) -> None:
        """A profile has changed: what anybody read of it is out of date."""
        self.revisions[key] += 1
        self.store.execute("DELETE FROM retrieval WHERE tenant = ? AND customer = ?", key)

    def one(self, query: str, *values: Any) -> Any:
        """The first column of the first row, or None."""
        row = self.store.execute(query, values).fetchone()
        return None if row is None else row[0]
