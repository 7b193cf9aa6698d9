"""Bodies that follow one another: each differs from the one before as applications change profiles."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from strategies.genesys import profiles
from strategies.genesys.profiles import Members
from strategies.genesys.schema import Schema

EDITS = ("all new", "one new", "drop", "add", "reverse", "shorten", "lengthen", "one left", "case", "same", "other")


@st.composite
def sequences(draw: st.DrawFn, schema: Schema, *, arrays: bool = True, every: bool = False) -> list[Members]:
    """Two to four bodies with attributes.

    Args:
        draw: of Hypothesis.
        schema: of the deployment.
        arrays: whether attributes take arrays.
        every: whether each body has every writable attribute.
    """
    bodies: list[Members] = [draw(profiles.attributes(schema, arrays=arrays, least=1, every=every))]
    for edit in draw(st.lists(st.sampled_from(EDITS), min_size=1, max_size=3)):
        bodies.append(draw(edited(schema, bodies[-1], edit, arrays=arrays, every=every)))
    return bodies


@st.composite
def edited(draw: st.DrawFn, schema: Schema, body: Members, edit: str, *, arrays: bool, every: bool) -> Members:
    """A body made from another one by one edit."""
    names = [a for a in schema.writable if a.name in body]
    name = draw(st.sampled_from(names))
    fresh = profiles.text_value(name, arrays=arrays)
    match edit:
        case "all new":
            return {a.name: draw(profiles.text_value(a, arrays=arrays)) for a in names}
        case "one new":
            return {**body, name.name: draw(fresh)}
        case "drop" if not every and len(body) > 1:
            return {key: value for key, value in body.items() if key != name.name}
        case "add":
            more = draw(st.sampled_from(schema.writable))
            return {**body, more.name: draw(profiles.text_value(more, arrays=arrays))}
        case "other" if not every:
            other: Members = draw(profiles.attributes(schema, arrays=arrays))
            return other
        case _:
            return {key: changed(value, edit) for key, value in body.items()}


def changed(value: Any, edit: str) -> Any:
    """A value with its list reversed, shortened, lengthened or reduced to one, or its letters in another case."""
    if isinstance(value, list):
        if not all(isinstance(each, str) for each in value):
            return _records(value, edit)
        match edit:
            case "reverse":
                return value[::-1]
            case "shorten":
                return value[: max(1, len(value) - 1)]
            case "lengthen" if value:
                return [*value, value[-1] if _is_date(value[-1]) else f"{value[-1]}+"]
            case "one left" if value:
                return value[0]
            case "case":
                return [changed(each, edit) for each in value]
        return value
    return value.swapcase() if edit == "case" and isinstance(value, str) and not _is_date(value) else value


def _records(value: list[Any], edit: str) -> list[Any]:
    """Records in another order, or fewer of them; always in an array."""
    match edit:
        case "reverse":
            return value[::-1]
        case "shorten":
            return value[: max(1, len(value) - 1)]
        case "one left":
            return value[:1]
    return value


def _is_date(text: str) -> bool:
    return text[:4].isdigit() and text[4:5] == "-"
