"""The Fiserv reference: default behavior, every reading, every fault, hostile input."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import requests
from lxml import etree

from conformance.reference.core import Call, Headers, Reply, Settings, Switches
from conformance.reference.faults import faults
from conformance.reference.fiserv import SERVICE
from conformance.reference.server import ReferenceServer
from tests.reference.fiserv_requests import (
    ADMIN,
    CONTRACT,
    FOREIGN_HOME,
    FULL,
    JSON,
    ODD_TEXT,
    PARTNER,
    SECOND,
    WM,
    XML,
    Tree,
    answer,
    codes,
    create,
    delete,
    encoded,
    person,
    phones,
    read,
    send,
    service,
    signon,
    story,
    switched,
    update,
    without,
)

READINGS = {name: reading for name, reading in CONTRACT.readings.items() if reading.observable}
FAULTS = faults("fiserv")
BOTH = pytest.mark.parametrize("kind", [JSON, XML])


def name_read(target: Any) -> Any:
    return read(target)["PersonInfo"]["PersonName"]["LastName"]


# --- success


@BOTH
def test_what_one_format_stores_the_other_shows(kind: str) -> None:
    target = service()
    send(target, "update", encoded("update", update(person({"LastName": ODD_TEXT})), kind), kind)
    other = XML if kind == JSON else JSON
    asked = {"partnerID": PARTNER, "RqUID": "r", "SignonRq": signon()}
    reply = send(target, "read", encoded("read", asked, other), other)
    shown = (
        etree.fromstring(reply.body).findtext(".//LastName")
        if other == XML
        else json.loads(reply.body)["UserProfileInqRs"]["UserProfile"]["PersonInfo"]["PersonName"]["LastName"]
    )
    assert shown == ODD_TEXT


def test_a_success_shows_the_whole_stored_profile_in_the_operation() -> None:
    target = service()
    reply = answer(send(target, "update", encoded("update", update(FULL), JSON)))
    assert reply["UserProfileModRs"]["UserProfile"] == read(target)


@pytest.mark.parametrize(
    ("option", "name", "contact"),
    [
        ("merge", FULL["PersonInfo"]["PersonName"] | {"LastName": "New"}, {"PhoneNum", "EmailAddr", "PostAddr"}),
        ("replace-aggregate", {"LastName": "New"}, {"PhoneNum", "PostAddr"}),
        ("replace-branch", {"LastName": "New"}, {"PhoneNum"}),
    ],
)
def test_each_reading_of_omitted_members_keeps_what_it_says(option: str, name: Tree, contact: set[str]) -> None:
    target = service(omitted_members=option)
    send(target, "update", encoded("update", update(FULL), JSON))
    send(target, "update", encoded("update", update(person({"LastName": "New"}, phones("DayPhone"))), JSON))
    stored = read(target)["PersonInfo"]
    assert (stored["PersonName"], set(stored["ContactInfo"])) == (name, contact)


def test_a_session_token_signs_on_until_it_was_idle_for_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    target = service()
    opened = send(
        target, "signon", encoded("signon", {"RqUID": "s", "SignonRq": signon() | {"GenSessInfo": "true"}}, JSON)
    )
    body = encoded(
        "update", update(who={"SessionInfo": {"SessionToken": answer(opened)["SignonRs"]["SessInfo"]}}), JSON
    )
    first = codes(send(target, "update", body))
    later = SERVICE.now(target) + 18 * 60 + 1  # type: ignore[arg-type]
    monkeypatch.setattr(SERVICE, "now", lambda _: later)
    assert (first, codes(send(target, "update", body))) == ({"0"}, {"4090"})


# --- errors

WRONG: list[tuple[str, str, Callable[[], Tree]]] = [
    ("4070", "a missing UserID", lambda: without(update(), "UserProfileModRq", "UserProfile", "UserID")),
    ("4070", "a word outside its enumeration", lambda: update({"AdvisorRegStatus": "X"})),
    ("4070", "a home of letters", lambda: update({"HomeID": "letters"})),
    ("4050", "an unknown scheme", lambda: update(who=signon(UserPassword={"CryptType": "ROT13", "CryptVal": "x"}))),
    ("4012", "an unknown home", lambda: update({"HomeID": 1})),
    ("4012", "a home of another partner", lambda: update({"HomeID": FOREIGN_HOME})),
    ("4012", "an unknown home in SignonRq", lambda: update(who=signon(HomeID=1))),
    ("4040", "an unknown user", lambda: update({"UserID": "nobody"})),
    ("4040", "an unknown user in SignonRq", lambda: update(who=signon(UserID="nobody"))),
    ("4040", "another user", lambda: update({"UserID": SECOND})),
    ("1740", "a wrong password", lambda: update(who=signon(password="wrong"))),
    ("1740", "no credentials", lambda: update(who={"GenSessInfo": "false"})),
    ("4010", "an unknown partner", lambda: update(partnerID=1)),
    ("4090", "an invented token", lambda: update(who={"SessionInfo": {"SessionToken": "x"}})),
    ("4130", "a role that the user has not", lambda: update(who=signon(role="Admin"))),
]


@pytest.mark.parametrize(("code", "make"), [(c, m) for c, _, m in WRONG], ids=[about for _, about, _ in WRONG])
def test_one_fault_gets_its_code_in_both_formats_and_changes_nothing(code: str, make: Callable[[], Tree]) -> None:
    target = service()
    before = read(target), read(target, SECOND)
    tree = make()
    tree["UserProfileModRq"]["UserProfile"].update(person({"LastName": "Changed"}))
    said = [codes(send(target, "update", encoded("update", tree, kind), kind)) for kind in (JSON, XML)]
    assert (said, (read(target), read(target, SECOND))) == ([{code}, {code}], before)


def test_an_address_that_is_not_listed_is_7611() -> None:
    assert codes(send(service(), "update", encoded("update", update(), JSON), client="127.0.0.2")) == {"7611"}


def test_an_error_echoes_the_request_id() -> None:
    reply = send(service(), "update", encoded("update", update({"HomeID": 1}, RqUID=ODD_TEXT), XML), XML)
    assert etree.fromstring(reply.body).findtext("RqUID") == ODD_TEXT


def test_the_same_update_in_a_namespace_gets_the_same_code() -> None:
    assert codes(send(service(), "update", encoded("update", update(FULL), XML, WM), XML)) == {"0"}


def test_a_deleted_user_is_not_registered() -> None:
    target = service()
    send(target, "create", encoded("create", create("pc_1"), JSON))
    send(target, "delete", encoded("delete", delete("pc_1"), JSON))
    body = encoded("update", update({"UserID": "pc_1"}, signon(ADMIN, "Admin")), JSON)
    assert codes(send(target, "update", body)) == {"4040"}


# --- readings


@pytest.mark.parametrize("column", range(max(len(r.option_ids) for r in READINGS.values())))
def test_answers_fit_their_schemas_whatever_the_readings(column: int) -> None:
    options = {name: r.option_ids[column % len(r.option_ids)] for name, r in READINGS.items()}
    assert [reply for operation, reply in story(switched(options)) if not fits(operation, reply)] == []


def fits(operation: str, reply: Reply) -> bool:
    if reply.body.startswith(b"<"):
        return xsd(WM.encode() in reply.body[:200]).validate(etree.fromstring(reply.body))
    schema = f"{operation}-{'response' if reply.status == 200 else 'error'}"
    return reply.status < 500 and (not reply.body or CONTRACT.validator(schema).is_valid(json.loads(reply.body)))


@cache
def xsd(namespaced: bool) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(CONTRACT.path("alldata-wm.xsd" if namespaced else "alldata.xsd"))))


# --- faults


def test_there_are_at_least_25_faults_and_8_hard_ones() -> None:
    assert (len(FAULTS) >= 25, sum(f.reach == "hard" for f in FAULTS.values()) >= 8) == (True, True)


def test_each_observable_requirement_is_broken_by_a_fault() -> None:
    broken = {requirement for fault in FAULTS.values() for requirement in fault.breaks}
    assert {name for name, r in CONTRACT.requirements.items() if r.observable} <= broken


# --- hostile input

DEEP = 100_000
MARKUP = encoded("update", update(FULL), XML)


HOSTILE: dict[str, list[tuple[bytes, str | None]]] = {
    "deep": [(b"[" * DEEP, JSON), (b'{"a":' * 900 + b"1" + b"}" * 900, JSON), (b"<a>" * DEEP, XML)],
    "numbers": [
        (b"9" * 5000, JSON),
        (b'{"partnerID": 1e999, "RqUID": "x"}', JSON),
        (b'{"RqUID": "x", "partnerID": NaN}', JSON),
        (encoded("update", update({"HomeID": 10**400}), JSON), JSON),
        (MARKUP.replace(b"50040009", b"9" * 5000), XML),
    ],
    "surrogates": [
        (encoded("update", update(RqUID="\ud800"), JSON), JSON),
        (encoded("update", update(person({"LastName": "\ud800"})), JSON), JSON),
    ],
    "encodings": [
        (b"\xff\xfe\x00", JSON),
        (b'<?xml version="1.0" encoding="utf-7"?><a/>', XML),
        (b'<?xml version="1.0" encoding="no-such"?><a/>', XML),
        (MARKUP, "application/xml; charset=no-such"),
        (MARKUP, 'text/xml; charset="utf-16"'),
    ],
    "attributes": [(b"<a " + b" ".join(b'a%d="x"' % n for n in range(9999)) + b"/>", XML)],
    "types": [(b"\x00" * 100, None), (MARKUP, "text/plain; \x00")],
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_body_is_answered_with_an_error(kind: str) -> None:
    replies = [send(service(), "update", body, media) for body, media in HOSTILE[kind]]
    assert [(reply.status, codes(reply)) for reply in replies] == [(200, {"4070"})] * len(replies)


@pytest.mark.parametrize(
    "declaration",
    [
        '[<!ENTITY x SYSTEM "{canary}">]',
        '[<!ENTITY % x SYSTEM "{canary}"> %x;]',
        'SYSTEM "{canary}"',
        '[<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;"><!ENTITY x "&b;&b;&b;&b;&b;&b;&b;&b;">]',
        '[<!ATTLIST UserProfileModRqHeader version CDATA "x">]',
    ],
)
def test_a_document_type_with_declarations_discloses_nothing(tmp_path: Path, declaration: str) -> None:
    canary = tmp_path / "canary"
    canary.write_text("tweet")
    target = service(document_type="ignored")
    head = f"<!DOCTYPE UserProfileModRqHeader {declaration.replace('{canary}', canary.as_uri())}>"
    body = head.encode() + MARKUP.replace(b"<LastName>Vale", b"<LastName>&x;")
    reply = send(target, "update", body, XML)
    assert (codes(reply), b"tweet" in reply.body, name_read(target)) == ({"4070"}, False, "Arden")


# --- the outside


def test_a_file_keeps_what_was_stored(tmp_path: Path) -> None:
    settings = Settings(storage=str(tmp_path / "store.sqlite"))
    first = SERVICE(Switches("fiserv"), settings)
    send(first, "update", encoded("update", update(FULL), JSON))
    first.stop()
    assert name_read(SERVICE(Switches("fiserv"), settings)) == "Vale"


def test_it_answers_over_tls() -> None:
    with ReferenceServer({"fiserv": service()}) as server, requests.Session() as session:
        session.trust_env = False
        session.verify = str(server.ca_file)
        headers = {"Content-Type": XML, "Connection": "close"}
        url = server.base_url("fiserv") + CONTRACT.operations["update"].path
        reply = session.post(url, encoded("update", update(FULL), XML), headers=headers, timeout=10)
    assert (reply.status_code, reply.headers["content-type"]) == (200, XML)


@pytest.mark.parametrize(("path", "method", "status"), [("/", "POST", 404), (None, "GET", 405)])
def test_other_paths_and_methods_are_refused(path: str | None, method: str, status: int) -> None:
    place = path or CONTRACT.operations["update"].path
    assert service().handle(Call(method, place, "", Headers(()), b"", "127.0.0.1", True)).status == status


def test_the_target_facts_are_those_that_the_contract_names() -> None:
    facts = service().target_facts(CONTRACT.id)
    assert (set(facts.credentials) <= set(CONTRACT.credentials), set(facts.data) <= set(CONTRACT.data)) == (True, True)
