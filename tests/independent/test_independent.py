"""Correct implementations by people who have not seen the suite: none is accused, none is undecided."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

import specs
from reports.model import Verdict
from tests.independent.running import implementations, run, serving

# Of each mandatory requirement that a check can decide, at most this many stay untested where an implementation lacks
# what a check needs (an operation, a second format, a plain-HTTP address).
UNTESTED_AT_MOST = 6


def test_each_contract_has_three_independent_implementations() -> None:
    counted = Counter(name.partition("/")[0] for name in implementations())
    assert {name: counted[name] >= 3 for name in specs.contracts()} == dict.fromkeys(specs.contracts(), True)


@pytest.mark.parametrize("name", implementations())
def test_a_correct_implementation_is_neither_accused_nor_undecided(name: str, tmp_path: Path) -> None:
    with serving(name, tmp_path) as target:
        record = run(target, tmp_path, "--effort", "quick")
    requirements = record.targets[0].requirements
    told = {r.id: r.reason for r in requirements if r.verdict in (Verdict.FAILED, Verdict.INCONCLUSIVE)}
    assert told == {}
    assert record.exit_code == 0, record.targets[0].note
    untested = [r.id for r in requirements if r.verdict is Verdict.NOT_TESTED and r.level is specs.Level.MANDATORY]
    assert len(untested) <= UNTESTED_AT_MOST, untested
