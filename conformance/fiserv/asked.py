"""What a request asks and what is wrong with it, read from its bytes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from conformance.fiserv import xml
from conformance.session.exchange import Request
from specs.validation import Validator
from strategies.fiserv.schema import Content, Path, at, resolved, root_name
from strategies.fiserv.wire import NAMESPACE, Format

MEDIA = {"application/json": Format.JSON, "application/xml": Format.XML, "text/xml": Format.XML}
HEAD = ("RqUID", "SignonRq")  # what every message has
DEEPEST = 60
SHOWN = 5  # doubts that are told
LONGEST_INTEGER = 4000  # digits
LARGE = 60_000  # bytes that every service takes in a body
EXACT = 2**53  # within which a floating-point number tells whether it is whole


@dataclass(frozen=True, slots=True)
class Defect:
    """One thing that is wrong with the form of a request.

    Attributes:
        kind: no-content-type, text-xml, large, empty, unparsable, doctype, namespace, order, interrupted, message, or
            the JSON Schema keyword.
        path: where; for a missing or unknown member its own path.
        value: what stands there.
        wanted: the JSON type that belongs there, of a value of another type; the words, of one outside an enumeration.
    """

    kind: str
    path: Path = ()
    value: Any = None
    wanted: Any = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A request of one operation.

    Attributes:
        operation: name in the contract.
        format: of the body, as far as it can be told.
        content: the message, None where there is none to read.
        defects: what is surely or possibly wrong with it.
        gray: why the documents say nothing of it, or "".
    """

    operation: str
    format: Format | None
    content: Content | None
    defects: tuple[Defect, ...]
    gray: str = ""

    def get(self, *path: str) -> Any:
        """A value of the message, None where there is none."""
        return at(self.content, *path)


@cache
def validator(name: str) -> Validator:
    """The validator of a schema whose references are put in; much faster than one that resolves them."""
    return Validator(resolved(name))


