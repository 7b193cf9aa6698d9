"""The check of concurrent writers, shown the reference and odd but legal relatives of it over TLS."""

from __future__ import annotations

import json
from typing import Any

import pytest

import specs
from conformance.exercise import Bench
from conformance.exercise.check import checks
from conformance.exercise.effort import Effort
from conformance.exercise.runner import CheckResult, run_check
from conformance.genesys import Driver, Oracle
from conformance.judge import Readings, Verdict
from conformance.reference.core import Call, Reply, Settings, Switches
from conformance.reference.embedded import targets
from conformance.reference.faults import faulty, service_class
from conformance.reference.genesys.faults_concurrency import Interleaved
from conformance.reference.genesys.model import Asked, Change, Key, RefusalError
from conformance.reference.genesys.service import GenesysService
from conformance.reference.server import ReferenceServer
from conformance.session.journal import NoJournal
from conformance.session.session import Session

CONTRACT = specs.contract("genesys-ucs")
CHECK = next(c for c in checks("genesys") if c.id == "concurrency.concurrent_writers")


def tried(service: type[GenesysService], **readings: str) -> CheckResult:
    """What the check says of a service."""
    options = {name.replace("_", "-"): option for name, option in readings.items()}
    running = service(Switches("genesys", options), Settings())
    with ReferenceServer({"genesys": running}) as server:
        [target] = targets(server, "0")
        settled = Readings(CONTRACT, {n: r.default for n, r in CONTRACT.readings.items() if r.observable} | options)
        session = Session(target, NoJournal())
        oracle = Oracle(CONTRACT, target, settled)
        driver = Driver(Bench(CONTRACT, target, session, settled, oracle, effort=Effort.QUICK))
        result = run_check(CHECK, driver)
        session.close()
    return result


class StaleWhileBusy(Interleaved):
    """A read replica that is one update behind while updates come in, and up to date when all is quiet."""

    def prepare(self) -> None:
        self.former: dict[Key, dict[str, Any]] = {}
        super().prepare()

    def write(self, key: Key, change: Change) -> None:
        self.former[key] = self.representation(key, list(self.extensions(key.tenant).values()))
        super().write(key, change)

    def query(self, asked: Asked) -> Reply:
        former, seen = self.former.get(asked.key), self.served["PUT"]
        self.elsewhere("PUT")
        if former is not None and len(former) > 1 and self.served["PUT"] > seen:
            return Reply.json(former)
        return super().query(asked)


class LosesAnswers(Interleaved):
    """Every third answer to an update gets lost; some of these updates were carried out and some were not."""

    updates = 0

    def handle(self, call: Call) -> Reply:
        self.updates += call.method == "PUT"
        if call.method != "PUT" or self.updates < 10 or self.updates % 3:
            return super().handle(call)
        if self.updates % 2:
            super().handle(call)
        return Reply.dropped()


class RefusesConflicts(Interleaved):
    """An update that another one overtakes is refused and changes nothing."""

    def update(self, asked: Asked) -> Reply:
        seen = self.served["PUT"]
        self.elsewhere("PUT")
        if self.served["PUT"] > seen:
            raise RefusalError(409, "another update came first")
        return super().update(asked)


class OldUntilForgotten(Interleaved):
    """Shows attributes of the first update for ever beside extensions that are up to date."""

    def query(self, asked: Asked) -> Reply:
        reply = super().query(asked)
        shown = json.loads(reply.body)
        self.first = getattr(self, "first", None) or shown.get("FirstName")
        return Reply.json({**shown, "FirstName": self.first})


@pytest.mark.parametrize("service", [service_class("genesys"), Interleaved])
def test_the_reference_is_linearizable(service: type[GenesysService]) -> None:
    result = tried(service)
    assert (result.verdict, result.failures) == (Verdict.PASSED, {})
    assert result.observations == ("what it promises to concurrent writers: linearizable (4 clients, 60 operations)",)


def test_a_replica_that_lags_behind_is_observed_and_not_accused() -> None:
    result = tried(StaleWhileBusy)
    assert (result.verdict, result.failures) == (Verdict.PASSED, {})
    assert "not linearizable: " in result.observations[0]
    assert "the documents demand wholeness alone" in result.observations[0]


def test_lost_answers_are_unknown_outcomes_and_no_failures() -> None:
    result = tried(LosesAnswers)
    assert (result.verdict, result.failures) == (Verdict.PASSED, {})
    assert "linearizable" in result.observations[0]


@pytest.mark.parametrize("readings", [{}, {"prior_retrieval": "enforced"}])
def test_refused_conflicts_are_legal_and_counted(readings: dict[str, str]) -> None:
    result = tried(RefusesConflicts, **readings)
    assert (result.verdict, result.failures) == (Verdict.PASSED, {})
    assert " of them refused" in result.observations[0]


def test_what_is_not_whole_without_others_is_not_blamed_on_them() -> None:
    result = tried(OldUntilForgotten)
    assert "last-update-stands" in result.failures
    assert result.verdicts["updates-are-whole"] is Verdict.NOT_TESTED


@pytest.mark.parametrize("fault", ["query-without-snapshot", "conflict-resolved-by-merging"])
def test_a_mixture_is_shown_with_the_updates_it_is_made_of_and_the_query(fault: str) -> None:
    failure = tried(faulty("genesys", [fault])).failures["updates-are-whole"]  # type: ignore[arg-type]
    assert [exchange.request.method for exchange in failure.trail] == ["PUT", "PUT", "GET"]
    assert "a query shows a mixture: " in failure.judgement.observed
