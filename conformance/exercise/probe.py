"""Probes: few single-fault requests that learn which reading a target follows."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from conformance.exercise.driver import Driver
from conformance.exercise.tidying import clean_up as tidied
from conformance.judge.verdicts import NotServed, Signal
from conformance.session.exchange import Exchange

ATTEMPTS = 3  # runs of a probe whose requests a gateway did not pass on

Ask = Callable[[Any], str | None]


@dataclass(frozen=True, slots=True)
class Probe:
    """Asks about one reading; returns an option id, or None where it cannot be told."""

    reading: str
    ask: Ask


@dataclass(frozen=True, slots=True)
class Observation:
    """What a probe learned, and the last exchange that shows it."""

    reading: str
    option: str | None
    note: str
    exchange: Exchange | None


def probe(reading: str) -> Callable[[Ask], Probe]:
    """Makes a function that takes a driver into the probe of a reading."""
    return lambda ask: Probe(reading, ask)


def learn(
    driver: Driver, probes: Iterable[Probe], *, clean_up: bool = True, left: list[str] | None = None
) -> list[Observation]:
    """Runs probes in order and holds the target to what they find.

    A probe is only run where its contract has the reading; later probes may rely on earlier ones.

    Args:
        driver: of the target.
        probes: in the order in which they ask.
        clean_up: whether what they create is removed.
        left: gains what could not be removed, in words.
    """
    observations = []
    left = [] if left is None else left
    bench = driver.bench
    for each in probes:
        if each.reading not in driver.contract.readings:
            continue
        for attempt in range(ATTEMPTS):
            log = bench.begin(f"probe.{each.reading}", (), again=attempt > 0)
            option, note, passing = None, "the answers fit none of the options, or several", False
            try:
                option = each.ask(driver)
            except Signal as signal:
                note, passing = signal.reason, isinstance(signal, NotServed) and signal.passing
            except Exception as error:
                note = f"a defect of the suite: {error!r}"
            if not passing:
                break
        if option is not None:
            driver.readings.learn(each.reading, option)
            note = ""
        observations.append(Observation(each.reading, option, note, log.trail[-1] if log.trail else None))
        if clean_up:
            left += tidied(driver, log)
    if clean_up:
        left += tidied(driver, bench.log, last=True)
    return observations
