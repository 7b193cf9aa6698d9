"""What a keyword rests on is found for each error of a validator; what is not marked accuses nobody."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from specs.basis import basis, basis_of, unmarked

SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["code"],
    "additionalProperties": False,
    "x-basis": {"required": "S1#27", "*": "inferred: no document closes the object"},
    "properties": {
        "code": {"type": "string", "x-basis": "S1#27, S1#36 in the examples"},
        "more": {"type": "integer"},
    },
}


@pytest.mark.parametrize(
    ("instance", "documented"),
    [
        ({}, True),
        ({"code": 1}, True),
        ({"code": "1", "other": 1}, False),
        ({"code": "1", "more": "1"}, False),
        ([], False),
    ],
)
def test_an_error_is_documented_or_inferred_by_its_own_keyword(instance: Any, documented: bool) -> None:
    errors = list(Draft202012Validator(SCHEMA).iter_errors(instance))
    assert [basis_of(error).documented for error in errors] == [documented]


def test_what_is_not_marked_is_named_with_its_place() -> None:
    assert list(unmarked(SCHEMA)) == ["/properties/more: type"]


@pytest.mark.parametrize("text", ["S1#", "S1#1,S1#2x", "inferred: ", "because", ""])
def test_a_mark_names_statements_or_a_ground(text: str) -> None:
    with pytest.raises(ValueError, match="neither statements"):
        basis(text)
