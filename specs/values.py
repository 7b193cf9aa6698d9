"""Reads the values that people really store, by what software tends to do to them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from specs.files import load

FILE = Path(__file__).parent / "values.yaml"
LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789"
Member = Literal["text", "phone", "email", "url", "date"]


@dataclass(frozen=True, slots=True)
class ValueClass:
    """Values that software spoils in the same way.

    Attributes:
        id: slug.
        what: the values, in words.
        suits: the kind of member that usually holds such a value.
        spoiled: what a careless implementation makes of them, in words.
        values: texts, none of them empty.
        hostile: a firewall may take them for an attack.
    """

    id: str
    what: str
    suits: Member
    spoiled: str
    values: tuple[str, ...]
    hostile: bool = False

    def __repr__(self) -> str:
        return self.what


@cache
def value_classes(*, hostile: bool = False) -> tuple[ValueClass, ...]:
    """Every class of harmless values, or of those that a firewall may take for an attack.

    Raises:
        SpecError: the data file is wrong.
    """
    data, _ = load(FILE, "values")
    found = []
    for row in data["values"]:
        long = [_of_length(length, row.get("letters", LETTERS)) for length in row.get("long", ())]
        values = (*row.get("values", ()), *long)
        is_hostile = row.get("hostile", False)
        if is_hostile is hostile:
            found.append(ValueClass(row["id"], row["what"], row["suits"], row["spoiled"], values, is_hostile))
    return tuple(found)


def _of_length(length: int, letters: str) -> str:
    """A text whose every part of a few letters stands at one place only, so that a cut or a swap is seen."""
    return "".join(letters[(place * 7 + place // len(letters)) % len(letters)] for place in range(length))
