"""What all parts of the IMIconnect reference share: readings, codes and their texts."""

from __future__ import annotations

from functools import cache
from typing import ClassVar

import specs
from conformance.reference.core import Service

CUSTOMER = "imiconnect-customer"
APP = "imiconnect-app"


@cache
def code_facts(contract: str, code: str) -> specs.StatusCode | None:
    """What a contract, or else the other one, says about a code."""
    for each in (contract, CUSTOMER, APP):
        if found := specs.contract(each).codes.get(code):
            return found
    return None


@cache
def code_used_for(option: str) -> str:
    """The code that an option of a reading needs and no document names."""
    codes = specs.contract(CUSTOMER).codes.values()
    return next(code.code for code in codes if code.extra.get("used_for") == option)


@cache
def known_attributes(contract: str) -> frozenset[str]:
    """The attribute names that a document shows."""
    return frozenset(specs.contract(contract).schema("attributes")["properties"])


class Part(Service):
    """Base of the parts; each fault overrides one method of one of them."""

    vendor: ClassVar[str] = "imiconnect"

    def prepare(self) -> None:
        """Creates what a part needs before the first call; each part adds its own."""

    def follows(self, reading: str, *options: str) -> bool:
        """Whether one of these options of a reading is followed."""
        return self.reading(reading) in options

    def text(self, contract: str, code: str) -> str:
        """The message of a code in the table of a contract."""
        facts = code_facts(contract, code)
        return facts.text if facts else ""
