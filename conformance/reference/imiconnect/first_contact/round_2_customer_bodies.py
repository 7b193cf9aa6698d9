"""Faults of customer profiles in parsing, batches and limits; written from the documents alone."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from conformance.reference.core import Call, Reply
from conformance.reference.faults import fault
from conformance.reference.imiconnect.model import (
    BAD_JSON,
    INTERNAL,
    TOO_MANY,
    Desk,
    HttpError,
    JsonNumber,
    Record,
    RefusalError,
    Result,
    Submission,
    Verb,
)
from conformance.reference.imiconnect.routes import Route
from conformance.reference.imiconnect.service import ImiconnectService

CONTRACTS = ("imiconnect-customer",)
ROUND = 2
CONSTANT = re.compile(rb"(?<=[:\[,\s])-?(NaN|Infinity)(?=[\s,}\]])")
COMMENT = re.compile(rb"/\*.*?\*/", re.DOTALL)
SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
STRING = re.compile(rb'("(?:[^"\\]|\\.)*")(\s*:)?', re.DOTALL)
TABLE_NAMES = {"customerid": "customerId", "attributes": "Attributes"}
LONGEST_BODY = 16 * 1024


@fault(
    "customer-chunked-body-taken-as-empty",
    breaks=["body-grammar", "update-location"],
    contracts=CONTRACTS,
    reach="hard",
    round=ROUND,
)
class ChunkedBodyTakenAsEmpty(ImiconnectService):
    """A body that comes in chunks, without a Content-Length, is taken as empty."""

    def submission(self, route: Route, call: Call) -> Reply:
        """Reads as many bytes as the missing header says."""
        chunked = "chunked" in (call.headers.get("transfer-encoding") or "").lower()
        return super().submission(route, replace(call, body=b"") if chunked and not route.is_app else call)


@fault(
    "customer-nan-read-as-null",
    breaks=["invalid-json-refused"],
    contracts=CONTRACTS,
    reach="hard",
    round=ROUND,
)
class NanReadAsNull(ImiconnectService):
    """NaN and Infinity, which no JSON has, are read as null."""

    def parse(self, body: bytes) -> Any:
        """Tries again without them."""
        try:
            return super().parse(body)
        except RefusalError:
            if not CONSTANT.search(body):
                raise
            return super().parse(CONSTANT.sub(b"null", body))


@fault(
    "customer-limit-by-the-first-records",
    breaks=["batch-over-limit-refused"],
    contracts=CONTRACTS,
    reach="hard",
    round=ROUND,
)
class LimitByTheFirstRecords(ImiconnectService):
    """Where Records stands twice, the first list is counted against the limit and the last one is processed whole."""

    first: Any = None

    def parse(self, body: bytes) -> Any:
        """Keeps the first list; the pairs of the root come last."""
        self.first = None
        value = super().parse(body)
        json.loads(self.decode(body), object_pairs_hook=self.keep_first, parse_int=str)
        return value

    def keep_first(self, pairs: list[tuple[str, Any]]) -> None:
        """Keeps the first value of Records in one object."""
        self.first = next((value for name, value in pairs if name == "Records"), None)

    def within_limit(self, listed: list[Any], limit: int | None) -> list[Any]:
        """Counts the first list."""
        super().within_limit(self.first if isinstance(self.first, list) else listed, limit)
        return listed


@fault(
    "customer-comments-in-json-skipped",
    breaks=["invalid-json-refused"],
    contracts=CONTRACTS,
    reach="medium",
    round=ROUND,
)
class CommentsInJsonSkipped(ImiconnectService):
    """A body with comments between /* and */ is accepted although it is not JSON."""

    def parse(self, body: bytes) -> Any:
        """Tries again without them."""
        try:
            return super().parse(body)
        except RefusalError:
            if not COMMENT.search(body):
                raise
            return super().parse(COMMENT.sub(b"", body))


@fault(
    "customer-bad-utf-8-read-as-windows-1252",
    breaks=["invalid-json-refused"],
    contracts=CONTRACTS,
    reach="medium",
    round=ROUND,
)
class BadUtf8ReadAsWindows1252(ImiconnectService):
    """A body that is not UTF-8 is read as Windows-1252 instead of being refused with 7000."""

    def decode(self, body: bytes) -> str:
        """Falls back to the code page of the server."""
        try:
            return super().decode(body)
        except UnicodeDecodeError:
            return body.decode("cp1252", "replace")


@fault(
    "customer-lone-surrogate-is-an-internal-error",
    breaks=["no-internal-error"],
    contracts=CONTRACTS,
    reach="hard",
    round=ROUND,
)
class LoneSurrogateIsAnInternalError(ImiconnectService):
    """A lone surrogate escape in a body is answered with 7006 for an internal error."""

    def parse(self, body: bytes) -> Any:
        """Fails where the text is to be encoded again."""
        try:
            return super().parse(body)
        except RefusalError:
            raise RefusalError(INTERNAL if SURROGATE.search(body) else BAD_JSON) from None


@fault(
    "customer-number-beyond-64-bits-overflows",
    breaks=["no-internal-error"],
    contracts=CONTRACTS,
    reach="hard",
    round=ROUND,
)
class NumberBeyond64BitsOverflows(ImiconnectService):
    """An integer beyond 64 bits anywhere in a body ends in HTTP 500."""

    def parse(self, body: bytes) -> Any:
        """Reads integers into a machine word."""
        value = super().parse(body)
        json.loads(self.decode(body), parse_int=self.word)
        return value

    def word(self, digits: str) -> int:
        """One integer."""
        if len(digits.lstrip("-")) > 18:
            raise HttpError(500)
        return int(digits)


@fault(
    "customer-id-in-a-list-unwrapped",
    breaks=["customer-id-is-string"],
    contracts=CONTRACTS,
    reach="medium",
    round=ROUND,
)
class IdInAListUnwrapped(ImiconnectService):
    """A customer id that is a list of one text is taken as that text."""

    def customer_id(self, value: Any) -> str:
        """Takes the only entry of a list."""
        return super().customer_id(value[0] if isinstance(value, list) and len(value) == 1 else value)


@fault(
    "customer-long-number-taken-as-id",
    breaks=["customer-id-is-string"],
    contracts=CONTRACTS,
    reach="hard",
    round=ROUND,
)
class LongNumberTakenAsId(ImiconnectService):
    """A customer id that is a number is refused up to nine digits and taken from ten digits on."""

    def customer_id(self, value: Any) -> str:
        """Has a way of its own for what does not fit into 32 bits."""
        if isinstance(value, JsonNumber) and value.text.isdigit() and len(value.text) > 9:
            return value.text
        return super().customer_id(value)


@fault(
    "customer-limit-counts-different-customers",
    breaks=["batch-over-limit-refused"],
    contracts=CONTRACTS,
    reach="hard",
    round=ROUND,
)
class LimitCountsDifferentCustomers(ImiconnectService):
    """The limit of a batch counts different customers, so that 101 records with a repeated customer are accepted."""

    def within_limit(self, listed: list[Any], limit: int | None) -> list[Any]:
        """Counts ids once each."""
        named = {str(each.get("customerId")) for each in listed if isinstance(each, dict)}
        return listed if limit and named and len(named) <= limit else super().within_limit(listed, limit)


@fault(
    "customer-long-body-refused-as-too-many-records",
    breaks=["batch-within-limit", "body-grammar"],
    contracts=CONTRACTS,
    reach="hard",
    round=ROUND,
)
class LongBodyRefusedAsTooManyRecords(ImiconnectService):
    """An update of more than 16 KiB is refused with 7012 however few records it has."""

    def take_records(self, route: Route, call: Call) -> tuple[Record, ...]:
        """Measures the batch in bytes."""
        if route.operation == "update" and not route.is_app and len(call.body) > LONGEST_BODY:
            raise RefusalError(TOO_MANY)
        return super().take_records(route, call)


@fault(
    "customer-refused-batch-applied-up-to-the-limit",
    breaks=["batch-over-limit-refused", "refusal-changes-nothing"],
    contracts=CONTRACTS,
    reach="hard",
    round=ROUND,
)
class RefusedBatchAppliedUpToTheLimit(ImiconnectService):
    """A batch above the limit is refused with 7012, and its first hundred records are applied all the same."""

    def submission(self, route: Route, call: Call) -> Reply:
        """Queues what is within the limit before it refuses."""
        try:
            return super().submission(route, call)
        except RefusalError as refused:
            if refused.code == TOO_MANY and not route.is_app:
                root = self.parse(call.body)
                within = {"Records": root["Records"][: self.customer_limit()]}
                records = self.records(within, Verb(route.operation), app=False)
                self.submit(self.job_of(self.admit(route, call), route, records), json.dumps(within).encode())
            raise


@fault(
    "customer-fifty-first-record-lost",
    breaks=["batch-processed-whole", "outcome-true"],
    contracts=CONTRACTS,
    reach="hard",
    round=ROUND,
)
class FiftyFirstRecordLost(ImiconnectService):
    """A batch is worked off in portions of fifty, and the first record of the second portion is never applied."""

    def process(self, job: Submission) -> tuple[Desk, list[Result]]:
        """Loses a record between two portions."""
        desk, results = super().process(job)
        if job.verb is Verb.UPDATE and not job.scope.is_app and len(job.records) > 50:
            desk.changed.pop(("", job.records[50].customer_id), None)
        return desk, results


@fault(
    "customer-names-of-the-table-in-batches-alone",
    breaks=["member-names"],
    contracts=CONTRACTS,
    reach="hard",
    round=ROUND,
)
class NamesOfTheTableInBatchesAlone(ImiconnectService):
    """Records written with customerid and attributes are taken in a batch of several and refused in a batch of one."""

    def records(self, root: Any, verb: Verb, app: bool) -> tuple[Record, ...]:
        """Has another reader for batches."""
        listed = root.get("Records") if isinstance(root, dict) else None
        if not app and isinstance(listed, list) and len(listed) > 1:
            root = {**root, "Records": [self.renamed(each) for each in listed]}
        return super().records(root, verb, app)

    def renamed(self, item: Any) -> Any:
        """One record under the names of the examples."""
        if not isinstance(item, Mapping):
            return item
        return {TABLE_NAMES.get(name, name): value for name, value in item.items()}


@fault(
    "customer-single-record-without-a-list",
    breaks=["missing-records-refused"],
    contracts=CONTRACTS,
    reach="medium",
    round=ROUND,
)
class SingleRecordWithoutAList(ImiconnectService):
    """Records that are one record instead of a list are queued as a batch of one."""

    def listed(self, root: Any) -> list[Any]:
        """Takes a single value for a list."""
        if isinstance(root, dict) and isinstance(root.get("Records"), dict):
            return [root["Records"]]
        return super().listed(root)


@fault(
    "customer-escaped-name-refused",
    breaks=["body-grammar"],
    contracts=CONTRACTS,
    reach="hard",
    round=ROUND,
)
class EscapedNameRefused(ImiconnectService):
    """A body in which the name of a member or of an attribute has an escape is refused with 7000."""

    def parse(self, body: bytes) -> Any:
        """Reads names without their escapes."""
        if any(colon and rb"\u" in name for name, colon in STRING.findall(body)):
            raise RefusalError(BAD_JSON)
        return super().parse(body)
