"""What is wrong with the form of a request, and which outcomes that allows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from conformance.fiserv.asked import Asked, Defect
from conformance.fiserv.rules import ANY, OPEN, SUCCESS, Codes, Expectation, Fault, Taken
from conformance.fiserv.world import World
from conformance.judge.readings import Readings
from strategies.fiserv.profiles import DESCRIBED
from strategies.fiserv.schema import Path, resolved
from strategies.fiserv.wire import NAMESPACE, Format

PROFILE = ("UserProfileModRq", "UserProfile")
HOME = (*PROFILE, "HomeID")
CRYPT_TYPE = ("SignonRq", "UserInfo", "UserPassword", "CryptType")
SERVER_OWNED = (
    ("CEUserID",),
    ("PartnerID",),
    ("PersonInfo", "RegisterDt"),
    ("PersonInfo", "LastLoginDt"),
)
PARSE = "parse"
FORM = "form"
SCHEMA = "schema"
HTTP_400 = "http-400"


class FormRules:
    """Judges the defects of a request's form."""

    def __init__(self, readings: Readings, codes: Codes, world: World) -> None:
        self.readings = readings
        self.world = world
        self.codes = codes

    def apply(self, asked: Asked, expected: Expectation) -> None:
        """Adds what the defects of a request lead to."""
        rules: dict[str, Callable[[Asked, Defect], Fault | Taken | str | None]] = {
            "no-content-type": self._no_content_type,
            "empty": self._empty,
            "text-xml": self._text_xml,
            "large": self._large,
            "unparsable": self._unparsable,
            "not-an-object": self._not_an_object,
            "doctype": self._doctype,
            "namespace": self._namespace,
            "order": self._order,
            "interrupted": self._interrupted,
            "message": self._message,
            "required": self._required,
            "unknown": self._unknown,
            "type": self._type,
            "enum": self._type,
            "minimum": self._range,
            "maximum": self._range,
        }
        for defect in asked.defects:
            if asked.format is Format.JSON and defect.kind == "unknown" and _in_other_case(str(defect.path[-1])):
                # Many readers of JSON take a name in any letter case.
                expected.gray = expected.gray or f"another letter case of {_show(defect.path)}"
                continue
            if self._guessed(defect.path):
                expected.doubt(f"{_show(defect.path)}, of which no read has shown the shape")
                continue
            rule = rules.get(defect.kind)
            found = rule(asked, defect) if rule else f"the {defect.kind} of {_show(defect.path)}"
            if found is None:
                continue
            if isinstance(found, str):
                expected.doubt(found)
            elif isinstance(found, Taken):
                expected.taken.append(found)
            else:
                expected.faults.append(found)

    def _guessed(self, path: Path) -> bool:
        """Whether the public description alone says what belongs there, and this target has not shown that it does."""
        member = path[len(PROFILE)] if len(path) > len(PROFILE) and path[: len(PROFILE)] == PROFILE else None
        return member in DESCRIBED and member not in self.world.shown

    def _refusable(self, name: str, reading: str, taken: str) -> Fault | Taken:
        options = self.readings.possible(reading)
        if options == {taken}:
            return Taken("message-form", reading)
        codes = {ANY} | ({SUCCESS} if taken in options else set())
        return Fault(name, ("message-form",), frozenset(codes), FORM, frozenset({"4xx"}), reading=reading)

    def _no_content_type(self, _asked: Asked, _defect: Defect) -> Fault | Taken:
        return self._refusable("no Content-Type", "missing-content-type", "accepted")

    def _text_xml(self, _asked: Asked, _defect: Defect) -> str:
        return "text/xml, which only the older public description has"

    def _large(self, _asked: Asked, _defect: Defect) -> str:
        return "a body that may be too large"

    def _doctype(self, _asked: Asked, _defect: Defect) -> Fault | Taken:
        return self._refusable("a DOCTYPE", "document-type", "ignored")

    def _unparsable(self, asked: Asked, _defect: Defect) -> Fault:
        reading = f"unparsable-{asked.format}"
        options = self.readings.possible(reading)
        bare = frozenset({"400"}) if HTTP_400 in options else frozenset()
        names = ("unparsable-refused",)
        return Fault("not well-formed", names, self._parse_codes(reading), PARSE, bare, names, reading)

    def _parse_codes(self, reading: str) -> frozenset[str]:
        """The codes of a body that cannot be read; HTTP 400 may come with any of them."""
        options = self.readings.possible(reading)
        if HTTP_400 in options:
            options |= frozenset(option.id for option in self.codes.contract.readings[reading].options)
        return options - {HTTP_400}

    def _empty(self, asked: Asked, _defect: Defect) -> Fault:
        """No body at all is not well-formed, and lacks every member, too."""
        reading = f"unparsable-{asked.format}"
        codes = self._parse_codes(reading) | self.codes.missing("RqUID", "SignonRq", "UserProfileModRq")
        names = ("unparsable-refused",)
        return Fault("an empty body", names, codes | self.codes("invalid"), OPEN, frozenset({"4xx"}), names, reading)

    def _not_an_object(self, _asked: Asked, _defect: Defect) -> Fault:
        return Fault("no object", (), frozenset({ANY}), FORM, frozenset({"4xx"}))

    def _namespace(self, _asked: Asked, defect: Defect) -> Fault | Taken:
        fitting = {"both", "cashedge-wm-only" if defect.value == NAMESPACE else "none-only"}
        options = self.readings.possible("xml-request-namespace")
        if options <= fitting:
            return Taken("format-governed", "xml-request-namespace")
        codes = self.codes("invalid") | ({SUCCESS} if options & fitting else frozenset())
        # To such a target it is another message, or one without any of its elements.
        codes |= self.codes.missing("RqUID", "SignonRq", "UserProfileModRq", "UserProfile")
        codes |= {ANY} if self.readings.may("code-table", "open") else frozenset()
        name = f"the namespace {defect.value or 'none'}"
        return Fault(name, ("format-governed",), codes, SCHEMA, reading="xml-request-namespace")

    def _order(self, _asked: Asked, defect: Defect) -> Fault | Taken | str:
        if defect.path[:-1] != PROFILE:
            # The XSD is not public: one aggregate may be a sequence and another may not.
            return f"another order in {_show(defect.path[:-1])}"
        options = self.readings.possible("xml-element-order")
        if options == {"any-order"}:
            return Taken("message-form", "xml-element-order")
        codes = self.codes("invalid") | ({SUCCESS} if "any-order" in options else frozenset())
        return Fault("another order of elements", ("message-form",), codes, SCHEMA, reading="xml-element-order")

    def _interrupted(self, _asked: Asked, _defect: Defect) -> str | None:
        """Who ignores unknown elements may do so at the end of an element alone, as an XSD with a wildcard does."""
        may = self.readings.may("unknown-xml-element", "ignored")
        return "an unknown element between known ones" if may else None

    def _message(self, _asked: Asked, _defect: Defect) -> Fault:
        codes: set[str] = set()
        if self.readings.may("code-table", "closed"):
            codes |= self.codes("invalid")
        if self.readings.may("code-table", "open"):
            codes.add(ANY)
        return Fault("another message", ("code-in-table",), frozenset(codes), FORM, reading="code-table")

    def _required(self, _asked: Asked, defect: Defect) -> Fault:
        codes = self.codes.missing(str(defect.path[-1]), *_required_in(defect.path))
        bare: frozenset[str] = frozenset()
        if defect.path == CRYPT_TYPE:
            codes |= self.codes.read_as_credentials("unknown-crypt-type")
        if defect.path[0] == "SignonRq" and not self.codes.strict_form():
            # Who sends no credentials has not signed on either: two faults, and any of their codes fits.
            codes |= self.codes.signon("wrong-credentials", "wrong-role", "bad-session")
            codes |= self.codes("unknown-user")
            bare = self.codes.signon_bare()
        name = f"{_show(defect.path)} is missing"
        return Fault(name, ("missing-member-code",), codes, SCHEMA, bare, reading="missing-member-code")

    def _unknown(self, asked: Asked, defect: Defect) -> Fault | Taken:
        reading = "unknown-json-member" if asked.format is Format.JSON else "unknown-xml-element"
        codes = self.codes.chosen(reading, taken="ignored")
        if codes == {SUCCESS}:
            return Taken("format-governed", reading)
        return Fault(f"the unknown {_show(defect.path)}", ("format-governed",), codes, SCHEMA, reading=reading)

    def _type(self, asked: Asked, defect: Defect) -> Fault | Taken | str:
        """A value of the wrong type or outside its enumeration."""
        path, value = defect.path, defect.value
        if path[len(PROFILE) :] in SERVER_OWNED and self.readings.may("server-owned-members", "ignored"):
            return f"a value for {_show(path)}, which whoever ignores it need not look at"
        if value == "" and asked.format is Format.XML:
            return f"an empty {_show(path)}"
        if isinstance(value, str) and _numeric(value) and defect.wanted == "integer":
            return self._quoted(path, value)
        if isinstance(value, str) and value.casefold() in [str(word).casefold() for word in defect.wanted or ()]:
            return f"another letter case for {_show(path)}"
        if isinstance(value, bool | float) and path != HOME:
            return f"a truth value or a fraction for {_show(path)}"
        if isinstance(value, int) and defect.wanted == "string":
            return self._number(path)
        name = f"{_show(path)} is {type(value).__name__} or outside its enumeration"
        if path == HOME:
            codes = self.codes.chosen("malformed-home")
            # To who keeps numbers as they come, one with a fraction is a home that nobody has.
            codes |= self.codes("unknown-home", "invalid") if isinstance(value, float) else frozenset()
            return Fault(name, ("malformed-home-code",), codes, SCHEMA, reading="malformed-home")
        codes = self.codes("invalid")
        bare: frozenset[str] = frozenset()
        if path == CRYPT_TYPE:
            codes |= self.codes("unknown-scheme")
        elif path[0] in ("SignonRq", "partnerID"):
            codes |= self.codes.signon("wrong-credentials", "wrong-role", "unknown-partner")
            codes |= self.codes("unknown-home") if path[-1] == "HomeID" else self.codes("unknown-user")
            bare = self.codes.signon_bare()
        return Fault(name, ("invalid-field-code",), codes, SCHEMA, bare)

    def _quoted(self, path: Path, value: str) -> Fault | Taken | str:
        """An integer between quotation marks."""
        if path == HOME and not float(value).is_integer():
            codes = self.codes.chosen("malformed-home") | self.codes("invalid", "unknown-home")
            return Fault("a HomeID with a fraction", ("malformed-home-code",), codes, SCHEMA, reading="malformed-home")
        if path[: len(PROFILE)] != PROFILE or not value.isdigit():
            return f"a number in another form for {_show(path)}"
        invalid = self.codes("invalid")
        codes = invalid | self.codes.chosen("malformed-home") if path == HOME else invalid
        return self._coerced("json-scalar-coercion", f"a quoted {_show(path)}", codes)

    def _number(self, path: Path) -> Fault | Taken | str:
        """A number where a text belongs."""
        if path[: len(PROFILE)] != PROFILE:
            return f"a number for {_show(path)}"
        return self._coerced("json-number-for-text", f"a number for {_show(path)}", self.codes("invalid"))

    def _coerced(self, reading: str, name: str, refused: frozenset[str]) -> Fault | Taken:
        options = self.readings.possible(reading)
        if options == {"coerced"}:
            return Taken("message-form", reading)
        codes = refused | ({SUCCESS} if "coerced" in options else frozenset())
        return Fault(name, ("message-form",), codes, SCHEMA, reading=reading)

    def _range(self, _asked: Asked, defect: Defect) -> Fault | str:
        """An integer of more bits than the public description gives its type: no document refuses it."""
        if defect.path != HOME:
            return f"an enormous {_show(defect.path)}"
        codes = self.codes.chosen("malformed-home") | self.codes("unknown-home", "invalid")
        return Fault("an enormous HomeID", ("identity-triple",), codes, OPEN)


@cache
def _names() -> frozenset[str]:
    """The names of all members of an update, in small letters."""

    def inside(schema: dict[str, Any]) -> Iterator[str]:
        for name, inner in schema.get("properties", {}).items():
            yield name.casefold()
            yield from inside(inner)
        yield from inside(schema["items"]) if "items" in schema else ()

    return frozenset(inside(resolved("update-request")))


def _in_other_case(name: str) -> bool:
    """Whether the name of a member that nobody knows differs from a known one in letter case alone."""
    return name.casefold() in _names()


def _required_in(path: Path) -> Iterator[str]:
    """The members that are required below a place of an update: they are missing where it is."""
    schema: Any = resolved("update-request")
    for step in path:
        schema = schema.get("items", schema) if isinstance(step, int) else schema["properties"].get(step, {})
    return _all_required(schema)


def _all_required(schema: dict[str, Any]) -> Iterator[str]:
    for member in schema.get("required", ()):
        yield member
        yield from _all_required(schema["properties"][member])


def _numeric(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _show(path: Path) -> str:
    return ".".join(map(str, path)) or "the message"
