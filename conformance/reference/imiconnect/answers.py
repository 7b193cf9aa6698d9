"""The shapes of answers: refusals, queued and final answers, status."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from conformance.reference.core import Reply
from conformance.reference.imiconnect.jobs import Jobs, Outcome
from conformance.reference.imiconnect.model import NO_RESULT, PARTIAL, SUCCESS, HttpError, Result, Submission
from conformance.reference.imiconnect.part import code_facts

TABLE_CODE = "1000"
FREE_TEXT = "Accepted for processing"
FINAL_TEXTS = {SUCCESS: "SUCCESS", PARTIAL: "Partial success"}
Answer = dict[str, Any]


class Answers(Jobs):
    """Turns outcomes into replies."""

    def code(self, code: str) -> str | int:
        """A code in the JSON type of the reading."""
        return int(code) if self.follows("code-type", "number") else code

    def enveloped(self, answer: Answer) -> Answer:
        """An immediate answer in its envelope."""
        return {"response": answer} if self.follows("envelope", "wrapped") else answer

    def http_status(self, contract: str, code: str) -> int:
        """The HTTP status of a code that refuses a request."""
        if not self.follows("http-status", "mapped-4xx"):
            return 200
        facts = code_facts(contract, code)
        return int(facts.extra.get("http", 400)) if facts else 400

    def refusal(self, contract: str, code: str, *, wrapped: bool = True, transid: str | None = None) -> Reply:
        """The answer to a request that is turned down as a whole."""
        answer: Answer = {"code": self.code(code), "description": self.text(contract, code)}
        if self.follows("refused-transid", "has-transid"):
            answer["transid"] = transid or self.new_transid()
        if self.free("refusal-counts", "zero") and not (wrapped and self.follows("envelope", "wrapped")):
            answer |= {"TotalCount": 0, "SuccessCount": 0, "FailureCount": 0, "Results": []}
        return Reply.json(self.enveloped(answer) if wrapped else answer, self.http_status(contract, code))

    def queued(self, contract: str, job: Submission) -> Reply:
        """The answer to a request that was queued."""
        answer = self.enveloped(self.queued_answer(contract, job))
        return Reply.json(answer, 202 if self.follows("http-status", "202-queued") else 200)

    def queued_answer(self, contract: str, job: Submission) -> Answer:
        """What is said of a request that was queued."""
        answer: Answer = {
            "code": self.code(self.queued_code(job)),
            "description": self.queued_text(contract, job),
            "transid": job.transid,
        }
        form = self.freedom("flat-queued-counts")
        if self.follows("envelope", "wrapped") or form == "absent":
            return answer
        total = 0 if form == "zero" else len(job.records)
        answer |= {"TotalCount": total, "SuccessCount": total if form == "results" else 0, "FailureCount": 0}
        if form == "results":
            row = {"code": answer["code"], "description": answer["description"]}
            answer["Results"] = [{"customerId": record.customer_id, **row} for record in job.records]
        return answer

    def queued_code(self, job: Submission) -> str:  # noqa: ARG002 - faults look at the submission
        """The code of a queued request."""
        return self.reading("queued-code")

    def queued_text(self, contract: str, job: Submission) -> str:  # noqa: ARG002
        """The description of a queued request."""
        text = self.text(contract, TABLE_CODE)
        return {"case-insensitive": text.upper(), "free": FREE_TEXT}.get(self.reading("description-text"), text)

    def final(self, contract: str, outcome: Outcome) -> Reply:
        """The immediate answer to a request that is already finished."""
        answer = self.summary(contract, outcome)
        if self.follows("envelope", "wrapped") and self.free("inline-wrapped-answer", "short"):
            answer = {name: answer[name] for name in ("code", "description", "transid")}
        code = outcome.code or SUCCESS
        accepted = code in FINAL_TEXTS
        return Reply.json(self.enveloped(answer), 200 if accepted else self.http_status(contract, code))

    def status(self, contract: str, transid: str, outcome: Outcome | None) -> Reply:
        """The answer of the status call for a transid."""
        if outcome is None:
            return self.unknown_status(contract, transid)
        if outcome.code is None:
            return self.pending_status(contract, outcome)
        return Reply.json({**self.summary(contract, outcome), "transid": self.status_transid(outcome.transid)})

    def unknown_status(self, contract: str, transid: str) -> Reply:
        """The status of a transid that this tenant was never given."""
        if self.follows("unknown-transid", "404"):
            raise HttpError(404)
        return self.no_result(contract, transid)

    def no_result(self, contract: str, transid: str) -> Reply:
        """The answer that there is no result."""
        return self.refusal(contract, NO_RESULT, wrapped=False, transid=self.status_transid(transid))

    def status_transid(self, transid: str) -> str:
        """The transid in a status answer."""
        return self.new_transid() if self.follows("status-transid", "own-id") else transid

    def pending_status(self, contract: str, outcome: Outcome) -> Reply:
        """The status of a submission that still waits."""
        option = self.reading("pending-status")
        if option == "7600":
            if self.decider("pending-status", "unknown-transid") == "unknown-transid":
                return self.unknown_status(contract, outcome.transid)
            return self.no_result(contract, outcome.transid)
        answer: Answer = {
            "code": self.code(self.pending_code()),
            "description": self.text(contract, TABLE_CODE),
            "transid": self.status_transid(outcome.transid),
        }
        if option == "queued" and self.free("pending-results", "queued"):
            row = {"code": answer["code"], "description": answer["description"]}
            results = [{"customerId": customer, **row} for customer in self.waiting_customers(outcome.transid)]
            answer |= {"TotalCount": len(results), "SuccessCount": len(results), "FailureCount": 0, "Results": results}
        if option == "zero-counts":
            total = outcome.waiting if self.free("pending-counts", "total-known") else 0
            answer = {"TotalCount": total, "SuccessCount": 0, "FailureCount": 0, **answer, "Results": []}
            if self.free("pending-counts", "without-results"):
                del answer["Results"]
        return Reply.json(answer)

    def pending_code(self) -> str:
        """The code of a submission that still waits."""
        other = self.freedom("pending-code")
        return self.reading("queued-code") if other == "as-queued" else other

    def summary(self, contract: str, outcome: Outcome) -> Answer:
        """A finished submission: counts, overall code and one result per record."""
        code = outcome.code or SUCCESS
        return {
            **self.counts(outcome),
            "code": self.code(code),
            "description": self.final_text(contract, code),
            "transid": outcome.transid,
            "Results": [self.result(contract, each) for each in self.ordered(outcome.results)],
        }

    def ordered(self, results: Sequence[Result]) -> Sequence[Result]:
        """Results in the order in which they are listed."""
        order = self.freedom("results-order")
        if order == "by-customer":
            return sorted(results, key=lambda result: (result.customer_id, result.code))
        backwards = order == "reversed" or (order == "alternating" and self.turn())
        return results[::-1] if backwards else results

    def counts(self, outcome: Outcome) -> Answer:
        """How many records there were, succeeded and failed."""
        total = len(outcome.results)
        return {
            "TotalCount": total,
            "SuccessCount": outcome.successes,
            "FailureCount": total - outcome.successes,
        }

    def result(self, contract: str, result: Result) -> Answer:
        """What became of one record."""
        row: Answer = {
            "customerId": result.customer_id,
            "code": self.code(result.code),
            "description": self.final_text(contract, result.code),
        }
        form = self.freedom("result-descriptions")
        if form == "absent":
            del row["description"]
        elif form == "empty":
            row["description"] = ""
        if not result.customer_id and self.free("nameless-results", "absent"):
            del row["customerId"]
        return row

    def final_text(self, contract: str, code: str) -> str:
        """The description of a finished submission or record."""
        text = FINAL_TEXTS.get(code)
        if text is None:
            return self.text(contract, code)
        wording = self.freedom("final-wording")
        return text.lower() if wording == "lower" else f"Finished ({code})" if wording == "own" else text
