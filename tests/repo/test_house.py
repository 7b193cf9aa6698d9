"""The house is in order: imports run one way, shared rooms know no vendor, every requirement has its proof."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import xmlschema
import yaml

import specs
from conformance.certify.matrix import proofs, read
from conformance.exercise.check import checks
from conformance.reference.faults import faults
from conformance.vendors import vendor
from specs.basis import STATEMENT, UNMARKED, basis_of_component, unmarked

ROOT = Path(__file__).parents[2]
ALLOWED = {
    "specs": {"specs"},
    "strategies": {"strategies", "specs"},
    "reports": {"reports", "specs"},
    "conformance": {"conformance", "strategies", "reports", "specs"},
}
VENDORS = sorted({c.vendor for c in specs.contracts().values()})
CONTRACTS = list(specs.contracts())


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.partition(".")[0]


@pytest.mark.parametrize("room", sorted(ALLOWED))
def test_imports_run_one_way(room: str) -> None:
    forbidden = {*ALLOWED, "tests"} - ALLOWED[room]
    found = {(str(path.relative_to(ROOT)), name) for path in (ROOT / room).rglob("*.py") for name in imports(path)}
    assert {(path, name) for path, name in found if name in forbidden} == set()


def test_shared_modules_name_no_vendor() -> None:
    named = set()
    for room in ALLOWED:
        for path in (ROOT / room).rglob("*.py"):
            if not any(name in part for name in VENDORS for part in path.relative_to(ROOT).parts):
                text = path.read_text("utf-8").lower()
                named |= {(str(path.relative_to(ROOT)), name) for name in VENDORS if name in text}
    assert named == set()


@pytest.mark.parametrize("contract", CONTRACTS)
def test_each_observable_requirement_has_a_check_bound_to_it(contract: str) -> None:
    known = specs.contract(contract)
    bound = {name for c in checks(known.vendor) if contract in c.contracts for name in c.requirements}
    assert sorted(name for name, r in known.requirements.items() if r.observable and name not in bound) == []


@pytest.mark.parametrize("contract", CONTRACTS)
def test_no_check_is_bound_to_what_cannot_be_observed(contract: str) -> None:
    known = specs.contract(contract)
    bound = {name for c in checks(known.vendor) if contract in c.contracts for name in c.requirements}
    assert sorted(name for name, r in known.requirements.items() if not r.observable and name in bound) == []


@pytest.mark.parametrize("contract", CONTRACTS)
def test_each_observable_requirement_is_broken_by_a_fault(contract: str) -> None:
    known = specs.contract(contract)
    broken = {name for fault in faults(known.vendor).values() for name in fault.breaks_of(contract)}
    assert sorted(name for name, r in known.requirements.items() if r.observable and name not in broken) == []


@pytest.mark.parametrize("name", VENDORS)
def test_each_observable_reading_has_a_probe(name: str) -> None:
    observable = {
        reading.id
        for contract in specs.contracts().values()
        if contract.vendor == name
        for reading in contract.readings.values()
        if reading.observable
    }
    assert {probe.reading for probe in vendor(name).PROBES} == observable


@pytest.mark.parametrize("name", VENDORS)
def test_each_fault_says_what_is_wrong(name: str) -> None:
    assert [fault.id for fault in faults(name).values() if len(fault.summary) < 15] == []


@pytest.mark.parametrize("contract", CONTRACTS)
def test_each_keyword_of_a_schema_says_what_it_rests_on(contract: str) -> None:
    known = specs.contract(contract)
    schemas = {name: known.schema(name) for name in known.schema_names}
    schemas["openapi.yaml"] = yaml.safe_load(known.path("openapi.yaml").read_text("utf-8"))
    found = {name: list(unmarked(schema)) for name, schema in schemas.items()}
    assert {name: places for name, places in found.items() if places} == {}


@pytest.mark.parametrize("contract", CONTRACTS)
def test_each_part_of_an_xsd_says_what_it_rests_on(contract: str) -> None:
    for path in specs.contract(contract).folder.glob("*.xsd"):
        schema = xmlschema.XMLSchema(str(path), validation="skip")
        components = [c for c in schema.iter_components() if getattr(c, "elem", None) is not None and c is not schema]
        assert [c for c in components if basis_of_component(c) is UNMARKED] == []


@pytest.mark.parametrize("contract", CONTRACTS)
def test_what_a_schema_rests_on_are_statements_of_the_documents(contract: str) -> None:
    counts = {c.document.id: c.document.statements for c in specs.contracts().values()}
    texts = [
        path.read_text("utf-8")
        for path in specs.contract(contract).folder.rglob("*")
        if path.suffix in (".json", ".xsd", ".yaml")
    ]
    named = {match for text in texts for match in STATEMENT.findall(text)}
    assert {name for name in named if not 1 <= int(name.split("#")[1]) <= counts.get(name.split("#")[0], 0)} == set()


def test_the_shipped_kill_matrix_is_of_these_specs_and_faults_and_holds() -> None:
    proven = proofs(read(), {contract.id: contract.digest() for contract in specs.contracts().values()})
    assert set(proven) == set(CONTRACTS)
    assert json.loads(read())["holds"]
