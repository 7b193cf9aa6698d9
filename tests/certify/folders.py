"""Handmade folders of certificates, and the kill matrix that they need."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import reports
import specs
from conformance.certify.issue import Terms, issue
from conformance.prove.matrix import FORMAT
from conformance.reference.faults import faults
from conformance.version import VERSION
from reports import RunRecord
from tests.reports.records import calm

KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
STRANGER = Ed25519PrivateKey.from_private_bytes(b"s" * 32)
ISSUED = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)
DAYS = 30


def thorough(record: RunRecord | None = None) -> RunRecord:
    made = record or calm()
    return replace(made, run=replace(made.run, effort="thorough"))


def matrix(**changes: Any) -> bytes:
    """A kill matrix that fits the handmade record."""
    contract = specs.contract(calm().targets[0].contract)
    row = {"contract": contract.id}
    known = [fault for fault in faults(contract.vendor).values() if contract.id in fault.contracts]
    made = {
        "format": FORMAT,
        "suite": {"version": VERSION},
        "specs": {contract.id: calm().targets[0].spec_digest},
        "faults": [
            {
                **row,
                "fault": fault.id,
                "breaks": fault.breaks_of(contract.id),
                "killed_by": ["queued" if number % 2 else "another"],
            }
            for number, fault in enumerate(known)
        ],
        "variants": [{"contract": contract.id, "accused": {}, "undecided": {}, "misread": {}, "lost": {}}] * 3,
    }
    return json.dumps(made | changes).encode()


def terms(key: Ed25519PrivateKey | None = KEY) -> Terms:
    return Terms(key, DAYS, matrix())


def certified(folder: Path, key: Ed25519PrivateKey | None = KEY) -> Path:
    """A folder as `conformance certify` leaves it."""
    record = thorough()
    folder.mkdir()
    reports.write(record, folder / "run.json")
    (folder / "journal-1.jsonl").write_text("{}\n")
    (folder / "parts").mkdir()
    (folder / "parts" / "one.json").write_text("[]")
    issue(record, folder, terms(key), ISSUED)
    return folder
