"""The DSSE envelope: signs a statement with Ed25519, and opens only what a known key has signed."""

from __future__ import annotations

import json
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import Error, VerificationError
from securesystemslib.signer import CryptoSigner, SSlibKey  # type: ignore[attr-defined]  # public, says its manual

from conformance.certify.keys import key_id

PAYLOAD_TYPE = "application/vnd.in-toto+json"
_SCHEME = "ed25519"


class EnvelopeError(ValueError):
    """An envelope is malformed, or what it says is not signed by the key."""


def seal(statement: bytes, key: Ed25519PrivateKey) -> bytes:
    """A statement in a signed envelope, as JSON."""
    envelope = Envelope(statement, PAYLOAD_TYPE, {})
    envelope.sign(CryptoSigner(key, _public(key.public_key())))
    return json.dumps(envelope.to_dict(), indent=1).encode("ascii") + b"\n"


def unseal(content: bytes, key: Ed25519PublicKey) -> bytes:
    """The statement in an envelope.

    Raises:
        EnvelopeError: it is not a DSSE envelope around an in-toto statement, or the key has not signed it.
    """
    try:
        data: Any = json.loads(content)
        envelope = Envelope.from_dict(data)
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError, Error) as error:
        raise EnvelopeError("is not a DSSE envelope") from error
    if envelope.payload_type != PAYLOAD_TYPE:
        raise EnvelopeError(f"holds {str(envelope.payload_type)!r:.100}, not {PAYLOAD_TYPE!r}")
    wanted = _public(key)
    if wanted.keyid not in envelope.signatures:
        signers = ", ".join(repr(str(name))[:80] for name in envelope.signatures) or "nobody"
        raise EnvelopeError(f"is signed by {signers}, not by the key {wanted.keyid}: the wrong key")
    try:
        envelope.verify([wanted], 1)
    except VerificationError as error:
        raise EnvelopeError(f"was changed: the key {wanted.keyid} has not signed this text") from error
    return envelope.payload


def _public(key: Ed25519PublicKey) -> SSlibKey:
    return SSlibKey.from_crypto(key, key_id(key), _SCHEME)
