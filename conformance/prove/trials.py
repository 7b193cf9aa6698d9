"""Which trials there are: correct implementations and faulty ones."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from functools import cache
from itertools import product

from allpairspy import AllPairs  # type: ignore[import-untyped]

import specs
from conformance.prove.trial import Defect, Variant
from conformance.reference.faults import faults


class Covering(StrEnum):
    """How much of the combinations of readings and freedoms the correct variants cover."""

    NONE = "none"
    EACH = "each"
    PAIRWISE = "pairwise"


Choice = tuple[str, str]
Row = dict[str, str]


def variants(contract: specs.Contract, covering: Covering) -> Iterator[Variant]:
    """Correct implementations: the default one, then as many as the covering needs. The same ones each time."""
    if covering is Covering.NONE:
        return
    yield Variant(contract.id)
    for row in _each_option(contract) if covering is Covering.EACH else _pairwise(contract):
        readings = {name: option for name, option in row.items() if name in contract.readings}
        freedoms = {name: option for name, option in row.items() if name in contract.freedoms}
        yield Variant(contract.id, readings, freedoms)


def defects(contract: specs.Contract, of_round: int | None = None) -> Iterator[Defect]:
    """Every fault that shows on a contract, or those of one round of first contact."""
    for fault in faults(contract.vendor).values():
        if contract.id in fault.contracts and of_round in (None, fault.round):
            yield Defect(contract.id, fault.id)


def parameters(contract: specs.Contract) -> Mapping[str, tuple[str, ...]]:
    """What correct implementations differ in: the observable readings and the freedoms, each with its options."""
    readings = {name: reading.option_ids for name, reading in contract.readings.items() if reading.observable}
    return readings | {name: freedom.option_ids for name, freedom in contract.freedoms.items()}


def _each_option(contract: specs.Contract) -> Iterator[Row]:
    """Every option of every parameter at least once: few of the pairwise rows, the richest first."""
    rows = [frozenset(row.items()) for row in _pairs(contract)]
    missing = frozenset[Choice]().union(*rows)
    while missing:
        richest = max(rows, key=lambda row: len(row & missing))
        missing -= richest
        yield dict(sorted(richest))


def _pairwise(contract: specs.Contract) -> Iterator[Row]:
    """Every pair of options of two parameters, and every way in which two readings can meet, at least once."""
    rows = _pairs(contract)
    yield from rows
    yield from _meetings(contract, rows)


@cache
def _pairs(contract: specs.Contract) -> tuple[Row, ...]:
    # The search ends sooner, and with fewer rows, where it begins with the parameters that have most options.
    options = dict(sorted(parameters(contract).items(), key=lambda item: -len(item[1])))
    place = {name: index for index, name in enumerate(options)}
    # Few options exclude each other, and the search asks about each row that it begins very often.
    exclusions = [
        (place[name], each.own, place[each.reading], each.option)
        for name, reading in contract.readings.items()
        for each in reading.excludes
        if name in place and each.reading in place
    ]

    def possible(row: list[str]) -> bool:
        return not any(
            max(own, other) < len(row) and row[own] == option and row[other] == excluded
            for own, option, other, excluded in exclusions
        )

    rows = AllPairs(list(options.values()), filter_func=possible) if exclusions else AllPairs(list(options.values()))
    return tuple(dict(zip(options, row, strict=True)) for row in rows)


def _meetings(contract: specs.Contract, covered: Sequence[Row]) -> Iterator[Row]:
    """Rows for what no pair covers: the options of two readings that meet, with either of them deciding."""
    missing = [each for each in _ways_to_meet(contract) if not any(each <= frozenset(row.items()) for row in covered)]
    while missing:
        row: Row = {}
        for way in missing:
            joined = {**row, **dict(way)}
            if way <= frozenset(joined.items()) and row.items() <= joined.items() and _possible(contract, joined):
                row = joined
        missing = [each for each in missing if not each <= frozenset(row.items())]
        yield row


def _ways_to_meet(contract: specs.Contract) -> Iterator[frozenset[Choice]]:
    observable = {name: reading for name, reading in contract.readings.items() if reading.observable}
    for meeting in contract.meetings:
        if meeting.reading not in observable or meeting.other not in observable:
            continue
        pair = (meeting.reading, meeting.other)
        deciders = [meeting.decides] if meeting.decides else list(pair)
        for options in product(*(observable[name].option_ids for name in pair)):
            way = dict(zip(pair, options, strict=True))
            if _possible(contract, way):
                for decider in deciders:
                    yield frozenset(way.items() if meeting.decides else [*way.items(), (meeting.id, decider)])


def _possible(contract: specs.Contract, row: Mapping[str, str]) -> bool:
    return contract.contradiction({name: option for name, option in row.items() if name in contract.readings}) is None
