"""What an outcome looks like on the wire."""

from __future__ import annotations

import uuid
from typing import Any

from lxml import etree

from conformance.reference.core import Call, Reply
from conformance.reference.fiserv.formats import NOT_TEXT, WM
from conformance.reference.fiserv.model import (
    BAD_HOME,
    BAD_ROLE,
    GENERAL,
    NOT_LISTED,
    NOT_OWNER,
    SUCCESS,
    UNKNOWN_USER,
    Format,
    Kind,
    Message,
    Outcome,
    Refused,
    Tree,
    User,
)
from conformance.reference.fiserv.operations import Operations
from conformance.reference.fiserv.shape import form

VERSION = "1.4.6"
FREE_TEXT = {"Info": "Request completed.", "Error": "Request could not be completed."}
SURROGATES = ("\ud800", "\udfff")
INT64 = 2**63


class Answers(Operations):
    """The part of the service that answers."""

    def succeeded(self, call: Call, message: Message, outcome: Outcome) -> Reply:
        """The answer to a request that was carried out."""
        tree = self.envelope(message, succeeded=True)
        tree["Status"] = self.status(outcome.code, message)
        tree["SignonRs"] = self.signed_on_part(message, outcome)
        part = form(message.operation).answer_part
        if part is not None:
            tree[part] = {"Status": self.status(outcome.code, message), **outcome.members}
            if outcome.profile is not None:
                self.place_profile(tree, part, outcome.profile, message)
        return self.render(call, message, tree, 200)

    def signed_on_part(self, message: Message, outcome: Outcome | None = None) -> Tree:
        """SignonRs of a sign-on that succeeded."""
        caller = message.caller
        assert isinstance(caller, User)
        part: Tree = {"Status": self.status(SUCCESS, message), "CEUserID": caller.ce_user_id}
        if outcome is not None and outcome.session is not None:
            part["SessInfo"] = outcome.session
        return part

    def place_profile(self, tree: Tree, part: str, profile: Tree, message: Message) -> None:  # noqa: ARG002
        """Puts the profile where the reading wants it."""
        option = self.reading("profile-placement")
        if option == "in-operation":
            tree[part]["UserProfile"] = profile
        elif option == "at-root":
            tree["UserProfile"] = profile

    def failed(self, call: Call, message: Message, refused: Refused) -> Reply:
        """The answer to a request that was not carried out."""
        if refused.kind is Kind.PARSE and self.reading(f"unparsable-{message.format}") == "http-400":
            return Reply.empty(400)
        if refused.kind is Kind.SIGNON and self.reading("signon-failure") == "http-401/403":
            return Reply.empty(_refusal(refused.code))
        code = self.shown_code(refused)
        tree = self.envelope(message, succeeded=False)
        self.place_failure(tree, message, refused, code)
        return self.render(call, message, tree, self.http_status(refused, code))

    def shown_code(self, refused: Refused) -> str:
        """The code that is shown for a refusal."""
        if refused.kind is Kind.SIGNON and self.reading("signon-failure") == "collapsed-100":
            return GENERAL
        return refused.code

    def place_failure(self, tree: Tree, message: Message, refused: Refused, code: str) -> None:
        """Puts the code of a refusal where the readings want it."""
        placement = self.reading("status-placement")
        part = form(message.operation).answer_part
        hidden = placement == "operation-only" and part is not None
        tree["Status"] = self.status(SUCCESS if hidden else code, message)
        signon = self.failed_signon_part(message, refused, code)
        if signon is not None:
            tree["SignonRs"] = signon
        if part is not None and placement != "envelope-only":
            tree[part] = {"Status": self.status(code, message)}

    def failed_signon_part(self, message: Message, refused: Refused, code: str) -> Tree | None:
        """SignonRs of a request that failed: why the sign-on failed, or what is said of one that did not."""
        option = self.reading("signon-status-on-error")
        if refused.kind in (Kind.SIGNON, Kind.IDENTITY) or option == "same-as-operation":
            return {"Status": self.status(code, message)}
        if option == "own-outcome" and message.caller is not None:
            return self.signed_on_part(message)
        return None

    # parts

    def envelope(self, message: Message, *, succeeded: bool) -> Tree:
        """The members that every answer has, in front of its Status."""
        tree: Tree = {}
        partner = message.partner
        if partner is None and message.caller is not None:
            partner = message.caller.partner
        if partner is not None and -INT64 <= partner < INT64:
            tree["partnerID"] = partner
        tree["version"] = VERSION
        request_id = self.request_id(message, succeeded=succeeded)
        if request_id is not None:
            tree["RqUID"] = request_id
        return tree

    def request_id(self, message: Message, *, succeeded: bool) -> str | None:
        """The RqUID of an answer."""
        option = self.reading("request-id-echo")
        if option == "server-generated":
            return str(uuid.uuid4())
        if option == "absent-on-error" and not succeeded:
            return None
        return message.request_id

    def status(self, code: str, message: Message) -> Tree:
        """A Status aggregate."""
        known = self.contract.codes[code]
        severity = known.extra["severity"]
        status: Tree = {"StatusCode": self.code_value(code, message), "Severity": severity}
        if self.reading("status-members") == "all-three":
            status["StatusDesc"] = known.text if self.reading("status-text") == "exact" else FREE_TEXT[severity]
        return status

    def code_value(self, code: str, message: Message) -> int | str:  # noqa: ARG002 - for overrides
        """StatusCode in the type that the reading wants."""
        return int(code) if self.reading("status-code-type") == "integer" else code

    def http_status(self, refused: Refused, code: str) -> int:
        """The HTTP status of a refusal."""
        option = self.reading("http-status")
        if refused.kind is Kind.SIGNON and option != "always-200":
            return _refusal(refused.code)
        if option == "mapped":
            return {UNKNOWN_USER: 404, BAD_HOME: 404, BAD_ROLE: 403, NOT_OWNER: 403}.get(code, 400)
        return 400 if option == "split" and refused.kind is Kind.PARSE else 200

    # rendering

    def render(self, call: Call, message: Message, tree: Tree, status: int) -> Reply:
        """An answer in the format that the reading wants."""
        if self.answer_format(call, message) is Format.JSON:
            if any(SURROGATES[0] <= c <= SURROGATES[1] for c in tree.get("RqUID", "")):
                del tree["RqUID"]
            return Reply.json(tree, status)
        if NOT_TEXT.search(tree.get("RqUID", "")):
            del tree["RqUID"]
        return Reply.xml(self.to_xml(tree, form(message.operation).answer_root, message), status)

    def answer_format(self, call: Call, message: Message) -> Format:
        """The format of an answer."""
        option = self.reading("response-format")
        if option == "json-only":
            return Format.JSON
        if option == "accept-header":
            accept = (call.headers.get("accept") or "").lower()
            json, xml = "application/json" in accept, "application/xml" in accept or "text/xml" in accept
            if json != xml:
                return Format.JSON if json else Format.XML
        return message.format

    def to_xml(self, tree: Tree, name: str, message: Message) -> bytes:
        """An answer as an XML document."""
        namespace = self.answer_namespace(tree, message)
        prefixes: Any = {} if namespace is None else {None: namespace}
        root = etree.Element(_tag(name, namespace), nsmap=prefixes)
        for member, value in tree.items():
            if member in ("partnerID", "version"):
                root.set(member, str(value))
            else:
                self.add_xml(root, member, value, namespace)
        written: bytes = etree.tostring(root, encoding="utf-8", xml_declaration=True)
        return written

    def answer_namespace(self, tree: Tree, message: Message) -> str | None:  # noqa: ARG002 - for overrides
        """The namespace of an XML answer."""
        return WM if self.reading("xml-answer-namespace") == "cashedge-wm" else None

    def add_xml(self, parent: etree._Element, name: str, value: Any, namespace: str | None) -> None:
        """Adds a member to an element; a list becomes repeated elements."""
        for each in value if isinstance(value, list) else [value]:
            element = etree.SubElement(parent, _tag(name, namespace))
            if isinstance(each, dict):
                for inner, content in each.items():
                    self.add_xml(element, inner, content, namespace)
            else:
                element.text = self.xml_value(each)

    def xml_value(self, value: Any) -> str:
        """The text of a scalar."""
        return str(value).lower() if isinstance(value, bool) else str(value)


def _refusal(code: str) -> int:
    return 403 if code in (BAD_ROLE, NOT_LISTED, NOT_OWNER) else 401


def _tag(name: str, namespace: str | None) -> str:
    return name if namespace is None else f"{{{namespace}}}{name}"
