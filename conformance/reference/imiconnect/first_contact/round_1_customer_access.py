"""Faults of customer updates: who may ask, from where, and what is shown to whom."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import replace
from urllib.parse import parse_qs, unquote

from conformance.reference.core import Call, Reply
from conformance.reference.faults import fault
from conformance.reference.imiconnect.jobs import Outcome
from conformance.reference.imiconnect.model import (
    BAD_JSON,
    BAD_KEY,
    MISSING,
    NOT_LISTED,
    UNKNOWN_CUSTOMER,
    Attributes,
    Desk,
    HttpError,
    Record,
    RefusalError,
    Result,
    Scope,
    Submission,
)
from conformance.reference.imiconnect.routes import Route
from conformance.reference.imiconnect.service import ImiconnectService
from conformance.reference.imiconnect.tenants import TENANTS, Tenant

CONTRACTS = ["imiconnect-customer"]


@fault("customer-key-in-query", breaks=["missing-key-refused"], contracts=CONTRACTS, reach="medium", round=1)
class CustomerKeyInQuery(ImiconnectService):
    """A request without the header key is let in when its query has the key."""

    def key(self, call: Call) -> str | None:
        """The header, or else the query."""
        found = super().key(call)
        return found if found is not None else next(iter(parse_qs(call.query).get("key", [])), None)


@fault(
    "customer-known-body-needs-no-key",
    breaks=["wrong-key-refused", "refusal-changes-nothing"],
    contracts=CONTRACTS,
    reach="hard",
    round=1,
)
class CustomerKnownBodyNeedsNoKey(ImiconnectService):
    """An update whose body was accepted before is accepted again with a wrong key."""

    def prepare(self) -> None:
        """Remembers the senders of bodies."""
        super().prepare()
        self.senders: dict[bytes, Tenant] = {}

    def admit(self, route: Route, call: Call) -> Tenant:
        """The former sender of the same body, where the key is nobody's."""
        key = self.key(call)
        if route.submits and key and self.tenant_of(key) is None and call.body in self.senders:
            self.check_source(call)
            return self.senders[call.body]
        tenant = super().admit(route, call)
        if route.submits:
            self.senders[call.body] = tenant
        return tenant


@fault(
    "customer-status-key-by-its-beginning", breaks=["wrong-key-refused"], contracts=CONTRACTS, reach="medium", round=1
)
class CustomerStatusKeyByItsBeginning(ImiconnectService):
    """The status call looks at the first eight characters of the key only."""

    def admit(self, route: Route, call: Call) -> Tenant:
        """Compares the beginning of the key for a status call."""
        start = (self.key(call) or "")[:8]
        for tenant in TENANTS:
            if route.operation == "status" and tenant.key[:8] == start:
                self.check_source(call)
                return tenant
        return super().admit(route, call)


@fault(
    "customer-read-of-several-across-tenants", breaks=["tenant-isolation"], contracts=CONTRACTS, reach="hard", round=1
)
class CustomerReadOfSeveralAcrossTenants(ImiconnectService):
    """A read of several customers also shows those of other tenants."""

    across: bool = False

    def read_customers(self, tenant: str, customers: Sequence[str], links: str) -> Reply:
        """Forgets the tenant when more than one customer is asked for."""
        self.across = len(customers) > 1
        try:
            return super().read_customers(tenant, customers, links)
        finally:
            self.across = False

    def load_profiles(self, scope: Scope, customers: Iterable[str]) -> dict[str, Attributes]:
        """Profiles of all tenants, its own first."""
        wanted, found = list(customers), {}
        for tenant in TENANTS if self.across and not scope.is_app else ():
            found.update(super().load_profiles(Scope(tenant.id), wanted))
        return found | super().load_profiles(scope, wanted)


@fault("customer-status-cache-without-tenant", breaks=["tenant-isolation"], contracts=CONTRACTS, reach="hard", round=1)
class CustomerStatusCacheWithoutTenant(ImiconnectService):
    """An outcome that its owner has asked for once is shown to every other tenant."""

    def prepare(self) -> None:
        """Remembers outcomes by transid alone."""
        super().prepare()
        self.shown_outcomes: dict[str, Outcome] = {}

    def outcome(self, tenant: str, transid: str) -> Outcome | None:
        """What was shown of a transid, to whomever."""
        found = super().outcome(tenant, transid)
        if found is not None and found.code is not None:
            self.shown_outcomes[transid] = found
        return found or self.shown_outcomes.get(transid)


@fault("customer-forwarded-proto-trusted", breaks=["https-only"], contracts=CONTRACTS, reach="hard", round=1)
class CustomerForwardedProtoTrusted(ImiconnectService):
    """Plain HTTP is served when the request claims, in X-Forwarded-Proto, to have come over HTTPS."""

    def handle(self, call: Call) -> Reply:
        """Believes the header."""
        claimed = (call.headers.get("x-forwarded-proto") or "").lower() == "https"
        return super().handle(replace(call, secure=call.secure or claimed))


