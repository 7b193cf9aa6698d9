"""What a request asks for, read from its bytes alone."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any
from urllib.parse import parse_qs, unquote

from conformance.genesys import ill_formed
from conformance.genesys.wire import segment
from conformance.session.exchange import Request
from conformance.target.model import Target

LONGEST_ID = 16
PLAIN_ID = re.compile(r"[A-Za-z0-9._~!$&'()*+,;=:@-]+").fullmatch
JSON_TYPE = "application/json"
UTF_8 = re.compile(r'\s*charset=("utf-8"|utf-8)\s*', re.IGNORECASE).fullmatch
DEEPEST = 32
LONGEST_NUMBER = 400


class Credentials(Enum):
    """How a request identifies its user."""

    GOOD = "good"
    WRONG = "missing or wrong"
    BROKEN = "not what RFC 7617 describes"
    UNKNOWN = "the target file gives none"

    @property
    def bad(self) -> bool:
        """Whether they are not those of the target file."""
        return self in (Credentials.WRONG, Credentials.BROKEN)


class Media(Enum):
    """What a request says its body is."""

    JSON = "JSON"
    UNCLEAR = "no type, or a variety of JSON"
    OTHER = "something else"


class Form(Enum):
    """What the body of a request is."""

    OBJECT = "a JSON object"
    NO_OBJECT = "JSON, but no object"
    MALFORMED = "no JSON"
    EMPTY = "nothing"
    ODD = "JSON that the standard leaves open"
    ILL_FORMED = "a JSON object with bytes that are not UTF-8"


@dataclass(frozen=True, slots=True)
class Asked:
    """A classified request.

    Attributes:
        operation: name in the contract, or "" where the address and the method are none of them.
        customer: id in the address, decoded; None where the operation has none.
        plain: the id is not encoded; or it is a known one, encoded where it has to be.
        credentials: of HTTP Basic authentication.
        foreign: a tenant header differs from the target file.
        schemaless: it is for the contact center that the target file says has no profile schema.
        media: of the body.
        form: of the body.
        body: its members, where it is an object; ill-formed bytes as halves of surrogate pairs.
        extensions: names in the query, lower case.
    """

    operation: str
    customer: str | None
    plain: bool
    credentials: Credentials
    foreign: bool
    schemaless: bool
    media: Media
    form: Form
    body: Mapping[str, Any]
    extensions: frozenset[str]


class Reader:
    """Classifies the requests to one target."""

    def __init__(
        self, target: Target, operations: Mapping[str, str], known: Callable[[str], bool] = lambda _: False
    ) -> None:
        """Prepares the patterns of the target's addresses.

        Args:
            target: that is asked.
            operations: method by operation name.
            known: whether a customer has that id.
        """
        self._target = target
        self._known = known
        self._routes = [
            (name, method, _pattern(path))
            for name, method in operations.items()
            if (path := target.path(name)) is not None
        ]

    def read(self, request: Request) -> Asked:
        """Classifies one request."""
        operation, part = self._route(request)
        form, body = _body(request.body or b"")
        customer = unquote(part) if part is not None else None
        names = ",".join(parse_qs(request.query).get("extensions", []))
        return Asked(
            operation=operation,
            customer=customer,
            plain=part is not None and self._plain(part),
            credentials=self._credentials(request),
            foreign=self._foreign(request),
            schemaless=self._schemaless(request),
            media=_media(request.header("content-type")),
            form=form,
            body=body,
            extensions=frozenset(name.strip().lower() for name in names.split(",") if name.strip()),
        )

    def _route(self, request: Request) -> tuple[str, str | None]:
        for name, method, pattern in self._routes:
            found = pattern.fullmatch(request.path)
            if found and method == request.method:
                return name, found.groupdict().get("customer_id")
        return "", None

    def _plain(self, part: str) -> bool:
        if part in (".", ".."):
            return False
        name = unquote(part)
        return PLAIN_ID(part) is not None or (part == segment(name) and self._known(name))

    def _credentials(self, request: Request) -> Credentials:
        if self._target.credential("username") is None:
            return Credentials.UNKNOWN
        if self._says(request, "username", "password"):
            return Credentials.GOOD
        header = request.header("authorization")
        if header is None:
            return Credentials.WRONG
        scheme, _, token = header.partition(" ")
        try:
            user, colon, _ = base64.b64decode(token.strip(), validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError, ValueError):
            return Credentials.BROKEN
        return Credentials.WRONG if scheme.lower() == "basic" and user and colon else Credentials.BROKEN

    def _says(self, request: Request, name: str, secret: str) -> bool:
        """Whether a request carries the credentials of these names in the target file."""
        scheme, _, token = (request.header("authorization") or "").partition(" ")
        try:
            given = base64.b64decode(token.strip(), validate=True).decode()
        except (binascii.Error, UnicodeDecodeError, ValueError):
            return False
        wanted = f"{self._target.credential(name)}:{self._target.credential(secret) or ''}"
        return scheme.lower() == "basic" and given == wanted

    def _schemaless(self, request: Request) -> bool:
        center = self._target.data.get("schemaless_contact_center_id")
        if center is None or request.header("contactcenterid") != center:
            return False
        name = self._target.credential("schemaless_username")
        return name is None or self._says(request, "schemaless_username", "schemaless_password")

    def _foreign(self, request: Request) -> bool:
        wanted = {"contactcenterid": "contact_center_id", "groupid": "group_id"}
        return any(request.header(header) != self._target.data.get(name) for header, name in wanted.items())


def credentials_of(request: Request) -> tuple[str, ...]:
    """What the header Authorization holds that nobody else may see: the password, and what is sent for it."""
    header = request.header("authorization")
    if header is None:
        return ()
    token = header.partition(" ")[2].strip()
    try:
        password = base64.b64decode(token, validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return (token,)
    return (token, password)


def spoken(request: Request) -> str:
    """What a request says beside its credentials; an answer may repeat it."""
    others = [value for name, value in request.headers if name.lower() != "authorization"]
    body = (request.body or b"").decode("utf-8", "replace")
    return "\n".join([unquote(request.path), unquote(request.query), *others, body])


def _pattern(template: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", template)
    return re.compile("".join(f"(?P<{part}>[^/]+)" if n % 2 else re.escape(part) for n, part in enumerate(parts)))


def _media(given: str | None) -> Media:
    if given is None:
        return Media.UNCLEAR
    name, _, parameters = given.partition(";")
    name = name.strip().lower()
    # A charset has no effect on who complies with the standard (RFC 8259, section 11); values may be quoted, and names
    # are case-insensitive (RFC 9110, section 8.3.1).
    if name == JSON_TYPE and (not parameters.strip() or UTF_8(parameters)):
        return Media.JSON
    return Media.UNCLEAR if name == JSON_TYPE or name.endswith("+json") else Media.OTHER


class _OddError(ValueError):
    pass


def _body(body: bytes) -> tuple[Form, Mapping[str, Any]]:
    if not body.strip():
        return Form.EMPTY, {}
    try:
        return _read(body.decode())
    except UnicodeDecodeError:  # JSON is in UTF-8 (RFC 8259, section 8.1)
        return (Form.ODD, {}) if _other_unicode(body) else _ill_formed(body)


def _ill_formed(body: bytes) -> tuple[Form, Mapping[str, Any]]:
    """What a body is whose ill-formed bytes are replaced; its members with those bytes as halves of surrogate pairs."""
    form, _ = _read(ill_formed.shortest(body.decode("utf-8", "surrogateescape")))
    if form is not Form.OBJECT:
        return form, {}
    text = ill_formed.kept(body)
    return (Form.ODD, {}) if text is None else (Form.ILL_FORMED, json.loads(text))


def _read(text: str) -> tuple[Form, Mapping[str, Any]]:
    if text.startswith("\ufeff"):
        return Form.ODD, {}
    try:
        value = json.loads(
            text, object_pairs_hook=_members, parse_constant=_constant, parse_float=_number, parse_int=_whole
        )
    except (_OddError, RecursionError):
        return Form.ODD, {}
    except ValueError:
        return Form.MALFORMED, {}
    if not isinstance(value, dict):
        return Form.NO_OBJECT, {}
    return (Form.ODD, {}) if _odd(value) else (Form.OBJECT, value)


def _other_unicode(body: bytes) -> bool:
    """Whether it may be JSON in another encoding of Unicode."""
    return body[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in body[:4]


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _OddError("a member stands twice")
    return found


def _constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")  # RFC 8259, section 6


def _number(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise _OddError(text)
    return number


def _whole(text: str) -> int:
    if len(text) > LONGEST_NUMBER:
        raise _OddError("a number too long for most readers")
    return int(text)


def _odd(value: Any, depth: int = 0) -> bool:
    """Whether it holds half a surrogate pair, or is nested deeper than every reader goes."""
    if depth > DEEPEST:
        return True
    if isinstance(value, str):
        return any("\ud800" <= letter <= "\udfff" for letter in value)
    if isinstance(value, dict):
        return any(_odd(key) or _odd(each, depth + 1) for key, each in value.items())
    return isinstance(value, list) and any(_odd(each, depth + 1) for each in value)
