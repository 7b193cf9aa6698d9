"""The Fiserv oracle on near ids, sessions, shown credentials, JSON that is none, and what overlaps."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from conformance.judge import Judgement, Verdict
from conformance.session.exchange import Answer, Exchange, Request
from strategies.fiserv.wire import to_json
from tests.oracles.test_fiserv import JSON, answer, exchange, oracle, success, update

OWN, PASSWORD, TOKEN = "pcqwertzuiopas12", "Pw1-a-long-password", "5f0c9d1e77aa4b61"


def accused(judgements: list[Judgement]) -> set[str]:
    return {judgement.requirement for judgement in judgements if judgement.verdict is Verdict.FAILED}


def with_own(**readings: str) -> Any:
    """An oracle that knows a user who was made by the run."""
    judge = oracle(**readings)
    judge.world.create(OWN, PASSWORD)
    return judge


def by(user: str, named: str, **info: Any) -> dict[str, Any]:
    content = update(user=user, **info)
    content["SignonRq"]["UserInfo"]["UserPassword"]["CryptVal"] = PASSWORD
    content["UserProfileModRq"]["UserProfile"]["UserID"] = named
    return content


@pytest.mark.parametrize("named", [f"{OWN}x", OWN[:-1], f"{OWN[:8]}_{OWN[9:]}", f"0{OWN}", f"{OWN[:8]}%", " "])
def test_nobody_has_an_id_that_is_nearly_one_of_ours(named: str) -> None:
    sent = by(OWN, named)
    assert "unknown-user-code" in accused(with_own().judge(exchange(sent, success(sent))))
    sent = by(named, OWN)
    assert "unknown-user-code" in accused(with_own().judge(exchange(sent, success(sent))))
    assert accused(with_own().judge(exchange(by(OWN, named), answer("4040")))) == set()


@pytest.mark.parametrize("named", [f"{OWN} ", f" {OWN}", f"{OWN}\n", f"{OWN}\u00a0"])
def test_blanks_around_an_id_may_be_cut_off(named: str) -> None:
    for code in ("0", "4040", "4070"):
        sent = by(OWN, named)
        reply = success(by(OWN, OWN)) if code == "0" else answer(code)
        assert accused(with_own().judge(exchange(sent, reply))) == set()


def test_letter_case_of_an_id_counts_by_the_reading() -> None:
    sent = by(OWN, OWN.upper())
    assert "unknown-user-code" in accused(with_own().judge(exchange(sent, success(by(OWN, OWN)))))
    assert accused(with_own(**{"user-id-case": "any-case"}).judge(exchange(sent, success(by(OWN, OWN))))) == set()


def test_a_user_of_ours_is_in_no_other_home() -> None:
    sent = by(OWN, OWN)
    sent["UserProfileModRq"]["UserProfile"]["HomeID"] = 71
    assert "identity-triple" in accused(with_own().judge(exchange(sent, success(sent))))
    assert accused(with_own().judge(exchange(sent, answer("4012")))) == set()


def test_a_home_with_a_fraction_is_none() -> None:
    sent = update()
    sent["UserProfileModRq"]["UserProfile"]["HomeID"] = 70.5
    assert "malformed-home-code" in accused(oracle().judge(exchange(sent, success(update()))))
    assert accused(oracle().judge(exchange(sent, answer("4012")))) == set()
    sent["UserProfileModRq"]["UserProfile"]["HomeID"] = 70.0
    assert accused(oracle().judge(exchange(sent, success(update())))) == set()


@pytest.mark.parametrize("word", [b"NaN", b"Infinity", b"+7", b"07"])
def test_json_that_is_no_json_is_refused(word: bytes) -> None:
    body = to_json(update()).replace(b'"Ng"', word)
    assert "unparsable-refused" in accused(oracle().judge(exchange(body, success(update()))))


def test_a_member_in_another_letter_case_is_open() -> None:
    sent = update({"APPID": "x"})
    assert accused(oracle(**{"unknown-json-member": "4070"}).judge(exchange(sent, success(update())))) == set()


@pytest.mark.parametrize("operation", ["update", "read", "signon"])
def test_a_password_is_not_shown(operation: str) -> None:
    sent = by(OWN, OWN)
    shown = answer("1740")
    shown["Status"]["StatusDesc"] = f"wrong: {PASSWORD}"
    assert "credentials-not-shown" in accused(with_own().judge(exchange(sent, shown, operation=operation)))
    broken = to_json(sent)[:-1]
    assert "credentials-not-shown" in accused(with_own().judge(exchange(broken, shown, operation=operation)))
    same = copy.deepcopy(sent)
    same["UserProfileModRq"]["UserProfile"]["AppID"] = PASSWORD
    assert "credentials-not-shown" not in accused(with_own().judge(exchange(same, shown, operation=operation)))


def signed_on(judge: Any) -> None:
    """Has the user of ours open a session, and update by it."""
    sent = by(OWN, OWN)
    sent["SignonRq"]["GenSessInfo"] = "true"
    status = answer("0")["Status"]
    told = {"RqUID": "r1", "Status": status, "SignonRs": {"Status": status, "SessInfo": {"SessionToken": TOKEN}}}
    judge.judge(exchange(sent, told, operation="signon"))
    sent = by_session()
    judge.judge(exchange(sent, success(sent)))


def by_session(token: str = TOKEN, **info: Any) -> dict[str, Any]:
    sent = by(OWN, OWN)
    sent["SignonRq"] = {"SessionInfo": {"SessionToken": token, "Role": "User", "HomeID": "70", **info}}
    return sent


def test_a_session_is_good_for_its_user() -> None:
    judge = with_own()
    assert "success-code" not in accused(judge.judge(exchange(by_session(), answer("4090"))))
    signed_on(judge)
    assert "success-code" in accused(judge.judge(exchange(by_session(), answer("4090"))))


@pytest.mark.parametrize(
    "sent",
    [by_session(Role="Admin"), by_session(HomeID="71"), by_session(f"{TOKEN}x"), by_session(TOKEN[:-1])],
)
def test_a_session_is_good_for_nothing_else(sent: dict[str, Any]) -> None:
    judge = with_own()
    signed_on(judge)
    assert "sign-on-failure" in accused(judge.judge(exchange(sent, success(sent))))
    assert accused(judge.judge(exchange(sent, answer("4090")))) == set()


def test_an_invented_token_does_not_make_up_for_a_wrong_password() -> None:
    sent = by(OWN, OWN, AlldataToken="pcinventedtoken1")
    sent["SignonRq"]["UserInfo"]["UserPassword"]["CryptVal"] = "wrong"
    assert "sign-on-failure" in accused(with_own().judge(exchange(sent, success(sent))))
    assert accused(with_own().judge(exchange(sent, answer("4090")))) == set()


def test_a_body_in_chunks_may_be_refused() -> None:
    request = Request("update", "POST", "/x", headers=(("Content-Type", JSON),), body=to_json(update())).in_chunks()
    for status in (400, 411, 501):
        refused = Exchange(1, "c", request, Answer(status, (("Content-Type", "text/plain"),), b"no length"))
        assert accused(oracle().judge(refused)) == set()


def test_what_overlaps_gets_its_own_answer() -> None:
    first, second = update(), update(user="bob")
    second["RqUID"] = "r2"
    mixed = [exchange(first, success(second)), exchange(second, success(first) | {"RqUID": "r2"})]
    assert {"request-id-echo", "profile-structured"} <= accused(_echoing(mixed[0], "r2")) | accused(_echoing(mixed[1]))
    assert accused(oracle().judge_overlapping([exchange(first, answer("100"))])) == set()


def _echoing(each: Exchange, request_id: str = "") -> list[Judgement]:
    if request_id and each.answer is not None:
        body = each.answer.body.replace(b'"r1"', f'"{request_id}"'.encode())
        each = Exchange(1, "c", each.request, Answer(200, each.answer.headers, body))
    return oracle().judge_overlapping([each])


@pytest.mark.parametrize("home", ["abc", "Zq7xvj", "71", "9" * 30])
def test_a_session_is_of_no_home_in_letters(home: str) -> None:
    judge = with_own()
    signed_on(judge)
    sent = by_session(HomeID=home)
    assert "sign-on-failure" in accused(judge.judge(exchange(sent, success(sent))))
    for code in ("4090", "4012", "4070", "1740"):
        assert accused(judge.judge(exchange(sent, answer(code)))) == set()


@pytest.mark.parametrize("home", ["", " ", "70.0", "70x", "\u0667\u0660", "\u00b2"])
def test_a_home_of_a_session_in_another_form_is_open(home: str) -> None:
    for code in ("0", "4090"):
        judge = with_own()
        signed_on(judge)
        sent = by_session(HomeID=home)
        assert accused(judge.judge(exchange(sent, success(sent) if code == "0" else answer(code)))) == set()


def opening() -> dict[str, Any]:
    sent = by(OWN, OWN)
    sent["SignonRq"]["GenSessInfo"] = "true"
    return sent


def test_an_update_may_open_a_session_or_be_refused_for_it() -> None:
    sent = opening()
    for code in ("4070", "4080", "1740"):
        assert accused(with_own().judge(exchange(sent, answer(code)))) == set()
    for status in (200, 201):
        told = with_own().judge(exchange(sent, success(sent), http=status))
        assert ("http-status" in accused(told)) == (status != 200)
    wrong = opening()
    wrong["SignonRq"]["UserInfo"]["UserPassword"]["CryptVal"] = "wrong"
    assert "sign-on-failure" in accused(with_own().judge(exchange(wrong, success(wrong))))


def test_a_session_that_an_update_opened_is_good_for_its_user() -> None:
    judge, sent = with_own(), opening()
    told = success(sent)
    told["SignonRs"] = {"Status": told["Status"], "SessInfo": TOKEN}
    judge.judge(exchange(sent, told))
    assert judge.world.sessions[TOKEN].user == OWN
    other = by_session()
    other["UserProfileModRq"]["UserProfile"]["UserID"] = "bob"
    assert "other-user-untouched" in accused(judge.judge(exchange(other, success(other))))


def test_a_version_may_be_refused() -> None:
    sent = {**update(), "version": "2"}
    for reply in (success(sent), answer("4070"), answer("100")):
        assert "success-code" not in accused(oracle().judge(exchange(sent, reply)))
