"""The run record as frozen values: everything that a report may say, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from reports.exchanges import ExchangeRecord
from specs.model import Level, Option, Source

FORMAT = "profile-conformance/run/1"


class Verdict(StrEnum):
    """The outcome values of W3C EARL 1.0, section 2.7, in our words."""

    PASSED = "passed"
    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"
    NOT_APPLICABLE = "not applicable"
    NOT_TESTED = "not tested"


class Outcome(StrEnum):
    """What a target, or a whole run, comes to."""

    CONFORMANT = "conformant"
    NOT_CONFORMANT = "not conformant"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class FailureRecord:
    """How a requirement was broken.

    Attributes:
        check: id of the check that saw it.
        observed: what came, in words.
        allowed: what the documents allow here, in words.
        reading: the reading that decided, as `name=option`, or None.
        counterexample: the smallest generated value that shows it, or "".
        trail: the exchanges that led to it; the last one shows it.
    """

    check: str
    observed: str
    allowed: str
    reading: str | None
    counterexample: str
    trail: tuple[ExchangeRecord, ...]


@dataclass(frozen=True, slots=True)
class Counts:
    """Judgements by verdict."""

    passed: int = 0
    failed: int = 0
    inconclusive: int = 0


@dataclass(frozen=True, slots=True)
class RequirementRecord:
    """One requirement with its verdict and the evidence.

    Attributes:
        id: slug of the catalogue.
        group: under which it is listed.
        text: the requirement as one sentence.
        level: prescription level.
        source: where the document says it.
        readings: ids of the readings that decide what is allowed.
        observe: how a black box sees it, or None where it cannot.
        verdict: the worst of its checks.
        reason: why it is not passed, or "".
        checks: ids of the checks that decide it.
        counts: how many judgements there were.
        failures: evidence, empty unless failed.
    """

    id: str
    group: str
    text: str
    level: Level
    source: Source
    readings: tuple[str, ...]
    observe: str | None
    verdict: Verdict
    reason: str
    checks: tuple[str, ...]
    counts: Counts
    failures: tuple[FailureRecord, ...]


@dataclass(frozen=True, slots=True)
class ReadingRecord:
    """What was learned of one contradiction or silence of the document.

    Attributes:
        id: slug of the register.
        dossier: id of the row that describes it.
        question: what the document leaves open.
        options: the defensible answers, each with its meaning.
        observable: whether a probe can tell them apart.
        option: the one that the target follows, or None where it was not learned.
        claimed: the one that the target file claims, or None.
        strict: those that the strict level accepts.
        verdict: passed, failed (a false claim, or not strict at the strict level) or not tested.
        note: why, where the verdict needs a word.
        exchange: shows what was learned, or None.
    """

    id: str
    dossier: str
    question: str
    options: tuple[Option, ...]
    observable: bool
    option: str | None
    claimed: str | None
    strict: tuple[str, ...]
    verdict: Verdict
    note: str
    exchange: ExchangeRecord | None


@dataclass(frozen=True, slots=True)
class CheckRecord:
    """One check as it ran: the strength behind the verdicts.

    Attributes:
        id: of the check.
        summary: what it sends and why that decides.
        requirements: ids of the requirements that it decides.
        verdict: of the check as a whole.
        reason: why it is not passed, or "".
        cases: generated or listed cases.
        exchanges: requests sent.
        boundaries: which were exercised, and how often.
        elapsed_s: seconds in all.
        waited_s: seconds of it spent between polls.
        left_behind: what could not be cleaned up.
        observations: what was seen beyond the requirements, in words; it decides no verdict.
    """

    id: str
    summary: str
    requirements: tuple[str, ...]
    verdict: Verdict
    reason: str
    cases: int
    exchanges: int
    boundaries: Mapping[str, int]
    elapsed_s: float
    waited_s: float
    left_behind: tuple[str, ...]
    observations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OperationRecord:
    """How fast an operation was answered. `quantiles` are the times at 0, 5, 10 ... 100 percent, or empty."""

    name: str
    count: int
    median_s: float
    p95_s: float
    max_s: float
    quantiles: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class DocumentRecord:
    """The document that a contract was derived from, as `specs.DocumentRef` has it, without its file."""

    id: str
    title: str
    sha256: str
    statements: int


class RestoredState(StrEnum):
    """How the run left a profile that it did not create."""

    AS_IT_WAS = "as it was"
    PUT_BACK = "put back"  # it was changed, and is again as it was
    NOT_REMEMBERED = "not remembered"  # it could not be read before the run, which then did not borrow it
    NOT_AS_IT_WAS = "not as it was"
    NOT_KNOWN = "not known"  # it could not be read, or written, at the end


@dataclass(frozen=True, slots=True)
class DifferenceRecord:
    """A member of a profile that is not as it was; None where it had, or has, no value."""

    member: str
    was: str | None
    now: str | None


@dataclass(frozen=True, slots=True)
class RestoredRecord:
    """A profile that the target file lends, and how the run left it.

    Attributes:
        profile: its id.
        state: what became of it.
        differences: every member that is not as it was.
        note: why it could not be read or put back, or what else is to be said, or "".
    """

    profile: str
    state: RestoredState
    differences: tuple[DifferenceRecord, ...]
    note: str


class CauseKind(StrEnum):
    """What kind of thing a cause is."""

    BROKEN = "broken"  # an answer that the document does not allow
    NOT_SERVED = "not served"  # the target, or what stands in front of it, refused to serve


@dataclass(frozen=True, slots=True)
class CauseRecord:
    """One cause with everything that it hits: one failure is one finding, however many requirements it breaks.

    Attributes:
        kind: of the cause.
        what: what was seen, in words.
        mend: what would help, or "".
        requirements: ids of those that it breaks, or that were not tested because of it; the mandatory ones first.
        checks: ids of the checks that saw it.
        times: how many requests or failures show it.
        exchange: the first that shows it, or None.
    """

    kind: CauseKind
    what: str
    mend: str
    requirements: tuple[str, ...]
    checks: tuple[str, ...]
    times: int
    exchange: ExchangeRecord | None


@dataclass(frozen=True, slots=True)
class CoverageRecord:
    """How much of a contract was tested.

    Attributes:
        passed: requirements that passed.
        failed: requirements that failed.
        testable: requirements that a client can observe and that apply to the target.
        demanded: how much had to be tested, such as `mandatory` or `80 %`, or "".
        missing: ids of the requirements that fall short of that.
    """

    passed: int
    failed: int
    testable: int
    demanded: str = ""
    missing: tuple[str, ...] = ()

    @property
    def tested(self) -> int:
        """Requirements that passed or failed."""
        return self.passed + self.failed


@dataclass(frozen=True, slots=True)
class TargetRecord:
    """One implementation under test, held to one contract.

    Attributes:
        contract: id of the contract.
        title: of the contract.
        name: of the target, as its file says.
        version: of the target, or "".
        base_url: without credentials.
        document: the normative document.
        spec_digest: SHA-256 of the machine-readable contract.
        verdict: what it comes to.
        note: why, in a sentence, or "".
        readings: every row of the register that concerns the contract.
        requirements: every row of the catalogue.
        checks: every check that was collected.
        operations: latencies.
        exchanges: requests sent in all.
        journal: file name of the journal beside the record, or "".
        restored: every profile that the target file lends.
        causes: what was broken or not served, one entry for each cause, the gravest first.
        left_behind: what was created before the checks and could not be cleaned up.
        coverage: how much of the contract was tested; None in a record of a version that did not count.
    """

    contract: str
    title: str
    name: str
    version: str
    base_url: str
    document: DocumentRecord
    spec_digest: str
    verdict: Outcome
    note: str
    readings: tuple[ReadingRecord, ...]
    requirements: tuple[RequirementRecord, ...]
    checks: tuple[CheckRecord, ...]
    operations: tuple[OperationRecord, ...]
    exchanges: int
    journal: str
    restored: tuple[RestoredRecord, ...] = ()
    causes: tuple[CauseRecord, ...] = ()
    left_behind: tuple[str, ...] = ()
    coverage: CoverageRecord | None = None


@dataclass(frozen=True, slots=True)
class SuiteRecord:
    """The software that ran."""

    name: str
    version: str
    python: str
    packages: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class RunInfo:
    """The circumstances of a run.

    Attributes:
        id: unique.
        started: UTC, ISO 8601 with a final Z.
        finished: likewise.
        seed: decides every generated value.
        effort: quick, standard or thorough.
        level: documented or strict.
        workers: processes that sent requests.
        complete: whether everything that there is was run.
        partial: why not, such as `filter`, `budget`, `interrupted`.
    """

    id: str
    started: str
    finished: str
    seed: int
    effort: str
    level: str
    workers: int
    complete: bool
    partial: tuple[str, ...]


class WaiverState(StrEnum):
    """What a waiver comes to; only the first one waives, the last three fail the gate."""

    IN_FORCE = "in force"
    UNUSED = "unused"  # what it waives was not decided in this run
    EXPIRED = "expired"
    STALE = "stale"
    TOO_LONG = "too long-lived"


class GateState(StrEnum):
    """What the gate makes of something that is broken or undecided."""

    BLOCKS = "blocks"
    WAIVED = "waived"
    KNOWN = "known"  # the baseline has it too
    TOLERATED = "tolerated"  # below the level that fails


@dataclass(frozen=True, slots=True)
class WaiverRecord:
    """One waiver of the file and what it comes to; `expires` is its last day, `note` says why it is not in force."""

    contract: str
    requirement: str
    reason: str
    owner: str
    ticket: str
    expires: str
    state: WaiverState
    note: str


@dataclass(frozen=True, slots=True)
class GateFinding:
    """Something broken or undecided, as the gate sees it; `note` says why.

    Its id is that of the requirement, `reading-` with the id of a reading, or `overall` for the target as a whole.
    """

    contract: str
    target: str
    id: str
    verdict: Verdict
    state: GateState
    note: str


@dataclass(frozen=True, slots=True)
class GateRecord:
    """Whether a run may break a build, which is another question than whether the target is conformant.

    Attributes:
        exit_code: of the command; 0 where the gate lets the run pass.
        fail_on: the lowest prescription level whose failures count.
        baseline: id of the run that this one is compared with, or None.
        reason: why, in a sentence.
        findings: everything that is broken or undecided.
        waivers: every waiver of the file.
    """

    exit_code: int
    fail_on: Level
    baseline: str | None
    reason: str
    findings: tuple[GateFinding, ...]
    waivers: tuple[WaiverRecord, ...]


@dataclass(frozen=True, slots=True)
class RunRecord:
    """All that a run saw. `gate` is there where waivers, a baseline or a level to fail on were given."""

    suite: SuiteRecord
    run: RunInfo
    verdict: Outcome
    exit_code: int
    reason: str
    targets: tuple[TargetRecord, ...]
    format: str = FORMAT
    gate: GateRecord | None = None
