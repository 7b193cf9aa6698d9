"""The judge of a register: it agrees with brute force, believes real registers and finds what is stale."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conformance.judge.register import BEFORE, Kind, Operation, Promise, judge

Before = Callable[[Operation, Operation], bool]


def w(process: int | str, value: int, invoked: float, returned: float | None) -> Operation:
    return Operation(process, Kind.WRITE, value, invoked, returned)


def r(process: int, value: int, invoked: float, returned: float | None) -> Operation:
    return Operation(process, Kind.READ, value, invoked, returned)


FIRST = w(BEFORE, 0, -2, -1)


# By brute force: every order of a small history is tried.


def by_the_clock(one: Operation, other: Operation) -> bool:
    return one.end < other.invoked


def by_each_client(one: Operation, other: Operation) -> bool:
    ordered = one.process in (BEFORE, other.process) and one.invoked < other.invoked
    return ordered and one.returned is not None


def has_an_order(left: frozenset[Operation], before: Before, value: object = None) -> bool:
    """Whether the operations can be put in an order that explains every read; unanswered ones may be left out."""
    if all(operation.returned is None for operation in left):
        return True
    for operation in left:
        if any(before(other, operation) for other in left - {operation}):
            continue
        if operation.kind is Kind.WRITE or operation.value == value or operation.returned is None:
            shown = value if operation.kind is Kind.READ else operation.value
            if has_an_order(left - {operation}, before, shown):
                return True
    return False


@st.composite
def histories(draw: st.DrawFn, clients: int = 3, most: int = 6) -> list[Operation]:
    """A few operations at few moments, so that many of them overlap; some writes are unanswered."""
    moments, history = dict.fromkeys(range(clients), 0), [FIRST]
    for _ in range(draw(st.integers(1, most))):
        client = draw(st.integers(0, clients - 1))
        invoked = moments[client] + draw(st.integers(1, 3))
        moments[client] = invoked + draw(st.integers(0, 6))
        if draw(st.booleans()):
            value = 1 + sum(o.kind is Kind.WRITE for o in history)
            history.append(w(client, value, invoked, moments[client] if draw(st.integers(0, 5)) else None))
        else:
            history.append(r(client, draw(st.sampled_from([0, 2, 3, 4])), invoked, moments[client]))
    return history


@settings(max_examples=200)
@given(histories())
def test_it_says_linearizable_exactly_where_some_order_explains_the_history(history: list[Operation]) -> None:
    found = judge(history)
    assert (found.promise is Promise.LINEARIZABLE) == has_an_order(frozenset(history), by_the_clock)
    assert (found.counterexample == ()) == (found.promise is Promise.LINEARIZABLE)


@settings(max_examples=200)
@given(histories())
def test_it_says_sequential_exactly_where_some_order_of_the_clients_explains_the_history(
    history: list[Operation],
) -> None:
    strong = judge(history).promise in (Promise.LINEARIZABLE, Promise.SEQUENTIAL)
    assert strong == has_an_order(frozenset(history), by_each_client)


@settings(max_examples=200)
@given(histories())
def test_a_counterexample_cannot_be_explained_and_no_read_of_it_can_be_spared(history: list[Operation]) -> None:
    found = judge(history).counterexample
    if found:
        assert not has_an_order(frozenset(found), by_the_clock)
        written = {operation.value for operation in found if operation.kind is Kind.WRITE}
        for read in found:
            if read.kind is Kind.READ and read.value in written:
                assert has_an_order(frozenset(found) - {read}, by_the_clock)


# Simulated registers


def simulated(seed: int, *, clients: int = 4, size: int = 200, lag: int = 0) -> list[Operation]:
    """What clients see of a real register: each operation takes effect at a moment between its ends.

    Args:
        seed: of everything.
        clients: how many there are.
        size: operations in all.
        lag: how many writes a read may be behind.
    """
    chance, clock = Random(seed), dict.fromkeys(range(clients), 0.0)
    planned: list[tuple[float, int, Kind, float, float | None]] = []
    for _ in range(size):
        client = min(clock, key=lambda each: clock[each])
        invoked = clock[client] + chance.random()
        effect, clock[client] = sorted((invoked + chance.random() * 3, invoked + chance.random() * 3))
        kind = Kind.WRITE if chance.random() < 0.5 else Kind.READ
        unanswered = kind is Kind.WRITE and chance.random() < 0.02
        planned.append((effect, client, kind, invoked, None if unanswered else clock[client]))
    states, history = [0], [FIRST]
    for number, (_, client, kind, invoked, returned) in enumerate(sorted(planned), 1):
        if kind is Kind.WRITE:
            states.append(number)
        shown = states[max(0, len(states) - 1 - chance.randint(0, lag))]
        history.append(Operation(client, kind, number if kind is Kind.WRITE else shown, invoked, returned))
    return history


@pytest.mark.parametrize("seed", range(10))
def test_a_real_register_is_linearizable(seed: int) -> None:
    assert judge(simulated(seed)).promise is Promise.LINEARIZABLE


@pytest.mark.parametrize("seed", range(10))
def test_a_stale_cache_is_found_with_two_writes_and_a_read(seed: int) -> None:
    found = judge(simulated(seed, lag=4))
    assert found.promise is not Promise.LINEARIZABLE
    assert [o.kind for o in found.counterexample] == [Kind.WRITE, Kind.WRITE, Kind.READ]
    old, new, read = found.counterexample
    assert old.end < new.invoked
    assert new.end < read.invoked
    assert read.value == old.value


# Names of promises


@pytest.mark.parametrize(
    ("history", "promise", "size"),
    [
        ([FIRST, w(0, 1, 0, 9), r(1, 1, 1, 2), r(2, 1, 3, 4)], Promise.LINEARIZABLE, 0),
        # The second read falls back behind what the first one saw of a write that is still under way.
        ([FIRST, w(0, 1, 0, 9), r(1, 1, 1, 2), r(2, 0, 3, 4), r(1, 1, 10, 11)], Promise.SEQUENTIAL, 4),
        ([FIRST, w(0, 1, 0, 1), r(1, 0, 2, 3)], Promise.SEQUENTIAL, 3),
        ([FIRST, w(0, 1, 0, 1), r(0, 0, 2, 3), w(1, 2, 4, 5), r(0, 2, 6, 7)], Promise.LAST_WRITE_WINS, 3),
        ([FIRST, w(0, 1, 0, 1), r(0, 0, 2, 3)], Promise.NONE, 3),
        ([FIRST, w(0, 1, 0, 1), r(1, 0, 2, 3), r(1, 1, 4, 5), r(1, 0, 6, 7)], Promise.NONE, 3),
        # Each of two clients keeps the write of the other one.
        ([w(0, 1, 0, 5), w(1, 2, 0, 5), r(0, 2, 6, 7), r(1, 1, 6, 7)], Promise.NONE, 4),
        ([FIRST, r(0, 1, 0, 1), w(0, 1, 2, 3), r(0, 1, 4, 5)], Promise.LAST_WRITE_WINS, 2),
        ([FIRST, r(0, 7, 0, 1)], Promise.NONE, 1),
        ([FIRST, w(0, 1, 0, None), r(0, 0, 2, 3), r(0, 1, 4, 5)], Promise.LINEARIZABLE, 0),
        # Nobody knows when a write that was not answered is the last one.
        ([FIRST, w(0, 1, 0, None), r(1, 1, 2, 3), r(1, 0, 4, 5)], Promise.LAST_WRITE_WINS, 4),
    ],
)
def test_the_strongest_promise_that_holds_is_named(history: list[Operation], promise: Promise, size: int) -> None:
    found = judge(history)
    assert (found.promise, len(found.counterexample)) == (promise, size)


def test_two_writes_of_one_value_are_refused() -> None:
    with pytest.raises(ValueError, match="same value"):
        judge([FIRST, w(0, 0, 1, 2)])
