"""The kind of a difference is told whatever values were generated, and two kinds are told apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports.deviation import deviation

KINDS = {
    "blanks": ("name is 'a b'", "name: ' a b'"),
    "case": ("name is 'ab'", "name: 'aB'"),
    "cut": ("name is 'ab'", "name: 'abc'"),
    "longer": ("name is 'abc'", "name: 'ab'"),
    "order": ("name is ['b', 'a']", "name: ['a', 'b']"),
    "fewer": ("name is ['a', 'c']", "name: ['a', 'b', 'c']"),
    "more": ("name is ['a', 'b']", "name: ['a']"),
    "number as text": ("bill is [{'month': '7'}]", "bill: [{month: 7}]"),
    "another time": ("born is '2021-02-27'", "born: '2021-02-28'"),
    "characters": ("name is '?lse'", "name: 'Élse'"),
    "another": ("name is 'x'", "name: 'y'"),
}


@pytest.mark.parametrize("kind", KINDS)
def test_values_differ_in_one_way(kind: str) -> None:
    assert deviation(*KINDS[kind]) == ("values", kind)


ALIKE = {
    "whatever it is the value of": (("a is absent", "a: 'x'"), ("bb is absent", "bb: ['y', 'z']")),
    "however many parts are wrong": (("a is absent; b is absent", "a: 'x'"), ("c is absent", "c: 'z'")),
    "what says itself what was expected": (
        ("City: 'a&amp;b', expected 'a&b'; Zip: 'x', expected 'y'", "what was sent"),
        ("Name: '&lt;', expected '<'", "what was sent"),
    ),
    "a path to a member": (("code 4210", "body.name is missing: 4070"), ("code 4210", "body.zip is missing: 4070")),
    "an unfinished quotation": (("a is 'xxxx… (900)", "a: 'yyyy… (901)"), ("a is 'o'", "a: 'p'")),
}


@pytest.mark.parametrize("what", ALIKE)
def test_what_is_said_twice_is_one(what: str) -> None:
    one, other = ALIKE[what]
    assert deviation(*one) == deviation(*other)


def test_codes_count_as_words() -> None:
    assert deviation("code 1001", "code 1002") != deviation("code 7001", "code 1002")
    assert deviation("status 200", "a refusal") != deviation("status 201", "a refusal")


@given(st.text(), st.text())
def test_any_two_texts_have_a_deviation(observed: str, allowed: str) -> None:
    assert deviation(observed, allowed) == deviation(observed, allowed)
