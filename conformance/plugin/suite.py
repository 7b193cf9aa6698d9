"""What one process of a run knows: the targets, the settings, and a driver for each target."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

import specs
from conformance.exercise.bench import Bench
from conformance.exercise.driver import Driver
from conformance.exercise.effort import Effort
from conformance.judge.readings import Readings
from conformance.session.journal import FileJournal
from conformance.session.redaction import Redactor
from conformance.session.session import Session
from conformance.target.demand import Demand, parse
from conformance.target.model import Target
from conformance.vendors import vendor


@dataclass(frozen=True, slots=True)
class Briefing:
    """What the controlling process learned of a target before the checks; travels to the workers.

    Attributes:
        reachable: whether it answered at all.
        note: why not.
        learned: reading to option.
        sent: how many requests were sent before the checks.
        withheld: lent profiles that could not be remembered, with the reason.
        refused: optional credentials of the target file that the target refuses; nothing is sent with them.
    """

    reachable: bool
    note: str
    learned: Mapping[str, str]
    sent: int
    withheld: Mapping[str, str] = field(default_factory=dict)
    refused: Sequence[str] = ()

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        return {
            "reachable": self.reachable,
            "note": self.note,
            "learned": dict(self.learned),
            "sent": self.sent,
            "withheld": dict(self.withheld),
            "refused": list(self.refused),
        }


class Place:
    """One target within a run, with its bench."""

    def __init__(self, suite: Suite, index: int, target: Target) -> None:
        self.suite = suite
        self.index = index
        self.target = target
        self.contract = specs.contract(target.contract)
        self.redactor = Redactor(target)

    @property
    def label(self) -> str:
        """A name for test ids, the same in every process."""
        return f"{self.target.contract}:{self.target.name}"

    @property
    def journal_file(self) -> Path:
        """Where the exchanges with this target are kept."""
        return self.suite.out / f"journal-{self.index + 1}-{self.target.contract}.jsonl"

    @property
    def briefing(self) -> Briefing:
        """What was learned before the checks."""
        return self.suite.briefings[self.index]

    @cached_property
    def driver(self) -> Driver:
        """The driver of this target in this process; it knows what the probe has learned."""
        briefing = self.briefing
        return self.make_driver(briefing.learned, briefing.sent, briefing.withheld, briefing.refused)

    def make_driver(
        self,
        learned: Mapping[str, str],
        sent: int = 0,
        withheld: Mapping[str, str] | None = None,
        refused: Collection[str] = (),
    ) -> Driver:
        """A new driver with a session of its own."""
        ours = vendor(self.contract.vendor)
        readings = Readings(self.contract, learned)
        credentials = {name: value for name, value in self.target.credentials.items() if name not in refused}
        target = replace(self.target, credentials=credentials)
        session = Session(target, FileJournal(self.journal_file, self.redactor), sent=sent)
        bench = Bench(
            self.contract,
            target,
            session,
            readings,
            ours.Oracle(self.contract, target, readings),
            seed=self.suite.seed,
            effort=self.suite.effort,
            withheld=withheld,
        )
        return ours.Driver(bench)


class Suite:
    """The settings of a run and its targets."""

    def __init__(self, config: pytest.Config, targets: Sequence[Target]) -> None:
        self.out: Path = config.getoption("--conformance-out")
        self.seed: int = config.getoption("--conformance-seed")
        self.effort = Effort(config.getoption("--conformance-effort"))
        self.level: str = config.getoption("--conformance-level")
        self.demand = _demand(config.getoption("--conformance-require-tested"))
        self.requirements = frozenset(config.getoption("--conformance-requirement"))
        self.places = [Place(self, index, target) for index, target in enumerate(targets)]
        sent: list[dict[str, Any]] = getattr(config, "workerinput", {}).get("conformance", [])
        self.briefings = [Briefing(**each) for each in sent]


def _demand(given: str | None) -> Demand | None:
    try:
        return None if given is None else parse(given)
    except ValueError as error:
        raise pytest.UsageError(str(error)) from error


SUITE = pytest.StashKey[Suite]()
