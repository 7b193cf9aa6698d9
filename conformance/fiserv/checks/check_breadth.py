"""Breadth: what Schemathesis generates from the OpenAPI document, judged by the oracle and the schemas."""

from __future__ import annotations

from conformance.exercise import check
from conformance.exercise.breadth import generated_cases, linked_cases, needs
from conformance.fiserv.driver import Driver
from strategies.fiserv.wire import Format


@check("no-server-failure", "answer-valid")
def check_generated(driver: Driver) -> None:
    """Sends Schemathesis' coverage cases of the update, valid and wrong, with real credentials put in."""
    driver.speaks(Format.JSON)
    needs(driver, "update")
    generated_cases(driver, operations=("update",))


@check("no-server-failure", "answer-valid")
def check_linked(driver: Driver) -> None:
    """Runs Schemathesis' state machine along the link from the update to the read."""
    driver.speaks(Format.JSON)
    needs(driver, "update", "read")
    linked_cases(driver, operations=("update", "read"))
