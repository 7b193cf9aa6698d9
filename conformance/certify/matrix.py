"""The kill matrix that the suite ships: what the checks are known to detect."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import specs
from conformance.certify.layout import KILL_MATRIX
from conformance.prove.first_contact import last
from conformance.prove.matrix import FORMAT
from conformance.reference.faults import faults
from conformance.version import VERSION
from reports.certificate import KnownFault, Proof

SHIPPED = Path(__file__).parents[1] / "prove" / KILL_MATRIX
AGAIN = "run: conformance prove --out conformance/prove/kill-matrix.json"


class MatrixError(ValueError):
    """The kill matrix is missing, or is not one of this suite; says how to make it."""


def read(path: Path = SHIPPED) -> bytes:
    """The kill matrix in a file, as it is.

    Raises:
        MatrixError: it cannot be read.
    """
    try:
        return path.read_bytes()
    except FileNotFoundError as error:
        raise MatrixError(f"the suite has no kill matrix, which a certificate shows; {AGAIN}") from error
    except OSError as error:
        raise MatrixError(f"{path} cannot be read: {error.strerror}; {AGAIN}") from error


def proofs(content: bytes, digests: Mapping[str, str]) -> Mapping[str, Proof]:
    """What a kill matrix proves of the checks of some contracts.

    Args:
        content: of its file.
        digests: SHA-256 of the specs of each contract.

    Raises:
        MatrixError: it is of another version of the suite, of other specs, or not of all faults.
    """
    try:
        data: Any = json.loads(content)
        if data["format"] != FORMAT:
            raise MatrixError(f"the kill matrix has another format than {FORMAT}; {AGAIN}")
        version = data.get("suite", {}).get("version")
        if version != VERSION:
            raise MatrixError(f"the kill matrix is of version {version} of the suite, this is {VERSION}; {AGAIN}")
        return {name: _proof(data, specs.contract(name), wanted) for name, wanted in digests.items()}
    except MatrixError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise MatrixError(f"the kill matrix is malformed ({error!r}); {AGAIN}") from error


def _proof(data: Any, contract: specs.Contract, digest: str) -> Proof:
    if data.get("specs", {}).get(contract.id) != digest:
        raise MatrixError(f"the kill matrix was made with other specs of {contract.id}; {AGAIN}")
    rows = [row for row in data["faults"] if row["contract"] == contract.id]
    variants = [row for row in data["variants"] if row["contract"] == contract.id]
    known = {fault.id for fault in faults(contract.vendor).values() if contract.id in fault.contracts}
    if {row["fault"] for row in rows} != known or not variants:
        raise MatrixError(f"the kill matrix does not have every fault and variant of {contract.id}; {AGAIN}")
    return Proof(
        faults=tuple(KnownFault(row["fault"], tuple(row["breaks"]), tuple(row["killed_by"])) for row in rows),
        variants=len(variants),
        accused=sum(any(row[said] for said in ("accused", "undecided", "misread", "lost")) for row in variants),
        first_contact=last(contract.id),
    )
