"""Faults in what an answer says: request id, Status, HTTP status, format."""

# ruff: noqa: D102 - the docstring of a fault says what its override does

from __future__ import annotations

from dataclasses import replace
from typing import Any
from xml.sax.saxutils import escape

from lxml import etree

from conformance.reference.core import Call, Reply
from conformance.reference.faults import fault
from conformance.reference.fiserv.formats import WM
from conformance.reference.fiserv.model import (
    BAD_HOME,
    BAD_SCHEME,
    SUCCESS,
    UNKNOWN_USER,
    USER_ID,
    Format,
    Message,
    Outcome,
    Refused,
    Tree,
    User,
)
from conformance.reference.fiserv.service import FiservService
from conformance.reference.fiserv.shape import form


@fault("request-id-dropped", breaks=["request-id-present", "request-id-echo"])
class RequestIdDropped(FiservService):
    """The answer to a success has no RqUID."""

    def request_id(self, message: Message, *, succeeded: bool) -> str | None:
        return None if succeeded else super().request_id(message, succeeded=succeeded)


@fault("request-id-cut-at-32", breaks=["request-id-echo"], reach="medium")
class RequestIdCut(FiservService):
    """RqUID goes through a column of 32 characters."""

    def request_id(self, message: Message, *, succeeded: bool) -> str | None:
        found = super().request_id(message, succeeded=succeeded)
        return None if found is None else found[:32]


@fault("request-id-escaped-twice", breaks=["request-id-echo"], reach="hard")
class RequestIdEscapedTwice(FiservService):
    """In XML the markup characters of RqUID are escaped by hand before the writer escapes them."""

    def to_xml(self, tree: Tree, name: str, message: Message) -> bytes:
        if "RqUID" in tree:
            tree = {**tree, "RqUID": escape(tree["RqUID"])}
        return super().to_xml(tree, name, message)


@fault("request-id-of-last-success", breaks=["request-id-echo"], reach="hard")
class RequestIdOfLastSuccess(FiservService):
    """An error has the RqUID of the last success, from a buffer that errors do not fill."""

    last: str | None = None

    def request_id(self, message: Message, *, succeeded: bool) -> str | None:
        found = super().request_id(message, succeeded=succeeded)
        if not succeeded:
            return self.last or found
        self.last = found
        return found


@fault("replay-not-applied", breaks=["request-id-replay", "success-is-stored"], reach="hard")
class ReplayNotApplied(FiservService):
    """An update with a used RqUID is answered from a cache with 0 and not carried out."""

    def update(self, message: Message, caller: User) -> Outcome:
        request_id = message.tree["RqUID"]
        if self.request_was_used(caller.partner, request_id):
            return Outcome(profile=self.shown(caller))
        outcome = super().update(message, caller)
        self.remember_request(caller.partner, request_id)
        return outcome


@fault("home-error-in-envelope-only", breaks=["status-present"], reach="medium")
class HomeErrorInEnvelopeOnly(FiservService):
    """4012 is answered by the gateway, which leaves the operation's own Status out."""

    def place_failure(self, tree: Tree, message: Message, refused: Refused, code: str) -> None:
        super().place_failure(tree, message, refused, code)
        if code == BAD_HOME:
            tree.pop(form(message.operation).answer_part or "", None)


@fault("user-error-under-success", breaks=["severities-agree", "status-present"], reach="medium")
class UserErrorUnderSuccess(FiservService):
    """With 4040 the envelope says 0, Info, although the operation failed."""

    def place_failure(self, tree: Tree, message: Message, refused: Refused, code: str) -> None:
        super().place_failure(tree, message, refused, code)
        if code == UNKNOWN_USER:
            tree["Status"] = self.status(SUCCESS, message)


@fault("code-as-text-on-error", breaks=["status-members"], reach="medium")
class CodeAsTextOnError(FiservService):
    """In JSON the StatusCode of an error is a string, that of a success a number."""

    def code_value(self, code: str, message: Message) -> int | str:
        return super().code_value(code, message) if code == SUCCESS else code


@fault("text-missing-for-scheme", breaks=["status-members", "text-of-code"], reach="medium")
class TextMissingForScheme(FiservService):
    """4050 has no row in the table of texts, so its StatusDesc is left out."""

    def status(self, code: str, message: Message) -> Tree:
        found = super().status(code, message)
        if code == BAD_SCHEME:
            found.pop("StatusDesc", None)
        return found


