"""Only a complete, decided, conformant, thorough run yields a certificate, and it says what the run says."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.exceptions import UsageError

import reports
import specs
from conformance.certify.issue import NoCertificateError, issue
from conformance.certify.matrix import MatrixError, read
from conformance.cli import certify
from conformance.cli.gate import Gate
from reports import Outcome, RunRecord, Verdict
from specs import Level
from tests.certify.folders import ISSUED, certified, matrix, terms, thorough
from tests.reports.records import calm, requirement, run, target

LEFT = replace(requirement("left", Verdict.NOT_TESTED, reason="no creation"), observe="Look.", checks=())
UNCHECKED = replace(LEFT, level=Level.PREFERRED)
UNFIT = {
    "partial": replace(thorough(), run=replace(thorough().run, complete=False, partial=("budget",))),
    "undecided": thorough(run(target(verdict=Outcome.UNDECIDED))),
    "not conformant": thorough(run(target(verdict=Outcome.NOT_CONFORMANT))),
    "standard effort": calm(),
    "(?s)mandatory .* not tested.*imiconnect-customer, Acme sandbox: left: no creation": thorough(
        run(target(requirements=(requirement(), LEFT), verdict=Outcome.UNDECIDED))
    ),
    "no check of imiconnect-customer/left": thorough(run(target(requirements=(requirement(), UNCHECKED)))),
}


@pytest.mark.parametrize("why", UNFIT)
def test_an_unfit_run_yields_no_certificate(why: str, tmp_path: Path) -> None:
    with pytest.raises(NoCertificateError, match=why):
        issue(UNFIT[why], tmp_path, terms(), ISSUED)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"format": "another"}, "another format"),
        ({"suite": {"version": "0.0.9"}}, "of version 0.0.9 of the suite"),
        ({"suite": []}, "malformed"),
        ({"specs": {"imiconnect-customer": "0" * 64}}, "other specs of imiconnect-customer"),
        ({"faults": []}, "does not have every fault"),
        ({"variants": []}, "does not have every fault"),
    ],
)
def test_a_kill_matrix_of_another_suite_is_refused(changes: dict[str, Any], said: str, tmp_path: Path) -> None:
    with pytest.raises(MatrixError, match=said) as raised:
        issue(thorough(), tmp_path, replace(terms(), kill_matrix=matrix(**changes)), ISSUED)
    assert "run: conformance prove --out" in str(raised.value)


def test_a_suite_without_kill_matrix_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(MatrixError, match="run: conformance prove --out"):
        read(tmp_path / "kill-matrix.json")


def test_the_statement_is_a_test_result_of_in_toto(tmp_path: Path) -> None:
    data = json.loads((certified(tmp_path / "c") / "statement.json").read_bytes())
    assert (data["_type"], data["predicateType"]) == (
        "https://in-toto.io/Statement/v1",
        "https://in-toto.io/attestation/test-result/v0.1",
    )
    said = data["predicate"]
    assert said["result"] == "PASSED"
    assert said["passedTests"] == ["imiconnect-customer/queued-code", "imiconnect-customer/batch-limit"]
    assert (said["warnedTests"], said["failedTests"]) == ([], [])
    assert said["configuration"][0] == {"name": "specs/imiconnect-customer", "digest": {"sha256": "f" * 64}}
    ours = said["profileConformance"]
    assert ours["expires"] == "2026-12-22T09:00:00Z"
    assert ours["targets"][0]["notTested"] == ["imiconnect-customer/queue-error"]
    assert ours["targets"][0]["firstContact"].keys() == {"round", "faults", "quick", "standard"}


def test_a_broken_requirement_that_is_not_demanded_is_a_warning(tmp_path: Path) -> None:
    broken = requirement("fast", Verdict.FAILED, level=Level.PREFERRED)
    issue(thorough(run(target(requirements=(requirement(), broken)))), tmp_path, terms(), ISSUED)
    said = json.loads((tmp_path / "statement.json").read_bytes())["predicate"]
    assert (said["result"], said["warnedTests"]) == ("WARNED", ["imiconnect-customer/fast"])


def test_without_a_key_the_page_says_that_it_is_not_signed(tmp_path: Path) -> None:
    folder = certified(tmp_path / "c", key=None)
    assert not (folder / "certificate.intoto.json").exists()
    assert "Not signed." in (folder / "certificate.html").read_text()


def carried_out(record: RunRecord, out: Path, monkeypatch: pytest.MonkeyPatch, waivers: Path | None = None) -> int:
    """The exit code of the command, with a run that ends in this record."""

    def leave(console: object, arguments: list[str]) -> int:
        out.mkdir(exist_ok=True)
        reports.write(record, out / "run.json")
        return record.exit_code

    monkeypatch.setattr(certify, "run_checks", leave)
    assignment = certify.Assignment(out.parent / "target.toml", (), "documented", 0, 1, out, Gate(waivers, None, None))
    return certify.carry_out(assignment, terms())


def test_the_command_leaves_everything_that_belongs_to_a_certificate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert carried_out(thorough(), tmp_path / "out", monkeypatch) == 0
    assert {path.name for path in (tmp_path / "out").iterdir()} >= {
        "allure-results",
        "certificate.html",
        "certificate.intoto.json",
        "earl.jsonld",
        "junit.xml",
        "kill-matrix.json",
        "run.json",
        "statement.json",
    }


@pytest.mark.parametrize(("why", "code"), [("partial", 3), ("undecided", 3), ("not conformant", 1)])
def test_the_command_leaves_the_reports_of_an_unfit_run_without_a_certificate(
    why: str, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert carried_out(UNFIT[why], tmp_path / "out", monkeypatch) == code
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert {"run.json", "report.html"} <= names
    assert names.isdisjoint({"certificate.html", "certificate.intoto.json", "statement.json"})
    assert f"no certificate: the run is {'a partial one' if why == 'partial' else why}" in capsys.readouterr().err


def test_a_certificate_gets_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "old.html").touch()
    with pytest.raises(UsageError, match="is not empty"):
        carried_out(thorough(), tmp_path, monkeypatch)


def test_a_waiver_never_makes_a_certificate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    contract = specs.contract("imiconnect-customer")
    name = next(iter(contract.requirements))
    waivers, until = tmp_path / "waivers.toml", datetime.now(UTC).date() + timedelta(days=9)
    waivers.write_text(
        f'[[waiver]]\ncontract = "{contract.id}"\nrequirement = "{name}"\nreason = "known"\nowner = "ann"\n'
        f'ticket = "T-1"\nexpires = {until}\n'
    )
    broken = requirement(name, Verdict.FAILED)
    record = thorough(run(target(verdict=Outcome.NOT_CONFORMANT, requirements=(requirement("other"), broken))))
    assert carried_out(record, tmp_path / "out", monkeypatch, waivers) == 1
    assert "no certificate: the run is not conformant" in capsys.readouterr().err
