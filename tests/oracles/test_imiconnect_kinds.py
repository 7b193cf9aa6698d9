"""The IMIconnect oracle on keys in answers, broken JSON, doubled members, odd ids, and two tenants of the same ids."""

from __future__ import annotations

import json

import pytest

from conformance.imiconnect.body import Form, ids_in, read_body
from conformance.session.exchange import Answer, Exchange, Request
from tests.oracles.test_imiconnect import FAILED, HEADERS, NEW, PASSED, SEED, UPDATE, Story, records

KEY = "a-long-profile-key"


def shown_in(body: str, key: str, query: str = "") -> object:
    """The verdict on an answer with this text to a request with this key."""
    request = Request("update", "PUT", UPDATE, query, (("key", key), HEADERS[1]), json.dumps(NEW).encode())
    answer = Answer(200, (), json.dumps({"response": {"code": "7001", "description": body}}).encode())
    return Story().judged(Exchange(2, "test", request, answer))["credentials-not-shown"]


def test_an_answer_shows_no_key_of_its_request() -> None:
    assert shown_in("Authentication failed", KEY) is PASSED
    assert shown_in(f"unknown key {KEY}", KEY) is FAILED
    assert shown_in(f"unknown key {KEY}", "another-wrong-key") is PASSED


@pytest.mark.parametrize("text", ["a\nb", "a\tb", "a\x00b"])
def test_a_raw_control_character_is_no_json(text: str) -> None:
    assert read_body(b'{"Records": "' + text.encode() + b'"}')[0] is Form.BROKEN


@pytest.mark.parametrize("word", [b"NaN", b"Infinity", b"-Infinity"])
def test_the_words_of_javascript_are_no_json(word: bytes) -> None:
    assert read_body(b'{"Records": ' + word + b"}")[0] is Form.BROKEN


def test_whoever_an_odd_body_names_is_unknown_afterwards() -> None:
    body = b'{"Records": [{"customerId": "2", "customerId": "1", "Attributes": {"name": "new"}}]}'
    assert ids_in(body) == ("2", "1")
    story = Story()
    story.update(body)
    assert FAILED not in story.read({"1": {**SEED, "name": "new"}}).values()


def test_another_spelling_beside_the_right_one_is_a_member_like_others() -> None:
    record = {"customerId": "1", "Attributes": {"name": "new"}, "attributes": {"msisdn": "911278994641"}}
    story = Story(member_names="example-case", extra_members="ignored")
    story.update({"Records": [record]})
    story.status({"1": "1000"})
    assert story.read({"1": {"name": "new", "msisdn": "911278994641"}})["member-names"] is FAILED
    story = Story(member_names="case-insensitive")
    story.update({"Records": [record]})
    story.status({"1": "1000"})
    assert FAILED not in story.read({"1": {"name": "new", "msisdn": "911278994641"}}).values()


def test_an_odd_id_is_judged_once_a_read_has_shown_it() -> None:
    odd = records(("\u00e9", {"name": "new"}))
    story = Story()
    story.update(odd)
    assert FAILED not in story.status({"\u00e9": "7014"}, code="1002").values()
    story = Story()
    story.read({"\u00e9": SEED}, customer="%C3%A9")
    story.update(odd)
    assert FAILED in story.status({"\u00e9": "7014"}, code="1002").values()


def test_two_tenants_may_have_customers_of_the_same_id() -> None:
    theirs = {"name": "theirs", "msisdn": "911278994649"}
    story = Story()
    assert FAILED not in story.read({"1": theirs}, key="other").values()
    assert story.read({"1": SEED}, key="other")["tenant-isolation"] is FAILED


def test_a_customer_that_the_run_made_is_nobody_elses() -> None:
    story = Story()
    body = json.dumps(records(("2", SEED))).encode()
    said = {"response": {"code": "1000", "description": "Queued", "transid": "t2"}}
    story.say(Request("create", "POST", UPDATE, "", HEADERS, body), 200, said)
    story.status({"2": "1000"}, transid="t2")
    story.read({"2": SEED}, customer="2")
    assert story.read({"2": {"name": "theirs"}}, customer="2", key="other")["tenant-isolation"] is FAILED


def test_what_overlapped_is_judged_one_by_one() -> None:
    story = Story()
    said = {"response": {"code": "1000", "description": "Queued", "transid": "t1"}}
    answer = Answer(200, (), json.dumps(said).encode())
    request = Request("update", "PUT", UPDATE, "", HEADERS, json.dumps(NEW).encode())
    found = story.oracle.judge_overlapping([Exchange(number, "test", request, answer) for number in (2, 3)])
    assert [each.verdict for each in found if each.requirement == "transid-unique"] == [PASSED, FAILED]


def test_a_deletion_may_be_queued() -> None:
    story = Story()
    request = Request("delete", "DELETE", f"{UPDATE}/1", "", HEADERS[:1])
    story.say(request, 200, {"response": {"code": "1000", "description": "Queued", "transid": "d1"}})
    assert FAILED not in story.read({"1": SEED}).values()
    assert FAILED not in story.read({}).values()
    assert story.read({"1": SEED})["only-named-change"] is FAILED


@pytest.mark.parametrize(("key", "verdict"), [("wrong\u00e9", PASSED), ("wrong", FAILED)])
def test_only_a_key_beyond_ascii_may_be_refused_by_the_server_of_http(key: str, verdict: object) -> None:
    body = json.dumps(NEW).encode()
    request = Request("update", "PUT", UPDATE, "", (("key", key), HEADERS[1]), body)
    found = Story().say(request, 400, None)
    assert found["wrong-key-refused"] is verdict
    assert FAILED in Story().say(request, 500, None).values()


def test_a_deletion_with_another_key_leaves_ours() -> None:
    story = Story()
    said = {"response": {"code": "1000", "description": "SUCCESS"}}
    story.say(Request("delete", "DELETE", f"{UPDATE}/1", "", (("key", "other"),)), 200, said)
    assert story.read({})["tenant-isolation"] is FAILED


def test_an_update_with_a_query_changes_nobody_else() -> None:
    story = Story()
    story.read({"2": SEED}, customer="2")
    body = json.dumps(NEW).encode()
    said = {"response": {"code": "7003", "description": "Mandatory parameters missing"}}
    request = Request("update", "PUT", UPDATE, "customerId=2", HEADERS, body)
    assert FAILED not in story.say(request, 200, said).values()
    assert story.read({"2": {**SEED, "name": "new"}}, customer="2")["only-named-change"] is FAILED


def test_a_gateway_may_know_no_address_with_an_odd_character() -> None:
    story = Story()
    story.read({"a+b": SEED}, customer="a%2Bb")
    read = Request("read", "GET", f"{UPDATE}/a%2Bb", "", HEADERS[:1])
    assert FAILED not in story.say(read, 404, None).values()
    shown = {"Status": 0, "Description": "success", "code": "1000", "Records": []}
    assert FAILED in story.say(read, 200, shown).values()
