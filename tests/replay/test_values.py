"""Names of a run are found and made anew; secrets and given values come back where they stood."""

from __future__ import annotations

import base64

import pytest

from conformance.exercise.names import fresh_name
from conformance.replay.names import Names, anew, renamed
from conformance.replay.recorded import Secrets, from_record
from conformance.replay.words import given_words, sent_words, with_words, word_at
from conformance.session.exchange import Answer, Request
from conformance.target.model import Secret, Target
from tests.reports.records import exchange

WHOSE = (7, "genesys-ucs", "values.texts")
TARGET = Target(
    "genesys-ucs",
    "t",
    "1",
    "https://127.0.0.1:1",
    credentials={"username": Secret("agent"), "password": Secret('p"<w/&')},
)


def test_names_are_found_within_words_with_their_length() -> None:
    short, long = fresh_name(*WHOSE, 3, 10), fresh_name(*WHOSE, 4, 16)
    request = Request(
        "update", "PUT", f"/profiles/pc{long}", body=f'{{"a": "Pw1-{short}", "b": "hello there"}}'.encode()
    )
    names = Names(*WHOSE)
    assert names.made(request) == {short, long}
    new = anew(names.made(request))
    again = renamed(request, new)
    assert again.path == f"/profiles/pc{new[long]}"
    assert names.made(again) == frozenset()
    assert [len(name) for name in new.values()] == [len(name) for name in new]


def test_unique_ids_are_made_anew_in_their_form_but_not_those_of_the_target_file() -> None:
    ids = ["0f8fad5b-d9cb-469f-a165-70867728950e", "336104c3074a4687bb4a07f91dd30c45", "1" * 32]
    request = Request("update", "POST", "/", body=f"{ids[0]} {ids[1]}-12 {ids[2]}".encode())
    names = Names(*WHOSE, fixed=[ids[2]])
    assert names.unique(request) == set(ids[:2])
    assert [len(new) for new in anew(ids[:2]).values()] == [36, 32]


def test_given_values_are_found_in_json_xml_and_headers_and_put_in_by_themselves_only() -> None:
    answers = [
        Answer(200, (), b'{"response": [{"transid": "abc-123"}]}'),
        Answer(200, (), b"<a><b x='1'>abc-123</b></a>"),
        Answer(201, (("Location", "/profiles/abc-123"),), b""),
    ]
    for answer in answers:
        place = next(place for place, word in given_words(answer) if word == "abc-123")
        assert word_at(answer, place) == "abc-123"
        assert word_at(Answer(500, (), b"oops"), place) is None
    request = Request(
        "status", "GET", "/status/abc-123", "id=abc-1234", (("X", "abc-123"),), b'["abc-123", "xabc-123"]'
    )
    assert "abc-123" in sent_words(request)
    assert with_words(request, {"abc-123": "new/1"}) == Request(
        "status", "GET", "/status/new/1", "id=abc-1234", (("X", "new/1"),), b'["new/1", "xabc-123"]'
    )


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b'{"p": "***password***x"}', b'{"p": "p\\"<w/&x"}'),
        (b"<p>***password***</p>", b'<p>p"&lt;w/&amp;</p>'),
        (b"***nobody***", b"***nobody***"),
    ],
)
def test_secrets_come_back_as_the_body_wants_them(body: bytes, expected: bytes) -> None:
    token = base64.b64encode(b'agent:p"<w/&').decode()
    greeting = Request("query", "GET", "/", headers=(("Authorization", f"Basic {token}"),))
    secrets = Secrets(TARGET, greeting)
    headers = (("authorization", "Basic ***password***"), ("X", "***password***"))
    found = secrets.request(Request("update", "PUT", "/a/***password***", headers=headers, body=body))
    assert found.path == "/a/p%22%3Cw%2F%26"
    assert found.headers == (("authorization", f"Basic {token}"), ("X", 'p"<w/&'))
    assert found.body == expected


def test_an_exchange_is_read_back_from_the_record_alone() -> None:
    found = from_record(exchange(3), "https://127.0.0.1:8443/acme")
    assert (found.request.path, found.request.plain, found.number) == ("/resources/v2/customerprofile", False, 3)
    assert found.answer is not None
    assert found.answer.json() == {"code": "1002"}
