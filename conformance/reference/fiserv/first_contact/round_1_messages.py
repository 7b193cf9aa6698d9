"""Faults written from the documents alone: how the bytes of a request become a message."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

from lxml import etree

from conformance.reference.core import Call, Reply
from conformance.reference.faults import fault
from conformance.reference.fiserv.formats import DEPTH
from conformance.reference.fiserv.model import GENERAL, Format, Kind, Message, Refused, User
from conformance.reference.fiserv.service import FiservService

CDATA_BEHIND_TEXT = re.compile(rb"([^>\s])<!\[CDATA\[.*?\]\]>", re.DOTALL)
DECLARATION = re.compile(rb"^<\?xml[^>]*>")
DECLARED_ENCODING = re.compile(rb"<\?xml[^>]*encoding")
LONE = re.compile("[\ud800-\udfff]")


@fault("not-a-number-as-text", breaks=["unparsable-refused"], contracts=["fiserv-alldata"], reach="hard", round=1)
class NotANumberAsText(FiservService):
    """Takes the bare words NaN and Infinity, which are not JSON, for texts and stores them."""

    def parse_json(self, body: bytes) -> Any:
        """Reads with a parser that hands the words on."""
        return json.loads(body.decode("utf-8-sig"), parse_constant=str)


@fault("json-tail-ignored", breaks=["unparsable-refused"], contracts=["fiserv-alldata"], reach="medium", round=1)
class JsonTailIgnored(FiservService):
    """Reads the first JSON value of a body and does not look at what stands behind it."""

    def parse_json(self, body: bytes) -> Any:
        """Stops reading at the last brace of the first value."""
        value, _ = json.JSONDecoder().raw_decode(body.decode("utf-8-sig").lstrip())
        super().parse_json(json.dumps(value).encode())
        return value


@fault("raw-line-end-in-json", breaks=["unparsable-refused"], contracts=["fiserv-alldata"], reach="hard", round=1)
class RawLineEndInJson(FiservService):
    """Takes a JSON text in which a line end or a tab stands as it is instead of as an escape."""

    def parse_json(self, body: bytes) -> Any:
        """Reads without strictness about control characters."""
        try:
            return super().parse_json(body)
        except ValueError:
            return json.loads(body.decode("utf-8-sig"), strict=False)


@fault("last-brace-supplied", breaks=["unparsable-refused"], contracts=["fiserv-alldata"], reach="hard", round=1)
class LastBraceSupplied(FiservService):
    """Carries out a JSON update that was cut off just before its last brace."""

    def parse_json(self, body: bytes) -> Any:
        """Supplies the brace of the root."""
        try:
            return super().parse_json(body)
        except ValueError:
            return super().parse_json(body + b"}")


@fault("first-user-id-permits", breaks=["other-user-untouched"], contracts=["fiserv-alldata"], reach="hard", round=1)
class FirstUserIdPermits(FiservService):
    """Asks for the caller's right by the first of two UserID in a JSON profile and updates the user of the last."""

    def parse_json(self, body: bytes) -> Any:
        """Notes the first UserID of an object that has two of them."""
        self.__dict__["first_user_id"] = None

        def noted(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
            ids = [value for name, value in pairs if name == "UserID"]
            if len(ids) > 1:
                self.__dict__["first_user_id"] = ids[0]
            return dict(pairs)

        value = super().parse_json(body)
        json.loads(body.decode("utf-8-sig"), object_pairs_hook=noted)
        return value

    def may_update(self, message: Message, caller: User, target: User) -> bool:
        """Permits also what the first UserID would permit."""
        first = self.__dict__.get("first_user_id") if message.format is Format.JSON else None
        return super().may_update(message, caller, target) or first == caller.user_id


@fault(
    "text-xml-as-latin-1",
    breaks=["text-not-misread", "success-is-stored"],
    contracts=["fiserv-alldata"],
    reach="hard",
    round=1,
)
class TextXmlAsLatin1(FiservService):
    """Reads a body of type text/xml that declares no encoding as ISO-8859-1."""

    def read_xml(self, call: Call, message: Message) -> None:
        """Recodes such a body."""
        undeclared = call.body.startswith(b"<") and not DECLARED_ENCODING.match(call.body)
        if call.headers.get("content-type") == "text/xml" and undeclared:
            call = replace(call, body=DECLARATION.sub(b"", call.body).decode("latin-1").encode())
        super().read_xml(call, message)


@fault(
    "cdata-behind-text-lost",
    breaks=["text-not-misread", "success-is-stored"],
    contracts=["fiserv-alldata"],
    reach="hard",
    round=1,
)
class CdataBehindTextLost(FiservService):
    """Loses a CDATA section that stands behind other text of the same element."""

    def parse_xml(self, body: bytes, charset: str | None) -> etree._Element:
        """Reads only the first piece of a text."""
        return super().parse_xml(CDATA_BEHIND_TEXT.sub(rb"\1", body), charset)


@fault(
    "comment-ends-text",
    breaks=["text-not-misread", "success-is-stored"],
    contracts=["fiserv-alldata"],
    reach="medium",
    round=1,
)
class CommentEndsText(FiservService):
    """Takes of a text with a comment inside only what stands before the comment."""

    def xml_options(self) -> dict[str, Any]:
        """Keeps comments in the tree."""
        return {**super().xml_options(), "remove_comments": False}


@fault("inclusions-followed", breaks=["nothing-disclosed"], contracts=["fiserv-alldata"], reach="hard", round=1)
class InclusionsFollowed(FiservService):
    """Replaces XInclude elements of a request by the text of the files that they name."""

    def parse_xml(self, body: bytes, charset: str | None) -> etree._Element:
        """Processes inclusions behind the parser."""
        root = super().parse_xml(body, charset)
        if b"http://www.w3.org/2001/XInclude" not in body:
            return root
        try:
            root.getroottree().xinclude()
        except etree.XIncludeError:
            raise self.unparsable(Format.XML) from None
        return root


@fault(
    "unwell-after-deep-nesting",
    breaks=["hostile-input-survived", "no-general-error"],
    contracts=["fiserv-alldata"],
    reach="hard",
    round=1,
)
class UnwellAfterDeepNesting(FiservService):
    """Answers the first right request behind a JSON body that was nested too deeply with 100."""

    def read_json(self, body: bytes, message: Message) -> None:
        """Notes that the reader gave up."""
        try:
            super().read_json(body, message)
        except Refused:
            self.__dict__["reader_unwell"] = body.count(b"[") + body.count(b"{") > DEPTH
            raise

    def sign_on(self, message: Message) -> None:
        """Fails once if the reader gave up before."""
        if self.__dict__.pop("reader_unwell", False):
            raise Refused(GENERAL, Kind.OPERATION)
        super().sign_on(message)


@fault("half-a-pair-fails", breaks=["no-server-failure"], contracts=["fiserv-alldata"], reach="hard", round=1)
class HalfAPairFails(FiservService):
    """Answers HTTP 500 to a JSON update in which half of a surrogate pair stands alone."""

    def process(self, call: Call, message: Message) -> Reply:
        """Fails where a text cannot be written as UTF-8."""
        if message.format is Format.JSON and b"\\u" in call.body:
            try:
                text = json.dumps(json.loads(call.body), ensure_ascii=False)
            except (ValueError, RecursionError):
                text = ""
            if LONE.search(text):
                return Reply(500, (("content-type", "text/plain"),), b"Internal Server Error")
        return super().process(call, message)


@fault("chunked-body-empty", breaks=["success-code"], contracts=["fiserv-alldata"], reach="hard", round=1)
class ChunkedBodyEmpty(FiservService):
    """Takes the body of a request without Content-Length, sent in chunks, for empty."""

    def process(self, call: Call, message: Message) -> Reply:
        """Goes by Content-Length alone."""
        chunked = "chunked" in (call.headers.get("transfer-encoding") or "").lower()
        return super().process(replace(call, body=b"") if chunked else call, message)


@fault("late-doctype-unseen", breaks=["message-form"], contracts=["fiserv-alldata"], reach="hard", round=1)
class LateDoctypeUnseen(FiservService):
    """Refuses a harmless DOCTYPE only where it stands within the first 256 bytes of a body."""

    def read_xml(self, call: Call, message: Message) -> None:
        """Cuts a late DOCTYPE that declares nothing out before anybody looks for it."""
        head, mark, rest = call.body.partition(b"<!DOCTYPE")
        name, end, behind = rest.partition(b">")
        if mark and end and len(head) > 256 and b"[" not in name and b"--" not in name:
            call = replace(call, body=head + behind)
        super().read_xml(call, message)


@fault(
    "fractions-cut-off",
    breaks=["malformed-home-code", "invalid-field-code"],
    contracts=["fiserv-alldata"],
    reach="medium",
    round=1,
)
class FractionsCutOff(FiservService):
    """Takes a JSON number with a fraction for the integer before the point."""

    def json_integer(self, value: Any) -> Any:
        """Cuts the fraction off."""
        return super().json_integer(float(int(value)) if isinstance(value, float) and abs(value) < 1e15 else value)
