"""An answer as a judge reads it: code, description, transid, counts, results, profiles."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

import specs
from conformance.imiconnect.asked import READS
from conformance.imiconnect.codes import ACCEPTED, RATE_LIMITED, SUCCESS
from conformance.session.exchange import Answer
from specs.basis import basis_of

MOST_FLAWS: Final = 6
FIRST_REFUSAL: Final = 400
MOST_DIGITS: Final = 20
API_CODE: Final = re.compile(r"[0-9]{4}")
INDEX: Final = re.compile(r"\[\d+\]")


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one record; `code` is None where the answer gives none."""

    customer: str | None
    code: str | None
    description: str | None
    numeric: bool = False


@dataclass(frozen=True, slots=True)
class Profile:
    """What a read shows of one customer: all values that stand under a name, None for a value of null.

    `parts` counts the profiles that the values come from; a customer may have one for each channel.
    """

    values: Mapping[str, tuple[str | None, ...]]
    parts: int = 1

    @property
    def customer(self) -> str | None:
        """The customer id among the attributes."""
        for name, values in self.values.items():
            if name.lower() == "customerid" and values:
                return values[0]
        return None


def merged(profiles: Sequence[Profile]) -> Profile:
    """All values of several profiles of one customer, such as one for each channel."""
    if len(profiles) == 1:
        return profiles[0]
    values: dict[str, tuple[str | None, ...]] = {}
    for profile in profiles:
        for name, shown in profile.values.items():
            values[name] = tuple(dict.fromkeys((*values.get(name, ()), *shown)))
    return Profile(values, len(profiles))


@dataclass(frozen=True, slots=True)
class Answered:
    """What came back.

    `flaws` say what the schema of the operation does not allow and a document has shown; `hints` what only public pages
    or nobody has.
    """

    status: int
    code: str | None = None
    numeric: bool = False
    wrapped: bool = False
    description: str | None = None
    transid: str | None = None
    total: int | None = None
    successes: int | None = None
    failures: int | None = None
    results: tuple[Result, ...] | None = None
    profiles: tuple[Profile, ...] | None = None
    flaws: tuple[str, ...] = ()
    hints: tuple[str, ...] = ()
    parsed: bool = False

    @property
    def limited(self) -> bool:
        """Whether it only says that there were too many requests."""
        return self.code == RATE_LIMITED

    @property
    def found(self) -> bool:
        """Whether a read found what it was asked for."""
        return self.status < 300 and bool(self.profiles) and self.code in (None, SUCCESS)

    def shown(self) -> str:
        """The answer in a few words."""
        if self.code is None:
            return f"HTTP {self.status} without a code"
        words = f"HTTP {self.status}, code {self.code} {self.description!r}"
        if self.total is not None:
            words += f", total {self.total}, success {self.successes}, failure {self.failures}"
        return words


def read_answer(answer: Answer, contract: specs.Contract, operation: str = "") -> Answered:
    """Reads an answer.

    Args:
        answer: what came back.
        contract: whose schemas it is held to.
        operation: what answered, or "" where its shape is not asked for.
    """
    try:
        value = answer.json()
    except ValueError:
        return Answered(answer.status, flaws=("the body is not JSON",))
    if not isinstance(value, dict):
        return Answered(answer.status, flaws=("the body is no JSON object",), parsed=True)
    inner = value.get("response")
    wrapped = isinstance(inner, dict)
    content: dict[str, Any] = inner if isinstance(inner, dict) else value
    code, description, transid = (content.get(name) for name in ("code", "description", "transid"))
    flaws, hints = _flaws(value, content, contract, operation) if operation else ((), ())
    return Answered(
        status=answer.status,
        code=_own(_code(code), answer.status),
        numeric=isinstance(code, int | float),
        wrapped=wrapped,
        description=description if isinstance(description, str) else None,
        transid=transid if isinstance(transid, str) and transid else None,
        total=_count(content.get("TotalCount")),
        successes=_count(content.get("SuccessCount")),
        failures=_count(content.get("FailureCount")),
        results=_results(content.get("Results")),
        profiles=_profiles(value.get("Records")),
        flaws=flaws,
        hints=hints,
        parsed=True,
    )


def _code(value: Any) -> str | None:
    """A code as text, whether it came as one or as a number in any form."""
    return value if isinstance(value, str) else None if (number := _count(value)) is None else str(number)


def _own(code: str | None, status: int) -> str | None:
    """A code of the API; what stands in the page of a server that knows no such address, such as 404, is none."""
    return code if status < FIRST_REFUSAL or code is None or API_CODE.fullmatch(code) else None


def _count(value: Any) -> int | None:
    """A whole number in any of the forms that JSON has for it (20, 20.0, 2e1), or as a text of digits."""
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < MOST_DIGITS:
        return int(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    if isinstance(value, float):
        return int(value) if value.is_integer() else None  # neither is NaN nor infinity
    return value


def _text(value: Any) -> str | None:
    if isinstance(value, str) or value is None:
        return value
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return json.dumps(value, ensure_ascii=False)


def _results(value: Any) -> tuple[Result, ...] | None:
    if not isinstance(value, list):
        return None
    return tuple(
        Result(
            _text(row.get("customerId")),
            _code(row.get("code")),
            _text(row.get("description")),
            numeric=isinstance(row.get("code"), int | float),
        )
        if isinstance(row, dict)
        else Result(None, None, None)
        for row in value
    )


def _profiles(value: Any) -> tuple[Profile, ...] | None:
    if not isinstance(value, list):
        return None
    profiles = []
    for record in value:
        rows = record.get("Attributes") if isinstance(record, dict) else None
        values: dict[str, tuple[str | None, ...]] = {}
        for row in rows if isinstance(rows, list) else ():
            if isinstance(row, dict) and isinstance(row.get("Name"), str):
                values[row["Name"]] = (*values.get(row["Name"], ()), _text(row.get("Value")))
        profiles.append(Profile(values))
    return tuple(profiles)


def _flaws(
    value: dict[str, Any], content: dict[str, Any], contract: specs.Contract, operation: str
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What the schema of an answer does not allow: what a document shows, and what is inferred."""
    if operation in READS and "Records" in value:
        schema, shown = "read-response", value
    else:
        accepted = operation == "update" and _code(content.get("code")) in ACCEPTED
        schema, shown = "accepted" if accepted else "outcome", content
    flaws, hints = [], []
    for error in islice(contract.validator(schema).iter_errors(shown), MOST_FLAWS):
        if operation == "update" and basis_of(error).documented:
            flaws.append(f"{error.json_path}: {error.message}"[:200])
        else:
            place = INDEX.sub("", error.json_path)
            hints.append(f"{operation}: {place} is not what public pages show ({error.validator})")
    if operation == "update":
        unknown = content.keys() - contract.schema("outcome")["properties"].keys()
        hints += [f"{operation}: the member {name[:60]} of the answer is not documented" for name in sorted(unknown)]
    return tuple(flaws), tuple(dict.fromkeys(hints))
