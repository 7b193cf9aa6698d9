"""The IMIconnect oracle, shown handmade exchanges: it allows what the documents allow and nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest

import specs
from conformance.imiconnect import PROBES, Oracle
from conformance.imiconnect.driver import LAST_PROBE
from conformance.judge import Readings, Verdict
from conformance.session.exchange import Answer, Exchange, Pairs, Request, Trouble
from conformance.target.model import Secret, Target

CONTRACT = specs.contract("imiconnect-customer")
HEADERS: Pairs = (("key", "right"), ("content-type", "application/json"))
UPDATE = "/resources/v2/customerprofile"
SEED = {"name": "old", "msisdn": "911278994640"}
PASSED, FAILED = Verdict.PASSED, Verdict.FAILED


class Story:
    """One customer, "1", told exchange by exchange; every reading at its default unless given."""

    def __init__(self, **readings: str) -> None:
        keys = {"key": Secret("right"), "other_tenant_key": Secret("other")}
        target = Target(CONTRACT.id, "t", "1", "https://t.invalid", credentials=keys, unlisted_source="127.0.0.2")
        settled = {name: r.default for name, r in CONTRACT.readings.items()}
        settled |= {name.replace("_", "-"): option for name, option in readings.items()}
        self.oracle = Oracle(CONTRACT, target, Readings(CONTRACT, settled))
        self.number = 0
        self.read({"1": SEED})

    def say(self, request: Request, status: int, shown: Any) -> dict[str, Verdict]:
        """One exchange; the verdicts by requirement."""
        self.number += 1
        answer = Answer(status, (), b"" if shown is None else json.dumps(shown).encode())
        return self.judged(Exchange(self.number, "test", request, answer))

    def judged(self, exchange: Exchange) -> dict[str, Verdict]:
        return {j.requirement: j.verdict for j in self.oracle.judge(exchange)}

    def update(
        self, body: Any, shown: Any = None, *, transid: str = "t1", headers: Pairs = HEADERS, status: int = 200
    ) -> dict[str, Verdict]:
        """An update, queued unless another answer is shown."""
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        said = {"code": "1000", "description": "Queued", "transid": transid} if shown is None else shown
        return self.say(Request("update", "PUT", UPDATE, "", headers, content), status, {"response": said})

    def refused(self, body: Any, code: str, headers: Pairs = HEADERS) -> dict[str, Verdict]:
        """An update that is refused with a code."""
        return self.update(body, {"code": code, "description": CONTRACT.codes[code].text}, headers=headers)

    def status(
        self, results: dict[str, str], code: str = "1000", transid: str = "t1", key: str = "right", **counts: Any
    ) -> dict[str, Verdict]:
        """A final status answer."""
        good = sum(each == "1000" for each in results.values())
        shown = {
            "TotalCount": len(results),
            "SuccessCount": good,
            "FailureCount": len(results) - good,
            "code": code,
            "description": "SUCCESS" if code == "1000" else "Partial success",
            "transid": transid,
            "Results": [{"customerId": c, "code": r, "description": ""} for c, r in results.items()],
        } | counts
        path = f"/resources/v2/profile/status/{transid}"
        return self.say(Request("status", "GET", path, "", (("key", key),)), 200, shown)

    def read(self, profiles: dict[str, dict[str, str]], customer: str = "1", key: str = "right") -> dict[str, Verdict]:
        """A read of a customer."""
        records = [
            {"Attributes": [{"Name": n, "Value": v, "ID": "1"} for n, v in {"customerId": c, **values}.items()]}
            for c, values in profiles.items()
        ]
        request = Request("read", "GET", f"{UPDATE}/{customer}", "", (("key", key),))
        return self.say(request, 200, {"Status": 0, "Description": "success", "code": "1000", "Records": records})


def records(*changes: tuple[str, Any]) -> dict[str, Any]:
    return {"Records": [{"customerId": c, "Attributes": a} for c, a in changes]}


NEW = records(("1", {"name": "new"}))


def test_a_queued_update_is_as_it_should_be() -> None:
    assert FAILED not in Story().update(NEW).values()


def test_the_code_of_the_examples_is_another_reading() -> None:
    other = {"code": "1001", "description": "Queued", "transid": "t1"}
    assert Story().update(NEW, other)["queued-code"] is FAILED
    assert Story(queued_code="1001").update(NEW, other)["queued-code"] is PASSED


def test_while_nothing_is_learned_every_reading_is_allowed() -> None:
    target = Target(CONTRACT.id, "t", "1", "https://t.invalid", credentials={"key": Secret("right")})
    oracle = Oracle(CONTRACT, target, Readings(CONTRACT))
    body = json.dumps(NEW).encode()
    for number, shown in enumerate(
        (
            {"response": {"code": "1001", "description": "QUEUED", "transid": "a"}},
            {"code": 1000, "description": "SUCCESS", "transid": "b", "TotalCount": 1, "Results": []},
            {"response": {"code": "7014", "description": "Customer not found"}},
        )
    ):
        exchange = Exchange(
            number,
            "test",
            Request("update", "PUT", UPDATE, "", HEADERS, body),
            Answer(200, (), json.dumps(shown).encode()),
        )
        assert {j.requirement for j in oracle.judge(exchange) if j.verdict is FAILED} == set()


def test_what_was_reported_as_success_must_be_read_back() -> None:
    story = Story()
    story.update(NEW)
    story.status({"1": "1000"})
    assert story.read({"1": SEED})["outcome-true"] is FAILED


def test_what_was_not_sent_must_stay() -> None:
    story = Story()
    story.update(NEW)
    story.status({"1": "1000"})
    assert story.read({"1": {"name": "new"}})["unsent-attributes-kept"] is FAILED


def test_what_was_not_sent_may_go_where_updates_replace() -> None:
    story = Story(unsent_attributes="replace")
    story.update(NEW)
    story.status({"1": "1000"})
    assert FAILED not in story.read({"1": {"name": "new"}}).values()


def test_of_two_updates_in_flight_each_may_stay() -> None:
    for stays in ("new", "newer"):
        story = Story()
        story.update(NEW)
        story.update(records(("1", {"name": "newer"})), transid="t2")
        story.status({"1": "1000"})
        story.status({"1": "1000"}, transid="t2")
        assert FAILED not in story.read({"1": {**SEED, "name": stays}}).values()


def test_of_two_updates_in_flight_no_third_value_may_stay() -> None:
    story = Story()
    story.update(NEW)
    story.update(records(("1", {"name": "newer"})), transid="t2")
    story.status({"1": "1000"})
    story.status({"1": "1000"}, transid="t2")
    assert story.read({"1": SEED})["update-order"] is FAILED


def test_an_update_sent_after_the_success_of_another_wins() -> None:
    story = Story()
    story.update(NEW)
    story.status({"1": "1000"})
    story.update(records(("1", {"name": "newer"})), transid="t2")
    story.status({"1": "1000"}, transid="t2")
    assert story.read({"1": {**SEED, "name": "new"}})["update-order"] is FAILED


def test_a_read_before_the_end_may_show_either_value() -> None:
    for shown in ("old", "new"):
        story = Story()
        story.update(NEW)
        assert FAILED not in story.read({"1": {**SEED, "name": shown}}).values()


def test_a_failed_record_must_leave_its_profile_alone() -> None:
    story = Story()
    story.update(records(("1", {"name": ["x"], "msisdn": "911278994642"})))
    assert story.status({"1": "7011"}, "1002")["invalid-value-refused"] is PASSED
    assert story.read({"1": {**SEED, "msisdn": "911278994642"}})["failed-record-unchanged"] is FAILED


def test_a_refused_request_must_leave_profiles_alone() -> None:
    story = Story()
    story.refused(NEW, "7001", (("key", "wrong"), HEADERS[1]))
    assert story.read({"1": {**SEED, "name": "new"}})["refusal-changes-nothing"] is FAILED


def test_a_profile_that_nobody_named_must_not_change() -> None:
    story = Story()
    assert FAILED not in story.read({"1": {**SEED, "lastSeen": "now"}}).values()
    assert FAILED not in story.read({"1": {**SEED, "lastSeen": "later"}}).values()
    assert story.read({"1": {**SEED, "name": "else"}})["only-named-change"] is FAILED


@pytest.mark.parametrize(
    ("body", "headers", "code", "requirement"),
    [
        (NEW, (("key", "wrong"), HEADERS[1]), "7001", "wrong-key-refused"),
        (NEW, (HEADERS[1],), "7002", "missing-key-refused"),
        (b'{"Records": [', HEADERS, "7000", "invalid-json-refused"),
        ([], HEADERS, "7003", "missing-records-refused"),
        ({"Records": [{"Attributes": {}}]}, HEADERS, "7003", "missing-customer-id-refused"),
        ({"Records": [{"customerId": "1"}]}, HEADERS, "7003", "missing-attributes-refused"),
        (records(*[("1", {"name": "x"})] * 101), HEADERS, "7012", "batch-over-limit-refused"),
    ],
)
def test_a_single_fault_has_one_code(body: Any, headers: Pairs, code: str, requirement: str) -> None:
    assert Story().refused(body, code, headers)[requirement] is PASSED
    other = "7003" if code != "7003" else "7012"
    assert Story().refused(body, other, headers)[requirement] is FAILED
    assert Story().update(body, headers=headers)[requirement] is FAILED


def test_the_other_limit_is_another_reading() -> None:
    batch = records(*[("1", {"name": "x"})] * 101)
    assert Story(batch_limit="1000").refused(batch, "7012")["batch-within-limit"] is FAILED


def test_a_request_with_two_faults_may_be_refused_for_either() -> None:
    for code in ("7001", "7000"):
        assert FAILED not in Story().refused(b"{", code, (("key", "wrong"), HEADERS[1])).values()


def test_each_record_must_have_a_result_of_its_own() -> None:
    story = Story()
    story.update(records(("1", {"name": "a"}), ("2", {"name": "b"})))
    assert story.status({"1": "1000"})["outcome-per-record"] is FAILED


def test_full_failure_must_not_be_called_success() -> None:
    story = Story()
    story.read({}, "2")
    story.update(records(("2", {"name": "a"})))
    assert story.status({"2": "7014"}, "1000")["outcome-code"] is FAILED


def test_an_unknown_customer_must_not_succeed() -> None:
    story = Story()
    story.read({}, "2")
    story.update(records(("2", {"name": "a"})))
    assert story.status({"2": "1000"})["unknown-customer-refused"] is FAILED


def test_of_a_customer_that_nobody_looked_at_either_outcome_is_allowed() -> None:
    for code, overall in (("1000", "1000"), ("7014", "1002")):
        story = Story()
        story.update(records(("3", {"name": "a"})))
        assert FAILED not in story.status({"3": code}, overall).values()


def test_a_final_outcome_must_stay() -> None:
    story = Story()
    story.update(NEW)
    story.status({"1": "1000"})
    assert story.status({"1": "7011"}, "1002")["outcome-repeatable"] is FAILED


def test_another_tenant_must_not_see_a_status() -> None:
    story = Story()
    story.update(NEW)
    assert story.status({"1": "1000"}, key="other")["tenant-isolation"] is FAILED


def test_another_tenant_must_not_read_a_profile() -> None:
    assert Story().read({"1": SEED}, key="other")["tenant-isolation"] is FAILED
    assert Story().read({}, key="other")["tenant-isolation"] is PASSED


def test_a_transid_must_not_come_twice() -> None:
    story = Story()
    story.update(NEW)
    assert story.update(NEW)["transid-unique"] is FAILED


def test_an_internal_error_is_always_a_finding() -> None:
    assert Story().refused(NEW, "7006")["no-internal-error"] is FAILED


WRONG_KEY: Pairs = (("key", "wrong"), HEADERS[1])


@pytest.mark.parametrize(
    ("told", "noted"), [("authentication failed", ""), ("Wrong key", ""), ("Auth", "a part"), ("", "empty")]
)
def test_the_words_of_an_error_are_free_and_odd_ones_worth_a_note(told: str, noted: str) -> None:
    answer = {"response": {"code": "7001", "description": told}}
    request = Request("update", "PUT", UPDATE, "", WRONG_KEY, json.dumps(NEW).encode())
    found = Story().oracle.judge(Exchange(9, "test", request, Answer(200, (), json.dumps(answer).encode())))
    assert FAILED not in {each.verdict for each in found}
    notes = [each.note for each in found if each.note]
    assert [noted in note for note in notes] == [True] * bool(noted)


@pytest.mark.parametrize("overtaken", [True, False])
def test_an_update_may_find_the_customer_that_a_later_creation_made_at_once(overtaken: bool) -> None:
    story = Story()
    story.read({}, customer="9")
    story.update(records(("9", {"name": "early"})))
    if overtaken:
        made = json.dumps(records(("9", {"name": "made"}))).encode()
        answer = {"response": {"code": "1000", "description": "SUCCESS"}}
        story.say(Request("create", "POST", UPDATE, "", HEADERS, made), 200, answer)
    assert (FAILED in story.status({"9": "1000"}).values()) is not overtaken
    if overtaken:
        assert FAILED not in story.read({"9": {"name": "early"}}, customer="9").values()


@pytest.mark.parametrize("pending_status", ["zero-counts", "queued"])
def test_a_request_without_records_may_be_pending_with_counts_of_zero(pending_status: str) -> None:
    story = Story(empty_records="queued-0", pending_status=pending_status, queued_code="1001")
    story.update(records(), {"code": "1001", "description": "Queued", "transid": "t1"})
    pending = story.status({}, "1001", description="Queued")
    assert pending["pending-status"] is PASSED
    assert FAILED not in story.status({}).values()


def test_plain_http_may_be_dropped() -> None:
    request = Request("update", "PUT", UPDATE, "", HEADERS, json.dumps(NEW).encode(), plain=True)
    assert Story().judged(Exchange(9, "test", request, None, Trouble.DROPPED)) == {"https-only": PASSED}


def test_a_lost_answer_accuses_nobody() -> None:
    story = Story()
    request = Request("update", "PUT", UPDATE, "", HEADERS, json.dumps(NEW).encode())
    assert story.judged(Exchange(9, "test", request, None, Trouble.TIMEOUT)) == {}
    assert FAILED not in story.read({"1": {**SEED, "name": "new"}}).values()


@pytest.mark.parametrize(
    "body",
    [b'\xef\xbb\xbf{"Records": []}', b'{"Records": [], "Records": []}', b"[" * 5000, b'"\\ud800"'],
)
def test_what_json_leaves_open_is_not_judged(body: bytes) -> None:
    for code in ("7000", "7003"):
        assert FAILED not in Story().refused(body, code).values()


def test_the_probe_after_which_everything_is_cleaned_up_is_the_last() -> None:
    assert f"probe.{PROBES[-1].reading}" == LAST_PROBE
