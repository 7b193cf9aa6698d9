"""RqUID."""

from __future__ import annotations

from hypothesis import strategies as st

from conformance.exercise import check
from conformance.exercise.effort import Effort
from conformance.fiserv.driver import Driver
from conformance.fiserv.probes.asking import invalid, renamed
from conformance.judge import NotTested
from specs.values import value_classes
from strategies.fiserv.values import AWKWARD, EDGED_IDS, REQUEST_IDS, request_ids
from strategies.fiserv.wire import Format

LONG = 300  # characters of an RqUID that are more than enough


@check("request-id-echo")
def check_echo(driver: Driver) -> None:
    """Sends short, long, spaced, escaped and non-ASCII RqUID in good and wrong updates, and compares the answers'."""
    me = driver.me
    own = not driver.readings.may("request-id-replay", "rejected")

    def body(case: tuple[str, Format, bool]) -> None:
        value, format_, good = case
        content = driver.update_of(me, renamed(driver, "Echo") if good else invalid(driver))
        # Where ids must be new, a generated one is made so.
        content["RqUID"] = value if own else f"{value} {content['RqUID']}"
        driver.update(content, format_)

    listed = list(dict.fromkeys(["a", "0", *AWKWARD, "RqUID" * 8, "RqUID" * 60, *REQUEST_IDS]))
    others = [value for kind in value_classes() for value in kind.values if len(value) < LONG]
    ways = [(f, good) for good in (True, False) for f in driver.formats]
    if driver.bench.effort is Effort.QUICK:
        # On success and on failure, each in one of the formats; values of texts in one of the four ways.
        half = len(ways) // 2
        cases = [(v, *ways[(n + m) % half + m * half]) for n, v in enumerate(listed) for m in (0, 1)]
        cases += [(v, *ways[n % len(ways)]) for n, v in enumerate((*others[::2], *EDGED_IDS))]
    else:
        cases = [(v, *way) for v in (*listed, *others, *EDGED_IDS) for way in ways]
    driver.bench.each(cases, body)
    driver.bench.for_all(st.tuples(request_ids(), st.sampled_from(driver.formats), st.booleans()), body)


@check("request-id-present")
def check_present(driver: Driver) -> None:
    """Sends good updates in both formats and looks for RqUID."""
    driver.bench.each(driver.formats, lambda f: driver.change(driver.me, renamed(driver, "Present"), f))


@check("request-id-replay")
def check_replay(driver: Driver) -> None:
    """Sends an update twice, and another update under the same RqUID, in both formats, and reads back each time."""
    me = driver.me
    driver.whole(renamed(driver, "Once"))
    driver.seed(me, "Replay")

    def body(format_: Format) -> None:
        content = driver.update_of(me, renamed(driver, "Once"))
        for name in ("Once", "Once", "Again"):
            content["UserProfileModRq"]["UserProfile"]["PersonInfo"]["PersonName"]["LastName"] = name
            driver.update(content, format_)
            driver.read(me)

    driver.bench.each(driver.formats, body)


@check(deepens=("request-id-replay", "error-changes-nothing"))
def check_after_failure(driver: Driver) -> None:
    """Sends updates under the RqUID of one that failed, by the same user and by another, and reads both back."""
    me = driver.me
    driver.whole(renamed(driver, "Failed"))
    driver.seed(me, "Failed")
    try:
        others = [driver.other]
    except NotTested:
        others = []

    def body(format_: Format) -> None:
        shared = driver.request_id()
        for number, user in enumerate((me, *others, me)):
            for profile in ({**renamed(driver, "Wrong"), **invalid(driver)}, renamed(driver, f"Right {number}")):
                driver.update({**driver.update_of(user, profile), "RqUID": shared}, format_)
                driver.read(user)

    driver.bench.each(driver.formats, body)
    driver.read(me)
    content = driver.update_of(me, renamed(driver, "Twice"))
    for _ in range(2):
        driver.update(content)
        driver.read(me)