@fault("home-text-misspelled", breaks=["text-of-code"], reach="medium")
class HomeTextMisspelled(FiservService):
    """The text of 4012 is Invalid HomeId."""

    def status(self, code: str, message: Message) -> Tree:
        found = super().status(code, message)
        if code == BAD_HOME and "StatusDesc" in found:
            found["StatusDesc"] = found["StatusDesc"].replace("ID", "Id")
        return found


@fault("warning-for-unknown-user", breaks=["severity-of-code"], reach="medium")
class WarningForUnknownUser(FiservService):
    """4040 has Severity Warning."""

    def status(self, code: str, message: Message) -> Tree:
        found = super().status(code, message)
        return {**found, "Severity": "Warning"} if code == UNKNOWN_USER else found


@fault("partial-success-without-change", breaks=["severity-of-code", "code-in-table", "success-code"], reach="hard")
class PartialSuccessWithoutChange(FiservService):
    """An update that changes nothing is answered with 50, Partial success, Warning."""

    def update(self, message: Message, caller: User) -> Outcome:
        before = self.find_user(*caller.key)
        outcome = super().update(message, caller)
        return replace(outcome, code="50") if before == self.find_user(*caller.key) else outcome


@fault("malformed-user-id-code", breaks=["code-in-table", "unknown-user-code"], reach="medium")
class MalformedUserIdCode(FiservService):
    """An unknown UserID that no user could have is answered with 4030, a code of another page."""

    def unknown_target(self, user_id: str) -> Refused:
        refused = super().unknown_target(user_id)
        if not USER_ID.fullmatch(user_id):
            refused.code = "4030"
        return refused


@fault("unknown-user-as-404", breaks=["http-status"], reach="medium")
class UnknownUserAs404(FiservService):
    """4040 is delivered with HTTP 404, every other error with 200."""

    def http_status(self, refused: Refused, code: str) -> int:
        return 404 if code == UNKNOWN_USER else super().http_status(refused, code)


@fault("texts-of-errors-listed", breaks=["answer-valid", "status-members"])
class TextsOfErrorsListed(FiservService):
    """In JSON the StatusDesc of an error is a list, in which each fault of the request could have a text."""

    def status(self, code: str, message: Message) -> Tree:
        status = super().status(code, message)
        if message.format is Format.JSON and code != SUCCESS:
            status["StatusDesc"] = [status["StatusDesc"]]
        return status


@fault("xml-errors-in-json", breaks=["response-format", "both-formats-agree"], reach="medium")
class XmlErrorsInJson(FiservService):
    """The error handler only speaks JSON, also where the request was XML."""

    def failed(self, call: Call, message: Message, refused: Refused) -> Reply:
        return super().failed(call, replace(message, format=Format.JSON), refused)


@fault("xml-labelled-html", breaks=["response-format"])
class XmlLabelledHtml(FiservService):
    """XML answers have the Content-Type text/html."""

    def render(self, call: Call, message: Message, tree: Tree, status: int) -> Reply:
        reply = super().render(call, message, tree, status)
        if reply.body.startswith(b"<"):
            return replace(reply, headers=(("content-type", "text/html"),))
        return reply


@fault("error-namespace", breaks=["answer-namespace"], reach="medium")
class ErrorNamespace(FiservService):
    """XML errors come from another serializer, which puts them into the vendor's namespace."""

    def answer_namespace(self, tree: Tree, message: Message) -> str | None:
        failed = any(part.get("Severity") == "Error" for part in _statuses(tree))
        return WM if failed else super().answer_namespace(tree, message)


@fault("xml-undeclared-latin-1", breaks=["answer-valid", "both-formats-agree"], reach="hard")
class XmlUndeclaredLatin1(FiservService):
    """XML answers are written in ISO-8859-1 and declared as UTF-8; other text than ASCII makes them unreadable."""

    def to_xml(self, tree: Tree, name: str, message: Message) -> bytes:
        text = etree.tostring(etree.fromstring(super().to_xml(tree, name, message)), encoding="unicode")
        return b'<?xml version="1.0" encoding="UTF-8"?>' + text.encode("iso-8859-1", "xmlcharrefreplace")


def _statuses(value: Any) -> list[Tree]:
    if not isinstance(value, dict):
        return []
    own = [value["Status"]] if isinstance(value.get("Status"), dict) else []
    return own + [status for inner in value.values() for status in _statuses(inner)]
