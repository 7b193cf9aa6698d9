"""Whom a Fiserv run uses where the target lets it create nobody."""

from __future__ import annotations

import pytest

from conformance.exercise.check import checks
from conformance.exercise.probe import learn
from conformance.exercise.runner import run_check
from conformance.fiserv import PROBES
from conformance.judge import Inconclusive, Verdict
from conformance.reference.fiserv.model import Tree, User
from conformance.reference.fiserv.service import FiservService
from strategies.fiserv.profiles import DESCRIBED
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


@pytest.mark.parametrize("shown", [True, False])
def test_members_of_a_guessed_shape_are_sent_where_a_read_has_shown_them(
    shown: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def few(self: FiservService, user: User) -> Tree:
        return {name: value for name, value in now(self, user).items() if name not in DESCRIBED}

    now = FiservService.shown
    if not shown:
        monkeypatch.setattr(FiservService, "shown", few)
    with driving() as driver:
        assert driver.words.described == ()
        assert driver.me.ours
        assert driver.words.described == (DESCRIBED if shown else ())
        check = next(check for check in checks("fiserv") if check.id == "codes.enumeration")
        wanted = Verdict.PASSED if shown else Verdict.NOT_TESTED
        learn(driver, PROBES)
        assert run_check(check, driver).verdicts["invalid-field-code"] is wanted
