"""The Fiserv service: from a call to a reply."""

from __future__ import annotations

from conformance.reference.core import Call, Reply, TargetFacts
from conformance.reference.fiserv import tenants
from conformance.reference.fiserv.answers import Answers
from conformance.reference.fiserv.model import INVALID, Finding, Message, Refused
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
            return self.failed(call, message, refused)

    def insecure(self, call: Call) -> Reply:
        """Answers a call over plain HTTP."""
        option = self.reading("plain-http")
        if option == "refused":
            return Reply.dropped()
        if option == "redirect":
            host = (call.headers.get("host") or "localhost").partition(":")[0]
            return Reply.empty(308, (("location", f"https://{host}{call.path}"),))
        return Reply.empty(403)

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
            message.findings.append(Finding(INVALID, ()))
        findings = self.validate(message)
        self.refuse_before_signon(findings)
        self.sign_on(message)
        self.refuse(findings)
        assert message.caller is not None
        return self.succeeded(call, message, self.perform(message, message.caller))

    def unreadable(self, call: Call, message: Message) -> Refused | None:
        """Reads a call, and says why it could not be read."""
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
