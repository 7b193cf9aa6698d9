"""Faults of customer profiles in keys, tenants, routing, headers and transport; written from the documents alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from time import monotonic
from typing import Any
from urllib.parse import parse_qs

from conformance.reference.core import Call, Reply
from conformance.reference.faults import fault
from conformance.reference.imiconnect.jobs import Outcome
from conformance.reference.imiconnect.model import NO_RESULT, Attributes, Desk, HttpError, Scope, Submission, Verb
from conformance.reference.imiconnect.routes import Route
from conformance.reference.imiconnect.service import ImiconnectService
from conformance.reference.imiconnect.tenants import TENANTS, Tenant

CONTRACTS = ("imiconnect-customer",)
ROUND = 2


@fault(
    "customer-key-compared-by-its-sum",
    breaks=["wrong-key-refused", "refusal-changes-nothing"],
    contracts=CONTRACTS,
    reach="hard",
    round=ROUND,
)
class KeyComparedByItsSum(ImiconnectService):
    """The service compares a checksum of the key, so that a key with two characters swapped is taken as right."""

    def tenant_of(self, key: str) -> Tenant | None:
        """Compares the sums of the characters."""
        return next((each for each in TENANTS if sum(map(ord, each.key)) == sum(map(ord, key))), None)


@fault(
    "customer-key-with-an-accent-breaks-the-comparison",
    breaks=["wrong-key-refused", "no-internal-error"],
    contracts=CONTRACTS,
    reach="hard",
    round=ROUND,
)
class KeyWithAnAccentBreaksTheComparison(ImiconnectService):
    """A wrong key with a character beyond ASCII ends in HTTP 500 instead of a refusal with 7001."""

    def tenant_of(self, key: str) -> Tenant | None:
        """Fails like a comparison in constant time that takes nothing but ASCII."""
        if not key.isascii():
            raise HttpError(500)
        return super().tenant_of(key)


@fault(
    "customer-key-from-the-query",
    breaks=["missing-key-refused", "refusal-changes-nothing"],
    contracts=CONTRACTS,
    reach="medium",
    round=ROUND,
)
class KeyFromTheQuery(ImiconnectService):
    """A request without the header key is let in if its query has the right key."""

    def key(self, call: Call) -> str | None:
        """Looks into the query as well."""
        found = super().key(call)
        return parse_qs(call.query).get("key", [None])[0] if found is None else found


@fault(
    "customer-source-from-forwarded-for",
    breaks=["unlisted-source-refused", "refusal-changes-nothing"],
    contracts=CONTRACTS,
    reach="hard",
    round=ROUND,
)
class SourceFromForwardedFor(ImiconnectService):
    """The allow-list is compared with what any client writes into X-Forwarded-For, not with its own address."""

    def check_source(self, call: Call) -> None:
        """Trusts the header of any client."""
        claimed = (call.headers.get("x-forwarded-for") or call.client).split(",")[0].strip()
        super().check_source(replace(call, client=claimed))


@fault(
    "customer-get-from-any-source",
    breaks=["unlisted-source-refused"],
    contracts=CONTRACTS,
    reach="medium",
    round=ROUND,
)
class GetFromAnySource(ImiconnectService):
    """The allow-list of source addresses is not looked at for status calls and reads."""

    def check_source(self, call: Call) -> None:
        """Looks at writing requests alone."""
        if call.method != "GET":
            super().check_source(call)


@fault(
    "customer-scheme-from-forwarded-proto",
    breaks=["https-only"],
    contracts=CONTRACTS,
    reach="hard",
    round=ROUND,
)
class SchemeFromForwardedProto(ImiconnectService):
    """An update over plain HTTP is queued and applied if its header X-Forwarded-Proto says https."""

    def handle(self, call: Call) -> Reply:
        """Trusts the header of any client."""
        claimed = (call.headers.get("x-forwarded-proto") or "").strip().lower() == "https"
        return super().handle(replace(call, secure=call.secure or claimed))


@fault(
    "customer-status-of-a-batch-for-any-tenant",
    breaks=["tenant-isolation"],
    contracts=CONTRACTS,
    reach="hard",
    round=ROUND,
)
class StatusOfABatchForAnyTenant(ImiconnectService):
    """The outcome of a request with several records is shown to the key of another tenant."""

    def outcome(self, tenant: str, transid: str) -> Outcome | None:
        """Finds finished batches of all tenants."""
        found = super().outcome(tenant, transid)
        for other in TENANTS:
            foreign = super().outcome(other.id, transid)
            if found is None and foreign is not None and len(foreign.results) > 1:
                return foreign
        return found


@fault(
    "customer-read-cache-without-tenant",
    breaks=["tenant-isolation"],
    contracts=CONTRACTS,
    reach="hard",
    round=ROUND,
)
class ReadCacheWithoutTenant(ImiconnectService):
    """A profile that its owner has read within the last two seconds is shown to another tenant from a cache."""

    def read_customers(self, tenant: str, customers: Sequence[str], links: str) -> Reply:
        """Answers what is not found from reads of the other tenant."""
        cache: dict[tuple[str, ...], tuple[float, str, Reply]] = vars(self).setdefault("_read_cache", {})
        kept = cache.get(tuple(customers))
        found = self.load_profiles(Scope(tenant), customers)
        if not found and kept and kept[1] != tenant and monotonic() - kept[0] < 2:
            return kept[2]
        reply = super().read_customers(tenant, customers, links)
        if found:
            cache[tuple(customers)] = (monotonic(), tenant, reply)
        return reply


@fault(
    "customer-update-copies-a-foreign-profile",
    breaks=["unknown-customer-refused", "tenant-isolation"],
    contracts=CONTRACTS,
    reach="hard",
    round=ROUND,
)
class UpdateCopiesAForeignProfile(ImiconnectService):
    """An update for a customer that only another tenant has succeeds and copies that profile to the sender."""

    def open_desk(self, job: Submission) -> Desk:
        """Loads what other tenants have where the sender has nothing."""
        desk = super().open_desk(job)
        for other in TENANTS:
            if job.verb is Verb.UPDATE and not job.scope.is_app and other.id != job.scope.tenant:
                theirs = self.load_profiles(Scope(other.id), [record.customer_id for record in job.records])
                desk.masters.update({name: found for name, found in theirs.items() if name not in desk.masters})
        return desk


@fault(
    "customer-same-id-written-for-both-tenants",
    breaks=["tenant-isolation", "only-named-change"],
    contracts=CONTRACTS,
    reach="hard",
    round=ROUND,
)
class SameIdWrittenForBothTenants(ImiconnectService):
    """Where both tenants have a customer of one id, a change of the one profile overwrites the other one, too."""

    def save_profiles(self, tenant: str, profiles: Mapping[tuple[str, str], Attributes]) -> None:
        """Leaves the tenant out of the condition."""
        super().save_profiles(tenant, profiles)
        masters = {key: attributes for key, attributes in profiles.items() if not key[0]}
        for other in TENANTS:
            theirs = self.load_profiles(Scope(other.id), [customer for _, customer in masters])
            super().save_profiles(other.id, {key: found for key, found in masters.items() if key[1] in theirs})


@fault(
    "customer-foreign-status-names-the-owner",
    breaks=["tenant-isolation", "credentials-not-shown"],
    contracts=CONTRACTS,
    reach="hard",
    round=ROUND,
)
class ForeignStatusNamesTheOwner(ImiconnectService):
    """The status call for a finished request of another tenant is refused with a text that shows its owner's key."""

    def no_result(self, contract: str, transid: str) -> Reply:
        """Says too much about a transid of somebody else."""
        row = self.store.execute("SELECT tenant FROM job WHERE transid = ? AND code IS NOT NULL", (transid,)).fetchone()
        owner = next((each for each in TENANTS if row and each.id == row["tenant"]), None)
        if owner is None:
            return super().no_result(contract, transid)
        return Reply.json({"code": self.code(NO_RESULT), "description": f"{transid} belongs to the key {owner.key}"})


