"""Names that a run has not used before, and the numbers behind them: the same for the same seed."""

from __future__ import annotations

import hashlib

ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789"


def fresh_name(seed: int, contract: str, check: str, count: int, length: int) -> str:
    """The name that `Bench.fresh` gives at the count-th call of a check; a longer one begins with the shorter."""
    number = number_of(seed, contract, check, f"fresh {count}")
    letters = []
    for _ in range(length):
        number, index = divmod(number, len(ALPHABET))
        letters.append(ALPHABET[index])
    return "".join(letters)


def number_of(seed: int, contract: str, check: str, purpose: str) -> int:
    """A number of its own for each purpose of a check."""
    text = f"{seed}/{contract}/{check}/{purpose}"
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:16])
