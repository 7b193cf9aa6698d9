"""Probes of keys, content types and plain HTTP."""

from __future__ import annotations

from dataclasses import replace

from conformance.exercise.probe import probe
from conformance.imiconnect.codes import ACCEPTED, BAD_JSON, BAD_KEY, NO_KEY
from conformance.imiconnect.driver import JSON, Driver
from conformance.judge import lacking
from conformance.session.exchange import Pairs


def code_for(driver: Driver, headers: Pairs, body: bytes | None = None) -> str | None:
    """The code of the answer to a valid update with these headers, or to another body."""
    if body is None:
        body = driver.body([(driver.customers(1)[0], {"name": "umtest"})])
    return driver.answered(driver.update(body, headers=headers)).code


@probe("meaning-of-7000")
def meaning_of_7000(driver: Driver) -> str | None:
    """A wrong key."""
    return {BAD_KEY: "syntax", BAD_JSON: "literal"}.get(code_for(driver, driver.headers(JSON, key="x" * 20)) or "")


@probe("empty-key-code")
def empty_key(driver: Driver) -> str | None:
    """An empty key."""
    code = code_for(driver, driver.headers(JSON, key=""))
    return code if code in (NO_KEY, BAD_KEY) else None


@probe("key-header")
def key_header(driver: Driver) -> str | None:
    """The key in the header secretKey alone."""
    code = code_for(driver, (("secretKey", driver.key), JSON))
    return "both" if code in ACCEPTED else "key" if code == NO_KEY else None


@probe("check-order")
def check_order(driver: Driver) -> str | None:
    """No key, and a body that is not JSON."""
    return {NO_KEY: "auth-first", BAD_JSON: "parse-first"}.get(code_for(driver, (JSON,), b'{"Records"') or "")


@probe("other-content-type")
def other_content_type(driver: Driver) -> str | None:
    """A valid update as text/plain."""
    body = driver.body([(driver.customers(1)[0], {"name": "umtest"})])
    answered = driver.answered(driver.update(body, headers=driver.headers(("content-type", "text/plain"))))
    if answered.code in ACCEPTED:
        return "accepted"
    return "415" if answered.status == 415 else BAD_JSON if answered.code == BAD_JSON else None


@probe("plain-http")
def plain_http(driver: Driver) -> str | None:
    """A valid update over plain HTTP."""
    if driver.target.plain_http_url is None:
        raise lacking.plain_address()
    body = driver.body([(driver.customers(1)[0], {"name": "umtest"})])
    answer = driver.send(replace(driver.request("update", body), plain=True)).answer
    if answer is None:
        return "refused"
    if 300 <= answer.status < 400:
        return "redirect"
    if answer.status < 400:
        return None
    return "error-body" if answer.body else "refused"
