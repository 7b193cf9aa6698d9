"""Runs a check as a pytest test and puts what came of it into the report."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import allure
import pytest

from conformance.exercise.driver import Driver
from conformance.exercise.runner import CheckResult, run_check
from conformance.judge.verdicts import Verdict
from conformance.plugin.collection import check_and_place
from conformance.plugin.suite import Place, Suite
from conformance.record.results import place_result

RESULT = pytest.StashKey[dict[str, Any]]()
SEVERITIES = {
    "mandatory": allure.severity_level.CRITICAL,
    "preferred": allure.severity_level.NORMAL,
    "permitted": allure.severity_level.MINOR,
}


class Execution:
    """The way in which checks run."""

    def __init__(self, suite: Suite) -> None:
        self.suite = suite
        self._following: pytest.Item | None = None

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, nextitem: pytest.Item | None) -> Generator[None, object, object]:
        """Remembers what comes next in this process."""
        self._following = nextitem
        return (yield)

    def _last(self, place: Place) -> bool:
        """Whether no other check of a target follows at once in this process."""
        following = check_and_place(self.suite, self._following) if self._following is not None else None
        return following is None or following[1] is not place

    @pytest.hookimpl(tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> bool | None:
        """Runs a check; its verdict becomes the outcome of the test."""
        pair = check_and_place(self.suite, pyfuncitem)
        if pair is None:
            return None
        check, place = pair
        driver = pyfuncitem.funcargs["driver"]
        if not isinstance(driver, Driver):
            pytest.skip(f"not tested: {place.briefing.note}")
        result = run_check(check, driver, last=self._last(place))
        budget = driver.bench.session.budget_hit
        pyfuncitem.stash[RESULT] = place_result(result, place.index, place.target, place.redactor, budget).to_json()
        _label(place, result)
        if result.verdict is Verdict.PASSED:
            return True
        told = place.redactor.text(f"{result.verdict}: {result.reason}")
        if result.verdict in (Verdict.NOT_TESTED, Verdict.NOT_APPLICABLE):
            pytest.skip(told)
        pytest.fail(told, pytrace=False)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Lets the result travel with the report, from workers too."""
        report = yield
        if call.when == "call" and RESULT in item.stash:
            report.conformance = item.stash[RESULT]  # type: ignore[attr-defined]
        return report


def _label(place: Place, result: CheckResult) -> None:
    """Labels for those who run the checks with `--alluredir`; nothing happens without it."""
    dynamic: Any = allure.dynamic  # allure-pytest does not annotate it
    dynamic.parent_suite(place.contract.id)
    dynamic.suite(place.target.name)
    dynamic.title(result.check)
    dynamic.description(result.summary)
    dynamic.tag(*result.bound)
    levels = {place.contract.requirements[name].level for name in result.bound}
    if levels:
        dynamic.severity(next(SEVERITIES[level] for level in SEVERITIES if level in levels))
