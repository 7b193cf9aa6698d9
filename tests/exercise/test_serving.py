"""A refusal to serve is told once and never judged as an answer of the operation."""

from __future__ import annotations

import json

import pytest

from conformance.exercise.freshness import Freshness
from conformance.exercise.probe import Probe, learn
from conformance.exercise.serving import Serving
from conformance.judge import Inconclusive, NotServed, Verdict
from conformance.judge.refusal import from_cache, refusal_of
from conformance.session.exchange import Answer, Exchange, Request
from tests.exercise.bare import FIRST, SECOND, BareDriver, SizeOracle, bare_driver, run

PAGE = Answer(403, (("Content-Type", "text/html"),), b"<html><h1>403 Forbidden</h1></html>")
QUOTA = Answer(429, (("Retry-After", "3000"),), b'{"message":"quota"}')
TOO_LARGE = Answer(413, (), b"")
GATEWAY = Answer(502, (), b"Bad Gateway")
BROKEN = b"x" * 30  # the oracle of these tests finds it too long


def echo(request: Request) -> Answer:
    return Answer(200, (), request.body or b"")


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (QUOTA, "quota"),
        (Answer(407, (), b""), "proxy-credentials"),
        (GATEWAY, "bad-gateway"),
        (Answer(504, (), b""), "bad-gateway"),
        (Answer(503, (), b""), "unavailable"),
        (Answer(413, (), b""), "too-large"),
        (Answer(414, (), b""), "too-large"),
        (Answer(431, (), b""), "too-large"),
        (PAGE, "gateway-page"),
        (Answer(401, (), b"<!DOCTYPE html><title>sign in</title>"), "gateway-page"),
        (Answer(401, (("WWW-Authenticate", "Bearer realm=x"),), b'{"error":"invalid_token"}'), "gateway-credentials"),
        (Answer(401, (("WWW-Authenticate", "Basic realm=x"),), b"{}"), "gateway-refusal"),
        (Answer(403, (("Content-Type", "application/json"),), b"{}"), "gateway-refusal"),
        (Answer(500, (("Content-Type", "text/html"),), b"<html>stack trace</html>"), None),
        (Answer(400, (("Content-Type", "text/html"),), b"<html>bad request</html>"), None),
        (Answer(200, (), b"{}"), None),
    ],
)
def test_what_gateways_answer_is_told_from_what_an_api_answers(answer: Answer, kind: str | None) -> None:
    refusal = refusal_of(Exchange(1, "", Request("update", "PUT", "/"), answer))
    assert (refusal.id if refusal else None) == kind


def test_words_that_say_what_429_says_are_the_same_refusal() -> None:
    refusal = refusal_of(Exchange(1, "", Request("update", "PUT", "/"), Answer(200, (), b"{}")), limited=True)
    assert refusal is not None
    assert refusal.id == "quota"


@pytest.mark.parametrize(("operation", "refused"), [("", True), ("update", False)])
def test_501_refuses_a_method_that_the_contract_does_not_have_and_no_other(operation: str, refused: bool) -> None:
    exchange = Exchange(1, "", Request(operation, "QUERY", "/"), Answer(501, (), b""))
    assert (refusal_of(exchange) is not None) is refused


def test_an_answer_that_the_contract_gives_is_no_refusal_but_a_quota_always_is() -> None:
    class Own(SizeOracle):
        def own_answer(self, exchange: Exchange) -> bool:
            return True

    bench = bare_driver().bench
    serving, request = Serving(Own(bench.contract, bench.target, bench.readings)), Request("update", "PUT", "/")
    assert serving.refusal(Exchange(1, "", request, Answer(414, (), b""))) is None
    assert serving.refusal(Exchange(1, "", request, QUOTA)) is not None


def test_what_a_refused_request_was_to_show_is_not_tested_and_nothing_is_accused() -> None:
    driver = bare_driver(script=lambda request, _: PAGE)
    result = run(lambda driver: driver.say(b"short"), FIRST, driver=driver)
    assert (result.verdict, result.failures) == (Verdict.NOT_TESTED, {})
    assert result.verdicts == {FIRST: Verdict.NOT_TESTED}
    assert (result.unserved["gateway-page"].times, result.unserved["gateway-page"].first.number) == (1, 1)


def test_one_refused_case_does_not_keep_the_others_from_running() -> None:
    driver = bare_driver(script=lambda request, _: PAGE if request.body == b"attack" else echo(request))
    result = run(lambda driver: driver.bench.each([b"attack", b"a", BROKEN], driver.say), FIRST, SECOND, driver=driver)
    assert (result.verdict, set(result.failures), result.exchanges) == (Verdict.FAILED, {FIRST, SECOND}, 3)


def test_what_one_refused_case_would_have_shown_is_not_tested() -> None:
    driver = bare_driver(script=lambda request, _: TOO_LARGE if request.body == b"large" else echo(request))

    def body(driver: BareDriver) -> None:
        def say(value: bytes) -> None:
            driver.bench.boundary(f"size={len(value)}")
            driver.say(value)

        driver.bench.each([b"large", b"a"], say)

    result = run(body, FIRST, driver=driver)
    assert (result.verdict, result.verdicts[FIRST]) == (Verdict.NOT_TESTED, Verdict.NOT_TESTED)
    assert (result.lost, result.cases, result.boundaries) == ({FIRST: "too-large"}, 1, {"size=1": 1})


def test_a_listed_case_that_a_gateway_lost_is_tried_again() -> None:
    driver = bare_driver(script=lambda request, number: GATEWAY if number == 2 else echo(request))
    result = run(lambda driver: driver.bench.each([b"a", b"b"], driver.say), FIRST, driver=driver)
    assert (result.verdict, result.cases, result.exchanges) == (Verdict.PASSED, 2, 3)


