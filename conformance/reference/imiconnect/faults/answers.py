"""Faults of immediate answers: shape, codes, descriptions, HTTP statuses."""

from __future__ import annotations

from conformance.reference.core import Reply
from conformance.reference.faults import fault
from conformance.reference.imiconnect.answers import Answer
from conformance.reference.imiconnect.model import (
    BAD_KEY,
    BAD_VALUE,
    MISSING,
    NO_KEY,
    TOO_MANY,
    UNKNOWN_CUSTOMER,
    Result,
    Submission,
)
from conformance.reference.imiconnect.part import APP, CUSTOMER
from conformance.reference.imiconnect.service import ImiconnectService


@fault("envelope-capital", breaks=["answer-shape"], contracts=[CUSTOMER])
class EnvelopeCapital(ImiconnectService):
    """Answers are wrapped in Response instead of response."""

    def enveloped(self, answer: Answer) -> Answer:
        """Capitalizes the envelope."""
        enveloped = super().enveloped(answer)
        return {"Response": enveloped["response"]} if "response" in enveloped else enveloped


@fault("description-null", breaks=["answer-shape", "queued-description"], contracts=[APP])
class DescriptionNull(ImiconnectService):
    """The description of a queued request is null."""

    def enveloped(self, answer: Answer) -> Answer:
        """Loses the text."""
        return super().enveloped({**answer, "description": None} if "transid" in answer else answer)


@fault("code-type-by-size", breaks=["answer-shape"], reach="medium", contracts=[CUSTOMER])
class CodeTypeBySize(ImiconnectService):
    """The code of a queued batch of several records is a JSON number, all other codes are texts."""

    def queued_answer(self, contract: str, job: Submission) -> Answer:
        """Forgets the quotes."""
        answer = super().queued_answer(contract, job)
        return answer | {"code": int(answer["code"])} if len(job.records) > 1 else answer


@fault("queued-code-by-size", breaks=["queued-code"], reach="medium")
class QueuedCodeBySize(ImiconnectService):
    """A request of one record is queued with 1000, a batch with 1001."""

    def queued_code(self, job: Submission) -> str:
        """Looks at the size."""
        return "1001" if len(job.records) > 1 else super().queued_code(job)


@fault("queued-as-partial", breaks=["queued-code"], contracts=[CUSTOMER])
class QueuedAsPartial(ImiconnectService):
    """A queued request is answered with 1002."""

    def queued_code(self, job: Submission) -> str:
        """Takes the wrong code."""
        del job
        return "1002"


@fault("queued-text-by-size", breaks=["queued-description"], reach="medium")
class QueuedTextBySize(ImiconnectService):
    """The description of a queued batch tells how many records were queued."""

    def queued_text(self, contract: str, job: Submission) -> str:
        """Adds the number."""
        text = super().queued_text(contract, job)
        return text if len(job.records) == 1 else f"{text} ({len(job.records)})"


@fault("texts-of-keys-swapped", breaks=["descriptions-agree"], reach="medium", contracts=[APP])
class TextsOfKeysSwapped(ImiconnectService):
    """The descriptions of 7001 and 7002 are swapped."""

    def text(self, contract: str, code: str) -> str:
        """Looks in the wrong row."""
        return super().text(contract, {BAD_KEY: NO_KEY, NO_KEY: BAD_KEY}.get(code, code))


@fault("results-described-as-success", breaks=["descriptions-agree"], reach="medium", contracts=[CUSTOMER])
class ResultsDescribedAsSuccess(ImiconnectService):
    """A failed result has the description of another error."""

    def result(self, contract: str, result: Result) -> Answer:
        """Looks in the wrong row."""
        answer = super().result(contract, result)
        if result.code == UNKNOWN_CUSTOMER:
            answer["description"] = self.text(contract, BAD_VALUE)
        return answer


@fault(
    "undocumented-missing-code",
    breaks=["documented-codes", "missing-attributes-refused"],
    reach="medium",
    contracts=[APP],
)
class UndocumentedMissingCode(ImiconnectService):
    """A missing member is refused with 7103, a code that no document has."""

    def refusal(self, contract: str, code: str, *, wrapped: bool = True, transid: str | None = None) -> Reply:
        """Changes the code."""
        return super().refusal(contract, "7103" if code == MISSING else code, wrapped=wrapped, transid=transid)


@fault(
    "undocumented-result-code",
    breaks=["documented-codes", "invalid-value-refused"],
    reach="medium",
    contracts=[CUSTOMER],
)
class UndocumentedResultCode(ImiconnectService):
    """A record with a bad value fails with 7111, a code that no document has."""

    def result(self, contract: str, result: Result) -> Answer:
        """Changes the code."""
        return super().result(contract, Result(result.customer_id, "7111") if result.code == BAD_VALUE else result)


@fault("over-limit-as-missing", breaks=["batch-over-limit-refused", "batch-within-limit"], reach="medium")
class OverLimitAsMissing(ImiconnectService):
    """A batch above the limit is refused with 7003."""

    def refusal(self, contract: str, code: str, *, wrapped: bool = True, transid: str | None = None) -> Reply:
        """Changes the code."""
        return super().refusal(contract, MISSING if code == TOO_MANY else code, wrapped=wrapped, transid=transid)


@fault("large-batches-created", breaks=["http-status-stable"], reach="medium", contracts=[APP])
class LargeBatchesCreated(ImiconnectService):
    """Queued batches of more than ten records are answered with HTTP 201, others with 200."""

    def queued(self, contract: str, job: Submission) -> Reply:
        """Looks at the size."""
        reply = super().queued(contract, job)
        return reply if len(job.records) <= 10 else Reply(201, reply.headers, reply.body)
