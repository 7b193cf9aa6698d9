"""Cases handed over: correct Fiserv targets that were accused, each with the right value."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import pytest

import specs
from conformance.fiserv import Oracle
from conformance.judge import Judgement, Readings, Verdict
from conformance.session.exchange import Answer, Exchange, Request
from conformance.target.model import Secret, Target
from strategies.fiserv.schema import resolved
from strategies.fiserv.wire import Format, to_json, to_xml

CONTRACT = specs.contract("fiserv-alldata")
DEFAULTS = {name: reading.default for name, reading in CONTRACT.readings.items()}
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
    },
    data={"phone_types": ["EveningPhone", "DayPhone"]},
)
PERSON = {"NameAddrType": "Customer", "PersonName": {"LastName": "Ng"}}


def oracle(**readings: str) -> Oracle:
    """An oracle of a target that follows the default readings, but for some."""
    return Oracle(CONTRACT, TARGET, Readings(CONTRACT, {**DEFAULTS, **readings}))


def update(**profile: Any) -> dict[str, Any]:
    """An update of oneself."""
    signing = {
        "UserID": "ann",
        "HomeID": 70,
        "UserPassword": {"CryptType": "None", "CryptVal": "ann-pass"},
        "Role": "User",
    }
    return {
        "partnerID": 9,
        "RqUID": "a-request-of-ours",
        "SignonRq": {"UserInfo": signing},
        "UserProfileModRq": {"UserProfile": {"HomeID": 70, "UserID": "ann", "PersonInfo": PERSON, **profile}},
    }


def answer(code: str, profile: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """An answer with one code in every place."""
    known = CONTRACT.codes[code]
    status = {"StatusCode": int(code), "Severity": known.extra["severity"], "StatusDesc": known.text}
    part: dict[str, Any] = {"Status": copy.copy(status)}
    if profile is not None:
        part["UserProfile"] = profile
    return {"RqUID": "a-request-of-ours", "Status": status, "UserProfileModRs": part, **more}


def judged(judge: Oracle, sent: dict[str, Any], told: dict[str, Any], format_: Format = Format.JSON) -> list[Judgement]:
    """What an oracle says of an update with its answer, both in one format."""
    if format_ is Format.JSON:
        request, reply = to_json(sent), to_json(told)
    else:
        request = to_xml(sent, resolved("update-request"))
        reply = to_xml(told, resolved("update-response"))
    headers = (("Content-Type", format_.media_type),)
    asked = Request("update", "POST", "/x", headers=headers, body=request)
    return judge.judge(Exchange(1, "c", asked, Answer(200, headers, reply)))


def accused(judgements: list[Judgement]) -> set[str]:
    """The requirements that are said to be broken."""
    return {judgement.requirement for judgement in judgements if judgement.verdict is Verdict.FAILED}


@pytest.mark.parametrize("format_", list(Format))
def test_a_refusal_may_echo_a_partner_of_more_than_64_bits(format_: Format) -> None:
    partner = 2**70
    told = answer("4070", partnerID=partner)
    assert accused(judged(oracle(), {**update(), "partnerID": partner}, told, format_)) == set()


@pytest.mark.parametrize("code", ["0", "4070"])
def test_roles_of_a_shape_that_no_document_gives_may_be_refused(code: str) -> None:
    sent = update(PersonInfo={**PERSON, "Roles": {"RoleCode": ["Admin"]}})
    profile = {"HomeID": 70, "UserID": "ann", "PersonInfo": PERSON} if code == "0" else None
    assert accused(judged(oracle(), sent, answer(code, profile))) == set()


@pytest.mark.parametrize("format_", list(Format))
def test_a_member_that_no_document_lists_is_a_finding_and_breaks_nothing(format_: Format) -> None:
    sent = update()
    told = answer("0", sent["UserProfileModRq"]["UserProfile"], ServerInfo={"Node": "n7"})
    found = judged(oracle(), sent, told, format_)
    assert accused(found) == set()
    assert any(j.requirement == "answer-valid" and "ServerInfo" in j.note for j in found)


def test_a_code_beside_the_table_needs_no_text() -> None:
    sent = update()
    sent["SignonRq"]["UserInfo"]["UserPassword"]["CryptVal"] = "wrong"
    told = answer("1740")
    del told["Status"]["StatusDesc"], told["UserProfileModRs"]["Status"]["StatusDesc"]
    assert accused(judged(oracle(), sent, told)) == set()


def test_a_blank_text_may_be_refused() -> None:
    sent = update(PersonInfo={**PERSON, "PersonName": {"LastName": " "}})
    assert accused(judged(oracle(), sent, answer("4070"))) == set()


@pytest.mark.parametrize("size", [37, 65, 300])
def test_a_long_request_id_may_be_refused(size: int) -> None:
    sent = {**update(), "RqUID": "r" * size}
    assert accused(judged(oracle(), sent, {**answer("4070"), "RqUID": "r" * size})) == set()


def test_a_blank_request_id_that_is_taken_is_echoed_blank() -> None:
    sent = {**update(), "RqUID": " "}
    told = {**answer("0", sent["UserProfileModRq"]["UserProfile"]), "RqUID": " "}
    assert accused(judged(oracle(), sent, told)) == set()


@pytest.mark.parametrize(("code", "fits"), [("4070", True), ("1020", True), ("4603", False)])
def test_members_without_a_code_of_their_own_have_one_of_two(code: str, fits: bool) -> None:
    sent = update(PersonInfo={"PersonName": {}})
    found = accused(judged(oracle(**{"missing-member-code": "46xx"}), sent, answer(code)))
    assert ("missing-member-code" not in found) is fits


def test_a_user_who_names_another_may_fail_as_a_sign_on_does() -> None:
    sent = update(UserID="bea")
    told = answer("4130")
    told["SignonRs"] = {"Status": copy.copy(told["Status"])}
    readings = {"cross-user": "4130", "signon-status-on-error": "own-outcome"}
    target = replace(TARGET, credentials={**TARGET.credentials, "second_user": Secret("bea")})
    judge = Oracle(CONTRACT, target, Readings(CONTRACT, {**DEFAULTS, **readings}))
    assert accused(judged(judge, sent, told)) == set()


@pytest.mark.parametrize("code", ["0", "4070"])
def test_the_type_of_a_member_that_is_ignored_need_not_be_looked_at(code: str) -> None:
    sent = update(CEUserID={})
    profile = {"HomeID": 70, "UserID": "ann", "PersonInfo": PERSON} if code == "0" else None
    assert accused(judged(oracle(), sent, answer(code, profile))) == set()


def test_what_may_be_no_fault_is_not_broken_by_the_success_of_another() -> None:
    sent = update(InstallID="letters", PersonInfo={**PERSON, "NameAddrType": "Zq1xvj"})
    readings = Readings(CONTRACT, {n: o for n, o in DEFAULTS.items() if n != "type-spelling"})
    told = answer("0", {"HomeID": 70, "UserID": "ann", "PersonInfo": PERSON})
    found = accused(judged(Oracle(CONTRACT, TARGET, readings), sent, told))
    assert "invalid-field-code" in found
    assert "type-words" not in found


def test_a_second_look_has_a_request_id_of_its_own() -> None:
    sent = {key: value for key, value in update().items() if key != "UserProfileModRq"}
    read = Request("read", "POST", "/x", headers=(("Content-Type", Format.JSON.media_type),), body=to_json(sent))
    judge = oracle()
    looks = [judge.again(read) for _ in range(2)]
    bodies = {look.body for look in looks if look is not None}
    assert len(bodies | {read.body}) == 3


@pytest.mark.parametrize(("root", "decided"), [("UserProfileModRequest", False), ("UserProfileInqRqHeader", True)])
def test_the_name_of_the_root_alone_makes_no_other_message(root: str, decided: bool) -> None:
    sent = update()
    if decided:
        del sent["UserProfileModRq"]
    body = to_xml(sent, resolved("update-request")).replace(b"UserProfileModRqHeader", root.encode())
    headers = (("Content-Type", Format.XML.media_type),)
    reply = to_xml(answer("0", {"HomeID": 70, "UserID": "ann", "PersonInfo": PERSON}), resolved("update-response"))
    asked = Request("update", "POST", "/x", headers=headers, body=body)
    found = accused(oracle().judge(Exchange(1, "c", asked, Answer(200, headers, reply))))
    assert ("code-in-table" in found) is decided


@pytest.mark.parametrize("code", ["0", "4070"])
def test_a_word_of_an_enumeration_may_be_taken_in_another_letter_case(code: str) -> None:
    sent = update()
    sent["SignonRq"]["UserInfo"]["Role"] = "uSER"
    profile = {"HomeID": 70, "UserID": "ann", "PersonInfo": PERSON} if code == "0" else None
    assert accused(judged(oracle(), sent, answer(code, profile))) == set()


SHOWN: dict[str, Any] = {
    "ClientProperty": [{"ParamName": "color", "ParamVal": "blue"}],
    "PersonAttribute": [{"AttrName": "size", "AttrVal": "large"}],
    "AdvisorRegStatus": "F",
}
LIKE: dict[str, Any] = {
    "ClientProperty": [{"ParamName": "tier", "ParamVal": "gold"}],
    "PersonAttribute": [{"AttrName": "band", "AttrVal": "narrow"}],
    "AdvisorRegStatus": "P",
}


def shows(judge: Oracle, **profile: Any) -> None:
    """A read of one's own profile."""
    sent = {name: value for name, value in update().items() if name != "UserProfileModRq"}
    told = {"RqUID": sent["RqUID"], "Status": answer("0")["Status"]}
    told["UserProfileInqRs"] = {"Status": told["Status"], "UserProfile": {"UserID": "ann", **profile}}
    headers = (("Content-Type", Format.JSON.media_type),)
    asked = Request("read", "POST", "/x", headers=headers, body=to_json(sent))
    judge.judge(Exchange(1, "c", asked, Answer(200, headers, to_json(told))))


@pytest.mark.parametrize("format_", list(Format))
@pytest.mark.parametrize("name", SHOWN)
def test_a_member_that_only_a_public_page_describes_may_be_refused_until_a_read_shows_it(
    name: str, format_: Format
) -> None:
    sent = update(**{name: LIKE[name]})
    judge = oracle()
    assert accused(judged(judge, sent, answer("4070"), format_)) == set()
    shows(judge, **{name: 7})
    assert accused(judged(judge, sent, answer("4070"), format_)) == set()
    shows(judge, **{name: SHOWN[name]})
    assert "success-code" in accused(judged(judge, sent, answer("4070"), format_))


@pytest.mark.parametrize("profile", [{"AdvisorRegStatus": "X"}, {"ClientProperty": [{"ParamVal": "blue"}]}])
def test_what_only_a_public_page_demands_of_a_member_is_demanded_once_a_read_shows_it(profile: dict[str, Any]) -> None:
    sent = update(**profile)
    success = answer("0", {"HomeID": 70, "UserID": "ann", "PersonInfo": PERSON})
    judge = oracle()
    assert accused(judged(judge, sent, success)) == set()
    shows(judge, **SHOWN)
    assert accused(judged(judge, sent, success)) & {"invalid-field-code", "missing-member-code"}
