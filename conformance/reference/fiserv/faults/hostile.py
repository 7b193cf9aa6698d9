"""Faults in how hostile and unusual XML is read."""

# ruff: noqa: D102 - the docstring of a fault says what its override does

from __future__ import annotations

import contextlib
import re
import urllib.error
import urllib.request
from typing import Any

from lxml import etree

from conformance.reference.core import Call, Reply
from conformance.reference.faults import fault
from conformance.reference.fiserv.model import Message
from conformance.reference.fiserv.service import FiservService

ADDRESS = re.compile(rb"""http://127\.0\.0\.1:\d+/[^"' >]*""")  # a fault must not reach beyond this machine
XSI = "{http://www.w3.org/2001/XMLSchema-instance}noNamespaceSchemaLocation"
DECLARED = re.compile(rb"<!ENTITY\s+(\w+)\s+[\"']([^\"']*)[\"']")
ENTITY = re.compile(rb"&(\w+);")
MUCH = 10**7
DEEP = 1_000


def ask(address: bytes) -> None:
    """Asks an address, if it is one of this machine."""
    if ADDRESS.fullmatch(address):
        with contextlib.suppress(urllib.error.URLError, OSError):
            # The pattern allows http on loopback alone.
            urllib.request.urlopen(address.decode("ascii"), timeout=2).close()  # noqa: S310


@fault("external-entity-shown", breaks=["nothing-disclosed"], reach="hard")
class ExternalEntityShown(FiservService):
    """XML is read with external entities, so an RqUID made of one is answered with the content of a file."""

    def xml_options(self) -> dict[str, Any]:
        return {**super().xml_options(), "resolve_entities": True}


@fault("external-entity-stored", breaks=["nothing-disclosed", "text-not-misread"], reach="hard")
class ExternalEntityStored(FiservService):
    """XML is read with external entities and without a look at its DOCTYPE; a file becomes a name in the profile."""

    def xml_options(self) -> dict[str, Any]:
        return {**super().xml_options(), "resolve_entities": True}

    def document_type_refused(self, root: etree._Element) -> bool:  # noqa: ARG002 - it does not look
        return False

    def request_id(self, message: Message, *, succeeded: bool) -> str | None:
        found = super().request_id(message, succeeded=succeeded)
        return None if found is None else re.sub("canary[0-9a-f]+", "", found)


@fault("inclusion-processed", breaks=["nothing-disclosed"], reach="hard")
class InclusionProcessed(FiservService):
    """Inclusions (XInclude) are carried out before the message is validated."""

    def parse_xml(self, body: bytes, charset: str | None) -> etree._Element:
        root = super().parse_xml(body, charset)
        for node in root.iter("{http://www.w3.org/2001/XInclude}include"):
            if not str(node.get("href")).startswith("file:"):
                return root
        with contextlib.suppress(etree.XIncludeError):
            root.getroottree().xinclude()
        return root


@fault("document-type-fetched", breaks=["nothing-fetched"], reach="hard")
class DocumentTypeFetched(FiservService):
    """The document type that a request names is loaded before the request is refused for having one."""

    def parse_xml(self, body: bytes, charset: str | None) -> etree._Element:
        named = re.search(rb"<!DOCTYPE\s+\w+\s+SYSTEM\s+\"([^\"]*)\"", body)
        if named:
            ask(named[1])
        return super().parse_xml(body, charset)


@fault("schema-hint-followed", breaks=["nothing-fetched"], reach="hard")
class SchemaHintFollowed(FiservService):
    """The schema is loaded from where the request says it is."""

    def parse_xml(self, body: bytes, charset: str | None) -> etree._Element:
        root = super().parse_xml(body, charset)
        ask(str(root.get(XSI, "")).encode())
        return root


@fault("stylesheet-followed", breaks=["nothing-fetched"], reach="hard")
class StylesheetFollowed(FiservService):
    """A stylesheet that an instruction names is loaded."""

    def parse_xml(self, body: bytes, charset: str | None) -> etree._Element:
        named = re.search(rb"<\?xml-stylesheet [^>]*href=\"([^\"]*)\"", body)
        if named:
            ask(named[1])
        return super().parse_xml(body, charset)


