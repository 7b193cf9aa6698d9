"""The profile in the answer."""

from __future__ import annotations

from hypothesis import strategies as st

from conformance.exercise import check
from conformance.fiserv.checks.wrongs import OTHER, SINGLE, Wrong
from conformance.fiserv.driver import Driver
from conformance.fiserv.probes.asking import contact, renamed
from strategies.fiserv.profiles import profiles
from strategies.fiserv.schema import Content
from strategies.fiserv.wire import Format


@check("profile-on-success")
def check_present(driver: Driver) -> None:
    """Sends updates that change something, that change nothing, and that send little, in both formats."""
    me = driver.me
    driver.seed(me, "Shown")
    changes = [renamed(driver, "Shown"), renamed(driver, "Shown"), {"AppID": "shown"}, {}, contact(driver)]
    driver.bench.each(
        [(profile, format_) for format_ in driver.formats for profile in changes],
        lambda case: driver.change(me, case[0], case[1]),
    )


@check("profile-structured", "profile-is-stored")
def check_stored(driver: Driver) -> None:
    """Sends generated profiles and compares the profile in the answer with what was sent and with what is read next."""
    driver.follows("profile-placement", "in-operation", "at-root")
    me = driver.me
    driver.seed(me, "Stored")

    def body(case: tuple[Content, Format]) -> None:
        driver.change(me, *case)
        driver.read(me, case[1])

    driver.bench.for_all(st.tuples(profiles(driver.words), st.sampled_from(driver.formats)), body)


@check("no-profile-on-error")
def check_absent(driver: Driver) -> None:
    """Sends every kind of wrong update in both formats, each beside a change; none may show a profile."""

    def body(case: tuple[Wrong, Format]) -> None:
        driver.update(case[0].content(driver), case[1])

    driver.bench.each([(wrong, format_) for wrong in (*SINGLE, OTHER) for format_ in driver.formats], body)
