"""Checks of keys, source addresses and tenants."""

from __future__ import annotations

from dataclasses import replace

from conformance.exercise.check import check
from conformance.imiconnect.codes import ACCEPTED
from conformance.imiconnect.driver import JSON, Driver, encode
from conformance.judge import lacking
from conformance.judge.verdicts import NotTested
from conformance.session.exchange import Request
from strategies.imiconnect.broken import Wrong, hostile_keys, other_keys, some_broken_bodies, wrong_keys


def settled(driver: Driver) -> None:
    """Waits until whatever was queued before is worked off: a request that is sent last is finished last."""
    driver.change([(driver.customers(1)[0], {"name": "the last one"})])


def settled_if_quick(driver: Driver) -> None:
    """The same where that takes no time; elsewhere a read shows what was done at once, and other checks the rest."""
    if not driver.hurried:
        settled(driver)


@check("wrong-key-refused")
def check_wrong_keys(driver: Driver) -> None:
    """Sends valid updates and reads with keys that are wrong in one way: cut, longer, other case, invented."""
    customers = driver.customers(2)
    body = driver.body([(customer, {"name": "with a wrong key"}) for customer in customers])

    def send(case: Wrong) -> None:
        driver.update(body, headers=driver.headers(JSON, key=case.value))

    other = {driver.key, driver.target.credential("other_tenant_key")}
    driver.bench.each([case for case in wrong_keys(driver.key) if case.value not in other], send)
    if driver.target.hostile_input:
        driver.bench.each(hostile_keys(), send)
    driver.bench.for_all(other_keys(), send, share=0.5)
    driver.bench.begin_case("a read and a status call with a cut key")
    driver.read_one(customers[0], key=driver.key[:-1])
    driver.ask_status(driver.bench.fresh(24), key=driver.key[:-1])
    settled(driver)
    driver.read(customers)


@check("missing-key-refused")
def check_missing_key(driver: Driver) -> None:
    """Sends valid requests without the header key, and with an empty one."""
    customers = driver.customers(2)
    body = driver.body([(customer, {"name": "without a key"}) for customer in customers])
    cases = [Wrong("no key", (JSON,)), Wrong("an empty key", (("key", ""), JSON))]
    driver.bench.each(cases, lambda case: driver.update(body, headers=case.value))
    driver.bench.begin_case("a read without a key")
    driver.send(Request("read", "GET", driver.path("read", customerId=customers[0])))
    settled(driver)
    driver.read(customers)


@check("unlisted-source-refused")
def check_unlisted_source(driver: Driver) -> None:
    """Sends valid requests from a source address that is not on the allow-list."""
    source = driver.target.unlisted_source
    if source is None:
        raise lacking.unlisted_source()
    customers = driver.customers(2)
    body = driver.body([(customer, {"name": "from elsewhere"}) for customer in customers])
    status = Request("status", "GET", driver.path("status", transid=driver.bench.fresh(24)), headers=driver.headers())
    read = Request("read", "GET", driver.path("read", customerId=customers[0]), headers=driver.headers())
    cases = [Wrong("update", driver.request("update", body)), Wrong("status", status), Wrong("read", read)]
    driver.bench.each(cases, lambda case: driver.send(replace(case.value, source=source)))
    settled(driver)
    driver.read(customers)


@check("refusal-changes-nothing")
def check_refusals(driver: Driver) -> None:
    """Sends requests that are refused for one fault each and name known customers, then reads every profile back."""
    customers = driver.customers(4)
    changes = [(customer, {"name": "from a refused request"}) for customer in customers]
    body = driver.body(changes)
    records = [driver.record(customer, attributes) for customer, attributes in changes]
    nameless = [{k: v for k, v in records[-1].items() if k.lower() != "customerid"}]
    empty = [{k: v for k, v in records[-1].items() if k.lower() != "attributes"}]
    cases = [
        Wrong("a wrong key", (body, driver.headers(JSON, key="x" * 20))),
        Wrong("no key", (body, (JSON,))),
        *(Wrong(broken.how, (broken.value, None)) for broken in some_broken_bodies(body)),
        Wrong("records without a list", (encode({"Records": records[0]}), None)),
        Wrong("an array of records", (encode(records), None)),
        Wrong("a last record without customer id", (encode({"Records": [*records[:-1], *nameless]}), None)),
        Wrong("a last record without attributes", (encode({"Records": [*records[:-1], *empty]}), None)),
        Wrong("a batch above the limit", (driver.body((changes * 300)[:1001]), None)),
    ]
    driver.bench.each(cases, lambda case: driver.update(case.value[0], headers=case.value[1]))
    settled(driver)
    driver.read(customers)


@check("tenant-isolation")
def check_other_tenant(driver: Driver) -> None:
    """Asks for the status and the profiles of a finished request with another tenant's key, and sends an update."""
    other = driver.other_key
    customers = driver.customers(2)
    transid = driver.transid(driver.update(driver.body([(customer, {"name": "ours"}) for customer in customers])))
    driver.ask_status(transid, key=other)
    driver.final(transid)
    driver.bench.begin_case("the status of a finished request, with the other key")
    driver.ask_status(transid, key=other)
    driver.bench.begin_case("a read with the other key")
    driver.read(customers)
    theirs_too = [driver.answered(driver.read_one(customer, key=other)).found for customer in customers]
    if driver.lends and any(theirs_too):
        raise NotTested(
            "the other tenant has customers with the ids of the lent ones, and they are not to be changed",
            "let the run create profiles of its own",
        )
    driver.bench.begin_case("an update with the other key")
    body = driver.body([(customer, {"name": "theirs"}) for customer in customers])
    theirs = driver.answered(driver.update(body, headers=driver.headers(JSON, key=other)))
    taken = theirs.transid is not None and theirs.code in ACCEPTED
    if taken and theirs.transid and driver.readings.settled("error-timing") != "sync-all" and not driver.is_app:
        driver.final(theirs.transid, key=other)
    settled_if_quick(driver)
    driver.read(customers)
