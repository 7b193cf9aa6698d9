"""A short report in Markdown, for the summary page of a CI job."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from reports.cases import OVERALL, Case, cases, facts, label
from reports.causes import Finding, findings, first_word, named
from reports.coverage import run_verdict, target_verdict
from reports.gate import exit_code, outcome, states, waiver_line
from reports.model import GateRecord, GateState, RunRecord, TargetRecord, Verdict
from reports.restored import flagged, sentences, summary
from reports.text import one_line, plural
from reports.view import came, counts, informational, readings, sent

FILE = "summary.md"
LISTED = 50  # broken requirements of a target that are listed; the HTML report has them all
_MARKS = re.compile(r"([!-/:-@\[-`{-~])")
_COLUMNS = (Verdict.PASSED, Verdict.FAILED, Verdict.INCONCLUSIVE, Verdict.NOT_TESTED, Verdict.NOT_APPLICABLE)


def write(record: RunRecord, out: Path) -> Path:
    """Writes `summary.md` into a folder and returns its path."""
    path = out / FILE
    path.write_text(draw(record), "utf-8", "backslashreplace")
    return path


def draw(record: RunRecord) -> str:
    """A run as Markdown, GitHub's flavor."""
    return "\n".join(_lines(record)) + "\n"


def plain(text: str, limit: int = 300) -> str:
    """A text on one line in which nothing counts as Markdown or HTML."""
    # A backslash takes the meaning of any ASCII punctuation (CommonMark 0.31, section 2.4).
    return _MARKS.sub(r"\\\1", one_line(text, limit))


def _lines(record: RunRecord) -> Iterator[str]:
    verdict = run_verdict(record).capitalize()
    gate = f", gate {outcome(record.gate)}" if record.gate else ""
    yield f"## Conformance: {verdict}{gate}"
    yield ""
    yield f"Exit code {exit_code(record)}. {plain(record.gate.reason if record.gate else record.reason, 600)}"
    for target in record.targets:
        yield from _first(target)
    yield ""
    yield f"| contract | target | verdict | {' | '.join(map(str, _COLUMNS))} | readings not strict |"
    yield "|---|---|---|" + "--:|" * (len(_COLUMNS) + 1)
    for target in record.targets:
        yield _row(target)
    for target in record.targets:
        yield from _causes(target)
        yield from _broken(record, target)
    for target in record.targets:
        yield from _informational(target)
    yield from _restored(record)
    if record.gate is not None:
        yield from _waivers(record.gate)
    yield ""
    yield f"<sub>{plain('; '.join(f'{name} {value}' for name, value in facts(record).items()), 600)}</sub>"


def _row(target: TargetRecord) -> str:
    found = counts(target.requirements)
    numbers = [str(found.get(verdict, 0)) for verdict in _COLUMNS]
    cells = [plain(target.contract), plain(label(target)), target_verdict(target), *numbers]
    return f"| {' | '.join([*cells, str(len(readings(target).notable))])} |"


def _first(target: TargetRecord) -> Iterator[str]:
    """What must not be overlooked: a target that did not serve everything, or that nothing more can be said of."""
    found = findings(target)
    for finding in found.not_served:
        if finding.grave:
            lost = f" Not tested because of it: {len(finding.record.requirements)}." if finding.requirements else ""
            mend = f" What would help: {plain(finding.mend)}." if finding.mend else ""
            yield ""
            yield f"> **Not served** {plain(target.contract)}: {plain(finding.record.what, 900)}.{lost}{mend}"
    if first_word(target, found):
        yield ""
        yield f"> **{target.verdict}** {plain(target.contract)}: {plain(first_word(target, found), 900)}"


def _causes(target: TargetRecord) -> Iterator[str]:
    known = findings(target)
    found = known.all
    if not found or known.ended:
        return
    yield ""
    yield f"### {plain(target.contract)}: {plain(label(target))}, {plural(len(found), 'cause')}"
    yield ""
    for finding in found[:LISTED]:
        yield f"{finding.number}. **{finding.record.kind}** {plain(finding.observed, 500)}"
        rows = (
            ("expected", finding.allowed),
            ("what would help", finding.mend),
            ("hits", ", ".join(finding.record.requirements)),
            ("seen", finding.often),
            ("for example", _example(finding)),
        )
        yield from (f"    - {name}: {plain(text, 500)}" for name, text in rows if text)
    if len(found) > LISTED:
        yield f"- and {len(found) - LISTED} more, see the HTML report"


def _example(finding: Finding) -> str:
    shown = finding.record.exchange
    return f"{sent(shown, 200)} → {came(shown, 160)}" if shown else ""


def _broken(record: RunRecord, target: TargetRecord) -> Iterator[str]:
    bad = [case for case in cases(target) if case.verdict in (Verdict.FAILED, Verdict.INCONCLUSIVE)]
    bad = [case for case in bad if case.group != OVERALL]
    if not bad:
        return
    known = states(record)
    yield ""
    yield f"#### Requirements of {plain(target.contract)} that are broken or undecided"
    yield ""
    for case in bad[:LISTED]:
        yield _item(case, known.get((target.contract, target.name, case.id)))
    if len(bad) > LISTED:
        yield f"- and {len(bad) - LISTED} more, see the HTML report"


def _item(case: Case, state: GateState | None) -> str:
    """One requirement; what was seen stands with its causes."""
    mark = f" ({state})" if state not in (None, GateState.BLOCKS) else ""
    told = f"- **{case.verdict}{mark}** {plain(case.id)}, {case.level}: {plain(case.title)}"
    numbers = ", ".join(str(finding.number) for finding in case.findings)
    reason = f"cause {numbers}" if numbers else plain(case.reason, 500)
    source = next((f"; source: {plain(text)}" for name, text in case.facts if name == "source"), "")
    return f"{told}  \n  {reason}{source}" if reason or source else told


def _informational(target: TargetRecord) -> Iterator[str]:
    found = informational(target)
    if found:
        yield ""
        yield f"### Informational findings on {plain(target.contract)}"
        yield ""
    for each in found[:LISTED]:
        yield f"- {plain(each.what, 500)} ({plain(named(each.checks))})"
    if len(found) > LISTED:
        yield f"- and {len(found) - LISTED} more, see the HTML report"


def _restored(record: RunRecord) -> Iterator[str]:
    lending = [target for target in record.targets if target.restored]
    if lending:
        yield ""
        yield "### What the run borrowed and how it left it"
        yield ""
    for target in lending:
        bad = [sentence for each in target.restored if flagged(each) for sentence in sentences(each)]
        mark = "**not put back** " if bad else ""
        yield f"- {mark}{plain(target.contract)}: {plain(summary(target))}"
        yield from (f"  - {plain(sentence, 500)}" for sentence in bad[:LISTED])


def _waivers(gate: GateRecord) -> Iterator[str]:
    if gate.waivers:
        yield ""
        yield "### Waivers"
        yield ""
    for waiver in gate.waivers:
        yield f"- **{waiver.state}** {plain(waiver_line(waiver), 900)}"
