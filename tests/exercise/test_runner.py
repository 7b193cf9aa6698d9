"""What a check's end means for the requirements that it is bound to."""

from __future__ import annotations

from hypothesis import strategies as st

from conformance.judge import Inconclusive, NotTested, Verdict
from conformance.judge.verdicts import BudgetExhausted
from tests.exercise.bare import FIRST, SECOND, THIRD, BareDriver, bare_driver, run


def test_a_requirement_passes_when_something_judged_it_and_nothing_broke_it() -> None:
    result = run(lambda driver: driver.say(b"short"), FIRST)
    assert (result.verdict, result.verdicts) == (Verdict.PASSED, {FIRST: Verdict.PASSED})


def test_a_check_that_judged_nothing_of_a_bound_requirement_is_inconclusive() -> None:
    result = run(lambda driver: driver.say(b"short"), FIRST, THIRD)
    assert result.verdict is Verdict.INCONCLUSIVE
    assert result.verdicts == {FIRST: Verdict.PASSED, THIRD: Verdict.INCONCLUSIVE}


def test_what_a_check_deepens_is_lost_with_it_only_where_it_cannot_be_decided() -> None:
    def untested(driver: BareDriver) -> None:
        driver.say(b"short")
        raise NotTested("nothing is lent")

    def unclear(driver: BareDriver) -> None:
        raise Inconclusive("no outcome")

    assert run(lambda driver: driver.say(b"short"), deepens=(FIRST, THIRD)).verdicts == {FIRST: Verdict.PASSED}
    assert run(lambda driver: driver.say(b"x" * 15), deepens=(FIRST,)).verdicts[FIRST] is Verdict.FAILED
    assert run(untested, deepens=(FIRST,)).verdicts == {}
    assert run(unclear, deepens=(FIRST,)).verdicts == {FIRST: Verdict.INCONCLUSIVE}


def test_a_check_goes_on_after_a_failure_and_judges_what_it_still_can() -> None:
    def body(driver: BareDriver) -> None:
        driver.say(b"x" * 15)
        driver.say(b"sent all the same")

    result = run(body, FIRST, SECOND, THIRD)
    assert (result.verdict, result.exchanges) == (Verdict.FAILED, 2)
    assert result.verdicts == {FIRST: Verdict.FAILED, SECOND: Verdict.PASSED, THIRD: Verdict.NOT_TESTED}


def test_a_failure_of_a_generated_case_does_not_hide_another_one() -> None:
    def body(driver: BareDriver) -> None:
        driver.bench.for_all(st.integers(12, 40), lambda size: driver.say(b"x" * size))

    result = run(body, FIRST, SECOND)
    assert set(result.failures) == {FIRST, SECOND}
    assert result.failures[SECOND].counterexample == "20"


def test_an_error_of_the_suite_after_a_failure_follows_from_it() -> None:
    def body(driver: BareDriver) -> None:
        driver.say(b"x" * 15)
        raise ZeroDivisionError

    result = run(body, FIRST, SECOND)
    assert result.verdicts == {FIRST: Verdict.FAILED, SECOND: Verdict.NOT_TESTED}


def test_breaking_another_requirement_is_told_and_does_not_end_the_check() -> None:
    def body(driver: BareDriver) -> None:
        driver.say(b"x" * 15)
        driver.say(b"short")

    result = run(body, SECOND)
    assert result.verdict is Verdict.PASSED
    assert result.exchanges == 2
    assert result.verdicts == {FIRST: Verdict.FAILED, SECOND: Verdict.PASSED}


def test_a_signal_gives_its_verdict_and_its_reason() -> None:
    def body(driver: BareDriver) -> None:
        raise NotTested("no second address")

    result = run(body, FIRST)
    assert (result.verdict, result.reason) == (Verdict.NOT_TESTED, "no second address")
    assert result.verdicts == {FIRST: Verdict.NOT_TESTED}


def test_a_signal_out_of_a_generated_case_is_not_taken_for_a_counterexample() -> None:
    def case(_: int) -> None:
        raise Inconclusive("it went away")

    result = run(lambda driver: driver.bench.for_all(st.integers(), case), FIRST)
    assert (result.verdict, result.reason, result.cases) == (Verdict.INCONCLUSIVE, "it went away", 1)


def test_a_defect_of_the_suite_accuses_nobody() -> None:
    def body(driver: BareDriver) -> None:
        raise ZeroDivisionError

    result = run(body, FIRST)
    assert result.verdict is Verdict.INCONCLUSIVE
    assert "a defect of the suite" in result.reason


def test_what_could_not_be_cleaned_up_is_told() -> None:
    assert run(lambda driver: driver.say(b""), FIRST).left_behind == ("one thing",)


def test_a_budget_that_ends_in_the_clean_up_leaves_the_verdict_as_it_is() -> None:
    driver = bare_driver()

    def clean_up() -> list[str]:
        raise BudgetExhausted("the budget of 9 requests is used up")

    driver.clean_up = clean_up  # type: ignore[method-assign]
    result = run(lambda driver: driver.say(b"ok"), FIRST, driver=driver)
    assert result.verdict is Verdict.PASSED
    assert result.left_behind == ("the clean-up was not finished: the budget of 9 requests is used up",)
