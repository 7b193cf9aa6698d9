"""Breadth: what Schemathesis generates from the OpenAPI document, judged by the oracle and the schemas."""

from __future__ import annotations

import copy
import dataclasses
from functools import cache
from typing import Any

import specs
from conformance.exercise import check
from conformance.exercise.breadth import generated_cases, linked_cases, needs
from conformance.fiserv.driver import Driver
from strategies.fiserv.wire import Format


class _JsonAlone(specs.Contract):
    """The contract without its XML: that follows the XSD, of which Schemathesis knows nothing."""

    @cache  # noqa: B019 - as long as the check
    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document with JSON as the only media type."""
        document = copy.deepcopy(super().openapi())
        for path in document["paths"].values():
            for operation in path.values():
                for part in (operation["requestBody"], *operation["responses"].values()):
                    part["content"] = {Format.JSON.media_type: part["content"][Format.JSON.media_type]}
        return document


def _json_alone(driver: Driver, *operations: str) -> Driver:
    driver.speaks(Format.JSON)
    needs(driver, *operations)
    narrowed = copy.copy(driver)
    fields = {field.name: getattr(driver.contract, field.name) for field in dataclasses.fields(driver.contract)}
    narrowed.contract = _JsonAlone(**fields)
    return narrowed


@check("no-server-failure", "answer-valid")
def check_generated(driver: Driver) -> None:
    """Sends Schemathesis' coverage cases of the update, valid and wrong, with real credentials put in."""
    generated_cases(_json_alone(driver, "update"), operations=("update",))


@check("no-server-failure", "answer-valid")
def check_linked(driver: Driver) -> None:
    """Runs Schemathesis' state machine along the link from the update to the read."""
    linked_cases(_json_alone(driver, "update", "read"), operations=("update", "read"))
