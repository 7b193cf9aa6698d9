"""Several clients at once: each keeps to its script, they do overlap, and what ends one of them ends all."""

from __future__ import annotations

import threading

import pytest

from conformance.exercise.concurrently import concurrently
from conformance.judge import Judgement, Verdict
from conformance.judge.verdicts import BudgetExhausted
from conformance.session.exchange import Exchange, Request
from tests.exercise.bare import FIRST, Answering, BareDriver, SizeOracle, bare_driver, run

SCRIPTS = [[Request("update", "PUT", f"/{client}/{turn}") for turn in range(4)] for client in range(3)]


class Meeting(Answering):
    """Answers only when every client waits for an answer; sends no more than its budget."""

    def __init__(self, clients: int, budget: int = 100) -> None:
        super().__init__()
        self._budget = budget
        self._barrier = threading.Barrier(clients)
        self._lock = threading.Lock()

    def send(self, request: Request, check: str) -> Exchange:
        self._barrier.wait(timeout=20)
        with self._lock:
            if self.calls >= self._budget:
                raise BudgetExhausted("the budget is used up")
            return super().send(request, check)


class TogetherOracle(SizeOracle):
    """FIRST holds for one exchange among others."""

    def judge_overlapping(self, exchanges: list[Exchange]) -> list[Judgement]:  # type: ignore[override]
        return [Judgement(FIRST, Verdict.PASSED) for _ in exchanges]


def test_every_client_sends_its_script_in_order_while_the_others_send_theirs() -> None:
    talk = concurrently(Meeting(len(SCRIPTS)), "check", SCRIPTS)
    assert talk.ended_by is None
    for client, script in enumerate(SCRIPTS):
        assert [each.exchange.request for each in talk.sent if each.client == client] == script


def test_what_was_sent_is_told_in_the_order_of_its_answers() -> None:
    talk = concurrently(Meeting(len(SCRIPTS)), "check", SCRIPTS)
    ends = [each.ended_s for each in talk.sent]
    assert ends == sorted(ends)
    assert all(each.began_s <= each.ended_s for each in talk.sent)


def test_a_budget_that_is_used_up_ends_every_client_and_what_was_sent_is_judged() -> None:
    driver = bare_driver()
    driver.bench.session = Meeting(len(SCRIPTS), budget=6)
    driver.bench.oracle = TogetherOracle(driver.contract, driver.target, driver.readings)

    def body(driver: BareDriver) -> None:
        driver.bench.together(SCRIPTS)

    result = run(body, FIRST, driver=driver)
    assert (result.verdict, result.reason) == (Verdict.INCONCLUSIVE, "the budget is used up")
    assert (result.exchanges, result.counts[FIRST]) == (6, {"passed": 6})


def test_an_oracle_that_judges_one_exchange_after_another_accuses_nobody() -> None:
    driver = bare_driver()
    driver.bench.session = Meeting(len(SCRIPTS))
    result = run(lambda driver: driver.bench.together(SCRIPTS), FIRST, driver=driver)
    assert result.verdict is Verdict.INCONCLUSIVE
    assert "one exchange after another" in result.reason


def test_an_observation_decides_nothing_and_stands_in_the_result_once() -> None:
    def body(driver: BareDriver) -> None:
        driver.say(b"")
        driver.bench.observe("slow today")
        driver.bench.observe("slow today")

    result = run(body, FIRST)
    assert (result.verdict, result.observations) == (Verdict.PASSED, ("slow today",))


@pytest.mark.parametrize("holds", [True, False])
def test_the_evidence_of_a_judgement_is_the_trail_that_the_check_names(holds: bool) -> None:
    def body(driver: BareDriver) -> None:
        shown = driver.say(b"1")
        driver.say(b"2")
        driver.bench.expect(FIRST, holds, observed="", allowed="", trail=[shown])

    failures = run(body, FIRST).failures
    assert [exchange.request.body for f in failures.values() for exchange in f.trail] == ([] if holds else [b"1"])
