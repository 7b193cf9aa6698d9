"""The ledger on disk: what a run that is killed has remembered can be put back later.

The file stands in the folder of the reports. It holds profiles as they were, so only its owner may read it, and it
is deleted as soon as they are put back. It holds no credentials: a profile in which one stands is left out.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from conformance.session.redaction import Redactor
from conformance.target.model import Target

FORMAT = "profile-conformance/ledger/1"
NAMES = "lent-profiles-*.json"


class LedgerError(ValueError):
    """A ledger file cannot be used; the message says why."""


@dataclass(frozen=True, slots=True)
class Remembered:
    """What was remembered of one target.

    Attributes:
        contract: id of the contract.
        target: name of the target.
        learned: readings that it was known to follow.
        profiles: every profile as it was, by id.
    """

    contract: str
    target: str
    learned: Mapping[str, str] = field(default_factory=dict)
    profiles: Mapping[str, Any] = field(default_factory=dict)


def file_of(folder: Path, started: datetime) -> Path:
    """The ledger file of a run."""
    return folder / NAMES.replace("*", f"{started:%Y%m%dT%H%M%SZ}-{os.getpid()}")


def leftovers(folder: Path) -> list[Path]:
    """Ledger files of earlier runs that did not put everything back."""
    return sorted(folder.glob(NAMES))


def remembered(
    target: Target, redactor: Redactor, learned: Mapping[str, str], profiles: Mapping[str, Any]
) -> Remembered:
    """What of a target may be written down."""
    clean = {name: was for name, was in profiles.items() if not _tells(redactor, was)}
    return Remembered(target.contract, target.name, dict(learned), clean)


def _tells(redactor: Redactor, profile: Any) -> bool:
    text = json.dumps(profile, ensure_ascii=False)
    return redactor.text(text) != text


def save(path: Path, targets: Sequence[Remembered]) -> None:
    """Writes a ledger file; one without profiles is deleted instead.

    Raises:
        OSError: it cannot be written.
    """
    kept = [each for each in targets if each.profiles]
    if not kept:
        path.unlink(missing_ok=True)
        return
    rows = [
        {"contract": t.contract, "target": t.target, "learned": dict(t.learned), "profiles": dict(t.profiles)}
        for t in kept
    ]
    # mkstemp gives mode 0600 from the beginning.
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            json.dump({"format": FORMAT, "targets": rows}, file, indent=1)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def load(path: Path) -> list[Remembered]:
    """Reads a ledger file.

    Raises:
        LedgerError: it is none.
    """
    try:
        data = json.loads(path.read_bytes())
        if data["format"] != FORMAT:
            raise LedgerError(f"{path} is not a ledger of lent profiles that this version reads")
        return list(_rows(data["targets"]))
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        if isinstance(error, LedgerError):
            raise
        raise LedgerError(f"{path} is not a ledger of lent profiles: {error!r}") from error


def _rows(rows: Iterable[Mapping[str, Any]]) -> Iterable[Remembered]:
    for row in rows:
        yield Remembered(row["contract"], row["target"], dict(row["learned"]), dict(row["profiles"]))
