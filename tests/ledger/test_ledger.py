"""The ledger alone, against the reference: what it puts back, and what it says where it cannot."""

from __future__ import annotations

import stat
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from conformance.cli.restore import restore
from conformance.judge import NotTested
from conformance.ledger.driving import quiet_driver
from conformance.ledger.keeping import file_of, load, remembered, save
from conformance.ledger.ledger import Ledger
from conformance.reference.core import Call, Reply, Settings
from conformance.session.journal import NoJournal
from conformance.session.redaction import Redactor
from conformance.target.model import Limits
from conformance.target.write import write
from reports.model import RestoredRecord, RestoredState
from reports.restored import sentences
from tests.ledger.lending import NO_CREATION, Loan, lent

GARBAGE = (
    b"",
    b"\x00\xff<",
    b"[[]]",
    b"1e999",
    b'{"a":' * 9_000,
    b'{"Records":[{"Attributes":[{"Name":1},7,null]}],"UserProfileInqRs":[1],"customer_id":{"a":[{}]}}',
)


def ledger_of(loan: Loan) -> Ledger:
    ledger = Ledger(loan.target, Redactor(loan.target), NoJournal())
    ledger.remember()
    return ledger


def answering(loan: Loan, answer: Callable[[Call], Reply]) -> None:
    """From now on the reference answers something else."""
    for service in loan.server.services.values():
        service.handle = answer  # type: ignore[method-assign, assignment]


def changed(loan: Loan, name: str) -> dict[str, Any]:
    """Changes a lent profile, each contract in its own way; returns how it was."""
    was: dict[str, Any] = loan.profiles()[name]
    if "profile" in was:
        now = {**was, "profile": [was["profile"][0] | {"name": ["changed"]}]}
    elif "PersonInfo" in was:
        now = {**was, "AppID": "changed"}
    else:
        now = {**was, "FirstName": "changed"}
    loan.set(name, was, now)
    assert loan.profiles()[name] != was
    return was


@pytest.mark.parametrize("contract", NO_CREATION)
def test_a_changed_profile_is_put_back_although_the_budget_is_used_up(contract: str) -> None:
    with lent(contract) as loan:
        poor = Loan(loan.server, replace(loan.target, limits=Limits(max_requests=1, max_seconds=0.001)))
        ledger = ledger_of(poor)
        name = list(ledger.originals)[-1]
        was = changed(loan, name)
        states = {each.profile: each.state for each in ledger.restore()}
        assert states.pop(name) is RestoredState.PUT_BACK
        assert set(states.values()) == {RestoredState.AS_IT_WAS}
        assert {k: v for k, v in loan.profiles()[name].items() if v not in ("", [])} == was


@pytest.mark.parametrize("contract", NO_CREATION)
def test_whatever_a_target_answers_at_the_end_every_profile_is_told_of(contract: str) -> None:
    with lent(contract) as loan:
        ledger = ledger_of(loan)
        for body in GARBAGE:
            answering(loan, lambda _, body=body: Reply(200, (("content-type", "application/json"),), body))  # type: ignore[misc]
            restored = ledger.restore()
            assert {each.profile for each in restored} == set(ledger.originals)
            assert {each.state for each in restored} <= {RestoredState.NOT_KNOWN, RestoredState.NOT_AS_IT_WAS}
            assert all(each.note or each.differences for each in restored)


def test_a_target_that_does_not_answer_any_more_leaves_its_profiles_worth_keeping() -> None:
    with lent("genesys-ucs") as loan:
        ledger = ledger_of(loan)
        answering(loan, lambda _: Reply.dropped())
        restored = ledger.restore()
        assert {each.state for each in restored} == {RestoredState.NOT_KNOWN}
        assert "dropped" in restored[0].note
        assert ledger.unsettled(restored) == ledger.originals


def test_a_profile_that_cannot_be_remembered_is_not_lent_to_the_checks() -> None:
    with lent("genesys-ucs") as loan:
        target = replace(loan.target, data={**loan.target.data, "other_customer_id": "nobody"})
        ledger = ledger_of(Loan(loan.server, target))
        restored = ledger.restore()
    assert ledger.withheld == {"nobody": "there is no such profile"}
    assert [each.state for each in restored] == [RestoredState.AS_IT_WAS, RestoredState.NOT_REMEMBERED]
    driver = quiet_driver(target, {}, NoJournal(), profiles=2)
    driver.bench.withheld = ledger.withheld
    with pytest.raises(NotTested, match="left alone: there is no such profile"):
        driver.bench.borrow("nobody")


def test_an_addition_that_an_api_cannot_take_away_is_told_exactly() -> None:
    with lent("imiconnect-customer") as loan:
        ledger = ledger_of(loan)
        name = next(iter(ledger.originals))
        was = ledger.originals[name]
        loan.set(name, was, {"profile": [was["profile"][0] | {"x": ["y"]}]})
        ledger.learned = {"null-value": "7011"}
        told = next(each for each in ledger.restore() if each.profile == name)
    assert list(sentences(told)) == [f"profile {name} is not as it was", "x could not be put back: had none, has 'y'"]


def test_what_is_still_queued_at_the_end_is_put_back_too() -> None:
    with lent("imiconnect-customer", settings=Settings(queue_delay_s=0.2)) as loan:
        ledger, before = ledger_of(loan), loan.profiles()
        driver: Any = quiet_driver(loan.target, {}, NoJournal(), profiles=1)
        exchange = driver.update(driver.body([(next(reversed(before)), {"name": "late"})]))
        assert {each.state for each in ledger.restore()} == {RestoredState.AS_IT_WAS, RestoredState.PUT_BACK}
        driver.final(driver.transid(exchange))
        assert loan.profiles() == before


def test_a_ledger_file_is_its_owners_alone_and_gone_when_nothing_is_left_to_put_back(tmp_path: Path) -> None:
    with lent("genesys-ucs") as loan:
        ledger, redactor = ledger_of(loan), Redactor(loan.target)
        file, targets = file_of(tmp_path, datetime.now(UTC)), tmp_path / "target.toml"
        write([loan.target], targets)
        save(file, [remembered(loan.target, redactor, {}, ledger.originals)])
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
        before = loan.profiles()
        changed(loan, next(iter(before)))
        done = CliRunner().invoke(restore, [str(file), "--target", str(targets)])
        assert done.exit_code == 0, done.output
        assert loan.profiles() == before
    assert not file.exists()


def test_a_profile_with_a_secret_in_it_is_not_written_down(tmp_path: Path) -> None:
    with lent("genesys-ucs") as loan:
        secret = loan.target.credential("password")
        row = remembered(
            loan.target, Redactor(loan.target), {}, {"one": {"Note": f"it is {secret}"}, "two": {"a": "b"}}
        )
    save(tmp_path / "ledger", [row])
    assert load(tmp_path / "ledger")[0].profiles == {"two": {"a": "b"}}


def test_a_second_interruption_while_profiles_are_put_back_leaves_none_untold() -> None:
    with lent("genesys-ucs") as loan:
        ledger = ledger_of(loan)
        name = next(iter(ledger.originals))
        changed(loan, name)
        ledger._one = _interrupted  # type: ignore[method-assign, assignment]
        restored = ledger.restore()
    assert {each.note for each in restored} == {"interrupted before it was put back"}


def _interrupted(*_: object) -> RestoredRecord:
    raise KeyboardInterrupt
