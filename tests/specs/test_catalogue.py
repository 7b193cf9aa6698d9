"""The catalogues hold every statement of the documents, and nothing that no document says."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
from jsonschema import Draft202012Validator, FormatChecker
from openapi_spec_validator import OpenAPIV31SpecValidator
from schemathesis.checks import CHECKS, load_all_checks

import specs
from specs.catalogue import ROOT
from specs.files import FORMATS, read_yaml

CONTRACTS = list(specs.contracts().values())
STATEMENTS = {"S0": 36, "S1": 54, "S2": 42, "S3": 70}
READINGS = {"F": 30, "I": 60, "G": 42}


def by_id(contract: specs.Contract) -> str:
    return contract.id


def test_the_four_contracts_are_found_by_their_folders() -> None:
    assert list(specs.contracts()) == ["fiserv-alldata", "genesys-ucs", "imiconnect-app", "imiconnect-customer"]


def test_the_documents_make_202_statements() -> None:
    assert {c.document.id: c.document.statements for c in CONTRACTS} == STATEMENTS


@pytest.mark.parametrize("contract", CONTRACTS, ids=by_id)
def test_each_statement_is_required_or_declarative_and_not_both(contract: specs.Contract) -> None:
    required = {s for r in contract.requirements.values() for s in r.source.statements}
    declared = {d.statement for d in contract.declarative}
    document = contract.document
    assert required | declared == {f"{document.id}#{n}" for n in range(1, document.statements + 1)}
    assert not required & declared


@pytest.mark.parametrize("contract", CONTRACTS, ids=by_id)
def test_each_requirement_stands_on_a_statement(contract: specs.Contract) -> None:
    assert [r.id for r in contract.requirements.values() if not r.source.statements] == []


@pytest.mark.parametrize("vendor", sorted({c.vendor for c in CONTRACTS}))
def test_each_contradiction_of_a_dossier_has_a_reading(vendor: str) -> None:
    register = yaml.safe_load((ROOT / vendor / "readings.yaml").read_text("utf-8"))["readings"]
    dossier = {row["dossier"] for row in register if row["dossier"][2] == "C"}
    letter = vendor[0].upper()
    assert dossier == {f"{letter}-C{n:02}" for n in range(1, READINGS[letter] + 1)}


@pytest.mark.parametrize("contract", CONTRACTS, ids=by_id)
def test_the_json_schemas_are_valid_and_their_references_resolve(contract: specs.Contract) -> None:
    for name in contract.schema_names:
        Draft202012Validator.check_schema(contract.schema(name))
        list(contract.validator(name).iter_errors({}))


@pytest.mark.parametrize("contract", CONTRACTS, ids=by_id)
def test_no_format_of_a_schema_is_silently_ignored(contract: specs.Contract) -> None:
    text = "".join(contract.path(f"schemas/{name}.schema.json").read_text("utf-8") for name in contract.schema_names)
    formats = set(re.findall(r'"format": "([a-z-]+)"', text))
    assert formats <= set(FormatChecker.checkers) | {"int32", "int64"}


@pytest.mark.parametrize("contract", CONTRACTS, ids=by_id)
def test_the_openapi_document_describes_every_operation_and_links_the_update(contract: specs.Contract) -> None:
    document = contract.openapi()
    described = {
        (operation["operationId"], method.upper(), path)
        for path, item in document["paths"].items()
        for method, operation in item.items()
        if isinstance(operation, dict) and "operationId" in operation
    }
    assert {(o.name, o.method, o.path) for o in contract.operations.values()} <= described
    updates = [
        operation
        for item in document["paths"].values()
        for operation in item.values()
        if isinstance(operation, dict) and operation.get("operationId") == "update"
    ]
    assert any("links" in response for u in updates for response in u["responses"].values())


@pytest.mark.parametrize("contract", CONTRACTS, ids=by_id)
def test_the_openapi_document_is_valid_against_the_meta_schema(contract: specs.Contract) -> None:
    assert [error.message for error in OpenAPIV31SpecValidator(contract.openapi()).iter_errors()] == []


@pytest.mark.parametrize(
    "example",
    [e for c in CONTRACTS for e in c.examples],
    ids=lambda e: f"{e.document}-{e.file.name}",
)
def test_each_example_validates_or_its_difference_is_a_reading(example: specs.Example) -> None:
    contract = next(c for c in CONTRACTS if c.document.id == example.document)
    assert example.content()
    if example.differs_reading is not None:
        assert example.differs_reading in contract.readings
    elif example.schema is not None and example.file.suffix == ".json":
        instance = yaml.safe_load(example.content())
        assert [e.message for e in contract.validator(example.schema).iter_errors(instance)] == []


@pytest.mark.parametrize("contract", CONTRACTS, ids=by_id)
def test_codes_of_the_table_say_how_they_are_provoked_or_why_not(contract: specs.Contract) -> None:
    undecided = [c.code for c in contract.codes.values() if c.in_table and not (c.provoke or c.not_provokable)]
    assert undecided == []


@pytest.mark.parametrize("contract", CONTRACTS, ids=by_id)
def test_the_breadth_checks_exist_in_schemathesis(contract: specs.Contract) -> None:
    load_all_checks()
    assert {*contract.breadth.kept, *contract.breadth.left_out} <= set(CHECKS.get_all_names())


def test_a_mistake_in_a_data_file_is_told_with_file_and_line(tmp_path: Path) -> None:
    source = CONTRACTS[0].folder
    folder = tmp_path / source.parent.name / source.name
    (folder / "examples").mkdir(parents=True)
    for name in ("contract.yaml", "requirements.yaml", "examples/examples.yaml"):
        (folder / name).write_text((source / name).read_text("utf-8"), "utf-8")
    readings = (source.parent / "readings.yaml").read_text("utf-8").splitlines()
    line = next(n for n, text in enumerate(readings) if text.strip().startswith("default:"))
    readings[line] = readings[line].split(":")[0] + ": no-such-option"
    (folder.parent / "readings.yaml").write_text("\n".join(readings), "utf-8")
    with pytest.raises(specs.SpecError, match=r"readings\.yaml:\d+: /readings/0/default: 'no-such-option'"):
        specs.load_contract(folder)


def test_the_formats_of_the_data_files_are_valid_json_schemas() -> None:
    for path in FORMATS.glob("*.json"):
        Draft202012Validator.check_schema(json.loads(path.read_text("utf-8")))


def test_a_key_that_stands_twice_is_a_mistake(tmp_path: Path) -> None:
    file = tmp_path / "twice.yaml"
    file.write_text("rows:\n  - {id: a}\n  - id: b\n    safe: true\n    safe: true\n")
    with pytest.raises(specs.SpecError, match=r"twice\.yaml.*5.*'safe' stands twice"):
        read_yaml(file)
