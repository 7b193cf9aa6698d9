"""Cases handed over for Genesys: correct targets that were accused, each as what is right."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest

import specs
from conformance.exercise.bench import Bench
from conformance.exercise.check import checks
from conformance.exercise.effort import Effort
from conformance.exercise.freshness import lag_of
from conformance.exercise.preflight import fly
from conformance.exercise.probe import learn
from conformance.exercise.runner import CheckResult, run_check
from conformance.genesys import PROBES, Driver, Oracle
from conformance.judge import Readings, Verdict
from conformance.reference.embedded import serve, targets
from conformance.session.exchange import Answer, Exchange, Request
from conformance.session.journal import NoJournal
from conformance.session.session import Session
from conformance.target.model import Target

CONTRACT = specs.contract("genesys-ucs")
ATTRIBUTES = [{"name": name, "type": "string"} for name in ("FirstName", "LastName")]


@dataclass(frozen=True)
class Outcome:
    """What the suite says of a target."""

    readings: Mapping[str, str]
    results: tuple[CheckResult, ...]

    @property
    def wrong(self) -> dict[str, str]:
        """What was accused or came out as undecided."""
        accused = {name: f.judgement.observed for r in self.results for name, f in r.failures.items()}
        undecided = {r.check: r.reason for r in self.results if r.verdict is Verdict.INCONCLUSIVE}
        return {**accused, **undecided}

    def verdicts(self, requirement: str) -> set[Verdict]:
        """What the checks that are bound to a requirement say of it."""
        return {r.verdicts[requirement] for r in self.results if requirement in r.bound}


@contextmanager
def quiet(target: Target) -> Iterator[Driver]:
    """A driver that has sent nothing."""
    readings = Readings(CONTRACT)
    session = Session(target, NoJournal())
    oracle = Oracle(CONTRACT, target, readings)
    try:
        yield Driver(Bench(CONTRACT, target, session, readings, oracle, effort=Effort.QUICK, shrink=False))
    finally:
        session.close()


@contextmanager
def talking(target: Target) -> Iterator[Driver]:
    """A driver that has learned the readings of a target."""
    with quiet(target) as driver:
        learn(driver, PROBES)
        yield driver


def outcome(
    readings: Mapping[str, str] | None = None,
    freedoms: Mapping[str, str] | None = None,
    *,
    subjects: tuple[str, ...] = (),
    without: tuple[str, ...] = (),
    data: Mapping[str, Any] | None = None,
) -> Outcome:
    """Runs checks against the reference.

    Args:
        readings: that it follows.
        freedoms: that it uses.
        subjects: of the checks; all of them unless given.
        without: operations that the target lacks.
        data: of the target file, in place of what the reference says; None leaves a name out.
    """
    with serve(["genesys"], readings=readings or {}, freedoms=freedoms or {}) as server:
        target = targets(server, "1")[0]
        given = {name: value for name, value in {**target.data, **(data or {})}.items() if value is not None}
        target = replace(target, data=given, operations=dict.fromkeys(without))
        with talking(target) as driver:
            wanted = [c for c in checks("genesys") if not subjects or c.id.partition(".")[0] in subjects]
            return Outcome(driver.readings.learned, tuple(run_check(check, driver) for check in wanted))


@pytest.mark.parametrize("option", ["empty-body", "null-attribute"])
def test_extensions_whose_attributes_come_to_nothing_fall_under_two_readings(option: str) -> None:
    readings = {"extensions-only-body": "400", "empty-body": "clears-all", "null-attribute": "clears"}
    found = outcome(readings, {"empty-body-meets-null-attribute": option}, subjects=("breadth", "values", "replace"))
    assert found.wrong == {}


def test_a_body_whose_attributes_come_to_nothing_may_be_refused_as_an_empty_one_is() -> None:
    readings = {"extensions-only-body": "400", "empty-body": "400"}
    found = outcome(readings, subjects=("breadth", "values", "replace"))
    assert readings.items() <= found.readings.items()
    assert found.wrong == {}


def test_an_update_may_have_to_name_every_attribute_of_the_schema() -> None:
    found = outcome({"omitted-attribute": "reject-400-schema"})
    assert found.wrong == {}
    assert found.readings["omitted-attribute"] == "reject-400-schema"
    assert found.verdicts("omitted-attributes-lost") == {Verdict.PASSED}


def test_a_query_that_names_an_unknown_extension_may_be_refused() -> None:
    found = outcome(freedoms={"unknown-extension-in-query": "refused"}, subjects=("breadth", "extensions"))
    assert found.wrong == {}


@pytest.mark.parametrize("form", ["colon", "encoded", "digits", "short"])
def test_an_id_may_have_any_form_that_an_address_can_hold(form: str) -> None:
    found = outcome({"created-id": "generated"}, {"generated-id-form": form}, subjects=("identity", "replace"))
    assert found.wrong == {}
    assert found.verdicts("id-up-to-16") == {Verdict.PASSED}
    assert Verdict.PASSED in found.verdicts("sent-attributes-stored")


def test_one_lent_customer_is_not_taken_for_two() -> None:
    readings = {"body-id-differs": "reject-4xx"}
    found = outcome(readings, without=("create", "delete"), data={"other_customer_id": None})
    assert "body-id-differs" not in found.readings
    assert found.wrong == {}
    assert found.verdicts("body-id-names-customer") == {Verdict.NOT_TESTED}


@pytest.mark.parametrize(
    "readings",
    [
        {},
        {"omitted-attribute": "reject-400"},
        {"unsent-extension": "per-extension", "empty-extension-value": "ignored"},
        {"multi-valued-records": "merge-by-unique", "omitted-extension-attribute": "kept"},
        {"unknown-attribute": "stored", "omitted-attribute": "reject-400"},
    ],
)
def test_nothing_is_written_to_a_lent_customer_that_cannot_be_taken_back(readings: dict[str, str]) -> None:
    found = outcome(readings, without=("create", "delete"))
    assert found.wrong == {}
    assert [result.left_behind for result in found.results if result.left_behind] == []


@pytest.mark.parametrize("option", ["replaced", "protected"])
def test_what_the_server_keeps_itself_need_not_come_back(option: str) -> None:
    readings = {"server-owned-attributes": option}
    found = outcome(readings, {"agent-history": "kept"}, subjects=("replace",))
    assert found.wrong == {}
    assert found.verdicts("query-modify-update") == {Verdict.PASSED}


@pytest.mark.parametrize(("option", "learned"), [("optional", None), ("ignored", "ignored")])
def test_a_number_that_counts_as_a_text_does_not_show_that_the_id_is_ignored(option: str, learned: str | None) -> None:
    readings = {"wrong-json-type": "coerced", "body-id-differs": "uri-wins", "body-customer-id": option}
    found = outcome(readings, {"wrong-json-type-meets-body-customer-id": "wrong-json-type"}, subjects=("identity",))
    assert found.readings.get("body-customer-id") == learned
    assert found.wrong == {}


def test_a_lent_customer_keeps_what_updates_may_not_leave_out() -> None:
    with serve(["genesys"], readings={"omitted-attribute": "reject-400"}) as server:
        target = targets(server, "1")[0]
        with quiet(target) as driver:
            first, second = (attribute.name for attribute in driver.schema.texts[:2])
            lent = [driver.customers.create({first: "a", second: "b"})[1] for _ in range(2)]
        data = {**target.data, "customer_id": lent[0], "other_customer_id": lent[1]}
        with talking(replace(target, data=data, operations=dict.fromkeys(("create", "delete")))) as driver:
            name = driver.customer({first: "c"})
            assert {n: driver.profile(name)[n] for n in (first, second)} == {first: "c", second: "b"}


@pytest.mark.parametrize("without", [(), ("create", "delete"), ("profileSchema", "extensionSchemas", "create")])
def test_the_first_requests_are_few_and_succeed(without: tuple[str, ...]) -> None:
    data = {"attributes": ATTRIBUTES, "extensions": []} if "profileSchema" in without else {}
    with serve(["genesys"]) as server:
        target = targets(server, "1")[0]
        target = replace(target, data={**target.data, **data}, operations=dict.fromkeys(without))
        with quiet(target) as driver:
            first = fly(driver)
    assert [attempt.what for attempt in first.attempts if not attempt.succeeded] == []
    assert 2 <= first.sent <= 10


@pytest.mark.parametrize(("faults", "stale"), [((), False), (("query-cache-of-extensions",), True)])
def test_a_query_that_lags_behind_is_noticed(faults: tuple[str, ...], stale: bool) -> None:
    with serve(["genesys"], faults=faults) as server, quiet(targets(server, "1")[0]) as driver:
        found, _ = lag_of(driver)
    assert (found is not None) is stale


# Answers that no document decides, told one by one


def oracle() -> Oracle:
    """An oracle of a customer C1 that was seen."""
    attributes = [{"name": name, "type": "string"} for name in ("First", "Last")]
    extensions = [{"name": "Vip", "type": "multi-valued", "attributes": [{"name": "Since", "type": "integer"}]}]
    data = {"attributes": attributes, "extensions": extensions}
    settled = {name: reading.default for name, reading in CONTRACT.readings.items()}
    target = Target(CONTRACT.id, "t", "1", "https://t.invalid", data=data)
    made = Oracle(CONTRACT, target, Readings(CONTRACT, settled))
    told(made, "create", "POST", "/profiles", b'{"First": "a"}', 201, b'{"customer_id": "C1"}')
    assert queried(made, b'{"customer_id": "C1", "First": "a"}') == set()
    return made


def told(made: Oracle, operation: str, method: str, path: str, body: bytes, status: int, shown: bytes) -> set[str]:
    """One exchange; the requirements that it breaks."""
    json = (("Content-Type", "application/json"),)
    path, _, query = path.partition("?")
    request = Request(operation, method, path, query, json, body or None)
    judgements = made.judge(Exchange(1, "test", request, Answer(status, json, shown)))
    return {j.requirement for j in judgements if j.verdict is Verdict.FAILED}


def queried(made: Oracle, shown: bytes, status: int = 200, names: str = "Vip") -> set[str]:
    """A query of C1."""
    return told(made, "query", "GET", f"/profiles/C1?extensions={names}", b"", status, shown)


def updated(made: Oracle, body: bytes, status: int = 200, shown: bytes = b"[]") -> set[str]:
    """An update of C1."""
    return told(made, "update", "PUT", "/profiles/C1", body, status, shown)


def test_a_refused_query_of_an_unknown_extension_says_nothing_of_the_customer() -> None:
    made = oracle()
    updated(made, b'{"First": "b"}')
    assert queried(made, b'{"code": 1, "description": "no"}', 400, names="Nope") == set()
    assert queried(made, b'{"code": 1, "description": "no"}', 404) != set()


@pytest.mark.parametrize(
    "shown",
    [
        b'{"customer_id": "C1", "First": "b", "Vip": [{"Since": 1}], "revision": 7, "_links": {"self": "x"}}',
        b'{"customer_id": "C1", "First": "b", "vip": [{"Since": 1.0, "_row": 1}]}',
        b'{"customer_id": "C1", "First": "b", "Vip": [{"Since": 1e0}], "Last": null}',
    ],
)
def test_members_of_the_server_and_other_forms_of_a_value_break_nothing(shown: bytes) -> None:
    made = oracle()
    for _ in range(2):
        assert updated(made, b'{"First": "b", "Vip": [{"Since": 1}]}') == set()
        assert queried(made, shown) == set()


def test_a_member_that_was_sent_and_refused_must_not_show() -> None:
    made = oracle()
    assert updated(made, b'{"First": "b", "Other": "x"}', 400, b'{"code": 1, "description": "no"}') == set()
    assert "nothing-invented" in queried(made, b'{"customer_id": "C1", "First": "a", "Other": "x"}')


@pytest.mark.parametrize("shown", [b"", b"[]", b'{"result": "done"}', b"null", b'"done"', b'{"customer_id": "C1"}'])
def test_no_document_describes_the_body_of_a_success(shown: bytes) -> None:
    assert updated(oracle(), b'{"First": "b"}', 200, shown) == set()


def test_what_a_creation_stores_is_learned_and_not_judged() -> None:
    made = oracle()
    told(made, "create", "POST", "/profiles", b'{"First": "a", "Vip": [{"Since": 1}]}', 201, b'{"customer_id": "C2"}')
    shown = b'{"customer_id": "C2", "First": "A"}'
    assert told(made, "query", "GET", "/profiles/C2?extensions=Vip", b"", 200, shown) == set()


@pytest.mark.parametrize("status", [401, 403, 413, 429, 503])
def test_a_status_that_nothing_in_the_request_explains_is_no_answer_of_the_api(status: int) -> None:
    request = Request("update", "PUT", "/profiles/C1", "", (("Content-Type", "application/json"),), b'{"First": "b"}')
    assert not oracle().own_answer(Exchange(1, "test", request, Answer(status, (), b"")))


def test_an_over_long_id_explains_a_414() -> None:
    request = Request("update", "PUT", f"/profiles/{'x' * 17}", "", (), b"{}")
    assert oracle().own_answer(Exchange(1, "test", request, Answer(414, (), b"")))
