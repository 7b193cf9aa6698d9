"""Faults of the first round: bodies, schemas, modes and refusals. Each describes what the faulty server does."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

from conformance.reference.core import Call, Reply
from conformance.reference.faults import fault
from conformance.reference.genesys.model import CUSTOMER_ID, Asked, AttributeDef, Change, RefusalError
from conformance.reference.genesys.service import FIRST_TENANT, GenesysService

UCS = ["genesys-ucs"]


@fault(
    "refusal-shows-credentials",
    breaks=["credentials-not-shown"],
    contracts=UCS,
    reach="medium",
    round=1,
)
class RefusalShowsCredentials(GenesysService):
    """The description of a refusal shows the user and the password of the request."""

    def answer(self, call: Call) -> Reply:
        """Adds who has asked to the reason of a refusal."""
        try:
            return super().answer(call)
        except RefusalError as refusal:
            user, password = self.credentials(call.headers.get("Authorization") or "")
            why = f"{refusal.why} [{call.method} {call.path} by {user}:{password}]"
            raise RefusalError(refusal.status, why, refusal.headers) from None


@fault("media-type-in-capitals-refused", breaks=["json-content-type"], contracts=UCS, reach="medium", round=1)
class MediaTypeInCapitalsRefused(GenesysService):
    """A body of the type Application/JSON is refused, as if the letter case of media types mattered."""

    def check_media_type(self, call: Call) -> None:
        """Compares letter by letter."""
        given = call.headers.get("content-type")
        if given is not None and given.partition(";")[0].strip() != "application/json":
            raise RefusalError(415, "the body is not application/json")


@fault(
    "chunked-body-empty", breaks=["sent-attributes-stored", "extension-replaced"], contracts=UCS, reach="hard", round=1
)
class ChunkedBodyEmpty(GenesysService):
    """An update whose body comes in chunks, without a length, is accepted as an empty object."""

    def body(self, asked: Asked) -> Any:
        """Reads as many bytes as Content-Length says."""
        chunked = asked.call.headers.get("transfer-encoding") is not None
        return {} if chunked and asked.call.method == "PUT" else super().body(asked)


@fault("nan-read-as-null", breaks=["malformed-json-refused"], contracts=UCS, reach="hard", round=1)
class NanReadAsNull(GenesysService):
    """NaN and Infinity, which are not JSON, are read as null, and a record with them is accepted."""

    def body(self, asked: Asked) -> Any:
        """Reads again what was refused for such a word."""
        try:
            return super().body(asked)
        except RefusalError as refusal:
            if "is not JSON" not in refusal.why:
                raise
            return json.loads(asked.call.body, parse_constant=lambda _: None)


@fault("rest-behind-object-ignored", breaks=["malformed-json-refused"], contracts=UCS, reach="medium", round=1)
class RestBehindObjectIgnored(GenesysService):
    """What stands in a body behind a whole JSON object is not looked at."""

    def body(self, asked: Asked) -> Any:
        """Stops at the end of the first value."""
        try:
            return super().body(asked)
        except RefusalError as refusal:
            if "Extra data" not in refusal.why:
                raise
            return json.JSONDecoder().raw_decode(asked.call.body.decode("utf-8-sig").lstrip())[0]


@fault("raw-control-characters-taken", breaks=["malformed-json-refused"], contracts=UCS, reach="hard", round=1)
class RawControlCharactersTaken(GenesysService):
    """A text with a raw line break or tab in it, which JSON forbids, is accepted."""

    def body(self, asked: Asked) -> Any:
        """Reads again without being strict."""
        try:
            return super().body(asked)
        except RefusalError as refusal:
            if "Invalid control character" not in refusal.why:
                raise
            return json.loads(asked.call.body, strict=False)


@fault("no-bytes-are-an-empty-object", breaks=["malformed-json-refused"], contracts=UCS, reach="medium", round=1)
class NoBytesAreAnEmptyObject(GenesysService):
    """An update with an empty request body is accepted like an empty object, and every attribute is lost."""

    def body(self, asked: Asked) -> Any:
        """Takes no bytes for no members."""
        self.check_media_type(asked.call)
        return super().body(asked) if asked.call.body.strip() else {}


@fault("lone-surrogate-fails", breaks=["no-server-error"], contracts=UCS, reach="hard", round=1)
class LoneSurrogateFails(GenesysService):
    """The escape of half a surrogate pair in a text makes the service fail with 500."""

    def body(self, asked: Asked) -> Any:
        """Fails where the text cannot be encoded."""
        try:
            return super().body(asked)
        except RefusalError as refusal:
            if "surrogates not allowed" in refusal.why:
                raise RefusalError(500, "UnicodeEncodeError") from None
            raise


@fault("large-body-fails", breaks=["no-server-error"], contracts=UCS, reach="hard", round=1)
class LargeBodyFails(GenesysService):
    """A body of more than 64 KiB makes the service fail with 500."""

    def body(self, asked: Asked) -> Any:
        """Fails where the buffer ends."""
        if len(asked.call.body) > 65_536:
            raise RefusalError(500, "buffer overflow")
        return super().body(asked)


@fault("unknown-null-member-passes", breaks=["unknown-attributes-answered"], contracts=UCS, reach="hard", round=1)
class UnknownNullMemberPasses(GenesysService):
    """An unknown member is refused, except for one whose value is null: that one is passed over."""

    def read_unknown(self, change: Change, name: str, value: Any) -> None:
        """Looks only at members that have a value."""
        if value is not None:
            super().read_unknown(change, name, value)


@fault(
    "members-before-id-lost",
    breaks=["sent-attributes-stored", "body-id-optional"],
    contracts=UCS,
    reach="medium",
    round=1,
)
class MembersBeforeIdLost(GenesysService):
    """What stands in the body of an update before its customer_id is not stored."""

    def body_object(self, asked: Asked) -> dict[str, Any]:
        """Starts the profile anew where the id is met."""
        body = super().body_object(asked)
        names = list(body)
        if asked.call.method != "PUT" or CUSTOMER_ID not in body:
            return body
        return {name: body[name] for name in names[names.index(CUSTOMER_ID) :]}


@fault("wrong-date-answered-200", breaks=["impossible-dates-refused"], contracts=UCS, reach="medium", round=1)
class WrongDateAnswered200(GenesysService):
    """An update with an impossible date changes nothing and is answered with 200 and an error in the body."""

    def update(self, asked: Asked) -> Reply:
        """Puts the refusal into a success."""
        try:
            return super().update(asked)
        except RefusalError as refusal:
            if "not a date" not in refusal.why:
                raise
            return Reply.json({"code": "400", "description": refusal.why})


@fault("schema-borrowed", breaks=["schema-exists"], contracts=UCS, reach="hard", round=1)
class SchemaBorrowed(GenesysService):
    """A contact center without a profile schema creates and updates customers by the schema of the first one."""

    def attributes(self, tenant: str) -> dict[str, AttributeDef]:
        """The schema of the first contact center, where there is no own one."""
        return super().attributes(tenant) or super().attributes(FIRST_TENANT)


@fault(
    "maintenance-holds-updates-back",
    breaks=["maintenance-refused", "refused-changes-nothing"],
    contracts=UCS,
    reach="hard",
    round=1,
)
class MaintenanceHoldsUpdatesBack(GenesysService):
    """Updates that are refused with 503 in maintenance mode are carried out when production mode is back."""

    held: tuple[Call, ...] = ()

    def answer(self, call: Call) -> Reply:
        """Keeps an update that is refused for the mode."""
        try:
            return super().answer(call)
        except RefusalError as refusal:
            if refusal.status == 503 and call.method == "PUT":
                self.held = (*self.held, call)
            raise

    def set_mode(self, asked: Asked) -> Reply:
        """Carries out what was kept."""
        reply = super().set_mode(asked)
        if self.mode(asked.tenant) == "production":
            held, self.held = self.held, ()
            for call in held:
                with suppress(RefusalError):
                    super().answer(call)
        return reply
