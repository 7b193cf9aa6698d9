"""The controlling process: remembers and probes before the checks, gathers results, puts back, writes the record."""

from __future__ import annotations

import os
import signal
from collections import defaultdict
from collections.abc import Generator
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest

from conformance.exercise.driver import Driver
from conformance.exercise.freshness import STALE, lag_of
from conformance.exercise.preflight import MEND_CREDENTIAL, fly, refused_credentials
from conformance.exercise.probe import Observation, learn
from conformance.exercise.tidying import clean_up
from conformance.ledger.interrupts import Interrupts, warn
from conformance.plugin.lending import Lending
from conformance.plugin.suite import Briefing, Place, Suite
from conformance.record.build import PlaceResults, RunFacts, build
from conformance.record.causes import Obstacle
from conformance.record.results import PlacedResult
from conformance.vendors import vendor
from reports.record import write


class Controller:
    """Runs in one process only, whatever the number of workers."""

    def __init__(self, suite: Suite) -> None:
        self.suite = suite
        self.started = datetime.now(UTC)
        self._observations: list[list[Observation]] = []
        self._results: list[PlacedResult] = []
        self._obstacles: dict[int, list[Obstacle]] = {}
        self._left_behind: defaultdict[int, list[str]] = defaultdict(list)  # of what was made before the checks
        self._filtered = False
        self._workers = 1
        self._worker_processes: list[int] = []
        self._interrupts = Interrupts(warn)
        self._lending = Lending(suite.out, self.started)

    @pytest.hookimpl
    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Remembers what is lent and learns the readings of every target, before any check and any worker starts."""
        self.suite.out.mkdir(parents=True, exist_ok=True)
        self._workers = int(session.config.getoption("numprocesses", None) or 1)
        self._interrupts.begin()
        self._lending.warn_of_leftovers()
        try:
            # All are remembered before any is probed: two targets may lend the same profile.
            drivers = [self._greet(session.config, place) for place in self.suite.places]
            for place, driver in zip(self.suite.places, drivers, strict=True):
                self._probe(place, driver)
        except BaseException as error:
            # pytest calls no sessionfinish for a session that did not start.
            self._interrupts.hold_off()
            self._finish(session, write_record=isinstance(error, KeyboardInterrupt), interrupted=True)
            raise

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tells a worker what was learned, and remembers its process if it runs on this machine."""
        # execnet has no public name for it; without it an interrupted worker ends some seconds later.
        process = getattr(getattr(node.gateway, "_io", None), "popen", None)
        if process is not None:
            self._worker_processes.append(int(process.pid))
        node.workerinput["conformance"] = [briefing.to_json() for briefing in self.suite.briefings]

    @pytest.hookimpl
    def pytest_deselected(self, items: list[pytest.Item]) -> None:
        """A run with deselected checks is a partial one."""
        self._filtered = self._filtered or bool(items)

    @pytest.hookimpl
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Gathers the result of a check."""
        result: dict[str, Any] | None = getattr(report, "conformance", None)
        if report.when == "call" and result is not None:
            self._results.append(PlacedResult.from_json(result))

    @pytest.hookimpl(tryfirst=True)
    def pytest_keyboard_interrupt(self) -> None:
        """Stops the workers; Ctrl-C reaches them too, a signal to this process alone does not."""
        self._interrupts.hold_off()
        for process in self._worker_processes:
            with suppress(OSError):
                os.kill(process, signal.SIGINT)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> Generator[None, None, None]:
        """Puts back what was lent, when every worker has ended, and writes the run record.

        The exit code of the record becomes that of pytest.
        """
        self._interrupts.hold_off()
        try:
            yield
        finally:
            broken = exitstatus in (pytest.ExitCode.USAGE_ERROR, pytest.ExitCode.INTERNAL_ERROR)
            self._finish(session, write_record=not broken, interrupted=exitstatus == pytest.ExitCode.INTERRUPTED)

    def _finish(self, session: pytest.Session, *, write_record: bool, interrupted: bool) -> None:
        try:
            places = [self._place_results(place) for place in self.suite.places]
            self._lending.close()
        finally:
            self._interrupts.end()
        if not write_record:
            return
        option = session.config.getoption
        filtered = self._filtered or bool(option("keyword") or option("markexpr") or self.suite.requirements)
        facts = RunFacts(
            started=self.started,
            finished=datetime.now(UTC),
            seed=self.suite.seed,
            effort=self.suite.effort,
            level=self.suite.level,
            workers=self._workers,
            filtered=filtered,
            interrupted=interrupted,
            demand=self.suite.demand,
        )
        record = build(facts, places)
        write(record, self.suite.out / "run.json")
        session.exitstatus = record.exit_code

    def _place_results(self, place: Place) -> PlaceResults:
        begun = place.index < len(self.suite.briefings)
        briefing = place.briefing if begun else Briefing(False, "the run was interrupted before its checks", {}, 0)
        results = [r for r in self._results if r.place == place.index]
        sent = briefing.sent + sum(r.check.exchanges for r in results)
        restored, more = self._lending.restore(place, sent)
        return PlaceResults(
            target=place.target,
            redactor=place.redactor,
            unreachable=briefing.note,
            observations=self._observations[place.index] if begun else [],
            results=results,
            exchanges=sent + more,
            journal=place.journal_file.name,
            restored=restored,
            obstacles=self._obstacles.get(place.index, []),
            left_behind=tuple(dict.fromkeys(place.redactor.text(left) for left in self._left_behind[place.index])),
        )

    def _greet(self, config: pytest.Config, place: Place) -> Driver | Briefing:
        """A driver to probe with, and nothing written yet; or why there is none."""
        place.journal_file.unlink(missing_ok=True)
        probes = vendor(place.contract.vendor).PROBES
        config.hook.pytest_conformance_probing(
            label=place.label, readings=sum(p.reading in place.contract.readings for p in probes)
        )
        driver = place.make_driver({})
        first = fly(driver)
        if first.served:
            self._left_behind[place.index] += clean_up(driver, driver.bench.log, last=True)
        driver.bench.session.close()
        if not first.served:
            note = first.cause(place.redactor.text)
            self._obstacles[place.index] = [Obstacle(note, "", first.attempts[0].exchange if first.attempts else None)]
            return Briefing(False, note, {}, first.sent)
        refused = refused_credentials(place.contract, first)
        self._obstacles[place.index] = [
            Obstacle(
                f"the target refuses the credential {name}, so nothing is tested with it", MEND_CREDENTIAL, exchange
            )
            for name, exchange in refused.items()
        ]
        ledger = self._lending.remember(place)
        return place.make_driver({}, driver.bench.session.sent + ledger.sent, ledger.withheld, tuple(refused))

    def _probe(self, place: Place, driver: Driver | Briefing) -> None:
        observations: list[Observation] = []
        if isinstance(driver, Driver):
            driver = self._briefed(place, driver, observations)
        self.suite.briefings.append(driver)
        self._observations.append(observations)

    def _briefed(self, place: Place, driver: Driver, observations: list[Observation]) -> Briefing:
        """Learns the readings of a target, unless its reads lag behind: then nothing can be judged."""
        bench = driver.bench
        left = self._left_behind[place.index]
        lag, remains = lag_of(driver)
        left += remains
        refused = tuple(name for name in place.target.credentials if name not in driver.target.credentials)
        if lag is not None:
            note = f"{STALE.what} ({lag.after_s:.1f} s here), so nothing was tested; {STALE.mend}"
            self._obstacles[place.index].append(Obstacle(note, STALE.mend, lag.exchange))
            bench.session.close()
            return Briefing(False, note, {}, bench.session.sent, bench.withheld, refused)
        observations += learn(driver, vendor(place.contract.vendor).PROBES, left=left)
        bench.session.close()
        learned = dict(driver.readings.learned)
        self._lending.learned(place, learned)
        return Briefing(True, "", learned, bench.session.sent, bench.withheld, refused)
