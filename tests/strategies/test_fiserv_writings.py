"""Every writing of a message means the message, to readers that are not ours."""

from __future__ import annotations

import json
from typing import Any

import pytest
from lxml import etree

from conformance.fiserv.asked import ask
from conformance.session.exchange import Request
from strategies.fiserv.profiles import Words, full_profile
from strategies.fiserv.schema import Content, resolved
from strategies.fiserv.wire import NAMESPACE, Format
from strategies.fiserv.writings import REQUEST_ID_END, TEXTS, Writing, writings

SCHEMA = resolved("update-request")
WRITINGS = [writing for format_ in Format for writing in writings(format_)]


def message() -> Content:
    profile = full_profile(Words(), "Mark")
    names = ("LastName", "FirstName", "MiddleName", "DisplayName")
    profile["PersonInfo"]["PersonName"] = dict(zip(names, TEXTS, strict=True))
    password = {"CryptType": "None", "CryptVal": "Pw1-secret"}
    info = {"UserID": "some_body", "HomeID": 7, "UserPassword": password, "Role": "User"}
    return {
        "partnerID": 1,
        "RqUID": f"r{REQUEST_ID_END}",
        "SignonRq": {"UserInfo": info},
        "UserProfileModRq": {"UserProfile": {"HomeID": 7, "UserID": "some_body", **profile}},
    }


@pytest.mark.parametrize("writing", WRITINGS, ids=repr)
def test_it_is_read_as_what_it_means(writing: Writing) -> None:
    headers = (("Content-Type", writing.format.media_type),)
    body = writing.write(message(), SCHEMA)
    asked = ask("update", Request("update", "POST", "/x", headers=headers, body=body))
    assert asked.content == message()
    assert asked.gray == ""
    assert {defect.kind for defect in asked.defects} <= {"namespace", "remarks"}


@pytest.mark.parametrize("writing", writings(Format.XML), ids=repr)
def test_all_elements_stand_in_the_namespace_or_none_does(writing: Writing) -> None:
    root = etree.fromstring(writing.write(message(), SCHEMA))
    used = {etree.QName(element).namespace for element in root.iter(etree.Element)}
    assert used == ({NAMESPACE} if writing.namespaced else {None})


def test_no_two_are_the_same() -> None:
    assert len({writing.write(message(), SCHEMA) for writing in WRITINGS}) == len(WRITINGS)


def test_json_names_and_values_are_escaped() -> None:
    everything = next(w for w in writings(Format.JSON) if w.name == "everything escaped")
    body = everything.write({"a": "\U0001f642", "b": [1, True]}, {})
    assert body == rb'{"\u0061": "\ud83d\ude42", "\u0062": [1, true]}'
    value: Any = json.loads(body)
    assert value == {"a": "\U0001f642", "b": [1, True]}


def test_only_those_namespaces_are_used_that_may_be() -> None:
    assert {w.namespaced for w in writings(Format.XML, namespaces=frozenset({True}))} == {True}
    assert {w.namespaced for w in writings(Format.XML, namespaces=frozenset({False}))} == {False}
