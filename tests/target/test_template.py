"""What `conformance init` writes loads at once, and every comment in it is a line that may be activated."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

import specs
from conformance.target.load import load
from conformance.target.template import template

CONTRACTS = [*specs.contracts()]
SETTING = re.compile(r"^# (?=\[target\.|[A-Za-z0-9_-]+ = )", re.MULTILINE)


def environment(contract: str) -> dict[str, str]:
    """The variables that a template names, with what the contract gives as an example."""
    fields = specs.contract(contract).credentials.values()
    prefix = contract.upper().replace("-", "_")
    return {f"{prefix}_{field.name.upper()}": str(field.example or "x") for field in fields}


@pytest.mark.parametrize("contract", CONTRACTS)
def test_it_loads_as_soon_as_its_environment_variables_are_set(tmp_path: Path, contract: str) -> None:
    (tmp_path / "target.toml").write_text(template(contract), "utf-8")
    [target] = load(tmp_path / "target.toml", environment(contract))
    required = [name for name, field in specs.contract(contract).credentials.items() if field.required]
    assert [*target.credentials] == required


@pytest.mark.parametrize("contract", CONTRACTS)
def test_it_loads_with_everything_activated(tmp_path: Path, contract: str) -> None:
    text = SETTING.sub("", template(contract)).replace('ca_file = "ca.pem"', "")
    (tmp_path / "target.toml").write_text(text, "utf-8")
    [target] = load(tmp_path / "target.toml", environment(contract))
    known = specs.contract(contract)
    assert target.readings == {name: r.default for name, r in known.readings.items() if r.observable}
    assert set(target.credentials) == set(known.credentials)
    assert set(target.data) == set(known.data)


@pytest.mark.parametrize("contract", CONTRACTS)
def test_only_what_is_required_is_active(contract: str) -> None:
    [table] = tomllib.loads(template(contract))["target"]
    required = {name for name, field in specs.contract(contract).data.items() if field.required}
    assert set(table.get("data", {})) == required


def test_no_line_is_too_long_to_read() -> None:
    assert {contract for contract in CONTRACTS if max(map(len, template(contract).splitlines())) > 140} == set()
