"""The validator of jsonschema with keywords that it decides otherwise than the standard says."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from jsonschema.protocols import Validator
from jsonschema.validators import extend, validator_for

VALUES = ("const", "enum", "default", "examples")  # no schemas, whatever they look like


def validator_of(schema: Mapping[str, Any]) -> type[Validator]:
    """The validator class of a schema's dialect, 2020-12 by default, in which decimal fractions are exact.

    Raises:
        ValueError: a regular expression of the schema is none of those that Python reads.
    """
    _compile(schema)
    usual = validator_for(schema, default=Draft202012Validator)
    kind: type[Validator] = extend(usual, {"multipleOf": _multiple_of})  # type: ignore[no-untyped-call]
    return kind


def exact(number: float) -> Fraction:
    """A number as JSON writes it, not as a computer stores it: 0.01 is one hundredth."""
    return Fraction(str(number))


def _multiple_of(_: Any, unit: Any, value: Any, __: Any) -> Iterator[ValidationError]:
    if isinstance(value, int | float) and not isinstance(value, bool) and exact(value) % exact(unit):
        yield ValidationError(f"{value!r} is not a multiple of {unit}")


def _compile(schema: Any) -> None:
    """JSON Schema means regular expressions of ECMA-262; what of them Python does not read is told at once."""
    if isinstance(schema, list):
        for each in schema:
            _compile(each)
    if not isinstance(schema, Mapping):
        return
    patterns = [schema["pattern"]] if isinstance(schema.get("pattern"), str) else []
    members = schema.get("patternProperties")
    patterns += list(members) if isinstance(members, Mapping) else []
    for pattern in patterns:
        try:
            re.compile(pattern)
        except re.error as error:
            told = f"Python cannot read the regular expression {pattern!r} ({error}), so no near miss of it can be made"
            raise ValueError(told) from error
    for name, inner in schema.items():
        if name not in VALUES:
            _compile(inner)
