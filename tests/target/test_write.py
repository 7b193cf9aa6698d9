"""What is written for others to run with is read back as it was."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
import trustme

import specs
from conformance.target import Limits, Secret, Target
from conformance.target.demand import Demand
from conformance.target.load import load, write


def full(folder: Path) -> Target:
    trustme.CA().cert_pem.write_to_path(str(folder / "ca.pem"))
    return Target(
        "imiconnect-customer",
        'quotes " and \\ and \U0001f600',
        "1\x7f"[:1],
        "https://127.0.0.1:8443/imi",
        folder / "ca.pem",
        credentials={"key": Secret('s "e\\c\u00e4 ret')},
        data={"customer_ids": ["a", "b"]},
        readings={"batch-limit": "1000"},
        operations={"create": None, "status": "/s/{transid}"},
        plain_http_url="http://127.0.0.1:8080/imi",
        unlisted_source="127.0.0.2",
        limits=Limits(rate=1 / 3, max_requests=5, max_seconds=1.5, poll_deadline_s=0.25),
        hostile_input=True,
        require_tested=Demand(80),
    )


def test_targets_are_read_back_as_they_were(tmp_path: Path) -> None:
    first = full(tmp_path)
    second = Target(
        "imiconnect-customer", "least", "1", "https://h", credentials={"key": Secret("k")}, require_tested=Demand()
    )
    write([first, second], tmp_path / "target.toml")
    loaded = load(tmp_path / "target.toml", {})
    assert loaded[0].limits.rate == pytest.approx(1 / 3)
    assert [loaded[0].limits.max_seconds, loaded[0].limits.poll_deadline_s] == [1.5, 0.25]
    same = {field: getattr(loaded[0], field) for field in Target.__dataclass_fields__ if field != "limits"}
    assert same == {field: getattr(first, field) for field in same}
    assert loaded[1] == second


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    (tmp_path / "target.toml").write_text("")
    (tmp_path / "target.toml").chmod(0o644)
    write([full(tmp_path)], tmp_path / "target.toml")
    assert stat.S_IMODE((tmp_path / "target.toml").stat().st_mode) == 0o600


def test_a_failure_leaves_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "target.toml").write_text("before")
    wrong = Target("imiconnect-customer", "n", "1", "https://h", data={"app_id": object()})
    with pytest.raises(TypeError):
        write([wrong], tmp_path / "target.toml")
    assert [p.name for p in tmp_path.iterdir()] == ["target.toml"]


@pytest.mark.parametrize("contract", specs.contracts())
def test_the_reference_of_every_contract_gets_a_file_that_loads(tmp_path: Path, contract: str) -> None:
    fields = specs.contract(contract)
    target = Target(
        contract,
        "embedded reference",
        "1",
        "https://127.0.0.1:1/x",
        credentials={name: Secret(str(field.example or "x")) for name, field in fields.credentials.items()},
        data={name: field.example for name, field in fields.data.items() if field.example is not None},
    )
    write([target], tmp_path / "target.toml")
    assert load(tmp_path / "target.toml", {}) == [target]
