"""Checks of what may vary in a request and changes nothing: idle headers, what is accepted, chunks, media types."""

from __future__ import annotations

from dataclasses import replace

from conformance.exercise.check import check
from conformance.imiconnect.checks.check_access import settled_if_quick
from conformance.imiconnect.checks.check_keys import changing
from conformance.imiconnect.driver import Driver
from conformance.judge import lacking
from conformance.session.exchange import Exchange, Request
from strategies.idle_headers import CLAIM_HTTPS, IDLE, Field
from strategies.imiconnect.broken import Wrong

ACCEPTS: tuple[Field, ...] = tuple(
    ("Accept", value)
    for value in (
        "application/json",
        "application/*",
        "*/*",
        "Application/JSON",
        "application/json;q=0.9",
        "application/json; q=0.9, */*; q=0.1",
        "application/json;q=1.0,text/html;q=0",
        "text/html, application/xhtml+xml, application/xml;q=0.9, */*;q=0.8",
        "application/json, text/plain, */*",
        "application/json;charset=utf-8, */*;q=0.5",
        "text/html, */*;q=0.01",
    )
)
TEXT = "caf\u00e9 \u540d\u524d \U0001f642"  # of two, three and four bytes in UTF-8


@check(deepens=("body-grammar", "answer-shape", "queued-code", "queued-description"))
def check_idle_headers(driver: Driver) -> None:
    """Sends right updates, status calls and reads with fields that ask for nothing: they are answered as usual."""
    cases = [
        Wrong(f"{name}: {value} and Accept: {accept[1]}", (accept, (name, value)))
        for place, (name, value) in enumerate(IDLE)
        for accept in [ACCEPTS[place % len(ACCEPTS)]]
    ]
    customers = driver.customers(len(cases))
    whose = dict(zip((case.how for case in cases), customers, strict=True))
    transids: dict[str, str] = {}

    def send(case: Wrong) -> Exchange:
        body = driver.body([(whose[case.how], {"name": f"{TEXT} {case.how}"[:90]})])
        exchange = driver.send(idle(driver.request("update", body), case))
        if transid := driver.answered(exchange).transid:
            transids[case.how] = transid
        return exchange

    driver.in_flight(cases, send)

    def ask(case: Wrong) -> None:
        path = driver.path("status", transid=transids[case.how])
        driver.send(idle(Request("status", "GET", path, headers=driver.headers()), case))

    driver.bench.each([case for case in cases if case.how in transids], ask)
    driver.read(customers)
    for case in cases[::3]:
        driver.bench.begin_case(f"a read with {case.how}")
        path = driver.path("read", customerId=customers[0])
        driver.send(idle(Request("read", "GET", path, headers=driver.headers()), case))


def idle(request: Request, case: Wrong) -> Request:
    """A request with the fields of a case."""
    for name, value in case.value:
        request = request.with_header(name, value)
    return request


@check(deepens=("body-grammar",))
def check_chunked_bodies(driver: Driver) -> None:
    """Sends right updates in chunks, of one record and of many; a server may ask for a length instead."""
    last, *one = driver.customers(2)
    few, many = driver.customers(12), driver.customers(12)
    cases = [
        Wrong("one record", (one, "short")),
        Wrong("twelve records", (few, TEXT)),
        Wrong(f"{len(many)} long records", (many, "x" * 4000)),
        Wrong("one record once more", (one, "again")),
    ]

    def send(case: Wrong) -> Exchange:
        whose, text = case.value
        body = driver.body([(customer, {"name": f"{text} #{place}"}) for place, customer in enumerate(whose)])
        return driver.send(driver.request("update", body).in_chunks())

    def with_a_length(case: Wrong) -> Exchange:
        return send(case) if case.value else driver.update(driver.body([(last, {"name": "with a length"})]))

    driver.in_flight([*cases, Wrong("one record with a length", None)], with_a_length)
    driver.read([*one, *few, *many, last])


@check(deepens=("https-only",))
def check_claims_of_https(driver: Driver) -> None:
    """Sends requests over plain HTTP that claim to have come over HTTPS: none is queued, applied or shows anything."""
    if driver.target.plain_http_url is None:
        raise lacking.plain_address()
    customers = driver.customers(2)
    driver.read(customers)
    done = driver.update(driver.body([(customers[0], {"name": "over HTTPS"})]))
    if not driver.hurried:
        driver.follow(done)
    requests = {
        "an update": driver.request("update", driver.body([(customer, {"name": "plain"}) for customer in customers])),
        "a read": Request("read", "GET", driver.path("read", customerId=customers[0]), headers=driver.headers()),
    }
    if transid := driver.answered(done).transid:
        path = driver.path("status", transid=transid)
        requests["a status call"] = Request("status", "GET", path, headers=driver.headers())
    fields = [*CLAIM_HTTPS, ("X-Forwarded-Scheme", "https"), ("X-Forwarded-Port", "443"), ("X-Url-Scheme", "https")]
    fields.append(("Upgrade-Insecure-Requests", "1"))
    cases = [
        Wrong(f"{what} with {name}: {value}", replace(request.with_header(name, value), plain=True))
        for what, request in requests.items()
        for name, value in fields
    ]
    requests |= changing(driver, customers[1])
    cases += [Wrong(f"{what} without a claim", replace(request, plain=True)) for what, request in requests.items()]
    driver.bench.each(cases, lambda case: driver.send(case.value))
    settled_if_quick(driver)
    driver.read(customers)
