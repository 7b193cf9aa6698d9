"""Remembers the profiles of one target, and puts them back."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any, TypeVar

from conformance.exercise.driver import Driver
from conformance.judge.verdicts import BudgetExhausted, Failed, Signal
from conformance.ledger.compare import Compared
from conformance.ledger.driving import quiet_driver
from conformance.session.journal import Journal
from conformance.session.redaction import Redactor
from conformance.target.model import Target
from reports.model import DifferenceRecord, RestoredRecord, RestoredState

T = TypeVar("T")
SETTLE_S = 0.5  # a value may take a moment to be there
MOST = 200  # differences of one profile that are told; a hostile target may show any number


class Ledger:
    """The lent profiles of one target.

    Whatever a target does, nothing is raised but what the user raises (KeyboardInterrupt).

    Args:
        target: whose profiles.
        redactor: takes secrets out of what is told.
        journal: where the exchanges are kept.
        originals: what a run that was killed has remembered, by profile id; None to remember anew.

    Attributes:
        originals: every profile as it was, by id, in the vendor's form.
        learned: readings that the target is known to follow; they say how a value can be taken away.
        withheld: why a profile could not be read, by id; the run must not borrow it.
        sent: how many requests were sent.
    """

    def __init__(
        self, target: Target, redactor: Redactor, journal: Journal, originals: Mapping[str, Any] | None = None
    ) -> None:
        self.target = target
        self.originals: dict[str, Any] = dict(originals or {})
        self.learned: Mapping[str, str] = {}
        self.withheld: dict[str, str] = {}
        self.sent = 0
        self._redactor = redactor
        self._journal = journal

    def remember(self) -> None:
        """Reads every lent profile; to be called before the first write."""
        names = self._driver({}, 0, 0).lent_ids()
        driver = self._driver({}, 0, len(names))
        for name in names:
            why: list[str] = []
            found = _tried(partial(driver.read_lent, name), why)
            if found is None:
                self.withheld[name] = self._redactor.text(why[0] if why else "there is no such profile")
            else:
                self.originals[name] = found
        self._done(driver, 0)

    def restore(self, sent: int = 0) -> tuple[RestoredRecord, ...]:
        """Puts every profile back that is not as it was, reads it again, and says how it is.

        Args:
            sent: how many requests the run has sent.
        """
        restored: tuple[RestoredRecord, ...] = ()
        if self.originals:
            driver = self._driver(self.learned, sent, len(self.originals))
            restored = tuple(self._each(driver))
            self._done(driver, sent)
        unread = (RestoredRecord(name, RestoredState.NOT_REMEMBERED, (), why) for name, why in self.withheld.items())
        return (*restored, *unread)

    def unsettled(self, restored: tuple[RestoredRecord, ...]) -> dict[str, Any]:
        """Originals that are worth keeping: what they held is not, or may not be, in the target."""
        wanting = {
            r.profile
            for r in restored
            if r.state is RestoredState.NOT_KNOWN or any(d.was is not None for d in r.differences)
        }
        return {name: was for name, was in self.originals.items() if name in wanting}

    def _driver(self, learned: Mapping[str, str], sent: int, profiles: int) -> Driver:
        return quiet_driver(self.target, learned, self._journal, profiles=profiles, sent=sent)

    def _done(self, driver: Driver, before: int) -> None:
        self.sent += driver.bench.session.sent - before
        driver.bench.session.close()

    def _each(self, driver: Driver) -> Iterator[RestoredRecord]:
        interrupted = False
        try:
            _tried(partial(driver.settle_lent, self.originals), [])
        except KeyboardInterrupt:
            interrupted = True
        for name, was in self.originals.items():
            if not interrupted:
                try:
                    yield self._one(driver, name, was)
                    continue
                except KeyboardInterrupt:
                    interrupted = True
            yield self._told(name, RestoredState.NOT_KNOWN, Compared(), ["interrupted before it was put back"])

    def _one(self, driver: Driver, name: str, was: Any) -> RestoredRecord:
        why: list[str] = []
        now = _tried(partial(driver.read_lent, name), why)
        compared = None if now is None else _tried(partial(driver.compare_lent, was, now), why)
        if compared is not None and not compared.differences:
            return self._told(name, RestoredState.AS_IT_WAS, compared)
        before = driver.bench.session.sent
        why += _tried(partial(driver.write_lent, name, was, now), why) or []
        patience = SETTLE_S if driver.bench.session.sent > before else 0.0
        compared = _tried(partial(self._settled, driver, name, was, patience), why)
        if compared is None:
            return self._told(name, RestoredState.NOT_KNOWN, Compared(), why or ["the profile is not there any more"])
        if compared.differences:
            return self._told(name, RestoredState.NOT_AS_IT_WAS, compared, why)
        return self._told(name, RestoredState.PUT_BACK, compared)

    def _settled(self, driver: Driver, name: str, was: Any, patience_s: float) -> Compared | None:
        """The comparison after what was written had a moment to show; None where there is no profile."""
        last: list[Compared | None] = [None]

        def look() -> Compared | None:
            now = driver.read_lent(name)
            last[0] = None if now is None else driver.compare_lent(was, now)
            return last[0] if last[0] is not None and not last[0].differences else None

        return driver.bench.poll(look, deadline_s=patience_s) or last[0]

    def _told(
        self, name: str, state: RestoredState, compared: Compared, why: list[str] | None = None
    ) -> RestoredRecord:
        clean = self._redactor.text
        found = tuple(
            DifferenceRecord(
                clean(d.member),
                None if d.was is None else clean(d.was),
                None if d.now is None else clean(d.now),
            )
            for d in compared.differences[:MOST]
        )
        more = len(compared.differences) - len(found)
        notes = dict.fromkeys(
            [*(why or []), *filter(None, [compared.note, f"and {more} more members" if more else ""])]
        )
        return RestoredRecord(name, state, found, clean("; ".join(notes)))


def _tried(ask: Callable[[], T], why: list[str]) -> T | None:
    """What a driver says, or None with the reason where the target does not let it."""
    try:
        return ask()
    except BudgetExhausted:
        why.append("the target took too long")
    except Signal as signal:
        why.append(signal.reason)
    except Failed as failed:
        why.append(str(failed))
    except Exception as error:
        # A profile is whatever the target says it is; what a driver makes of an absurd one must not end a run.
        why.append(f"what the target shows cannot be used: {repr(error)[:200]}")
    return None
