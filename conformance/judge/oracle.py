"""The base of every vendor's oracle."""

from __future__ import annotations

from abc import ABC, abstractmethod

import specs
from conformance.judge.readings import Readings
from conformance.judge.verdicts import Judgement
from conformance.session.exchange import Exchange
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
        """
