"""Ids that are nearly another one, and ids that an address has to encode: each names its own customer or nobody."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from conformance.exercise import check
from conformance.genesys.asked import LONGEST_ID
from conformance.genesys.checks.common import attempt, complete, everything, holder, holders, texts, words
from conformance.genesys.driver import Driver
from conformance.genesys.wire import accepted, json_of, status
from conformance.judge import NotApplicable
from conformance.judge.refusal import is_page
from conformance.session.exchange import Exchange
from strategies.genesys import ID
from strategies.near_ids import Near, near

# Characters that an address encodes, or that careless decoding takes for others.
ENCODED = (
    "a+b",
    "a b",
    "a%20b",
    "a%2Bb",
    "a%252Bb",
    "100%",
    "%41",
    "A",
    "a&b=c",
    "a;b=c",
    "a,b",
    "a:b@c",
    "(a)!'*~$",
    "a#b",
    "a?b",
    "a=b",
    "é",
    "e\u0301",
    "Ünï-łø",
    "日本語",
    "🙂",
    '"a"',
    "a|b",
    "[a]",
    "{a}",
    "a^b`",
)
# What every server can take in an address.
SAFE = re.compile(r"[A-Za-z0-9 +,:@~!$&'()*=._-]+").fullmatch
LATER_S = 0.3
# Letters of two and of three bytes in UTF-8, of one unit in UTF-16, and without another form.
BEYOND_ASCII = ("ж", "日")
# Characters that servers are known to refuse in a path, encoded or not.
RISKY = ("a/b", "a\\b", "a%2Fb", "..a", "a..", "a.json", "-", "_", "null", "0", "undefined", "extensions")


def _chooses(driver: Driver) -> bool:
    return not driver.lent and driver.readings.settled("created-id") in ("given", "given-or-generated")


def _named(driver: Driver, name: str) -> str | None:
    """A customer with that id, if the target makes one and finds it again."""
    _, made = driver.create(words(driver, *texts(driver)), name)
    if made != name:
        return None
    exchange = driver.query(name)
    if _lost(exchange) and SAFE(name):  # a creation may take its time
        driver.bench.pause(LATER_S)
        exchange = driver.query(name)
    if SAFE(name):
        told = f"a customer was created with the id {name!r}, and its address answers {status(exchange)}"
        driver.bench.expect("id-up-to-16", not _lost(exchange), observed=told, allowed="the profile of that customer")
    return name if status(exchange) == 200 and _shown_id(exchange) == name else None


def _lost(exchange: Exchange) -> bool:
    """Whether the service itself, and not what stands in front of it, says that there is no such customer."""
    return status(exchange) == 404 and exchange.answer is not None and not is_page(exchange.answer)


def _shown_id(exchange: Exchange) -> Any:
    shown = json_of(exchange.answer)
    return shown.get(ID) if isinstance(shown, dict) else None


def _neighbors(name: str) -> Iterator[Near]:
    """What is nearly an id, and what careless routing takes for one."""
    yield from near(name)
    yield Near("with a NUL behind it", f"{name}\0")
    yield Near("with a slash behind it", f"{name}/")
    yield Near("with a semicolon and more behind it", f"{name};x=1")
    yield Near("with a suffix of a file behind it", f"{name}.json")
    yield Near("with a comma and more behind it", f"{name},x")
    yield Near("with quotes around it", f'"{name}"')


@check("unknown-customer-answered", "other-customers-untouched")
def check_near_ids(driver: Driver) -> None:
    """Updates ids that are nearly that of a customer and that nobody has; queries the customer after each success."""

    def body(case: Near) -> None:
        found = driver.query(case.id)
        if status(found) == 200 and (_shown_id(found) != customer or case.id.casefold() == customer.casefold()):
            return  # it is somebody else's; or letter case is disregarded, as it may be
        exchange = driver.update(case.id, everything(driver))
        if accepted(exchange):
            driver.claim(case.id)
            driver.query(customer)
            driver.query(case.id)

    customer = (_chooses(driver) and _named(driver, _mixed(driver.bench.fresh(12)))) or holder(driver)
    attempt(driver, customer, everything(driver))
    nobody = driver.unknown()
    if accepted(driver.update(nobody, everything(driver))):
        driver.claim(nobody)
    driver.bench.each(_neighbors(customer), body)
    driver.query(customer)
    if _chooses(driver) and (digits := _named(driver, _digits(driver))) is not None:
        customer = digits
        attempt(driver, customer, everything(driver))
        wanted = _numbers(digits)
        driver.bench.each((case for case in near(digits) if case.id in wanted), body)
        driver.query(customer)


def _numbers(digits: str) -> list[str]:
    """What is nearly an id of digits and holds nothing but digits, a sign, a point and blanks."""
    return [each.id for each in near(digits) if not set(each.id) - set("0123456789+. ")]


def _mixed(name: str) -> str:
    """The same letters, every second one a capital."""
    return "".join(letter.upper() if place % 2 else letter for place, letter in enumerate(name))


def _digits(driver: Driver) -> str:
    """Twelve digits that begin with zeros."""
    return "00" + "".join(str(ord(letter) % 10) for letter in driver.bench.fresh(9)) + "1"


@check("body-id-names-customer", "other-customers-untouched", "body-id-text")
def check_near_ids_in_bodies(driver: Driver) -> None:
    """Sends updates whose customer_id is nearly that of the address, or of another customer; queries both."""

    def body(case: Near) -> None:
        members = complete(driver, words(driver, *texts(driver)))
        exchange = driver.put(customer, driver.update_request(customer, {ID: case.id, **members}, own_id=False))
        if accepted(exchange):
            driver.query(other)
            driver.query(customer)

    customer, other = holders(driver)
    for name in (customer, other):
        driver.query(name)
    for given in (other, [customer]):
        members = {ID: given, **words(driver, texts(driver)[0])}
        driver.put(customer, driver.update_request(customer, members, own_id=False))
    driver.bench.each(near(customer), body)
    driver.bench.each(near(other), body)
    for name in (other, customer):
        driver.query(name)


@check("other-customers-untouched", "query-names-customer")
def check_near_customers(driver: Driver) -> None:
    """Makes customers whose ids are nearly the same; updates each, queries all, deletes some and queries the rest."""
    if not _chooses(driver):
        raise NotApplicable("the run cannot choose ids")
    base, digits = _mixed(driver.bench.fresh(10)), _digits(driver)
    wanted = [base, *(each.id for each in near(base)), digits, *_numbers(digits)]
    wanted += [digits.lstrip("0"), f"0{digits}", f"{digits}0"]
    _lives(driver, [name for name in dict.fromkeys(wanted) if len(name) <= LONGEST_ID and name.isprintable()])


@check("id-up-to-16", "other-customers-untouched", "query-names-customer")
def check_encoded_ids(driver: Driver) -> None:
    """Makes customers whose ids an address has to encode, updates each and queries all of them."""
    if not _chooses(driver):
        attempt(driver, holder(driver), everything(driver))
        raise NotApplicable("the run cannot choose ids")
    attempt(driver, holder(driver), everything(driver))
    mark = driver.bench.fresh(7)
    _lives(driver, [f"{mark}{text}" for text in (*ENCODED, *RISKY)])
    driver.bench.boundary("ids that an address has to encode")


@check("body-id-optional", "body-id-names-customer")
def check_encoded_ids_in_bodies(driver: Driver) -> None:
    """Updates customers whose ids an address has to encode with their own id in the body, and with another one's."""

    def body(text: str) -> None:
        name = _named(driver, f"{mark}{text}")
        if name is not None:
            members = complete(driver, words(driver, *texts(driver)))
            driver.put(name, driver.update_request(name, {**members, ID: name}, own_id=False))
            driver.query(name)
            driver.put(name, driver.update_request(name, {ID: other, **members}, own_id=False))
            driver.query(name)

    mark = driver.bench.fresh(6)
    customer, other = holders(driver)
    attempt(driver, customer, driver.update_request(customer, everything(driver), own_id=True))
    driver.put(customer, driver.update_request(customer, {ID: other, **everything(driver)}, own_id=False))
    if _chooses(driver):
        driver.bench.each(["", *ENCODED[::3]], body)
    driver.query(other)
    driver.query(customer)


