"""Faults of app profiles written from the documents alone: from the bytes of a request to its records."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

from conformance.reference.core import Call, Reply
from conformance.reference.faults import fault
from conformance.reference.imiconnect.jsontext import dump
from conformance.reference.imiconnect.model import (
    BAD_JSON,
    INTERNAL,
    TOO_MANY,
    Desk,
    JsonNumber,
    Record,
    RefusalError,
    Result,
    Submission,
)
from conformance.reference.imiconnect.routes import Route
from conformance.reference.imiconnect.service import ImiconnectService

APP = "imiconnect-app"
WITH_CONSTANTS = json.JSONDecoder(parse_float=JsonNumber, parse_int=JsonNumber, parse_constant=JsonNumber)
PAIR_ESCAPED = re.compile(r"(?<!\\)((?:\\\\)*)\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}")
LARGEST_BODY = 100 * 1024
MOST_ATTRIBUTES = 500


@fault("app-json-not-a-number", breaks=["invalid-json-refused"], contracts=[APP], reach="medium", round=1)
class AppJsonNotANumber(ImiconnectService):
    """The words NaN, Infinity and -Infinity are read as if they were JSON."""

    def parse(self, body: bytes) -> Any:
        """Reads a second time with the constants of JavaScript."""
        try:
            return super().parse(body)
        except RefusalError:
            if b"NaN" not in body and b"Infinity" not in body:
                raise
        try:
            return WITH_CONSTANTS.decode(self.decode(body))
        except ValueError:
            raise RefusalError(BAD_JSON) from None


@fault("app-json-surrogates-in-utf-8", breaks=["invalid-json-refused"], contracts=[APP], reach="hard", round=1)
class AppJsonSurrogatesInUtf8(ImiconnectService):
    """A body in which characters are written as two UTF-8 encoded surrogates is accepted, although it is no UTF-8."""

    def decode(self, body: bytes) -> str:
        """Reads what older Java libraries write."""
        try:
            return super().decode(body)
        except UnicodeDecodeError:
            halves = body.decode("utf-8", "surrogatepass").encode("utf-16-le", "surrogatepass")
            return halves.decode("utf-16-le")


@fault("app-json-deep-nesting", breaks=["no-internal-error"], contracts=[APP], reach="hard", round=1)
class AppJsonDeepNesting(ImiconnectService):
    """Sixty lists inside each other, in a member that nobody reads, bring about an internal error."""

    def parse(self, body: bytes) -> Any:
        """Fails for the depth, and reports it as its own failure."""
        value = super().parse(body)
        if b"[" * 60 in body:
            raise RefusalError(INTERNAL)
        return value


class NamedTwice(str):
    """A customer id whose member stands twice in its record; `first` is the value of the first one."""

    first: str = ""


def _named_twice(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    ids = [value for name, value in pairs if name == "customerId" and isinstance(value, str)]
    if len(ids) > 1:
        named = members["customerId"] = NamedTwice(ids[-1])
        named.first = ids[0]
    return members


PAIRWISE = json.JSONDecoder(parse_float=JsonNumber, parse_int=JsonNumber, object_pairs_hook=_named_twice)


@fault(
    "app-json-customer-id-twice",
    breaks=["outcome-true", "outcome-per-record", "only-named-change"],
    contracts=[APP],
    reach="hard",
    round=1,
)
class AppJsonCustomerIdTwice(ImiconnectService):
    """Where customerId stands twice in a record the last value is updated and the first one reported."""

    def parse(self, body: bytes) -> Any:
        """Reads with both values kept."""
        super().parse(body)
        return PAIRWISE.decode(self.decode(body))

    def attempt(self, desk: Desk, job: Submission, record: Record) -> Result:
        """Reports the customer that stood first."""
        result = super().attempt(desk, job, record)
        named = record.customer_id
        return replace(result, customer_id=named.first) if isinstance(named, NamedTwice) else result


@fault("app-json-escaped-pair", breaks=["sent-attributes-stored"], contracts=[APP], reach="medium", round=1)
class AppJsonEscapedPair(ImiconnectService):
    """A character that is sent as two escapes (a surrogate pair) becomes two question marks."""

    def decode(self, body: bytes) -> str:
        """Looks at each escape on its own."""
        return PAIR_ESCAPED.sub(r"\1??", super().decode(body))


@fault(
    "app-charset-in-quotes",
    breaks=["json-content-type", "sent-attributes-stored"],
    contracts=[APP],
    reach="hard",
    round=1,
)
class AppCharsetInQuotes(ImiconnectService):
    """With a charset in quotation marks the body is read as Latin-1, so characters beyond ASCII are garbled."""

    def take_records(self, route: Route, call: Call) -> tuple[Record, ...]:
        """Does not know the charset '"utf-8"' and falls back to that of old HTTP."""
        if 'charset="' in (call.headers.get("content-type") or "").lower():
            call = replace(call, body=call.body.decode("latin-1").encode())
        return super().take_records(route, call)


@fault("app-chunked-body-empty", breaks=["body-grammar"], contracts=[APP], reach="hard", round=1)
class AppChunkedBodyEmpty(ImiconnectService):
    """A body that is sent in chunks is taken as empty."""

    def handle(self, call: Call) -> Reply:
        """Reads as many bytes as the content length says, which is not there."""
        if call.headers.get("transfer-encoding"):
            call = replace(call, body=b"")
        return super().handle(call)


@fault("app-limit-counts-attributes", breaks=["batch-within-limit"], contracts=[APP], reach="hard", round=1)
class AppLimitCountsAttributes(ImiconnectService):
    """A batch within the limit is refused with 7012 where its records have more than 500 attributes together."""

    def within_limit(self, listed: list[Any], limit: int | None) -> list[Any]:
        """Counts the attributes too."""
        found = [each.get("Attributes") for each in listed if isinstance(each, dict)]
        if sum(len(attributes) for attributes in found if isinstance(attributes, dict)) > MOST_ATTRIBUTES:
            raise RefusalError(TOO_MANY)
        return super().within_limit(listed, limit)


@fault("app-limit-counts-customers", breaks=["batch-over-limit-refused"], contracts=[APP], reach="hard", round=1)
class AppLimitCountsCustomers(ImiconnectService):
    """The limit counts different customers, so a batch with too many records of few customers is accepted."""

    def within_limit(self, listed: list[Any], limit: int | None) -> list[Any]:
        """Counts each customer once."""
        customers = {repr(each.get("customerId")) for each in listed if isinstance(each, dict)}
        return listed if limit and len(customers) <= limit else super().within_limit(listed, limit)


@fault(
    "app-over-limit-begun",
    breaks=["refusal-changes-nothing", "batch-over-limit-refused"],
    contracts=[APP],
    reach="hard",
    round=1,
)
class AppOverLimitBegun(ImiconnectService):
    """A batch above the limit is refused with 7012, and its records up to the limit are applied all the same."""

    def submission(self, route: Route, call: Call) -> Reply:
        """Counts while it queues, and does not take back what is queued."""
        try:
            return super().submission(route, call)
        except RefusalError as refused:
            if refused.code == TOO_MANY:
                kept = self.parse(call.body)["Records"][: self.customer_limit()]
                super().submission(route, replace(call, body=dump({"Records": kept}).encode()))
            raise


@fault("app-records-one-object", breaks=["missing-records-refused"], contracts=[APP], reach="medium", round=1)
class AppRecordsOneObject(ImiconnectService):
    """Records that are an object instead of a list are taken as a list of this one record."""

    def listed(self, root: Any) -> list[Any]:
        """Wraps a single record."""
        if isinstance(root, dict) and isinstance(root.get("Records"), dict):
            root = {**root, "Records": [root["Records"]]}
        return super().listed(root)


@fault(
    "app-records-null-skipped",
    breaks=["missing-customer-id-refused", "outcome-per-record"],
    contracts=[APP],
    reach="medium",
    round=1,
)
class AppRecordsNullSkipped(ImiconnectService):
    """A null among the records is passed over: the request is queued and has no result for it."""

    def listed(self, root: Any) -> list[Any]:
        """Leaves nulls out."""
        return [each for each in super().listed(root) if each is not None]


@fault("app-attributes-null", breaks=["missing-attributes-refused"], contracts=[APP], reach="medium", round=1)
class AppAttributesNull(ImiconnectService):
    """A record whose Attributes are null is queued and succeeds without doing anything."""

    def record(self, item: Any, optional_id: bool) -> Record:
        """Looks only whether there is a member of this name."""
        if isinstance(item, dict) and item.get("Attributes", "") is None and self.customer_id(item.get("customerId")):
            item = {**item, "Attributes": {}}
            return replace(super().record(item, optional_id), fault=None)
        return super().record(item, optional_id)


@fault("app-attributes-in-both-cases", breaks=["member-names"], contracts=[APP], reach="hard", round=1)
class AppAttributesInBothCases(ImiconnectService):
    """A member attributes is unknown when it stands alone, but beside Attributes its values are applied too."""

    def record(self, item: Any, optional_id: bool) -> Record:
        """Lays one member over the other."""
        if isinstance(item, dict):
            both = [item.get("Attributes"), item.get("attributes")]
            if all(isinstance(each, dict) for each in both):
                item = {**item, "Attributes": {**item["Attributes"], **item["attributes"]}}
        return super().record(item, optional_id)


@fault("app-accept-with-parameters", breaks=["update-location", "answer-shape"], contracts=[APP], reach="hard", round=1)
class AppAcceptWithParameters(ImiconnectService):
    """A valid update whose Accept header names application/json with a parameter is answered with 406."""

    def handle(self, call: Call) -> Reply:
        """Compares the header as a whole."""
        accept = (call.headers.get("accept") or "*/*").replace(" ", "")
        parts = accept.split(",")
        return super().handle(call) if {"*/*", "application/json"} & {*parts} else Reply.empty(406)
