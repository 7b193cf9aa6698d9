"""Faults of customer updates: the queue, the order of what is applied, and what the status call says of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from conformance.reference.core import Reply
from conformance.reference.faults import fault
from conformance.reference.imiconnect.jobs import Outcome
from conformance.reference.imiconnect.model import (
    SUCCESS,
    UNKNOWN_CUSTOMER,
    Attributes,
    Desk,
    Record,
    Result,
    Scope,
    Submission,
    Verb,
)
from conformance.reference.imiconnect.service import ImiconnectService

CONTRACTS = ["imiconnect-customer"]


@fault("customer-outcomes-of-fifty-requests", breaks=["outcome-repeatable"], contracts=CONTRACTS, reach="hard", round=1)
class CustomerOutcomesOfFiftyRequests(ImiconnectService):
    """An outcome is forgotten once fifty newer requests exist."""

    def outcome(self, tenant: str, transid: str) -> Outcome | None:
        """Looks at the newest fifty requests."""
        sql = "SELECT count(*) FROM job WHERE number > (SELECT number FROM job WHERE transid = ?)"
        newer: int = self.store.execute(sql, (transid,)).fetchone()[0]
        return super().outcome(tenant, transid) if newer < 50 else None


@fault("customer-one-failure-never-ends", breaks=["outcome-reached"], contracts=CONTRACTS, reach="medium", round=1)
class CustomerOneFailureNeverEnds(ImiconnectService):
    """An update of several records of which exactly one fails never comes to an end."""

    def finish(self, job: Submission) -> None:
        """Gives up without a word."""
        results = self.process(job)[1]
        failed = sum(not each.succeeded for each in results)
        if failed == 1 < len(results) and job.verb is Verb.UPDATE and not job.scope.is_app:
            return
        super().finish(job)


@fault(
    "customer-last-result-of-a-customer",
    breaks=["outcome-true", "repeated-customer"],
    contracts=CONTRACTS,
    reach="hard",
    round=1,
)
class CustomerLastResultOfACustomer(ImiconnectService):
    """Where a customer stands twice in a batch, both of its results say what became of the later record."""

    def process(self, job: Submission) -> tuple[Desk, list[Result]]:
        """Keeps results by customer."""
        desk, results = super().process(job)
        codes = {each.customer_id: each.code for each in results}
        return desk, [replace(each, code=codes[each.customer_id]) for each in results]


@fault("customer-failures-rounded-away", breaks=["outcome-code"], contracts=CONTRACTS, reach="hard", round=1)
class CustomerFailuresRoundedAway(ImiconnectService):
    """The overall code of a batch with one failure in more than fifty records is that of success."""

    def overall(self, job: Submission, results: Sequence[Result]) -> str:
        """Rounds the share of failures to two parts in a hundred."""
        failed = sum(not each.succeeded for each in results)
        return SUCCESS if failed * 50 < len(results) else super().overall(job, results)


@fault(
    "customer-profile-as-of-acceptance",
    breaks=["update-order", "unsent-attributes-kept", "outcome-true"],
    contracts=CONTRACTS,
    reach="hard",
    round=1,
)
class CustomerProfileAsOfAcceptance(ImiconnectService):
    """An update is applied to the profile as it was at its acceptance, so that one of two in flight is lost."""

    def submit(self, job: Submission, body: bytes) -> None:
        """Loads the profiles before the queue."""
        desks: dict[str, Desk] = self.__dict__.setdefault("early_desks", {})
        if job.verb is Verb.UPDATE:
            desks[job.transid] = super().open_desk(job)
        super().submit(job, body)

    def open_desk(self, job: Submission) -> Desk:
        """What was loaded before."""
        desks: dict[str, Desk] = self.__dict__.get("early_desks", {})
        return desks.pop(job.transid, None) or super().open_desk(job)


@fault(
    "customer-read-cache-of-the-second",
    breaks=["sent-attributes-stored", "batch-processed-whole"],
    contracts=CONTRACTS,
    reach="hard",
    round=1,
)
class CustomerReadCacheOfTheSecond(ImiconnectService):
    """A profile that was read is shown unchanged until it is the first one that a request changes."""

    def prepare(self) -> None:
        """Remembers answers of reads."""
        super().prepare()
        self.read_before: dict[tuple[str, str], Reply] = {}

    def read_customers(self, tenant: str, customers: Sequence[str], links: str) -> Reply:
        """The former answer of a read of one customer."""
        reply = super().read_customers(tenant, customers, links)
        known = bool(self.load_profiles(Scope(tenant), customers))
        return self.read_before.setdefault((tenant, customers[0]), reply) if known and len(customers) == 1 else reply

    def commit(self, job: Submission, desk: Desk, code: str, results: Sequence[Result]) -> None:
        """Forgets the first of the changed profiles."""
        super().commit(job, desk, code, results)
        for _, customer in list(desk.changed)[:1]:
            self.read_before.pop((job.scope.tenant, customer), None)


@fault("customer-partly-failed-batch-again", breaks=["update-order"], contracts=CONTRACTS, reach="hard", round=1)
class CustomerPartlyFailedBatchAgain(ImiconnectService):
    """A batch that failed in part is applied once more after the next request, over what that has changed."""

    to_repeat: Submission | None = None

    def finish(self, job: Submission) -> None:
        """Tries the good records of the former batch again."""
        super().finish(job)
        former, self.to_repeat = self.to_repeat, None
        if former is not None:
            self.save_profiles(former.scope.tenant, self.process(former)[0].changed)
        outcome = self.outcome(job.scope.tenant, job.transid)
        if outcome and 0 < outcome.successes < len(outcome.results):
            self.to_repeat = job


@fault("customer-slash-in-every-seventh-transid", breaks=["transid-usable"], contracts=CONTRACTS, reach="hard", round=1)
class CustomerSlashInEverySeventhTransid(ImiconnectService):
    """Every seventh transid has a slash and cannot stand in an address as it is."""

    made: int = 0

    def new_transid(self) -> str:
        """A transid in an alphabet that has a slash."""
        self.made += 1
        text = super().new_transid()
        return text.replace("-", "/", 1) if self.made % 7 == 0 else text


@fault(
    "customer-transid-with-a-number-behind",
    breaks=["unknown-transid-refused"],
    contracts=CONTRACTS,
    reach="hard",
    round=1,
)
class CustomerTransidWithANumberBehind(ImiconnectService):
    """The status call ignores what stands behind an underscore, so that a transid never issued has an outcome."""

    def outcome(self, tenant: str, transid: str) -> Outcome | None:
        """Cuts off the number of a part."""
        return super().outcome(tenant, transid) or super().outcome(tenant, transid.partition("_")[0])


@fault(
    "customer-success-while-a-large-batch-waits",
    breaks=["pending-status", "outcome-true"],
    contracts=CONTRACTS,
    reach="hard",
    round=1,
)
class CustomerSuccessWhileALargeBatchWaits(ImiconnectService):
    """The status of a batch of more than twenty records says success for all of them while it waits."""

    def delay(self, job: Submission) -> float:
        """Large batches wait longer."""
        return max(0.5, super().delay(job)) if len(job.records) > 20 else super().delay(job)

    def pending_status(self, contract: str, outcome: Outcome) -> Reply:
        """The outcome that is expected."""
        if outcome.waiting <= 20:
            return super().pending_status(contract, outcome)
        results = tuple(Result(customer, SUCCESS) for customer in self.waiting_customers(outcome.transid))
        return self.status(contract, outcome.transid, Outcome(outcome.transid, SUCCESS, results))


@fault("customer-other-code-for-large-batches", breaks=["queued-code"], contracts=CONTRACTS, reach="medium", round=1)
class CustomerOtherCodeForLargeBatches(ImiconnectService):
    """Batches of more than ten records are answered with 1001, smaller ones with 1000."""

    def queued_code(self, job: Submission) -> str:
        """The code of another queue."""
        return "1001" if len(job.records) > 10 else super().queued_code(job)


@fault(
    "customer-skipped-behind-an-unknown-one",
    breaks=["outcome-true", "batch-processed-whole"],
    contracts=CONTRACTS,
    reach="hard",
    round=1,
)
class CustomerSkippedBehindAnUnknownOne(ImiconnectService):
    """The record behind one for an unknown customer is reported as success and not applied."""

    skipping: Desk | None = None

    def attempt(self, desk: Desk, job: Submission, record: Record) -> Result:
        """Goes two records on after an unknown customer."""
        skipped, self.skipping = self.skipping is desk, None
        if skipped and record.customer_id in desk.masters:
            return Result(record.customer_id, SUCCESS)
        result = super().attempt(desk, job, record)
        self.skipping = desk if result.code == UNKNOWN_CUSTOMER else None
        return result


@fault(
    "customer-deleted-one-comes-back", breaks=["unknown-customer-refused"], contracts=CONTRACTS, reach="hard", round=1
)
class CustomerDeletedOneComesBack(ImiconnectService):
    """An update of a deleted customer succeeds and brings its profile back."""

    def delete_profiles(self, scope: Scope, customers: Iterable[str]) -> None:
        """Keeps what is deleted."""
        named = list(customers)
        gone: dict[tuple[str, str], Attributes] = self.__dict__.setdefault("gone", {})
        found = {} if scope.is_app else self.load_profiles(scope, named)
        gone.update({(scope.tenant, customer): attributes for customer, attributes in found.items()})
        super().delete_profiles(scope, named)

    def open_desk(self, job: Submission) -> Desk:
        """Finds deleted customers for updates."""
        desk = super().open_desk(job)
        gone: dict[tuple[str, str], Attributes] = self.__dict__.get("gone", {})
        for each in job.records if job.verb is Verb.UPDATE and not job.scope.is_app else ():
            if (job.scope.tenant, each.customer_id) in gone:
                desk.masters.setdefault(each.customer_id, gone[job.scope.tenant, each.customer_id])
        return desk


@fault("customer-status-names-the-newest", breaks=["outcome-names-request"], contracts=CONTRACTS, reach="hard", round=1)
class CustomerStatusNamesTheNewest(ImiconnectService):
    """The outcome of an older request carries the transid of the newest one of its tenant."""

    def status_transid(self, transid: str) -> str:
        """The newest id of the tenant."""
        sql = "SELECT transid FROM job WHERE tenant IN (SELECT tenant FROM job WHERE transid = ?) ORDER BY number DESC"
        newest = [str(row["transid"]) for row in self.store.execute(sql, (transid,))]
        return newest[0] if newest else super().status_transid(transid)


@fault("customer-unknown-ones-not-counted", breaks=["outcome-counts"], contracts=CONTRACTS, reach="medium", round=1)
class CustomerUnknownOnesNotCounted(ImiconnectService):
    """Records for unknown customers are not counted as failures."""

    def counts(self, outcome: Outcome) -> dict[str, int]:
        """Counts failures of other kinds."""
        failed = sum(each.code not in (SUCCESS, UNKNOWN_CUSTOMER) for each in outcome.results)
        return {**super().counts(outcome), "FailureCount": failed}