@fault(
    "customer-unlisted-source-queued",
    breaks=["refusal-changes-nothing", "unlisted-source-refused"],
    contracts=CONTRACTS,
    reach="hard",
    round=1,
)
class CustomerUnlistedSourceQueued(ImiconnectService):
    """An update from an unlisted source is refused with 7010 and applied all the same."""

    def submission(self, route: Route, call: Call) -> Reply:
        """Queues first, as if the source were listed."""
        try:
            return super().submission(route, call)
        except RefusalError as refused:
            if refused.code == NOT_LISTED:
                super().submission(route, replace(call, client=self.settings.allowed[0].partition("/")[0]))
            raise


@fault("customer-lockout-after-wrong-keys", breaks=["key-header"], contracts=CONTRACTS, reach="hard", round=1)
class CustomerLockoutAfterWrongKeys(ImiconnectService):
    """After five wrong keys in a row the next request with a valid key is refused with 7001."""

    misses: int = 0

    def tenant_of(self, key: str) -> Tenant | None:
        """Nobody, where too many wrong keys came before."""
        tenant = super().tenant_of(key)
        if tenant is None:
            self.misses += 1
            return None
        locked, self.misses = self.misses >= 5, 0
        return None if locked else tenant


@fault("customer-key-in-the-answer", breaks=["credentials-not-shown"], contracts=CONTRACTS, reach="medium", round=1)
class CustomerKeyInTheAnswer(ImiconnectService):
    """The refusal of a body that is not JSON shows the client profile key of the request."""

    def answer(self, route: Route, call: Call) -> Reply:
        """Adds the sender's key to the description."""
        reply = super().answer(route, call)
        content = json.loads(reply.body or b"{}")
        told = content.get("response", content)
        if told.get("code") != BAD_JSON:
            return reply
        told["description"] += f" (in a request with key={call.headers.get('key')})"
        return Reply.json(content, reply.status)


@fault("customer-quoted-charset-refused", breaks=["json-content-type"], contracts=CONTRACTS, reach="medium", round=1)
class CustomerQuotedCharsetRefused(ImiconnectService):
    """A content type whose charset stands in quotes is refused with HTTP 415."""

    def check_media_type(self, call: Call) -> None:
        """Does not know charset="utf-8"."""
        if 'charset="' in (call.headers.get("content-type") or "").lower():
            raise HttpError(415)
        super().check_media_type(call)


@fault("customer-form-type-read-as-form", breaks=["json-content-type"], contracts=CONTRACTS, reach="medium", round=1)
class CustomerFormTypeReadAsForm(ImiconnectService):
    """JSON sent as application/x-www-form-urlencoded has no records, while every other type is read as JSON."""

    def take_records(self, route: Route, call: Call) -> tuple[Record, ...]:
        """Finds no form field that is called Records."""
        if "x-www-form-urlencoded" in (call.headers.get("content-type") or "").lower():
            raise RefusalError(MISSING)
        return super().take_records(route, call)


@fault("customer-status-path-not-utf-8", breaks=["no-internal-error"], contracts=CONTRACTS, reach="medium", round=1)
class CustomerStatusPathNotUtf8(ImiconnectService):
    """An address whose percent-encoding is not UTF-8 brings about HTTP 500."""

    def route(self, call: Call) -> Route:
        """Decodes the whole address strictly."""
        try:
            unquote(call.path, errors="strict")
        except UnicodeDecodeError:
            raise HttpError(500) from None
        return super().route(call)


@fault(
    "customer-of-another-tenant-told-apart",
    breaks=["unknown-customer-refused", "tenant-isolation"],
    contracts=CONTRACTS,
    reach="hard",
    round=1,
)
class CustomerOfAnotherTenantToldApart(ImiconnectService):
    """A record for a customer whom only another tenant has fails with 7001 instead of 7014."""

    def attempt(self, desk: Desk, job: Submission, record: Record) -> Result:
        """Looks for unknown customers at the other tenants."""
        result = super().attempt(desk, job, record)
        others = [Scope(tenant.id) for tenant in TENANTS if tenant.id != job.scope.tenant]
        if result.code == UNKNOWN_CUSTOMER and any(self.load_profiles(each, [record.customer_id]) for each in others):
            return replace(result, code=BAD_KEY)
        return result


@fault("customer-description-in-german", breaks=["queued-description"], contracts=CONTRACTS, reach="hard", round=1)
class CustomerDescriptionInGerman(ImiconnectService):
    """A queued update is described in German for a client whose Accept-Language begins with de."""

    def answer(self, route: Route, call: Call) -> Reply:
        """Translates the word."""
        reply = super().answer(route, call)
        german = (call.headers.get("accept-language") or "").lower().startswith("de")
        return replace(reply, body=reply.body.replace(b'"Queued"', b'"Eingereiht"')) if german else reply
