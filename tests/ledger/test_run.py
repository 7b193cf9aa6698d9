"""A whole run gives back what it borrowed, or says exactly what it could not."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from conformance.ledger.compare import canonical
from conformance.reference.core import Call, Reply
from conformance.target.write import write
from reports.model import RestoredState, RunRecord
from reports.record import read
from tests.ledger.lending import NO_CREATION, Loan, lent

GOOD = {RestoredState.AS_IT_WAS, RestoredState.PUT_BACK}


def command(loans: Sequence[Loan], folder: Path, *arguments: str) -> list[str]:
    file = folder / "target.toml"
    write([loan.target for loan in loans], file)
    settings = ["--effort", "quick", "--out", str(folder / "out")]
    return [sys.executable, "-m", "conformance", "run", "--target", str(file), *settings, *arguments]


def run(loans: Sequence[Loan], folder: Path, *arguments: str) -> tuple[RunRecord, subprocess.CompletedProcess[str]]:
    done = subprocess.run(
        command(loans, folder, *arguments), check=False, cwd=folder, capture_output=True, text=True, timeout=300
    )
    assert (folder / "out" / "run.json").exists(), done.stdout + done.stderr
    return read(folder / "out" / "run.json"), done


def valued(value: Any) -> Any:
    """A profile without members that are empty: an empty text is as good as none."""
    if isinstance(value, dict):
        members = {name: valued(each) for name, each in value.items()}
        return {name: each for name, each in members.items() if each not in ("", [], {}, None)}
    return canonical([valued(each) for each in value]) if isinstance(value, list) else value


def test_profiles_of_every_contract_are_as_they_were_after_a_run_with_two_workers(tmp_path: Path) -> None:
    checks = "check_xml or check_subset_after_superset or check_merge"
    with ExitStack() as stack:
        # Where null clears, an API that merges can take back what the probes add.
        loans = [stack.enter_context(lent(name, readings=CLEARS if "imi" in name else None)) for name in NO_CREATION]
        before = [loan.profiles() for loan in loans]
        record, done = run(loans, tmp_path, "-k", checks, "--workers", "2")
        after = [loan.profiles() for loan in loans]
    assert [{each.profile for each in target.restored} for target in record.targets] == [set(each) for each in before]
    assert {each.state for target in record.targets for each in target.restored} == GOOD, done.stderr
    assert valued(after) == valued(before)
    assert "warning" not in done.stderr
    assert not list((tmp_path / "out").glob("lent-profiles-*"))


CLEARS = {"null-value": "cleared"}


def test_what_a_faulty_target_keeps_is_told_member_by_member(tmp_path: Path) -> None:
    with lent("genesys-ucs") as loan:
        before = loan.profiles()
        stop_storing_when_a_check_has_changed_something(loan, tmp_path / "out")
        record, done = run([loan], tmp_path, "-k", "replace", "--workers", "1")
        after = loan.profiles()
    kept = [each for each in record.targets[0].restored if before[each.profile] != after[each.profile]]
    assert kept
    for each in kept:
        now, was = after[each.profile], before[each.profile]
        assert each.state is RestoredState.NOT_AS_IT_WAS
        assert {d.member for d in each.differences} == {n for n in {*now, *was} if now.get(n) != was.get(n)}
        member = each.differences[0].member
        assert f"{member} could not be put back" in done.stderr
        assert f"{member} could not be put back" in (tmp_path / "out" / "report.html").read_text()
    assert "not put back" in (tmp_path / "out" / "summary.md").read_text()


@pytest.fixture
def heeding_interrupts() -> Iterator[None]:
    """A child ignores what its parent ignores, as shells let what they start in the background ignore SIGINT."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("heeding_interrupts")
@pytest.mark.parametrize(("number", "workers"), [(signal.SIGINT, "2"), (signal.SIGTERM, "1")])
def test_an_interrupted_run_gives_back_what_it_was_changing(
    number: signal.Signals, workers: str, tmp_path: Path
) -> None:
    with lent("genesys-ucs") as loan:
        before = loan.profiles()
        sent = threading.Event()
        changing = when_a_check_changes_something(loan, tmp_path / "out", until=sent)
        process = subprocess.Popen(
            command([loan], tmp_path, "-k", "replace", "--workers", workers),
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert changing.wait(120)
        os.kill(process.pid, number)
        sent.set()
        told, _ = process.communicate(timeout=120)
        assert process.returncode == 130, told
        assert loan.profiles() == before, told
    record = read(tmp_path / "out" / "run.json")
    assert record.run.partial[0] == "interrupted"
    assert {each.state for each in record.targets[0].restored} <= GOOD, told


def when_a_check_changes_something(loan: Loan, out: Path, until: threading.Event | None = None) -> threading.Event:
    """Set as soon as the reference has carried out an update of a check; probes come before the checks.

    With `until` that update is answered when it is set, so that the run cannot end before.
    """
    service, happened = loan.server.services["genesys"], threading.Event()
    handle = service.handle

    def watched(call: Call) -> Reply:
        reply = handle(call)
        if call.method == "PUT" and reply.status == 200 and not happened.is_set():
            ledgers = [json.loads(file.read_bytes()) for file in out.glob("lent-profiles-*.json")]
            if any(target["learned"] for ledger in ledgers for target in ledger["targets"]):
                happened.set()
                if until is not None:
                    until.wait(120)
        return reply

    service.handle = watched  # type: ignore[method-assign]
    return happened


def stop_storing_when_a_check_has_changed_something(loan: Loan, out: Path) -> None:
    """From then on an update is answered with success and has no effect."""
    changed = when_a_check_changes_something(loan, out)
    service = loan.server.services["genesys"]
    handle = service.handle

    def deaf(call: Call) -> Reply:
        return Reply.json([]) if call.method == "PUT" and changed.is_set() else handle(call)

    service.handle = deaf  # type: ignore[method-assign]
