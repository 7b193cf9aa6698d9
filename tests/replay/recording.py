"""Runs one check against a faulty reference and keeps what a run keeps: record and journal."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import specs
from conformance.exercise.bench import Bench
from conformance.exercise.check import checks
from conformance.exercise.effort import Effort
from conformance.exercise.probe import learn
from conformance.exercise.runner import run_check
from conformance.judge import Readings
from conformance.record.build import PlaceResults, RunFacts, build
from conformance.record.results import place_result
from conformance.reference.embedded import serve, targets
from conformance.session.journal import FileJournal
from conformance.session.redaction import Redactor
from conformance.session.session import Session
from conformance.vendors import vendor
from reports import RunRecord


def recorded(contract_id: str, fault: str, check_id: str, folder: Path) -> RunRecord:
    """The record of one check against the reference with a fault; its journal is in the folder."""
    contract = specs.contract(contract_id)
    check = next(each for each in checks(contract.vendor) if each.id == check_id)
    ours, began = vendor(contract.vendor), datetime.now(UTC)
    with serve([contract.vendor], faults=[fault]) as server:
        target = next(t for t in targets(server, "1") if t.contract == contract_id)
        redactor, readings = Redactor(target), Readings(contract)
        session = Session(target, FileJournal(folder / "journal.jsonl", redactor))
        oracle = ours.Oracle(contract, target, readings)
        driver = ours.Driver(Bench(contract, target, session, readings, oracle, effort=Effort.QUICK))
        seen = learn(driver, ours.PROBES)
        result = place_result(run_check(check, driver), 0, target, redactor, None)
        session.close()
    facts = RunFacts(began, datetime.now(UTC), 0, "quick", "documented", 1, True, False)
    place = PlaceResults(target, redactor, "", seen, (result,), session.sent, "journal.jsonl")
    return build(facts, [place])
