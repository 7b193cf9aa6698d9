"""A small Universal Contact Server (Update Customer Profile and its companions), written from the documents.

Readings of the contradictions (dossier row: reading):

G-C01 ignored: customer_id in a body has no meaning, whatever its type.  G-C02 uri-wins (follows from G-C01).
G-C03 404 for an id of more than 16 characters, with every method.
G-C04 400 for an update of an unknown id (nothing is created); reading or deleting it is 404.
G-C05 drop.                         G-C06 null/empty: an attribute without a value is read back as null.
G-C07 clears-all: an empty body, or one with only customer_id, clears the attributes.
G-C08 400 for a body that has extensions and no attribute at all.  An attribute that is sent as null counts as sent,
      so G-C08 does not apply then, and the attributes are cleared.
G-C09 set-replace.                  G-C10 merge-by-unique inside a sent multi-valued extension, sent records first;
      an extension without unique attributes is replaced as a whole.
G-C11 cleared/default, for merged records, too.  A missing mandatory member without a default is 400.
G-C12 400 for null, [], {} and for a record in which every member is null.  Unset extensions are absent from reads.
G-C13 attribute: EmailAddress is an attribute.
G-C14 scalar-only: an array is refused as the value of an attribute.  So the document's example is accepted only with
      one e-mail address; this follows the type column (string, datetime) of the table.
G-C15 scalar (arrays do not occur).  G-C16 primary-only-kept is without effect under G-C14.
G-C17 normalised: a date without a time becomes midnight UTC.
G-C18 literal, leniently: blanks around the hyphens are accepted, never needed and never sent.  (Demanding them would
      refuse the canonical form and the example's date, so the strict sense cannot work.)
G-C19 accept-normalise: offsets and missing (milli)seconds are accepted, no offset means UTC.
G-C20 400 for an unknown attribute. G-C21 400 for an unknown member of an extension.
G-C22 coerced: numbers and booleans become strings, numeric strings become numbers; what cannot be read is 400.
G-C23 any: no body, because of G-C24.  G-C24 204.
G-C25 required: an update without Content-Location, or with one that does not name the resource, is 400.
G-C26 415.  G-C27 400.
G-C28 enforced: a read gives an ETag, an update needs it in If-Match; 428 without, 412 if the profile has changed.
      `If-Match: *` is accepted.  No other operation gives or wants an ETag.
G-C29 conflict-412.  (The turn was last-write-wins, which the version tag of G-C28 rules out.)
G-C30 partial: if members are invalid the answer is 400 (409 if only unique conflicts), the valid members are written,
      the invalid ones keep their old values and nothing is cleared.  Faults of the body as a whole (not JSON, no
      object, G-C08, headers) change nothing.
G-C31 503 with Retry-After for profile operations in maintenance mode.
G-C32 404 for every profile and schema operation of a contact center without a profile schema.
G-C33 http-ok: the same API is served over plain HTTP.  G-C34 no base path.
G-C35 code+description.
G-C36 insensitive: names of attributes and of extensions and of their members; the same name in two spellings is 400.
G-C37 replaced: internal attributes are treated like the others.
G-C38 409 for two records with the same unique attributes in one body; nothing of that extension is written.
G-C39 400.  G-C40 both.  G-C41 idempotent (a repetition needs the new ETag).
G-C42 exact-match: ids are compared exactly, after percent-decoding.

Free choices:

- Order of checks: 401, contact center (400), 503, schema (404), 415, id length, existence, Content-Location, If-Match,
  body.
- HTTP Basic is enabled for everything.  ContactCenterId is optional and has a default; an unknown one is 400.  GroupId
  and the tenant headers of other versions have no effect.
- JSON: a byte order mark, NaN, lone surrogates are 400; of repeated members the last counts.
- Content-Type must be application/json, a charset must be UTF-8; a body without Content-Type is 415.
- "" is a value of a string attribute.  Attributes hold 4000 characters; longer values, and over-long strings in
  extensions, are 400.  There are no "unauthorized strings" and no identification keys.
- date and datetime look the same in extensions and attributes; currency is a number; integer has 32, long 64 bits.
- Members without a value are absent from extension records.  Defaults are stored when a record is written.
- Reading: names in `extensions` are case-insensitive, an unknown one is 400.
- Creating: all or nothing, extensions alone are fine; ids are generated, 12 characters, upper-case; 201 with a relative
  Location and {"customer_id": ...}.  Deleting: 200 with {}.
- POST .../extensions replaces each extension named in it, leaves the others, answers 200 with [].
- .../by/unique: 204, members left out are kept; 404 without a match.  .../delete/by/unique: 204 or 404.
- GET /metadata/profiles: an array of {name, type, length, default, mandatory, internal}.
- Extension schemas: array of {name, type, required, unique, attributes}, `required` being the mandatory names; one name
  gives an array of one.  Creating: 201 with Location and the schema; 409 for a name that is taken; classifier is 400.
  Deleting removes the records.  Both are possible in either mode.
- Mode changes take effect at once.  Unknown methods are 405 (or 501 if the name is no usual one).
- Latency 0 to 1.5 ms; answers are chunked, header names in lower case, JSON indented by one blank and in ASCII.
"""

