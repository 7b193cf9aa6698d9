"""From a body to the change that it asks for, held against the schemas."""

from __future__ import annotations

import json
import re
from typing import Any

from conformance.reference.core import Call
from conformance.reference.genesys import jsontext
from conformance.reference.genesys.model import (
    CUSTOMER_ID,
    Asked,
    Attribute,
    AttributeDef,
    Change,
    InvalidError,
    Key,
    RefusalError,
    SilentError,
)
from conformance.reference.genesys.records import Records

NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,25}")
JSON = "application/json"
LONGEST_ID = 16


class Bodies(Records):
    """Reads bodies."""

    def body(self, asked: Asked) -> Any:
        """The JSON value of the body."""
        self.check_media_type(asked.call)
        try:
            return jsontext.read(
                asked.call.body,
                mark=self.freedom("byte-order-mark") == "skipped",
                distinct=self.freedom("repeated-member-names") == "refused",
                replaced=self.freedom("ill-formed-utf-8") == "replaced",
            )
        except ValueError as problem:
            raise RefusalError(400, f"the body cannot be read as JSON: {problem}") from None

    def body_object(self, asked: Asked) -> dict[str, Any]:
        """The JSON object of the body."""
        value = self.body(asked)
        if not isinstance(value, dict):
            raise RefusalError(int(self.freedom("refusal-status")), "the body is not a JSON object")
        return value

    def check_media_type(self, call: Call) -> None:
        """Refuses a body that says it is not JSON."""
        given = call.headers.get("content-type")
        option = self.reading("other-content-type")
        if given is None or option == "accepted" or given.partition(";")[0].strip().lower() == JSON:
            return
        raise RefusalError(int(option), f"the body is not {JSON}")

    def read_change(self, key: Key, body: dict[str, Any]) -> Change:
        """What a body asks for, with the reasons against it."""
        change = Change(identified=CUSTOMER_ID in body)
        for name, value in body.items():
            if name == CUSTOMER_ID:
                continue
            try:
                self.read_member(change, key, name, value)
            except InvalidError as problem:
                change.refused.append(f"{name}: {problem}")
                change.silent &= problem.silent
        return change

    def refusal(self, change: Change) -> RefusalError:
        """The refusal of a body for its members."""
        status = int(self.freedom("refusal-status")) if change.silent else 400
        return RefusalError(status, "; ".join(change.refused))

    def read_member(self, change: Change, key: Key, name: str, value: Any) -> None:
        """One member of a body: attribute, extension, or unknown. Raises InvalidError."""
        if (attribute := self.find_attribute(key.tenant, name)) is not None:
            change.attributes[attribute.name] = self.read_attribute(attribute, value)
        elif (extension := self.find_extension(key.tenant, name)) is not None:
            self.read_extension(change, key, extension, value)
        else:
            self.read_unknown(change, name, value)

    def read_unknown(self, change: Change, name: str, value: Any) -> None:
        """A member that no schema knows."""
        option = self.reading("unknown-attribute")
        odd = NAME.fullmatch(name) is None and self.freedom("odd-names") == "refused"
        if option == "400" or odd:
            raise InvalidError("unknown")
        change.unknown.add(name)
        if option == "stored":
            change.attributes[name] = self.read_attribute(AttributeDef(name, "string"), value)

    def read_attribute(self, attribute: AttributeDef, value: Any) -> Attribute:
        """The values of one attribute, checked."""
        if value is None:
            return self.no_value("null-attribute")
        if not isinstance(value, list):
            return self.kept_values(attribute, [value], many=False)
        scalar = not self.takes_several(attribute.name)
        if not value:
            if scalar and self.decider("attribute-array", "empty-array-attribute") == "attribute-array":
                raise SilentError("an array")
            return self.no_value("empty-array-attribute")
        if scalar:
            raise SilentError("several values")
        return self.kept_values(attribute, self.without_null(value), many=True)

    def without_null(self, values: list[Any]) -> list[Any]:
        """The values of an array, where null among them is no value and not one of a wrong type."""
        no_value = self.decider("wrong-json-type", "null-attribute") == "null-attribute"
        clears = self.reading("null-attribute") == "clears"
        return [value for value in values if value is not None] if no_value and clears else values

    def no_value(self, reading: str) -> Attribute:
        """An attribute that was sent without a value."""
        if self.reading(reading) == "400":
            raise SilentError("no value")
        return Attribute((), emptied=reading)

    def kept_values(self, attribute: AttributeDef, values: list[Any], *, many: bool) -> Attribute:
        """The values that are kept, in the order in which they are kept."""
        kept = [self.attribute_value(attribute, value) for value in values]
        if "" in kept and self.reading("empty-text-attribute") != "kept":
            if self.reading("empty-text-attribute") == "400":
                raise SilentError("an empty text")
            kept = [value for value in kept if value != ""]
        if not kept:
            return Attribute((), emptied="empty-text-attribute" if "" in values else "null-attribute")
        ordered = self.ordered(kept)
        one = len(ordered) == 1 < len(kept)
        if one and self.decider("single-value-shape", "multi-value-order") == "multi-value-order":
            many = False
        return Attribute(tuple(ordered), many)

    def ordered(self, values: list[Any]) -> list[Any]:
        """Several values in the order in which they are kept."""
        option = self.reading("multi-value-order")
        if option == "order-kept":
            return values
        distinct = list(dict.fromkeys(values))
        return distinct if option == "order-kept-distinct" else [*distinct[:1], *sorted(distinct[1:])]

    def addressed(self, asked: Asked, body: dict[str, Any]) -> Key:
        """The profile that an update replaces. Refuses a body that does not go with its address."""
        option = self.reading("body-customer-id")
        given = body.get(CUSTOMER_ID)
        blank = given is None or (isinstance(given, str) and not given.strip())
        if CUSTOMER_ID not in body or (blank and self.freedom("null-body-id") == "absent"):
            if option == "required":
                raise RefusalError(400, "customer_id is missing")
            return asked.key
        given = self.as_text(given)
        other = isinstance(given, str) and given != asked.key.customer
        too_long = other and len(str(given)) > LONGEST_ID
        skipped = too_long and self.decider("body-id-differs", "body-customer-id") == "body-id-differs"
        if option != "ignored" and not skipped and not self.is_id(given):
            raise RefusalError(400, f"customer_id is not a string of at most {LONGEST_ID} characters")
        if other and self.reading("body-id-differs") == "reject-4xx":
            raise RefusalError(int(self.freedom("foreign-id-status")), "customer_id is not the one of the address")
        return asked.key

    def as_text(self, given: Any) -> Any:
        """A number or a truth value in the place of the id as its text, where that is how wrong types are read."""
        decider = self.decider("wrong-json-type", "body-customer-id")
        coerced = self.reading("wrong-json-type") == "coerced" and decider == "wrong-json-type"
        return json.dumps(given) if coerced and isinstance(given, int | float) else given

    def is_id(self, value: Any) -> bool:
        """Whether a value could be the id of a customer."""
        return isinstance(value, str) and len(value) <= LONGEST_ID

    def check_complete(self, key: Key, change: Change) -> None:
        """Refuses an update that leaves out what the readings demand."""
        lacking = self.lacking(change)
        missing = self.missing(key, change)
        if lacking is None:
            if missing:
                raise RefusalError(400, f"attributes are missing: {', '.join(missing)}")
            return
        if missing and self.decider(lacking, "omitted-attribute") == "omitted-attribute":
            raise RefusalError(400, f"attributes are missing: {', '.join(missing)}")
        nothing = lacking != "empty-body" or not change.identified or self.freedom("id-alone") == "nothing"
        if self.reading(lacking) == "400" and nothing:
            raise RefusalError(400, "there is no attribute")

    def lacking(self, change: Change) -> str | None:
        """The reading of a body without attributes that an update falls under; None where it has some."""
        reading = "extensions-only-body" if change.extensions else "empty-body"
        if change.ignored and not change.extensions:
            reading = self.decider("empty-body", "extensions-only-body")
        emptied = {a.emptied for name, a in change.attributes.items() if a.emptied and name not in change.unknown}
        valued = any(not a.emptied and name not in change.unknown for name, a in change.attributes.items())
        others = emptied | ({"unknown-attribute"} if change.unknown else set())
        return None if valued or any(self.decider(reading, other) == other for other in others) else reading

    def missing(self, key: Key, change: Change) -> list[str]:
        """Attributes for whose lack an update is refused."""
        option = self.reading("omitted-attribute")
        if option == "drop":
            return []
        known = self.attributes(key.tenant)
        wanted = set(self.stored_attributes(key)) if option == "reject-400" else set(known)
        if self.decider("omitted-attribute", "unknown-attribute") == "unknown-attribute":
            wanted &= set(known)
        sent = {name for name, a in change.attributes.items() if not (a.emptied and self.is_left_out(a.emptied))}
        return sorted(name for name in wanted - sent if not self.server_owned(name))

    def is_left_out(self, emptied: str) -> bool:
        """Whether an attribute without a value counts as left out."""
        if emptied == "empty-text-attribute":
            return False
        return self.decider("omitted-attribute", emptied) == "omitted-attribute"
