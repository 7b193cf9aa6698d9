"""The fixture that checks are given."""

from __future__ import annotations

import pytest

from conformance.exercise.driver import Driver
from conformance.plugin.suite import SUITE


@pytest.fixture(scope="session")
def driver(request: pytest.FixtureRequest) -> Driver | None:
    """The driver of one target; None where it cannot be reached."""
    place = request.config.stash[SUITE].places[request.param]
    return place.driver if place.briefing.reachable else None
