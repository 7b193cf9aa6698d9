"""What the Fiserv strategies promise: valid means valid, and one edit breaks one thing."""

from __future__ import annotations

import json
from typing import Any

import hypothesis
import pytest
import xmlschema
from hypothesis import HealthCheck, given
from lxml import etree

import specs
from conformance.fiserv import xml
from conformance.fiserv.asked import validator
from strategies.fiserv.documents import broken_json, broken_xml, sent_by, updates
from strategies.fiserv.documents import xsd as xsd_of_updates
from strategies.fiserv.edits import unknown_members, without_required, wrong_types
from strategies.fiserv.profiles import Words, full_profile, profiles
from strategies.fiserv.schema import Content, resolved
from strategies.fiserv.values import AWKWARD, emails, long_texts, not_emails, request_ids, unknown_homes
from strategies.fiserv.wire import NAMESPACE, Format, Style, to_xml

WORDS = Words()
SCHEMA = resolved("update-request")
CONTRACT = specs.contract("fiserv-alldata")
few = hypothesis.settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck), database=None)


def message(profile: Content) -> Content:
    password = {"CryptType": "None", "CryptVal": "secret"}
    info = {"UserID": "somebody", "HomeID": 7, "UserPassword": password, "Role": "User"}
    named = {"HomeID": 7, "UserID": "somebody", **profile}
    return {
        "partnerID": 1,
        "RqUID": "r",
        "SignonRq": {"UserInfo": info},
        "UserProfileModRq": {"UserProfile": named},
    }


FULL = message({**full_profile(WORDS, "Mark"), "InstallID": 3})
EDITS: dict[str, list[Any]] = {
    "without a required member": [*without_required(FULL)],
    "a value of a wrong type": [*wrong_types(FULL)],
    "an unknown member": [*unknown_members(FULL)],
}


@pytest.fixture(scope="module")
def xsd() -> xmlschema.XMLSchema:
    return xmlschema.XMLSchema(str(CONTRACT.path("alldata.xsd")), defuse="always")


@pytest.fixture(scope="module")
def second_xsd() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(CONTRACT.path("alldata.xsd"))))


@few
@given(profiles(WORDS))
def test_a_profile_is_valid_json(profile: Content) -> None:
    assert list(validator("update-request").iter_errors(message(profile))) == []


@few
@given(profiles(WORDS))
def test_a_profile_is_valid_xml_for_both_validators(
    xsd: xmlschema.XMLSchema, second_xsd: etree.XMLSchema, profile: Content
) -> None:
    body = to_xml(message(profile), SCHEMA)
    assert xsd.is_valid(body)
    assert second_xsd.validate(etree.fromstring(body))


@few
@given(profiles(WORDS))
def test_xml_carries_the_same_content_as_json(profile: Content) -> None:
    content = message(profile)
    assert xml.convert(xml.parse(to_xml(content, SCHEMA)), SCHEMA).content == content


@pytest.mark.parametrize("style", Style)
def test_every_style_carries_every_awkward_text(style: Style) -> None:
    def carried(text: str) -> Any:
        content = message({"PersonInfo": {"NameAddrType": "Customer", "PersonName": {"LastName": text}}})
        found = xml.convert(xml.parse(to_xml(content, SCHEMA, style=style)), SCHEMA).content
        return found["UserProfileModRq"]["UserProfile"]["PersonInfo"]["PersonName"]["LastName"]

    assert [carried(text) for text in AWKWARD] == [*AWKWARD]


def test_a_namespaced_message_is_valid_against_the_including_schema() -> None:
    schema = xmlschema.XMLSchema(str(CONTRACT.path("alldata-wm.xsd")), defuse="always")
    assert schema.is_valid(to_xml(FULL, SCHEMA, namespace=NAMESPACE))


def test_a_reordered_message_differs_in_nothing_but_its_order() -> None:
    found = xml.convert(xml.parse(to_xml(FULL, SCHEMA, reordered=("PersonName",))), SCHEMA)
    assert (found.content, bool(found.out_of_order)) == (FULL, True)


@pytest.mark.parametrize("kind", EDITS)
def test_an_edit_breaks_exactly_one_rule_of_the_json_schema(kind: str) -> None:
    broken = {repr(edit): len(list(validator("update-request").iter_errors(edit(FULL)))) for edit in EDITS[kind]}
    assert broken == dict.fromkeys(broken, 1)


@pytest.mark.parametrize("kind", EDITS)
def test_an_edit_that_xml_can_express_breaks_the_xsd(
    xsd: xmlschema.XMLSchema, second_xsd: etree.XMLSchema, kind: str
) -> None:
    bodies = {repr(edit): to_xml(edit(FULL), SCHEMA) for edit in EDITS[kind] if Format.XML in edit.formats}
    assert bodies
    assert [name for name, body in bodies.items() if xsd.is_valid(body)] == []
    assert [name for name, body in bodies.items() if second_xsd.validate(etree.fromstring(body))] == []


def test_an_edit_leaves_the_content_alone() -> None:
    before = repr(FULL)
    for edit in without_required(FULL):
        edit(FULL)
    assert repr(FULL) == before


@few
@given(emails(), not_emails())
def test_addresses_have_one_at_sign_and_others_have_not_one_between_words(right: str, wrong: str) -> None:
    assert (right.count("@"), len(right) < 255) == (1, True)
    assert wrong.count("@") != 1 or wrong.startswith("@") or wrong.endswith("@") or " " in wrong


@few
@given(unknown_homes(50040009))
def test_an_unknown_home_is_an_int64_and_not_the_home(home: int) -> None:
    assert -(2**63) <= home < 2**63
    assert home != 50040009


@few
@given(long_texts(), request_ids())
def test_texts_have_no_white_space_at_their_ends(text: str, request_id: str) -> None:
    assert [text.strip(), request_id.strip()] == [text, request_id]


@few
@given(updates())
def test_a_generated_update_becomes_the_senders_own_and_stays_valid(document: bytes) -> None:
    sent = etree.fromstring(sent_by(document, to_xml(message({}), SCHEMA)))
    content = xml.convert(sent, SCHEMA).content

    assert xsd_of_updates().is_valid(sent)
    assert content["UserProfileModRq"]["UserProfile"]["UserID"] == "somebody"
    assert content["SignonRq"] == message({})["SignonRq"]


def test_what_is_broken_is_broken_for_the_schema_and_every_rule_has_its_share() -> None:
    in_xml, in_json = broken_xml(to_xml(FULL, SCHEMA), 2), broken_json(FULL, 2)

    assert not any(xsd_of_updates().is_valid(etree.fromstring(each.document)) for each in in_xml)
    assert not any(validator("update-request").is_valid(json.loads(each.document)) for each in in_json)
    assert {"minOccurs", "type", "enumeration", "order", "unknown element"} <= {each.rule for each in in_xml}
    assert {"required", "type", "enum", "maximum"} <= {each.rule for each in in_json}
