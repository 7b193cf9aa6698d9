"""Bodies that a deployment's own schemas allow: attributes, records, whole profiles."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from strategies.genesys import values
from strategies.genesys.schema import Attribute, Extension, Field, Schema

Members = dict[str, Any]


def field_value(field: Field, text: SearchStrategy[str] | None = None) -> SearchStrategy[Any]:
    """A valid value of one attribute of a record."""
    match field.type:
        case "integer":
            return values.wholes(32)
        case "long":
            return values.wholes(64)
        case "double":
            return values.doubles()
        case "currency":
            return values.amounts().map(lambda amount: f"{amount:.2f}" if field.form == "text" else amount)
        case "boolean":
            return st.booleans()
        case "date":
            return values.days().map(lambda day: f"{day}T00:00:00.000Z" if field.form == "date-time" else day)
        case "datetime":
            return values.times()
        case _:
            limit = field.length if field.length is not None else 256
            return (text or values.words()).map(lambda value: fitting(value, limit))


def fitting(text: str, limit: int) -> str:
    """A text cut so that it fits whether characters, UTF-16 units or bytes are counted; never empty."""
    while len(text.encode()) > limit and len(text) > 1:
        text = text[: len(text) // 2]
    return text if len(text.encode()) <= limit else "x"[:limit]


@st.composite
def records(draw: st.DrawFn, extension: Extension, text: SearchStrategy[str] | None = None, full: bool = False) -> Any:
    """One valid record: what is mandatory or identifies it, any of the other attributes, or all of them."""
    if extension.bare:
        return draw(field_value(extension.fields[0], text))
    optional = [field for field in extension.fields if not (field.mandatory or field.name in extension.unique)]
    chosen = optional if full else draw(st.lists(st.sampled_from(optional), unique=True)) if optional else []
    wanted = [field for field in extension.fields if field not in optional or field in chosen]
    if not wanted and extension.fields:  # a record without any attribute counts as an empty value
        wanted = [extension.fields[0]]
    return {field.name: draw(field_value(field, text)) for field in wanted}


@st.composite
def extension_value(draw: st.DrawFn, extension: Extension, text: SearchStrategy[str] | None = None) -> Any:
    """A valid value of an extension: a record, one to four records, or the mark of a classifier."""
    if extension.kind == "classifier":
        return {} if extension.mark is None else extension.mark
    if extension.kind == "single-valued":
        return draw(records(extension, text))
    drawn = draw(st.lists(records(extension, text), min_size=1, max_size=4))
    return distinct(extension, drawn)


def distinct(extension: Extension, drawn: list[Any]) -> list[Any]:
    """The records whose unique attributes none before them has; texts that differ in case alone count as equal."""
    if not extension.unique:
        return drawn
    kept: dict[str, Any] = {}
    for record in drawn:
        key = [record.get(name) if isinstance(record, dict) else record for name in extension.unique]
        kept.setdefault(repr(key).casefold().replace(" ", ""), record)
    return list(kept.values())


def text_value(
    attribute: Attribute, text: SearchStrategy[str] | None = None, *, arrays: bool = True
) -> SearchStrategy[Any]:
    """A valid value of one attribute: one value, or where arrays are taken one to five."""
    one: SearchStrategy[Any] = values.times() if attribute.date else text or values.words()
    if not arrays or not attribute.several:
        return one
    return st.one_of(one, st.lists(one, min_size=1, max_size=5), st.lists(one, min_size=2, max_size=3))


@st.composite
def attributes(
    draw: st.DrawFn,
    schema: Schema,
    *,
    arrays: bool = True,
    least: int = 1,
    every: bool = False,
    text: SearchStrategy[str] | None = None,
) -> Members:
    """Valid attributes: some of the writable ones, or every one of them."""
    writable = schema.writable
    chosen = list(writable) if every else draw(st.lists(st.sampled_from(writable), min_size=least, unique=True))
    return {a.name: draw(text_value(a, text, arrays=arrays)) for a in chosen}


@st.composite
def extensions(draw: st.DrawFn, schema: Schema, *, least: int = 1, text: SearchStrategy[str] | None = None) -> Members:
    """Valid extensions: some of those with attributes."""
    chosen = draw(st.lists(st.sampled_from(with_records(schema)), min_size=least, unique=True))
    return {e.name: draw(extension_value(e, text)) for e in chosen}


@st.composite
def profiles(draw: st.DrawFn, schema: Schema, *, arrays: bool = True, every: bool = False) -> Members:
    """Valid bodies with attributes and perhaps extensions."""
    body: Members = draw(attributes(schema, arrays=arrays, every=every))
    more: bool = draw(st.booleans())
    if more and with_records(schema):
        body |= draw(extensions(schema))
    return body


def with_records(schema: Schema) -> list[Extension]:
    """Extensions whose records have attributes."""
    return [e for e in schema.extensions if e.kind != "classifier" and e.fields]
