"""Faults of round 2 in attributes, dates and texts."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from html import unescape
from typing import Any

from conformance.reference.faults import fault
from conformance.reference.genesys.model import Attribute, AttributeDef
from conformance.reference.genesys.service import GenesysService
from conformance.reference.genesys.values import CANONICAL, DATE_ONLY

FIRST_SUMMER_TIME = 1980
LONGEST = 1000


@fault(
    "international-phone-number-reformatted",
    breaks=["text-values", "sent-attributes-stored"],
    contracts=["genesys-ucs"],
    reach="medium",
    round=2,
)
class InternationalPhoneNumberReformatted(GenesysService):
    """A phone number that begins with a plus sign loses its blanks, brackets and hyphens."""

    def attribute_value(self, attribute: AttributeDef, value: Any) -> Any:
        """Brings numbers into the form of E.164."""
        kept = super().attribute_value(attribute, value)
        number = attribute.name == "PhoneNumber" and kept.startswith("+")
        return "+" + re.sub(r"[^0-9]", "", kept) if number else kept


@fault(
    "domain-of-mail-address-in-lower-case",
    breaks=["text-values", "sent-attributes-stored"],
    contracts=["genesys-ucs"],
    reach="medium",
    round=2,
)
class DomainOfMailAddressInLowerCase(GenesysService):
    """The part of an e-mail address behind the @ is stored in lower case."""

    def attribute_value(self, attribute: AttributeDef, value: Any) -> Any:
        """Normalises the domain."""
        kept = super().attribute_value(attribute, value)
        if attribute.name != "EmailAddress":
            return kept
        local, at, domain = kept.rpartition("@")
        return f"{local}{at}{domain.lower()}" if at else kept


@fault(
    "names-in-capitals-toned-down",
    breaks=["text-values", "sent-attributes-stored"],
    contracts=["genesys-ucs"],
    reach="hard",
    round=2,
)
class NamesInCapitalsTonedDown(GenesysService):
    """A first or last name that is written in capitals throughout keeps its initials alone in capitals."""

    def attribute_value(self, attribute: AttributeDef, value: Any) -> Any:
        """Tidies names up."""
        kept = super().attribute_value(attribute, value)
        loud = attribute.name in ("FirstName", "LastName") and len(kept) > 2 and kept.isupper()
        return kept.title() if loud else kept


@fault(
    "joiners-without-width-removed",
    breaks=["text-values", "sent-attributes-stored"],
    contracts=["genesys-ucs"],
    reach="hard",
    round=2,
)
class JoinersWithoutWidthRemoved(GenesysService):
    """Zero-width joiners and non-joiners are removed, which takes Persian words and families of emoji apart."""

    def authorized(self, text: str) -> str:
        """Cleans invisible characters away."""
        return re.sub("[\u200c\u200d]", "", super().authorized(text))


@fault(
    "html-entities-resolved",
    breaks=["text-values", "sent-attributes-stored"],
    contracts=["genesys-ucs"],
    reach="hard",
    round=2,
)
class HtmlEntitiesResolved(GenesysService):
    """A text that holds an HTML entity such as &amp; is stored with the character that it stands for."""

    def authorized(self, text: str) -> str:
        """Takes texts for those of a web form."""
        return re.sub(r"&#?[A-Za-z0-9]+;", lambda found: unescape(found[0]), super().authorized(text))


@fault(
    "formulas-defused-with-an-apostrophe",
    breaks=["text-values", "sent-attributes-stored"],
    contracts=["genesys-ucs"],
    reach="hard",
    round=2,
)
class FormulasDefusedWithAnApostrophe(GenesysService):
    """A text that begins with =, +, - or @ gets an apostrophe before it, as for a spreadsheet."""

    def authorized(self, text: str) -> str:
        """Guards an export that reads the same table."""
        kept = super().authorized(text)
        return f"'{kept}" if kept.startswith(("=", "+", "-", "@")) else kept


@fault(
    "name-null-is-no-value",
    breaks=["text-values", "sent-attributes-stored"],
    contracts=["genesys-ucs"],
    reach="hard",
    round=2,
)
class NameNullIsNoValue(GenesysService):
    """An attribute whose text is the word null, in any letter case, is accepted and has no value afterwards."""

    def read_attribute(self, attribute: AttributeDef, value: Any) -> Attribute:
        """Takes the word for the thing."""
        if isinstance(value, str) and value.lower() == "null" and attribute.type != "date":
            return Attribute((), emptied="empty-text-attribute")
        return super().read_attribute(attribute, value)


@fault(
    "digits-lose-leading-zeros",
    breaks=["text-values", "sent-attributes-stored"],
    contracts=["genesys-ucs"],
    reach="hard",
    round=2,
)
class DigitsLoseLeadingZeros(GenesysService):
    """A text that consists of digits alone loses its leading zeros, as a number would."""

    def authorized(self, text: str) -> str:
        """Takes it through a number."""
        kept = super().authorized(text)
        return str(int(kept)) if re.fullmatch("0[0-9]{1,40}", kept) else kept


@fault(
    "semicolon-within-several-values-splits",
    breaks=["several-values", "sent-attributes-stored", "nothing-invented"],
    contracts=["genesys-ucs"],
    reach="hard",
    round=2,
)
class SemicolonWithinSeveralValuesSplits(GenesysService):
    """Where an attribute has several values, one that holds a semicolon comes back as two."""

    def kept_values(self, attribute: AttributeDef, values: list[Any], *, many: bool) -> Attribute:
        """Keeps them in one column, with semicolons between them."""
        kept = super().kept_values(attribute, values, many=many)
        if len(kept.values) < 2:
            return kept
        return replace(kept, values=tuple(part for value in kept.values for part in value.split(";")))


@fault(
    "first-of-several-values-checked",
    breaks=["wrong-types-answered", "impossible-dates-refused"],
    contracts=["genesys-ucs"],
    reach="hard",
    round=2,
)
class FirstOfSeveralValuesChecked(GenesysService):
    """Of several values only the primary one is checked; numbers and impossible dates behind it are stored."""

    def read_attribute(self, attribute: AttributeDef, value: Any) -> Attribute:
        """Checks what is primary."""
        if not isinstance(value, list) or len(value) < 2:
            return super().read_attribute(attribute, value)
        first = super().read_attribute(attribute, value[:1])
        return Attribute((*first.values, *value[1:]), many=True)


@fault(
    "milliseconds-of-zero-left-out",
    breaks=["date-time-values", "query-modify-update"],
    contracts=["genesys-ucs"],
    reach="medium",
    round=2,
)
class MillisecondsOfZeroLeftOut(GenesysService):
    """A date-time whose milliseconds are 000 comes back without them, and is refused when it is sent back."""

    def date_attribute(self, text: str) -> str:
        """Prints a fraction only where there is one."""
        kept = super().date_attribute(text)
        return kept.removesuffix(".000Z") + "Z" if kept.endswith(".000Z") else kept


@fault(
    "years-before-1000-without-zeros",
    breaks=["date-time-values", "date-only-values", "query-modify-update"],
    contracts=["genesys-ucs"],
    reach="hard",
    round=2,
)
class YearsBefore1000WithoutZeros(GenesysService):
    """A date before the year 1000, such as the 0001-01-01 of unset dates, comes back with a year of fewer digits."""

    def date_attribute(self, text: str) -> str:
        """Does not pad the year."""
        return super().date_attribute(text).lstrip("0")


@fault(
    "leap-day-in-1900-accepted",
    breaks=["impossible-dates-refused"],
    contracts=["genesys-ucs"],
    reach="hard",
    round=2,
)
class LeapDayIn1900Accepted(GenesysService):
    """The 29th of February of every fourth year is accepted, also in years such as 1900 that are no leap years."""

    def date_attribute(self, text: str) -> str:
        """Forgets the rule for centuries."""
        shaped = DATE_ONLY.fullmatch(text) or CANONICAL.fullmatch(text)
        if shaped and text[4:10] == "-02-29" and int(text[:4]) % 4 == 0:
            super().date_attribute(f"2000{text[4:]}")
            return text
        return super().date_attribute(text)


@fault(
    "dates-in-summer-one-day-early",
    breaks=["date-only-values", "sent-attributes-stored", "query-modify-update"],
    contracts=["genesys-ucs"],
    reach="hard",
    round=2,
)
class DatesInSummerOneDayEarly(GenesysService):
    """A date without a time between April and September, from 1980 on, comes back as the day before."""

    def date_attribute(self, text: str) -> str:
        """Keeps midnight in a zone with summer time and reads the day in UTC."""
        kept = super().date_attribute(text)
        if not DATE_ONLY.fullmatch(kept) or int(kept[:4]) < FIRST_SUMMER_TIME or not 4 <= int(kept[5:7]) <= 9:
            return kept
        return (date.fromisoformat(kept) - timedelta(days=1)).isoformat()


@fault(
    "texts-cut-at-a-thousand-characters",
    breaks=["text-values", "sent-attributes-stored"],
    contracts=["genesys-ucs"],
    reach="medium",
    round=2,
)
class TextsCutAtAThousandCharacters(GenesysService):
    """A text of more than a thousand characters is accepted and cut to a thousand."""

    def authorized(self, text: str) -> str:
        """Cuts without a word."""
        return super().authorized(text)[:LONGEST]
