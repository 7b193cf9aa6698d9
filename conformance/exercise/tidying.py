"""Cleans up after a check or a probe, whatever the target does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from conformance.exercise.log import CheckLog
from conformance.judge.verdicts import Failed, Signal

if TYPE_CHECKING:
    from conformance.exercise.driver import Driver


def clean_up(driver: Driver, log: CheckLog, *, last: bool = False) -> tuple[str, ...]:
    """Removes what was created; says what may be left behind.

    Args:
        driver: of the target.
        log: of the check or the probe.
        last: whether nothing comes after it, so that nothing is to be kept.
    """
    try:
        return (*driver.clean_up(), *(driver.finish() if last else ()))
    except Failed as failure:
        log.fail(failure.judgements, failure.trail, log.case)
        return (f"the clean-up was not finished: {failure}",)
    except Signal as signal:
        return (f"the clean-up was not finished: {signal.reason}",)
    except Exception as error:
        return (f"the clean-up was not finished: a defect of the suite: {error!r}",)
