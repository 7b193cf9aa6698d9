"""Runs one check and says what came of it; the same for pytest runs and for proving."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import hypothesis

from conformance.exercise.check import Check
from conformance.exercise.driver import Driver
from conformance.exercise.log import CheckLog, Failure
from conformance.judge.verdicts import Failed, Signal, Verdict


@dataclass(frozen=True, slots=True)
class CheckResult:
    """What came of one check against one target.

    Attributes:
        check: id of the check.
        contract: id of the contract.
        target: name of the target.
        summary: what the check sends.
        bound: the requirements of this contract that it is there to decide.
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
        observations: what is worth to know and no requirement demands, in words.
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


def run_check(check: Check, driver: Driver, *, clean_up: bool = True) -> CheckResult:
    """Runs a check to its end, whatever the target does.

    A defect of the suite itself (an unexpected exception) is inconclusive, never a failure of the target.
    """
    bench = driver.bench
    bound = tuple(name for name in check.requirements if name in bench.contract.requirements)
    log = bench.begin(check.id, bound)
    began, waited = time.monotonic(), bench.waited_s
    ended, reason = _run(check, driver, log)
    left = _clean_up(driver, log) if clean_up else ()
    if ended is Verdict.PASSED and log.bound & set(log.failures):
        ended, reason = Verdict.FAILED, "an answer to its clean-up"
    verdicts = _verdicts(log, bound, ended)
    if ended is Verdict.PASSED and any(verdicts[name] is Verdict.INCONCLUSIVE for name in bound):
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
    )


def _run(check: Check, driver: Driver, log: CheckLog) -> tuple[Verdict, str]:
    try:
        check.body(driver)
    except Failed as failure:
        log.fail(failure.judgements, failure.trail, log.case)
        return Verdict.FAILED, str(failure)
    except Signal as signal:
        broken = log.bound & set(log.failures)
        return (Verdict.FAILED, signal.reason) if broken else (signal.verdict, signal.reason)
    except hypothesis.errors.HypothesisException as error:
        return Verdict.INCONCLUSIVE, f"the suite could not generate cases: {error!r}"
    except Exception as error:
        return Verdict.INCONCLUSIVE, f"a defect of the suite: {error!r}"
    return Verdict.PASSED, ""


def _clean_up(driver: Driver, log: CheckLog) -> tuple[str, ...]:
    """Cleans up after a check, whatever the target does; says what may be left behind."""
    try:
        return tuple(driver.clean_up())
    except Failed as failure:
        log.fail(failure.judgements, failure.trail, log.case)
        return (f"what the clean-up had still to do: {failure}",)
    except Signal as signal:
        return (f"what the clean-up had still to do: {signal.reason}",)
    except Exception as error:
        return (f"what the clean-up had still to do: a defect of the suite: {error!r}",)


def _verdicts(log: CheckLog, bound: tuple[str, ...], ended: Verdict) -> dict[str, Verdict]:
    """The verdict of each bound requirement, and of each other one that was broken."""
    passed = log.passed()
    verdicts = dict.fromkeys(log.failures, Verdict.FAILED)
    for name in bound:
        if name in verdicts:
            continue
        if ended is Verdict.PASSED:
            verdicts[name] = Verdict.PASSED if passed.get(name) else Verdict.INCONCLUSIVE
        else:
            # The check ended early: what it had still to show about this requirement is not known.
            verdicts[name] = Verdict.INCONCLUSIVE if ended is Verdict.FAILED else ended
    return verdicts
