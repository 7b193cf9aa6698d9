"""The Allure results say what the record says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from reports import FORMATS, RunRecord
from tests.reports.records import calm, nasty, run, target


def results(record: RunRecord, out: Path) -> list[dict[str, Any]]:
    folder = FORMATS["allure"](record, out)
    return [json.loads(path.read_text()) for path in folder.glob("*-result.json")]


def labels(result: dict[str, Any], name: str) -> list[str]:
    return [label["value"] for label in result["labels"] if label["name"] == name]


def test_statuses_and_labels_tell_every_verdict_apart(tmp_path: Path) -> None:
    told = {
        (labels(r, "tag")[0], r["status"], labels(r, "severity")[0], labels(r, "verdict")[0])
        for r in results(nasty(), tmp_path)
        if labels(r, "parentSuite") == ["imiconnect-customer"]
    }
    assert told == {
        ("queued-code", "failed", "critical", "failed"),
        ("reading-queued-code", "failed", "critical", "failed"),
        ("kept", "passed", "critical", "passed"),
        ("torn", "broken", "normal", "inconclusive"),
        ("absent", "skipped", "minor", "not tested"),
        ("beside", "skipped", "critical", "not applicable"),
    }


def test_the_history_of_a_requirement_goes_on_over_runs_and_versions(tmp_path: Path) -> None:
    first = {r["fullName"]: r["historyId"] for r in results(calm(), tmp_path)}
    second = {r["fullName"]: r["historyId"] for r in results(run(target(version="2")), tmp_path)}
    assert first == second


def test_versions_side_by_side_are_not_taken_for_retries(tmp_path: Path) -> None:
    found = results(run(target(version="1"), target(version="2")), tmp_path)
    assert len({r["historyId"] for r in found}) == len(found) == 6


def test_earlier_results_are_replaced_and_foreign_files_left_alone(tmp_path: Path) -> None:
    folder = FORMATS["allure"](nasty(), tmp_path)
    (folder / "notes.txt").write_text("mine")
    assert len(results(calm(), tmp_path)) == 3
    assert not list(folder.glob("*-attachment.txt"))
    assert (folder / "notes.txt").exists()


def test_every_attachment_is_there_and_holds_nothing_that_acts(tmp_path: Path) -> None:
    failed = next(r for r in results(nasty(), tmp_path) if r["status"] == "failed" and r.get("attachments"))
    names = [attachment["name"] for attachment in failed["attachments"]]
    assert names[:4] == ["Smallest counterexample 1", "Exchange 2 1", "Exchange 1 1", "Send it again 1"]
    for attachment in failed["attachments"]:
        text = (tmp_path / "allure-results" / attachment["source"]).read_text()
        assert all(char.isprintable() or char in "\n\t" for char in text)
