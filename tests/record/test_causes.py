"""One failure is one finding: what has one cause is one entry, and what has two is two."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from conformance.record.causes import causes, not_served
from conformance.record.results import PlacedResult, UnservedRecord
from reports import CauseKind, CauseRecord, CheckRecord, FailureRecord, RequirementRecord, Verdict
from specs import Level
from tests.reports.records import check, exchange, requirement

QUOTA = "the target limits how many requests it serves (429)"


def seen(
    observed: str, allowed: str, number: int, *, by: str = "queued", operation: str = "update", before: int = 0
) -> FailureRecord:
    """A failure that an exchange shows, with so many exchanges before it."""
    trail = tuple(exchange(n, check=by) for n in range(number - before, number))
    shown = replace(exchange(number, check=by), operation=operation)
    return FailureRecord(by, observed, allowed, None, "", (*trail, shown))


def broken(id: str, *failures: FailureRecord, level: Level = Level.MANDATORY) -> RequirementRecord:
    return requirement(id, Verdict.FAILED, failures=failures, level=level)


def found(*requirements: RequirementRecord) -> list[tuple[tuple[str, ...], int]]:
    """What each cause breaks, and how often it was seen."""
    return [(cause.requirements, cause.times) for cause in causes(requirements, ())]


def test_one_answer_that_breaks_five_requirements_is_one_cause() -> None:
    said = ("status 500", "no body", "no code", "not JSON", "another media type")
    (cause,) = causes([broken(f"r{n}", seen(words, "an answer", 7)) for n, words in enumerate(said)], ())
    assert (cause.kind, cause.times) == (CauseKind.BROKEN, 1)
    assert cause.requirements == ("r0", "r1", "r2", "r3", "r4")
    assert cause.exchange is not None
    assert cause.exchange.number == 7


def test_the_same_observation_in_twenty_checks_is_one_cause() -> None:
    failures = [seen("status 201", "200 or 204", n, by=f"check-{n}") for n in range(20)]
    (cause,) = causes([broken("success-status", *failures)], ())
    assert (cause.times, len(cause.checks)) == (20, 20)


def test_two_defects_are_two_causes() -> None:
    assert found(broken("a", seen("code 1001", "code 1002", 1)), broken("b", seen("code 7001", "code 1002", 2))) == [
        (("a",), 1),
        (("b",), 1),
    ]


def test_two_defects_that_meet_in_one_answer_stay_two() -> None:
    trimmed = [seen("name is 'x'", "name: 'x '", n, operation="read") for n in (1, 2, 5)]
    typed = [seen("bill is {'month': '7'}", "bill: {month: 7}", n, operation="read") for n in (3, 5)]
    assert found(broken("texts", *trimmed), broken("types", *typed)) == [(("texts",), 3), (("types",), 2)]


def test_the_same_words_about_two_operations_are_two_causes() -> None:
    failures = [seen("status 500", "below 500", n, operation=name) for n, name in enumerate(("create", "update"))]
    assert len(found(broken("no-server-error", *failures))) == 2


def test_the_same_status_is_two_causes_where_something_else_is_expected() -> None:
    failures = [seen("status 400", allowed, n) for n, allowed in enumerate(("success", "404"))]
    assert len(found(broken("a", failures[0]), broken("b", failures[1]))) == 2


def test_generated_values_do_not_split_a_cause() -> None:
    said = (
        ("name is 'ab3'", "name: 'ab3 '"),
        ("title is ['x', 'longer']", "title: ['x', ' longer']"),
        ("bill is {'id': '0k33y', 'text': 'y'}", "bill: {id: '0k33y', text: 'y '}"),
        ("customer 7dy53b28yy73: name is 'y'", "customer 7dy53b28yy73: name is ' y'"),
    )
    assert found(broken("kept", *(seen(*words, n) for n, words in enumerate(said)))) == [(("kept",), 4)]


def test_a_value_that_is_cut_and_one_that_is_replaced_are_two_causes() -> None:
    said = (("name is 'abc'", "name: 'abcdef'"), ("name is 'other'", "name: 'abcdef'"))
    assert len(found(broken("kept", *(seen(*words, n) for n, words in enumerate(said))))) == 2


def test_a_preferred_and_a_mandatory_failure_of_one_answer_are_told_by_the_mandatory_one() -> None:
    preferred = broken("shown", seen("no header", "a header", 3), level=Level.PREFERRED)
    mandatory = broken("stored", seen("nothing is stored", "what was sent", 3, before=2))
    (cause,) = causes([preferred, mandatory], ())
    assert cause.what == "nothing is stored; expected: what was sent"
    assert cause.requirements == ("stored", "shown")


def test_the_shortest_evidence_tells_a_cause() -> None:
    long, short = seen("code 1001", "code 1002", 9, before=8), seen("code 1001", "code 1002", 12, before=1)
    (cause,) = causes([broken("a", long, short)], ())
    assert cause.exchange == short.trail[-1]


def test_what_breaks_most_of_the_mandatory_requirements_comes_first() -> None:
    wide = [broken(f"wide-{n}", seen("code 1", "code 2", 1)) for n in range(2)]
    often = [seen("code 3", "code 2", n) for n in range(2, 9)]
    told = found(broken("minor", *often, level=Level.PREFERRED), broken("often", *often[:1]), *wide)
    assert [names for names, _ in told] == [("wide-0", "wide-1"), ("often", "minor")]


def test_failures_without_any_exchange_are_grouped_by_their_words() -> None:
    bare = FailureRecord("queued", "nothing came", "something", None, "", ())
    assert found(broken("a", bare), broken("b", bare), broken("c", replace(bare, observed="much came"))) == [
        (("a", "b"), 2),
        (("c",), 1),
    ]


def result(id: str, lost: Iterable[str] = (), *, times: int = 0, reason: str = "", first: int = 1) -> PlacedResult:
    """A check that lost requirements, with so many requests that were not served."""
    ran: CheckRecord = replace(check(id, Verdict.NOT_TESTED), reason=reason)
    refused = (UnservedRecord("quota", QUOTA, "lower the rate", times, exchange(first)),) if times else ()
    verdicts = dict.fromkeys(lost, Verdict.NOT_TESTED)
    return PlacedResult(0, ran, verdicts, {}, {}, {}, None, refused, dict.fromkeys(lost, "quota") if times else {})


def untested(*names: str) -> list[RequirementRecord]:
    return [requirement(name, Verdict.NOT_TESTED) for name in names]


def only(found: tuple[CauseRecord, ...]) -> CauseRecord:
    (cause,) = found
    return cause


def test_six_hundred_refused_requests_are_one_cause() -> None:
    results = [result(f"check-{n}", [f"r{n % 3}"], times=60, first=100 - n) for n in range(10)]
    cause = only(causes(untested("r0", "r1", "r2"), results))
    assert (cause.kind, cause.times, cause.requirements) == (CauseKind.NOT_SERVED, 600, ("r0", "r1", "r2"))
    assert (cause.what, cause.mend, len(cause.checks)) == (QUOTA, "lower the rate", 10)
    assert cause.exchange is not None
    assert cause.exchange.number == 91


def test_checks_that_sent_nothing_after_the_target_had_stopped_serving_belong_to_the_cause() -> None:
    stopped = replace(result("later", ["r1"]), lost={"r1": "quota"})
    other = result("other", ["r2"], reason="the target file names no second tenant")
    requirements = untested("r0", "r1", "r2")
    results = [result("first", ["r0"], times=3), stopped, other]
    cause = only(causes(requirements, results))
    assert (cause.requirements, cause.checks, cause.times) == (("r0", "r1"), ("first", "later"), 3)
    assert not_served(requirements, results) == {"r0", "r1"}


def test_a_requirement_that_another_check_decided_was_not_lost() -> None:
    requirements = [*untested("r0"), requirement("r1")]
    cause = only(causes(requirements, [result("first", ["r0", "r1"], times=1)]))
    assert cause.requirements == ("r0",)


def test_a_method_that_the_server_does_not_know_is_a_cause_only_where_something_was_lost() -> None:
    refused = UnservedRecord("unknown-method", "the server does not know the method (501)", "nothing", 1, exchange())
    ran = replace(result("breadth", ["r0"]), unserved=(refused,), lost={"r0": "unknown-method"})
    assert causes([requirement("r0")], [ran]) == ()
    assert only(causes(untested("r0"), [ran])).requirements == ("r0",)


def test_what_was_not_served_comes_before_what_was_broken() -> None:
    requirements = [broken("a", seen("code 1", "code 2", 1)), *untested("r0")]
    kinds = [cause.kind for cause in causes(requirements, [result("first", ["r0"], times=1)])]
    assert kinds == [CauseKind.NOT_SERVED, CauseKind.BROKEN]
