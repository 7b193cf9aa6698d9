"""Faults of batches: the limit, and what is lost on the way."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from conformance.reference.core import Call, Reply
from conformance.reference.faults import fault
from conformance.reference.imiconnect.model import (
    MISSING,
    SUCCESS,
    TOO_MANY,
    Desk,
    Record,
    RefusalError,
    Result,
    Submission,
    Verb,
)
from conformance.reference.imiconnect.part import APP, CUSTOMER
from conformance.reference.imiconnect.routes import Route
from conformance.reference.imiconnect.service import ImiconnectService
from conformance.reference.imiconnect.tenants import Tenant

FAILED = ("", "failed")
LOST = ("batch-processed-whole", "outcome-true")


@fault("limit-one-short", breaks=["batch-within-limit"], reach="medium", contracts=[CUSTOMER])
class LimitOneShort(ImiconnectService):
    """An update with as many records as the limit says is refused."""

    def records(self, root: Any, verb: Verb, app: bool) -> tuple[Record, ...]:
        """Is off by one."""
        records = super().records(root, verb, app)
        if verb is Verb.UPDATE and len(records) == self.limit(app):
            raise RefusalError(TOO_MANY)
        return records


@fault(
    "limit-one-over", breaks=["batch-over-limit-refused", "batch-within-limit"], reach="medium", contracts=[CUSTOMER]
)
class LimitOneOver(ImiconnectService):
    """One record more than the limit is accepted."""

    def limit(self, app: bool) -> int | None:
        """Is off by one."""
        limit = super().limit(app)
        return limit + 1 if limit else limit


@fault(
    "limit-of-its-own", breaks=["batch-over-limit-refused", "batch-within-limit"], reach="medium", contracts=[CUSTOMER]
)
class LimitOfItsOwn(ImiconnectService):
    """The limit is 250, which no document says: the size of a page of the store behind it."""

    def limit(self, app: bool) -> int | None:
        """Has the size of a page."""
        return 250 if super().limit(app) else None


@fault("limit-missing", breaks=["batch-over-limit-refused"], reach="medium", contracts=[CUSTOMER])
class LimitMissing(ImiconnectService):
    """Batches of any size are accepted."""

    def limit(self, app: bool) -> int | None:  # noqa: ARG002
        """Is not there."""
        return None


@fault("limit-counts-customers", breaks=["batch-over-limit-refused"], reach="hard")
class LimitCountsCustomers(ImiconnectService):
    """The limit counts different customers, not records."""

    def within_limit(self, listed: list[Any], limit: int | None) -> list[Any]:
        """Counts ids."""
        ids = {str(item.get("customerId")) if isinstance(item, dict) else "" for item in listed}
        return listed if limit is None or len(ids) <= limit else super().within_limit(listed, limit)


@fault("limit-by-bytes", breaks=["batch-within-limit"], reach="hard")
class LimitByBytes(ImiconnectService):
    """A body above 64 KiB is refused with 7012, however few records it has."""

    def parse(self, body: bytes) -> Any:
        """Looks at the size."""
        if len(body) > 65536:
            raise RefusalError(TOO_MANY)
        return super().parse(body)


@fault("limit-forgotten-after-refusal", breaks=["batch-over-limit-refused"], reach="hard", contracts=[CUSTOMER])
class LimitForgottenAfterRefusal(ImiconnectService):
    """A batch above the limit that was refused is taken when it is sent again."""

    refused = frozenset[int]()

    def within_limit(self, listed: list[Any], limit: int | None) -> list[Any]:
        """Remembers sizes that were refused."""
        if len(listed) in self.refused:
            return listed
        try:
            return super().within_limit(listed, limit)
        except RefusalError:
            self.refused |= {len(listed)}
            raise


@fault(
    "over-limit-applied",
    breaks=["refusal-changes-nothing", "batch-over-limit-refused"],
    reach="hard",
    contracts=[CUSTOMER],
)
class OverLimitApplied(ImiconnectService):
    """A batch above the limit is refused, but its records up to the limit were queued already."""

    def submission(self, route: Route, call: Call) -> Reply:
        """Queues, then refuses."""
        try:
            return super().submission(route, call)
        except RefusalError as refused:
            limit = self.limit(route.is_app)
            if refused.code == TOO_MANY and limit:
                kept = tuple(self.record(item, False) for item in self.listed(self.parse(call.body))[:limit])
                self.submit(self.job_of(self.admit(route, call), route, kept), call.body)
            raise


@fault("incomplete-batch-applied", breaks=["refusal-changes-nothing"], reach="hard")
class IncompleteBatchApplied(ImiconnectService):
    """A batch is refused for its last record, but the records before it were queued already."""

    def submission(self, route: Route, call: Call) -> Reply:
        """Queues, then refuses."""
        try:
            return super().submission(route, call)
        except RefusalError as refused:
            root = self.parse(call.body) if refused.code == MISSING else None
            items = root.get("Records") if isinstance(root, dict) else None
            kept = tuple(self.record(item, False) for item in items[:-1]) if isinstance(items, list) else ()
            if kept and not any(record.fault for record in kept):
                self.submit(self.job_of(self.admit(route, call), route, kept), call.body)
            raise


@fault("last-of-full-batch-lost", breaks=LOST, reach="hard")
class LastOfFullBatchLost(ImiconnectService):
    """The last record of a full batch is reported as success and never applied."""

    def process(self, job: Submission) -> tuple[Desk, list[Result]]:
        """Stops one record early."""
        if len(job.records) != self.limit(job.scope.is_app):
            return super().process(job)
        desk, results = super().process(replace(job, records=job.records[:-1]))
        return desk, [*results, Result(job.records[-1].customer_id, SUCCESS)]


@fault("chunk-seam-lost", breaks=LOST, reach="hard", contracts=[CUSTOMER])
class ChunkSeamLost(ImiconnectService):
    """Batches are worked off in chunks of 25; the first record of each later chunk is lost."""

    def process(self, job: Submission) -> tuple[Desk, list[Result]]:
        """Skips the seams."""
        desk, results = super().process(job)
        for record in job.records[25::25]:
            for key in ((job.scope.app_id, record.customer_id), ("", record.customer_id)):
                desk.changed.pop(key, None)
        return desk, results


@fault("records-after-failure-lost", breaks=LOST, reach="hard", contracts=[CUSTOMER])
class RecordsAfterFailureLost(ImiconnectService):
    """After a failed record the rest of the batch is reported as success and not applied."""

    def attempt(self, desk: Desk, job: Submission, record: Record) -> Result:
        """Remembers a failure on the desk."""
        if FAILED in desk.sent:
            return Result(record.customer_id, SUCCESS)
        result = super().attempt(desk, job, record)
        if not result.succeeded:
            desk.sent[FAILED] = set()
        return result


@fault(
    "batch-ends-at-failure",
    breaks=["batch-processed-whole", "outcome-per-record"],
    reach="medium",
    contracts=[APP],
)
class BatchEndsAtFailure(ImiconnectService):
    """Processing ends with the first failed record; the others have no result."""

    def process(self, job: Submission) -> tuple[Desk, list[Result]]:
        """Leaves the rest out."""
        _, results = super().process(job)
        failed = next((place for place, result in enumerate(results) if not result.succeeded), len(results))
        return super().process(replace(job, records=job.records[: failed + 1]))


@fault("failure-undoes-batch", breaks=["batch-processed-whole", "outcome-true"], reach="hard", contracts=[CUSTOMER])
class FailureUndoesBatch(ImiconnectService):
    """A batch of three or more records is rolled back by a failed one, though the others are reported as success."""

    def process(self, job: Submission) -> tuple[Desk, list[Result]]:
        """Rolls back."""
        desk, results = super().process(job)
        if len(results) > 2 and not all(result.succeeded for result in results):
            desk.changed.clear()
        return desk, results


@fault("repeats-collapsed", breaks=["repeated-customer", "outcome-per-record"], reach="hard")
class RepeatsCollapsed(ImiconnectService):
    """Records are gathered by customer id: of several for one customer only the last has a result."""

    def job_of(self, tenant: Tenant, route: Route, records: tuple[Record, ...]) -> Submission:
        """Gathers records."""
        return super().job_of(tenant, route, tuple({record.customer_id: record for record in records}.values()))


@fault("chunks-backwards", breaks=["repeated-customer"], reach="hard", contracts=[CUSTOMER])
class ChunksBackwards(ImiconnectService):
    """Batches are worked off in chunks of ten, the last chunk first: distance decides which of two records wins."""

    def process(self, job: Submission) -> tuple[Desk, list[Result]]:
        """Reverses chunks."""
        places = sorted(range(len(job.records)), key=lambda place: (-(place // 10), place))
        desk, results = super().process(replace(job, records=tuple(job.records[place] for place in places)))
        return desk, [result for _, result in sorted(zip(places, results, strict=True), key=lambda pair: pair[0])]
