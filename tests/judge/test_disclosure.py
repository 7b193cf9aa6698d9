"""A credential in an answer is found in each form in which it may stand there, and nothing else is taken for one."""

from __future__ import annotations

import base64
import json

import pytest

from conformance.judge.disclosure import discloses
from conformance.session.exchange import Answer

SECRET = 'Correct/Horse"9'


def answer(body: str, *headers: tuple[str, str]) -> Answer:
    return Answer(400, headers, body.encode())


@pytest.mark.parametrize(
    "shown",
    [
        answer(f"wrong: {SECRET}"),
        answer(json.dumps({"error": SECRET})),
        answer(json.dumps({"error": SECRET}).replace("/", "\\/").replace("C", "\\u0043")),
        answer(SECRET.replace('"', "&quot;")),
        answer(SECRET.replace("/", "%2F").replace('"', "%22")),
        answer(base64.b64encode(SECRET.encode()).decode()),
        answer("", ("x-user", SECRET)),
    ],
)
def test_a_credential_is_found_in_every_form(shown: Answer) -> None:
    assert discloses(shown, [SECRET])


def test_what_the_request_says_elsewhere_may_be_shown() -> None:
    assert not discloses(answer(SECRET), [SECRET], elsewhere=f'{{"name": {SECRET}}}')


def test_a_short_credential_may_stand_there_by_chance() -> None:
    assert not discloses(answer("wrong: secret"), ["secret"])


def test_another_text_is_no_credential() -> None:
    assert not discloses(answer(SECRET[:-1]), [SECRET])
