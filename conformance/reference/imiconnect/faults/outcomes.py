"""Faults of what the status call says of a finished request."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.reference.faults import fault
from conformance.reference.imiconnect.answers import Answer
from conformance.reference.imiconnect.jobs import Outcome
from conformance.reference.imiconnect.model import (
    PARTIAL,
    SUCCESS,
    UNKNOWN_CUSTOMER,
    Attributes,
    Desk,
    Record,
    RecordError,
    Result,
    Submission,
    Verb,
)
from conformance.reference.imiconnect.part import APP, CUSTOMER
from conformance.reference.imiconnect.service import ImiconnectService


@fault("all-counted-as-success", breaks=["outcome-counts"], reach="medium", contracts=[CUSTOMER])
class AllCountedAsSuccess(ImiconnectService):
    """SuccessCount is the number of records."""

    def counts(self, outcome: Outcome) -> Answer:
        """Counts the wrong thing."""
        return {**super().counts(outcome), "SuccessCount": len(outcome.results)}


@fault("failures-not-counted", breaks=["outcome-counts"], reach="medium", contracts=[APP])
class FailuresNotCounted(ImiconnectService):
    """FailureCount is always 0."""

    def counts(self, outcome: Outcome) -> Answer:
        """Forgets failures."""
        return {**super().counts(outcome), "FailureCount": 0}


@fault("failures-counted-in-first-fifty", breaks=["outcome-counts"], reach="hard", contracts=[CUSTOMER])
class FailuresCountedInFirstFifty(ImiconnectService):
    """FailureCount looks at the first fifty results alone."""

    def counts(self, outcome: Outcome) -> Answer:
        """Looks at a page of them."""
        failures = sum(not result.succeeded for result in outcome.results[:50])
        return {**super().counts(outcome), "FailureCount": failures}


@fault("failure-count-one-short", breaks=["outcome-counts"], reach="medium", contracts=[APP])
class FailureCountOneShort(ImiconnectService):
    """The first failure of a batch is not counted."""

    def counts(self, outcome: Outcome) -> Answer:
        """Begins too late."""
        counts = super().counts(outcome)
        return {**counts, "FailureCount": max(counts["FailureCount"] - 1, 0)}


@fault(
    "failures-not-listed", breaks=["outcome-per-record", "unknown-customer-refused"], reach="medium", contracts=[APP]
)
class FailuresNotListed(ImiconnectService):
    """Results lists the successes alone."""

    def summary(self, contract: str, outcome: Outcome) -> Answer:
        """Filters results."""
        succeeded = [self.result(contract, result) for result in outcome.results if result.succeeded]
        return {**super().summary(contract, outcome), "Results": succeeded}


@fault("results-of-first-fifty", breaks=["outcome-per-record"], reach="hard", contracts=[CUSTOMER])
class ResultsOfFirstFifty(ImiconnectService):
    """Results is cut after fifty entries."""

    def summary(self, contract: str, outcome: Outcome) -> Answer:
        """Shows one page."""
        summary = super().summary(contract, outcome)
        return {**summary, "Results": summary["Results"][:50]}


@fault("results-sorted", breaks=["outcome-per-record", "unknown-customer-refused", "outcome-true"], reach="hard")
class ResultsSorted(ImiconnectService):
    """Ids of results are sorted, their codes are not: they belong to other customers."""

    def record_results(self, job: Submission, code: str, results: Sequence[Result]) -> None:
        """Sorts one column."""
        ids = sorted(result.customer_id for result in results)
        mixed = [Result(customer, result.code) for customer, result in zip(ids, results, strict=True)]
        super().record_results(job, code, mixed)


@fault("all-failed-as-success", breaks=["outcome-code"], reach="medium")
class AllFailedAsSuccess(ImiconnectService):
    """A request none of whose records succeeded has the overall code 1000."""

    def all_failed_code(self, job: Submission, failed: Sequence[str]) -> str:
        """Is content with an end."""
        del job, failed
        return SUCCESS


@fault("overall-of-last-record", breaks=["outcome-code"], reach="medium", contracts=[CUSTOMER])
class OverallOfLastRecord(ImiconnectService):
    """The overall code is that of the last record."""

    def overall(self, job: Submission, results: Sequence[Result]) -> str:
        """Looks at one record."""
        return results[-1].code if results else super().overall(job, results)


@fault("single-failure-overlooked", breaks=["outcome-code"], reach="hard", contracts=[CUSTOMER])
class SingleFailureOverlooked(ImiconnectService):
    """A batch of ten or more with one failed record has the overall code 1000."""

    def overall(self, job: Submission, results: Sequence[Result]) -> str:
        """Tolerates one in ten."""
        failed = sum(not result.succeeded for result in results)
        return SUCCESS if failed * 10 <= len(results) else super().overall(job, results)


@fault("success-as-partial", breaks=["outcome-code", "examples-accepted"], contracts=[APP])
class SuccessAsPartial(ImiconnectService):
    """A finished update is always a partial success."""

    def overall(self, job: Submission, results: Sequence[Result]) -> str:
        """Has one code."""
        return PARTIAL if job.verb is Verb.UPDATE else super().overall(job, results)


@fault("stuck-when-all-fail", breaks=["outcome-reached"], reach="medium")
class StuckWhenAllFail(ImiconnectService):
    """A request none of whose records succeeded never ends."""

    def commit(self, job: Submission, desk: Desk, code: str, results: Sequence[Result]) -> None:
        """Writes nothing down where nothing changed."""
        if any(result.succeeded for result in results):
            super().commit(job, desk, code, results)


@fault("stuck-when-full", breaks=["outcome-reached"], reach="hard", contracts=[CUSTOMER])
class StuckWhenFull(ImiconnectService):
    """A full batch is applied and never ends."""

    def record_results(self, job: Submission, code: str, results: Sequence[Result]) -> None:
        """Does not write down what does not fit on a page."""
        if job.verb is Verb.CREATE or len(results) != self.limit(job.scope.is_app):
            super().record_results(job, code, results)


@fault(
    "unknown-customer-succeeds",
    breaks=["unknown-customer-refused", "outcome-true"],
    reach="medium",
    contracts=[CUSTOMER],
)
class UnknownCustomerSucceeds(ImiconnectService):
    """A record for an unknown customer is reported as success and changes nothing."""

    def attempt(self, desk: Desk, job: Submission, record: Record) -> Result:
        """Takes no row changed for no error."""
        result = super().attempt(desk, job, record)
        if job.verb is Verb.UPDATE and result.code == UNKNOWN_CUSTOMER:
            return Result(record.customer_id, SUCCESS)
        return result


@fault("unknown-customer-created", breaks=["unknown-customer-refused"], reach="medium", contracts=[CUSTOMER])
class UnknownCustomerCreated(ImiconnectService):
    """An update of an unknown customer creates it."""

    def stored_master(self, desk: Desk, verb: Verb, customer: str) -> Attributes:
        """Starts a new profile."""
        return super().stored_master(desk, verb, customer) if customer in desk.masters else {}


@fault(
    "unknown-customer-created-yet-failed",
    breaks=["unknown-customer-refused", "failed-record-unchanged"],
    reach="hard",
    contracts=[CUSTOMER],
)
class UnknownCustomerCreatedYetFailed(ImiconnectService):
    """A record for an unknown customer is reported as failed, but the customer exists afterwards."""

    def stored_master(self, desk: Desk, verb: Verb, customer: str) -> Attributes:
        """Leaves a profile behind."""
        try:
            return super().stored_master(desk, verb, customer)
        except RecordError:
            if verb is Verb.UPDATE:
                desk.changed["", customer] = {}
            raise


@fault("unknown-among-known-succeeds", breaks=["unknown-customer-refused", "outcome-true"], reach="hard")
class UnknownAmongKnownSucceeds(ImiconnectService):
    """In a batch only the first record's customer is looked up; unknown later ones are reported as success."""

    def attempt(self, desk: Desk, job: Submission, record: Record) -> Result:
        """Trusts later records."""
        result = super().attempt(desk, job, record)
        trusted = job.verb is Verb.UPDATE and record is not job.records[0] and result.code == UNKNOWN_CUSTOMER
        return Result(record.customer_id, SUCCESS) if trusted else result


@fault("unknown-app-customer-by-size", breaks=["unknown-customer-refused"], reach="medium", contracts=[APP])
class UnknownAppCustomerBySize(ImiconnectService):
    """A record for an unknown customer fails with 7014 if it is alone and with 7018 in a batch."""

    def attempt(self, desk: Desk, job: Submission, record: Record) -> Result:
        """Looks at the size."""
        result = super().attempt(desk, job, record)
        if result.code == UNKNOWN_CUSTOMER and len(job.records) > 1:
            return Result(record.customer_id, "7018")
        return result
