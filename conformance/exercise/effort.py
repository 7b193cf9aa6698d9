"""How many cases a check generates."""

from __future__ import annotations

from enum import StrEnum


class Effort(StrEnum):
    """quick for a first look and for proving, standard for a gate, thorough for a certificate."""

    QUICK = "quick"
    STANDARD = "standard"
    THOROUGH = "thorough"

    def examples(self, share: float = 1.0) -> int:
        """Generated cases of one property; `share` scales it for dear or cheap ones."""
        base = {Effort.QUICK: 10, Effort.STANDARD: 18, Effort.THOROUGH: 200}[self]
        return max(1, round(base * share))
