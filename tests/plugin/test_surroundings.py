"""Whatever surrounds the command, it runs the same checks; a defect of its own has an exit code of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click
import pytest

from conformance import cli
from reports.record import read

FEW = ("run", "--contract", "fiserv-alldata", "--effort", "quick", "-k", "transport or success", "--out", "out")
CONFTEST = """
def pytest_collection_modifyitems(items):
    items[:] = items[:1]
"""
INI = "[pytest]\naddopts = -k nothing --maxfail=1\n"
SHADOW = "raise SystemExit('a module of the user')\n"
BREAKING = """
import sys
from conformance.plugin import controller

def broken(self, *_, **__):
    raise RuntimeError("broken")

controller.Controller.{place} = broken
sys.argv = ["conformance", *"run --contract fiserv-alldata --effort quick -k transport --workers {workers}".split()]
from conformance.cli import main
main()
"""
FOREIGN = {
    "PYTEST_ADDOPTS": "-k nothing",
    "PYTEST_PLUGINS": "no_such_plugin",
    "PYTHONWARNINGS": "error",
    "CI": "true",
    "HYPOTHESIS_STORAGE_DIRECTORY": "/no/such/folder",
}


def checks_of(folder: Path, **more: str) -> list[tuple[str, int]]:
    """The checks that the command runs in a folder, in their order, with the requests that each sent."""
    whole = [sys.executable, "-m", "conformance", *FEW]
    done = subprocess.run(
        whole, check=False, cwd=folder, env=os.environ | more, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return [(check.id, check.exchanges) for check in read(folder / "out" / "run.json").targets[0].checks]


def test_nothing_in_the_surroundings_changes_which_checks_run(tmp_path: Path) -> None:
    plain, odd = tmp_path / "plain", tmp_path / "odd \u00e9 [x] %s"
    for folder in (plain, odd, odd / "conformance"):
        folder.mkdir()
    for name, content in (("conftest.py", CONFTEST), ("pytest.ini", INI), ("specs.py", SHADOW), ("random.py", SHADOW)):
        (odd / name).write_text(content)
    (odd / "conformance" / "conftest.py").write_text(CONFTEST)
    found = checks_of(plain)
    assert len(found) > 3
    assert checks_of(odd, **FOREIGN) == found
    assert {path.name for path in plain.iterdir()} == {"out"}


@pytest.mark.parametrize("place", ["pytest_sessionstart", "pytest_runtest_logreport"])
@pytest.mark.parametrize("workers", ["1", "2"])
def test_an_internal_error_of_the_run_has_an_exit_code_of_its_own(place: str, workers: str, tmp_path: Path) -> None:
    # The entry point of a plugin cannot be shut out by what the command does: this one is told by name.
    script = BREAKING.format(place=place, workers=workers)
    done = subprocess.run(
        [sys.executable, "-c", script], check=False, cwd=tmp_path, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 4, done.stdout + done.stderr
    assert "RuntimeError: broken" in done.stderr
    assert "a defect of the suite" in done.stderr


def test_an_exception_of_the_command_has_it_too(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    @click.command()
    def failing() -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(cli.Commands, "get_command", lambda *_: failing)
    monkeypatch.setattr(sys, "argv", ["conformance", "run"])
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert (ended.value.code, "a defect of the suite" in capsys.readouterr().err) == (4, True)
