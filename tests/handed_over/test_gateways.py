"""What stands in front of a target is not the target: a refusal to serve is one cause and no accusation."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.reference.embedded import serve, targets
from conformance.session.exchange import Answer
from conformance.target import Target
from reports.model import CauseKind, Outcome, RunRecord, TargetRecord, Verdict
from tests.handed_over.gateway import Asked, Forward, before
from tests.independent.running import run

PAGE = Answer(403, (("Content-Type", "text/html"),), b"<html><body><h1>403 Forbidden</h1></body></html>")
TOKEN = Answer(401, (("Content-Type", "application/json"),), b'{"error":"invalid_token"}')
QUOTA = Answer(429, (("Content-Type", "application/json"), ("Retry-After", "3000")), b'{"message":"quota"}')
UNKNOWN = Answer(501, (("Content-Type", "text/html"),), b"<html><body><h1>501 Not Implemented</h1></body></html>")
USUAL = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"})
SERVED = 150
VENDORS = {"fiserv-alldata": "fiserv", "genesys-ucs": "genesys", "imiconnect-customer": "imiconnect"}
READS = {"fiserv-alldata": "getUserProfile", "genesys-ucs": "/profiles/", "imiconnect-customer": "/customerprofile/"}


@contextmanager
def reference(contract: str) -> Iterator[Target]:
    with serve([VENDORS[contract]]) as server:
        yield next(t for t in targets(server, "1") if t.contract == contract)


def quick(target: Target, folder: Path, *options: str) -> RunRecord:
    return run(target, folder, "--effort", "quick", *options)


def accused(target: TargetRecord) -> list[str]:
    return [r.id for r in target.requirements if r.verdict is Verdict.FAILED]


def causes(record: RunRecord) -> list[str]:
    return [cause.what for cause in record.targets[0].causes if cause.kind is CauseKind.NOT_SERVED]


@pytest.mark.parametrize(
    ("contract", "refusal"),
    [("fiserv-alldata", PAGE), ("genesys-ucs", PAGE), ("imiconnect-customer", PAGE), ("imiconnect-customer", TOKEN)],
)
def test_a_gateway_that_refuses_everything_is_told_in_one_message(
    contract: str, refusal: Answer, tmp_path: Path
) -> None:
    with reference(contract) as target, before(target, lambda *_: refusal) as (gateway, front):
        record = quick(front, tmp_path)
    assert (record.exit_code, record.verdict, accused(record.targets[0])) == (3, Outcome.UNDECIDED, [])
    assert len(gateway.asked) <= 10
    assert len(causes(record)) == 1
    assert "a gateway" in causes(record)[0]


@pytest.mark.parametrize("contract", VENDORS)
def test_a_wrong_path_in_the_address_is_told_in_one_message(contract: str, tmp_path: Path) -> None:
    with reference(contract) as target:
        record = quick(replace(target, base_url=f"{target.base_url}/wrong/prefix"), tmp_path)
    assert (record.exit_code, accused(record.targets[0])) == (3, [])
    assert record.targets[0].exchanges <= 10
    assert "the path in `base_url`" in record.targets[0].note


@pytest.mark.parametrize("contract", VENDORS)
@pytest.mark.parametrize(
    ("refusal", "cause", "stops"),
    [
        (QUOTA, "the target limits how many requests it serves (429)", True),
        (TOKEN, "something in front of the API refuses the request (401, 403)", False),
    ],
    ids=["quota", "token"],
)
def test_refusals_in_the_middle_of_a_run_are_one_cause_and_break_nothing(
    contract: str, refusal: Answer, cause: str, stops: bool, tmp_path: Path
) -> None:
    def rule(asked: Asked, forward: Forward) -> Answer:
        return refusal if asked.number > SERVED else forward(asked)

    with reference(contract) as target, before(target, rule) as (gateway, front):
        record = quick(front, tmp_path)
    assert (record.exit_code, accused(record.targets[0]), causes(record)) == (3, [], [cause])
    assert not stops or len(gateway.asked) < SERVED + 20


@pytest.mark.parametrize("contract", ["fiserv-alldata", "genesys-ucs"])
def test_a_quota_of_600_requests_is_one_cause_and_breaks_nothing(contract: str, tmp_path: Path) -> None:
    def rule(asked: Asked, forward: Forward) -> Answer:
        return QUOTA if asked.number > 600 else forward(asked)

    with reference(contract) as target, before(target, rule) as (gateway, front):
        record = quick(front, tmp_path)
    cause = "the target limits how many requests it serves (429)"
    assert (record.exit_code, accused(record.targets[0]), causes(record)) == (3, [], [cause])
    assert 600 < len(gateway.asked) < 620


@pytest.mark.parametrize("contract", ["genesys-ucs", "imiconnect-customer"])
def test_501_for_a_method_that_the_server_does_not_know_is_allowed(contract: str, tmp_path: Path) -> None:
    def rule(asked: Asked, forward: Forward) -> Answer:
        return forward(asked) if asked.method in USUAL else UNKNOWN

    with reference(contract) as target, before(target, rule) as (gateway, front):
        record = quick(front, tmp_path, "-k", "breadth")
    assert accused(record.targets[0]) == []
    assert any(asked.method not in USUAL for asked in gateway.asked)


def test_a_firewall_that_wants_a_user_agent_gets_one(tmp_path: Path) -> None:
    def rule(asked: Asked, forward: Forward) -> Answer:
        return forward(asked) if asked.header("User-Agent") else PAGE

    with reference("imiconnect-customer") as target, before(target, rule) as (gateway, front):
        record = quick(front, tmp_path, "-k", "answers")
    assert (record.exit_code, causes(record)) == (0, [])
    assert {(asked.header("User-Agent") or "").partition("/")[0] for asked in gateway.asked} == {"profile-conformance"}


def test_a_gateway_that_loses_a_request_now_and_then_breaks_nothing(tmp_path: Path) -> None:
    lost = Answer(502, (("Content-Type", "text/html"),), b"<html>502 Bad Gateway</html>")

    def rule(asked: Asked, forward: Forward) -> Answer:
        return lost if asked.number % 41 == 0 else forward(asked)

    with reference("genesys-ucs") as target, before(target, rule) as (_, front):
        record = quick(front, tmp_path, "-k", "replace or identity")
    assert accused(record.targets[0]) == []
    assert causes(record) == ["a gateway got no answer from the server behind it (502, 504)"]


class Cache:
    """Repeats the answers to reads, each a few times or for a while.

    Args:
        reads: what stands in the path of a read.
        times: how often an answer is repeated.
        seconds: for how long it is, at the most.
    """

    def __init__(self, reads: str, *, times: int, seconds: float = 60.0) -> None:
        self._reads = reads
        self._times = times
        self._seconds = seconds
        self._kept: dict[str, tuple[float, int, Answer]] = {}

    def __call__(self, asked: Asked, forward: Forward) -> Answer:
        if self._reads not in asked.path or asked.method not in ("GET", "POST"):
            return forward(asked)
        key = asked.path + self._user(asked.body)
        when, left, kept = self._kept.get(key, (0.0, 0, None))
        if kept is not None and left and time.monotonic() - when < self._seconds:
            self._kept[key] = (when, left - 1, kept)
            return kept
        answer = forward(asked)
        if answer.status == 200:
            self._kept[key] = (time.monotonic(), self._times, answer)
        return answer

    def _user(self, body: bytes) -> str:
        try:
            return str(json.loads(body)["SignonRq"]["UserInfo"]["UserID"]) if body else ""
        except (ValueError, KeyError, TypeError):
            return body.decode("latin-1")


@pytest.mark.parametrize("contract", VENDORS)
def test_reads_behind_a_cache_are_told_once_and_not_as_broken_requirements(contract: str, tmp_path: Path) -> None:
    with reference(contract) as target, before(target, Cache(READS[contract], times=4)) as (_, front):
        record = quick(front, tmp_path)
    assert (record.exit_code, accused(record.targets[0]), len(causes(record))) == (3, [], 1)
    assert "settle_s" in record.targets[0].note


@pytest.mark.parametrize(
    ("contract", "some"),
    [("genesys-ucs", "neighbors or repeated_update"), ("imiconnect-customer", "attributes and merge")],
)
def test_with_settle_s_a_target_behind_a_cache_is_tested(contract: str, some: str, tmp_path: Path) -> None:
    with (
        reference(contract) as target,
        before(target, Cache(READS[contract], times=1000, seconds=0.1)) as (_, front),
    ):
        settled = replace(front, limits=replace(front.limits, settle_s=0.12))
        record = quick(settled, tmp_path, "-k", some)
    assert (record.exit_code, accused(record.targets[0]), causes(record)) == (0, [], [])
