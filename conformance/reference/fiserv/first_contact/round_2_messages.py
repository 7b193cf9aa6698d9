"""Faults of the second round: parsing, formats and encodings of requests."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

from lxml import etree

from conformance.reference.core import Call, Reply
from conformance.reference.faults import fault
from conformance.reference.fiserv.model import Format, Message, Refused, User
from conformance.reference.fiserv.service import FiservService

ROUND = 2
CONTRACTS = ["fiserv-alldata"]
EXACT = 2**53
WIDEST = 2**63


@fault("not-a-number-is-a-word", breaks=["unparsable-refused"], contracts=CONTRACTS, reach="hard", round=ROUND)
class NotANumberIsAWord(FiservService):
    """Takes NaN, Infinity and -Infinity in a JSON body for texts and stores them where a text belongs."""

    def parse_json(self, body: bytes) -> Any:
        """The value of a body, with the words that JSON does not have."""
        try:
            return super().parse_json(body)
        except ValueError:
            return json.loads(body.decode("utf-8-sig"), parse_constant=str)


@fault("json-ends-at-nul", breaks=["unparsable-refused"], contracts=CONTRACTS, reach="hard", round=ROUND)
class JsonEndsAtNul(FiservService):
    """Reads a JSON body up to the first zero byte, whatever stands behind it."""

    def parse_json(self, body: bytes) -> Any:
        """The value in front of the zero byte."""
        return super().parse_json(body.partition(b"\0")[0])


@fault("raw-control-characters-taken", breaks=["unparsable-refused"], contracts=CONTRACTS, reach="hard", round=ROUND)
class RawControlCharactersTaken(FiservService):
    """Takes line breaks and tabs that stand unescaped inside a JSON string."""

    def parse_json(self, body: bytes) -> Any:
        """The value of a body, read leniently where it cannot be read strictly."""
        try:
            return super().parse_json(body)
        except ValueError:
            return json.loads(body.decode("utf-8-sig"), strict=False)


@fault(
    "text-xml-is-ascii",
    breaks=["text-not-misread", "success-is-stored", "both-formats-agree"],
    contracts=CONTRACTS,
    reach="hard",
    round=ROUND,
)
class TextXmlIsAscii(FiservService):
    """Reads a text/xml body without a charset as US-ASCII, with a question mark for each other byte."""

    def read_xml(self, call: Call, message: Message) -> None:
        """Fills a message from what is left of the body."""
        if (call.headers.get("content-type") or "").strip().lower() == "text/xml" and call.body[:1] == b"<":
            call = replace(call, body=re.sub(rb"[\x80-\xff]", b"?", call.body))
        super().read_xml(call, message)


@fault(
    "cdata-unescaped-once-more",
    breaks=["text-not-misread", "success-is-stored"],
    contracts=CONTRACTS,
    reach="hard",
    round=ROUND,
)
class CdataUnescapedOnceMore(FiservService):
    """Resolves &amp; and &lt; inside CDATA sections, where they are plain text."""

    def parse_xml(self, body: bytes, charset: str | None) -> etree._Element:
        """The root, with the text of CDATA sections unescaped."""

        def unescaped(match: re.Match[bytes]) -> bytes:
            return match[0].replace(b"&lt;", b"<").replace(b"&amp;", b"&")

        return super().parse_xml(re.sub(rb"(?s)<!\[CDATA\[.*?\]\]>", unescaped, body), charset)


@fault(
    "padded-reference-kept",
    breaks=["text-not-misread", "success-is-stored"],
    contracts=CONTRACTS,
    reach="hard",
    round=ROUND,
)
class PaddedReferenceKept(FiservService):
    """Does not know decimal character references with a leading zero, such as &#039;, and stores them as they stand."""

    def parse_xml(self, body: bytes, charset: str | None) -> etree._Element:
        """The root, in which such references are texts."""
        return super().parse_xml(re.sub(rb"&(#0[0-9]+;)", rb"&amp;\1", body), charset)


@fault(
    "partner-lost-in-namespace",
    breaks=["identity-triple", "sign-on-failure"],
    contracts=CONTRACTS,
    reach="hard",
    round=ROUND,
)
class PartnerLostInNamespace(FiservService):
    """Does not read partnerID in the vendor's namespace, so that an update with an unknown one is applied."""

    def namespaces_refused(self, root: etree._Element) -> bool:
        """Whether the namespaces are refused; the attribute is looked for in the namespace, where it never is."""
        if etree.QName(root).namespace is not None and "partnerID" in root.attrib:
            del root.attrib["partnerID"]
        return super().namespaces_refused(root)


