"""How fast a history is judged: `python -m tests.benchmarks.register [operations]`.

The histories are those of a simulated register, of one with a stale cache, and of one whose reads are never up to
date, with eight clients. Reported is CPU time, and the ratio to that of a history a tenth as long: about ten where
the work grows with the length alone.
"""

from __future__ import annotations

import sys
import time

from conformance.judge.register import Operation, judge
from tests.oracles.test_register import simulated

LAGS = {"linearizable": 0, "stale now and then": 1, "always behind": 40}


def seconds(history: list[Operation]) -> float:
    began = time.process_time()
    judge(history)
    return time.process_time() - began


def main(size: int) -> None:
    for name, lag in LAGS.items():
        short, long = (simulated(1, clients=8, size=each, lag=lag) for each in (size // 10, size))
        taken = seconds(long)
        print(
            f"{len(long):7} operations, {name:18} {taken:6.3f} s, {taken / seconds(short):5.1f} times a tenth of them"
        )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
