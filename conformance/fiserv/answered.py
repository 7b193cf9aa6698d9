"""What an answer says, read from its bytes in either format."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache, lru_cache
from itertools import islice
from typing import Any

from lxml import etree

import specs
from conformance.fiserv import xml
from conformance.fiserv.asked import DEEPEST, validator
from conformance.session.exchange import Answer, parse_json
from specs.basis import basis_of
from strategies.fiserv.schema import CONTRACT, Content, Path, resolved, root_name
from strategies.fiserv.wire import NAMESPACE, Format

AGGREGATES = {"update": "UserProfileModRs", "read": "UserProfileInqRs", "create": "UserAddRs", "delete": "UserDelRs"}
MOST = 50_000  # elements or values of an answer; no honest one has so many
LONGEST_CODE = 40
SHOWN = 10  # mistakes that are told
MOST_ERRORS = 200  # of the schema that are looked at
ENVELOPE, SIGNON, OPERATION = "envelope", "SignonRs", "operation"


@dataclass(frozen=True, slots=True)
class Status:
    """One Status aggregate: where it stands and what it says; a member that is absent is None."""

    place: str
    code: str | None
    severity: str | None
    text: str | None
    raw_code: Any

    def __str__(self) -> str:
        return f"{self.place} {self.code}/{self.severity}"


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer.

    Attributes:
        http: HTTP status.
        format: of the body; None where there is no body or it is in no known format.
        content: the message as JSON would have it; None where it cannot be read.
        namespace: of the root of an XML body.
        mistakes: what the parser, or a documented part of the schema, has against the body.
        remarks: what an inferred part of the schema has against it; worth knowing, and no mistake.
        statuses: the Status aggregates.
        profiles: every UserProfile at any depth, with its path.
    """

    http: int
    format: Format | None
    content: Content | None
    namespace: str | None
    mistakes: tuple[str, ...]
    remarks: tuple[str, ...]
    statuses: tuple[Status, ...]
    profiles: tuple[tuple[Path, Any], ...]

    @property
    def code(self) -> str | None:
        """The outcome: the code that is not 0 where there is one, else 0; None where no Status can be read."""
        codes = [status.code for status in self.statuses if status.code is not None]
        return next((code for code in reversed(codes) if code != "0"), codes[0] if codes else None)

    @property
    def erroneous(self) -> bool:
        """Whether any Status says Error."""
        return any(status.severity == "Error" for status in self.statuses)

    @property
    def succeeded(self) -> bool:
        """Whether this is a success: an HTTP status of success, code 0, no Error."""
        return 200 <= self.http <= 299 and self.code == "0" and not self.erroneous

    @property
    def request_id(self) -> Any:
        """RqUID, None where there is none."""
        return self.content.get("RqUID") if self.content else None

    def status(self, place: str) -> Status | None:
        """The Status that stands in one place."""
        return next((status for status in self.statuses if status.place == place), None)

    def __str__(self) -> str:
        said = ", ".join(map(str, self.statuses)) or "no Status"
        return f"HTTP {self.http}, {said}"


def format_of(media_type: str | None) -> Format | None:
    """The format that a Content-Type names; None where it names neither, or is missing."""
    subtype = (media_type or "").partition(";")[0].strip().lower().partition("/")[2]
    return next((f for f in Format if subtype == str(f) or subtype.endswith(f"+{f}")), None)


@lru_cache(maxsize=32)
def read_answer(operation: str, answer: Answer) -> Answered:
    """Reads the answer of an operation. What it returns is shared: nobody may change its content."""
    if not answer.body.strip():
        return Answered(answer.status, None, None, None, (), (), (), ())
    format_ = format_of(answer.header("Content-Type")) or _looks_like(answer.body)
    read = _read_json if format_ is Format.JSON else _read_xml
    told = read(f"{operation}-response", answer.body)
    statuses = tuple(_statuses(operation, told.content)) if told.content else ()
    profiles = tuple(_profiles(told.content)) if told.content else ()
    mistakes, remarks = tuple(told.mistakes[:SHOWN]), tuple(told.remarks[:SHOWN])
    return Answered(answer.status, format_, told.content, told.namespace, mistakes, remarks, statuses, profiles)


