"""Whether the target serves requests at all; what it refuses to serve is never judged as an answer."""

from __future__ import annotations

from conformance.judge.oracle import Oracle
from conformance.judge.refusal import refusal_of
from conformance.judge.verdicts import NotServed
from conformance.session.exchange import Exchange
from specs.refusals import Refusal

LASTING = 3  # refusals in a row that mean that nothing will be served any more
LASTING_PASSING = 8  # ... where each might have been the last


class Serving:
    """Tells refusals from answers, and gives a target up that has stopped serving.

    Args:
        oracle: knows which answers the contract itself gives.
    """

    def __init__(self, oracle: Oracle) -> None:
        self._oracle = oracle
        self._in_a_row = 0
        self._stopped: Refusal | None = None

    def ask(self) -> None:
        """Raises NotServed where the target has stopped serving: nothing is sent to it any more."""
        if self._stopped is not None:
            raise NotServed(f"not served any more: {self._stopped.what}", refusal=self._stopped.id)

    def refusal(self, exchange: Exchange) -> Refusal | None:
        """The kind of refusal that an answer is, or None for an answer of the operation."""
        limited = exchange.answer is not None and self._oracle.limited(exchange.answer)
        refusal = refusal_of(exchange, limited=limited)
        if refusal is not None and not refusal.always and self._oracle.own_answer(exchange):
            refusal = None
        if refusal is None:
            self._in_a_row = 0
        elif refusal.lasting:
            self._in_a_row += 1
            if self._in_a_row >= (LASTING_PASSING if refusal.passing else LASTING):
                self._stopped = refusal
        return refusal
