"""One self-contained HTML file that needs no network."""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from reports.causes import Finding, Findings, findings, first_word, named
from reports.contrast import contrasted, shown_otherwise, spotted
from reports.coverage import run_verdict, target_verdict
from reports.exchanges import Body, ExchangeRecord
from reports.gate import outcome, waiver_line
from reports.model import RequirementRecord, RunRecord, TargetRecord, Verdict
from reports.restored import flagged, lines, summary
from reports.text import laid_out, one_line, plural, seconds, status_line, visible
from reports.view import (
    Group,
    Informational,
    Readings,
    Strength,
    Way,
    came,
    counts,
    groups,
    informational,
    left_behind,
    readings,
    sent,
    source_of,
    strength,
    ways,
)
from specs.model import Level

FILE = "report.html"
BODY = 6_000  # characters of a body that the page shows while there is room
COMMAND = 20_000  # characters of a command; it is shown whole or not at all
TASTE = 200  # characters of a text when there is no room left
PAGE = 1_350_000  # bytes that a page should not exceed, and what its parts take without their evidence
REQUIREMENT, READING, CAUSE, HIT = 1_800, 1_300, 1_600, 450
EVIDENCE = 1_500  # bytes around the texts of a failure
OWN = 2  # ways to break a requirement that it shows beside its causes
TRAIL = 6  # exchanges that the page shows before the one that failed
MOST = 48  # findings of the gate that the overview lists
_ORDER = (Verdict.FAILED, Verdict.INCONCLUSIVE, Verdict.PASSED, Verdict.NOT_TESTED, Verdict.NOT_APPLICABLE)


@dataclass(frozen=True, slots=True)
class Segment:
    """A part of a bar, in percent."""

    verdict: Verdict
    start: float
    width: float


@dataclass(frozen=True, slots=True)
class Section:
    """A group of requirements with its place on the page."""

    anchor: str
    name: str
    requirements: tuple[RequirementRecord, ...]
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class TargetView:
    """A target as the templates need it. `twin` says that its contract has another target in this run."""

    record: TargetRecord
    anchor: str
    twin: bool
    groups: tuple[Section, ...]
    counts: Mapping[str, int]
    readings: Readings
    followed: Mapping[str, str]
    cases: int
    left_behind: tuple[str, ...]
    informational: tuple[Informational, ...]
    findings: Findings
    first: str

    @property
    def refused(self) -> tuple[Finding, ...]:
        """What was not served and cost something."""
        return tuple(finding for finding in self.findings.not_served if finding.grave)

    def own(self, requirement: RequirementRecord) -> tuple[Way, ...]:
        """Ways in which a requirement was broken that are not shown with a cause already, the first of them."""
        told = [finding.failure for finding in self.findings.of.get(requirement.id, ()) if finding.failure]
        shown = {(failure.trail[-1].check, failure.trail[-1].number) if failure.trail else failure for failure in told}
        own = [
            way
            for way in ways(requirement, self.record.checks)
            if (((last := way.failure.trail[-1:]) and (last[0].check, last[0].number)) or way.failure) not in shown
        ]
        return tuple(own[:OWN])

    def unsent(self, requirement: RequirementRecord) -> bool:
        """Whether a requirement was not tested because the run ended before any check."""
        return self.findings.ended is not None and requirement.reason == self.findings.ended.record.what

    def strength(self, requirement: RequirementRecord) -> Strength:
        """What stands behind the verdict of a requirement."""
        return strength(self.record, requirement)


@dataclass(frozen=True, slots=True)
class ShownBody:
    """A body as the page shows it, and a remark on what it does not show."""

    text: str
    remark: str


@dataclass(frozen=True, slots=True)
class ShownExchange:
    """The bodies of an exchange."""

    request: ShownBody
    answer: ShownBody


class Room:
    """Keeps a page small, however much a run saw."""

    def __init__(self, record: RunRecord) -> None:
        requirements = sum(len(target.requirements) for target in record.targets)
        learned = sum(len(target.readings) for target in record.targets)
        found = [each for target in record.targets for each in findings(target).all]
        hits = sum(len(each.requirements) for each in found)
        self._all = PAGE - REQUIREMENT * requirements - READING * learned - CAUSE * len(found) - HIT * hits
        self._left = self._all

    def exchange(self, exchange: ExchangeRecord) -> ShownExchange:
        """The bodies of an exchange, as far as there is room."""
        self._left -= EVIDENCE
        answer = exchange.answer.body if exchange.answer else None
        return ShownExchange(self._body(exchange.request_body), self._body(answer))

    def fit(self, text: str, limit: int) -> str:
        """A text that came from outside, as far as there is room."""
        kept = self._kept(text, limit)
        return kept if len(kept) == len(text) else f"{kept} … (cut; {len(text):,} characters in all)"

    def fits(self, command: str) -> bool:
        """Whether there is room for a whole command."""
        fits = len(command) <= (COMMAND if self._left > 0 else TASTE)
        self._left -= len(escape(command)) if fits else 0
        return fits

    def brief(self) -> bool:
        """Whether there is room for the essence only."""
        return self._left <= 0

    def ample(self) -> bool:
        """Whether there is room for more than each failure must have."""
        return 2 * self._left > self._all

    def _kept(self, text: str, limit: int) -> str:
        kept = text[: limit if self._left > 0 else min(limit, TASTE)]
        self._left -= len(escape(kept))
        return kept

    def _body(self, body: Body | None) -> ShownBody:
        if body is None:
            return ShownBody("", "No body.")
        if body.text == "":
            return ShownBody("", "An empty body.")
        text = body.base64 or "" if body.text is None else laid_out(body.text)
        kept = self._kept(text, BODY)
        remarks = ["Not text; shown as Base64."] if body.text is None else []
        if len(kept) < len(text):
            remarks.append(f"Cut here to {len(kept):,} of {len(text):,} characters; the run record has more.")
        if body.cut is not None:
            remarks.append(f"The whole body has {body.cut:,} bytes; the journal has it.")
        return ShownBody(kept, " ".join(remarks))


