"""Which trials there are: correct implementations and faulty ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum

from allpairspy import AllPairs  # type: ignore[import-untyped]

import specs
from conformance.prove.trial import Defect, Variant
from conformance.reference.faults import faults


class Covering(StrEnum):
    """How much of the combinations of readings the correct variants cover."""

    NONE = "none"
    EACH = "each"
    PAIRWISE = "pairwise"


def variants(contract: specs.Contract, covering: Covering) -> Iterator[Variant]:
    """Correct implementations: the default one, then as many as the covering needs. The same ones each time."""
    make: Mapping[Covering, Callable[[specs.Contract], Iterator[dict[str, str]]]] = {
        Covering.NONE: lambda _: iter(()),
        Covering.EACH: _each_option,
        Covering.PAIRWISE: _pairwise,
    }
    if covering is not Covering.NONE:
        yield Variant(contract.id, {})
    for readings in make[covering](contract):
        yield Variant(contract.id, readings)


def defects(contract: specs.Contract) -> Iterator[Defect]:
    """Every fault that shows on a contract."""
    for fault in faults(contract.vendor).values():
        if contract.id in fault.contracts:
            yield Defect(contract.id, fault.id)


def _options(contract: specs.Contract) -> dict[str, tuple[str, ...]]:
    return {name: reading.option_ids for name, reading in contract.readings.items() if reading.observable}


def _each_option(contract: specs.Contract) -> Iterator[dict[str, str]]:
    """Every option of every observable reading at least once: few of the pairwise rows, the richest first."""
    rows = [frozenset(row.items()) for row in _pairwise(contract)]
    missing = frozenset[tuple[str, str]]().union(*rows)
    while missing:
        richest = max(rows, key=lambda row: len(row & missing))
        missing -= richest
        yield dict(sorted(richest))


def _pairwise(contract: specs.Contract) -> Iterator[dict[str, str]]:
    """Every pair of options of two observable readings that can be followed together, at least once."""
    options = _options(contract)

    def possible(row: list[str]) -> bool:
        return contract.contradiction(dict(zip(options, row, strict=False))) is None

    for row in AllPairs(list(options.values()), filter_func=possible):
        yield dict(zip(options, row, strict=True))
