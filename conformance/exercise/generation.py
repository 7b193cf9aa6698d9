"""How Hypothesis is run against a target: seeded, without its explain phase, bounded while it shrinks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TypeVar
from unittest.mock import patch

import hypothesis
from hypothesis import HealthCheck, Phase, Verbosity
from hypothesis.internal.conjecture import providers
from hypothesis.internal.constants_ast import Constants
from hypothesis.reporting import with_reporter
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test
from hypothesis.strategies import SearchStrategy

from conformance.judge.verdicts import Failed, Signal

T = TypeVar("T")
SHRINK_CALLS = 150  # each call costs requests to somebody else's machine


def settings(examples: int, *, shrink: bool, steps: int = 50) -> hypothesis.settings:
    """Settings of a property that sends requests. The explain phase would multiply the requests of a failure."""
    return hypothesis.settings(
        max_examples=examples,
        stateful_step_count=steps,
        phases=[Phase.generate, Phase.shrink] if shrink else [Phase.generate],
        deadline=None,
        database=None,
        print_blob=False,
        report_multiple_bugs=False,
        verbosity=Verbosity.normal,
        suppress_health_check=list(HealthCheck),
    )


class Shrinking:
    """Bounds the calls that shrinking makes: past the bound only the best known counterexample still runs."""

    def __init__(self) -> None:
        self._best: str | None = None
        self._calls = 0

    def skips(self, shown: str) -> bool:
        """Whether a case is past the bound."""
        if self._best is None:
            return False
        self._calls += 1
        return self._calls > SHRINK_CALLS and shown != self._best

    def failed(self, shown: str) -> None:
        """Remembers a failing case; Hypothesis only ever tries simpler ones."""
        self._best = shown


def run_property(
    strategy: SearchStrategy[T], case: Callable[[T], None], *, seed: int, settings: hypothesis.settings
) -> None:
    """Runs a property to its end, silently.

    Raises:
        Failed: with the smallest counterexample found.
        Signal: the check ended early.
    """
    test = hypothesis.seed(seed)(settings(hypothesis.given(strategy)(case)))
    _run(test)


def run_machine(
    factory: type[RuleBasedStateMachine], *, seed: int, settings: hypothesis.settings
) -> tuple[Failed | None, str]:
    """Runs a state machine to its end, silently.

    Returns:
        The failure with the steps that lead to it as text, or None and "".
    """
    seeded = hypothesis.seed(seed)(factory)
    try:
        _run(lambda: run_state_machine_as_test(seeded, settings=settings))
    except Failed as failure:
        notes: list[str] = getattr(failure, "__notes__", [])
        return failure, "\n".join(line for note in notes for line in note.splitlines() if "state." in line)
    return None, ""


def _silence(_: object) -> None:
    """Takes what Hypothesis would print; the counterexample is told in the report of the run."""


@contextmanager
def _without_constants_of_modules() -> Iterator[None]:
    """Keeps Hypothesis from drawing constants that it finds in the source of whatever modules are loaded.

    With them the same seed sends other requests after another import, and from a checkout others than from a wheel.
    There is no setting for it; where a release of Hypothesis has other insides, nothing is changed.
    """
    cache = getattr(providers, "CONSTANTS_CACHE", None)
    if cache is None or not hasattr(providers.HypothesisProvider, "_local_constants"):
        yield
        return
    with (
        patch.object(providers.HypothesisProvider, "_local_constants", Constants()),
        patch.object(providers, "CONSTANTS_CACHE", type(cache)(cache.max_size)),
    ):
        yield


def _run(test: Callable[[], object]) -> None:
    try:
        with with_reporter(_silence), _without_constants_of_modules():
            test()
    except hypothesis.errors.FlakyFailure as flaky:
        # It was seen, though it did not repeat: what was seen is what is reported.
        seen = [e for e in flaky.exceptions if isinstance(e, Failed | Signal)]
        if not seen:
            raise
        raise seen[0] from None
