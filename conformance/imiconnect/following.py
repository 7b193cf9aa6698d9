"""Judges status answers: pending or final, and whether a final one agrees with its request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from enum import StrEnum

import specs
from conformance.imiconnect.answered import Answered, Result
from conformance.imiconnect.asked import Ask
from conformance.imiconnect.assigning import assign
from conformance.imiconnect.codes import (
    ACCEPTED,
    BAD_KEY,
    MISSING,
    NO_KEY,
    NO_RESULT,
    QUEUED,
    QUEUED_EXAMPLE,
    REFUSALS,
    SUCCESS,
)
from conformance.imiconnect.findings import Findings
from conformance.imiconnect.folding import Folding
from conformance.imiconnect.outcomes import Outcomes
from conformance.imiconnect.records import RecordRule
from conformance.imiconnect.submitting import judge_conditions
from conformance.imiconnect.world import Submission

SHOWN = 60


class Stage(StrEnum):
    """What a status answer says."""

    NO_RESULT = NO_RESULT
    QUEUED = "queued"
    ZERO_COUNTS = "zero-counts"
    FINAL = "final"
    REFUSED = "refused"


def stage_of(answered: Answered, *, empty: bool = False) -> Stage:
    """What a status answer says.

    Args:
        answered: the answer.
        empty: whether the request had no records, so that counts of zero may be final: the words then tell.
    """
    counted = answered.total is not None or answered.results is not None
    said = (answered.description or "").casefold()
    queued = answered.code == QUEUED_EXAMPLE or (answered.code == SUCCESS and said == "queued")
    if answered.code == NO_RESULT or (answered.code is None and answered.status == 404):
        return Stage.NO_RESULT
    if answered.code is None:
        return Stage.REFUSED
    if counted and not answered.successes and not answered.failures and not answered.results:
        if answered.code in REFUSALS:
            return Stage.REFUSED
        return Stage.ZERO_COUNTS if queued or not empty else Stage.FINAL
    # Pages show counts and results of records that are still queued, counted as success.
    if queued or (not counted and answered.code in QUEUED and said != "success"):
        return Stage.QUEUED
    return Stage.FINAL if counted or answered.code in ACCEPTED else Stage.REFUSED


class Following:
    """Judges the status calls of one contract and hands outcomes on to be remembered."""

    def __init__(self, contract: specs.Contract, outcomes: Outcomes, folding: Folding) -> None:
        self._contract = contract
        self._outcomes = outcomes
        self._may = outcomes.may
        self._folding = folding

    def judge(self, ask: Ask, answered: Answered, number: int, findings: Findings) -> None:
        """What a status answer says; then remembers it."""
        submission = self._folding.world.submissions.get(ask.transid)
        stage = stage_of(answered, empty=submission is not None and submission.size == 0)
        shows = stage in (Stage.FINAL, Stage.QUEUED, Stage.ZERO_COUNTS)
        if judge_conditions(ask.conditions, answered, findings, succeeded=shows) or ask.conditions:
            return
        if submission is None:
            self._unknown(ask, answered, stage, findings)
        elif ask.tenant is not submission.tenant:
            observed = f"another tenant's key shows {answered.shown()}"
            findings.that("tenant-isolation", not shows, observed, "nothing of the request")
        elif not submission.surely and stage is not Stage.FINAL:
            self._folding.not_taken(ask.transid, submission, number)
        else:
            self._of_submission(ask, submission, answered, stage, number, findings)

    def _unknown(self, ask: Ask, answered: Answered, stage: Stage, findings: Findings) -> None:
        """A transid that no accepted request has; it may still be one of another run."""
        if ask.transid in self._folding.world.refused:
            good = answered.code not in ACCEPTED or stage is Stage.QUEUED
            findings.that("refusal-changes-nothing", good, answered.shown(), "no success for a refused request")

    def _of_submission(
        self, ask: Ask, submission: Submission, answered: Answered, stage: Stage, number: int, findings: Findings
    ) -> None:
        if not submission.judged:
            if stage is Stage.FINAL and submission.final is None:
                self._final(submission, answered, number, Findings(self._contract))
            return
        if stage is not Stage.REFUSED:
            findings.passed("key-header")
        self._transid(ask, answered, stage, findings)
        if submission.final is not None:
            self._again(answered, submission.final, findings)
        elif stage is Stage.FINAL:
            self._final(submission, answered, number, findings)
        elif stage is Stage.REFUSED or (answered.code is None and not self._may("unknown-transid", "404")):
            findings.failed("outcome-reached", answered.shown(), "a final outcome, or that there is none yet")
            if answered.code in (BAD_KEY, NO_KEY):
                findings.failed("key-header", answered.shown(), "the right key opens the API")
        else:
            self._pending(submission, answered, stage, findings)

    def _transid(self, ask: Ask, answered: Answered, stage: Stage, findings: Findings) -> None:
        if stage is not Stage.FINAL:
            return
        own_id = self._may("status-transid", "own-id")
        good = bool(answered.transid) if own_id else answered.transid == ask.transid
        findings.that("outcome-names-request", good, f"transid {answered.transid!r}", f"transid {ask.transid!r}")

    def _pending(self, submission: Submission, answered: Answered, stage: Stage, findings: Findings) -> None:
        allowed = self._outcomes.pending()
        # Whoever counts what is still queued counts none where there are no records.
        alike = {Stage.QUEUED, Stage.ZERO_COUNTS}
        stages = alike if submission.size == 0 and stage in alike else {stage}
        findings.that(
            "pending-status",
            self._may("processing", "inline") or not allowed.isdisjoint(map(str, stages)),
            answered.shown(),
            f"pending as {' or '.join(sorted(allowed))}",
        )

    def _again(self, answered: Answered, final: Answered, findings: Findings) -> None:
        same = _essence(answered) == _essence(final)
        findings.that("outcome-repeatable", same, answered.shown(), f"as before: {final.shown()}")
        if not same:
            # What changes was not finished, though it was reported as final.
            findings.failed("pending-status", f"{final.shown()}, later {answered.shown()}", "no outcome before the end")

    def _final(self, submission: Submission, answered: Answered, number: int, findings: Findings) -> None:
        submission.final = answered
        findings.passed("outcome-reached")
        results = answered.results
        self._counts(submission, answered, findings)
        if results is None:
            findings.failed("outcome-per-record", "no results", f"{submission.size} results")
            known = SUCCESS if answered.code == SUCCESS and submission.size == 1 else None
            self._folding.finished(submission, [known] * submission.size, number)
            return
        for rule in submission.rules:
            if rule.undone:
                rule.results |= {result.code for result in results if result.code not in (None, SUCCESS)}
        codes = self._match(submission, results, findings)
        self._overall(submission, answered, results, findings)
        self._records(submission, codes, findings)
        self._refused_repetition(submission, results, findings)
        self._folding.finished(submission, codes, number)

    def _counts(self, submission: Submission, answered: Answered, findings: Findings) -> None:
        """Counts hide no failure; that they add up is an inference that public examples break, and worth a note."""
        results = answered.results or ()
        succeeded = sum(result.code == SUCCESS for result in results)
        failed = len(results) - succeeded
        total, successes, failures = answered.total, answered.successes, answered.failures
        if (failed and failures is not None) or (results and not succeeded and successes is not None):
            findings.that(
                "outcome-counts",
                failures != 0 and (bool(succeeded) or not successes),
                f"{answered.shown()} with {len(results)} results, {succeeded} of them success",
                "no success where every record failed, and failures where some did",
            )
        fits = total in submission.sizes and (total, successes, failures) == (len(results), succeeded, failed)
        if not fits:
            findings.note(f"status: the counts of an outcome {'do not add up' if total is not None else 'are missing'}")

    def _match(self, submission: Submission, results: tuple[Result, ...], findings: Findings) -> list[str | None]:
        """The code of each record; None where its customer has several and their results fit them in several ways."""
        waiting: dict[str | None, list[str | None]] = {}
        for result in results:
            waiting.setdefault(result.customer or None, []).append(result.code)
        processed = len(results) if len(results) in submission.sizes else submission.size
        codes: list[str | None] = [None] * submission.size
        missing = []
        groups = _places(submission.rules[:processed])
        for customer, places in sorted(groups.items(), key=lambda group: group[0] is not None):
            found = waiting.pop(customer, [])
            while customer is None and len(found) < len(places) and (named := self._unasked(waiting, submission)):
                found += waiting.pop(named)
            if len(found) < len(places) and any(submission.rules[place].unnamed for place in places):
                found += waiting.pop(None, [])
            if len(found) < len(places):
                missing.append(customer or "without id")
            assigned = assign([submission.rules[place].results for place in places], found[: len(places)])
            for place, code in zip(places, assigned, strict=True):
                codes[place] = code
            if found[len(places) :]:
                left_over = None if submission.rules[places[0]].unnamed else customer
                waiting.setdefault(left_over, []).extend(found[len(places) :])
        left = [f"{key}" for key, rows in waiting.items() for _ in rows]
        observed = f"{len(results)} results" + (f", none for {missing[:3]}" if missing else "")
        observed += f", unasked ones for {left[:3]}" if left else ""
        findings.that(
            "outcome-per-record",
            not missing and not left and len(results) in submission.sizes,
            observed,
            f"one result for each of {submission.size} records",
        )
        return codes

    def _unasked(self, waiting: Iterable[str | None], submission: Submission) -> str | None:
        """A name under which results stand and that no record has."""
        return next((key for key in waiting if key is not None and self._stranger(key, submission)), None)

    def _stranger(self, customer: str | None, submission: Submission) -> bool:
        """Whether a result's customer is none of those that the records name."""
        return customer is None or all(rule.customer != customer for rule in submission.rules)

    def _overall(
        self, submission: Submission, answered: Answered, results: tuple[Result, ...], findings: Findings
    ) -> None:
        allowed = self._outcomes.of_results([r.code or "" for r in results], updates=not submission.creates)
        shown = " or ".join(sorted(allowed)) if len(allowed) < SHOWN else "a failure"
        counted = Counter(result.code for result in results).most_common(4)
        findings.that("outcome-code", answered.code in allowed, f"code {answered.code} for results {counted}", shown)

    def _records(self, submission: Submission, codes: list[str | None], findings: Findings) -> None:
        for rule, code in zip(submission.rules, codes, strict=True):
            if code is None:
                continue
            good = code in rule.results
            wanted = " or ".join(sorted(rule.results)[:4])
            for requirement in rule.requirements:
                findings.that(requirement, good, f"a record fails or succeeds with {code}", wanted)
            if not good:
                requirements = list(_blamed(rule, code, submission))
                findings.all_failed(requirements, f"a record has code {code}", wanted)

    def _refused_repetition(self, submission: Submission, results: tuple[Result, ...], findings: Findings) -> None:
        refused = not self._may("repeated-customer", "last-wins", "first-wins")
        for customer, places in _places(submission.rules).items():
            if customer is None or len(places) < 2 or len(results) != submission.size:
                continue
            own = [result.code for result in results if result.customer == customer]
            findings.that(
                "repeated-customer",
                not refused or any(code != SUCCESS for code in own),
                f"all {len(own)} records of a customer succeed",
                f"{MISSING} or a refusal of the repetition",
                "repeated-customer=refused" if refused else None,
            )


def _places(rules: Sequence[RecordRule]) -> dict[str | None, list[int]]:
    """Where each customer stands; None for records whose customer cannot be told."""
    places: dict[str | None, list[int]] = {}
    for place, rule in enumerate(rules):
        places.setdefault(rule.customer, []).append(place)
    return places


def _blamed(rule: RecordRule, code: str, submission: Submission) -> list[str]:
    """What a record's wrong code says something about."""
    if rule.requirements:
        return []
    if code == SUCCESS:
        return ["outcome-true"]
    blamed = ["body-grammar"]
    blamed += ["batch-processed-whole"] if submission.size > 1 else []
    blamed += ["channel-profiles"] if "channel" in rule.effects else []
    for effect in rule.effects.values():
        blamed += effect.requirements
    return blamed


def _essence(answered: Answered) -> tuple[object, ...]:
    rows = Counter((result.customer, result.code) for result in answered.results or ())
    return answered.code, answered.total, answered.successes, answered.failures, rows
