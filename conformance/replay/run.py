"""Replays the failures of a run record, target by target."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import specs
from conformance.exercise.bench import Bench
from conformance.judge.readings import Readings
from conformance.replay.again import Again, Outcome
from conformance.replay.names import Names
from conformance.replay.recorded import Recording, RecordingError, Secrets
from conformance.replay.story import Teller
from conformance.session.exchange import Exchange
from conformance.session.journal import NoJournal
from conformance.session.redaction import Redactor
from conformance.session.session import Session
from conformance.target.model import Target
from conformance.vendors import vendor
from reports.model import FailureRecord, RunRecord, TargetRecord

ALONE = "the oracle cannot tell it from these exchanges alone; run: conformance run --requirement"

NO_JOURNAL = "the record alone does not have what led to it; keep the journal of the run beside it"


@dataclass(frozen=True, slots=True)
class Replayed:
    """What one failure of the record comes to now; `said` has no secrets."""

    contract: str
    target: str
    requirement: str
    check: str
    outcome: Outcome
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
    ours = vendor(contract.vendor)
    session = Session(target, NoJournal())
    try:
        recording = Recording(folder, recorded)
        greeting = _greet(contract, target, session)
        learned = {
            r.id: r.option
            for r in recorded.readings
            if r.option is not None and r.id in contract.readings and r.option in contract.readings[r.id].option_ids
        }
        if greeting.answer is not None:
            again = Again(contract, target, session, ours.Oracle, learned, Secrets(target, greeting.request))
        for name, failure in _failures(recorded, requirement):
            if greeting.answer is None:
                outcome, said = Outcome.UNDECIDED, f"the target cannot be reached: {greeting.detail}"
            else:
                replayer = _Replayer(record, contract, target, recording, again, Secrets(target, greeting.request))
                outcome, said = replayer.one(name, failure)
            told = redactor.text(said)
            yield Replayed(recorded.contract, recorded.name, name, failure.check, outcome, told)
    except RecordingError as error:
        raise ReplayError(str(error)) from error
    finally:
        session.close()


class _Replayer:
    def __init__(
        self,
        record: RunRecord,
        contract: specs.Contract,
        target: Target,
        recording: Recording,
        again: Again,
        secrets: Secrets,
    ) -> None:
        self._record = record
        self._contract = contract
        self._recording = recording
        self._again = again
        self._secrets = secrets
        self._fixed = {str(value) for value in target.data.values()}
        self._fixed |= {secret.reveal() for secret in target.credentials.values()}

    def one(self, requirement: str, failure: FailureRecord) -> tuple[Outcome, str]:
        try:
            trail = self._recording.trail(failure)
        except RecordingError as error:
            return Outcome.UNDECIDED, str(error)
        names = Names(self._record.run.seed, self._contract.id, failure.check, self._fixed)
        teller = Teller(self._contract, self._recording.journal, names, self._fixed)
        story = teller.tell(trail, lambda exchanges, first: self._again.accused(exchanges, requirement, first))
        if story is None:
            return Outcome.UNDECIDED, f"{ALONE} {requirement}" if self._recording.journal else NO_JOURNAL
        missing = self._secrets.missing([*(step.exchange for step in story.steps), *story.after])
        if missing:
            raise ReplayError(f"the target file gives no {', '.join(sorted(missing))}, which the run had")
        outcome, said = self._again.times(story, requirement)
        if outcome is Outcome.FIXED and story.names and not self._recording.journal:
            return Outcome.UNDECIDED, "it does not fail, but without the journal what it needs may not be there"
        return outcome, said


def _failures(target: TargetRecord, requirement: str | None) -> Iterator[tuple[str, FailureRecord]]:
    for each in target.requirements:
        if requirement in (None, each.id):
            yield from ((each.id, failure) for failure in each.failures)


def _greet(contract: specs.Contract, target: Target, session: Session) -> Exchange:
    """A request with the target's credentials, which shows that somebody answers."""
    ours, readings = vendor(contract.vendor), Readings(contract)
    bench = Bench(contract, target, session, readings, ours.Oracle(contract, target, readings))
    bench.begin("greeting", ())
    return ours.Driver(bench).greet()
