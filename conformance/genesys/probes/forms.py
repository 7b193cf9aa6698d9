"""Probes of EmailAddress and of dates."""

from __future__ import annotations

from conformance.exercise import probe
from conformance.genesys.dates import in_utc, midnight
from conformance.genesys.driver import Driver
from conformance.genesys.probes.common import answered_400, names, word, words
from conformance.genesys.wire import accepted, json_of
from conformance.judge import NotTested

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
    customer = driver.customer({name: word(driver), date: "1970-07-07T07:07:07.007Z"})
    exchange = driver.update(customer, {name: word(driver), date: text})
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
