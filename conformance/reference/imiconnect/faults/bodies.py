"""Faults of reading a request body."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from conformance.reference.core import Call
from conformance.reference.faults import fault
from conformance.reference.imiconnect.model import (
    BAD_JSON,
    MISSING,
    HttpError,
    JsonNumber,
    Record,
    RefusalError,
    Verb,
)
from conformance.reference.imiconnect.part import APP, CUSTOMER
from conformance.reference.imiconnect.routes import Route
from conformance.reference.imiconnect.service import ImiconnectService


@fault("charset-refused", breaks=["json-content-type"], reach="medium")
class CharsetRefused(ImiconnectService):
    """application/json with a charset parameter is refused with HTTP 415."""

    def check_media_type(self, call: Call) -> None:
        """Compares the whole header."""
        if ";" in (call.headers.get("content-type") or ""):
            raise HttpError(415)
        super().check_media_type(call)


@fault("media-type-case-refused", breaks=["json-content-type"], reach="medium", contracts=[CUSTOMER])
class MediaTypeCaseRefused(ImiconnectService):
    """Application/JSON is refused: the media type is compared letter by letter."""

    def check_media_type(self, call: Call) -> None:
        """Compares case."""
        sent = call.headers.get("content-type") or ""
        if sent != sent.lower():
            raise HttpError(415)
        super().check_media_type(call)


@fault("pretty-json-refused", breaks=["examples-accepted", "body-grammar"], reach="medium")
class PrettyJsonRefused(ImiconnectService):
    """A body with line ends is refused as broken JSON: the body is read by line."""

    def decode(self, body: bytes) -> str:
        """Takes the first line."""
        return super().decode(body.split(b"\n", 1)[0])


@fault("trailing-comma-taken", breaks=["invalid-json-refused"], reach="medium", contracts=[CUSTOMER])
class TrailingCommaTaken(ImiconnectService):
    """A lenient parser takes a comma before a closing bracket."""

    def decode(self, body: bytes) -> str:
        """Removes such commas."""
        return re.sub(r",(\s*[\]}])", r"\1", super().decode(body))


@fault("second-document-taken", breaks=["invalid-json-refused"], reach="medium", contracts=[CUSTOMER])
class SecondDocumentTaken(ImiconnectService):
    """What follows the first JSON document is not looked at."""

    def decode(self, body: bytes) -> str:
        """Cuts the text after its first document."""
        text = super().decode(body).lstrip()
        return text[: json.JSONDecoder().raw_decode(text)[1]]


@fault("latin-1-taken", breaks=["invalid-json-refused"], reach="medium", contracts=[APP])
class Latin1Taken(ImiconnectService):
    """A body that is not UTF-8 is read as Latin-1."""

    def decode(self, body: bytes) -> str:
        """Falls back."""
        try:
            return super().decode(body)
        except UnicodeDecodeError:
            return body.decode("latin-1")


@fault("cut-json-repaired", breaks=["invalid-json-refused"], reach="medium", contracts=[CUSTOMER])
class CutJsonRepaired(ImiconnectService):
    """A body that lost its last bracket is completed."""

    def decode(self, body: bytes) -> str:
        """Adds a bracket where one is missing at the end."""
        text = super().decode(body).rstrip()
        return text + "}" if text.count("{") == text.count("}") + 1 and text.endswith("]") else text


@fault("empty-body-queued", breaks=["invalid-json-refused"], reach="medium", contracts=[CUSTOMER])
class EmptyBodyQueued(ImiconnectService):
    """An empty body is queued as a request of no records."""

    def take_records(self, route: Route, call: Call) -> tuple[Record, ...]:
        """Lets it pass."""
        return super().take_records(route, call) if call.body.strip() else ()


@fault("broken-json-as-missing", breaks=["invalid-json-refused"], contracts=[APP])
class BrokenJsonAsMissing(ImiconnectService):
    """Every body that cannot be read is refused with 7003."""

    def parse(self, body: bytes) -> Any:
        """Changes the code."""
        try:
            return super().parse(body)
        except RefusalError:
            raise RefusalError(MISSING) from None


@fault("missing-records-queued", breaks=["missing-records-refused"], reach="medium")
class MissingRecordsQueued(ImiconnectService):
    """An object without Records is queued as a request of none."""

    def records(self, root: Any, verb: Verb, app: bool) -> tuple[Record, ...]:
        """Lets it pass."""
        return () if isinstance(root, dict) and "Records" not in root else super().records(root, verb, app)


@fault("single-record-taken", breaks=["missing-records-refused"], reach="medium", contracts=[CUSTOMER])
class SingleRecordTaken(ImiconnectService):
    """Records that is an object is taken for a list of one."""

    def listed(self, root: Any) -> list[Any]:
        """Wraps the object."""
        if isinstance(root, dict) and isinstance(root.get("Records"), dict):
            return [root["Records"]]
        return super().listed(root)


@fault(
    "incomplete-records-skipped",
    breaks=["missing-customer-id-refused", "missing-attributes-refused", "outcome-per-record"],
    reach="medium",
    contracts=[CUSTOMER],
)
class IncompleteRecordsSkipped(ImiconnectService):
    """Records that lack a mandatory member are left out of a batch; the rest is queued."""

    def records(self, root: Any, verb: Verb, app: bool) -> tuple[Record, ...]:
        """Leaves them out where complete ones remain."""
        listed = self.listed(root)
        complete = [
            each for each in listed if isinstance(each, dict) and each.get("customerId") and each.get("Attributes")
        ]
        return super().records({"Records": complete or listed}, verb, app)


@fault("missing-attributes-as-empty", breaks=["missing-attributes-refused"], reach="medium", contracts=[CUSTOMER])
class MissingAttributesAsEmpty(ImiconnectService):
    """A record without Attributes succeeds and changes nothing."""

    def record(self, item: Any, optional_id: bool) -> Record:
        """Gives it an attribute that does nothing."""
        record = super().record(item, optional_id)
        lacks_only_attributes = record.fault and record.customer_id and record.attributes is None
        return Record(record.customer_id, {}) if lacks_only_attributes else record


@fault("empty-customer-id-taken", breaks=["missing-customer-id-refused"], reach="medium", contracts=[CUSTOMER])
class EmptyCustomerIdTaken(ImiconnectService):
    """An empty customer id counts as one; the record is queued."""

    def record(self, item: Any, optional_id: bool) -> Record:
        """Tells absent from empty."""
        record = super().record(item, optional_id)
        empty = record.fault and isinstance(record.attributes, dict) and item.get("customerId") == ""
        return Record(" ", record.attributes) if empty else record


@fault("only-first-record-checked", breaks=["missing-customer-id-refused", "missing-attributes-refused"], reach="hard")
class OnlyFirstRecordChecked(ImiconnectService):
    """Records from the third on are not checked for their mandatory members; they vanish."""

    def records(self, root: Any, verb: Verb, app: bool) -> tuple[Record, ...]:
        """Checks two records."""
        listed = self.listed(root)
        rest = [
            each for each in listed[2:] if isinstance(each, dict) and each.get("customerId") and each.get("Attributes")
        ]
        return super().records({"Records": listed[:2] + rest}, verb, app)


@fault("attributes-list-taken", breaks=["attributes-are-object"], reach="medium")
class AttributesListTaken(ImiconnectService):
    """Attributes that are a list of strings are taken and lead to nothing."""

    def pairs(self, attributes: Any) -> Mapping[str, Any]:
        """Reads a list as no pairs."""
        return {} if isinstance(attributes, list) else super().pairs(attributes)


@fault("customer-id-unwrapped", breaks=["customer-id-is-string"], reach="medium", contracts=[APP])
class CustomerIdUnwrapped(ImiconnectService):
    """A customer id in a list of one is taken out of it."""

    def customer_id(self, value: Any) -> str:
        """Unwraps the list."""
        return super().customer_id(value[0] if isinstance(value, list) and len(value) == 1 else value)


@fault("long-numbers-as-ids", breaks=["customer-id-is-string"], reach="medium", contracts=[CUSTOMER])
class LongNumbersAsIds(ImiconnectService):
    """A short number is refused as a customer id, a long one is read as its digits."""

    def customer_id(self, value: Any) -> str:
        """Takes numbers of more than nine digits."""
        if isinstance(value, JsonNumber) and value.text.isdigit() and len(value.text) > 9:
            return value.text
        return super().customer_id(value)


@fault("member-case-of-the-first", breaks=["member-names"], reach="medium")
class MemberCaseOfTheFirst(ImiconnectService):
    """The first record of a request tells how the members of all are spelled; a later one in another case has none."""

    def listed(self, root: Any) -> list[Any]:
        """Reads the first record in any case."""
        records = super().listed(root)
        known = {"customerid": "customerId", "attributes": "Attributes"}
        if records and isinstance(records[0], dict):
            first = {known.get(name.lower(), name): value for name, value in records[0].items()}
            return [first, *records[1:]]
        return records


@fault("extra-members-by-type", breaks=["extra-members"], reach="medium", contracts=[APP])
class ExtraMembersByType(ImiconnectService):
    """Additional members of a record are ignored if they are scalars; a list or an object is refused."""

    def members(self, item: Mapping[str, Any]) -> Mapping[str, Any]:
        """Looks at the values of additional members."""
        known = super().members(item)
        if any(isinstance(item[name], list | dict) for name in item.keys() - {"customerId", "Attributes"}):
            raise RefusalError(MISSING)
        return known


@fault(
    "extra-members-stored",
    breaks=["extra-members", "sent-attributes-stored", "unsent-attributes-kept"],
    reach="hard",
    contracts=[CUSTOMER],
)
class ExtraMembersStored(ImiconnectService):
    """Additional texts in a record are stored as if they were attributes."""

    def record(self, item: Any, optional_id: bool) -> Record:
        """Flattens the record."""
        record = super().record(item, optional_id)
        if record.fault or not isinstance(record.attributes, dict):
            return record
        extra = {name: value for name, value in item.items() if isinstance(value, str) and name != "customerId"}
        return Record(record.customer_id, {**extra, **record.attributes})


@fault("member-order-demanded", breaks=["body-grammar"], reach="medium", contracts=[CUSTOMER])
class MemberOrderDemanded(ImiconnectService):
    """A reading parser wants customerId before Attributes."""

    def record(self, item: Any, optional_id: bool) -> Record:
        """Loses what comes too early."""
        if isinstance(item, dict) and list(item)[:1] == ["Attributes"]:
            return Record("", None, MISSING)
        return super().record(item, optional_id)


@fault("null-record-breaks", breaks=["no-internal-error"], reach="medium", contracts=[APP])
class NullRecordBreaks(ImiconnectService):
    """A record that is null brings about HTTP 500."""

    def record(self, item: Any, optional_id: bool) -> Record:
        """Does not expect null."""
        if item is None:
            raise HttpError(500)
        return super().record(item, optional_id)


@fault("odd-attributes-break", breaks=["no-internal-error"], reach="medium", contracts=[CUSTOMER])
class OddAttributesBreak(ImiconnectService):
    """Attributes that are no object are answered with 7006."""

    def record(self, item: Any, optional_id: bool) -> Record:
        """Does not expect anything else."""
        if isinstance(item, dict) and not isinstance(item.get("Attributes", {}), dict):
            raise RefusalError("7006")
        return super().record(item, optional_id)


@fault("http-status-by-shape", breaks=["http-status-stable"], reach="medium", contracts=[CUSTOMER])
class HttpStatusByShape(ImiconnectService):
    """An empty body is refused with HTTP 400 and 7000, any other broken body with 200 and 7000."""

    def http_status(self, contract: str, code: str) -> int:
        """Looks at the body of the running call."""
        return 400 if code == BAD_JSON and not self.body else super().http_status(contract, code)

    body = b"-"

    def parse(self, body: bytes) -> Any:
        """Remembers the body."""
        self.body = body
        return super().parse(body)