from __future__ import annotations

import base64
import contextlib
import hmac
import json
import random
import re
import secrets
import socket
import socketserver
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import formatdate
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

TARGET: dict[str, Any] = {
    "credentials": {"username": "cview-agent", "password": "Lantern%Row 31"},
    "data": {
        "contact_center_id": "cc-harbour",
        "schemaless_contact_center_id": "cc-unfurnished",
        "mode_switchable": True,
    },
    "readings": {},
    "operations": {},
}

MAX_BODY = 4 * 1024 * 1024
MAX_ID = 16
EXTENSION_TYPES = ("string", "integer", "long", "double", "date", "datetime", "currency", "boolean")
EXTENSION_NAME = re.compile("[A-Za-z][A-Za-z0-9_]{0,25}")
ID_LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
DATE = re.compile(
    r"([0-9]{4}) ?- ?([0-9]{2}) ?- ?([0-9]{2})"
    r"(?:T([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,9}))?)?(Z|[+-][0-9]{2}:?[0-9]{2})?)?"
)


class Fault(Exception):
    """The request is answered with an HTTP error."""

    def __init__(self, status: int, description: str, *extra: tuple[str, str]) -> None:
        super().__init__(status, description)
        self.status, self.description, self.extra = status, description, extra


# ---------------------------------------------------------------- values


def parse_json(body: bytes) -> Any:
    """Parse strict JSON; numbers with a fraction, and endless ones, become decimals."""

    def whole(digits: str) -> int | Decimal:
        return int(digits) if len(digits) < 40 else Decimal(digits)

    def constant(_name: str) -> None:
        raise ValueError

    try:
        value = json.loads(body.decode(), parse_int=whole, parse_float=Decimal, parse_constant=constant)
        json.dumps(value, ensure_ascii=False, default=str).encode()  # a lone surrogate has no UTF-8 form
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise Fault(400, "The body is not valid JSON.") from error
    return value


def parse_date(text: str) -> str:
    """Read an ISO 8601 date or date and time; returns the canonical form in UTC."""
    match = DATE.fullmatch(text)
    if not match:
        raise Fault(400, "not a date")
    year, month, day, hour, minute, second, fraction, zone = match.groups(default="")
    try:
        moment = datetime(int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0))
        moment = moment.replace(microsecond=int(fraction.ljust(3, "0")[:3]) * 1000, tzinfo=UTC)
        if zone not in ("", "Z"):
            hours, minutes = int(zone[1:3]), int(zone[-2:])
            if hours > 23 or minutes > 59:
                raise ValueError
            moment -= timedelta(hours=hours, minutes=minutes) * (-1 if zone[0] == "-" else 1)
    except (ValueError, OverflowError) as error:
        raise Fault(400, "not a date") from error
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True)
class Attribute:
    """An attribute of profiles or of extension records."""

    name: str
    type: str = "string"
    length: int = 0
    default: Any = None
    mandatory: bool = False

    def schema(self) -> dict[str, Any]:
        """The attribute as the metadata operations show it; no length is null."""
        return {**asdict(self), "length": self.length or None}

    def read(self, value: Any) -> Any:
        """Coerce a JSON value to the type of the attribute."""
        if isinstance(value, dict | list):
            raise Fault(400, f"{self.name} takes a single value.")
        try:
            return self._read(value)
        except (Fault, ValueError, ArithmeticError) as error:
            raise Fault(400, f"{self.name} takes a {self.type}.") from error

    def _read(self, value: Any) -> Any:
        if self.type == "boolean":
            if str(value).lower() not in ("true", "false"):
                raise ValueError
            return str(value).lower() == "true"
        if self.type in ("date", "datetime"):
            return parse_date(value if isinstance(value, str) else "")
        if self.type == "string":
            text = str(value).lower() if isinstance(value, bool) else str(value)
            if self.length and len(text) > self.length:
                raise ValueError
            return text
        if isinstance(value, bool) or (isinstance(value, str) and len(value) > 40):
            raise ValueError
        number = Decimal(value)
        if not number.is_finite() or abs(number.adjusted()) > 300:
            raise ValueError
        if self.type in ("integer", "long"):
            limit = 1 << (31 if self.type == "integer" else 63)
            if number != number.to_integral_value() or not -limit <= number < limit:
                raise ValueError
            return int(number)
        return float(number)


