"""Faults in single values: texts, dates, numbers."""

from __future__ import annotations

import html
import re
import struct
import unicodedata
from datetime import datetime, timedelta
from typing import Any

from conformance.reference.faults import fault
from conformance.reference.genesys.model import AttributeDef, InvalidError
from conformance.reference.genesys.service import GenesysService

TEXT = "text-values"
SENT = "sent-attributes-stored"
MOMENT = "date-time-values"
TYPES = "extension-attribute-types"
RECORD = "extension-replaced"
PRINTED = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(.*)\.(\d{3})Z")


class TextFault(GenesysService):
    """A service that does something to every text of an attribute."""

    def attribute_value(self, attribute: AttributeDef, value: Any) -> Any:
        """The value after what was done to it."""
        kept = super().attribute_value(attribute, value)
        return self.harmed(kept) if attribute.type == "string" else kept

    def harmed(self, text: str) -> str:
        """What becomes of a text."""
        return text


@fault("text-cut-at-255", breaks=[TEXT, SENT], reach="hard")
class TextCutAt255(TextFault):
    """Texts are cut to the 255 characters of their column."""

    def harmed(self, text: str) -> str:
        """Cuts."""
        return text[:255]


@fault("text-trimmed", breaks=[TEXT, SENT], reach="medium")
class TextTrimmed(TextFault):
    """Blanks at the ends of a text are lost."""

    def harmed(self, text: str) -> str:
        """Trims."""
        return text.strip()


@fault("text-beyond-bmp-lost", breaks=[TEXT, SENT], reach="hard")
class TextBeyondBmpLost(TextFault):
    """Characters beyond the basic multilingual plane become question marks."""

    def harmed(self, text: str) -> str:
        """Keeps what three bytes can hold."""
        return "".join(c if ord(c) < 0x10000 else "?" for c in text)


@fault("text-normalized", breaks=[TEXT, SENT], reach="hard")
class TextNormalized(TextFault):
    """Combining characters are composed, so another text comes back than was sent."""

    def harmed(self, text: str) -> str:
        """Composes."""
        return unicodedata.normalize("NFC", text)


@fault("text-html-escaped", breaks=[TEXT, SENT], reach="medium")
class TextHtmlEscaped(TextFault):
    """Markup characters come back escaped."""

    def harmed(self, text: str) -> str:
        """Escapes."""
        return html.escape(text)


@fault("backslash-lost", breaks=[TEXT, SENT], reach="hard")
class BackslashLost(TextFault):
    """A backslash is taken for an escape and lost."""

    def harmed(self, text: str) -> str:
        """Removes one level of escapes."""
        return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)


@fault("line-ends-changed", breaks=[TEXT, SENT], reach="hard")
class LineEndsChanged(TextFault):
    """Carriage returns become line feeds."""

    def harmed(self, text: str) -> str:
        """Changes line ends."""
        return text.replace("\r\n", "\n").replace("\r", "\n")


@fault("latin-1-only", breaks=[TEXT, SENT], reach="medium")
class Latin1Only(TextFault):
    """Characters beyond Latin-1 become question marks."""

    def harmed(self, text: str) -> str:
        """Keeps what one byte can hold."""
        return text.encode("latin-1", "replace").decode("latin-1")


class MomentFault(GenesysService):
    """A service that does something to every date-time in the printed form."""

    def date_time(self, text: str) -> str:
        """The date-time after what was done to it."""
        kept = super().date_time(text)
        found = PRINTED.fullmatch(kept)
        return self.harmed(kept, found) if found else kept

    def harmed(self, text: str, parts: re.Match[str]) -> str:  # noqa: ARG002 - for the faults
        """What becomes of a date-time."""
        return text


@fault("milliseconds-dropped", breaks=[MOMENT, SENT, TYPES], reach="medium")
class MillisecondsDropped(MomentFault):
    """Milliseconds come back as 000."""

    def harmed(self, text: str, parts: re.Match[str]) -> str:
        """Stores whole seconds."""
        return text.replace(f".{parts[5]}Z", ".000Z")


@fault("milliseconds-through-float", breaks=[MOMENT, SENT, TYPES], reach="hard")
class MillisecondsThroughFloat(MomentFault):
    """Milliseconds pass through a binary fraction and some lose one."""

    def harmed(self, text: str, parts: re.Match[str]) -> str:
        """Truncates a product of the seconds since 1970."""
        milliseconds = int(datetime.fromisoformat(text).timestamp() % 1 * 1000)
        return text.replace(f".{parts[5]}Z", f".{milliseconds:03d}Z")


