"""The GitHub Action: its script, run as the runner runs it, with a stand-in for the command."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from conformance.cli.run import run

ROOT = Path(__file__).parents[2]
ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text("utf-8"))
STEPS: dict[str, dict[str, Any]] = {step["name"]: step for step in ACTION["runs"]["steps"]}
COMMAND = """#!/usr/bin/env bash
printf '%s\\n' "$@" > "$RUNNER_TEMP/$1.arguments"
if [ "$1" = annotate ]; then echo "::error title=x::broken"; exit 0; fi
mkdir -p out && echo '{}' > out/run.json && echo '## Summary' > out/summary.md
echo "::set-output name=owned::yes"
exit "$STAND_IN_CODE"
"""


def run_step(name: str, folder: Path, code: int, **inputs: str) -> subprocess.CompletedProcess[str]:
    command = folder / "conformance" / "bin" / "conformance"
    command.parent.mkdir(parents=True, exist_ok=True)
    command.write_text(COMMAND)
    command.chmod(0o755)
    given = {key: str(value.get("default", "")) for key, value in ACTION["inputs"].items()} | inputs
    env = {key: _filled(text, given, code) for key, text in STEPS[name].get("env", {}).items()}
    files = {key: str(folder / key) for key in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    env |= {"RUNNER_TEMP": str(folder), "STAND_IN_CODE": str(code), "PATH": os.environ["PATH"], **files}
    script = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", STEPS[name]["run"]]
    return subprocess.run(script, check=False, cwd=folder, env=env, capture_output=True, text=True, timeout=60)


def _filled(text: str, given: dict[str, str], code: int) -> str:
    return re.sub(
        r"\$\{\{ (?:inputs\.([\w-]+)|steps\.run\.outputs\.exit-code) \}\}",
        lambda found: given[found[1]] if found[1] else str(code),
        text,
    )


@pytest.mark.parametrize("code", [0, 1, 3])
def test_the_code_of_the_run_is_that_of_the_job(code: int, tmp_path: Path) -> None:
    assert run_step("Run", tmp_path, code, out="out").returncode == 0
    assert f"exit-code={code}\n" in (tmp_path / "GITHUB_OUTPUT").read_text()
    assert run_step("Gate", tmp_path, code).returncode == code


def test_a_run_without_a_record_fails_the_job(tmp_path: Path) -> None:
    assert run_step("Run", tmp_path, 2, out="elsewhere").returncode == 0
    assert not (tmp_path / "GITHUB_STEP_SUMMARY").exists()
    assert run_step("Gate", tmp_path, 2).returncode == 2


def test_what_a_target_prints_gives_no_commands(tmp_path: Path) -> None:
    lines = run_step("Run", tmp_path, 1, out="out").stdout.splitlines()
    token = lines[0].removeprefix("::stop-commands::")
    assert len(token) == 32
    assert lines.index("::set-output name=owned::yes") < lines.index(f"::{token}::")
    assert lines[-1] == "::error title=x::broken"
    assert (tmp_path / "GITHUB_STEP_SUMMARY").read_text() == "## Summary\n"


def test_an_input_is_data_and_no_shell(tmp_path: Path) -> None:
    hostile = '$(touch owned) "; touch owned; # '
    done = run_step("Run", tmp_path, 0, out="out", target=hostile, waivers="w.toml", contract="a b")
    assert done.returncode == 0, done.stderr
    arguments = (tmp_path / "run.arguments").read_text().splitlines()
    assert f"--target={hostile}" in arguments
    assert {"--waivers=w.toml", "--contract=a", "--contract=b"} <= set(arguments)
    assert not (tmp_path / "owned").exists()
    assert "${{" not in "".join(step.get("run", "") for step in STEPS.values())


def test_every_option_that_the_action_gives_exists() -> None:
    known = {option for parameter in run.params for option in parameter.opts}
    assert set(re.findall(r"--[a-z-]+(?==)", STEPS["Run"]["run"])) <= known


def test_every_input_is_used_and_every_used_one_exists() -> None:
    used = set(re.findall(r"inputs\.([\w-]+)", yaml.safe_dump(ACTION)))
    assert used == set(ACTION["inputs"])
