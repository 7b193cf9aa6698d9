"""Faults of round 2 in parsing, encoding and refusals."""

from __future__ import annotations

import codecs
import json
import re
from contextlib import suppress
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

from conformance.reference.core import Call, Reply
from conformance.reference.faults import fault
from conformance.reference.genesys.model import Asked, Attribute, AttributeDef, Change, Key, RefusalError
from conformance.reference.genesys.service import GenesysService

ASTRAL = re.compile(rb"(?<!\\)\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}")


def _with_body(asked: Asked, body: bytes) -> Asked:
    """The same call with another body."""
    return replace(asked, call=replace(asked.call, body=body))


@fault(
    "chunked-body-taken-as-empty",
    breaks=["sent-attributes-stored", "last-update-stands", "extension-replaced"],
    contracts=["genesys-ucs"],
    reach="hard",
    round=2,
)
class ChunkedBodyTakenAsEmpty(GenesysService):
    """An update whose body comes in chunks is accepted as an empty object, because it has no Content-Length."""

    def body(self, asked: Asked) -> Any:
        """Reads as many bytes as Content-Length says."""
        chunked = "chunked" in (asked.call.headers.get("Transfer-Encoding") or "").lower()
        return super().body(_with_body(asked, b"{}") if chunked else asked)


@fault(
    "nan-taken-for-null",
    breaks=["malformed-json-refused"],
    contracts=["genesys-ucs"],
    reach="medium",
    round=2,
)
class NanTakenForNull(GenesysService):
    """A body with NaN or Infinity as the value of a member is accepted, as if null stood there."""

    def body(self, asked: Asked) -> Any:
        """Reads what is no JSON a second time."""
        try:
            return super().body(asked)
        except RefusalError as refusal:
            with suppress(ValueError, RecursionError):
                value = json.loads(asked.call.body, parse_constant=lambda _: None)
                if refusal.status == 400 and re.search(rb"NaN|Infinity", asked.call.body):
                    return super().body(_with_body(asked, json.dumps(value).encode()))
            raise


@fault(
    "first-of-two-members-checked",
    breaks=["impossible-dates-refused", "wrong-types-answered", "sent-attributes-stored"],
    contracts=["genesys-ucs"],
    reach="hard",
    round=2,
)
class FirstOfTwoMembersChecked(GenesysService):
    """Of an attribute that stands twice in a body the first value is checked and the last one stored, unchecked."""

    def body(self, asked: Asked) -> Any:
        """Reads the body twice: for the check, and for the store."""
        value = super().body(asked)
        text = asked.call.body.decode("utf-8-sig")
        self.__dict__["firsts"] = json.loads(text, object_pairs_hook=lambda pairs: dict(reversed(pairs)))
        return value

    def read_attribute(self, attribute: AttributeDef, value: Any) -> Attribute:
        """Checks the first."""
        firsts = self.__dict__.get("firsts")
        first = firsts.get(attribute.name, value) if isinstance(firsts, dict) else value
        checked = super().read_attribute(attribute, first)
        if first == value:
            return checked
        return Attribute(tuple(value), many=True) if isinstance(value, list) else Attribute((value,))


@fault(
    "answer-cut-at-its-number-of-characters",
    breaks=["sent-attributes-stored", "text-values", "answers-fit-schemas"],
    contracts=["genesys-ucs"],
    reach="medium",
    round=2,
)
class AnswerCutAtItsNumberOfCharacters(GenesysService):
    """A query of a profile with letters beyond ASCII is cut short: its length is counted in characters, not bytes."""

    def query(self, asked: Asked) -> Reply:
        """Sends as many bytes as there are characters."""
        reply = super().query(asked)
        return replace(reply, body=reply.body[: len(reply.body.decode("utf-8"))])


@fault(
    "body-beyond-utf-8-read-as-latin-1",
    breaks=["text-values", "sent-attributes-stored"],
    contracts=["genesys-ucs"],
    reach="medium",
    round=2,
)
class BodyBeyondUtf8ReadAsLatin1(GenesysService):
    """A body that is not in UTF-8 is accepted and read as Latin-1."""

    def body(self, asked: Asked) -> Any:
        """Tries another encoding."""
        try:
            asked.call.body.decode("utf-8")
        except UnicodeDecodeError:
            asked = _with_body(asked, asked.call.body.decode("latin-1").encode())
        return super().body(asked)


@fault(
    "escaped-surrogate-pairs-become-question-marks",
    breaks=["text-values", "sent-attributes-stored"],
    contracts=["genesys-ucs"],
    reach="hard",
    round=2,
)
class EscapedSurrogatePairsBecomeQuestionMarks(GenesysService):
    """A character beyond the first plane that is escaped in the body is stored as two question marks."""

    def body(self, asked: Asked) -> Any:
        """Decodes each half for itself."""
        return super().body(_with_body(asked, ASTRAL.sub(b"??", asked.call.body)))


@fault(
    "object-within-a-text-unwrapped",
    breaks=["malformed-json-refused"],
    contracts=["genesys-ucs"],
    reach="medium",
    round=2,
)
class ObjectWithinATextUnwrapped(GenesysService):
    """A body that is a JSON text which in turn holds a JSON object is accepted like that object."""

    def body(self, asked: Asked) -> Any:
        """Decodes what was encoded twice."""
        value = super().body(asked)
        if isinstance(value, str) and value.lstrip().startswith("{"):
            return super().body(_with_body(asked, value.encode()))
        return value


