"""The pytest plugin: the same checks, as pytest sees them."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from conformance.exercise.check import checks
from conformance.reference.embedded import serve, targets
from conformance.target.write import write
from reports.record import read


@pytest.fixture(scope="module")
def target_file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    file = tmp_path_factory.mktemp("target") / "target.toml"
    with serve(["genesys"], faults=()) as server:
        write(targets(server, "1"), file)
        yield file


def run_pytest(target: Path, *arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pytest", "--pyargs", "conformance", f"--conformance-target={target}"]
    return subprocess.run(
        [*command, "--conformance-effort=quick", "-p", "no:cacheprovider", *arguments],
        check=False,
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=600,
    )


def test_the_checks_run_under_pytest_and_label_their_allure_results(target_file: Path, tmp_path: Path) -> None:
    done = run_pytest(target_file, "-k", "replace", "--alluredir=allure", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    results = [json.loads(path.read_text()) for path in (tmp_path / "allure").glob("*-result.json")]
    labels = {label["name"]: label["value"] for result in results for label in result["labels"]}
    assert labels["parentSuite"] == "genesys-ucs"
    assert labels["severity"] == "critical"
    assert len({result["historyId"] for result in results}) == len(results)


def test_workers_give_the_same_verdicts_as_one_process(target_file: Path, tmp_path: Path) -> None:
    verdicts = []
    for out, workers in (("one", "0"), ("two", "2")):
        run_pytest(target_file, "-k", "replace", "-n", workers, f"--conformance-out={out}", cwd=tmp_path)
        record = read(tmp_path / out / "run.json")
        verdicts.append([(r.id, r.verdict, r.counts) for t in record.targets for r in t.requirements])
    assert verdicts[0] == verdicts[1]


def test_a_requirement_can_be_run_alone(target_file: Path, tmp_path: Path) -> None:
    wanted = checks("genesys")[0].requirements[0]
    run_pytest(target_file, f"--conformance-requirement={wanted}", cwd=tmp_path)
    record = read(tmp_path / "conformance-report" / "run.json")
    assert record.run.partial == ("filter",)
    assert all(wanted in check.requirements for check in record.targets[0].checks)


def test_without_a_target_file_the_plugin_does_nothing(tmp_path: Path) -> None:
    (tmp_path / "test_other.py").write_text("def test_other():\n    pass\n")
    command = [sys.executable, "-m", "pytest", "-q"]
    done = subprocess.run(command, check=False, cwd=tmp_path, capture_output=True, text=True)
    assert "1 passed" in done.stdout
    assert not (tmp_path / "conformance-report").exists()
