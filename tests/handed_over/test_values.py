"""A server that changes what people store: it drops `+`, lower-cases e-mail addresses, and the like."""

from __future__ import annotations

import pytest

import specs
from conformance.exercise.bench import Bench
from conformance.exercise.check import checks
from conformance.exercise.effort import Effort
from conformance.exercise.probe import learn
from conformance.exercise.runner import run_check
from conformance.judge import Readings
from conformance.reference.embedded import serve, targets
from conformance.reference.faults import faults
from conformance.session.journal import NoJournal
from conformance.session.session import Session
from conformance.vendors import vendor

SPOILED = (
    "plus-signs",
    "email-capitals",
    "no-break-spaces",
    "percent-sequences",
    "line-ends",
    "typographic-quotes",
)
CHECKS = {
    "fiserv-alldata": "values.harmless",
    "genesys-ucs": "real_values.harmless_values",
    "imiconnect-app": "values.value_classes",
    "imiconnect-customer": "values.value_classes",
}
STORED = {
    "fiserv-alldata": "success-is-stored",
    "genesys-ucs": "sent-attributes-stored",
    "imiconnect-app": "sent-attributes-stored",
    "imiconnect-customer": "sent-attributes-stored",
}


@pytest.mark.parametrize("contract", specs.contracts())
def test_a_server_that_changes_values_is_found(contract: str) -> None:
    facts = specs.contract(contract)
    ours = vendor(facts.vendor)
    known = faults(facts.vendor)
    spoiling = [name for each in SPOILED if (name := f"value-{each}") in known]
    with serve([facts.vendor], faults=spoiling) as server:
        target = next(each for each in targets(server, "embedded") if each.contract == contract)
        readings = Readings(facts)
        session = Session(target, NoJournal())
        oracle = ours.Oracle(facts, target, readings)
        bench = Bench(facts, target, session, readings, oracle, effort=Effort.STANDARD, shrink=False)
        driver = ours.Driver(bench)
        learn(driver, ours.PROBES)
        [check] = [each for each in checks(facts.vendor) if each.id == CHECKS[contract]]
        result = run_check(check, driver)
        session.close()
    assert len(spoiling) >= 5
    assert STORED[contract] in result.failures
