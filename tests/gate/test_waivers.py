"""Waiver files: every mistake is named at once; what is right is read."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator

from conformance.gate import WaiverError, load
from conformance.gate.waivers import SCHEMA

GOOD = """
[[waiver]]
contract = "imiconnect-customer"
requirement = "queued-code"
reason = "the gateway rewrites it"
owner = "messaging"
ticket = "MSG-1"
expires = 2027-01-31
"""


def test_a_waiver_is_read_with_its_date_in_both_forms(tmp_path: Path) -> None:
    for form in ("2027-01-31", '"2027-01-31"'):
        file = tmp_path / "waivers.toml"
        file.write_text("max_days = 30\n" + GOOD.replace("2027-01-31", form))
        found = load(file)
        assert found.max_days == 30
        assert [(w.requirement, w.expires) for w in found.waivers] == [("queued-code", date(2027, 1, 31))]


def test_an_empty_file_waives_nothing(tmp_path: Path) -> None:
    (tmp_path / "waivers.toml").write_text("")
    assert load(tmp_path / "waivers.toml").waivers == ()


def test_the_published_schema_is_a_valid_schema() -> None:
    Draft202012Validator.check_schema(json.loads(SCHEMA.read_text("utf-8")))


def test_every_mistake_is_told_at_once_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "waivers.toml"
    file.write_text(
        'max_days = 0\n[[waiver]]\ncontract = "imiconnect-custmer"\nrequirement = 7\nreason = " "\n'
        'ticket = "T"\nexpires = 2027-02-30\ncolor = "red"\n'.replace("2027-02-30", '"2027-02-30"')
    )
    with pytest.raises(WaiverError) as raised:
        load(file)
    told = str(raised.value)
    for words in (
        f"{file}:1: max_days",
        f"{file}:3: waiver[0].contract: no such contract; did you mean 'imiconnect-customer'?",
        f"{file}:4: waiver[0].requirement: must be a string",
        f"{file}:5: waiver[0].reason",
        "waiver[0].owner: is missing",
        "is not a day of the calendar",
        "waiver[0].color: unknown",
    ):
        assert words in told


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (GOOD + GOOD, "is waived twice"),
        (GOOD.replace("2027-01-31", "2027-01-31T00:00:00"), "expires: is not of the right form"),
        ('waiver = "x"', "must be an array"),
        ("[[waiver", "not TOML"),
        ("x = " + "[" * 5_000, "TOML"),
    ],
)
def test_a_wrong_file_is_one_clear_error(text: str, words: str, tmp_path: Path) -> None:
    (tmp_path / "waivers.toml").write_text(text)
    with pytest.raises(WaiverError, match=words):
        load(tmp_path / "waivers.toml")
