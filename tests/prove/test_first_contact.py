"""The rates of first contact: told once as data, and the same in the documentation."""

from __future__ import annotations

from pathlib import Path

import specs
from conformance.prove.first_contact import last, rounds
from conformance.reference.faults import faults

CONTRIBUTING = Path(__file__).parents[2] / "CONTRIBUTING.md"


def test_the_documentation_tells_every_round() -> None:
    table = [line for line in CONTRIBUTING.read_text("utf-8").splitlines() if line.startswith("| ") and "%)" in line]
    told = [
        f"| {number} | {contract} | {found.faults} | {rate(found.quick, found.faults)} "
        f"| {rate(found.standard, found.faults)} |"
        for number, contracts in rounds().items()
        for contract, found in contracts.items()
    ]
    assert table == told


def rate(found: int, tried: int) -> str:
    return f"{found} ({found * 100 // tried} %)"


def test_every_contract_was_in_the_last_round() -> None:
    newest = max(rounds())
    for name in specs.contracts():
        found = last(name)
        assert found is not None
        assert found.round == newest
        assert found.quick <= found.faults
        assert found.standard <= found.faults


def test_the_faults_of_every_round_are_kept() -> None:
    for contract in specs.contracts().values():
        kept = {fault.round for fault in faults(contract.vendor).values() if contract.id in fault.contracts}
        assert set(rounds()) <= kept
