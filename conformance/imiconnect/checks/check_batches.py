"""Checks of batches: both sides of both documented limits, and every record of a batch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from conformance.exercise.check import check
from conformance.exercise.effort import Effort
from conformance.imiconnect.answered import Answered
from conformance.imiconnect.codes import TOO_MANY
from conformance.imiconnect.driver import Driver
from conformance.imiconnect.limit import Kept, Limit
from conformance.imiconnect.probes.sizes import limit_of as search_limit
from conformance.judge.verdicts import Failed, NotApplicable
from conformance.session.exchange import Exchange
from strategies.imiconnect.batches import Batch, Change, mixed_batches, sizes
from strategies.imiconnect.broken import Wrong

SMALL, LARGE = 100, 1000
SHOWN = 60
ENDS = 8  # records at either end of a batch that are read back whatever a read costs
FAT = "x" * 900


def limit_of(driver: Driver) -> int | None:
    """The limit that the target follows as far as a probe could tell; None where there is none, or one of its own."""
    if driver.is_app and driver.readings.settled("app-batch-limit") != "same-as-customer":
        return None
    limit = driver.readings.settled("batch-limit")
    return int(limit) if limit else None


def distinct(customers: Sequence[str], size: int, text: str) -> list[Change]:
    """A change for each of `size` customers, repeating them where there are fewer."""
    return [(customers[i % len(customers)], {"name": f"{text} #{i}"}) for i in range(size)]


def sample(driver: Driver, customers: Sequence[str], always: Sequence[int] = ()) -> Sequence[str]:
    """The customers to read back: all, or where each costs a request of its own the ends and some between.

    Args:
        driver: of the target.
        customers: of the records of a batch, in their order.
        always: places that are among them in any case.
    """
    if not driver.is_app or driver.bench.effort is Effort.THOROUGH or len(customers) <= 2 * ENDS:
        return customers
    between = [*range(ENDS, len(customers) - ENDS, 7), *(place + step for place in always for step in (-1, 0, 1))]
    places = {*range(ENDS), *range(len(customers) - ENDS, len(customers)), *between}
    return [customer for place, customer in enumerate(customers) if place in places]


def send(driver: Driver, changes: Sequence[Change]) -> Answered | None:
    """Sends a batch and follows it to its end where it is accepted."""
    driver.bench.begin_case(f"{len(changes)} records")
    driver.bench.boundary(f"records={len(changes)}")
    return driver.change(changes)


def found_limit(driver: Driver) -> Limit:
    """The limit that a probe has learned; searched for where it is none of the documented ones."""
    if known := limit_of(driver):
        documented = tuple(sorted(int(option) for option in driver.contract.readings["batch-limit"].option_ids))
        return Limit(documented, known, known + 1, Kept(0, f"code {TOO_MANY}"))
    return search_limit(driver, "update")


@check("batch-within-limit", "batch-over-limit-refused")
def check_the_limit(driver: Driver) -> None:
    """Sends the largest batch that is taken and the smallest that is not; searches where no probe could tell them."""
    found = found_limit(driver)
    own = driver.is_app and driver.readings.settled("app-batch-limit") in ("other", "none")
    if own and found.refused is None:
        raise NotApplicable(f"app profile updates have no limit: {found}")
    customers = driver.customers(SMALL + 1)
    # A refusal below the larger documented limit breaks batch-within-limit; an acceptance above the smaller one breaks
    # batch-over-limit-refused.
    cases = [
        (
            "batch-within-limit",
            found.refused or found.accepted,
            all(each <= found.accepted for each in found.documented),
        ),
        ("batch-over-limit-refused", found.accepted, all(each >= found.accepted for each in found.documented)),
    ]

    def judge(case: tuple[str, int, bool]) -> None:
        requirement, size, holds = case
        holds = holds or own or found.fits is not None
        try:
            send(driver, distinct(customers, size, f"batch of {size}"))
        except Failed:
            if holds:
                raise
        allowed = f"a limit of {' or '.join(map(str, found.documented))}"
        driver.bench.expect(requirement, holds, observed=str(found), allowed=allowed)

    cut = driver.readings.settled("over-limit") == "truncate"
    driver.bench.each(cases[:1] if cut else cases, judge)
    if cut:
        # What was sent shows that a batch is cut, and no more: nothing above a limit is refused.
        raise NotApplicable("a batch over the limit is cut, not refused; what is within it is judged by its records")


@check("batch-within-limit", "batch-processed-whole")
def check_sizes_within_the_limit(driver: Driver) -> None:
    """Sends batches of 1, 2, 99 and 100 records, and of 101, 999 and 1000 where the limit is higher; reads all back."""
    limit = limit_of(driver)
    unlimited = driver.readings.settled("app-batch-limit") == "none" if driver.is_app else False
    few, customers = driver.customers(3), driver.customers(SMALL + 1)
    batches = {1: few[:1], 2: few[1:], SMALL - 1: customers[: SMALL - 1]}

    def begin(size: int) -> Exchange:
        driver.bench.boundary(f"records={size}")
        return driver.update(driver.body(distinct(batches[size], size, f"batch of {size}")))

    driver.in_flight(list(batches), begin)
    # Where each read costs a request, the ends of this one tell; the next one is one longer, and read whole.
    ends = {
        size: whose if len(whose) <= ENDS or not driver.is_app else [whose[0], *whose[-2:]]
        for size, whose in batches.items()
    }
    driver.bench.each(list(batches), lambda size: driver.read(ends[size]))
    send(driver, distinct(customers, SMALL, f"batch of {SMALL}"))
    driver.read(sample(driver, customers[:SMALL]))
    driver.bench.begin_case(f"{SMALL} fat records")
    driver.change([(customer, {"name": f"{FAT} #{i}"}) for i, customer in enumerate(customers[:SMALL])])
    driver.read(sample(driver, customers[:SMALL]))
    if limit == LARGE or unlimited:
        many = [*customers, *driver.customers(LARGE - len(customers))]
        for size in (SMALL + 1, LARGE - 1, LARGE, *((LARGE + 1,) if unlimited else ())):
            send(driver, distinct(many, size, f"batch of {size}"))
            driver.read(sample(driver, many[:size]))


@check("batch-over-limit-refused")
def check_sizes_above_the_limit(driver: Driver) -> None:
    """Sends batches of 101 and 1001 records, distinct and repeated ones, twice, and reads everything back."""
    if driver.is_app and driver.readings.settled("app-batch-limit") == "none":
        raise NotApplicable("app profile updates have no limit")
    limit = limit_of(driver)
    customers = driver.customers(SMALL + 1)
    for size in (SMALL + 1, LARGE + 1):
        repeats = limit != LARGE or driver.readings.settled("repeated-customer") != "refused"
        many = customers if repeats else [*customers, *driver.customers(size - len(customers))]
        changes = distinct(many, size, f"batch of {size}")
        send(driver, changes)
        if limit is not None and size > limit:
            send(driver, changes)
            send(driver, [(customers[0], {"name": f"the same one #{i}"}) for i in range(size)])
    driver.bench.begin_case("one record after the others, to be finished last")
    driver.change([(customers[0], {"name": "the last one"})])
    driver.read(sample(driver, customers))
    if driver.readings.settled("over-limit") == "truncate":
        raise NotApplicable("a batch over the limit is cut, not refused; what is within it is judged by its records")


@check("outcome-per-record", "outcome-code")
def check_mixed_batches(driver: Driver) -> None:
    """Sends batches with bad records and unknown customers at drawn places; results, counts and codes must fit."""
    value: Any = {"name": ["no", "text"]}
    drawn = mixed_batches(driver.known_attributes(), "name", sizes(1, SHOWN), st.sampled_from([value, "stranger"]))
    strangers = driver.strangers(4)

    def run(batch: Batch) -> None:
        customers = driver.customers(batch.size)
        changes = batch.changes(customers)
        waiting = list(strangers)
        for place, odd in batch.odd:
            if odd == "stranger":
                changes[place] = (waiting.pop(), {"name": "nobody"})
        driver.bench.boundary(f"records={batch.size}")
        driver.change(changes)
        driver.read(sample(driver, [customer for customer, _ in changes], [place for place, _ in batch.odd]))

    driver.bench.for_all(drawn, run, share=driver.patient(0.5))
    batches = {size: driver.customers(size) for size in (12, SHOWN)}

    def begin(size: int) -> Exchange:
        customers = batches[size]
        return driver.update(driver.body([*distinct(customers, size - 1, "the last is bad"), (customers[-1], value)]))

    driver.in_flight(list(batches), begin)
    driver.bench.each(list(batches), lambda size: driver.read(sample(driver, batches[size])))
    if "outcome-code" not in driver.bench.log.counts:
        raise NotApplicable("a batch with a bad record is refused at once, and has no outcome")


def failing_value(driver: Driver) -> Any:
    """A value that fails its record by the readings that the target follows; ends the check where there is none."""
    for reading, lenient, value in (
        ("invalid-values", "lenient", {"no": "text"}),
        ("null-value", "ignored", None),
        ("non-string-scalars", "coerced", 12),
    ):
        if driver.readings.settled(reading) not in (lenient, "cleared", None):
            return value
    raise NotApplicable("the target takes every value, so no record of a known customer fails")


@check("failed-record-unchanged", "batch-processed-whole", "outcome-true")
def check_one_bad_record(driver: Driver) -> None:
    """Sends batches with one bad record first, in the middle or last; only its own profile may stay as it was."""
    cases = [Wrong(f"at place {place} of {size}", (size, place)) for size, place in ((2, 0), (3, 1), (5, 4), (12, 0))]
    other = list(driver.seed("x"))[1]
    bad = failing_value(driver)
    driver.bench.begin_case("a batch of good records")
    good = driver.customers(5)
    driver.change(distinct(good, 5, "good"))
    driver.read(good)

    everybody = {case.how: driver.customers(case.value[0]) for case in cases}
    driver.read(customer for customers in everybody.values() for customer in customers)

    def run(case: Wrong) -> Exchange:
        size, place = case.value
        customers = everybody[case.how]
        changes: list[Change] = distinct(customers, size, "beside a bad record")
        seed = driver.seed("another")
        changes[place] = (customers[place], {other: seed[other], "name": bad})
        return driver.update(driver.body(changes))

    driver.in_flight(cases, run)
    driver.bench.each(cases, lambda case: driver.read(everybody[case.how]))
