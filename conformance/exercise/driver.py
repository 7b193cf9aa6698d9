"""The base of every vendor's driver: how to speak the API, set data up, observe and clean up."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from conformance.exercise.bench import Bench
from conformance.exercise.freshness import Staleness
from conformance.exercise.preflight import Attempt
from conformance.judge.verdicts import NotTested
from conformance.ledger.compare import Compared
from conformance.session.exchange import Exchange, Request


class Driver(ABC):
    """Speaks one vendor's API to one target. Checks and probes are given a driver and nothing else."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.contract = bench.contract
        self.target = bench.target
        self.readings = bench.readings

    def send(self, request: Request) -> Exchange:
        """Sends a request and has its answer judged, see `Bench.send`.

        Raises:
            NotTested: it would delete what the target file lends; nothing is sent.
        """
        if self.deletes_lent(request):
            raise NotTested("it would delete a profile that the target file lends")
        return self.bench.send(request)

    def deletes_lent(self, request: Request) -> bool:  # noqa: ARG002 - an API without deletions needs no look
        """Whether a request deletes a profile that the run did not create; no check may send one."""
        return False

    @abstractmethod
    def greet(self) -> Exchange:
        """One harmless, authenticated request whose answer shows that the target is there."""

    def preflight(self) -> Iterator[Attempt]:
        """Plainly valid requests, one for each credential and operation, the safest first; ten at most in all.

        Nothing in them changes a profile that the run did not create; what they create they delete. A request that the
        API itself answers as valid has succeeded, whatever it finds.
        """
        exchange = self.greet()
        answer = exchange.answer
        yield Attempt("a harmless request", "", exchange, answer is not None and answer.status < 300)

    def freshness(self) -> Staleness | None:
        """Whether a read shows at once what was written to a profile of the run's own; None where it does.

        Returns:
            The first read that lagged behind, and for how long; None also where it cannot be told.
        """
        return None

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

    def finish(self) -> Sequence[str]:
        """Removes what was kept for later checks; called after the last one of a run.

        Returns:
            What could not be removed, in words.
        """
        return ()

    # What the restore ledger asks for; `conformance.ledger` says when. Profiles are in a form of the vendor's own
    # that JSON can hold. A Signal where it cannot be told.

    def lent_ids(self) -> Sequence[str]:
        """Ids of every profile that the target file names and the run did not create."""
        return ()

    def read_lent(self, name: str) -> Any:
        """A profile, whole; None where the target has no such profile."""
        raise NotImplementedError(f"{type(self).__name__} lends {name} and cannot read it")

    def settle_lent(self, originals: Mapping[str, Any]) -> None:  # noqa: B027 - most APIs do at once what they say
        """Waits until what was sent before has been worked off.

        Args:
            originals: every lent profile as it was, by id.
        """

    def write_lent(self, name: str, was: Any, now: Any) -> Sequence[str]:
        """Makes a profile what it was, as far as the API can.

        Args:
            name: id of the profile.
            was: the profile as it was.
            now: as it is, or None where that is not known.

        Returns:
            What was refused, in words.
        """
        raise NotImplementedError(f"{type(self).__name__} lends {name} and cannot write it")

    def compare_lent(self, was: Any, now: Any) -> Compared:
        """What is not as it was, without the members that the system owns."""
        raise NotImplementedError(f"{type(self).__name__} cannot compare profiles")
