"""Valid updates: taken, stored, and the same in both formats."""

from __future__ import annotations

from typing import Any

from conformance.exercise import check
from conformance.fiserv.driver import Driver
from conformance.fiserv.stored import flatten
from strategies.fiserv.edits import without_required, wrong_types
from strategies.fiserv.profiles import full_profile, profiles
from strategies.fiserv.schema import Content
from strategies.fiserv.wire import Format

COMPARED = ("AppID", "AdvisorID", "AdvisorType", "AdvisorRegStatus", "ClientStatus", "PersonStatus")


def _valid(driver: Driver, format_: Format) -> None:
    driver.speaks(format_)
    me = driver.me

    def body(profile: Content) -> None:
        driver.change(me, profile, format_)
        driver.read(me, format_)

    driver.bench.for_all(profiles(driver.words), body)


@check("success-code", "success-is-stored", "request-id-present", "type-words")
def check_json(driver: Driver) -> None:
    """Sends generated valid profiles in JSON and reads each back: every member sent must be there."""
    _valid(driver, Format.JSON)


@check("success-code", "success-is-stored", "request-id-present", "type-words")
def check_xml(driver: Driver) -> None:
    """Sends generated valid profiles in XML and reads each back: every member sent must be there."""
    _valid(driver, Format.XML)


@check("success-code", "format-governed", "success-is-stored")
def check_every_member(driver: Driver) -> None:
    """Sends a profile with every member, then with each single optional part of it taken out, in both formats."""
    me = driver.me
    cases = [(format_, part) for format_ in driver.formats for part in (None, *_optional(driver))]

    def body(case: tuple[Format, tuple[str, ...] | None]) -> None:
        format_, part = case
        content = driver.update_of(me, full_profile(driver.words, "Every"))
        if part is not None:
            place: Any = content["UserProfileModRq"]["UserProfile"]
            for step in part[:-1]:
                place = place[step]
            del place[part[-1]]
        driver.update(content, format_)
        driver.read(me)

    driver.bench.each(cases, body)


def _optional(driver: Driver) -> list[tuple[str, ...]]:
    """Paths of the optional members of a full profile."""
    profile = full_profile(driver.words, "Every")
    person = profile["PersonInfo"]
    contact = person["ContactInfo"]
    address = [part for part in contact["PostAddr"] if part not in ("Addr1", "Country")]
    return [
        *((name,) for name in profile),
        *(("PersonInfo", "PersonName", part) for part in person["PersonName"]),
        ("PersonInfo", "ContactInfo"),
        *(("PersonInfo", "ContactInfo", part) for part in contact),
        *(("PersonInfo", "ContactInfo", "PostAddr", part) for part in address),
    ]


@check("both-formats-agree")
def check_both_formats(driver: Driver) -> None:
    """Sends the same generated profile as XML for one user and as JSON for another, and compares answers and reads."""
    for format_ in Format:
        driver.speaks(format_)
    first, second = driver.user(0), driver.user(1)
    for user in (first, second):
        driver.seed(user, "Same")

    def body(profile: Content) -> None:
        told = [driver.change(first, profile, Format.XML), driver.change(second, profile, Format.JSON)]
        codes = [answered.code if answered else None for answered in told]
        driver.bench.expect("both-formats-agree", codes[0] == codes[1], observed=f"{codes}", allowed="the same code")
        # Each profile is read in the format in which it was not written.
        seen = [driver.read(first, Format.JSON), driver.read(second, Format.XML)]
        differ = _different(seen[0] or {}, seen[1] or {})
        driver.bench.expect(
            "both-formats-agree", not differ, observed=f"after XML and JSON differ {differ}", allowed="the same profile"
        )

    driver.bench.for_all(profiles(driver.words), body)


def _different(one: Content, other: Content) -> list[str]:
    flat, flat_other = flatten(one), flatten(other)
    names = [name for name in flat if flat[name] != flat_other[name]]
    return names + [name for name in COMPARED if str(one.get(name)) != str(other.get(name))]


@check("both-formats-agree", "error-changes-nothing")
def check_both_formats_refuse(driver: Driver) -> None:
    """Sends messages wrong in one way that both formats can express, as XML and as JSON: the codes must be the same."""
    for format_ in Format:
        driver.speaks(format_)
    me = driver.me
    driver.seed(me, "Refuse")
    content = driver.update_of(me, full_profile(driver.words, "Other"))
    edits = [edit for edit in (*without_required(content), *wrong_types(content)) if len(edit.formats) == len(Format)]

    def body(edit: Any) -> None:
        wrong = edit({**content, "RqUID": driver.request_id()})
        other = edit({**content, "RqUID": driver.request_id()})
        codes = [
            answered.code if answered else None
            for answered in (driver.update(wrong, Format.XML), driver.update(other, Format.JSON))
        ]
        driver.bench.expect("both-formats-agree", codes[0] == codes[1], observed=f"{codes}", allowed="the same code")

    driver.bench.each(edits, body)
    driver.read(me)
