"""XML that bites: what is unusual, what costs much to read, what names files and addresses."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress

from conformance.exercise import check
from conformance.exercise.canary import Canary, reachable_from
from conformance.fiserv.driver import Driver, answered_of
from conformance.fiserv.probes.asking import renamed
from conformance.fiserv.stored import collapsed
from conformance.judge import NotServed, NotTested
from conformance.session.exchange import Exchange
from strategies.fiserv.schema import at
from strategies.fiserv.wire import Format
from strategies.hostile_xml import Hostile, Original, exhausting, malformed, outside, unusual

# Where the mark stands; a request is answered with its RqUID, so what is read there is shown at once.
PLACES = ("LastName", "RqUID")


def _original(driver: Driver, place: str = "LastName") -> Original:
    driver.whole(renamed(driver, "Zq"))
    mark = f"Zq{driver.bench.fresh(8)}"
    content = driver.update_of(driver.me, renamed(driver, "Zq" if place == "RqUID" else mark))
    if place == "RqUID":
        content["RqUID"] = mark
    return Original.of(driver.body("update", content, Format.XML), mark)


def _allowed(driver: Driver) -> None:
    """Raises NotTested where hostile XML must not be sent."""
    driver.speaks(Format.XML)
    if not driver.target.hostile_input:
        raise NotTested("the target file does not allow hostile input", "say `hostile_input = true`")


def _post(driver: Driver, hostile: Hostile) -> Exchange:
    return driver.post(hostile.body, Format.XML)


def _read(driver: Driver) -> Exchange:
    format_ = driver.formats[0]
    return driver.send(driver.request("read", driver.body("read", driver.head(driver.me), format_), format_))


@check("unparsable-refused", "error-changes-nothing")
def check_malformed(driver: Driver) -> None:
    """Sends XML with one fatal error each that lenient readers overlook, beside a change, and reads back."""
    driver.speaks(Format.XML)
    me = driver.me
    driver.seed(me, "Strict")

    def body(hostile: Hostile) -> None:
        answered = answered_of(_post(driver, hostile))
        if answered is not None:
            # Also where our own parser takes it: XML 1.0 calls each of these a fatal error.
            held = not answered.succeeded
            driver.bench.expect("unparsable-refused", held, observed=str(answered), allowed="an error")
        driver.read(me)

    driver.bench.each(list(malformed(_original(driver))), body)


@check("text-not-misread")
def check_unusual(driver: Driver) -> None:
    """Sends unusual XML that a reader may refuse but not misunderstand, and compares what is read back."""
    driver.speaks(Format.XML)
    me = driver.me
    driver.seed(me, "Unusual")

    def body(hostile: Hostile) -> None:
        answered = answered_of(_post(driver, hostile))
        seen = driver.read(me)
        if answered is None or seen is None:
            return
        stored = at(seen, "PersonInfo", "PersonName", "LastName")
        # White space may be collapsed, by the type of an XSD that is not public.
        same = isinstance(stored, str) and collapsed(stored) == collapsed(hostile.meaning or "")
        holds = not answered.succeeded or stored == hostile.meaning or same
        observed = f"{answered}, {stored!r} is stored"
        driver.bench.expect("text-not-misread", holds, observed=observed, allowed=f"an error, or {hostile.meaning!r}")

    # Each case is made of a request of its own, for an RqUID may be good only once.
    count = len(list(unusual(_original(driver))))
    driver.bench.each([list(unusual(_original(driver)))[number] for number in range(count)], body)


@check("nothing-disclosed", "nothing-fetched")
def check_outside(driver: Driver) -> None:
    """Names a file with a random token and an address of ours in XML; neither may be shown or asked for."""
    _allowed(driver)
    if not reachable_from(driver.target.base_url):
        raise NotTested("the target is on another machine, where it could not reach what is ours to watch")
    me = driver.me
    driver.seed(me, "Inside")

    def body(hostile: Hostile) -> None:
        before = len(canary.asked)
        shown = [_post(driver, hostile), _read(driver)]
        found = any(canary.found_in(exchange.answer.body) for exchange in shown if exchange.answer)
        driver.bench.expect("nothing-disclosed", not found, observed="the token is shown", allowed="no token")
        asked = canary.asked[before:]
        driver.bench.expect("nothing-fetched", not asked, observed=f"asked for {asked}", allowed="nothing is asked")

    with Canary() as canary:
        driver.bench.each([each for place in PLACES for each in outside(_original(driver, place), canary)], body)


@check("hostile-input-survived")
def check_exhausting(driver: Driver) -> None:
    """Sends XML that is made to exhaust its reader, reads back, and sends a right update after each."""
    _allowed(driver)
    me = driver.me
    driver.seed(me, "Rested")
    cases: Sequence[Hostile] = list(exhausting(_original(driver)))

    def body(hostile: Hostile) -> None:
        with suppress(NotServed):  # to refuse such a body unread is right, too
            _post(driver, hostile)
        driver.read(me)
        answered = driver.change(me, renamed(driver, "After"))
        held = answered is not None and answered.succeeded
        driver.bench.expect("hostile-input-survived", held, observed=f"{answered}", allowed="0")

    driver.bench.each(cases, body)
