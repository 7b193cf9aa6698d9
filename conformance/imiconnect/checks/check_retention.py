"""Checks of what is kept: outcomes after many newer ones, a while and deletions; the deleted stay deleted."""

from __future__ import annotations

import re
from urllib.parse import urlencode

from conformance.exercise.check import check
from conformance.imiconnect.answered import Answered
from conformance.imiconnect.codes import ACCEPTED
from conformance.imiconnect.driver import Driver
from conformance.imiconnect.following import Stage, stage_of
from conformance.judge.verdicts import NotApplicable
from conformance.session.exchange import Exchange, Request
from strategies.imiconnect.broken import Wrong

NEWER = 64  # requests, more than any ring of sixty outcomes holds
WHILE_S = 1.1
OFTEN, LESS_OFTEN = 25, 11  # questions
HEXADECIMAL = re.compile("[0-9A-Fa-f-]+")


def removed(driver: Driver, customers: list[str]) -> None:
    """Deletes customers, each with its app profile; ends the check where the target does not delete."""
    many, one = ("deleteCustomers", "deleteCustomer") if driver.is_app else ("deleteMany", "delete")
    if driver.lends or not (driver.offers(many) or driver.offers(one)):
        raise NotApplicable("deletion is missing, or customers are lent")
    if driver.offers(many):
        query = urlencode([("customerId", customer) for customer in customers])
        driver.send(Request(many, "DELETE", driver.path(many), query, driver.headers()))
        return
    for customer in customers:
        driver.send(Request(one, "DELETE", driver.path(one, customerId=customer), headers=driver.headers()))


def kinds(driver: Driver, customers: list[str]) -> list[Wrong]:
    """Updates that succeed, fail in part and fail as a whole."""
    strangers = driver.strangers(3)
    return [
        Wrong("one record", [(customers[0], {"name": "first"})]),
        Wrong("four records", [(customer, {"name": "first"}) for customer in customers[:4]]),
        Wrong("one of two failed", [(customers[0], {"name": "x"}), (strangers[0], {"name": "nobody"})]),
        Wrong("a bad value", [(customers[1], {"name": "x"}), (customers[2], {"name": ["no text"]})]),
        Wrong("all failed", [(stranger, {"name": "nobody"}) for stranger in strangers[1:]]),
    ]


def followed(driver: Driver, cases: list[Wrong]) -> list[Wrong]:
    """The transids of updates that were taken, each followed to its end."""
    kept = []

    def keep(case: Wrong, exchange: Exchange, final: Answered | None) -> None:
        transid = driver.answered(exchange).transid
        if final is not None and transid is not None:
            kept.append(Wrong(case.how, transid))

    driver.in_flight(cases, lambda case: driver.update(driver.body(case.value)), keep)
    return kept


def still_known(driver: Driver, kept: list[Wrong], when: str) -> None:
    """Asks for outcomes again: each is what it was."""

    def ask(case: Wrong) -> None:
        answered = driver.answered(driver.ask_status(case.value))
        driver.bench.expect(
            "outcome-repeatable",
            stage_of(answered) is Stage.FINAL,
            observed=f"{when}: {answered.shown()}",
            allowed="the outcome that was shown before",
        )

    driver.bench.each(kept, ask)


@check(deepens=("outcome-repeatable",))
def check_outcomes_kept(driver: Driver) -> None:
    """Asks for outcomes of every kind again after a while, and after more requests than a small store holds."""
    customers = driver.customers(8)
    kept = followed(driver, kinds(driver, customers))
    still_known(driver, kept, "at once")
    driver.pause(WHILE_S)
    still_known(driver, kept, "after a while")
    driver.bench.begin_case(f"{NEWER} newer requests")
    exchanges = [
        driver.update(driver.body([(customers[4 + number % 4], {"name": f"newer {number}"})]))
        for number in range(NEWER)
    ]
    driver.follow(exchanges[-1])
    still_known(driver, kept, f"after {NEWER} newer requests")


@check(deepens=("outcome-repeatable",))
def check_outcomes_asked_often(driver: Driver) -> None:
    """Asks for outcomes again and again: the last answer is that of the first."""
    customers = driver.customers(2)
    stranger = driver.strangers(1)[0]
    shapes = [
        Wrong("two records", [(customer, {"name": "first"}) for customer in customers]),
        Wrong("one of two failed", [(customers[0], {"name": "x"}), (stranger, {"name": "nobody"})]),
    ]
    kept = followed(driver, shapes)
    for case, number in zip(kept, (OFTEN, LESS_OFTEN), strict=False):
        driver.bench.begin_case(f"{case.how}, asked {number} times")
        for _ in range(number):
            driver.ask_status(case.value)
    still_known(driver, kept, f"after {OFTEN} questions")


