"""What a Fiserv run does before its probes: valid requests, and a look at reads that lag behind."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

import specs
from conformance.exercise.bench import Bench
from conformance.exercise.effort import Effort
from conformance.exercise.freshness import lag_of
from conformance.exercise.preflight import fly
from conformance.fiserv import Driver, Oracle
from conformance.judge import Readings
from conformance.reference.core import Settings
from conformance.reference.embedded import serve, targets
from conformance.reference.fiserv.model import Tree, User
from conformance.reference.fiserv.service import FiservService
from conformance.session.journal import NoJournal
from conformance.session.session import Session
from conformance.target.model import Secret

CONTRACT = specs.contract("fiserv-alldata")


@contextmanager
def driving(**credentials: str | None) -> Iterator[Driver]:
    """A driver of the embedded reference; a credential that is None is left out of its target file."""
    with serve(["fiserv"], settings=Settings()) as server:
        target = next(target for target in targets(server, "embedded") if target.contract == CONTRACT.id)
        kept = {name: value for name, value in target.credentials.items() if name not in credentials}
        given = {name: Secret(value) for name, value in credentials.items() if value is not None}
        target = replace(target, credentials=kept | given)
        session, readings = Session(target, NoJournal()), Readings(CONTRACT)
        oracle = Oracle(CONTRACT, target, readings)
        yield Driver(Bench(CONTRACT, target, session, readings, oracle, effort=Effort.QUICK))
        session.close()


def test_each_credential_and_operation_is_tried_before_a_run() -> None:
    with driving() as driver:
        flown = fly(driver)
        assert [(attempt.exchange.request.operation, attempt.credential) for attempt in flown.attempts] == [
            ("read", "user"),
            ("read", "second_user"),
            ("create", "admin"),
            ("signon", ""),
            ("update", ""),
            ("read", ""),
            ("delete", "admin"),
        ]
        assert all(attempt.succeeded for attempt in flown.attempts)
        assert flown.sent <= 10


def test_without_an_administrator_nothing_is_written() -> None:
    with driving(admin=None, second_user=None) as driver:
        assert [attempt.exchange.request.operation for attempt in fly(driver).attempts] == ["read"]


@pytest.mark.parametrize("name", ["user_password", "partner", "home"])
def test_a_run_with_wrong_credentials_is_told_so(name: str) -> None:
    with driving(**{name: "7", "admin": None, "second_user": None}) as driver:
        flown = fly(driver)
        assert not flown.served
        assert "user" in flown.cause(str)


def test_a_fresh_read_has_no_lag() -> None:
    with driving() as driver:
        assert lag_of(driver) == (None, ())


def test_a_read_behind_a_cache_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: dict[str, list[Tree]] = {}
    now = FiservService.shown

    def late(self: FiservService, user: User) -> Tree:
        """Every state is shown for the first time at the third look after it came."""
        seen = shown.setdefault(user.user_id, [])
        seen.append(now(self, user))
        return seen[max(len(seen) - 3, 0)]

    monkeypatch.setattr(FiservService, "shown", late)
    with driving() as driver:
        found, left = lag_of(driver)
    assert found is not None
    assert left == ()
    assert 0 < found.after_s < 3
