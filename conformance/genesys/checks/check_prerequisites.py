"""Server mode, transport, and the example of the document."""

from __future__ import annotations

import json

from conformance.exercise import check
from conformance.genesys.asked import LONGEST_ID
from conformance.genesys.checks.common import alike, everything, holder, holders, texts, words
from conformance.genesys.checks.ways import Way, ways
from conformance.genesys.dates import midnight
from conformance.genesys.driver import Driver
from conformance.genesys.wire import accepted, basic, created_id, encode, status
from conformance.judge import NotApplicable, NotTested, lacking
from conformance.judge.refusal import is_page
from conformance.judge.verdicts import NotServed
from conformance.session.exchange import Request
from strategies.genesys import Extension
from strategies.genesys.profiles import Members

TURNS = 3


@check("maintenance-refused")
def check_maintenance(driver: Driver) -> None:
    """Switches to maintenance mode, sends valid updates of all contents, plain and dressed, switches back, queries."""
    if driver.readings.settled("maintenance-mode") == "not-applicable":
        raise NotApplicable("updates are served in every mode")
    customer = holder(driver)
    driver.query(customer)
    requests = [driver.prepared(customer, way.request(driver, customer)) for way in ways(driver) if not way.chunked]
    with driver.maintenance():
        for request in requests:
            driver.send(request)
    driver.query(customer)


@check("schema-exists")
def check_no_schema(driver: Driver) -> None:
    """Sends valid updates of all contents to a contact center without a profile schema: each is refused with 404."""

    def body(way: Way) -> None:
        for name in (customer, driver.bench.fresh(LONGEST_ID)):
            request = way.request(driver, name)
            try:
                driver.send(_of_schemaless(driver, request))
            except NotServed:
                _expect_served(driver, request, customer)
                raise

    if driver.target.data.get("schemaless_contact_center_id") is None:
        raise NotTested(
            "the target file names no contact center without a profile schema",
            "give `schemaless_contact_center_id` in [target.data] with its credentials",
        )
    customer = holder(driver)
    driver.query(customer)
    driver.bench.each([way for way in ways(driver) if not way.chunked], body)
    if driver.has("create", "delete"):
        _created_without_schema(driver)
    driver.query(customer)


def _of_schemaless(driver: Driver, request: Request) -> Request:
    """A request for the contact center that has no profile schema."""
    request = request.with_header("ContactCenterId", str(driver.target.data["schemaless_contact_center_id"]))
    user = driver.target.credential("schemaless_username")
    if user is None:
        return request
    secret = driver.target.credential("schemaless_password") or ""
    return request.with_header("Authorization", basic(user, secret))


def _expect_served(driver: Driver, request: Request, customer: str) -> None:
    """Accuses a service that says 503 of its own to this contact center alone, while it serves another one in turn.

    A gateway's page and an answer that says when to come back are about something else.
    """
    for _ in range(TURNS):
        if status(driver.query(customer)) != 200:
            return
        try:
            driver.send(_of_schemaless(driver, request))
            return
        except NotServed:
            answer = driver.bench.log.trail[-1].answer
        if answer is None or answer.status != 503 or is_page(answer) or answer.header("retry-after") is not None:
            return
    told = "status 503 each time, while a customer of another contact center is served"
    driver.bench.expect("schema-exists", False, observed=told, allowed="404")


def _created_without_schema(driver: Driver) -> None:
    """Updates a customer of the contact center without a schema, if it makes one after all, and deletes it."""
    content = encode(words(driver, *texts(driver)))
    path = driver.path("create")
    made = driver.send(_of_schemaless(driver, Request("create", "POST", path, "", driver.headers(), content)))
    name = created_id(made.answer) if accepted(made) else None
    if name is None:
        return
    driver.customers.made.pop(name, None)
    for members in (words(driver, *texts(driver)), everything(driver)):
        driver.send(_of_schemaless(driver, driver.update_request(name, members)))
    path = driver.path("delete", customer_id=name)
    driver.send(_of_schemaless(driver, Request("delete", "DELETE", path, "", driver.headers(body=False))))


@check("other-customers-untouched", "no-server-error")
def check_tenant_headers(driver: Driver) -> None:
    """Sends valid updates with tenant headers of nobody, empty or left out, and queries the customer and another."""

    def body(case: tuple[str, str | None]) -> None:
        header, value = case
        request = driver.update_request(customer, everything(driver)).without_header(header)
        driver.put(customer, request if value is None else request.with_header(header, value))
        driver.query(customer)
        driver.query(other)

    customer, other = holders(driver)
    for name in (customer, other):
        driver.query(name)
    stranger = driver.bench.fresh(8)
    values = (stranger, f"{stranger} {stranger}", "é", "", None)
    driver.bench.each([(header, value) for header in ("ContactCenterId", "GroupId") for value in values], body)


