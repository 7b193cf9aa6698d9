"""What the IMIconnect oracle leaves to an implementation: correct answers that no judgement may hold against it."""

from __future__ import annotations

import json
from typing import Any

import pytest

import specs
from conformance.imiconnect.answered import read_answer
from conformance.imiconnect.cells import ANYTHING
from conformance.imiconnect.values import Values
from conformance.judge.readings import Readings
from conformance.judge.verdicts import Verdict
from conformance.session.exchange import Answer, Exchange, Request, Trouble
from conformance.target.model import Target
from tests.oracles.test_imiconnect import CONTRACT, HEADERS, NEW, SEED, UPDATE, Story, records

PASSED, FAILED = Verdict.PASSED, Verdict.FAILED
STATUS = "/resources/v2/profile/status/t1"


def outcome(code: str, *codes: str, **more: Any) -> dict[str, Any]:
    """A finished answer for customers 1, 2 and so on, with these codes."""
    rows = [{"customerId": f"{n}", "code": each, "description": ""} for n, each in enumerate(codes, 1)]
    good = codes.count("1000")
    counts = {"TotalCount": len(codes), "SuccessCount": good, "FailureCount": len(codes) - good}
    return {**counts, "code": code, "description": "Finished", "transid": "t1", "Results": rows, **more}


def status(story: Story, shown: Any) -> dict[str, Verdict]:
    """A status answer."""
    return story.say(Request("status", "GET", STATUS, "", (("key", "right"),)), 200, shown)


def flat(story: Story, body: Any, shown: Any) -> dict[str, Verdict]:
    """An update whose answer has no envelope."""
    request = Request("update", "PUT", UPDATE, "", HEADERS, json.dumps(body).encode())
    return story.say(request, 200, shown)


def test_a_repetition_beyond_the_limit_at_which_a_batch_is_cut_need_not_be_refused() -> None:
    story = Story(over_limit="truncate", error_timing="sync-all", repeated_customer="refused")
    batch = records(*((f"{number}", {"name": "x"}) for number in range(1, 101)), ("1", {"name": "again"}))
    assert FAILED not in story.update(batch).values()


def test_a_request_with_a_doubtful_record_may_be_queued_in_words_of_its_own() -> None:
    readings = {"error_timing": "sync-all", "partial_code": "1000-with-failures", "pending_status": "queued"}
    story = Story(description_text="free", **readings)
    queued = {"code": "1000", "description": "Accepted for processing", "transid": "t1"}
    spelled = {"Records": [{"CustomerId": "1", "Attributes": {"name": "new"}}]}
    assert FAILED not in story.update(spelled, queued).values()
    assert FAILED not in status(story, {"code": "1000", "description": "Queued", "transid": "t1"}).values()
    assert FAILED not in story.status({"1": "1000"}).values()
    assert FAILED not in story.read({"1": {**SEED, "name": "new"}}).values()


@pytest.mark.parametrize("results", [[{"code": "7003"}], None])
def test_an_outcome_at_once_says_what_became_of_an_incomplete_record(results: Any) -> None:
    readings = {"error_timing": "sync-all", "incomplete_record": "per-record", "partial_apply": "all-or-nothing"}
    story = Story(envelope="flat", all_failed_code="other-failure", **readings)
    answer = {"code": "7004", "description": "no", "transid": "t1"} | ({"Results": results} if results else {})
    found = flat(story, {"Records": [{"Attributes": {"name": "x"}}]}, answer)
    assert found["missing-customer-id-refused"] is PASSED


@pytest.mark.parametrize(("overall", "verdict"), [("7004", PASSED), ("7003", PASSED), ("7011", FAILED)])
def test_the_code_of_a_good_record_that_is_undone_may_be_that_of_the_whole(overall: str, verdict: Verdict) -> None:
    story = Story(partial_apply="all-or-nothing", all_failed_code="other-failure")
    story.read({"2": SEED}, "2")
    story.update(records(("1", {"name": "good"}), ("2", {"name": ["bad"]})))
    assert status(story, outcome(overall, "7004", "7011"))["outcome-code"] is verdict


def test_a_status_answer_that_says_queued_is_pending_whatever_it_counts() -> None:
    story = Story(envelope="flat", pending_status="queued")
    queued = outcome("1000", "1000", description="Queued")
    assert FAILED not in flat(story, NEW, queued).values()
    assert FAILED not in status(story, queued).values()
    assert FAILED not in story.status({"1": "1000"}).values()


@pytest.mark.parametrize("counts", [{"FailureCount": 1}, {"TotalCount": 1, "FailureCount": 1}])
def test_failures_counted_in_an_answer_that_says_queued_are_those_of_a_public_page(counts: Any) -> None:
    story = Story(envelope="flat", error_timing="sync-all", pending_status="queued")
    both = records(("1", {"name": "a"}), ("2", {"name": "b"}))
    queued = outcome("1000", "1000", "1000", description="Queued", **counts)
    assert FAILED not in flat(story, both, queued).values()
    assert FAILED not in status(story, outcome("1000", "1000", "1000")).values()


