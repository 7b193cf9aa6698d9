"""Writes the in-toto statement of a certificate from the run record."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from conformance.certify.statement import EXTENSION, FORMAT, PREDICATE_TYPE, STATEMENT_TYPE
from reports import RunRecord, TargetRecord, Verdict
from reports.certificate import Certificate, Proof, held, in_force
from reports.coverage import coverage


def compose(record: RunRecord, certificate: Certificate, digests: Mapping[str, str]) -> bytes:
    """The statement about a conformant run.

    Args:
        record: of the run.
        certificate: of the run.
        digests: SHA-256 of every file of the folder.
    """
    warned = [name for target in record.targets for name in _with_verdict(target, Verdict.FAILED)]
    predicate = {
        "result": "WARNED" if warned else "PASSED",
        "configuration": [
            *({"name": f"specs/{t.contract}", "digest": {"sha256": t.spec_digest}} for t in record.targets),
            *({"name": t.document.title, "digest": {"sha256": t.document.sha256}} for t in record.targets),
        ],
        "passedTests": [name for target in record.targets for name in _with_verdict(target, Verdict.PASSED)],
        "warnedTests": warned,
        "failedTests": [],
        EXTENSION: {
            "format": FORMAT,
            "certificate": certificate.id,
            "issued": certificate.issued,
            "expires": certificate.expires,
            "verdict": str(record.verdict),
            "level": record.run.level,
            "effort": record.run.effort,
            "seed": record.run.seed,
            "run": record.run.id,
            "suite": {"name": record.suite.name, "version": record.suite.version},
            "targets": [_target(target, certificate.proofs[target.contract]) for target in record.targets],
            "waivers": [asdict(waiver) for waiver in in_force(record)],
        },
    }
    statement = {
        "_type": STATEMENT_TYPE,
        "subject": [{"name": name, "digest": {"sha256": found}} for name, found in digests.items()],
        "predicateType": PREDICATE_TYPE,
        "predicate": predicate,
    }
    return json.dumps(statement, indent=1).encode("ascii") + b"\n"


def _target(target: TargetRecord, proof: Proof) -> dict[str, Any]:
    found = held(target, proof)
    return {
        "contract": target.contract,
        "name": target.name,
        "version": target.version,
        "address": target.base_url,
        "verdict": str(target.verdict),
        "tested": coverage(target).tested,
        "testable": coverage(target).testable,
        "knownFaults": len(proof.faults),
        "knownFaultsDetected": len(found.killed),
        "firstContact": asdict(proof.first_contact) if proof.first_contact else None,
        "specDigest": {"sha256": target.spec_digest},
        "document": {"id": target.document.id, "digest": {"sha256": target.document.sha256}},
        "readings": {reading.id: reading.option for reading in target.readings if reading.option is not None},
        "notTested": _with_verdict(target, Verdict.NOT_TESTED),
        "notApplicable": _with_verdict(target, Verdict.NOT_APPLICABLE),
        "inconclusive": _with_verdict(target, Verdict.INCONCLUSIVE),
    }


def _with_verdict(target: TargetRecord, verdict: Verdict) -> list[str]:
    return [f"{target.contract}/{r.id}" for r in target.requirements if r.verdict is verdict]
