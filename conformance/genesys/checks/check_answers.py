"""What an accepted update is answered with."""

from __future__ import annotations

from conformance.exercise import check
from conformance.genesys.checks.common import attempt, everything, holder, texts, words
from conformance.genesys.driver import Driver
from conformance.genesys.probes.service import with_header, without
from conformance.genesys.wire import json_of, status
from conformance.judge import NotApplicable
from strategies.genesys import profiles
from strategies.genesys.profiles import Members


@check("success-status", "success-body", "answers-fit-schemas")
def check_success(driver: Driver) -> None:
    """Sends generated valid updates to full profiles; status, body and headers of each answer tell."""

    def body(members: Members) -> None:
        attempt(driver, driver.customer(), members)
        attempt(driver, holder(driver), everything(driver) | members)

    texts(driver)
    if driver.readings.settled("success-status") == "204":
        # A 204 has no body, which is one of the forms that the requirement allows.
        driver.bench.expect("success-body", True, observed="204", allowed="no body")
    driver.bench.for_all(profiles.profiles(driver.schema, arrays=driver.arrays), body, share=0.6)


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
        request = without(driver.update_request(customer, everything(driver)), "Content-Location")
        values = {"relative": request.path, "absolute": f"{driver.target.base_url}{request.path}"}
        if kind in values:
            request = with_header(request, "Content-Location", values[kind])
        attempt(driver, customer, request)

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
    """Reads the profile schema, all extension schemas and each of them; they must fit and agree."""
    driver.need("profileSchema", "extensionSchemas")
    for operation in ("profileSchema", "extensionSchemas"):
        exchange = driver.call(operation)
        told = f"{operation} answers {status(exchange)}"
        fits = exchange.answer is not None and driver.contract.validator(
            "profile-schema" if operation == "profileSchema" else "extension-schemas"
        ).is_valid(json_of(exchange.answer))
        observed = told if fits else f"{told}, and its body does not fit"
        driver.bench.expect("schemas-published", status(exchange) == 200 and fits, observed=observed, allowed="200")
    if not driver.has("extensionSchema"):
        return
    for extension in driver.schema.extensions:
        exchange = driver.call("extensionSchema", name=extension.name)
        rows = json_of(exchange.answer)
        row = rows[0] if isinstance(rows, list) and rows else rows
        named = isinstance(row, dict) and row.get("name") == extension.name
        observed = f"{extension.name}: status {status(exchange)}, {row!r:.200}"
        driver.bench.expect("schemas-published", named, observed=observed, allowed="the schema of that extension")
