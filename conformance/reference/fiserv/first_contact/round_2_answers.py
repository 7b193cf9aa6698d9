"""Faults of the second round: answers, codes, error paths and limits."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from conformance.reference.core import Call, Reply
from conformance.reference.faults import fault
from conformance.reference.fiserv.model import (
    BAD_HOME,
    GENERAL,
    INVALID,
    SUCCESS,
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

ROUND = 2
CONTRACTS = ["fiserv-alldata"]
UUID = re.compile(r"(?i)[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
PAIRS = ("ClientProperty", "PersonProperty", "PersonAttribute")


@fault("uuid-in-small-letters-2", breaks=["request-id-echo"], contracts=CONTRACTS, reach="hard", round=ROUND)
class UuidInSmallLetters(FiservService):
    """Answers an RqUID that is a UUID in capitals with the same UUID in small letters."""

    def request_id(self, message: Message, *, succeeded: bool) -> str | None:
        """The RqUID, as a UUID is usually written."""
        found = super().request_id(message, succeeded=succeeded)
        return found.lower() if found is not None and UUID.fullmatch(found) else found


@fault("created-with-a-session", breaks=["http-status"], contracts=CONTRACTS, reach="hard", round=ROUND)
class CreatedWithASession(FiservService):
    """Delivers the success of an update that also opens a session with HTTP 201."""

    def succeeded(self, call: Call, message: Message, outcome: Outcome) -> Reply:
        """The answer, as one to a creation where a session was made."""
        reply = super().succeeded(call, message, outcome)
        return replace(reply, status=201) if outcome.session is not None and message.operation == "update" else reply


@fault("refusal-shows-the-other", breaks=["no-profile-on-error"], contracts=CONTRACTS, reach="medium", round=ROUND)
class RefusalShowsTheOther(FiservService):
    """Shows the profile of the other user in the answer that refuses to update it."""

    def not_permitted(self, caller: User, target: User) -> Refused:
        """How the update of another user is refused; notes whose profile it is."""
        self.other = target
        return super().not_permitted(caller, target)

    def place_failure(self, tree: Tree, message: Message, refused: Refused, code: str) -> None:
        """Puts the code, and the profile that was found, in their places."""
        super().place_failure(tree, message, refused, code)
        other = vars(self).pop("other", None)
        if isinstance(other, User):
            tree["UserProfileModRs"] = {**tree.get("UserProfileModRs", {}), "UserProfile": self.shown(other)}


@fault("broken-xml-answered-in-json", breaks=["response-format"], contracts=CONTRACTS, reach="medium", round=ROUND)
class BrokenXmlAnsweredInJson(FiservService):
    """Answers an XML body that is not well-formed in JSON."""

    def failed(self, call: Call, message: Message, refused: Refused) -> Reply:
        """The answer to a failure, in the default format where nothing was read."""
        if refused.kind is Kind.PARSE:
            message.format = Format.JSON
        return super().failed(call, message, refused)


@fault(
    "second-failure-is-general",
    breaks=[
        "no-general-error",
        "same-fault-same-code",
        "invalid-field-code",
        "missing-member-code",
        "malformed-home-code",
        "unknown-home-code",
        "unknown-user-code",
        "encryption-scheme-code",
        "sign-on-failure",
    ],
    contracts=CONTRACTS,
    reach="hard",
    round=ROUND,
)
class SecondFailureIsGeneral(FiservService):
    """Answers a failed update with code 100 where one with the same RqUID failed before."""

    def failed(self, call: Call, message: Message, refused: Refused) -> Reply:
        """The answer to a failure, or to its repetition."""
        before: set[str] = vars(self).setdefault("failed_ids", set())
        if message.operation == "update" and message.request_id is not None:
            if message.request_id in before:
                refused = Refused(GENERAL, Kind.OPERATION)
            before.add(message.request_id)
        return super().failed(call, message, refused)


@fault(
    "request-id-fits-a-header",
    breaks=["no-server-failure", "success-code", "request-id-echo"],
    contracts=CONTRACTS,
    reach="hard",
    round=ROUND,
)
class RequestIdFitsAHeader(FiservService):
    """Answers a successful update with HTTP 500 where its RqUID has characters beyond Latin-1."""

    def succeeded(self, call: Call, message: Message, outcome: Outcome) -> Reply:
        """The answer, unless its log line cannot be written."""
        if message.operation == "update" and any(ord(letter) > 0xFF for letter in message.request_id or ""):
            return Reply.empty(500)
        return super().succeeded(call, message, outcome)


@fault(
    "session-home-in-letters-fails",
    breaks=["no-server-failure", "sign-on-failure"],
    contracts=CONTRACTS,
    reach="hard",
    round=ROUND,
)
class SessionHomeInLettersFails(FiservService):
    """Answers with HTTP 500 where SessionInfo.HomeID, which is a text, is no number."""

    def by_session(self, partner: int, message: Message) -> tuple[User, str]:
        """The user of the session, once its home was read as a number."""
        try:
            int(message.signon.get("SessionInfo", {}).get("HomeID", "0"))
        except ValueError:
            raise Refused(GENERAL, Kind.SIGNON, bare=500) from None
        return super().by_session(partner, message)


@fault(
    "xml-envelope-ignores-the-home",
    breaks=["status-present", "severities-agree"],
    contracts=CONTRACTS,
    reach="medium",
    round=ROUND,
)
class XmlEnvelopeIgnoresTheHome(FiservService):
    """Says 0 in the envelope Status of an XML answer whose operation part refuses an unknown UserProfile.HomeID."""

    def place_failure(self, tree: Tree, message: Message, refused: Refused, code: str) -> None:
        """Puts the code into the operation's part alone."""
        super().place_failure(tree, message, refused, code)
        if message.format is Format.XML and refused.kind is Kind.OPERATION and code == BAD_HOME:
            tree["Status"] = self.status(SUCCESS, message)