@fault(
    "prefixed-names-refused",
    breaks=["format-governed", "success-code"],
    contracts=CONTRACTS,
    reach="hard",
    round=ROUND,
)
class PrefixedNamesRefused(FiservService):
    """Refuses a message in the vendor's namespace whose elements are bound by a prefix, not by a default namespace."""

    def namespaces_refused(self, root: etree._Element) -> bool:
        """Whether the root has a prefix, or the namespaces are refused."""
        return root.prefix is not None or super().namespaces_refused(root)


@fault("bare-ampersand-forgiven", breaks=["unparsable-refused"], contracts=CONTRACTS, reach="medium", round=ROUND)
class BareAmpersandForgiven(FiservService):
    """Escapes ampersands that stand bare in XML instead of refusing a body that is not well-formed."""

    def parse_xml(self, body: bytes, charset: str | None) -> etree._Element:
        """The root of a body, or of what was mended."""
        try:
            return super().parse_xml(body, charset)
        except Refused:
            return super().parse_xml(re.sub(rb"&(?!#?[0-9A-Za-z]+;)", b"&amp;", body), charset)


@fault(
    "first-user-id-permits-2",
    breaks=["other-user-untouched", "identity-triple"],
    contracts=CONTRACTS,
    reach="hard",
    round=ROUND,
)
class FirstUserIdPermits(FiservService):
    """Checks the permission by the first of two members UserID in JSON and updates the user of the last."""

    first: Any = None

    def parse_json(self, body: bytes) -> Any:
        """The value of a body; notes the first of several ids."""
        tree = super().parse_json(body)
        self.first = None
        json.loads(body.decode("utf-8-sig"), object_pairs_hook=self.noted)
        return tree

    def noted(self, pairs: list[tuple[str, Any]]) -> None:
        """Looks at the members of an object."""
        ids = [value for name, value in pairs if name == "UserID"]
        self.first = ids[0] if len(ids) > 1 else self.first

    def may_update(self, message: Message, caller: User, target: User) -> bool:
        """Whether the first id is the caller's."""
        own = message.format is Format.JSON and self.first == caller.user_id
        return own or super().may_update(message, caller, target)


@fault(
    "fraction-cut-off",
    breaks=["invalid-field-code", "malformed-home-code"],
    contracts=CONTRACTS,
    reach="medium",
    round=ROUND,
)
class FractionCutOff(FiservService):
    """Cuts the fraction off a JSON number where an integer belongs, so that 50040009.5 names a home."""

    def json_integer(self, value: Any) -> Any:
        """The whole part of a number."""
        return int(value) if isinstance(value, float) and abs(value) < EXACT else super().json_integer(value)


@fault(
    "escaped-solidus-kept",
    breaks=["success-is-stored", "request-id-echo", "both-formats-agree"],
    contracts=CONTRACTS,
    reach="hard",
    round=ROUND,
)
class EscapedSolidusKept(FiservService):
    """Keeps the backslash of an escaped solidus in a JSON string."""

    def parse_json(self, body: bytes) -> Any:
        """The value of a body that has no such escape any more."""
        return super().parse_json(body.replace(rb"\/", rb"\\/"))


@fault("chunked-body-is-empty", breaks=["success-code"], contracts=CONTRACTS, reach="hard", round=ROUND)
class ChunkedBodyIsEmpty(FiservService):
    """Reads as many bytes as Content-Length says and so takes a chunked body for an empty one."""

    def handle(self, call: Call) -> Reply:
        """Answers a call without the body that has no length."""
        if "chunked" in (call.headers.get("transfer-encoding") or "").lower():
            call = replace(call, body=b"")
        return super().handle(call)


@fault(
    "indented-integers-refused",
    breaks=["format-governed", "success-code"],
    contracts=CONTRACTS,
    reach="hard",
    round=ROUND,
)
class IndentedIntegersRefused(FiservService):
    """Refuses an XML integer with white space around it, which its type does not count."""

    def xml_scalar(self, text: str, kind: str) -> Any:
        """The value of a text; an indented number stays a text."""
        return text if kind == "integer" and text != text.strip() else super().xml_scalar(text, kind)


@fault(
    "integers-through-doubles",
    breaks=["success-is-stored", "both-formats-agree"],
    contracts=CONTRACTS,
    reach="hard",
    round=ROUND,
)
class IntegersThroughDoubles(FiservService):
    """Reads the integers of a JSON body as double-precision numbers, so that large ones lose their last digits."""

    def json_integer(self, value: Any) -> Any:
        """The nearest integer that a double can be."""
        value = super().json_integer(value)
        return int(float(value)) if type(value) is int and EXACT < abs(value) < WIDEST - EXACT else value
