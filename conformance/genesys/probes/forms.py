"""Probes of EmailAddress and of dates."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from conformance.exercise import probe
from conformance.genesys.dates import in_utc, midnight
from conformance.genesys.driver import Driver
from conformance.genesys.probes.common import answered_400, names, word, words
from conformance.genesys.wire import accepted, json_of
from conformance.judge import NotTested
from strategies.genesys import Extension, Schema
from strategies.genesys.superset import extension_value

EMAIL = "EmailAddress"
BIRTH = "DOB"
DAY = "1962-05-10"
OFFSET = "2001-02-03T01:04:05.678+02:00"


@probe("email-address-kind")
def email_address_kind(driver: Driver) -> str | None:
    """A query without extensions after EmailAddress was set."""
    schema = driver.schema
    if schema.attribute(EMAIL) is None and schema.extension(EMAIL) is None:
        raise NotTested(f"neither the profile schema nor an extension schema has {EMAIL}")
    if schema.extension(EMAIL) is not None:
        return "extension"
    name = next(each for each in names(driver, 1))
    customer = driver.customer(words(driver, name, EMAIL))
    driver.update(customer, words(driver, name, EMAIL))
    shown = json_of(driver.query(customer, every=False).answer)
    return "attribute" if isinstance(shown, dict) and shown.get(EMAIL) else None


def _date(driver: Driver, text: str) -> tuple[bool, str | None, object]:
    """Sends a text for a date attribute: whether it was accepted, whether 400 came, what is shown."""
    if not driver.schema.dates:
        raise NotTested("the profile schema has no attribute of type date")
    (name,) = names(driver, 1)
    date = driver.schema.dates[0].name
    customer = driver.customer(words(driver, name) | {date: "1970-07-07T07:07:07.007Z"})
    exchange = driver.update(customer, words(driver, name) | {date: text})
    if not accepted(exchange):
        return False, answered_400(exchange), None
    shown = driver.profile(customer).get(date)
    return True, None, shown[0] if isinstance(shown, list) else shown


@probe("date-only-value")
def date_only_value(driver: Driver) -> str | None:
    """A date without a time."""
    birth = driver.schema.attribute(BIRTH)
    if birth is not None and not birth.date:
        return "string-attribute"
    taken, bad, shown = _date(driver, DAY)
    if not taken:
        return "reject-400" if bad else None
    return {DAY: "lenient-date", midnight(DAY): "normalised"}.get(str(shown))


@probe("offset-date-time")
def offset_date_time(driver: Driver) -> str | None:
    """A time two hours before UTC."""
    taken, bad, shown = _date(driver, OFFSET)
    if not taken:
        return bad
    return {OFFSET: "accept-as-sent", in_utc(OFFSET): "accept-normalise"}.get(str(shown))


def _shown_as(driver: Driver, extension: Extension, value: Any) -> Any:
    """What a query shows of an extension after an update that sets it; None where it is refused."""
    attributes = words(driver, *names(driver, 1))
    customer = driver.customer(attributes)
    if not accepted(driver.update(customer, {**attributes, extension.name: value})):
        return None
    return driver.profile(customer).get(extension.name)


def _form_of(driver: Driver, kind: str, forms: dict[str, Callable[[], Schema]]) -> str | None:
    """In which form values of one type are taken and shown."""
    if driver.lent:
        raise NotTested(
            "no customer can be created, and what is stored of this may stay for good", "let the run create customers"
        )
    tried = False
    for form, made in forms.items():
        for extension in made().of_kind("single-valued", "multi-valued"):
            field = next((each for each in extension.fields if each.type == kind), None)
            if field is None or extension.bare:
                continue
            tried = True
            shown = _shown_as(driver, extension, extension_value(extension, word(driver)))
            first = shown[0] if isinstance(shown, list) and shown else shown
            if isinstance(first, dict) and first.get(field.name) is not None:
                return form
            break
    if not tried:
        raise NotTested(f"no extension schema has an attribute of type {kind}")
    return None


@probe("currency-form")
def currency_form(driver: Driver) -> str | None:
    """An amount as a number, then as a text."""
    date = driver.readings.settled("record-date-form") or "day"
    forms = ("number", "text")
    return _form_of(
        driver, "currency", {form: partial(driver.full_schema.sendable, form, date, None) for form in forms}
    )


@probe("record-date-form")
def record_date_form(driver: Driver) -> str | None:
    """A date without a time, then midnight."""
    currency = driver.readings.settled("currency-form")
    forms = ("day", "date-time")
    return _form_of(
        driver, "date", {form: partial(driver.full_schema.sendable, currency, form, None) for form in forms}
    )


@probe("classifier-form")
def classifier_form(driver: Driver) -> str | None:
    """An empty object, then true."""
    if driver.lent:
        raise NotTested(
            "no customer can be created, and a classifier may stay for good", "let the run create customers"
        )
    found = next(iter(driver.full_schema.of_kind("classifier")), None)
    if found is None:
        raise NotTested("no extension schema is a classifier")
    unset = driver.profile(driver.customer(words(driver, *names(driver, 1)))).get(found.name)
    for form, mark in (("empty-object", {}), ("boolean", True)):
        if unset == mark:
            return None  # it cannot be seen whether it is set
        shown = _shown_as(driver, found, mark)
        if shown == mark and isinstance(shown, bool) == isinstance(mark, bool):
            return form
    return "unsendable"