@fault("julian-before-1582", breaks=[MOMENT, SENT], reach="hard")
class JulianBefore1582(MomentFault):
    """Dates before the Gregorian calendar are shifted by the days between the calendars."""

    def harmed(self, text: str, parts: re.Match[str]) -> str:
        """Converts by way of a calendar that changes in 1582."""
        moment = datetime.fromisoformat(text)
        if moment.year >= 1582 or moment.year < 2:
            return text
        return f"{(moment - timedelta(days=10)).date().isoformat()}T{parts[4]}.{parts[5]}Z"


@fault("after-2262-clamped", breaks=[MOMENT, SENT], reach="hard")
class After2262Clamped(MomentFault):
    """Date-times are nanoseconds since 1970 in 64 bits; later ones become the last that fits."""

    def harmed(self, text: str, parts: re.Match[str]) -> str:
        """Ends in April 2262."""
        return min(text, f"2262-04-11T23:47:16.{parts[5]}Z")


@fault("leap-day-moved", breaks=[MOMENT, SENT, TYPES], reach="hard")
class LeapDayMoved(MomentFault):
    """The 29th of February becomes the 1st of March."""

    def harmed(self, text: str, parts: re.Match[str]) -> str:
        """Knows 28 days."""
        return text.replace("-02-29T", "-03-01T") if (parts[2], parts[3]) == ("02", "29") else text


@fault("before-1970-clamped", breaks=[MOMENT, SENT, TYPES], reach="hard")
class Before1970Clamped(MomentFault):
    """Date-times before 1970 become its first moment: they are kept as an unsigned number."""

    def harmed(self, text: str, parts: re.Match[str]) -> str:
        """Clamps."""
        return text if int(parts[1]) >= 1970 else "1970-01-01T00:00:00.000Z"


@fault("after-2038-clamped", breaks=[MOMENT, SENT, TYPES], reach="hard")
class After2038Clamped(MomentFault):
    """Date-times after 2038-01-19 become that moment: they are kept in 32 bits."""

    def harmed(self, text: str, parts: re.Match[str]) -> str:  # noqa: ARG002
        """Clamps."""
        return min(text, "2038-01-19T03:14:07.000Z")


@fault("date-time-in-local-time", breaks=[MOMENT, SENT, TYPES], reach="medium")
class DateTimeInLocalTime(GenesysService):
    """Date-times come back with the offset of the server instead of Z."""

    def date_time(self, text: str) -> str:
        """Ends otherwise."""
        return super().date_time(text).replace("Z", "+00:00")


@fault("offset-dropped", breaks=["other-date-forms"], reach="hard")
class OffsetDropped(GenesysService):
    """A date-time with an offset is accepted and its offset replaced by Z, which is another instant."""

    def date_time(self, text: str) -> str:
        """Cuts the offset off."""
        found = re.fullmatch(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{3})?\d*[+-]\d\d:\d\d", text)
        return super().date_time(f"{found[1]}{found[2] or '.000'}Z" if found else text)


@fault("date-one-day-early", breaks=["date-only-values", "example-accepted", SENT], reach="medium")
class DateOneDayEarly(GenesysService):
    """A date without a time is shifted across midnight and comes back one day early."""

    def date_attribute(self, text: str) -> str:
        """Subtracts a day."""
        kept = super().date_attribute(text)
        if len(text) > 10 or kept.startswith("0001-01-01"):
            return kept
        day = datetime.fromordinal(datetime.fromisoformat(kept[:10]).toordinal() - 1)
        return day.date().isoformat() + kept[10:]


