"""JUnit XML: one suite per target, one case per requirement."""

from __future__ import annotations

from pathlib import Path

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from reports.cases import Case, cases, facts, label, overall
from reports.model import Outcome, RunRecord, TargetRecord, Verdict
from reports.text import one_line, visible

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
    if not record.targets and record.verdict is not Outcome.CONFORMANT:
        suite = TestSuite(record.suite.name)
        suite.add_testcase(_case(record.suite.name, overall(record.verdict, record.reason)))
        document.add_testsuite(suite)
    document.update_statistics()  # type: ignore[no-untyped-call]
    path = out / FILE
    document.write(str(path), pretty=True)
    return path


def _suite(record: RunRecord, target: TargetRecord) -> TestSuite:
    suite = TestSuite(visible(f"{target.contract}: {label(target)}"))
    suite.timestamp = record.run.started.removesuffix("Z")
    suite.hostname = visible(target.base_url)
    told = {**facts(record), "target verdict": str(target.verdict), "spec digest": target.spec_digest}
    for name, value in told.items():
        suite.add_property(name, visible(value))
    suite.add_testcases([_case(target.contract, case) for case in cases(target)])
    return suite


def _case(contract: str, case: Case) -> TestCase:
    entry = TestCase(case.id, contract, round(case.seconds, 3))
    kind = _RESULTS.get(case.verdict)
    if kind is not None:
        result = kind(one_line(case.headline, 500), str(case.verdict))
        result.text = visible(case.details())
        entry.result = [result]
    return entry
