"""Checks of what two tenants share: nothing, though their customers have the same ids."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from urllib.parse import urlencode

from conformance.exercise.check import check
from conformance.imiconnect.asked import DELETIONS
from conformance.imiconnect.checks.check_access import settled_if_quick
from conformance.imiconnect.codes import ACCEPTED
from conformance.imiconnect.driver import JSON, Driver
from conformance.imiconnect.following import Stage, stage_of
from conformance.judge.verdicts import NotApplicable, NotTested
from conformance.session.exchange import Exchange, Request
from strategies.imiconnect.batches import Change
from strategies.imiconnect.broken import Wrong

MANY = 30
CHANGING = ("update", "create", "createCustomer", "updateCustomer", *DELETIONS)


def update_elsewhere(driver: Driver, changes: Sequence[Change]) -> Exchange:
    """An update with the key of the second tenant, under its own app id."""
    path = driver.path("update", appid=driver.other_app_id)
    return driver.update(driver.body(changes), headers=driver.headers(JSON, key=driver.other_key), path=path)


def follow_elsewhere(driver: Driver, exchange: Exchange) -> None:
    """Follows an update of the second tenant to its end, where it was taken."""
    answered = driver.answered(exchange)
    if answered.transid is not None and answered.code in ACCEPTED:
        driver.final(answered.transid, key=driver.other_key)


def read_elsewhere(driver: Driver, customers: Sequence[str], *, app_id: str) -> None:
    """Reads customers with the key of the second tenant, by every operation that reads: alone, and several at once."""
    list(reads(driver, customers, key=driver.other_key, app_id=app_id))  # the oracle judges each of them


def reads(driver: Driver, customers: Sequence[str], *, key: str, app_id: str) -> Iterator[Exchange]:
    """Reads customers with a key, by every operation that reads."""
    for customer in customers:
        path = driver.path("read", customerId=customer, appid=app_id)
        yield driver.send(Request("read", "GET", path, headers=driver.headers(key=key)))
        if driver.offers("readCustomer"):
            path = driver.path("readCustomer", customerId=customer)
            yield driver.send(Request("readCustomer", "GET", path, headers=driver.headers(key=key)))
    if driver.offers("readMany"):
        for group in (list(customers), list(customers[:1]), [*customers[:1], driver.bench.fresh()]):
            query = urlencode([("customerId", customer) for customer in group])
            yield driver.send(Request("readMany", "GET", driver.path("readMany"), query, driver.headers(key=key)))


def read_both(driver: Driver, customers: Sequence[str]) -> None:
    """Reads customers as either tenant."""
    driver.read(customers)
    if driver.is_app:
        driver.read_customers(customers)
    read_elsewhere(driver, customers, app_id=driver.other_app_id)


@check(deepens=("tenant-isolation",))
def check_outcomes_of_others(driver: Driver) -> None:
    """Asks with another tenant's key for requests that wait, succeeded, failed in part or as a whole."""
    other = driver.other_key
    customers = driver.customers(MANY)
    strangers = driver.strangers(3)
    cases: list[Wrong] = [
        Wrong("one record", [(customers[0], {"name": "ours"})]),
        Wrong("two records", [(customer, {"name": "ours"}) for customer in customers[:2]]),
        Wrong(f"{MANY} records", [(customer, {"name": "ours"}) for customer in customers]),
        Wrong("one of two failed", [(customers[0], {"name": "ours"}), (strangers[0], {"name": "nobody"})]),
        Wrong("a bad value", [(customers[0], {"name": "ours"}), (customers[1], {"name": ["no text"]})]),
        Wrong("all failed", [(stranger, {"name": "nobody"}) for stranger in strangers[1:]]),
        Wrong("one failed", [(customers[1], {"name": ["no text"]})]),
    ]
    transids: list[str] = []

    def send(case: Wrong) -> Exchange:
        exchange = driver.update(driver.body(case.value))
        transid = driver.answered(exchange).transid
        if transid is not None:
            # Of two of them the other tenant asks only when they are finished: until then nobody was told of them.
            if case.how not in ("two records", "one of two failed"):
                driver.ask_status(transid, key=other)
            if driver.accepted(exchange):  # a refusal may have a transid, too, and no outcome
                transids.append(transid)
        return exchange

    driver.in_flight(cases, send)
    for turn in ("first", "second"):
        driver.bench.begin_case(f"finished requests, for the {turn} time")
        for transid in transids:
            driver.ask_status(transid, key=other)
            answered = driver.answered(driver.ask_status(transid))
            driver.bench.expect(
                "outcome-repeatable",
                turn == "first" or stage_of(answered) is Stage.FINAL,
                observed=f"after a question of another tenant: {answered.shown()}",
                allowed="the outcome that was shown before",
            )


