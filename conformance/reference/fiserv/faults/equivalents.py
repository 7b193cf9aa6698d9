"""Faults in messages that are written in another way and mean the same, and in bytes around a message."""

# ruff: noqa: D102 - the docstring of a fault says what its override does

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from lxml import etree

from conformance.reference.core import Call, Reply
from conformance.reference.faults import fault
from conformance.reference.fiserv.model import Format, Kind, Message, Refused
from conformance.reference.fiserv.service import FiservService

NUL = b"\0"


@fault("attribute-in-apostrophes-unread", breaks=["identity-triple", "sign-on-failure"], reach="hard")
class AttributeInApostrophesUnread(FiservService):
    """Does not see a partnerID between apostrophes, so that an update with an unknown one is applied."""

    def parse_xml(self, body: bytes, charset: str | None) -> etree._Element:
        root = super().parse_xml(body, charset)
        if re.search(rb"partnerID\s*=\s*'", body) and "partnerID" in root.attrib:
            del root.attrib["partnerID"]
        return root


@fault("capital-references-kept", breaks=["success-is-stored", "text-not-misread"], reach="hard")
class CapitalReferencesKept(FiservService):
    """Does not know hexadecimal references in capital digits, such as &#x2F;, and stores them as they stand."""

    def parse_xml(self, body: bytes, charset: str | None) -> etree._Element:
        return super().parse_xml(re.sub(rb"&(#x[0-9]*[A-F][0-9A-F]*;)", rb"&amp;\1", body), charset)


@fault("second-section-lost", breaks=["success-is-stored", "text-not-misread"], reach="hard")
class SecondSectionLost(FiservService):
    """Reads the first of two CDATA sections in a row, and not what follows."""

    def parse_xml(self, body: bytes, charset: str | None) -> etree._Element:
        return super().parse_xml(re.sub(rb"(?s)(\]\]>)<!\[CDATA\[[^<]*?\]\]>", rb"\1", body), charset)


@fault("prefix-hides-the-home", breaks=["identity-triple", "unknown-home-code"], reach="hard")
class PrefixHidesTheHome(FiservService):
    """Does not find the HomeID of a profile whose element has a prefix, and takes the caller's home instead."""

    def parse_xml(self, body: bytes, charset: str | None) -> etree._Element:
        root = super().parse_xml(body, charset)
        for home in root.findall(".//{*}UserProfile/{*}HomeID"):
            parent = home.getparent()
            if home.prefix is not None and parent is not None:
                parent.remove(home)
        return root


@fault("escaped-names-unknown", breaks=["success-code", "success-is-stored", "missing-member-code"], reach="hard")
class EscapedNamesUnknown(FiservService):
    """Does not know a member of JSON whose name is written with escapes."""

    def parse_json(self, body: bytes) -> Any:
        return super().parse_json(re.sub(rb'"((?:\\u[0-9a-fA-F]{4})+)"(\s*:)', rb'"-\1"\2', body))


@fault("surrogate-pair-halved", breaks=["success-is-stored", "profile-is-stored"], reach="hard")
class SurrogatePairHalved(FiservService):
    """Reads an escaped character beyond the first 65536 without its second half."""

    def parse_json(self, body: bytes) -> Any:
        return super().parse_json(re.sub(rb"(?i)\\ud[89ab]..\\ud[c-f]..", rb"\\ufffd", body))


@fault("carriage-returns-refused", breaks=["success-code"], reach="medium")
class CarriageReturnsRefused(FiservService):
    """Refuses a JSON body with carriage returns between its members."""

    def parse_json(self, body: bytes) -> Any:
        if b"\r" in body:
            raise ValueError("carriage return")
        return super().parse_json(body)


@fault("profile-before-sign-on-lost", breaks=["success-code", "missing-member-code"], reach="medium")
class ProfileBeforeSignOnLost(FiservService):
    """Reads a JSON message as a stream and does not see the profile that stands before SignonRq."""

    def parse_json(self, body: bytes) -> Any:
        tree = super().parse_json(body)
        names = list(tree) if isinstance(tree, dict) else []
        if {"SignonRq", "UserProfileModRq"} <= set(names) and names.index("UserProfileModRq") < names.index("SignonRq"):
            del tree["UserProfileModRq"]
        return tree


@fault("nuls-before-skipped", breaks=["unparsable-refused"], reach="hard")
class NulsBeforeSkipped(FiservService):
    """Skips zero bytes before and behind a body, as a buffer may have them."""

    def handle(self, call: Call) -> Reply:
        return super().handle(replace(call, body=call.body.strip(NUL)))


@fault("broken-json-answered-in-xml", breaks=["response-format"], reach="medium")
class BrokenJsonAnsweredInXml(FiservService):
    """Answers a JSON body that is not well-formed in XML."""

    def failed(self, call: Call, message: Message, refused: Refused) -> Reply:
        if refused.kind is Kind.PARSE and message.format is Format.JSON:
            message.format = Format.XML
        return super().failed(call, message, refused)
