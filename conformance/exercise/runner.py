"""Runs one check and says what came of it; the same for pytest runs and for proving."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import hypothesis

from conformance.exercise.check import Check
from conformance.exercise.driver import Driver
from conformance.exercise.log import CheckLog, Failure, Unserved
from conformance.exercise.tidying import clean_up as tidied
from conformance.judge.verdicts import Failed, NotServed, Signal, Verdict

ATTEMPTS = 3  # runs of a check whose requests a gateway did not pass on


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What came of one check against one target.

    Attributes:
        check: id of the check.
        contract: id of the contract.
        target: name of the target.
        summary: what the check sends.
        bound: the requirements of this contract that it is there to decide, and those that it deepened.
        verdict: of the check as a whole.
        reason: why it is not passed.
        verdicts: of each requirement that it says something about.
        counts: judgements by requirement and verdict.
        failures: evidence, by requirement.
        boundaries: which boundaries were exercised, and how often.
        cases: generated or listed cases.
        exchanges: requests sent.
        waited_s: seconds spent waiting between polls.
        elapsed_s: seconds in all.
        answer_times: seconds of each answered request, by operation.
        left_behind: what could not be cleaned up.
        observations: informational findings, in words.
        unserved: why requests were not served, by the id of the refusal.
        lost: the bound requirements that were not tested because requests were not served, each with the id of the
            refusal.
    """

    check: str
    contract: str
    target: str
    summary: str
    bound: tuple[str, ...]
    verdict: Verdict
    reason: str
    verdicts: Mapping[str, Verdict]
    counts: Mapping[str, Mapping[str, int]]
    failures: Mapping[str, Failure]
    boundaries: Mapping[str, int]
    cases: int
    exchanges: int
    waited_s: float
    elapsed_s: float
    answer_times: Mapping[str, Sequence[float]]
    left_behind: tuple[str, ...]
    observations: tuple[str, ...] = ()
    unserved: Mapping[str, Unserved] = field(default_factory=dict)
    lost: Mapping[str, str] = field(default_factory=dict)


def run_check(check: Check, driver: Driver, *, clean_up: bool = True, last: bool = True) -> CheckResult:
    """Runs a check to its end, whatever the target does.

    A defect of the suite itself (an unexpected exception) is inconclusive, never a failure of the target.

    Args:
        check: what is run.
        driver: of the target.
        clean_up: whether what it creates is removed.
        last: whether no other check of the run comes after it.
    """
    bench = driver.bench
    bound = tuple(name for name in check.requirements if name in bench.contract.requirements)
    deepens = tuple(name for name in check.deepens if name in bench.contract.requirements)
    began, waited = time.monotonic(), bench.waited_s
    log = bench.log
    for attempt in range(ATTEMPTS):
        before, log = log, bench.begin(check.id, (*bound, *deepens), again=attempt > 0)
        if attempt:
            log.carry(before)
        ended, reason, passing = _run(check, driver, log)
        left = tidied(driver, log, last=last) if clean_up else ()
        if not passing or log.failures:
            break
    bound = (*bound, *_deepened(log, deepens, ended))
    verdicts = _verdicts(log, bound, ended)
    lost = _lost(log, bound, verdicts, ended)
    if log.bound & set(log.failures):
        ended, reason = Verdict.FAILED, _told(log)
    elif ended is Verdict.PASSED and lost:
        ended, reason = Verdict.NOT_TESTED, log.unserved[next(iter(lost.values()))].what
    elif ended is Verdict.PASSED and any(verdicts[name] is Verdict.INCONCLUSIVE for name in bound):
        silent = ", ".join(name for name in bound if verdicts[name] is Verdict.INCONCLUSIVE)
        ended, reason = Verdict.INCONCLUSIVE, f"nothing was judged of {silent}"
    return CheckResult(
        check=check.id,
        contract=bench.contract.id,
        target=bench.target.name,
        summary=check.summary,
        bound=bound,
        verdict=ended,
        reason=reason,
        verdicts=verdicts,
        counts={name: {str(v): n for v, n in counter.items()} for name, counter in log.counts.items()},
        failures=dict(log.failures),
        boundaries=dict(log.boundaries),
        cases=log.cases,
        exchanges=log.exchanges,
        waited_s=bench.waited_s - waited,
        elapsed_s=time.monotonic() - began,
        answer_times=dict(log.answer_times),
        left_behind=left,
        observations=tuple(dict.fromkeys(log.observations)),
        unserved=log.unserved,
        lost=lost,
    )


