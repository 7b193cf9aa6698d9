"""Faults of storing, merging and showing attributes, and of telling customers apart."""

from __future__ import annotations

import html
import json
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from conformance.reference.faults import fault
from conformance.reference.imiconnect.model import (
    BAD_VALUE,
    Attributes,
    Changes,
    Desk,
    Effect,
    JsonNumber,
    Record,
    RecordError,
    Result,
    Submission,
)
from conformance.reference.imiconnect.part import APP, CUSTOMER
from conformance.reference.imiconnect.service import ImiconnectService

STORED = ("sent-attributes-stored", "outcome-true")
COLUMN = 255
SURROGATE = re.compile(r"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")


@fault("values-cut", breaks=[*STORED, "long-values-stored"], reach="hard", contracts=[CUSTOMER])
class ValuesCut(ImiconnectService):
    """The value column has 255 characters; longer values are cut without a word."""

    def change(self, name: str, value: Any) -> str | Effect:
        """Cuts texts."""
        change = super().change(name, value)
        return change[:COLUMN] if isinstance(change, str) else change


@fault("values-trimmed", breaks=STORED, reach="hard", contracts=[CUSTOMER])
class ValuesTrimmed(ImiconnectService):
    """Spaces at both ends of a value are lost."""

    def change(self, name: str, value: Any) -> str | Effect:
        """Trims texts."""
        change = super().change(name, value)
        return change.strip() if isinstance(change, str) else change


@fault("values-normalized", breaks=STORED, reach="hard", contracts=[CUSTOMER])
class ValuesNormalized(ImiconnectService):
    """A library composes combining characters (NFC)."""

    def change(self, name: str, value: Any) -> str | Effect:
        """Normalizes texts."""
        change = super().change(name, value)
        return unicodedata.normalize("NFC", change) if isinstance(change, str) else change


@fault("astral-characters-lost", breaks=STORED, reach="hard")
class AstralCharactersLost(ImiconnectService):
    """A column of three-byte characters loses everything beyond the basic plane."""

    def encode_attributes(self, attributes: Attributes) -> str:
        """Replaces such characters."""
        return "".join(c if ord(c) < 0x10000 else "?" for c in super().encode_attributes(attributes))


@fault("escaped-pairs-lost", breaks=STORED, reach="hard", contracts=[CUSTOMER])
class EscapedPairsLost(ImiconnectService):
    """Each half of a character that is escaped as a pair of surrogates becomes a replacement character."""

    def decode(self, body: bytes) -> str:
        """Looks at one escape at a time."""
        return SURROGATE.sub(r"\\ufffd", super().decode(body))


@fault("emails-lowered", breaks=STORED, reach="hard", contracts=[CUSTOMER])
class EmailsLowered(ImiconnectService):
    """E-mail addresses are stored in lower case."""

    def change(self, name: str, value: Any) -> str | Effect:
        """Lowers one attribute."""
        change = super().change(name, value)
        return change.lower() if name == "email" and isinstance(change, str) else change


@fault("markup-escaped", breaks=STORED, reach="hard", contracts=[APP])
class MarkupEscaped(ImiconnectService):
    """Reads escape markup for a page that once showed them."""

    def named_values(self, customer: str, attributes: Mapping[str, str]) -> list[dict[str, str]]:
        """Escapes values."""
        return super().named_values(customer, {name: html.escape(value) for name, value in attributes.items()})


@fault("leading-zeros-lost", breaks=STORED, reach="hard", contracts=[CUSTOMER])
class LeadingZerosLost(ImiconnectService):
    """Values of digits go through an integer."""

    def change(self, name: str, value: Any) -> str | Effect:
        """Drops zeros."""
        change = super().change(name, value)
        digits = isinstance(change, str) and change.isascii() and change.isdigit()
        return (str(change).lstrip("0") or "0") if digits else change


