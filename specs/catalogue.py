"""Finds the contracts in the folders of this package and loads them, checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from specs.contract import Contract
from specs.errors import Mistake, SpecError
from specs.files import Lines, load
from specs.freedoms import absent_or_null, freedoms, meeting_mistakes, meetings_of
from specs.model import (
    Breadth,
    Declarative,
    DocumentRef,
    Example,
    Exclusion,
    Level,
    Operation,
    Option,
    Reading,
    Requirement,
    Source,
    StatusCode,
    TargetField,
)

ROOT = Path(__file__).parent
CODE_KEYS = frozenset({"code", "text", "meaning", "source", "table", "provoke", "not_provokable"})


@cache
def contracts() -> Mapping[str, Contract]:
    """Every contract, by id, sorted by id.

    Raises:
        SpecError: a data file is wrong; has every mistake of the first contract that has one.
    """
    return {name: contract(name) for name in _folders()}


@cache
def contract(id: str) -> Contract:
    """One contract by its id.

    Raises:
        KeyError: there is no such contract; the message names those there are.
        SpecError: a data file is wrong.
    """
    try:
        folder = _folders()[id]
    except KeyError:
        raise KeyError(f"no contract {id!r}; there are {', '.join(_folders())}") from None
    return load_contract(folder)


@cache
def _folders() -> Mapping[str, Path]:
    folders = sorted(path.parent for path in ROOT.glob("*/*/contract.yaml"))
    return {f"{folder.parent.name}-{folder.name}": folder for folder in folders}


def load_contract(folder: Path) -> Contract:
    """The contract that a folder describes.

    Args:
        folder: `<vendor>/<contract>`; the vendor's `readings.yaml` and `freedoms.yaml` lie beside it, the shared
            `freedoms.yaml` beside the vendor.

    Raises:
        SpecError: with every mistake in the files, each with file and line.
    """
    head, head_lines = load(folder / "contract.yaml", "contract")
    catalogue, catalogue_lines = load(folder / "requirements.yaml", "requirements")
    register, register_lines = load(folder.parent / "readings.yaml", "readings")
    examples, _ = load(folder / "examples" / "examples.yaml", "examples")
    mistakes = [
        *_contract_mistakes(folder, head, catalogue, head_lines),
        *_reading_mistakes(folder.parent / "readings.yaml", register, register_lines),
        *_requirement_mistakes(folder / "requirements.yaml", head, catalogue, register, catalogue_lines),
    ]
    if mistakes:
        raise SpecError(mistakes)
    readings = {
        row["id"]: _reading(row) for row in register["readings"] if folder.name in row.get("contracts", [folder.name])
    }
    return Contract(
        id=head["id"],
        vendor=folder.parent.name,
        folder=folder,
        title=head["title"],
        summary=head["summary"],
        document=DocumentRef(**head["document"]),
        operations={name: _operation(name, row) for name, row in head["operations"].items()},
        codes={row["code"]: _code(row) for row in head["codes"]},
        requirements={row["id"]: _requirement(row) for row in catalogue["requirements"]},
        declarative=tuple(Declarative(**row) for row in catalogue["declarative"]),
        readings=readings,
        freedoms=freedoms(folder.parents[1], folder.parent.name, folder.name, readings),
        absent_or_null=absent_or_null(folder.parents[1], folder.parent.name),
        examples=tuple(_example(folder, row) for row in examples["examples"]),
        credentials={name: _field(name, row) for name, row in head["target"]["credentials"].items()},
        data={name: _field(name, row) for name, row in head["target"]["data"].items()},
        breadth=Breadth(
            {row["check"]: row["requirement"] for row in head["breadth"]["kept"]},
            {row["check"]: row["reason"] for row in head["breadth"]["left_out"]},
        ),
    )


def _operation(name: str, row: dict[str, Any]) -> Operation:
    safe = row.get("safe", row["method"] == "GET")
    return Operation(
        name=name,
        method=row["method"],
        path=row["path"],
        subject=row["subject"],
        optional=row.get("optional", False),
        summary=row["summary"],
        safe=safe,
        shows_profiles=row.get("shows_profiles", safe),
    )


def _code(row: dict[str, Any]) -> StatusCode:
    return StatusCode(
        code=row["code"],
        text=row["text"],
        meaning=row["meaning"],
        source=row["source"],
        in_table=row["table"],
        provoke=row.get("provoke"),
        not_provokable=row.get("not_provokable"),
        extra={key: value for key, value in row.items() if key not in CODE_KEYS},
    )


def _requirement(row: dict[str, Any]) -> Requirement:
    source = row["source"]
    return Requirement(
        id=row["id"],
        group=row["group"],
        text=row["text"],
        level=Level(row["level"]),
        source=Source(source["document"], source["lines"], tuple(source["statements"])),
        readings=tuple(row.get("readings", ())),
        observe=row.get("observe"),
        not_observable=row.get("not_observable"),
    )


def _reading(row: dict[str, Any]) -> Reading:
    return Reading(
        id=row["id"],
        dossier=row["dossier"],
        question=row["question"],
        evidence=tuple(row["evidence"]),
        options=tuple(Option(option["id"], option["meaning"]) for option in row["options"]),
        strict=frozenset(row["strict"]),
        default=row["default"],
        probe=row.get("probe"),
        unobservable=row.get("unobservable"),
        excludes=tuple(
            Exclusion(option["id"], **excluded) for option in row["options"] for excluded in option.get("excludes", ())
        ),
        meets=meetings_of(row),
    )


def _example(folder: Path, row: dict[str, Any]) -> Example:
    differs = row.get("differs", {})
    return Example(
        file=folder / "examples" / row["file"],
        document=row["document"],
        lines=row["lines"],
        kind=row["kind"],
        operation=row["operation"],
        schema=row.get("schema"),
        about=row["about"],
        differs_reading=differs.get("reading"),
        differs_how=differs.get("how"),
    )


def _field(name: str, row: dict[str, Any]) -> TargetField:
    return TargetField(
        name=name,
        required=row["required"],
        secret=row.get("secret", False),
        type=row.get("type", "string"),
        summary=row["summary"],
        example=row.get("example"),
    )


def _contract_mistakes(
    folder: Path, head: dict[str, Any], catalogue: dict[str, Any], lines: Lines
) -> Iterator[Mistake]:
    expected = f"{folder.parent.name}-{folder.name}"
    if head["id"] != expected:
        yield Mistake(folder / "contract.yaml", lines.of(["id"]), "/id", f"must be {expected!r}, after its folders")
    known = {row["id"] for row in catalogue["requirements"]}
    for index, row in enumerate(head["breadth"]["kept"]):
        if row["requirement"] not in known:
            place = f"/breadth/kept/{index}/requirement"
            line = lines.of(["breadth", "kept", index])
            yield Mistake(folder / "contract.yaml", line, place, f"no requirement {row['requirement']!r}")


def _reading_mistakes(path: Path, register: dict[str, Any], lines: Lines) -> Iterator[Mistake]:
    seen: set[str] = set()
    for index, row in enumerate(register["readings"]):
        place = f"/readings/{index}"
        line = lines.of(["readings", index])
        options = [option["id"] for option in row["options"]]
        if row["id"] in seen:
            yield Mistake(path, line, place, f"reading {row['id']!r} stands twice")
        seen.add(row["id"])
        if len(set(options)) != len(options):
            yield Mistake(path, line, f"{place}/options", "an option stands twice")
        for option in row["strict"]:
            if option not in options:
                yield Mistake(path, line, f"{place}/strict", f"{option!r} is none of the options {options}")
        if row["default"] not in row["strict"]:
            yield Mistake(path, line, f"{place}/default", f"{row['default']!r} is not among the strict {row['strict']}")
        yield from _exclusion_mistakes(path, place, line, row, register)
        yield from meeting_mistakes(path, place, line, row, {other["id"] for other in register["readings"]})


def _exclusion_mistakes(
    path: Path, place: str, line: int, row: dict[str, Any], register: dict[str, Any]
) -> Iterator[Mistake]:
    options = {other["id"]: [o["id"] for o in other["options"]] for other in register["readings"]}
    for option in row["options"]:
        for excluded in option.get("excludes", ()):
            if excluded["option"] not in options.get(excluded["reading"], ()):
                named = f"{excluded['reading']}={excluded['option']}"
                yield Mistake(path, line, f"{place}/options", f"{option['id']!r} excludes {named!r}: there is none")


def _requirement_mistakes(
    path: Path, head: dict[str, Any], catalogue: dict[str, Any], register: dict[str, Any], lines: Lines
) -> Iterator[Mistake]:
    document = head["document"]
    statements = {f"{document['id']}#{n}" for n in range(1, document["statements"] + 1)}
    readings = {row["id"] for row in register["readings"]}
    covered: set[str] = set()
    seen: set[str] = set()
    for index, row in enumerate(catalogue["requirements"]):
        place, line = f"/requirements/{index}", lines.of(["requirements", index])
        if row["id"] in seen:
            yield Mistake(path, line, place, f"requirement {row['id']!r} stands twice")
        seen.add(row["id"])
        for unknown in set(row["source"]["statements"]) - statements:
            yield Mistake(path, line, place, f"the document has no statement {unknown}")
        for unknown in set(row.get("readings", ())) - readings:
            yield Mistake(path, line, place, f"the register has no reading {unknown!r}")
        covered.update(row["source"]["statements"])
    declared = {row["statement"] for row in catalogue["declarative"]}
    for both in sorted(declared & covered):
        yield Mistake(path, lines.of(["declarative"]), "/declarative", f"{both} is declarative and required at once")
    for unknown in sorted(declared - statements):
        yield Mistake(path, lines.of(["declarative"]), "/declarative", f"the document has no statement {unknown}")
    for missing in sorted(statements - covered - declared, key=lambda s: int(s.split("#")[1])):
        yield Mistake(path, 0, "/requirements", f"statement {missing} is neither covered nor declarative")
