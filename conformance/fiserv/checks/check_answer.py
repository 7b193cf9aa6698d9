"""Every answer: its form, its HTTP status, its Status aggregates."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import strategies as st

from conformance.exercise import check
from conformance.fiserv.checks.wrongs import SINGLE, Wrong
from conformance.fiserv.driver import Driver, answered_of
from conformance.fiserv.probes.asking import invalid, renamed
from strategies.fiserv.profiles import profiles
from strategies.fiserv.schema import Content
from strategies.fiserv.wire import Format


def _everything(driver: Driver, send: Callable[[Wrong, Format], object]) -> None:
    """One good update and one of every kind of wrong ones, in each format."""
    good = Wrong("good", lambda d: d.update_of(d.me, renamed(d, "Good")))
    driver.bench.each(
        [_Case(wrong, format_) for wrong in (good, *SINGLE) for format_ in driver.formats],
        lambda c: send(c.wrong, c.format),
    )


class _Case:
    def __init__(self, wrong: Wrong, format_: Format) -> None:
        self.wrong, self.format = wrong, format_

    def __repr__(self) -> str:
        return f"{self.wrong} in {self.format}"


@check("answer-valid", "status-present", "status-members", "no-server-failure")
def check_form(driver: Driver) -> None:
    """Sends a good update and one of every kind of wrong ones in both formats; each answer must fit the schemas."""
    _everything(driver, lambda wrong, format_: driver.update(wrong.content(driver), format_))


@check("severity-of-code", "text-of-code", "code-in-table", "severities-agree", "no-general-error")
def check_table(driver: Driver) -> None:
    """Provokes every code of the table that can be provoked, in both formats, and compares it with its row."""
    _everything(driver, lambda wrong, format_: driver.update(wrong.content(driver), format_))


@check("http-status")
def check_http_status(driver: Driver) -> None:
    """Sends good, wrong and damaged updates; the HTTP status of each answer must follow one rule."""
    _everything(driver, lambda wrong, format_: driver.update(wrong.content(driver), format_))
    for format_ in driver.formats:
        body = driver.body("update", driver.update_of(driver.me, renamed(driver, "Cut")), format_)
        driver.post(body[:-20], format_)


@check("response-format")
def check_format(driver: Driver) -> None:
    """Sends good and wrong updates in both formats with each Accept header; the format must follow one rule."""
    me = driver.me
    accepts = ("application/json", "application/xml", "*/*", "application/json, application/xml")
    cases = [
        (f, accept, p) for f in driver.formats for accept in accepts for p in (renamed(driver, "Form"), invalid(driver))
    ]

    def body(case: tuple[Format, str, Content]) -> None:
        format_, accept, profile = case
        driver.post(driver.body("update", driver.update_of(me, profile), format_), format_, accept=accept)

    driver.bench.each(cases, body)


@check("answer-namespace")
def check_namespace(driver: Driver) -> None:
    """Sends good and wrong XML updates; the roots of all answers must stand in one namespace."""
    driver.follows("response-format", "mirrors-request", "accept-header")
    driver.speaks(Format.XML)

    def body(profile: Content) -> None:
        driver.change(driver.me, profile, Format.XML)

    driver.bench.each([renamed(driver, "Space"), invalid(driver), {"HomeID": driver.unknown_home}], body)


@check("severity-of-code", "status-present", "severities-agree", "no-server-failure", "answer-valid")
def check_generated(driver: Driver) -> None:
    """Sends generated profiles, some of them cut off anywhere; every answer must be one of the documented kind."""
    me = driver.me

    def body(case: tuple[Content, Format, int]) -> None:
        profile, format_, cut = case
        message = driver.body("update", driver.update_of(me, profile), format_)
        answered_of(driver.post(message[: len(message) - cut] if cut else message, format_))

    cuts = st.one_of(st.just(0), st.integers(1, 400))
    driver.bench.for_all(st.tuples(profiles(driver.words), st.sampled_from(driver.formats), cuts), body)
