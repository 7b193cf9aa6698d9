"""Faults written from the documents alone: what an answer says, and in which form."""

from __future__ import annotations

import re
import time
from dataclasses import replace

from conformance.reference.core import Call, Reply
from conformance.reference.faults import fault
from conformance.reference.fiserv.model import (
    BAD_HOME,
    BAD_SCHEME,
    GENERAL,
    INVALID,
    SUCCESS,
    UNKNOWN_USER,
    Finding,
    Format,
    Kind,
    Message,
    Outcome,
    Refused,
    Tree,
    User,
)
from conformance.reference.fiserv.service import FiservService
from conformance.reference.fiserv.shape import form

UUID = re.compile(r"(?i)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
GERMAN = {SUCCESS: "Erfolg", INVALID: "Prüfung fehlgeschlagen", UNKNOWN_USER: "Benutzer nicht registriert"}
PAUSE_S = 0.03


@fault("refusals-follow-accept", breaks=["response-format"], contracts=["fiserv-alldata"], reach="hard", round=1)
class RefusalsFollowAccept(FiservService):
    """Answers an XML request that fails in JSON where Accept names JSON, and one that succeeds in XML all the same."""

    def failed(self, call: Call, message: Message, refused: Refused) -> Reply:
        """Goes by Accept."""
        if (call.headers.get("accept") or "").strip().lower() == "application/json":
            message.format = Format.JSON
        return super().failed(call, message, refused)


@fault("sign-on-page-in-html", breaks=["response-format"], contracts=["fiserv-alldata"], reach="medium", round=1)
class SignOnPageInHtml(FiservService):
    """Labels the answer to a failed sign-on as text/html, whatever its body is written in."""

    def failed(self, call: Call, message: Message, refused: Refused) -> Reply:
        """Answers with the media type of an error page."""
        reply = super().failed(call, message, refused)
        if refused.kind is not Kind.SIGNON:
            return reply
        return replace(reply, headers=(("content-type", "text/html"),))


@fault(
    "request-id-of-digits-is-a-number",
    breaks=["request-id-echo", "answer-valid"],
    contracts=["fiserv-alldata"],
    reach="hard",
    round=1,
)
class RequestIdOfDigitsIsANumber(FiservService):
    """Writes an RqUID that is made of digits as a number in JSON."""

    def render(self, call: Call, message: Message, tree: Tree, status: int) -> Reply:
        """Takes the quotation marks off."""
        reply = super().render(call, message, tree, status)
        request_id = tree.get("RqUID", "")
        if not re.fullmatch("[1-9][0-9]*", request_id) or self.answer_format(call, message) is Format.XML:
            return reply
        quoted = f'"RqUID": "{request_id}"'.encode()
        return replace(reply, body=reply.body.replace(quoted, f'"RqUID": {request_id}'.encode(), 1))


@fault("uuid-in-small-letters", breaks=["request-id-echo"], contracts=["fiserv-alldata"], reach="hard", round=1)
class UuidInSmallLetters(FiservService):
    """Repeats an RqUID that has the form of a UUID in small letters."""

    def request_id(self, message: Message, *, succeeded: bool) -> str | None:
        """Writes the UUID in its canonical form."""
        request_id = super().request_id(message, succeeded=succeeded)
        return request_id.lower() if request_id is not None and UUID.fullmatch(request_id) else request_id


@fault(
    "nothing-changed-is-a-warning", breaks=["severity-of-code"], contracts=["fiserv-alldata"], reach="medium", round=1
)
class NothingChangedIsAWarning(FiservService):
    """Answers an update that changes nothing with code 0 and severity Warning."""

    def updated(self, user: User, sent: Tree, message: Message) -> User:
        """Notes whether anything changed."""
        after = super().updated(user, sent, message)
        self.__dict__["unchanged"] = message if after.profile == user.profile else None
        return after

    def status(self, code: str, message: Message) -> Tree:
        """Warns of an update without an effect."""
        warns = code == SUCCESS and self.__dict__.get("unchanged") is message
        return {**super().status(code, message), **({"Severity": "Warning"} if warns else {})}


@fault("texts-in-german", breaks=["text-of-code"], contracts=["fiserv-alldata"], reach="hard", round=1)
class TextsInGerman(FiservService):
    """Translates StatusDesc for a client whose header Accept-Language begins with de."""

    def process(self, call: Call, message: Message) -> Reply:
        """Notes the language of the request."""
        self.__dict__["german"] = (call.headers.get("accept-language") or "").lower().startswith("de")
        return super().process(call, message)

    def status(self, code: str, message: Message) -> Tree:
        """Takes the text from the catalogue of the language."""
        status = super().status(code, message)
        return {**status, "StatusDesc": GERMAN[code]} if self.__dict__.get("german") and code in GERMAN else status


@fault(
    "bad-home-in-operation-alone",
    breaks=["status-present", "severities-agree"],
    contracts=["fiserv-alldata"],
    reach="medium",
    round=1,
)
class BadHomeInOperationAlone(FiservService):
    """Says 0 and Success in the Status of the envelope beside the 4012 of the operation."""

    def place_failure(self, tree: Tree, message: Message, refused: Refused, code: str) -> None:
        """Leaves the envelope as it was made."""
        super().place_failure(tree, message, refused, code)
        if code == BAD_HOME and form(message.operation).answer_part in tree:
            tree["Status"] = self.status(SUCCESS, message)


@fault(
    "others-profile-beside-refusal",
    breaks=["no-profile-on-error"],
    contracts=["fiserv-alldata"],
    reach="medium",
    round=1,
)
class OthersProfileBesideRefusal(FiservService):
    """Shows the profile of the other user in the answer that refuses the update of that user."""

    def not_permitted(self, caller: User, target: User) -> Refused:
        """Notes whom the request named."""
        refused = super().not_permitted(caller, target)
        self.__dict__["refused_target"] = (refused, target)
        return refused

    def place_failure(self, tree: Tree, message: Message, refused: Refused, code: str) -> None:
        """Adds the profile that was looked up."""
        super().place_failure(tree, message, refused, code)
        about, target = self.__dict__.get("refused_target", (None, None))
        part = tree.get("UserProfileModRs")
        if about is refused and part is not None:
            part["UserProfile"] = self.shown(target)


@fault(
    "administrators-profile-shown",
    breaks=["profile-structured", "profile-is-stored"],
    contracts=["fiserv-alldata"],
    reach="hard",
    round=1,
)
class AdministratorsProfileShown(FiservService):
    """Shows the profile of the administrator in the answer to an administrator's update of a user."""

    def update(self, message: Message, caller: User) -> Outcome:
        """Shows whoever signed on."""
        outcome = super().update(message, caller)
        own = message.tree["UserProfileModRq"]["UserProfile"]["UserID"] == caller.user_id
        return outcome if own else replace(outcome, profile=self.shown(caller))


@fault("first-profile-is-created", breaks=["http-status"], contracts=["fiserv-alldata"], reach="hard", round=1)
class FirstProfileIsCreated(FiservService):
    """Answers with HTTP 201 an update that gives a PersonInfo to a user who had none."""

    def updated(self, user: User, sent: Tree, message: Message) -> User:
        """Notes that a part of the profile is new."""
        after = super().updated(user, sent, message)
        new = "PersonInfo" in after.profile and "PersonInfo" not in user.profile
        self.__dict__["created_by"] = message if new else None
        return after

    def succeeded(self, call: Call, message: Message, outcome: Outcome) -> Reply:
        """Says that something was created."""
        reply = super().succeeded(call, message, outcome)
        return replace(reply, status=201) if self.__dict__.get("created_by") is message else reply


@fault(
    "app-id-taken",
    breaks=["no-general-error", "success-code"],
    contracts=["fiserv-alldata"],
    reach="hard",
    round=1,
)
class AppIdTaken(FiservService):
    """Answers an update with 100 whose AppID another user of the home already has."""

    def updated(self, user: User, sent: Tree, message: Message) -> User:
        """Runs into the index of a column that should not be unique."""
        rows = self.store.execute(
            "SELECT profile FROM fiserv_user WHERE home = ? AND ce_user_id <> ?"
            " AND json_extract(profile, '$.AppID') = ? AND ? <> ''",
            (user.home, user.ce_user_id, sent.get("AppID"), sent.get("AppID")),
        )
        if rows.fetchone() is not None:
            raise Refused(GENERAL, Kind.OPERATION)
        return super().updated(user, sent, message)


@fault("order-of-checks-varies", breaks=["same-fault-same-code"], contracts=["fiserv-alldata"], reach="hard", round=1)
class OrderOfChecksVaries(FiservService):
    """Answers every second of the requests with an invalid field after looking at the sign-on first."""

    def refuse_before_signon(self, findings: list[Finding]) -> None:
        """Leaves every second refusal for later, where the credentials can be judged."""
        if findings and not any(f.hides_signon for f in findings) and self.every_second("order-of-checks"):
            return
        super().refuse_before_signon(findings)


@fault(
    "password-in-the-text-of-4050",
    breaks=["text-of-code", "credentials-not-shown"],
    contracts=["fiserv-alldata"],
    reach="medium",
    round=1,
)
class PasswordInTheTextOf4050(FiservService):
    """Shows the password of the request in the StatusDesc of an invalid encryption scheme."""

    def status(self, code: str, message: Message) -> Tree:
        """Says what could not be decrypted."""
        status = super().status(code, message)
        if code == BAD_SCHEME and "UserInfo" in message.signon:
            password = message.signon["UserInfo"]["UserPassword"]
            status["StatusDesc"] = f"{status['StatusDesc']}: {password['CryptType']}:{password['CryptVal']}"
        return status


@fault("request-ids-mixed-up", breaks=["request-id-echo"], contracts=["fiserv-alldata"], reach="hard", round=1)
class RequestIdsMixedUp(FiservService):
    """Answers one of several updates that are sent at the same time with the RqUID of another."""

    threaded = True

    def perform(self, message: Message, caller: User) -> Outcome:
        """Keeps the id in a place that all requests share, and lets others pass."""
        outcome = super().perform(message, caller)
        self.__dict__["shared_request_id"] = message.request_id
        self.lock.release()
        try:
            time.sleep(PAUSE_S if message.operation == "update" else 0)
        finally:
            self.lock.acquire()
        return outcome

    def request_id(self, message: Message, *, succeeded: bool) -> str | None:
        """Takes the id from the shared place."""
        shared: str | None = self.__dict__.get("shared_request_id") if succeeded else message.request_id
        return shared
