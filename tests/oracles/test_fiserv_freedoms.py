"""What the Fiserv oracle leaves open, because no document decides it."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from conformance.fiserv import Oracle
from conformance.fiserv.answered import read_answer
from conformance.fiserv.stored import flatten, predict, unknown
from conformance.judge import Readings
from conformance.session.exchange import Answer, Exchange, Request, Trouble
from strategies.fiserv.profiles import Words, full_profile
from strategies.fiserv.schema import resolved
from strategies.fiserv.wire import to_json, to_xml
from tests.oracles.test_fiserv import (
    CONTRACT,
    INFO,
    JSON,
    PROFILE,
    STRICT,
    TARGET,
    XML,
    accused,
    answer,
    exchange,
    oracle,
    passed,
    read,
    success,
    update,
    wrong,
)

FULL = full_profile(Words(), "Mark")


def told(code: str, change: Any) -> dict[str, Any]:
    """An answer with a code, changed."""
    given = answer(code)
    change(given)
    return given


@pytest.mark.parametrize(
    "change",
    [
        lambda a: a.update(SignonRs={"Status": {"StatusCode": 0, "Severity": "Info", "StatusDesc": "Success"}}),
        lambda a: a.update(SignonRs={"Status": a["Status"], "Roles": {"Role": ["User"]}, "Other": 1}),
        lambda a: a.update(partnerID="9", version=None),
        lambda a: a["Status"].update(Trace={"Node": 1}),
        lambda a: a["Status"].update(StatusCode=4012.0),
    ],
)
def test_what_stands_around_the_code_of_a_failure_is_open(change: Any) -> None:
    assert accused(oracle(), exchange(wrong(*PROFILE, "HomeID", value=1), told("4012", change))) == set()


@pytest.mark.parametrize("place", ["SignonRs", "envelope", "both"])
def test_the_code_of_a_failed_sign_on_may_stand_in_any_status(place: str) -> None:
    failed = answer("1740")
    given = {"RqUID": "r1", "Status": copy.copy(failed["Status"])}
    if place != "envelope":
        given["SignonRs"] = {"Status": failed["Status"]}
    if place == "SignonRs":
        given["Status"] = answer("0")["Status"]
    assert accused(oracle(), exchange(wrong(*INFO, "UserPassword", "CryptVal", value="guess"), given)) == set()


@pytest.mark.parametrize(("media", "accept"), [(JSON, "*/*"), (XML, f"{JSON}, {XML}")])
def test_with_accept_for_both_formats_either_is_right(media: str, accept: str) -> None:
    sent = update()
    body = to_xml(sent, resolved("update-request"))
    headers = (("Content-Type", XML), ("Accept", accept))
    reply = to_json(success(sent)) if media == JSON else to_xml(success(sent), resolved("update-response"))
    asked = Request("update", "POST", "/x", headers=headers, body=body)
    told_ = Exchange(1, "c", asked, Answer(200, (("content-type", f"{media}; charset=utf-8"),), reply))
    assert accused(oracle(**{"response-format": "accept-header"}), told_) == set()


def test_an_update_in_xml_is_open_until_the_target_is_known_to_take_one() -> None:
    refusal = exchange(
        to_xml(update(), resolved("update-request")), to_xml(answer("4070"), resolved("update-response"))
    )
    learned = {name: option for name, option in STRICT.items() if name != "xml-request-namespace"}
    assert accused(Oracle(CONTRACT, TARGET, Readings(CONTRACT, learned)), refusal) == set()
    assert "success-code" in accused(oracle(), refusal)


@pytest.mark.parametrize(
    ("body", "allowed"),
    [
        (b"", {"4070", "100"}),
        (b'{"RqUID": "\xff"}', {"0", "4070", "100"}),
        (b"{", {"100"}),
    ],
)
def test_a_body_that_is_odd_in_another_way_than_a_damaged_one_is_answered_by_either(
    body: bytes, allowed: set[str]
) -> None:
    for code in ("0", "100", "4070"):
        found = accused(oracle(**{"unparsable-json": "100"}), exchange(body, answer(code)))
        assert ("unparsable-refused" not in found) == (code in allowed)


def test_a_name_of_a_hundred_thousand_letters_is_not_said_to_be_malformed() -> None:
    body = to_xml(update(), resolved("update-request")).replace(
        b"<LastName>Ng", b"<LastName><" + b"n" * 100_000 + b"/>"
    )
    for code in ("4070", "4012", "100"):
        reply = to_xml(answer(code), resolved("update-response"))
        assert accused(oracle(**{"unparsable-xml": "4210"}), exchange(body, reply)) == set()


@pytest.mark.parametrize(
    ("request_", "answer_", "own"),
    [
        (update(), Answer(403, (), b"no"), False),
        (update(), Answer(503, (), b""), False),
        (update(), Answer(403, (("Content-Type", JSON),), to_json(answer("4130"))), True),
        (wrong(*INFO, "UserPassword", "CryptVal", value="guess"), Answer(401, (), b""), True),
        (wrong(*PROFILE, "UserID"), Answer(401, (), b""), True),
        (wrong(*PROFILE, "UserID"), Answer(401, (), b"no"), False),
    ],
)
def test_an_answer_is_the_apis_own_if_it_has_a_code_or_needs_none(
    request_: dict[str, Any], answer_: Answer, own: bool
) -> None:
    asked = Request("update", "POST", "/x", headers=(("Content-Type", JSON),), body=to_json(request_))
    judge = oracle(**{"signon-failure": "http-401/403"})
    assert judge.own_answer(Exchange(1, "c", asked, answer_)) is own


def test_no_answer_to_an_unlisted_address_refuses_it() -> None:
    asked = Request(
        "update", "POST", "/x", headers=(("Content-Type", JSON),), body=to_json(update()), source="127.0.0.2"
    )
    judge = oracle()
    assert judge.judge(Exchange(1, "c", asked, None, Trouble.DROPPED)) == []
    read = {"partnerID": 9, "RqUID": "r2", "SignonRq": update()["SignonRq"]}
    shown = {"RqUID": "r2", "Status": answer("0")["Status"]}
    shown["UserProfileInqRs"] = {"Status": answer("0")["Status"], "UserProfile": {"PersonInfo": {}}}
    assert "unlisted-source" in passed(judge, exchange(read, shown, operation="read"))


def test_a_profile_is_read_in_whatever_form_it_is_shown() -> None:
    plain = {**FULL, "HomeID": 70, "UserID": "ann"}
    odd = copy.deepcopy(plain)
    odd["HomeID"] = "70"
    contact = odd["PersonInfo"]["ContactInfo"]
    contact["PhoneNum"] = contact["PhoneNum"][::-1]
    contact["PostAddr"]["PostalCode"] = int(contact["PostAddr"]["PostalCode"].lstrip("0"))
    expected = flatten(plain)
    expected["PostalCode"] = expected["PostalCode"].lstrip("0")
    assert flatten(odd) == expected
    contact["PhoneNum"] = contact["PhoneNum"][0]
    assert flatten(odd)["PhoneNum"] == (flatten(plain)["PhoneNum"][0],)


def test_the_parts_of_a_person_are_replaced_each_by_itself() -> None:
    sent = {
        "PersonInfo": {"NameAddrType": "Customer", "PersonName": {}, "ContactInfo": {"EmailAddr": "a@b.example.com"}}
    }
    after = predict(flatten(FULL), sent, "replace-part", "replace-list")
    assert [after[name] for name in ("LastName", "Addr1", "PhoneNum")] == [None, None, None]
    assert after["EmailAddr"] == "a@b.example.com"


def test_phones_may_be_an_aggregate_beside_the_contact() -> None:
    sent = {
        "PersonInfo": {"NameAddrType": "Customer", "PersonName": {}, "ContactInfo": {"EmailAddr": "a@b.example.com"}}
    }
    phones = flatten(FULL)["PhoneNum"]
    for apart, kept in ((("PhoneNum",), phones), ((), None)):
        after = predict(flatten(FULL), sent, "replace-aggregate", "replace-list", apart=apart)
        assert after["PhoneNum"] == kept


def test_a_contact_may_only_hold_aggregates() -> None:
    phones = [{"PhoneType": "EveningPhone", "Phone": "5550177"}]
    sent = {"PersonInfo": {"NameAddrType": "Customer", "PersonName": {}, "ContactInfo": {"PhoneNum": phones}}}
    before = flatten(FULL)
    after = predict(before, sent, "replace-aggregate", "replace-list", apart=("PhoneNum", "EmailAddr"))
    assert (after["EmailAddr"], after["LastName"]) == (before["EmailAddr"], None)


def test_white_space_that_a_type_may_collapse_is_not_decided() -> None:
    sent = {
        "PersonInfo": {"NameAddrType": "Customer", "PersonName": {"LastName": "two  blanks", "FirstName": "one blank"}}
    }
    after = predict(unknown(), sent, "merge", "replace-list")
    assert (repr(after["LastName"]), after["FirstName"]) == ("unknown", "one blank")


def test_null_says_no_more_than_nothing() -> None:
    given = to_json({**answer("4070"), "SignonRs": None, "UserProfile": None})
    read = read_answer("update", Answer(200, (("Content-Type", JSON),), given))
    assert (read.mistakes, read.remarks, read.profiles) == ((), (), ())


def test_a_person_of_whom_nothing_is_left_may_be_shown_with_a_type() -> None:
    after = predict(flatten(FULL), {"AppID": "alone"}, "replace-all", "replace-list")
    assert (repr(after["NameAddrType"]), after["LastName"]) == ("unknown", None)


@pytest.mark.parametrize("spelling", ["free-string", "case-insensitive-enum"])
@pytest.mark.parametrize("kept", [True, False])
def test_another_spelling_of_a_type_may_be_another_key_of_the_list(spelling: str, kept: bool) -> None:
    def phoned(*phones: tuple[str, str]) -> dict[str, Any]:
        listed = [{"PhoneType": kind, "Phone": number} for kind, number in phones]
        return {"PersonInfo": {"NameAddrType": "Customer", "PersonName": {}, "ContactInfo": {"PhoneNum": listed}}}

    merging = {"omitted-members": "merge", "list-merge": "by-type", "profile-content": "sent-members"}
    judge, sent = oracle(**merging, **{"type-spelling": spelling}), update(phoned(("EVENINGPHONE", "2")))
    judge.judge(read(phoned(("EveningPhone", "1"))))
    judge.judge(exchange(sent, success(sent)))
    before = [("EveningPhone", "1")] if kept else []

    assert accused(judge, read(phoned(*before, ("EVENINGPHONE", "2")))) == set()
