"""Faults of customer profiles in what is stored and what is read; written from the documents alone."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from time import monotonic
from typing import Any
from urllib.parse import unquote

from conformance.reference.core import Reply
from conformance.reference.faults import fault
from conformance.reference.imiconnect.model import Attributes, Changes, Effect, JsonNumber, Scope
from conformance.reference.imiconnect.service import ImiconnectService

CONTRACTS = ("imiconnect-customer",)
ROUND = 2
INVISIBLE = dict.fromkeys((0x200B, 0x200C, 0x200D, 0x2060, 0xFE0F))
OFFSET_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[+-][0-9]{2}:?[0-9]{2}")
LONGEST_BYTES = 4000
MOST_ATTRIBUTES = 50
READ_CACHE_S = 1.0


def _rewritten(app: bool, changes: Changes, rewrite: Callable[[str, str], str]) -> Changes:
    """What a customer record changes, each text rewritten by its name and value."""
    if app:
        return changes
    return {name: rewrite(name, each) if isinstance(each, str) else each for name, each in changes.items()}


@fault(
    "customer-email-without-its-tag",
    breaks=["sent-attributes-stored", "outcome-true"],
    contracts=CONTRACTS,
    reach="hard",
    round=ROUND,
)
class EmailWithoutItsTag(ImiconnectService):
    """The part from a plus to the at sign is cut out of an e-mail address."""

    def changes(self, app: bool, attributes: Any) -> Changes:
        """Takes addresses of one mailbox for the same."""
        return _rewritten(
            app, super().changes(app, attributes), lambda n, v: re.sub(r"\+[^@]*@", "@", v) if n == "email" else v
        )


@fault(
    "customer-msisdn-in-digits-alone",
    breaks=["sent-attributes-stored", "outcome-true"],
    contracts=CONTRACTS,
    reach="medium",
    round=ROUND,
)
class MsisdnInDigitsAlone(ImiconnectService):
    """A msisdn is stored without its plus, blanks, hyphens and brackets."""

    def changes(self, app: bool, attributes: Any) -> Changes:
        """Reduces a number to what a switch dials."""
        found = super().changes(app, attributes)
        return _rewritten(app, found, lambda n, v: re.sub(r"[+\s()./-]", "", v) if n == "msisdn" else v)


@fault(
    "customer-text-composed",
    breaks=["sent-attributes-stored", "outcome-true"],
    contracts=CONTRACTS,
    reach="hard",
    round=ROUND,
)
class TextComposed(ImiconnectService):
    """A text with combining marks is stored in composed form, in other characters than were sent."""

    def changes(self, app: bool, attributes: Any) -> Changes:
        """Normalises to NFC."""
        return _rewritten(app, super().changes(app, attributes), lambda _, v: unicodedata.normalize("NFC", v))


@fault(
    "customer-joiners-taken-out",
    breaks=["sent-attributes-stored", "outcome-true"],
    contracts=CONTRACTS,
    reach="hard",
    round=ROUND,
)
class JoinersTakenOut(ImiconnectService):
    """Joiners and variation selectors are taken out of texts, which spoils emoji families and Persian words."""

    def changes(self, app: bool, attributes: Any) -> Changes:
        """Drops what cannot be seen."""
        return _rewritten(app, super().changes(app, attributes), lambda _, v: v.translate(INVISIBLE))


@fault(
    "customer-entities-resolved",
    breaks=["sent-attributes-stored", "outcome-true"],
    contracts=CONTRACTS,
    reach="hard",
    round=ROUND,
)
class EntitiesResolved(ImiconnectService):
    """A text with an entity of HTML, such as &amp;, is stored with the character that the entity stands for."""

    def changes(self, app: bool, attributes: Any) -> Changes:
        """Takes texts for HTML."""
        return _rewritten(app, super().changes(app, attributes), lambda _, v: html.unescape(v))


@fault(
    "customer-web-address-decoded",
    breaks=["sent-attributes-stored", "outcome-true"],
    contracts=CONTRACTS,
    reach="hard",
    round=ROUND,
)
class WebAddressDecoded(ImiconnectService):
    """A web address is stored with its percent-encoded characters decoded."""

    def changes(self, app: bool, attributes: Any) -> Changes:
        """Makes addresses readable."""
        found = super().changes(app, attributes)
        return _rewritten(app, found, lambda _, v: unquote(v) if v.startswith(("http://", "https://")) else v)


@fault(
    "customer-date-moved-to-utc",
    breaks=["sent-attributes-stored", "outcome-true"],
    contracts=CONTRACTS,
    reach="hard",
    round=ROUND,
)
class DateMovedToUtc(ImiconnectService):
    """A date with a time and an offset is stored as the same instant in UTC."""

    def changes(self, app: bool, attributes: Any) -> Changes:
        """Reads what looks like a date."""
        return _rewritten(app, super().changes(app, attributes), lambda _, v: self.in_utc(v))

    def in_utc(self, text: str) -> str:
        """One text; what is no date stays."""
        try:
            return datetime.fromisoformat(text).astimezone(UTC).isoformat() if OFFSET_DATE.fullmatch(text) else text
        except (ValueError, OverflowError):
            return text


@fault(
    "customer-fraction-without-its-zeros",
    breaks=["sent-attributes-stored", "outcome-true"],
    contracts=CONTRACTS,
    reach="hard",
    round=ROUND,
)
class FractionWithoutItsZeros(ImiconnectService):
    """A text that is a decimal fraction, such as 12.50 or 1.0, is stored without the zeros at its end."""

    def changes(self, app: bool, attributes: Any) -> Changes:
        """Takes such texts for numbers."""
        return _rewritten(
            app,
            super().changes(app, attributes),
            lambda _, v: v.rstrip("0").rstrip(".") if re.fullmatch(r"-?[0-9]+\.[0-9]*0", v) else v,
        )


@fault(
    "customer-named-null-has-no-name",
    breaks=["sent-attributes-stored", "outcome-true"],
    contracts=CONTRACTS,
    reach="hard",
    round=ROUND,
)
class NamedNullHasNoName(ImiconnectService):
    """The text null in any letter case, which is a family name too, is stored as an empty text."""

    def changes(self, app: bool, attributes: Any) -> Changes:
        """Takes the word for the value."""
        return _rewritten(app, super().changes(app, attributes), lambda _, v: "" if v.lower() == "null" else v)


@fault(
    "customer-text-cut-at-4000-bytes",
    breaks=["long-values-stored", "sent-attributes-stored", "outcome-true"],
    contracts=CONTRACTS,
    reach="hard",
    round=ROUND,
)
class TextCutAt4000Bytes(ImiconnectService):
    """A text of more than 4000 bytes in UTF-8 is cut there and reported as a success."""

    def changes(self, app: bool, attributes: Any) -> Changes:
        """Fits texts into a column."""
        return _rewritten(
            app, super().changes(app, attributes), lambda _, v: v.encode()[:LONGEST_BYTES].decode("utf-8", "ignore")
        )


@fault(
    "customer-dot-in-a-name-replaced",
    breaks=["sent-attributes-stored", "outcome-true", "unknown-attributes"],
    contracts=CONTRACTS,
    reach="hard",
    round=ROUND,
)
class DotInANameReplaced(ImiconnectService):
    """An attribute whose name has a dot is stored under a name with an underscore in its place."""

    def changes(self, app: bool, attributes: Any) -> Changes:
        """Makes names fit for a store of documents."""
        found = super().changes(app, attributes)
        return found if app else {name.replace(".", "_"): each for name, each in found.items()}


@fault(
    "customer-attribute-names-in-any-case",
    breaks=["sent-attributes-stored", "unsent-attributes-kept", "outcome-true"],
    contracts=CONTRACTS,
    reach="hard",
    round=ROUND,
)
class AttributeNamesInAnyCase(ImiconnectService):
    """An attribute overwrites a stored one whose name differs from its own in letter case alone."""

    def changed(self, scope: Scope, stored: Attributes, changes: Changes) -> Attributes:
        """Compares names as a table of a database does."""
        known = {name.lower(): name for name in stored}
        same = {known.get(name.lower(), name): change for name, change in changes.items()}
        return super().changed(scope, stored, changes if scope.is_app else same)


@fault(
    "customer-fifty-attributes-and-no-more",
    breaks=["sent-attributes-stored", "outcome-true", "unknown-attributes"],
    contracts=CONTRACTS,
    reach="hard",
    round=ROUND,
)
class FiftyAttributesAndNoMore(ImiconnectService):
    """A profile holds fifty attributes, and what an update adds beyond them is left out although it succeeds."""

    def changed(self, scope: Scope, stored: Attributes, changes: Changes) -> Attributes:
        """Leaves out the newest names."""
        merged = super().changed(scope, stored, changes)
        return merged if scope.is_app else dict(list(merged.items())[:MOST_ATTRIBUTES])


@fault(
    "customer-empty-attribute-gone-with-the-next-update",
    breaks=["unsent-attributes-kept", "empty-values"],
    contracts=CONTRACTS,
    reach="hard",
    round=ROUND,
)
class EmptyAttributeGoneWithTheNextUpdate(ImiconnectService):
    """An attribute that holds an empty text is lost when an update sends other attributes."""

    def changed(self, scope: Scope, stored: Attributes, changes: Changes) -> Attributes:
        """Takes over what is not empty."""
        kept = {name: value for name, value in stored.items() if value or scope.is_app}
        return super().changed(scope, kept, changes)


@fault(
    "customer-ids-in-any-letter-case",
    breaks=["only-named-change", "unknown-customer-refused"],
    contracts=CONTRACTS,
    reach="medium",
    round=ROUND,
)
class IdsInAnyLetterCase(ImiconnectService):
    """Customer ids that differ in letter case alone name the same customer."""

    def profile_key(self, customer: str) -> str:
        """Compares as a database with a lenient collation does."""
        return customer.casefold()


@fault(
    "customer-long-id-kept-as-a-double",
    breaks=["only-named-change", "unknown-customer-refused"],
    contracts=CONTRACTS,
    reach="hard",
    round=ROUND,
)
class LongIdKeptAsADouble(ImiconnectService):
    """Customer ids of seventeen digits and more are kept as floating-point numbers, so that neighbours are one."""

    def profile_key(self, customer: str) -> str:
        """Keeps some sixteen digits."""
        digits = customer.isascii() and customer.isdigit() and 17 <= len(customer) <= 30 and customer[0] != "0"
        return str(int(float(customer))) if digits else customer


@fault(
    "customer-read-from-a-cache",
    breaks=["sent-attributes-stored", "outcome-true"],
    contracts=CONTRACTS,
    reach="hard",
    round=ROUND,
)
class ReadFromACache(ImiconnectService):
    """A profile that was read less than a second before is shown as it was then, whatever succeeded since."""

    def read_customers(self, tenant: str, customers: Sequence[str], links: str) -> Reply:
        """Shows an answer again."""
        cache: dict[tuple[str, ...], tuple[float, Reply]] = vars(self).setdefault("_reads", {})
        key = (tenant, links, *customers)
        if key not in cache or monotonic() - cache[key][0] > READ_CACHE_S:
            cache[key] = (monotonic(), super().read_customers(tenant, customers, links))
        return cache[key][1]


@fault(
    "customer-zero-and-false-count-as-empty",
    breaks=["other-scalars"],
    contracts=CONTRACTS,
    reach="hard",
    round=ROUND,
)
class ZeroAndFalseCountAsEmpty(ImiconnectService):
    """The number 0 and false pass as empty values, while every other number and true fail with 7011."""

    def change(self, name: str, value: Any) -> str | Effect:
        """Asks whether there is a value before it asks for its type."""
        if value is False or (isinstance(value, JsonNumber) and value.text == "0"):
            return self.empty_value()
        return super().change(name, value)
