"""Recorded counterexamples are sent again with new names, and the oracle says what they come to."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.reference.embedded import serve, targets
from conformance.replay.again import Again, Outcome, Try
from conformance.replay.run import Replayed, ReplayError, chosen, matching, replay
from conformance.target import Target
from conformance.target.model import Secret
from reports import RunRecord
from tests.replay.recording import recorded
from tests.reports.records import calm

CASES = {
    "genesys-ucs": ("text-trimmed", "values.texts", "text-values"),
    "imiconnect-customer": ("unknown-customer-succeeds", "outcomes.unknown_customers", "unknown-customer-refused"),
    "fiserv-alldata": ("address-replaced", "success.json", "omitted-members"),
}


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[RunRecord, Path]]:
    made = {}
    for contract, (fault, check, _) in CASES.items():
        folder = tmp_path_factory.mktemp(contract)
        made[contract] = (recorded(contract, fault, check, folder), folder)
    return made


@pytest.fixture(scope="module")
def sound() -> Iterator[list[Target]]:
    with serve(["fiserv", "genesys", "imiconnect"]) as server:
        yield targets(server, "2")


def sent_again(record: RunRecord, folder: Path, now: list[Target], requirement: str) -> list[Replayed]:
    (each,) = chosen(record, requirement)
    return list(replay(record, each, matching(each, now), folder, requirement))


@pytest.mark.parametrize("contract", CASES)
def test_what_is_repaired_is_fixed(contract: str, runs: dict[str, tuple[RunRecord, Path]], sound: list[Target]) -> None:
    requirement = CASES[contract][2]
    found = sent_again(*runs[contract], sound, requirement)
    assert [(each.requirement, each.outcome) for each in found] == [(requirement, Outcome.FIXED)]


@pytest.mark.parametrize("contract", CASES)
def test_what_is_not_repaired_still_fails(contract: str, runs: dict[str, tuple[RunRecord, Path]]) -> None:
    fault, _, requirement = CASES[contract]
    with serve([contract.partition("-")[0]], faults=[fault]) as server:
        found = sent_again(*runs[contract], targets(server, "2"), requirement)
    assert [each.outcome for each in found] == [Outcome.FAILING]
    assert found[0].said.startswith("observed ")


def test_what_a_replay_creates_it_removes(runs: dict[str, tuple[RunRecord, Path]]) -> None:
    with serve(["genesys"]) as server:
        store = server.services["genesys"].store
        before = store.execute("SELECT * FROM profile").fetchall()
        (each,) = sent_again(*runs["genesys-ucs"], targets(server, "2"), "text-values")
        assert each.outcome is Outcome.FIXED
        assert store.execute("SELECT * FROM profile").fetchall() == before


def test_without_the_journal_nothing_is_called_fixed(
    runs: dict[str, tuple[RunRecord, Path]], sound: list[Target], tmp_path: Path
) -> None:
    for contract, (record, _) in runs.items():
        for each in sent_again(record, tmp_path, sound, CASES[contract][2]):
            assert each.outcome is Outcome.UNDECIDED
            assert "journal" in each.said


def test_a_failure_that_only_its_check_could_tell_is_undecided(
    runs: dict[str, tuple[RunRecord, Path]], sound: list[Target]
) -> None:
    record, folder = runs["genesys-ucs"]
    (target,) = record.targets
    source = next(r for r in target.requirements if r.id == "text-values")
    moved = [
        replace(r, verdict=source.verdict, failures=source.failures) if r.id == "success-status" else r
        for r in target.requirements
    ]
    told = sent_again(
        replace(record, targets=(replace(target, requirements=tuple(moved)),)), folder, sound, "success-status"
    )
    assert [each.outcome for each in told] == [Outcome.UNDECIDED]
    assert "conformance run --requirement success-status" in told[0].said


def test_a_preparation_that_goes_another_way_is_undecided(runs: dict[str, tuple[RunRecord, Path]]) -> None:
    with serve(["fiserv"]) as server:
        (target,) = targets(server, "2")
        wrong = replace(target, credentials={**target.credentials, "admin_password": Secret("Wrong-1")})
        (each,) = sent_again(*runs["fiserv-alldata"], [wrong], "omitted-members")
    assert each.outcome is Outcome.UNDECIDED
    assert "which prepares it, is answered in another way" in each.said


def test_an_unreachable_target_is_undecided(runs: dict[str, tuple[RunRecord, Path]], sound: list[Target]) -> None:
    away = [replace(target, base_url="https://127.0.0.1:1") for target in sound]
    (each,) = sent_again(*runs["genesys-ucs"], away, "text-values")
    assert (each.outcome, "cannot be reached" in each.said) == (Outcome.UNDECIDED, True)


def test_no_secret_is_in_the_record_and_one_that_is_missing_is_named(
    runs: dict[str, tuple[RunRecord, Path]], sound: list[Target]
) -> None:
    record, folder = runs["fiserv-alldata"]
    poor = [replace(t, credentials={k: v for k, v in t.credentials.items() if "admin" not in k}) for t in sound]
    with pytest.raises(ReplayError, match="gives no admin_password"):
        sent_again(record, folder, poor, "omitted-members")


def test_a_journal_that_is_broken_is_a_clear_error(
    runs: dict[str, tuple[RunRecord, Path]], sound: list[Target], tmp_path: Path
) -> None:
    record, folder = runs["genesys-ucs"]
    shutil.copy(folder / "journal.jsonl", tmp_path)
    with (tmp_path / "journal.jsonl").open("a") as file:
        file.write("nonsense\n{}\n")
    with pytest.raises(ReplayError, match=r"journal.jsonl:\d+: not an exchange"):
        sent_again(record, tmp_path, sound, "text-values")


def test_what_cannot_be_asked_for_is_a_clear_error(
    runs: dict[str, tuple[RunRecord, Path]], sound: list[Target]
) -> None:
    record, _ = runs["genesys-ucs"]
    with pytest.raises(ReplayError, match="no requirement 'nobody'"):
        chosen(record, "nobody")
    with pytest.raises(ReplayError, match="did not fail"):
        chosen(record, "success-status")
    with pytest.raises(ReplayError, match="no target"):
        matching(record.targets[0], [t for t in sound if t.contract != "genesys-ucs"])
    assert chosen(calm(), None) == []


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ("FAILING FAILING FAILING", Outcome.FAILING),
        ("FIXED FIXED FIXED", Outcome.FIXED),
        ("FIXED FAILING FIXED", Outcome.FLAKY),
        ("FIXED UNDECIDED FIXED", Outcome.UNDECIDED),
        ("FAILING UNDECIDED FAILING", Outcome.FAILING),
    ],
)
def test_three_times_tell_flaky_from_fixed(outcomes: str, expected: Outcome, monkeypatch: pytest.MonkeyPatch) -> None:
    tries = iter([Try(Outcome[name], name) for name in outcomes.split()])
    monkeypatch.setattr(Again, "_once", lambda *_: next(tries))
    again = Again.__new__(Again)
    assert again.times(None, "any")[0] is expected  # type: ignore[arg-type]