@fault("control-characters-dropped", breaks=STORED, reach="hard", contracts=[CUSTOMER])
class ControlCharactersDropped(ImiconnectService):
    """Tabs and line ends in values become spaces."""

    def change(self, name: str, value: Any) -> str | Effect:
        """Joins lines."""
        change = super().change(name, value)
        return change.translate({9: " ", 10: " ", 13: " "}) if isinstance(change, str) else change


@fault("wide-updates-replace", breaks=["unsent-attributes-kept"], reach="hard", contracts=[CUSTOMER])
class WideUpdatesReplace(ImiconnectService):
    """An update of two attributes or more is written as a new profile."""

    def merge(self, stored: Attributes, changes: Changes) -> Attributes:
        """Forgets what was stored."""
        return super().merge({} if len(changes) > 1 else stored, changes)


@fault("batches-replace", breaks=["unsent-attributes-kept"], reach="hard")
class BatchesReplace(ImiconnectService):
    """In a batch profiles are written as new; only a single record is merged."""

    def stored(self, desk: Desk, job: Submission, customer: str) -> Attributes:
        """Forgets what was stored, where there are several records."""
        stored = super().stored(desk, job, customer)
        return stored if len(job.records) == 1 else {}


@fault("stored-empties-lost", breaks=["unsent-attributes-kept", "empty-values"], reach="hard", contracts=[CUSTOMER])
class StoredEmptiesLost(ImiconnectService):
    """An attribute that is stored empty disappears with the next update."""

    def merge(self, stored: Attributes, changes: Changes) -> Attributes:
        """Takes an empty text for nothing."""
        return super().merge({name: value for name, value in stored.items() if value}, changes)


@fault("empty-values-refused", breaks=["empty-values", "examples-accepted"], reach="medium", contracts=[APP])
class EmptyValuesRefused(ImiconnectService):
    """An empty value fails its record with 7011."""

    def empty_value(self) -> str | Effect:
        """Demands content."""
        raise RecordError(BAD_VALUE)


@fault("all-empty-refused", breaks=["empty-values"], reach="medium", contracts=[CUSTOMER])
class AllEmptyRefused(ImiconnectService):
    """A record fails with 7011 if all its values are empty."""

    def changes(self, app: bool, attributes: Any) -> Changes:
        """Demands content in one value at least."""
        changes = super().changes(app, attributes)
        if changes and not any(changes.values()):
            raise RecordError(BAD_VALUE)
        return changes


@fault("unknown-names-lowered", breaks=["unknown-attributes", "sent-attributes-stored"], reach="hard")
class UnknownNamesLowered(ImiconnectService):
    """Names of new attributes are stored in lower case."""

    def merge(self, stored: Attributes, changes: Changes) -> Attributes:
        """Lowers names that the profile did not have."""
        names = {name: name if name in stored else name.lower() for name in changes}
        return super().merge(stored, {names[name]: change for name, change in changes.items()})


@fault(
    "dotted-names-dropped", breaks=["unknown-attributes", "sent-attributes-stored"], reach="hard", contracts=[CUSTOMER]
)
class DottedNamesDropped(ImiconnectService):
    """The document store cannot keep a name with a dot or a dollar sign; the attribute is dropped."""

    def merge(self, stored: Attributes, changes: Changes) -> Attributes:
        """Leaves such names out."""
        kept = {name: change for name, change in changes.items() if not set(name) & {".", "$"}}
        return super().merge(stored, kept) if kept else stored


@fault("objects-stored", breaks=["invalid-value-refused"], reach="medium")
class ObjectsStored(ImiconnectService):
    """A list is refused as a value, an object is stored as text."""

    def structured_value(self, value: list[Any] | dict[str, Any]) -> str:
        """Takes objects."""
        return json.dumps(value, default=str) if isinstance(value, dict) else super().structured_value(value)


@fault("empty-lists-clear", breaks=["invalid-value-refused"], reach="medium", contracts=[CUSTOMER])
class EmptyListsClear(ImiconnectService):
    """An empty list passes the check of types and empties the attribute."""

    def structured_value(self, value: list[Any] | dict[str, Any]) -> str:
        """Takes what is empty."""
        return super().structured_value(value) if value else ""


