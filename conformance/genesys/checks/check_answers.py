"""What an accepted update is answered with."""

from __future__ import annotations

from typing import Any

from conformance.exercise import check
from conformance.genesys.checks.common import attempt, everything, holder, texts, words
from conformance.genesys.driver import Driver
from conformance.genesys.wire import accepted, json_of, status
from conformance.judge import NotApplicable, NotTested
from strategies.genesys import profiles
from strategies.genesys.profiles import Members


@check("success-status", "answers-fit-schemas")
def check_success(driver: Driver) -> None:
    """Sends generated valid updates to empty and to full profiles; the status of each answer tells."""
    _valid_updates(driver)


@check("success-body")
def check_success_body(driver: Driver) -> None:
    """Sends generated valid updates to empty and to full profiles; the body of each answer tells."""
    if driver.readings.settled("success-status") == "204":
        raise NotApplicable("an answer with 204 has no body")
    _valid_updates(driver)


def _valid_updates(driver: Driver) -> None:
    def body(members: Members) -> None:
        attempt(driver, driver.customer(), members)
        attempt(driver, holder(driver), everything(driver) | members)

    texts(driver)
    strategy = profiles.profiles(driver.schema, arrays=driver.arrays, every=driver.complete)
    driver.bench.for_all(strategy, body, share=0.3)


@check("answers-fit-schemas", "error-body-present")
def check_refusals(driver: Driver) -> None:
    """Provokes refusals of several kinds and validates their bodies, and those of queries."""

    def body(members: bytes) -> None:
        attempt(driver, customer, members)

    customer = holder(driver)
    driver.bench.each([b"{", b"[]", b"", b"null", b'{"customer_id": 4711}'], body)
    driver.query(customer, every=False)
    driver.query(driver.unknown())
    driver.update("0" * 17, words(driver, texts(driver)[0]))


@check("content-location-names-profile")
def check_content_location(driver: Driver) -> None:
    """Sends the same update without Content-Location, with the relative address, with the absolute one."""

    def body(kind: str) -> None:
        customer = holder(driver)
        driver.query(customer)
        request = driver.update_request(customer, everything(driver)).without_header("Content-Location")
        values = {"relative": request.path, "absolute": f"{driver.target.base_url}{request.path}"}
        if kind in values:
            request = request.with_header("Content-Location", values[kind])
        attempt(driver, customer, request)

    texts(driver)
    driver.bench.each(["none", "relative", "absolute"], body)


@check("no-prior-query")
def check_no_prior_query(driver: Driver) -> None:
    """Updates customers that were created and never queried, once and twice, and queries them then."""

    def body(times: int) -> None:
        customer = holder(driver)
        for _ in range(times):
            driver.send(driver.update_request(customer, everything(driver)))
        driver.query(customer)

    if driver.readings.settled("prior-retrieval") == "enforced":
        raise NotApplicable("a query before each update is enforced")
    texts(driver)
    driver.bench.each([1, 2, 3], body)


@check("schemas-published")
def check_schemas(driver: Driver) -> None:
    """Reads the profile schema, all extension schemas and each of them; each of them must be that of its name."""
    driver.need("profileSchema", "extensionSchemas")
    for operation in ("profileSchema", "extensionSchemas"):
        exchange = driver.call(operation)
        if not accepted(exchange):
            raise NotTested(f"{operation} answers {status(exchange)}")
    if not driver.has("extensionSchema"):
        return
    for extension in driver.full_schema.extensions:
        row = _row(json_of(driver.call("extensionSchema", name=extension.name).answer))
        if row is None:
            continue
        named = str(row["name"]).casefold() == extension.name.casefold() and row.get("type") == extension.kind
        observed = f"the schema of {extension.name} is {row!r:.200}"
        driver.bench.expect("schemas-published", named, observed=observed, allowed="the schema of that extension")


def _row(shown: Any) -> dict[str, Any] | None:
    """The schema of one extension, alone or in an array; None where the answer has another shape."""
    row = shown[0] if isinstance(shown, list) and len(shown) == 1 else shown
    return row if isinstance(row, dict) and "name" in row and "type" in row else None