@fault("impossible-days-accepted", breaks=["impossible-dates-refused"], reach="hard")
class ImpossibleDaysAccepted(GenesysService):
    """Every month has 31 days: 2021-02-30 is accepted."""

    def date_attribute(self, text: str) -> str:
        """Checks digits alone where the day is no more than 31."""
        try:
            return super().date_attribute(text)
        except InvalidError:
            if re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])-(29|3[01])(T([01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z)?", text):
                return text
            raise


@fault("any-text-is-a-date", breaks=["impossible-dates-refused", "refused-changes-nothing"], reach="medium")
class AnyTextIsADate(GenesysService):
    """Words without a digit are accepted as the value of a date attribute."""

    def date_attribute(self, text: str) -> str:
        """Checks only what looks like a date."""
        return super().date_attribute(text) if re.search(r"\d", text) else text


@fault("boolean-stored-as-text", breaks=["wrong-types-answered", "refused-changes-nothing"], reach="hard")
class BooleanStoredAsText(GenesysService):
    """A boolean in a text attribute is stored as its text, although a number is refused."""

    def text(self, value: Any) -> str:
        """Takes booleans."""
        return str(value) if isinstance(value, bool) else super().text(value)


@fault("object-stored-as-text", breaks=["wrong-types-answered", "refused-changes-nothing"], reach="hard")
class ObjectStoredAsText(GenesysService):
    """A JSON object in a text attribute is stored as its text, although a number is refused."""

    def text(self, value: Any) -> str:
        """Takes objects."""
        return str(value) if isinstance(value, dict) else super().text(value)


@fault("word-for-number-becomes-zero", breaks=["wrong-types-answered", "extension-schema-enforced"], reach="hard")
class WordForNumberBecomesZero(GenesysService):
    """A text that is no number becomes 0 in a numeric attribute of a record."""

    def number(self, value: Any) -> int | float:
        """Knows no errors."""
        return super().number(0 if isinstance(value, str) and not value.strip("-").isdigit() else value)


@fault("integers-in-16-bits", breaks=[TYPES, RECORD], reach="hard")
class IntegersIn16Bits(GenesysService):
    """Integers are kept in 16 bits; larger ones are clamped."""

    def whole(self, value: Any, bits: int) -> int:
        """Clamps integers."""
        kept = super().whole(value, bits)
        return max(-(2**15), min(2**15 - 1, kept)) if bits == 32 else kept


@fault("longs-in-single-precision", breaks=[TYPES, RECORD], reach="hard")
class LongsInSinglePrecision(GenesysService):
    """Long integers pass through a number of single precision and lose their last digits beyond 2 to the 24."""

    def whole(self, value: Any, bits: int) -> int:
        """Rounds."""
        number = super().whole(value, bits)
        return int(struct.unpack("f", struct.pack("f", number))[0]) if bits == 64 else number


@fault("doubles-in-32-bits", breaks=[TYPES, RECORD], reach="hard")
class DoublesIn32Bits(GenesysService):
    """Doubles are kept in single precision."""

    def number(self, value: Any) -> int | float:
        """Rounds fractions."""
        kept = super().number(value)
        if not isinstance(kept, float) or abs(kept) > 3e38:
            return kept
        rounded: float = struct.unpack("f", struct.pack("f", kept))[0]
        return rounded


@fault("booleans-as-texts", breaks=[TYPES, RECORD, "answers-fit-schemas"], reach="medium")
class BooleansAsTexts(GenesysService):
    """Booleans in records come back as texts."""

    def record_value(self, attribute: AttributeDef, value: Any) -> Any:
        """Stores the text of a boolean."""
        kept = super().record_value(attribute, value)
        return str(kept).lower() if isinstance(kept, bool) else kept


@fault("integers-as-texts", breaks=[TYPES, RECORD, "example-accepted"], reach="medium")
class IntegersAsTexts(GenesysService):
    """Integers in records come back as texts."""

    def record_value(self, attribute: AttributeDef, value: Any) -> Any:
        """Stores the text of an integer."""
        kept = super().record_value(attribute, value)
        return str(kept) if attribute.type == "integer" else kept


@fault("text-of-full-length-refused", breaks=[TYPES, RECORD, "extensions-accepted", "update-by-address"], reach="hard")
class TextOfFullLengthRefused(GenesysService):
    """A text that is exactly as long as its extension schema allows is refused as too long."""

    def limited(self, text: str, length: int | None) -> str:
        """Is off by one."""
        if length is not None and len(text) == length:
            raise InvalidError(f"longer than {length} characters")
        return super().limited(text, length)


@fault("integer-past-bounds-wraps", breaks=[TYPES, RECORD], reach="hard")
class IntegerPastBoundsWraps(GenesysService):
    """An integer just past the bounds of its type is accepted and wraps around to the other end."""

    def whole(self, value: Any, bits: int) -> int:
        """Keeps the lowest bits."""
        if type(value) is not int:
            return super().whole(value, bits)
        span: int = 1 << bits
        return (value + span // 2) % span - span // 2


@fault("largest-integer-refused", breaks=[TYPES, RECORD, "extensions-accepted", "update-by-address"], reach="hard")
class LargestIntegerRefused(GenesysService):
    """The largest and the smallest integer of a type are refused."""

    def whole(self, value: Any, bits: int) -> int:
        """Is off by one at both ends."""
        kept = super().whole(value, bits)
        if kept in (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1):
            raise InvalidError(f"not an integer of {bits} bits")
        return kept
