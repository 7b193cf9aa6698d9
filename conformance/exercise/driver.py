"""The base of every vendor's driver: how to speak the API, set data up, observe and clean up."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from conformance.exercise.bench import Bench
from conformance.session.exchange import Exchange, Request


class Driver(ABC):
    """Speaks one vendor's API to one target. Checks and probes are given a driver and nothing else."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.contract = bench.contract
        self.target = bench.target
        self.readings = bench.readings

    def send(self, request: Request) -> Exchange:
        """Sends a request and has its answer judged, see `Bench.send`."""
        return self.bench.send(request)

    @abstractmethod
    def greet(self) -> Exchange:
        """One harmless, authenticated request whose answer shows that the target is there."""

    @abstractmethod
    def adapt(self, request: Request) -> Request | None:
        """A request generated from the OpenAPI document alone, with this target's credentials and ids put in.

        Only values that are valid where they stand are replaced: what is wrong in it stays wrong.

        Returns:
            The request, or None where it must not be sent: it could touch what the run did not create.
        """

    @abstractmethod
    def clean_up(self) -> Sequence[str]:
        """Removes what the check created; called after each check.

        Returns:
            What could not be removed, in words.
        """
