"""Whether what several clients saw of one register can be explained, and by which promise.

A register holds one value; a write replaces it, a read shows it. Every write has a value of its own, so that a read
says which write it saw. Then the questions below are decided exactly, and in O(n log n):

- A history is linearizable if every operation can be given a moment between its invocation and its return such that
  each read shows the last write before it (Herlihy and Wing 1990). With values of their own, the operations on one
  value must follow each other without a gap. Value A must come before value B where an operation on A returned before
  one on B was invoked; the history is linearizable exactly if no two values must each come before the other, and no
  read returned before its write was invoked (Gibbons and Korach 1997, "Testing shared memories").
- It is sequentially consistent if there is such an order that keeps the order of each client, whatever the clock
  says (Lamport 1979). Deciding that is hard for several registers, but not for one whose values are written once
  (Cantin, Lipasti and Smith 2005, "The complexity of verifying memory coherence and consistency"): the values must
  have an order that no client contradicts.

The outcome of a write that was never answered is unknown: it may have happened at any moment after its invocation,
later than everything else its client did, or never.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from graphlib import CycleError, TopologicalSorter
from itertools import accumulate, pairwise

Counterexample = tuple["Operation", ...]
# The process of what was done before the clients began: in everybody's order it comes first.
BEFORE = "before"


class Kind(StrEnum):
    """What an operation does."""

    READ = "read"
    WRITE = "write"


class Promise(StrEnum):
    """What a register keeps to, the strongest first.

    `LAST_WRITE_WINS` says of quiescence alone: reads that were invoked after every answered write had returned show
    one value, that of a write which no other one followed (or, where the outcome of writes is unknown, of one of
    those). `NONE` says that not even that was seen, be it for want of such reads.
    """

    LINEARIZABLE = "linearizable"
    SEQUENTIAL = "sequentially consistent"
    LAST_WRITE_WINS = "the last write wins when all is quiet"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of a history.

    Attributes:
        process: the client, which waits for each answer before it goes on; or `BEFORE`.
        kind: read or write.
        value: what was written, or what was shown; no two writes have the same.
        invoked: when it was sent, in any unit.
        returned: when the answer was there; None where none came, so that nobody knows whether it happened.
    """

    process: Hashable
    kind: Kind
    value: Hashable
    invoked: float
    returned: float | None

    @property
    def end(self) -> float:
        """When it had happened at the latest."""
        return math.inf if self.returned is None else self.returned


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a history shows.

    Attributes:
        promise: the strongest one that explains it.
        counterexample: operations that no linearizable register can have shown, as few as possible: mostly two
            writes and a read. Empty where the history is linearizable.
    """

    promise: Promise
    counterexample: Counterexample = ()


def judge(history: Iterable[Operation]) -> Ruling:
    """The strongest promise that explains a history.

    Raises:
        ValueError: two writes have the same value.
    """
    effective = _effective(history)
    found = _not_linearizable(effective)
    if not found:
        return Ruling(Promise.LINEARIZABLE)
    if _sequential(effective):
        return Ruling(Promise.SEQUENTIAL, found)
    return Ruling(Promise.LAST_WRITE_WINS if _last_write_wins(effective) else Promise.NONE, found)


@dataclass(slots=True)
class _Cluster:
    """The operations on one value.

    Attributes:
        write: that gave it; None for a value that nobody wrote.
        first: the one that returned first.
        last: the one that was invoked last.
    """

    write: Operation | None
    first: Operation
    last: Operation

    def add(self, operation: Operation) -> None:
        if operation.kind is Kind.WRITE:
            self.write = operation
        if operation.end < self.first.end:
            self.first = operation
        if operation.invoked > self.last.invoked:
            self.last = operation


def _effective(history: Iterable[Operation]) -> list[Operation]:
    """What a history says: reads without an answer, and writes without one that nobody saw, say nothing."""
    every = list(history)
    written = [operation.value for operation in every if operation.kind is Kind.WRITE]
    if len(set(written)) < len(written):
        raise ValueError("two writes have the same value")
    seen = {operation.value for operation in every if operation.kind is Kind.READ and operation.returned is not None}
    return [
        operation
        for operation in every
        if operation.returned is not None or (operation.kind is Kind.WRITE and operation.value in seen)
    ]


def _clusters(history: Iterable[Operation]) -> dict[Hashable, _Cluster]:
    found: dict[Hashable, _Cluster] = {}
    for operation in history:
        cluster = found.setdefault(operation.value, _Cluster(None, operation, operation))
        cluster.add(operation)
    return found


# Linearizability


def _not_linearizable(history: Sequence[Operation]) -> Counterexample:
    """Why a history is not linearizable, the shortest kind of reason first; empty where it is."""
    clusters = _clusters(history)
    for cluster in clusters.values():
        if cluster.write is None:
            return (cluster.first,)
        if cluster.first.end < cluster.write.invoked:
            return (cluster.first, cluster.write)
    return _stale(history, clusters) or _crossing(list(clusters.values()))


def _stale(history: Sequence[Operation], clusters: dict[Hashable, _Cluster]) -> Counterexample:
    """A read of a value that another write had replaced before the read began."""
    writes = sorted((o for o in history if o.kind is Kind.WRITE), key=lambda o: o.end)
    ends = [write.end for write in writes]
    # Of the writes up to each, the one that was invoked last: if that one did not replace a value, none did.
    latest = list(accumulate(writes, _later))
    for read in history:
        place = bisect_left(ends, read.invoked) if read.kind is Kind.READ else 0
        write = clusters[read.value].write
        if place and write is not None and latest[place - 1].invoked > write.end:
            return (write, latest[place - 1], read)
    return ()


def _later(one: Operation, other: Operation) -> Operation:
    return one if one.invoked >= other.invoked else other


def _crossing(clusters: Sequence[_Cluster]) -> Counterexample:
    """Two values that must each come before the other.

    A value whose first return lies before its last invocation holds the register from the one to the other. No two
    may hold it at once, and none may have to be written and gone while another one holds it.
    """
    holding = sorted((c for c in clusters if c.first.end < c.last.invoked), key=lambda c: c.first.end)
    for one, other in pairwise(holding):
        if other.first.end < one.last.invoked:
            return _smallest(one, other)
    begins = [cluster.first.end for cluster in holding]
    for cluster in clusters:
        if cluster.first.end >= cluster.last.invoked:
            place = bisect_left(begins, cluster.last.invoked)
            if place and cluster.first.end < holding[place - 1].last.invoked:
                return _smallest(holding[place - 1], cluster)
    return ()


def _smallest(one: _Cluster, other: _Cluster) -> Counterexample:
    """Of two values that cross, the writes and no more reads than it needs, in the order of their invocations."""
    left = list(dict.fromkeys(o for c in (one, other) for o in (c.write, c.first, c.last) if o is not None))
    for read in [o for o in left if o.kind is Kind.READ]:
        fewer = [o for o in left if o is not read]
        if _cross(*_clusters(fewer).values()):
            left = fewer
    return tuple(sorted(left, key=lambda o: o.invoked))


def _cross(one: _Cluster, other: _Cluster) -> bool:
    return one.first.end < other.last.invoked and other.first.end < one.last.invoked


# Weaker promises


def _sequential(history: Sequence[Operation]) -> bool:
    """Whether the values have an order that no client contradicts."""
    clusters = _clusters(history)
    after: dict[Hashable, set[Hashable]] = {value: set() for value in clusters}
    clients: dict[Hashable, list[Operation]] = {BEFORE: []}
    for operation in sorted(history, key=lambda o: (o.process != BEFORE, o.invoked)):
        clients.setdefault(operation.process, list(clients[BEFORE])).append(operation)
    for operations in clients.values():
        before: Operation | None = None
        for operation in operations:
            if before is not None and before.value != operation.value:
                after[operation.value].add(before.value)
            elif before is not None and operation.kind is Kind.WRITE:
                return False  # it saw its own write before that
            if operation.returned is not None:
                before = operation  # what was never answered may happen after all that follows
    try:
        TopologicalSorter(after).prepare()
    except CycleError:
        return False
    return all(cluster.write is not None for cluster in clusters.values())


def _last_write_wins(history: Sequence[Operation]) -> bool:
    """Whether the reads after all answered writes show one value that may be the last one."""
    writes = [operation for operation in history if operation.kind is Kind.WRITE]
    answered = [write for write in writes if write.returned is not None]
    quiet = max((write.end for write in answered), default=-math.inf)
    shown = {o.value for o in history if o.kind is Kind.READ and o.invoked > quiet}
    latest = max((write.invoked for write in answered), default=-math.inf)
    last = {write.value for write in answered if write.end >= latest}
    unknown = {write.value for write in writes if write.returned is None}
    return bool(shown) and shown <= last | unknown and len(shown - unknown) <= 1
