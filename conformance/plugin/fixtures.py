"""The fixture that checks are given."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from conformance.exercise.driver import Driver
from conformance.exercise.tidying import clean_up
from conformance.plugin.suite import SUITE


@pytest.fixture(scope="session")
def driver(request: pytest.FixtureRequest) -> Iterator[Driver | None]:
    """The driver of one target; None where it cannot be reached.

    What a run that was interrupted had kept for later checks is removed at its end.
    """
    place = request.config.stash[SUITE].places[request.param]
    if not place.briefing.reachable:
        yield None
        return
    yield place.driver
    clean_up(place.driver, place.driver.bench.log, last=True)