def test_a_failure_makes_no_pass_of_what_a_check_had_still_to_show() -> None:
    def body(driver: BareDriver) -> None:
        driver.say(b"x" * 15)  # breaks FIRST, fulfils SECOND
        raise Inconclusive("and then it could not go on")

    result = run(body, FIRST, SECOND, driver=bare_driver(script=lambda request, _: echo(request)))
    assert result.verdicts == {FIRST: Verdict.FAILED, SECOND: Verdict.NOT_TESTED}


def test_a_check_whose_request_a_gateway_lost_runs_again_with_new_names() -> None:
    names: list[str] = []

    def body(driver: BareDriver) -> None:
        names.append(driver.bench.fresh())
        driver.say(b"short")

    driver = bare_driver(script=lambda request, number: GATEWAY if number == 1 else echo(request))
    result = run(body, FIRST, driver=driver)
    assert (result.verdict, result.unserved["bad-gateway"].times) == (Verdict.PASSED, 1)
    assert len(set(names)) == 2


def test_a_clean_up_that_is_not_served_ends_no_probe() -> None:
    def clean_up() -> list[str]:
        raise NotServed("not served any more")

    driver = bare_driver()
    driver.clean_up = clean_up  # type: ignore[method-assign]
    reading = next(iter(driver.contract.readings.values()))
    (seen,) = learn(driver, [Probe(reading.id, lambda _: reading.default)])
    assert seen.option == reading.default


def test_what_probes_keep_for_each_other_is_removed_at_their_end() -> None:
    driver = bare_driver()
    driver.finish = lambda: ["what was kept"]  # type: ignore[method-assign]
    reading = next(iter(driver.contract.readings.values()))
    left: list[str] = []
    learn(driver, [Probe(reading.id, lambda _: reading.default)], left=left)
    assert "what was kept" in left


def test_nothing_is_sent_any_more_when_a_target_has_stopped_serving() -> None:
    driver = bare_driver(script=lambda request, _: QUOTA)
    run(lambda driver: driver.bench.each(range(10), lambda _: driver.say(b"")), FIRST, driver=driver)
    before = driver.bench.session.sent
    with pytest.raises(NotServed, match="not served any more"):
        driver.say(b"")
    assert driver.bench.session.sent == before <= 3


def test_a_read_that_says_that_a_cache_gave_it_accuses_nobody() -> None:
    stale = Answer(200, (("Age", "7"),), BROKEN)
    driver = bare_driver(script=lambda request, _: stale)
    result = run(lambda driver: driver.send(Request("query", "GET", "/")), FIRST, driver=driver)
    assert (result.verdict, set(result.unserved)) == (Verdict.NOT_TESTED, {"stale-read"})


def shown(value: str, number: int) -> Answer:
    return Answer(200, (), json.dumps({"requestId": number * 1111, "name": value, "more": "x" * 30}).encode())


@pytest.mark.parametrize(("later", "verdict"), [("new", Verdict.NOT_TESTED), ("old", Verdict.FAILED)])
def test_a_read_that_changes_by_itself_lags_behind_and_another_is_judged(
    later: str, verdict: Verdict, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("conformance.exercise.freshness.SECOND_LOOK_S", 0.0)
    driver = bare_driver(script=lambda _, number: shown("old" if number == 1 else later, number))
    assert run(lambda driver: driver.send(Request("query", "GET", "/")), FIRST, driver=driver).verdict is verdict


def test_a_read_waits_until_what_was_written_has_settled() -> None:
    driver = bare_driver(script=lambda request, _: echo(request), settle_s=0.05)
    driver.say(b"")
    driver.send(Request("query", "GET", "/"))
    driver.send(Request("query", "GET", "/"))
    assert 0.04 < driver.bench.waited_s <= 0.05


def test_a_read_waits_from_the_end_of_a_queued_request_on_and_a_look_at_its_outcome_does_not() -> None:
    waits: list[float] = []
    now = 0.0
    freshness = Freshness(5.0, waits.append, clock=lambda: now)
    freshness.after(safe=False)
    now = 3.0
    freshness.before(reads=False)
    freshness.after(safe=False)
    now = 4.0
    freshness.before(reads=True)
    assert waits == [4.0]


def test_second_looks_that_show_a_lag_are_not_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("conformance.exercise.freshness.SECOND_LOOK_S", 0.0)
    driver = bare_driver(script=lambda _, number: shown("old" if number % 3 == 1 else "new", number))
    result = run(
        lambda driver: driver.bench.each(range(8), lambda _: driver.send(Request("query", "GET", "/"))),
        FIRST,
        driver=driver,
    )
    assert (result.failures, result.lost, result.exchanges) == ({}, {FIRST: "stale-read"}, 24)


@pytest.mark.parametrize(
    ("header", "cached"),
    [
        (("Age", "0"), False),
        (("Age", "12"), True),
        (("X-Cache", "Hit from cloudfront"), True),
        (("X-Cache", "MISS"), False),
        (("X-Cache", "TCP_HIT from edge"), True),
        (("X-Cache", "MISS from white-proxy"), False),
        (("X-Cache", "MISS from a-hit.example"), False),
        (("X-Cache", "hit-for-pass"), False),
        (("Cache-Status", "Edge; hit; ttl=3"), True),
        (("Age", "1" * 5000), True),
        (("CF-Cache-Status", "HIT"), True),
        (("Cache-Status", "edge; hit"), True),
    ],
)
def test_answers_of_caches_are_known_by_their_headers(header: tuple[str, str], cached: bool) -> None:
    assert (from_cache(Answer(200, (header,), b"")) is not None) is cached
