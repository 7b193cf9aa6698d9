"""CTRF, the Common Test Report Format: one JSON file, one test per requirement."""

from __future__ import annotations

import json
import uuid
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

from reports.cases import Case, cases, facts, label, loose
from reports.causes import findings
from reports.gate import outcome, states
from reports.model import GateState, RunRecord, TargetRecord, Verdict
from reports.text import visible

FILE = "ctrf.json"
SPEC_VERSION = "0.0.0"
STATUSES = ("passed", "failed", "skipped", "pending", "other")
_NAMES = uuid.uuid5(uuid.NAMESPACE_URL, "https://profile-conformance.invalid/ctrf")
_STATUS = {
    Verdict.PASSED: "passed",
    Verdict.FAILED: "failed",
    Verdict.INCONCLUSIVE: "other",
    Verdict.NOT_APPLICABLE: "skipped",
    Verdict.NOT_TESTED: "skipped",
}


def write(record: RunRecord, out: Path) -> Path:
    """Writes `ctrf.json` into a folder and returns its path."""
    path = out / FILE
    path.write_text(json.dumps(document(record), indent=1) + "\n", "ascii")
    return path


def document(record: RunRecord) -> dict[str, Any]:
    """A run as a CTRF document."""
    started, finished = (_milliseconds(moment) for moment in (record.run.started, record.run.finished))
    known = states(record)
    tests = [_test(target, case, known) for target in record.targets for case in cases(target)]
    tests += [_entry((suite, case.group), case, ()) for suite, case in loose(record)]
    counted = Counter(test["status"] for test in tests)
    told = {name: visible(value) for name, value in facts(record).items()}
    return {
        "reportFormat": "CTRF",
        "specVersion": SPEC_VERSION,
        "reportId": str(uuid.uuid5(_NAMES, record.run.id)),
        "timestamp": record.run.finished,
        "generatedBy": f"{record.suite.name} {record.suite.version}",
        "results": {
            "tool": {"name": record.suite.name, "version": record.suite.version},
            "summary": {
                "tests": len(tests),
                **{status: counted[status] for status in STATUSES},
                "suites": len({tuple(test["suite"]) for test in tests}),
                "start": started,
                "stop": max(finished, started),
                "extra": told | _causes(record) | ({"gate": outcome(record.gate)} if record.gate else {}),
            },
            "tests": tests,
        },
    }


def _test(target: TargetRecord, case: Case, known: dict[tuple[str, str, str], GateState]) -> dict[str, Any]:
    state = known.get((target.contract, target.name, case.id))
    test = _entry((target.contract, label(target), case.group), case, (state,) if state else ())
    test["id"] = str(uuid.uuid5(_NAMES, json.dumps([target.contract, target.name, case.id])))
    return test


def _entry(suite: tuple[str, ...], case: Case, gate: tuple[GateState, ...]) -> dict[str, Any]:
    """One test. A failure that the gate lets pass is `other`: counted, and not green."""
    waived = any(state is not GateState.BLOCKS for state in gate)
    test: dict[str, Any] = {
        "name": visible(case.id),
        "status": "other" if waived and case.verdict is Verdict.FAILED else _STATUS[case.verdict],
        "duration": round(case.seconds * 1000),
        "suite": [visible(part) or "-" for part in suite],
        "rawStatus": str(case.verdict),
        "tags": [str(case.level)],
        "type": "conformance",
        "extra": {"requirement": visible(case.title), **{name: visible(text) for name, text in case.facts}},
    }
    if gate:
        test["extra"]["gate"] = str(gate[0])
    if case.verdict is not Verdict.PASSED:
        test["message"] = case.headline(500)
    if case.hit:
        test["extra"]["causes"] = [visible(each) for each in case.hit]
    if case.verdict is Verdict.FAILED:
        test["trace"] = visible(case.details())
    return test


def _causes(record: RunRecord) -> dict[str, Any]:
    """Every cause once, by contract and target."""
    told = [
        {
            "contract": target.contract,
            "target": visible(label(target)),
            "cause": each.number,
            "kind": each.record.kind.value,
            "what": visible(each.record.what),
            "mend": visible(each.mend),
            "times": each.record.times,
            "requirements": list(each.record.requirements),
        }
        for target in record.targets
        for each in findings(target).all
    ]
    return {"causes": told} if told else {}


def _milliseconds(moment: str) -> int:
    return round(datetime.fromisoformat(moment).timestamp() * 1000)
