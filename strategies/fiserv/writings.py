"""One message, written in every way that means the same: to a right reader there is no difference."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from strategies.fiserv.schema import Content, is_attribute, root_name
from strategies.fiserv.wire import NAMESPACE, Format, to_json

Escape = Callable[[str], str]
# Texts that a reader who resolves too much, or too little, makes something else of.
TEXTS = (
    'O\'Neil & "Sons" <y> a/b\\c',
    "&amp; &lt;b&gt; &#65; &#x41; &quot;",
    "Zoë 名前 \U0001f642 ]]> \\u0041 \\/",
    "50% +a=b;c:d @x #1 {y} [z] ~^`|",
)
# Behind an RqUID: few characters, for it may have to be as short as a UUID.
REQUEST_ID_END = "/\"'&<="
# What hardly any identifier or password has in it: who reads such a character wrongly still finds the user.
MARKS = r"[^A-Za-z0-9_. \-]"
HEAD = "<?xml version='1.0' encoding='UTF-8'?>"


@dataclass(frozen=True, slots=True)
class Writing:
    """A way to write a message; its repr names it.

    Attributes:
        name: what is special about it.
        format: of the message.
        write: makes bytes of a content and the resolved schema of its message.
        namespaced: whether the elements stand in the vendor's namespace.
    """

    name: str
    format: Format
    write: Callable[[Content, dict[str, Any]], bytes]
    namespaced: bool = False

    def __repr__(self) -> str:
        return f"{self.format}, {self.name}"


# --- JSON: RFC 8259, section 2 (blank space), 4 (order of members), 7 (escapes)


def _units(character: str) -> Iterator[int]:
    encoded = character.encode("utf-16-be")
    return (int.from_bytes(encoded[place : place + 2]) for place in range(0, len(encoded), 2))


def _escaped(text: bytes, pattern: str, digits: str) -> bytes:
    """JSON in which the characters of all strings that fit a pattern are escaped; names are strings, too."""

    def whole(string: re.Match[str]) -> str:
        value = str(json.loads(string[0]))
        inner = "".join(
            "".join(f"\\u{unit:{digits}}" for unit in _units(c)) if re.match(pattern, c) else json.dumps(c)[1:-1]
            for c in value
        )
        return f'"{inner}"'

    return re.sub(r'"(?:[^"\\]|\\.)*"', whole, text.decode()).encode()


def _reversed(value: Any) -> Any:
    """The same with the members of every object the other way round."""
    if isinstance(value, dict):
        return {name: _reversed(value[name]) for name in reversed(value)}
    return [_reversed(item) for item in value] if isinstance(value, list) else value


def _spaced(content: Content) -> bytes:
    body = json.dumps(content, ensure_ascii=False, indent="\t", separators=(" ,", " : ")).replace("\n", "\r\n")
    return f"\r\n\t {body} \n\n".encode()


JSON: dict[str, Callable[[Content], bytes]] = {
    "escaped solidus": lambda content: to_json(content).replace(b"/", b"\\/"),
    "everything escaped": lambda content: _escaped(to_json(content), "(?s).", "04x"),
    "everything escaped in capital digits": lambda content: _escaped(to_json(content), "(?s).", "04X"),
    "marks escaped": lambda content: _escaped(to_json(content), MARKS, "04x"),
    "marks escaped in capital digits": lambda content: _escaped(to_json(content), MARKS, "04X"),
    "all beyond ASCII escaped": lambda content: json.dumps(content).encode(),
    "no blank space": lambda content: json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode(),
    "much blank space": _spaced,
    "members the other way round": lambda content: to_json(_reversed(content)),
}


# --- XML 1.0, sections 2.4 (characters), 2.7 (CDATA), 2.10 (white space), 3.1 (tags), 4.1 (references)


def _plain(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _named(text: str) -> str:
    return _plain(text).replace('"', "&quot;").replace("'", "&apos;")


def _numbered(form: str, which: str = "(?s).") -> Escape:
    """Character references of a form, for the characters that fit a pattern."""
    fits = re.compile(which)
    return lambda text: "".join(f"&#{form.format(ord(c))};" if fits.match(c) else _plain(c) for c in text)


def _cdata(text: str) -> str:
    return f"<![CDATA[{text.replace(']]>', ']]]]><![CDATA[>')}]]>" if text else ""


def _split(text: str) -> str:
    """Two CDATA sections in a row, behind the first character as it is and before the last one."""
    middle = len(text) // 2
    if len(text) < len("abcd") or "]]>" in text:
        return _plain(text)
    return _plain(text[:1]) + _cdata(text[1:middle]) + _cdata(text[middle:-1]) + _plain(text[-1:])


@dataclass(frozen=True, slots=True)
class _Form:
    """How elements are written.

    Attributes:
        text: writes a text.
        value: writes the value of an attribute.
        quote: around it.
        between: blank space before each child, and behind the last one.
        inside: blank space inside tags, where there may be some.
        integer: blank space around integers.
        prefix: of every element, where they stand in the vendor's namespace.
        default: whether the root makes that the default namespace.
        again: whether every element says so once more.
        remark: before each child.
        short: whether an element without content is one tag.
    """

    text: Escape = _plain
    value: Escape = _named
    quote: str = '"'
    between: str = ""
    inside: str = ""
    integer: str = ""
    prefix: str = ""
    default: bool = False
    again: bool = False
    remark: str = ""
    short: bool = False

    def message(self, content: Content, schema: dict[str, Any]) -> bytes:
        """A message."""
        return (HEAD + self.between + self.element(root_name(schema), content, schema, root=True)).encode()

    def element(self, name: str, value: Any, schema: dict[str, Any], *, root: bool = False) -> str:
        """An element with everything in it."""
        known = schema.get("properties", {})
        attributes, inner = {}, ""
        if (root and self.default) or self.again:
            attributes["xmlns"] = NAMESPACE
        if root and self.prefix:
            attributes[f"xmlns:{self.prefix[:-1]}"] = NAMESPACE
        if isinstance(value, dict):
            names = [name for name in known if name in value] + [name for name in value if name not in known]
            for each in names:
                part = known.get(each, {})
                if is_attribute(part):
                    attributes[each] = _text(value[each], part, self.integer)
                    continue
                for item in value[each] if isinstance(value[each], list) else [value[each]]:
                    inner += self.between + self.remark + self.element(each, item, part.get("items", part))
            inner += self.between if inner else ""
        else:
            inner = self.text(_text(value, schema, self.integer))
        written = "".join(
            f" {self.inside}{key}{self.inside}={self.inside}{self.quote}{self.value(text)}{self.quote}"
            for key, text in attributes.items()
        )
        if not inner and self.short:
            return f"<{self.prefix}{name}{written}{self.inside}/>"
        return f"<{self.prefix}{name}{written}{self.inside}>{inner}</{self.prefix}{name}{self.inside}>"


def _text(value: Any, schema: dict[str, Any], blanks: str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    text = "" if value is None else str(value)
    return f"{blanks}{text}{blanks}" if schema.get("type") == "integer" else text


XML: dict[str, _Form] = {
    "CDATA sections": _Form(text=_cdata),
    "CDATA sections beside text": _Form(text=_split),
    "decimal references": _Form(text=_numbered("{}"), value=_numbered("{}")),
    "hexadecimal references in padded capitals": _Form(text=_numbered("x{:06X}"), value=_numbered("x{:06X}")),
    "decimal references for marks": _Form(text=_numbered("{}", MARKS)),
    "decimal references with leading zeros for marks": _Form(text=_numbered("{:07d}", MARKS)),
    "hexadecimal references for marks": _Form(text=_numbered("x{:x}", MARKS)),
    "hexadecimal references in padded capitals for marks": _Form(text=_numbered("x{:05X}", MARKS)),
    "references by name": _Form(text=_named, quote="'"),
    "blank space between elements": _Form(between="\r\n\t ", quote="'"),
    "blank space inside tags": _Form(inside="\n ", short=True),
    "blank space around integers": _Form(integer=" "),
    "lines around integers": _Form(integer="\r\n\t"),
    "comments between elements": _Form(remark="<!-- <x>&y; -->"),
    "instructions between elements": _Form(remark="<?zq7 <x>&y; ?>"),
    "empty elements in one tag": _Form(short=True),
}
NAMESPACED: dict[str, _Form] = {
    "a default namespace": _Form(default=True),
    "a prefix": _Form(prefix="wm:"),
    "a prefix and a default namespace": _Form(prefix="n-1.x:", default=True),
    "a default namespace at every element": _Form(default=True, again=True, quote="'"),
    "a prefix and CDATA sections": _Form(prefix="a:", text=_cdata, between="\n"),
}


def writings(format_: Format, *, namespaces: frozenset[bool] = frozenset({False, True})) -> list[Writing]:
    """The ways to write a message in a format.

    Args:
        format_: the format.
        namespaces: whether its elements may stand in the vendor's namespace, and whether they may stand in none.
    """
    if format_ is Format.JSON:
        return [Writing(name, format_, _ignoring_schema(write)) for name, write in JSON.items()]
    forms = [(name, form, False) for name, form in XML.items() if False in namespaces]
    forms += [(name, form, True) for name, form in NAMESPACED.items() if True in namespaces]
    return [Writing(name, format_, form.message, namespaced) for name, form, namespaced in forms]


def _ignoring_schema(write: Callable[[Content], bytes]) -> Callable[[Content, dict[str, Any]], bytes]:
    return lambda content, _: write(content)
