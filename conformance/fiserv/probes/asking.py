"""What several probes send."""

from __future__ import annotations

from typing import Any

from conformance.fiserv.answered import Answered
from conformance.fiserv.driver import Driver
from strategies.fiserv.schema import Content

BAD_STATUS: Content = {"AdvisorRegStatus": "Zq7xvj"}
BAD_SCHEME = "Zq7xvj"


def person(driver: Driver, **parts: Any) -> Content:
    """A profile with a PersonInfo of the required parts and others; PersonName is empty unless given."""
    return {"PersonInfo": {"NameAddrType": driver.words.name_addr_type, "PersonName": {}, **parts}}


def contact(driver: Driver, **parts: Any) -> Content:
    """A profile with a ContactInfo."""
    return person(driver, ContactInfo=parts)


def renamed(driver: Driver, name: str) -> Content:
    """A profile with another last name."""
    return person(driver, PersonName={"LastName": name})


def code_of(answered: Answered | None) -> str | None:
    """The code of an answer."""
    return answered.code if answered else None


def number_of(profile: Content, name: str) -> int:
    """A number of a profile, 0 where there is none."""
    digits = str(profile.get(name, ""))
    return int(digits) if digits.isascii() and digits.isdigit() else 0


def extra(driver: Driver, code: str | None, name: str) -> str:
    """A fact that the contract's data state of a code; "" where they state none."""
    known = driver.contract.codes.get(code or "")
    return str(known.extra.get(name, "")) if known else ""


def option_of(driver: Driver, reading: str, value: str | None) -> str | None:
    """A value, if it is an option of a reading."""
    return value if value in driver.contract.readings[reading].option_ids else None


def unless_collapsed(driver: Driver, answered: Answered | None, reading: str, credentials: str) -> str | None:
    """The option that an answer shows, where one option is a failed sign-on.

    Args:
        driver: of the target.
        answered: the answer; one without a Status is a failed sign-on where the readings say so.
        reading: the reading.
        credentials: its option that is a failed sign-on.
    """
    value = code_of(answered)
    if answered is None:
        return None
    if value is None:
        return credentials if answered.http in (401, 403) else None
    if value in driver.contract.readings[reading].option_ids:
        return value
    signon = extra(driver, value, "role") == "general" or extra(driver, value, "family") == "signon"
    return credentials if signon else None
