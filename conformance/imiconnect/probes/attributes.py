"""Probes of attribute values."""

from __future__ import annotations

from typing import Any

from conformance.exercise.probe import probe
from conformance.imiconnect.codes import BAD_VALUE, MISSING
from conformance.imiconnect.driver import Driver
from conformance.imiconnect.probes.fate import changed, value_of
from conformance.judge.verdicts import NotTested

Shown = tuple[str | None, ...]
NEW = "xprobed"
OLD = "before"
NOTHING: tuple[Shown, ...] = ((), (None,), ("",))


def outcome(driver: Driver, name: str, value: Any) -> tuple[str | None, Shown, Shown]:
    """The code of a record that sets an attribute, what a read then shows, and what one showed before."""
    customer = driver.customers(1)[0]
    held = value_of(driver, customer, name)
    if not any(held):
        changed(driver, [(customer, {name: OLD})])
        held = (OLD,)
    fate = changed(driver, [(customer, {name: value})])
    return ("" if fate.succeeded else fate.code), value_of(driver, customer, name), held


def of_new_name(driver: Driver) -> str | None:
    """What an attribute of a new name does."""
    customer = driver.customers(1)[0]
    fate = changed(driver, [(customer, {NEW: "1", "name": "umtest"})])
    if not fate.succeeded:
        return BAD_VALUE if fate.code == BAD_VALUE else None
    return "added" if value_of(driver, customer, NEW) == ("1",) else "ignored"


@probe("unknown-customer-attribute")
def unknown_customer_attribute(driver: Driver) -> str | None:
    """A new name in a customer profile."""
    return of_new_name(driver)


@probe("unknown-app-attribute")
def unknown_app_attribute(driver: Driver) -> str | None:
    """A new name in an app profile."""
    return of_new_name(driver)


@probe("invalid-values")
def invalid_values(driver: Driver) -> str | None:
    """A list as a name, then a word as a phone number."""
    code, _, _ = outcome(driver, "name", ["a", "b"])
    if code == "":
        return "lenient"
    if code != BAD_VALUE:
        return None
    if driver.is_app and driver.readings.settled("unknown-app-attribute") != "added":
        return None
    code = changed(driver, [(driver.customers(1)[0], {"msisdn": "a word"})]).code
    return "schema-closed" if code == BAD_VALUE else "typed"


@probe("unsent-attributes")
def unsent_attributes(driver: Driver) -> str | None:
    """An update of one of several attributes."""
    customer = driver.customers(1)[0]
    # The channel may be what tells one profile from another, and stay whatever is sent.
    held = driver.read([customer]).get(customer, {})
    kept = next((n for n in driver.seed(customer) if any(held.get(n, ())) and n not in ("name", "channel")), None)
    if kept is None:
        raise NotTested(
            "the profile has no second attribute to be kept",
            "lend customers with full profiles, or let the run create profiles",
        )
    if not changed(driver, [(customer, {"name": "umtest"})]).succeeded:
        return None
    # A read may show a name without a value, as an empty text or as null.
    return "merge" if any(value_of(driver, customer, kept)) else "replace"


@probe("empty-value")
def empty_value(driver: Driver) -> str | None:
    """An empty string over a stored value."""
    code, shown, held = outcome(driver, "name", "")
    if code != "":
        return None
    if shown in ((), (None,)):
        return "cleared"
    return "stored-empty" if shown == ("",) else "ignored" if shown == held else None


@probe("null-value")
def null_value(driver: Driver) -> str | None:
    """Null over a stored value."""
    code, shown, held = outcome(driver, "name", None)
    if code != "":
        return BAD_VALUE if code == BAD_VALUE else None
    return "ignored" if shown == held else "cleared" if shown in NOTHING else None


@probe("non-string-scalars")
def non_string_scalars(driver: Driver) -> str | None:
    """A number and a boolean over a stored value."""
    found = set()
    for value, texts in ((12, {("12",)}), (True, {("true",), ("True",), ("1",)})):
        code, shown, _ = outcome(driver, "name", value)
        found.add("coerced" if code == "" and shown in texts else code)
    return next(iter(found)) if found <= {"coerced", BAD_VALUE} and len(found) == 1 else None


@probe("repeated-customer")
def repeated_customer(driver: Driver) -> str | None:
    """One attribute of one customer twice in a batch."""
    customer = driver.customers(1)[0]
    fate = changed(driver, [(customer, {"name": "first"}), (customer, {"name": "last"})])
    if not fate.succeeded:
        codes = {result.code for result in fate.final.results or ()} if fate.final else {fate.first.code}
        return "refused" if codes & {BAD_VALUE, MISSING} else None
    shown = value_of(driver, customer, "name")
    return "last-wins" if shown == ("last",) else "first-wins" if shown == ("first",) else None


@probe("profile-dates")
def profile_dates(driver: Driver) -> str | None:
    """Dates of the past."""
    customer = driver.customers(1)[0]
    sent = "2016-07-11 17:02:51"
    if not changed(driver, [(customer, {"createdOn": sent, "updatedOn": sent, "channel": "fb"})]).succeeded:
        return None
    shown = {value_of(driver, customer, name) for name in ("createdOn", "updatedOn")}
    return "stored-as-sent" if shown == {(sent,)} else "server-owned" if (sent,) not in shown else None


@probe("date-format")
def date_format(driver: Driver) -> str | None:
    """A word as a date."""
    fate = changed(driver, [(driver.customers(1)[0], {"last_opened": "a word"})])
    return "opaque-text" if fate.succeeded else "validated" if fate.code == BAD_VALUE else None
