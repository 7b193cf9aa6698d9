"""Cleans up after a check or a probe, whatever the target does."""

from __future__ import annotations

from conformance.exercise.driver import Driver
from conformance.exercise.log import CheckLog
from conformance.judge.verdicts import Failed, Signal


def clean_up(driver: Driver, log: CheckLog) -> tuple[str, ...]:
    """Removes what was created; says what may be left behind."""
    try:
        return tuple(driver.clean_up())
    except Failed as failure:
        log.fail(failure.judgements, failure.trail, log.case)
        return (f"what the clean-up had still to do: {failure}",)
    except Signal as signal:
        return (f"what the clean-up had still to do: {signal.reason}",)
    except Exception as error:
        return (f"what the clean-up had still to do: a defect of the suite: {error!r}",)
