"""One trial: the checks of one contract against one implementation, correct or faulty."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import specs
from conformance.exercise.bench import Bench
from conformance.exercise.check import Check, checks
from conformance.exercise.effort import Effort
from conformance.exercise.probe import Observation, learn
from conformance.exercise.runner import CheckResult, run_check
from conformance.judge.readings import Readings
from conformance.judge.verdicts import Verdict, worst
from conformance.reference.core import Settings
from conformance.reference.embedded import serve, targets
from conformance.reference.faults import faults
from conformance.session.journal import NoJournal
from conformance.session.session import Session
from conformance.vendors import vendor

QUEUE_DELAY_S = 0.005


@dataclass(frozen=True, slots=True)
class Variant:
    """A correct implementation: which option of each reading and of each freedom it follows, defaults left out."""

    contract: str
    readings: Mapping[str, str] = field(default_factory=dict)
    freedoms: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Defect:
    """A faulty implementation of a contract."""

    contract: str
    fault: str


@dataclass(frozen=True, slots=True)
class VariantOutcome:
    """What the checks said of a correct implementation.

    Attributes:
        variant: which one.
        accused: requirement to what was said of it; anything here is a false accusation.
        undecided: check to reason; a correct implementation must be decidable.
        misread: readings of which a probe learned another option than was switched.
        lost: mandatory requirements that were not tested, with the reason; none may be.
        exchanges: requests sent.
    """

    variant: Variant
    accused: Mapping[str, str]
    undecided: Mapping[str, str]
    misread: Mapping[str, str]
    lost: Mapping[str, str]
    exchanges: int

    @property
    def wrong(self) -> bool:
        """Whether anything but a clean pass was said of it."""
        return bool(self.accused or self.undecided or self.misread or self.lost)


@dataclass(frozen=True, slots=True)
class DefectOutcome:
    """What the checks said of a faulty implementation.

    Attributes:
        defect: which one.
        killed_by: checks that failed on a requirement that the fault breaks; empty for a survivor.
        accused: the requirements that failed.
        checks_run: how many checks ran until it was killed.
    """

    defect: Defect
    killed_by: tuple[str, ...]
    accused: tuple[str, ...]
    checks_run: int


def try_variant(variant: Variant, effort: Effort) -> VariantOutcome:
    """Runs every check against a correct implementation."""
    with _Trial(variant, (), effort) as trial:
        results = [run_check(check, trial.driver, clean_up=False) for check in trial.checks]
        contract = specs.contract(variant.contract)
        misread = {
            o.reading: f"learned {o.option}, followed {wanted}"
            for o in trial.observations
            if o.option is not None
            and o.option != (wanted := variant.readings.get(o.reading, contract.readings[o.reading].default))
        }
        return VariantOutcome(
            variant,
            {name: f"{r.check}: {f.judgement.observed}" for r in results for name, f in r.failures.items()},
            {r.check: r.reason for r in results if r.verdict is Verdict.INCONCLUSIVE},
            misread,
            _lost(contract, results),
            sum(r.exchanges for r in results),
        )


def _lost(contract: specs.Contract, results: Sequence[CheckResult]) -> Mapping[str, str]:
    """Mandatory requirements that some check is there to decide and none did."""
    found = {}
    for name, requirement in contract.requirements.items():
        bound = [result for result in results if name in result.bound]
        if requirement.level is not specs.Level.MANDATORY or not bound:
            continue
        if worst(result.verdicts[name] for result in bound) is Verdict.NOT_TESTED:
            untested = [result for result in bound if result.verdicts[name] is Verdict.NOT_TESTED]
            found[name] = "; ".join(f"{result.check}: {result.reason}" for result in untested)
    return found


def try_defect(defect: Defect, effort: Effort) -> DefectOutcome:
    """Runs checks against a faulty implementation until one fails on what the fault breaks.

    The checks bound to a broken requirement run first.
    """
    broken = set(faults(specs.contract(defect.contract).vendor)[defect.fault].breaks_of(defect.contract))
    with _Trial(Variant(defect.contract), (defect.fault,), effort) as trial:
        ordered = sorted(trial.checks, key=lambda check: broken.isdisjoint((*check.requirements, *check.deepens)))
        results: list[CheckResult] = []
        for check in ordered:
            results.append(run_check(check, trial.driver, clean_up=False))
            if _kills(results[-1], broken):
                break
    return DefectOutcome(
        defect,
        tuple(r.check for r in results if _kills(r, broken)),
        tuple(sorted({name for r in results for name in r.failures})),
        len(results),
    )


def _kills(result: CheckResult, broken: set[str]) -> bool:
    return not broken.isdisjoint(result.failures)


class _Trial:
    """A running reference with a driver of its own that has learned its readings."""

    def __init__(self, variant: Variant, faulty: Sequence[str], effort: Effort) -> None:
        self._contract = specs.contract(variant.contract)
        self._serving = serve(
            [self._contract.vendor],
            readings=variant.readings,
            freedoms=variant.freedoms,
            faults=faulty,
            settings=Settings(queue_delay_s=QUEUE_DELAY_S),
        )
        self._effort = effort
        self.checks: list[Check] = [c for c in checks(self._contract.vendor) if variant.contract in c.contracts]
        self.observations: list[Observation] = []

    def __enter__(self) -> _Trial:
        server = self._serving.__enter__()
        target = next(t for t in targets(server, "embedded") if t.contract == self._contract.id)
        readings = Readings(self._contract)
        ours = vendor(self._contract.vendor)
        self._session = Session(target, NoJournal())
        oracle = ours.Oracle(self._contract, target, readings)
        bench = Bench(
            self._contract,
            target,
            self._session,
            readings,
            oracle,
            effort=self._effort,
            shrink=False,
            second_looks=0,  # the reference has no cache: what a run would take for a lag is a fault here
        )
        self.driver = ours.Driver(bench)
        self.observations = learn(self.driver, ours.PROBES, clean_up=False)
        return self

    def __exit__(self, *error: object) -> None:
        self._session.close()
        self._serving.__exit__(None, None, None)
        # Hypothesis keeps every class of a state machine, and with it the driver that it refers to, for ever.
        vars(self.driver).clear()
