"""Checks of the life of a transid: it ends, stays as it ended, tells the truth, and updates come in their order."""

from __future__ import annotations

from conformance.exercise.check import check
from conformance.imiconnect.answered import Answered
from conformance.imiconnect.codes import ACCEPTED, SUCCESS
from conformance.imiconnect.driver import Driver
from conformance.imiconnect.following import Stage, stage_of
from conformance.judge.verdicts import NotApplicable
from conformance.session.exchange import Exchange
from strategies.imiconnect.batches import Change
from strategies.imiconnect.broken import Wrong

LATER = 12
FAR = 59  # records before one that fails
# Sizes of batches and the place of the one record that fails.
FAILING = ((2, 0), (2, 1), (3, 1), (4, 3), (7, 0), (12, 11), (17, 8), (33, 0), (64, 63), (65, 32), (100, 0), (100, 99))
LATE_S = 0.15  # a second delivery of a queued request comes within this time, or is not looked for


@check("outcome-reached", "outcome-names-request", "outcome-per-record", "outcome-code")
def check_outcomes(driver: Driver) -> None:
    """Follows updates of several sizes and kinds, several in flight at once, to their ends within the deadline."""
    sizes = (1, 3, 60, 100)
    customers = driver.customers(max(sizes))
    stranger, nobody = driver.strangers(2)
    batches: list[list[Change]] = [
        [(customer, {"name": f"one of {size}"}) for customer in customers[:size]] for size in sizes
    ]
    batches += [
        [(stranger, {"name": "nobody"}), (nobody, {"name": "nobody"})],
        [(stranger, {"name": "nobody"})],
        [(customers[0], {"name": ["no text"]})],
        [(customers[0], {"name": "good"}), (stranger, {"name": "nobody"})],
    ]
    cases = [Wrong(f"{len(batch)} records", batch) for batch in batches]
    for number, (size, place) in enumerate(FAILING):
        batch: list[Change] = [(customer, {"name": f"beside #{number}"}) for customer in customers[:size]]
        batch[place] = (stranger, {"name": "nobody"}) if number % 2 else (customers[place], {"name": ["no text"]})
        cases.append(Wrong(f"{size} records, that at place {place} fails", batch[: driver.fitting(size)]))
    driver.in_flight(cases, lambda case: driver.update(driver.body(case.value)))
    if driver.hurried:
        return
    driver.bench.begin_case("three requests in flight at once")
    transids = [
        driver.transid(driver.update(driver.body([(customer, {"name": "in flight"})]))) for customer in customers[:3]
    ]
    for transid in reversed(transids):
        driver.final(transid)


@check("outcome-counts")
def check_counts(driver: Driver) -> None:
    """Follows batches some or all of whose records fail; counts, where the outcomes have them, hide no failure."""
    customers = driver.customers(FAR)
    strangers = driver.strangers(5)
    bad: Change = (customers[0], {"name": ["no text"]})
    batches: list[list[Change]] = [
        [(customers[1], {"name": "good"}), bad],
        [(customers[1], {"name": "good"}), (strangers[0], {"name": "nobody"})],
        [bad, (customers[1], {"name": ["no text"]})],
        [(stranger, {"name": "nobody"}) for stranger in strangers[1:4]],
        [*((customer, {"name": "good"}) for customer in customers[1:]), bad],
        [*((customer, {"name": "good"}) for customer in customers), (strangers[4], {"name": "nobody"})],
    ]
    cases = [Wrong(f"{len(batch)} records", batch) for batch in batches]
    driver.in_flight(cases, lambda case: driver.update(driver.body(case.value)))
    if "outcome-counts" not in driver.bench.log.counts:
        raise NotApplicable("no outcome of a batch with a failed record has counts")


@check("outcome-repeatable")
def check_repeated_questions(driver: Driver) -> None:
    """Asks for finished outcomes again: at once, and after a dozen later requests."""
    customers = driver.customers(4)
    stranger = driver.strangers(1)[0]
    good = driver.transid(driver.update(driver.body([(customer, {"name": "first"}) for customer in customers])))
    driver.final(good)
    kept = [good]
    mixed = driver.answered(driver.update(driver.body([(customers[0], {"name": "x"}), (stranger, {"name": "y"})])))
    if mixed.code in ACCEPTED and mixed.transid:
        driver.final(mixed.transid)
        kept.append(mixed.transid)
    for _ in range(2):
        driver.bench.begin_case("asked again at once")
        for transid in kept:
            driver.ask_status(transid)
    for number in range(LATER):
        exchange = driver.update(driver.body([(customers[number % 4], {"name": f"later {number}"})]))
    driver.final(driver.transid(exchange))
    driver.bench.begin_case(f"asked again after {LATER} later requests")
    for transid in kept:
        driver.ask_status(transid)