def ask(operation: str, request: Request) -> Asked:
    """Reads a request of an operation."""
    name = f"{operation}-request"
    body = request.body or b""
    declared = request.header("Content-Type")
    defects: list[Defect] = []
    if declared is None:
        defects.append(Defect("no-content-type"))
        format_ = Format.XML if body.lstrip()[:1] == b"<" else Format.JSON
    else:
        base, _, parameters = declared.partition(";")
        known = MEDIA.get(base.strip().lower())
        if known is None:
            return Asked(operation, None, None, (), f"the media type {base.strip()}")
        format_ = known
        if base.strip().lower() == "text/xml":
            defects.append(Defect("text-xml"))
        if parameters and parameters.replace(" ", "").replace('"', "").lower() != "charset=utf-8":
            return Asked(operation, format_, None, (), "parameters of the media type")
    if request.query:
        return Asked(operation, format_, None, (), "a query in the address")
    if len(body) > LARGE:
        defects.append(Defect("large"))
    if request.header("Content-Encoding") is not None:
        return Asked(operation, format_, None, (), "an encoded body")
    if body[:3] == b"\xef\xbb\xbf" or body[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return Asked(operation, format_, None, (), "a byte order mark")
    if not body.strip():
        return Asked(operation, format_, None, (*defects, Defect("empty")))
    return (_ask_json if format_ is Format.JSON else _ask_xml)(operation, name, body, defects)


class _Reader:
    """Reads JSON, and notes what readers of JSON differ about."""

    def __init__(self) -> None:
        self.doubts: list[str] = []

    def read(self, body: bytes) -> Any:
        """The value of a body; ValueError where it is not well-formed."""
        hooks: dict[str, Any] = {"parse_constant": self._constant, "parse_float": self._fraction}
        return json.loads(body.decode("utf-8"), object_pairs_hook=self._pairs, parse_int=self._whole, **hooks)

    def reads(self, body: bytes) -> bool:
        """Whether a body is well-formed."""
        try:
            self.read(body)
        except (ValueError, RecursionError):
            return False
        return True

    def _pairs(self, found: list[tuple[str, Any]]) -> dict[str, Any]:
        if len({key for key, _ in found}) != len(found):
            self.doubts.append("repeated member names")
        return dict(found)

    def _constant(self, word: str) -> float:
        """RFC 8259, section 6: no number is written so."""
        raise ValueError(word)

    def _fraction(self, digits: str) -> float:
        # JSON Schema takes 7.0 for an integer; whether a target does is open.
        number = float(digits)
        if not abs(number) < EXACT or number.is_integer():
            self.doubts.append("a number with a fraction or an exponent")
        return number

    def _whole(self, digits: str) -> int:
        if len(digits) > LONGEST_INTEGER:
            self.doubts.append("an enormous integer")
            return 0
        return int(digits)


def _ask_json(operation: str, name: str, body: bytes, defects: list[Defect]) -> Asked:
    reader = _Reader()
    try:
        content = reader.read(body)
    except RecursionError:
        return Asked(operation, Format.JSON, None, (), "nested too deeply")
    except ValueError as error:
        if isinstance(error, UnicodeDecodeError) and _Reader().reads(body.decode("utf-8", "replace").encode()):
            return Asked(operation, Format.JSON, None, (), "bytes that are not UTF-8, which a reader may replace")
        return Asked(operation, Format.JSON, None, (*defects, Defect("unparsable")))
    if _depth(content) > DEEPEST:
        return Asked(operation, Format.JSON, None, (), "nested too deeply")
    if not isinstance(content, dict):
        return Asked(operation, Format.JSON, None, (*defects, Defect("not-an-object", (), content)))
    defects += _schema_defects(name, content)
    doubts = reader.doubts
    doubts += [f"an empty {defect.path[-1]}" for defect in defects if defect.kind == "type" and defect.value is None]
    # Readers that know XML, too, take a single object for a list of one.
    doubts += [f"no list for {d.path[-1]}" for d in defects if d.wanted == "array" and isinstance(d.value, dict)]
    return Asked(operation, Format.JSON, content, tuple(defects), "; ".join(doubts[:SHOWN]))


def _ask_xml(operation: str, name: str, body: bytes, defects: list[Defect]) -> Asked:
    head = body[:200]
    if head.startswith(b"<?xml") and b"encoding" in head and b"utf-8" not in head.lower():
        return Asked(operation, Format.XML, None, (), "another encoding than UTF-8")
    try:
        root = xml.parse(body)
    except xml.UnsureError as error:
        return Asked(operation, Format.XML, None, (), str(error))
    except ValueError:
        return Asked(operation, Format.XML, None, (*defects, Defect("unparsable")))
    if xml.declares(root):
        return Asked(operation, Format.XML, None, (), "a document type that declares something")
    if xml.has_doctype(root):
        defects.append(Defect("doctype"))
    schema = resolved(name)
    if xml.local(root) != root_name(schema):
        if any(
            xml.local(child) in schema["required"] and xml.local(child) not in HEAD
            for child in root.iterchildren("{*}*")
        ):
            return Asked(operation, Format.XML, None, (), f"a root {xml.local(root)} around what the operation asks")
        return Asked(operation, Format.XML, None, (*defects, Defect("message", (), xml.local(root))))
    found = xml.convert(root, schema)
    doubts = list(found.oddities)
    if found.namespaces not in ({NAMESPACE}, {""}):
        doubts.append("several namespaces")
    defects += _form_defects(found)
    defects += _schema_defects(name, found.content)
    return Asked(operation, Format.XML, found.content, tuple(defects), "; ".join(doubts[:SHOWN]))


def _form_defects(found: xml.Converted) -> Iterator[Defect]:
    """What is or may be wrong with the form of an XML message."""
    if found.namespaces in ({NAMESPACE}, {""}):
        yield Defect("namespace", (), next(iter(found.namespaces)))
    if found.remarks:
        yield Defect("remarks")
    if found.interrupted:
        yield Defect("interrupted")
    places = {path[:-1]: path for path in reversed(found.out_of_order)}
    yield from (Defect("order", path) for path in places.values())


def _schema_defects(name: str, content: Content) -> list[Defect]:
    """What the JSON Schema finds, one defect for each missing, unknown or wrong member."""
    defects = []
    for error in validator(name).iter_errors(content):
        path: Path = tuple(error.absolute_path)
        keyword = str(error.validator)
        if keyword == "required":
            missing = [member for member in error.validator_value if member not in error.instance]
            defects += [Defect("required", (*path, member)) for member in missing]
        elif keyword == "additionalProperties":
            known = error.schema.get("properties", {})
            unknown = [member for member in error.instance if member not in known]
            defects += [Defect("unknown", (*path, member), error.instance[member]) for member in unknown]
        else:
            defects.append(
                Defect(keyword, path, error.instance, error.validator_value if keyword in ("type", "enum") else None)
            )
    return list({(d.kind, d.path): d for d in defects}.values())


def _depth(value: Any, limit: int = DEEPEST + 1) -> int:
    if limit <= 0 or not isinstance(value, dict | list):
        return 0
    inner = value.values() if isinstance(value, dict) else value
    return 1 + max((_depth(item, limit - 1) for item in inner), default=0)
