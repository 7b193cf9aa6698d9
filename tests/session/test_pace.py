"""The rate and the budgets are kept, and a target that asks for patience gets it, within bounds."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.judge.verdicts import BudgetExhausted, Inconclusive
from conformance.session import wire
from conformance.session.exchange import Answer, Exchange
from conformance.session.pace import ALL_WAITS_S, LONGEST_WAIT_S, REPEATS, Pace, asked_wait
from conformance.target import Limits
from tests.session.hostile import OK, answering, serving
from tests.session.talk import PUT, Kept, talking, target

NOW = "Sun, 22 Nov 2026 10:00:00 GMT"


class Clock:
    """Time that passes only where somebody sleeps."""

    def __init__(self) -> None:
        self.now = 100.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def busy(retry_after: str | None = "2", status: str = "429 Too Many") -> bytes:
    told = f"Retry-After: {retry_after}\r\n" if retry_after else ""
    return f"HTTP/1.1 {status}\r\n{told}Content-Length: 0\r\n\r\n".encode()


def pace(clock: Clock, **limits: Any) -> Pace:
    return Pace(Limits(**limits), clock, clock.sleep)


def exchanged(*answers: bytes, **limits: Any) -> tuple[Exchange, list[Exchange], list[float]]:
    """What a session returns for one request, what its journal has, and how long it slept."""
    clock = Clock()
    with (
        serving(answering(*answers)) as server,
        talking(target(server.url, **limits), clock=clock, sleep=clock.sleep) as session,
    ):
        exchange = session.send(PUT, "check")
        assert isinstance(session.journal, Kept)
        return exchange, session.journal.exchanges, clock.slept


def test_requests_are_spaced_by_the_rate() -> None:
    clock = Clock()
    mine = pace(clock, rate=4.0)
    for _ in range(3):
        mine.take()
    assert clock.slept == [0.25, 0.25]


def test_a_pause_is_not_saved_up_for_a_burst() -> None:
    clock = Clock()
    mine = pace(clock, rate=4.0)
    mine.take()
    clock.now += 10
    mine.take()
    mine.take()
    assert clock.slept == [0.25]


def test_the_budget_of_requests_ends_the_run() -> None:
    with serving(answering(OK)) as server, talking(target(server.url, max_requests=5), sent=3) as session:
        session.send(PUT, "check")
        session.send(PUT, "check")
        with pytest.raises(BudgetExhausted, match="5 requests"):
            session.send(PUT, "check")
        assert (session.sent, session.budget_hit) == (5, "the budget of 5 requests is used up")
    assert len(server.requests) == 2


def test_the_budget_of_seconds_ends_the_run() -> None:
    clock = Clock()
    mine = pace(clock, max_seconds=10)
    mine.take()
    clock.now += 10
    with pytest.raises(Inconclusive, match="10 seconds"):
        mine.take()


@pytest.mark.parametrize(
    ("status", "headers", "wait"),
    [
        (200, {"retry-after": "5"}, None),
        (429, {"retry-after": "5"}, 5.0),
        (429, {}, 0.5),
        (429, {"retry-after": "soon"}, 0.5),
        (429, {"retry-after": "9" * 5000}, float("inf")),
        (503, {"retry-after": "5"}, 5.0),
        (503, {}, None),
        (503, {"retry-after": "-1"}, None),
        (429, {"retry-after": "Sun, 22 Nov 2026 10:00:07 GMT", "date": NOW}, 7.0),
        (429, {"retry-after": "Sunday, 22-Nov-26 10:00:07 GMT", "date": NOW}, 7.0),
        (503, {"retry-after": "Sun, 22 Nov 1999 10:00:07 GMT"}, 0.0),
    ],
)
def test_the_wait_is_what_the_answer_asks_for(status: int, headers: dict[str, str], wait: float | None) -> None:
    assert asked_wait(Answer(status, tuple(headers.items()), b""), 0) == wait


def test_after_the_wait_the_request_is_sent_again() -> None:
    exchange, _, slept = exchanged(busy("2"), busy("1", "503 Busy"), OK)
    assert (exchange.answer and exchange.answer.status, slept) == (200, [2.0, 1.0])


def test_each_try_stands_in_the_journal() -> None:
    _, journal, _ = exchanged(busy(), OK)
    assert [(e.number, e.answer and e.answer.status) for e in journal] == [(1, 429), (2, 200)]


def test_an_answer_that_stays_is_returned_as_it_is() -> None:
    exchange, journal, _ = exchanged(busy())
    assert (exchange.answer and exchange.answer.status, len(journal)) == (429, REPEATS + 1)


@pytest.mark.parametrize("limits", [{}, {"max_seconds": 30}], ids=["too long for us", "too long for the budget"])
def test_a_wait_that_is_too_long_is_not_begun(limits: dict[str, float]) -> None:
    exchange, _, slept = exchanged(busy("31" if limits else f"{LONGEST_WAIT_S + 1:.0f}"), **limits)
    assert (exchange.answer and exchange.answer.status, slept) == (429, [])


def test_all_waits_together_are_bounded() -> None:
    clock = Clock()
    mine = pace(clock)
    answer = Answer(429, (("retry-after", "50"),), b"")
    while mine.be_patient(answer, 0):
        pass
    assert sum(clock.slept) == mine.waited_s <= ALL_WAITS_S


def test_a_connection_that_was_idle_for_long_is_not_used_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "IDLE_S", -1.0)
    with serving(answering(OK)) as server, talking(target(server.url)) as session:
        session.send(PUT, "check")
        session.send(PUT, "check")
    assert len(server.sources) == 2


def test_words_that_ask_for_patience_are_heard_as_429_is() -> None:
    clock, limited = Clock(), b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbusy"
    with (
        serving(answering(limited, limited, OK)) as server,
        talking(target(server.url), clock=clock, sleep=clock.sleep) as session,
    ):
        session.limited = lambda answer: answer.body == b"busy"
        exchange = session.send(PUT, "check")
    assert exchange.answer is not None
    assert exchange.answer.body != b"busy"
    assert clock.slept == [0.5, 1.0]
