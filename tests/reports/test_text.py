"""Strings made fit to be shown."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.text import laid_out, natural, one_line, seconds, visible

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


@given(st.text(st.characters(), max_size=50))
def test_what_is_visible_holds_nothing_that_acts(text: str) -> None:
    shown = visible(text)
    assert all(char.isprintable() or char in "\n\t" for char in shown)
    shown.encode()


@given(json_values)
def test_laying_out_json_changes_its_white_space_only(value: object) -> None:
    text = json.dumps(value)
    shown = laid_out(text)
    assert json.dumps(json.loads(shown)) == text


@pytest.mark.parametrize("text", ["", "{", '{"a": 1} x', "<a/>", "[" * 100_000])
def test_what_is_not_json_stays_as_it_is(text: str) -> None:
    assert laid_out(text) == text


def test_numbers_and_repeated_members_stay_as_they_were_sent() -> None:
    assert laid_out('{"a":1.00,"a":1e2}') == '{\n  "a": 1.00,\n  "a": 1e2\n}'


def test_a_line_is_one_line_and_not_longer_than_it_may_be() -> None:
    assert one_line("a\n b\x1b", 20) == "a b\\x1b"
    assert one_line("x" * 50, 10) == "x" * 9 + "…"


def test_times_read_naturally() -> None:
    assert [seconds(value) for value in (0.0004, 0.037, 2.5, 200)] == ["0.4 ms", "37 ms", "2.5 s", "3 min 20 s"]


def test_numbers_within_names_sort_as_numbers() -> None:
    assert sorted(["records=100", "values=15", "records=2", "records=1001"], key=natural) == [
        "records=2",
        "records=100",
        "records=1001",
        "values=15",
    ]
