"""JUnit XML: one suite per target, one case per requirement."""

from __future__ import annotations

from pathlib import Path

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from reports.cases import Case, cases, facts, label, loose
from reports.causes import Finding, findings
from reports.coverage import target_verdict
from reports.gate import let_pass
from reports.model import RunRecord, TargetRecord, Verdict
from reports.text import visible

FILE = "junit.xml"
_RESULTS = {
    Verdict.FAILED: Failure,
    Verdict.INCONCLUSIVE: Error,
    Verdict.NOT_APPLICABLE: Skipped,
    Verdict.NOT_TESTED: Skipped,
}


def write(record: RunRecord, out: Path) -> Path:
    """Writes `junit.xml` into a folder and returns its path."""
    document = JUnitXml(record.suite.name)
    for target in record.targets:
        document.add_testsuite(_suite(record, target))
    for name, case in loose(record):
        suite = TestSuite(visible(f"{name}: {case.group}"))
        suite.add_testcase(_case(name, case, ""))
        document.add_testsuite(suite)
    document.update_statistics()  # type: ignore[no-untyped-call]
    path = out / FILE
    document.write(str(path), pretty=True)
    return path


def _suite(record: RunRecord, target: TargetRecord) -> TestSuite:
    suite = TestSuite(visible(f"{target.contract}: {label(target)}"))
    suite.timestamp = record.run.started.removesuffix("Z")
    suite.hostname = visible(target.base_url)
    told = {
        **facts(record),
        "target verdict": str(target.verdict),
        "target tested": target_verdict(target),
        "spec digest": target.spec_digest,
    }
    known = findings(target).all
    told |= {f"cause {each.number} of {len(known)}": _cause(each) for each in known}
    for name, value in told.items():
        suite.add_property(name, visible(value))
    passing = let_pass(record)
    key = (target.contract, target.name)
    subject = f"{target.contract}: {label(target)}"
    suite.add_testcases([_case(subject, case, passing.get((*key, case.id), "")) for case in cases(target)])
    return suite


def _case(subject: str, case: Case, passing: str) -> TestCase:
    """One case. What the gate lets pass is skipped and says why: a CI that reads the file must not fail for it."""
    entry = TestCase(case.id, visible(subject), round(case.seconds, 3))
    kind = Skipped if passing else _RESULTS.get(case.verdict)
    if kind is not None:
        result = kind(case.headline(500, passing), str(case.verdict))
        result.text = visible(case.details())
        entry.result = [result]
    return entry


def _cause(finding: Finding) -> str:
    hit = ", ".join(finding.record.requirements)
    return f"{finding.line} ({finding.often})" + (f"; it hits {hit}" if hit else "")