@fault(
    "media-type-compared-by-its-beginning",
    breaks=["json-content-type"],
    contracts=["genesys-ucs"],
    reach="medium",
    round=2,
)
class MediaTypeComparedByItsBeginning(GenesysService):
    """A body of a type that only begins like application/json, such as that of a JSON patch, is read as JSON."""

    def check_media_type(self, call: Call) -> None:
        """Looks at the beginning."""
        if not (call.headers.get("Content-Type") or "").lower().startswith("application/json"):
            super().check_media_type(call)


@fault(
    "unknown-charset-fails",
    breaks=["no-server-error", "json-content-type"],
    contracts=["genesys-ucs"],
    reach="hard",
    round=2,
)
class UnknownCharsetFails(GenesysService):
    """A body of type application/json whose charset parameter names no known charset is answered with 500."""

    def check_media_type(self, call: Call) -> None:
        """Looks the charset up and does not expect that there is none."""
        super().check_media_type(call)
        _, found, charset = (call.headers.get("Content-Type") or "").lower().partition("charset=")
        try:
            codecs.lookup(charset.partition(";")[0].strip(' "') if found else "utf-8")
        except LookupError:
            raise RefusalError(500, "internal error") from None


@fault(
    "address-beyond-utf-8-fails",
    breaks=["no-server-error", "unknown-customer-answered"],
    contracts=["genesys-ucs"],
    reach="hard",
    round=2,
)
class AddressBeyondUtf8Fails(GenesysService):
    """An address whose encoded octets are not UTF-8 is answered with 500."""

    def decoded(self, segment: str) -> str:
        """Decodes strictly."""
        try:
            return unquote(segment, errors="strict")
        except UnicodeDecodeError:
            raise RefusalError(500, "internal error") from None


@fault(
    "records-of-refused-update-stay",
    breaks=["refused-changes-nothing"],
    contracts=["genesys-ucs"],
    reach="medium",
    round=2,
)
class RecordsOfRefusedUpdateStay(GenesysService):
    """An update that is refused for one of its attributes has replaced the extensions in its body all the same."""

    def leave_refused(self, key: Key, change: Change) -> None:
        """Forgets to roll the records back."""
        with self.transaction():
            for name, records in change.extensions.items():
                self.clear_extension(key, name)
                self.insert_records(key, name, records)


@fault(
    "unknown-member-with-null-passed-over",
    breaks=["unknown-attributes-answered"],
    contracts=["genesys-ucs"],
    reach="hard",
    round=2,
)
class UnknownMemberWithNullPassedOver(GenesysService):
    """A member that no schema knows is refused unless its value is null; then the update is accepted."""

    def read_unknown(self, change: Change, name: str, value: Any) -> None:
        """Takes null for not there."""
        if value is not None:
            super().read_unknown(change, name, value)


@fault(
    "quotes-break-the-error",
    breaks=["answers-fit-schemas", "error-body-present"],
    contracts=["genesys-ucs"],
    reach="hard",
    round=2,
)
class QuotesBreakTheError(GenesysService):
    """A refusal that repeats a quotation mark or a backslash of the request does not escape it and is no JSON."""

    def refused(self, refusal: RefusalError) -> Reply:
        """Puts the body together by hand."""
        reply = super().refused(refusal)
        return replace(reply, body=reply.body.replace(b'\\"', b'"').replace(b"\\\\", b"\\"))


@fault(
    "missing-schema-opens-the-circuit",
    breaks=["schema-exists", "no-server-error"],
    contracts=["genesys-ucs"],
    reach="hard",
    round=2,
)
class MissingSchemaOpensTheCircuit(GenesysService):
    """From the sixth request of a contact center without a profile schema on, the answer is 503 and no longer 404."""

    def check_schema(self, tenant: str) -> None:
        """Counts failures and gives up."""
        try:
            super().check_schema(tenant)
        except RefusalError:
            failures: dict[str, int] = self.__dict__.setdefault("failures", {})
            failures[tenant] = failures.get(tenant, 0) + 1
            if failures[tenant] > 5:
                raise RefusalError(503, "the schema store is not available") from None
            raise


@fault(
    "extensions-alone-served-in-maintenance",
    breaks=["maintenance-refused"],
    contracts=["genesys-ucs"],
    reach="hard",
    round=2,
)
class ExtensionsAloneServedInMaintenance(GenesysService):
    """In maintenance mode an update with extensions alone is carried out, while any other is refused with 503."""

    def answer(self, call: Call) -> Reply:
        """Keeps the call in sight."""
        self.__dict__["asking"] = call
        return super().answer(call)

    def check_mode(self, tenant: str) -> None:
        """Guards attributes alone."""
        call: Call = self.__dict__["asking"]
        with suppress(ValueError, RecursionError):
            sent = json.loads(call.body) if call.method == "PUT" else None
            if isinstance(sent, dict) and sent and all(self.find_extension(tenant, name) for name in sent):
                return
        super().check_mode(tenant)
