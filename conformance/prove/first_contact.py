"""What the checks found of faults that were written without a look at them, when they first met these faults."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

from reports.certificate import FirstContact
from specs.files import read_yaml

FILE = Path(__file__).parent / "first-contact.yaml"


@cache
def rounds() -> Mapping[int, Mapping[str, FirstContact]]:
    """What came of each round, by its number and by contract.

    Raises:
        SpecError: the file cannot be read.
        KeyError, TypeError: it is malformed.
    """
    data, _ = read_yaml(FILE)
    return {
        row["round"]: {name: FirstContact(row["round"], **found) for name, found in row["contracts"].items()}
        for row in data["rounds"]
    }


def last(contract: str) -> FirstContact | None:
    """What came of the last round that a contract was in."""
    return next((row[contract] for _, row in sorted(rounds().items(), reverse=True) if contract in row), None)