@check(deepens=("tenant-isolation", "only-named-change"))
def check_operations_of_others(driver: Driver) -> None:
    """Sends every operation that changes something with another tenant's key, for customers that only we have."""
    if driver.lends:
        raise NotTested("what another tenant deletes could not be taken back", "let the run create profiles of its own")
    operations = [each for each in CHANGING if driver.offers(each)]
    customers = dict(zip(operations, driver.customers(len(operations)), strict=True))
    driver.read(customers.values())
    if driver.is_app:
        driver.read_customers(customers.values())
    driver.made_elsewhere.update(dict.fromkeys(customers.values()))
    app_ids = [driver.app_id, *([str(id_)] if (id_ := driver.target.data.get("other_tenant_app_id")) else [])]

    def send(case: Wrong) -> None:
        operation, app_id = case.value
        customer, key = customers[operation], driver.headers(key=driver.other_key)
        path = driver.path(operation, customerId=customer, appid=app_id)
        if operation in DELETIONS:
            query = "" if "{customerId}" in (driver.target.path(operation) or "") else f"customerId={customer}"
            driver.send(Request(operation, "DELETE", path, query, key))
            return
        body = driver.body([(customer, {"name": f"by {operation}"})])
        headers = driver.headers(JSON, key=driver.other_key)
        exchange = driver.send(driver.request(operation, body, headers=headers, path=path))
        if not driver.hurried:
            follow_elsewhere(driver, exchange)

    driver.bench.each(
        [
            Wrong(f"{operation}{' under ' + app_id if app_id else ''}", (operation, app_id))
            for operation in operations
            for app_id in (app_ids if "{appid}" in (driver.target.path(operation) or "") else app_ids[:1])
        ],
        send,
    )
    settled_if_quick(driver)
    driver.read(customers.values())
    if driver.is_app:
        driver.read_customers(customers.values())


@check(deepens=("tenant-isolation",))
def check_nothing_of_others_is_shown(driver: Driver) -> None:
    """Makes customers of the same ids at two tenants with texts of their own, and looks for those of the other."""
    if driver.lends:
        raise NotTested("nobody of the run's own is at two tenants", "let the run create profiles of its own")
    driver.take_time()
    customers = driver.customers(2)
    marks = [f"mark{driver.bench.fresh(8)}{whose}" for whose in ("ours", "theirs")]
    driver.of_other_tenant([(customer, {**driver.seed(customer), "name": marks[1]}) for customer in customers])
    operations = [each for each in ("update", "updateCustomer") if driver.offers(each)]
    for whose, mark in enumerate(marks):
        key = driver.other_key if whose else driver.key
        for operation in operations:
            driver.bench.begin_case(f"{operation} of tenant {whose + 1}")
            path = driver.path(operation, appid=driver.other_app_id if whose else driver.app_id)
            body = driver.body([(customer, {"name": mark}) for customer in customers])
            exchange = driver.send(driver.request(operation, body, headers=driver.headers(JSON, key=key), path=path))
            answered = driver.answered(exchange)
            if answered.transid is not None and answered.code in ACCEPTED:
                driver.final(answered.transid, key=key, preparing=operation != "update")
    for whose, mark in enumerate(marks):
        driver.bench.begin_case(f"reads of tenant {whose + 1}")
        key, app_id = (driver.other_key, driver.other_app_id) if whose else (driver.key, driver.app_id)
        for exchange in reads(driver, customers, key=key, app_id=app_id):
            found = marks[1 - whose] in text_of(exchange)
            driver.bench.expect(
                "tenant-isolation",
                not found,
                observed=f"a read of customers that have the text {mark} shows {marks[1 - whose]}",
                allowed="nothing that another tenant has stored",
            )


