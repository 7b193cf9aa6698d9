"""The part that differs is found, and nothing is lost on the way."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from reports.contrast import Parts, contrasted, shown_otherwise, spotted
from tests.reports.records import exchange


def marked(parts: Parts) -> list[str]:
    return [text for text, differs in parts if differs]


def whole(parts: Parts) -> str:
    return "".join(text for text, _ in parts)


@given(st.text(max_size=60), st.text(max_size=60))
def test_the_pieces_make_up_the_texts(one: str, other: str) -> None:
    assert tuple(map(whole, contrasted(one, other))) == (one, other)


def test_the_words_that_differ_are_marked() -> None:
    left, right = contrasted("the answer has code 1001 and no text", "the answer has code 1002 and no text")
    assert (marked(left), marked(right)) == (["1001"], ["1002"])


def test_texts_that_have_little_in_common_are_not_marked() -> None:
    left, right = contrasted("a status of 500", "everything sent before is shown unchanged")
    assert marked(left) == marked(right) == []


def test_values_are_found_by_name_wherever_they_stand_and_in_xml_too() -> None:
    sent = "<P><Name>Anna Berg</Name><City>Ulm</City><Zip>89073</Zip></P>"
    shown = "<R><Status>0</Status><P><City>Ulm</City><Name>Anna</Name><Zip>89073</Zip></P></R>"
    (found,) = shown_otherwise((exchange(1, sent=sent), exchange(2, sent="", came=shown)))
    assert (found.name, marked(found.sent)) == ("Name", [" Berg"])
    assert marked(spotted("Profile('Anna Berg', 'Ulm')", [found])) == ["Anna Berg"]


def test_an_answer_about_something_else_is_not_compared_with_what_was_sent() -> None:
    assert (
        shown_otherwise((exchange(sent='{"name": "x", "code": 1}', came='{"code": "7003", "name": "failure"}'),)) == ()
    )
    assert shown_otherwise((exchange(came=None),)) == ()
    assert shown_otherwise(()) == ()
