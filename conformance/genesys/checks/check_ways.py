"""Whatever an update holds and however it is written: a right one is carried out, and a wrong one is refused."""

from __future__ import annotations

from dataclasses import replace

from conformance.exercise import check
from conformance.genesys.asked import LONGEST_ID
from conformance.genesys.checks.common import Refused, attempt, everything, holder, holders, wrong_members
from conformance.genesys.checks.ways import Way, turns, ways
from conformance.genesys.driver import Driver
from conformance.genesys.wire import accepted, basic
from conformance.judge import NotTested
from strategies.genesys import ID
from strategies.genesys.profiles import Members
from strategies.genesys.wrong import Wrong

OTHER_TYPES = ("text/plain", "application/xml", "application/x-www-form-urlencoded")


@check(deepens=("update-by-address", "sent-attributes-stored", "body-id-optional"))
def check_right_updates(driver: Driver) -> None:
    """Sends everything, attributes alone, extensions alone and nothing, each plain and dressed, and queries."""

    def body(way: Way) -> None:
        attempt(driver, customer, way.request(driver, customer))

    customer, other = holders(driver)
    for name in (customer, other):
        driver.query(name)
    driver.bench.each(ways(driver), body)
    driver.query(other)


@check(deepens=("unknown-customer-answered", "over-long-id-refused"))
def check_nobody(driver: Driver) -> None:
    """Sends each content, plain and dressed, to ids that no customer has and to ids that are too long."""

    def unknown(way: Way) -> None:
        send(way, driver.unknown())

    def long(way: Way) -> None:
        name = driver.bench.fresh(LONGEST_ID + 1)
        driver.query(name)
        send(way, name)

    def send(way: Way, name: str) -> None:
        if accepted(driver.put(name, way.request(driver, name))):
            driver.claim(name)
        driver.query(name)

    driver.bench.each(ways(driver), unknown)
    driver.bench.each(turns(driver), long)


@check(deepens=("credentials-checked", "refused-changes-nothing"))
def check_without_credentials(driver: Driver) -> None:
    """Sends each content, plain and dressed, with a wrong password and with no credentials, and queries."""

    def body(case: tuple[int, Way]) -> None:
        number, way = case
        request = driver.prepared(customer, way.request(driver, customer)).without_header("Authorization")
        driver.send(request if number % 3 == 0 else request.with_header("Authorization", bad))
        driver.query(customer)

    user = driver.target.credential("username")
    if user is None:
        raise NotTested("the target file names no user", "give `username` and `password` in [target.credentials]")
    bad = basic(user, f"{driver.target.credential('password')}x")
    customer = holder(driver)
    driver.query(customer)
    attempt(driver, customer, b"{")
    driver.bench.each(enumerate(ways(driver)), body)


@check(deepens=("json-content-type", "refused-changes-nothing"))
def check_other_types(driver: Driver) -> None:
    """Sends each content, plain and dressed, as a type that is not JSON, and queries."""

    def body(case: tuple[int, Way]) -> None:
        number, way = case
        media = OTHER_TYPES[number % len(OTHER_TYPES)]
        refused.send(way.request(driver, refused.customer).with_header("Content-Type", media))

    attempt(driver, holder(driver), everything(driver))
    attempt(driver, holder(driver), b"{")
    refused = Refused(driver, holder(driver))
    driver.bench.each(enumerate(ways(driver)), body)
    refused.look()


@check(deepens=("refused-changes-nothing", "body-id-names-customer", "impossible-dates-refused"))
def check_wrong_members(driver: Driver) -> None:
    """Sends each content, plain and dressed by turns, with a member that is wrong or names another; queries both."""

    def body(case: tuple[str, Wrong, int, Way]) -> None:
        name, bad, turn, way = case
        members: Members = {name: bad.value}
        refused.send(replace(way, dress=dresses[turn % 2]).request(driver, refused.customer, members))

    customer, other = holders(driver)
    refused = Refused(driver, customer)
    driver.query(other)
    dresses = [way.dress for way in list(ways(driver))[:2]]
    wrongs = [(ID, Wrong("another id", other)), *wrong_members(driver)]
    cases = [
        (name, bad, turn + place, way)
        for turn, (name, bad) in enumerate(wrongs)
        for place, way in enumerate(turns(driver))
    ]
    driver.bench.each(cases, body)
    driver.query(other)
    refused.look()
