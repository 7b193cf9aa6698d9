"""The in-toto statement of a certificate, as whoever checks it reads it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from typing import Any

STATEMENT_TYPE = "https://in-toto.io/Statement/v1"
PREDICATE_TYPE = "https://in-toto.io/attestation/test-result/v0.1"
EXTENSION = "profileConformance"
FORMAT = "profile-conformance/certificate/1"
_DIGEST = re.compile("[0-9a-f]{64}")


class StatementError(ValueError):
    """A statement is not one of a certificate of this format."""


@dataclass(frozen=True, slots=True)
class Certified:
    """What a statement says, as far as checking it needs.

    Attributes:
        certificate: id.
        issued: from when on it holds.
        expires: when it ends.
        level: documented or strict.
        targets: name, version and contract of each, in one line.
        digests: SHA-256 by file.
    """

    certificate: str
    issued: datetime
    expires: datetime
    level: str
    targets: tuple[str, ...]
    digests: Mapping[str, str]


def parse(content: bytes) -> Certified:
    """What a statement says.

    Raises:
        StatementError: it is not one of a certificate of this format.
    """
    try:
        data: Any = json.loads(content)
        if data["_type"] != STATEMENT_TYPE or data["predicateType"] != PREDICATE_TYPE:
            raise StatementError("is not an in-toto statement with a test result")
        said = data["predicate"][EXTENSION]
        if said["format"] != FORMAT:
            raise StatementError(f"has the format {str(said['format'])!r:.80}; this version reads {FORMAT!r}")
        return Certified(
            certificate=str(said["certificate"]),
            issued=_moment(said["issued"]),
            expires=_moment(said["expires"]),
            level=str(said["level"]),
            targets=tuple(" ".join(str(t[part]) for part in ("name", "version", "contract")) for t in said["targets"]),
            digests=_digests(data["subject"]),
        )
    except StatementError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise StatementError("is not the statement of a certificate") from error


def _digests(subjects: Any) -> Mapping[str, str]:
    found: dict[str, str] = {}
    for subject in subjects:
        name, digest = subject["name"], subject["digest"]["sha256"]
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts or name != str(path) or name in found:
            raise StatementError(f"names a file that cannot be in the folder: {name!r:.200}")
        if not _DIGEST.fullmatch(digest):
            raise StatementError(f"has no SHA-256 for {name!r:.200}")
        found[name] = digest
    return found


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise StatementError(f"has a time without a zone: {text!r}")
    return moment
