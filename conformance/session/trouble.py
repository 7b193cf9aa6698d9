"""Says in one word, and in words, what came instead of an answer."""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Iterator
from http.client import HTTPException, IncompleteRead, RemoteDisconnected

import requests
import urllib3.exceptions

from conformance.session.exchange import Trouble

# What requests, urllib3, http.client, ssl and the socket raise for what a target does.
CAUGHT = (requests.RequestException, urllib3.exceptions.HTTPError, HTTPException, OSError)
LONGEST = 300


def explain(error: BaseException, *, connected: bool) -> tuple[Trouble, str]:
    """What an exception of the HTTP client says about the target.

    Args:
        error: any of `CAUGHT`; others are hidden in it.
        connected: whether the connection stood, TLS included.
    """
    chain = list(_chain(error))
    root = next((e for e in reversed(chain) if str(e)), error)
    words = f"{str(root)[:LONGEST]}" or type(root).__name__
    if connected:
        return _while_talking(chain, words)
    return _while_connecting(chain, words)


def _while_connecting(chain: list[BaseException], words: str) -> tuple[Trouble, str]:
    if _any(chain, ssl.SSLError, urllib3.exceptions.SSLError):
        return Trouble.TLS, words
    if _any(chain, socket.gaierror):
        return Trouble.CONNECT, f"the name cannot be resolved: {words}"
    if _any(chain, TimeoutError):
        return Trouble.TIMEOUT, "the connection did not stand within the connect time-out"
    if _any(chain, urllib3.exceptions.NewConnectionError):
        return Trouble.CONNECT, words
    if _any(chain, ConnectionError):
        return Trouble.TLS, f"the connection ended during the handshake: {words}"
    return Trouble.CONNECT, words


def _while_talking(chain: list[BaseException], words: str) -> tuple[Trouble, str]:
    if _any(chain, TimeoutError, urllib3.exceptions.TimeoutError):
        return Trouble.TIMEOUT, "the answer was not whole within the read time-out"
    if _any(chain, IncompleteRead):
        return Trouble.DROPPED, f"the body ended before it was whole: {words}"
    if _any(chain, RemoteDisconnected, ConnectionError, ssl.SSLEOFError, ssl.SSLZeroReturnError):
        return Trouble.DROPPED, f"the connection ended without an answer: {words}"
    return Trouble.PROTOCOL, f"not HTTP: {words}"


def no_such_source(error: BaseException) -> bool:
    """Whether the local address to send from is not one of this machine."""
    return any(isinstance(e, OSError) and e.errno in (errno.EADDRNOTAVAIL, errno.EINVAL) for e in _chain(error))


def _any(chain: list[BaseException], *types: type[BaseException]) -> bool:
    return any(isinstance(error, types) for error in chain)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """An exception and all that is hidden in it, outermost first."""
    seen: set[int] = set()
    waiting: list[object] = [error]
    while waiting:
        each = waiting.pop(0)
        if isinstance(each, BaseException) and id(each) not in seen:
            seen.add(id(each))
            yield each
            waiting += [*each.args, getattr(each, "reason", None), each.__cause__, each.__context__]
