"""Probes of the request body."""

from __future__ import annotations

from typing import Any

from conformance.exercise.probe import probe
from conformance.imiconnect.codes import ACCEPTED, BAD_VALUE, MISSING, SUCCESS
from conformance.imiconnect.driver import Driver, encode
from conformance.imiconnect.probes.fate import changed, fate_of, value_of


def refused_with(driver: Driver, body: Any, *codes: str) -> str | None:
    """The code with which a body is refused, if it is one of these."""
    code = driver.answered(driver.update(encode(body))).code
    return code if code in codes else None


@probe("member-names")
def member_names(driver: Driver) -> str | None:
    """Makes or changes a customer in the case of the examples, and one in that of the tables."""
    works = []
    for names in (("customerId", "Attributes"), ("customerid", "attributes")):
        operation = "createCustomer" if driver.is_app else "create"
        if driver.target.path(operation) is None:
            operation, customer = "update", driver.customers(1)[0]
        else:
            customer = driver.bench.fresh()
            driver.keep_in_mind([customer])
        body = encode({"Records": [dict(zip(names, (customer, {"name": "umtest"}), strict=True))]})
        paths = driver.update_paths if operation == "update" else (driver.path(operation),)
        sent = (driver.send(driver.request(operation, body, path=path)) for path in paths)
        works.append(any(fate_of(driver, exchange).succeeded for exchange in sent))
    return {(True, False): "example-case", (True, True): "case-insensitive", (False, True): "table-case"}.get(
        (works[0], works[1])
    )


@probe("wrong-root-code")
def wrong_root(driver: Driver) -> str | None:
    """An array and a string as the body."""
    bodies: list[Any] = [[], "Records"]
    codes = {refused_with(driver, body, "7000", "7003") for body in bodies}
    return codes.pop() if len(codes) == 1 else None


@probe("missing-records-code")
def missing_records(driver: Driver) -> str | None:
    """An object without Records."""
    return refused_with(driver, {}, "7000", "7003")


@probe("empty-records")
def empty_records(driver: Driver) -> str | None:
    """An empty list of records."""
    answered = driver.answered(driver.update(encode({"Records": []})))
    if answered.code in ACCEPTED:
        return "queued-0"
    return answered.code if answered.code in ("7000", "7003") else None


@probe("refused-transid")
def refused_transid(driver: Driver) -> str | None:
    """Whether the refusal of an object without Records has a transid."""
    answered = driver.answered(driver.update(encode({})))
    return "has-transid" if answered.transid else "none"


@probe("incomplete-record")
def incomplete_record(driver: Driver) -> str | None:
    """A good record and one without customer id."""
    good = driver.record(driver.customers(1)[0], {"name": "umtest"})
    bad = driver.record("x", {"name": "umtest"})
    bad.pop(next(name for name in bad if name.lower() == "customerid"))
    fate = fate_of(driver, driver.update(encode({"Records": [good, bad]})))
    if fate.final is not None:
        return "per-record"
    # Where every error comes at once, a refusal does not tell whether the others would have been processed.
    later = driver.readings.settled("error-timing") == "sync-request-async-record"
    return "whole-7003" if later and fate.first.code == MISSING else None


@probe("empty-attributes")
def empty_attributes(driver: Driver) -> str | None:
    """A record with empty Attributes."""
    fate = changed(driver, [(driver.customers(1)[0], {})])
    if fate.succeeded:
        return "no-op"
    return fate.code if fate.code in (MISSING, BAD_VALUE) else None


@probe("attributes-type")
def attributes_type(driver: Driver) -> str | None:
    """Attributes as the JSON text of an object."""
    customer = driver.customers(1)[0]
    fate = changed(driver, [(customer, '{"name": "from a text"}')])
    if fate.succeeded:
        return "object-or-string" if value_of(driver, customer, "name") == ("from a text",) else None
    return "object"


@probe("extra-members")
def extra_members(driver: Driver) -> str | None:
    """A member beside Records, and one in a record."""
    record = driver.record(driver.customers(1)[0], {"name": "umtest"})
    bodies: list[dict[str, Any]] = [{"Records": [record], "xtra": "1"}, {"Records": [{**record, "xtra": "1"}]}]
    codes = {driver.answered(driver.update(encode(body))).code for body in bodies}
    if codes <= ACCEPTED:
        return "ignored"
    return "refused" if codes <= {"7000", MISSING} else None


@probe("numeric-customer-id")
def numeric_customer_id(driver: Driver) -> str | None:
    """A known customer of digits whose id is sent as a number."""
    customer = str(7 * 10**11 + int.from_bytes(driver.bench.fresh().encode()[:4]))
    driver.named([customer])
    record = driver.record(customer, {"name": "by a number"})
    record[next(name for name in record if name.lower() == "customerid")] = int(customer)
    fate = fate_of(driver, driver.update(encode({"Records": [record]})))
    if fate.code in (MISSING, BAD_VALUE):
        return "refused"
    return "coerced" if fate.code == SUCCESS and value_of(driver, customer, "name") == ("by a number",) else None
