"""From the bytes of a request to its records, or to a refusal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from conformance.reference.core import Call
from conformance.reference.imiconnect.jsontext import load
from conformance.reference.imiconnect.model import (
    BAD_JSON,
    MISSING,
    TOO_MANY,
    HttpError,
    JsonNumber,
    Record,
    RefusalError,
    Verb,
)
from conformance.reference.imiconnect.part import Part

APP_LIMIT_OF_ITS_OWN = 500
SPELLINGS = frozenset({"customerId", "Attributes", "customerid", "attributes"})


@dataclass(frozen=True, slots=True)
class Beyond:
    """A record beyond the limit of a batch that is processed all the same."""

    item: Any


class Intake(Part):
    """Reads submissions. Everything here refuses the request as a whole."""

    def check_media_type(self, call: Call) -> None:
        """Refuses a content type other than JSON where the reading says so."""
        media_type = (call.headers.get("content-type") or "").partition(";")[0].strip().lower()
        option = self.reading("other-content-type")
        if not media_type and self.free("absent-content-type", "accepted"):
            return
        if media_type == "application/json" or option == "accepted":
            return
        raise HttpError(415) if option == "415" else RefusalError(BAD_JSON)

    def parse(self, body: bytes) -> Any:
        """The JSON value of a body."""
        if not body.strip():
            raise RefusalError(self.freedom("empty-body"))
        try:
            return load(self.decode(body), distinct=self.free("repeated-member-names", "refused"))
        except ValueError:
            raise RefusalError(BAD_JSON) from None

    def decode(self, body: bytes) -> str:
        """The text of a body; raises UnicodeDecodeError."""
        errors = "replace" if self.free("ill-formed-utf-8", "replaced") else "strict"
        return body.decode("utf-8-sig" if self.free("byte-order-mark", "skipped") else "utf-8", errors)

    def records(self, root: Any, verb: Verb, app: bool) -> tuple[Record, ...]:
        """The records of a request, none of them judged on its own yet."""
        listed = self.listed(root)
        if not listed:
            self.take_empty()
        kept = self.within_limit(listed, self.limit(app))
        optional_id = app and verb is Verb.UPDATE and self.follows("app-customer-id", "optional-if-other-identifier")
        records = tuple(self.record(item, optional_id) for item in kept)
        if self.follows("incomplete-record", "whole-7003"):
            self.refuse_incomplete(records)
        return records

    def listed(self, root: Any) -> list[Any]:
        """The value of Records."""
        if not isinstance(root, dict):
            raise RefusalError(self.reading("wrong-root-code"))
        if not isinstance(root.get("Records"), list):
            other = self.freedom("records-no-list") if "Records" in root else "as-missing"
            raise RefusalError(self.reading("missing-records-code") if other == "as-missing" else other)
        if len(root) > 1 and self.follows("extra-members", "refused"):
            raise RefusalError(self.freedom("extra-member-code"))
        found: list[Any] = root["Records"]
        return found

    def take_empty(self) -> None:
        """Refuses an empty list of records, unless the reading lets it pass."""
        option = self.reading("empty-records")
        if option != "queued-0":
            raise RefusalError(option)

    def customer_limit(self) -> int:
        """How many records a request for customer profiles may have."""
        return int(self.reading("batch-limit"))

    def limit(self, app: bool) -> int | None:
        """How many records a request may have; None: any number."""
        if app and self.follows("app-batch-limit", "none"):
            return None
        if app and self.follows("app-batch-limit", "other"):
            return APP_LIMIT_OF_ITS_OWN
        return self.customer_limit()

    def within_limit(self, listed: list[Any], limit: int | None) -> list[Any]:
        """The records up to the limit; refuses what is beyond unless the reading cuts it off."""
        if limit is None or len(listed) <= limit:
            return listed
        if self.follows("over-limit", "truncate"):
            beyond = listed[limit:] if self.free("truncated-records", "reported") else []
            return [*listed[:limit], *map(Beyond, beyond)]
        raise RefusalError(TOO_MANY)

    def record(self, item: Any, optional_id: bool) -> Record:
        """One record; it has a fault where a mandatory member is missing."""
        if isinstance(item, Beyond):
            return replace(self.record(item.item, optional_id), fault=TOO_MANY, alone=True)
        if not isinstance(item, dict):
            return Record("", {}, self.freedom("record-no-object"))
        members = self.members(item)
        customer_id = self.customer_id(members.get("customerId"))
        attributes = members.get("Attributes")
        by_user_id = optional_id and isinstance(attributes, dict) and self.identifier(attributes) is not None
        missing = (not customer_id and not by_user_id) or attributes is None
        if missing and attributes is not None and isinstance(members.get("customerId"), JsonNumber):
            alone = self.decider("incomplete-record", "numeric-customer-id") == "numeric-customer-id"
            return Record(customer_id, attributes, self.freedom("numeric-id-code"), alone)
        if attributes == {} and self.follows("empty-attributes", "7003") and not missing:
            alone = self.decider("incomplete-record", "empty-attributes") == "empty-attributes"
            return Record(customer_id, attributes, MISSING, alone)
        return Record(customer_id, attributes, MISSING if missing else None)

    def members(self, item: Mapping[str, Any]) -> Mapping[str, Any]:
        """The members of a record under the names of the examples."""
        names = {"customerId": "customerId", "Attributes": "Attributes"}
        option = self.reading("member-names")
        if option == "table-case":
            names = {"customerid": "customerId", "attributes": "Attributes"}
        known = {"customerid": "customerId", "attributes": "Attributes"}
        if option == "case-insensitive":
            shown = {*names, *known} if self.free("other-letter-case", "refused") else item.keys()
            names = {name: known[name.lower()] for name in item if name in shown and name.lower() in known}
        if self.free("other-letter-case", "taken") and option != "case-insensitive":
            names |= {name: known[name.lower()] for name in item if name.lower() in known and name not in SPELLINGS}
        unknown = item.keys() - names.keys()
        if self.decider("member-names", "extra-members") == "member-names":
            unknown -= SPELLINGS
        if self.follows("extra-members", "refused") and unknown:
            raise RefusalError(self.freedom("extra-member-code"))
        return {names[name]: value for name, value in item.items() if name in names}

    def customer_id(self, value: Any) -> str:
        """The customer id; empty where there is none."""
        if isinstance(value, JsonNumber) and value.text.isdigit() and self.follows("numeric-customer-id", "coerced"):
            return value.text
        return value if isinstance(value, str) else ""

    def refuse_incomplete(self, records: tuple[Record, ...]) -> None:
        """Refuses the request for its first incomplete record."""
        for record in records:
            if record.fault and not record.alone:
                raise RefusalError(record.fault)
