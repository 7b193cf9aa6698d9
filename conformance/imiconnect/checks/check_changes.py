"""Checks of updates that follow another one: what is nearly the same, less or older is stored too."""

from __future__ import annotations

from conformance.exercise.check import check
from conformance.imiconnect.driver import Driver
from conformance.imiconnect.values import documented_attributes
from strategies.imiconnect.broken import Wrong
from strategies.imiconnect.values import of_length

# What software takes for equal to what is stored, and so leaves as it was.
NEARLY = (
    ("Value", "value"),
    ("value", "VALUE"),
    ("two words", "two  words"),
    ("twowords", "two words"),
    ("caf\u00e9", "cafe\u0301"),
    ("caf\u00e9", "cafe"),
    ("Stra\u00dfe", "Strasse"),
    ("O'Neil", "O\u2019Neil"),
    ("10", "10.0"),
    ("7", "007"),
    ("1e3", "1000"),
    ("true", "1"),
    ("9007199254740993", "9007199254740992"),
    ("12 345", "12345"),
    ("a-b", "a_b"),
    ("2016-07-25T16:39:54+0000", "2016-07-25T16:39:54Z"),
    ("one", "one, and more"),
    ("one, and more", "one"),
    (of_length(300, "y"), of_length(300, "z")),
)
# What has an order: a later value may well be less than an earlier one.
ORDERED = (
    ("updatedOn", "2016-07-12 10:00:00", "2016-07-11 10:00:00"),
    ("createdOn", "2016-07-12 10:00:00", "2015-07-11 10:00:00"),
    ("last_opened", "2016-07-25T16:39:54+0530", "2016-07-24T16:39:54+0530"),
    ("last_upgraded", "2016-07-25T16:39:54+0530", "2016-07-25T16:39:54-0800"),
    ("osversion", "10.1", "9.3"),
    ("verified", "1", "0"),
    ("status", "1", "0"),
    ("connectStatus", "1", "0"),
)


@check(deepens=("sent-attributes-stored", "outcome-true", "update-order"))
def check_nearly_the_same_values(driver: Driver) -> None:
    """Stores a text, then one that is nearly the same, then the first once more: each of them is read back."""
    customers = driver.customers(len(NEARLY))
    for turn in (0, 1) if driver.hurried else (0, 1, 0):
        driver.bench.begin_case(f"the {('first', 'second')[turn]} texts of {len(NEARLY)} pairs")
        driver.change([(each, {"name": pair[turn]}) for each, pair in zip(customers, NEARLY, strict=True)])
        if turn:
            driver.read(customers)
    driver.read(customers)


@check(deepens=("sent-attributes-stored", "outcome-true", "update-order", "unsent-attributes-kept"))
def check_values_that_go_back(driver: Driver) -> None:
    """Stores dates, versions and flags, then earlier, lower and cleared ones beside a text: both are applied."""
    names = documented_attributes(driver.contract)
    cases = [Wrong(name, (name, *pair)) for name, *pair in ORDERED if name in names]
    every = [case.value for case in cases]
    cases += [Wrong("all of them", None)] if cases else []
    customers = driver.customers(len(cases) + 1)
    for turn in (1, 2):
        driver.bench.begin_case(f"values and texts, turn {turn}")
        changes = [
            (
                customer,
                {
                    **({case.value[0]: case.value[turn]} if case.value else {each[0]: each[turn] for each in every}),
                    "name": f"beside {case.how}, turn {turn}",
                },
            )
            for customer, case in zip(customers, cases, strict=False)
        ]
        driver.change([*changes, (customers[-1], {"name": f"{10 - turn}"})])
        driver.read(customers)


@check(deepens=("sent-attributes-stored", "unsent-attributes-kept", "only-named-change"))
def check_records_of_different_shapes(driver: Driver) -> None:
    """Sends records with one, another and several attributes in one batch, both ways round: each has its own alone."""
    one, other = [name for name in driver.seed("x") if name not in ("name", "channel")][:2]
    shapes = ((one,), (other,), (one, other), ("name",), (one, "name"), (other,), ("name", other, one))
    customers = driver.customers(len(shapes))
    for turn, order in enumerate((1, -1)):
        driver.bench.begin_case(f"attributes of each record: {shapes[::order]}")
        changes = []
        for place, (customer, shape) in enumerate(zip(customers, shapes[::order], strict=True)):
            seed = driver.seed(f"shape{turn}{place}")
            changes.append((customer, {name: seed[name] for name in shape}))
        driver.change(changes)
        driver.read(customers)
