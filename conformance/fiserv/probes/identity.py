"""Probes of who may update whom."""

from __future__ import annotations

from conformance.exercise import Probe, probe
from conformance.fiserv.driver import Driver, User
from conformance.fiserv.probes.asking import BAD_WORD, code_of, extra, option_of, renamed, unless_collapsed
from conformance.judge import NotTested


@probe("unknown-crypt-type")
def unknown_crypt_type(driver: Driver) -> str | None:
    """Sends an update whose CryptType is an invented word."""
    password = {"CryptType": BAD_WORD, "CryptVal": driver.me.password}
    content = driver.update_of(driver.me, renamed(driver, "Crypt"), UserPassword=password)
    return unless_collapsed(driver, driver.update(content), "unknown-crypt-type", "1740")


@probe("unknown-signon-user")
def unknown_signon_user(driver: Driver) -> str | None:
    """Lets a user who was never created sign on and name itself."""
    nobody = User(driver.fresh_id(), "Pw1-nobody-nowhere")
    answered = driver.change(nobody, renamed(driver, "Nobody"))
    return unless_collapsed(driver, answered, "unknown-signon-user", "1740")


@probe("signon-home-fault")
def signon_home_fault(driver: Driver) -> str | None:
    """Sends an update whose SignonRq names a home that is none."""
    answered = driver.update(driver.update_of(driver.me, renamed(driver, "Home"), HomeID=driver.unknown_home))
    code = code_of(answered)
    if answered is None or code == "0":
        return None
    role = extra(driver, code, "role")
    if role == "unknown-home":
        return "4012-either"
    if code is None:
        return "1740-for-signon" if answered.http in (401, 403) else None
    return "1740-for-signon" if role in ("wrong-credentials", "general") else None


@probe("missing-partner")
def missing_partner(driver: Driver) -> str | None:
    """Sends an update without partnerID."""
    content = driver.update_of(driver.me, renamed(driver, "Partner"))
    del content["partnerID"]
    answered = driver.update(content)
    if code_of(answered) == "0":
        return "defaulted"
    if extra(driver, code_of(answered), "role") == "missing":
        return "4070"
    return unless_collapsed(driver, answered, "missing-partner", "4010")


@probe("missing-home")
def missing_home(driver: Driver) -> str | None:
    """Sends an update without UserProfile.HomeID."""
    content = driver.update_of(driver.me, renamed(driver, "Homeless"))
    del content["UserProfileModRq"]["UserProfile"]["HomeID"]
    code = code_of(driver.update(content))
    return "defaulted" if code == "0" else _missing(driver, "missing-home", code)


def _missing(driver: Driver, reading: str, code: str | None) -> str | None:
    """The option that a code shows, where one of them is a missing member's and the missing member has another code."""
    missing = extra(driver, code, "role") == "missing"
    return "4070" if missing else option_of(driver, reading, code)


@probe("malformed-home")
def malformed_home(driver: Driver) -> str | None:
    """Sends an update whose UserProfile.HomeID is made of letters."""
    code = code_of(driver.change(driver.me, {**renamed(driver, "Letters"), "HomeID": "abc"}))
    return option_of(driver, "malformed-home", code)


@probe("foreign-home")
def foreign_home(driver: Driver) -> str | None:
    """Sends an update whose UserProfile.HomeID belongs to another partner."""
    code = code_of(driver.change(driver.me, {**renamed(driver, "Foreign"), "HomeID": other_home(driver)}))
    # A user of the same UserID there is another user, so that the code may be the one for those.
    return None if code in driver.readings.possible("cross-user") else option_of(driver, "foreign-home", code)


def other_home(driver: Driver) -> int:
    """A home of another partner. Raises NotTested."""
    home = driver.target.data.get("other_partner_home")
    if home is None:
        raise NotTested(
            "the target file names no home of another partner", "give `other_partner_home` in [target.data]"
        )
    return int(home)


@probe("cross-user")
def cross_user(driver: Driver) -> str | None:
    """Lets one user name another."""
    code = code_of(driver.update(driver.update_of(driver.other, renamed(driver, "Other"), by=driver.me)))
    return option_of(driver, "cross-user", code)


@probe("who-may-update")
def who_may_update(driver: Driver) -> str | None:
    """Lets the administrator update a user, first without and then with OBOUserID."""
    admin, me = driver.need_admin, driver.me
    if code_of(driver.update(driver.update_of(me, renamed(driver, "ByAdmin"), by=admin))) == "0":
        return "admin-may"
    behalf = driver.update(driver.update_of(me, renamed(driver, "OnBehalf"), by=admin, OBOUserID=me.id))
    return None if behalf is None else "on-behalf-of" if behalf.succeeded else "self-only"


@probe("user-id-case")
def user_id_case(driver: Driver) -> str | None:
    """Lets a new user sign on with the own UserID in capitals and name itself so."""
    me = driver.me
    if not me.ours:
        raise NotTested("users are lent, and somebody else may have their UserID in capitals")
    answered = driver.change(User(me.id.upper(), me.password), renamed(driver, "Capitals"))
    if answered is None or code_of(answered) is None:
        return None if answered is None else "exact"
    return "any-case" if answered.succeeded else "exact"


PROBES: list[Probe] = [
    unknown_crypt_type,
    unknown_signon_user,
    signon_home_fault,
    missing_partner,
    missing_home,
    malformed_home,
    cross_user,
    foreign_home,
    who_may_update,
    user_id_case,
]
