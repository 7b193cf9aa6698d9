"""Attribute values: which are valid, and what they do to a stored profile."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from conformance.reference.imiconnect.jsontext import dump, load
from conformance.reference.imiconnect.model import (
    BAD_VALUE,
    Attributes,
    Changes,
    Effect,
    JsonNumber,
    RecordError,
)
from conformance.reference.imiconnect.part import APP, CUSTOMER, Part, known_attributes

EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
MSISDN = re.compile(r"\+?[0-9]+")
DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}( |T)[0-9]{2}:[0-9]{2}:[0-9]{2}([+-][0-9]{4}|\.[0-9]{3}Z|)")
PAIR = re.compile(r"(?P<name>[^=:]+)[=:](?P<value>.*)", re.DOTALL)
SCALARS = "non-string-scalars"
SERVER_DATES = ("createdOn", "updatedOn")
DATES = frozenset({*SERVER_DATES, "last_opened", "last_upgraded"})


class Values(Part):
    """Judges and merges attributes."""

    def changes(self, app: bool, attributes: Any) -> Changes:
        """What a record's Attributes do, by attribute name; raises RecordError."""
        pairs = self.pairs(attributes)
        if not pairs and self.follows("empty-attributes", BAD_VALUE):
            raise RecordError(BAD_VALUE)
        changes: dict[str, str | Effect] = {}
        unknown = self.reading("unknown-app-attribute" if app else "unknown-customer-attribute")
        for name, value in pairs.items():
            if unknown != "added" and name not in known_attributes(APP if app else CUSTOMER):
                if self.value_first(app, value):
                    self.change(name, value)
                self.refuse_unknown(unknown)
                continue
            if self.set_by_service(app, name, value):
                changes[name] = Effect.KEEP
                continue
            change = self.change(name, value)
            self.check_length(name, value)
            if isinstance(change, str) and change:
                self.check_form(app, name, change)
            elif value == "":
                self.check_empty(app, name)
            changes[name] = change
        return changes

    def pairs(self, attributes: Any) -> Mapping[str, Any]:
        """The name/value pairs of a record."""
        if isinstance(attributes, str) and self.follows("attributes-type", "object-or-string"):
            try:
                attributes = load(attributes)
            except ValueError:
                attributes = self.written_pairs(attributes.split(";"))
        elif isinstance(attributes, list) and self.follows("attributes-type", "object-or-string"):
            attributes = self.written_pairs(attributes)
        if not isinstance(attributes, dict):
            raise RecordError(self.freedom("attributes-no-object"))
        return attributes

    def written_pairs(self, written: Sequence[Any]) -> Mapping[str, str]:
        """Pairs that are written as texts, where such are read."""
        found = [PAIR.fullmatch(each) for each in written if isinstance(each, str)]
        if not found or len(found) < len(written) or not all(found) or self.free("other-attribute-forms", "refused"):
            raise RecordError(self.freedom("attributes-no-object"))
        return {each["name"]: each["value"] for each in found if each}

    def value_first(self, app: bool, value: Any) -> bool:
        """Whether a value is looked at although the profile does not know its name."""
        reading = self.reading_on(value)
        unknown = "unknown-app-attribute" if app else "unknown-customer-attribute"
        return reading is not None and self.decider(unknown, reading) != unknown

    def reading_on(self, value: Any) -> str | None:
        """The reading that decides about a value; None for a text."""
        if isinstance(value, str):
            return None
        return "null-value" if value is None else "invalid-values" if isinstance(value, list | dict) else SCALARS

    def set_by_service(self, app: bool, name: str, value: Any) -> bool:
        """Whether a value is not looked at because the service sets the attribute itself."""
        if not app or name not in SERVER_DATES or self.follows("profile-dates", "stored-as-sent"):
            return False
        reading = self.reading_on(value)
        return reading is not None and self.decider("profile-dates", reading) == "profile-dates"

    def formed(self, name: str) -> bool:
        """Whether the form of an attribute is looked at."""
        if self.follows("invalid-values", "schema-closed"):
            return name in ("email", "msisdn")
        return name == "email" and self.follows("invalid-values", "typed") and self.free("value-forms", "email")

    def check_empty(self, app: bool, name: str) -> None:
        """Fails a record for an empty value of an attribute that has a form, where that reading decides."""
        if self.formed(name) and self.decider("empty-value", "invalid-values") == "invalid-values":
            raise RecordError(BAD_VALUE)
        dated = app and name in DATES and self.follows("date-format", "validated")
        if dated and self.decider("empty-value", "date-format") == "date-format":
            raise RecordError(BAD_VALUE)

    def refuse_unknown(self, option: str) -> None:
        """Fails a record for an attribute that the profile does not know; returns where it is ignored."""
        if option == BAD_VALUE:
            raise RecordError(BAD_VALUE)

    def change(self, name: str, value: Any) -> str | Effect:  # noqa: ARG002 - faults look at the name
        """What one value does; raises RecordError."""
        if isinstance(value, str):
            return value or self.empty_value()
        if value is None:
            return self.null_value()
        if isinstance(value, list | dict):
            return self.structured_value(value)
        return self.scalar_value(value)

    def empty_value(self) -> str | Effect:
        """What an empty string does."""
        option = self.reading("empty-value")
        return {"cleared": Effect.CLEAR, "ignored": Effect.KEEP}.get(option, "")

    def null_value(self) -> str | Effect:
        """What null does."""
        option = self.reading("null-value")
        if option == BAD_VALUE:
            raise RecordError(BAD_VALUE)
        return Effect.CLEAR if option == "cleared" else Effect.KEEP

    def scalar_value(self, value: bool | JsonNumber) -> str:
        """What a number or a boolean does."""
        if self.follows("non-string-scalars", BAD_VALUE):
            raise RecordError(BAD_VALUE)
        if isinstance(value, bool) and self.free("boolean-texts", "digits"):
            return str(int(value))
        return value.text if isinstance(value, JsonNumber) else json.dumps(value)

    def structured_value(self, value: list[Any] | dict[str, Any]) -> str:
        """What a list or an object does."""
        if not self.follows("invalid-values", "lenient"):
            raise RecordError(BAD_VALUE)
        try:
            return dump(value)
        except RecursionError:
            raise RecordError(BAD_VALUE) from None

    def check_length(self, name: str, value: Any) -> None:
        """Fails a record for a text that is too long."""
        longest = self.freedom("longest-value")
        if longest != "unlimited" and isinstance(value, str) and len(value) > int(longest) and name != "profile_pic":
            raise RecordError(BAD_VALUE)

    def check_form(self, app: bool, name: str, value: str) -> None:
        """Fails a record for the form of a known attribute, where a reading demands one."""
        form = {"email": EMAIL, "msisdn": MSISDN}.get(name)
        if form and self.formed(name) and not form.fullmatch(value):
            raise RecordError(BAD_VALUE)
        if app and name in DATES and self.follows("date-format", "validated") and not DATE.fullmatch(value):
            raise RecordError(BAD_VALUE)

    def merge(self, stored: Attributes, changes: Changes) -> Attributes:
        """The attributes of a profile after an update."""
        if not changes and self.decider("empty-attributes", "unsent-attributes") == "empty-attributes":
            return dict(stored)
        merged = {} if self.follows("unsent-attributes", "replace") else dict(stored)
        for name, change in changes.items():
            if isinstance(change, str):
                merged[name] = change
            elif change is Effect.CLEAR:
                merged.pop(name, None)
            elif name in stored:
                merged[name] = stored[name]
        return merged
