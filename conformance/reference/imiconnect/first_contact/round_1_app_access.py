"""Faults of app profiles written from the documents alone: keys, tenants, addresses, customer ids."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import parse_qs

from conformance.reference.core import Call, Reply
from conformance.reference.faults import fault
from conformance.reference.imiconnect.jobs import Outcome
from conformance.reference.imiconnect.model import (
    BAD_APP,
    BAD_KEY,
    PARTIAL,
    JsonNumber,
    RefusalError,
    Scope,
    Submission,
    Verb,
)
from conformance.reference.imiconnect.routes import Route
from conformance.reference.imiconnect.service import ImiconnectService
from conformance.reference.imiconnect.tenants import TENANTS, Tenant

APP = "imiconnect-app"


@fault("app-key-eight-characters", breaks=["wrong-key-refused"], contracts=[APP], reach="medium", round=1)
class AppKeyEightCharacters(ImiconnectService):
    """Only the first eight characters of a key are compared."""

    def tenant_of(self, key: str) -> Tenant | None:
        """Takes a key whose beginning is right, as old password hashes do."""
        return next((tenant for tenant in TENANTS if tenant.key[:8] == key[:8]), None)


@fault("app-key-in-a-list", breaks=["wrong-key-refused"], contracts=[APP], reach="hard", round=1)
class AppKeyInAList(ImiconnectService):
    """A key header that lists several values with commas opens the API if one of them is right."""

    def tenant_of(self, key: str) -> Tenant | None:
        """Tries each value between commas."""
        found = (super(AppKeyInAList, self).tenant_of(each.strip()) for each in key.split(","))
        return next((tenant for tenant in found if tenant), None)


@fault("app-key-in-query", breaks=["missing-key-refused"], contracts=[APP], reach="medium", round=1)
class AppKeyInQuery(ImiconnectService):
    """A request without the header key is let in if its query has a parameter key."""

    def key(self, call: Call) -> str | None:
        """Falls back to the query."""
        key = super().key(call)
        return parse_qs(call.query).get("key", [None])[0] if key is None else key


@fault("app-admission-cached-by-body", breaks=["wrong-key-refused"], contracts=[APP], reach="hard", round=1)
class AppAdmissionCachedByBody(ImiconnectService):
    """A request that was accepted once is accepted again with a wrong key, since admissions are cached by the body."""

    def admit(self, route: Route, call: Call) -> Tenant:
        """Looks a refused key's request up among the admitted ones."""
        admitted: dict[tuple[str, bytes], Tenant] = self.__dict__.setdefault("admitted", {})
        mark = (call.path, call.body)
        try:
            tenant = super().admit(route, call)
        except RefusalError as refused:
            if refused.code == BAD_KEY and call.body and mark in admitted:
                return admitted[mark]
            raise
        admitted[mark] = tenant
        return tenant


@fault("app-status-without-key", breaks=["missing-key-refused"], contracts=[APP], reach="medium", round=1)
class AppStatusWithoutKey(ImiconnectService):
    """The status call needs no key: whoever has a transid sees its outcome."""

    def key(self, call: Call) -> str | None:
        """Takes the key of the transid's owner where none is sent."""
        key = super().key(call)
        if key is None and "/profile/status/" in call.path:
            transid = call.path.rpartition("/")[2]
            row = self.store.execute("SELECT tenant FROM job WHERE transid = ?", (transid,)).fetchone()
            return next((tenant.key for tenant in TENANTS if row and tenant.id == row["tenant"]), None)
        return key


@fault("app-key-shown-for-bad-app-id", breaks=["credentials-not-shown"], contracts=[APP], reach="medium", round=1)
class AppKeyShownForBadAppId(ImiconnectService):
    """The refusal of an unknown app id repeats the key of the request in its description."""

    def key(self, call: Call) -> str | None:
        """Remembers the key for the message."""
        key = super().key(call)
        self.__dict__["shown_key"] = key
        return key

    def text(self, contract: str, code: str) -> str:
        """Says for which client the app id is unknown, by its key."""
        text = super().text(contract, code)
        return f"{text} (client {self.__dict__.get('shown_key')})" if code == BAD_APP else text


@fault("app-partial-outcome-for-everyone", breaks=["tenant-isolation"], contracts=[APP], reach="hard", round=1)
class AppPartialOutcomeForEveryone(ImiconnectService):
    """The outcome of a request some of whose records failed is shown to another tenant too."""

    def outcome(self, tenant: str, transid: str) -> Outcome | None:
        """Reads the log of failures, which has no tenant, where the tenant has no such request."""
        found = super().outcome(tenant, transid)
        others = [each.id for each in TENANTS if each.id != tenant and found is None]
        logged = [super(AppPartialOutcomeForEveryone, self).outcome(other, transid) for other in others]
        return next((each for each in logged if each and each.code == PARTIAL), found)