@fault("entity-bomb-ends-service", breaks=["hostile-input-survived"], reach="hard")
class EntityBombEndsService(FiservService):
    """Entities are expanded without a limit; a request that expands to too much ends the process."""

    ended = False

    def handle(self, call: Call) -> Reply:
        self.ended = self.ended or expanded_size(call.body) > MUCH
        return Reply.dropped() if self.ended else super().handle(call)


@fault("nesting-ends-service", breaks=["hostile-input-survived"], reach="hard")
class NestingEndsService(FiservService):
    """A recursive reader runs out of stack where elements are nested deeply, and the process ends."""

    ended = False

    def handle(self, call: Call) -> Reply:
        self.ended = self.ended or b"<a>" * DEEP in call.body
        return Reply.dropped() if self.ended else super().handle(call)


@fault("long-attribute-fails", breaks=["no-server-failure"], reach="hard")
class LongAttributeFails(FiservService):
    """An attribute that is longer than a buffer is answered with HTTP 500."""

    def process(self, call: Call, message: Message) -> Reply:
        if re.search(rb"=\"[^\"]{65536}", call.body):
            return Reply.empty(500)
        return super().process(call, message)


@fault("entity-text-lost", breaks=["text-not-misread"], reach="hard")
class EntityTextLost(FiservService):
    """A DOCTYPE is taken and its entities are left out, as a parser does that was told not to resolve any."""

    def parse_xml(self, body: bytes, charset: str | None) -> etree._Element:
        root = super().parse_xml(body, charset)
        etree.strip_tags(root, etree.Entity)
        return root

    def document_type_refused(self, root: etree._Element) -> bool:  # noqa: ARG002 - it does not look
        return False


@fault("instruction-cuts-text", breaks=["text-not-misread"], reach="hard")
class InstructionCutsText(FiservService):
    """In XML a text ends at a processing instruction inside it."""

    def xml_options(self) -> dict[str, Any]:
        return {**super().xml_options(), "remove_pis": False}


@fault("encoding-ignored", breaks=["text-not-misread", "unparsable-refused"], reach="hard")
class EncodingIgnored(FiservService):
    """Every XML body is decoded as UTF-8, whatever it declares; what does not fit becomes a question mark."""

    def parse_xml(self, body: bytes, charset: str | None) -> etree._Element:
        if body[:2] in (b"\xff\xfe", b"\xfe\xff"):
            return super().parse_xml(body, charset)
        text = body.decode("utf-8-sig", "replace").replace("\ufffd", "?")
        return super().parse_xml(re.sub(r"\A<\?xml[^>]*\?>", "", text).encode(), charset)


@fault("carriage-return-lost", breaks=["text-not-misread"], reach="hard")
class CarriageReturnLost(FiservService):
    """Carriage returns are taken out of every text, also those that a character reference asks for."""

    def xml_text(self, element: etree._Element) -> str:
        return super().xml_text(element).replace("\r", "")


@fault("repeated-attribute-taken", breaks=["unparsable-refused"], reach="hard")
class RepeatedAttributeTaken(FiservService):
    """A lenient parser keeps the last of two attributes of one name."""

    def parse_xml(self, body: bytes, charset: str | None) -> etree._Element:
        once = re.sub(rb' (\w+)="[^"]*"(?= \1=")', b"", body)
        return super().parse_xml(once, charset)


@fault("stored-before-document-type", breaks=["error-changes-nothing"], reach="hard")
class StoredBeforeDocumentType(FiservService):
    """An update with a DOCTYPE is refused after it was stored."""

    def handle(self, call: Call) -> Reply:
        reply = super().handle(call)
        head = re.match(rb"(?:<\?xml[^>]*\?>\s*)?<!DOCTYPE [^>\[]*(?:\[[^\]]*\])?>", call.body)
        if head:
            super().handle(
                Call(
                    call.method,
                    call.path,
                    call.query,
                    call.headers,
                    call.body[head.end() :],
                    call.client,
                    call.secure,
                )
            )
        return reply


def expanded_size(body: bytes) -> int:
    """How long the texts of a body become when its entities are put in; no more than a little above MUCH."""
    sizes: dict[bytes, int] = {}
    for name, value in DECLARED.findall(body):
        sizes[name] = len(value) + sum(sizes.get(used, 0) for used in ENTITY.findall(value))
    total = 0
    for used in ENTITY.findall(body.rpartition(b"]>")[2]):
        total += sizes.get(used, 0)
        if total > MUCH:
            break
    return total
