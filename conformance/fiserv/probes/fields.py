"""Probes of what becomes of the members of a profile."""

from __future__ import annotations

from conformance.exercise import Probe, probe
from conformance.fiserv.driver import Driver
from conformance.fiserv.probes.asking import code_of, contact, extra, invalid, number_of, option_of, person, renamed
from conformance.fiserv.stored import EMAIL, PHONES, flatten
from conformance.judge import NotTested
from strategies.fiserv.schema import Content, at


@probe("missing-member-code")
def missing_member_code(driver: Driver) -> str | None:
    """Sends a PersonInfo without PersonName."""
    profile = person(driver)
    del profile["PersonInfo"]["PersonName"]
    code = code_of(driver.change(driver.me, profile))
    return "46xx" if extra(driver, code, "missing") == "PersonName" else option_of(driver, "missing-member-code", code)


@probe("fault-precedence")
def fault_precedence(driver: Driver) -> str | None:
    """Sends a wrong password with a missing member, and with a value outside its enumeration."""
    lacking: Content = driver.whole(contact(driver, PhoneNum=[{"Phone": "5550100"}]))
    seen = []
    for profile in (lacking, invalid(driver)):
        content = driver.update_of(driver.me, profile)
        content["SignonRq"]["UserInfo"]["UserPassword"]["CryptVal"] += "x"
        answered = driver.update(content)
        if answered is None or answered.code == "0":
            return None
        code = answered.code
        signon = code is None or extra(driver, code, "family") == "signon" or extra(driver, code, "role") == "general"
        seen.append("auth" if signon else "schema")
    return f"{seen[0]}-first" if len(set(seen)) == 1 else "any-applicable"


@probe("omitted-members")
def omitted_members(driver: Driver) -> str | None:
    """Updates a full profile with AppID alone, then a last name alone, then an e-mail address alone, and reads back."""
    before = flatten(driver.seed(driver.me, "Omitted"))
    if before["FirstName"] is None or before[EMAIL] is None:
        raise NotTested(
            "a lent profile has no first name or no e-mail address that could be left out",
            "lend a profile that has both, or let the run create users",
        )
    changed = driver.change(driver.me, {"AppID": "probe"})
    kept = flatten(driver.read_profile(driver.me))
    if changed is None or not changed.succeeded:
        return None
    if kept[EMAIL] is None:
        return "replace-all"
    changed = driver.change(driver.me, renamed(driver, "Alone"))
    left = flatten(driver.read_profile(driver.me))
    if changed is None or not changed.succeeded:
        return None
    if left["FirstName"] is not None:
        return "merge" if left[EMAIL] is not None else None
    if left[EMAIL] is None:
        return "replace-branch"
    changed = driver.change(driver.me, contact(driver, EmailAddr="alone@second.example.com"))
    left = flatten(driver.read_profile(driver.me))
    if changed is None or not changed.succeeded or before["Addr1"] is None:
        return None
    return "replace-aggregate" if left["Addr1"] is not None else "replace-part"


@probe("list-merge")
def list_merge(driver: Driver) -> str | None:
    """Seeds two phones of different types, sends one of them, and reads back."""
    if driver.readings.settled("omitted-members") != "merge":
        raise NotTested("lists merge only where omitted members do")
    first, *rest = driver.words.phone_types
    if not rest:
        raise NotTested("the target file names only one phone type", "name two in `phone_types` of [target.data]")
    before = flatten(driver.seed(driver.me, "Lists"))
    changed = driver.change(driver.me, contact(driver, PhoneNum=[{"PhoneType": first, "Phone": "5550199"}]))
    after = flatten(driver.read_profile(driver.me))
    if changed is None or not changed.succeeded or len(before[PHONES] or ()) != 2:
        return None
    return {1: "replace-list", 2: "by-type"}.get(len(after[PHONES] or ()))


@probe("invalid-email")
def invalid_email(driver: Driver) -> str | None:
    """Sends an EmailAddr without an at sign."""
    code = code_of(driver.change(driver.me, driver.whole(contact(driver, EmailAddr="no at sign"))))
    return "accepted" if code == "0" else option_of(driver, "invalid-email", code)


def _phone_type(driver: Driver, word: str) -> bool:
    profile = driver.whole(contact(driver, PhoneNum=[{"PhoneType": word, "Phone": "5550100"}]))
    return code_of(driver.change(driver.me, profile)) == "0"


@probe("type-spelling")
def type_spelling(driver: Driver) -> str | None:
    """Sends a phone type in another letter case, and an invented one."""
    odd, invented = _phone_type(driver, driver.words.phone_types[0].capitalize()), _phone_type(driver, "Zq7xvj")
    found = {(True, True): "free-string", (True, False): "case-insensitive-enum", (False, False): "exact-enum"}
    return found.get((odd, invented))


@probe("duplicate-phone")
def duplicate_phone(driver: Driver) -> str | None:
    """Sends two phones of one type."""
    kind = driver.words.phone_types[0]
    phones = [{"PhoneType": kind, "Phone": phone} for phone in ("5550101", "5550102")]
    code = code_of(driver.change(driver.me, driver.whole(contact(driver, PhoneNum=phones))))
    if code == "0":
        return "accepted"
    return "4629/4630" if extra(driver, code, "role").startswith("two-") else option_of(driver, "duplicate-phone", code)


@probe("server-owned-members")
def server_owned(driver: Driver) -> str | None:
    """Sends another CEUserID and RegisterDt, and reads back."""
    before = driver.read_profile(driver.me)
    sent = number_of(before, "CEUserID") + 1007
    profile = person(driver, RegisterDt="2001-02-03T04:05:06Z")
    changed = {**profile, "CEUserID": sent}
    if not driver.me.ours:
        changed = driver.whole({"CEUserID": sent})  # a date that is stored could not be taken back
    code = code_of(driver.change(driver.me, changed))
    if code != "0":
        return option_of(driver, "server-owned-members", code)
    after = driver.read_profile(driver.me)
    number, date = after.get("CEUserID"), at(after, "PersonInfo", "RegisterDt")
    if number is None and date is None:
        return None  # neither is shown, so nobody can tell
    return "applied" if str(number) == str(sent) or date == "2001-02-03T04:05:06Z" else "ignored"


PROBES: list[Probe] = [
    missing_member_code,
    fault_precedence,
    omitted_members,
    list_merge,
    type_spelling,
    invalid_email,
    duplicate_phone,
    server_owned,
]
