"""Every way to break one keyword of a JSON Schema at one place of a valid instance."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from typing import Any

from strategies.json_schema.dialect import exact
from strategies.json_schema.walking import Path, Place

UNKNOWN = "Zq7Unknown"  # a name that no schema declares
LARGE = 100_000  # no text, list or object larger than this is made
# A value of each type; also what looks like another type.
TYPES: tuple[Any, ...] = (None, True, 1.5, 7, "text", "7", "true", "", [], {}, ["text"], {"value": "text"})
NOT_OF_A_FORMAT = (
    "", "text", "a b", "2020-02-30", "2020-13-01T00:00:00Z", "2020-01-01", "2020-01-01T25:00:00Z", "24:61:00Z", "@",
    "a@@", "256.1.1.1", "1::2::3", "http://[", "not a uri", "%zz", "g0000000-0000-0000-0000-000000000000", "[", "P",
    "-.example", "/~2",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Edit:
    """One change of an instance that should break one keyword.

    Attributes:
        keyword: that it is meant to break.
        where: the place that is wrong; of a member that is missing or too many, its own.
        change: gets a copy of the whole instance and changes it, or gives another in its place.
    """

    keyword: str
    where: Path
    change: Callable[[Any], Any]

    def apply(self, instance: Any) -> Any:
        """The changed instance; the given one stays as it is."""
        return self.change(copy.deepcopy(instance))


def edits(place: Place) -> Iterator[Edit]:
    """The edits of one place, for each keyword there."""
    for keyword, value in place.schema.items():
        if keyword in _WRONG:
            for wrong in _WRONG[keyword](value, place.value, place.schema):
                yield _replaced(keyword, place.path, wrong)
        elif keyword in _MEMBERS and isinstance(place.value, dict):
            yield from _MEMBERS[keyword](value, place)


def _replaced(keyword: str, path: Path, wrong: Any) -> Edit:
    def change(instance: Any) -> Any:
        if not path:
            return wrong
        _at(instance, path[:-1])[path[-1]] = copy.deepcopy(wrong)
        return instance

    return Edit(keyword, path, change)


def _removed(keyword: str, path: Path) -> Edit:
    def change(instance: Any) -> Any:
        _at(instance, path[:-1]).pop(path[-1], None)
        return instance

    return Edit(keyword, path, change)


def _at(instance: Any, path: Path) -> Any:
    for step in path:
        instance = instance[step]
    return instance


# Values instead of the one that is there

Wrong = Callable[[Any, Any, Mapping[str, Any]], Iterator[Any]]


def _types(_keyword: Any, value: Any, _schema: Mapping[str, Any]) -> Iterator[Any]:
    yield from TYPES
    yield from ([value], str(value))


def _others(_keyword: Any, value: Any, _schema: Mapping[str, Any]) -> Iterator[Any]:
    if isinstance(value, str):
        yield from (f"{UNKNOWN}x", value.swapcase(), f"{value} ", f" {value}", "")
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield from (value + 1, value - 1, value + 0.5, value + 1000)
    yield from (str(value), *TYPES)


def _shorter(size: int, value: Any, _schema: Mapping[str, Any]) -> Iterator[Any]:
    if isinstance(value, str) and size > 0:
        yield from (value[: size - 1], "x" * (size - 1), "7" * (size - 1), "")


def _longer(size: int, value: Any, _schema: Mapping[str, Any]) -> Iterator[Any]:
    if isinstance(value, str) and size < LARGE:
        yield from (
            (value + value[-1:] * (size + 1) + "x" * (size + 1))[: size + 1],
            "7" * (size + 1),
            "x" * (size + 9),
        )


def _mismatches(_regex: str, value: Any, _schema: Mapping[str, Any]) -> Iterator[Any]:
    if isinstance(value, str):
        yield from (value[:-1], value[1:], f"{value}x", f"{value}0", f"x{value}", f"{value}\n", value.swapcase())
        yield from (f"{value[:-1]}{other}" for other in "#aZ0 ")
        yield from (f"{other}{value[1:]}" for other in "#aZ0 ")
        yield from ("#" * len(value), "", " " * len(value))


def _unformatted(_format: str, value: Any, _schema: Mapping[str, Any]) -> Iterator[Any]:
    if isinstance(value, str):
        yield from (*NOT_OF_A_FORMAT, f"{value}x", value[:-1])


def _beyond(step: int) -> Wrong:
    def wrong(bound: Any, value: Any, schema: Mapping[str, Any]) -> Iterator[Any]:
        if isinstance(value, int | float) and not isinstance(value, bool):
            steps = (exact(schema.get("multipleOf", 1)), 1, Fraction(1, 2), 1000)
            yield bound
            yield from (_number(exact(bound) + step * size) for size in steps)
            yield from (int(bound), int(bound) + step)

    return wrong


def _between(unit: float, value: Any, _schema: Mapping[str, Any]) -> Iterator[Any]:
    if isinstance(value, int | float) and not isinstance(value, bool):
        steps = (exact(unit) / 2, Fraction(1), Fraction(-1), exact(unit) / 10)
        yield from (_number(exact(value) + step) for step in steps)


def _number(value: Fraction) -> float:
    return int(value) if value.denominator == 1 else float(value)


def _fewer_items(size: int, value: Any, _schema: Mapping[str, Any]) -> Iterator[Any]:
    if isinstance(value, list) and size > 0:
        yield from (value[: size - 1], value[-(size - 1) :] if size > 1 else [], [])


def _more_items(size: int, value: Any, _schema: Mapping[str, Any]) -> Iterator[Any]:
    if isinstance(value, list) and value and len(value) <= size < LARGE:
        missing = size + 1 - len(value)
        yield [*value, *([value[-1]] * missing)]
        yield [*value, *(_varied(value[-1], number) for number in range(1, missing + 1))]


def _varied(value: Any, number: int) -> Any:
    """Another value of the same kind."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int | float):
        return value + number
    if isinstance(value, str):
        return f"{value}{number}"
    if isinstance(value, list):
        return [_varied(item, number) for item in value]
    varied: dict[str, Any] = {}
    done = False
    for name, item in value.items():
        varied[name] = item if done else _varied(item, number)
        done = done or varied[name] != item
    return varied