def text_of(exchange: Exchange) -> str:
    """What an answer says, without its escapes where it is JSON."""
    if exchange.answer is None:
        return ""
    try:
        return json.dumps(exchange.answer.json(), ensure_ascii=False)
    except ValueError:
        return exchange.answer.text()


@check(deepens=("tenant-isolation",))
def check_reads_of_others(driver: Driver) -> None:
    """Reads customers that only the first tenant has with another tenant's key, by every operation that reads."""
    customers = driver.customers(3)
    driver.read(customers)
    if driver.is_app:
        driver.read_customers(customers)
    app_ids = [driver.app_id] if driver.is_app else [""]
    if driver.is_app and driver.target.data.get("other_tenant_app_id"):
        app_ids.append(driver.other_app_id)
    for app_id in app_ids:
        driver.bench.begin_case(f"customers {customers} with the other key {app_id and 'under ' + app_id}")
        read_elsewhere(driver, customers, app_id=app_id)


@check(deepens=("tenant-isolation",))
def check_the_same_ids(driver: Driver) -> None:
    """Makes customers of the same ids at two tenants; updates and deletes those of one, and reads those of both."""
    if driver.lends:
        raise NotApplicable("creation is missing, so that nobody of the run's own is at two tenants")
    customers = driver.customers(4)
    driver.read(customers)
    driver.of_other_tenant([(customer, driver.seed(f"other{customer[:8]}")) for customer in customers])
    read_both(driver, customers)
    names = list(driver.seed("x"))[1:]
    driver.bench.begin_case("an update of ours")
    first = driver.update(driver.body([(customer, {"name": f"ours {customer}"}) for customer in customers[:2]]))
    if not driver.hurried:
        driver.follow(first)
        read_both(driver, customers)
    driver.bench.begin_case("an update of theirs, of another attribute and of the same")
    changes: list[Change] = [(customers[0], {names[0]: driver.seed("theirs")[names[0]]})]
    changes += [(customer, {"name": f"theirs {customer}"}) for customer in customers[1:3]]
    follow_elsewhere(driver, update_elsewhere(driver, changes))
    driver.follow(first)
    read_both(driver, customers)
    if driver.hurried:
        return
    driver.bench.begin_case("the same body from both, in flight at once")
    same: list[Change] = [(customers[3], {"name": "the same"})]
    ours = driver.update(driver.body(same))
    theirs = update_elsewhere(driver, same)
    driver.follow(ours)
    follow_elsewhere(driver, theirs)
    driver.bench.begin_case("ours are updated again")
    driver.change([(customers[3], {"name": "ours alone"})])
    read_both(driver, customers)
    removal = next((each for each in ("deleteMany", "deleteCustomers") if driver.offers(each)), None)
    if removal is not None:
        driver.bench.begin_case("theirs are deleted")
        query = urlencode([("customerId", customer) for customer in customers[:2]])
        driver.send(Request(removal, "DELETE", driver.path(removal), query, driver.headers(key=driver.other_key)))
        driver.read(customers)
        driver.change([(customer, {"name": f"still ours {customer}"}) for customer in customers[:2]])
        driver.read(customers)


@check(deepens=("tenant-isolation",))
def check_customers_of_others(driver: Driver) -> None:
    """Updates customers that only the second tenant has, alone and beside own ones: they are unknown here."""
    if driver.lends:
        raise NotApplicable("creation is missing, so that nobody of the run's own is at two tenants")
    driver.take_time()
    own = driver.customers(2)
    theirs = driver.strangers(3)
    driver.of_other_tenant([(customer, driver.seed(f"other{customer[:8]}")) for customer in theirs])
    read_elsewhere(driver, theirs, app_id=driver.other_app_id)
    cases = [
        Wrong("alone", [(theirs[0], {"name": "ours"})]),
        Wrong("two of them", [(customer, {"name": "ours"}) for customer in theirs[1:]]),
        Wrong("beside own ones", [(own[0], {"name": "x"}), (theirs[0], {"name": "ours"}), (own[1], {"name": "x"})]),
    ]
    driver.in_flight(cases, lambda case: driver.update(driver.body(case.value)))
    driver.read([*own, *theirs])
    read_elsewhere(driver, theirs, app_id=driver.other_app_id)