@check("id-up-to-16")
def check_lengths_in_characters(driver: Driver) -> None:
    """Updates unknown ids beyond ASCII of 5 and of 16 characters: what is said of both is that nobody has them."""

    def body(letter: str) -> None:
        short, long = (f"{driver.bench.fresh(4)}{letter * count}" for count in (1, LONGEST_ID - 4))
        told = []
        for name in (short, long):
            driver.query(name)
            exchange = driver.update(name, everything(driver))
            if accepted(exchange):
                driver.claim(name)
                driver.query(name)
            told.append(status(exchange))
        as_unknown = told[0] in (404, 410) or (told[0] is not None and told[0] < 300)
        if as_unknown and told[1] is not None:
            driver.bench.expect(
                "id-up-to-16",
                told[0] == told[1],
                observed=f"status {told[1]} for an id of {len(long)} characters, {len(long.encode())} bytes in UTF-8",
                allowed=f"{told[0]}, as for one of {len(short)} characters of the same kind",
            )

    attempt(driver, holder(driver), everything(driver))
    nobody = driver.unknown()
    if accepted(driver.update(nobody, everything(driver))):
        driver.claim(nobody)
    driver.bench.each(BEYOND_ASCII, body)


def _lives(driver: Driver, wanted: list[str]) -> None:
    """Customers with these ids, as far as the target makes them: each is updated, and deleted without the others."""
    found = list(holders(driver))
    for name in found:
        driver.query(name)

    def make(name: str) -> None:
        if (made := _named(driver, name)) is not None:
            found.append(made)

    def update(name: str) -> None:
        driver.update(name, everything(driver))

    driver.bench.each(wanted, make)
    driver.bench.each(found, update)
    for name in found:
        driver.query(name)
    if driver.has("delete"):
        gone = found[::3]
        for name in gone:
            driver.remove(name)
        for name in found:
            if name not in gone:
                driver.query(name)
