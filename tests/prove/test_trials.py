"""The correct variants cover what they say, and none of them contradicts itself."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import pytest

import specs
from conformance.prove.trials import Covering, parameters, variants
from specs.model import Exclusion, Meeting, Option

FIRST = next(iter(specs.contracts().values()))
PLAIN = [r for r in FIRST.readings.values() if r.observable and not r.excludes][:4]
# A contract of few questions, so that what its variants cover is seen at once.
CONTRACT = replace(
    FIRST,
    readings={reading.id: replace(reading, meets=()) for reading in PLAIN},
    freedoms=dict(list(FIRST.freedoms.items())[:3]),
)


def _rows(contract: specs.Contract, covering: Covering) -> list[dict[str, str]]:
    return [{**variant.readings, **variant.freedoms} for variant in variants(contract, covering)]


def _pairs(contract: specs.Contract, covering: Covering) -> set[frozenset[tuple[str, str]]]:
    return {frozenset(pair) for row in _rows(contract, covering) for pair in combinations(row.items(), 2)}


@pytest.mark.parametrize("name", specs.contracts())
def test_pairwise_variants_follow_every_pair_of_options_of_readings_and_freedoms(name: str) -> None:
    contract = specs.contract(name)
    wanted = {
        frozenset([(one, a), (other, b)])
        for (one, some), (other, others) in combinations(parameters(contract).items(), 2)
        for a in some
        for b in others
        if {one, other} - set(contract.readings) or contract.contradiction({one: a, other: b}) is None
    }
    assert wanted <= _pairs(contract, Covering.PAIRWISE)


@pytest.mark.parametrize("name", specs.contracts())
def test_few_variants_follow_every_option(name: str) -> None:
    contract = specs.contract(name)
    followed = {item for row in _rows(contract, Covering.EACH) for item in row.items()}
    assert followed == {(each, option) for each, options in parameters(contract).items() for option in options}


def test_no_variant_follows_options_that_exclude_each_other() -> None:
    one, other = list(CONTRACT.readings.values())[:2]
    excluding = replace(one, excludes=(Exclusion(one.option_ids[0], other.id, other.option_ids[0], "as a test"),))
    contract = replace(CONTRACT, readings={**CONTRACT.readings, one.id: excluding})
    impossible = frozenset([(one.id, one.option_ids[0]), (other.id, other.option_ids[0])])
    assert impossible not in _pairs(contract, Covering.PAIRWISE)


def test_where_two_readings_meet_each_pair_of_options_is_tried_with_either_of_them_deciding() -> None:
    one, other = list(CONTRACT.readings.values())[:2]
    meeting = Meeting(one.id, other.id, "an answer of both", None, "nobody ranks them")
    freedom = replace(next(iter(CONTRACT.freedoms.values())), id=meeting.id, default=one.id)
    freedom = replace(freedom, options=(Option(one.id, "the first"), Option(other.id, "the second")))
    contract = replace(
        CONTRACT,
        readings={**CONTRACT.readings, one.id: replace(one, meets=(meeting,))},
        freedoms={**CONTRACT.freedoms, meeting.id: freedom},
    )
    ways = {
        frozenset([(one.id, a), (other.id, b), (meeting.id, decider)])
        for a in one.option_ids
        for b in other.option_ids
        for decider in (one.id, other.id)
    }
    tried = [frozenset(row.items()) for row in _rows(contract, Covering.PAIRWISE)]
    assert [way for way in ways if not any(way <= row for row in tried)] == []
