"""The certificate: one page about a conformant run that prints well and can be sent to anybody."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from markupsafe import Markup

from reports.cases import label
from reports.causes import Finding, Findings, findings
from reports.coverage import TESTED
from reports.html import asset, environment, policy
from reports.model import (
    CheckRecord,
    Outcome,
    ReadingRecord,
    RequirementRecord,
    RunRecord,
    TargetRecord,
    Verdict,
    WaiverRecord,
    WaiverState,
)
from reports.text import natural
from reports.view import Readings, counts, readings, untold

FILE = "certificate.html"
SHOWN = (Verdict.PASSED, Verdict.FAILED, Verdict.INCONCLUSIVE, Verdict.NOT_TESTED, Verdict.NOT_APPLICABLE)
UNPROVEN = SHOWN[2:]  # what is broken is told by its causes


@dataclass(frozen=True, slots=True)
class KnownFault:
    """A deliberate defect of the embedded reference: what it breaks, and the checks that are known to detect it."""

    id: str
    breaks: tuple[str, ...]
    killed_by: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FirstContact:
    """What the checks found of faults that were written from the documents alone, when they first met these faults.

    Attributes:
        round: the number of the round.
        faults: how many were tried.
        quick: how many a run with quick effort accused.
        standard: how many a run with standard effort accused.
    """

    round: int
    faults: int
    quick: int
    standard: int


@dataclass(frozen=True, slots=True)
class Proof:
    """What the kill matrix says of the checks of a contract.

    Attributes:
        faults: every known defect of an implementation of the contract.
        variants: how many correct implementations were tried.
        accused: how many of them did not pass cleanly, which must be none.
        first_contact: what came of the last round of faults that nobody had written for these checks, or None.
    """

    faults: tuple[KnownFault, ...]
    variants: int
    accused: int
    first_contact: FirstContact | None = None

    def killed_by(self, checks: Collection[str]) -> tuple[KnownFault, ...]:
        """The defects that these checks are known to detect."""
        return tuple(fault for fault in self.faults if set(fault.killed_by) & set(checks))


@dataclass(frozen=True, slots=True)
class Certificate:
    """What a certificate says beyond the run record.

    Attributes:
        id: unique.
        issued: UTC, ISO 8601 with a final Z; it holds from then on.
        expires: likewise, when it ends.
        key: id of the key that signs it, or None.
        proofs: by contract.
    """

    id: str
    issued: str
    expires: str
    key: str | None
    proofs: Mapping[str, Proof]


@dataclass(frozen=True, slots=True)
class Held:
    """One implementation held to one contract, as the page shows it."""

    record: TargetRecord
    proof: Proof
    counts: Mapping[Verdict, int]
    readings: Readings
    untold: Mapping[Verdict, Mapping[str, tuple[RequirementRecord, ...]]]
    boundaries: Mapping[str, int]
    findings: Findings

    @property
    def refused(self) -> tuple[Finding, ...]:
        """What was not served and cost something."""
        return tuple(finding for finding in self.findings.not_served if finding.grave)

    @property
    def ended(self) -> tuple[CheckRecord, ...]:
        """The checks of this run that came to an end: what was not exercised detects nothing."""
        return tuple(check for check in self.record.checks if check.verdict in TESTED)

    @property
    def killed(self) -> tuple[KnownFault, ...]:
        """The known defects that those checks detect."""
        return self.proof.killed_by([check.id for check in self.ended])

    def killed_of(self, requirement: RequirementRecord) -> int:
        """How many of them break a requirement."""
        return sum(requirement.id in fault.breaks for fault in self.killed)

    @property
    def cases(self) -> int:
        """How many cases the checks generated or listed."""
        return sum(check.cases for check in self.record.checks)

    @property
    def learned(self) -> tuple[ReadingRecord, ...]:
        """The readings that are known, those first that differ from the strict ones."""
        return (*self.readings.notable, *self.readings.strict)

    def cases_of(self, requirement: RequirementRecord) -> int:
        """How many cases stand behind the verdict of a requirement."""
        return sum(check.cases for check in self._behind(requirement))

    def _behind(self, requirement: RequirementRecord) -> list[CheckRecord]:
        return [check for check in self.record.checks if check.id in requirement.checks]


def in_force(record: RunRecord) -> tuple[WaiverRecord, ...]:
    """The waivers of a run that waive something."""
    if record.gate is None:
        return ()
    return tuple(waiver for waiver in record.gate.waivers if waiver.state is WaiverState.IN_FORCE)


def write(record: RunRecord, certificate: Certificate, out: Path) -> Path:
    """Writes `certificate.html` into a folder and returns its path."""
    path = out / FILE
    path.write_text(draw(record, certificate), "utf-8", "backslashreplace")
    return path


def draw(record: RunRecord, certificate: Certificate) -> str:
    """The page of a certificate.

    Raises:
        ValueError: the run is not a complete and conformant one.
    """
    if record.verdict is not Outcome.CONFORMANT or not record.run.complete:
        raise ValueError("only a complete and conformant run has a certificate")
    style = asset("certificate.css")
    return (
        environment()
        .get_template("certificate.html.j2")
        .render(
            record=record,
            certificate=certificate,
            held=[held(target, certificate.proofs[target.contract]) for target in record.targets],
            named=tuple(dict.fromkeys(label(target) for target in record.targets)),
            waivers=in_force(record),
            policy=policy(style, ""),
            style=Markup(style),  # noqa: S704 - our own file
        )
    )


def held(target: TargetRecord, proof: Proof) -> Held:
    """What the page of a certificate shows of one target."""
    boundaries: Counter[str] = Counter()
    for check in target.checks:
        boundaries.update(check.boundaries)
    found = counts(target.requirements)
    told = {verdict: untold(target, verdict) for verdict in UNPROVEN}
    return Held(
        record=target,
        proof=proof,
        counts={verdict: found[verdict] for verdict in SHOWN if verdict in found},
        readings=readings(target),
        untold={verdict: reasons for verdict, reasons in told.items() if reasons},
        boundaries={name: boundaries[name] for name in sorted(boundaries, key=natural)},
        findings=findings(target),
    )
