"""Genesys strategies: valid bodies fit the published schema, wrong ones are wrong in the named way."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import specs
from strategies.genesys import Schema, profiles, schema_of, wrong
from strategies.genesys.edits import sequences
from strategies.genesys.superset import superset

ATTRIBUTES: list[dict[str, Any]] = [
    {"name": "FirstName", "type": "string"},
    {"name": "Title", "type": "string", "multi_valued": False},
    {"name": "DOB", "type": "date"},
    {"name": "LastCalledAgent_EmployeeID", "type": "string"},
]
EXTENSIONS: list[dict[str, Any]] = [
    {
        "name": "Address",
        "type": "single-valued",
        "attributes": [
            {"name": "Type", "type": "integer", "default": "0"},
            {"name": "City", "type": "string", "length": 4},
        ],
    },
    {
        "name": "Bill",
        "type": "multi-valued",
        "unique": ["BillId"],
        "attributes": [
            {"name": "BillId", "type": "string", "length": 16, "mandatory": "true"},
            {"name": "Paid", "type": "boolean"},
            {"name": "At", "type": "datetime"},
        ],
    },
    {"name": "Vip", "type": "classifier"},
]
SCHEMA: Schema = schema_of(ATTRIBUTES, EXTENSIONS)
QUICK = settings(max_examples=25, deadline=None, database=None, suppress_health_check=list(HealthCheck))
CONTRACT = specs.contract("genesys-ucs")


@QUICK
@given(profiles.profiles(SCHEMA))
def test_generated_profiles_fit_the_published_schema(body: dict[str, Any]) -> None:
    assert CONTRACT.validator("update-request").is_valid(json.loads(json.dumps(body)))


@QUICK
@given(profiles.attributes(SCHEMA))
def test_attributes_of_the_server_are_never_sent(body: dict[str, Any]) -> None:
    assert "LastCalledAgent_EmployeeID" not in body


@QUICK
@given(profiles.attributes(SCHEMA, every=True))
def test_an_attribute_of_one_value_never_gets_an_array(body: dict[str, Any]) -> None:
    assert isinstance(body["Title"], str)


@QUICK
@given(st.data())
def test_records_of_an_array_differ_in_their_unique_attributes(data: st.DataObject) -> None:
    drawn = data.draw(profiles.extension_value(SCHEMA.extensions[1]))
    assert len({record["BillId"] for record in drawn}) == len(drawn)


@QUICK
@given(sequences(SCHEMA, every=True))
def test_complete_sequences_never_leave_an_attribute_out(bodies: list[dict[str, Any]]) -> None:
    assert all(set(body) == {"FirstName", "Title", "DOB"} for body in bodies)


def test_a_superset_has_every_writable_member() -> None:
    sendable = SCHEMA.sendable(None, None, "empty-object")
    assert set(superset(sendable, "mark")) == {"FirstName", "Title", "DOB", "Address", "Bill", "Vip"}


def test_what_travels_in_no_known_form_is_not_sent() -> None:
    assert set(superset(SCHEMA.sendable(None, None, None), "mark")) == {"FirstName", "Title", "DOB", "Address", "Bill"}


def test_a_text_fits_its_declared_length_in_bytes_too() -> None:
    assert len(profiles.fitting("ééééé", 4).encode()) <= 4


def test_a_default_given_as_text_becomes_a_number() -> None:
    assert SCHEMA.extensions[0].fields[0].default == 0


def test_metadata_of_another_shape_are_an_error() -> None:
    with pytest.raises(ValueError, match="cannot be read"):
        schema_of([{"label": "FirstName"}], [])


def test_wrong_records_are_named_once_each() -> None:
    names = [bad.name for bad in wrong.records(SCHEMA.extensions[1], "mark")]
    assert len(names) == len(set(names)) > 5


@pytest.mark.parametrize(
    ("unique", "names"),
    [(["Type"], ("Type",)), ("Type", ("Type",)), (["tYPE"], ("Type",)), (["Type", "Other"], ()), (None, ()), ([7], ())],
)
def test_what_identifies_a_record_is_an_attribute(unique: Any, names: tuple[str, ...]) -> None:
    row = {"name": "E", "type": "multi-valued", "unique": unique, "attributes": [{"name": "Type", "type": "string"}]}
    assert schema_of([], [row]).extensions[0].unique == names
