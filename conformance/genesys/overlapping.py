"""Judges exchanges that overlapped in time, of which nobody knows the order in which they took effect."""

from __future__ import annotations

from collections.abc import Iterable

from conformance.genesys.asked import Asked, Reader
from conformance.genesys.finding import by_reading
from conformance.genesys.invariants import Invariants
from conformance.genesys.queries import Verdicts
from conformance.genesys.update_rules import ADDRESS, UpdateRules, told
from conformance.genesys.world import World, changed_unknowably
from conformance.judge.readings import Readings
from conformance.judge.verdicts import Judgement
from conformance.session.exchange import Answer, Exchange, Request

# With which statuses a conflict with another update is refused, by option of the reading concurrent-updates.
CONFLICTS = {"conflict": (409, 412)}
TOO_MUCH_AT_ONCE = (429, 503)


class Overlapping:
    """Decides what holds in any order: statuses, bodies and headers of answers, and whether a refusal has a reason."""

    def __init__(
        self, readings: Readings, world: World, reader: Reader, rules: UpdateRules, invariants: Invariants
    ) -> None:
        self.readings = readings
        self.world = world
        self.reader = reader
        self.rules = rules
        self.invariants = invariants

    def judge(self, exchanges: Iterable[Exchange]) -> list[Judgement]:
        """Judges each exchange by itself; nothing is known afterwards of the customers whom they name."""
        found = [(exchange, self.reader.read(exchange.request)) for exchange in exchanges]
        self._forget(asked for _, asked in found)
        judgements: list[Judgement] = []
        for exchange, asked in found:
            verdicts = Verdicts()
            answer = exchange.answer
            self.invariants.disclosure(verdicts, exchange)
            if not exchange.request.plain and (answer is None or answer.status not in TOO_MUCH_AT_ONCE):
                self.invariants.judge(verdicts, exchange, asked)
                if answer is not None and asked.operation == "update":
                    self._update(verdicts, exchange.request, answer, asked)
            judgements += verdicts.all()
        return judgements

    def _forget(self, many: Iterable[Asked]) -> None:
        for asked in many:
            name = asked.customer
            if name is None or asked.operation == "query":
                continue
            customer = self.world.get(name)
            if asked.operation == "update" and customer is not None:
                changed_unknowably(customer)
                self.world.touched(name)
            else:
                self.world.forget(name)

    def _update(self, verdicts: Verdicts, request: Request, answer: Answer, asked: Asked) -> None:
        if not 200 <= answer.status < 500 or 300 <= answer.status < 400:
            return
        ruling = self.rules.update(request, asked)
        conditions = ruling.conditions
        conditions += by_reading(
            self.readings, "concurrent-updates", CONFLICTS, ADDRESS, "another update overlaps", accept=True
        )
        must = [condition for condition in conditions if not condition.accept]
        observed = f"status {answer.status}"
        if answer.status < 300:
            for condition in must:
                verdicts.fails(condition.requirement, observed, told([condition]), condition.reading)
            if not must and self.world.get(asked.customer) is not None:
                self.invariants.success(verdicts, answer, asked, created=False)
        elif any(answer.status in condition.statuses for condition in conditions):
            verdicts.passes(*(c.requirement for c in must if answer.status in c.statuses))
        elif must:
            verdicts.fails(must[0].requirement, observed, told(conditions), must[0].reading)
        else:
            verdicts.fails(ADDRESS, observed, told(conditions))
