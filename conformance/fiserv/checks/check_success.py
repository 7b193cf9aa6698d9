"""Valid updates: taken, stored, and the same in both formats."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from conformance.exercise import check
from conformance.exercise.effort import Effort
from conformance.fiserv.checks.twins import Twins, codes_of
from conformance.fiserv.checks.wrongs import OTHER, SINGLE
from conformance.fiserv.driver import Driver
from conformance.fiserv.probes.asking import renamed
from conformance.judge import NotTested
from strategies.fiserv.edits import without_required, wrong_types
from strategies.fiserv.profiles import full_profile, profiles
from strategies.fiserv.schema import Content
from strategies.fiserv.values import AWKWARD, PLANES
from strategies.fiserv.wire import Format, Style


def _valid(driver: Driver, format_: Format) -> None:
    driver.speaks(format_)
    me = driver.me
    driver.whole(renamed(driver, "Valid"))

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
    driver.whole(renamed(driver, "Every"))
    cases = [(format_, part) for format_ in driver.formats for part in (None, *_optional(driver))]

    def body(case: tuple[Format, tuple[str, ...] | None]) -> None:
        format_, part = case
        content = driver.update_of(me, full_profile(driver.words, "Every"))
        if part is not None:
            place: Any = content["UserProfileModRq"]["UserProfile"]
            for step in part[:-1]:
                place = place.get(step, {})
            place.pop(part[-1], None)
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
    twins = Twins(driver, "Same")

    def body(profile: Content) -> None:
        _compare(driver, twins, driver.undoable(profile), Style.PLAIN)

    driver.bench.for_all(profiles(driver.words), body)


def _compare(driver: Driver, twins: Twins, profile: Content, style: Style) -> None:
    message = driver.body("update", driver.update_of(twins.first, profile), Format.XML, style=style)
    other = driver.body("update", driver.update_of(twins.second, profile), Format.JSON)
    twins.update(profile, [(message, Format.XML), (other, Format.JSON)])


@check("both-formats-agree", "success-is-stored")
def check_texts(driver: Driver) -> None:
    """Sends texts that are easily spoiled, in both formats and in every style of XML, and compares what is read."""
    for format_ in Format:
        driver.speaks(format_)
    twins = Twins(driver, "Texts")
    driver.whole(renamed(driver, "Texts"))

    def body(case: tuple[Content, Style]) -> None:
        _compare(driver, twins, driver.undoable(case[0]), case[1])

    listed = [*AWKWARD, *PLANES, "line\nbreak"]
    parts = [listed[start : start + 4] for start in range(0, len(listed), 4)]
    profiles_ = [_spread(driver, part) for part in parts]
    profiles_ += [{"CEInviteClientID": number} for number in (2**53 + 1, 2**63 - 1)]
    cases = [(profile, style) for style in Style for profile in profiles_]
    # At quick effort each in two of the styles.
    step = 2 if driver.bench.effort is Effort.QUICK else 1
    driver.bench.each(cases[::step], body)


def _spread(driver: Driver, texts: Sequence[str]) -> Content:
    """A profile that has each of up to four texts in its name and in its address."""
    name = dict(zip(("LastName", "FirstName", "MiddleName", "DisplayName"), texts, strict=False))
    address = {
        "Addr1": "x",
        **dict(zip(("PostalCode", "City", "Addr2", "Addr1"), texts, strict=False)),
        "Country": "NZ",
    }
    person = {"NameAddrType": driver.words.name_addr_type, "PersonName": name}
    return {"PersonInfo": {**person, "ContactInfo": {"PostAddr": address}}}


@check("both-formats-agree", "error-changes-nothing")
def check_both_formats_refuse(driver: Driver) -> None:
    """Sends messages wrong in one way that both formats can express, as XML and as JSON: the codes must be the same."""
    for format_ in Format:
        driver.speaks(format_)
    me = driver.me
    driver.seed(me, "Refuse")
    content = driver.update_of(me, full_profile(driver.words, "Other"))
    edits = [edit for edit in (*without_required(content), *wrong_types(content)) if len(edit.formats) == len(Format)]

    decided = []

    def compare(make: Callable[[], Content]) -> None:
        messages = [(driver.body("update", make(), format_), format_) for format_ in Format]
        decided.append(all(driver.decides(message, format_) for message, format_ in messages))
        codes_of(driver, messages)

    driver.bench.each(edits, lambda edit: compare(lambda: edit({**content, "RqUID": driver.request_id()})))
    driver.bench.each((*SINGLE, OTHER), lambda wrong: compare(lambda: wrong.content(driver)))
    driver.read(me)
    if not any(decided):
        raise NotTested("the documents and the readings leave open which code each of these messages gets")
