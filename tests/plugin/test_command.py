"""The command as a user runs it: exit codes, files, messages."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import specs
from conformance.reference.core import Settings, Switches
from conformance.reference.faults import faults, service_class
from reports.record import read


def conformance(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "conformance", *arguments],
        check=False,
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=600,
    )


@pytest.fixture(scope="module")
def quick_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[subprocess.CompletedProcess[str], Path]:
    folder = tmp_path_factory.mktemp("run")
    return conformance("run", "--effort", "quick", "--out", "out", cwd=folder), folder / "out"


def test_the_embedded_reference_is_conformant(
    quick_run: tuple[subprocess.CompletedProcess[str], Path],
) -> None:
    done, _ = quick_run
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_run_writes_its_record_its_journals_and_every_report(
    quick_run: tuple[subprocess.CompletedProcess[str], Path],
) -> None:
    _, out = quick_run
    names = {path.name for path in out.iterdir()}
    assert {"run.json", "report.html", "junit.xml", "allure-results"} <= names
    assert len([name for name in names if name.startswith("journal-")]) == 4


def test_the_record_has_a_verdict_for_every_requirement(
    quick_run: tuple[subprocess.CompletedProcess[str], Path],
) -> None:
    record = read(quick_run[1] / "run.json")
    assert {t.contract: len(t.requirements) for t in record.targets} == {
        c.id: len(c.requirements) for c in specs.contracts().values()
    }
    assert record.run.complete


def test_reports_are_drawn_again_from_the_record_alone(
    quick_run: tuple[subprocess.CompletedProcess[str], Path], tmp_path: Path
) -> None:
    done = conformance("report", str(quick_run[1] / "run.json"), "--out", "again", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "again" / "report.html").stat().st_size > 10_000


def test_no_secret_of_the_target_is_in_any_file_of_a_run(
    quick_run: tuple[subprocess.CompletedProcess[str], Path],
) -> None:
    secrets = {
        value
        for contract in specs.contracts().values()
        for service in [service_class(contract.vendor)(Switches(contract.vendor), Settings())]
        for name, value in service.target_facts(contract.id).credentials.items()
        if contract.credentials[name].secret
    }
    text = "".join(path.read_text("utf-8", "replace") for path in quick_run[1].rglob("*") if path.is_file())
    assert secrets
    assert [secret for secret in secrets if secret in text] == []


def test_a_wrong_target_file_is_exit_2_and_tells_every_mistake(tmp_path: Path) -> None:
    (tmp_path / "target.toml").write_text('[[target]]\ncontract = "nobody"\ncolor = "red"\n')
    done = conformance("run", "--target", "target.toml", cwd=tmp_path)
    assert done.returncode == 2
    assert "contract" in done.stdout + done.stderr
    assert "color" in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr


def test_an_unreachable_target_is_exit_3(tmp_path: Path) -> None:
    (tmp_path / "target.toml").write_text(
        '[[target]]\ncontract = "imiconnect-customer"\nname = "nobody"\nversion = "1"\n'
        'base_url = "https://127.0.0.1:1"\n[target.credentials]\nkey = "k"\n'
    )
    done = conformance("run", "--target", "target.toml", cwd=tmp_path)
    assert done.returncode == 3, done.stdout + done.stderr
    assert read(tmp_path / "conformance-report" / "run.json").run.partial == ("unreachable",)


def test_a_filter_that_leaves_nothing_is_exit_3(tmp_path: Path) -> None:
    done = conformance("run", "--contract", "genesys-ucs", "-k", "no_such_check", cwd=tmp_path)
    assert done.returncode == 3, done.stdout + done.stderr


def test_a_run_of_few_requirements_says_so_and_ends_with_3_where_all_are_demanded(tmp_path: Path) -> None:
    few = ("run", "--contract", "genesys-ucs", "--requirement", "update-by-address", "--effort", "quick")
    done = conformance(*few, "--out", "free", cwd=tmp_path)
    tested = re.search(r"CONFORMANT in (\d+) of (\d+) requirements; (\d+) not tested +exit code 0", done.stdout)
    assert tested is not None, done.stdout
    passed, testable, left = map(int, tested.groups())
    assert passed + left == testable > 2 * passed
    for demand in ("mandatory", "90"):
        done = conformance(*few, "--require-tested", demand, "--out", demand, cwd=tmp_path)
        assert (done.returncode, f"UNDECIDED; {passed} of {testable} requirements tested" in done.stdout) == (3, True)
        assert f"{passed} of {testable} requirements tested, and" in done.stdout
    assert conformance(*few, "--require-tested", "1", "--out", "one", cwd=tmp_path).returncode == 0


def test_a_requirement_that_no_contract_has_is_exit_2_before_anything_is_sent(tmp_path: Path) -> None:
    done = conformance("run", "--contract", "genesys-ucs", "--requirement", "update-by-adress", cwd=tmp_path)
    assert (done.returncode, "did you mean 'update-by-address'?" in done.stderr) == (2, True), done.stderr
    assert not (tmp_path / "conformance-report" / "run.json").exists()


def test_how_much_must_be_tested_is_mandatory_or_a_percentage(tmp_path: Path) -> None:
    done = conformance("run", "--require-tested", "most", cwd=tmp_path)
    assert (done.returncode, "`mandatory`, or a whole number of percent" in done.stderr) == (2, True)


def test_init_writes_a_target_file_once(tmp_path: Path) -> None:
    assert conformance("init", "genesys-ucs", cwd=tmp_path).returncode == 0
    again = conformance("init", "genesys-ucs", cwd=tmp_path)
    assert (again.returncode, "exists already" in again.stderr) == (2, True)


def test_prove_kills_a_fault_and_writes_the_matrix(tmp_path: Path) -> None:
    fault = next(f for f in faults("genesys").values() if f.reach == "easy")
    done = conformance("prove", "--contract", "genesys-ucs", "--fault", fault.id, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    matrix = json.loads((tmp_path / "conformance-report" / "kill-matrix.json").read_text())
    assert matrix["faults"][0]["killed_by"]
