"""Two handmade runs between which everything that can change has changed, and a way to write journals."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from reports import OperationRecord, Outcome, RequirementRecord, RunRecord, Verdict, write
from tests.reports.records import failure, reading, requirement, run, target

STEADY = tuple(0.002 + 0.0001 * step for step in range(21))


def operation(name: str, quantiles: Iterable[float] = STEADY, count: int = 200) -> OperationRecord:
    spread = tuple(quantiles)
    return OperationRecord(name, count, spread[10], spread[19], spread[20], spread)


def named(id: str, verdict: Verdict, **more: Any) -> RequirementRecord:
    failures = (failure(),) if verdict is Verdict.FAILED else ()
    return requirement(id, verdict, failures=failures, **more)


def then(**changes: object) -> RunRecord:
    """The run before."""
    requirements = (
        named("breaks", Verdict.PASSED),
        named("mends", Verdict.FAILED),
        named("stays-broken", Verdict.FAILED),
        named("vanishes", Verdict.PASSED),
        named("calm", Verdict.PASSED),
        named("appears", Verdict.NOT_TESTED, reason="no check of it ran"),
    )
    readings = (reading(), reading("loose", "1001"), reading("lost", "1002"), reading("same", "1002"))
    operations = (operation("update"), operation("status"), operation("delete"))
    made = target(requirements=requirements, readings=readings, operations=operations, verdict=Outcome.NOT_CONFORMANT)
    return replace(run(replace(made, **changes)), run=replace(run().run, id="old-run"))  # type: ignore[arg-type]


def now(**changes: object) -> RunRecord:
    """The run after: every list stands the other way round."""
    requirements = (
        named("appears", Verdict.PASSED),
        named("calm", Verdict.PASSED),
        named("vanishes", Verdict.NOT_TESTED, reason="the target was unreachable"),
        named("stays-broken", Verdict.FAILED),
        named("mends", Verdict.PASSED),
        named("breaks", Verdict.FAILED),
    )
    readings = (reading("same", "1002"), reading("lost", None), reading("loose", "1002"), reading(option="1001"))
    operations = (
        operation("delete", (time / 4 for time in STEADY)),
        operation("status", STEADY),
        operation("update", (time * 3 for time in STEADY)),
    )
    made = target(
        requirements=requirements,
        readings=readings,
        operations=operations,
        verdict=Outcome.NOT_CONFORMANT,
        version="2026.12",
    )
    info = replace(run().run, id="new-run", started="2026-11-23T01:02:03.000Z", finished="2026-11-23T01:02:40.000Z")
    return replace(run(replace(made, **changes)), run=info)  # type: ignore[arg-type]


def row(number: int, sent: str, came: str | None, *, status: int = 200, check: str = "queued", **request: Any) -> Any:
    """A line of a journal; without `came` it is a timeout."""
    asked = {"operation": "update", "method": "PUT", "path": "/profile", "query": "", "headers": [["key", "***key***"]]}
    answer = {} if came is None else {"answer": {"status": status, "headers": [], "text": came}}
    trouble = {"trouble": "timeout", "detail": "no answer"} if came is None else {}
    times = {"started_s": number / 10, "elapsed_s": 0.01}
    return {
        "number": number,
        "check": check,
        **times,
        "request": {**asked, **request, "text": sent},
        **answer,
        **trouble,
    }


def saved(record: RunRecord, folder: Path, rows: Iterable[Any] | None = None) -> Path:
    """Writes a record, and a journal beside it where there are rows."""
    folder.mkdir(parents=True, exist_ok=True)
    if rows is not None:
        lines = "".join(json.dumps(each) + "\n" for each in rows)
        (folder / record.targets[0].journal).write_text(lines, "utf-8")
    write(record, folder / "run.json")
    return folder / "run.json"
