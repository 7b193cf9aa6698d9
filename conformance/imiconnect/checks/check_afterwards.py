"""Checks of what comes after something went wrong, or came before: nothing of it takes effect later."""

from __future__ import annotations

from conformance.exercise.check import check
from conformance.imiconnect.checks.check_access import settled_if_quick
from conformance.imiconnect.checks.check_batches import failing_value
from conformance.imiconnect.driver import JSON, Driver, encode
from conformance.judge.verdicts import NotApplicable
from conformance.session.exchange import Exchange, Request
from strategies.imiconnect.batches import Change
from strategies.imiconnect.broken import Wrong

LATER_S = 0.7
SIZES = ((2, 1), (4, 0), (13, 6))  # records of a batch, and the place of the one that fails


@check(deepens=("refusal-changes-nothing",))
def check_after_refusals(driver: Driver) -> None:
    """Sends a refused request for a customer, then a good one for another attribute: the refused one has no effect."""
    name, other = "name", next(each for each in list(driver.seed("x"))[1:] if each != "name")
    cases = [
        Wrong("a cut body", lambda body, _: (body[:-1], None)),
        Wrong("a wrong key", lambda body, _: (body, driver.headers(JSON, key="x" * 20))),
        Wrong("no key", lambda body, _: (body, (JSON,))),
        Wrong("an array for the root", lambda _, record: (encode([record]), None)),
        Wrong("records without a list", lambda _, record: (encode({"Records": record}), None)),
        Wrong("a second record without members", lambda _, record: (encode({"Records": [record, {}]}), None)),
        Wrong("a second record that is null", lambda _, record: (encode({"Records": [record, None]}), None)),
        Wrong("too many records", lambda _, record: (encode({"Records": [record] * 1001}), None)),
    ]
    customers = driver.customers(len(cases))
    driver.read(customers)
    waiting = dict(zip((case.how for case in cases), customers, strict=True))

    def send(case: Wrong) -> Exchange:
        record = driver.record(waiting[case.how], {name: "refused"})
        body, headers = case.value(encode({"Records": [record]}), record)
        return driver.update(body, headers=headers)

    driver.in_flight(cases, send)
    driver.bench.begin_case("good updates of another attribute")
    seeds = {customer: driver.seed(f"good{customer}")[other] for customer in customers}
    driver.in_flight(customers, lambda customer: driver.update(driver.body([(customer, {other: seeds[customer]})])))
    settled_if_quick(driver)
    driver.read(customers)


@check(deepens=("update-order",))
def check_after_failures(driver: Driver) -> None:
    """Updates the good records of batches that failed in part once more: no former batch is applied again later."""
    bad = failing_value(driver)
    customers = {case: driver.customers(case[0]) for case in SIZES}
    stranger = driver.strangers(1)[0]
    unknown = driver.customers(2)
    everybody = [customer for whose in customers.values() for customer in whose] + unknown
    driver.read(everybody)
    # What is good in a record that fails goes to nobody else either.
    other = next(name for name in list(driver.seed("x"))[1:] if name != "name")
    beside_it = {} if driver.lends else {other: driver.seed("failing")[other]}

    def send(case: tuple[int, int]) -> Exchange:
        changes: list[Change] = [(customer, {"name": "first"}) for customer in customers[case]]
        changes[case[1]] = (customers[case][case[1]], {**beside_it, "name": bad})
        return driver.update(driver.body(changes))

    beside: list[Change] = [(customer, {"name": "first"}) for customer in unknown]
    beside.insert(1, (stranger, {**beside_it, "name": "nobody"}))
    driver.in_flight([*SIZES, None], lambda case: send(case) if case else driver.update(driver.body(beside)))
    driver.bench.begin_case("their records once more, all of them good")
    # Those of the last batch come first: between them and it there is nothing else.
    everybody.reverse()
    batches = [everybody[start : start + 20] for start in range(0, len(everybody), 20)]
    for turn in ("second", "third")[: 1 if driver.hurried else 2]:
        driver.in_flight(
            batches,
            lambda whose, text=turn: driver.update(driver.body([(each, {"name": text}) for each in whose])),  # type: ignore[misc]
        )
        settled_if_quick(driver)
        if turn == "second":
            driver.read(everybody[:6])
    before = driver.read(everybody)  # the service may keep other attributes by itself
    driver.pause(LATER_S)
    driver.bench.begin_case("a little later, and after one more request")
    settled_if_quick(driver)
    after = driver.read(everybody)
    changed = [each for each in everybody if before.get(each, {}).get("name") != after.get(each, {}).get("name")]
    observed = f"{len(changed)} profiles changed after their last update: {changed[:3]}"
    driver.bench.expect("update-order", not changed, observed=observed, allowed="what the last update has left")


@check(deepens=("sent-attributes-stored",))
def check_repeated_values(driver: Driver) -> None:
    """Sends one, another, and the first once more: the same body again is an update like any other."""
    driver.take_time()
    alone, several = driver.customers(1), driver.customers(3)
    driver.read([*alone, *several])
    for number, name in enumerate(("one", "other", "one", "one", "other", "one")):
        driver.bench.begin_case(f"request {number + 1}: {name}")
        driver.in_flight(
            [alone, several],
            lambda whose, text=name: driver.update(driver.body([(each, {"name": text}) for each in whose])),  # type: ignore[misc]
        )
        if number in (2, 5):
            driver.read([*alone, *several])


@check(deepens=("sent-attributes-stored",))
def check_reads_before_and_after(driver: Driver) -> None:
    """Reads customers alone and together before each of several batches, and after it: no read shows an old state."""
    customers = driver.customers(6)
    driver.read(customers)
    for customer in customers:
        driver.read_one(customer)
    orders = (customers, customers[::-1], customers[2:] + customers[:2], customers[:1])
    for turn, order in enumerate(orders[:1] if driver.hurried else orders):
        driver.bench.begin_case(f"turn {turn + 1}: a batch of {len(order)}")
        driver.change([(customer, {"name": f"turn {turn}"}) for customer in order])
        driver.read(customers)
        for customer in customers:
            driver.read_one(customer)
        if driver.is_app:
            driver.read_customers(customers[:2])


@check(deepens=("no-internal-error",))
def check_after_odd_requests(driver: Driver) -> None:
    """Sends odd requests, each followed by a good one: the service is well afterwards."""
    customer = driver.customers(1)[0]
    odd = {
        "a deep list": encode({"Records": [driver.record(customer, {"name": "x"})], "x": 1})[:-2]
        + b"[" * 100
        + b"]" * 100
        + b"}",
        "a NUL": driver.body([(customer, {"name": "a\0b"})], escaped=True),
        "half a surrogate pair": driver.body([(customer, {"name": "\ud800"})], escaped=True),
        "no body": b"",
        "a long name": driver.body([(customer, {"n" * 300: "x"})]),
    }
    if driver.lends:
        raise NotApplicable("what odd requests leave in a lent profile could not be taken back")
    flying = [Wrong(how, body) for how, body in odd.items()]
    if driver.hurried:
        driver.bench.each(flying, lambda case: driver.update(case.value))
    else:
        driver.in_flight(flying, lambda case: driver.update(case.value))
    driver.bench.begin_case("good requests")
    driver.read([customer])
    driver.ask_status(driver.bench.fresh(24))
    driver.send(Request("read", "GET", driver.path("read", customerId=customer), headers=driver.headers()))
    driver.change([(customer, {"name": "well"})])
    driver.read([customer])
