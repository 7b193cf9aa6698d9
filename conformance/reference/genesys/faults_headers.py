"""Faults in header fields: preferences, cookies, media types, and the credentials that let somebody in."""

from __future__ import annotations

from conformance.reference.core import Call, Reply
from conformance.reference.faults import fault
from conformance.reference.genesys.model import (
    CUSTOMER_ID,
    Asked,
    Key,
    RefusalError,
)
from conformance.reference.genesys.service import FIRST_TENANT, USERS, GenesysService

ADDRESS = "update-by-address"
STORED = "sent-attributes-stored"
CHECKED = "credentials-checked"


@fault("accept-read-as-one-type", breaks=[ADDRESS], reach="medium")
class AcceptReadAsOneType(GenesysService):
    """An update whose Accept is not exactly application/json is refused with 406."""

    def check_media_type(self, call: Call) -> None:
        """Compares the whole header."""
        super().check_media_type(call)
        if call.headers.get("Accept") not in (None, "application/json"):
            raise RefusalError(406, "only application/json can be had")


@fault("accept-missing-refused", breaks=[ADDRESS], reach="hard")
class AcceptMissingRefused(GenesysService):
    """An update without Accept is refused with 406."""

    def check_media_type(self, call: Call) -> None:
        """Wants the header."""
        super().check_media_type(call)
        if call.headers.get("Accept") is None:
            raise RefusalError(406, "Accept is missing")


@fault("cookie-names-customer", breaks=["other-customers-untouched"], reach="hard")
class CookieNamesCustomer(GenesysService):
    """A cookie that names a customer puts it in the place of that of the address."""

    def check_location(self, asked: Asked) -> None:
        """Reads the cookie."""
        super().check_location(asked)
        name, _, named = (asked.call.headers.get("Cookie") or "").partition("=")
        if name == CUSTOMER_ID and self.exists(Key(asked.tenant, named)):
            asked.parameters[CUSTOMER_ID] = named


@fault("charset-in-quotes-refused", breaks=["json-content-type"], reach="hard")
class CharsetInQuotesRefused(GenesysService):
    """A body whose media type has a quoted charset is refused with 415."""

    def check_media_type(self, call: Call) -> None:
        """Looks for a quote."""
        super().check_media_type(call)
        if '"' in (call.headers.get("content-type") or ""):
            raise RefusalError(415, "the charset is unknown")


@fault("scheme-in-capitals-unknown", breaks=[CHECKED], reach="hard")
class SchemeInCapitalsUnknown(GenesysService):
    """Right credentials are refused where the name of the scheme is not written as Basic."""

    def credentials(self, header: str) -> tuple[str, str]:
        """Compares letter by letter."""
        return super().credentials(header) if header.startswith("Basic ") else ("", "")


@fault("admission-remembered", breaks=[CHECKED], reach="hard")
class AdmissionRemembered(GenesysService):
    """Who was let in stays in for the next request from the same address, whatever its credentials."""

    admitted: tuple[int, tuple[str, str]] | None = None

    def authenticate(self, call: Call) -> tuple[str, str]:
        """Takes the next request for one of the same session."""
        last, self.admitted = self.admitted, None
        if last is not None and last[0] == self.requests - 1 and call.headers.get("Authorization") is None:
            return last[1]
        found = super().authenticate(call)
        self.admitted = (self.requests, found)
        return found


@fault("password-cut-at-eight", breaks=[CHECKED], reach="hard")
class PasswordCutAtEight(GenesysService):
    """Only the first eight characters of a password are compared."""

    def is_known(self, user: str, password: str) -> bool:
        """Fills the rest up."""
        whole = USERS.get(user, ("", ""))[0]
        return super().is_known(user, password[:8] + whole[8:] if len(password) >= 8 else password)


@fault("credentials-in-query-taken", breaks=[CHECKED], reach="hard")
class CredentialsInQueryTaken(GenesysService):
    """Where the header is missing, a password in the query of the address will do."""

    def authenticate(self, call: Call) -> tuple[str, str]:
        """Looks into the query."""
        if call.headers.get("Authorization") is None and "password=" in call.query:
            return FIRST_TENANT, "agent"
        return super().authenticate(call)


@fault("forwarded-user-believed", breaks=[CHECKED], reach="hard")
class ForwardedUserBelieved(GenesysService):
    """A header that says which user a proxy has let in is believed from anybody."""

    def authenticate(self, call: Call) -> tuple[str, str]:
        """Trusts the header."""
        if call.headers.get("X-Remote-User") == "agent":
            return FIRST_TENANT, "agent"
        return super().authenticate(call)


@fault("plain-update-not-stored", breaks=[STORED], reach="hard")
class PlainUpdateNotStored(GenesysService):
    """An update over plain HTTP is accepted and not carried out."""

    def update(self, asked: Asked) -> Reply:
        """Answers at once."""
        return super().update(asked) if asked.call.secure else self.updated(asked)


@fault("token-in-header-of-refusal", breaks=["credentials-not-shown"], reach="hard")
class TokenInHeaderOfRefusal(GenesysService):
    """A refusal for wrong credentials has the header Authorization of the request among its own headers."""

    def answer(self, call: Call) -> Reply:
        """Adds a header."""
        try:
            return super().answer(call)
        except RefusalError as refusal:
            given = call.headers.get("Authorization") or "none"
            headers = (*refusal.headers, ("X-Debug-Authorization", given))
            raise RefusalError(refusal.status, refusal.why, headers) from None
