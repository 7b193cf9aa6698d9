"""Round 2, app profiles: keys, tenants, app ids, source addresses, headers and transport."""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Sequence
from dataclasses import replace

from conformance.reference.core import Call, Reply
from conformance.reference.faults import fault
from conformance.reference.imiconnect.jobs import Outcome
from conformance.reference.imiconnect.model import SUCCESS, HttpError, Record, Scope
from conformance.reference.imiconnect.routes import Route
from conformance.reference.imiconnect.service import ImiconnectService
from conformance.reference.imiconnect.tenants import TENANTS, Tenant

APP_CONTRACT = "imiconnect-app"


@fault(
    "app-key-beyond-ascii-fails",
    breaks=["wrong-key-refused", "no-internal-error"],
    contracts=[APP_CONTRACT],
    reach="medium",
    round=2,
)
class AppKeyBeyondAsciiFails(ImiconnectService):
    """A key with a letter beyond ASCII brings about an internal error instead of 7001."""

    def tenant_of(self, key: str) -> Tenant | None:
        """Compares in constant time, which works for ASCII texts alone."""
        return next((tenant for tenant in TENANTS if hmac.compare_digest(tenant.key, key)), None)


@fault(
    "app-foreign-key-deletes",
    breaks=["tenant-isolation"],
    contracts=[APP_CONTRACT],
    reach="hard",
    round=2,
)
class AppForeignKeyDeletes(ImiconnectService):
    """The key of another tenant deletes app profiles, because a deletion is done for the owner of the app id."""

    def admit(self, route: Route, call: Call) -> Tenant:
        """Goes by the app id once the key is known."""
        tenant = self.tenant_of(self.key(call) or "")
        if route.is_app and route.operation == "delete" and tenant:
            self.check_source(call)
            tenant = next((each for each in TENANTS if route.values["appid"] in each.app_ids), None)
        return tenant if tenant and route.operation == "delete" and route.is_app else super().admit(route, call)


@fault(
    "app-app-id-known-from-its-owner",
    breaks=["unknown-app-refused"],
    contracts=[APP_CONTRACT],
    reach="hard",
    round=2,
)
class AppAppIdKnownFromItsOwner(ImiconnectService):
    """Once its owner has used an app id, updates of the other tenant under it are queued too."""

    known_apps: frozenset[str] = frozenset()

    def linked(self, tenant: Tenant, app_id: str) -> bool:
        """Remembers checked app ids without the tenant."""
        if super().linked(tenant, app_id):
            self.known_apps |= {app_id}
        return app_id in self.known_apps


@fault(
    "app-refused-app-id-stays-refused",
    breaks=["update-location", "body-grammar", "tenant-isolation"],
    contracts=[APP_CONTRACT],
    reach="hard",
    round=2,
)
class AppRefusedAppIdStaysRefused(ImiconnectService):
    """An app id that was refused for one tenant is refused for the tenant that owns it from then on."""

    refused_apps: frozenset[str] = frozenset()

    def linked(self, tenant: Tenant, app_id: str) -> bool:
        """Remembers refused app ids without the tenant."""
        if not super().linked(tenant, app_id):
            self.refused_apps |= {app_id}
        return app_id not in self.refused_apps


@fault(
    "app-blank-app-id-is-the-first-one",
    breaks=["unknown-app-refused", "missing-app-id-refused"],
    contracts=[APP_CONTRACT],
    reach="medium",
    round=2,
)
class AppBlankAppIdIsTheFirstOne(ImiconnectService):
    """An app id of blanks stands for the first app of the tenant."""

    def check_app(self, tenant: Tenant, route: Route) -> None:
        """Fills a blank app id in."""
        if route.is_app and "appid" in route.values and not route.values["appid"].strip():
            route.values["appid"] = tenant.app_ids[0]
        super().check_app(tenant, route)


@fault(
    "app-forwarded-protocol-believed",
    breaks=["https-only"],
    contracts=[APP_CONTRACT],
    reach="hard",
    round=2,
)
class AppForwardedProtocolBelieved(ImiconnectService):
    """A request over plain HTTP is carried out if its header X-Forwarded-Proto says https."""

    def handle(self, call: Call) -> Reply:
        """Believes the client about the transport."""
        said = call.headers.get("x-forwarded-proto")
        return super().handle(replace(call, secure=True) if said == "https" else call)


@fault("app-plain-reads-answered", breaks=["https-only"], contracts=[APP_CONTRACT], reach="medium", round=2)
class AppPlainReadsAnswered(ImiconnectService):
    """Profiles and outcomes are shown over plain HTTP; only requests that change something are turned down."""

    def handle(self, call: Call) -> Reply:
        """Lets every GET pass."""
        return super().handle(replace(call, secure=True) if call.method == "GET" else call)


