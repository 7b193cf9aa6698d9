"""Reads target files. Every mistake of a file is named at once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

from conformance.target.errors import Mistakes, TargetError
from conformance.target.lines import Lines
from conformance.target.model import Target
from conformance.target.shape import check_shape
from conformance.target.values import TargetReader
from conformance.target.write import write
from specs import Mistake

__all__ = ["TargetError", "load", "write"]


def load(path: Path, env: Mapping[str, str]) -> list[Target]:
    """The targets that a file describes, in its order.

    Args:
        path: the target file.
        env: environment variables, for credentials given as {env = "NAME"}.

    Raises:
        TargetError: with every mistake, its place, and what would be right.
    """
    text = _text(path)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise TargetError([_syntax(path, str(error))]) from None
    except RecursionError:
        raise TargetError([Mistake(path, 0, "", "not TOML that can be read: nested too deeply")]) from None
    mistakes = Mistakes(path, Lines(text))
    check_shape(data, mistakes)
    tables = data.get("target")
    found = []
    seen: set[tuple[str, str]] = set()
    for index, table in enumerate(tables if isinstance(tables, list) else []):
        if not isinstance(table, dict):
            continue
        target = TargetReader(table, index, path.parent, env, mistakes).read()
        if target is None:
            continue
        if (target.contract, target.name) in seen:
            mistakes.add(("target", index, "name"), "another target of this contract has the same name")
        seen.add((target.contract, target.name))
        found.append(target)
    mistakes.raise_any()
    return found


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig").replace("\r\n", "\n")
    except OSError as error:
        raise TargetError([Mistake(path, 0, "", f"cannot be read: {error.strerror}")]) from None
    except UnicodeDecodeError as error:
        raise TargetError([Mistake(path, 0, "", f"not UTF-8 at byte {error.start}")]) from None


def _syntax(path: Path, message: str) -> Mistake:
    line = re.search(r" \(at line (\d+), column (\d+)\)$", message)
    if line is None:
        return Mistake(path, 0, "", f"not TOML: {message}")
    return Mistake(path, int(line[1]), "", f"not TOML at column {line[2]}: {message[: line.start()]}")
