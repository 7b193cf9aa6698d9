"""The gate and the replay as a user runs them."""

from __future__ import annotations

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from conformance.cli import cli
from conformance.reference.embedded import serve, targets
from conformance.target.load import write as write_targets
from reports import Outcome, Verdict, read, write
from tests.reports.records import calm, failure, requirement, run, target

WAIVER = """
[[waiver]]
contract = "imiconnect-customer"
requirement = "{}"
reason = "known"
owner = "messaging"
ticket = "MSG-1"
expires = {}
"""


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    failed = requirement(verdict=Verdict.FAILED, failures=(failure(),))
    write(run(target(requirements=(failed,), verdict=Outcome.NOT_CONFORMANT)), tmp_path / "run.json")
    return tmp_path / "run.json"


def invoke(*arguments: object) -> tuple[int, str]:
    done = CliRunner().invoke(cli, [str(each) for each in arguments])
    return done.exit_code, done.output


def test_a_wrong_waiver_file_or_baseline_is_exit_2_before_anything_is_sent(tmp_path: Path) -> None:
    (tmp_path / "waivers.toml").write_text('[[waiver]]\ncontract = "nobody"\n')
    (tmp_path / "run.json").write_text("{}")
    code, said = invoke("run", "--waivers", tmp_path / "waivers.toml")
    assert (code, "no such contract" in said, "waiver[0].owner: is missing" in said) == (2, True, True)
    code, said = invoke("run", "--baseline", tmp_path / "run.json")
    assert (code, "run.json" in said) == (2, True)
    assert invoke("run", "--fail-on", "permitted")[0] == 2


def test_a_baseline_of_another_target_is_exit_2_before_anything_is_sent(tmp_path: Path) -> None:
    write(run(target("imiconnect-customer")), tmp_path / "old.json")
    with serve(["genesys"]) as server:
        write_targets(targets(server, "1"), tmp_path / "target.toml")
        files = [f"--{name}={tmp_path / file}" for name, file in (("baseline", "old.json"), ("target", "target.toml"))]
        code, said = invoke("run", *files, "--out", tmp_path / "out")
    assert (code, "nothing in common" in said, (tmp_path / "out").exists()) == (2, True, False)


def test_annotate_prints_commands_and_names_a_wrong_record(broken: Path) -> None:
    code, said = invoke("annotate", broken)
    assert (code, said.startswith("::error title=imiconnect-customer%3A queued-code failed::")) == (0, True)
    broken.write_text("[]")
    assert invoke("annotate", broken)[0] == 2


def test_a_record_without_failures_has_nothing_to_send_again(tmp_path: Path) -> None:
    write(calm(), tmp_path / "run.json")
    assert invoke("replay", tmp_path / "run.json") == (0, "the record has no failures to send again\n")


def test_replay_tells_what_does_not_go_together(broken: Path, tmp_path: Path) -> None:
    (tmp_path / "target.toml").write_text('[[target]]\ncontract = "nobody"\n')
    for arguments, words in (
        ([broken, "nobody"], "no requirement 'nobody'"),
        ([broken, "--target", tmp_path / "target.toml"], "no such contract"),
        ([tmp_path / "target.toml"], "is not JSON"),
    ):
        code, said = invoke("replay", *arguments)
        assert (code, words in said) == (2, True), said


def test_a_run_passes_with_a_waiver_and_its_failure_can_be_sent_again(tmp_path: Path) -> None:
    def conformance(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "conformance", *arguments, "--target", "target.toml"]
        return subprocess.run(command, check=False, cwd=tmp_path, capture_output=True, text=True, timeout=300)

    until = datetime.now(UTC).date() + timedelta(days=30)
    (tmp_path / "waivers.toml").write_text(WAIVER.format("unknown-customer-refused", until) + WAIVER.format("x", until))
    with serve(["imiconnect"], faults=["unknown-customer-succeeds"]) as server:
        only = [each for each in targets(server, "1") if each.contract == "imiconnect-customer"]
        write_targets(only, tmp_path / "target.toml")
        done = conformance("run", "--effort=quick", "-k", "unknown_customers", "--workers=1", "--waivers=waivers.toml")
        again = conformance("replay", "conformance-report/run.json", "unknown-customer-refused")
    assert done.returncode == 1, done.stdout + done.stderr  # one of the waivers is stale
    record = read(tmp_path / "conformance-report" / "run.json")
    assert record.gate is not None
    assert [(f.id, f.state) for f in record.gate.findings] == [("unknown-customer-refused", "waived")]
    assert [w.state for w in record.gate.waivers] == ["in force", "stale"]
    assert "Waivers (2)" in done.stdout
    assert again.returncode == 1, again.stdout + again.stderr
    assert "still failing" in again.stdout
