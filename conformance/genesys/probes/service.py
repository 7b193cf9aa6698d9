"""Probes of credentials, headers, preconditions and transport."""

from __future__ import annotations

from conformance.exercise import probe
from conformance.genesys.driver import Driver
from conformance.genesys.probes.common import names, words
from conformance.genesys.wire import accepted, basic, refused, status
from conformance.judge import NotTested, lacking
from conformance.session.exchange import Request


@probe("basic-authentication")
def basic_authentication(driver: Driver) -> str | None:
    """A wrong password."""
    name = driver.target.credential("username")
    if name is None:
        raise NotTested("the target file names no user", "give `username` and `password` in [target.credentials]")
    path = driver.path("query", customer_id=driver.customer(words(driver, *names(driver, 1))))
    wrong = basic(name, f"{driver.target.credential('password')}x")
    headers = (*driver.headers(body=False), ("Authorization", wrong))
    request = Request("query", "GET", path, "", headers).with_header("Authorization", wrong)
    return {401: "enabled", 200: "disabled"}.get(status(driver.send(request)) or 0)


@probe("content-location")
def content_location(driver: Driver) -> str | None:
    """With the header and without."""
    members = words(driver, *names(driver, 1))
    customer = driver.customer(members)
    request = driver.update_request(customer, members).without_header("Content-Location")
    exchange = driver.put(customer, request)
    if refused(exchange):
        again = driver.put(customer, request.with_header("Content-Location", request.path))
        return "required" if accepted(again) else None
    if not accepted(exchange) or exchange.answer is None:
        return None
    return "ignored" if exchange.answer.header("content-location") is None else "returned"


@probe("prior-retrieval")
def prior_retrieval(driver: Driver) -> str | None:
    """Two updates without a query."""
    members = words(driver, *names(driver, 1))
    customer = driver.customer(members)
    request = driver.update_request(customer, members)
    if accepted(driver.send(request)) and accepted(driver.send(request)):
        return "not-enforced"
    return "enforced" if accepted(driver.put(customer, request)) else None


@probe("other-content-type")
def other_content_type(driver: Driver) -> str | None:
    """JSON that says it is a text."""
    members = words(driver, *names(driver, 1))
    customer = driver.customer(members)
    request = driver.update_request(customer, members)
    exchange = driver.put(customer, request.with_header("Content-Type", "text/plain"))
    return "accepted" if accepted(exchange) else {415: "415", 400: "400"}.get(status(exchange) or 0)


@probe("plain-http")
def plain_http(driver: Driver) -> str | None:
    """A query without TLS."""
    if driver.target.plain_http_url is None:
        raise lacking.plain_address()
    path = driver.path("query", customer_id=driver.customer(words(driver, *names(driver, 1))))
    exchange = driver.send(Request("query", "GET", path, "", driver.headers(body=False), plain=True))
    return "http-ok" if accepted(exchange) else "https-only"


@probe("maintenance-mode")
def maintenance_mode(driver: Driver) -> str | None:
    """An update between two switches."""
    if driver.target.data.get("mode_switchable") is not True:
        raise NotTested(
            "the target file does not allow the mode to be switched", "say `mode_switchable = true` in [target.data]"
        )
    members = words(driver, *names(driver, 1))
    customer = driver.customer(members)
    request = driver.prepared(customer, members)
    with driver.maintenance():
        exchange = driver.send(request)
    return "503" if status(exchange) == 503 else "not-applicable" if accepted(exchange) else None
