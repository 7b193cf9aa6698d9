"""Replays the failures of a run record, target by target."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import specs
from conformance.exercise.bench import Bench
from conformance.exercise.driver import Driver
from conformance.exercise.probe import learn
from conformance.judge.readings import Readings
from conformance.ledger.borrowing import borrowing
from conformance.ledger.ledger import Ledger
from conformance.replay.again import Again
from conformance.replay.names import Names
from conformance.replay.outcome import TIMES, Outcome, Try
from conformance.replay.recorded import Recording, RecordingError, Secrets
from conformance.replay.rerun import Rerun
from conformance.replay.story import Teller
from conformance.session.journal import NoJournal
from conformance.session.redaction import Redactor
from conformance.session.session import Session
from conformance.target.model import Target
from conformance.vendors import vendor
from reports.model import FailureRecord, RunRecord, TargetRecord

COUNTEREXAMPLE = f"the recorded counterexample, sent {TIMES} times"
_NOT_BROKEN = (Outcome.FIXED, Outcome.UNDECIDED)
CHECK = f"its check, run {TIMES} times"
NO_JOURNAL = "it does not fail, but without the journal what it needs may not be there"


@dataclass(frozen=True, slots=True)
class Replayed:
    """What one failure of the record comes to now; `how` that was found out, `said` why. It has no secrets."""

    contract: str
    target: str
    requirement: str
    check: str
    outcome: Outcome
    how: str
    said: str


class ReplayError(ValueError):
    """The record and the target file do not go together; the message says why."""


def chosen(record: RunRecord, requirement: str | None) -> list[TargetRecord]:
    """The targets of a record that have failures to send again.

    Raises:
        ReplayError: no target has the requirement, or it did not fail.
    """
    if requirement is not None:
        having = [r for t in record.targets for r in t.requirements if r.id == requirement]
        if not having:
            raise ReplayError(f"the record has no requirement {requirement!r}")
        if not any(r.failures for r in having):
            verdicts = " and ".join(sorted({r.verdict for r in having}))
            raise ReplayError(f"{requirement} did not fail in that run; it is {verdicts}")
    return [target for target in record.targets if any(_failures(target, requirement))]


def matching(recorded: TargetRecord, targets: Sequence[Target]) -> Target:
    """The target of a file that a recorded one is now. Raises ReplayError where there is none."""
    same = [target for target in targets if target.contract == recorded.contract]
    named = [target for target in same if target.name == recorded.name]
    if not (named or len(same) == 1):
        found = ", ".join(repr(target.name) for target in same) or "none"
        raise ReplayError(f"no target {recorded.name!r} of {recorded.contract} in the target file; it has {found}")
    return (named or same)[0]


def replay(
    record: RunRecord, recorded: TargetRecord, target: Target, folder: Path, requirement: str | None
) -> Iterator[Replayed]:
    """Sends the failures of one target again, one after the other.

    Args:
        record: of the run.
        recorded: the target as the record has it.
        target: the same, as the target file has it.
        folder: of the record; the journal is looked for there.
        requirement: only this one, or None for all.

    Raises:
        ReplayError: the target file lacks a secret, or the journal cannot be read.
    """
    redactor, contract = Redactor(target), specs.contract(recorded.contract)
    session = Session(target, NoJournal())
    borrowed = ExitStack()
    try:
        recording = Recording(folder, recorded)
        driver = _driver(contract, target, session)
        greeting = driver.greet()
        replayer = None
        if greeting.answer is not None:
            _learn(driver, borrowed.enter_context(borrowing(target, redactor)))
            secrets = Secrets(target, greeting.request)
            replayer = _Replayer(record, recorded, recording, driver, secrets)
        for name, failure in _failures(recorded, requirement):
            if replayer is None:
                found, how = Try(Outcome.UNDECIDED, f"the target cannot be reached: {greeting.detail}"), "not sent"
            else:
                found, how = replayer.one(name, failure)
            told = redactor.text(found.said)
            yield Replayed(recorded.contract, recorded.name, name, failure.check, found.outcome, how, told)
    except RecordingError as error:
        raise ReplayError(str(error)) from error
    finally:
        session.close()
        borrowed.close()


class _Replayer:
    """Finds out what the failures of one target come to."""

    def __init__(
        self,
        record: RunRecord,
        recorded: TargetRecord,
        recording: Recording,
        driver: Driver,
        secrets: Secrets,
    ) -> None:
        contract, target, now = driver.contract, driver.target, driver.readings.learned
        session, withheld = driver.bench.session, driver.bench.withheld
        known = contract.readings
        then = {r.id: r.option for r in recorded.readings if r.option and r.id in known}
        then = {name: option for name, option in then.items() if option in known[name].option_ids}
        self._seed = record.run.seed
        self._contract = contract
        self._recording = recording
        self._secrets = secrets
        self._again = Again(contract, target, session, vendor(contract.vendor).Oracle, then, now, secrets)
        self._rerun = Rerun(contract, target, session, now, record.run.seed, record.run.effort, withheld)
        self._fixed = {str(value) for value in target.data.values()}
        self._fixed |= {secret.reveal() for secret in target.credentials.values()}

    def one(self, requirement: str, failure: FailureRecord) -> tuple[Try, str]:
        """What one failure comes to, and how that was found out.

        The recorded counterexample decides where the oracle sees the failure in it. Where it does not, the check
        compared answers itself: then the check is run again. It also has its say before anything is called fixed,
        since what is sent again may miss the moment at which it fails.
        """
        first = self._counterexample(requirement, failure)
        if first.outcome in (Outcome.FAILING, Outcome.FLAKY):
            return first, COUNTEREXAMPLE
        if first.outcome is Outcome.FIXED and self._rerun.once(failure.check, requirement).outcome in _NOT_BROKEN:
            return first, COUNTEREXAMPLE
        second = self._rerun.times(failure.check, requirement)
        undecided = second.outcome is Outcome.UNDECIDED
        return (first, COUNTEREXAMPLE) if undecided and first.said else (second, CHECK)

    def _counterexample(self, requirement: str, failure: FailureRecord) -> Try:
        """What sending it again says; undecided for no reason where what was recorded does not show the failure."""
        try:
            trail = self._recording.trail(failure)
        except RecordingError:
            return Try(Outcome.UNDECIDED, "")
        names = Names(self._seed, self._contract.id, failure.check, self._fixed)
        teller = Teller(self._contract, self._recording.journal, names, self._fixed)
        story = teller.tell(trail, lambda exchanges, first: self._again.accused(exchanges, requirement, first))
        if story is None:
            return Try(Outcome.UNDECIDED, "")
        missing = self._secrets.missing([*(step.exchange for step in story.steps), *story.after])
        if missing:
            raise ReplayError(f"the target file gives no {', '.join(sorted(missing))}, which the run had")
        found = self._again.times(story, requirement)
        if found.outcome is Outcome.FIXED and story.names and not self._recording.journal:
            return Try(Outcome.UNDECIDED, NO_JOURNAL)
        return found


def _failures(target: TargetRecord, requirement: str | None) -> Iterator[tuple[str, FailureRecord]]:
    for each in target.requirements:
        if requirement in (None, each.id):
            yield from ((each.id, failure) for failure in each.failures)


def _driver(contract: specs.Contract, target: Target, session: Session) -> Driver:
    """A driver of the target, which it knows nothing of yet."""
    ours, readings = vendor(contract.vendor), Readings(contract)
    bench = Bench(contract, target, session, readings, ours.Oracle(contract, target, readings))
    bench.begin("greeting", ())
    return ours.Driver(bench)


def _learn(driver: Driver, ledger: Ledger) -> None:
    """Learns the readings anew: a target that follows another reading than it did breaks nothing."""
    driver.bench.withheld = ledger.withheld
    learn(driver, vendor(driver.contract.vendor).PROBES)
    ledger.learned = driver.readings.learned