@check(deepens=("outcome-repeatable",))
def check_outcomes_of_deleted_customers(driver: Driver) -> None:
    """Deletes the customers of finished requests, and asks for their outcomes again."""
    customers = driver.customers(4)
    kept = followed(driver, kinds(driver, customers))
    if driver.is_app and driver.offers("delete"):
        driver.bench.begin_case("their app profiles are deleted")
        path = driver.path("delete", customerId=customers[0])
        driver.send(Request("delete", "DELETE", path, headers=driver.headers()))
        still_known(driver, kept, "after an app profile was deleted")
    removed(driver, customers)
    still_known(driver, kept, "after its customers were deleted")


@check(deepens=("no-internal-error",))
def check_deleted_customers(driver: Driver) -> None:
    """Updates customers that were deleted, alone and beside others; then makes them anew: nothing old comes back."""
    customers, other = driver.customers(4), driver.customers(1)[0]
    driver.read(customers)
    removed(driver, customers)
    if driver.is_app:
        driver.read_customers(customers)
    gone = [customer for customer in customers if customer not in driver.read(customers)]
    if len(gone) < len(customers):
        driver.pause(WHILE_S)  # deletions may be queued
        gone = [customer for customer in customers if customer not in driver.read(customers)]
    if not gone:
        raise NotApplicable("deleted customers are still shown after a second")
    cases = [
        Wrong("alone", [(gone[0], {"name": "revived"})]),
        Wrong(
            "beside another", [(other, {"name": "there"}), *((customer, {"name": "revived"}) for customer in gone[1:])]
        ),
    ]
    driver.in_flight(cases, lambda case: driver.update(driver.body(case.value)))
    driver.read([*gone, other])
    if driver.hurried or (driver.is_app and driver.readings.settled("app-unknown-customer") == "created"):
        return
    driver.bench.begin_case("made anew")
    names = list(driver.seed("x"))
    made = [(customer, {name: driver.seed("anew")[name] for name in names[:2]}) for customer in gone]
    driver.with_profiles(made)
    driver.read(gone)
    driver.change([(customer, {names[0]: driver.seed("last")[names[0]]}) for customer in gone])
    driver.read(gone)


@check(deepens=("unknown-transid-refused",))
def check_near_transids(driver: Driver) -> None:
    """Asks for transids that are nearly one that was issued: none of them shows the outcome of that one."""
    driver.take_time()
    customers = driver.customers(3)
    stranger = driver.strangers(1)[0]
    kept = followed(
        driver,
        [
            Wrong("three records", [(customer, {"name": "umtest"}) for customer in customers]),
            Wrong("one of two failed", [(customers[0], {"name": "x"}), (stranger, {"name": "nobody"})]),
        ],
    )
    for number, request in enumerate(kept):
        others = set(customers) if number == 0 else {customers[0], stranger}
        driver.bench.each(near_transids(request.value), lambda case, whose=others: _ask(driver, case, whose))  # type: ignore[misc]


def near_transids(transid: str) -> list[Wrong]:
    """Transids that are nearly this one; not those that a form of identifiers makes equal to it, such as a UUID's."""
    half = len(transid) // 2
    last = "1" if transid[-1] != "1" else "2"
    first = "1" if transid[0] != "1" else "2"
    found = [
        Wrong("a number behind it", f"{transid}_1"),
        Wrong("another number behind it", f"{transid}-0"),
        Wrong("a part behind it", f"{transid}:part"),
        Wrong("a dot behind it", f"{transid}."),
        Wrong("a letter behind it", f"{transid}x"),
        Wrong("a zero behind it", f"{transid}0"),
        Wrong("a zero before it", f"0{transid}"),
        Wrong("a comma and another one behind it", f"{transid},1"),
        Wrong("twice", transid + transid),
        Wrong("cut by one character", transid[:-1]),
        Wrong("without its first character", transid[1:]),
        Wrong("its first half", transid[:half]),
        Wrong("its first eight characters", transid[:8]),
        Wrong("another last character", transid[:-1] + last),
        Wrong("another first character", first + transid[1:]),
        Wrong("a percent sign for its end", f"{transid[:half]}%25"),
        Wrong("a star for its end", f"{transid[:half]}*"),
        Wrong("an underscore for a character", f"{transid[:half]}_{transid[half + 1 :]}"),
        Wrong("a dot for a character", f"{transid[:half]}.{transid[half + 1 :]}"),
    ]
    if not HEXADECIMAL.fullmatch(transid):
        found += [Wrong("in capitals", transid.upper()), Wrong("in the other case", transid.swapcase())]
    return [each for each in found if each.value and each.value != transid]


def _ask(driver: Driver, case: Wrong, others: set[str]) -> None:
    path = driver.path("status", transid="UMTEST").replace("UMTEST", case.value)
    answered = driver.answered(driver.send(Request("status", "GET", path, headers=driver.headers())))
    known = answered.code in ACCEPTED and {result.customer for result in answered.results or ()} == others
    driver.bench.expect(
        "unknown-transid-refused", not known, observed=answered.shown(), allowed="that there is no such request"
    )
