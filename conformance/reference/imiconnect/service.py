"""The IMIconnect reference: both contracts and their companion operations, one service."""

from __future__ import annotations

from typing import ClassVar

from conformance.reference.core import Call, Reply, TargetFacts
from conformance.reference.imiconnect.jobs import Outcome
from conformance.reference.imiconnect.model import (
    BAD_APP,
    BAD_JSON,
    BAD_KEY,
    MISSING,
    NO_KEY,
    NOT_LISTED,
    TOO_MANY,
    UNKNOWN_CUSTOMER,
    HttpError,
    Record,
    RefusalError,
    Scope,
    Submission,
    Verb,
)
from conformance.reference.imiconnect.part import APP
from conformance.reference.imiconnect.queue import Queue
from conformance.reference.imiconnect.reads import Reads
from conformance.reference.imiconnect.routes import Route, Routes
from conformance.reference.imiconnect.tenants import TENANTS, Tenant


class ImiconnectService(Queue, Reads, Routes):
    """Answers calls by the readings; faults override single methods."""

    vendor: ClassVar[str] = "imiconnect"

    def target_facts(self, contract: str) -> TargetFacts:
        """Keys and app ids of the two tenants."""
        mine, other = TENANTS
        data = {"app_id": mine.app_ids[0], "other_tenant_app_id": other.app_ids[0]} if contract == APP else {}
        return TargetFacts({"key": mine.key, "other_tenant_key": other.key}, data)

    def handle(self, call: Call) -> Reply:
        """Answers one call."""
        if not call.secure:
            return self.refuse_plain(call)
        try:
            return self.answer(self.route(call), call)
        except HttpError as refused:
            return Reply.empty(refused.status)

    def answer(self, route: Route, call: Call) -> Reply:
        """Answers one call of a known operation."""
        try:
            return self.submission(route, call) if route.submits else self.lookup(route, call)
        except RefusalError as refused:
            return self.refusal(route.contract, refused.code, wrapped=route.enveloped)

    def refuse_plain(self, call: Call) -> Reply:
        """What becomes of plain HTTP."""
        option = self.reading("plain-http")
        other = self.free("plain-http-form", "other")
        if option == "redirect":
            place = f"https://{call.headers.get('host') or 'localhost'}{call.path}"
            return Reply.empty(308 if other else 301, (("location", place),))
        if option == "error-body":
            return Reply(426 if other else 403, (("content-type", "text/plain"),), b"HTTPS only")
        return Reply.empty(403) if other else Reply.dropped()

    def admit(self, route: Route, call: Call) -> Tenant:
        """The tenant that a request comes from."""
        source_first = self.free("identity-checks", "source-first")
        if source_first:
            self.check_source(call)
        key = self.key(call)
        if key is None:
            raise RefusalError(NO_KEY)
        if not key:
            raise RefusalError(self.reading("empty-key-code"))
        tenant = self.tenant_of(key)
        if tenant is None:
            literal = route.submits and not route.is_app and self.follows("meaning-of-7000", "literal")
            raise RefusalError(BAD_JSON if literal else BAD_KEY)
        if not source_first:
            self.check_source(call)
        if not (route.submits and self.free("app-id-check", "after-the-body")):
            self.check_app(tenant, route)
        return tenant

    def check_source(self, call: Call) -> None:
        """Refuses a source address that is not on the allow-list."""
        try:
            listed = self.settings.allows(call.client)
        except ValueError:
            listed = False
        if not listed:
            raise RefusalError(NOT_LISTED)

    def key(self, call: Call) -> str | None:
        """The key that a request carries."""
        key = call.headers.get("key")
        if key is None and self.follows("key-header", "both"):
            return call.headers.get("secretKey")
        return key

    def tenant_of(self, key: str) -> Tenant | None:
        """The tenant whose key this is."""
        return next((tenant for tenant in TENANTS if tenant.key == key), None)

    def check_app(self, tenant: Tenant, route: Route) -> None:
        """Refuses an app id that is missing or not linked to the tenant."""
        if not route.is_app:
            return
        app_id = route.values.get("appid")
        if app_id is None:
            raise RefusalError(self.reading("missing-appid"))
        if not self.linked(tenant, app_id):
            raise RefusalError(BAD_APP)

    def linked(self, tenant: Tenant, app_id: str) -> bool:
        """Whether an app id belongs to a tenant."""
        return app_id in tenant.app_ids

    def submission(self, route: Route, call: Call) -> Reply:
        """Takes a request with records in."""
        if self.follows("check-order", "parse-first"):
            records = self.take_records(route, call)
            tenant = self.admit(route, call)
        else:
            tenant = self.admit(route, call)
            records = self.take_records(route, call)
        if self.free("app-id-check", "after-the-body"):
            self.check_app(tenant, route)
        job = self.job_of(tenant, route, records)
        self.refuse_bad_records(job)
        at_once = route.operation == "create" and self.free("creation-answer", "at-once")
        at_once = at_once or (self.answers_with_outcomes() and bool(self.failures_at_once(job)))
        if at_once or self.follows("processing", "inline"):
            return self.finish_now(route.contract, job, call.body)
        self.submit(job, call.body)
        return self.queued(route.contract, job)

    def job_of(self, tenant: Tenant, route: Route, records: tuple[Record, ...]) -> Submission:
        """A new submission."""
        scope = Scope(tenant.id, route.values.get("appid", ""))
        return Submission(self.new_transid(), scope, Verb(route.operation), records)

    def take_records(self, route: Route, call: Call) -> tuple[Record, ...]:
        """The records of a request."""
        self.check_media_type(call)
        return self.records(self.parse(call.body), Verb(route.operation), route.is_app)

    def refuse_bad_records(self, job: Submission) -> None:
        """Refuses a request for one of its records, where that happens before the queue."""
        sync_all = self.follows("error-timing", "sync-all")
        failed = self.failures_at_once(job)
        if self.answers_with_outcomes():
            return
        bad = failed[-1 if self.free("sync-all-code", "of-the-last-bad-record") else 0] if failed else None
        if bad and (sync_all or bad == UNKNOWN_CUSTOMER):
            raise RefusalError(bad)

    def answers_with_outcomes(self) -> bool:
        """Whether a request with a bad record is answered with its whole outcome at once."""
        queues = self.follows("processing", "async")  # without a queue every request is answered with its outcome
        return queues and self.follows("error-timing", "sync-all") and self.free("sync-all-answer", "outcome")

    def failures_at_once(self, job: Submission) -> list[str]:
        """The codes of the bad records of a request, where it is answered for them at once."""
        sync_all = self.follows("error-timing", "sync-all")
        alone = len(job.records) == 1 and job.verb is Verb.UPDATE and not job.scope.is_app
        if not sync_all and not (alone and self.follows("unknown-customer-alone", "sync-7014")):
            return []
        results = self.attempt_all(job)[1]
        return [result.code for result in results if not result.succeeded and result.code != TOO_MANY]

    def finish_now(self, contract: str, job: Submission, body: bytes) -> Reply:
        """Processes a request before it is answered."""
        self.record_job(job, body)
        self.finish(job)
        outcome = self.outcome(job.scope.tenant, job.transid)
        return self.final(contract, outcome or Outcome(job.transid, None))

    def lookup(self, route: Route, call: Call) -> Reply:
        """Answers what needs no queue."""
        tenant = self.admit(route, call)
        scope = Scope(tenant.id, route.values.get("appid", ""))
        if route.operation == "status":
            transid = route.values["transid"]
            return self.status(route.contract, transid, self.outcome(tenant.id, transid))
        customers = self.named_customers(route)
        if route.operation.startswith("delete"):
            return self.delete(route.contract, scope, customers)
        if route.is_app:
            return self.read_app_profiles(scope, customers)
        return self.read_customers(tenant.id, customers, route.query.get("showinwardlinks", ["0"])[0])

    def named_customers(self, route: Route) -> list[str]:
        """The customers that the path or the query names."""
        one = route.values.get("customerId")
        customers = route.query.get("customerId", []) if one is None else [one]
        if not any(customers):
            raise RefusalError(MISSING)
        if len(customers) > self.customer_limit():
            raise RefusalError(TOO_MANY)
        return customers
