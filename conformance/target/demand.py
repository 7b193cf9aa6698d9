"""How much of a contract must be tested, so that a run may pass."""

from __future__ import annotations

import re
from dataclasses import dataclass

EVERY_MANDATORY = "mandatory"
WANTED = "`mandatory`, or a whole number of percent from 1 to 100"
_PERCENT = re.compile(r"(\d{1,3})\s*%?")


@dataclass(frozen=True, slots=True)
class Demand:
    """How much must be tested.

    Attributes:
        percent: of the requirements that can be tested; None for every mandatory one of them.
    """

    percent: int | None = None

    def __str__(self) -> str:
        return EVERY_MANDATORY if self.percent is None else f"{self.percent} %"


def parse(given: str | int) -> Demand:
    """The demand that a command line or a target file states.

    Args:
        given: `mandatory`, or a percentage such as `80` or `80%`.

    Raises:
        ValueError: it is neither.
    """
    if given == EVERY_MANDATORY:
        return Demand()
    found = _PERCENT.fullmatch(str(given).strip())
    if isinstance(given, bool) or found is None or not 1 <= int(found[1]) <= 100:
        raise ValueError(f"{given!r} is not how much must be tested: {WANTED}")
    return Demand(int(found[1]))
