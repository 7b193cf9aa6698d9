"""Faults in how a message is read, most of them in one format only."""

# ruff: noqa: D102 - the docstring of a fault says what its override does

from __future__ import annotations

import json
import re
from typing import Any

from lxml import etree

from conformance.reference.core import Call, Reply
from conformance.reference.faults import fault
from conformance.reference.fiserv.formats import NOT_TEXT
from conformance.reference.fiserv.model import GENERAL, INVALID, Finding, Format, Kind, Message, Refused, User
from conformance.reference.fiserv.service import FiservService
from conformance.reference.fiserv.shape import Form, Shape, form

ASTRAL = re.compile("[\U00010000-\U0010ffff]")
CDATA = re.compile(rb"<!\[CDATA\[.*?\]\]>", re.DOTALL)
TEXT = ("both-formats-agree", "success-is-stored")


@fault("xml-comment-cuts-text", breaks=TEXT, reach="hard")
class XmlCommentCutsText(FiservService):
    """In XML a text ends at a comment inside it."""

    def xml_options(self) -> dict[str, Any]:
        return {**super().xml_options(), "remove_comments": False}


@fault("xml-cdata-lost", breaks=TEXT, reach="hard")
class XmlCdataLost(FiservService):
    """In XML the text of a CDATA section is lost, because the handler only hears plain characters."""

    def parse_xml(self, body: bytes, charset: str | None) -> etree._Element:
        return super().parse_xml(CDATA.sub(b"", body), charset)


@fault("xml-last-of-list", breaks=[*TEXT, "omitted-members"], reach="medium")
class XmlLastOfList(FiservService):
    """In XML of repeated elements only the last is kept, as in a dictionary by name."""

    def from_xml(self, element: etree._Element, shape: Shape) -> Any:
        value = super().from_xml(element, shape)
        if not isinstance(value, dict):
            return value
        return {name: inner[-1:] if isinstance(inner, list) else inner for name, inner in value.items()}


@fault("xml-recovers", breaks=["unparsable-refused", "error-changes-nothing"], reach="hard")
class XmlRecovers(FiservService):
    """XML is read in recovery mode: damage that leaves everything needed is overlooked."""

    def xml_options(self) -> dict[str, Any]:
        return {**super().xml_options(), "recover": True}


@fault("xml-nested-element-ignored", breaks=["format-governed"], reach="medium")
class XmlNestedElementIgnored(FiservService):
    """An unknown element is refused directly in UserProfile and overlooked deeper down."""

    def fits_schema(self, root: etree._Element, expected: Form) -> bool:
        for place in ("PersonName", "ContactInfo", "PostAddr", "PhoneNum"):
            for parent in root.iter(place):
                known = {"LastName", "FirstName", "MiddleName", "DisplayName", "PhoneNum", "EmailAddr", "PostAddr"}
                known |= {"PhoneType", "Phone", "Addr1", "Addr2", "City", "StateProv", "PostalCode", "Country"}
                for child in list(parent):
                    if child.tag not in known:
                        parent.remove(child)
        return super().fits_schema(root, expected)


@fault("xml-invalid-code", breaks=["invalid-field-code", "missing-member-code", "both-formats-agree"], reach="medium")
class XmlInvalidCode(FiservService):
    """XML that does not fit the XSD is answered with 4210, as if it were not XML at all."""

    def validate(self, message: Message) -> list[Finding]:
        found = super().validate(message)
        if message.format is Format.XML:
            return [Finding("4210" if f.code == INVALID else f.code, f.path, f.missing) for f in found]
        return found


@fault("json-astral-lost", breaks=TEXT, reach="hard")
class JsonAstralLost(FiservService):
    """In JSON characters above U+FFFF become question marks."""

    def parse_json(self, body: bytes) -> Any:
        text = json.dumps(super().parse_json(body), ensure_ascii=False)
        return json.loads(ASTRAL.sub("?", text))


@fault("json-trailing-bytes", breaks=["unparsable-refused", "error-changes-nothing"], reach="medium")
class JsonTrailingBytes(FiservService):
    """What follows the JSON value is not looked at."""

    def parse_json(self, body: bytes) -> Any:
        value, _ = json.JSONDecoder().raw_decode(body.decode("utf-8-sig").lstrip())
        return value


@fault("json-integers-as-doubles", breaks=TEXT, reach="hard")
class JsonIntegersAsDoubles(FiservService):
    """In JSON integers go through a double and lose their last digits above 2 to the 53."""

    def parse_json(self, body: bytes) -> Any:
        super().parse_json(body)
        return json.loads(body.decode("utf-8-sig"), parse_int=float)


