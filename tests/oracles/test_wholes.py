"""Wholes and mixtures: a whole is recognized, a mixture is told with as little as it takes to see it."""

from __future__ import annotations

from functools import partial
from operator import eq

from hypothesis import given
from hypothesis import strategies as st

from conformance.judge.wholes import Mixture, Wholes

WRITTEN = {
    "one": {"first": "a", "last": "b", "mail": "c"},
    "two": {"first": "d", "last": "e"},
    "three": {"first": "f", "last": "b", "mail": "g"},
}
ALL = ("first", "last", "mail")


def wholes() -> Wholes[str]:
    return Wholes({name: {m: partial(eq, w.get(m)) for m in ALL} for name, w in WRITTEN.items()}, None)


@given(st.sampled_from(sorted(WRITTEN)))
def test_a_whole_is_recognized_whatever_else_is_shown(name: str) -> None:
    assert wholes().of({**WRITTEN[name], "other": 1}) == name


@given(st.fixed_dictionaries({name: st.sampled_from("abcdefgx") | st.none() for name in ALL}))
def test_everything_else_is_a_mixture_that_its_members_show(shown: dict[str, str | None]) -> None:
    found = wholes().of(shown)
    if isinstance(found, str):
        assert {m: WRITTEN[found].get(m) for m in ALL} == shown
        return
    for written in WRITTEN.values():
        assert any(written.get(member) != shown[member] for member in found.members)
    for spared in found.members:
        rest = [m for m in found.members if m != spared]
        assert any(all(written.get(m) == shown[m] for m in rest) for written in WRITTEN.values())


def test_a_mixture_names_the_writes_that_explain_the_most() -> None:
    found = wholes().of({"first": "d", "last": "b", "mail": "c"})
    assert found == Mixture({"one": ("last", "mail"), "two": ("first",)}, (), ("first", "last"))


def test_a_member_that_a_whole_left_out_must_not_come_from_another() -> None:
    found = wholes().of({"first": "d", "last": "e", "mail": "g"})
    assert found == Mixture({"two": ("first", "last"), "three": ("mail",)}, (), ("first", "mail"))


def test_a_value_that_nobody_wrote_is_told_as_such() -> None:
    found = wholes().of({"first": "a", "last": "b", "mail": "q"})
    assert isinstance(found, Mixture)
    assert (found.unexplained, found.members) == (("mail",), ("mail",))
