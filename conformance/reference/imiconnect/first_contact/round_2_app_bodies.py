"""Round 2, app profiles: parsing of bodies, members of records, batches and their limits."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from conformance.reference.core import Call, Reply
from conformance.reference.faults import fault
from conformance.reference.imiconnect.jsontext import dump
from conformance.reference.imiconnect.model import (
    TOO_MANY,
    Desk,
    JsonNumber,
    Record,
    RefusalError,
    Result,
    Submission,
    Verb,
)
from conformance.reference.imiconnect.routes import Route
from conformance.reference.imiconnect.service import ImiconnectService

APP_CONTRACT = "imiconnect-app"


def _refuse(name: str) -> Any:
    raise ValueError(name)


@fault("app-nan-is-a-number", breaks=["invalid-json-refused"], contracts=[APP_CONTRACT], reach="medium", round=2)
class AppNanIsANumber(ImiconnectService):
    """NaN and Infinity are read as numbers, so a body with them is queued instead of refused with 7000."""

    def parse(self, body: bytes) -> Any:
        """Reads what Python's own reader reads."""
        decoder = json.JSONDecoder(parse_float=JsonNumber, parse_int=JsonNumber, parse_constant=JsonNumber)
        try:
            return super().parse(body)
        except RefusalError as refused:
            try:
                return decoder.decode(self.decode(body if b"NaN" in body or b"Infinity" in body else b""))
            except (ValueError, RecursionError):
                raise refused from None


@fault(
    "app-raw-line-breaks-in-texts", breaks=["invalid-json-refused"], contracts=[APP_CONTRACT], reach="medium", round=2
)
class AppRawLineBreaksInTexts(ImiconnectService):
    """A body whose texts hold raw control characters, such as a line break without its escape, is accepted."""

    def parse(self, body: bytes) -> Any:
        """Reads without strictness."""
        decoder = json.JSONDecoder(parse_float=JsonNumber, parse_int=JsonNumber, parse_constant=_refuse, strict=False)
        try:
            return super().parse(body)
        except RefusalError as refused:
            try:
                return decoder.decode(self.decode(body if b"\\u" not in body else b""))
            except (ValueError, RecursionError):
                raise refused from None


@fault("app-lone-surrogate-fails", breaks=["no-internal-error"], contracts=[APP_CONTRACT], reach="medium", round=2)
class AppLoneSurrogateFails(ImiconnectService):
    """A text with half of a surrogate pair in an escape brings about an internal error."""

    def parse(self, body: bytes) -> Any:
        """Fails where it copies a text that cannot be encoded."""
        try:
            return super().parse(body)
        except RefusalError as refused:
            try:
                value = json.loads(self.decode(body), parse_constant=_refuse)
            except (ValueError, RecursionError):
                raise refused from None
            return dump(value).encode()


@fault(
    "app-null-records-skipped",
    breaks=["missing-customer-id-refused", "missing-attributes-refused", "outcome-per-record"],
    contracts=[APP_CONTRACT],
    reach="medium",
    round=2,
)
class AppNullRecordsSkipped(ImiconnectService):
    """A null among the records is skipped without a word instead of being refused as a record without members."""

    def listed(self, root: Any) -> list[Any]:
        """Leaves nulls out."""
        return [item for item in super().listed(root) if item is not None]


@fault(
    "app-table-name-in-first-record",
    breaks=["member-names", "missing-customer-id-refused"],
    contracts=[APP_CONTRACT],
    reach="hard",
    round=2,
)
class AppTableNameInFirstRecord(ImiconnectService):
    """The spelling customerid is known in the first record of a batch and unknown in the others."""

    def within_limit(self, listed: list[Any], limit: int | None) -> list[Any]:
        """Corrects the first record."""
        kept = super().within_limit(listed, limit)
        first = kept[0] if kept else None
        if isinstance(first, dict) and "customerId" not in first and "customerid" in first:
            kept = [{**first, "customerId": first["customerid"]}, *kept[1:]]
        return kept


@fault(
    "app-table-name-beats-the-other",
    breaks=["only-named-change", "member-names", "outcome-per-record", "extra-members"],
    contracts=[APP_CONTRACT],
    reach="hard",
    round=2,
)
class AppTableNameBeatsTheOther(ImiconnectService):
    """In a record with both customerId and customerid the latter, unknown alone, tells the customer."""

    def members(self, item: Mapping[str, Any]) -> Mapping[str, Any]:
        """Lets the second spelling overwrite the first."""
        known = super().members(item)
        return {**known, "customerId": item["customerid"]} if {"customerId", "customerid"} <= item.keys() else known


