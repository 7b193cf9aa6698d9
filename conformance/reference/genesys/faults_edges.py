"""Faults at edges: header fields, who is let in, odd bodies, sizes, and what a moment or another request changes."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from conformance.reference.core import Call, Reply
from conformance.reference.faults import fault
from conformance.reference.genesys.bodies import LONGEST_ID
from conformance.reference.genesys.model import (
    CUSTOMER_ID,
    Asked,
    Attribute,
    AttributeDef,
    Change,
    ExtensionDef,
    Key,
    Record,
    RefusalError,
)
from conformance.reference.genesys.service import FIRST_TENANT, USERS, GenesysService

ADDRESS = "update-by-address"
STORED = "sent-attributes-stored"
REPLACED = "extension-replaced"
CHECKED = "credentials-checked"


@fault("accept-read-as-one-type", breaks=[ADDRESS], reach="medium")
class AcceptReadAsOneType(GenesysService):
    """An update whose Accept is not exactly application/json is refused with 406."""

    def check_media_type(self, call: Call) -> None:
        """Compares the whole header."""
        super().check_media_type(call)
        if call.headers.get("Accept") not in (None, "application/json"):
            raise RefusalError(406, "only application/json can be had")


@fault("accept-missing-refused", breaks=[ADDRESS], reach="hard")
class AcceptMissingRefused(GenesysService):
    """An update without Accept is refused with 406."""

    def check_media_type(self, call: Call) -> None:
        """Wants the header."""
        super().check_media_type(call)
        if call.headers.get("Accept") is None:
            raise RefusalError(406, "Accept is missing")


@fault("origin-refused", breaks=[ADDRESS], reach="hard")
class OriginRefused(GenesysService):
    """An update with the header Origin of another place is refused, although no browser is served."""

    def check_media_type(self, call: Call) -> None:
        """Looks at the header."""
        super().check_media_type(call)
        if call.headers.get("Origin") is not None:
            raise RefusalError(400, "the origin is not allowed")


@fault("cookie-names-customer", breaks=["other-customers-untouched"], reach="hard")
class CookieNamesCustomer(GenesysService):
    """A cookie that names a customer puts it in the place of that of the address."""

    def check_location(self, asked: Asked) -> None:
        """Reads the cookie."""
        super().check_location(asked)
        name, _, named = (asked.call.headers.get("Cookie") or "").partition("=")
        if name == CUSTOMER_ID and self.exists(Key(asked.tenant, named)):
            asked.parameters[CUSTOMER_ID] = named


@fault("charset-in-quotes-refused", breaks=["json-content-type"], reach="hard")
class CharsetInQuotesRefused(GenesysService):
    """A body whose media type has a quoted charset is refused with 415."""

    def check_media_type(self, call: Call) -> None:
        """Looks for a quote."""
        super().check_media_type(call)
        if '"' in (call.headers.get("content-type") or ""):
            raise RefusalError(415, "the charset is unknown")


@fault("scheme-in-capitals-unknown", breaks=[CHECKED], reach="hard")
class SchemeInCapitalsUnknown(GenesysService):
    """Right credentials are refused where the name of the scheme is not written as Basic."""

    def credentials(self, header: str) -> tuple[str, str]:
        """Compares letter by letter."""
        return super().credentials(header) if header.startswith("Basic ") else ("", "")


@fault("admission-remembered", breaks=[CHECKED], reach="hard")
class AdmissionRemembered(GenesysService):
    """Who was let in stays in for the next request from the same address, whatever its credentials."""

    admitted: tuple[int, tuple[str, str]] | None = None

    def authenticate(self, call: Call) -> tuple[str, str]:
        """Takes the next request for one of the same session."""
        last, self.admitted = self.admitted, None
        if last is not None and last[0] == self.requests - 1 and call.headers.get("Authorization") is None:
            return last[1]
        found = super().authenticate(call)
        self.admitted = (self.requests, found)
        return found


@fault("password-cut-at-eight", breaks=[CHECKED], reach="hard")
class PasswordCutAtEight(GenesysService):
    """Only the first eight characters of a password are compared."""

    def is_known(self, user: str, password: str) -> bool:
        """Fills the rest up."""
        whole = USERS.get(user, ("", ""))[0]
        return super().is_known(user, password[:8] + whole[8:] if len(password) >= 8 else password)


@fault("credentials-in-query-taken", breaks=[CHECKED], reach="hard")
class CredentialsInQueryTaken(GenesysService):
    """Where the header is missing, a password in the query of the address will do."""

    def authenticate(self, call: Call) -> tuple[str, str]:
        """Looks into the query."""
        if call.headers.get("Authorization") is None and "password=" in call.query:
            return FIRST_TENANT, "agent"
        return super().authenticate(call)


@fault("forwarded-user-believed", breaks=[CHECKED], reach="hard")
class ForwardedUserBelieved(GenesysService):
    """A header that says which user a proxy has let in is believed from anybody."""

    def authenticate(self, call: Call) -> tuple[str, str]:
        """Trusts the header."""
        if call.headers.get("X-Remote-User") == "agent":
            return FIRST_TENANT, "agent"
        return super().authenticate(call)


@fault("plain-update-not-stored", breaks=[STORED], reach="hard")
class PlainUpdateNotStored(GenesysService):
    """An update over plain HTTP is accepted and not carried out."""

    def update(self, asked: Asked) -> Reply:
        """Answers at once."""
        return super().update(asked) if asked.call.secure else self.updated(asked)


@fault("token-in-header-of-refusal", breaks=["credentials-not-shown"], reach="hard")
class TokenInHeaderOfRefusal(GenesysService):
    """A refusal for wrong credentials has the header Authorization of the request among its own headers."""

    def answer(self, call: Call) -> Reply:
        """Adds a header."""
        try:
            return super().answer(call)
        except RefusalError as refusal:
            given = call.headers.get("Authorization") or "none"
            headers = (*refusal.headers, ("X-Debug-Authorization", given))
            raise RefusalError(refusal.status, refusal.why, headers) from None


@fault("repeated-members-joined", breaks=[STORED], reach="hard")
class RepeatedMembersJoined(GenesysService):
    """The values of an attribute that stands twice in a body are joined into one array."""

    def body(self, asked: Asked) -> Any:
        """Collects what stands twice."""
        value = super().body(asked)
        if asked.call.method != "PUT" or not isinstance(value, dict):
            return value
        pairs = json.loads(asked.call.body.decode("utf-8-sig"), object_pairs_hook=list)
        names = [name for name, _ in pairs]
        twice = {n for n in names if names.count(n) > 1 and n != CUSTOMER_ID and isinstance(value[n], str)}
        return value | {name: [v for n, v in pairs if n == name] for name in twice}


@fault("beginning-of-body-id-suffices", breaks=["body-id-names-customer"], reach="hard")
class BeginningOfBodyIdSuffices(GenesysService):
    """A customer_id with which the id of the address begins is taken for the same."""

    def addressed(self, asked: Asked, body: dict[str, Any]) -> Key:
        """Compares as many characters as there are."""
        given = body.get(CUSTOMER_ID)
        if isinstance(given, str) and given.strip() and asked.key.customer.startswith(given):
            body = {**body, CUSTOMER_ID: asked.key.customer}
        return super().addressed(asked, body)


@fault("body-id-compared-with-encoded", breaks=["body-id-optional"], reach="hard")
class BodyIdComparedWithEncoded(GenesysService):
    """A customer_id is compared with the address before that was decoded."""

    def addressed(self, asked: Asked, body: dict[str, Any]) -> Key:
        """Compares with the segment as it came."""
        segment = asked.call.path.rpartition("/")[2]
        if CUSTOMER_ID in body and unquote(segment) != segment and body[CUSTOMER_ID] == asked.key.customer:
            raise RefusalError(400, "customer_id is not the one of the address")
        return super().addressed(asked, body)


@fault("plus-in-address-is-a-blank", breaks=["id-up-to-16"], reach="hard")
class PlusInAddressIsABlank(GenesysService):
    """A plus sign in an address is read as a blank, as in a form."""

    def decoded(self, segment: str) -> str:
        """Reads it as a form."""
        return super().decoded(segment.replace("+", " "))


@fault("zeros-before-keys-lost", breaks=["extension-schema-enforced", REPLACED], reach="hard")
class ZerosBeforeKeysLost(GenesysService):
    """Unique attributes of records that differ in leading zeros alone count as the same."""

    def identity(self, extension: ExtensionDef, record: Record) -> str:
        """Reads keys as numbers."""
        return super().identity(extension, {n: v.lstrip("0") if isinstance(v, str) else v for n, v in record.items()})


@fault("seventeenth-record-lost", breaks=[REPLACED], reach="hard")
class SeventeenthRecordLost(GenesysService):
    """Of more than 16 records the first 16 are stored."""

    def brought_together(self, extension: ExtensionDef, stored: list[Record], sent: list[Record]) -> list[Record]:
        """Cuts the array."""
        return super().brought_together(extension, stored, sent)[:16]


@fault("count-of-records-wraps", breaks=[REPLACED], reach="hard")
class CountOfRecordsWraps(GenesysService):
    """The number of records is kept in a byte: of 260 four are stored."""

    def brought_together(self, extension: ExtensionDef, stored: list[Record], sent: list[Record]) -> list[Record]:
        """Counts in a byte."""
        left = super().brought_together(extension, stored, sent)
        return left[: len(left) % 256] if len(left) > 255 else left


@fault("late-records-unchecked", breaks=["extension-schema-enforced", "extension-forms"], reach="hard")
class LateRecordsUnchecked(GenesysService):
    """Records behind the tenth are left out where they are wrong, and the update is accepted."""

    def shaped(self, extension: ExtensionDef, value: Any) -> list[Any]:
        """Keeps only records of the right form behind the tenth."""
        records = super().shaped(extension, value)
        return [*records[:10], *(record for record in records[10:] if isinstance(record, dict))]


@fault("late-values-unchecked", breaks=["wrong-types-answered"], reach="hard")
class LateValuesUnchecked(GenesysService):
    """Values behind the tenth of an array are turned into texts, whatever they are."""

    def without_null(self, values: list[Any]) -> list[Any]:
        """Checks ten values."""
        kept = super().without_null(values)
        return [*kept[:10], *(value if isinstance(value, str) else json.dumps(value) for value in kept[10:])]


@fault("hundred-values-kept", breaks=["several-values"], reach="hard")
class HundredValuesKept(GenesysService):
    """Of more than 100 values of an attribute the first 100 are stored."""

    def ordered(self, values: list[Any]) -> list[Any]:
        """Cuts the array."""
        return super().ordered(values)[:100]


@fault("years-counted-from-1904", breaks=["date-time-values"], reach="hard")
class YearsCountedFrom1904(GenesysService):
    """The 29th of February of 1904 is refused: years are counted from there."""

    def date_time(self, text: str) -> str:
        """Knows no earlier leap day."""
        if text.startswith("1904-02-29"):
            raise RefusalError(400, "not a date-time")
        return super().date_time(text)


@fault("null-keeps-second-date", breaks=["empty-values"], reach="hard")
class NullKeepsSecondDate(GenesysService):
    """Null clears a date unless another date is sent beside it."""

    def write_attributes(self, key: Key, change: Change) -> None:
        """Keeps the stored date."""
        dates = [name for name, a in self.attributes(key.tenant).items() if a.type == "date"]
        stored = self.stored_attributes(key)
        if any(name in change.attributes and change.attributes[name].values for name in dates):
            for name in dates:
                sent = change.attributes.get(name)
                if sent is not None and not sent.values and name in stored:
                    change.attributes[name] = stored[name]
        super().write_attributes(key, change)


@fault("bar-parts-values", breaks=["several-values"], reach="hard")
class BarPartsValues(GenesysService):
    """A bar in a value of an array parts it into two values."""

    def kept_values(self, attribute: AttributeDef, values: list[Any], *, many: bool) -> Attribute:
        """Splits what was joined by a bar."""
        if many:
            values = [part for v in values for part in (v.split("|") if isinstance(v, str) else [v])]
        return super().kept_values(attribute, values, many=many)


@fault("attributes-expire", breaks=[STORED], reach="hard")
class AttributesExpire(GenesysService):
    """The attributes of a profile are gone two seconds after they were written."""

    def prepare(self) -> None:
        """Starts with nothing written."""
        self.written: dict[Key, float] = {}
        super().prepare()

    def write_attributes(self, key: Key, change: Change) -> None:
        """Notes the time."""
        super().write_attributes(key, change)
        self.written[key] = time.monotonic()

    def stored_attributes(self, key: Key) -> dict[str, Attribute]:
        """The attributes that are fresh."""
        age = time.monotonic() - self.written.get(key, 0.0)
        return super().stored_attributes(key) if age < 2.0 else {}


@fault("sixty-four-profiles-held", breaks=["other-customers-untouched", STORED], reach="hard")
class SixtyFourProfilesHeld(GenesysService):
    """Attributes are held for the 64 customers who were updated last; those of older ones are lost."""

    recent: tuple[Key, ...] = ()

    def write_attributes(self, key: Key, change: Change) -> None:
        """Clears who comes last in the row."""
        super().write_attributes(key, change)
        row = (key, *(each for each in self.recent if each != key))
        self.recent = row[:64]
        for old in row[64:]:
            self.clear_attributes(old)


@fault("body-of-other-type-comes-later", breaks=["last-update-stands", STORED], reach="hard")
class BodyOfOtherTypeComesLater(GenesysService):
    """The body of an update that was refused for its media type takes the place of the next one of the customer."""

    left: tuple[Key, bytes] | None = None

    def update(self, asked: Asked) -> Reply:
        """Takes the body that is left in the buffer."""
        if self.left is not None and self.left[0] == asked.key:
            kept, self.left = self.left[1], None
            return super().update(replace(asked, call=replace(asked.call, body=kept)))
        try:
            return super().update(asked)
        except RefusalError as refusal:
            if refusal.status == 415:
                self.left = (asked.key, asked.call.body)
            raise


@fault("address-that-is-no-utf-8-fails", breaks=["no-server-error"], reach="hard")
class AddressThatIsNoUtf8Fails(GenesysService):
    """An address whose bytes are no UTF-8 makes the service fail with 500."""

    def decoded(self, segment: str) -> str:
        """Decodes strictly."""
        try:
            return unquote(segment, errors="strict")
        except UnicodeDecodeError:
            raise RefusalError(500, "UnicodeDecodeError") from None


@fault("nul-in-address-fails", breaks=["no-server-error"], reach="hard")
class NulInAddressFails(GenesysService):
    """A NUL in an address makes the service fail with 500."""

    def check_id(self, customer: str) -> None:
        """Fails as a database does."""
        if "\0" in customer:
            raise RefusalError(500, "invalid byte sequence")
        super().check_id(customer)


@fault("infinite-integer-fails", breaks=["no-server-error"], reach="hard")
class InfiniteIntegerFails(GenesysService):
    """A number in a record that is beyond a double makes the service fail with 500."""

    def body(self, asked: Asked) -> Any:
        """Fails where the number is made whole."""
        try:
            return super().body(asked)
        except RefusalError as refusal:
            if "out of range" in refusal.why:
                raise RefusalError(500, "OverflowError") from None
            raise


@fault("refusal-quotes-raw-text", breaks=["answers-fit-schemas"], reach="hard")
class RefusalQuotesRawText(GenesysService):
    """What a refusal quotes is put into its JSON as it is, so that quotes and line ends break it."""

    def refused(self, refusal: RefusalError) -> Reply:
        """Puts the reason between two quotes."""
        reply = super().refused(refusal)
        body = '{"code": "' + str(refusal.status) + '", "description": "' + refusal.why + '"}'
        return replace(reply, body=body.encode("utf-8", "replace"))


@fault("long-id-fails", breaks=["no-server-error"], reach="hard")
class LongIdFails(GenesysService):
    """An id of more than 1024 characters makes the service fail with 500."""

    def check_id(self, customer: str) -> None:
        """Fails where a column ends."""
        if len(customer) > 64 * LONGEST_ID:
            raise RefusalError(500, "value too long")
        super().check_id(customer)


@fault("one-look-cached", breaks=["last-update-stands", STORED], reach="hard")
class OneLookCached(GenesysService):
    """A query that names one extension alone shows what it showed before, until the customer's extensions change."""

    def prepare(self) -> None:
        """Starts with nothing remembered."""
        self.seen: dict[tuple[Key, str], Reply] = {}
        super().prepare()

    def query(self, asked: Asked) -> Reply:
        """Answers from memory where it can."""
        mark = (asked.key, asked.call.query)
        if not asked.call.query or "," in asked.call.query:
            return super().query(asked)
        if mark not in self.seen:
            self.seen[mark] = super().query(asked)
        return self.seen[mark]
