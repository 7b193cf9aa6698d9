"""What several checks send and look for."""

from __future__ import annotations

import json

from conformance.fiserv.driver import Driver, User, answered_of
from conformance.fiserv.probes.asking import renamed
from conformance.judge import NotTested
from conformance.session.exchange import Exchange
from strategies.fiserv.schema import Content
from strategies.fiserv.wire import Format

SELDOM = 6  # of so many requests that must change nothing, one is followed by a read


def need_own(driver: Driver) -> User:
    """The user of this check, made by the run. Raises NotTested where users are lent."""
    if not driver.me.ours:
        raise NotTested(
            "users are lent, and what is sent here is for users of the run's own",
            "give an administrator who may create and delete users",
        )
    return driver.me


def shows(profile: Content | None, mark: str) -> bool:
    """Whether a mark stands anywhere in a profile."""
    return mark in json.dumps(profile, ensure_ascii=False)


def in_turn(driver: Driver, number: int) -> Format:
    """One of the formats, another for each number."""
    return driver.formats[number % len(driver.formats)]


def right_after(driver: Driver, mark: str, format_: Format | None = None) -> bool:
    """Whether a right update of the user of this check succeeds; the oracle judges it, too."""
    answered = driver.change(driver.me, renamed(driver, mark), format_)
    return answered is not None and answered.succeeded


def succeeded(exchange: Exchange) -> bool:
    """Whether an update was answered with 0."""
    answered = answered_of(exchange)
    return answered is not None and answered.succeeded
