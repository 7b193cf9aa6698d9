"""Faults of customer updates: what becomes of values and of the ids under which they are stored."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import takewhile
from typing import Any

from conformance.reference.faults import fault
from conformance.reference.imiconnect.model import (
    BAD_VALUE,
    INTERNAL,
    Attributes,
    Changes,
    Desk,
    Effect,
    JsonNumber,
    Record,
    RecordError,
    Result,
    Scope,
    Submission,
    Verb,
)
from conformance.reference.imiconnect.service import ImiconnectService

CONTRACTS = ["imiconnect-customer"]
STORED = ["sent-attributes-stored"]
IDENTITY = ["only-named-change", "unknown-customer-refused"]
WITH_OFFSET = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}[+-]\d{2}:?\d{2}")
PLACEHOLDER = re.compile(r"\{\{(\w+)\}\}")
CARD = re.compile(r"[0-9]{13,19}")


@fault(
    "customer-nul-in-a-value",
    breaks=["no-internal-error", "sent-attributes-stored"],
    contracts=CONTRACTS,
    reach="hard",
    round=1,
)
class CustomerNulInAValue(ImiconnectService):
    """A record with the character U+0000 in a value fails with 7006."""

    def change(self, name: str, value: Any) -> str | Effect:
        """Fails as a database without this character does."""
        if isinstance(value, str) and "\x00" in value:
            raise RecordError(INTERNAL)
        return super().change(name, value)


@fault("customer-joiners-removed", breaks=STORED, contracts=CONTRACTS, reach="hard", round=1)
class CustomerJoinersRemoved(ImiconnectService):
    """Characters without width, such as the joiner in an emoji of several parts, are removed from values."""

    def change(self, name: str, value: Any) -> str | Effect:
        """Removes what nobody can see."""
        return super().change(name, re.sub("[\u200b-\u200d\u2060]", "", value) if isinstance(value, str) else value)


@fault("customer-times-turned-to-utc", breaks=STORED, contracts=CONTRACTS, reach="hard", round=1)
class CustomerTimesTurnedToUtc(ImiconnectService):
    """A value that is a time with an offset from UTC is stored as that time in UTC."""

    def change(self, name: str, value: Any) -> str | Effect:
        """Reads times and writes them anew."""
        if isinstance(value, str) and WITH_OFFSET.fullmatch(value):
            try:
                value = datetime.fromisoformat(value).astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S+0000")
            except (ValueError, OverflowError):
                return super().change(name, value)
        return super().change(name, value)


@fault("customer-value-cut-in-bytes", breaks=["long-values-stored"], contracts=CONTRACTS, reach="hard", round=1)
class CustomerValueCutInBytes(ImiconnectService):
    """A value of more than 8192 bytes in UTF-8 is cut there."""

    def change(self, name: str, value: Any) -> str | Effect:
        """Cuts at the end of the field."""
        if isinstance(value, str):
            value = value.encode()[:8192].decode(errors="ignore")
        return super().change(name, value)


@fault("customer-placeholders-filled", breaks=STORED, contracts=CONTRACTS, reach="hard", round=1)
class CustomerPlaceholdersFilled(ImiconnectService):
    """A value with the name of a stored attribute in double braces is stored with that attribute put in."""

    def merge(self, stored: Attributes, changes: Changes) -> Attributes:
        """Fills values as templates."""
        filled = {
            name: PLACEHOLDER.sub(lambda found: stored.get(found[1], found[0]), change)
            if isinstance(change, str)
            else change
            for name, change in changes.items()
        }
        return super().merge(stored, filled)


@fault(
    "customer-at-most-fifty-attributes", breaks=["unsent-attributes-kept"], contracts=CONTRACTS, reach="hard", round=1
)
class CustomerAtMostFiftyAttributes(ImiconnectService):
    """A profile keeps its fifty youngest attributes, and older ones go without a word."""

    def merge(self, stored: Attributes, changes: Changes) -> Attributes:
        """Drops the oldest."""
        return dict(list(super().merge(stored, changes).items())[-50:])


@fault("customer-new-empty-value-dropped", breaks=["empty-values"], contracts=CONTRACTS, reach="hard", round=1)
class CustomerNewEmptyValueDropped(ImiconnectService):
    """An empty value is stored where the attribute existed, and dropped where it did not."""

    def merge(self, stored: Attributes, changes: Changes) -> Attributes:
        """Adds no attribute that is empty."""
        kept = {name: change for name, change in changes.items() if change != "" or name in stored}
        return super().merge(stored, kept)


@fault("customer-decimal-value-taken", breaks=["other-scalars"], contracts=CONTRACTS, reach="hard", round=1)
class CustomerDecimalValueTaken(ImiconnectService):
    """A number with a decimal point is stored as text, while whole numbers fail with 7011."""

    def scalar_value(self, value: bool | JsonNumber) -> str:
        """Forgets to look at numbers of another type."""
        return value.text if isinstance(value, JsonNumber) and "." in value.text else super().scalar_value(value)


@fault(
    "customer-empty-list-value-taken", breaks=["invalid-value-refused"], contracts=CONTRACTS, reach="medium", round=1
)
class CustomerEmptyListValueTaken(ImiconnectService):
    """An empty list or an empty object as a value is stored as an empty text."""

    def structured_value(self, value: list[Any] | dict[str, Any]) -> str:
        """Takes what holds nothing for nothing."""
        return super().structured_value(value) if value else ""


@fault(
    "customer-values-before-a-bad-one", breaks=["failed-record-unchanged"], contracts=CONTRACTS, reach="hard", round=1
)
class CustomerValuesBeforeABadOne(ImiconnectService):
    """Of a record that fails with 7011 the attributes before the bad one are stored."""

    def attempt(self, desk: Desk, job: Submission, record: Record) -> Result:
        """Stores attribute by attribute until one is bad."""
        result = super().attempt(desk, job, record)
        known = desk.masters.get(record.customer_id)
        if result.code == BAD_VALUE and known is not None and not job.scope.is_app:
            sent = record.attributes.items() if isinstance(record.attributes, dict) else ()
            good = dict(takewhile(lambda pair: isinstance(pair[1], str), sent))
            self.put(desk, job.scope, record.customer_id, known | good)
        return result


@fault("customer-id-in-any-letter-case", breaks=IDENTITY, contracts=CONTRACTS, reach="hard", round=1)
class CustomerIdInAnyLetterCase(ImiconnectService):
    """Customer ids that differ in the case of letters name one customer."""

    def profile_key(self, customer: str) -> str:
        """Compares as a database without regard to case does."""
        return super().profile_key(customer).casefold()


@fault("customer-id-with-a-blank-behind", breaks=IDENTITY, contracts=CONTRACTS, reach="hard", round=1)
class CustomerIdWithABlankBehind(ImiconnectService):
    """A customer id with blanks behind it names the customer without them."""

    def profile_key(self, customer: str) -> str:
        """Compares as fields of fixed length are compared."""
        return super().profile_key(customer).rstrip(" ") or customer


@fault("customer-id-as-a-double", breaks=IDENTITY, contracts=CONTRACTS, reach="hard", round=1)
class CustomerIdAsADouble(ImiconnectService):
    """Customer ids of sixteen and more digits are rounded to a binary fraction, so that neighbours are one customer."""

    def profile_key(self, customer: str) -> str:
        """Keeps long numbers as floating-point numbers."""
        digits = customer.isascii() and customer.isdigit() and 16 <= len(customer) <= 300 and customer[0] != "0"
        return super().profile_key(f"{float(customer):.0f}" if digits else customer)


@fault("customer-id-that-begins-another", breaks=IDENTITY, contracts=CONTRACTS, reach="hard", round=1)
class CustomerIdThatBeginsAnother(ImiconnectService):
    """An update for an unknown customer changes the only one whose id begins with that id."""

    def process(self, job: Submission) -> tuple[Desk, list[Result]]:
        """Completes ids, and reports them as they were sent."""
        if job.scope.is_app or job.verb is not Verb.UPDATE:
            return super().process(job)
        meant = [replace(each, customer_id=self.completed(job.scope, each.customer_id)) for each in job.records]
        desk, results = super().process(replace(job, records=tuple(meant)))
        return desk, self.renamed(results, job)

    def completed(self, scope: Scope, customer: str) -> str:
        """The only id that begins like this, or the id itself."""
        sql = "SELECT customer FROM profile WHERE tenant = ? AND app = '' AND substr(customer, 1, ?) = ? LIMIT 2"
        found = [row["customer"] for row in self.store.execute(sql, (scope.tenant, len(customer), customer))]
        return found[0] if customer and len(found) == 1 else customer

    def renamed(self, results: Sequence[Result], job: Submission) -> list[Result]:
        """Results under the ids that were sent."""
        return [replace(each, customer_id=sent.customer_id) for each, sent in zip(results, job.records, strict=True)]


@fault(
    "customer-dots-in-attribute-names",
    breaks=["unknown-attributes", "sent-attributes-stored"],
    contracts=CONTRACTS,
    reach="hard",
    round=1,
)
class CustomerDotsInAttributeNames(ImiconnectService):
    """An attribute with a dot in its name is stored under a name with an underscore in its place."""

    def changes(self, app: bool, attributes: Any) -> Changes:
        """Respells names that a document store cannot keep."""
        return {name.replace(".", "_"): change for name, change in super().changes(app, attributes).items()}
