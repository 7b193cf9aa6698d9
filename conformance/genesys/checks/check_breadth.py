"""Breadth: requests that Schemathesis generates from the OpenAPI document, judged by the same oracle."""

from __future__ import annotations

from conformance.exercise import check
from conformance.exercise.breadth import generated_cases, linked_cases, needs
from conformance.genesys.checks.common import attempt, holder, words
from conformance.genesys.driver import Driver


@check("no-server-error", "answers-fit-schemas")
def check_generated(driver: Driver) -> None:
    """Sends the boundary and single-fault cases that Schemathesis derives from the schemas of update and query."""
    holder(driver)  # and with it the oracle learns the schema
    generated_cases(driver, ["update", "query"])


@check("no-server-error", "answers-fit-schemas")
def check_linked(driver: Driver) -> None:
    """Follows the links create, update, query and delete in generated sequences."""
    needs(driver, "create", "delete")
    customer = holder(driver)
    attempt(driver, customer, words(driver))
    linked_cases(driver, ["create", "update", "query", "delete"])