@fault(
    "json-number-as-postal-code", breaks=["invalid-field-code", "message-form", "both-formats-agree"], reach="medium"
)
class JsonNumberAsPostalCode(FiservService):
    """In JSON a number is refused where a text belongs, but taken for PostalCode."""

    def from_json(self, value: Any, shape: Shape, path: tuple[str | int, ...], unknown: list[Any]) -> Any:
        if path[-1:] == ("PostalCode",) and isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        return super().from_json(value, shape, path, unknown)


@fault("json-long-quoted-integer-taken", breaks=["message-form", "invalid-field-code"], reach="hard")
class JsonLongQuotedIntegerTaken(FiservService):
    """In JSON integers between quotation marks are refused, unless they have more than nine digits."""

    def json_integer(self, value: Any) -> Any:
        if isinstance(value, str) and re.fullmatch("[0-9]{10,18}", value):
            return int(value)
        return super().json_integer(value)


@fault("json-leading-digits", breaks=["malformed-home-code", "invalid-field-code"], reach="hard")
class JsonLeadingDigits(FiservService):
    """In JSON a text that begins with the digits of an integer and goes on otherwise is taken for the integer."""

    def json_integer(self, value: Any) -> Any:
        digits = re.match("[0-9]{1,18}(?=[^0-9])", value) if isinstance(value, str) else None
        return int(digits[0]) if digits else super().json_integer(value)


@fault("json-root-member-refused", breaks=["format-governed"], reach="medium")
class JsonRootMemberRefused(FiservService):
    """In JSON an unknown member is ignored in UserProfile and refused at the root."""

    def read_json(self, body: bytes, message: Message) -> None:
        super().read_json(body, message)
        value = self.parse_json(body)
        known = form(message.operation).request.members
        message.findings += [Finding(INVALID, (name,)) for name in value if name not in known]


@fault("json-not-utf-8-fails", breaks=["no-server-failure", "unparsable-refused"], reach="medium")
class JsonNotUtf8Fails(FiservService):
    """A JSON body that is not UTF-8 is answered with HTTP 500."""

    def process(self, call: Call, message: Message) -> Reply:
        if message.format is Format.JSON and "\ufffd" in call.body.decode("utf-8", "replace"):
            return Reply.empty(500)
        return super().process(call, message)


@fault("json-empty-list-fails", breaks=["no-server-failure"], reach="hard")
class JsonEmptyListFails(FiservService):
    """An empty PhoneNum is answered with HTTP 500."""

    def process(self, call: Call, message: Message) -> Reply:
        reply = super().process(call, message)
        return Reply.empty(500) if '"PhoneNum": []' in json.dumps(message.tree) else reply


@fault("control-character-fails", breaks=["no-server-failure"], reach="hard")
class ControlCharacterFails(FiservService):
    """A text that XML cannot hold is answered with HTTP 500 instead of being refused."""

    def failed(self, call: Call, message: Message, refused: Refused) -> Reply:
        if NOT_TEXT.search(_all_text(message.tree)):
            return Reply.empty(500)
        return super().failed(call, message, refused)


@fault("astral-text-fails", breaks=["no-server-failure", "success-code"], reach="hard")
class AstralTextFails(FiservService):
    """A profile with a character above U+FFFF cannot be stored: HTTP 500."""

    def process(self, call: Call, message: Message) -> Reply:
        reply = super().process(call, message)
        return Reply.empty(500) if ASTRAL.search(_all_text(message.tree)) else reply


@fault("apostrophe-general-error", breaks=["no-general-error", "success-code"], reach="hard")
class ApostropheGeneralError(FiservService):
    """A profile with an apostrophe breaks the statement that stores it: code 100."""

    def save(self, user: User) -> User:
        if "'" in json.dumps(user.profile):
            raise Refused(GENERAL, Kind.OPERATION)
        return super().save(user)


@fault("empty-body-general-error", breaks=["no-general-error", "unparsable-refused"], reach="medium")
class EmptyBodyGeneralError(FiservService):
    """A JSON body without anything in it is answered with 100, damaged JSON as the reading says."""

    def parse_json(self, body: bytes) -> Any:
        if not body.strip():
            raise Refused(GENERAL, Kind.PARSE)
        return super().parse_json(body)


def _all_text(value: Any) -> str:
    if isinstance(value, dict):
        return "".join(_all_text(inner) for inner in value.values())
    if isinstance(value, list):
        return "".join(_all_text(inner) for inner in value)
    return value if isinstance(value, str) else ""
