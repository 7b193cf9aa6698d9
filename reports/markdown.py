"""A short report in Markdown, for the summary page of a CI job."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from reports.cases import Case, cases, facts, label
from reports.gate import exit_code, outcome, states, waiver_line
from reports.model import GateRecord, GateState, RunRecord, TargetRecord, Verdict
from reports.restored import flagged, sentences, summary
from reports.text import one_line
from reports.view import counts, readings

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
    verdict = str(record.verdict).capitalize()
    gate = f", gate {outcome(record.gate)}" if record.gate else ""
    yield f"## Conformance: {verdict}{gate}"
    yield ""
    yield f"Exit code {exit_code(record)}. {plain(record.gate.reason if record.gate else record.reason, 600)}"
    yield ""
    yield f"| contract | target | verdict | {' | '.join(map(str, _COLUMNS))} | readings not strict |"
    yield "|---|---|---|" + "--:|" * (len(_COLUMNS) + 1)
    for target in record.targets:
        yield _row(target)
    for target in record.targets:
        yield from _broken(record, target)
    yield from _restored(record)
    if record.gate is not None:
        yield from _waivers(record.gate)
    yield ""
    yield f"<sub>{plain('; '.join(f'{name} {value}' for name, value in facts(record).items()), 600)}</sub>"


def _row(target: TargetRecord) -> str:
    found = counts(target.requirements)
    numbers = [str(found.get(verdict, 0)) for verdict in _COLUMNS]
    cells = [plain(target.contract), plain(label(target)), str(target.verdict), *numbers]
    return f"| {' | '.join([*cells, str(len(readings(target).notable))])} |"


def _broken(record: RunRecord, target: TargetRecord) -> Iterator[str]:
    bad = [case for case in cases(target) if case.verdict in (Verdict.FAILED, Verdict.INCONCLUSIVE)]
    if not bad:
        return
    known = states(record)
    yield ""
    yield f"### {plain(target.contract)}: {plain(label(target))}"
    yield ""
    for case in bad[:LISTED]:
        yield _item(case, known.get((target.contract, target.name, case.id)))
    if len(bad) > LISTED:
        yield f"- and {len(bad) - LISTED} more, see the HTML report"


def _item(case: Case, state: GateState | None) -> str:
    mark = f" ({state})" if state not in (None, GateState.BLOCKS) else ""
    told = f"- **{case.verdict}{mark}** {plain(case.id)}, {case.level}: {plain(case.title)}"
    reason = f"  \n  {plain(case.reason, 500)}" if case.reason else ""
    source = next((text for name, text in case.facts if name == "source"), "")
    return told + reason + (f"  \n  Source: {plain(source)}" if source else "")


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
