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
from conformance.reference.fiserv.store import INT64

VERSION = "1.4.6"
COMPANION_STATUSES = {"create": 201, "delete": 202}
UNUSUAL_STATUSES = (422, 409, 428)
FREE_TEXT = {"Info": "Request completed.", "Error": "Request could not be completed."}
SURROGATES = ("\ud800", "\udfff")


class Answers(Operations):
    """The part of the service that answers."""

    def succeeded(self, call: Call, message: Message, outcome: Outcome) -> Reply:
        """The answer to a request that was carried out."""
        tree = self.envelope(message, succeeded=True)
        tree["Status"] = self.status(outcome.code, message)
        signon = self.freedom("signon-part-of-success")
        if signon != "absent" or outcome.session is not None:
            tree["SignonRs"] = self.signed_on_part(message, outcome)
        if self.freedom("companion-answers") == "bare" and message.operation in COMPANION_STATUSES:
            return self.render(call, message, tree, COMPANION_STATUSES[message.operation])
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
        part: Tree = {"Status": self.status(SUCCESS, message)}
        said = self.freedom("signon-part-of-success")
        if said != "status-alone":
            part["CEUserID"] = caller.ce_user_id
        if said == "talkative":
            last = self.timestamp()
            part |= {"Roles": {"Role": [caller.role]}, "PasswordExpired": "false", "LastSuccessfullLogin": last}
        if outcome is not None and outcome.session is not None:
            inside = self.freedom("session-token-place") == "inside"
            part["SessInfo"] = {"SessionToken": outcome.session} if inside else outcome.session
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
        if refused.bare is not None:
            return Reply.empty(refused.bare)
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
        place = self.freedom("failed-signon-place")
        if refused.kind in (Kind.SIGNON, Kind.IDENTITY) and place != "every-status":
            hidden = place == "signon-part-alone" and placement == "operation-only"
            tree["Status"] = self.status(SUCCESS if hidden else code, message)
            if place == "signon-part-alone":
                tree["SignonRs"] = {"Status": self.status(code, message)}
            return
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
        if partner is not None and self.shows_partner(partner):
            tree["partnerID"] = partner
        if self.freedom("version-in-answer") == "own":
            tree["version"] = VERSION
        request_id = self.request_id(message, succeeded=succeeded)
        if request_id is not None:
            tree["RqUID"] = request_id
        return tree

    def shows_partner(self, partner: int) -> bool:
        """Whether an answer repeats a partnerID."""
        if not -INT64 <= partner < INT64:
            return self.freedom("wide-partner-in-answer") == "repeated"
        option = self.freedom("partner-in-answer")
        return option == "repeated" or (option == "alternating" and self.every_second("partner-in-answer"))

    def request_id(self, message: Message, *, succeeded: bool) -> str | None:
        """The RqUID of an answer."""
        if message.request_id is None:
            return {"made": str(uuid.uuid4()), "empty": ""}.get(self.freedom("request-id-of-unreadable"))
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
        if self.reading("status-members") == "all-three" and self.has_text(code):
            status["StatusDesc"] = known.text if self.reading("status-text") == "exact" else self.free_text(code)
        return status

    def has_text(self, code: str) -> bool:
        """Whether a Status of a code has a text; the document gives none for codes beside its table."""
        return bool(self.contract.codes[code].in_table) or self.freedom("texts-of-other-codes") == "given"

    def free_text(self, code: str) -> str:
        """StatusDesc, where it need not be the text of the table."""
        known = self.contract.codes[code]
        if self.freedom("words-of-errors") == "telling":
            return f"{code} \N{EM DASH} {known.meaning} (Zurückgewiesen? 名前)"
        return FREE_TEXT[str(known.extra["severity"])]

    def code_value(self, code: str, message: Message) -> int | str:  # noqa: ARG002 - for overrides
        """StatusCode in the type that the reading wants."""
        return int(code) if self.reading("status-code-type") == "integer" else code

    def http_status(self, refused: Refused, code: str) -> int:
        """The HTTP status of a refusal."""
        option = self.reading("http-status")
        if refused.kind is Kind.SIGNON and option != "always-200":
            return _refusal(refused.code)
        if option == "mapped" and self.freedom("mapped-statuses") != "by-kind":
            self.turns["statuses"] += 1
            unusual = UNUSUAL_STATUSES[self.turns["statuses"] % len(UNUSUAL_STATUSES)]
            return 400 if self.freedom("mapped-statuses") == "always-400" else unusual
        if option == "split" and not self.contract.codes[code].in_table:
            return 400 if self.freedom("split-statuses") == "refusal" else 200
        if option == "mapped":
            return {UNKNOWN_USER: 404, BAD_HOME: 404, BAD_ROLE: 403, NOT_OWNER: 403}.get(code, 400)
        return 400 if option == "split" and refused.kind is Kind.PARSE else 200

    # rendering

    def render(self, call: Call, message: Message, tree: Tree, status: int) -> Reply:
        """An answer in the format that the reading wants."""
        format_ = self.answer_format(call, message)
        for place in (tree, tree.get(form(message.operation).answer_part or "")):
            if isinstance(place, dict) and isinstance(place.get("UserProfile"), dict):
                place["UserProfile"] = self.dressed(place["UserProfile"], format_)
        if format_ is Format.JSON:
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
            choice = self.freedom("accept-of-both")
            if choice == "json" or (choice == "alternating" and self.every_second("accept-of-both")):
                return Format.JSON
        return message.format

    def to_xml(self, tree: Tree, name: str, message: Message) -> bytes:
        """An answer as an XML document."""
        namespace = self.answer_namespace(tree, message)
        prefixes: Any = {} if namespace is None else {None: namespace}
        root = etree.Element(_tag(name, namespace), nsmap=prefixes)
        order = self.freedom("answer-element-order")
        opposite = order == "reversed" or (order == "alternating" and self.every_second("answer-element-order"))
        tree = _opposite(tree) if opposite else tree
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
        return str(value).lower() if isinstance(value, bool) else "" if value is None else str(value)


def _opposite(value: Any) -> Any:
    """The same with the members of every object the other way round."""
    if isinstance(value, dict):
        return {name: _opposite(value[name]) for name in reversed(value)}
    return [_opposite(item) for item in value] if isinstance(value, list) else value


def _refusal(code: str) -> int:
    return 403 if code in (BAD_ROLE, NOT_LISTED, NOT_OWNER) else 401


def _tag(name: str, namespace: str | None) -> str:
    return name if namespace is None else f"{{{namespace}}}{name}"
