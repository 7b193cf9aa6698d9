"""Checks of customer ids that are nearly another one: whoever is not named is not changed."""

from __future__ import annotations

import unicodedata

from conformance.exercise.check import check
from conformance.imiconnect.answered import Answered
from conformance.imiconnect.driver import Driver
from conformance.imiconnect.records import PLAIN_ID
from conformance.session.exchange import Exchange, Request
from strategies.imiconnect.broken import Wrong
from strategies.near_ids import near

DIGITS = 17  # more than a floating-point number holds
RESERVED = frozenset("/\\%;?#")  # in addresses, where gateways refuse them in whatever form
LETTERS = ("\u00e9", "\u0142", "\u540d", "\U00020bb7")  # of two, three and four bytes in UTF-8


def numeric(driver: Driver, digits: int) -> str:
    """An id of digits that nobody has, not ending in a zero or a nine."""
    number = int.from_bytes(driver.bench.fresh(16).encode()) % 10 ** (digits - 2)
    return f"4{number:0{digits - 2}d}3"


@check(deepens=("only-named-change",))
def check_near_ids(driver: Driver) -> None:
    """Updates and deletes ids that are nearly a customer's and that nobody has: nobody else is changed."""
    letters, zeros, number = "Ab-" + driver.bench.fresh(), "0" + numeric(driver, DIGITS), numeric(driver, DIGITS)
    bases = [letters, zeros, number]
    driver.named(bases)
    driver.read(bases)
    cases, doubtful = [], []
    for base in bases:
        nobody = [each for each in near(base) if each.id not in bases]
        driver.keep_in_mind([each.id for each in nobody])
        plain = [each for each in nobody if PLAIN_ID.fullmatch(each.id)]
        if base == letters:
            driver.read([each.id for each in plain])
        cases.append(Wrong(f"ids like {base}", [each.id for each in plain]))
        alone = plain if base == letters else plain[:: len(plain) // 3]
        cases += [Wrong(f"an id like {base}, {each.how}", [each.id]) for each in alone]
        doubtful.append(Wrong(f"odd ids like {base}", [each.id for each in nobody if each not in plain]))
    refused: list[Wrong] = []

    def note(case: Wrong, _: Exchange, final: Answered | None) -> None:
        if final is None and case in doubtful:
            refused.extend(Wrong(f"{case.how}: {each!r}", [each]) for each in case.value)

    driver.in_flight([*cases, *doubtful], lambda case: nearly(driver, case), note)
    driver.in_flight(refused, lambda case: nearly(driver, case))
    driver.read(bases)
    if driver.is_app:
        driver.read_customers(bases)
    deleted_nearly(driver, bases)
    driver.read(bases)
    if not driver.hurried:
        # What is to be changed itself is changed all the same.
        driver.change([(base, {"name": f"only {base}"}) for base in bases])
        driver.read(bases)


def deleted_nearly(driver: Driver, bases: list[str]) -> None:
    """Deletes ids that are nearly some customers' and that nobody has."""
    operation = next((each for each in ("delete", "deleteCustomer") if driver.offers(each)), None)
    if operation is None:
        return
    for number, base in enumerate(bases):
        nearly = [each for each in near(base) if PLAIN_ID.fullmatch(each.id) and each.id not in bases]
        for case in nearly if number == 0 else nearly[::3]:
            driver.bench.begin_case(f"the deletion of {case!r}")
            path = driver.path(operation, customerId=case.id)
            driver.send(Request(operation, "DELETE", path, headers=driver.headers()))


def nearly(driver: Driver, case: Wrong) -> Exchange:
    """An update of ids that nobody has."""
    return driver.update(driver.body([(each, {"name": "nearly another one"}) for each in case.value]))


@check(deepens=("no-internal-error",))
def check_near_ids_of_others(driver: Driver) -> None:
    """Makes customers whose ids are nearly the same, as far as the target takes them: each has a profile of its own."""
    driver.take_time()
    root = driver.bench.fresh()
    long = numeric(driver, DIGITS)
    longer = numeric(driver, 20)
    groups = [
        [long, str(int(long) + 1), str(int(long) - 1), f"{long}0"],
        [longer, str(int(longer) + 1), longer[1:], longer[:-1]],
        [f"{root}e", *(f"{root}{letter}" for letter in LETTERS)],
        [unicodedata.normalize("NFD", f"{root}-\u00e9"), f"{root}-\u00e9", f"{root}-E\u0301"],
        [f"{root}ss", f"{root}\u00df", f"{root}SS"],
        [f"{root}x", f"{root}\uff58", f"{root}x ", f" {root}x", f"{root}\u00adx"],
        [f"{root}%2F1", f"{root}+1", f"{root} 1", f"{root}_1", f"{root}%1", f"{root}*"],
        [f"{root}{'k' * 90}{end}" for end in ("", "1", "2", "12")],
        [f"{root}{'m' * 240}{end}" for end in ("1", "2")],
        [f"{int(long[:12])}", f"{int(long[:12])}.0", f"{int(long[:12])}e0", f"+{int(long[:12])}"],
        [f"{root},1", f"{root};1", f"{root}&1", f"{root}=1", f"{root}@1", f"{root}:1"],
    ]
    everybody = [customer for group in groups for customer in group]
    plain = [customer for customer in everybody if PLAIN_ID.fullmatch(customer)]
    driver.named(plain)
    made = {*plain, *driver.created_if_taken([each for each in everybody if each not in plain])}
    found = [[customer for customer in group if customer in made] for group in groups]
    # Of those that are alike every second one is updated first, and the others stay as they were; then they follow.
    whose = [customer for group in found for customer in group]
    turns = [[customer for group in found for customer in group[place::2]] for place in (1, 0)]
    for number, turn in enumerate(turns):
        driver.bench.begin_case(f"updates of {len(turn)} customers, turn {number + 1}")
        driver.in_flight(
            [Wrong(f"turn {number + 1}, {place}", turn[place::2]) for place in (0, 1)],
            lambda case: driver.update(
                driver.body([(each, {"name": f"{case.how[:6]} {each}"}) for each in case.value])
            ),
        )
        driver.read(whose)
    if driver.offers("readMany"):
        # By their addresses too: gateways know some of these characters, and read the others as they are.
        for customer in whose:
            if not RESERVED & set(customer) and not PLAIN_ID.fullmatch(customer):
                driver.read_one(customer)
    driver.bench.begin_case("all of them in one request")
    driver.change([(each, {"name": f"together {each}"}) for each in whose])
    driver.read(whose[::5])


@check(deepens=("no-internal-error",))
def check_odd_ids(driver: Driver) -> None:
    """Sends ids that no sensible client has, in addresses and in records: none brings about an internal error."""
    odd = [
        ("%FF", "a byte that is no UTF-8"),
        ("%C3%28", "a cut character"),
        ("%ED%A0%80", "half a surrogate pair"),
        ("%00", "a NUL"),
        ("%0A", "a line feed"),
        ("%20", "a blank"),
        ("%25", "a percent sign"),
        ("%F0%9F%99%82", "an emoji"),
        ("%22", "a quotation mark"),
        ("9" * 40, "forty digits"),
        ("x" * 300, "300 letters"),
        ("x" * 1500, "1500 letters"),
    ]
    templates = {"status": "transid", "read": "customerId"}
    for operation, name in templates.items():
        if driver.offers(operation):
            path = driver.path(operation, **{name: "UMTEST"})
            driver.bench.each(
                [Wrong(f"{operation}: {how}", path.replace("UMTEST", raw)) for raw, how in odd],
                lambda case, to=operation: driver.send(  # type: ignore[misc]
                    Request(to, "GET", case.value, headers=driver.headers())
                ),
            )
    if driver.offers("readMany"):
        driver.bench.each(
            [Wrong(f"readMany: {how}", raw) for raw, how in odd],
            lambda case: driver.send(
                Request("readMany", "GET", driver.path("readMany"), f"customerId={case.value}", driver.headers())
            ),
        )
    body = driver.body([(driver.customers(1)[0], {"name": "x"})])
    if driver.is_app:
        path = driver.path("update", appid="UMTEST")
        driver.bench.each(
            [Wrong(f"app id: {how}", path.replace("UMTEST", raw)) for raw, how in odd],
            lambda case: driver.update(body, path=case.value),
        )
    ids = [
        "\x00",
        "a\x00b",
        "\n",
        " ",
        "\ud800",
        "\ud83d\ude42",
        "\u202e1",
        "-1",
        "9" * 40,
        "1e400",
        "x" * 300,
        "x" * 9000,
    ]
    cases = [Wrong(f"the customer id {each[:20]!r} of {len(each)} characters", each) for each in ids]
    (driver.bench.each if driver.hurried else driver.in_flight)(
        cases, lambda case: driver.update(driver.body([(case.value, {"name": "x"})], escaped=True))
    )
