"""Updates that are wrong in exactly one named way, one for each condition of the table of codes and of sign-on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from conformance.fiserv.driver import Driver, User
from conformance.fiserv.probes.asking import contact, invalid, person, renamed
from strategies.fiserv.schema import Content


@dataclass(frozen=True)
class Wrong:
    """A kind of update; its repr says what is wrong with it."""

    name: str
    content: Callable[[Driver], Content]

    def __repr__(self) -> str:
        return self.name


def _enumeration(driver: Driver) -> Content:
    return driver.update_of(driver.me, {**renamed(driver, "Wrong"), **invalid(driver)})


def _missing(driver: Driver) -> Content:
    return driver.update_of(driver.me, contact(driver, PhoneNum=[{"Phone": "5550100"}]))


def _no_user(driver: Driver) -> Content:
    content = driver.update_of(driver.me, renamed(driver, "Wrong"))
    del content["UserProfileModRq"]["UserProfile"]["UserID"]
    return content


def _no_name(driver: Driver) -> Content:
    profile = person(driver)
    del profile["PersonInfo"]["PersonName"]
    return driver.update_of(driver.me, profile)


def _letters(driver: Driver) -> Content:
    return driver.update_of(driver.me, {**renamed(driver, "Wrong"), "HomeID": "abc"})


def _scheme(driver: Driver) -> Content:
    password = {"CryptType": "Zq7xvj", "CryptVal": driver.me.password}
    return driver.update_of(driver.me, renamed(driver, "Wrong"), UserPassword=password)


def _unregistered(driver: Driver) -> Content:
    return driver.update_of(User(driver.fresh_id(), ""), renamed(driver, "Wrong"), by=driver.me)


def _unknown_home(driver: Driver) -> Content:
    return driver.update_of(driver.me, {**renamed(driver, "Wrong"), "HomeID": driver.unknown_home})


def _unknown_partner(driver: Driver) -> Content:
    return {**driver.update_of(driver.me, renamed(driver, "Wrong")), "partnerID": driver.unknown_partner}


def _role(driver: Driver) -> Content:
    return driver.update_of(driver.me, renamed(driver, "Wrong"), Role="Admin")


def _session(driver: Driver) -> Content:
    content = driver.update_of(driver.me, renamed(driver, "Wrong"))
    content["SignonRq"] = {
        "SessionInfo": {"SessionToken": driver.fresh_id(), "Role": "User", "HomeID": str(driver.home)}
    }
    return content


def _other(driver: Driver) -> Content:
    return driver.update_of(driver.other, renamed(driver, "Wrong"), by=driver.me)


OTHER = Wrong("another user", _other)
ENUMERATION = Wrong("a value outside its enumeration", _enumeration)
MISSING = Wrong("a phone without its type", _missing)
NO_USER = Wrong("no UserID", _no_user)
NO_NAME = Wrong("a person without a name", _no_name)
LETTERS = Wrong("a home of letters", _letters)
SCHEME = Wrong("an unknown encryption scheme", _scheme)
UNREGISTERED = Wrong("a user who is not registered", _unregistered)
UNKNOWN_HOME = Wrong("an unknown home", _unknown_home)
UNKNOWN_PARTNER = Wrong("an unknown partner", _unknown_partner)
ROLE = Wrong("a role that the user does not have", _role)
SESSION = Wrong("an invented session", _session)
SINGLE = (
    ENUMERATION,
    MISSING,
    NO_USER,
    NO_NAME,
    LETTERS,
    SCHEME,
    UNREGISTERED,
    UNKNOWN_HOME,
    UNKNOWN_PARTNER,
    ROLE,
    SESSION,
)
