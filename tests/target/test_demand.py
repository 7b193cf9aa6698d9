"""How much must be tested: every mandatory requirement, or a percentage."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.target.demand import Demand, parse
from conformance.target.errors import TargetError
from conformance.target.load import load

FILE = """[[target]]
contract = "imiconnect-customer"
name = "n"
version = "1"
base_url = "https://h"
require_tested = {}
[target.credentials]
key = "k"
"""


@pytest.mark.parametrize(
    ("given", "demand"),
    [("mandatory", Demand()), ("80", Demand(80)), ("80%", Demand(80)), ("100 %", Demand(100)), (1, Demand(1))],
)
def test_a_demand_is_mandatory_or_a_percentage(given: str | int, demand: Demand) -> None:
    assert parse(given) == demand


@pytest.mark.parametrize("given", ["", "all", "0", "101", "1.5", "-1", "80%%", "Mandatory", 0, 101])
def test_anything_else_is_none(given: str | int) -> None:
    with pytest.raises(ValueError, match="whole number of percent from 1 to 100"):
        parse(given)


@pytest.mark.parametrize(("given", "demand"), [('"mandatory"', Demand()), ("80", Demand(80)), ('"80%"', Demand(80))])
def test_a_target_file_states_one(tmp_path: Path, given: str, demand: Demand) -> None:
    (tmp_path / "target.toml").write_text(FILE.format(given))
    assert load(tmp_path / "target.toml", {})[0].require_tested == demand


@pytest.mark.parametrize("given", ['"most"', "0", "101", "80.5", "true"])
def test_a_wrong_one_is_told_with_its_place(tmp_path: Path, given: str) -> None:
    (tmp_path / "target.toml").write_text(FILE.format(given))
    with pytest.raises(TargetError, match=r"target.toml:6: target\[0\].require_tested: must be"):
        load(tmp_path / "target.toml", {})
