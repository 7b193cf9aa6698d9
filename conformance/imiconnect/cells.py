"""What a stored attribute may hold: the writes to it that may still be what a read shows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

ABSENT: Final = None
Value = str | None
ANYTHING: Final[frozenset[Value]] = frozenset({"\0anything"})


@dataclass(slots=True, eq=False)
class Write:
    """One write to an attribute.

    Attributes:
        values: what it leaves behind, `ABSENT` for no value; `ANYTHING` where that is not known.
        sent: number of the exchange that sent it.
        done: number of the exchange that showed it finished, None while that is not known.
        sure: whether it surely happened; one that is not never displaces an earlier one.
        update: whether an update sent it.
    """

    values: frozenset[Value]
    sent: int
    done: int | None = None
    sure: bool = False
    update: bool = False

    def resolve(self, values: frozenset[Value], number: int, *, sure: bool) -> None:
        """It is finished and left these values behind."""
        self.values, self.done, self.sure = values, number, sure

    def drop(self, number: int) -> None:
        """It is finished and left nothing behind."""
        self.resolve(frozenset(), number, sure=False)


@dataclass(slots=True)
class Cell:
    """One attribute of one profile."""

    writes: list[Write] = field(default_factory=list)

    def allowed(self) -> frozenset[Value]:
        """The values that a read may show now, or `ANYTHING`."""
        self._forget()
        values = frozenset[Value]().union(*(write.values for write in self.writes))
        return ANYTHING if values >= ANYTHING or not values else values

    def _forget(self) -> None:
        """Drops the writes that were finished before a later one was sent that surely happened."""
        if len(self.writes) < 2:
            return
        latest = max((w.sent for w in self.writes if w.sure and w.done is not None), default=-1)
        self.writes = [w for w in self.writes if w.done is None or w.done >= latest]

    def settle(self, values: frozenset[Value], number: int) -> None:
        """A read has shown what it holds; writes that are still on their way may yet change that."""
        self.writes = [Write(values, number, number, sure=True), *(w for w in self.writes if w.done is None)]

    def copy(self) -> Cell:
        """A cell of its own with the same writes."""
        return Cell(list(self.writes))


def holds(allowed: frozenset[Value], observed: tuple[Value, ...], *, scattered: bool = False) -> bool:
    """Whether what a read shows under a name is allowed; an empty value and none look alike to some reads.

    Args:
        allowed: what the name may hold.
        observed: every value that is shown under it.
        scattered: whether several profiles may stand under one customer, so that one of the values decides.
    """
    if allowed == ANYTHING:
        return True
    nothing = bool(allowed & {ABSENT, ""})
    if not observed:
        return ABSENT in allowed
    if scattered:
        return nothing or any(value in allowed for value in observed)
    alike = allowed | {ABSENT, ""} if nothing else allowed
    return all(value in alike for value in observed)
