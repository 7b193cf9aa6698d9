"""Before anything else: a target that serves nothing valid is told so, in one message, after a few requests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from conformance.exercise.preflight import MOST_REQUESTS, Attempt, Preflight, fly, refused_credentials
from conformance.session.exchange import Answer, Exchange, Request, Trouble
from tests.exercise.bare import CONTRACT, BareDriver, bare_driver

REQUEST = Request("query", "GET", "/profiles/x")
HTML = (("Content-Type", "text/html"),)


def failing(answer: Answer | None, trouble: Trouble | None = None) -> Preflight:
    exchange = Exchange(1, "preflight", REQUEST, answer, trouble, "as it was told" if trouble else "")
    return Preflight((Attempt("a query", "password", exchange, succeeded=False),), 1)


@pytest.mark.parametrize(
    ("came", "likely", "change"),
    [
        (failing(None, Trouble.CONNECT), "nothing answers at the address", "`base_url`"),
        (failing(None, Trouble.TLS), "no trusted TLS connection", "`ca_file`"),
        (failing(None, Trouble.TIMEOUT), "nothing is answered in time", "`read_timeout_s`"),
        (failing(None, Trouble.PROTOCOL), "does not speak HTTP", "`base_url`"),
        (failing(Answer(401, (), b"")), "the credentials are refused", "the credentials (password)"),
        (failing(Answer(403, HTML, b"<html>")), "the credentials are refused, or a gateway", "what it asks for"),
        (failing(Answer(407, (), b"")), "a proxy asks for credentials", "what stands in front of the API"),
        (failing(Answer(429, (), b"")), "limits how many requests", "`rate`"),
        (failing(Answer(404, (), b"")), "there is no such path", "the path in `base_url`"),
        (
            failing(Answer(301, (("Location", "https://new.example/x?key=s3"),), b"")),
            "redirects to https://new.example/x",
            "",
        ),
        (failing(Answer(200, HTML, b"<html>Welcome")), "a web page answers", "`base_url`"),
        (failing(Answer(500, (), b"")), "the server fails", "look at the server"),
        (failing(Answer(200, (), b'{"code": 1740}')), "the API refuses every valid request", "the data of the target"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_the_message_names_the_likely_cause_and_what_to_change(came: Preflight, likely: str, change: str) -> None:
    said = came.cause(str)
    assert likely in said
    assert change in said.partition("What to do: ")[2]
    assert "?key" not in said


def test_a_secret_that_is_cut_is_a_secret_still() -> None:
    page = Answer(500, (), b"." * 195 + b"top-secret-key")
    said = failing(page).cause(lambda text: text.replace("top-secret-key", "[key]"))
    assert "top" not in said


class Trying(BareDriver):
    patient = True

    def preflight(self) -> Iterator[Attempt]:
        while True:
            self.patient = self.bench.session.patient
            exchange = self.say(b"x" * 40)
            yield Attempt("an update", "", exchange, succeeded=False)


def test_a_preflight_sends_ten_requests_at_most_and_judges_nothing() -> None:
    driver = bare_driver(script=lambda request, _: Answer(404, (), b""))
    trying = Trying(driver.bench)
    flown = fly(trying)
    assert not trying.patient  # a request that is sent again is one more
    assert driver.bench.session.patient
    assert (flown.sent, len(flown.attempts), flown.served) == (MOST_REQUESTS, MOST_REQUESTS, False)
    assert driver.bench.log.failures == {}


@pytest.mark.parametrize(
    ("answer", "refused"),
    [
        (Answer(401, (), b""), ["schemaless_username"]),
        (Answer(200, (), b"{}"), ["schemaless_username"]),
        (Answer(429, (), b""), []),
        (Answer(503, (), b""), []),
        (Answer(500, (), b""), []),
        (None, []),
    ],
)
def test_an_optional_credential_that_is_refused_is_not_used_although_others_work(
    answer: Answer | None, refused: list[str]
) -> None:
    good = Attempt("a query", "username", Exchange(1, "", REQUEST, Answer(200, (), b"")), succeeded=True)
    bad = Attempt("a query", "schemaless_username", Exchange(2, "", REQUEST, answer), succeeded=False)
    assert list(refused_credentials(CONTRACT, Preflight((good, bad), 2))) == refused
