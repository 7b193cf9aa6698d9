"""What a run says of references whose limit of a batch is none of the documented ones."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

import specs
from conformance.exercise.bench import Bench
from conformance.exercise.check import check_of
from conformance.exercise.effort import Effort
from conformance.exercise.probe import learn
from conformance.exercise.runner import run_check
from conformance.imiconnect import Driver, Oracle
from conformance.imiconnect.checks.check_batches import check_the_limit
from conformance.imiconnect.probes import batches
from conformance.judge import Readings, Verdict
from conformance.reference.core import Settings
from conformance.reference.embedded import serve, targets
from conformance.session.journal import NoJournal
from conformance.session.session import Session

CONTRACT = specs.contract("imiconnect-customer")
WITHIN, OVER = "batch-within-limit", "batch-over-limit-refused"
OF_250 = "documented 100 or 1000, accepted up to 250, first refusal at 251 with code 7012"


@contextmanager
def driving(*faults: str) -> Iterator[Driver]:
    with serve([CONTRACT.vendor], faults=faults, settings=Settings(queue_delay_s=0.0)) as server:
        target = next(t for t in targets(server, "0") if t.contract == CONTRACT.id)
        readings, session = Readings(CONTRACT), Session(target, NoJournal())
        oracle = Oracle(CONTRACT, target, readings)
        yield Driver(Bench(CONTRACT, target, session, readings, oracle, effort=Effort.QUICK, shrink=False))
        session.close()


@pytest.mark.parametrize(
    ("fault", "told", "broken"),
    [
        ("limit-of-its-own", OF_250, {WITHIN, OVER}),
        ("limit-missing", "documented 100 or 1000, accepted up to 4000, no refusal up to there", {OVER}),
    ],
)
def test_another_limit_is_a_note_of_the_probe_and_a_failure_of_the_check(
    fault: str, told: str, broken: set[str]
) -> None:
    with driving(fault) as driver:
        assert [(seen.option, seen.note) for seen in learn(driver, [batches.batch_limit])] == [(None, told)]
        result = run_check(check_of(check_the_limit), driver)
    assert {name for name in (WITHIN, OVER) if result.verdicts[name] is Verdict.FAILED} == broken
    assert {result.failures[name].judgement.observed for name in broken} == {told}


def test_a_documented_limit_is_learned_and_passes() -> None:
    with driving() as driver:
        assert [seen.option for seen in learn(driver, [batches.batch_limit])] == ["100"]
        assert run_check(check_of(check_the_limit), driver).verdict is Verdict.PASSED
