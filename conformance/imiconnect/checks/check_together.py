"""Checks of several clients at once: each gets its own answer, and every update is applied."""

from __future__ import annotations

from conformance.exercise.check import check
from conformance.imiconnect.codes import ACCEPTED
from conformance.imiconnect.driver import Driver
from conformance.judge.verdicts import NotApplicable
from conformance.session.exchange import Exchange, Request
from strategies.imiconnect.broken import Wrong

CLIENTS = 6
TURNS = 4
LONG = 8  # records of every second client


def spare_lent(driver: Driver) -> None:
    """Ends the check where customers are lent: what goes out at once is not looked at one by one before."""
    if driver.lends:
        raise NotApplicable("customers are lent, and what clients send at once could not be taken back one by one")


@check(deepens=("transid-unique",))
def check_updates_of_many_clients(driver: Driver) -> None:
    """Sends updates of several clients at once, each for customers of its own: every one has its own outcome."""
    spare_lent(driver)
    size = driver.fitting(LONG)
    whose = [driver.customers(size if client % 2 else 1) for client in range(CLIENTS)]
    everybody = [customer for customers in whose for customer in customers]
    driver.read(everybody)
    names = list(driver.seed("x"))
    other = next(each for each in names[1:] if each != "name")
    sent: dict[tuple[int, int], Exchange] = {}
    scripts = []
    for client, customers in enumerate(whose):
        script = []
        for turn in range(TURNS):
            changes = [
                (each, {"name": f"client {client} turn {turn}"})
                if turn % 2 == 0
                else (each, {other: driver.seed(f"c{client}t{turn}{each[:6]}")[other]})
                for each in customers
            ]
            script.append(driver.request("update", driver.body(changes)))
        scripts.append(script)
    counted = [0] * CLIENTS
    for each in driver.bench.together(scripts):
        sent[each.client, counted[each.client]] = each.exchange
        counted[each.client] += 1
    driver.in_flight(
        [Wrong(f"client {client}, request {turn}", exchange) for (client, turn), exchange in sorted(sent.items())],
        lambda case: case.value,
    )
    driver.read(everybody)


@check(deepens=("outcome-names-request",))
def check_questions_of_many_clients(driver: Driver) -> None:
    """Asks for the outcomes of several requests at once, again and again: each answer is that of its question."""
    whose = [driver.customers(1 + client % 3) for client in range(CLIENTS)]
    transids = []
    for customers in whose:
        answered = driver.answered(driver.update(driver.body([(each, {"name": f"of {each}"}) for each in customers])))
        if answered.code in ACCEPTED and answered.transid is not None:
            transids.append(answered.transid)
    for transid in transids:
        driver.final(transid)
    questions = [
        [Request("status", "GET", driver.path("status", transid=transid), headers=driver.headers())] * TURNS
        for transid in transids
    ]
    if questions:
        driver.bench.together(questions)


@check(deepens=("transid-unique",))
def check_updates_of_one_customer(driver: Driver) -> None:
    """Sends updates of different attributes of one customer from several clients at once: none of them is lost."""
    spare_lent(driver)
    driver.take_time()
    names = [each for each in driver.seed("x") if each != "channel"]
    customers = driver.customers(3)
    driver.read(customers)
    for turn in range(2):
        driver.bench.begin_case(f"turn {turn + 1}: one client for each of {names}")
        scripts = [
            [
                driver.request("update", driver.body([(each, {name: driver.seed(f"t{turn}{each[:6]}")[name]})]))
                for each in customers
            ]
            for name in names
        ]
        sent = [each.exchange for each in driver.bench.together(scripts)]
        driver.in_flight([Wrong("an update", exchange) for exchange in sent], lambda case: case.value)
        driver.read(customers)
    driver.bench.begin_case("one after the other")
    for turn in range(2):
        driver.change([(each, {"name": f"after {turn}"}) for each in customers])
    driver.read(customers)
