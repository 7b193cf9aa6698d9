"""Checks a target file, or another TOML file, against its published schema and says what would be right."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError

from conformance.target.errors import Mistakes, instead

SCHEMA = Path(__file__).with_name("target.schema.json")
_TYPES = {
    "string": "a string in quotes",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "an array",
    "object": "a table",
}
_SIGNS = {"minimum": "at least", "exclusiveMinimum": "more than", "maximum": "at most"}


@cache
def _validator(file: Path) -> Draft202012Validator:
    schema = json.loads(file.read_text("utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def check_shape(data: dict[str, Any], mistakes: Mistakes, schema: Path = SCHEMA) -> None:
    """Notes everything in which a TOML file differs from its schema. No message has a value of it."""
    for error in _validator(schema).iter_errors(data):
        path = tuple(error.absolute_path)
        names = list(_names(error))
        for name, message in names:
            mistakes.add((*path, name), message)
        if not names:
            mistakes.add(path, _words(error, path))
    _check_numbers(data, (), mistakes)


def _names(error: ValidationError) -> Iterator[tuple[str, str]]:
    """Names that are too many or too few in a table, each with what is wrong."""
    schema: Any = error.schema
    wanted: Any = error.validator_value
    table: Any = error.instance
    if error.validator == "additionalProperties":
        for name in table:
            if name not in schema["properties"]:
                yield name, f"unknown; {instead(name, schema['properties'])}"
    elif error.validator == "required":
        # One error for each missing name; the name stands only in its message.
        for name in wanted:
            if name not in table and f"'{name}'" in error.message:
                yield name, "is missing" + (" (write [[target]])" if name == "target" else "")


def _words(error: ValidationError, path: tuple[str | int, ...]) -> str:
    schema: Any = error.schema
    wanted: Any = error.validator_value
    if path == ("target",) and error.validator == "type":
        return "must be an array of tables: write [[target]]"
    match error.validator:
        case "type":
            types = [wanted] if isinstance(wanted, str) else wanted
            return f"must be {' or '.join(_TYPES[each] for each in types)}{_example(schema)}"
        case "minProperties" | "maxProperties":
            return 'must be exactly one of {env = "NAME"} and {file = "path"}'
        case "minLength" | "minItems":
            return f"must not be empty{_example(schema)}"
        case "pattern":
            return f"is not of the right form{_example(schema)}"
        case keyword:
            return f"must be {_SIGNS[str(keyword)]} {wanted}"


def _example(schema: dict[str, Any]) -> str:
    return f", such as {json.dumps(schema['examples'][0])}" if "examples" in schema else ""


def _check_numbers(value: Any, path: tuple[str | int, ...], mistakes: Mistakes) -> None:
    """TOML has nan and inf, which JSON Schema lets through."""
    if isinstance(value, dict):
        for key, item in value.items():
            _check_numbers(item, (*path, key), mistakes)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _check_numbers(item, (*path, index), mistakes)
    elif isinstance(value, float) and not math.isfinite(value):
        mistakes.add(path, "must be a finite number")