def _same_items(unique: bool, value: Any, _schema: Mapping[str, Any]) -> Iterator[Any]:
    if unique and isinstance(value, list) and value:
        yield [*value, value[0]]
        yield [*value[:-1], value[0]]
        if isinstance(value[0], int) and not isinstance(value[0], bool):
            yield [*value, float(value[0])]  # the same number, written in another way


def _without_kind(_keyword: Any, value: Any, _schema: Mapping[str, Any]) -> Iterator[Any]:
    if isinstance(value, list):
        yield from ([*value[:index], *value[index + 1 :]] for index in range(min(len(value), 8)))
        yield from ([*value, item] for item in value[:8])
        yield []


_WRONG: dict[str, Wrong] = {
    "type": _types,
    "enum": _others,
    "const": _others,
    "not": _others,
    "anyOf": _types,
    "oneOf": _types,
    "minLength": _shorter,
    "maxLength": _longer,
    "pattern": _mismatches,
    "format": _unformatted,
    "minimum": _beyond(-1),
    "exclusiveMinimum": _beyond(-1),
    "maximum": _beyond(1),
    "exclusiveMaximum": _beyond(1),
    "multipleOf": _between,
    "minItems": _fewer_items,
    "maxItems": _more_items,
    "uniqueItems": _same_items,
    "contains": _without_kind,
    "minContains": _without_kind,
    "maxContains": _without_kind,
}


# Members that are missing or too many


def _missing(names: list[str], place: Place) -> Iterator[Edit]:
    yield from (_removed("required", (*place.path, name)) for name in names if name in place.value)


def _dependents(needed: Mapping[str, list[str]], place: Place) -> Iterator[Edit]:
    for name, others in needed.items():
        if name in place.value:
            yield from (_removed("dependentRequired", (*place.path, other)) for other in others)
        else:
            yield _replaced("dependentRequired", (*place.path, name), "text")


def _surplus(keyword: str) -> Callable[[Any, Place], Iterator[Edit]]:
    def added(_rule: Any, place: Place) -> Iterator[Edit]:
        wrongs: tuple[Any, ...] = ("surplus", None, {}, 1.5)
        for wrong in wrongs:
            yield _replaced(keyword, (*place.path, UNKNOWN), wrong)

    return added


def _names(_rule: Any, place: Place) -> Iterator[Edit]:
    example = next(iter(place.value.values()), "text")
    for name in ("", UNKNOWN, "z", "with blank", "9", "_", "#", "x" * 300):
        if name not in place.value:
            yield _replaced("propertyNames", (*place.path, name), example)


def _refused(properties: Mapping[str, Any], place: Place) -> Iterator[Edit]:
    """Members that may not be there at all: their schema is false, or what they need is not met."""
    for name, inner in properties.items():
        if name not in place.value and inner is False:
            yield _replaced("properties", (*place.path, name), "surplus")


def _fewer_members(_size: int, place: Place) -> Iterator[Edit]:
    yield from (_removed("minProperties", (*place.path, name)) for name in place.value)
    yield _replaced("minProperties", place.path, {})


def _more_members(size: int, place: Place) -> Iterator[Edit]:
    if size < LARGE and place.value:
        example = next(iter(place.value.values()))
        new = islice((f"{UNKNOWN}{number}" for number in range(size + 1)), max(size + 1 - len(place.value), 0))
        yield _replaced("maxProperties", place.path, {**place.value, **dict.fromkeys(new, example)})


_MEMBERS: dict[str, Callable[[Any, Place], Iterator[Edit]]] = {
    "required": _missing,
    "dependentRequired": _dependents,
    "additionalProperties": _surplus("additionalProperties"),
    "unevaluatedProperties": _surplus("unevaluatedProperties"),
    "propertyNames": _names,
    "properties": _refused,
    "minProperties": _fewer_members,
    "maxProperties": _more_members,
}
