"""How the run left what it had borrowed, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from reports.model import DifferenceRecord, RestoredRecord, RestoredState, TargetRecord

GOOD = (RestoredState.AS_IT_WAS, RestoredState.PUT_BACK)
_WORDS = {
    RestoredState.AS_IT_WAS: "is as it was",
    RestoredState.PUT_BACK: "is as it was again",
    RestoredState.NOT_REMEMBERED: "could not be read before the run, which left it alone",
    RestoredState.NOT_AS_IT_WAS: "is not as it was",
    RestoredState.NOT_KNOWN: "could not be put back",
}


def flagged(record: RestoredRecord) -> bool:
    """Whether somebody must look after a profile."""
    return record.state in (RestoredState.NOT_AS_IT_WAS, RestoredState.NOT_KNOWN)


def sentences(record: RestoredRecord) -> Iterator[str]:
    """What is to be said of one profile: how it is, then each member that is not as it was."""
    note = f": {record.note}" if record.note else ""
    yield f"profile {record.profile} {_WORDS[record.state]}{note}"
    yield from map(difference, record.differences)


def lines(target: TargetRecord) -> list[tuple[bool, str]]:
    """What is to be said of all that was borrowed of a target, each with whether somebody must look after it.

    What needs attention comes first.
    """
    ordered = sorted(target.restored, key=lambda record: not flagged(record))
    return [(flagged(record), sentence) for record in ordered for sentence in sentences(record)]


def difference(found: DifferenceRecord) -> str:
    """One member that is not as it was."""
    was = "none" if found.was is None else f"{found.was!r}"
    now = "has none" if found.now is None else f"has {found.now!r}"
    return f"{found.member} could not be put back: had {was}, {now}"


def summary(target: TargetRecord) -> str:
    """How a run left what it had borrowed of a target, in a line; "" where there was nothing."""
    found = target.restored
    if not found:
        return ""
    bad = sum(map(flagged, found))
    good = sum(record.state in GOOD for record in found)
    told: Mapping[str, int] = {
        "as they were": good,
        "not as they were": bad,
        "not read and left alone": len(found) - good - bad,
    }
    return "lent profiles: " + ", ".join(f"{number} {words}" for words, number in told.items() if number)
