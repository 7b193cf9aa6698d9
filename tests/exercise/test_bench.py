"""Generated cases: small counterexamples, bounded requests, the same for the same seed."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule

from conformance.exercise.effort import Effort
from conformance.exercise.generation import SHRINK_CALLS
from conformance.judge import Verdict
from tests.exercise.bare import FIRST, SECOND, BareDriver, bare_driver, run


def test_a_counterexample_is_made_small() -> None:
    def body(driver: BareDriver) -> None:
        driver.bench.for_all(st.binary(max_size=60), driver.say)

    failure = run(body, FIRST).failures[FIRST]
    assert failure.counterexample == repr(b"\x00" * 10)
    assert failure.trail[-1].request.body == b"\x00" * 10


def test_shrinking_stays_with_the_requirement_that_failed_first() -> None:
    def body(driver: BareDriver) -> None:
        driver.bench.for_all(st.binary(min_size=25, max_size=60), driver.say)

    assert set(run(body, SECOND).failures) == {FIRST, SECOND}


def test_shrinking_sends_a_bounded_number_of_requests() -> None:
    driver = bare_driver()

    def body(driver: BareDriver) -> None:
        driver.bench.for_all(st.text(min_size=30, max_size=900), lambda text: driver.say(text.encode()))

    result = run(body, FIRST, driver=driver)
    assert result.exchanges <= Effort.STANDARD.examples() + SHRINK_CALLS + 5


def test_the_same_seed_sends_the_same_requests_in_the_same_order() -> None:
    def sent(seed: int) -> list[bytes | None]:
        driver = bare_driver(seed=seed)
        bodies: list[bytes | None] = []

        def body(driver: BareDriver) -> None:
            driver.bench.for_all(
                st.binary(max_size=5),
                lambda b: bodies.append(driver.say(b + driver.bench.fresh(4).encode()).request.body),
            )

        run(body, FIRST, driver=driver)
        return bodies

    assert sent(7) == sent(7)
    assert sent(7) != sent(8)


def test_the_same_seed_sends_the_same_requests_whatever_modules_are_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def drawn() -> list[str]:
        driver, texts = bare_driver(seed=7), list[str]()
        run(lambda driver: driver.bench.for_all(st.text(), texts.append, share=20.0), FIRST, driver=driver)
        return texts

    before = drawn()
    constants = [f"constant {number}" for number in range(500)]
    (tmp_path / "module_with_constants.py").write_text(f"TEXTS = {constants!r}\n", "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    import_module("module_with_constants")
    assert drawn() == before


def test_fresh_names_do_not_repeat() -> None:
    bench = bare_driver().bench
    assert len({bench.fresh() for _ in range(500)}) == 500


def test_each_runs_every_case_although_one_failed() -> None:
    def body(driver: BareDriver) -> None:
        driver.bench.each([b"x" * 30, b"x", b"xx"], driver.say)

    result = run(body, FIRST)
    assert (result.verdict, result.cases, result.exchanges) == (Verdict.FAILED, 3, 3)


def test_a_state_machine_tells_its_steps_as_the_counterexample() -> None:
    def body(driver: BareDriver) -> None:
        class Machine(RuleBasedStateMachine):
            def __init__(self) -> None:
                super().__init__()
                driver.bench.begin_case("a machine")

            @rule(size=st.integers(0, 40))
            def say(self, size: int) -> None:
                driver.say(b"x" * size)

        driver.bench.machine(Machine)

    result = run(body, FIRST)
    assert "say(size=10)" in result.failures[FIRST].counterexample
    assert result.verdict is Verdict.FAILED


def test_polling_stops_when_there_is_an_answer_and_when_the_deadline_has_passed() -> None:
    bench = bare_driver().bench
    answers = iter([None, "done"])
    assert bench.poll(lambda: next(answers)) == "done"
    assert bench.poll(lambda: None, deadline_s=0.0) is None


def test_the_second_question_comes_when_an_answer_usually_does(monkeypatch: pytest.MonkeyPatch) -> None:
    bench = bare_driver().bench
    paused: list[float] = []
    monkeypatch.setattr(bench, "pause", paused.append)
    answers = iter([None, None, None, "done"])
    assert bench.poll(lambda: next(answers), expected_s=0.8) == "done"
    assert paused == pytest.approx([0.8, 0.1, 0.15])
