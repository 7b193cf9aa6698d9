"""Checks the folder of a certificate against its signed statement, without any network."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from conformance.certify.envelope import EnvelopeError, unseal
from conformance.certify.layout import ENVELOPE, STATEMENT, UNSUBJECTED, contents, digest
from conformance.certify.statement import Certified, StatementError, parse


class MismatchError(ValueError):
    """The first thing that does not match, in words."""


def verify(folder: Path, key: Ed25519PublicKey, now: datetime) -> Certified:
    """What a folder certifies: the signature is checked first, then every file, then the dates.

    Args:
        folder: of the certificate.
        key: of whoever is trusted to issue it.
        now: the time at which it has to hold.

    Raises:
        MismatchError: something does not match.
    """
    statement = _signed(folder, key)
    try:
        certified = parse(statement)
    except StatementError as error:
        raise MismatchError(f"bad statement: what {ENVELOPE} holds {error}") from error
    if _read(folder, STATEMENT) != statement:
        raise MismatchError(f"changed file: {STATEMENT} is not what was signed")
    _compare(folder, certified)
    if now < certified.issued:
        raise MismatchError(f"not yet valid: it holds from {certified.issued:%Y-%m-%d %H:%M} UTC on")
    if now >= certified.expires:
        raise MismatchError(f"expired: it held until {certified.expires:%Y-%m-%d %H:%M} UTC")
    return certified


def _signed(folder: Path, key: Ed25519PublicKey) -> bytes:
    content = _read(folder, ENVELOPE)
    try:
        return unseal(content, key)
    except EnvelopeError as error:
        raise MismatchError(f"bad envelope: {ENVELOPE} {error}") from error


def _compare(folder: Path, certified: Certified) -> None:
    found = set(contents(folder))
    # repr() shows names of files that a person could not see otherwise.
    for name, wanted in certified.digests.items():
        if name not in found:
            raise MismatchError(f"missing file: {name!r}")
        path = folder / name
        if path.is_symlink() or not path.is_file():
            raise MismatchError(f"changed file: {name!r} is not a regular file")
        if _digest(path) != wanted:
            raise MismatchError(f"changed file: {name!r}")
    extra = sorted(found - set(certified.digests) - UNSUBJECTED)
    if extra:
        raise MismatchError(f"extra file: {extra[0]!r}")


def _digest(path: Path) -> str:
    try:
        return digest(path)
    except OSError as error:
        raise MismatchError(f"unreadable file: {path.name!r}: {error.strerror}") from error


def _read(folder: Path, name: str) -> bytes:
    try:
        return (folder / name).read_bytes()
    except FileNotFoundError as error:
        raise MismatchError(f"missing file: {name!r}") from error
    except OSError as error:
        raise MismatchError(f"unreadable file: {name!r}: {error.strerror}") from error
