"""Live progress of a run on the console."""

from __future__ import annotations

from typing import Any

import pytest
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from conformance.plugin.scheduling import label_of

MARKS = {"failed": "[red]failed[/]", "inconclusive": "[yellow]inconclusive[/]"}


class LiveProgress:
    """A pytest plugin that shows how far the checks of each contract are."""

    def __init__(self, console: Console) -> None:
        self.console = console
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self.progress = Progress(*columns, console=console)
        self._tasks: dict[str, TaskID] = {}
        self._planned = False

    @pytest.hookimpl
    def pytest_conformance_probing(self, label: str, readings: int) -> None:
        """Says that a target is being probed."""
        self.console.print(f"probing {label}: {readings} readings to learn", highlight=False, markup=False)

    @pytest.hookimpl
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Starts the bars when the checks of a run in one process are known."""
        self._plan([item.nodeid for item in session.items])

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, node: Any, ids: list[str]) -> None:  # noqa: ARG002
        """Starts the bars when the checks of a run in several processes are known."""
        self._plan(ids)

    @pytest.hookimpl
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Moves the bar of a contract, and names a check that is not passed."""
        if report.when != "call" and not (report.when == "setup" and report.skipped):
            return
        label = label_of(report.nodeid)
        if label in self._tasks:
            self.progress.advance(self._tasks[label])
        check: dict[str, Any] = getattr(report, "conformance", {}).get("check", {})
        mark = MARKS.get(str(check.get("verdict")))
        if mark:
            self.console.print(f"  {mark} {escape(label)} {check['id']}", highlight=False)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        """Ends the bars."""
        self.progress.stop()

    def _plan(self, ids: list[str]) -> None:
        if self._planned or not ids:
            return
        self._planned = True
        labels = [label_of(each) for each in ids]
        for label in dict.fromkeys(labels):
            self._tasks[label] = self.progress.add_task(label.partition(":")[0], total=labels.count(label))
        self.progress.start()
