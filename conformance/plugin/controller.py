"""The controlling process: probes before the checks, gathers results, writes the run record."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from conformance.exercise.probe import Observation, learn
from conformance.plugin.suite import Briefing, Place, Suite
from conformance.record.build import PlaceResults, RunFacts, build
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
        self._filtered = False
        self._workers = 1

    @pytest.hookimpl
    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Learns the readings of every target, before any check and before any worker starts."""
        self.suite.out.mkdir(parents=True, exist_ok=True)
        self._workers = int(session.config.getoption("numprocesses", None) or 1)
        for place in self.suite.places:
            place.journal_file.unlink(missing_ok=True)
            briefing, observations = self._probe(session.config, place)
            self.suite.briefings.append(briefing)
            self._observations.append(observations)

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tells a worker what was learned."""
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
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Writes the run record; its exit code becomes that of pytest."""
        if exitstatus in (pytest.ExitCode.USAGE_ERROR, pytest.ExitCode.INTERNAL_ERROR):
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
            interrupted=exitstatus == pytest.ExitCode.INTERRUPTED,
        )
        places = [
            PlaceResults(
                target=place.target,
                redactor=place.redactor,
                unreachable=place.briefing.note,
                observations=self._observations[place.index],
                results=(results := [r for r in self._results if r.place == place.index]),
                exchanges=place.briefing.sent + sum(r.check.exchanges for r in results),
                journal=place.journal_file.name,
            )
            for place in self.suite.places
        ]
        record = build(facts, places)
        write(record, self.suite.out / "run.json")
        session.exitstatus = record.exit_code

    def _probe(self, config: pytest.Config, place: Place) -> tuple[Briefing, list[Observation]]:
        probes = vendor(place.contract.vendor).PROBES
        config.hook.pytest_conformance_probing(
            label=place.label, readings=sum(p.reading in place.contract.readings for p in probes)
        )
        driver = place.make_driver({})
        driver.bench.begin("greeting", ())
        greeting = driver.greet()
        if greeting.answer is None:
            note = f"the target cannot be reached ({greeting.trouble}): {place.redactor.text(greeting.detail)}"
            return Briefing(False, note, {}, 1), []
        observations = learn(driver, probes)
        driver.bench.session.close()
        return Briefing(True, "", dict(driver.readings.learned), driver.bench.session.sent), observations
