"""What the probes of IMIconnect learn, and what they leave open because it cannot be told."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

import specs
from conformance.imiconnect import lending
from conformance.imiconnect.answered import Answered
from conformance.imiconnect.checks.check_apps import refused
from conformance.imiconnect.driver import encode
from conformance.imiconnect.probes import attributes
from conformance.imiconnect.tidying import give_back
from conformance.judge.readings import Readings
from conformance.judge.verdicts import NotTested, Verdict
from conformance.session.exchange import Request
from tests.handed_over.test_imiconnect import APP, CUSTOMER, prepared, run, said


@pytest.mark.parametrize("contract", [CUSTOMER, APP])
def test_results_of_records_that_wait_are_no_outcome(contract: str) -> None:
    readings = {"queued-code": "1001", "envelope": "flat", "description-text": "free"}
    with prepared(contract, readings=readings, freedoms={"flat-queued-counts": "results"}) as driver:
        assert driver.readings.settled("processing") == "async"


@pytest.mark.parametrize(
    ("shown", "learned"),
    [((), "cleared"), ((None,), "cleared"), (("",), "cleared"), (("null",), None), (("before",), "ignored")],
)
def test_null_is_cleared_where_nothing_is_left_and_not_where_a_word_is(
    shown: tuple[str | None, ...], learned: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver: Any = None
    monkeypatch.setattr(attributes, "outcome", lambda *_: ("", shown, ("before",)))
    assert attributes.null_value.ask(driver) == learned


@pytest.mark.parametrize(("email", "learned"), [("", None), ("a@example.com", "merge")])
def test_what_was_empty_before_an_update_shows_nothing_of_what_updates_keep(email: str, learned: str | None) -> None:
    with prepared(CUSTOMER, lent={"name": "Ann", "email": email}) as driver:
        assert driver.readings.settled("unsent-attributes") == learned


@pytest.mark.parametrize("code", ["7014", "7018"])
def test_a_channel_without_a_profile_may_be_refused_at_once(code: str) -> None:
    contract = specs.contract(APP)
    at_once = Answered(200, code, description="no")
    for option, holds in (("one-per-channel", False), ("one-profile", True)):
        driver: Any = SimpleNamespace(readings=Readings(contract, {"profiles-per-channel": option}))
        assert refused(driver, at_once) is holds


@pytest.mark.parametrize("option", ["reject-all", "truncate"])
def test_batches_fit_a_limit_of_ten(option: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conformance.reference.imiconnect.intake.APP_LIMIT_OF_ITS_OWN", 10)
    readings = {"app-batch-limit": "other", "over-limit": option, "pending-status": "queued"}
    results = run(APP, ["answers.pending_requests", "outcomes.counts"], readings=readings)
    assert not said(results)
    assert {each.verdict for each in results} == {Verdict.PASSED}


def test_a_batch_that_is_cut_shows_no_refusal() -> None:
    results = run(CUSTOMER, ["batches.the_limit", "batches.sizes_above_the_limit"], readings={"over-limit": "truncate"})
    assert {each.verdicts["batch-over-limit-refused"] for each in results} == {Verdict.NOT_APPLICABLE}


@pytest.mark.parametrize("identity", [{"customerId": "1"}, {}])
def test_no_identifier_gives_a_lent_profile_what_cannot_be_taken_back(identity: dict[str, str]) -> None:
    driver: Any = SimpleNamespace(is_app=True, readings=Readings(specs.contract(APP)))
    record = {**identity, "Attributes": {"userId": "7", "name": "by user id"}}
    request = Request("update", "PUT", "/", "", (), encode({"Records": [record]}))
    originals = {"1": {"channel": ("rt",), "userId": ("7",)}, "2": {"name": ("Ann",), "userId": ("8",)}}
    with pytest.raises(NotTested, match="name could not be taken back from the lent customer 1"):
        lending.spare(driver, request, originals)


@pytest.mark.parametrize(
    ("operation", "body"),
    [
        ("update", b'{"Records": [{"customerId": "1", "customerId": "2", "Attributes": {"name": "x"}}]}'),
        ("updateCustomer", b'{"Records": [{"customerId": "1", "Attributes": {"name": "x"}}]}'),
        ("create", b'{"Records": [{"customerId": 1, "Attributes": {"name": "x"}}]}'),
    ],
)
def test_no_odd_body_and_no_other_operation_reaches_a_lent_customer(operation: str, body: bytes) -> None:
    driver: Any = SimpleNamespace(is_app=True, readings=Readings(specs.contract(APP)))
    with pytest.raises(NotTested, match="lent customer 1"):
        lending.spare(driver, Request(operation, "PUT", "/", "", (), body), {"1": {"name": ("Ann",)}})
    lists = Request("update", "PUT", "/", "", (), b'{"Records": [{"customerId": ["1"], "Attributes": {"name": "x"}}]}')
    lending.spare(driver, lists, {"1": {"name": ("Ann",)}})


@pytest.mark.parametrize(("option", "left"), [("server-owned", 0), ("stored-as-sent", 1)])
def test_dates_that_a_service_keeps_are_no_change(option: str, left: int, monkeypatch: pytest.MonkeyPatch) -> None:
    before, after = {"updatedOn": ("2016-07-11 17:02:51",)}, {"updatedOn": ("2026-01-01 00:00:00",)}
    readings = Readings(specs.contract(APP), {"profile-dates": option})
    driver: Any = SimpleNamespace(is_app=True, readings=readings, read=lambda _: {"1": after})
    monkeypatch.setattr(lending, "changes", lambda *_: ())
    assert len(give_back(driver, {"1": before}, ())) == left
