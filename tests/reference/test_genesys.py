"""The Genesys reference: correct as it stands, switchable as the register says, faulty where it is told to be."""

from __future__ import annotations

import random

import pytest
import requests

import specs
from conformance.reference.core import Settings, Switches
from conformance.reference.genesys import SERVICE
from conformance.reference.server import ReferenceServer
from tests.reference.genesys_script import BILLS, CUSTOMER, EVERY, FULL, OTHER, SURVEY, Agent

CONTRACT = specs.contract("genesys-ucs")
EXAMPLE = next(e for e in CONTRACT.examples if e.kind == "request").content()


def shown(agent: Agent, path: str = CUSTOMER) -> dict[str, object]:
    status, content, _ = agent.get(path)
    assert status == 200
    assert isinstance(content, dict)
    return content


def test_the_example_of_the_document_becomes_the_profile() -> None:
    agent = Agent()
    assert agent.put(CUSTOMER, EXAMPLE)[:2] == (200, [])
    profile = shown(agent)
    assert profile["EmailAddress"] == ["bruce.banner@marvelous.com", "b.banner@hulk.dom"]
    assert profile["DOB"] == "1962-05-10"
    assert "Title" not in profile
    assert profile["Address"]["PostCode"] == "555"  # type: ignore[index]


def test_everything_sent_comes_back() -> None:
    agent = Agent()
    agent.put(CUSTOMER, FULL)
    assert shown(agent) == {"customer_id": "00027a52JCGY000M", **FULL}


def test_an_update_without_extensions_leaves_them_untouched() -> None:
    agent = Agent()
    agent.put(CUSTOMER, FULL)
    agent.put(CUSTOMER, {"Title": "new"})
    profile = shown(agent)
    assert (profile["Bill"], profile["Survey"], profile["Newsletter"]) == (BILLS[:5], SURVEY, {})
    assert "FirstName" not in profile


def test_an_update_with_one_extension_replaces_the_set() -> None:
    agent = Agent()
    agent.put(CUSTOMER, FULL)
    agent.put(CUSTOMER, {"Title": "new", "Bill": BILLS[:1]})
    assert shown(agent) == {"customer_id": "00027a52JCGY000M", "Title": "new", "Bill": BILLS[:1]}


def test_a_refused_update_changes_nothing() -> None:
    agent = Agent()
    before = shown(agent)
    assert agent.put(CUSTOMER, {"FirstName": "x", "Bill": BILLS, "DOB": "2021-02-29"})[0] == 400
    assert shown(agent) == before


def test_a_query_shows_the_named_extensions_alone() -> None:
    agent = Agent()
    agent.put(CUSTOMER, FULL)
    content = agent.get(CUSTOMER, "extensions=bill,SURVEY,nothing")[1]
    assert {"Bill", "Survey"} == {"Address", "Bill", "Note", "Newsletter", "Survey"} & set(content)


def test_a_generated_id_has_16_characters_and_a_location() -> None:
    reply = Agent().send("POST", "/profiles", {"FirstName": "x"})
    location = dict(reply.headers)["Location"]
    assert reply.status == 201
    assert len(location) == len("/profiles/") + 16


def test_a_record_is_updated_and_deleted_by_its_unique_attributes() -> None:
    agent = Agent()
    agent.put(CUSTOMER, {"Bill": BILLS[:3]})
    by = f"{CUSTOMER}/extensions/Bill"
    assert agent.put(f"{by}/by/unique", {"BillId": "b1", "Subject": "new"})[0] == 204
    assert agent.put(f"{by}/delete/by/unique", {"BillId": "b0"})[0] == 204
    assert agent.put(f"{by}/delete/by/unique", {"BillId": "b0"})[0] == 404
    assert shown(agent)["Bill"] == [{"BillId": "b1", "Subject": "new", "Month": 1}, BILLS[2]]


def test_inserted_records_replace_those_of_their_extension_alone() -> None:
    agent = Agent()
    agent.put(CUSTOMER, FULL)
    assert agent.send("POST", f"{CUSTOMER}/extensions", {"Bill": BILLS[:1]}).status == 200
    assert shown(agent)["Bill"] == BILLS[:1]
    assert shown(agent)["Survey"] == SURVEY


