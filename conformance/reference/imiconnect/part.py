"""What all parts of the IMIconnect reference share: readings, codes and their texts."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, ClassVar

import specs
from conformance.reference.core import Service

CUSTOMER = "imiconnect-customer"
APP = "imiconnect-app"
FIRST_ERROR = "7000"
IDENTIFIERS = ("userId", "psid", "twitterid", "wechat_user_id", "rtmId")


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
    turns: int = 0

    def prepare(self) -> None:
        """Creates what a part needs before the first call; each part adds its own."""

    def free(self, freedom: str, *options: str) -> bool:
        """Whether one of these options of a freedom is taken."""
        return self.freedom(freedom) in options

    def turn(self) -> bool:
        """True every second time, for what varies from one answer to the next."""
        self.turns += 1
        return self.turns % 2 == 0

    def follows(self, reading: str, *options: str) -> bool:
        """Whether one of these options of a reading is followed."""
        return self.reading(reading) in options

    def text(self, contract: str, code: str) -> str:
        """The message of a code in the table of a contract."""
        facts = code_facts(contract, code)
        text = facts.text if facts else ""
        if code < FIRST_ERROR or self.free("error-wording", "table"):
            return text
        if self.free("error-wording", "own"):
            return f"The request was not carried out (reason {code})"
        self.turns += 1
        return f"{text} [{self.turns}]"

    def identifier(self, attributes: Mapping[str, Any]) -> tuple[str, str] | None:
        """The name and the value of an attribute that may stand for the customer id."""
        names = IDENTIFIERS if self.free("other-identifiers", "of-any-channel") else IDENTIFIERS[:1]
        return next(((name, attributes[name]) for name in names if isinstance(attributes.get(name), str)), None)