@fault(
    "app-first-fifty-records-checked",
    breaks=["missing-customer-id-refused", "missing-attributes-refused"],
    contracts=[APP_CONTRACT],
    reach="hard",
    round=2,
)
class AppFirstFiftyRecordsChecked(ImiconnectService):
    """A batch with an incomplete record is refused only if that is among the first fifty."""

    def refuse_incomplete(self, records: tuple[Record, ...]) -> None:
        """Samples the batch."""
        super().refuse_incomplete(records[:50])


@fault("app-bodies-up-to-32-kib", breaks=["batch-within-limit"], contracts=[APP_CONTRACT], reach="hard", round=2)
class AppBodiesUpTo32Kib(ImiconnectService):
    """A hundred records as long as those of the document are refused with 7012, as their body exceeds 32 KiB."""

    def take_records(self, route: Route, call: Call) -> tuple[Record, ...]:
        """Measures a batch in bytes."""
        records = super().take_records(route, call)
        if route.is_app and len(records) > 1 and len(call.body) > 32 * 1024:
            raise RefusalError(TOO_MANY)
        return records


@fault("app-limit-in-one-byte", breaks=["batch-over-limit-refused"], contracts=[APP_CONTRACT], reach="hard", round=2)
class AppLimitInOneByte(ImiconnectService):
    """The size of a batch is counted in one byte: 256 to 356 records are taken as 0 to 100 and accepted."""

    def within_limit(self, listed: list[Any], limit: int | None) -> list[Any]:
        """Lets the count overflow."""
        return listed if limit is not None and len(listed) % 256 <= limit else super().within_limit(listed, limit)


@fault(
    "app-refused-batch-applied-halfway",
    breaks=["refusal-changes-nothing"],
    contracts=[APP_CONTRACT],
    reach="hard",
    round=2,
)
class AppRefusedBatchAppliedHalfway(ImiconnectService):
    """A batch that is refused with 7003 for one incomplete record is applied up to that record."""

    complete: tuple[Record, ...] = ()

    def refuse_incomplete(self, records: tuple[Record, ...]) -> None:
        """Keeps what stands before the incomplete record."""
        place = next((n for n, record in enumerate(records) if record.fault), 0)
        self.complete = records[:place]
        super().refuse_incomplete(records)

    def submission(self, route: Route, call: Call) -> Reply:
        """Queues what was read before the refusal."""
        self.complete = ()
        try:
            return super().submission(route, call)
        except RefusalError:
            if route.is_app and self.complete:
                self.submit(self.job_of(self.admit(route, call), route, self.complete), call.body)
            raise


@fault("app-escaped-names-unknown", breaks=["body-grammar"], contracts=[APP_CONTRACT], reach="hard", round=2)
class AppEscapedNamesUnknown(ImiconnectService):
    """A body in which a letter of the name Records is written as an escape is refused as one without records."""

    def parse(self, body: bytes) -> Any:
        """Looks for the name in the bytes."""
        root = super().parse(body)
        if isinstance(root, dict) and "Records" in root and b'"Records"' not in body:
            del root["Records"]
        return root


@fault(
    "app-first-of-two-values-judged", breaks=["invalid-value-refused"], contracts=[APP_CONTRACT], reach="hard", round=2
)
class AppFirstOfTwoValuesJudged(ImiconnectService):
    """Of an attribute that stands twice the first value is judged and the last is stored, a list as its text."""

    def parse(self, body: bytes) -> Any:
        """Lets a list behind a text of the same name pass as a text."""

        def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
            first, last = dict(reversed(pairs)), dict(pairs)
            passed = (name for name, value in last.items() if isinstance(value, list | dict))
            return last | {name: dump(last[name]) for name in passed if isinstance(first[name], str)}

        super().parse(body)
        decoder = json.JSONDecoder(parse_float=JsonNumber, parse_int=JsonNumber, object_pairs_hook=members)
        return decoder.decode(self.decode(body))


@fault(
    "app-record-51-lost",
    breaks=["batch-processed-whole", "outcome-true", "sent-attributes-stored"],
    contracts=[APP_CONTRACT],
    reach="hard",
    round=2,
)
class AppRecord51Lost(ImiconnectService):
    """Of a batch of more than fifty records the 51st is reported as a success and not stored."""

    def process(self, job: Submission) -> tuple[Desk, list[Result]]:
        """Saves in pieces of fifty and loses the first record behind the first piece."""
        desk, results = super().process(job)
        if job.scope.is_app and job.verb is Verb.UPDATE and len(job.records) > 50:
            desk.changed.pop((job.scope.app_id, job.records[50].customer_id), None)
        return desk, results
