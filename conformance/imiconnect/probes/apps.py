"""Probes of app ids and of customers without an app profile."""

from __future__ import annotations

from conformance.exercise.probe import probe
from conformance.imiconnect.codes import ACCEPTED, BAD_APP, BAD_VALUE, MISSING, UNKNOWN_CUSTOMER
from conformance.imiconnect.driver import Driver, encode
from conformance.imiconnect.probes.fate import changed, fate_of
from strategies.imiconnect.profiles import CHANNELS

BARE = (404, 405)


@probe("app-update-path")
def update_path(driver: Driver) -> str | None:
    """A valid update at either path."""
    customer = driver.customers(1)[0]
    body = driver.body([(customer, {"name": "umtest"})])
    first, second = (driver.answered(driver.update(body, path=path)).code in ACCEPTED for path in driver.update_paths)
    if first:
        return "both" if second else "customerprofiles"
    return "customerappprofile" if second else None


@probe("profiles-per-channel")
def profiles_per_channel(driver: Driver) -> str | None:
    """A profile of one channel is updated for another."""
    customer = driver.customers(1)[0]
    before = driver.read([customer]).get(customer, {}).get("channel", ())
    other = next((channel for channel in CHANNELS if channel not in before), None)
    if len(before) != 1 or other is None or not changed(driver, [(customer, {"channel": other})]).succeeded:
        return None
    shown = set(driver.read([customer]).get(customer, {}).get("channel", ()))
    return "one-profile" if shown == {other} else "one-per-channel" if shown == {*before, other} else None


@probe("missing-appid")
def missing_app_id(driver: Driver) -> str | None:
    """The path of updates without its app id."""
    body = driver.body([(driver.customers(1)[0], {"name": "umtest"})])
    path = driver.path("update").rpartition("/")[0]
    answered = driver.answered(driver.update(body, path=path))
    if answered.code in (MISSING, BAD_APP):
        return answered.code
    return "http-refusal" if answered.code is None and answered.status in BARE else None


@probe("app-unknown-customer")
def unknown_customer(driver: Driver) -> str | None:
    """A record for a customer that was never created."""
    customer = driver.bench.fresh()
    driver.keep_in_mind([customer])
    fate = changed(driver, [(customer, {"name": "umtest"})])
    if fate.succeeded:
        return "created"
    return fate.code if fate.code in (UNKNOWN_CUSTOMER, BAD_APP, BAD_VALUE) else None


@probe("app-customer-id")
def customer_id(driver: Driver) -> str | None:
    """A record that names a known profile by its user id alone."""
    customer = driver.customers(1)[0]
    identity = {"channel": "rt", "userId": customer, "deviceId": "355004057394235"}
    if not changed(driver, [(customer, identity)]).succeeded:
        return None
    record = driver.record(customer, {**identity, "name": "by user id"})
    record.pop(next(name for name in record if name.lower() == "customerid"))
    fate = fate_of(driver, driver.update(encode({"Records": [record]})))
    if fate.succeeded:
        return "optional-if-other-identifier"
    return "required" if fate.code == MISSING else None
