"""Undoes content codings within bounds: a bomb is cut, not unpacked."""

from __future__ import annotations

import zlib

CODINGS_AT_MOST = 3
MEMBERS_AT_MOST = 100  # of one gzip body; each copies what follows it
_GZIP, _RAW = 16 + zlib.MAX_WBITS, -zlib.MAX_WBITS


class UndecodableError(ValueError):
    """The body is not what its Content-Encoding says."""


def decode(body: bytes, codings: str, limit: int, *, cut: bool) -> tuple[bytes, bool]:
    """The body without its content codings, and whether it was cut.

    Args:
        body: as it came.
        codings: value of Content-Encoding.
        limit: bytes to return at most, and to hold at most after each coding.
        cut: whether the body was cut already, so that its end is missing.

    Raises:
        UndecodableError: an unknown coding, too many of them, or bytes that are not in it.
    """
    names = [name for part in codings.split(",") if (name := part.strip().lower()) not in ("", "identity")]
    if len(names) > CODINGS_AT_MOST:
        raise UndecodableError(f"{len(names)} content codings on top of each other")
    for name in reversed(names):
        if not body:
            break
        try:
            body, cut = _inflate(body, name, limit, cut)
        except zlib.error as error:
            raise UndecodableError(f"the body is not {name}: {error}") from None
    return body[:limit], cut or len(body) > limit


def _inflate(body: bytes, coding: str, limit: int, cut: bool) -> tuple[bytes, bool]:
    if coding in ("gzip", "x-gzip"):
        width = _GZIP
    elif coding == "deflate":
        # RFC 9110, section 8.4.1.2: some senders leave the zlib wrapper out.
        width = zlib.MAX_WBITS if body[0] & 0x0F == 8 and int.from_bytes(body[:2]) % 31 == 0 else _RAW
    else:
        raise UndecodableError(f"content coding {coding[:40]!r}, which was not asked for")
    unpacked = bytearray()
    members = 0
    while body:
        members += 1
        if members > MEMBERS_AT_MOST:
            raise UndecodableError(f"more than {MEMBERS_AT_MOST} gzip members in one body")
        unpacker = zlib.decompressobj(width)
        unpacked += unpacker.decompress(body, limit + 1 - len(unpacked))
        if len(unpacked) > limit:
            return bytes(unpacked), True
        if not unpacker.eof:
            if cut:
                break
            raise UndecodableError(f"the {coding} body ends before it is whole")
        body = unpacker.unused_data if width == _GZIP else b""
    return bytes(unpacked), cut
