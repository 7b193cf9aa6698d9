"""From a body to the change that it asks for, held against the schemas."""

from __future__ import annotations

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
)
from conformance.reference.genesys.records import Records

JSON = "application/json"
LONGEST_ID = 16


class Bodies(Records):
    """Reads bodies."""

    def body(self, asked: Asked) -> Any:
        """The JSON value of the body."""
        self.check_media_type(asked.call)
        try:
            return jsontext.read(asked.call.body)
        except ValueError as problem:
            raise RefusalError(400, f"the body cannot be read as JSON: {problem}") from None

    def body_object(self, asked: Asked) -> dict[str, Any]:
        """The JSON object of the body."""
        value = self.body(asked)
        if not isinstance(value, dict):
            raise RefusalError(400, "the body is not a JSON object")
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
        change = Change()
        for name, value in body.items():
            if name == CUSTOMER_ID:
                continue
            try:
                self.read_member(change, key, name, value)
            except InvalidError as problem:
                change.refused.append(f"{name}: {problem}")
        return change

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
        if option == "400":
            raise InvalidError("unknown")
        if option == "stored":
            change.attributes[name] = self.read_attribute(AttributeDef(name, "string"), value)

    def read_attribute(self, attribute: AttributeDef, value: Any) -> Attribute:
        """The values of one attribute, checked."""
        if value is None:
            return self.no_value("null-attribute")
        if not isinstance(value, list):
            return self.kept_values(attribute, [value], many=False)
        if not value:
            return self.no_value("empty-array-attribute")
        if self.reading("attribute-array") == "scalar-only":
            raise InvalidError("several values")
        return self.kept_values(attribute, value, many=True)

    def no_value(self, reading: str) -> Attribute:
        """An attribute that was sent without a value."""
        if self.reading(reading) == "400":
            raise InvalidError("no value")
        return Attribute(())

    def kept_values(self, attribute: AttributeDef, values: list[Any], *, many: bool) -> Attribute:
        """The values that are kept, in the order in which they are kept."""
        kept = [self.attribute_value(attribute, value) for value in values]
        if "" in kept and self.reading("empty-text-attribute") != "kept":
            if self.reading("empty-text-attribute") == "400":
                raise InvalidError("an empty text")
            kept = [value for value in kept if value != ""]
        return Attribute(tuple(self.ordered(kept)), many)

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
        if CUSTOMER_ID not in body:
            if option == "required":
                raise RefusalError(400, "customer_id is missing")
            return asked.key
        given = body[CUSTOMER_ID]
        if option != "ignored" and not self.is_id(given):
            raise RefusalError(400, f"customer_id is not a string of at most {LONGEST_ID} characters")
        if isinstance(given, str) and given != asked.key.customer and self.reading("body-id-differs") == "reject-4xx":
            raise RefusalError(400, "customer_id is not the one of the address")
        return asked.key

    def is_id(self, value: Any) -> bool:
        """Whether a value could be the id of a customer."""
        return isinstance(value, str) and len(value) <= LONGEST_ID

    def check_complete(self, key: Key, change: Change) -> None:
        """Refuses an update that leaves out what the reading demands."""
        if change.attributes:
            if self.reading("omitted-attribute") == "reject-400":
                held = {name for name in self.stored_attributes(key) if not self.server_owned(name)}
                if missing := sorted(held - set(change.attributes)):
                    raise RefusalError(400, f"attributes are missing: {', '.join(missing)}")
        elif change.extensions:
            if self.reading("extensions-only-body") == "400":
                raise RefusalError(400, "there is no attribute")
        elif self.reading("empty-body") == "400":
            raise RefusalError(400, "there is neither an attribute nor an extension")
