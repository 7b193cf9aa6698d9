"""The run record as a file: one JSON document, validated whenever it is written or read."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, NoReturn

from jsonschema import Draft202012Validator, FormatChecker
from jsonschema.exceptions import ValidationError, best_match

from reports.codec import decode, encode
from reports.model import FORMAT, RunRecord

SCHEMA_FILE = "run-record.schema.json"
_SHOWN = 300  # characters of a complaint; it may quote a whole record


class RecordError(ValueError):
    """A run record is wrong.

    Attributes:
        file: the file.
        pointer: JSON pointer (RFC 6901) to the wrong place, "" for the document.
        message: what is wrong there.
    """

    def __init__(self, file: Path, pointer: str, message: str) -> None:
        self.file = file
        self.pointer = pointer
        self.message = message
        super().__init__(f"{file}: {pointer or '/'}: {message}")


def read(path: Path) -> RunRecord:
    """The run record in a file.

    Raises:
        RecordError: it cannot be read, is cut short, or does not follow the published schema.
    """
    data = _parse(path)
    _validate(path, data)
    return decode(RunRecord, data)


def write(record: RunRecord, path: Path) -> None:
    """Writes a run record; the file is either whole or as it was before.

    Raises:
        RecordError: the record does not follow the published schema, or the file cannot be written.
    """
    data = encode(record)
    _validate(path, data)
    half = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        half.write_text(json.dumps(data, indent=1, allow_nan=False) + "\n", "ascii")
        half.replace(path)
    except OSError as error:
        half.unlink(missing_ok=True)
        raise RecordError(path, "", f"cannot be written: {error.strerror}") from error


@cache
def schema() -> dict[str, Any]:
    """The published JSON Schema (2020-12) of the run record."""
    loaded: dict[str, Any] = json.loads(files("reports").joinpath(SCHEMA_FILE).read_text("utf-8"))
    return loaded


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(schema(), format_checker=FormatChecker())


def _parse(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes().decode("utf-8"), parse_constant=_no_number)
    except OSError as error:
        raise RecordError(path, "", f"cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise RecordError(path, "", f"is not UTF-8 from byte {error.start} on") from error
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        ended = error.msg.startswith("Unterminated") or len(error.doc.rstrip()) - error.pos < 6
        cut = "; the file seems to be cut short" if ended else ""
        raise RecordError(path, "", f"is not JSON at {place}: {error.msg}{cut}") from error
    except (ValueError, RecursionError) as error:
        raise RecordError(path, "", f"is not JSON that can be used: {error}") from error


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")


def _validate(path: Path, data: Any) -> None:
    given = data.get("format") if isinstance(data, dict) else None
    if isinstance(given, str) and given != FORMAT:
        raise RecordError(path, "/format", f"is {given[:80]!r}; this version reads {FORMAT!r}")
    error = best_match(_validator().iter_errors(data))
    if error is not None:
        raise RecordError(path, _pointer(error.absolute_path), _shortened(error))
    for place, message in _contradictions(data):
        raise RecordError(path, _pointer(place), message)


def _contradictions(data: dict[str, Any]) -> Iterator[tuple[Sequence[object], str]]:
    """What a schema cannot say."""
    if data["run"]["complete"] == bool(data["run"]["partial"]):
        yield ("run", "partial"), "reasons stand here exactly where the run is not complete"
    labels = [(target["contract"], target["name"], target["version"]) for target in data["targets"]]
    for index in _repeated(labels):
        yield ("targets", index), "stands here twice: the same contract, name and version"
    for number, target in enumerate(data["targets"]):
        for part in ("readings", "requirements", "checks", "operations"):
            key = "name" if part == "operations" else "id"
            for index in _repeated(each[key] for each in target[part]):
                yield ("targets", number, part, index, key), f"{target[part][index][key]!r} stands here twice"
        checks = {check["id"] for check in target["checks"]}
        for index, requirement in enumerate(target["requirements"]):
            place = ("targets", number, "requirements", index)
            for unknown in sorted(set(requirement["checks"]) - checks):
                yield (*place, "checks"), f"the target has no check {unknown!r}"
            if requirement["failures"] and requirement["verdict"] != "failed":
                yield (*place, "verdict"), f"has failures and is {requirement['verdict']!r}"
        for where, told in (*_unknown_requirements(target), *_miscounted(target)):
            yield ("targets", number, *where), told


def _miscounted(target: dict[str, Any]) -> Iterator[tuple[Sequence[object], str]]:
    """Numbers of tested requirements that are not what the requirements come to."""
    verdicts = [each["verdict"] for each in target["requirements"] if each["observe"] is not None]
    counted = {name: sum(verdict == name for verdict in verdicts) for name in ("passed", "failed")}
    counted["testable"] = sum(verdict != "not applicable" for verdict in verdicts)
    for name, number in counted.items() if "coverage" in target else ():
        if target["coverage"][name] != number:
            yield ("coverage", name), f"is {target['coverage'][name]}; the requirements come to {number}"


def _unknown_requirements(target: dict[str, Any]) -> Iterator[tuple[Sequence[object], str]]:
    """Requirements that a cause hits and the target does not have."""
    known = {requirement["id"] for requirement in target["requirements"]}
    for index, cause in enumerate(target.get("causes", ())):
        for unknown in sorted(set(cause["requirements"]) - known):
            yield ("causes", index, "requirements"), f"the target has no requirement {unknown!r}"


def _repeated(keys: Iterable[object]) -> Iterator[int]:
    """Positions of what stands earlier already."""
    seen: set[object] = set()
    for index, key in enumerate(keys):
        if key in seen:
            yield index
        seen.add(key)


def _pointer(place: Iterable[object]) -> str:
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in place)


def _shortened(error: ValidationError) -> str:
    if error.validator == "enum":
        allowed: Any = error.validator_value
        return f"is {error.instance!r}; it must be one of {', '.join(map(repr, allowed))}"[:_SHOWN]
    text = error.message
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN // 2]} … {text[-_SHOWN // 2 :]}"