def write(record: RunRecord, out: Path) -> Path:
    """Writes `report.html` into a folder and returns its path."""
    path = out / FILE
    path.write_text(draw(record), "utf-8", "backslashreplace")
    return path


def draw(record: RunRecord) -> str:
    """The page of a run."""
    room = Room(record)
    style, script = asset("report.css"), asset("report.js")
    template = environment().get_template("report.html.j2")
    targets = tuple(_views(record))
    found = [requirement for target in record.targets for requirement in target.requirements]
    return template.render(
        record=record,
        targets=targets,
        totals=_ordered(counts(found)),
        requirements=len(found),
        causes=any(view.findings.all or view.first for view in targets),
        ended=bool(targets) and all(view.findings.ended for view in targets),
        most=MOST,
        levels=[level.value for level in Level],
        exchanges=sum(target.exchanges for target in record.targets),
        duration=_duration(record),
        policy=policy(style, script),
        style=Markup(style),  # noqa: S704 - our own file
        script=Markup(script),  # noqa: S704 - our own file
        shown=room.exchange,
        fit=room.fit,
        fits=room.fits,
        brief=room.brief,
        ample=room.ample,
        trail=TRAIL,
        contrasted=contrasted,
        shown_otherwise=shown_otherwise,
        spotted=spotted,
        lone=sum(len(view.findings.all) for view in targets) == 1,
    )


@cache
def environment() -> Environment:
    """The templates of the pages, with their filters."""
    made = Environment(
        loader=PackageLoader("reports"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_finalize,
    )
    made.tests["flagged"] = flagged
    made.filters.update(
        borrowed=summary,
        came=came,
        day=_day,
        gate_outcome=outcome,
        named=named,
        one_line=one_line,
        plural=plural,
        returned=lines,
        run_verdict=run_verdict,
        seconds=seconds,
        segments=_segments,
        sent=sent,
        slug=_slug,
        source_of=source_of,
        status_line=status_line,
        target_verdict=target_verdict,
        waiver_line=waiver_line,
    )
    return made


def _finalize(value: Any) -> Any:
    """Every string that reaches the page passes here before it is escaped."""
    return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _views(record: RunRecord) -> Iterator[TargetView]:
    many = Counter(target.contract for target in record.targets)
    seen: Counter[str] = Counter()
    for target in record.targets:
        seen[target.contract] += 1
        number = seen[target.contract]
        found = findings(target)
        anchor = target.contract if number == 1 else f"{target.contract}~{number}"
        yield TargetView(
            record=target,
            anchor=anchor,
            twin=many[target.contract] > 1,
            groups=tuple(_section(anchor, group) for group in groups(target)),
            counts=_ordered(counts(target.requirements)),
            readings=readings(target),
            followed={reading.id: reading.option for reading in target.readings if reading.option is not None},
            cases=sum(check.cases for check in target.checks),
            left_behind=left_behind(target),
            informational=informational(target),
            findings=found,
            first=first_word(target, found),
        )


def _section(anchor: str, group: Group) -> Section:
    return Section(f"{anchor}/group/{_slug(group.name)}", group.name, group.requirements, _ordered(group.counts))


def _ordered(found: Mapping[Verdict, int]) -> dict[str, int]:
    return {str(verdict): found[verdict] for verdict in _ORDER if verdict in found}


def _segments(found: Mapping[str, int]) -> Iterator[Segment]:
    total, start = sum(found.values()), 0
    for verdict, number in found.items():
        yield Segment(Verdict(verdict), round(100 * start / total, 3), round(100 * number / total, 3))
        start += number


def _slug(text: str) -> str:
    return "-".join("".join(char if char.isalnum() else " " for char in str(text).lower()).split())


def _day(moment: str) -> str:
    return f"{datetime.fromisoformat(moment):%d %B %Y, %H:%M} UTC".removeprefix("0")


def _duration(record: RunRecord) -> float:
    began, ended = datetime.fromisoformat(record.run.started), datetime.fromisoformat(record.run.finished)
    return max((ended - began).total_seconds(), 0.0)


def asset(name: str) -> str:
    """A file that pages embed."""
    return files("reports").joinpath("templates", name).read_text("utf-8")


def policy(style: str, script: str) -> str:
    """Lets the browser run our style and script and nothing else, whatever a target has smuggled in."""
    rules = {
        "default-src": "'none'",
        "style-src": _hashed(style),
        "script-src": _hashed(script),
        "base-uri": "'none'",
        "form-action": "'none'",
        "require-trusted-types-for": "'script'",
    }
    return "; ".join(f"{name} {value}" for name, value in rules.items())


def _hashed(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
