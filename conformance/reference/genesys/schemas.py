"""Profile schema and extension schemas: what a profile may hold."""

from __future__ import annotations

import json
import re
from functools import cache
from importlib import resources
from typing import Any

from conformance.reference.genesys.model import AttributeDef, ExtensionDef
from conformance.reference.genesys.store import Store

SERVER_OWNED = re.compile(r"(LastCalledAgent_|PreferredAgent_|LCA_|Pref_)")


@cache
def defaults() -> dict[str, list[dict[str, Any]]]:
    """The schema that a tenant starts with."""
    text = resources.files("conformance.reference.genesys").joinpath("defaults.json").read_text("utf-8")
    loaded: dict[str, list[dict[str, Any]]] = json.loads(text)
    return loaded


class Schemas(Store):
    """Reads and changes the schemas of a tenant."""

    def prepare(self) -> None:
        """Starts without anything remembered."""
        super().prepare()
        self._attributes: dict[str, dict[str, AttributeDef]] = {}
        self._extensions: dict[str, dict[str, ExtensionDef]] = {}

    def seed_schemas(self, tenant: str) -> None:
        """Gives a new tenant the schema of the document's example, and an extension of each kind."""
        extensions = [e for e in defaults()["extensions"] if e["type"] != "multi-valued" or self.multi_valued_known()]
        for row in defaults()["attributes"]:
            if row["name"] == "EmailAddress" and self.reading("email-address-kind") == "extension":
                kind = "multi-valued" if self.multi_valued_known() else "single-valued"
                extensions.append({"name": row["name"], "type": kind, "attributes": [row]})
            elif row["name"] == "DOB" and self.reading("date-only-value") == "string-attribute":
                self.insert_attribute_definition(tenant, {**row, "type": "string"})
            else:
                self.insert_attribute_definition(tenant, row)
        for row in extensions:
            self.insert_extension_definition(tenant, row)

    def multi_valued_known(self) -> bool:
        """Whether extensions with several records exist in this version."""
        return self.reading("multi-valued-extensions") == "both"

    def insert_attribute_definition(self, tenant: str, row: dict[str, Any]) -> None:
        """Adds an attribute to the profile schema."""
        self._insert_definition("attribute_definition", tenant, row)
        self._attributes.pop(tenant, None)

    def insert_extension_definition(self, tenant: str, row: dict[str, Any]) -> None:
        """Adds an extension schema."""
        self._insert_definition("extension_definition", tenant, row)
        self._extensions.pop(tenant, None)

    def _insert_definition(self, table: str, tenant: str, row: dict[str, Any]) -> None:
        last = self.one(f"SELECT max(position) FROM {table} WHERE tenant = ?", tenant)  # noqa: S608 - own names
        self.store.execute(
            f"INSERT INTO {table} VALUES (?, ?, ?, ?)",  # noqa: S608
            (tenant, (last or 0) + 1, row["name"], json.dumps(row)),
        )

    def remove_extension_definition(self, tenant: str, name: str) -> None:
        """Removes an extension schema with every record of the extension."""
        self.store.execute("DELETE FROM extension_definition WHERE tenant = ? AND name = ?", (tenant, name))
        self.store.execute("DELETE FROM record WHERE tenant = ? AND extension = ?", (tenant, name))
        self._extensions.pop(tenant, None)

    def remove_attribute_definitions(self, tenant: str) -> None:
        """Removes the profile schema with every value of its attributes."""
        self.store.execute("DELETE FROM attribute_definition WHERE tenant = ?", (tenant,))
        self.store.execute("DELETE FROM attribute WHERE tenant = ?", (tenant,))
        self._attributes.pop(tenant, None)

    def attributes(self, tenant: str) -> dict[str, AttributeDef]:
        """The profile schema, by name."""
        if tenant not in self._attributes:
            rows = self._definitions("attribute_definition", tenant)
            self._attributes[tenant] = {row["name"]: _attribute(row) for row in rows}
        return self._attributes[tenant]

    def extensions(self, tenant: str) -> dict[str, ExtensionDef]:
        """The extension schemas, by name."""
        if tenant not in self._extensions:
            rows = self._definitions("extension_definition", tenant)
            self._extensions[tenant] = {row["name"]: _extension(row) for row in rows}
        return self._extensions[tenant]

    def _definitions(self, table: str, tenant: str) -> list[dict[str, Any]]:
        rows = self.store.execute(
            f"SELECT definition FROM {table} WHERE tenant = ? ORDER BY position",  # noqa: S608
            (tenant,),
        )
        return [json.loads(row["definition"]) for row in rows]

    def find_attribute(self, tenant: str, name: str) -> AttributeDef | None:
        """The profile attribute that a member names."""
        return self.named(self.attributes(tenant), name)

    def named(self, known: dict[str, AttributeDef], name: str) -> AttributeDef | None:
        """The attribute of that name, in the case that the reading asks for."""
        found = known.get(name)
        if found is None and self.reading("attribute-name-case") == "insensitive":
            found = next((a for a in known.values() if a.name.lower() == name.lower()), None)
        return found

    def find_extension(self, tenant: str, name: str) -> ExtensionDef | None:
        """The extension that a member names, in whatever case."""
        known = self.extensions(tenant)
        return known.get(name) or next((e for e in known.values() if e.name.lower() == name.lower()), None)

    def server_owned(self, name: str) -> bool:
        """Whether the server itself keeps an attribute up to date."""
        return SERVER_OWNED.match(name) is not None


def _attribute(row: dict[str, Any]) -> AttributeDef:
    return AttributeDef(**row)


def _extension(row: dict[str, Any]) -> ExtensionDef:
    return ExtensionDef(
        name=row["name"],
        type=row["type"],
        required=row.get("required", False),
        unique=tuple(row.get("unique", ())),
        attributes=tuple(_attribute(a) for a in row.get("attributes", ())),
    )
