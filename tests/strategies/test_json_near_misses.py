"""A near miss of a JSON Schema breaks the one keyword that it names, where it says, on the bytes that it sends."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import hypothesis
import jsonschema_rs
import pytest
from hypothesis import HealthCheck, find, given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource

import specs
from strategies.fiserv.profiles import Words, full_profile
from strategies.json_schema import NearMiss, each_near_miss, near_misses

few = hypothesis.settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), database=None)
NAME = {"properties": {"name": {"type": "string"}}, "required": ["name"]}
# keyword, schema, base, where, what is sent
CASES: list[tuple[str, Any, Any, str, Any]] = [
    ("type", {"type": "integer"}, 1, "", 1.5),
    ("type", {"properties": {"a": {"type": "integer"}}}, {"a": 1}, "/a", {"a": "1"}),
    ("enum", {"enum": ["on", "off"]}, "on", "", "ON"),
    ("const", {"const": 3}, 3, "", "3"),
    ("not", {"type": "string", "not": {"const": ""}}, "x", "", ""),
    ("minLength", {"type": "string", "minLength": 2}, "ab", "", "a"),
    ("maxLength", {"maxLength": 3}, "ab", "", "abbb"),
    ("pattern", {"pattern": "^[a-z]+$"}, "ab", "", "AB"),
    ("format", {"format": "date"}, "2020-01-01", "", "2020-02-30"),
    ("minimum", {"minimum": 3}, 5, "", 2),
    ("exclusiveMinimum", {"exclusiveMinimum": 3}, 5, "", 3),
    ("maximum", {"type": "integer", "maximum": 9}, 5, "", 10),
    ("exclusiveMaximum", {"exclusiveMaximum": 9}, 5, "", 9),
    ("multipleOf", {"multipleOf": 5}, 10, "", 12.5),
    ("minItems", {"minItems": 2}, [1, 2], "", [1]),
    ("maxItems", {"maxItems": 2, "uniqueItems": True}, [1, 2], "", [1, 2, 3]),
    ("uniqueItems", {"uniqueItems": True}, [1, 2], "", [1, 2, 1.0]),
    ("contains", {"contains": {"const": 1}}, [1, 2], "", [2]),
    ("minContains", {"contains": {"const": 1}, "minContains": 2}, [1, 1], "", [1]),
    ("maxContains", {"contains": {"const": 1}, "maxContains": 1}, [1], "", [1, 1]),
    ("required", NAME, {"name": "x"}, "/name", {}),
    ("dependentRequired", {"dependentRequired": {"a": ["b"]}}, {"a": 1, "b": 2}, "/b", {"a": 1}),
    ("additionalProperties", {"additionalProperties": False}, {}, "/Zq7Unknown", {"Zq7Unknown": "surplus"}),
    ("unevaluatedProperties", {"allOf": [NAME], "unevaluatedProperties": False}, {"name": ""}, "/Zq7Unknown", None),
    ("propertyNames", {"propertyNames": {"pattern": "^[a-z]+$"}}, {"a": 1}, "/9", {"a": 1, "9": 1}),
    ("minProperties", {"minProperties": 1}, {"a": 1}, "/a", {}),
    ("maxProperties", {"maxProperties": 1}, {"a": 1}, "", {"a": 1, "Zq7Unknown0": 1}),
    ("false", {"properties": {"never": False}}, {}, "/never", {"never": "surplus"}),
    ("anyOf", {"anyOf": [{"type": "null"}, {"maxLength": 2, "type": "string"}]}, "ab", "", "abb"),
    ("oneOf", {"oneOf": [{"type": "null"}, {"type": "integer"}]}, 1, "", "text"),
    ("type", {"$defs": {"n": {"type": "null"}}, "items": {"$ref": "#/$defs/n"}}, [None], "/0", [7]),
    ("maximum", {"if": {"type": "integer"}, "then": {"maximum": 3}}, 2, "", 4),
]


def alike(one: Any, other: Any) -> bool:
    """Whether two values are written alike: 1 is not 1.0."""
    return json.dumps(one) == json.dumps(other)


@pytest.mark.parametrize(("keyword", "schema", "base", "where", "sent"), CASES, ids=[case[0] for case in CASES])
def test_each_keyword_is_broken_alone(keyword: str, schema: Any, base: Any, where: str, sent: Any) -> None:
    found = list(each_near_miss(schema, base, format_checker=FormatChecker()))
    named = [json.loads(miss.document) for miss in found if (miss.breaks, miss.where) == (keyword, where)]
    assert named
    assert sent is None or any(alike(sent, value) for value in named)
    second = jsonschema_rs.validator_for(
        {"$schema": Draft202012Validator.META_SCHEMA["$id"], **schema}, validate_formats=True
    )
    assert not any(second.is_valid(json.loads(miss.document)) for miss in found)


def test_a_whole_number_with_a_point_breaks_no_integer() -> None:
    sent = {miss.document for miss in each_near_miss({"type": "integer"}, 1)}
    assert b"1.5" in sent
    assert not sent & {b"1", b"1.0"}


def full_message() -> dict[str, Any]:
    password = {"CryptType": "None", "CryptVal": "secret"}
    info = {"UserID": "somebody", "HomeID": 7, "UserPassword": password, "Role": "User"}
    profile = {"HomeID": 7, "UserID": "somebody", **full_profile(Words(), "Mark")}
    return {
        "partnerID": 1,
        "RqUID": "r",
        "SignonRq": {"UserInfo": info},
        "UserProfileModRq": {"UserProfile": profile},
    }


def test_every_near_miss_of_a_message_is_refused_for_one_reason_through_references() -> None:
    contract = specs.contract("fiserv-alldata")
    schema, validator = contract.schema("update-request"), contract.validator("update-request")
    found = list(
        each_near_miss(
            schema, full_message(), registry=contract.registry(), within="/UserProfileModRq/UserProfile/PersonInfo"
        )
    )
    assert {"type", "required", "additionalProperties"} <= {miss.breaks for miss in found}
    for miss in found:
        errors = list(validator.iter_errors(json.loads(miss.document)))
        assert [str(error.validator) for error in errors] == [miss.breaks]
        assert miss.where.startswith("/UserProfileModRq")


NUMBERS = {"type": "array", "maxItems": 4, "items": {"type": "integer", "minimum": 0, "maximum": 9}}


@few
@given(near_misses(NUMBERS, st.lists(st.integers(0, 9), max_size=4)))
def test_drawn_near_misses_break_what_they_say(miss: NearMiss) -> None:
    errors = list(Draft202012Validator(NUMBERS).iter_errors(json.loads(miss.document)))
    assert [str(error.validator) for error in errors] == [miss.breaks]


def test_a_near_miss_shrinks_to_the_smallest_base() -> None:
    strategy = near_misses(NUMBERS, st.lists(st.integers(0, 9), max_size=4))
    found = find(strategy, lambda miss: miss.breaks == "maximum", settings=hypothesis.settings(few, max_examples=500))
    assert (found.document, found.where) == (b"[10]", "/0")


def test_only_keywords_that_are_asked_for_are_broken() -> None:
    found = {miss.breaks for miss in each_near_miss(NUMBERS, [1, 2], keywords=("maximum", "maxItems"))}
    assert found == {"maximum", "maxItems"}


def test_an_instance_that_is_not_valid_is_no_base() -> None:
    with pytest.raises(ValueError, match="no valid instance"):
        list(each_near_miss({"type": "integer"}, "one"))


def test_references_to_other_documents_are_followed() -> None:
    other = Resource.from_contents(
        {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": "urn:example:other", "maxLength": 2}
    )
    registry: Registry[Any] = Registry().with_resource("urn:example:other", other)
    found = list(each_near_miss({"items": {"$ref": "urn:example:other"}}, ["ab"], registry=registry))
    assert [(miss.breaks, miss.where) for miss in found if miss.breaks == "maxLength"][:1] == [("maxLength", "/0")]


@pytest.mark.parametrize(("unit", "value"), [(0.01, 19.99), (0.1, 1.1), (0.3, 0.9), (1, 7), (2.5, 7.5), (1e-7, 3e-7)])
def test_decimal_fractions_are_exact(unit: float, value: float) -> None:
    broken = list(each_near_miss({"type": "number", "multipleOf": unit}, value, keywords=["multipleOf"]))
    assert broken
    units = [Decimal(miss.document.decode()) / Decimal(str(unit)) for miss in broken]
    assert all(number != number.to_integral_value() for number in units)


@pytest.mark.parametrize(
    "schema",
    [
        {"pattern": r"^\p{L}+$"},
        {"properties": {"a": {"items": {"pattern": r"\p{L}"}}}},
        {"patternProperties": {r"^\p{L}+$": {}}},
        {"anyOf": [{"pattern": "(?<name>a)"}]},
    ],
)
def test_a_regular_expression_that_python_does_not_read_is_refused_by_name(schema: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="Python cannot read the regular expression"):
        list(each_near_miss(schema, "Ann"))


def test_what_only_looks_like_a_regular_expression_is_none() -> None:
    schema = {"const": {"pattern": r"\p{L}"}, "properties": {"pattern": {"const": r"\p{L}"}}}
    assert list(each_near_miss(schema, {"pattern": r"\p{L}"}))
