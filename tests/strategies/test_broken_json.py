"""Each broken text is surely not JSON."""

from __future__ import annotations

import pytest

from conformance.session.exchange import parse_json
from strategies.broken_json import Broken, Original, broken


def is_json(body: bytes) -> bool:
    try:
        parse_json(body)
    except ValueError:
        return False
    return True


ORIGINAL = Original({"Records": [{"customerId": "1", "Attributes": {"name": "mark", "email": "a"}}]}, "mark")


@pytest.mark.parametrize("case", list(broken(ORIGINAL)), ids=repr)
def test_no_case_is_json(case: Broken) -> None:
    assert not is_json(case.body)


def test_the_original_is_json() -> None:
    assert is_json(ORIGINAL.body)


def test_a_mark_stands_once() -> None:
    with pytest.raises(ValueError, match="exactly once"):
        Original({"a": "mark", "b": "mark"}, "mark")