@fault(
    "sign-on-part-quoted",
    breaks=["credentials-not-shown", "text-of-code"],
    contracts=CONTRACTS,
    reach="medium",
    round=ROUND,
)
class SignOnPartQuoted(FiservService):
    """Quotes SignonRq with its password in the StatusDesc of a validation failure that lies in there."""

    within = False

    def refuse(self, findings: list[Finding]) -> None:
        """Raises the first finding; notes whether it is one of the sign-on."""
        self.within = any(finding.path[:1] == ("SignonRq",) for finding in findings[:1])
        super().refuse(findings)

    def status(self, code: str, message: Message) -> Tree:
        """A Status aggregate that says what was wrong."""
        status = super().status(code, message)
        if code == INVALID and self.within and isinstance(message.tree, dict):
            status["StatusDesc"] = f"{status.get('StatusDesc')}: {message.tree.get('SignonRq')!r}"
        return status


@fault("emoji-in-two-references", breaks=["answer-valid"], contracts=CONTRACTS, reach="hard", round=ROUND)
class EmojiInTwoReferences(FiservService):
    """Writes a character beyond the first 65536 into XML as two references to surrogates, which is not well-formed."""

    def to_xml(self, tree: Tree, name: str, message: Message) -> bytes:
        """An answer whose rare characters are written half by half."""

        def halves(match: re.Match[str]) -> str:
            units = match[0].encode("utf-16-be")
            return f"&#{int.from_bytes(units[:2])};&#{int.from_bytes(units[2:])};"

        return re.sub(r"[\U00010000-\U0010ffff]", halves, super().to_xml(tree, name, message).decode()).encode()


@fault(
    "first-of-each-list-checked",
    breaks=["missing-member-code", "invalid-field-code", "both-formats-agree"],
    contracts=CONTRACTS,
    reach="hard",
    round=ROUND,
)
class FirstOfEachListChecked(FiservService):
    """Validates only the first entry of a JSON list of properties or attributes."""

    def schema_findings(self, message: Message) -> Iterator[Finding]:
        """What is wrong, but for later entries of these lists."""
        for finding in super().schema_findings(message):
            listed = finding.path[2:3] and finding.path[2] in PAIRS
            if not (listed and len(finding.path) > 3 and finding.path[3] != 0):
                yield finding
