"""Which result belongs to which of several records that carry one customer id: any order of results is allowed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence


def assign(allowed: Sequence[Collection[str]], found: Sequence[str | None]) -> list[str | None]:
    """The code of each record where only one is possible, else None.

    Args:
        allowed: the codes that each record may have.
        found: the codes of the results, in whatever order; fewer than records where some are missing.

    Returns:
        A code for each record. Where no assignment explains the results, they are taken in their order, so that
        a judge sees what does not fit.
    """
    if len(found) < len(allowed):
        return [None] * len(allowed)
    supply = Counter(found)
    if len(supply) == 1:
        return list(found)
    if not _fits(allowed, supply):
        return list(found)
    known: dict[frozenset[str], str | None] = {}
    for place, codes in enumerate(allowed):
        if frozenset(codes) not in known:
            known[frozenset(codes)] = _only(allowed, supply, place)
    return [known[frozenset(codes)] for codes in allowed]


def _only(allowed: Sequence[Collection[str]], supply: Counter[str | None], place: int) -> str | None:
    """The one code that a record has in every assignment, None where it has several."""
    others = [*allowed[:place], *allowed[place + 1 :]]
    possible = [
        code
        for code in supply
        if code is not None and code in allowed[place] and _fits(others, supply - Counter({code: 1}))
    ]
    return possible[0] if len(possible) == 1 else None


def _fits(allowed: Sequence[Collection[str]], supply: Counter[str | None]) -> bool:
    """Whether every record can be given a code that it may have, each code as often as there are results with it."""
    given: dict[str | None, list[int]] = {code: [] for code in supply}

    def place(record: int, tried: set[str | None]) -> bool:
        for code, holders in given.items():
            if code in tried or code not in allowed[record]:
                continue
            tried.add(code)
            if len(holders) < supply[code]:
                holders.append(record)
                return True
            for number, holder in enumerate(holders):
                if place(holder, tried):
                    holders[number] = record
                    return True
        return False

    return all(place(record, set()) for record in range(len(allowed)))
