"""The restore ledgers of a run: one for each target, one file for all, kept by the controlling process alone.

It remembers before any worker starts and puts back after all have ended, so that no worker can take what another
one wrote for the original.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from conformance.ledger.borrowing import warn_of
from conformance.ledger.interrupts import warn
from conformance.ledger.keeping import LedgerError, file_of, leftovers, load, remembered, save
from conformance.ledger.ledger import Ledger
from conformance.plugin.suite import Place
from conformance.session.journal import FileJournal
from reports.model import RestoredRecord
from reports.text import plural


class Lending:
    """What a run borrows.

    Args:
        folder: of the reports; the ledger file stands there while the run lasts.
        started: when the run did.
    """

    def __init__(self, folder: Path, started: datetime) -> None:
        self._folder = folder
        self._file = file_of(folder, started)
        self._ledgers: dict[int, tuple[Place, Ledger]] = {}

    def warn_of_leftovers(self) -> None:
        """Says which profiles earlier runs did not put back."""
        for path in leftovers(self._folder):
            try:
                many = plural(sum(len(each.profiles) for each in load(path)), "lent profile")
            except LedgerError as error:
                warn(str(error))
                continue
            warn(f"an earlier run did not put back {many}; this does: conformance restore {path} --target FILE")

    def remember(self, place: Place) -> Ledger:
        """Reads the lent profiles of a target, before the first write."""
        ledger = Ledger(place.target, place.redactor, FileJournal(place.journal_file, place.redactor))
        self._ledgers[place.index] = (place, ledger)
        ledger.remember()
        self._save()
        return ledger

    def learned(self, place: Place, learned: Mapping[str, str]) -> None:
        """Keeps the readings that a target follows: they say how a value can be taken away."""
        self._ledgers[place.index][1].learned = learned
        self._save()

    def restore(self, place: Place, sent: int) -> tuple[tuple[RestoredRecord, ...], int]:
        """Puts the profiles of a target back, and warns of those that are not as they were.

        Args:
            place: the target.
            sent: how many requests the run has sent to it.

        Returns:
            How each profile is, and how many requests that took.
        """
        if place.index not in self._ledgers:
            return (), 0
        _, ledger = self._ledgers[place.index]
        before = ledger.sent
        restored = ledger.restore(sent)
        warn_of(place.label, restored)
        ledger.originals = ledger.unsettled(restored)
        return restored, ledger.sent - before

    def close(self) -> None:
        """Deletes the file, or leaves in it what is worth another try."""
        self._save()
        if self._file.exists():
            warn(f"this puts back what is left: conformance restore {self._file} --target FILE")

    def _save(self) -> None:
        rows = [
            remembered(place.target, place.redactor, ledger.learned, ledger.originals)
            for place, ledger in self._ledgers.values()
        ]
        try:
            save(self._file, rows)
        except OSError as error:
            warn(f"the ledger of lent profiles cannot be written to {self._file}: {error.strerror}")
