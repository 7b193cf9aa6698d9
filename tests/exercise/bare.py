"""A driver of a contract with nobody behind it: what the bench does is the same whoever answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import specs
from conformance.exercise.bench import Bench
from conformance.exercise.check import Check
from conformance.exercise.driver import Driver
from conformance.exercise.effort import Effort
from conformance.exercise.runner import CheckResult, run_check
from conformance.judge import Judgement, Oracle, Readings, Verdict
from conformance.session.exchange import Answer, Exchange, Request
from conformance.session.session import Session
from conformance.target import Limits, Target

CONTRACT = specs.contract("genesys-ucs")
FIRST, SECOND, THIRD = [r.id for r in CONTRACT.requirements.values() if r.observable][:3]


class Answering(Session):
    """Answers 200 with the body that was sent; never touches the network."""

    def __init__(self) -> None:
        self.calls = 0
        self.patient = True

    def send(self, request: Request, check: str) -> Exchange:
        self.calls += 1
        return Exchange(self.calls, check, request, Answer(200, (), request.body or b""))


Script = Callable[[Request, int], Answer]


class Scripted(Answering):
    """Answers what a script says to a request, by its number from 1; never touches the network."""

    def __init__(self, script: Script) -> None:
        super().__init__()
        self._script = script

    @property
    def sent(self) -> int:
        return self.calls

    def send(self, request: Request, check: str) -> Exchange:
        self.calls += 1
        return Exchange(self.calls, check, request, self._script(request, self.calls))


class SizeOracle(Oracle):
    """FIRST: an answer is shorter than 10 bytes. SECOND: it is shorter than 20. THIRD is never judged."""

    def judge(self, exchange: Exchange) -> list[Judgement]:
        size = len(exchange.answer.body) if exchange.answer else 0
        bounds = {FIRST: 10, SECOND: 20}
        return [
            Judgement(name, Verdict.PASSED if size < bound else Verdict.FAILED, f"{size} bytes", f"below {bound}")
            for name, bound in bounds.items()
        ]


class BareDriver(Driver):
    def greet(self) -> Exchange:
        return self.say(b"")

    def adapt(self, request: Request) -> Request | None:
        return request

    def clean_up(self) -> Sequence[str]:
        return ["one thing"]

    def say(self, body: bytes) -> Exchange:
        return self.send(Request("update", "PUT", "/", body=body))


def bare_driver(
    *, seed: int = 0, effort: Effort = Effort.STANDARD, script: Script | None = None, **limits: Any
) -> BareDriver:
    target = Target(CONTRACT.id, "bare", "0", "http://bare.invalid", limits=Limits(**limits))
    readings = Readings(CONTRACT)
    oracle = SizeOracle(CONTRACT, target, readings)
    session = Scripted(script) if script else Answering()
    return BareDriver(Bench(CONTRACT, target, session, readings, oracle, seed=seed, effort=effort))


def run(
    body: Callable[[BareDriver], object],
    *requirements: str,
    deepens: tuple[str, ...] = (),
    driver: BareDriver | None = None,
) -> CheckResult:
    def called(driver: BareDriver) -> None:
        body(driver)

    check = Check("bare.check", CONTRACT.vendor, requirements, deepens, (CONTRACT.id,), called, "")
    return run_check(check, driver or bare_driver())
