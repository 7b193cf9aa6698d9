"""What is generated for IMIconnect is valid, or wrong in the one way that is named."""

from __future__ import annotations

import json
import statistics
import time
from typing import Any

import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st

import specs
from conformance.imiconnect.body import Form, read_body
from strategies.imiconnect import profiles, values
from strategies.imiconnect.batches import Batch, batches, mixed_batches, sizes
from strategies.imiconnect.broken import broken_bodies, cut_bodies, some_broken_bodies, wrong_keys

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


@pytest.mark.parametrize("case", [*broken_bodies(json.loads(BODY), "umtest"), *some_broken_bodies(BODY)], ids=repr)
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


@pytest.mark.parametrize("contract", CONTRACTS)
def test_a_batch_of_a_thousand_is_drawn_and_expanded_within_50_ms(contract: str) -> None:
    customers = [str(place) for place in range(1000)]
    shape = profiles.known_attributes(specs.contract(contract))
    drawn = mixed_batches(shape, "name", st.just(1000), st.just({"name": ["x"]}))
    times = []

    @settings(max_examples=20, database=None, deadline=None)
    @given(st.data())
    def generate(data: st.DataObject) -> None:
        began = time.thread_time()
        assert len(data.draw(drawn).changes(customers)) == 1000
        times.append(time.thread_time() - began)

    generate()
    assert statistics.median(times) < 0.05


def test_a_failing_batch_shrinks_to_the_smallest_size_and_the_plainest_record() -> None:
    drawn = mixed_batches(profiles.attributes(["email", "name"]), "name", sizes(1, 1000), st.sampled_from(["x", "y"]))
    smallest = find(drawn, lambda batch: batch.size > 100 and any(place > 7 for place, _ in batch.odd))
    assert (smallest.size, len(smallest.shapes)) == (101, 1)
    assert [value for _, value in smallest.odd] == ["x"]