@pytest.mark.parametrize(
    ("codes", "counts", "verdict"),
    [
        (("1000", "7011"), {"TotalCount": 1}, PASSED),
        (("1000", "7011"), {"TotalCount": None, "SuccessCount": None}, PASSED),
        (("1000", "7011"), {"FailureCount": 0}, FAILED),
        (("7011", "7011"), {"SuccessCount": 0, "FailureCount": 1}, PASSED),
        (("7011", "7011"), {"SuccessCount": 1}, FAILED),
        (("7011", "7011"), {"SuccessCount": None, "FailureCount": None}, None),
        (("1000", "1000"), {"TotalCount": 1, "SuccessCount": 1}, None),
    ],
)
def test_counts_need_not_add_up_and_hide_no_failure(codes: Any, counts: Any, verdict: Verdict | None) -> None:
    story = Story()
    story.read({"2": SEED}, "2")
    story.update(records(("1", {"name": ["a"]}), ("2", {"name": "b"})))
    assert status(story, outcome("1002", *codes, **counts)).get("outcome-counts") is verdict


CREATE = Request("create", "POST", UPDATE, "", HEADERS, json.dumps(records(("9", {"name": "a"}))).encode())


@pytest.mark.parametrize(
    ("answered", "shown"),
    [
        (200, {"code": "1000", "description": "SUCCESS"}),
        (200, {"code": "1000", "description": "Queued", "transid": "not / usable"}),
        (201, {"response": {"code": 1000, "description": "created"}}),
        (413, None),
        (400, {"code": "7003", "description": ""}),
    ],
)
def test_no_requirement_of_updates_judges_a_creation(answered: int, shown: Any) -> None:
    story = Story()
    assert FAILED not in story.say(CREATE, answered, shown).values()


def test_the_status_of_a_creation_is_not_judged() -> None:
    story = Story()
    story.say(CREATE, 200, {"code": "1000", "description": "Queued", "transid": "t1"})
    odd = {"code": "1000", "description": "SUCCESS", "transid": "t2", "TotalCount": 7, "Results": [{"code": "7999"}]}
    assert FAILED not in status(story, odd).values()


def test_a_creation_that_was_finished_at_once_is_known_without_a_transid() -> None:
    story = Story()
    story.say(CREATE, 200, {"code": "1000", "description": "SUCCESS"})
    story.update(records(("9", {"name": "b"})))
    assert FAILED in story.status({"9": "7014"}, "1002").values()


@pytest.mark.parametrize(("code", "verdict"), [("7000", PASSED), (None, PASSED), ("7003", PASSED)])
def test_a_content_type_may_be_refused_by_status_with_a_code_beside_it(code: str | None, verdict: Verdict) -> None:
    story = Story(other_content_type="415")
    other = Request("update", "PUT", UPDATE, "", (HEADERS[0], ("content-type", "text/plain")), b"{}")
    shown = {"response": {"code": code, "description": "no"}} if code else None
    assert story.say(other, 415, shown)["json-content-type"] is verdict


@pytest.mark.parametrize(("trouble", "verdict"), [(Trouble.REFUSED, None), (Trouble.CONNECT, PASSED)])
def test_a_refusal_to_serve_says_nothing_of_plain_http(trouble: Trouble, verdict: Verdict | None) -> None:
    request = Request("update", "PUT", UPDATE, "", HEADERS, json.dumps(NEW).encode(), plain=True)
    assert Story().judged(Exchange(9, "test", request, None, trouble, "429")).get("https-only") is verdict


@pytest.mark.parametrize("count", ["NaN", "1e999", "-1e999", '"' + "9" * 5000 + '"', "true", "1.5"])
def test_a_count_that_is_no_number_is_none(count: str) -> None:
    body = f'{{"code": "1000", "description": "x", "TotalCount": {count}}}'.encode()
    assert read_answer(Answer(200, (), body), CONTRACT, "status").total is None


@pytest.mark.parametrize(("length", "verdict"), [(100, True), (101, False), (4000, False)])
def test_no_document_says_how_long_a_value_may_be(length: int, verdict: bool) -> None:
    story = Story()
    story.update(records(("1", {"name": "x" * length})))
    assert (FAILED in story.status({"1": "7011"}, "1002").values()) is verdict


def test_an_accepted_long_value_is_stored_whole() -> None:
    story = Story()
    story.update(records(("1", {"name": "x" * 300})))
    story.status({"1": "1000"})
    assert story.read({"1": {**SEED, "name": "x" * 255}})["long-values-stored"] is FAILED


@pytest.mark.parametrize("value", [["a"], None, 7, "", "2016-07-11 17:02:51"])
def test_a_date_that_the_service_sets_itself_need_not_be_looked_at(value: Any) -> None:
    contract = specs.contract("imiconnect-app")
    target = Target(contract.id, "t", "1", "https://t.invalid")
    settled = {name: each.default for name, each in contract.readings.items()} | {"profile-dates": "server-owned"}
    effect = Values(contract, target, Readings(contract, settled), app=True).effect("createdOn", value)
    assert effect.values == ANYTHING
    assert "1000" in effect.results
