"""Says on which line of a TOML file a key stands; tomllib does not."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence

Path = tuple[str | int, ...]
_LEXEME = re.compile(
    r'"""(?:\\.|[^\\])*?"""|\'\'\'.*?\'\'\'|"(?:\\.|[^"\\\n])*"|\'[^\'\n]*\'|#[^\n]*|[A-Za-z0-9_-]+|\n|[ \t\r]+|.',
    re.DOTALL,
)
_OPEN, _CLOSE = frozenset("[{"), frozenset("]}")


class Lines:
    """Line numbers of the keys and tables of a TOML text that tomllib accepts.

    Keys within inline tables are not told apart; they have the line of the key that holds them.
    """

    def __init__(self, text: str) -> None:
        self._lines: dict[Path, int] = {}
        self._counts: dict[Path, int] = {}
        self._lexemes: list[str] = [t for t in _LEXEME.findall(text) if not t.isspace() or t == "\n"]
        self._at = 0
        self._line = 1
        table: Path = ()
        while self._at < len(self._lexemes):
            line = self._line
            lexeme = self._next()
            if lexeme == "[":
                table = self._header()
                self._note(table, line)
            elif lexeme != "\n" and not lexeme.startswith("#"):
                self._note((*table, *self._keys(lexeme, "=")), line)
                self._skip_value()

    def of(self, path: Sequence[str | int]) -> int:
        """The line of a key or table, or of its nearest parent that the file has; 0 where it has none."""
        parts = tuple(path)
        while parts and parts not in self._lines:
            parts = parts[:-1]
        return self._lines.get(parts, 0)

    def _note(self, path: Path, line: int) -> None:
        for length in range(1, len(path) + 1):
            self._lines.setdefault(path[:length], line)

    def _next(self) -> str:
        lexeme = self._lexemes[self._at]
        self._at += 1
        self._line += lexeme.count("\n")
        return lexeme

    def _header(self) -> Path:
        lexeme = self._next()
        many = lexeme == "["
        keys = self._keys(self._next() if many else lexeme, "]")
        path: Path = ()
        for key in keys[:-1]:
            path = self._last((*path, key))
        path = (*path, keys[-1])
        if many:
            self._next()
            self._note(path, self._line)
            self._counts[path] = self._counts.get(path, 0) + 1
        return self._last(path)

    def _last(self, path: Path) -> Path:
        """The path, or that of the newest table of it where it is an array of tables."""
        return (*path, self._counts[path] - 1) if path in self._counts else path

    def _keys(self, first: str, end: str) -> Path:
        keys: list[str | int] = []
        lexeme = first
        while lexeme != end:
            if lexeme != ".":
                keys.append(_key(lexeme))
            lexeme = self._next()
        return tuple(keys)

    def _skip_value(self) -> None:
        depth = 0
        while self._at < len(self._lexemes):
            lexeme = self._next()
            depth += (lexeme in _OPEN) - (lexeme in _CLOSE)
            if lexeme == "\n" and depth <= 0:
                return


def _key(lexeme: str) -> str:
    return str(next(iter(tomllib.loads(f"{lexeme} = 0"))))
