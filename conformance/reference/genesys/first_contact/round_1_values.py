"""Faults of the first round: texts, dates, numbers, several values. Each describes what the faulty server does."""

from __future__ import annotations

import html
import re
from typing import Any

from conformance.reference.faults import fault
from conformance.reference.genesys.model import Attribute, AttributeDef, Change, Key
from conformance.reference.genesys.service import GenesysService

UCS = ["genesys-ucs"]
BEYOND_BASIC_PLANE = re.compile("[\U00010000-\U0010ffff]")
BEHIND_GREENWICH = re.compile(r"([0-9-]{10}T[0-9:]{8}\.[0-9]{3})-[0-9]{2}:[0-9]{2}")


@fault("null-keeps-date", breaks=["empty-values"], contracts=UCS, reach="medium", round=1)
class NullKeepsDate(GenesysService):
    """Null for a date attribute is accepted, and the old date stays."""

    def read_member(self, change: Change, key: Key, name: str, value: Any) -> None:
        """Puts the stored date in the place of null."""
        known = self.find_attribute(key.tenant, name)
        if value is not None or known is None or known.type != "date":
            super().read_member(change, key, name, value)
        elif (stored := self.stored_attributes(key).get(known.name)) is not None:
            change.attributes[known.name] = stored


@fault("beyond-basic-plane-replaced", breaks=["text-values"], contracts=UCS, reach="medium", round=1)
class BeyondBasicPlaneReplaced(GenesysService):
    """Characters beyond the basic plane of Unicode, such as emoji, come back as replacement characters."""

    def authorized(self, text: str) -> str:
        """Keeps what fits into three bytes."""
        return BEYOND_BASIC_PLANE.sub("\ufffd", super().authorized(text))


@fault("character-references-resolved", breaks=["text-values"], contracts=UCS, reach="hard", round=1)
class CharacterReferencesResolved(GenesysService):
    """A text with a character reference of HTML, such as &amp;, comes back with the character itself."""

    def authorized(self, text: str) -> str:
        """Undoes an escaping that nobody has done."""
        return html.unescape(super().authorized(text))


@fault("zeros-before-digits-lost", breaks=["text-values"], contracts=UCS, reach="hard", round=1)
class ZerosBeforeDigitsLost(GenesysService):
    """A text of digits alone loses the zeros that it begins with."""

    def authorized(self, text: str) -> str:
        """Takes the text for a number."""
        digits = text.isascii() and text.isdigit()
        return super().authorized(text.lstrip("0") or "0") if digits else super().authorized(text)


@fault("long-text-cut", breaks=["text-values"], contracts=UCS, reach="hard", round=1)
class LongTextCut(GenesysService):
    """A text of more than 255 characters is accepted and cut without a word."""

    def authorized(self, text: str) -> str:
        """Keeps what fits into the column."""
        return super().authorized(text)[:255]


@fault("word-null-is-no-value", breaks=["text-values", "several-values"], contracts=UCS, reach="hard", round=1)
class WordNullIsNoValue(GenesysService):
    """The text "null" counts as no value, although it is a text like any other."""

    def kept_values(self, attribute: AttributeDef, values: list[Any], *, many: bool) -> Attribute:
        """Leaves the word out."""
        return super().kept_values(attribute, [v for v in values if v not in ("null", "NULL")], many=many)


@fault("number-among-texts-taken", breaks=["wrong-types-answered"], contracts=UCS, reach="hard", round=1)
class NumberAmongTextsTaken(GenesysService):
    """A number alone is refused in a text attribute, but one behind the first value of an array becomes a text."""

    def without_null(self, values: list[Any]) -> list[Any]:
        """Makes texts of the numbers behind the first value."""
        kept = super().without_null(values)
        return [*kept[:1], *(str(v) if type(v) in (int, float) else v for v in kept[1:])]


@fault("semicolon-parts-values", breaks=["several-values"], contracts=UCS, reach="hard", round=1)
class SemicolonPartsValues(GenesysService):
    """A semicolon in one of several values parts it into two values."""

    def kept_values(self, attribute: AttributeDef, values: list[Any], *, many: bool) -> Attribute:
        """Splits what was joined by a semicolon."""
        if many:
            values = [part for v in values for part in (v.split(";") if isinstance(v, str) else [v])]
        return super().kept_values(attribute, values, many=many)


