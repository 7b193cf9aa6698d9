"""The commented target file of `conformance init`, drawn from the contract's data."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from typing import Any

import specs
from conformance.target.model import USER_AGENT, Limits
from conformance.target.write import toml

WIDTH = 100
_PLACEHOLDERS: dict[str, Any] = {"string": "", "integer": 0, "boolean": False, "array": []}


def template(contract: str) -> str:
    """A target file for one contract: what is required is active, everything else stands in comments.

    It loads as soon as the environment variables that it names are set.

    Args:
        contract: contract id.

    Raises:
        KeyError: there is no such contract.
    """
    return "\n".join(_lines(specs.contract(contract))) + "\n"


def _lines(contract: specs.Contract) -> Iterator[str]:
    yield from _comment(f"Target file for {contract.title} ({contract.id}).")
    yield from _comment("Paths are relative to this file. Several [[target]] tables may stand in one file.")
    yield ""
    yield "[[target]]"
    yield f"contract = {toml(contract.id)}"
    yield 'name = "My sandbox"  # shown in reports'
    yield 'version = "1.0"  # of the implementation under test'
    yield 'base_url = "https://sandbox.example.com"  # with any path prefix'
    yield '# ca_file = "ca.pem"  # PEM file to trust instead of the usual authorities'
    yield "# hostile_input = true  # hostile bodies may be sent, too"
    yield f"# user_agent = {toml(USER_AGENT)}  # header User-Agent of every request"
    yield '# require_tested = "mandatory"  # or a percentage: how much must be tested for a run to pass'
    yield ""
    yield from _comment('Each may be a literal, {env = "NAME"} or {file = "path"}.')
    yield from _optional_head("credentials", contract.credentials.values())
    for field in contract.credentials.values():
        yield from _field(field, {"env": _variable(contract, field)})
    yield ""
    yield from _optional_head("data", contract.data.values())
    for field in contract.data.values():
        yield from _field(field, _PLACEHOLDERS[field.type] if field.example is None else field.example)
    yield ""
    yield from _readings(contract)
    yield from _operations(contract)
    yield "# [target.network]"
    yield '# unlisted_source = "127.0.0.2"  # local address that is not on the allow-list of the target'
    yield '# plain_http_url = "http://sandbox.example.com"  # where the same API would answer over plain HTTP'
    yield ""
    yield from _limits()


def _optional_head(name: str, fields: Iterable[specs.TargetField]) -> Iterator[str]:
    active = any(field.required for field in fields)
    yield f"[target.{name}]" if active else f"# [target.{name}]"


def _field(field: specs.TargetField, value: Any) -> Iterator[str]:
    needed = "required" if field.required else "optional"
    yield from _comment(f"{field.summary} ({needed})")
    yield f"{'' if field.required else '# '}{field.name} = {toml(value)}"


def _readings(contract: specs.Contract) -> Iterator[str]:
    yield from _comment("Claims: which reading the implementation follows. The probe checks them; none is needed.")
    yield "# [target.readings]"
    for reading in contract.readings.values():
        if reading.observable:
            yield "#"
            yield from _comment(reading.question)
            for option in reading.options:
                yield from _comment(f"{option.id}: {option.meaning}", "# - ")
            yield f"# {reading.id} = {toml(reading.default)}"
    yield ""


def _operations(contract: specs.Contract) -> Iterator[str]:
    movable = [operation for operation in contract.operations.values() if not operation.subject]
    if not movable:
        return
    yield from _comment("Operations that live elsewhere (path template); optional ones may be missing (false).")
    yield "# [target.operations]"
    for operation in movable:
        yield from _comment(f"{operation.summary} ({'optional' if operation.optional else 'needed'})")
        yield f"# {operation.name} = {toml(operation.path)}"
    yield ""


def _limits() -> Iterator[str]:
    usual = Limits()
    yield "# [target.limits]"
    yield '# rate = "50/s"  # requests at most; also 100/min, 1000/h'
    yield from _comment(
        "Putting lent profiles back is not counted: it takes a minute and 2 s for each of them at most."
    )
    yield "# max_requests = 20000  # of a whole run"
    yield "# max_seconds = 600  # of a whole run"
    yield f"# connect_timeout_s = {usual.connect_timeout_s:g}"
    yield f"# read_timeout_s = {usual.read_timeout_s:g}  # from sending until the answer is whole"
    yield f"# poll_deadline_s = {usual.poll_deadline_s:g}  # until queued work must be done"
    yield "# settle_s = 0.5  # how long a read may show an older state after a write, as behind a cache"
    yield f"# max_answer_bytes = {usual.max_answer_bytes}  # longer answers are cut"


def _comment(text: str, start: str = "# ") -> list[str]:
    return textwrap.wrap(
        " ".join(text.split()), WIDTH, initial_indent=start, subsequent_indent="#   ", break_long_words=False
    )


def _variable(contract: specs.Contract, field: specs.TargetField) -> str:
    return f"{contract.id}_{field.name}".upper().replace("-", "_")