def test_an_extension_lives_from_its_schema_to_the_deletion_of_it() -> None:
    agent = Agent()
    schema = {"name": "Pet", "type": "single-valued", "attributes": [{"name": "Name", "type": "string"}]}
    assert agent.send("POST", "/metadata/profiles/extensions", schema).status == 201
    assert agent.put(CUSTOMER, {"Pet": {"Name": "Rex"}})[0] == 200
    assert agent.send("DELETE", "/metadata/profiles/extensions/pet").status == 204
    assert agent.put(CUSTOMER, {"Pet": {"Name": "Rex"}})[0] == 400
    assert agent.send("DELETE", "/metadata/profiles/extensions/pet").status == 404


def test_without_a_profile_schema_profiles_are_not_found() -> None:
    agent = Agent()
    assert agent.send("DELETE", "/metadata/profiles").status == 204
    assert agent.put(CUSTOMER, {})[0] == 404
    assert agent.send("POST", "/metadata/profiles", [{"name": "FirstName", "type": "string"}]).status == 201
    assert agent.put(CUSTOMER, {"FirstName": "back"})[0] == 200


def test_the_users_of_two_contact_centers_do_not_see_each_other() -> None:
    agent = Agent()
    agent.put(CUSTOMER, {"Title": "mine"})
    stranger = "Basic dmlzaXRvcjpadDQtbVI4bi1FeTYx"
    assert agent.get(CUSTOMER, authorization=stranger)[1]["Title"] == "Dr"


def test_another_method_is_not_allowed() -> None:
    reply = Agent().send("PATCH", CUSTOMER, {})
    assert (reply.status, dict(reply.headers)["Allow"]) == (405, "PUT, GET, DELETE")


@pytest.mark.parametrize(
    ("operation", "path"),
    [
        ("query-response", CUSTOMER),
        ("profile-schema", "/metadata/profiles"),
        ("extension-schemas", "/metadata/profiles/extensions"),
        ("extension-schema-response", "/metadata/profiles/extensions/Survey"),
        ("status-response", "/server/status"),
        ("error", "/profiles/nobody"),
    ],
)
def test_answers_fit_the_published_schemas(operation: str, path: str) -> None:
    agent = Agent()
    agent.put(CUSTOMER, FULL)
    assert list(CONTRACT.validator(operation).iter_errors(agent.get(path)[1])) == []


@pytest.mark.parametrize("reading", sorted(r.id for r in CONTRACT.readings.values() if r.observable))
def test_every_option_of_an_observable_reading_shows(reading: str) -> None:
    heard = [str(_readings_script(Agent({reading: option}))) for option in CONTRACT.readings[reading].option_ids]
    assert len(set(heard)) == len(heard)


