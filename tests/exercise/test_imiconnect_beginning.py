"""What an IMIconnect run does before its probes: a look at reads that lag behind."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

import specs
from conformance.exercise.bench import Bench
from conformance.imiconnect import Driver, Oracle
from conformance.judge import Readings
from conformance.reference.core import Call, Reply, Settings
from conformance.reference.embedded import serve, targets
from conformance.reference.imiconnect.routes import Route
from conformance.reference.imiconnect.service import ImiconnectService
from conformance.session.journal import NoJournal
from conformance.session.session import Session

LATE_S = 0.3


@contextmanager
def driving(contract: str) -> Iterator[Driver]:
    """A driver of the embedded reference."""
    with serve(["imiconnect"], settings=Settings()) as server:
        target = next(each for each in targets(server, "embedded") if each.contract == contract)
        facts = specs.contract(contract)
        session, readings = Session(target, NoJournal()), Readings(facts)
        yield Driver(Bench(facts, target, session, readings, Oracle(facts, target, readings)))
        session.close()


@pytest.mark.parametrize("contract", ["imiconnect-customer", "imiconnect-app"])
def test_a_fresh_read_has_no_lag(contract: str) -> None:
    with driving(contract) as driver:
        assert driver.freshness() is None


@pytest.mark.parametrize("headers", [(("age", "1"),), ()])
@pytest.mark.parametrize("contract", ["imiconnect-customer", "imiconnect-app"])
def test_a_read_behind_a_cache_is_found_out(
    contract: str, headers: tuple[tuple[str, str], ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept: dict[str, tuple[float, Reply]] = {}
    now = ImiconnectService.lookup

    def cached(self: ImiconnectService, route: Route, call: Call) -> Reply:
        """A read is what it was for some time."""
        if route.operation != "read":
            return now(self, route, call)
        at, reply = kept.get(call.path, (0.0, None))
        if reply is not None and time.monotonic() < at + LATE_S:
            return Reply(reply.status, (*reply.headers, *headers), reply.body)
        kept[call.path] = time.monotonic(), now(self, route, call)
        return kept[call.path][1]

    monkeypatch.setattr(ImiconnectService, "lookup", cached)
    with driving(contract) as driver:
        found = driver.freshness()
    assert found is not None
    assert found.after_s >= LATE_S / 2
