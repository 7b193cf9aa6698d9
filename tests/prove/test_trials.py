"""The correct variants cover what they say, and none of them contradicts itself."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import pytest

import specs
from conformance.prove.trials import Covering, variants
from specs.model import Exclusion

CONTRACT = next(iter(specs.contracts().values()))


def _pairs(contract: specs.Contract, covering: Covering) -> set[frozenset[tuple[str, str]]]:
    rows = [variant.readings for variant in variants(contract, covering)]
    return {frozenset(pair) for row in rows for pair in combinations(row.items(), 2)}


@pytest.mark.parametrize("name", specs.contracts())
def test_pairwise_variants_follow_every_pair_of_options(name: str) -> None:
    contract = specs.contract(name)
    observable = [r for r in contract.readings.values() if r.observable]
    wanted = {
        frozenset([(one.id, a), (other.id, b)])
        for one, other in combinations(observable, 2)
        for a in one.option_ids
        for b in other.option_ids
        if contract.contradiction({one.id: a, other.id: b}) is None
    }
    assert wanted <= _pairs(contract, Covering.PAIRWISE)


@pytest.mark.parametrize("name", specs.contracts())
def test_few_variants_follow_every_option(name: str) -> None:
    contract = specs.contract(name)
    followed = {item for variant in variants(contract, Covering.EACH) for item in variant.readings.items()}
    assert followed == {(r.id, option) for r in contract.readings.values() if r.observable for option in r.option_ids}


def test_no_variant_follows_options_that_exclude_each_other() -> None:
    one, other = [r for r in CONTRACT.readings.values() if r.observable][:2]
    excluding = replace(one, excludes=(Exclusion(one.option_ids[0], other.id, other.option_ids[0], "as a test"),))
    contract = replace(CONTRACT, readings={**CONTRACT.readings, one.id: excluding})
    impossible = frozenset([(one.id, one.option_ids[0]), (other.id, other.option_ids[0])])
    assert impossible not in _pairs(contract, Covering.PAIRWISE)