@fault("bad-records-half-applied", breaks=["failed-record-unchanged", "invalid-value-refused"], reach="hard")
class BadRecordsHalfApplied(ImiconnectService):
    """A record with a bad value is reported as failed, but its other values are stored."""

    def attempt(self, desk: Desk, job: Submission, record: Record) -> Result:
        """Applies the good values of a bad record."""
        result = super().attempt(desk, job, record)
        if result.code == BAD_VALUE and isinstance(record.attributes, dict):
            good = {name: value for name, value in record.attributes.items() if isinstance(value, str)}
            super().attempt(desk, job, Record(record.customer_id, good))
        return result


@fault("falsy-as-empty", breaks=["other-scalars"], reach="medium", contracts=[CUSTOMER])
class FalsyAsEmpty(ImiconnectService):
    """Zero and false are taken for an empty value, other numbers and true are refused."""

    def scalar_value(self, value: bool | JsonNumber) -> str:
        """Looks for content before it looks at the type."""
        if value is False or (isinstance(value, JsonNumber) and value.text == "0"):
            return ""
        return super().scalar_value(value)


@fault("decimals-taken", breaks=["other-scalars"], reach="medium", contracts=[CUSTOMER])
class DecimalsTaken(ImiconnectService):
    """A whole number is refused as a value, a decimal one is stored."""

    def scalar_value(self, value: bool | JsonNumber) -> str:
        """Checks whole numbers only."""
        if isinstance(value, JsonNumber) and "." in value.text:
            return value.text
        return super().scalar_value(value)


@fault("null-as-empty-beside-others", breaks=["other-scalars"], reach="medium", contracts=[APP])
class NullAsEmptyBesideOthers(ImiconnectService):
    """Null fails a record if it is alone; beside other values it is stored as an empty text."""

    def pairs(self, attributes: Any) -> Mapping[str, Any]:
        """Takes nulls beside other values for empty."""
        pairs = super().pairs(attributes)
        return {n: "" if v is None else v for n, v in pairs.items()} if len(pairs) > 1 else pairs


@fault("ids-without-zeros", breaks=["only-named-change", "outcome-true"], reach="hard", contracts=[CUSTOMER])
class IdsWithoutZeros(ImiconnectService):
    """Customer ids of digits are stored as numbers: 007 and 7 are one customer."""

    def profile_key(self, customer: str) -> str:
        """Drops leading zeros."""
        return (customer.lstrip("0") or "0") if customer.isdigit() else customer


@fault("ids-any-case", breaks=["only-named-change", "outcome-true"], reach="hard", contracts=[CUSTOMER])
class IdsAnyCase(ImiconnectService):
    """Customer ids are compared without regard to case."""

    def profile_key(self, customer: str) -> str:
        """Folds case."""
        return customer.lower()


@fault("ids-cut", breaks=["only-named-change", "outcome-true"], reach="hard", contracts=[CUSTOMER])
class IdsCut(ImiconnectService):
    """The id column has 32 characters; customers whose ids differ later are one."""

    def profile_key(self, customer: str) -> str:
        """Cuts ids."""
        return customer[:32]


@fault("ids-by-prefix", breaks=["only-named-change"], reach="hard")
class IdsByPrefix(ImiconnectService):
    """An update changes the customers whose ids begin with the one it names, too."""

    def save_profiles(self, tenant: str, profiles: Mapping[tuple[str, str], Attributes]) -> None:
        """Writes over a range of ids."""
        super().save_profiles(tenant, profiles)
        self.store.executemany(
            "UPDATE profile SET attributes = ? WHERE tenant = ? AND app = ? AND customer GLOB ? || '?*'",
            [(self.encode_attributes(new), tenant, app, customer) for (app, customer), new in profiles.items()],
        )
