"""Schemas as they travel: described to a reader, and read from a body that defines one."""

from __future__ import annotations

import re
from typing import Any

from conformance.reference.genesys.model import CUSTOMER_ID, AttributeDef, ExtensionDef, InvalidError
from conformance.reference.genesys.values import Values

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,25}")
OF_ONE_VALUE = ("FirstName", "LastName", "DOB")
ATTRIBUTE_TYPES = ("string", "date")
KINDS = ("single-valued", "multi-valued", "classifier")
RECORD_TYPES = ("string", "integer", "long", "double", "date", "datetime", "currency", "boolean")


class Definitions(Values):
    """Describes and reads schemas."""

    def describe_attribute(self, attribute: AttributeDef) -> dict[str, Any]:
        """An attribute of the profile schema as it travels."""
        return {
            "name": attribute.name,
            "type": attribute.type,
            "multi_valued": self.takes_several(attribute.name),
            "internal": self.server_owned(attribute.name),
        }

    def takes_several(self, name: str) -> bool:
        """Whether an attribute takes several values."""
        one = self.freedom("attributes-of-one-value") == "names" and name in OF_ONE_VALUE
        return not one and self.reading("attribute-array") == "array-ok"

    def describe_extension(self, extension: ExtensionDef) -> dict[str, Any]:
        """An extension schema as it travels."""
        row: dict[str, Any] = {"name": extension.name, "type": extension.type, "required": extension.required}
        if extension.unique:
            row["unique"] = list(extension.unique)
        return {**row, "attributes": [_extension_attribute(a) for a in extension.attributes]}

    def read_profile_definition(self, tenant: str, rows: Any) -> list[dict[str, Any]]:
        """The attributes of the profile schema that a body defines; raises InvalidError."""
        if not isinstance(rows, list) or not rows:
            raise InvalidError("not a list of attributes")
        taken = {CUSTOMER_ID, *(name.lower() for name in self.extensions(tenant))}
        kept = []
        for row in rows:
            if not isinstance(row, dict) or row.get("type", "string") not in ATTRIBUTE_TYPES:
                raise InvalidError("not a definition of an attribute")
            name = row.get("name")
            if not isinstance(name, str) or not NAME.fullmatch(name) or name.lower() in taken:
                raise InvalidError("not a name, or taken")
            taken.add(name.lower())
            kept.append({"name": name, "type": row.get("type", "string")})
        return kept

    def read_definition(self, tenant: str, row: Any) -> dict[str, Any]:
        """The extension schema that a body defines; raises InvalidError."""
        if not isinstance(row, dict) or set(row) - {"name", "type", "required", "unique", "attributes"}:
            raise InvalidError("not an extension schema")
        name, kind, attributes = row.get("name"), row.get("type"), row.get("attributes") or []
        if not isinstance(name, str) or not NAME.fullmatch(name) or name.lower() == CUSTOMER_ID:
            raise InvalidError("name: a letter, then letters, digits and underscores, at most 26 characters")
        if kind not in KINDS or (kind == "multi-valued" and not self.multi_valued_known()):
            raise InvalidError("type: not a kind of extension")
        if not isinstance(row.get("required", False), bool):
            raise InvalidError("required: not a boolean")
        taken = {n.lower() for n in (*self.attributes(tenant), *self.extensions(tenant))}
        if name.lower() in taken:
            raise InvalidError("name: taken")
        if not isinstance(attributes, list) or bool(attributes) == (kind == "classifier"):
            raise InvalidError("attributes: a classifier has none, every other extension has at least one")
        definitions = [self.read_attribute_definition(a) for a in attributes]
        names = [d["name"] for d in definitions]
        unique = row.get("unique") or []
        if len({n.lower() for n in names}) < len(names):
            raise InvalidError("attributes: a name stands twice")
        if not isinstance(unique, list) or any(u not in names for u in unique):
            raise InvalidError("unique: not names of attributes")
        if unique and kind != "multi-valued":
            raise InvalidError("unique: only records of a multi-valued extension are identified")
        required = row.get("required", False)
        return {"name": name, "type": kind, "required": required, "unique": unique, "attributes": definitions}

    def read_attribute_definition(self, row: Any) -> dict[str, Any]:
        """The definition of one attribute of an extension; raises InvalidError."""
        if not isinstance(row, dict) or set(row) - {"name", "type", "length", "default", "mandatory"}:
            raise InvalidError("attributes: not a definition of an attribute")
        name, length = row.get("name"), row.get("length")
        if not isinstance(name, str) or not NAME.fullmatch(name):
            raise InvalidError("attributes: not a name")
        if row.get("type") not in RECORD_TYPES:
            raise InvalidError(f"{name}: not a type")
        if length is not None and (type(length) is not int or length < 1 or row["type"] != "string"):
            raise InvalidError(f"{name}: length")
        if not isinstance(row.get("mandatory", False), bool):
            raise InvalidError(f"{name}: mandatory")
        if row.get("default") is not None:
            row = {**row, "default": self.record_value(AttributeDef(name, row["type"], length), row["default"])}
        return {key: value for key, value in row.items() if value is not None}


def _extension_attribute(attribute: AttributeDef) -> dict[str, Any]:
    row: dict[str, Any] = {"name": attribute.name, "type": attribute.type}
    if attribute.length is not None:
        row["length"] = attribute.length
    if attribute.default is not None:
        row["default"] = attribute.default
    return {**row, "mandatory": attribute.mandatory}
