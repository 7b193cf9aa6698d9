"""What the documents and the readings make of one part of a request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from conformance.genesys.shown import Expect
from conformance.judge.readings import Readings

BAD = frozenset({400})  # where a row of the dossier names it
REFUSALS = frozenset(range(400, 500))
# Where no row of the dossier names the status, any that says that the content of the request is at fault.
REFUSED = frozenset({400, 409, 422})
TOO_MUCH = REFUSED | {413}


@dataclass(frozen=True, slots=True)
class Condition:
    """A reason for which a request may or must be refused.

    Attributes:
        requirement: the requirement that speaks of it.
        what: the reason in words.
        statuses: with which a refusal may answer.
        accept: whether it may be accepted all the same.
        member: whether one member of the body is the reason.
        reading: the reading that decides, as `name=option`.
        fulfils: a refusal for it fulfils the requirement although it may be accepted as well.
    """

    requirement: str
    what: str
    statuses: frozenset[int] = REFUSED
    accept: bool = False
    member: bool = True
    reading: str | None = None
    fulfils: bool = False


@dataclass(slots=True)
class Finding:
    """What becomes of one member if the update is accepted, and what speaks against accepting it.

    Attributes:
        states: in one of which the member is afterwards; empty where nothing changes.
        about: requirements that a look at the member decides.
        conditions: reasons to refuse the update.
    """

    states: tuple[Expect, ...] = ()
    about: tuple[str, ...] = ()
    conditions: list[Condition] = field(default_factory=list)


def label(readings: Readings, name: str) -> str | None:
    """A settled reading as `name=option`."""
    option = readings.settled(name)
    return None if option is None else f"{name}={option}"


def by_reading(
    readings: Readings,
    name: str,
    refusing: Mapping[str, Iterable[int]],
    requirement: str,
    what: str,
    *,
    accept: bool = False,
    member: bool = True,
) -> list[Condition]:
    """The condition that a reading makes, if one of its possible options refuses.

    Args:
        readings: what is known of the readings.
        name: of the reading.
        refusing: by option, with which statuses it refuses; other options accept.
        requirement: that speaks of it.
        what: the reason in words.
        accept: accepting is legal whatever the reading says.
        member: whether one member of the body is the reason.
    """
    possible = readings.possible(name)
    statuses = frozenset(status for option, each in refusing.items() if option in possible for status in each)
    if not statuses:
        return []
    tolerated = accept or not possible <= set(refusing)
    return [Condition(requirement, what, statuses, tolerated, member, label(readings, name))]
