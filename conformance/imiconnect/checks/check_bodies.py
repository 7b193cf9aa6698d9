"""Checks of the request body: what is accepted, and what is refused for one fault."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from conformance.exercise.check import check
from conformance.imiconnect.answered import Answered
from conformance.imiconnect.checks.check_access import settled_if_quick
from conformance.imiconnect.codes import SUCCESS
from conformance.imiconnect.driver import Driver, encode
from conformance.judge.verdicts import NotApplicable
from conformance.session.exchange import Exchange
from strategies.imiconnect.batches import batches, sizes
from strategies.imiconnect.broken import (
    NO_ATTRIBUTES,
    NO_IDS,
    NO_RECORDS,
    RECORDS_NO_LIST,
    WRONG_ROOTS,
    Wrong,
    broken_bodies,
    broken_strings,
    cut_bodies,
    some_broken_bodies,
)

FEW_IDS, FEW_BODIES = 3, 5
SPELLINGS = (
    ("customerid", "Attributes"),
    ("CustomerId", "Attributes"),
    ("CUSTOMERID", "Attributes"),
    ("customer_id", "Attributes"),
    ("customerId", "attributes"),
    ("customerId", "ATTRIBUTES"),
    ("CustomerId", "attributes"),
    ("customerid", "attributes"),
)


def member(record: Mapping[str, Any], name: str) -> str:
    """The name of a member of a record in the case that the target reads."""
    return next(each for each in record if each.lower() == name)


def update_of(driver: Driver, *records: Mapping[str, Any]) -> Exchange:
    """Sends records as they are."""
    return driver.update(encode({"Records": records}))


def taken(final: Answered | None, customer: str) -> bool | None:
    """Whether the record of a customer was read and applied; None where that is not told."""
    if final is None:
        return False
    codes = {result.code for result in final.results or () if result.customer == customer}
    if len(codes) != 1:
        return False if final.failures else None
    return codes == {SUCCESS}


def newcomers(driver: Driver, number: int) -> list[str]:
    """Ids of customers that are still to be made."""
    return [driver.bench.fresh() for _ in range(number)]


def before(record: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
    """The customer of a record with a profile that the record is to change: every flag of it is another one."""
    other = {"0": "1", "1": "0"}
    flags = {name: other.get(value, value) for name, value in record["Attributes"].items() if value}
    return record["customerId"], flags


@check("examples-accepted", "body-grammar")
def check_documents_examples(driver: Driver) -> None:
    """Sends every request of the document, byte by byte but for ids and the e-mail placeholder: each must succeed."""
    examples = [each for each in driver.contract.examples if each.kind == "request" and each.operation == "update"]
    cases = [Wrong(each.file.name, own_customers(driver, each.content().decode())) for each in examples]
    if driver.is_app and not driver.lends:
        # Where each channel has a profile of its own, an update may need one of the channel that it names.
        driver.with_profiles([before(record) for case in cases for record in json.loads(case.value)["Records"]])

    def send(case: Wrong) -> Exchange:
        text = case.value
        for number, record in enumerate(json.loads(text)["Records"]):
            placeholder = record["Attributes"].get("email")
            if placeholder:
                text = text.replace(placeholder, f"um.test{number}@example.com", 1)
        if driver.readings.settled("member-names") == "table-case":
            text = text.replace('"customerId"', '"customerid"').replace('"Attributes"', '"attributes"')
        return driver.update(text.encode())

    def judge(case: Wrong, exchange: Exchange, final: Answered | None) -> None:
        answered = final or driver.answered(exchange)
        succeeded = final.code == SUCCESS and not final.failures if final else driver.accepted(exchange)
        driver.bench.expect(
            "examples-accepted", succeeded, observed=f"{case.how}: {answered.shown()}", allowed="accepted and applied"
        )

    driver.in_flight(cases, send, judge)
    driver.bench.each(
        cases, lambda case: driver.read(record["customerId"] for record in json.loads(case.value)["Records"])
    )


def own_customers(driver: Driver, text: str) -> str:
    """The body of an example with customers of the run for those that it names."""
    ids = list(dict.fromkeys(record["customerId"] for record in json.loads(text)["Records"]))
    customers = driver.customers(len(ids)) if driver.lends or not driver.is_app else newcomers(driver, len(ids))
    for old, new in zip(ids, customers, strict=True):
        text = text.replace(old, new)
    return text


@check("body-grammar")
def check_valid_requests(driver: Driver) -> None:
    """Sends generated requests of one to five records, in several orders of members: each must be accepted."""
    shape = batches(driver.known_attributes(), "name", sizes(1, 5))

    def send(batch: Any) -> None:
        customers = driver.customers(batch.size)
        changes = batch.changes(customers)
        records = [dict(reversed(driver.record(c, a).items())) for c, a in changes]
        driver.update(driver.body(changes))
        driver.update(json.dumps({"Records": records}, indent=4).encode())

    driver.bench.for_all(shape, send, share=0.5)


@check("member-names")
def check_member_names(driver: Driver) -> None:
    """Sends records with their members in other cases: each spelling is taken or refused as the others are."""
    spellings = [tuple(driver.record("x", {})), *SPELLINGS]
    fates: dict[tuple[str, ...], list[bool | None]] = {names: [] for names in spellings}
    customers = driver.customers(3 * len(spellings))
    cases = []
    for place, names in enumerate(spellings):
        alone, beside, second = customers[3 * place : 3 * place + 3]
        own = [{names[0]: each, names[1]: {"name": f"by {names}"}} for each in (alone, second)]
        usual = driver.record(beside, {"name": "as it should be"})
        cases.append(Wrong(f"{names} alone", (names, alone, own[:1])))
        cases.append(Wrong(f"{names} as a second record", (names, second, [usual, own[1]])))

    def note(case: Wrong, _: Exchange, final: Answered | None) -> None:
        names, customer, _ = case.value
        fates[names].append(taken(final, customer))

    def judge(names: tuple[str, ...]) -> None:
        known = fates[names]
        driver.bench.expect(
            "member-names",
            len(known) < 2 or None in known or known[0] == known[1],
            observed=f"{names}: {'taken' if known and known[0] else 'refused'} alone, not so as a second record",
            allowed="the same fate for the same names",
        )

    driver.in_flight(cases, lambda case: update_of(driver, *case.value[2]), note)
    driver.bench.each(spellings, judge)
    driver.read(customers)


@check("invalid-json-refused")
def check_broken_json(driver: Driver) -> None:
    """Sends bodies that are no JSON for one reason, in the place of a value and of an id, for updates and creations."""
    one, other = driver.customers(2)
    value = {"Records": [driver.record(one, {"name": "inabrokenbody"}), driver.record(other, {"name": "beside it"})]}
    driver.bench.each(broken_bodies(value, "inabrokenbody"), lambda case: driver.update(case.value))
    # An id goes the way of a value through a parser; a few of the ways tell whether it takes another one.
    ids = [case for place, case in enumerate(broken_strings(value, one)) if place % FEW_IDS == 0]
    driver.bench.each(ids, lambda case: driver.update(case.value))
    body = encode(value)
    driver.bench.for_all(cut_bodies(body), lambda case: driver.update(case.value))
    for operation in ("create", "updateCustomer"):
        if driver.lends or not driver.offers(operation):
            continue
        whose = driver.bench.fresh() if operation == "create" else one
        driver.keep_in_mind([whose] if operation == "create" else [])
        body = driver.body([(whose, {"name": "in a broken body"})])
        driver.bench.each(
            list(some_broken_bodies(body))[:FEW_BODIES],
            lambda case, to=operation: driver.send(driver.request(to, case.value)),  # type: ignore[misc]
        )
    settled_if_quick(driver)
    driver.read([one, other])


@check("missing-records-refused")
def check_wrong_roots(driver: Driver) -> None:
    """Sends JSON that has no list of records: other roots, no Records, Records that are no list or an empty one."""
    name = driver.customers(1)[0]
    record = driver.record(name, {"name": "not in a list"})
    cases = [*WRONG_ROOTS, *NO_RECORDS]
    cases += [Wrong(f"Records that is {each.how}", {"Records": each.value}) for each in RECORDS_NO_LIST]
    cases += [Wrong("a record for Records", {"Records": record}), Wrong("an array of a record", [record])]
    cases += [Wrong("an empty list", {"Records": []})]
    driver.bench.each(cases, lambda case: driver.update(encode(case.value)))


@check("missing-customer-id-refused")
def check_missing_customer_ids(driver: Driver) -> None:
    """Sends batches in which one record, first, in the middle or last, has no customer id or an empty one."""
    cases = [
        Wrong(f"{how} at place {place} of {size}", (size, place, how))
        for size, place in ((1, 0), (2, 0), (2, 1), (5, 2), (5, 4))
        for how in ("without an id", "with an empty id", "with null")
    ]

    customers = {case.how: driver.customers(case.value[0]) for case in cases}

    def send(case: Wrong) -> Exchange:
        _, place, how = case.value
        records = [driver.record(c, {"name": case.how}) for c in customers[case.how]]
        name = member(records[place], "customerid")
        if how == "without an id":
            del records[place][name]
        else:
            records[place][name] = "" if how == "with an empty id" else None
        return update_of(driver, *records)

    driver.in_flight(cases, send)
    driver.bench.each(cases, lambda case: driver.read(customers[case.how]))


@check("missing-attributes-refused")
def check_missing_attributes(driver: Driver) -> None:
    """Sends batches in which one record has no Attributes or empty ones."""
    cases = [
        Wrong(f"{how} at place {place} of {size}", (size, place, how))
        for size, place in ((1, 0), (2, 0), (2, 1), (5, 2), (5, 4))
        for how in ("without attributes", "with empty attributes")
    ]

    customers = {case.how: driver.customers(case.value[0]) for case in cases}

    def send(case: Wrong) -> Exchange:
        _, place, how = case.value
        records = [driver.record(c, {"name": case.how}) for c in customers[case.how]]
        name = member(records[place], "attributes")
        if how == "without attributes":
            del records[place][name]
        else:
            records[place][name] = {}
        return update_of(driver, *records)

    driver.in_flight(cases, send)
    driver.bench.each(cases, lambda case: driver.read(customers[case.how]))


@check("attributes-are-object")
def check_attributes_that_are_no_object(driver: Driver) -> None:
    """Sends records whose Attributes are a list, a string, a number or a boolean."""
    customers = dict(zip((case.how for case in NO_ATTRIBUTES), driver.customers(len(NO_ATTRIBUTES)), strict=True))
    driver.in_flight(NO_ATTRIBUTES, lambda case: update_of(driver, driver.record(customers[case.how], case.value)))
    driver.bench.each(NO_ATTRIBUTES, lambda case: driver.read([customers[case.how]]))


@check("customer-id-is-string")
def check_customer_ids_that_are_no_string(driver: Driver) -> None:
    """Sends records whose customer id is a number of few or many digits, a boolean, a list or an object."""
    base = 10**11 + int.from_bytes(driver.bench.fresh(8).encode()) % 10**9
    numbers = [base, base // 10**6 + 10**8]
    driver.named([str(number) for number in numbers])
    cases = [Wrong(f"a number of {len(str(number))} digits", number) for number in numbers]
    cases += [*NO_IDS, Wrong("a list of a known id", [str(numbers[0])])]

    def send(case: Wrong) -> Exchange:
        record = driver.record("x", {"name": case.how})
        record[member(record, "customerid")] = case.value
        return update_of(driver, record)

    driver.in_flight(cases, send)
    driver.read([str(number) for number in numbers])


@check("extra-members")
def check_extra_members(driver: Driver) -> None:
    """Sends valid requests with one additional member, of several types, beside Records or in a record."""
    values = ("a text", 7, None, True, ["a"], {"b": "c"})

    cases = [
        Wrong(f"{where}: {value!r}", (where, value)) for where in ("beside Records", "in a record") for value in values
    ]
    customers = dict(zip((case.how for case in cases), driver.customers(len(cases)), strict=True))

    def send(case: Wrong) -> Exchange:
        where, value = case.value
        attributes = {"msisdn": "911278994642"} if not driver.is_app else {"language": "de"}
        record = driver.record(customers[case.how], attributes)
        if where == "beside Records":
            return driver.update(encode({"Records": [record], "name": value}))
        return update_of(driver, {**record, "name": value})

    driver.in_flight(cases, send)
    driver.bench.each(cases, lambda case: driver.read([customers[case.how]]))
    if driver.readings.settled("extra-members") is None:
        raise NotApplicable("which way the target goes could not be learned")
