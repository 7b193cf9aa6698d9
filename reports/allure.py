"""Allure results: one result per requirement, with its evidence attached."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from allure_commons.logger import AllureFileLogger
from allure_commons.model2 import Attachment, Label, Parameter, Status, StatusDetails, TestResult, TestStepResult
from allure_commons.types import AttachmentType, LabelType, Severity

from reports.cases import Case, cases, facts, label, loose
from reports.causes import findings
from reports.coverage import target_verdict
from reports.gate import let_pass
from reports.model import GateState, RunRecord, TargetRecord, Verdict
from reports.text import one_line, plural, visible
from reports.view import Strength, transcript
from specs.model import Level

FOLDER = "allure-results"
EXCHANGES = 5  # of a failure that are attached; the last ones
_OURS = ("*-result.json", "*-container.json", "*-attachment.*", "categories.json", "environment.properties")
_STATUS = {
    Verdict.PASSED: Status.PASSED,
    Verdict.FAILED: Status.FAILED,
    Verdict.INCONCLUSIVE: Status.BROKEN,
    Verdict.NOT_APPLICABLE: Status.SKIPPED,
    Verdict.NOT_TESTED: Status.SKIPPED,
}
_SEVERITY = {
    Level.MANDATORY: Severity.CRITICAL,
    Level.PREFERRED: Severity.NORMAL,
    Level.PERMITTED: Severity.MINOR,
}
_CATEGORIES = {
    Verdict.FAILED: "Requirement broken",
    Verdict.INCONCLUSIVE: "Could not be told",
    Verdict.NOT_TESTED: "Not tested",
    Verdict.NOT_APPLICABLE: "Not applicable under the reading that is followed",
}


class _Logger:
    """Allure's own writer, with types."""

    def __init__(self, folder: Path) -> None:
        self._writer: Any = AllureFileLogger(folder)  # type: ignore[no-untyped-call]

    def result(self, result: TestResult) -> None:
        """Writes one result."""
        self._writer.report_result(result)

    def attach(self, text: str, file: str) -> None:
        """Writes one attachment."""
        self._writer.report_attached_data(text, file)


def write(record: RunRecord, out: Path) -> Path:
    """Writes `allure-results/` into a folder, in place of earlier results, and returns its path."""
    folder = out / FOLDER
    for old in [path for pattern in _OURS for path in folder.glob(pattern)]:
        old.unlink()
    logger = _Logger(folder)
    began = round(datetime.fromisoformat(record.run.started).timestamp() * 1000)
    passing = let_pass(record)
    names = Counter((target.contract, target.name) for target in record.targets)
    for target in record.targets:
        # Versions side by side are not retries of one another; one version after the other is a history.
        identity = label(target) if names[target.contract, target.name] > 1 else target.name
        for case in cases(target):
            why = passing.get((target.contract, target.name, case.id), "")
            logger.result(_result(logger, target.contract, identity, label(target), case, why, began))
    for contract, case in loose(record):
        logger.result(_result(logger, contract, "", "", case, "", began))
    _write_surroundings(record, folder)
    return folder


def _result(
    logger: _Logger, contract: str, identity: str, shown: str, case: Case, passing: str, began: int
) -> TestResult:
    """One result. `passing` is why the gate lets pass what is broken, or ""; Allure then counts it as skipped."""
    stop = began + round(case.seconds * 1000)
    strength = case.strength or Strength((), 0, {})
    return TestResult(
        uuid=str(uuid.uuid4()),
        name=visible(case.title),
        fullName=f"{contract}.{case.id}",
        historyId=_digest(contract, identity, case.id),
        testCaseId=_digest(contract, case.id),
        titlePath=[contract, case.group],
        status=Status.SKIPPED if passing else _STATUS[case.verdict],
        statusDetails=_status_details(case, passing),
        stage="finished",
        description="  \n".join(f"{name}: {visible(text)}" for name, text in case.facts),
        labels=_labels(contract, case, passing),
        parameters=[Parameter(name="target", value=visible(shown))] if shown else [],
        steps=_steps(strength, began),
        attachments=_attachments(logger, case),
        start=began,
        stop=stop,
    )


def _status_details(case: Case, passing: str) -> StatusDetails | None:
    if case.verdict is Verdict.PASSED:
        return None
    told = case.headline(2_000, passing)
    return StatusDetails(known=True if passing else None, message=told, trace=visible(case.details()))


