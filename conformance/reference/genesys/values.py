"""Values of every declared type: which are valid, and as what they are kept."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from typing import Any

from conformance.reference.genesys.model import AttributeDef, InvalidError, SilentError
from conformance.reference.genesys.schemas import Schemas

DATE_ONLY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
CANONICAL = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z")
OTHER_DATE_TIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})"
)
NUMBER_TEXT = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?")
MIDNIGHT = "T00:00:00.000Z"
INTEGER_BITS = {"integer": 32, "long": 64}


class Values(Schemas):
    """Checks one value at a time. A wrong one raises InvalidError."""

    def attribute_value(self, attribute: AttributeDef, value: Any) -> Any:
        """One value of a profile attribute, as it is kept."""
        text = self.text(value)
        return self.date_attribute(text) if attribute.type == "date" else self.authorized(text)

    def authorized(self, text: str) -> str:
        """A text that an attribute may have."""
        if self.freedom("unauthorized-strings") == "markup" and any(letter in text for letter in "<>{}$"):
            raise SilentError("an unauthorized string")
        if self.freedom("longest-text") == "two-hundred" and len(text) > 200:
            raise SilentError("longer than 200 characters")
        return text

    def date_attribute(self, text: str) -> str:
        """A value of a date attribute: a date-time, or a date where the reading takes one."""
        if not DATE_ONLY.fullmatch(text):
            return self.date_time(text)
        if self.reading("date-only-value") == "reject-400":
            raise InvalidError("not a date-time")
        day = self.day(text)
        return f"{day}T00:00:00.000Z" if self.reading("date-only-value") == "normalised" else day

    def record_value(self, attribute: AttributeDef, value: Any) -> Any:
        """One value of an extension attribute, as it is kept."""
        match attribute.type:
            case "string":
                return self.limited(self.text(value), attribute.length)
            case "date" if self.reading("record-date-form") == "date-time":
                return self.midnight(self.text(value))
            case "date":
                return self.day(self.text(value))
            case "currency" if self.reading("currency-form") == "text":
                return self.amount(value)
            case "datetime":
                return self.date_time(self.text(value))
            case "boolean":
                return self.truth(value)
            case "integer" | "long":
                return self.whole(value, INTEGER_BITS[attribute.type])
            case _:
                return self.number(value)

    def coerces(self) -> bool:
        """Whether a value of another JSON type is taken for what it could mean."""
        return self.reading("wrong-json-type") == "coerced"

    def text(self, value: Any) -> str:
        """A text."""
        if isinstance(value, str):
            return value
        if not self.coerces() or isinstance(value, (list, dict)) or value is None:
            raise InvalidError("not a string")
        return str(value).lower() if isinstance(value, bool) else str(value)

    def limited(self, text: str, length: int | None) -> str:
        """A text of at most so many characters."""
        if length is None or len(text) <= length:
            return text
        match self.reading("over-long-extension-text"):
            case "400":
                raise SilentError(f"longer than {length} characters")
            case "truncated":
                return text[:length]
            case _:
                return text

    def day(self, text: str) -> str:
        """A date."""
        try:
            if DATE_ONLY.fullmatch(text):
                date.fromisoformat(text)
                return text
        except ValueError:
            pass
        raise InvalidError("not a date")

    def midnight(self, text: str) -> str:
        """A date as the date-time of its first moment."""
        if not text.endswith(MIDNIGHT):
            raise InvalidError("not midnight in UTC")
        return f"{self.day(text.removesuffix(MIDNIGHT))}{MIDNIGHT}"

    def amount(self, value: Any) -> str:
        """An amount of money as a text."""
        if not isinstance(value, str) or not NUMBER_TEXT.fullmatch(value):
            raise InvalidError("not the text of an amount")
        return value

    def date_time(self, text: str) -> str:
        """A date-time in the printed form, or in another one where the reading takes it."""
        option = self.reading("offset-date-time")
        canonical = CANONICAL.fullmatch(text) is not None
        if not canonical and (option == "400" or not OTHER_DATE_TIME.fullmatch(text)):
            raise InvalidError("not a date-time")
        try:
            moment = datetime.fromisoformat(text).astimezone(UTC)
        except (ValueError, OverflowError):
            raise InvalidError("not a date-time") from None
        return text if canonical or option == "accept-as-sent" else self.printed(moment)

    def printed(self, moment: datetime) -> str:
        """A moment in UTC in the printed form."""
        return moment.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"

    def truth(self, value: Any) -> bool:
        """A boolean."""
        if isinstance(value, bool):
            return value
        if self.coerces() and value in ("true", "false"):
            return bool(value == "true")
        raise InvalidError("not a boolean")

    def whole(self, value: Any, bits: int) -> int:
        """An integer of so many bits, sign included."""
        number = self.number(value)
        if not isinstance(number, int) and not number.is_integer():
            raise InvalidError("not an integer")
        if not -(2 ** (bits - 1)) <= number < 2 ** (bits - 1):
            raise InvalidError(f"not an integer of {bits} bits")
        wide = self.freedom("wide-integers") == "rounded" and abs(number) > 2**53
        return int(float(number)) if wide else int(number)

    def number(self, value: Any) -> int | float:
        """A number within the range of a double."""
        if self.coerces() and isinstance(value, str) and NUMBER_TEXT.fullmatch(value):
            value = float(value) if "." in value else int(value)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise InvalidError("not a number")
        try:
            float(value)
        except OverflowError:
            raise InvalidError("out of range") from None
        return value
