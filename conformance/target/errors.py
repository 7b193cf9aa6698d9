"""The one error of a target file, with every mistake in it."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from pathlib import Path

from conformance.target.lines import Lines
from specs import Mistake


class TargetError(ValueError):
    """A target file is wrong. Carries every mistake that was found; no message has a secret in it."""

    def __init__(self, mistakes: Sequence[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(map(str, self.mistakes)))


class Mistakes:
    """Gathers the mistakes of one file."""

    def __init__(self, file: Path, lines: Lines) -> None:
        self._file = file
        self._lines = lines
        self._found: list[Mistake] = []

    def add(self, path: Sequence[str | int], message: str) -> None:
        """Notes a mistake at a key path."""
        self._found.append(Mistake(self._file, self._lines.of(path), place(path), message))

    def raise_any(self) -> None:
        """Raises TargetError where something was noted, in the order of the file."""
        if self._found:
            raise TargetError(sorted(dict.fromkeys(self._found), key=lambda mistake: mistake.line))


def place(path: Sequence[str | int]) -> str:
    """A key path as a person writes it: `target[0].limits.rate`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def instead(wrong: str, right: Iterable[str]) -> str:
    """What would be right: the nearest name, or all of them."""
    names = list(right)
    near = difflib.get_close_matches(wrong, names, n=1, cutoff=0.6)
    if near:
        return f"did you mean {near[0]!r}?"
    return f"there are {', '.join(names)}" if names else "there are none"
