"""What an answer says, read from its bytes in either format."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import islice
from typing import Any

import xmlschema
from lxml import etree

import specs
from conformance.fiserv import xml
from conformance.fiserv.asked import DEEPEST, MEDIA, validator
from conformance.session.exchange import Answer, parse_json
from strategies.fiserv.schema import CONTRACT, Content, Path, resolved, root_name
from strategies.fiserv.wire import Format

AGGREGATES = {"update": "UserProfileModRs", "read": "UserProfileInqRs", "create": "UserAddRs", "delete": "UserDelRs"}
MOST = 50_000  # elements or values of an answer; no honest one has so many
LONGEST_CODE = 40
SHOWN = 10  # mistakes that are told
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
        mistakes: what the schema, or the parser, has against the body.
        statuses: the Status aggregates.
        profiles: every UserProfile at any depth, with its path.
    """

    http: int
    format: Format | None
    content: Content | None
    namespace: str | None
    mistakes: tuple[str, ...]
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
        """Whether this is a success: HTTP 200, code 0, no Error."""
        return self.http == 200 and self.code == "0" and not self.erroneous

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


@lru_cache(maxsize=32)
def read_answer(operation: str, answer: Answer) -> Answered:
    """Reads the answer of an operation. What it returns is shared: nobody may change its content."""
    declared = (answer.header("Content-Type") or "").partition(";")[0].strip().lower()
    format_ = MEDIA.get(declared)
    if not answer.body.strip():
        return Answered(answer.status, None, None, None, (), (), ())
    if format_ is None:
        format_ = Format.XML if answer.body.lstrip()[:1] == b"<" else Format.JSON
    name = f"{operation}-response"
    read = _read_json if format_ is Format.JSON else _read_xml
    content, space, mistakes = read(name, answer.body)
    statuses = tuple(_statuses(operation, content)) if content else ()
    profiles = tuple(_profiles(content)) if content else ()
    return Answered(answer.status, format_, content, space, tuple(mistakes), statuses, profiles)


def _read_json(name: str, body: bytes) -> tuple[Content | None, None, list[str]]:
    try:
        content = parse_json(body, same_numbers=True)
    except ValueError as error:
        return None, None, [f"not JSON: {error}"]
    if _larger(content, MOST):
        return None, None, [f"it has more than {MOST} values, or is nested too deeply"]
    errors = islice(validator(name).iter_errors(content), SHOWN)
    mistakes = [f"{error.json_path}: {error.message[:200]}" for error in errors]
    return content if isinstance(content, dict) else None, None, mistakes


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


def _read_xml(name: str, body: bytes) -> tuple[Content | None, str | None, list[str]]:
    try:
        root = xml.parse(body)
    except ValueError as error:
        return None, None, [f"not XML: {error}"]
    if xml.has_doctype(root):
        return None, xml.namespace(root), ["it has a document type declaration"]
    schema = resolved(name)
    if xml.local(root) != root_name(schema):
        return None, xml.namespace(root), [f"the root is {xml.local(root)}"]
    if xml.larger(root, MOST):
        return None, xml.namespace(root), [f"it has more than {MOST} elements"]
    plain = xml.plain_copy(root)
    # libxml2 is fast and lets everything right pass; what it objects to, xmlschema judges.
    fine = _fast_xsd().validate(plain)
    errors = iter(()) if fine else _xsd().iter_errors(plain)
    mistakes = [f"{error.path}: {str(error.reason)[:300]}" for error in islice(errors, SHOWN)]
    return xml.convert(root, schema).content, xml.namespace(root), mistakes


@cache
def _fast_xsd() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(specs.contract(CONTRACT).path("alldata.xsd"))))


@cache
def _xsd() -> xmlschema.XMLSchema:
    return xmlschema.XMLSchema(str(specs.contract(CONTRACT).path("alldata.xsd")), defuse="always")


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
