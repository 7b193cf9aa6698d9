"""Faults of customer updates: how a body becomes records, and how many there may be."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from itertools import takewhile
from time import monotonic
from typing import Any, NoReturn

from conformance.reference.core import Call, Reply
from conformance.reference.faults import fault
from conformance.reference.imiconnect.jsontext import dump
from conformance.reference.imiconnect.model import (
    BAD_JSON,
    MISSING,
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

CONTRACTS = ["imiconnect-customer"]
TABLE_NAMES = {"customerid": "customerId", "attributes": "Attributes"}
ESCAPED_PAIR = re.compile(r"(?<!\\)\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}")


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


WITH_CONSTANTS = json.JSONDecoder(parse_float=JsonNumber, parse_int=JsonNumber, parse_constant=JsonNumber)
WITH_CONTROLS = json.JSONDecoder(
    parse_float=JsonNumber, parse_int=JsonNumber, parse_constant=_no_constant, strict=False
)


@fault("customer-nan-is-a-number", breaks=["invalid-json-refused"], contracts=CONTRACTS, reach="medium", round=1)
class CustomerNanIsANumber(ImiconnectService):
    """A body with NaN or Infinity is read as if these were numbers of JSON."""

    def parse(self, body: bytes) -> Any:
        """Reads the constants of JavaScript."""
        if b"NaN" not in body and b"Infinity" not in body:
            return super().parse(body)
        try:
            return WITH_CONSTANTS.decode(self.decode(body))
        except (ValueError, RecursionError):
            raise RefusalError(BAD_JSON) from None


@fault(
    "customer-id-member-twice",
    breaks=["outcome-per-record", "only-named-change"],
    contracts=CONTRACTS,
    reach="hard",
    round=1,
)
class CustomerIdMemberTwice(ImiconnectService):
    """A record with two customerId members changes the last customer and is reported under the first."""

    def parse(self, body: bytes) -> Any:
        """Remembers the first of two ids by the last."""
        root = super().parse(body)
        names: dict[str, str] = self.__dict__.setdefault("first_names", {})

        def noted(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
            ids = [str(value) for name, value in pairs if name == "customerId"]
            names.update({ids[-1]: ids[0]} if len(ids) > 1 else {})
            return dict(pairs)

        json.loads(self.decode(body), object_pairs_hook=noted)
        return root

    def process(self, job: Submission) -> tuple[Desk, list[Result]]:
        """Reports under the first ids."""
        desk, results = super().process(job)
        names: dict[str, str] = self.__dict__.get("first_names", {})
        return desk, [replace(each, customer_id=names.pop(each.customer_id, each.customer_id)) for each in results]


@fault("customer-raw-control-characters", breaks=["invalid-json-refused"], contracts=CONTRACTS, reach="medium", round=1)
class CustomerRawControlCharacters(ImiconnectService):
    """A body with a line end or a tab within a string, not escaped, is taken."""

    def parse(self, body: bytes) -> Any:
        """Reads strings that JSON forbids."""
        try:
            return super().parse(body)
        except RefusalError:
            try:
                root = WITH_CONTROLS.decode(self.decode(body))
                dump(root).encode("utf-8")
            except (ValueError, RecursionError):
                raise RefusalError(BAD_JSON) from None
            return root


@fault("customer-latin-1-body", breaks=["invalid-json-refused"], contracts=CONTRACTS, reach="medium", round=1)
class CustomerLatin1Body(ImiconnectService):
    """A body that is not UTF-8 is read as ISO 8859-1 instead of being refused."""

    def decode(self, body: bytes) -> str:
        """Falls back to an encoding that takes everything."""
        try:
            return super().decode(body)
        except UnicodeDecodeError:
            return body.decode("latin-1")


@fault("customer-escaped-pair-replaced", breaks=["sent-attributes-stored"], contracts=CONTRACTS, reach="hard", round=1)
class CustomerEscapedPairReplaced(ImiconnectService):
    """A character beyond the first plane that is written as two escapes becomes a replacement character."""

    def decode(self, body: bytes) -> str:
        """Does not join the halves of a pair."""
        return ESCAPED_PAIR.sub("\ufffd", super().decode(body))


@fault("customer-chunked-body-is-empty", breaks=["body-grammar"], contracts=CONTRACTS, reach="medium", round=1)
class CustomerChunkedBodyIsEmpty(ImiconnectService):
    """A body in chunked transfer coding is taken as empty."""

    def take_records(self, route: Route, call: Call) -> tuple[Record, ...]:
        """Reads as many bytes as a length says that is not there."""
        chunked = "chunked" in (call.headers.get("transfer-encoding") or "").lower()
        return super().take_records(route, replace(call, body=b"") if chunked else call)


@fault("customer-limit-in-bytes", breaks=["batch-within-limit"], contracts=CONTRACTS, reach="hard", round=1)
class CustomerLimitInBytes(ImiconnectService):
    """A body of more than 64 KiB is refused with 7012, however few records it has."""

    def take_records(self, route: Route, call: Call) -> tuple[Record, ...]:
        """Takes the size of the body for that of the batch."""
        if len(call.body) > 65536:
            raise RefusalError(TOO_MANY)
        return super().take_records(route, call)


@fault("customer-record-count-wraps", breaks=["batch-over-limit-refused"], contracts=CONTRACTS, reach="hard", round=1)
class CustomerRecordCountWraps(ImiconnectService):
    """Records are counted in one byte, so that a batch of 256 to 356 records passes the limit."""

    def within_limit(self, listed: list[Any], limit: int | None) -> list[Any]:
        """Compares the lowest byte of the count."""
        return listed if limit is not None and len(listed) % 256 <= limit else super().within_limit(listed, limit)


@fault("customer-limit-of-two-batches", breaks=["batch-within-limit"], contracts=CONTRACTS, reach="hard", round=1)
class CustomerLimitOfTwoBatches(ImiconnectService):
    """Of two batches within a second that have more records than the limit together, the second is refused."""

    last_batch: tuple[float, int] = (0.0, 0)

    def within_limit(self, listed: list[Any], limit: int | None) -> list[Any]:
        """Adds what came within the last second."""
        kept = super().within_limit(listed, limit)
        then, size = self.last_batch
        if limit is not None and len(kept) > 10 and monotonic() - then < 1 and size + len(kept) > limit:
            raise RefusalError(TOO_MANY)
        if len(kept) > 10:
            self.last_batch = (monotonic(), len(kept))
        return kept


@fault(
    "customer-records-before-an-incomplete-one",
    breaks=["refusal-changes-nothing"],
    contracts=CONTRACTS,
    reach="hard",
    round=1,
)
class CustomerRecordsBeforeAnIncompleteOne(ImiconnectService):
    """A request that is refused with 7003 for a later record has the records before it applied."""

    def submission(self, route: Route, call: Call) -> Reply:
        """Queues record by record until one is incomplete."""
        try:
            return super().submission(route, call)
        except RefusalError as refused:
            if refused.code == MISSING and route.operation == "update" and not route.is_app:
                records = (self.record(item, False) for item in self.listed(self.parse(call.body)))
                good = tuple(takewhile(lambda record: record.fault is None, records))
                self.submit(self.job_of(self.admit(route, call), route, good), call.body)
            raise


@fault(
    "customer-incomplete-after-the-tenth",
    breaks=["missing-customer-id-refused", "outcome-per-record"],
    contracts=CONTRACTS,
    reach="hard",
    round=1,
)
class CustomerIncompleteAfterTheTenth(ImiconnectService):
    """An incomplete record behind the tenth is left out without a word."""

    def within_limit(self, listed: list[Any], limit: int | None) -> list[Any]:
        """Keeps the complete ones of the later records."""
        kept = super().within_limit(listed, limit)
        later = [item for item in kept[10:] if isinstance(item, dict) and item.get("customerId")]
        return kept[:10] + later


@fault(
    "customer-empty-list-of-attributes", breaks=["attributes-are-object"], contracts=CONTRACTS, reach="medium", round=1
)
class CustomerEmptyListOfAttributes(ImiconnectService):
    """A record whose Attributes are an empty list succeeds."""

    def pairs(self, attributes: Any) -> Mapping[str, Any]:
        """Takes an empty list for an empty object."""
        return {} if attributes == [] else super().pairs(attributes)


@fault(
    "customer-lone-record-without-list",
    breaks=["missing-records-refused"],
    contracts=CONTRACTS,
    reach="medium",
    round=1,
)
class CustomerLoneRecordWithoutList(ImiconnectService):
    """Records that are one object are taken as a list of it."""

    def listed(self, root: Any) -> list[Any]:
        """Takes one value for a list of one."""
        if isinstance(root, dict) and isinstance(root.get("Records"), dict):
            root = {**root, "Records": [root["Records"]]}
        return super().listed(root)


@fault(
    "customer-member-id-wins", breaks=["only-named-change", "extra-members"], contracts=CONTRACTS, reach="hard", round=1
)
class CustomerMemberIdWins(ImiconnectService):
    """A member id of a record, which no document names, is taken instead of its customerId."""

    def members(self, item: Mapping[str, Any]) -> Mapping[str, Any]:
        """Binds id to the customer id."""
        found = super().members(item)
        return {**found, "customerId": item["id"]} if isinstance(item.get("id"), str) else found


@fault("customer-table-spelling-in-batches", breaks=["member-names"], contracts=CONTRACTS, reach="hard", round=1)
class CustomerTableSpellingInBatches(ImiconnectService):
    """The spelling customerid and attributes is read in batches and refused in a request of one record."""

    def within_limit(self, listed: list[Any], limit: int | None) -> list[Any]:
        """Respells the members where there are several records."""
        kept = super().within_limit(listed, limit)
        if len(kept) < 2:
            return kept
        return [{TABLE_NAMES.get(n, n): v for n, v in i.items()} if isinstance(i, dict) else i for i in kept]


@fault("customer-id-in-a-list", breaks=["customer-id-is-string"], contracts=CONTRACTS, reach="medium", round=1)
class CustomerIdInAList(ImiconnectService):
    """A customerId that is a list of one text is taken for that text."""

    def customer_id(self, value: Any) -> str:
        """Unwraps a list of one."""
        return super().customer_id(value[0] if isinstance(value, list) and len(value) == 1 else value)


@fault(
    "customer-null-attributes-taken",
    breaks=["missing-attributes-refused", "attributes-are-object"],
    contracts=CONTRACTS,
    reach="medium",
    round=1,
)
class CustomerNullAttributesTaken(ImiconnectService):
    """A record whose Attributes are null succeeds, while one without them is refused."""

    def record(self, item: Any, optional_id: bool) -> Record:
        """Looks whether the member is there, not what it holds."""
        found = super().record(item, optional_id)
        null = isinstance(item, dict) and item.get("Attributes", "") is None
        return replace(found, attributes={}, fault=None) if null and found.customer_id else found
