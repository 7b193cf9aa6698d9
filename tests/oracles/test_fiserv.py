"""The Fiserv oracle: what it accepts, what it accuses, and that it decides from bytes alone."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

import specs
from conformance.fiserv import Oracle
from conformance.fiserv.stored import flatten, predict, unknown
from conformance.judge import Readings, Verdict
from conformance.session.exchange import Answer, Exchange, Request
from conformance.target.model import Secret, Target
from strategies.fiserv.profiles import DESCRIBED, Words, full_profile
from strategies.fiserv.schema import resolved
from strategies.fiserv.wire import NAMESPACE, to_json, to_xml

CONTRACT = specs.contract("fiserv-alldata")
STRICT = {name: reading.default for name, reading in CONTRACT.readings.items()}
TARGET = Target(
    contract=CONTRACT.id,
    name="t",
    version="1",
    base_url="https://t.invalid",
    credentials={
        "partner": Secret("9"),
        "home": Secret("70"),
        "user": Secret("ann"),
        "user_password": Secret("ann-pass"),
        "second_user": Secret("bob"),
        "second_user_password": Secret("bob-pass"),
        "admin": Secret("root"),
        "admin_password": Secret("root-pass"),
    },
    data={"phone_types": ["EveningPhone", "DayPhone"]},
    unlisted_source="127.0.0.2",
)
JSON = "application/json"
XML = "application/xml"
NAMED = {"PersonInfo": {"NameAddrType": "Customer", "PersonName": {"LastName": "Ng"}}}


def oracle(**readings: str) -> Oracle:
    """An oracle of a target that follows the default readings, but for some, and has shown every described member."""
    judge = Oracle(CONTRACT, TARGET, Readings(CONTRACT, {**STRICT, **readings}))
    judge.world.shown.update(DESCRIBED)
    return judge


def update(profile: dict[str, Any] = NAMED, *, user: str = "ann", **info: Any) -> dict[str, Any]:
    password = {"CryptType": "None", "CryptVal": f"{user}-pass"}
    signing = {"UserID": user, "HomeID": 70, "UserPassword": password, "Role": "User", **info}
    named = {"HomeID": 70, "UserID": user, **profile}
    return {
        "partnerID": 9,
        "RqUID": "r1",
        "SignonRq": {"UserInfo": signing},
        "UserProfileModRq": {"UserProfile": named},
    }


def answer(code: str, profile: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    known = CONTRACT.codes.get(code)
    text = known.text if known else "?"
    status = {"StatusCode": int(code), "Severity": "Info" if code == "0" else "Error", "StatusDesc": text}
    operation: dict[str, Any] = {"Status": dict(status)}
    if profile is not None:
        operation["UserProfile"] = profile
    return {"RqUID": "r1", "Status": status, "UserProfileModRs": operation, **more}


def success(sent: dict[str, Any]) -> dict[str, Any]:
    return answer("0", sent["UserProfileModRq"]["UserProfile"])


def exchange(
    request: bytes | dict[str, Any], reply: bytes | dict[str, Any], *, http: int = 200, **more: Any
) -> Exchange:
    body = request if isinstance(request, bytes) else to_json(request)
    media = XML if body.startswith(b"<") else JSON
    told = reply if isinstance(reply, bytes) else to_json(reply)
    headers = (("Content-Type", XML if told.startswith(b"<") else JSON),)
    operation = more.pop("operation", "update")
    asked = Request(operation, "POST", "/x", headers=(("Content-Type", media),), body=body, **more)
    return Exchange(1, "c", asked, Answer(http, headers, told))


def accused(judge: Oracle, told: Exchange) -> set[str]:
    return {j.requirement for j in judge.judge(told) if j.verdict is Verdict.FAILED}


def passed(judge: Oracle, told: Exchange) -> set[str]:
    return {j.requirement for j in judge.judge(told) if j.verdict is Verdict.PASSED}


def wrong(*path: str | int, value: Any = ...) -> dict[str, Any]:
    """An update of a full profile with one value changed or, without a value, taken out."""
    content = copy.deepcopy(update(full_profile(Words(), "Mark")))
    place: Any = content
    for step in path[:-1]:
        place = place[step]
    if value is ...:
        del place[path[-1]]
    else:
        place[path[-1]] = value
    return content


PROFILE = ("UserProfileModRq", "UserProfile")
INFO = ("SignonRq", "UserInfo")


def test_a_right_answer_to_a_right_update_is_accused_of_nothing() -> None:
    sent = update()
    assert accused(oracle(), exchange(sent, success(sent))) == set()


def test_a_right_answer_in_xml_is_accused_of_nothing() -> None:
    sent = update()
    told = to_xml(success(sent), resolved("update-response"))
    assert accused(oracle(), exchange(to_xml(sent, resolved("update-request")), told)) == set()


def test_a_right_update_that_is_refused_is_accused() -> None:
    assert "success-code" in accused(oracle(), exchange(update(), answer("4070")))


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (wrong(*PROFILE, "UserID"), "4070"),
        (wrong(*PROFILE, "AdvisorRegStatus", value="X"), "4070"),
        (wrong(*PROFILE, "HomeID", value="abc"), "4070"),
        (wrong(*PROFILE, "PersonInfo", "ContactInfo", "PhoneNum", 1, "PhoneType"), "4070"),
        (wrong(*PROFILE, "HomeID", value=1), "4012"),
        (wrong(*PROFILE, "UserID", value="pcabcdefghijklmn"), "4040"),
        (wrong(*INFO, "UserPassword", "CryptType", value="Zq7xvj"), "4050"),
        (wrong(*INFO, "UserPassword", "CryptVal", value="guess"), "1740"),
        (wrong(*INFO, "Role", value="Admin"), "4130"),
        (wrong("partnerID", value=1), "4010"),
    ],
)
def test_each_single_fault_has_its_code_and_no_other(content: dict[str, Any], code: str) -> None:
    assert accused(oracle(), exchange(content, answer(code))) == set()
    for other in {"0", "4070", "4050", "100"} - {code}:
        assert accused(oracle(), exchange(content, answer(other)))


@pytest.mark.parametrize(
    ("reading", "option", "content", "code"),
    [
        ("malformed-home", "4012", wrong(*PROFILE, "HomeID", value="abc"), "4012"),
        ("missing-member-code", "46xx", wrong("RqUID"), "4600"),
        ("missing-member-code", "1020", wrong(*PROFILE, "UserID"), "1020"),
        ("signon-failure", "collapsed-100", wrong(*INFO, "UserPassword", "CryptVal", value="guess"), "100"),
        ("cross-user", "4120", wrong(*PROFILE, "UserID", value="bob"), "4120"),
        ("unknown-json-member", "4070", wrong(*PROFILE, "Zq7", value="x"), "4070"),
        ("missing-home", "4012", wrong(*PROFILE, "HomeID"), "4012"),
    ],
)
def test_a_reading_moves_the_code_that_is_right(reading: str, option: str, content: dict[str, Any], code: str) -> None:
    told = answer(code)
    assert accused(oracle(**{reading: option}), exchange(content, told)) <= {"request-id-echo"}
    assert accused(oracle(), exchange(content, told)) - {"request-id-echo"}


def test_while_a_reading_is_open_each_of_its_options_is_right() -> None:
    content = wrong(*PROFILE, "HomeID", value="abc")
    for code in ("4070", "4012"):
        judge = Oracle(CONTRACT, TARGET, Readings(CONTRACT))
        assert accused(judge, exchange(content, answer(code))) == set()


@pytest.mark.parametrize(
    ("change", "requirement"),
    [
        (lambda a: a["Status"].update(Severity="Info"), "severity-of-code"),
        (lambda a: a["Status"].update(StatusDesc="Validation Failure"), "text-of-code"),
        (lambda a: a["Status"].update(StatusCode="4070"), "status-members"),
        (lambda a: a["Status"].pop("StatusDesc"), "status-members"),
        (lambda a: a["Status"].update(StatusCode=0, Severity="Info", StatusDesc="Success"), "severities-agree"),
        (lambda a: a.pop("UserProfileModRs"), "status-present"),
        (lambda a: a.update(RqUID="r2"), "request-id-echo"),
        (lambda a: a["UserProfileModRs"]["Status"].update(StatusDesc=["Validation failure"]), "answer-valid"),
        (lambda a: a["UserProfileModRs"].update(UserProfile={"UserID": "ann"}), "no-profile-on-error"),
        (lambda a: a["Status"].update(StatusCode=4711), "code-in-table"),
    ],
)
def test_each_defect_of_an_answer_is_accused_by_its_name(change: Any, requirement: str) -> None:
    told = answer("4070")
    change(told)
    assert requirement in accused(oracle(), exchange(wrong(*PROFILE, "UserID"), told))


def test_a_server_failure_is_accused() -> None:
    assert accused(oracle(), exchange(update(), b"", http=500)) == {"no-server-failure"}


def test_an_xml_answer_in_another_namespace_is_accused() -> None:
    sent = update()
    told = to_xml(success(sent), resolved("update-response"), namespace=NAMESPACE)
    found = accused(oracle(), exchange(to_xml(sent, resolved("update-request")), told))
    assert found == {"answer-namespace"}


def test_an_answer_with_a_document_type_is_valid_and_worth_a_note() -> None:
    sent = update()
    told = to_xml(success(sent), resolved("update-response"), doctype=True)
    judged = oracle().judge(exchange(to_xml(sent, resolved("update-request")), told))
    assert not [j for j in judged if j.verdict is Verdict.FAILED]
    assert [j.requirement for j in judged if "document type" in j.note] == ["answer-valid"]


@pytest.mark.parametrize("home", [0, -5, 2**60])
def test_a_number_that_may_be_no_home_at_all_is_an_unknown_home_or_a_wrong_one(home: int) -> None:
    content = wrong(*PROFILE, "HomeID", value=home)
    assert accused(oracle(), exchange(content, answer("4012"))) == set()
    assert accused(oracle(), exchange(content, answer("4070"))) == set()
    for other in ("0", "4040", "4050", "100"):
        assert accused(oracle(), exchange(content, answer(other)))


@pytest.mark.parametrize("reply", [b"[]", b'"text"', b"{", b"<a", b"<a/>", b"null", b'{"Status":[1]}', b"\xff"])
def test_a_strange_answer_is_accused_and_breaks_nothing(reply: bytes) -> None:
    assert "success-code" in accused(oracle(), exchange(update(), reply))


@pytest.mark.parametrize("body", [b"", b"[" * 5000, b'{"a":NaN}', b"\xef\xbb\xbf{}", b"\x00", b'{"RqUID":1,"RqUID":2}'])
def test_of_what_the_documents_leave_open_only_a_server_failure_is_accused(body: bytes) -> None:
    assert accused(oracle(), exchange(body, answer("4070"))) == set()


def read(profile: dict[str, Any], user: str = "ann") -> Exchange:
    content = update(user=user)
    del content["UserProfileModRq"]
    status = {"StatusCode": 0, "Severity": "Info", "StatusDesc": "Success"}
    told = {"Status": status, "UserProfileInqRs": {"Status": status, "UserProfile": {"UserID": user, **profile}}}
    return exchange(content, told, operation="read")


def test_after_a_success_that_the_oracle_cannot_read_any_profile_is_right() -> None:
    judge, sent = oracle(), update()
    judge.judge(exchange(sent, success(sent)))
    judge.judge(exchange(b"\xef\xbb\xbf" + to_json(update()), success(sent)))

    assert accused(judge, read({"PersonInfo": {"NameAddrType": "x", "PersonName": {"LastName": "y"}}})) == set()


def test_a_refusal_without_a_status_may_not_show_a_profile() -> None:
    reply = Answer(401, (("Content-Type", JSON),), b'{"UserProfile": {"UserID": "ann"}}')
    wrong = update(UserPassword={"CryptType": "None", "CryptVal": "x"})
    one = exchange(wrong, b"{}")
    bare = Exchange(one.number, one.check, one.request, reply)

    assert accused(oracle(**{"signon-failure": "http-401/403"}), bare) == {"no-profile-on-error"}


def test_a_word_of_digits_is_outside_its_enumeration_also_where_digits_are_taken_for_numbers() -> None:
    content = update({"AdvisorRegStatus": "0"})

    assert accused(oracle(**{"json-scalar-coercion": "coerced"}), exchange(content, answer("4070"))) == set()


def test_a_number_for_an_aggregate_is_invalid_also_where_numbers_are_taken_for_texts() -> None:
    content = update()
    content["UserProfileModRq"]["UserProfile"] = 0

    assert accused(oracle(**{"json-number-for-text": "coerced"}), exchange(content, answer("4070"))) == set()


def test_a_short_request_id_does_not_make_different_requests_the_same() -> None:
    judge, password = oracle(), {"CryptType": "None", "CryptVal": "x"}
    for word, code in (("Zq1xvj", "4070"), ("Zqxvj", "1740")):
        content = {**update({"AdvisorRegStatus": word}, UserPassword=password), "RqUID": "1"}
        assert "same-fault-same-code" not in accused(judge, exchange(content, answer(code, RqUID="1")))


def test_what_was_sent_and_is_not_read_back_is_accused() -> None:
    judge, sent = oracle(), update()
    judge.judge(exchange(sent, success(sent)))
    stored = copy.deepcopy(NAMED)
    stored["PersonInfo"]["PersonName"] = {"LastName": "N"}
    assert "success-is-stored" in accused(judge, read(stored))


def test_an_error_that_changed_the_profile_is_accused() -> None:
    judge = oracle()
    judge.judge(read(NAMED))
    judge.judge(exchange(update({**NAMED, "AdvisorRegStatus": "X"}), answer("4070")))
    assert "error-changes-nothing" in accused(judge, read({}))


def test_a_stored_profile_that_is_as_it_was_passes_what_was_asked() -> None:
    judge = oracle()
    judge.judge(read(NAMED, "bob"))
    judge.judge(exchange(wrong(*PROFILE, "UserID", value="bob"), answer("4040")))
    assert {"other-user-untouched", "error-changes-nothing"} <= passed(judge, read(NAMED, "bob"))


def test_of_a_profile_that_was_never_read_nothing_is_accused() -> None:
    judge, stored = oracle(), full_profile(Words(), "Other")
    judge.judge(exchange(update({"AppID": stored["AppID"]}), answer("0", {"UserID": "ann", **stored})))
    assert accused(judge, read(stored)) == set()


def test_an_unlisted_address_must_be_refused() -> None:
    sent = update()
    assert accused(oracle(), exchange(sent, answer("7611"), source="127.0.0.2")) == set()
    assert "unlisted-source" in accused(oracle(), exchange(sent, success(sent), source="127.0.0.2"))


def test_success_over_plain_http_is_accused() -> None:
    sent = update()
    assert "secure-transport" in accused(oracle(), exchange(sent, success(sent), plain=True))


def test_the_same_exchanges_give_the_same_judgements() -> None:
    told = [exchange(update(), success(update())), read(NAMED), exchange(wrong(*PROFILE, "UserID"), answer("4070"))]
    first, second = oracle(), oracle()
    assert [first.judge(each) for each in told] == [second.judge(each) for each in told]


FULL = flatten(full_profile(Words(), "Mark"))


@pytest.mark.parametrize(
    ("omitted", "kept"),
    [
        ("merge", {"FirstName", "EmailAddr", "City"}),
        ("replace-aggregate", {"EmailAddr", "City"}),
        ("replace-branch", set()),
        ("replace-all", set()),
    ],
)
def test_each_rule_for_omitted_members_keeps_its_own(omitted: str, kept: set[str]) -> None:
    after = predict(FULL, NAMED, omitted, "replace-list")
    assert {name for name in ("FirstName", "EmailAddr", "City") if after[name] is not None} == kept


def test_phones_of_other_types_are_kept_where_lists_merge_by_type() -> None:
    one = {"PersonInfo": {"ContactInfo": {"PhoneNum": [{"PhoneType": "DayPhone", "Phone": "5"}]}}}
    after = predict(FULL, one, "merge", "by-type")
    assert [kind for kind, _ in after["PhoneNum"]] == ["DayPhone", "EveningPhone"]


def test_what_an_update_sends_is_known_whatever_was_stored() -> None:
    assert predict(unknown(), NAMED, "merge", "by-type")["LastName"] == "Ng"


def test_the_words_of_a_judgement_hold_no_password() -> None:
    content = wrong(*INFO, "UserPassword", "CryptVal", value="ann-passx")
    said = json.dumps([str(j) for j in oracle().judge(exchange(content, answer("4070")))])
    assert "ann-pass" not in said