def _run(check: Check, driver: Driver, log: CheckLog) -> tuple[Verdict, str, bool]:
    """How a check ended, why, and whether another try may be served; passed says that it came to its end."""
    passing = False
    try:
        check.body(driver)
        log.settle_case()
        ended, reason = Verdict.PASSED, ""
    except Failed as failure:
        log.fail(failure.judgements, failure.trail, log.case)
        ended, reason = Verdict.FAILED, str(failure)
    except Signal as signal:
        ended, reason = signal.verdict, signal.reason
        if isinstance(signal, NotServed):
            log.lost_to, passing = signal.refusal, signal.passing
    except hypothesis.errors.HypothesisException as error:
        ended, reason = Verdict.INCONCLUSIVE, f"the suite could not generate cases: {error!r}"
    except Exception as error:
        ended, reason = Verdict.INCONCLUSIVE, f"a defect of the suite: {error!r}"
    return ended, reason, passing


def _told(log: CheckLog) -> str:
    """The failures of what a check is there to decide, in words."""
    failures = [failure.judgement for name, failure in log.failures.items() if name in log.bound]
    return "; ".join(f"{j.requirement}: {j.observed}; allowed: {j.allowed}" for j in failures)


def _deepened(log: CheckLog, deepens: tuple[str, ...], ended: Verdict) -> tuple[str, ...]:
    """The requirements of which a check showed more: nothing is lost with the others, which other checks decide."""
    if ended is Verdict.INCONCLUSIVE:
        return deepens
    came_to_its_end = ended is Verdict.PASSED and not log.lost_cases
    judged = log.passed() if came_to_its_end else {}
    return tuple(name for name in deepens if name in log.failures or judged.get(name))


def _verdicts(log: CheckLog, bound: tuple[str, ...], ended: Verdict) -> dict[str, Verdict]:
    """The verdict of each bound requirement, and of each other one that was broken.

    A failure takes no other requirement with it: what was judged all the same has its own verdict. Where it kept the
    check from its end, a defect of the suite included, what the others had still to show is not tested.
    """
    passed = log.passed()
    verdicts = dict.fromkeys(log.failures, Verdict.FAILED)
    after_failure = bool(log.bound & set(log.failures))
    for name in bound:
        if name in verdicts:
            continue
        if ended is Verdict.NOT_APPLICABLE:
            verdicts[name] = ended
        elif ended is not Verdict.PASSED:
            verdicts[name] = Verdict.NOT_TESTED if after_failure else ended
        elif passed.get(name) and not log.lost_cases:
            verdicts[name] = Verdict.PASSED
        else:
            verdicts[name] = Verdict.NOT_TESTED if after_failure or log.unserved else Verdict.INCONCLUSIVE
    return verdicts


def _lost(log: CheckLog, bound: tuple[str, ...], verdicts: Mapping[str, Verdict], ended: Verdict) -> dict[str, str]:
    """The requirements that refusals kept from being tested, each with the id of the refusal."""
    # A check that came to its end lost single cases, or whatever would have shown something.
    refusal = next(iter((*log.lost_cases, *log.unserved)), "") if ended is Verdict.PASSED else log.lost_to
    return {name: refusal for name in bound if refusal and verdicts[name] is Verdict.NOT_TESTED}