def _labels(contract: str, case: Case, passing: str) -> list[Label]:
    pairs = [
        (LabelType.PARENT_SUITE, contract),
        (LabelType.SUITE, case.group),
        (LabelType.EPIC, contract),
        (LabelType.FEATURE, case.group),
        (LabelType.TAG, case.id),
        (LabelType.SEVERITY, _SEVERITY[case.level].value),
        (LabelType.FRAMEWORK, "profile-conformance"),
        ("verdict", str(case.verdict)),
        ("level", case.level.value),
    ]
    if case.verdict in (Verdict.NOT_APPLICABLE, Verdict.NOT_TESTED):
        pairs.append((LabelType.TAG, str(case.verdict)))
    if passing:
        pairs.append((LabelType.TAG, passing.partition(":")[0]))
    pairs += [(LabelType.TAG, f"cause {finding.number}") for finding in case.findings]
    return [Label(name=str(name), value=value) for name, value in pairs]


def _steps(strength: Strength, began: int) -> list[TestStepResult]:
    """The checks behind the verdict."""
    steps = []
    for check in strength.checks:
        told = [("cases", f"{check.cases:,}"), ("exchanges", f"{check.exchanges:,}"), ("reason", check.reason)]
        told += [("boundary", f"{name}: {plural(count, 'time')}") for name, count in check.boundaries.items()]
        steps.append(
            TestStepResult(
                name=visible(f"{check.id}: {check.summary}"),
                status=_STATUS[check.verdict],
                statusDetails=StatusDetails(message=visible(check.reason)) if check.reason else None,
                stage="finished",
                parameters=[Parameter(name=name, value=visible(value)) for name, value in told if value],
                start=began,
                stop=began + round(check.elapsed_s * 1000),
            )
        )
    return steps


def _attachments(logger: _Logger, case: Case) -> list[Attachment]:
    attached: list[tuple[str, str]] = []
    for number, way in enumerate(case.ways, start=1):
        which = f" {number}" if len(case.ways) > 1 else ""
        if way.failure.counterexample:
            attached.append((f"Smallest counterexample{which}", way.failure.counterexample))
        trail = reversed(way.failure.trail[-EXCHANGES:])
        attached += [(f"Exchange {exchange.number}{which}", transcript(exchange)) for exchange in trail]
        if way.failure.trail:
            attached.append((f"Send it again{which}", way.failure.trail[-1].curl))
    return [_attach(logger, name, visible(text)) for name, text in attached]


def _attach(logger: _Logger, name: str, text: str) -> Attachment:
    kind = AttachmentType.TEXT
    source = f"{uuid.uuid4()}-attachment.{kind.extension}"
    logger.attach(text, source)
    return Attachment(name=name, source=source, type=kind.mime_type)


def _write_surroundings(record: RunRecord, folder: Path) -> None:
    targets: dict[str, str] = {}
    for number, target in enumerate(record.targets, start=1):
        targets[f"target.{number}"] = _described(target)
        targets |= {f"target.{number}.cause.{each.number}": each.line for each in findings(target).all}
    told = {**facts(record), **targets}
    lines = (f"{name} = {_property(value)}\n" for name, value in told.items())
    (folder / "environment.properties").write_text("".join(lines), "ascii")
    categories = [
        {"name": name, "matchedStatuses": [_STATUS[verdict]], "messageRegex": rf"{verdict}[\s\S]*"}
        for verdict, name in _CATEGORIES.items()
    ]
    let = "|".join(state for state in GateState if state is not GateState.BLOCKS)
    known = {"name": "Broken, and let pass by the gate", "matchedStatuses": [Status.SKIPPED]}
    categories.append({**known, "messageRegex": rf"({let}): [\s\S]*"})
    refused = {"name": "Not served by the target", "matchedStatuses": [Status.BROKEN, Status.SKIPPED]}
    categories.insert(0, {**refused, "messageRegex": r"[\s\S]*\bnot served: [\s\S]*"})
    (folder / "categories.json").write_text(json.dumps(categories, indent=2), "utf-8")


def _described(target: TargetRecord) -> str:
    return f"{target.contract}: {label(target)} at {target.base_url}, {target_verdict(target)}"


def _property(value: str) -> str:
    """A value as a Java properties file has it."""
    escaped = one_line(value, 2_000).replace("\\", "\\\\")
    return "".join(c if c.isascii() else "".join(f"\\u{unit:04x}" for unit in _utf16(c)) for c in escaped)


def _utf16(char: str) -> Iterable[int]:
    data = char.encode("utf-16-be")
    return (int.from_bytes(data[i : i + 2]) for i in range(0, len(data), 2))


def _digest(*parts: str) -> str:
    return hashlib.md5("\0".join(parts).encode("utf-8", "surrogatepass"), usedforsecurity=False).hexdigest()
