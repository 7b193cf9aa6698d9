"""What several probes send."""

from __future__ import annotations

from typing import Any

from conformance.fiserv.answered import Answered
from conformance.fiserv.driver import Driver
from conformance.judge import NotTested
from strategies.fiserv.schema import Content

BAD_WORD = "Zq7xvj"


def person(driver: Driver, **parts: Any) -> Content:
    """A profile with a PersonInfo of the required parts and others; PersonName is empty unless given."""
    return {"PersonInfo": {"NameAddrType": driver.words.name_addr_type, "PersonName": {}, **parts}}


def contact(driver: Driver, **parts: Any) -> Content:
    """A profile with a ContactInfo."""
    return person(driver, ContactInfo=parts)


def renamed(driver: Driver, name: str) -> Content:
    """A profile with another last name."""
    return person(driver, PersonName={"LastName": name})


def invalid(driver: Driver) -> Content:
    """A profile with a value that fails validation: outside its enumeration where a read has shown one of its words."""
    if "AdvisorRegStatus" in driver.words.described:
        return {"AdvisorRegStatus": BAD_WORD}
    return person(driver, PersonName=BAD_WORD)


def need_shown(driver: Driver, member: str) -> None:
    """Raises NotTested where no read has shown a member whose shape the public description alone gives."""
    if member not in driver.words.described:
        raise NotTested(f"no read of this target has shown {member}, whose shape the document does not give")


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
