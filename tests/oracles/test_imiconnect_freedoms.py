"""What the IMIconnect oracle leaves to an implementation: correct answers that no judgement may hold against it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conformance.judge.verdicts import Verdict
from conformance.session.exchange import Request
from tests.oracles.test_imiconnect import HEADERS, SEED, UPDATE, Story, records

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
