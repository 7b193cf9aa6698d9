"""What becomes of the members of a profile: those left out, those that only the server can know."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from conformance.exercise import check
from conformance.fiserv.driver import Driver
from conformance.fiserv.probes.asking import contact, number_of, person
from conformance.judge import NotTested
from strategies.fiserv.profiles import profiles
from strategies.fiserv.schema import Content
from strategies.fiserv.wire import Format


def _aggregates(driver: Driver) -> list[Content]:
    """Updates that each send a little of one aggregate."""
    words = driver.words
    one = [{"PhoneType": words.phone_types[0], "Phone": "5550142"}]
    return [
        {"AppID": "alone"},
        *([{"AdvisorRegStatus": "P"}] if "AdvisorRegStatus" in words.described else []),
        person(driver),
        person(driver, PersonName={"LastName": "Alone"}),
        person(driver, PersonName={"FirstName": "Alone", "MiddleName": "Too"}),
        contact(driver),
        contact(driver, EmailAddr="alone@second.example.com"),
        contact(driver, PhoneNum=one),
        contact(driver, PostAddr={"Addr1": "Alone 1", "Country": "NZ"}),
        contact(
            driver, PostAddr={"Addr1": "Alone 2", "Country": "NZ", "City": "Town"}, EmailAddr="a@third.example.com"
        ),
    ]


@check("omitted-members", "success-is-stored")
def check_aggregates(driver: Driver) -> None:
    """Seeds a full profile, sends a little of one aggregate, reads back and compares every member; in both formats."""
    me = driver.me
    driver.whole(person(driver, PersonName={"LastName": "Full"}))

    def body(case: tuple[Content, Format]) -> None:
        driver.seed(me, "Full")
        driver.change(me, *case)
        driver.read(me, case[1])

    driver.bench.each([(profile, f) for profile in _aggregates(driver) for f in driver.formats], body)


@check("omitted-members", "success-is-stored")
def check_subsets(driver: Driver) -> None:
    """Seeds a full profile, sends generated subsets one after the other, and compares every member after each."""
    me = driver.me
    driver.whole(person(driver, PersonName={"LastName": "Subset"}))

    def body(case: tuple[list[Content], Format]) -> None:
        driver.seed(me, "Subset")
        for profile in case[0]:
            driver.change(me, profile, case[1])
            driver.read(me)

    subsets = st.lists(profiles(driver.words), min_size=1, max_size=2)
    driver.bench.for_all(st.tuples(subsets, st.sampled_from(driver.formats)), body)


@check("omitted-members")
def check_unread(driver: Driver) -> None:
    """Sends two partial updates without a read between them: the second must not undo the first."""
    me = driver.me

    def body(case: tuple[Content, Content, Format]) -> None:
        first, second, format_ = case
        driver.seed(me, "Unread")
        driver.change(me, first, format_)
        driver.change(me, second, format_)
        driver.read(me)

    few = st.sampled_from(_aggregates(driver))
    driver.bench.for_all(st.tuples(few, few, st.sampled_from(driver.formats)), body, share=0.6)


@check("server-owned-members")
def check_server_owned(driver: Driver) -> None:
    """Sends each member that only the server can know with another value, and reads back; in both formats."""
    me = driver.me
    known = driver.read_profile(me)
    number = number_of(known, "CEUserID")
    cases: list[tuple[str, Content]] = [
        ("CEUserID", {"CEUserID": number + 1001}),
        ("CEUserID", {"CEUserID": 1, **person(driver, PersonName={"LastName": "Owned"})}),
        ("PartnerID", {"PartnerID": driver.partner + 1}),
        ("RegisterDt", person(driver, RegisterDt="2001-02-03T04:05:06Z")),
        ("LastLoginDt", person(driver, LastLoginDt="2001-02-03T04:05:06Z")),
    ]

    cases = [case for case in cases if driver.undoable(case[1], me) == case[1]]
    if not cases:
        raise NotTested(
            "no lent profile shows a member that only the server can know, so none could be put back",
            "let the run create users of its own",
        )

    def body(case: tuple[tuple[str, Content], Format]) -> None:
        (_, profile), format_ = case
        driver.change(me, profile, format_)
        driver.read(me)

    listed: list[Any] = [(case, format_) for case in cases for format_ in driver.formats]
    driver.bench.each(listed, body)