@fault("app-read-falls-back-to-customer", breaks=["tenant-isolation"], contracts=[APP], reach="hard", round=1)
class AppReadFallsBackToCustomer(ImiconnectService):
    """A read of a customer that the tenant does not have shows another tenant's app profile of the same id."""

    def read_app_profiles(self, scope: Scope, customers: Sequence[str]) -> Reply:
        """Looks for the customer id alone where the app id has none."""
        if not self.load_profiles(scope, customers):
            row = self.store.execute(
                "SELECT tenant, app FROM profile WHERE customer = ? AND app <> '' AND tenant <> ?",
                (customers[0], scope.tenant),
            ).fetchone()
            scope = Scope(row["tenant"], row["app"]) if row else scope
        return super().read_app_profiles(scope, customers)


@fault("app-app-id-floating-point", breaks=["unknown-app-refused"], contracts=[APP], reach="hard", round=1)
class AppAppIdFloatingPoint(ImiconnectService):
    """App ids are compared by their number in floating point, so one that differs in its last digit is accepted."""

    def linked(self, tenant: Tenant, app_id: str) -> bool:
        """Compares 18 digits with the precision of 16."""
        digits = app_id.removeprefix("a_")
        if not app_id.startswith("a_") or not (digits.isascii() and digits.isdigit()):
            return super().linked(tenant, app_id)
        return float(digits) in {float(own.removeprefix("a_")) for own in tenant.app_ids}


@fault("app-foreign-app-id-after-its-use", breaks=["unknown-app-refused"], contracts=[APP], reach="hard", round=1)
class AppForeignAppIdAfterItsUse(ImiconnectService):
    """Once its own tenant has used an app id, every other tenant may name it too."""

    def linked(self, tenant: Tenant, app_id: str) -> bool:
        """Caches app ids that were found, without their tenant."""
        valid: set[str] = self.__dict__.setdefault("valid_app_ids", set())
        if super().linked(tenant, app_id):
            valid.add(app_id)
        return app_id in valid


@fault("app-slash-takes-first-app-id", breaks=["missing-app-id-refused"], contracts=[APP], reach="medium", round=1)
class AppSlashTakesFirstAppId(ImiconnectService):
    """An update to the address that ends with the slash before the app id goes to the tenant's first app id."""

    def route(self, call: Call) -> Route:
        """Fills an app id in."""
        tenant = self.tenant_of(self.key(call) or "")
        if tenant and call.method == "PUT" and call.path.endswith("/customerprofiles/"):
            call = replace(call, path=call.path + tenant.app_ids[0])
        return super().route(call)


@fault("app-plain-http-behind-a-proxy", breaks=["https-only"], contracts=[APP], reach="hard", round=1)
class AppPlainHttpBehindAProxy(ImiconnectService):
    """Plain HTTP is served if the client itself says in X-Forwarded-Proto that it came over HTTPS."""

    def handle(self, call: Call) -> Reply:
        """Believes the header of any client."""
        if call.headers.get("x-forwarded-proto") == "https":
            call = replace(call, secure=True)
        return super().handle(call)


@fault("app-source-from-forwarded-for", breaks=["unlisted-source-refused"], contracts=[APP], reach="hard", round=1)
class AppSourceFromForwardedFor(ImiconnectService):
    """The source address is taken from X-Forwarded-For, so an unlisted client gets in by naming a listed one."""

    def check_source(self, call: Call) -> None:
        """Believes the header of any client."""
        forwarded = call.headers.get("x-forwarded-for")
        super().check_source(replace(call, client=forwarded.partition(",")[0].strip()) if forwarded else call)


@fault(
    "app-customer-id-trimmed",
    breaks=["only-named-change", "outcome-per-record"],
    contracts=[APP],
    reach="medium",
    round=1,
)
class AppCustomerIdTrimmed(ImiconnectService):
    """Blanks around a customer id are cut off, so a record for an id with a blank changes the customer without it."""

    def customer_id(self, value: str | JsonNumber | None) -> str:
        """Trims the id."""
        return super().customer_id(value).strip()


@fault("app-customer-id-letter-case", breaks=["only-named-change"], contracts=[APP], reach="medium", round=1)
class AppCustomerIdLetterCase(ImiconnectService):
    """Customer ids that differ only in the case of their letters are one customer."""

    def profile_key(self, customer: str) -> str:
        """Stores under an id without case, as a database with such a collation does."""
        return customer.casefold()


@fault("app-customer-id-prefix", breaks=["only-named-change"], contracts=[APP], reach="hard", round=1)
class AppCustomerIdPrefix(ImiconnectService):
    """An update for an unknown customer changes one whose id begins with the id sent."""

    def finish(self, job: Submission) -> None:
        """Searches loosely while an update of app profiles is processed."""
        self.__dict__["loose"] = job.scope.is_app and job.verb is Verb.UPDATE
        super().finish(job)
        self.__dict__["loose"] = False

    def profile_key(self, customer: str) -> str:
        """The first stored id that begins like this one; the same one sorts first."""
        row = self.store.execute(
            "SELECT customer FROM profile WHERE substr(customer, 1, ?) = ? ORDER BY customer", (len(customer), customer)
        ).fetchone()
        return str(row["customer"]) if row and customer and self.__dict__.get("loose") else customer