def _looks_like(body: bytes) -> Format:
    start = body.lstrip(b"\xef\xbb\xbf\xfe\xff\x00 \t\r\n")[:1]
    return Format.XML if start == b"<" else Format.JSON


@dataclass(slots=True)
class _Told:
    content: Content | None = None
    namespace: str | None = None
    mistakes: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def _read_json(name: str, body: bytes) -> _Told:
    try:
        content = parse_json(body, same_numbers=True)
    except ValueError as error:
        return _Told(mistakes=[f"not JSON: {error}"])
    if _larger(content, MOST):
        return _Told(mistakes=[f"it has more than {MOST} values, or is nested too deeply"])
    content = _without_null(content)
    told = _Told(content if isinstance(content, dict) else None)
    _compare(name, content, told)
    return told


def _compare(name: str, content: Any, told: _Told) -> None:
    """Sorts what the schema has against a message by what it rests on."""
    for error in islice(validator(name).iter_errors(content), MOST_ERRORS):
        words = f"{error.json_path}: {error.message[:200]}"
        (told.mistakes if basis_of(error).documented else told.remarks).append(words)


def _without_null(value: Any) -> Any:
    """The same without members that are null: that says no more than leaving them out."""
    if isinstance(value, dict):
        return {name: _without_null(inner) for name, inner in value.items() if inner is not None}
    return [_without_null(item) for item in value] if isinstance(value, list) else value


def _larger(content: Any, most: int) -> bool:
    """Whether a value holds more than so many, or is nested more deeply than is safe to walk."""
    level, count = [content], 0
    for _ in range(DEEPEST):
        count += len(level)
        if count > most:
            return True
        level = [
            inner
            for outer in level
            if isinstance(outer, dict | list)
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
    return bool(level)


def _read_xml(name: str, body: bytes) -> _Told:
    try:
        root = xml.parse(body, entities=True)
    except ValueError as error:
        return _Told(mistakes=[f"not XML: {error}"])
    told = _Told(namespace=xml.namespace(root))
    if xml.larger(root, MOST):
        told.mistakes.append(f"it has more than {MOST} elements")
        return told
    schema = resolved(name)
    if xml.has_doctype(root):
        told.remarks.append("it has a document type declaration")
    if xml.local(root) != root_name(schema):
        told.remarks.append(f"the root is {xml.local(root)}")
    told.content = xml.convert(root, schema).content
    _compare(name, told.content, told)
    # Of the XSD everything that the JSON Schema does not say as well is inferred.
    if not told.mistakes and not told.remarks:
        try:
            _xsd(told.namespace or "").assertValid(root)
        except etree.DocumentInvalid as error:
            told.remarks.append(str(error)[:200])
    return told


@cache
def _xsd(namespace: str) -> etree.XMLSchema:
    file = "alldata-wm.xsd" if namespace == NAMESPACE else "alldata.xsd"
    return etree.XMLSchema(etree.parse(str(specs.contract(CONTRACT).path(file))))


def _statuses(operation: str, content: Content) -> Iterator[Status]:
    places = {ENVELOPE: content, SIGNON: content.get(SIGNON), OPERATION: content.get(AGGREGATES.get(operation, ""))}
    for place, holder in places.items():
        status = holder.get("Status") if isinstance(holder, dict) else None
        if isinstance(status, dict):
            raw = status.get("StatusCode")
            yield Status(place, _code(raw), _word(status.get("Severity")), _word(status.get("StatusDesc")), raw)


def _code(raw: Any) -> str | None:
    if isinstance(raw, bool):
        return None
    if isinstance(raw, int):
        return str(raw) if abs(raw) < 10**LONGEST_CODE else None
    if isinstance(raw, str) and len(raw) < LONGEST_CODE and raw.strip().isascii() and raw.strip().isdigit():
        return str(int(raw))
    return None


def _word(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _profiles(node: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    if isinstance(node, dict):
        for name, value in node.items():
            if name == "UserProfile":
                yield (*path, name), value
            else:
                yield from _profiles(value, (*path, name))
    elif isinstance(node, list):
        for index, item in enumerate(node):
            yield from _profiles(item, (*path, index))
