"""Ed25519 keys as PEM files: PKCS #8 for the private one, SubjectPublicKeyInfo for the public one."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

OWNER_ONLY = 0o600


class KeyFileError(ValueError):
    """A key file cannot be written, read or used."""


def generate(private_file: Path, public_file: Path, passphrase: bytes | None) -> str:
    """Writes a new pair of keys and returns the id of the public one; no file is ever written over.

    Args:
        private_file: readable by its owner only.
        public_file: for everybody.
        passphrase: encrypts the private key, or None.

    Raises:
        KeyFileError: one of the files exists or cannot be written.
    """
    if public_file.exists():
        raise KeyFileError(f"{public_file} exists already and is left as it is")
    key = Ed25519PrivateKey.generate()
    protection: KeySerializationEncryption = BestAvailableEncryption(passphrase) if passphrase else NoEncryption()
    _create(private_file, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, protection), OWNER_ONLY)
    try:
        _create(public_file, key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo), mode=0o644)
    except KeyFileError:
        private_file.unlink()
        raise
    return key_id(key.public_key())


def read_private(file: Path, passphrase: Callable[[], bytes | None]) -> Ed25519PrivateKey:
    """The private key in a file.

    Args:
        file: PEM.
        passphrase: asked only where the key is encrypted; None where there is no passphrase.

    Raises:
        KeyFileError: it cannot be read, or is no Ed25519 key, or the passphrase is missing or wrong.
    """
    content = _content(file)
    try:
        try:
            key = load_pem_private_key(content, None)
        except TypeError as error:  # encrypted
            given = passphrase()
            if given is None:
                raise KeyFileError(f"{file} is encrypted and there is no passphrase") from error
            key = load_pem_private_key(content, given)
    except (TypeError, ValueError, UnsupportedAlgorithm) as error:
        if isinstance(error, KeyFileError):
            raise
        raise KeyFileError(f"{file} is no private key in PEM, or its passphrase is wrong") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyFileError(f"{file} is a private key of another kind; certificates are signed with Ed25519")
    return key


def read_public(file: Path) -> Ed25519PublicKey:
    """The public key in a file.

    Raises:
        KeyFileError: it cannot be read, or is no Ed25519 key.
    """
    content = _content(file)
    if b"PRIVATE KEY" in content:
        raise KeyFileError(f"{file} is a private key; give the public one, and keep this one to yourself")
    try:
        key = load_pem_public_key(content)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise KeyFileError(f"{file} is no public key in PEM") from error
    if not isinstance(key, Ed25519PublicKey):
        raise KeyFileError(f"{file} is a public key of another kind; certificates are signed with Ed25519")
    return key


def key_id(key: Ed25519PublicKey) -> str:
    """The SHA-256 of the key in DER, as `openssl pkey -pubin -outform DER | sha256sum` shows it."""
    return hashlib.sha256(key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise KeyFileError(f"{file} cannot be read: {error.strerror}") from error


def _create(file: Path, content: bytes, mode: int) -> None:
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "wb") as opened:
            opened.write(content)
    except FileExistsError as error:
        raise KeyFileError(f"{file} exists already and is left as it is") from error
    except OSError as error:
        raise KeyFileError(f"{file} cannot be written: {error.strerror}") from error
