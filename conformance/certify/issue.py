"""Turns the folder of a finished run into a certificate, where the run deserves one."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from conformance.certify.compose import compose
from conformance.certify.envelope import seal
from conformance.certify.keys import key_id
from conformance.certify.layout import ENVELOPE, KILL_MATRIX, STATEMENT, digests
from conformance.certify.matrix import proofs
from conformance.exercise.effort import Effort
from reports import Outcome, RunRecord, Verdict
from reports.certificate import Certificate
from reports.certificate import write as write_page
from reports.coverage import untested
from specs import Level


class NoCertificateError(ValueError):
    """A run that never yields a certificate, with the reason."""


@dataclass(frozen=True, slots=True)
class Terms:
    """What a certificate is issued with.

    Attributes:
        key: signs it, or None.
        valid_days: for how long it holds.
        kill_matrix: the file as the suite ships it.
        effort: that the run must have had.
    """

    key: Ed25519PrivateKey | None
    valid_days: int
    kill_matrix: bytes
    effort: Effort = Effort.THOROUGH


def obstacle(record: RunRecord, effort: Effort = Effort.THOROUGH) -> str:
    """Why a run yields no certificate, or "" where it does."""
    run = record.run
    if not run.complete:
        return f"the run is a partial one ({', '.join(run.partial)})"
    if record.verdict is not Outcome.NOT_CONFORMANT and (missing := lacking(record)):
        return f"mandatory requirements were not tested:\n{missing}"
    if record.verdict is not Outcome.CONFORMANT or record.exit_code != 0:
        return f"the run is {record.verdict}"
    if record.gate is not None and record.gate.exit_code != 0:
        return f"the gate fails: {record.gate.reason}"
    if run.effort != effort:
        return f"the run was made with {run.effort} effort, not {effort}"
    unchecked = [
        f"{target.contract}/{requirement.id}"
        for target in record.targets
        for requirement in target.requirements
        if requirement.observe and requirement.verdict is Verdict.NOT_TESTED and not requirement.checks
    ]
    if unchecked:
        return f"no check of {', '.join(unchecked[:5])} came to an end, though it can be observed"
    others = [target.name for target in record.targets if target.verdict is not Outcome.CONFORMANT]
    return f"not conformant: {', '.join(others)}" if others or not record.targets else ""


def lacking(record: RunRecord) -> str:
    """The mandatory requirements that a client can observe and that were not tested, by target and reason, in lines."""
    lines = []
    for target in record.targets:
        mandatory = [each for each in untested(target.requirements) if each.level is Level.MANDATORY]
        for reason in dict.fromkeys(each.reason for each in mandatory):
            same = [each.id for each in mandatory if each.reason == reason]
            lines.append(f"  {target.contract}, {target.name}: {', '.join(same)}: {reason}")
    return "\n".join(lines)


def issue(record: RunRecord, folder: Path, terms: Terms, now: datetime) -> Path:
    """Adds the certificate, the kill matrix, the statement and its envelope to the folder of a run.

    Args:
        record: of the run; its reports and journals are in the folder already.
        folder: holds nothing but what belongs to this run.
        terms: what it is issued with; without a key there is no envelope.
        now: from when on it holds.

    Returns:
        The page of the certificate.

    Raises:
        NoCertificateError: the run yields none.
        MatrixError: the kill matrix is not one of this suite.
    """
    reason = obstacle(record, terms.effort)
    if reason:
        raise NoCertificateError(reason)
    known = proofs(terms.kill_matrix, {target.contract: target.spec_digest for target in record.targets})
    issued = now.astimezone(UTC).replace(microsecond=0)
    signer = key_id(terms.key.public_key()) if terms.key else None
    certificate = Certificate(
        id=hashlib.sha256(f"{record.run.id} {issued.isoformat()} {signer}".encode()).hexdigest()[:20],
        issued=_utc(issued),
        expires=_utc(issued + timedelta(days=terms.valid_days)),
        key=signer,
        proofs=known,
    )
    (folder / KILL_MATRIX).write_bytes(terms.kill_matrix)
    page = write_page(record, certificate, folder)
    statement = compose(record, certificate, digests(folder))
    (folder / STATEMENT).write_bytes(statement)
    if terms.key:
        (folder / ENVELOPE).write_bytes(seal(statement, terms.key))
    return page


def _utc(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
