"""The folder of a certificate: the names of its files, and the digests of all that it holds."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

RECORD = "run.json"
KILL_MATRIX = "kill-matrix.json"
STATEMENT = "statement.json"
ENVELOPE = "certificate.intoto.json"
UNSUBJECTED = frozenset({STATEMENT, ENVELOPE})
"""Files that the statement cannot name: itself, and the envelope around it."""


def contents(folder: Path) -> Iterator[str]:
    """The paths of everything in a folder but folders, relative to it and sorted; links are not followed."""
    found = []
    for place, folders, names in os.walk(folder):
        links = [name for name in folders if Path(place, name).is_symlink()]
        found += [Path(place, name).relative_to(folder).as_posix() for name in (*names, *links)]
    yield from sorted(found)


def digest(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digests(folder: Path) -> Mapping[str, str]:
    """The SHA-256 of every file that a statement speaks of."""
    return {name: digest(folder / name) for name in contents(folder) if name not in UNSUBJECTED}