@check("plain-http")
def check_plain_http(driver: Driver) -> None:
    """Queries the same profile over HTTPS and over plain HTTP, if it is served, and compares them."""
    if driver.target.plain_http_url is None:
        raise lacking.plain_address()
    if driver.readings.settled("plain-http") == "https-only":
        raise NotApplicable("plain HTTP is refused")
    customer = holder(driver)
    driver.query(customer)
    names = ",".join(e.name for e in driver.full_schema.extensions)
    query = f"extensions={names}" if names else ""
    path = driver.path("query", customer_id=customer)
    driver.send(Request("query", "GET", path, query, driver.headers(body=False), plain=True))


@check("example-accepted")
def check_example(driver: Driver) -> None:
    """Sends the bytes of the document's example to a full profile, and compares every member of it with a query."""
    example = next(e for e in driver.contract.examples if e.kind == "request")
    content: Members = json.loads(example.content())
    _need_names(driver, content)
    for with_location in (False, True):
        customer = holder(driver)
        driver.query(customer)
        request = driver.update_request(customer, example.content())
        if with_location:
            request = Request(
                "update",
                "PUT",
                request.path,
                "",
                (*request.headers, ("Content-Location", request.path)),
                request.body,
            )
        exchange = driver.put(customer, request)
        observed = f"status {status(exchange)}"
        driver.bench.expect("example-accepted", accepted(exchange), observed=observed, allowed="success")
        shown = driver.profile(customer)
        other = [name for name, value in content.items() if not _equal(driver, name, shown.get(name), value)]
        observed = ", ".join(f"{name} is {shown.get(name)!r}" for name in other)
        allowed = ", ".join(f"{name}: {content[name]!r}" for name in other)
        driver.bench.expect("example-accepted", not other, observed=observed, allowed=allowed)
        if driver.readings.may("content-location", "required"):
            return


def _need_names(driver: Driver, content: Members) -> None:
    """Ends the check where the schemas or the readings do not have what the example has."""
    schema, readings = driver.schema, driver.readings
    missing = [n for n in content if schema.attribute(n) is None and schema.extension(n) is None]
    if missing:
        raise NotTested(f"the schemas do not know {', '.join(missing)}")
    for name, value in content.items():
        extension = schema.extension(name)
        if isinstance(value, dict) and (extension is None or _strange(extension, value)):
            raise NotTested(f"the schema of the extension {name} is not that of the example")
        attribute = schema.attribute(name)
        if isinstance(value, list) and attribute is not None and not (driver.arrays and attribute.several):
            raise NotApplicable(f"the attribute {name} takes no array")
        if isinstance(value, list) and extension is not None and extension.kind != "multi-valued":
            raise NotApplicable(f"the extension {name} takes one record, and the example has several")
        if isinstance(value, list) and extension is not None and not extension.bare:
            raise NotTested(f"the schema of the extension {name} is not that of the example")
        day = isinstance(value, str) and attribute is not None and attribute.date
        if day and readings.settled("date-only-value") == "reject-400":
            raise NotApplicable("a date without a time is refused")
    if readings.settled("body-customer-id") == "required":
        raise NotApplicable("customer_id is required in the body, and the example has none")
    if driver.complete:
        raise NotApplicable("updates must name every attribute, and the example is not complete")


def _strange(extension: Extension, value: Members) -> bool:
    names = {field.name for field in extension.fields}
    return extension.kind != "single-valued" or not set(value) <= names


def _equal(driver: Driver, name: str, shown: object, sent: object) -> bool:
    if isinstance(sent, str):
        return shown in (sent, [sent], midnight(sent), [midnight(sent)])
    merging = driver.readings.may("multi-valued-records", "merge-by-unique")
    if merging and driver.schema.extension(name) is not None and isinstance(sent, list):
        return isinstance(shown, list) and all(each in shown for each in sent)
    if isinstance(sent, dict) and isinstance(shown, dict):
        return all(shown.get(key) == value for key, value in sent.items())
    if isinstance(sent, list) and isinstance(shown, list) and driver.schema.extension(name) is not None:
        return sorted(map(str, shown)) == sorted(map(str, sent))  # records have no order
    if isinstance(sent, list) and not driver.readings.may("multi-value-order", "order-kept", "order-kept-distinct"):
        return alike(shown, sent)
    return shown == sent
