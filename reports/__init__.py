"""What was seen: the run record, and every report drawn from it alone."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from reports import allure, ctrf, earl, html, junit, markdown
from reports.evidence import BODY_LIMIT, body_of, curl_of
from reports.exchanges import AnswerRecord, Body, ExchangeRecord
from reports.model import (
    FORMAT,
    CauseKind,
    CauseRecord,
    CheckRecord,
    Counts,
    CoverageRecord,
    DifferenceRecord,
    DocumentRecord,
    FailureRecord,
    GateFinding,
    GateRecord,
    GateState,
    OperationRecord,
    Outcome,
    ReadingRecord,
    RequirementRecord,
    RestoredRecord,
    RestoredState,
    RunInfo,
    RunRecord,
    SuiteRecord,
    TargetRecord,
    Verdict,
    WaiverRecord,
    WaiverState,
)
from reports.record import RecordError, read, schema, write

FORMATS: Mapping[str, Callable[[RunRecord, Path], Path]] = MappingProxyType(
    {
        "junit": junit.write,
        "allure": allure.write,
        "html": html.write,
        "ctrf": ctrf.write,
        "earl": earl.write,
        "markdown": markdown.write,
    }
)
"""Writers of report files by name: each takes a record and an existing folder and returns what it wrote."""

__all__ = [
    "BODY_LIMIT",
    "FORMAT",
    "FORMATS",
    "AnswerRecord",
    "Body",
    "CauseKind",
    "CauseRecord",
    "CheckRecord",
    "Counts",
    "CoverageRecord",
    "DifferenceRecord",
    "DocumentRecord",
    "ExchangeRecord",
    "FailureRecord",
    "GateFinding",
    "GateRecord",
    "GateState",
    "OperationRecord",
    "Outcome",
    "ReadingRecord",
    "RecordError",
    "RequirementRecord",
    "RestoredRecord",
    "RestoredState",
    "RunInfo",
    "RunRecord",
    "SuiteRecord",
    "TargetRecord",
    "Verdict",
    "WaiverRecord",
    "WaiverState",
    "body_of",
    "curl_of",
    "read",
    "schema",
    "write",
]