@dataclass(frozen=True)
class Extension:
    """The schema of a profile extension."""

    name: str
    multi: bool
    unique: tuple[str, ...]
    attributes: dict[str, Attribute]

    def key(self, record: dict[str, Any]) -> tuple[Any, ...]:
        """The values that identify a record."""
        return tuple(record.get(name) for name in self.unique)

    def members(self, value: Any) -> dict[str, Any]:
        """Check the members of a record that were sent."""
        if not isinstance(value, dict):
            raise Fault(400, f"A record of {self.name} is an object.")
        record: dict[str, Any] = {}
        for name, content in value.items():
            attribute = self.attributes.get(name.lower())
            if attribute is None or attribute.name in record:
                raise Fault(400, f"{self.name} has no such member, or it stands twice: {name[:60]}")
            record[attribute.name] = None if content is None else attribute.read(content)
        return record

    def complete(self, record: dict[str, Any]) -> dict[str, Any]:
        """Fill in the defaults, drop what has no value and look for missing members."""
        whole: dict[str, Any] = {}
        for attribute in self.attributes.values():
            value = record.get(attribute.name)
            value = attribute.default if value is None else value
            if value is not None:
                whole[attribute.name] = value
            elif attribute.mandatory or attribute.name in self.unique:
                raise Fault(400, f"{self.name}.{attribute.name} is mandatory.")
        return whole

    def records(self, value: Any) -> list[dict[str, Any]]:
        """Check the value of an extension member."""
        if value is None or value in ([], {}):
            raise Fault(400, f"{self.name} is empty.")
        if isinstance(value, list) is not self.multi:
            raise Fault(400, f"{self.name} takes {'an array' if self.multi else 'an object'}.")
        fresh = []
        for one in value if self.multi else [value]:
            sent = self.members(one)
            if all(content is None for content in sent.values()):
                raise Fault(400, f"{self.name} has an empty record.")
            fresh.append(self.complete(sent))
        keys = [self.key(record) for record in fresh]
        if self.multi and self.unique and len(set(keys)) < len(keys):
            raise Fault(409, f"{self.name} has two records with the same {', '.join(self.unique)}.")
        return fresh

    def merged(self, fresh: list[dict[str, Any]], stored: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Put the records of an update before those that it does not touch."""
        if not self.multi or not self.unique:
            return fresh
        keys = {self.key(record) for record in fresh}
        return fresh + [record for record in stored if self.key(record) not in keys]

    def schema(self) -> dict[str, Any]:
        """The schema as the metadata operations show it."""
        return {
            "name": self.name,
            "type": "multi-valued" if self.multi else "single-valued",
            "required": [attribute.name for attribute in self.attributes.values() if attribute.mandatory],
            "unique": list(self.unique),
            "attributes": [attribute.schema() for attribute in self.attributes.values()],
        }


def _index(attributes: Iterable[Attribute]) -> dict[str, Attribute]:
    return {attribute.name.lower(): attribute for attribute in attributes}


# ---------------------------------------------------------------- contact centers


def _tag() -> str:
    return f'"{secrets.token_hex(6)}"'


@dataclass
class Profile:
    """A stored customer profile."""

    attributes: dict[str, Any]
    extensions: dict[str, list[dict[str, Any]]]
    tag: str = field(default_factory=_tag)


@dataclass
class Draft:
    """What could be read from a body, and what could not."""

    attributes: dict[str, Any] = field(default_factory=dict)
    extensions: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    has_attributes: bool = False
    has_extensions: bool = False

    def raise_fault(self) -> None:
        """Raise one fault for all; a conflict only if there is nothing else."""
        if self.faults:
            status = min(fault.status for fault in self.faults)
            raise Fault(status, " ".join(fault.description for fault in self.faults)[:1000])


class Center:
    """The schemas and profiles of one contact center."""

    def __init__(self) -> None:
        self.internal = ("LastCalledAgent_EmployeeID", "LastCalledAgent_TimeStamp", "PreferredAgent_EmployeeID")
        names = ("FirstName", "LastName", "DOB", "EmailAddress", "PhoneNumber", "Title", *self.internal)
        dates = ("DOB", "LastCalledAgent_TimeStamp")
        self.attributes = _index(
            Attribute(name, "date") if name in dates else Attribute(name, length=4000) for name in names
        )
        address = [Attribute("Type", "integer", default=0), Attribute("Address", length=256)]
        address += [Attribute(name, length=32) for name in ("City", "County", "Country")]
        address.append(Attribute("PostCode", length=10))
        contract = [
            Attribute("Number", length=24, mandatory=True),
            Attribute("Line", "integer", mandatory=True),
            Attribute("Product", length=48),
            Attribute("Amount", "double"),
            Attribute("Active", "boolean", default=True),
        ]
        self.extensions = {
            "address": Extension("Address", False, (), _index(address)),
            "contract": Extension("Contract", True, ("Number", "Line"), _index(contract)),
        }
        self.profiles: dict[str, Profile] = {}

    def draft(self, body: Any) -> Draft:
        """Sort the members of a body into attributes, extensions and faults."""
        if not isinstance(body, dict):
            raise Fault(400, "The body is not a JSON object.")
        draft, seen = Draft(), set()
        for name, value in body.items():
            low = name.lower()
            attribute, extension = self.attributes.get(low), self.extensions.get(low)
            if low == "customer_id":
                continue
            draft.has_attributes |= attribute is not None
            draft.has_extensions |= extension is not None
            try:
                if low in seen:
                    raise Fault(400, f"{name} stands in the body twice.")
                seen.add(low)
                if attribute is not None:
                    draft.attributes[attribute.name] = None if value is None else attribute.read(value)
                elif extension is not None:
                    draft.extensions[extension.name] = extension.records(value)
                else:
                    raise Fault(400, f"The schema has no member {name[:60]}.")
            except Fault as fault:
                draft.faults.append(fault)
        return draft

    def create(self, body: Any) -> str:
        """Store a new profile; returns its id."""
        draft = self.draft(body)
        draft.raise_fault()
        customer_id = "".join(secrets.choice(ID_LETTERS) for _ in range(12))
        kept = {name: value for name, value in draft.attributes.items() if value is not None}
        self.profiles[customer_id] = Profile(kept, draft.extensions)
        return customer_id

    def update(self, profile: Profile, body: Any) -> None:
        """Replace the attributes, and the extension set if any extension was sent."""
        draft = self.draft(body)
        if draft.has_extensions and not draft.has_attributes:
            raise Fault(400, "The profile has extensions but no attributes.")
        merged = {
            name: self.extensions[name.lower()].merged(fresh, profile.extensions.get(name, []))
            for name, fresh in draft.extensions.items()
        }
        if draft.faults:
            if draft.attributes or merged:
                kept = {name: value for name, value in draft.attributes.items() if value is not None}
                profile.attributes.update(kept)
                profile.extensions.update(merged)
                profile.tag = _tag()
            draft.raise_fault()
        profile.attributes = {name: value for name, value in draft.attributes.items() if value is not None}
        if draft.has_extensions:
            profile.extensions = merged
        profile.tag = _tag()

    def view(self, customer_id: str, profile: Profile, wanted: list[str]) -> dict[str, Any]:
        """The profile as a read shows it."""
        view: dict[str, Any] = {attribute.name: None for attribute in self.attributes.values()}
        view |= profile.attributes
        for name in wanted:
            extension = self.extensions.get(name.strip().lower())
            if extension is None:
                raise Fault(400, f"There is no extension {name[:60]}.")
            records = profile.extensions.get(extension.name)
            if records:
                view[extension.name] = records if extension.multi else records[0]
        return {"customer_id": customer_id, **view}

    def insert_records(self, profile: Profile, body: Any) -> None:
        """Replace the records of each extension that the body names."""
        draft = self.draft(body)
        if draft.has_attributes:
            raise Fault(400, "Only extensions can be inserted here.")
        draft.raise_fault()
        profile.extensions.update(draft.extensions)
        profile.tag = _tag()

    def change_record(self, profile: Profile, name: str, body: Any, delete: bool) -> None:
        """Update or delete the record that the unique attributes of the body select."""
        extension = self.extensions.get(name.lower())
        if extension is None:
            raise Fault(404, "There is no such extension.")
        sent = extension.members(body)
        if any(sent.get(part) is None for part in extension.unique):
            raise Fault(400, f"The record is selected by {', '.join(extension.unique)}.")
        records = profile.extensions.get(extension.name, [])
        places = [n for n, record in enumerate(records) if extension.key(record) == extension.key(sent)]
        if not places:
            raise Fault(404, "There is no such record.")
        records = list(records)
        if delete:
            del records[places[0]]
        else:
            records[places[0]] = extension.complete({**records[places[0]], **sent})
        profile.extensions[extension.name] = records
        profile.tag = _tag()

    def create_extension(self, body: Any) -> Extension:
        """Add an extension schema."""
        if not isinstance(body, dict):
            raise Fault(400, "The body is not a JSON object.")
        name, kind, parts = body.get("name"), body.get("type", "single-valued"), body.get("attributes")
        if not isinstance(name, str) or not EXTENSION_NAME.fullmatch(name) or name.lower() == "customer_id":
            raise Fault(400, "The name of the extension is not valid.")
        if kind not in ("single-valued", "multi-valued") or not isinstance(parts, list) or not parts:
            raise Fault(400, "The extension needs a type (single-valued, multi-valued) and attributes.")
        if name.lower() in self.extensions or name.lower() in self.attributes:
            raise Fault(409, "The name is taken.")
        attributes: dict[str, Attribute] = {}
        for part in parts:
            attribute = self.extension_attribute(part)
            if attribute.name.lower() in attributes:
                raise Fault(400, f"{attribute.name} stands twice.")
            attributes[attribute.name.lower()] = attribute
        unique = body.get("unique") or []
        if not isinstance(unique, list) or not all(isinstance(n, str) and n.lower() in attributes for n in unique):
            raise Fault(400, "unique names attributes of the extension.")
        names = tuple(attributes[n.lower()].name for n in unique)
        extension = Extension(name, kind == "multi-valued", names if kind == "multi-valued" else (), attributes)
        self.extensions[name.lower()] = extension
        return extension

    def extension_attribute(self, part: Any) -> Attribute:
        """Read one attribute of a new extension schema."""
        if not isinstance(part, dict) or not isinstance(part.get("name"), str) or not part["name"]:
            raise Fault(400, "An attribute has no name.")
        kind, length, mandatory = part.get("type", "string"), part.get("length") or 0, part.get("mandatory") or False
        if kind not in EXTENSION_TYPES:
            raise Fault(400, f"An attribute has an unknown type; known are {', '.join(EXTENSION_TYPES)}.")
        length = Attribute("length", "integer").read(length)
        mandatory = Attribute("mandatory", "boolean").read(mandatory)
        attribute = Attribute(part["name"], kind, max(length, 0), None, mandatory)
        if part.get("default") is None:
            return attribute
        return Attribute(part["name"], kind, max(length, 0), attribute.read(part["default"]), mandatory)

    def delete_extension(self, name: str) -> None:
        """Remove an extension schema and its records."""
        extension = self.extensions.pop(name.lower(), None)
        if extension is None:
            raise Fault(404, "There is no such extension.")
        for profile in self.profiles.values():
            if profile.extensions.pop(extension.name, None):
                profile.tag = _tag()


# ---------------------------------------------------------------- the service


@dataclass(frozen=True)
class Call:
    """An HTTP request."""

    method: str
    path: list[str]
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """The body, which has to be declared as JSON."""
        media, _, parameters = self.headers.get("content-type", "").partition(";")
        charset = re.search(r'charset\s*=\s*"?([^\s";]*)', parameters, re.IGNORECASE)
        if media.strip().lower() != "application/json" or (charset and charset[1].lower() not in ("utf-8", "utf8")):
            raise Fault(415, "Send application/json in UTF-8.")
        if self.headers.get("content-encoding", "identity").lower() != "identity":
            raise Fault(415, "The content coding is not supported.")
        return parse_json(self.body)


@dataclass(frozen=True)
class Reply:
    """An HTTP answer; the content is sent as JSON unless it is None."""

    status: int
    content: Any = None
    extra: tuple[tuple[str, str], ...] = ()


class Service:
    """The contact centers of one server."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        known = TARGET["data"]
        self.centers = {known["contact_center_id"]: Center(), known["schemaless_contact_center_id"]: None}
        login = f"{TARGET['credentials']['username']}:{TARGET['credentials']['password']}"
        self.login = login.encode()
        self.mode = "production"
        self.started = self.last = int(time.time() * 1000)
        self.requests = 0

    def answer(self, call: Call) -> Reply:
        """Answer a request."""
        time.sleep(random.random() * 0.0015)
        try:
            with self.lock:
                self.requests += 1
                reply = self.route(call)
                self.last = int(time.time() * 1000)
                return reply
        except Fault as fault:
            return Reply(fault.status, {"code": 1000 + fault.status, "description": fault.description}, fault.extra)

    def route(self, call: Call) -> Reply:
        """Check who calls and find the operation."""
        scheme, _, token = call.headers.get("authorization", "").partition(" ")
        try:
            login = base64.b64decode(token.strip(), validate=True) if scheme.lower() == "basic" else b""
        except ValueError:
            login = b""
        if not hmac.compare_digest(login, self.login):
            raise Fault(401, "Sign on, please.", ("www-authenticate", 'Basic realm="ucs", charset="UTF-8"'))
        name = call.headers.get("contactcenterid") or TARGET["data"]["contact_center_id"]
        if name not in self.centers:
            raise Fault(400, "There is no such contact center.")
        center, path = self.centers[name], call.path
        if path == ["server", "status"]:
            return self.pick(call, GET=self.status)
        if path == ["server", "mode"]:
            return self.pick(call, POST=lambda: self.set_mode(call.json()))
        if path[0] == "profiles":
            if self.mode != "production":
                raise Fault(503, "The server is in maintenance mode.", ("retry-after", "5"))
            if center is not None:
                return self.profiles(center, call)
        elif path[:2] == ["metadata", "profiles"]:
            if center is not None:
                return self.metadata(center, call)
        else:
            raise Fault(404, "There is no such resource.")
        raise Fault(404, "No profile schema is defined.")

    def pick(self, call: Call, **operations: Callable[[], Reply]) -> Reply:
        """Run the operation of the method."""
        operation = operations.get("GET" if call.method == "HEAD" else call.method)
        if operation is None:
            raise Fault(405, "The method is not allowed.", ("allow", ", ".join(operations)))
        return operation()

    def status(self) -> Reply:
        """Query Server Status."""
        content = {"mode": self.mode, "version": "8.1.300.07", "system_time": int(time.time() * 1000)}
        content |= {"started": self.started, "last_request": self.last, "requests": self.requests}
        return Reply(200, content)

    def set_mode(self, body: Any) -> Reply:
        """Set Server Mode."""
        mode = body.get("mode") if isinstance(body, dict) else None
        if not isinstance(mode, str) or mode.lower() not in ("production", "maintenance"):
            raise Fault(400, "The mode is production or maintenance.")
        self.mode = mode.lower()
        return Reply(200, {"server changed": self.mode})

    def metadata(self, center: Center, call: Call) -> Reply:
        """The schema operations."""
        path = call.path[2:]

        def profile_schema() -> Reply:
            rows = [{**row.schema(), "internal": row.name in center.internal} for row in center.attributes.values()]
            return Reply(200, rows)

        def create() -> Reply:
            extension = center.create_extension(call.json())
            location = f"/metadata/profiles/extensions/{extension.name}"
            return Reply(201, extension.schema(), (("location", location),))

        def read() -> Reply:
            if path[1].lower() not in center.extensions:
                raise Fault(404, "There is no such extension.")
            return Reply(200, [center.extensions[path[1].lower()].schema()])

        def delete() -> Reply:
            center.delete_extension(path[1])
            return Reply(204)

        if not path:
            return self.pick(call, GET=profile_schema)
        if path == ["extensions"]:
            schemas = [extension.schema() for extension in center.extensions.values()]
            return self.pick(call, GET=lambda: Reply(200, schemas), POST=create)
        if path[0] == "extensions" and len(path) == 2:
            return self.pick(call, GET=read, DELETE=delete)
        raise Fault(404, "There is no such resource.")

    def profiles(self, center: Center, call: Call) -> Reply:
        """The operations on profiles."""
        path = call.path[1:]

        def create() -> Reply:
            customer_id = center.create(call.json())
            return Reply(201, {"customer_id": customer_id}, (("location", f"/profiles/{customer_id}"),))

        def profile(missing: int = 404) -> Profile:
            if len(path[0]) > MAX_ID:
                raise Fault(404, "An id has at most 16 characters.")
            if path[0] not in center.profiles:
                raise Fault(missing, "There is no such customer.")
            return center.profiles[path[0]]

        def read() -> Reply:
            found = profile()
            wanted = [name for part in call.query.get("extensions", []) for name in part.split(",") if name.strip()]
            return Reply(200, center.view(path[0], found, wanted), (("etag", found.tag),))

        def delete() -> Reply:
            profile()
            del center.profiles[path[0]]
            return Reply(200, {})

        def update() -> Reply:
            body = self.body_of(call)
            found = profile(missing=400)
            self.check_update(call, path[0], found)
            center.update(found, body())
            return Reply(204)

        def insert() -> Reply:
            body = self.body_of(call)
            center.insert_records(profile(), body())
            return Reply(200, [])

        def change() -> Reply:
            body = self.body_of(call)
            center.change_record(profile(), path[2], body(), delete=path[3] == "delete")
            return Reply(204)

        if not path:
            return self.pick(call, POST=create)
        if len(path) == 1:
            return self.pick(call, GET=read, PUT=update, DELETE=delete)
        if path[1:] == ["extensions"]:
            return self.pick(call, POST=insert)
        if path[1] == "extensions" and path[3:] in (["by", "unique"], ["delete", "by", "unique"]):
            return self.pick(call, PUT=change)
        raise Fault(404, "There is no such resource.")

    def body_of(self, call: Call) -> Callable[[], Any]:
        """Refuse a wrong media type now, malformed JSON when the body is asked for."""
        try:
            value = call.json()
        except Fault as fault:
            if fault.status == 415:
                raise
            kept = fault

            def refuse() -> Any:
                raise kept

            return refuse
        return lambda: value

    def check_update(self, call: Call, customer_id: str, found: Profile) -> None:
        """An update names its resource and proves that the profile was retrieved."""
        named = unquote(urlsplit(call.headers.get("content-location", "")).path)
        if not named.endswith(f"/profiles/{customer_id}"):
            raise Fault(400, "Send Content-Location with the path of the profile.")
        tags = [tag.strip() for tag in call.headers.get("if-match", "").split(",") if tag.strip()]
        if not tags:
            raise Fault(428, "Read the profile first and send its ETag in If-Match.")
        if "*" not in tags and found.tag not in tags:
            raise Fault(412, "The profile has changed since it was read.")


# ---------------------------------------------------------------- HTTP


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 60
    server: _Listener

    def _serve(self) -> None:
        try:
            reply = self._answer(self._read_body())
        except Fault as fault:  # the request could not be read to its end
            self.close_connection = True
            reply = Reply(fault.status, {"code": 1000 + fault.status, "description": fault.description})
        self._send(reply)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = _serve

    def _answer(self, body: bytes) -> Reply:
        try:
            parts = urlsplit(self.path)
            path = [unquote(part) for part in parts.path.split("/")[1:]] or [""]
            headers = {name.lower(): value for name, value in self.headers.items()}
            return self.server.service.answer(Call(self.command, path, parse_qs(parts.query), headers, body))
        except Exception:  # the last resort: whatever a client sends, it is the client's fault
            return Reply(400, {"code": 1400, "description": "The request could not be processed."})

    def _read_body(self) -> bytes:
        coding, length = self.headers.get("Transfer-Encoding"), self.headers.get_all("Content-Length", [])
        if coding is not None:
            if length or coding.strip().lower() != "chunked":
                raise Fault(400, "The framing of the body is not valid.")
            return self._read_chunks()
        if not length:
            return b""
        if len(set(length)) > 1 or not re.fullmatch("[0-9]{1,15}", length[0].strip()):
            raise Fault(400, "The length of the body is not valid.")
        if int(length[0]) > MAX_BODY:
            raise Fault(413, "The body is too large.")
        body = self.rfile.read(int(length[0]))
        if len(body) < int(length[0]):
            raise Fault(400, "The body is shorter than announced.")
        return body

    def _read_chunks(self) -> bytes:
        body = bytearray()
        while True:
            size = self.rfile.readline(4096).partition(b";")[0].strip()
            if not re.fullmatch(b"[0-9A-Fa-f]{1,8}", size):
                raise Fault(400, "The framing of the body is not valid.")
            count = int(size, 16)
            if len(body) + count > MAX_BODY:
                raise Fault(413, "The body is too large.")
            if not count:
                break
            body += self.rfile.read(count)
            if self.rfile.readline(8) not in (b"\r\n", b"\n"):
                raise Fault(400, "The framing of the body is not valid.")
        while self.rfile.readline(4096) not in (b"\r\n", b"\n", b""):
            continue
        return bytes(body)

    def _send(self, reply: Reply) -> None:
        lines = [f"HTTP/1.1 {reply.status} {HTTPStatus(reply.status).phrase}", f"date: {formatdate(usegmt=True)}"]
        lines += ["server: ucs", *(f"{name}: {value}" for name, value in reply.extra)]
        if self.close_connection:
            lines.append("connection: close")
        body = b"" if reply.content is None else json.dumps(reply.content, indent=1).encode()
        if body:
            lines.append("content-type: application/json")
        if reply.status != 204:
            if self.request_version == "HTTP/1.1" and body:
                lines.append("transfer-encoding: chunked")
                middle = len(body) // 2
                pieces = [piece for piece in (body[:middle], body[middle:]) if piece]
                body = b"".join(b"%x\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
            else:
                lines.append(f"content-length: {len(body)}")
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")
        self.wfile.write(head if self.command == "HEAD" else head + body)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer requests that the base class refuses; an unknown HTTP version is the client's fault."""
        self.close_connection = True
        status = 400 if code == 505 else int(code)
        self._send(Reply(status, {"code": 1000 + status, "description": "The request was refused."}))

    def log_message(self, format: str, *args: Any) -> None:
        """Keep silent."""


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, service: Service, context: ssl.SSLContext | None) -> None:
        self.service = service
        self.connections: set[socket.socket] = set()
        super().__init__(("127.0.0.1", 0), _Handler)
        if context is not None:
            self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self.thread = threading.Thread(target=self.serve_forever, args=(0.1,), daemon=True)
        self.thread.start()

    def server_bind(self) -> None:
        """Bind without a look-up of the host's name."""
        socketserver.TCPServer.server_bind(self)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember the connection so that it can be closed."""
        self.connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget the connection."""
        self.connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A broken connection is no event."""

    def close(self) -> None:
        """Stop the thread and close every socket."""
        self.shutdown()
        self.server_close()
        for connection in list(self.connections):
            with contextlib.suppress(OSError, ValueError):
                socket.socket.shutdown(connection, socket.SHUT_RDWR)
        self.thread.join(1)


class Server:
    """A running server: the same API over HTTPS and over plain HTTP."""

    def __init__(self, certificate: Path) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        service = Service()
        self._listeners = [_Listener(service, context), _Listener(service, None)]
        self.port: int = self._listeners[0].server_address[1]
        self.plain_port: int | None = self._listeners[1].server_address[1]

    def stop(self) -> None:
        """Stop both listeners."""
        for listener in self._listeners:
            listener.close()


def start(certificate: Path) -> Server:
    """Serve HTTPS on a free port of 127.0.0.1 with the PEM file `certificate` (private key and chain in one file)."""
    return Server(certificate)
