"""Checks of the immediate answer, over requests that are accepted and requests that are refused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from conformance.exercise.check import check
from conformance.imiconnect.codes import ACCEPTED
from conformance.imiconnect.driver import JSON, Driver, encode
from conformance.judge.verdicts import NotApplicable
from strategies.imiconnect.batches import Batch, batches, sizes
from strategies.imiconnect.broken import Wrong, some_broken_bodies

NO_RECORDS: Sequence[Any] = (None, 1, "x", [], {})
NO_ATTRIBUTES: Sequence[Any] = (None, 1, "x", [], {}, True)
AFTERWARDS_S = 0.1
REPEATS = 72  # more than any short counter behind a transid holds


@check("queued-code", "queued-description", "transid-usable", "transid-unique")
def check_accepted_updates(driver: Driver) -> None:
    """Sends generated updates of one to thirty records, and the same body many times: each answer says queued, anew."""
    drawn = batches(driver.known_attributes(), "name", st.one_of(st.just(1), sizes(2, 30)))

    def send(batch: Batch) -> None:
        driver.update(driver.body(batch.changes(driver.customers(batch.size))))

    driver.bench.for_all(drawn, send, share=0.5)
    body = driver.body([(driver.customers(1)[0], {"name": "again and again"})])
    driver.bench.begin_case(f"the same body {REPEATS} times")
    for _ in range(REPEATS):
        exchange = driver.update(body)
    driver.final(driver.transid(exchange))


@check("answer-shape", "documented-codes", "http-status-stable", "no-internal-error")
def check_all_kinds_of_answers(driver: Driver) -> None:
    """Sends requests of every kind, accepted and refused, whole batches and bad records, and looks at each answer."""
    driver.bench.begin_case("no Records, before any customer is made")
    driver.update(encode({}))
    customers = driver.customers(14)
    stranger = driver.strangers(1)[0]
    good = [(customer, {"name": "good"}) for customer in customers]
    cases = [
        Wrong("one record", (driver.body(good[:1]), None)),
        Wrong("twelve records", (driver.body(good[:12]), None)),
        Wrong("the same again", (driver.body(good[:1]), None)),
        Wrong("a wrong key", (driver.body(good), driver.headers(JSON, key="x" * 20))),
        Wrong("no key", (driver.body(good), (JSON,))),
        Wrong("no Records", (encode({}), None)),
        *(Wrong(each.how, (each.value, None)) for each in some_broken_bodies(driver.body(good[:1]))),
        *(Wrong(f"a record that is {value!r}", (encode({"Records": [value]}), None)) for value in NO_RECORDS),
        *(
            Wrong(f"Attributes that are {value!r}", (driver.body([(customers[0], value)]), None))
            for value in NO_ATTRIBUTES
        ),
        Wrong("an unknown customer", (driver.body([(stranger, {"name": "nobody"})]), None)),
        Wrong("an unknown customer among others", (driver.body([good[0], (stranger, {"name": "x"})]), None)),
        Wrong("a bad value among others", (driver.body([good[1], (customers[2], {"name": ["x"]})]), None)),
        Wrong("only bad values", (driver.body([(c, {"name": ["x"]}) for c in customers[:2]]), None)),
    ]

    driver.in_flight(cases, lambda case: driver.update(case.value[0], headers=case.value[1]))
    driver.bench.begin_case("no records")
    driver.follow(driver.update(encode({"Records": []})), empty=True)
    driver.bench.begin_case("reads and status calls of what does not exist")
    driver.read(customers[:2])
    driver.read_one(stranger)
    driver.ask_status(driver.bench.fresh(24))
    driver.ask_status(driver.bench.fresh(24), key="x" * 20)


@check("descriptions-agree")
def check_descriptions_of_errors(driver: Driver) -> None:
    """Provokes every error that a single fault provokes; its words are not those of another."""
    customers = driver.customers(3)
    stranger = driver.strangers(1)[0]
    good = [(customer, {"name": "good"}) for customer in customers]
    cases = [
        Wrong("a wrong key", (driver.body(good), driver.headers(JSON, key="x" * 20))),
        Wrong("no key", (driver.body(good), (JSON,))),
        Wrong("a body that is cut", (driver.body(good)[:-1], None)),
        Wrong("no Records", (encode({}), None)),
        Wrong("no attributes", (driver.body([(customers[0], None)]), None)),
        Wrong("an unknown customer among others", (driver.body([good[0], (stranger, {"name": "x"})]), None)),
        Wrong("a bad value among others", (driver.body([good[1], (customers[2], {"name": ["x"]})]), None)),
    ]

    driver.in_flight(cases, lambda case: driver.update(case.value[0], headers=case.value[1]))
    if driver.is_app:
        driver.bench.begin_case("an unknown app id")
        driver.update(driver.body(good), path=driver.path("update", appid="a_000000000000000000"))


@check("pending-status")
def check_pending_requests(driver: Driver) -> None:
    """Asks for the status of accepted updates at once and again: until one is final it is pending in the same way."""
    customers = driver.customers(30)
    stranger = driver.strangers(1)[0]
    sizes = (1, 30, 2, 1, 1, 30, 1, 2)
    transids: list[str] = []
    for size in map(driver.fitting, sizes[: 2 if driver.hurried else len(sizes)]):
        driver.bench.begin_case(f"the status of {size} records at once")
        exchange = driver.update(driver.body([(customer, {"name": "umtest"}) for customer in customers[:size]]))
        transids.append(driver.transid(exchange))
        driver.ask_status(transids[-1])
        if not driver.hurried:
            driver.final(transids.pop(), closely=True)
    for transid in transids:
        driver.final(transid, closely=True)
    driver.bench.begin_case("a request with a failing record: asked at once, and again when it is surely finished")
    answered = driver.answered(driver.update(driver.body([(customers[0], {"name": "x"}), (stranger, {"name": "y"})])))
    if answered.code in ACCEPTED and answered.transid:
        driver.final(answered.transid, closely=True)
        driver.change([(customers[1], {"name": "the last one"})])
        driver.pause(AFTERWARDS_S)
        driver.ask_status(answered.transid)
    if "pending-status" not in driver.bench.log.counts:
        raise NotApplicable("every update was finished before its status could be asked for")
