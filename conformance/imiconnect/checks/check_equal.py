"""Checks of requests that say the same in other ways: they are one request to HTTP and to JSON."""

from __future__ import annotations

from dataclasses import replace

from conformance.exercise.check import check
from conformance.imiconnect.driver import JSON, Driver
from conformance.session.exchange import Exchange, Request
from strategies.imiconnect.broken import Wrong
from strategies.imiconnect.equal_json import STYLES, Style, written

TEXT = 'a/b "c" \\ caf\u00e9 \u540d \U0001f642'


@check(deepens=("body-grammar", "sent-attributes-stored"))
def check_equal_bodies(driver: Driver) -> None:
    """Writes right updates with every escape and white space that JSON allows: each is taken and stored alike."""
    customers = dict(zip(STYLES, driver.customers(len(STYLES)), strict=True))

    names = [] if driver.lends else [name for name in driver.seed("x") if name not in ("name", "channel")]

    def send(style: Style) -> Exchange:
        seed = driver.seed(f"equal{STYLES.index(style)}")
        attributes = {**{name: seed[name] for name in names}, "name": f"{TEXT} {STYLES.index(style)}"}
        return driver.update(written({"Records": [driver.record(customers[style], attributes)]}, style))

    driver.in_flight(STYLES, send)
    driver.read(customers.values())


@check(deepens=("key-header", "json-content-type", "body-grammar", "outcome-reached"))
def check_equal_requests(driver: Driver) -> None:
    """Sends right updates and status calls with names of headers in other cases and orders, and more blanks."""
    spellings = [
        Wrong("key in capitals", (("KEY", driver.key), JSON)),
        Wrong("Key and Content-Type with capitals", (("Key", driver.key), ("Content-Type", JSON[1]))),
        Wrong("CONTENT-TYPE in capitals, before the key", (("CONTENT-TYPE", JSON[1]), ("key", driver.key))),
        Wrong("blanks before the values", (("key", f"  {driver.key}"), ("content-type", f"  {JSON[1]}"))),
    ]
    customers = dict(zip((case.how for case in spellings), driver.customers(len(spellings)), strict=True))
    driver.in_flight(
        spellings,
        lambda case: driver.update(driver.body([(customers[case.how], {"name": case.how})]), headers=case.value),
    )
    driver.read(customers.values())
    transid = driver.transid(driver.update(driver.body([(customers[spellings[0].how], {"name": "asked for"})])))
    if not driver.hurried:
        driver.final(transid)
    status = Request("status", "GET", driver.path("status", transid=transid))
    for case in spellings[:2]:
        driver.bench.begin_case(f"a status call with {case.how}")
        driver.send(replace(status, headers=case.value[:1]))
