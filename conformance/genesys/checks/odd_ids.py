"""Ids that are nearly another one or that an address has to encode, and customers who have them."""

from __future__ import annotations

import re
from typing import Any

from conformance.genesys.asked import LONGEST_ID
from conformance.genesys.checks.common import texts, words
from conformance.genesys.driver import Driver
from conformance.genesys.wire import json_of, status
from conformance.judge.refusal import is_page
from conformance.session.exchange import Exchange
from strategies.genesys import ID
from strategies.near_ids import near

# Characters that an address encodes, or that careless decoding takes for others; some of them for each other.
ENCODED = (
    "a+b",
    "a b",
    "a%20b",
    "a%2Bb",
    "a%252Bb",
    "%41",
    "A",
    "é",
    "e\u0301",
)
# More of them, several in one id; each stands alone where the target makes no customer with all of them.
GROUPS = (
    ("a&b", "=c", ",d:@"),
    ("(a)", "!'*~$"),
    ("a;b=c",),
    ("100%",),
    ("#b", "?c"),
    ("Ünï", "łø", "日本"),
    ("🙂",),
    ('"a"', "|b", "^`"),
    ("[a]", "{b}"),
)
# What every server can take in an address.
SAFE = re.compile(r"[A-Za-z0-9 +,:@~!$&'()*=._-]+").fullmatch
LATER_S = 0.3
# Characters that servers are known to refuse in a path, encoded or not, and words that they may take for others.
RISKY = ("a/b", "a\\b", "a%2Fb", "..a..", "a.json", "-_0", "extensions")


def chooses(driver: Driver) -> bool:
    """Whether the run may choose the ids of customers."""
    return not driver.lent and driver.readings.settled("created-id") in ("given", "given-or-generated")


def named(driver: Driver, name: str) -> str | None:
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
    return name if status(exchange) == 200 and shown_id(exchange) == name else None


def _lost(exchange: Exchange) -> bool:
    """Whether the service itself, and not what stands in front of it, says that there is no such customer."""
    return status(exchange) == 404 and exchange.answer is not None and not is_page(exchange.answer)


def shown_id(exchange: Exchange) -> Any:
    """The id in a shown profile."""
    shown = json_of(exchange.answer)
    return shown.get(ID) if isinstance(shown, dict) else None


def mixed(name: str) -> str:
    """The same letters, every second one a capital."""
    return "".join(letter.upper() if place % 2 else letter for place, letter in enumerate(name))


def digits(driver: Driver) -> str:
    """Twelve digits that begin with zeros."""
    return "00" + "".join(str(ord(letter) % 10) for letter in driver.bench.fresh(9)) + "1"


def numbers(name: str) -> list[str]:
    """What is nearly an id of digits and holds nothing but digits, a sign, a point and blanks."""
    return [each.id for each in near(name) if not set(each.id) - set("0123456789+. ")]


def neighborhoods(driver: Driver) -> list[list[str]]:
    """Two ids, each followed by those that are nearly it and that an id of a customer may be."""
    base, number = mixed(driver.bench.fresh(10)), digits(driver)
    found = [
        [base, *(each.id for each in near(base))],
        [number, *numbers(number), number.lstrip("0"), f"0{number}", f"{number}0"],
    ]
    return [[n for n in dict.fromkeys(names) if len(n) <= LONGEST_ID and n.isprintable()] for names in found]


def encoded(driver: Driver) -> list[list[str]]:
    """Ids that an address has to encode: the first of each list, or the others where no customer can have it."""
    mark = driver.bench.fresh(6)
    found = [[f"{mark}{text}"] for text in (*ENCODED, *RISKY)]
    for parts in GROUPS:
        single = [f"{mark}{part}" for part in parts]
        found.append([f"{mark}{''.join(parts)}", *(single if len(parts) > 1 else [])])
    return found
