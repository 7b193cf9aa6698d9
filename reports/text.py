"""Strings made fit to be shown: what a target sends must change neither page nor console."""

from __future__ import annotations

import json
import re
from http import HTTPStatus


def visible(text: str) -> str:
    r"""The text with everything written out that a person could not see.

    Control characters (terminal escapes among them), marks that turn the writing direction, and lone
    surrogates become `\x1b`, `\u202e` and the like; line feeds and tabs stay.
    """
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() or char in "\n\t" else _escape(char) for char in text)


def one_line(text: str, limit: int = 300) -> str:
    """The text on one line, cut with an ellipsis where it is longer than `limit` characters."""
    line = visible(re.sub(r"\s+", " ", text[: limit * 4]).strip())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def status_line(status: int) -> str:
    """A status code with its name, where it has one."""
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def plural(count: int, noun: str) -> str:
    """A count with its noun: `1 case`, `1,204 cases`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def natural(text: str) -> tuple[tuple[str, int, str], ...]:
    """A key that sorts as a person does: `records=2` before `records=100`."""
    return tuple((words, len(number), number) for words, number in re.findall(r"([^0-9]*)([0-9]*)", text))


def seconds(value: float) -> str:
    """A time as a person says it: `0.4 ms`, `37 ms`, `2.5 s`, `3 min 20 s`."""
    if value < 0.00995:
        return f"{value * 1000:.1f} ms"
    if value < 0.9995:
        return f"{value * 1000:.0f} ms"
    if value < 99.5:
        return f"{value:.1f} s"
    minutes, rest = divmod(round(value), 60)
    return f"{minutes} min {rest} s"


def laid_out(text: str) -> str:
    """A JSON text over several lines, every token as it stands; any other text is returned as it is."""
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return text
    if "\n" in text.strip():
        return text
    parts, depth, opened = [], 0, False
    for mark in re.findall(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+', text):
        if mark in "}]":
            depth -= 1
            parts.append(mark if opened else "\n" + "  " * depth + mark)
            opened = False
            continue
        if opened:
            parts.append("\n" + "  " * depth)
        opened = mark in "{["
        depth += opened
        parts.append({",": ",\n" + "  " * depth, ":": ": "}.get(mark, mark))
    return "".join(parts)


def _escape(char: str) -> str:
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
