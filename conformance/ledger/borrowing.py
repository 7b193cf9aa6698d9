"""For commands that write to a target outside a run: what they borrow is put back when they end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from conformance.ledger.interrupts import Interrupts, warn
from conformance.ledger.ledger import Ledger
from conformance.session.journal import NoJournal
from conformance.session.redaction import Redactor
from conformance.target.model import Target
from reports.model import RestoredRecord
from reports.restored import flagged, sentences


@contextmanager
def borrowing(target: Target, redactor: Redactor) -> Iterator[Ledger]:
    """Remembers the lent profiles of a target, and puts them back at the end of the block, however it ends.

    Yields:
        The ledger; set `learned` as soon as it is known.
    """
    interrupts = Interrupts(warn)
    interrupts.begin()
    ledger = Ledger(target, redactor, NoJournal())
    try:
        ledger.remember()
        yield ledger
    finally:
        interrupts.hold_off()
        warn_of(f"{target.contract}:{target.name}", ledger.restore())
        interrupts.end()


def warn_of(label: str, restored: tuple[RestoredRecord, ...]) -> None:
    """Warns on standard error of profiles that are not as they were."""
    for record in filter(flagged, restored):
        warn(f"{label}: {'; '.join(sentences(record))}")
