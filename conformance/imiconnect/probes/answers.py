"""Probes of the immediate answer."""

from __future__ import annotations

from conformance.exercise.probe import probe
from conformance.imiconnect.answered import Answered
from conformance.imiconnect.codes import ACCEPTED, QUEUED, QUEUED_EXAMPLE, SUCCESS
from conformance.imiconnect.driver import JSON, Driver, encode
from conformance.imiconnect.following import Stage, stage_of
from conformance.judge.verdicts import Inconclusive

TRIES = 4
QUEUED_TEXT = "queued"


def accepted(driver: Driver) -> Answered:
    """The immediate answer to a valid update of a known customer."""
    customer = driver.customers(1)[0]
    answered = driver.answered(driver.update(driver.body([(customer, {"name": "umtest"})])))
    if answered.code not in ACCEPTED:
        raise Inconclusive(f"a valid update was not accepted: {answered.shown()}")
    return answered


def queues(driver: Driver) -> bool:
    """Whether updates are queued for certain; otherwise each may be finished when it is answered."""
    return driver.readings.settled("processing") == "async"


@probe("processing")
def processing(driver: Driver) -> str | None:
    """By the words and the code of the answer, else by a status answer that is still pending."""
    for _ in range(TRIES):
        answered = accepted(driver)
        text = (answered.description or "").casefold()
        if text == QUEUED_TEXT or answered.code == QUEUED_EXAMPLE:
            return "async"
        words = {text, *((result.description or "").casefold() for result in answered.results or ())}
        if words & {QUEUED_TEXT, "success"}:
            return "async" if QUEUED_TEXT in words else "inline"
        if answered.transid is None:
            return None
        status = driver.answered(driver.ask_status(answered.transid))
        if stage_of(status) is not Stage.FINAL:
            return "async"
    return None


@probe("queued-code")
def queued_code(driver: Driver) -> str | None:
    """The code of the answer to a valid update."""
    code = accepted(driver).code
    return code if queues(driver) and code in QUEUED else None


@probe("code-type")
def code_type(driver: Driver) -> str | None:
    """The JSON type of the code."""
    return "number" if accepted(driver).numeric else "string"


@probe("envelope")
def envelope(driver: Driver) -> str | None:
    """Where the code stands."""
    return "wrapped" if accepted(driver).wrapped else "flat"


@probe("description-text")
def description_text(driver: Driver) -> str | None:
    """The description against the text of the document."""
    if not queues(driver):
        return None
    text, documented = accepted(driver).description or "", driver.contract.codes[SUCCESS].text
    if text == documented:
        return "exact"
    return "case-insensitive" if text.casefold() == documented.casefold() else "free"


@probe("http-status")
def http_status(driver: Driver) -> str | None:
    """The statuses of an accepted request and of refused ones."""
    good = accepted(driver).status
    refusals = [
        driver.update(encode({})),
        driver.update(b'{"Records"'),
        driver.update(driver.body([]), headers=driver.headers(JSON, key="x" * 20)),
    ]
    bad = {driver.answered(exchange).status for exchange in refusals}
    if all(400 <= status < 500 for status in bad) and 200 <= good < 300:
        return "mapped-4xx"
    if bad != {200}:
        return None
    if good == 202:
        return "202-queued"
    # Where perhaps nothing is ever queued, nobody can tell what a queued request would be answered with.
    return "always-200" if good == 200 and queues(driver) else None
