"""Reads what answers only say that a request was not served."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from specs.files import load

FILE = Path(__file__).parent / "refusals.yaml"


@dataclass(frozen=True, slots=True)
class Refusal:
    """One kind of answer that refuses to serve.

    Attributes:
        id: slug.
        statuses: HTTP statuses.
        standard: where a standard says what they mean.
        what: what it comes from, in words.
        mend: what would help.
        always: even where the contract gives this status to the request.
        lasting: several in a row mean that nothing will be served any more.
        passing: another try may be served.
        page: only an HTML page.
        unknown_method: only to a method that the contract does not have at that path.
        chunked: only to a request in chunked transfer coding.
        schemes: only where other credentials than of these schemes are asked for; empty: whatever is asked for.
    """

    id: str
    statuses: frozenset[int]
    standard: str
    what: str
    mend: str
    always: bool = False
    lasting: bool = False
    passing: bool = False
    page: bool = False
    unknown_method: bool = False
    chunked: bool = False
    schemes: frozenset[str] = frozenset()

    @property
    def right(self) -> bool:
        """Whether a standard lets the server refuse just this, so that nothing is lost with it."""
        return self.unknown_method or self.chunked


@cache
def refusals() -> tuple[Refusal, ...]:
    """Every kind of refusal; the first that fits counts.

    Raises:
        SpecError: the data file is wrong.
    """
    data, _ = load(FILE, "refusals")
    return tuple(
        Refusal(**{**row, "statuses": frozenset(row["statuses"]), "schemes": frozenset(row.get("schemes", ()))})
        for row in data["refusals"]
    )
