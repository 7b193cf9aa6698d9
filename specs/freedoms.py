"""Reads the registers of freedoms, the shared one and the vendor's, and the meetings of readings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from specs.errors import Mistake, SpecError
from specs.files import Lines, load
from specs.model import AbsentOrNull, Freedom, Meeting, Option, Reading

NAME = "freedoms.yaml"
UNION = "union"
UNRANKED = "Both readings speak of it, and no document ranks them."


def registers(root: Path, vendor: str) -> tuple[Path, ...]:
    """The registers that hold for a vendor: the shared one and, where there is one, the vendor's own."""
    return tuple(path for path in (root / NAME, root / vendor / NAME) if path.is_file())


def freedoms(root: Path, vendor: str, contract: str, readings: Mapping[str, Reading]) -> dict[str, Freedom]:
    """Every freedom of one contract, by id: the shared ones, the vendor's, and those of meetings that nobody ranks.

    Args:
        root: the folder of all specs.
        vendor: name of the vendor's folder.
        contract: name of the contract's folder.
        readings: of the contract.

    Raises:
        SpecError: a register is wrong; has every mistake, each with file and line.
    """
    found: dict[str, Freedom] = {}
    mistakes: list[Mistake] = []
    for path in registers(root, vendor):
        register, lines = load(path, "freedoms")
        mistakes += _mistakes(path, register, lines, {*found, *readings})
        found |= {
            row["id"]: _freedom(row) for row in register["freedoms"] if contract in row.get("contracts", [contract])
        }
    if mistakes:
        raise SpecError(mistakes)
    return found | {meeting.id: _of_meeting(meeting, readings) for meeting in meetings(readings) if not meeting.decides}


def absent_or_null(root: Path, vendor: str) -> tuple[AbsentOrNull, ...]:
    """The members of a vendor's answers that may be absent or null alike.

    Raises:
        SpecError: the vendor's register is wrong.
    """
    path = root / vendor / NAME
    rows = load(path, "freedoms")[0].get("absent_or_null", ()) if path.is_file() else ()
    return tuple(
        AbsentOrNull(tuple(row["places"]), row["beside"], tuple(row["members"]), row["because"], tuple(row["silence"]))
        for row in rows
    )


def meetings(readings: Mapping[str, Reading]) -> tuple[Meeting, ...]:
    """The meetings of the readings of one contract."""
    return tuple(m for reading in readings.values() for m in reading.meets if m.other in readings)


def meetings_of(row: Mapping[str, Any]) -> tuple[Meeting, ...]:
    """The meetings that a row of the register of readings names."""
    return tuple(
        Meeting(
            reading=row["id"],
            other=each["reading"],
            where=each["where"],
            decides=None if each["allowed"] == UNION else each["allowed"],
            because=each.get("because", UNRANKED),
        )
        for each in row.get("meets", ())
    )


def meeting_mistakes(path: Path, place: str, line: int, row: Mapping[str, Any], known: set[str]) -> Iterator[Mistake]:
    """What is wrong with the meetings of a row of the register of readings."""
    others = [each["reading"] for each in row.get("meets", ())]
    if len(set(others)) != len(others):
        yield Mistake(path, line, f"{place}/meets", "a reading is met twice; say where in one entry")
    for each in row.get("meets", ()):
        other, allowed = each["reading"], each["allowed"]
        if other not in known or other == row["id"]:
            yield Mistake(path, line, f"{place}/meets", f"{other!r} is no other reading of the register")
        if allowed not in (UNION, row["id"], other):
            told = f"allowed is {allowed!r}; it must be {UNION}, {row['id']} or {other}"
            yield Mistake(path, line, f"{place}/meets", told)


def _freedom(row: Mapping[str, Any]) -> Freedom:
    return Freedom(
        id=row["id"],
        question=row["question"],
        because=row["because"],
        grounds=tuple(row.get("silence") or row["standard"]),
        options=tuple(Option(option["id"], option["meaning"]) for option in row["options"]),
        default=row["default"],
    )


def _of_meeting(meeting: Meeting, readings: Mapping[str, Reading]) -> Freedom:
    """Where two readings meet and no document ranks them, an implementation may let either decide."""
    pair = (readings[meeting.reading], readings[meeting.other])
    return Freedom(
        id=meeting.id,
        question=f"Which reading decides here: {meeting.where}?",
        because=meeting.because,
        grounds=tuple(dict.fromkeys(reading.dossier for reading in pair)),
        options=tuple(Option(reading.id, f"the option that is followed of {reading.id}") for reading in pair),
        default=meeting.reading,
    )


def _mistakes(path: Path, register: Mapping[str, Any], lines: Lines, taken: set[str]) -> Iterator[Mistake]:
    seen = set(taken)
    for index, row in enumerate(register["freedoms"]):
        place, line = f"/freedoms/{index}", lines.of(["freedoms", index])
        options: Sequence[str] = [option["id"] for option in row["options"]]
        if row["id"] in seen:
            yield Mistake(path, line, place, f"{row['id']!r} is the id of another freedom or reading")
        seen.add(row["id"])
        if len(set(options)) != len(options):
            yield Mistake(path, line, f"{place}/options", "an option stands twice")
        for name in row.get("contracts", ()):
            if not (path.parent / name / "contract.yaml").is_file():
                yield Mistake(path, line, f"{place}/contracts", f"{name!r} is no contract of this vendor")
        if row["default"] not in options:
            yield Mistake(path, line, f"{place}/default", f"{row['default']!r} is none of the options {options}")
