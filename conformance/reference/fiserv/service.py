"""The Fiserv service: from a call to a reply."""

from __future__ import annotations

from conformance.reference.core import Call, Reply, TargetFacts
from conformance.reference.fiserv import tenants
from conformance.reference.fiserv.answers import Answers
from conformance.reference.fiserv.model import GENERAL, INVALID, NOT_LISTED, Finding, Kind, Message, Refused
from conformance.reference.fiserv.shape import operation_at


class FiservService(Answers):
    """AllData's UserMgmt in XML and JSON: update, read, create, delete, signon."""

    def handle(self, call: Call) -> Reply:
        """Answers one call."""
        if not call.secure:
            return self.insecure(call)
        operation = operation_at(call.path)
        if operation is None:
            return Reply.empty(404)
        if call.method != "POST":
            return Reply.empty(405, (("allow", "POST"),))
        message = Message(operation, self.request_format(call))
        try:
            return self.process(call, message)
        except Refused as refused:
            unlisted = self.freedom("unlisted-refusal") if refused.code == NOT_LISTED else ""
            if unlisted == "dropped":
                return Reply.dropped()
            return Reply.empty(403) if unlisted == "http-403" else self.failed(call, message, refused)

    def insecure(self, call: Call) -> Reply:
        """Answers a call over plain HTTP."""
        option, way = self.reading("plain-http"), self.freedom("plain-refusal")
        if option == "refused":
            return Reply.dropped()
        if option == "redirect":
            host = (call.headers.get("host") or "localhost").partition(":")[0]
            status = {"usual": 308, "upgrade": 301, "told": 307}[way]
            return Reply.empty(status, (("location", f"https://{host}{call.path}"),))
        if way == "told":
            message = Message("update", self.request_format(call))
            return self.render(call, message, {"Status": self.status(GENERAL, message)}, 200)
        return Reply.empty(426, (("upgrade", "TLS/1.2"),)) if way == "upgrade" else Reply.empty(403)

    def process(self, call: Call, message: Message) -> Reply:
        """Answers one call to an operation.

        Raises:
            Refused: the request is not carried out.
        """
        unreadable = self.unreadable(call, message)
        self.admit(call)
        if unreadable is not None:
            raise unreadable
        if not self.content_type_accepted(call):
            if self.freedom("strange-media-type") == "http-415":
                raise Refused(INVALID, Kind.INVALID, bare=415)
            message.findings.append(Finding(INVALID, ()))
        findings = self.validate(message)
        self.refuse_before_signon(findings)
        if not findings and message.operation == "update" and self.freedom("home-check") == "before-sign-on":
            self.check_home(message)
        self.sign_on(message)
        self.refuse(findings)
        assert message.caller is not None
        return self.succeeded(call, message, self.perform(message, message.caller))

    def check_home(self, message: Message) -> None:
        """Refuses an unknown home in the profile, whoever signs on."""
        home = message.tree["UserProfileModRq"]["UserProfile"].get("HomeID")
        partner = message.partner
        known = home is None or partner is None or not self.partner_exists(partner) or self.home_known(partner, home)
        if not known:
            raise self.unknown_target_home(home)

    def unreadable(self, call: Call, message: Message) -> Refused | None:
        """Reads a call, and says why it could not be read."""
        if not call.body.strip() and self.freedom("empty-body-code") != "as-unreadable":
            bare = 411 if self.freedom("empty-body-code") == "http-411" else None
            return Refused(self.missing_code(("RqUID",)), Kind.INVALID, bare=bare)
        try:
            self.read(call, message)
        except Refused as refused:
            return refused
        return None

    def target_facts(self, contract: str) -> TargetFacts:
        """Credentials and data for a target file."""
        del contract
        return TargetFacts(
            credentials={
                "partner": str(tenants.PARTNER),
                "home": str(tenants.FIRST.homes[0]),
                "user": tenants.FIRST.user_id,
                "user_password": tenants.FIRST.password,
                "second_user": tenants.SECOND.user_id,
                "second_user_password": tenants.SECOND.password,
                "admin": tenants.ADMIN.user_id,
                "admin_password": tenants.ADMIN.password,
            },
            data={
                "phone_types": self.phone_words(),
                "other_home": next(home for home in tenants.ADMIN.homes if home not in tenants.FIRST.homes),
                "other_partner": tenants.OTHER_PARTNER,
                "other_partner_home": tenants.NAMESAKE.homes[0],
            },
        )
