"""Checks of keys that are nearly right, or stand elsewhere, for every operation and after the right key was taken."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlencode

from conformance.exercise.check import check
from conformance.imiconnect.checks.check_access import settled_if_quick
from conformance.imiconnect.driver import JSON, Driver
from conformance.judge import lacking
from conformance.session.exchange import Request
from strategies.idle_headers import claim_source
from strategies.imiconnect.broken import Wrong, wrong_keys

COMPANIONS = ("create", "createCustomer", "updateCustomer")
FEW, MORE = 3, 8  # one of so many wrong keys is sent: to operations that show something, to those that change something
LISTED = ("127.0.0.1", "10.0.0.1")  # addresses that careless lists trust
ABOVE = 1001  # records; more than either documented limit


def elsewhere(key: str) -> Iterator[Wrong]:
    """Places other than its header in which a key may be looked for by mistake: names of headers, or the query."""
    for name, value in (
        ("Authorization", f"Bearer {key}"),
        ("X-Api-Key", key),
        ("api-key", key),
        ("Cookie", f"key={key}"),
        ("X-Key", key),
        ("profilekey", key),
        ("servicekey", key),
    ):
        yield Wrong(f"the key in {name}", ("", (name, value)))
    for name in ("key", "KEY", "apikey", "secretKey"):
        yield Wrong(f"the key in the query, as {name}", (urlencode({name: key}), None))


def requests(driver: Driver, customer: str, transid: str) -> dict[str, Request]:
    """A right request of each operation that shows or changes something of a customer."""
    body = driver.body([(customer, {"name": "once more"})])
    found = {
        "an update": driver.request("update", body),
        "a status call": Request("status", "GET", driver.path("status", transid=transid), headers=driver.headers()),
        "a read": Request("read", "GET", driver.path("read", customerId=customer), headers=driver.headers()),
    }
    query = urlencode([("customerId", customer), ("customerId", driver.bench.fresh())])
    if driver.offers("readMany"):
        found["a read of several"] = Request("readMany", "GET", driver.path("readMany"), query, driver.headers())
    if driver.offers("readCustomer"):
        path = driver.path("readCustomer", customerId=customer)
        found["a read of the customer"] = Request("readCustomer", "GET", path, headers=driver.headers())
    return found


def changing(driver: Driver, customer: str) -> dict[str, Request]:
    """Requests of the other operations, which would make or delete something: they are never sent with a right key."""
    found = {}
    for operation in COMPANIONS:
        if driver.offers(operation) and not driver.lends:
            whose = driver.bench.fresh() if operation.startswith("create") else customer
            driver.keep_in_mind([whose])
            found[f"the operation {operation}"] = driver.request(operation, driver.body([(whose, {"name": "x"})]))
    for operation in ("delete", "deleteCustomer"):
        if driver.offers(operation) and not driver.lends:
            path = driver.path(operation, customerId=customer)
            found[f"the operation {operation}"] = Request(operation, "DELETE", path, headers=driver.headers())
    for operation in ("deleteMany", "deleteCustomers"):
        if driver.offers(operation) and not driver.lends:
            query = urlencode([("customerId", customer)])
            found[f"the operation {operation}"] = Request(
                operation, "DELETE", driver.path(operation), query, driver.headers()
            )
    return found


def finished(driver: Driver, customer: str) -> tuple[str, dict[str, Request]]:
    """Requests that were all answered with the right key just now, with the transid of the update."""
    exchange = driver.update(driver.body([(customer, {"name": "once more"})]))
    transid = driver.transid(exchange)
    if not driver.hurried:
        driver.final(transid)
    known = requests(driver, customer, transid)
    for request in list(known.values())[1:]:
        driver.send(request)
    return transid, known


@check("credentials-not-shown", deepens=("wrong-key-refused",))
def check_near_keys(driver: Driver) -> None:
    """Sends requests of every operation, accepted before with the right key, with keys that are nearly that one."""
    customer = driver.customers(1)[0]
    driver.read([customer])
    _, known = finished(driver, customer)
    taken = {driver.key, driver.target.credential("other_tenant_key")}
    wrong = [case for case in wrong_keys(driver.key) if case.value not in taken]
    cases = [
        Wrong(f"{what} with a key {case.how}", request.with_header("key", case.value))
        for number, (what, request) in enumerate({**known, **changing(driver, customer)}.items())
        for place, case in enumerate(wrong)
        if what == "a status call" or (place + number) % (FEW if what in known else MORE) == 0
    ]
    driver.bench.each(cases, lambda case: driver.send(case.value))
    settled_if_quick(driver)
    driver.read([customer])


@check("credentials-not-shown", deepens=("missing-key-refused",))
def check_keys_elsewhere(driver: Driver) -> None:
    """Sends requests of every operation, accepted before, without the header key, or with the key in another place."""
    customer = driver.customers(1)[0]
    driver.read([customer])
    _, known = finished(driver, customer)
    cases = []
    for what, request in {**known, **changing(driver, customer)}.items():
        bare = request.without_header("key")
        cases += [Wrong(f"{what} without a key", bare), Wrong(f"{what} with an empty key", bare.with_header("key", ""))]
        for case in elsewhere(driver.key) if what in known else ():
            query, header = case.value
            moved = bare if header is None else bare.with_header(*header)
            query = "&".join(part for part in (bare.query, query) if part)
            cases.append(Wrong(f"{what}: {case.how}", replace(moved, query=query)))
    driver.bench.each(cases, lambda case: driver.send(case.value))
    settled_if_quick(driver)
    driver.read([customer])


@check(deepens=("unlisted-source-refused",))
def check_claimed_sources(driver: Driver) -> None:
    """Sends valid requests from an unlisted address that claim to come from a listed one."""
    source = driver.target.unlisted_source
    if source is None:
        raise lacking.unlisted_source()
    customer = driver.customers(1)[0]
    driver.read([customer])
    _, known = finished(driver, customer)
    claims = [field for address in LISTED for field in claim_source(address)]
    cases = [
        Wrong(f"{what} with {name}: {value}", replace(request.with_header(name, value), source=source))
        for what, request in known.items()
        for name, value in claims
        if what in ("an update", "a status call") or name == "X-Forwarded-For"
    ]
    cases += [
        Wrong(f"{what} from elsewhere", replace(request, source=source))
        for what, request in {**known, **changing(driver, customer)}.items()
    ]
    driver.bench.each(cases, lambda case: driver.send(case.value))
    settled_if_quick(driver)
    driver.read([customer])


@check("credentials-not-shown", deepens=("no-internal-error",))
def check_refusals_show_no_key(driver: Driver) -> None:
    """Provokes a refusal of every kind, with the right key and with a wrong one, and looks for keys in the answers."""
    customer, stranger = driver.customers(1)[0], driver.strangers(1)[0]
    good = driver.body([(customer, {"name": "x"})])
    bodies = {
        "a body that is cut": good[:-1],
        "no body": b"",
        "no Records": b"{}",
        "Records that are a text": b'{"Records": "x"}',
        "a record without id": driver.body([("", {"name": "x"})]),
        "a record without attributes": driver.body([(customer, None)]),
        "attributes that are a list": driver.body([(customer, ["x"])]),
        "a bad value": driver.body([(customer, {"name": ["x"]})]),
        "an unknown customer": driver.body([(stranger, {"name": "x"})]),
        "a batch above the limit": driver.body([(customer, {"name": "x"})] * ABOVE),
    }
    cases = [
        Wrong(f"{what} with {whose}", driver.request("update", body, headers=driver.headers(JSON, key=key)))
        for what, body in bodies.items()
        for whose, key in (("the right key", driver.key), ("a wrong key", f"wrong{driver.bench.fresh(20)}"))
    ]
    base = driver.request("update", good)
    cases += [
        Wrong("another content type", base.with_header("content-type", "text/plain")),
        Wrong("another method", replace(base, operation="", method="PATCH")),
        Wrong("an unknown address", replace(base, operation="", path=driver.path("update") + "/x/y")),
        Wrong("an unknown transid", Request("status", "GET", driver.path("status", transid=driver.bench.fresh(24)))),
        Wrong("a read of nobody", Request("read", "GET", driver.path("read", customerId=stranger))),
    ]
    if driver.is_app:
        path = driver.path("update", appid="a_000000000000000000")
        cases += [Wrong("an unknown app id", replace(base, path=path))]
        if driver.offers("create"):
            path = driver.path("create", appid="a_000000000000000000")
            cases += [Wrong("an unknown app id of a creation", replace(driver.request("create", good), path=path))]
    if driver.target.unlisted_source is not None:
        cases += [Wrong("an unlisted source", replace(base, source=driver.target.unlisted_source))]
    if driver.target.plain_http_url is not None:
        cases += [Wrong("plain HTTP", replace(base, plain=True))]
    cases = [
        case if case.value.header("key") else Wrong(case.how, case.value.with_header("key", driver.key))
        for case in cases
    ]
    flying = []

    def send(case: Wrong) -> None:
        exchange = driver.send(case.value)
        if exchange.answer is not None and case.value.operation == "update" and not case.value.plain:
            flying.append(exchange)

    driver.bench.each(cases, send)
    for exchange in [] if driver.hurried else flying:
        driver.follow(exchange)
