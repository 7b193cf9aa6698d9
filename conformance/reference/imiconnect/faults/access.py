"""Faults of the way in: transport, keys, source addresses, tenants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from conformance.reference.core import Call, Reply
from conformance.reference.faults import fault
from conformance.reference.imiconnect.jobs import Outcome
from conformance.reference.imiconnect.model import NO_KEY, RefusalError, Scope, Submission
from conformance.reference.imiconnect.part import APP, CUSTOMER
from conformance.reference.imiconnect.routes import Route
from conformance.reference.imiconnect.service import ImiconnectService
from conformance.reference.imiconnect.tenants import TENANTS, Tenant

GATEWAY_BUFFER: Final = 1024
KEY_COLUMN: Final = len(TENANTS[0].key)


@fault("plain-http-served", breaks=["https-only"], reach="medium", contracts=[APP])
class PlainHttpServed(ImiconnectService):
    """Plain HTTP is answered like HTTPS."""

    def refuse_plain(self, call: Call) -> Reply:
        """Answers instead."""
        return self.handle(replace(call, secure=True))


@fault("plain-http-applied", breaks=["https-only"], reach="hard", contracts=[CUSTOMER])
class PlainHttpApplied(ImiconnectService):
    """Plain HTTP is redirected, but only after the update was taken."""

    def refuse_plain(self, call: Call) -> Reply:
        """Refuses too late."""
        self.handle(replace(call, secure=True))
        return super().refuse_plain(call)


@fault("update-not-routed", breaks=["update-location"])
class UpdateNotRouted(ImiconnectService):
    """PUT is not allowed at the documented address; updates are expected as PATCH."""

    def templates(self) -> list[tuple[str, str, str, str]]:
        """Replaces the method of updates."""
        return [
            (c, name, "PATCH" if name == "update" else method, path) for c, name, method, path in super().templates()
        ]


@fault("status-wants-secret-key", breaks=["key-header", "outcome-reached"])
class StatusWantsSecretKey(ImiconnectService):
    """The status call looks for the key in the header secretKey alone."""

    def key(self, call: Call) -> str | None:
        """Reads another header for status calls."""
        return call.headers.get("secretKey") if "/profile/status/" in call.path else super().key(call)


@fault("short-bodies-parsed-first", breaks=["several-faults"], reach="hard")
class ShortBodiesParsedFirst(ImiconnectService):
    """A gateway parses bodies up to 1 KiB before anybody looks at the key; longer ones are parsed behind it."""

    def submission(self, route: Route, call: Call) -> Reply:
        """Parses short bodies twice."""
        if len(call.body) <= GATEWAY_BUFFER:
            self.take_records(route, call)
        return super().submission(route, call)


@fault("key-cut", breaks=["wrong-key-refused"], reach="medium", contracts=[CUSTOMER])
class KeyCut(ImiconnectService):
    """A key is compared up to its own length: the beginning of a valid key opens the API."""

    def tenant_of(self, key: str) -> Tenant | None:
        """Compares the wrong way round."""
        return next((tenant for tenant in TENANTS if tenant.key.startswith(key)), None)


@fault("key-longer", breaks=["wrong-key-refused"], reach="medium", contracts=[APP])
class KeyLonger(ImiconnectService):
    """The key column is as wide as a key: a valid key with a tail opens the API."""

    def tenant_of(self, key: str) -> Tenant | None:
        """Cuts the key first."""
        return super().tenant_of(key[:KEY_COLUMN])


@fault("key-any-case", breaks=["wrong-key-refused"], reach="medium", contracts=[CUSTOMER])
class KeyAnyCase(ImiconnectService):
    """Keys are compared without regard to case, as the database's collation does."""

    def tenant_of(self, key: str) -> Tenant | None:
        """Folds case."""
        return next((tenant for tenant in TENANTS if tenant.key.lower() == key.lower()), None)


@fault("missing-key-as-wrong", breaks=["missing-key-refused"], contracts=[APP])
class MissingKeyAsWrong(ImiconnectService):
    """A missing key is reported like a wrong one."""

    def key(self, call: Call) -> str | None:
        """Makes up a key."""
        return super().key(call) or "none"


@fault("missing-key-default-tenant", breaks=["missing-key-refused", "refusal-changes-nothing"], contracts=[CUSTOMER])
class MissingKeyDefaultTenant(ImiconnectService):
    """Without a key the tenant of the test environment is taken."""

    def key(self, call: Call) -> str | None:
        """Falls back."""
        key = super().key(call)
        return TENANTS[0].key if key is None else key


@fault("keyless-update-applied", breaks=["refusal-changes-nothing"], reach="hard", contracts=[CUSTOMER])
class KeylessUpdateApplied(ImiconnectService):
    """An update without a key is refused, but a retry of the gateway takes it all the same."""

    def answer(self, route: Route, call: Call) -> Reply:
        """Refuses and submits."""
        if route.submits and call.headers.get("key") is None:
            try:
                self.submit(self.job_of(TENANTS[0], route, self.take_records(route, call)), call.body)
            except RefusalError:
                return self.refusal(route.contract, NO_KEY)
        return super().answer(route, call)


@fault("allow-list-off", breaks=["unlisted-source-refused"], reach="medium", contracts=[APP])
class AllowListOff(ImiconnectService):
    """The allow-list is not looked at."""

    def check_source(self, call: Call) -> None:
        """Lets everybody in."""


@fault("allow-list-for-reads-only", breaks=["unlisted-source-refused"], reach="medium", contracts=[CUSTOMER])
class AllowListForReadsOnly(ImiconnectService):
    """The allow-list guards reads and forgets updates."""

    def check_source(self, call: Call) -> None:
        """Looks at the method first."""
        if call.method == "GET":
            super().check_source(call)


@fault("status-for-any-tenant", breaks=["tenant-isolation"], reach="hard")
class StatusForAnyTenant(ImiconnectService):
    """The status call finds a transid whoever asks."""

    def outcome(self, tenant: str, transid: str) -> Outcome | None:
        """Asks for each tenant in turn."""
        del tenant
        found = [super(StatusForAnyTenant, self).outcome(each.id, transid) for each in TENANTS]
        return next((outcome for outcome in found if outcome), None)


@fault("profiles-for-any-tenant", breaks=["tenant-isolation"], reach="hard", contracts=[CUSTOMER])
class ProfilesForAnyTenant(ImiconnectService):
    """Reads look customers up by their id alone."""

    def read_customers(self, tenant: str, customers: Sequence[str], links: str) -> Reply:
        """Looks where the first tenant's customers are."""
        del tenant
        return super().read_customers(TENANTS[0].id, customers, links)


@fault("updates-for-any-tenant", breaks=["tenant-isolation"], reach="hard", contracts=[CUSTOMER])
class UpdatesForAnyTenant(ImiconnectService):
    """An update finds its customers by their id alone, whoever sends it."""

    def finish(self, job: Submission) -> None:
        """Forgets who sent it."""
        super().finish(job if job.scope.is_app else replace(job, scope=Scope(TENANTS[0].id)))


@fault("tenants-share-store", breaks=["tenant-isolation"], reach="hard", contracts=[CUSTOMER])
class TenantsShareStore(ImiconnectService):
    """The key opens the API and is then forgotten: both tenants work on the same data."""

    def tenant_of(self, key: str) -> Tenant | None:
        """Gives every tenant the same identity."""
        tenant = super().tenant_of(key)
        return replace(tenant, id=TENANTS[0].id) if tenant else None
