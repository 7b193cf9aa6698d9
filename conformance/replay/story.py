"""What must be sent so that a counterexample is the same again: what led to it, it, and the clean-up after it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby

import specs
from conformance.replay.names import Names
from conformance.replay.words import SHORTEST, essence, given_words, sent_words
from conformance.session.exchange import Exchange
from conformance.session.leaves import Place

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
CLEAN_UP = "clean-up"
GENERAL = 20  # requests about the target as a whole that are sent first
WIDTHS = (0, 2, 4, 8, 16, 32, 64, 400)  # how many exchanges before the counterexample may be needed

Accuses = Callable[[Sequence[Exchange], int], bool]


@dataclass(frozen=True, slots=True)
class Step:
    """One request to send again.

    Attributes:
        exchange: as it was recorded.
        in_trail: whether it belongs to the counterexample.
        prepares: whether it makes what the counterexample is about, so that its answer must be as it was.
        polled_s: how long it was asked again and again.
    """

    exchange: Exchange
    in_trail: bool
    prepares: bool
    polled_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Story:
    """One counterexample with all that belongs to it.

    Attributes:
        steps: what to send.
        after: cleans up; may fail.
        names: what the run made up.
        given: values that the target gave and that later requests have: number of the exchange and places.
    """

    steps: tuple[Step, ...]
    after: tuple[Exchange, ...]
    names: frozenset[str]
    given: Mapping[int, Mapping[str, Place]]


@dataclass(slots=True)
class _Graph:
    """Which exchange needs which."""

    uses: dict[int, set[str]] = field(default_factory=dict)
    giver: dict[str, tuple[int, Place]] = field(default_factory=dict)


class Teller:
    """Puts stories together.

    Args:
        contract: of the target.
        journal: every exchange of the run by number; empty where only the record is left.
        names: finds the names that the check made up.
        fixed: values of the target file.
    """

    def __init__(
        self, contract: specs.Contract, journal: Mapping[int, Exchange], names: Names, fixed: Iterable[str]
    ) -> None:
        self._contract = contract
        self._journal = journal
        self._names = names
        self._fixed = frozenset(fixed)

    def tell(self, trail: Sequence[Exchange], accuses: Accuses) -> Story | None:
        """The shortest story that shows the failure to the oracle alone, or None where none does.

        Args:
            trail: the recorded counterexample.
            accuses: whether the oracle, shown these recorded exchanges, sees the failure from a number on.
        """
        first, check = trail[0].number, trail[0].check
        before = [e for e in self._journal.values() if e.check == check and e.number < first]
        general = self._general(first)
        graph = self._graph([*general, *before, *trail])
        wanted = frozenset[str]().union(*(self._names.made(e.request) for e in trail))
        related = [e for e in before if self._names.made(e.request) & wanted]
        tried: set[tuple[int, ...]] = set()
        for earlier in (*(related[-width:] if width else [] for width in WIDTHS), before[-WIDTHS[-1] :]):
            prelude = self._closed([*earlier, *trail], before, graph)
            exchanges = sorted({e.number: e for e in [*general, *prelude]}.values(), key=lambda e: e.number)
            key = tuple(e.number for e in exchanges)
            if key not in tried and accuses(exchanges, first):
                return self._story(exchanges, trail, graph)
            tried.add(key)
        return None

    def _story(self, exchanges: Sequence[Exchange], trail: Sequence[Exchange], graph: _Graph) -> Story:
        names = set[str]()
        given: dict[int, dict[str, Place]] = {}
        makers: set[int] = set()
        numbers = {e.number for e in exchanges}
        for exchange in exchanges:
            if self._names.made(exchange.request) - names and exchange.number < trail[0].number:
                makers.add(exchange.number)
            names |= self._names.made(exchange.request) | self._names.unique(exchange.request)
            for word in graph.uses.get(exchange.number, ()):
                number, place = graph.giver[word]
                if number in numbers:
                    given.setdefault(number, {})[word] = place
        words = {word for each in given.values() for word in each}
        after = self._after(exchanges, trail[-1].number, names, words)
        for exchange in after:
            names |= self._names.made(exchange.request) | self._names.unique(exchange.request)
        makers |= {number for number in given if number < trail[0].number}
        steps = tuple(_steps(exchanges, trail[0].number, makers))
        return Story(steps, tuple(after), frozenset(names - words), given)

    def _general(self, first: int) -> list[Exchange]:
        """Questions about the target as a whole, such as which schemas it has: the last answer to each."""
        found: dict[tuple[str, str], Exchange] = {}
        for exchange in self._journal.values():
            request = exchange.request
            operation = self._contract.operations.get(request.operation)
            template = operation.path if operation else "{"
            if exchange.number < first and request.method in SAFE and "{" not in template and not request.query:
                found[request.operation, request.path] = exchange
        return list(found.values())[-GENERAL:]

    def _graph(self, exchanges: Sequence[Exchange]) -> _Graph:
        graph, ours = _Graph(), set(self._fixed)
        for exchange in sorted(exchanges, key=lambda e: e.number):
            words = sent_words(exchange.request)
            graph.uses[exchange.number] = {word for word in words if word in graph.giver}
            ours |= words - set(graph.giver)
            for place, word in given_words(exchange.answer) if exchange.answer else ():
                if len(word) >= SHORTEST and word not in ours:
                    graph.giver.setdefault(word, (exchange.number, place))
        return graph

    def _closed(self, exchanges: Iterable[Exchange], before: Sequence[Exchange], graph: _Graph) -> list[Exchange]:
        """The exchanges with those that made what they speak of, and with the polls that waited for it."""
        known = {e.number: e for e in before}
        found = {e.number: e for e in exchanges}
        waiting = list(found.values())
        makers = self._makers(before)
        polls: dict[int, Exchange] = {}
        for exchange in before:
            for word in graph.uses[exchange.number] if exchange.request.method in SAFE else ():
                polls[graph.giver[word][0]] = exchange
        while waiting:
            exchange = waiting.pop()
            needed = [e for name in self._names.made(exchange.request) for e in makers.get(name, {}).values()]
            needed += [known[n] for w in graph.uses.get(exchange.number, ()) if (n := graph.giver[w][0]) in known]
            needed += [polls[exchange.number]] if exchange.number in polls else []
            for each in needed:
                if each.number not in found:
                    found[each.number] = each
                    waiting.append(each)
        return list(found.values())

    def _makers(self, before: Sequence[Exchange]) -> dict[str, dict[str, Exchange]]:
        """For each name the first exchange of each companion operation that may have made something of it."""
        makers: dict[str, dict[str, Exchange]] = {}
        for exchange in before:
            request = exchange.request
            if request.method in SAFE or self._is_subject(exchange):
                continue
            for name in self._names.made(request):
                makers.setdefault(name, {}).setdefault(request.operation, exchange)
        return makers

    def _is_subject(self, exchange: Exchange) -> bool:
        operation = self._contract.operations.get(exchange.request.operation)
        return operation is None or operation.subject

    def _after(self, exchanges: Sequence[Exchange], last: int, names: set[str], words: set[str]) -> list[Exchange]:
        """What the run sent to clean up: the last change to each name, and what undoes changes without a name."""
        check = exchanges[-1].check
        nameless = {
            e.request.operation
            for e in exchanges
            if not (self._names.made(e.request) or e.request.method in SAFE or self._is_subject(e))
        }
        found: dict[str, Exchange] = {}
        for number in sorted(n for n in self._journal if n > last):
            exchange = self._journal[number]
            if exchange.check not in (check, CLEAN_UP):
                break
            if exchange.request.method in SAFE or self._is_subject(exchange):
                continue
            mine = (self._names.made(exchange.request) & names) | (sent_words(exchange.request) & words)
            for key in mine:
                found[key] = exchange
            if not mine and exchange.check == CLEAN_UP and exchange.request.operation in nameless:
                found[f" {exchange.request.operation}"] = exchange
        return sorted({e.number: e for e in found.values()}.values(), key=lambda e: e.number)


def _steps(exchanges: Sequence[Exchange], first: int, makers: set[int]) -> list[Step]:
    """One step for each exchange; what was asked until the answer came is one step."""
    steps: list[Step] = []
    for _, same in groupby(exchanges, key=lambda e: e.request if e.request.method in SAFE else e.number):
        phases = [list(phase) for _, phase in groupby(same, key=lambda e: essence(e.answer, ()))]
        if len(phases) > 1:
            phases[:2] = [phases[0] + phases[1]]  # the wait for the answer; one that came later is another step
        for phase in phases:
            last = phase[-1]
            polled = max(last.started_s - phase[0].started_s, 0.0)
            steps.append(Step(last, last.number >= first, last.number in makers, polled))
    return steps
