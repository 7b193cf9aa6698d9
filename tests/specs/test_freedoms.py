"""The registers of freedoms are sound, and a mistake in one is told with its place."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

import specs
from specs.catalogue import ROOT, load_contract

CONTRACTS = list(specs.contracts().values())
SHARED = yaml.safe_load((ROOT / "freedoms.yaml").read_text("utf-8"))["freedoms"]
ROW = """freedoms:
  - id: {id}
    question: In which order do results stand?
    because: No document gives an order.
    {ground}
    options:
      - {{id: a, meaning: one way}}
      - {{id: b, meaning: another way}}
    default: {default}
"""


@pytest.fixture
def contract(tmp_path: Path) -> Path:
    """A copy of a contract, with the registers around it; the vendor has no freedoms of its own."""
    source = CONTRACTS[0].folder
    shutil.copytree(source, tmp_path / "vendor" / source.name)
    register = yaml.safe_load((source.parent / "readings.yaml").read_text("utf-8"))
    for row in register["readings"]:
        row.pop("meets", None)
    (tmp_path / "vendor" / "readings.yaml").write_text(yaml.safe_dump(register), "utf-8")
    shutil.copy(ROOT / "freedoms.yaml", tmp_path)
    head = tmp_path / "vendor" / source.name / "contract.yaml"
    head.write_text(head.read_text("utf-8").replace(f"id: {CONTRACTS[0].id}", f"id: vendor-{source.name}"), "utf-8")
    return tmp_path / "vendor" / source.name


def vendor_register(contract: Path, **changes: str) -> None:
    row = {"id": "results-order", "ground": 'silence: ["I-C38"]', "default": "a", **changes}
    (contract.parent / "freedoms.yaml").write_text(ROW.format(**row), "utf-8")


@pytest.mark.parametrize("known", CONTRACTS, ids=lambda c: c.id)
def test_each_contract_has_the_shared_freedoms_and_some_of_its_own(known: specs.Contract) -> None:
    shared = {row["id"] for row in SHARED}
    assert shared < set(known.freedoms)
    assert set(known.freedoms).isdisjoint(known.readings)


@pytest.mark.parametrize("known", CONTRACTS, ids=lambda c: c.id)
def test_each_meeting_that_no_document_ranks_is_a_freedom_to_decide_either_way(known: specs.Contract) -> None:
    for meeting in known.meetings:
        assert (meeting.id in known.freedoms) is (meeting.decides is None)
        if meeting.decides is None:
            assert known.freedoms[meeting.id].option_ids == (meeting.reading, meeting.other)


def test_a_register_of_the_vendor_adds_to_the_shared_one(contract: Path) -> None:
    vendor_register(contract)
    found = load_contract(contract).freedoms
    assert found["results-order"].grounds == ("I-C38",)
    assert len(found) == len(SHARED) + 1


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"default": "c"}, "'c' is none of the options"),
        ({"id": "latency"}, "'latency' is the id of another freedom or reading"),
        ({"ground": 'silence: ["somewhere"]'}, "'somewhere' does not match"),
        ({"ground": 'standard: ["RFC 9110"]'}, "'RFC 9110' does not match"),
        ({"ground": "contracts: [alldata]"}, "not valid under any of the given schemas"),
        ({"ground": 'silence: ["I-C38"]\n    contracts: [typo]'}, "'typo' is no contract of this vendor"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_mistake_is_told_with_file_and_line(contract: Path, changes: dict[str, str], message: str) -> None:
    vendor_register(contract, **changes)
    with pytest.raises(specs.SpecError) as told:
        load_contract(contract)
    assert message in str(told.value)
    assert f"{contract.parent / 'freedoms.yaml'}:" in str(told.value)


@pytest.mark.parametrize(
    ("meets", "message"),
    [
        ({"reading": "no-such", "allowed": "union"}, "'no-such' is no other reading"),
        ({"reading": "{other}", "allowed": "third", "because": "so it is said"}, "it must be union"),
        ({"reading": "{other}", "allowed": "{other}"}, "not valid under any"),
    ],
)
def test_a_meeting_names_another_reading_and_what_is_allowed(
    contract: Path, meets: dict[str, str], message: str
) -> None:
    path = contract.parent / "readings.yaml"
    register = yaml.safe_load(path.read_text("utf-8"))
    other = register["readings"][1]["id"]
    entry = {"where": "an answer of both", **{key: value.format(other=other) for key, value in meets.items()}}
    register["readings"][0]["meets"] = [entry]
    path.write_text(yaml.safe_dump(register), "utf-8")
    with pytest.raises(specs.SpecError, match=message):
        load_contract(contract)