@check("unknown-transid-refused")
def check_invented_transids(driver: Driver) -> None:
    """Asks for transids that cannot have been issued, and for near misses: none shows the outcome of another one."""
    customers = set(driver.customers(3))
    transid = driver.transid(driver.update(driver.body([(customer, {"name": "umtest"}) for customer in customers])))
    driver.final(transid)
    last = "1" if transid[-1] != "1" else "2"
    # Where transids are counted, a near miss is that of another request: only the outcome of this one tells.
    near_misses = [
        Wrong("another last character", transid[:-1] + last),
        Wrong("cut by one character", transid[:-1]),
        Wrong("its first half", transid[: len(transid) // 2]),
        Wrong("one character longer", transid + last),
        Wrong("zero", "0"),
    ]
    cases = [
        Wrong("invented", driver.bench.fresh(24)),
        Wrong("invented, and another one", driver.bench.fresh(24)),
        Wrong("in the form of the examples", "5657er77-53c8-42ac-8a58-" + driver.bench.fresh()),
        *(() if driver.lends else (near_miss for near_miss in near_misses if near_miss.value)),
    ]

    def ask(case: Wrong) -> None:
        answered = driver.answered(driver.ask_status(case.value))
        known = answered.code in ACCEPTED or stage_of(answered) is Stage.FINAL
        option = driver.readings.settled("unknown-transid") if case.how.startswith("invented") else None
        other = option is not None and option != _form(answered)
        if case in near_misses:
            known = {result.customer for result in answered.results or ()} == customers
        driver.bench.expect(
            "unknown-transid-refused",
            not known and not other,
            observed=answered.shown(),
            allowed="that there is no such request" + (f" ({option})" if option else ""),
        )

    driver.bench.each(cases, ask)


def _form(answered: Answered) -> str:
    return str(answered.status) if answered.code is None else answered.code


@check("unknown-customer-refused")
def check_unknown_customers(driver: Driver) -> None:
    """Sends records for customers that do not exist, alone and among known ones, and reads them: none may appear."""
    strangers = driver.strangers(6)
    known = driver.customers(3)
    cases = [
        Wrong("alone", [strangers[0]]),
        Wrong("two of them", strangers[1:3]),
        Wrong("first of three", [strangers[3], *known[:2]]),
        Wrong("last of three", [*known[:2], strangers[4]]),
        Wrong("in the middle of four", [known[0], known[1], strangers[5], known[2]]),
    ]

    def send(case: Wrong) -> Exchange:
        return driver.update(driver.body([(customer, {"name": case.how}) for customer in case.value]))

    driver.in_flight(cases, send)
    driver.bench.each(cases, lambda case: driver.read(case.value))


@check("update-order", "outcome-true")
def check_order(driver: Driver) -> None:
    """Sends updates of one customer after each other's success, and together; reads tell which of them stayed."""
    names = list(driver.seed("x"))[1:3]
    one, other, third = driver.customers(3)
    driver.read([one, other, third])

    def together(*changes: tuple[str, dict[str, str]]) -> None:
        flying = [driver.transid(driver.update(driver.body([each]))) for each in changes]
        for transid in flying:
            driver.final(transid)

    driver.bench.begin_case("in flight: two for different attributes, three for one attribute, the first of a sequence")
    together(
        (one, {"name": "sequence 0"}),
        (other, {names[0]: driver.seed("first")[names[0]]}),
        (other, {"name": "second"}),
        *((third, {"name": f"flight {number}"}) for number in range(3)),
    )
    driver.read([other])
    driver.bench.begin_case("one after the success of the other")
    together((one, {"name": "sequence 1"}), (third, {"name": "the last one"}))
    if not driver.hurried:
        together((one, {"name": "sequence 2"}))
    driver.read([one, third])
    driver.bench.begin_case("a little later")
    driver.pause(LATE_S)
    driver.read([one, other, third])
    driver.bench.begin_case("success, and read at once")
    final = driver.change([(one, {"name": "read at once"})])
    if final is not None and final.code == SUCCESS:
        driver.read([one])
