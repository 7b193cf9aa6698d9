"""Checks of sizes: counts that wrap, large bodies, many attributes, faults at late places, further members."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

from conformance.exercise.check import check
from conformance.imiconnect.checks.check_access import settled_if_quick
from conformance.imiconnect.checks.check_batches import limit_of, sample
from conformance.imiconnect.driver import Driver, encode
from conformance.judge.verdicts import NotApplicable, NotTested
from conformance.session.exchange import Exchange
from strategies.imiconnect import profiles
from strategies.imiconnect.batches import Change
from strategies.imiconnect.broken import Wrong

WITHIN = 100
OVER = (200, 255, 256, 257, 300, 356, 511, 512, 600)  # records; some of them look small where a byte counts them
PLACES = (1, 2, 9, 10, 11, 16, 17, 32, 33, 64, 65, 99)
FAT = 1500  # characters of a value, so that a hundred records take 150 kB
NUMBER = 90  # attributes of one profile
MOST = 55  # attributes of one record
ATTRIBUTES = ("customerId", "customerid", "customer_id", "CustomerID", "id", "crn", "userId")
MEMBERS = ("id", "customer_id", "customerId2", "crn", "userid", "_id", "customer", "tenant", "key")


@check(deepens=("batch-over-limit-refused",))
def check_counts_over_the_limit(driver: Driver) -> None:
    """Sends batches of twice the limit and more: all of them are refused, and change nothing."""
    limit = limit_of(driver)
    if limit is None or driver.readings.settled("over-limit") != "reject-all":
        raise NotApplicable("the limit is none of the documented ones, or a batch above it is cut")
    customers = driver.customers(WITHIN)
    sizes = [size for size in OVER if size > limit] or [limit + 1, limit + 24, 2 * limit]
    for size in sizes:
        driver.bench.boundary(f"records={size}")
    changes: list[Change] = [(customers[i % WITHIN], {"name": f"over the limit #{i}"}) for i in range(max(sizes))]
    driver.in_flight(sizes, lambda size: driver.update(driver.body(changes[:size])))
    settled_if_quick(driver)
    driver.read(sample(driver, customers))


@check(deepens=("no-internal-error",))
def check_large_bodies(driver: Driver) -> None:
    """Sends the largest batch with large values, and one with more than 500 attributes in all; reads it back."""
    customers = driver.customers(driver.fitting(WITHIN))
    names = list(driver.seed("x"))
    plain = profiles.free_text_names(driver.contract)[:6] or ("name",)

    def run(case: Wrong) -> None:
        driver.change(list(zip(customers, case.value, strict=True)))
        driver.read(sample(driver, customers, PLACES))

    def full(place: int) -> dict[str, str]:
        return driver.seed(f"{place}full") | {name: f"{name} #{place}" for name in plain}

    cases = [
        Wrong("bodies of 150 kB", [{"name": f"{'y' * FAT}#{place}"} for place in range(len(customers))]),
        Wrong(f"{len({*names, *plain})} attributes in each record", [full(place) for place in range(len(customers))]),
    ]
    driver.bench.each(cases[:1] if driver.hurried else cases, run)


@check(deepens=("unsent-attributes-kept", "sent-attributes-stored"))
def check_many_attributes(driver: Driver) -> None:
    """Adds many attributes to one profile, in several requests and in one; none of them is lost."""
    if driver.lends:
        raise NotApplicable("creation is missing, and new attributes would stay in lent profiles")
    reading = "unknown-app-attribute" if driver.is_app else "unknown-customer-attribute"
    if driver.readings.settled(reading) != "added":
        raise NotApplicable("attributes that the profile does not know are not added")
    first, second = driver.customers(2)
    driver.read([first, second])
    added = {f"xnumber{place}": f"value {place}" for place in range(NUMBER)}
    pairs = list(added.items())
    parts = [(first, dict(pairs[start : start + 16])) for start in range(0, NUMBER, 16)]
    driver.in_flight([*parts, (second, dict(pairs[:MOST]))], lambda change: driver.update(driver.body([change])))
    driver.read([first, second])
    if driver.hurried:
        return
    driver.change([(first, {"name": "one more"}), (second, dict(pairs[MOST:]))])
    driver.read([first, second])
    driver.change([(first, {name: f"again {value}" for name, value in pairs[:40]})])
    driver.read([first, second])


@check(deepens=("missing-customer-id-refused",))
def check_late_faults(driver: Driver) -> None:
    """Sends batches with one wrong record at each of many places: without an id, without attributes, no object."""
    size = driver.fitting(WITHIN)
    customers = driver.customers(size)

    def wrong(how: str, customer: str) -> Any:
        record = driver.record(customer, {"name": "wrong"})
        name, attributes = record
        return {
            "without an id": {attributes: {"name": "wrong"}},
            "with an empty id": {name: "", attributes: {"name": "wrong"}},
            "without attributes": {name: customer},
            "null": None,
            "a text": "x",
            "a list": [],
            "an empty object": {},
        }[how]

    hows = ("without an id", "null", "without attributes", "with an empty id", "a text", "an empty object", "a list")
    cases = [
        Wrong(f"the record at place {place} of {place + 1 + tail} is {how}", (place, tail, how))
        for number, place in enumerate(each for each in (0, *PLACES) if each < size)
        for tail, how in ((0, hows[number % 7]), (1, hows[(number + 1) % 7]), (0, hows[(number + 3) % 7]))
        if place + tail < size
    ]

    def send(case: Wrong) -> Exchange:
        place, tail, how = case.value
        records: list[Any] = [
            driver.record(customer, {"name": case.how[:60]}) for customer in customers[: place + 1 + tail]
        ]
        records[place] = wrong(how, customers[place])
        return driver.update(encode({"Records": records}))

    driver.in_flight(cases, send)
    settled_if_quick(driver)
    driver.read([customers[place] for place in (0, *PLACES) if place < size])


@check(deepens=("only-named-change",))
def check_members_that_name_others(driver: Driver) -> None:
    """Sends records with a further member that names another customer: whoever customerId names is meant."""
    *meant, other, third, fourth, fifth, sixth = driver.customers(len(MEMBERS) + 5)
    driver.read([*meant, other, third, fourth, fifth, sixth])
    whose = dict(zip(MEMBERS, meant, strict=True))

    right = {"name": "right"}

    def named(member: str) -> dict[str, Any]:
        return {**driver.record(whose[member], {"name": f"meant beside {member}"}), member: other}

    name = next(each for each in list(driver.seed("x"))[1:] if each != "name")
    spelled = next(each for each in driver.record("x", {}) if each.lower() == "attributes")
    second = "attributes" if spelled == "Attributes" else "Attributes"
    beside = {second: {name: driver.seed("beside")[name]}}
    spellings = [
        Wrong("attributes of another spelling behind the right ones", {**driver.record(third, right), **beside}),
        Wrong("attributes of another spelling before the right ones", {**beside, **driver.record(fourth, right)}),
    ]
    if driver.readings.settled("member-names") in ("example-case", "table-case"):
        # The other documented spelling of the id is then a member like any that nobody documents.
        second = "customerid" if "customerId" in driver.record("x", {}) else "customerId"
        spellings += [
            Wrong(f"{second} behind the right one", {**driver.record(fifth, right), second: other}),
            Wrong(f"{second} before the right one", {second: other, **driver.record(sixth, right)}),
        ]
    cases = [Wrong(f"the member {name}", named(name)) for name in MEMBERS if name not in driver.record("x", {})]
    driver.in_flight([*cases, *spellings], lambda case: driver.update(encode({"Records": [case.value]})))
    driver.read([*meant, other, third, fourth, fifth, sixth])


@check(deepens=("only-named-change",))
def check_attributes_that_name_others(driver: Driver) -> None:
    """Sends updates that name another customer in an attribute, beside the records or in the query: nobody means it."""
    if driver.lends:
        raise NotTested("what else is named would stay in lent profiles", "let the run create profiles of its own")
    *meant, first, second, third, other = driver.customers(len(ATTRIBUTES) + 4)
    driver.read([other])
    if driver.is_app:
        driver.read_customers([other])
    whose = driver.record(other, {"name": "beside the records"})
    cases = [
        Wrong(f"the attribute {name}", driver.request("update", driver.body([(customer, {name: other, "name": "x"})])))
        for name, customer in zip(ATTRIBUTES, meant, strict=True)
    ]
    cases += [
        Wrong(
            "members of a record beside the records",
            driver.request("update", encode({**whose, "Records": [driver.record(first, {"name": "x"})]})),
        ),
        Wrong(
            "a record in a record",
            driver.request(
                "update", encode({"Records": [{**driver.record(second, {"name": "x"}), "Records": [whose]}]})
            ),
        ),
    ]
    query = urlencode([("customerId", other), ("customerid", other), ("name", "of the query")])
    cases.append(
        Wrong("the query", replace(driver.request("update", driver.body([(third, {"name": "x"})])), query=query))
    )
    driver.in_flight(cases, lambda case: driver.send(case.value))
    driver.read([other, first, second])
    if driver.is_app:
        driver.read_customers([other])
