"""The base of every vendor's oracle."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import specs
from conformance.judge.readings import Readings
from conformance.judge.verdicts import Judgement
from conformance.session.exchange import Answer, Exchange, Request
from conformance.target.model import Target


class Oracle(ABC):
    """Judges exchanges of one contract; no I/O, no clock, no randomness.

    It is shown every exchange once, in the order in which the answers came, whoever sent it, and keeps as
    history what it needs of them. The same exchanges always give the same judgements.
    """

    def __init__(self, contract: specs.Contract, target: Target, readings: Readings) -> None:
        self.contract = contract
        self.target = target
        self.readings = readings

    @abstractmethod
    def judge(self, exchange: Exchange) -> list[Judgement]:
        """What this exchange says about the requirements; then remembers it.

        Decides from the bytes of the request and the answer alone. Where the history does not tell what the
        state of the target was (data that this run did not make), every outcome of a legal state is allowed.
        Companion operations are judged by requirements of their own or not at all.
        """

    def own_answer(self, exchange: Exchange) -> bool:  # noqa: ARG002 - a contract without such statuses needs no look
        """Whether the contract gives an answer of this status and form to the request; changes nothing.

        Asked before `judge`, and only of statuses that gateways and proxies answer with too, such as 401 or 413. Where
        it is not the contract's own answer, the exchange is judged as one without an answer (`Trouble.REFUSED`).
        """
        return False

    def again(self, request: Request) -> Request | None:
        """A request that asks once more what another asked; None where that cannot be asked twice. Decides nothing."""
        return request

    def limited(self, answer: Answer) -> bool:  # noqa: ARG002 - most contracts have no such words
        """Whether a body says that there were too many requests, whatever the status; changes nothing.

        Such a request is sent again after a while, as after a 429; at the end it was not served.
        """
        return False

    def judge_overlapping(self, exchanges: Sequence[Exchange]) -> list[Judgement]:
        """What exchanges that overlapped in time say about the requirements, whatever order they took effect in.

        Decides what holds for each of them by itself. Afterwards the history holds nothing of what any of them may
        have changed, so that nobody is accused of an order that was never known.

        Args:
            exchanges: in the order in which the answers came; every other exchange lies before or after all of them.

        Raises:
            NotImplementedError: this oracle judges one exchange after another only.
        """
        raise NotImplementedError(f"the oracle of {self.contract.id} judges one exchange after another")
