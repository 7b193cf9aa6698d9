"""Tells an answer of the operation from one that only says that the request was not served."""

from __future__ import annotations

import re
from dataclasses import replace

from conformance.session.exchange import Answer, Exchange, Trouble
from specs.refusals import Refusal, refusals

TOO_MANY_REQUESTS = 429
PAGE = "text/html"
PAGE_STARTS = (b"<!doctype html", b"<html")
CACHE_HIT = re.compile(r"(?:^|[\s;,_])hit(?![\w-])", re.IGNORECASE).search  # not MISS from a-hit, not hit-for-pass
CACHE_HITS = ("x-cache", "cf-cache-status", "cache-status", "x-cache-status")


def refusal_of(exchange: Exchange, *, limited: bool = False) -> Refusal | None:
    """The kind of refusal that an answer looks like, or None for an answer of the operation.

    Args:
        exchange: with its answer; its request names the operation of the contract that it is for, if any.
        limited: whether its body says what 429 says, whatever its status.
    """
    answer = exchange.answer
    if answer is None:
        return None
    status = TOO_MANY_REQUESTS if limited else answer.status
    for refusal in refusals():
        if status in refusal.statuses and _fits(refusal, exchange, answer):
            return refusal
    return None


def unserved(exchange: Exchange, refusal: Refusal) -> Exchange:
    """The exchange as an oracle is shown it: whether the request took effect is not known."""
    return replace(exchange, answer=None, trouble=Trouble.REFUSED, detail=refusal.what)


def from_cache(answer: Answer) -> str | None:
    """The header by which an answer says that a cache gave it, or None (RFC 9111, section 5.1; RFC 9211)."""
    if (answer.header("age") or "").strip().lstrip("0").isdecimal():
        return "the answer has an Age"
    for name in CACHE_HITS:
        if CACHE_HIT(answer.header(name) or ""):
            return f"{name} says that a cache had it"
    return None


def is_page(answer: Answer) -> bool:
    """Whether an answer is an HTML page."""
    media = (answer.header("content-type") or "").partition(";")[0].strip().lower()
    return media == PAGE or answer.body.lstrip()[:20].lower().startswith(PAGE_STARTS)


def _fits(refusal: Refusal, exchange: Exchange, answer: Answer) -> bool:
    if refusal.page and not is_page(answer):
        return False
    if refusal.unknown_method and exchange.request.operation:
        return False
    if refusal.chunked and not exchange.request.chunked:
        return False
    if refusal.schemes:
        asked = (answer.header("www-authenticate") or "").strip().partition(" ")[0].lower()
        return bool(asked) and asked not in refusal.schemes
    return True
