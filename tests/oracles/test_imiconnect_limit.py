"""How the limit of a batch is found, shown handmade services."""

from __future__ import annotations

import pytest

from conformance.imiconnect.limit import MOST, Kept, Limit, decide, search

DOCUMENTED = (100, 1000)


class Service:
    """Refuses batches above a limit, or cuts them to it."""

    def __init__(self, limit: int, *, cuts: bool = False) -> None:
        self.limit = limit
        self.cuts = cuts
        self.sizes: list[int] = []

    def keep(self, size: int) -> Kept:
        self.sizes.append(size)
        if size <= self.limit:
            return Kept(size)
        return Kept(self.limit) if self.cuts else Kept(0, "code 7012")

    def found(self) -> Limit:
        return search(decide(DOCUMENTED, self.keep), self.keep)


@pytest.mark.parametrize(("limit", "sizes"), [(100, [101, 100]), (1000, [101, 1001, 1000])])
def test_a_documented_limit_is_decided_by_its_two_sides_and_no_other_request(limit: int, sizes: list[int]) -> None:
    service = Service(limit)
    assert service.found().fits == limit
    assert service.sizes == sizes


@pytest.mark.parametrize("limit", [1, 40, 99, 101, 250, 999, 1001, 3999])
def test_any_other_limit_is_found_exactly_within_two_dozen_requests(limit: int) -> None:
    service = Service(limit)
    found = service.found()
    assert (found.accepted, found.refused, found.fits) == (limit, limit + 1, None)
    assert len(service.sizes) <= 24


def test_another_limit_is_told_in_one_sentence() -> None:
    told = "documented 100 or 1000, accepted up to 250, first refusal at 251 with code 7012"
    assert str(Service(250).found()) == told


def test_a_limit_that_cuts_batches_is_told_as_such() -> None:
    assert "accepted up to 250, cut to 250 records at 251" in str(Service(250, cuts=True).found())


def test_a_search_that_meets_no_refusal_ends() -> None:
    found = Service(10**6).found()
    assert (found.accepted, found.refused) == (MOST, None)
    assert "no refusal" in str(found)


def test_a_service_that_takes_nothing_has_a_limit_of_nothing() -> None:
    assert Service(0).found().accepted == 0