@fault(
    "app-forwarded-address-believed",
    breaks=["unlisted-source-refused"],
    contracts=[APP_CONTRACT],
    reach="hard",
    round=2,
)
class AppForwardedAddressBelieved(ImiconnectService):
    """The allow-list is asked about the address in the header X-Forwarded-For, if the client sends one."""

    def check_source(self, call: Call) -> None:
        """Believes the client about its address."""
        said = (call.headers.get("x-forwarded-for") or call.client).partition(",")[0].strip()
        super().check_source(replace(call, client=said))


@fault(
    "app-unlisted-source-refused-once",
    breaks=["unlisted-source-refused"],
    contracts=[APP_CONTRACT],
    reach="medium",
    round=2,
)
class AppUnlistedSourceRefusedOnce(ImiconnectService):
    """An unlisted source address is refused once; afterwards it counts as a known one."""

    seen_sources: frozenset[str] = frozenset()

    def check_source(self, call: Call) -> None:
        """Looks only at addresses that it has not seen before."""
        if call.client not in self.seen_sources:
            self.seen_sources |= {call.client}
            super().check_source(call)


@fault("app-chunked-body-empty-2", breaks=["body-grammar"], contracts=[APP_CONTRACT], reach="medium", round=2)
class AppChunkedBodyEmpty(ImiconnectService):
    """A request body in chunked transfer coding is taken as empty, since it has no length."""

    def take_records(self, route: Route, call: Call) -> tuple[Record, ...]:
        """Reads as many bytes as Content-Length says."""
        if route.is_app and call.headers.get("transfer-encoding"):
            call = replace(call, body=b"")
        return super().take_records(route, call)


@fault(
    "app-quoted-charset-fails",
    breaks=["json-content-type", "no-internal-error"],
    contracts=[APP_CONTRACT],
    reach="medium",
    round=2,
)
class AppQuotedCharsetFails(ImiconnectService):
    """A content type whose charset stands in quotes, as in charset="utf-8", brings about an internal error."""

    def check_media_type(self, call: Call) -> None:
        """Looks the charset up as it is written."""
        charset = (call.headers.get("content-type") or "").lower().partition("charset=")[2].partition(";")[0]
        if re.search("[^a-z0-9._: -]", charset):
            raise LookupError(charset)
        super().check_media_type(call)


@fault(
    "app-other-type-for-one-record",
    breaks=["json-content-type"],
    contracts=[APP_CONTRACT],
    reach="hard",
    round=2,
)
class AppOtherTypeForOneRecord(ImiconnectService):
    """A body of another content type is read if it has one record, and answered with 415 if it has several."""

    def take_records(self, route: Route, call: Call) -> tuple[Record, ...]:
        """Insists on the content type for batches."""
        records = super().take_records(route, call)
        if route.is_app and len(records) > 1 and "json" not in (call.headers.get("content-type") or "").lower():
            raise HttpError(415)
        return records


@fault(
    "app-key-shown-in-7018",
    breaks=["credentials-not-shown"],
    contracts=[APP_CONTRACT],
    reach="medium",
    round=2,
)
class AppKeyShownIn7018(ImiconnectService):
    """The description of 7018 shows the profile key of the request in clear text."""

    def answer(self, route: Route, call: Call) -> Reply:
        """Names the client by its key."""
        reply = super().answer(route, call)
        if not (route.is_app and b'"7018"' in reply.body):
            return reply
        told = json.dumps(self.key(call) or "").encode()[1:-1]
        return replace(reply, body=reply.body.replace(b"linked to this client", b"linked to client " + told))


@fault(
    "app-links-of-the-other-tenant",
    breaks=["tenant-isolation"],
    contracts=[APP_CONTRACT],
    reach="hard",
    round=2,
)
class AppLinksOfTheOtherTenant(ImiconnectService):
    """If both tenants have a customer of one id, the app profile of either links to the customer of the first."""

    def read_app_profiles(self, scope: Scope, customers: Sequence[str]) -> Reply:
        """Looks for the linked customer without the tenant."""
        found = self.load_profiles(scope, customers)
        masters = {}
        for tenant in reversed(TENANTS):
            masters.update(self.load_profiles(Scope(tenant.id), found))
        records = [
            self.shown(customer, profile.attributes, outward=[self.link(customer, masters.get(customer, {}))])
            for customer, attributes in found.items()
            for profile in self.profiles_of(attributes)
        ]
        return self.read_answer(self.listed_as(records))


@fault(
    "app-failures-shown-to-anybody",
    breaks=["tenant-isolation"],
    contracts=[APP_CONTRACT],
    reach="hard",
    round=2,
)
class AppFailuresShownToAnybody(ImiconnectService):
    """The other tenant sees the outcome of a request if one of its records failed."""

    def outcome(self, tenant: str, transid: str) -> Outcome | None:
        """Looks failures up without the tenant, as a help desk would."""
        found = super().outcome(tenant, transid)
        others = [super(AppFailuresShownToAnybody, self).outcome(each.id, transid) for each in TENANTS]
        failed = (each for each in others if each and each.code not in (None, SUCCESS))
        return found or next(failed, None)
