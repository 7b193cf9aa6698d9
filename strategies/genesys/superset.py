"""A profile that holds everything, made without drawing: what is stored before an update replaces it."""

from __future__ import annotations

from typing import Any

from strategies.genesys.profiles import Members, fitting
from strategies.genesys.schema import Attribute, Extension, Field, Schema


def superset(
    schema: Schema, mark: str, *, arrays: bool = True, attributes: bool = True, extensions: bool = True
) -> Members:
    """Every writable attribute and every extension, with values that hold `mark` or are rare.

    Args:
        schema: of the deployment.
        mark: a short text that no other value of the run has.
        arrays: whether attributes take arrays; scalars, arrays of one and longer ones take turns.
        attributes: whether attributes are wanted.
        extensions: whether extensions are wanted.
    """
    body: Members = {}
    if attributes:
        for number, attribute in enumerate(schema.writable):
            body[attribute.name] = attribute_value(attribute, mark, number, arrays=arrays)
    if extensions:
        for extension in schema.extensions:
            if extension.kind != "classifier" or extension.mark is not None:
                body[extension.name] = extension_value(extension, mark)
    return body


def attribute_value(attribute: Attribute, mark: str, number: int, *, arrays: bool) -> Any:
    """A value of one attribute; `number` decides its shape."""
    if attribute.date:
        return f"19{50 + number % 50}-07-{1 + number % 28:02}T01:02:03.{len(mark):03}Z"
    first = f"{mark} {attribute.name}"
    if not arrays or not attribute.several or number % 3 == 0:
        return first
    return [first] if number % 3 == 1 else [first, f"{mark} second", f"another {mark}"]


def extension_value(extension: Extension, mark: str) -> Any:
    """A value of one extension with every attribute; three records where there may be several."""
    if extension.kind == "classifier" or not extension.fields:
        return {} if extension.mark is None else extension.mark
    if extension.kind == "single-valued":
        return record(extension, mark, 0)
    return [record(extension, mark, number) for number in range(3)]


def record(extension: Extension, mark: str, number: int) -> Any:
    """One record with every attribute; records with different numbers have different attributes."""
    if extension.bare:
        return field_value(extension.fields[0], mark, number)
    return {field.name: field_value(field, mark, number) for field in extension.fields}


def field_value(field: Field, mark: str, number: int) -> Any:
    """A value of one attribute of a record, never its default."""
    match field.type:
        case "integer" | "long":
            return 70 + number
        case "double":
            return 70.25 + number
        case "currency":
            return f"{70 + number}.50" if field.form == "text" else 70.5 + number
        case "boolean":
            return field.default is not True
        case "date":
            return f"1977-07-{7 + number:02}" + ("T00:00:00.000Z" if field.form == "date-time" else "")
        case "datetime":
            return f"1977-07-{7 + number:02}T07:07:07.007Z"
        case _:
            limit = 256 if field.length is None else field.length
            return fitting(f"{number}{mark}", limit)
