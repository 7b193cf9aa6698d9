"""Checks of transport, address and content type."""

from __future__ import annotations

from dataclasses import replace

from conformance.exercise.check import check
from conformance.imiconnect.driver import JSON, Driver
from conformance.judge import lacking
from conformance.judge.verdicts import Inconclusive
from conformance.session.exchange import Exchange, Pairs
from strategies.imiconnect.broken import Wrong

SPELLINGS = (
    "application/json",
    "application/json; charset=utf-8",
    "application/json;charset=UTF-8",
    'application/json; charset="utf-8"',
    "Application/JSON",
    "application/json ; charset=utf-8",
    "application/json; Charset=UTF-8",
    "APPLICATION/JSON; CHARSET=utf-8",
)
TEXT = "caf\u00e9 \u540d\u524d \U0001f642"  # of two, three and four bytes in UTF-8
SEVERAL = 3  # records: whatever a type does to one of them, it does to several
OTHERS = ("text/plain", "application/xml", "application/x-www-form-urlencoded")


@check("https-only")
def check_plain_http(driver: Driver) -> None:
    """Sends valid updates to the plain-HTTP address, then reads the profiles over HTTPS: nothing may have changed."""
    if driver.target.plain_http_url is None:
        raise lacking.plain_address()
    customers = driver.customers(3)
    body = driver.body([(customer, {"name": "over plain HTTP"}) for customer in customers])
    driver.bench.begin_case("a batch over plain HTTP")
    driver.send(replace(driver.request("update", body), plain=True))
    driver.bench.begin_case("one record over plain HTTP")
    driver.send(replace(driver.request("update", driver.body([(customers[0], {"name": "alone"})])), plain=True))
    # A request that came in all the same would be finished no later than one that was sent after it.
    driver.change([(driver.customers(1)[0], {"name": "over HTTPS"})])
    driver.read(customers)


@check("update-location", "key-header")
def check_address(driver: Driver) -> None:
    """Sends valid updates with PUT to the documented address and follows one with the same key to its end."""
    places = [driver.path("update")]
    if driver.is_app and driver.readings.settled("app-update-path") is None:
        places.append(driver.path("create"))
    taken = []
    try:
        customers = driver.customers(len(places))
    except Inconclusive:
        # Creations are nobody's subject, and an update can be followed without one.
        exchange = driver.update(driver.body([(driver.strangers(1)[0], {"name": "umtest"})]))
        if driver.accepted(exchange):
            driver.final(driver.transid(exchange))
        raise
    for place, customer in zip(places, customers, strict=True):
        driver.bench.begin_case(f"an update at {place}")
        exchange = driver.update(driver.body([(customer, {"name": "umtest"})]), path=place)
        taken += [exchange] if driver.accepted(exchange) else []
    driver.bench.expect(
        "update-location", bool(taken), observed="no update is accepted", allowed=f"PUT at {' or '.join(places)}"
    )
    if not taken:
        raise Inconclusive("no update is accepted")
    driver.final(driver.transid(taken[0]))


@check("json-content-type")
def check_content_types(driver: Driver) -> None:
    """Sends the same valid update under several spellings of application/json, under other types and under none."""
    several = driver.customers(SEVERAL)
    customers = driver.customers(len(SPELLINGS) + len(OTHERS) + 1)
    kinds: list[Pairs] = [(("content-type", spelling),) for spelling in (*SPELLINGS, *OTHERS)]
    cases = [Wrong(kind[0][1] if kind else "no content type", kind) for kind in (*kinds, ())]
    waiting = list(customers)

    def send(case: Wrong) -> Exchange:
        body = driver.body([(waiting.pop(), {"name": f"{TEXT} {case.how}"})])
        return driver.update(body, headers=driver.headers(*case.value))

    def send_several(case: Wrong) -> Exchange:
        body = driver.body([(customer, {"name": f"{TEXT} {case.how}"}) for customer in several])
        return driver.update(body, headers=driver.headers(*case.value))

    driver.in_flight(cases, send)
    driver.in_flight(
        [Wrong(f"{SEVERAL} records, {case.how}", case.value) for case in [cases[3], *cases[-len(OTHERS) - 1 : -1]]],
        send_several,
    )
    driver.read(several)
    if not driver.hurried:
        driver.change([(driver.customers(1)[0], {"name": JSON[1]})])
    driver.read(customers)