def _readings_script(agent: Agent) -> list[object]:
    """Answers in which every option of every observable reading differs from the others."""
    heard: list[object] = [agent.get("/metadata/profiles"), agent.get(CUSTOMER, ""), agent.get(CUSTOMER, secure=False)]
    bodies: list[dict[str, object]] = [
        {"FirstName": "x"},
        {"customer_id": 1},
        {"customer_id": "00027a52JCGY000N"},
        {"FirstName": None},
        {"FirstName": ["x"], "LastName": "y", "Title": []},
        {"PhoneNumber": ["3", "5", "2", "4", "5"]},
        {"DOB": "words"},
        {"CustomerSince": "1962-05-10"},
        {"CustomerSince": "2020-01-01T00:00:00+02:00"},
        {"firstname": "y"},
        {"Nope": "x"},
        {"FirstName": "partly", "DOB": 1},
        {"FirstName": 4711},
        {"FirstName": "", "Title": "t"},
        {"Address": {"Type": 1, "City": "c"}, "Bill": BILLS[:2]},
        {"Address": {}, "Bill": BILLS[2:3]},
        {"Bill": []},
        {"Bill": BILLS[0]},
        {"Bill": [BILLS[0], BILLS[0]]},
        {"Note": [{"Text": "twice"}, {"Text": "twice"}]},
        {"Address": {"Type": 3, "City": "c"}},
        {"Address": {"Country": "x"}},
        {"Address": {"Nope": "x"}},
        {"Address": {"City": "x" * 40}},
        {"Newsletter": {}},
        {"Newsletter": True},
        {"Survey": {"Code": "c", "TakenOn": "2020-01-01"}},
        {"Survey": {"Code": "c", "TakenOn": "2020-01-01T00:00:00.000Z"}},
        {"Survey": {}},
        {"Survey": {"Note": "x"}},
        {},
    ]
    for body in bodies:
        agent.get(CUSTOMER)
        heard += [(r := agent.send("PUT", CUSTOMER, body)).status, r.headers, r.body, agent.get(CUSTOMER)]
        heard.append(agent.get(OTHER, ""))
    heard += [
        agent.put(CUSTOMER, {}),
        agent.put(CUSTOMER, {}),
        agent.put(CUSTOMER, {}, headers=[("Content-Type", "text/plain")]),
    ]
    heard += [agent.put(path, {}) for path in ("/profiles/unknown", CUSTOMER + "x")]
    heard += [agent.get("/profiles/unknown"), agent.put(CUSTOMER, b"{"), agent.get(CUSTOMER, authorization=None)]
    for given in [{"customer_id": "own"}, {}]:
        reply = agent.send("POST", "/profiles", given)
        heard += [reply.status, agent.get("/profiles/own")]
    heard.append(agent.send("POST", "/server/mode", {"mode": "maintenance"}).status)
    return [*heard, agent.put(CUSTOMER, {})]


@pytest.mark.parametrize("seed", range(20))
def test_no_combination_of_readings_fails(seed: int) -> None:
    chosen = random.Random(seed)
    agent = Agent({name: chosen.choice(r.option_ids) for name, r in CONTRACT.readings.items()})
    statuses = {entry for entry in _readings_script(agent) if isinstance(entry, int)}
    assert 500 not in statuses


@pytest.mark.parametrize(
    "body",
    [
        b"NaN",
        b'{"FirstName": "\\ud800"}',
        b'{"Survey": {"Ratio": 1e400}}',
        b'{"Survey": {"Score": ' + b"9" * 5000 + b"}}",
        b'{"a":' * 100_000,
        b"\xff\xfe{\x00}\x00",
        b'{"a": "\x00"}',
    ],
)
def test_a_hostile_body_is_refused(body: bytes) -> None:
    assert Agent().put(CUSTOMER, body)[0] == 400


def test_the_target_facts_are_those_of_the_contract() -> None:
    facts = Agent().service.target_facts("genesys-ucs")
    assert set(facts.credentials) <= set(CONTRACT.credentials)
    assert set(facts.data) <= set(CONTRACT.data)


def test_it_is_served_over_tls() -> None:
    service = SERVICE(Switches("genesys"), Settings())
    facts = service.target_facts("genesys-ucs").credentials
    with ReferenceServer({"genesys": service}) as server, requests.Session() as session:
        session.trust_env = False
        session.verify = str(server.ca_file)
        session.auth = (facts["username"], facts["password"])
        session.headers["Connection"] = "close"
        json = {"Content-Type": "application/json"}
        updated = session.put(server.base_url("genesys") + CUSTOMER, EXAMPLE, headers=json, timeout=10)
        queried = session.get(f"{server.base_url('genesys')}{CUSTOMER}?{EVERY}", timeout=10)
    assert (updated.status_code, queried.json()["FirstName"]) == (200, "Bruce")


def test_whatever_alternates_does_so_from_answer_to_answer() -> None:
    agent = Agent(freedoms={"record-order": "alternating", "order-of-checks": "alternating"})
    full = {**FULL, "Note": [{"Text": "one"}, {"Text": "two"}]}
    agent.put(CUSTOMER, full)
    orders, statuses = [], []
    for _ in range(4):
        profile = shown(agent)
        orders.append([profile[name] == full[name] for name in ("Bill", "Note")])
        statuses.append(agent.put("/profiles/nobody", {"Unheard": "x"})[0])
    assert orders in ([[True] * 2, [False] * 2] * 2, [[False] * 2, [True] * 2] * 2)
    assert statuses in ([404, 400] * 2, [400, 404] * 2)
