"""Correct IMIconnect implementations that were accused or left undecided: each is one case of a kind."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Any

import pytest

import specs
from conformance.exercise.bench import Bench
from conformance.exercise.check import checks
from conformance.exercise.effort import Effort
from conformance.exercise.probe import learn
from conformance.exercise.runner import CheckResult, run_check
from conformance.imiconnect import PROBES, Driver, Oracle
from conformance.imiconnect.answered import read_answer
from conformance.imiconnect.following import Stage, stage_of
from conformance.judge.readings import Readings
from conformance.judge.verdicts import Verdict
from conformance.reference.core import Settings
from conformance.reference.embedded import serve, targets
from conformance.session.exchange import Answer, Exchange, Request
from conformance.session.journal import NoJournal
from conformance.session.session import Session
from tests.oracles.test_imiconnect import HEADERS, NEW, SEED, UPDATE, Story, records

CUSTOMER, APP = "imiconnect-customer", "imiconnect-app"
FAILED, PASSED = Verdict.FAILED, Verdict.PASSED
LENT = ("lent-1", "lent-2", "lent-3")
TAKEN_AWAY = dict.fromkeys(("create", "delete", "deleteMany", "readMany"))


@contextmanager
def prepared(
    contract: str,
    *,
    readings: Mapping[str, str] | None = None,
    freedoms: Mapping[str, str] | None = None,
    lent: Mapping[str, str] | None = None,
    queue_delay_s: float = 0.005,
) -> Iterator[Driver]:
    """A driver of the reference that has learned the readings; with `lent` it can create no customer."""
    if lent is not None:
        freedoms = {**(freedoms or {}), "creation-answer": "at-once"}  # they are there before the run
    with ExitStack() as stack:
        settings = Settings(queue_delay_s=queue_delay_s)
        server = stack.enter_context(serve(["imiconnect"], readings=readings, freedoms=freedoms, settings=settings))
        target = next(each for each in targets(server, "embedded") if each.contract == contract)
        session = Session(target, NoJournal())
        stack.callback(session.close)
        if lent is not None:
            made = {"Records": [{"customerId": customer, "Attributes": lent} for customer in LENT]}
            path = specs.contract(contract).operations["create"].path
            key = ("key", target.credential("key") or "")
            request = Request("create", "POST", path, "", (key, HEADERS[1]), json.dumps(made).encode())
            assert session.send(request, "before").answer is not None
            target = replace(target, data={"customer_ids": LENT}, operations=TAKEN_AWAY)
        facts, known = specs.contract(contract), Readings(specs.contract(contract))
        oracle = Oracle(facts, target, known)
        driver = Driver(Bench(facts, target, session, known, oracle, effort=Effort.QUICK, shrink=False))
        learn(driver, PROBES)
        yield driver


def run(contract: str, wanted: Sequence[str] = (), **how: Any) -> list[CheckResult]:
    """Runs checks, all unless some are wanted, against the reference; see `prepared`."""
    with prepared(contract, **how) as driver:
        ours = [each for each in checks("imiconnect") if contract in each.contracts]
        return [run_check(each, driver) for each in ours if not wanted or each.id in wanted]


def said(results: Sequence[CheckResult]) -> dict[str, str]:
    """What was broken or not decided, in words."""
    return {
        f"{result.check}: {name}": failure.judgement.observed
        for result in results
        for name, failure in result.failures.items()
    } | {result.check: result.reason for result in results if result.verdict is Verdict.INCONCLUSIVE}


@pytest.mark.parametrize("wording", ["own", "numbered"])
@pytest.mark.parametrize("contract", [CUSTOMER, APP])
def test_other_words_for_errors_decide_nothing(contract: str, wording: str) -> None:
    wanted = ("answers.all_kinds_of_answers", "answers.descriptions_of_errors", "apps.app_ids")
    results = run(contract, wanted, freedoms={"error-wording": wording})
    assert not said(results)
    assert {result.verdict for result in results} == {PASSED}


def twice(*codes: str) -> dict[str, Any]:
    rows = [{"customerId": "1", "code": code, "description": ""} for code in codes]
    good = codes.count("1000")
    counts = {"TotalCount": 2, "SuccessCount": good, "FailureCount": 2 - good}
    return {**counts, "code": "1002", "description": "Partial success", "transid": "t1", "Results": rows}


@pytest.mark.parametrize("codes", [("1000", "7011"), ("7011", "1000")])
def test_results_of_one_customer_have_no_order(codes: tuple[str, str]) -> None:
    story = Story()
    story.update(records(("1", {"name": "good"}), ("1", {"name": ["bad"]})))
    status = Request("status", "GET", "/resources/v2/profile/status/t1", "", (("key", "right"),))
    assert FAILED not in story.say(status, 200, twice(*codes)).values()
    assert FAILED not in story.read({"1": {"name": "good", "msisdn": "911278994640"}}).values()


def test_results_of_one_customer_that_nothing_explains_are_wrong() -> None:
    story = Story()
    story.update(records(("1", {"name": "good"}), ("1", {"name": "better"})))
    status = Request("status", "GET", "/resources/v2/profile/status/t1", "", (("key", "right"),))
    assert FAILED in story.say(status, 200, twice("1000", "7011")).values()


@pytest.mark.parametrize("code", ["1003", "1002", "7011"])
def test_a_failed_batch_of_one_may_have_the_code_of_any_failed_batch_or_of_its_record(code: str) -> None:
    story = Story(all_failed_code="other-failure")
    story.update(records(("1", {"name": ["bad"]})))
    assert story.status({"1": "7011"}, code)["outcome-code"] is PASSED


def test_a_failed_batch_of_one_is_no_success() -> None:
    story = Story(all_failed_code="other-failure")
    story.update(records(("1", {"name": ["bad"]})))
    assert story.status({"1": "7011"}, "1000")["outcome-code"] is FAILED


@pytest.mark.parametrize(("code", "verdict"), [("1003", PASSED), ("7004", PASSED), ("1002", PASSED), ("1000", FAILED)])
def test_a_batch_of_one_unknown_customer_is_a_failed_batch_too(code: str, verdict: Verdict) -> None:
    story = Story(all_failed_code="other-failure")
    story.read({}, customer="nobody")
    story.update(records(("nobody", {"name": "new"})))
    assert story.status({"nobody": "7014"}, code)["outcome-code"] is verdict


def test_every_failed_request_may_have_one_code_also_with_one_record() -> None:
    wanted = ("batches.mixed_batches", "outcomes.outcomes", "outcomes.unknown_customers")
    freedoms = {"other-failure-code": "1003", "unknown-customer-alone-meets-all-failed-code": "all-failed-code"}
    results = run(CUSTOMER, wanted, readings={"all-failed-code": "other-failure"}, freedoms=freedoms)
    assert not said(results)
    assert {result.verdict for result in results} == {PASSED}


@pytest.mark.parametrize("other", ["refused", "taken"])
@pytest.mark.parametrize("option", ["example-case", "case-insensitive", "table-case"])
def test_no_letter_case_is_promised_but_those_that_are_shown(option: str, other: str) -> None:
    results = run(
        CUSTOMER, ["bodies.member_names"], readings={"member-names": option}, freedoms={"other-letter-case": other}
    )
    assert not said(results)


def test_a_near_miss_of_a_counted_transid_may_be_that_of_another_request() -> None:
    results = run(CUSTOMER, ["outcomes.invented_transids"], freedoms={"transid-spelling": "counted"})
    assert [result.verdict for result in results] == [PASSED]
    assert not said(results)


@pytest.mark.parametrize("more", [{}, {"transid": None}])
def test_a_refusal_has_no_transid_in_either_form(more: dict[str, None]) -> None:
    answer = {"code": "7001", "description": "Authentication failed", **more}
    found = Story().update(NEW, answer, headers=(("key", "wrong"), HEADERS[1]))
    assert FAILED not in found.values()
    assert found["answer-shape"] is PASSED


def test_a_batch_of_one_incomplete_record_may_have_the_code_of_its_record() -> None:
    story = Story(incomplete_record="per-record")
    assert FAILED not in story.update({"Records": [{}]}).values()
    assert story.status({"": "7003"}, "7003")["outcome-code"] is PASSED


@pytest.mark.parametrize("unsent", ["merge", "replace"])
def test_a_customer_may_have_a_profile_for_each_channel(unsent: str) -> None:
    wanted = (
        "apps.channel_profiles",
        "apps.several_channels",
        "attributes.merge",
        "attributes.generated_values",
        "bodies.documents_examples",
    )
    readings = {"profiles-per-channel": "one-per-channel", "unsent-attributes": unsent}
    results = run(APP, wanted, readings=readings)
    assert not said(results)
    assert {result.verdict for result in results} == {PASSED}


@pytest.mark.parametrize("lent", [{"name": "Ann"}, {"name": "Ann", "email": "a@example.com", "msisdn": "911743506393"}])
def test_lent_customers_cost_tests_and_no_verdict(lent: dict[str, str]) -> None:
    results = run(CUSTOMER, lent=lent)
    assert not said(results)
    assert not [left for result in results for left in result.left_behind]


def test_three_lent_customers_are_enough_for_what_needs_three() -> None:
    lent = {"name": "Ann", "email": "a@example.com", "msisdn": "911743506393"}
    results = run(CUSTOMER, ["attributes.empty_values", "bodies.documents_examples"], lent=lent)
    assert [result.verdict for result in results] == [PASSED, PASSED]


def test_lent_customers_are_given_back_after_all_that_was_sent_to_them() -> None:
    with prepared(CUSTOMER, lent={"name": "Ann"}, queue_delay_s=0.05) as driver:
        customers = driver.customers(1)
        transid = driver.transid(driver.update(driver.body([(customers[0], {"name": "not followed"})])))
        assert driver.clean_up() == []
        driver.final(transid)
        assert driver.read(customers)[customers[0]]["name"] == ("Ann",)


def test_where_perhaps_nothing_is_queued_nothing_is_learned_of_what_is_queued() -> None:
    readings = {"processing": "inline", "description-text": "free", "http-status": "202-queued", "envelope": "wrapped"}
    with prepared(APP, readings=readings, freedoms={"final-wording": "own"}) as driver:
        assert driver.readings.settled("processing") is None
        assert driver.readings.settled("http-status") is None
        assert driver.readings.settled("queued-code") is None


def exchange(method: str, status: int, body: Any, *, plain: bool = False) -> Exchange:
    request = Request("update" if method == "PUT" else "", method, UPDATE, "", HEADERS, b"{}", plain=plain)
    return Exchange(1, "test", request, Answer(status, (), json.dumps(body).encode()))


def test_an_unknown_method_is_answered_with_501() -> None:
    assert FAILED not in Story().judged(exchange("QUERY", 501, None)).values()


@pytest.mark.parametrize(
    ("status", "body", "own"),
    [
        (401, {"response": {"code": "7001", "description": "Authentication failed"}}, True),
        (401, {"error": "invalid_token"}, False),
        (403, {"message": "Forbidden"}, False),
        (429, {"code": "7020", "description": "Transaction limit reached"}, False),
        (413, {"code": "7012", "description": "Batch size limit(100) exceeded"}, True),
        (413, None, False),
    ],
)
def test_an_answer_is_the_operations_own_where_it_carries_a_code(status: int, body: Any, own: bool) -> None:
    assert Story().oracle.own_answer(exchange("PUT", status, body)) is own


def test_a_member_that_nobody_documents_is_worth_a_note_and_no_more() -> None:
    answer = {"code": "1000", "description": "Queued", "transid": "t1", "ServerInfo": "n2"}
    request = Request("update", "PUT", UPDATE, "", HEADERS, json.dumps(NEW).encode())
    found = Story().oracle.judge(
        Exchange(9, "test", request, Answer(200, (), json.dumps({"response": answer}).encode()))
    )
    assert not [each for each in found if each.verdict is FAILED]
    assert any("ServerInfo" in each.note for each in found)


@pytest.mark.parametrize("status", [200, 400, 429])
def test_the_code_of_a_rate_limit_asks_to_come_back_whatever_the_status(status: int) -> None:
    told = json.dumps({"response": {"code": "7020", "description": "Transaction limit reached"}}).encode()
    assert Story().oracle.limited(Answer(status, (), told))
    assert not Story().oracle.limited(Answer(status, (), b"{}"))


@pytest.mark.parametrize(("body", "code"), [(b"", "7000"), (b"", "7003"), (b" \n", "7003"), (b"{", "7000")])
def test_an_empty_body_is_no_json_or_lacks_what_is_mandatory(body: bytes, code: str) -> None:
    assert Story().refused(body, code)["invalid-json-refused"] is PASSED


def test_a_cut_body_is_no_json_and_nothing_else() -> None:
    assert Story().refused(b"{", "7003")["invalid-json-refused"] is FAILED


@pytest.mark.parametrize(
    ("transid", "usable"), [("req:1~a.b-c_d", True), ("a@b!c", True), ("a/b", False), ("a b", False)]
)
def test_a_transid_may_have_what_a_segment_of_a_path_has(transid: str, usable: bool) -> None:
    assert Story().update(NEW, transid=transid)["transid-usable"] is (PASSED if usable else FAILED)


def test_a_transid_stands_in_the_path_as_it_is() -> None:
    results = run(CUSTOMER, ["answers.accepted_updates"], freedoms={"transid-spelling": "punctuated"})
    assert {each.verdict for each in results} == {PASSED}


@pytest.mark.parametrize("readings", [{}, {"all-failed-code": "other-failure"}, {"partial-code": "1000-with-failures"}])
@pytest.mark.parametrize("form", ["short", "whole"])
def test_errors_at_once_may_come_as_the_whole_outcome(readings: Mapping[str, str], form: str) -> None:
    wanted = ("outcomes.outcomes", "batches.mixed_batches", "answers.accepted_updates", "answers.all_kinds_of_answers")
    chosen = {"error-timing": "sync-all", "http-status": "mapped-4xx", **readings}
    freedoms = {"sync-all-answer": "outcome", "inline-wrapped-answer": form, "final-wording": "own"}
    assert not said(run(CUSTOMER, wanted, readings=chosen, freedoms=freedoms))


def test_an_app_profile_that_is_missing_is_an_error_of_the_request() -> None:
    wanted = ("outcomes.outcomes", "outcomes.unknown_customers", "apps.app_ids")
    assert not said(run(APP, wanted, readings={"app-unknown-customer": "7018"}))


def test_a_page_that_names_its_http_status_as_a_code_has_no_code() -> None:
    page = {"response": {"code": "404", "description": "no such resource"}}
    answered = read_answer(Answer(404, (), json.dumps(page).encode()), specs.contract(CUSTOMER), "update")
    assert answered.code is None


def test_good_records_that_are_undone_have_a_code_that_nobody_documents() -> None:
    story = Story(partial_apply="all-or-nothing", all_failed_code="other-failure")
    story.update(records(("1", {"name": "good"}), ("1", {"name": ["bad"]})))
    status = Request("status", "GET", "/resources/v2/profile/status/t1", "", (("key", "right"),))
    found = story.say(status, 200, twice("1003", "7011"))
    assert FAILED not in found.values()


@pytest.mark.parametrize("attributes", ["name=x", "name:x;city:y", ["name=x"], ["name=x", "city=y"]])
def test_pairs_in_a_text_or_a_list_may_be_taken_where_texts_are(attributes: Any) -> None:
    story = Story(attributes_type="object-or-string")
    assert FAILED not in story.update(records(("1", attributes))).values()
    story.status({"1": "1000"})
    assert FAILED not in story.read({"1": {**SEED, "name": "x"}}).values()


@pytest.mark.parametrize("attributes", [[], [{"name": "x"}], ["name"], "name"])
def test_what_is_no_pair_is_taken_by_nobody(attributes: Any) -> None:
    story = Story(attributes_type="object-or-string")
    story.update(records(("1", attributes)))
    assert story.status({"1": "1000"})["attributes-are-object"] is FAILED


@pytest.mark.parametrize("contract", [CUSTOMER, APP])
def test_other_forms_of_attributes_decide_nothing_else(contract: str) -> None:
    freedoms = {"other-attribute-forms": "taken"}
    chosen = {"attributes-type": "object-or-string"}
    results = run(contract, ("bodies.attributes_that_are_no_object",), readings=chosen, freedoms=freedoms)
    assert {result.verdict for result in results} == {PASSED}


def test_customers_that_a_slow_queue_has_made_are_kept_until_the_end() -> None:
    with ExitStack() as stack:
        server = stack.enter_context(serve(["imiconnect"], settings=Settings(queue_delay_s=0.7)))
        target = next(each for each in targets(server, "embedded") if each.contract == CUSTOMER)
        session = Session(target, NoJournal())
        stack.callback(session.close)
        facts, known = specs.contract(CUSTOMER), Readings(specs.contract(CUSTOMER))
        driver = Driver(Bench(facts, target, session, known, Oracle(facts, target, known), effort=Effort.QUICK))
        driver.bench.begin("one", ())
        used = driver.customers(3)
        assert not driver.clean_up()
        sent = session.sent
        kept = driver.customers(4)
        assert session.sent == sent
        assert driver.read([*used, *kept]).keys() == set(kept)
        assert not driver.finish()
        assert not driver.read(kept)


@pytest.mark.parametrize("code", ["7001", "7002", "7010"])
def test_counts_of_zero_make_no_outcome_of_a_refusal(code: str) -> None:
    counts = {"TotalCount": 0, "SuccessCount": 0, "FailureCount": 0, "Results": []}
    answer = Answer(200, (), json.dumps({"code": code, "description": "no", **counts}).encode())
    assert stage_of(read_answer(answer, specs.contract(CUSTOMER))) is Stage.REFUSED


@pytest.mark.parametrize("contract", [CUSTOMER, APP])
def test_counts_of_zero_in_refusals_decide_nothing(contract: str) -> None:
    wanted = ("access.wrong_keys", "access.missing_key", "access.unlisted_source", "answers.all_kinds_of_answers")
    assert not said(run(contract, wanted, readings={"envelope": "flat"}, freedoms={"refusal-counts": "zero"}))


@pytest.mark.parametrize("value", [5, True, "a word", ""])
def test_the_form_of_one_attribute_may_be_looked_at_and_of_another_not(value: Any) -> None:
    story = Story(invalid_values="typed", non_string_scalars="coerced")
    story.update(records(("1", {"email": value})))
    assert FAILED not in story.status({"1": "7011"}, "1002").values()


def test_a_value_in_its_form_is_valid() -> None:
    story = Story(invalid_values="typed")
    story.update(records(("1", {"email": "a@example.com"})))
    assert FAILED in story.status({"1": "7011"}, "1002").values()


@pytest.mark.parametrize("option", ["reject-all", "truncate"])
def test_profiles_are_made_in_batches_that_a_small_limit_allows(option: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conformance.reference.imiconnect.intake.APP_LIMIT_OF_ITS_OWN", 7)
    results = run(APP, ("attributes.merge",), readings={"app-batch-limit": "other", "over-limit": option})
    assert {result.verdict for result in results} == {PASSED}
