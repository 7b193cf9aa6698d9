"""The Genesys oracle allows what no document decides: what strangers made of the silences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from conformance.genesys.wire import created_id
from conformance.judge import Verdict
from conformance.session.exchange import Answer, Exchange, Request
from strategies.genesys import schema_of
from tests.oracles.test_genesys import ATTRIBUTES, EXT, EXTENSIONS, HELD, Story


@pytest.fixture
def story() -> Callable[..., Story]:
    return lambda **readings: Story({name.replace("_", "-"): option for name, option in readings.items()})


@pytest.mark.parametrize("records", [[{"Text": "x"}], [{"Id": "1"}, {"Id": None, "Text": "x"}]], ids=["absent", "null"])
@pytest.mark.parametrize("status", [200, 400, 409])
def test_a_record_without_what_identifies_it_is_stored_or_refused(records: list[Any], status: int) -> None:
    told = Story({})
    extension = {"name": "Bill", "type": "multi-valued", "unique": ["Id"]}
    fields = [{"name": "Id", "type": "string"}, {"name": "Text", "type": "string"}]
    told.oracle.world.schema = schema_of(ATTRIBUTES, [{**extension, "attributes": fields}])
    assert Verdict.FAILED not in told.update({"First": "a", "Bill": records}, status).values()


@pytest.mark.parametrize(
    ("reading", "location", "status", "wrong"),
    [
        ("required", "", 428, False),
        ("required", "nowhere", 200, False),
        ("required", "/profiles/C2", 409, False),
        ("required", "http://[", 400, False),
        ("required", "/profiles/C1", 400, True),
        ("required", "https://t.invalid/profiles/C1", 400, True),
        ("ignored", "nowhere", 400, False),
        ("ignored", "nowhere", 409, True),
        ("ignored", "/profiles/C1", 400, True),
    ],
)
def test_a_content_location_that_is_none_may_be_refused(
    story: Callable[..., Story], reading: str, location: str, status: int, wrong: bool
) -> None:
    said = story(content_location=reading).update({"First": "a"}, status, headers=(("Content-Location", location),))
    assert (Verdict.FAILED in said.values()) is wrong


@pytest.mark.parametrize("option", ["reject-4xx", "uri-wins"])
@pytest.mark.parametrize("status", [200, 400])
def test_a_blank_id_in_the_body_may_count_as_none(story: Callable[..., Story], option: str, status: int) -> None:
    said = story(body_id_differs=option).update({"customer_id": " ", "First": "a"}, status)
    assert Verdict.FAILED not in said.values()


@pytest.mark.parametrize(
    ("option", "kind", "given", "status", "wrong"),
    [
        ("uri-wins", "coerced", 4711, 200, False),
        ("uri-wins", "coerced", False, 400, False),
        ("uri-wins", "400", 4711, 200, True),
        ("uri-wins", "coerced", ["x"], 200, True),
        ("reject-4xx", "coerced", 4711, 409, False),
        ("reject-4xx", "coerced", 4711, 200, True),
    ],
)
def test_a_number_as_id_of_the_body_may_count_as_its_text(
    story: Callable[..., Story], option: str, kind: str, given: Any, status: int, wrong: bool
) -> None:
    told = story(body_id_differs=option, wrong_json_type=kind)
    assert (Verdict.FAILED in told.update({"customer_id": given, "First": "a"}, status).values()) is wrong


def test_members_of_the_server_are_its_own_even_when_they_were_sent_back(story: Callable[..., Story]) -> None:
    told = story(unknown_attribute="stored")
    told.query({**HELD, "revision": "1"})
    for number in (2, 3):
        said = told.update({"First": "a", "Last": "b", "revision": "1"})
        seen = told.query({"First": "a", "Last": "b", **EXT, "revision": str(number)})
        assert Verdict.FAILED not in {*said.values(), *seen.values()}


@pytest.mark.parametrize("after", [None, "x", "y"])
def test_what_the_server_keeps_itself_is_never_judged(after: str | None) -> None:
    told = Story({})
    own = {"name": "Agent", "type": "string", "internal": True}
    told.oracle.world.schema = schema_of([*ATTRIBUTES, own], EXTENSIONS)
    assert Verdict.FAILED not in told.query({"Agent": "x", "First": "c"}, "C2").values()
    told.update({"First": "a"})
    assert Verdict.FAILED not in told.query({"Agent": after, "First": "c"}, "C2").values()
    told.update({"First": "d"}, customer="C2")
    assert Verdict.FAILED not in told.query({"Agent": after, "First": "d"}, "C2").values()


@pytest.mark.parametrize(
    ("ordinary", "status", "wrong"), [("204", 200, False), ("204", 204, False), ("200", 204, True)]
)
def test_an_update_that_creates_may_answer_200(
    story: Callable[..., Story], ordinary: str, status: int, wrong: bool
) -> None:
    told = story(unknown_customer="upsert-200", success_status=ordinary)
    told.say("query", "GET", "/profiles/new", None, 404, {"code": "x", "description": "y"})
    said = told.update({"First": "a"}, status, None, customer="new")
    assert (Verdict.FAILED in said.values()) is wrong


@pytest.mark.parametrize(
    "shown", [ATTRIBUTES, {"attributes": ATTRIBUTES}, [{"name": "profile", "attributes": ATTRIBUTES}]]
)
def test_the_profile_schema_has_many_shapes(shown: Any) -> None:
    assert schema_of(shown, []).names == schema_of(ATTRIBUTES, []).names


@pytest.mark.parametrize("option", ["insensitive", "exact"])
def test_an_attribute_with_an_odd_name_has_another_case_too(story: Callable[..., Story], option: str) -> None:
    told = story(attribute_name_case=option)
    told.oracle.world.schema = schema_of([*ATTRIBUTES, {"name": "Segment.Code", "type": "string"}], EXTENSIONS)
    said = told.update({"First": "a", "sEGMENT.cODE": "x"}, 200)
    assert (Verdict.FAILED in said.values()) is (option == "exact")


@pytest.mark.parametrize(
    ("body", "wrong"), [({}, True), ({"customer_id": "C1"}, False), ({"Note": [{"Text": "x"}]}, True)]
)
def test_an_id_alone_need_not_count_as_an_empty_body(
    story: Callable[..., Story], body: dict[str, Any], wrong: bool
) -> None:
    told = story(empty_body="400", extensions_only_body="400")
    assert Verdict.FAILED not in told.update(body, 400).values()
    assert (Verdict.FAILED in told.update(body, 200).values()) is wrong


@pytest.mark.parametrize("shape", ["scalar", "array", "preserve"])
@pytest.mark.parametrize("shown", ["x", ["x"]])
def test_an_unknown_attribute_that_is_stored_has_any_shape(story: Callable[..., Story], shape: str, shown: Any) -> None:
    told = story(unknown_attribute="stored", single_value_shape=shape)
    told.update({"First": "a", "Unheard": "x"})
    first = ["a"] if shape == "array" else "a"
    assert Verdict.FAILED not in told.query({"First": first, **EXT, "Unheard": shown}).values()
    assert Verdict.FAILED in told.query({"First": first, **EXT, "Unheard": "y"}).values()


def test_a_refused_id_that_is_no_text_counts_where_its_reading_is_not_known() -> None:
    told = Story({}, unlearned=("body-customer-id", "body-id-differs"))
    said = told.update({"customer_id": 4711, "First": "a"}, 422)
    assert said["body-id-text"] is Verdict.PASSED


@pytest.mark.parametrize(
    ("body", "requirement"),
    [
        ({"First": "<b>"}, "text-values"),
        ({"First": "x" * 300}, "text-values"),
        ({"First": ["x", "y"]}, "several-values"),
        ({"DOB": "yesterday"}, "impossible-dates-refused"),
        ({"First": "x", "Address": {"Type": None}}, "extension-schema-enforced"),
        ([], "malformed-json-refused"),
        ("text", "malformed-json-refused"),
    ],
)
@pytest.mark.parametrize("status", [400, 409, 422])
def test_content_may_be_refused_with_any_status_where_no_document_names_one(
    story: Callable[..., Story], body: Any, requirement: str, status: int
) -> None:
    said = story(attribute_array="scalar-only").update(body, status)
    assert Verdict.FAILED not in said.values()
    assert said.get(requirement) in (None, Verdict.PASSED)
    assert Verdict.FAILED in story(attribute_array="scalar-only").update(body, 404).values()


@pytest.mark.parametrize("body", [b"{", {"First": 1}, {"First": "x", "Other": "y"}])
def test_content_must_be_refused_with_the_status_that_the_documents_name(
    story: Callable[..., Story], body: Any
) -> None:
    assert Verdict.FAILED not in story().update(body, 400).values()
    assert Verdict.FAILED in story().update(body, 422).values()


@pytest.mark.parametrize(("operation", "method"), [("query", "GET"), ("update", "PUT")])
@pytest.mark.parametrize(
    ("customer", "query", "own"),
    [("C1", "", True), ("0" * 16, "", True), ("0" * 17, "", True), ("C1", "x" * 300, False)],
)
def test_a_414_to_a_short_address_is_no_refusal_to_serve(
    story: Callable[..., Story], operation: str, method: str, customer: str, query: str, own: bool
) -> None:
    request = Request(operation, method, f"/profiles/{customer}", query)
    exchange = Exchange(1, "test", request, Answer(414, (), b""))
    assert story().oracle.own_answer(exchange) is own


def test_a_414_to_an_id_of_at_most_16_characters_is_a_failure(story: Callable[..., Story]) -> None:
    assert story().update({"First": "x"}, 414)["id-up-to-16"] is Verdict.FAILED


@pytest.mark.parametrize(("location", "name"), [("/profiles/x1", "x1"), ("http://[::1/profiles/x", None), ("", None)])
def test_an_address_that_is_none_names_no_new_customer(location: str, name: str | None) -> None:
    assert created_id(Answer(201, (("Location", location),), b"")) == name


@pytest.mark.parametrize(
    ("sent", "shown", "wrong"),
    [
        (b"a\xffb", "a\ufffdb", False),
        (b"a\xe2\x82b", "a\ufffdb", False),
        (b"a\xe2\x82b", "a\ufffd\ufffdb", False),
        (b"\xed\xa0\xbd\xed\xb9\x82", "\ufffd" * 6, False),
        (b"\xed\xa0\xbd\xed\xb9\x82", "\U0001f642", True),
        (b"a\xffb", "a\ufffd\ufffdb", True),
        (b"a\xffb", "a\u00ffb", True),
        (b"a\xffb", "ab", True),
        (b"\xc3(", "\ufffd", True),
    ],
)
def test_bytes_that_are_no_utf_8_may_be_replaced_and_nothing_else(
    story: Callable[..., Story], sent: bytes, shown: str, wrong: bool
) -> None:
    told = story()
    note = b'[{"Text": "' + sent + b'"}]'
    said = told.update(b'{"First": "' + sent + b'", "Note": ' + note + b"}")
    assert Verdict.FAILED not in said.values()
    looked = told.query({"First": shown, "Note": [{"Text": shown}]})
    assert (Verdict.FAILED in looked.values()) is wrong


def test_bytes_that_are_no_utf_8_may_be_refused_with_400_and_not_with_any_status(story: Callable[..., Story]) -> None:
    assert story().update(b'{"First": "\xff"}', 400)["malformed-json-refused"] is Verdict.PASSED
    assert Verdict.FAILED in story().update(b'{"First": "\xff"}', 404).values()


@pytest.mark.parametrize(("text", "wrong"), [("<b>", False), ("x" * 300, False), ("plain", True)])
def test_a_text_of_an_unknown_member_that_is_stored_may_be_refused_as_any_text(
    story: Callable[..., Story], text: str, wrong: bool
) -> None:
    said = story(unknown_attribute="stored").update({"First": "a", "Other": text}, 422)
    assert (Verdict.FAILED in said.values()) is wrong
