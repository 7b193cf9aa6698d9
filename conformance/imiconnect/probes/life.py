"""Probes of outcomes: which errors come when, under which overall code, and how the status call speaks."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from conformance.exercise.probe import probe
from conformance.imiconnect.codes import (
    MISSING,
    NO_RESULT,
    PARTIAL,
    SUCCESS,
    UNKNOWN_CUSTOMER,
    is_error,
)
from conformance.imiconnect.driver import Driver
from conformance.imiconnect.following import Stage, stage_of
from conformance.imiconnect.probes.answers import QUEUED_TEXT, accepted, queues
from conformance.imiconnect.probes.fate import Fate, changed

SIZES = (1, 1, 20, 1, 1, 1)


def bad_record(driver: Driver) -> tuple[str, Any]:
    """A record that fails: its customer is unknown, and for an app profile its value is a list too."""
    customer = driver.bench.fresh()
    driver.keep_in_mind([customer])
    return customer, {"name": ["a", "b"]} if driver.is_app else {"name": "umtest"}


def mixed(driver: Driver) -> tuple[Fate, str]:
    """What becomes of a good and a bad record, with the customer of the good one."""
    good = driver.customers(1)[0]
    return changed(driver, [(good, {"name": "from a mixed batch"}), bad_record(driver)]), good


@probe("error-timing")
def error_timing(driver: Driver) -> str | None:
    """A good and a bad record: taken and reported later, or refused at once."""
    fate, _ = mixed(driver)
    told = any(is_error(result.code or "") for result in fate.first.results or ())
    told = told or (bool(fate.first.failures) and (fate.first.description or "").casefold() != QUEUED_TEXT)
    if queues(driver) and (fate.first.code == PARTIAL or told):
        return "sync-all"
    if fate.final is not None:
        if (
            fate.first.code == SUCCESS
            and driver.readings.may("processing", "async")
            and fate.first.description != accepted(driver).description
        ):
            # Neither what a good request is answered with nor an error: perhaps an outcome with failures.
            return None
        failed = any(is_error(result.code or "") for result in fate.final.results or ())
        return "sync-request-async-record" if failed else None
    return "sync-all" if fate.first.code is not None and is_error(fate.first.code) else None


def sync_all(driver: Driver) -> bool:
    """Whether a request with a bad record never gets as far as an outcome."""
    return driver.readings.settled("error-timing") == "sync-all"


@probe("unknown-customer-alone")
def unknown_customer_alone(driver: Driver) -> str | None:
    """One record for an unknown customer."""
    if driver.readings.settled("error-timing") != "sync-request-async-record":
        return None
    fate = changed(driver, [(driver.bench.fresh(), {"name": "umtest"})])
    at_once = fate.first.code == UNKNOWN_CUSTOMER
    if fate.final is None:
        return "sync-7014" if at_once else None
    if at_once and driver.readings.may("processing", "async"):
        # What was refused at once may have a status all the same.
        return "sync-7014" if queues(driver) else None
    return {PARTIAL: "status-overall-1002", UNKNOWN_CUSTOMER: "status-overall-7014"}.get(fate.final.code or "")


@probe("all-failed-code")
def all_failed_code(driver: Driver) -> str | None:
    """Two bad records."""
    final = changed(driver, [bad_record(driver), bad_record(driver)]).final
    if final is None or final.code is None or final.successes or not final.results:
        return None
    if final.code == PARTIAL:
        return PARTIAL
    if final.code in {result.code for result in final.results}:
        return "record-code"
    return "other-failure" if final.code != SUCCESS else None


@probe("partial-apply")
def partial_apply(driver: Driver) -> str | None:
    """A good and a bad record: the result of the good one, and what is read of it."""
    fate, good = mixed(driver)
    code = fate.code_of(good)
    if code is None or not fate.final or not fate.final.failures:
        return None
    applied = driver.read([good]).get(good, {}).get("name") == ("from a mixed batch",)
    return {(True, True): "per-record", (False, False): "all-or-nothing"}.get((code == SUCCESS, applied))


@probe("partial-code")
def partial_code(driver: Driver) -> str | None:
    """A good and a bad record: the overall code."""
    final = mixed(driver)[0].final
    if final is None or not final.successes or not final.failures:
        return None
    return {PARTIAL: PARTIAL, SUCCESS: "1000-with-failures"}.get(final.code or "")


@probe("transid-form")
def transid_form(driver: Driver) -> str | None:
    """Three transids."""
    transids = [accepted(driver).transid for _ in range(3)]
    return "uuid" if all(map(_is_uuid, transids)) else "opaque"


def _is_uuid(transid: str | None) -> bool:
    try:
        return str(UUID(transid)) == (transid or "").lower()
    except (TypeError, ValueError):
        return False


@probe("status-transid")
def status_transid(driver: Driver) -> str | None:
    """The transid in a final status answer."""
    transid = accepted(driver).transid
    if transid is None:
        return None
    found = driver.final(transid).transid
    return "echo" if found == transid else "own-id" if found else None


@probe("pending-status")
def pending_status(driver: Driver) -> str | None:
    """The status call at once after small and large batches."""
    if not driver.readings.may("processing", "async"):
        return None
    customers = driver.customers(max(SIZES))
    for size in map(driver.fitting, SIZES):
        exchange = driver.update(driver.body([(customer, {"name": "umtest"}) for customer in customers[:size]]))
        status = driver.answered(driver.ask_status(driver.transid(exchange)))
        stage = stage_of(status)
        if stage in (Stage.NO_RESULT, Stage.QUEUED, Stage.ZERO_COUNTS):
            return str(stage)
    return None


@probe("unknown-transid")
def unknown_transid(driver: Driver) -> str | None:
    """An invented transid."""
    answered = driver.answered(driver.ask_status(driver.bench.fresh(24)))
    if answered.code == NO_RESULT:
        return NO_RESULT
    return "404" if answered.status == 404 and answered.code is None else None


@probe("read-unknown")
def read_unknown(driver: Driver) -> str | None:
    """A customer that was never created."""
    answered = driver.answered(driver.read_one(driver.bench.fresh()))
    if answered.code in (UNKNOWN_CUSTOMER, MISSING):
        return answered.code
    if answered.code is None and answered.status == 404:
        return "404"
    return "empty-records" if answered.profiles == () else None
