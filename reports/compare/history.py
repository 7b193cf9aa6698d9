"""Many runs on one page: a small plot per contract, and a grid of requirements by run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from reports.html import asset, environment, policy
from reports.model import RequirementRecord, RunRecord, TargetRecord, Verdict
from reports.text import seconds
from reports.view import readings

FILE = "history.html"
WIDTH, HEIGHT, EDGE = 300.0, 80.0, 6.0  # of a plot, and the room around its points


@dataclass(frozen=True, slots=True)
class Point:
    """A run in a plot; `said` is its value in words."""

    x: float
    y: float
    said: str


@dataclass(frozen=True, slots=True)
class Plot:
    """One line through the runs. `pieces` are cut where a run has no value."""

    title: str
    last: str
    pieces: tuple[tuple[Point, ...], ...]
    said: str

    @property
    def points(self) -> tuple[Point, ...]:
        """All of them."""
        return tuple(point for piece in self.pieces for point in piece)


@dataclass(frozen=True, slots=True)
class Row:
    """A requirement through the runs; None where a run lacks it. `moved` says that its verdict changed."""

    requirement: RequirementRecord
    verdicts: tuple[Verdict | None, ...]
    moved: bool


@dataclass(frozen=True, slots=True)
class Contract:
    """A contract through the runs."""

    id: str
    title: str
    name: str
    plots: tuple[Plot, ...]
    rows: tuple[Row, ...]


def moment(record: RunRecord) -> tuple[str, str]:
    """When a run started; runs are sorted by it."""
    return record.run.started, record.run.id


def write(records: Sequence[RunRecord], out: Path) -> Path:
    """Writes `history.html` into a folder and returns its path."""
    path = out / FILE
    path.write_text(draw(records), "utf-8", "backslashreplace")
    return path


def draw(records: Sequence[RunRecord]) -> str:
    """The page of many runs."""
    style, script = asset("report.css") + asset("compare.css"), asset("compare.js")
    found = tuple(contracts(records))
    return (
        environment()
        .get_template("history.html.j2")
        .render(
            records=records,
            contracts=found,
            rows=sum(len(each.rows) for each in found),
            width=WIDTH,
            height=HEIGHT,
            edge=EDGE,
            policy=policy(style, script),
            style=Markup(style),  # noqa: S704 - our own file
            script=Markup(script),  # noqa: S704 - our own file
        )
    )


def contracts(records: Sequence[RunRecord]) -> Iterator[Contract]:
    """Every contract of any run; several targets of one contract are kept apart by their names."""
    many = {name for record in records for name, number in _counted(record).items() if number > 1}
    lines: dict[tuple[str, str], list[TargetRecord | None]] = {}
    for number, record in enumerate(records):
        for target in record.targets:
            key = target.contract, target.name if target.contract in many else ""
            lines.setdefault(key, [None] * len(records))[number] = target
    for key in sorted(lines):
        targets = lines[key]
        last = next(target for target in reversed(targets) if target)
        plots = (_pass_rate(targets), _latency(targets), _readings(targets))
        yield Contract(last.contract, last.title, last.name, plots, tuple(_rows(targets)))


def _counted(record: RunRecord) -> Mapping[str, int]:
    return Counter(target.contract for target in record.targets)


def _rows(targets: Sequence[TargetRecord | None]) -> Iterator[Row]:
    by_run = [{r.id: r for r in target.requirements} if target else {} for target in targets]
    for name in dict.fromkeys(name for each in reversed(by_run) for name in each):
        found = [each.get(name) for each in by_run]
        verdicts = tuple(each.verdict if each else None for each in found)
        there = next(each for each in reversed(found) if each)
        yield Row(there, verdicts, len({verdict for verdict in verdicts if verdict}) > 1)


def _pass_rate(targets: Sequence[TargetRecord | None]) -> Plot:
    values: list[float | None] = []
    said: list[str] = []
    for target in targets:
        verdicts = [r.verdict for r in target.requirements] if target else []
        concerned = [v for v in verdicts if v is not Verdict.NOT_APPLICABLE]
        passed = sum(v is Verdict.PASSED for v in concerned)
        values.append(passed / len(concerned) if concerned else None)
        said.append(f"{passed} of {len(concerned)}")
    return _plot("Passed, of all requirements that apply", values, said, low=0.0, high=1.0)


def _latency(targets: Sequence[TargetRecord | None]) -> Plot:
    counts: dict[str, int] = {}
    for target in targets:
        for operation in target.operations if target else ():
            counts[operation.name] = counts.get(operation.name, 0) + operation.count
    busiest = max(sorted(counts), key=counts.__getitem__, default="")
    values: list[float | None] = []
    for target in targets:
        found = next((o for o in target.operations if o.name == busiest), None) if target else None
        values.append(found.median_s if found else None)
    top = max((value for value in values if value is not None), default=0.0)
    title = f"Median answer time of {busiest}" if busiest else "Answer times"
    return _plot(title, values, ["" if v is None else seconds(v) for v in values], low=0.0, high=1.1 * top or 1.0)


def _readings(targets: Sequence[TargetRecord | None]) -> Plot:
    values: list[float | None] = []
    said: list[str] = []
    for target in targets:
        found = readings(target) if target else None
        learned = found.learned if found else 0
        values.append(len(found.strict) / learned if found and learned else None)
        said.append(f"{len(found.strict)} of {learned}" if found else "")
    return _plot("Strict, of all readings learned", values, said, low=0.0, high=1.0)


def _plot(title: str, values: Sequence[float | None], said: Sequence[str], *, low: float, high: float) -> Plot:
    step = (WIDTH - 2 * EDGE) / max(len(values) - 1, 1)
    pieces: list[list[Point]] = [[]]
    for number, (value, words) in enumerate(zip(values, said, strict=True)):
        if value is None:
            pieces.append([])
            continue
        height = (value - low) / (high - low) * (HEIGHT - 2 * EDGE)
        pieces[-1].append(Point(round(EDGE + number * step, 2), round(HEIGHT - EDGE - height, 2), words))
    spoken = [words if value is not None else "not run" for value, words in zip(values, said, strict=True)]
    return Plot(title, spoken[-1], tuple(tuple(piece) for piece in pieces if piece), ", ".join(spoken))
