"""Reads waiver files. Every mistake of a file is named at once, with its place."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import specs
from conformance.target.errors import Mistakes, TargetError, instead
from conformance.target.lines import Lines
from conformance.target.shape import check_shape
from specs import Mistake

SCHEMA = Path(__file__).with_name("waivers.schema.json")
MAX_DAYS = 180


@dataclass(frozen=True, slots=True)
class Waiver:
    """One failure that may not break a build, up to and including the day `expires`."""

    contract: str
    requirement: str
    reason: str
    owner: str
    ticket: str
    expires: date


@dataclass(frozen=True, slots=True)
class Waivers:
    """What a waiver file says. `max_days` is how many days from today a waiver may still last."""

    waivers: tuple[Waiver, ...] = ()
    max_days: int = MAX_DAYS


class WaiverError(ValueError):
    """A waiver file is wrong; the message has every mistake with its place."""


def load(path: Path) -> Waivers:
    """The waivers in a file.

    Raises:
        WaiverError: with every mistake, its place, and what would be right.
    """
    try:
        return _load(path)
    except TargetError as error:
        raise WaiverError(str(error)) from None


def _load(path: Path) -> Waivers:
    text = _text(path)
    try:
        data = _plain(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise WaiverError(_syntax(path, str(error))) from None
    except RecursionError:
        raise WaiverError(str(Mistake(path, 0, "", "not TOML that can be read: nested too deeply"))) from None
    mistakes = Mistakes(path, Lines(text))
    check_shape(data, mistakes, SCHEMA)
    tables = data.get("waiver")
    found: dict[tuple[str, str], Waiver] = {}
    for index, table in enumerate(tables if isinstance(tables, list) else []):
        waiver = _waiver(table, ("waiver", index), mistakes) if isinstance(table, dict) else None
        if waiver is None:
            continue
        key = (waiver.contract, waiver.requirement)
        if key in found:
            mistakes.add(("waiver", index, "requirement"), "is waived twice")
        found[key] = waiver
    mistakes.raise_any()
    return Waivers(tuple(found.values()), int(data.get("max_days", MAX_DAYS)))


def _waiver(table: Mapping[str, Any], place: tuple[str | int, ...], mistakes: Mistakes) -> Waiver | None:
    contract, expires = table.get("contract"), _date(table.get("expires"))
    if isinstance(contract, str) and contract.strip() and contract not in specs.contracts():
        mistakes.add((*place, "contract"), f"no such contract; {instead(contract, specs.contracts())}")
    if isinstance(table.get("expires"), str) and expires is None and re.fullmatch(r"[\d-]{10}", table["expires"]):
        mistakes.add((*place, "expires"), "is not a day of the calendar")
    words = {name: table.get(name) for name in ("contract", "requirement", "reason", "owner", "ticket")}
    if expires is None or not all(isinstance(word, str) for word in words.values()):
        return None
    return Waiver(**{name: str(word).strip() for name, word in words.items()}, expires=expires)


def _date(value: Any) -> date | None:
    try:
        return date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None


def _plain(value: Any) -> Any:
    """TOML's dates as the strings that a JSON Schema knows."""
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.isoformat() if isinstance(value, date | datetime | time) else value


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except OSError as error:
        raise WaiverError(str(Mistake(path, 0, "", f"cannot be read: {error.strerror}"))) from None
    except UnicodeDecodeError as error:
        raise WaiverError(str(Mistake(path, 0, "", f"not UTF-8 at byte {error.start}"))) from None


def _syntax(path: Path, message: str) -> str:
    line = re.search(r" \(at line (\d+), column (\d+)\)$", message)
    if line is None:
        return str(Mistake(path, 0, "", f"not TOML: {message}"))
    return str(Mistake(path, int(line[1]), "", f"not TOML at column {line[2]}: {message[: line.start()]}"))
