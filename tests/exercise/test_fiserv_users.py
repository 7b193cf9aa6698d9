"""Whom a Fiserv run uses where the target lets it create nobody."""

from __future__ import annotations

import pytest

from conformance.exercise.check import checks
from conformance.exercise.probe import learn
from conformance.exercise.runner import run_check
from conformance.fiserv import PROBES
from conformance.judge import Inconclusive, Verdict
from tests.exercise.test_fiserv_beginning import driving


@pytest.mark.parametrize(
    ("name", "requirement", "verdict"),
    [
        ("codes.deleted_user", "unknown-user-code", Verdict.NOT_TESTED),
        ("codes.unknown_user", "unknown-user-code", Verdict.PASSED),
        ("identity.wrong_password", "sign-on-failure", Verdict.PASSED),
        ("success.both_formats", "both-formats-agree", Verdict.PASSED),
    ],
)
def test_where_no_user_can_be_created_the_lent_ones_are_used(
    name: str, requirement: str, verdict: Verdict, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused() -> None:
        raise Inconclusive("createUser makes no user")

    with driving() as driver:
        learn(driver, PROBES)
        monkeypatch.setattr(driver, "new_user", refused)
        check = next(check for check in checks("fiserv") if check.id == name)
        assert run_check(check, driver).verdicts[requirement] is verdict
