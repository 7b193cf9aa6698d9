"""Writes target files that need no filling in."""

from __future__ import annotations

import json
import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from conformance.target.demand import EVERY_MANDATORY, Demand
from conformance.target.model import USER_AGENT, Limits, Target

_BARE = re.compile(r"[A-Za-z0-9_-]+").fullmatch


def write(targets: Sequence[Target], path: Path) -> None:
    """Writes a target file that `load` reads back; credentials are literal, so only the owner may read it.

    Raises:
        OSError: the file cannot be written; what was there before is left as it was.
    """
    text = "\n".join(line for target in targets for line in (*_target(target), ""))
    # mkstemp gives mode 0600 from the beginning, whatever was there before.
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _target(target: Target) -> Iterator[str]:
    yield "[[target]]"
    yield from _pairs(
        {
            "contract": target.contract,
            "name": target.name,
            "version": target.version,
            "base_url": target.base_url,
            "ca_file": str(target.ca_file.absolute()) if target.ca_file else None,
            "hostile_input": target.hostile_input or None,
            "require_tested": _demanded(target.require_tested),
            "user_agent": None if target.user_agent == USER_AGENT else target.user_agent,
        }
    )
    yield from _table("credentials", {name: secret.reveal() for name, secret in target.credentials.items()})
    yield from _table("data", target.data)
    yield from _table("readings", target.readings)
    yield from _table("operations", {n: False if path is None else path for n, path in target.operations.items()})
    yield from _table("network", {"unlisted_source": target.unlisted_source, "plain_http_url": target.plain_http_url})
    yield from _table("limits", _limits(target.limits))


def _demanded(demand: Demand | None) -> str | int | None:
    if demand is None:
        return None
    return EVERY_MANDATORY if demand.percent is None else demand.percent


def _limits(limits: Limits) -> dict[str, Any]:
    usual = Limits()
    given = {f.name: getattr(limits, f.name) for f in fields(Limits)}
    changed = {name: value for name, value in given.items() if value != getattr(usual, name)}
    if limits.rate is not None:
        changed["rate"] = f"{limits.rate:.12f}".rstrip("0").rstrip(".") + "/s"
    return changed


def _table(name: str, values: Mapping[str, Any]) -> Iterator[str]:
    lines = list(_pairs(values))
    if lines:
        yield f"[target.{name}]"
        yield from lines


def _pairs(values: Mapping[str, Any]) -> Iterator[str]:
    for key, value in values.items():
        if value is not None:
            yield f"{key if _BARE(key) else toml(key)} = {toml(value)}"


def toml(value: Any) -> str:
    """A value as TOML. Raises TypeError for one that TOML has no form for."""
    if isinstance(value, str):
        # A basic string is a JSON string, but for surrogate pairs (not written here) and DEL.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{k if _BARE(k) else toml(k)} = {toml(v)}" for k, v in value.items()) + "}"
    if isinstance(value, Iterable):
        return f"[{', '.join(map(toml, value))}]"
    raise TypeError(f"TOML has no form for {type(value).__name__}")
