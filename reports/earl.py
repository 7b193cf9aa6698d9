"""W3C EARL 1.0 as JSON-LD: one assertion per requirement, with a context that needs no network."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

from reports.cases import OVERALL, Case, cases, label, overall
from reports.coverage import target_verdict
from reports.model import Outcome, RunRecord, TargetRecord, Verdict
from reports.text import visible

FILE = "earl.jsonld"
BASE = "https://profile-conformance.invalid/"
SUITE, SUBJECT = "suite", "subject-"
CONTEXT = {
    "@version": 1.1,
    "earl": "http://www.w3.org/ns/earl#",
    "dct": "http://purl.org/dc/terms/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
    "id": "@id",
    "type": "@type",
    "assertedBy": {"@id": "earl:assertedBy", "@type": "@id"},
    "subject": {"@id": "earl:subject", "@type": "@id"},
    "test": {"@id": "earl:test", "@type": "@id"},
    "mode": {"@id": "earl:mode", "@type": "@id"},
    "result": {"@id": "earl:result", "@type": "@id"},
    "outcome": {"@id": "earl:outcome", "@type": "@id"},
    "info": "earl:info",
    "title": "dct:title",
    "description": "dct:description",
    "version": "dct:hasVersion",
    "source": "dct:source",
    "isPartOf": {"@id": "dct:isPartOf", "@type": "@id"},
    "date": {"@id": "dct:date", "@type": "xsd:dateTime"},
}
OUTCOMES = {
    Verdict.PASSED: "earl:passed",
    Verdict.FAILED: "earl:failed",
    Verdict.INCONCLUSIVE: "earl:cantTell",
    Verdict.NOT_APPLICABLE: "earl:inapplicable",
    Verdict.NOT_TESTED: "earl:untested",
}


def write(record: RunRecord, out: Path) -> Path:
    """Writes `earl.jsonld` into a folder and returns its path."""
    path = out / FILE
    document = {"@context": CONTEXT, "@graph": list(_graph(record))}
    path.write_text(json.dumps(document, indent=1) + "\n", "ascii")
    return path


def _graph(record: RunRecord) -> Iterator[dict[str, Any]]:
    yield {
        "id": f"_:{SUITE}",
        "type": ["earl:Assertor", "earl:Software"],
        "title": record.suite.name,
        "version": record.suite.version,
    }
    described: set[str] = set()
    for number, target in enumerate(record.targets, start=1):
        subject = f"_:{SUBJECT}{number}"
        document = f"{BASE}{quote(target.contract)}"
        yield _subject(target, subject)
        if document not in described:
            yield {"id": document, "type": "earl:TestRequirement", "title": target.title, "source": _source(target)}
        for case in cases(target):
            test = f"{document}/{quote(case.id)}"
            if test not in described:
                yield _criterion(case, test, document)
            described |= {document, test}
            yield _assertion(record, case, subject, test)
    if not record.targets and record.verdict is not Outcome.CONFORMANT:
        case = overall(record.verdict, record.reason)
        yield _assertion(record, case, "_:subject", f"{BASE}{case.id}")


def _subject(target: TargetRecord, id: str) -> dict[str, Any]:
    return {
        "id": id,
        "type": ["earl:TestSubject", "earl:Software"],
        "title": visible(label(target)),
        "version": visible(target.version),
        "description": visible(f"{target.base_url}; {target_verdict(target)}"),
    }


def _source(target: TargetRecord) -> str:
    document = target.document
    return f"{document.id}, {document.title} (SHA-256 {document.sha256})"


def _criterion(case: Case, id: str, document: str) -> dict[str, Any]:
    facts = dict(case.facts)
    return {
        "id": id,
        "type": "earl:TestCriterion",
        "title": visible(case.title),
        "description": f"{case.group}; {case.level.value}",
        "isPartOf": document,
        **({"source": facts["source"]} if "source" in facts else {}),
    }


def _assertion(record: RunRecord, case: Case, subject: str, test: str) -> dict[str, Any]:
    info = visible(case.details() if case.ways else _brief(case))
    return {
        "type": "earl:Assertion",
        "assertedBy": f"_:{SUITE}",
        "subject": subject,
        "test": test,
        "mode": "earl:automatic",
        "result": {
            "type": "earl:TestResult",
            "outcome": OUTCOMES[case.verdict],
            "date": record.run.finished,
            **({"info": info} if info else {}),
        },
    }


def _brief(case: Case) -> str:
    """Why a case without evidence is not passed."""
    facts = [f"{name}: {text}" for name, text in case.facts] if case.group == OVERALL else []
    return "\n".join([case.reason, *facts, *(f"cause: {hit}" for hit in case.hit)]).strip()
