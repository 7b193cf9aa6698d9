"""Compares a profile as it was with the same profile as it is, member by member."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reports.model import DifferenceRecord

LONGEST = 300  # characters of a value that a report shows


@dataclass(frozen=True, slots=True)
class Compared:
    """What is not as it was, and a remark on what is as good as before."""

    differences: tuple[DifferenceRecord, ...] = ()
    note: str = ""


def differences(was: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[DifferenceRecord, ...]:
    """The members that are not as they were.

    Args:
        was: members by name, as JSON values in one form of several equal ones; those without a value left out.
        now: likewise.
    """
    names = sorted({*was, *now})
    return tuple(
        DifferenceRecord(name, _shown(was, name), _shown(now, name))
        for name in names
        if _text(was, name) != _text(now, name)
    )


def canonical(value: Any) -> Any:
    """A JSON value whose objects stand in one order within arrays: records have none of their own."""
    if isinstance(value, Mapping):
        return {name: canonical(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        items = [canonical(each) for each in value]
        return sorted(items, key=_json) if any(isinstance(each, dict) for each in items) else items
    return value


def _text(members: Mapping[str, Any], name: str) -> str | None:
    return _json(members[name]) if name in members else None


def _json(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


def _shown(members: Mapping[str, Any], name: str) -> str | None:
    if name not in members:
        return None
    value = members[name]
    text = value if isinstance(value, str) else _json(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
