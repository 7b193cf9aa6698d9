"""Breadth by Schemathesis: its generated cases and its links, judged by the oracle and by the checks that are kept."""

from __future__ import annotations

from conformance.exercise.breadth import generated_cases, linked_cases
from conformance.exercise.check import check
from conformance.imiconnect.driver import Driver
from conformance.judge.verdicts import NotTested


@check("no-internal-error")
def check_generated_cases(driver: Driver) -> None:
    """Sends Schemathesis' boundary values and single violations of the OpenAPI document to three operations."""
    generated_cases(driver, ("update", "status", "read"))


@check("no-internal-error")
def check_linked_cases(driver: Driver) -> None:
    """Follows the links of the OpenAPI document from updates to their status and to the profiles that they name."""
    if driver.lends:
        raise NotTested(
            "creation is missing, and what a generated update adds to a lent customer would stay there",
            "let the run create profiles of its own",
        )
    linked_cases(driver, ("update", "status", "read"))
