"""The Genesys oracle, shown handmade exchanges: it allows what the documents allow and nothing else."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

import specs
from conformance.genesys import Oracle
from conformance.judge import Judgement, Readings, Verdict
from conformance.session.exchange import Answer, Exchange, Pairs, Request
from conformance.target.model import Target

CONTRACT = specs.contract("genesys-ucs")
ATTRIBUTES = [{"name": n, "type": "string"} for n in ("First", "Last", "Mail")] + [{"name": "DOB", "type": "date"}]
EXTENSIONS = [
    {"name": "Address", "type": "single-valued", "attributes": [{"name": "Type", "type": "integer", "default": 0}]},
    {
        "name": "Bill",
        "type": "multi-valued",
        "unique": ["Id"],
        "attributes": [{"name": "Id", "type": "string", "length": 4, "mandatory": True}],
    },
    {"name": "Note", "type": "multi-valued", "attributes": [{"name": "Text", "type": "string"}]},
]
HELD: dict[str, Any] = {"First": "a", "Last": "b", "Address": {"Type": 7}, "Bill": [{"Id": "1"}, {"Id": "2"}]}
JSON: Pairs = (("Content-Type", "application/json"),)
ALL = "extensions=Address,Bill,Note"
SCHEMALESS = ("ContactCenterId", "empty")


class Story:
    """One customer, C1, told exchange by exchange."""

    def __init__(self, readings: dict[str, str], unlearned: tuple[str, ...] = ()) -> None:
        target = Target(
            CONTRACT.id,
            "t",
            "1",
            "https://t.invalid",
            data={"attributes": ATTRIBUTES, "extensions": EXTENSIONS, "schemaless_contact_center_id": SCHEMALESS[1]},
        )
        settled = {name: r.default for name, r in CONTRACT.readings.items() if name not in unlearned} | readings
        self.oracle = Oracle(CONTRACT, target, Readings(CONTRACT, settled))
        self.say("create", "POST", "/profiles", HELD, 201, {"customer_id": "C1"})
        self.query(HELD)

    def say(
        self,
        operation: str,
        method: str,
        path: str,
        body: Any,
        status: int,
        shown: Any,
        query: str = "",
        headers: Pairs = (),
    ) -> dict[str, Verdict]:
        """One exchange; the verdicts by requirement."""
        content = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        answer = Answer(status, JSON, b"" if shown is None else json.dumps(shown).encode())
        exchange = Exchange(1, "test", Request(operation, method, path, query, (*JSON, *headers), content), answer)
        judgements: list[Judgement] = self.oracle.judge(exchange)
        return {j.requirement: j.verdict for j in judgements}

    def update(
        self, body: Any, status: int = 200, shown: Any = (), customer: str = "C1", headers: Pairs = ()
    ) -> dict[str, Verdict]:
        """An update."""
        error = {"code": "x", "description": "y"}
        said = error if status >= 400 else [] if shown == () else shown
        return self.say("update", "PUT", f"/profiles/{customer}", body, status, said, headers=headers)

    def query(self, shown: dict[str, Any], customer: str = "C1") -> dict[str, Verdict]:
        """A query of everything."""
        profile = {"customer_id": customer, **shown}
        return self.say("query", "GET", f"/profiles/{customer}", None, 200, profile, ALL)


@pytest.fixture
def story() -> Callable[..., Story]:
    return lambda **readings: Story({name.replace("_", "-"): option for name, option in readings.items()})


EXT = {name: HELD[name] for name in ("Address", "Bill")}


def test_a_survivor_of_a_replaced_profile_is_a_failure(story: Callable[..., Story]) -> None:
    told = story()
    told.update({"First": "new"})
    assert told.query({"First": "new", "Last": "b", **EXT})["omitted-attributes-lost"] is Verdict.FAILED


@pytest.mark.parametrize(
    ("readings", "shown"),
    [
        ({}, {}),
        ({"dropped_attribute_read": "null"}, {"Last": None}),
        ({"dropped_attribute_read": "empty-array"}, {"Last": []}),
    ],
)
def test_a_lost_value_is_shown_as_the_reading_says(
    story: Callable[..., Story], readings: dict[str, str], shown: dict[str, Any]
) -> None:
    told = story(**readings)
    told.update({"First": "new"})
    assert Verdict.FAILED not in told.query({"First": "new", **shown, **EXT}).values()


def test_a_lost_extension_that_was_not_sent_with_others_is_no_failure(story: Callable[..., Story]) -> None:
    told = story()
    told.update({"First": "new", "Address": {"Type": 1}})
    assert Verdict.FAILED not in told.query({"First": "new", "Address": {"Type": 1}}).values()


def test_an_extension_lost_by_an_update_of_attributes_is_a_failure(story: Callable[..., Story]) -> None:
    told = story()
    told.update({"First": "new"})
    assert told.query({"First": "new", "Address": HELD["Address"]})["extensions-untouched"] is Verdict.FAILED


def test_records_may_come_in_any_order(story: Callable[..., Story]) -> None:
    told = story()
    told.update({"First": "n", "Bill": [{"Id": "8"}, {"Id": "9"}]})
    assert Verdict.FAILED not in told.query({"First": "n", "Bill": [{"Id": "9"}, {"Id": "8"}]}).values()


@pytest.mark.parametrize(
    ("order", "shown", "verdict"),
    [
        ("order-kept", ["b", "a", "b"], Verdict.PASSED),
        ("order-kept", ["b", "a"], Verdict.FAILED),
        ("order-kept-distinct", ["b", "a"], Verdict.PASSED),
        ("primary-only-kept", ["b", "a"], Verdict.PASSED),
        ("primary-only-kept", ["a", "b"], Verdict.FAILED),
    ],
)
def test_several_values_come_back_in_the_order_of_the_reading(
    story: Callable[..., Story], order: str, shown: list[str], verdict: Verdict
) -> None:
    told = story(multi_value_order=order)
    told.update({"First": ["b", "a", "b"]})
    assert told.query({"First": shown, **EXT})["several-values"] is verdict


@pytest.mark.parametrize(
    ("body", "status", "requirement", "verdict"),
    [
        ({"First": "x"}, 200, "success-status", Verdict.PASSED),
        ({"First": "x"}, 201, "success-status", Verdict.FAILED),
        ({"First": "x"}, 400, "update-by-address", Verdict.FAILED),
        ({"First": "x", "Other": "y"}, 400, "unknown-attributes-answered", Verdict.PASSED),
        ({"First": "x", "Other": "y"}, 200, "unknown-attributes-answered", Verdict.FAILED),
        ({"First": 1}, 400, "wrong-types-answered", Verdict.PASSED),
        ({"First": 1}, 422, "wrong-types-answered", Verdict.FAILED),
        ({"DOB": "yesterday"}, 200, "impossible-dates-refused", Verdict.FAILED),
        ({"customer_id": "C2", "First": "x"}, 409, "body-id-names-customer", Verdict.PASSED),
        ({"customer_id": "C2", "First": "x"}, 200, "body-id-names-customer", Verdict.FAILED),
        ({"customer_id": 1, "First": "x"}, 200, "body-id-text", Verdict.FAILED),
        ({"First": "x", "Bill": [{"Id": "1"}, {"Id": "1"}]}, 200, "extension-schema-enforced", Verdict.FAILED),
        (b"{", 400, "malformed-json-refused", Verdict.PASSED),
        (b"[]", 200, "malformed-json-refused", Verdict.FAILED),
        (b"{", 500, "no-server-error", Verdict.FAILED),
    ],
)
def test_the_status_of_an_update_is_judged_by_its_bytes(
    story: Callable[..., Story], body: Any, status: int, requirement: str, verdict: Verdict
) -> None:
    assert story().update(body, status)[requirement] is verdict


@pytest.mark.parametrize(
    "body",
    [
        b'{"First": "a", "First": "b"}',
        b'\xef\xbb\xbf{"First": "a"}',
        b'{"First": ' + b"[" * 3000 + b"]" * 3000 + b"}",
        b'{"First": ' + b"9" * 5000 + b"}",
    ],
)
@pytest.mark.parametrize("status", [200, 400])
def test_what_the_json_standard_leaves_open_is_never_accused(
    story: Callable[..., Story], body: bytes, status: int
) -> None:
    assert Verdict.FAILED not in story().update(body, status).values()


def test_a_refused_update_that_changed_something_is_a_failure(story: Callable[..., Story]) -> None:
    told = story()
    told.update({"First": "x", "DOB": "yesterday"}, 400)
    assert told.query({**HELD, "First": "x"})["refused-changes-nothing"] is Verdict.FAILED


def test_a_partial_implementation_is_not_accused_of_what_its_reading_allows(story: Callable[..., Story]) -> None:
    told = story(invalid_member="partial")
    told.update({"First": "x", "DOB": "yesterday"}, 400)
    assert Verdict.FAILED not in told.query({**HELD, "First": "x"}).values()


def test_what_was_perhaps_never_stored_need_not_be_shown_as_lost(story: Callable[..., Story]) -> None:
    told = story(invalid_member="partial", dropped_attribute_read="null")
    told.update({**HELD, "Mail": "a@example.com", "DOB": "yesterday"}, 400)
    told.update({"First": "a"})
    assert Verdict.FAILED not in told.query({"First": "a", "Last": None, **EXT}).values()


@pytest.mark.parametrize("kept", [[{"Id": "1"}], [{"Id": "1"}, {"Id": "1"}]])
def test_records_that_share_their_key_already_may_be_merged_or_stay(
    story: Callable[..., Story], kept: list[dict[str, str]]
) -> None:
    told = story(multi_valued_records="merge-by-unique")
    told.say("insertRecords", "POST", "/profiles/C1/extensions", {"Bill": [{"Id": "1"}]}, 200, [])
    told.query({**HELD, "Bill": [{"Id": "1"}, {"Id": "1"}]})
    told.update({"First": "a", "Last": "b", "Bill": [{"Id": "3"}]})
    assert Verdict.FAILED not in told.query({"First": "a", "Last": "b", "Bill": [*kept, {"Id": "3"}]}).values()


def test_a_change_of_another_customer_is_a_failure(story: Callable[..., Story]) -> None:
    told = story()
    told.say("create", "POST", "/profiles", HELD, 201, {"customer_id": "C2"})
    told.update({"First": "x"}, customer="C2")
    assert told.query({**HELD, "Last": "x"})["other-customers-untouched"] is Verdict.FAILED


def test_a_returned_profile_must_be_the_stored_one(story: Callable[..., Story]) -> None:
    told = story(success_body="profile")
    assert told.update({"First": "x"}, shown={"customer_id": "C1", **HELD})["success-body"] is Verdict.FAILED


def test_open_readings_accuse_nobody(story: Callable[..., Story]) -> None:
    told = story()
    told.oracle.readings = Readings(CONTRACT)
    oracle = Oracle(CONTRACT, told.oracle.target, Readings(CONTRACT))
    oracle.world = told.oracle.world
    told.oracle = oracle
    for status in (200, 400):
        assert Verdict.FAILED not in told.update({"First": "x", "Other": "y", "Mail": None}, status).values()


def test_an_unknown_customer_is_judged_leniently(story: Callable[..., Story]) -> None:
    assert Verdict.FAILED not in story().update({"First": "x"}, 404, customer="Nobody").values()


# Exchanges that overlap


def together(told: Story, *answers: tuple[dict[str, Any] | None, int, Any]) -> dict[str, Verdict]:
    """Updates (with a body) and queries of C1 at the same time; the worst verdict of each requirement."""
    found = []
    for body, status, shown in answers:
        method, operation = ("GET", "query") if body is None else ("PUT", "update")
        sent = None if body is None else json.dumps(body).encode()
        request = Request(operation, method, "/profiles/C1", ALL if body is None else "", JSON, sent)
        found.append(Exchange(1, "test", request, Answer(status, JSON, json.dumps(shown).encode())))
    judgements = told.oracle.judge_overlapping(found)
    return {j.requirement: j.verdict for j in sorted(judgements, key=lambda j: j.verdict is Verdict.FAILED)}


OVERLAP: tuple[tuple[dict[str, Any], int, Any], ...] = (
    ({"First": "x", **EXT}, 200, []),
    ({"First": "y", "Last": "z", **EXT}, 200, []),
)


@pytest.mark.parametrize("shown", [{"First": "x", **EXT}, {"First": "y", "Last": "z", **EXT}, HELD])
def test_nobody_is_accused_of_an_order_that_was_never_known(story: Callable[..., Story], shown: dict[str, Any]) -> None:
    told = story()
    query = (None, 200, {"customer_id": "C1", **shown})
    assert Verdict.FAILED not in together(told, OVERLAP[0], query, OVERLAP[1]).values()
    assert Verdict.FAILED not in told.query(shown).values()


def test_after_an_overlap_the_next_update_counts_again(story: Callable[..., Story]) -> None:
    told = story()
    together(told, *OVERLAP)
    told.update({"First": "n", **EXT})
    assert told.query({"First": "n", "Last": "z", **EXT})["omitted-attributes-lost"] is Verdict.FAILED


@pytest.mark.parametrize(
    ("readings", "status", "requirement", "verdict"),
    [
        ({}, 200, "success-status", Verdict.PASSED),
        ({}, 201, "success-status", Verdict.FAILED),
        ({}, 500, "no-server-error", Verdict.FAILED),
        ({}, 400, "update-by-address", Verdict.FAILED),
        ({}, 409, "update-by-address", Verdict.FAILED),
        ({"concurrent_updates": "conflict"}, 409, "update-by-address", None),
        ({"prior_retrieval": "enforced"}, 412, "update-by-address", None),
        ({}, 429, "update-by-address", None),
        ({}, 503, "no-server-error", None),
    ],
)
def test_an_answer_among_others_is_judged_by_itself(
    story: Callable[..., Story], readings: dict[str, str], status: int, requirement: str, verdict: Verdict | None
) -> None:
    found = together(story(**readings), OVERLAP[0], ({"First": "y", **EXT}, status, {"code": "x", "description": "y"}))
    if verdict is None:
        assert Verdict.FAILED not in found.values()
    else:
        assert found[requirement] is verdict


@pytest.mark.parametrize("shown", [HELD, {"First": "x", **EXT}])
@pytest.mark.parametrize(("customer", "headers"), [("c1", ()), ("%431", ()), ("C1", (("ContactCenterId", "another"),))])
def test_an_id_or_a_tenant_in_another_form_may_mean_the_same_customer_or_not(
    story: Callable[..., Story], customer: str, headers: Pairs, shown: dict[str, Any]
) -> None:
    told = story()
    said = told.update({"First": "x"}, customer=customer, headers=headers)
    assert Verdict.FAILED not in {*said.values(), *told.query(shown).values()}


def test_an_id_that_is_decoded_twice_changes_another_customer(story: Callable[..., Story]) -> None:
    told = story()
    told.update({"First": "x"}, customer="%25431")
    assert told.query({"First": "x", **EXT})["other-customers-untouched"] is Verdict.FAILED


@pytest.mark.parametrize(("status", "verdict"), [(404, Verdict.PASSED), (400, Verdict.FAILED), (200, Verdict.FAILED)])
def test_a_contact_center_without_schema_answers_404(
    story: Callable[..., Story], status: int, verdict: Verdict
) -> None:
    assert story().update({"First": "x"}, status, headers=(SCHEMALESS,))["schema-exists"] is verdict


@pytest.mark.parametrize(
    ("reading", "notes", "verdict"),
    [
        ("kept", ["a", "a", "b"], Verdict.PASSED),
        ("kept", ["a", "b"], Verdict.FAILED),
        ("collapsed", ["a", "b"], Verdict.PASSED),
        ("collapsed", ["a", "a", "b"], Verdict.FAILED),
        ("collapsed", ["a"], Verdict.FAILED),
    ],
)
def test_equal_records_are_kept_or_collapse_as_the_reading_says(
    story: Callable[..., Story], reading: str, notes: list[str], verdict: Verdict
) -> None:
    told = story(equal_records=reading, unsent_extension="per-extension")
    told.update({"First": "x", "Note": [{"Text": text} for text in ("a", "b", "a")]})
    shown = {"First": "x", **EXT, "Note": [{"Text": text} for text in notes]}
    assert told.query(shown)["extension-replaced"] is verdict


def test_a_name_in_another_case_replaces_the_attribute_where_case_does_not_matter(story: Callable[..., Story]) -> None:
    told = story(attribute_name_case="insensitive")
    told.update({"FIRST": "x"})
    assert told.query({"First": "a", **EXT})["sent-attributes-stored"] is Verdict.FAILED


def test_a_body_of_another_kind_than_before_is_worth_a_note(story: Callable[..., Story]) -> None:
    told = story(success_body="profile")
    assert told.update({}, shown={"customer_id": "C1"})["success-body"] is Verdict.PASSED
    assert told.update({"First": "x"}, shown={"customer_id": "C1"})["success-body"] is Verdict.PASSED


def test_an_attribute_that_no_schema_has_is_lost_in_any_form(story: Callable[..., Story]) -> None:
    told = story(unknown_attribute="stored", dropped_attribute_read="null")
    told.update({"First": "x", "Other": "y"})
    told.update({"First": "x"})
    shown = {"First": "x", "Last": None, "Mail": None, "DOB": None, **EXT}
    assert Verdict.FAILED not in told.query(shown).values()


BASIC = "Basic YWdlbnQ6c2VjcmV0LXNlY3JldA=="


@pytest.mark.parametrize(
    ("shown", "verdict"),
    [
        ({"code": "x", "description": "wrong password"}, Verdict.PASSED),
        ({"code": "x", "description": "agent:secret-secret"}, Verdict.FAILED),
        ({"code": "x", "description": BASIC}, Verdict.FAILED),
    ],
)
def test_a_refusal_that_shows_the_password_is_a_failure(
    story: Callable[..., Story], shown: dict[str, Any], verdict: Verdict
) -> None:
    headers = (("Authorization", BASIC),)
    told = story().say("update", "PUT", "/profiles/C1", {"First": 1}, 400, shown, headers=headers)
    assert told["credentials-not-shown"] is verdict


@pytest.mark.parametrize("body", [b'{"First": NaN}', b'{"First": \xff}', b'{"First": "a\nb"}'])
def test_what_is_no_json_must_be_refused(story: Callable[..., Story], body: bytes) -> None:
    assert story().update(body, 200)["malformed-json-refused"] is Verdict.FAILED
    assert story().update(body, 400)["malformed-json-refused"] is Verdict.PASSED


@pytest.mark.parametrize(
    ("media", "verdict"),
    [
        ('Application/JSON; Charset="UTF-8"', Verdict.FAILED),
        ("application/json;charset=utf-8", Verdict.FAILED),
        ("application/json; charset=iso-8859-1", None),
    ],
)
def test_a_charset_that_json_has_anyway_is_no_reason_to_refuse(
    story: Callable[..., Story], media: str, verdict: Verdict | None
) -> None:
    told = story()
    request = Request("update", "PUT", "/profiles/C1", "", (("Content-Type", media),), b'{"First": "x"}')
    judged = told.oracle.judge(Exchange(1, "test", request, Answer(415, JSON, b'{"code": "x"}')))
    failed = {j.requirement for j in judged if j.verdict is Verdict.FAILED}
    assert ("json-content-type" in failed) is (verdict is Verdict.FAILED)
