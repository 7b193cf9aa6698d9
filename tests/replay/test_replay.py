"""Recorded counterexamples are sent again with new names, and the oracle says what they come to."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from conformance.reference.core import Call, Reply, Service
from conformance.reference.embedded import serve, targets
from conformance.reference.faults import faulty
from conformance.replay.outcome import Outcome, Try, several
from conformance.replay.run import CHECK, COUNTEREXAMPLE, Replayed, ReplayError, chosen, matching, replay
from conformance.target import Target
from conformance.target.model import Secret
from reports import RunRecord
from tests.replay.recording import recorded
from tests.reports.records import calm

# The oracle sees the first of each contract in the recorded exchanges; the second a check told by comparing answers.
CASES = {
    "genesys-ucs": ("text-trimmed", "values.texts", "text-values"),
    "imiconnect-customer": ("unknown-customer-succeeds", "outcomes.unknown_customers", "unknown-customer-refused"),
    "fiserv-alldata": ("address-replaced", "success.json", "omitted-members"),
}
COMPARED = {
    "genesys-ucs": ("same-names-skipped", "replace.query_modify_update", "query-modify-update"),
    "imiconnect-customer": ("unknown-transid-succeeds", "outcomes.invented_transids", "unknown-transid-refused"),
    "imiconnect-app": ("second-channel-refused", "apps.several_channels", "several-channels"),
    "fiserv-alldata": ("xml-cdata-lost", "success.texts", "both-formats-agree"),
}
MACHINES = {"imiconnect-customer": ("status-read-once", "machine.life_of_transids", "outcome-repeatable")}
EVERY = [
    *((contract, case, COUNTEREXAMPLE) for contract, case in CASES.items()),
    *((contract, case, CHECK) for contract, case in COMPARED.items()),
    *((contract, case, COUNTEREXAMPLE) for contract, case in MACHINES.items()),
]
IDS = [f"{contract} {case[0]}" for contract, case, _ in EVERY]

Case = tuple[str, str, str]
Record = Callable[[str, Case], tuple[RunRecord, Path]]


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Record:
    """The record of a case; each is made once."""

    @cache
    def make(contract: str, case: Case) -> tuple[RunRecord, Path]:
        folder = tmp_path_factory.mktemp(contract)
        return recorded(contract, case[0], case[1], folder), folder

    return make


@pytest.fixture(scope="module")
def runs(kept: Record) -> dict[str, tuple[RunRecord, Path]]:
    return {contract: kept(contract, case) for contract, case in CASES.items()}


@pytest.fixture(scope="module")
def sound() -> Iterator[list[Target]]:
    with serve(["fiserv", "genesys", "imiconnect"]) as server:
        yield targets(server, "2")


def sent_again(record: RunRecord, folder: Path, now: list[Target], requirement: str) -> list[Replayed]:
    (each,) = chosen(record, requirement)
    return list(replay(record, each, matching(each, now), folder, requirement))


@pytest.mark.parametrize(("contract", "case", "how"), EVERY, ids=IDS)
def test_what_is_repaired_is_fixed(contract: str, case: Case, how: str, kept: Record, sound: list[Target]) -> None:
    (found,) = sent_again(*kept(contract, case), sound, case[2])
    assert (found.requirement, found.outcome, found.how) == (case[2], Outcome.FIXED, how)


@pytest.mark.parametrize(("contract", "case", "how"), EVERY, ids=IDS)
def test_what_is_not_repaired_still_fails(contract: str, case: Case, how: str, kept: Record) -> None:
    with serve([contract.partition("-")[0]], faults=[case[0]]) as server:
        (found,) = sent_again(*kept(contract, case), targets(server, "2"), case[2])
    assert (found.outcome, found.how) == (Outcome.FAILING, how)
    assert found.said.startswith("observed ")


SOMETIMES = {
    COUNTEREXAMPLE: (CASES["genesys-ucs"], 2, "PUT /profiles/"),
    # One such request each time, for an extension that is not the first one, so that every second run is concerned.
    CHECK: (
        ("schema-of-another-published", "answers.schemas", "schemas-published"),
        2,
        "GET /metadata/profiles/extensions/Survey",
    ),
}


@pytest.mark.parametrize("how", SOMETIMES)
def test_a_target_that_fails_every_second_time_is_flaky(how: str, kept: Record) -> None:
    case, one_in, request = SOMETIMES[how]
    with serve(["genesys"]) as server:
        sometimes(server.services["genesys"], case[0], one_in, request)
        (found,) = sent_again(*kept("genesys-ucs", case), targets(server, "2"), case[2])
    assert (found.outcome, found.how) == (Outcome.FLAKY, how)
    assert found.said.startswith(("failed 1 of 3 times; observed ", "failed 2 of 3 times; observed "))


def sometimes(service: Service, fault: str, one_in: int, request: str) -> None:
    """Switches a fault on for one in so many of the requests that begin like this; off for all others."""
    # Of the same state as the sound one, whose tables of handlers hold its own methods.
    broken = faulty(service.vendor, [fault])(service.switches, service.settings)
    own = {name: value for name, value in vars(broken).items() if name in ("handlers", "routes")}
    vars(broken).update({**vars(service), **own})
    sound, count = service.handle, itertools.count()

    def handle(call: Call) -> Reply:
        concerned = f"{call.method} {call.path}".startswith(request)
        return broken.handle(call) if concerned and next(count) % one_in == 0 else sound(call)

    service.handle = handle  # type: ignore[method-assign]


def test_what_a_replay_creates_it_removes(runs: dict[str, tuple[RunRecord, Path]]) -> None:
    with serve(["genesys"]) as server:
        store = server.services["genesys"].store
        before = store.execute("SELECT * FROM profile").fetchall()
        (each,) = sent_again(*runs["genesys-ucs"], targets(server, "2"), "text-values")
        assert each.outcome is Outcome.FIXED
        assert store.execute("SELECT * FROM profile").fetchall() == before


def test_without_the_journal_the_check_decides(
    runs: dict[str, tuple[RunRecord, Path]], sound: list[Target], tmp_path: Path
) -> None:
    record, _ = runs["genesys-ucs"]
    (found,) = sent_again(record, tmp_path, sound, "text-values")
    assert (found.outcome, found.how) == (Outcome.FIXED, CHECK)


def test_a_reading_that_is_followed_otherwise_now_is_no_failure(kept: Record) -> None:
    with serve(["genesys"], readings={"success-status": "204"}) as server:
        case = ("update-answered-with-text", "answers.success", "success-body")
        (found,) = sent_again(*kept("genesys-ucs", case), targets(server, "2"), "success-body")
    assert found.outcome is Outcome.FIXED


def test_a_check_that_is_no_more_is_undecided(kept: Record, sound: list[Target]) -> None:
    record, folder = kept("genesys-ucs", COMPARED["genesys-ucs"])
    (target,) = record.targets
    gone = [
        replace(r, failures=tuple(replace(f, check="replace.gone") for f in r.failures)) for r in target.requirements
    ]
    changed = replace(record, targets=(replace(target, requirements=tuple(gone)),))
    (found,) = sent_again(changed, folder, sound, "query-modify-update")
    assert (found.outcome, "no check replace.gone" in found.said) == (Outcome.UNDECIDED, True)


def test_a_preparation_that_goes_another_way_is_undecided(runs: dict[str, tuple[RunRecord, Path]]) -> None:
    with serve(["fiserv"]) as server:
        (target,) = targets(server, "2")
        names = ("admin_password", "user_password", "second_user_password")
        wrong = replace(target, credentials={**target.credentials, **{name: Secret("Wrong-1") for name in names}})
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
def test_three_times_tell_flaky_from_fixed(outcomes: str, expected: Outcome) -> None:
    tries = iter([Try(Outcome[name], name) for name in outcomes.split()])
    assert several(lambda: next(tries)).outcome is expected
