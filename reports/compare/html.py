"""A comparison as one self-contained HTML file that needs no network."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import log10
from pathlib import Path

from markupsafe import Markup

from reports.compare import words
from reports.compare.diff import Comparison, Kind, RequirementChange, TargetDiff
from reports.compare.latency import OperationChange, Speed
from reports.contrast import contrasted
from reports.html import asset, environment, policy
from reports.model import OperationRecord
from reports.text import seconds

FILE = "comparison.html"
MOST = 200  # changes of answers that a target shows
SLUGS = {
    Kind.NEW_FAILURE: "failed",
    Kind.UNTESTED: "inconclusive",
    Kind.STILL_FAILING: "failed",
    Kind.FIXED: "passed",
    Kind.TESTED: "passed",
    Kind.OTHER: "not-tested",
}
_LOW, _HIGH = 5, 95  # percent where the thin line of a distribution ends


@dataclass(frozen=True, slots=True)
class Strip:
    """A distribution on a common logarithmic scale, all in percent of the width: line, box, mark."""

    start: float
    end: float
    box_start: float
    box_end: float
    middle: float


@dataclass(frozen=True, slots=True)
class Speeds:
    """An operation as the page shows it."""

    change: OperationChange
    before: Strip | None
    after: Strip | None
    low: str
    high: str


def write(comparison: Comparison, out: Path) -> Path:
    """Writes `comparison.html` into a folder and returns its path."""
    path = out / FILE
    path.write_text(draw(comparison), "utf-8", "backslashreplace")
    return path


def draw(comparison: Comparison) -> str:
    """The page of a comparison."""
    style, script = asset("report.css") + asset("compare.css"), asset("compare.js")
    return (
        environment()
        .get_template("compare.html.j2")
        .render(
            comparison=comparison,
            words=words,
            kinds=[(kind, SLUGS[kind], words.TITLES[kind]) for kind in Kind],
            speeds=speeds,
            evidence=_evidence,
            total=sum(len(t.requirements) + len(t.readings) + _answers(t) for t in comparison.targets),
            most=MOST,
            policy=policy(style, script),
            style=Markup(style),  # noqa: S704 - our own file
            script=Markup(script),  # noqa: S704 - our own file
        )
    )


def _answers(target: TargetDiff) -> int:
    return min(len(target.answers.changes), MOST) if target.answers else 0


def _evidence(change: RequirementChange) -> Iterator[tuple[str, tuple[tuple[str, bool], ...]]]:
    """What there is to say of a requirement: labels, and texts with the part that differs."""
    lines = dict(words.requirement_lines(change, 1_500))
    marked = dict(
        zip(("observed", "allowed"), contrasted(lines.get("observed", ""), lines.get("allowed", "")), strict=True)
    )
    for name, text in lines.items():
        yield name, marked.get(name, ((text, False),))


def speeds(target: TargetDiff) -> Iterator[Speeds]:
    """The operations of a target, those that moved first."""
    order = [Speed.SLOWER, Speed.FASTER, Speed.ALIKE, Speed.UNTOLD]
    for change in sorted(target.operations, key=lambda each: order.index(each.speed)):
        spread = [each for each in (change.before, change.after) if each and len(each.quantiles) > 1]
        low = min((_at(each, _LOW) for each in spread), default=0.0)
        high = max((_at(each, _HIGH) for each in spread), default=0.0)
        before, after = _strip(change.before, low, high), _strip(change.after, low, high)
        yield Speeds(change, before, after, seconds(low), seconds(high))


def _strip(operation: OperationRecord | None, low: float, high: float) -> Strip | None:
    if operation is None or len(operation.quantiles) < 2 or high <= low:
        return None
    return Strip(*(_share(_at(operation, percent), low, high) for percent in (_LOW, _HIGH, 25, 75, 50)))


def _at(operation: OperationRecord, percent: int) -> float:
    return max(operation.quantiles[round(percent / 100 * (len(operation.quantiles) - 1))], 1e-6)


def _share(value: float, low: float, high: float) -> float:
    return round(100 * (log10(value) - log10(low)) / (log10(high) - log10(low)), 2)
