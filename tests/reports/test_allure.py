"""The Allure results say what the record says."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from reports import FORMATS, RunRecord
from tests.reports.records import calm, nasty, run, shared, target, throttled


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


def test_requirements_of_one_cause_can_be_found_together(tmp_path: Path) -> None:
    found = results(shared(), tmp_path)
    assert sorted(labels(r, "tag")[0] for r in found if "cause 1" in labels(r, "tag")) == [
        "batch-limit",
        "queued-code",
        "shown",
    ]
    messages = {labels(r, "tag")[0]: r["statusDetails"]["message"] for r in found if r["status"] == "failed"}
    assert messages["shown"].endswith("; cause 1 of 1, it also breaks queued-code, batch-limit")


def test_what_was_not_served_has_a_category_of_its_own_and_a_result(tmp_path: Path) -> None:
    found = {labels(r, "tag")[0]: r for r in results(throttled(), tmp_path)}
    assert found["not-served"]["status"] == "broken"
    folder = tmp_path / "allure-results"
    first = json.loads((folder / "categories.json").read_text())[0]
    assert first["name"] == "Not served by the target"
    for name in ("not-served", "lost", "lost-too"):
        assert re.fullmatch(first["messageRegex"], found[name]["statusDetails"]["message"])
    assert not re.fullmatch(first["messageRegex"], found["queued-code"]["statusDetails"]["message"])
    assert "target.1.cause.1 = not served: the target limits" in (folder / "environment.properties").read_text()