@fault("values-in-other-case-collapse", breaks=["several-values"], contracts=UCS, reach="hard", round=1)
class ValuesInOtherCaseCollapse(GenesysService):
    """Of several values that differ in letter case alone, only the first is kept."""

    def ordered(self, values: list[Any]) -> list[Any]:
        """Leaves out what an earlier value equals but for its case."""
        kept = super().ordered(values)
        folded = [(value, value.casefold()) for value in kept]
        return [
            value
            for place, (value, fold) in enumerate(folded)
            if not any(other == fold and before != value for before, other in folded[:place])
        ]


@fault(
    "shorter-array-leaves-tail",
    breaks=["several-values", "sent-attributes-stored"],
    contracts=UCS,
    reach="hard",
    round=1,
)
class ShorterArrayLeavesTail(GenesysService):
    """An array that is shorter than the stored one overwrites its first values and leaves the rest."""

    def write_attributes(self, key: Key, change: Change) -> None:
        """Appends what the stored values have beyond the length of the sent ones."""
        before = self.stored_attributes(key)
        for name, sent in list(change.attributes.items()):
            if sent.many and sent.values and name in before:
                tail = before[name].values[len(sent.values) :]
                change.attributes[name] = Attribute((*sent.values, *tail), many=True)
        super().write_attributes(key, change)


@fault("whole-second-without-milliseconds", breaks=["date-time-values"], contracts=UCS, reach="medium", round=1)
class WholeSecondWithoutMilliseconds(GenesysService):
    """A date-time at a whole second comes back without its milliseconds."""

    def date_time(self, text: str) -> str:
        """Prints only the milliseconds that are not zero."""
        return super().date_time(text).replace(".000Z", "Z")


@fault("every-month-has-31-days", breaks=["impossible-dates-refused"], contracts=UCS, reach="hard", round=1)
class EveryMonthHas31Days(GenesysService):
    """A date-time on the 31st of April, June, September or November is accepted."""

    def date_time(self, text: str) -> str:
        """Checks the 30th in the place of the 31st."""
        if text[5:10] in ("04-31", "06-31", "09-31", "11-31"):
            super().date_time(f"{text[:8]}30{text[10:]}")
            return text
        return super().date_time(text)


@fault("second-date-unchecked", breaks=["impossible-dates-refused"], contracts=UCS, reach="hard", round=1)
class SecondDateUnchecked(GenesysService):
    """Of several values of a date attribute, only the first has to be a date."""

    def kept_values(self, attribute: AttributeDef, values: list[Any], *, many: bool) -> Attribute:
        """Takes all but the first as they are."""
        if attribute.type != "date" or len(values) < 2:
            return super().kept_values(attribute, values, many=many)
        first = super().kept_values(attribute, values[:1], many=True)
        return Attribute((*first.values, *(self.text(value) for value in values[1:])), many=True)


@fault("offset-behind-greenwich-dropped", breaks=["other-date-forms"], contracts=UCS, reach="hard", round=1)
class OffsetBehindGreenwichDropped(GenesysService):
    """A date-time with a negative offset is accepted and comes back with Z in its place, as another instant."""

    def date_time(self, text: str) -> str:
        """Puts Z in the place of the offset."""
        found = BEHIND_GREENWICH.fullmatch(text)
        return super().date_time(f"{found[1]}Z" if found else text)


@fault(
    "integer-wraps-around",
    breaks=["extension-attribute-types", "extension-replaced"],
    contracts=UCS,
    reach="medium",
    round=1,
)
class IntegerWrapsAround(GenesysService):
    """An integer of a record beyond 32 bits is accepted and comes back as another number."""

    def whole(self, value: Any, bits: int) -> int:
        """Keeps the lower bits."""
        number = self.number(value)
        if bits == 32 and isinstance(number, int):
            return (number + 2**31) % 2**32 - 2**31
        return super().whole(value, bits)


@fault(
    "true-is-one", breaks=["wrong-types-answered", "extension-schema-enforced"], contracts=UCS, reach="medium", round=1
)
class TrueIsOne(GenesysService):
    """A boolean in a numeric attribute of a record is accepted and becomes 1 or 0."""

    def number(self, value: Any) -> int | float:
        """Takes booleans for the numbers that they are inside."""
        return super().number(int(value) if isinstance(value, bool) else value)
