"""The state machine of profiles: its counterexample is as small as the mistake."""

from __future__ import annotations

import re

import specs
from conformance.exercise import Bench
from conformance.exercise.check import checks
from conformance.exercise.effort import Effort
from conformance.exercise.probe import learn
from conformance.exercise.runner import run_check
from conformance.genesys import PROBES, Driver, Oracle
from conformance.judge import Readings
from conformance.reference.embedded import serve, targets
from conformance.session.journal import NoJournal
from conformance.session.session import Session

CONTRACT = specs.contract("genesys-ucs")


def test_the_counterexample_is_the_one_attribute_that_survived() -> None:
    with serve(["genesys"], faults=["merges-attributes"]) as server:
        target = next(t for t in targets(server, "0") if t.contract == CONTRACT.id)
        readings = Readings(CONTRACT)
        session = Session(target, NoJournal())
        oracle = Oracle(CONTRACT, target, readings)
        driver = Driver(Bench(CONTRACT, target, session, readings, oracle, effort=Effort.QUICK))
        learn(driver, PROBES)
        check = next(c for c in checks("genesys") if c.id == "machine.life_of_profiles")
        failure = run_check(check, driver).failures["omitted-attributes-lost"]
        session.close()
    steps = re.findall(r"state\.(\w+)\(", failure.counterexample)
    assert len(steps) <= 4, failure.counterexample
    assert failure.judgement.observed.split()[0] in failure.counterexample
