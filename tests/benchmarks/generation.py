"""How many documents and near misses a core makes in a second of CPU time: `python -m tests.benchmarks.generation`.

Beside them, for scale, the same machine parses and validates the documents with xmlschema.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import mean
from typing import Any

import hypothesis
import xmlschema
from hypothesis import HealthCheck, Phase
from hypothesis.strategies import SearchStrategy
from lxml import etree

import specs
from strategies.xsd import documents, near_misses

BAR = 200  # documents per second
DRAWN = 400


def drawn(strategy: SearchStrategy[Any], count: int = DRAWN) -> tuple[list[Any], float]:
    """Examples of a strategy, drawn as a test draws them, and how many a second of CPU time gives."""
    found: list[Any] = []

    @hypothesis.settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @hypothesis.given(strategy)
    def gather(example: Any) -> None:
        found.append(example)

    return found, rate(gather, lambda: len(found))


def rate(work: Callable[[], None], done: Callable[[], int]) -> float:
    began = time.process_time()
    work()
    return done() / (time.process_time() - began)


def report() -> None:
    """Prints the rates for a message of our own schema."""
    schema = xmlschema.XMLSchema(str(specs.contract("fiserv-alldata").path("alldata.xsd")))
    root = "UserProfileModRqHeader"
    drawn(documents(schema, root), 20)  # what is made once
    messages, speed = drawn(documents(schema, root))
    _, missed = drawn(near_misses(schema, root))

    def validate() -> None:
        for message in messages:
            parsed: Any = etree.fromstring(message)
            assert schema.is_valid(parsed)

    print(
        f"XSD: {speed:.0f} documents a second of CPU time (bar {BAR}), {mean(map(len, messages)):.0f} bytes each, "
        f"{len(set(messages))} of {len(messages)} distinct; {missed:.0f} near misses; "
        f"xmlschema validates {rate(validate, lambda: len(messages)):.0f} of them"
    )


if __name__ == "__main__":
    report()