@fault(
    "customer-charset-in-capitals-refused",
    breaks=["json-content-type", "body-grammar"],
    contracts=CONTRACTS,
    reach="medium",
    round=ROUND,
)
class CharsetInCapitalsRefused(ImiconnectService):
    """A charset parameter in capitals or in quotes makes a request for customer profiles end in HTTP 415."""

    def take_records(self, route: Route, call: Call) -> Any:
        """Compares the parameter letter by letter."""
        parameters = (call.headers.get("content-type") or "").partition(";")[2].strip()
        if not route.is_app and "charset" in parameters.lower() and parameters != "charset=utf-8":
            raise HttpError(415)
        return super().take_records(route, call)


@fault(
    "customer-key-in-the-text-of-7000",
    breaks=["credentials-not-shown"],
    contracts=CONTRACTS,
    reach="medium",
    round=ROUND,
)
class KeyInTheTextOf7000(ImiconnectService):
    """The refusal of a body that is no JSON repeats the headers of the request, the secret key among them."""

    def answer(self, route: Route, call: Call) -> Reply:
        """Adds the headers for whoever looks for the mistake."""
        reply = super().answer(route, call)
        if not route.submits or route.is_app:
            return reply
        sent = f"Invalid JSON (key: {call.headers.get('key')})"
        return replace(reply, body=reply.body.replace(b"Invalid JSON", sent.encode()))


@fault(
    "customer-plus-in-the-address-is-a-blank",
    breaks=["sent-attributes-stored", "only-named-change"],
    contracts=CONTRACTS,
    reach="hard",
    round=ROUND,
)
class PlusInTheAddressIsABlank(ImiconnectService):
    """A customer whose id has a plus, like an international number, is updated but looked up with a blank in a read."""

    def route(self, call: Call) -> Route:
        """Decodes the path like a form."""
        found = super().route(call)
        if found.is_app or "customerId" not in found.values:
            return found
        return replace(found, values={"customerId": found.values["customerId"].replace("+", " ")})
