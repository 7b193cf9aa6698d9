"""Builds the run record of a whole run."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from statistics import median, quantiles

import specs
from conformance.exercise.probe import Observation
from conformance.judge.verdicts import Verdict
from conformance.record.aggregate import CONFORMANT, OUTCOMES, covered, requirement_record, run_code, target_code
from conformance.record.causes import Obstacle, causes, not_served, obstacle_record
from conformance.record.evidence import exchange_record
from conformance.record.results import PlacedResult
from conformance.session.redaction import Redactor
from conformance.target.demand import Demand
from conformance.target.model import Target
from conformance.version import VERSION
from reports.model import (
    DocumentRecord,
    OperationRecord,
    ReadingRecord,
    RestoredRecord,
    RunInfo,
    RunRecord,
    SuiteRecord,
    TargetRecord,
)

PACKAGES = ("pytest", "hypothesis", "schemathesis", "jsonschema", "xmlschema", "requests", "allure-pytest")
STRICT = "strict"


@dataclass(frozen=True, slots=True)
class RunFacts:
    """The circumstances of a run; `demand` is how much must be tested, before what a target file says."""

    started: datetime
    finished: datetime
    seed: int
    effort: str
    level: str
    workers: int
    filtered: bool
    interrupted: bool
    demand: Demand | None = None


@dataclass(frozen=True, slots=True)
class PlaceResults:
    """All that came of one target.

    `unreachable` says why it could not be reached, or ""; `left_behind` what was left there before the checks.
    """

    target: Target
    redactor: Redactor
    unreachable: str
    observations: Sequence[Observation]
    results: Sequence[PlacedResult]
    exchanges: int
    journal: str
    restored: tuple[RestoredRecord, ...] = ()
    obstacles: Sequence[Obstacle] = ()
    left_behind: tuple[str, ...] = ()


def build(facts: RunFacts, places: Sequence[PlaceResults]) -> RunRecord:
    """The run record of a run."""
    judged = [_target(facts, place) for place in places]
    code = run_code((code for _, code in judged), interrupted=facts.interrupted)
    partial = tuple(_partial(facts, places))
    started = _utc(facts.started)
    subject = f"{started} {facts.seed} {[target.base_url for target, _ in judged]}"
    return RunRecord(
        suite=SuiteRecord(
            name="profile-conformance",
            version=VERSION,
            python=platform.python_version(),
            packages={name: version(name) for name in PACKAGES},
        ),
        run=RunInfo(
            id=hashlib.sha256(subject.encode()).hexdigest()[:16],
            started=started,
            finished=_utc(facts.finished),
            seed=facts.seed,
            effort=facts.effort,
            level=facts.level,
            workers=facts.workers,
            complete=not partial,
            partial=partial,
        ),
        verdict=OUTCOMES[code],
        exit_code=code,
        reason="interrupted" if facts.interrupted else _reason([code for _, code in judged]),
        targets=tuple(target for target, _ in judged),
    )


def _reason(codes: Sequence[int]) -> str:
    conformant = sum(code == CONFORMANT for code in codes)
    return f"{conformant} of {len(codes)} targets conformant"


def _target(facts: RunFacts, place: PlaceResults) -> tuple[TargetRecord, int]:
    contract = specs.contract(place.target.contract)
    missing = place.unreachable or "no check of it ran"
    requirements = [requirement_record(r, place.results, missing) for r in contract.requirements.values()]
    readings = [_reading(contract.readings[name], place, facts.level) for name in contract.readings]
    verdicts = [reading.verdict for reading in readings]
    lost = not_served(requirements, place.results)
    coverage = covered(requirements, facts.demand or place.target.require_tested)
    code, note = target_code(requirements, verdicts, facts.level, place.unreachable, lost, coverage)
    document = contract.document
    record = TargetRecord(
        contract=contract.id,
        title=contract.title,
        name=place.target.name,
        version=place.target.version,
        base_url=place.redactor.text(place.target.base_url),
        document=DocumentRecord(document.id, document.title, document.sha256, document.statements),
        spec_digest=contract.digest(),
        verdict=OUTCOMES[code],
        note=note,
        readings=tuple(readings),
        requirements=tuple(requirements),
        checks=tuple(result.check for result in place.results),
        operations=tuple(_operations(place.results)),
        exchanges=place.exchanges,
        journal=place.journal,
        restored=place.restored,
        causes=(
            *(obstacle_record(each, place.target, place.redactor) for each in place.obstacles),
            *causes(requirements, place.results),
        ),
        left_behind=place.left_behind,
        coverage=coverage,
    )
    return record, code


def _reading(reading: specs.Reading, place: PlaceResults, level: str) -> ReadingRecord:
    seen = next((o for o in place.observations if o.reading == reading.id), None)
    option = seen.option if seen else None
    claimed = place.target.readings.get(reading.id)
    verdict, note = _reading_verdict(reading, option, claimed, level)
    shown = seen.exchange if seen else None
    return ReadingRecord(
        id=reading.id,
        dossier=reading.dossier,
        question=reading.question,
        options=reading.options,
        observable=reading.observable,
        option=option,
        claimed=claimed,
        strict=tuple(name for name in reading.option_ids if name in reading.strict),
        verdict=verdict,
        note=note or reading.unobservable or (seen.note if seen else "not probed"),
        exchange=exchange_record(shown, place.target, place.redactor) if shown else None,
    )


def _reading_verdict(
    reading: specs.Reading, option: str | None, claimed: str | None, level: str
) -> tuple[Verdict, str]:
    if option is None:
        return Verdict.NOT_TESTED, ""
    if claimed is not None and claimed != option:
        return Verdict.FAILED, f"the target file claims {claimed}, the target follows {option}"
    if level == STRICT and option not in reading.strict:
        return Verdict.FAILED, f"the strict level demands {' or '.join(sorted(reading.strict))}"
    return Verdict.PASSED, ""


def _operations(results: Sequence[PlacedResult]) -> Iterator[OperationRecord]:
    names = sorted({name for result in results for name in result.answer_times})
    for name in names:
        times = [t for result in results for t in result.answer_times.get(name, ())]
        inner = quantiles(times, n=20, method="inclusive") if len(times) > 1 else times * 19
        spread = tuple(round(t, 6) for t in (min(times), *inner, max(times)))
        yield OperationRecord(name, len(times), round(median(times), 6), spread[-2], spread[-1], spread)


def _partial(facts: RunFacts, places: Sequence[PlaceResults]) -> Iterator[str]:
    if facts.interrupted:
        yield "interrupted"
    if facts.filtered:
        yield "filter"
    yield from dict.fromkeys(result.budget for place in places for result in place.results if result.budget)
    if any(place.unreachable for place in places):
        yield "unreachable"


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
