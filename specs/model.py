"""What the data files say, as frozen values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal


class Level(StrEnum):
    """Prescription level of a requirement (OASIS Test Assertions Model 1.0, section 2)."""

    MANDATORY = "mandatory"
    PREFERRED = "preferred"
    PERMITTED = "permitted"


@dataclass(frozen=True, slots=True)
class DocumentRef:
    """The normative document of a contract; `statements` is how many it makes."""

    id: str
    title: str
    file: str
    sha256: str
    statements: int


@dataclass(frozen=True, slots=True)
class Source:
    """Where a requirement stands: document, lines, numbered statements (`S1#52`)."""

    document: str
    lines: str
    statements: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Requirement:
    """One testable statement. Exactly one of `observe` and `not_observable` is set."""

    id: str
    group: str
    text: str
    level: Level
    source: Source
    readings: tuple[str, ...]
    observe: str | None
    not_observable: str | None

    @property
    def observable(self) -> bool:
        """Whether a black box can see it."""
        return self.observe is not None


@dataclass(frozen=True, slots=True)
class Declarative:
    """A statement that nothing can test, with the reason."""

    statement: str
    reason: str


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Two options of different readings that no implementation can follow together.

    Attributes:
        own: the option of the reading that names the exclusion.
        reading: the other reading.
        option: its option.
        because: why.
    """

    own: str
    reading: str
    option: str
    because: str


@dataclass(frozen=True, slots=True)
class Option:
    """One defensible way to read a contradiction or a silence, or to use a freedom."""

    id: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Meeting:
    """Two readings that speak about the same observation.

    Attributes:
        reading: the one whose row names the meeting.
        other: the other one.
        where: the observation.
        decides: the reading that decides there, or None where no document ranks them: either may.
        because: where the document ranks them, or why none does.
    """

    reading: str
    other: str
    where: str
    decides: str | None
    because: str

    @property
    def id(self) -> str:
        """The id of the freedom that the meeting is where no document ranks the two."""
        return f"{self.reading}-meets-{self.other}"


@dataclass(frozen=True, slots=True)
class Freedom:
    """What no document and no standard decides: it may vary from answer to answer, and no judgement depends on it.

    Attributes:
        id: slug, unique among the readings and freedoms of a contract.
        question: what is left open.
        because: why it is free.
        grounds: rows of the dossier, lines of the document, or sections of standards.
        options: what an implementation may do.
        default: what the reference does unless told otherwise.
    """

    id: str
    question: str
    because: str
    grounds: tuple[str, ...]
    options: tuple[Option, ...]
    default: str

    @property
    def option_ids(self) -> tuple[str, ...]:
        """The ids of the options, in the order of the register."""
        return tuple(option.id for option in self.options)


@dataclass(frozen=True, slots=True)
class AbsentOrNull:
    """Members of answers that may be absent or null alike where they hold nothing.

    Attributes:
        places: JSON pointers to the objects that have them, in which `*` is any entry of a list.
        beside: a member that tells such an object from others at the same place.
        members: their names.
        because: why either is right.
        grounds: rows of the dossier or lines of the document.
    """

    places: tuple[str, ...]
    beside: str
    members: tuple[str, ...]
    because: str
    grounds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """A contradiction or silence with its named options."""

    id: str
    dossier: str
    question: str
    evidence: tuple[str, ...]
    options: tuple[Option, ...]
    strict: frozenset[str]
    default: str
    probe: str | None
    unobservable: str | None
    excludes: tuple[Exclusion, ...] = ()
    meets: tuple[Meeting, ...] = ()

    @property
    def observable(self) -> bool:
        """Whether a probe can tell the options apart."""
        return self.probe is not None

    @property
    def option_ids(self) -> tuple[str, ...]:
        """The ids of the options, in the order of the register."""
        return tuple(option.id for option in self.options)


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the API.

    Attributes:
        name: key in the contract.
        method: HTTP method.
        path: may hold `{placeholders}`.
        subject: whether it is what the contract is about, and not a companion.
        optional: whether a target may lack it.
        summary: what it is for.
        safe: whether it only reads.
        shows_profiles: whether it reads stored profiles, and not, say, the outcome of a request.
    """

    name: str
    method: str
    path: str
    subject: bool
    optional: bool
    summary: str
    safe: bool
    shows_profiles: bool


@dataclass(frozen=True, slots=True)
class StatusCode:
    """One response code. `extra` has the facts only this vendor's table knows."""

    code: str
    text: str
    meaning: str
    source: str
    in_table: bool
    provoke: str | None
    not_provokable: str | None
    extra: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Example:
    """An example of the document as a file."""

    file: Path
    document: str
    lines: str
    kind: Literal["request", "response", "table"]
    operation: str
    schema: str | None
    about: str
    differs_reading: str | None
    differs_how: str | None

    def content(self) -> bytes:
        """The bytes of the example."""
        return self.file.read_bytes()


@dataclass(frozen=True, slots=True)
class TargetField:
    """A value that a target file may give for this contract."""

    name: str
    required: bool
    secret: bool
    type: str
    summary: str
    example: Any


@dataclass(frozen=True, slots=True)
class Breadth:
    """Schemathesis' own checks: the kept ones with the requirement they decide, the others with the reason."""

    kept: Mapping[str, str]
    left_out: Mapping[str, str]
