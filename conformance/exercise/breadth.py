"""Breadth by Schemathesis: its generated cases and its link-based machine, judged by our oracles.

Everything that touches Schemathesis' Python interface is in this file. Only those of its own checks run that
the contract keeps; the contract's data say why the others would accuse legal answers.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from random import Random
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import hypothesis
import requests
import schemathesis
from schemathesis.checks import CHECKS, load_all_checks
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import FailureGroup
from schemathesis.core.transport import Response
from schemathesis.generation import GenerationMode
from schemathesis.generation.case import Case as GenericCase
from schemathesis.schemas import APIOperation, BaseSchema

from conformance.exercise.driver import Driver
from conformance.judge import lacking
from conformance.judge.verdicts import Failed
from conformance.session.exchange import Exchange, Request

Case: TypeAlias = GenericCase[Any]
Operation: TypeAlias = APIOperation[Any, Any, Any, Any]
JSON = "application/json"
SAMPLE_SHARE = 6.0
NOT_SENT = 299
ABOUT_BODIES = ("response_schema_conformance", "content_type_conformance")
BASE = "http://breadth.invalid"
logging.getLogger("schemathesis").setLevel(logging.ERROR)


def generated_cases(driver: Driver, operations: Sequence[str]) -> None:
    """Sends Schemathesis' coverage cases of some operations: boundary values, and one fault at a time.

    Below thorough effort a sample of them is sent, which the seed decides. Only JSON: Schemathesis knows
    nothing of an XSD.

    Args:
        driver: of the target.
        operations: names of operations of the contract (their `operationId`).
    """
    # Wrong-method cases come once per schema object, hence a fresh one for each collection.
    schema = _load(driver)
    wanted = [_operation(schema, name) for name in operations]
    cases = [
        case
        for operation in wanted
        for case in schema.iter_coverage_cases(
            operation,
            generation_modes=[GenerationMode.POSITIVE, GenerationMode.NEGATIVE],
            generation_config=schema.config.generation,
        )
    ]
    sent = _sample(cases, driver.bench.effort.examples(SAMPLE_SHARE), driver.bench.next_seed())
    driver.bench.each([_Shown(case) for case in sent], lambda shown: _send(driver, shown.case))


def linked_cases(driver: Driver, operations: Sequence[str], *, share: float = 0.4, steps: int = 6) -> None:
    """Runs Schemathesis' state machine over the links between some operations."""
    schema = _load(driver).include(operation_id=list(operations))
    base: Any = schema.as_state_machine()

    seen: list[Failed] = []

    @contextmanager
    def noting() -> Iterator[None]:
        try:
            yield
        except Failed as failure:
            seen.append(failure)
            raise

    class Linked(base):  # type: ignore[misc]
        def setup(self) -> None:
            driver.bench.begin_case("a sequence along the links of the OpenAPI document")

        def call(self, case: Case, **_: Any) -> Response:
            with noting():
                return _exchange(driver, case) or _not_sent(case)

        def validate_response(self, response: Response, case: Case, **_: Any) -> None:
            if response.status_code != NOT_SENT:
                with noting():
                    _own_checks(driver, case, response)

    bench = driver.bench
    wanted, before = bench.effort.examples(share), bench.log.cases
    while (left := wanted - (bench.log.cases - before)) > 0:
        try:
            bench.machine(Linked, share=share * left / wanted, steps=steps)
        except hypothesis.errors.FlakyStrategyDefinition:
            # Where a link leads hangs on the answer, and the same step sent again has new ids and times in it. What
            # was sent is judged; the rest is sent from another seed.
            if seen:
                raise seen[-1] from None
            continue
        return


def _sample(cases: list[Case], size: int, seed: int) -> list[Case]:
    if len(cases) <= size:
        return cases
    chosen = Random(seed).sample(range(len(cases)), size)
    return [cases[index] for index in sorted(chosen)]


class _Shown:
    """A case whose repr says in a line what it is."""

    def __init__(self, case: Case) -> None:
        self.case = case

    def __repr__(self) -> str:
        data = self.case.meta.phase.data if self.case.meta else None
        about = getattr(data, "description", None) or "generated"
        place = getattr(data, "location", None)
        return f"{self.case.method} {self.case.path}: {about}" + (f" at {place}" if place else "")


