"""What is generated for IMIconnect is valid, or wrong in the one way that is named."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import specs
from conformance.imiconnect.body import Form, read_body
from strategies.imiconnect import profiles, values
from strategies.imiconnect.batches import Batch, batches, mixed_batches, sizes
from strategies.imiconnect.broken import broken_bodies, cut_bodies, wrong_keys

BODY = json.dumps({"Records": [{"customerId": "1", "Attributes": {"name": "umtest"}}]}).encode()
CONTRACTS = ["imiconnect-app", "imiconnect-customer"]


@pytest.mark.parametrize("contract", CONTRACTS)
def test_known_attributes_fit_the_schema(contract: str) -> None:
    known = specs.contract(contract)

    @settings(max_examples=50, database=None)
    @given(profiles.known_attributes(known))
    def fits(attributes: dict[str, str]) -> None:
        assert list(known.validator("attributes").iter_errors(attributes)) == []
        assert set(attributes) <= set(profiles.documented(known))

    fits()


@pytest.mark.parametrize("case", list(broken_bodies(BODY)), ids=repr)
def test_a_broken_body_is_no_json(case: Any) -> None:
    assert read_body(case.value)[0] is Form.BROKEN


@settings(max_examples=50, database=None)
@given(cut_bodies(BODY))
def test_a_cut_body_is_no_json(case: Any) -> None:
    assert read_body(case.value)[0] is Form.BROKEN


def test_wrong_keys_are_not_the_key() -> None:
    assert "aB3dEf" not in {case.value for case in wrong_keys("aB3dEf")}


@settings(max_examples=50, database=None)
@given(values.long_texts())
def test_long_texts_differ_near_their_ends(text: str) -> None:
    assert text[:-1] != text[1:]
    assert text[-8:] != text[-16:-8]


@settings(max_examples=30, database=None)
@given(batches(profiles.attributes(["email", "name"]), "name", sizes(1, 100)))
def test_every_record_of_a_batch_is_marked(batch: Batch) -> None:
    changes = batch.changes([str(place) for place in range(batch.size)])
    assert len({attributes["name"] for _, attributes in changes}) == batch.size


@settings(max_examples=30, database=None)
@given(mixed_batches(profiles.attributes(["name"]), "name", sizes(1, 20), st.just("bad")))
def test_a_mixed_batch_has_its_bad_records_in_their_places(batch: Batch) -> None:
    changes = batch.changes([str(place) for place in range(batch.size)])
    assert {place for place, (_, value) in enumerate(changes) if value == "bad"} == {place for place, _ in batch.odd}


def test_a_batch_of_a_thousand_takes_no_time() -> None:
    batch = Batch(1000, ({"name": "a"}, {"email": "a@example.com"}), "name")
    began = time.perf_counter()
    assert len(batch.changes([str(place) for place in range(1000)])) == 1000
    assert time.perf_counter() - began < 0.05