def _not_sent(case: Case) -> Response:
    """Stands for a step that must not be sent, or that nobody answered; no link leads on from it."""
    request = requests.Request(case.method, BASE).prepare()
    return Response(NOT_SENT, {}, b"", request, 0.0, True)


def _load(driver: Driver) -> BaseSchema:
    load_all_checks()
    config = SchemathesisConfig.from_dict({"base-url": BASE})
    return schemathesis.openapi.from_dict(_json_alone(driver.contract.openapi()), config=config)


def _json_alone(node: Any) -> Any:
    """An OpenAPI document in which what can be said in JSON is said in nothing else."""
    if isinstance(node, list):
        return [_json_alone(item) for item in node]
    if not isinstance(node, dict):
        return node
    content = node.get("content")
    if isinstance(content, dict) and JSON in content:
        node = {**node, "content": {JSON: content[JSON]}}
    return {key: _json_alone(value) for key, value in node.items()}


def _operation(schema: BaseSchema, name: str) -> Operation:
    return schema.find_operation_by_id(name)  # type: ignore[attr-defined, no-any-return]


def _send(driver: Driver, case: Case) -> None:
    response = _exchange(driver, case)
    if response is not None:
        _own_checks(driver, case, response)


def _exchange(driver: Driver, case: Case) -> Response | None:
    """Sends a case as the driver adapts it; None where it must not be sent or nothing came back."""
    prepared = _prepared(case)
    if prepared is None:
        return None
    request = driver.adapt(_request(driver, case, prepared))
    if request is None:
        return None
    exchange = driver.send(request)
    return _response(exchange, prepared)


def _prepared(case: Case) -> requests.PreparedRequest | None:
    """The request as it would go out, or None where no HTTP client can express it."""
    try:
        return requests.Request(**case.as_transport_kwargs(base_url=BASE)).prepare()
    except (requests.exceptions.RequestException, UnicodeError, ValueError):
        return None


def _request(driver: Driver, case: Case, prepared: requests.PreparedRequest) -> Request:
    split = urlsplit(prepared.url or "")
    body = prepared.body
    name = str(case.operation.definition.raw.get("operationId", ""))
    method = prepared.method or case.method
    known = driver.contract.operations.get(name)
    return Request(
        operation=name if known and known.method == method else "",
        method=method,
        path=split.path,
        query=split.query,
        headers=tuple(
            (_text(key), _text(value))
            for key, value in prepared.headers.items()
            if key.lower() not in ("content-length", "user-agent", "x-schemathesis-testcaseid", "cookie")
        ),
        body=body.encode() if isinstance(body, str) else body,
    )


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value


def _response(exchange: Exchange, prepared: requests.PreparedRequest) -> Response | None:
    if exchange.answer is None:
        return None
    headers: dict[str, list[str]] = {}
    for key, value in exchange.answer.headers:
        headers.setdefault(key, []).append(value)
    return Response(
        status_code=exchange.answer.status,
        headers=headers,
        content=exchange.answer.body,
        request=prepared,
        elapsed=exchange.elapsed_s,
        verify=True,
    )


def _own_checks(driver: Driver, case: Case, response: Response) -> None:
    """Runs those of Schemathesis' checks that the contract keeps; each decides the requirement it is kept for."""
    for name, requirement in driver.contract.breadth.kept.items():
        if not response.content and name in ABOUT_BODIES:
            continue  # where a reading allows an answer without a body there is nothing to conform
        check: Callable[..., Any] = CHECKS.get_one(name)
        try:
            case.validate_response(response, checks=[check])
        except FailureGroup as group:
            observed = "; ".join(f"{failure.title}: {failure.message}"[:500] for failure in group.exceptions)
            driver.bench.expect(requirement, False, observed=observed, allowed=f"what {name} accepts")
        else:
            driver.bench.expect(requirement, True, observed="", allowed=f"what {name} accepts")


def needs(driver: Driver, *operations: str) -> None:
    """Ends the check as not tested where the target lacks an operation."""
    for name in operations:
        if driver.target.path(name) is None:
            raise lacking.operation(name)
