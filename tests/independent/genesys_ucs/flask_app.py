"""Genesys Context Services: Update Customer Profile and its companion operations, kept in memory.

Readings of the contradiction rows
  G-C01 optional: the body may carry customer_id; null counts as absent, an object or array as customer_id is 400.
  G-C02 uri-wins: the value of customer_id in the body is not looked at.
  G-C03 400: for every method; ids are 1 to 16 letters, digits, `_` and `-`.
  G-C04 upsert-201/200: PUT on an unknown id creates the profile (201, Location, the profile as body).
  G-C05 drop.
  G-C06 null/empty: every attribute of the schema is always present in a read, null when it has no value.
  G-C07 clears-all: `{}`, also with customer_id alone.
  G-C08 400: extensions without any attribute member, nothing changed; a null attribute is a member, so it suffices.
  G-C09 set-replace: extensions that are not sent are lost as soon as one is sent.
  G-C10 merge-by-unique: sent records replace stored ones with the same unique values as a whole, others stay;
    without unique attributes the array replaces all.
  G-C11 `400` if mandatory: unique attributes count as mandatory; other left-out attributes get their default or null.
  G-C12 deletes: null, `[]` and `{}` for either kind of extension; it counts as an extension sent.
  G-C13 attribute: EmailAddress.
  G-C14 array-ok, for multi-valued attributes. The rotation gives `scalar-only`, which refuses the document's own
    example (statement 64) together with G-C13; hence the next one.
  G-C15 preserve: scalars stay scalars, one-element arrays stay arrays.
  G-C16 primary-only-kept: the first value stays first, the others come back sorted and without duplicates.
  G-C17 lenient-date: a date alone is taken and read back as sent.
  G-C18 literal: the form with blanks around the hyphens is taken too, and read back without them.
  G-C19 accept-normalise: to UTC with milliseconds; no zone means UTC; finer fractions are cut.
  G-C20 stored: an unknown attribute is kept like a multi-valued string attribute; objects are refused (400).
  G-C21 400.
  G-C22 coerced: where the value has a form of the type (5 and "5", true and "true"), else 400.
  G-C23 any: no body after an update, the profile with all its extensions after a creation by PUT.
  G-C24 204.
  G-C25 returned: Content-Location names the resource after PUT; the request header is ignored.
  G-C26 accepted: Content-Type is not looked at, the body has to be JSON.
  G-C27 400.
  G-C28 enforced: PUT on an existing profile needs If-Match with the ETag of a read (or `*`); 428 without, 412 if stale.
  G-C29 conflict-409/412: 412. The rotation gives `last-write-wins`, which cannot live with G-C28; hence the next one.
  G-C30 partial: 400, but the valid members are stored; refused members keep their old values. Only if the precondition
    holds, and only on an existing profile; a fault of the body as a whole changes nothing.
  G-C31 503 (with Retry-After), for all operations on profiles.
  G-C32 404, for a contact center without a schema.
  G-C33 http-ok: the same API on a plain port.
  G-C34 the root of the host.
  G-C35 other: application/problem+json with title, status, detail and faults.
  G-C36 insensitive: for attributes, extensions and attributes of extensions; reads use the spelling of the schema.
  G-C37 replaced.
  G-C38 409: for two records with the same unique values in one request; nothing is changed.
  G-C39 400.
  G-C40 both.
  G-C41 idempotent: the ETag depends on the content alone.
  G-C42 exact-match: ids are case-sensitive; percent encoding is undone as in any URI.

Free choices
  HTTP Basic is on for every path (401 with WWW-Authenticate). An unknown ContactCenterId is 400, GroupId is ignored.
  Order of checks: 401, contact center, mode, id, body, existence, 428 / 412; 400 comes before 404.
  Query Profile Schema is not offered; FirstName, LastName, Title and the dates take one value only.
  Creation: ids are 12 capital letters and digits, a customer_id in the body is ignored, extensions alone are fine.
  Repeated member names (in any letter case), a byte order mark, NaN and lone surrogates are 400. null and [] clear an
  attribute; null inside an array is 400. Numbers are no dates. Unknown attributes vanish from reads when dropped.
  Reads: unknown extensions are skipped, unset ones are null (single-valued, classifier) or [] (multi-valued);
  records are sorted by their unique values and hold all attributes; customer_id comes last.
  Extension strings that are too long are 400. Currency and double are numbers, a classifier is true.
  Insert records: 200 with the stored extensions, all or nothing. By unique: unknown record 404.
  Extension schemas: 201 with the schema as body, taken name 409, bad definition 400; deleting one drops its records.
  Mode changes take effect at once. HTTP: chunked bodies, Date and Server headers, up to 1 ms of latency.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import random
import re
import secrets
import socket
import ssl
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from email.utils import formatdate
from http import HTTPStatus
from io import BytesIO
from pathlib import Path
from typing import Any, ClassVar

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server
from werkzeug.test import run_wsgi_app

CENTER, BLANK_CENTER = "cc-north", "cc-blank"
ATTRIBUTES: list[dict[str, Any]] = [
    {"name": "FirstName", "type": "string", "multi_valued": False, "internal": False},
    {"name": "LastName", "type": "string", "multi_valued": False, "internal": False},
    {"name": "Title", "type": "string", "multi_valued": False, "internal": False},
    {"name": "DOB", "type": "date", "multi_valued": False, "internal": False},
    {"name": "EmailAddress", "type": "string", "multi_valued": True, "internal": False},
    {"name": "PhoneNumber", "type": "string", "multi_valued": True, "internal": False},
    {"name": "LastCalledAgent_EmployeeID", "type": "string", "multi_valued": False, "internal": True},
    {"name": "LastCalledAgent_TimeStamp", "type": "date", "multi_valued": False, "internal": True},
    {"name": "PreferredAgent_EmployeeID", "type": "string", "multi_valued": False, "internal": True},
]
EXTENSIONS: list[dict[str, Any]] = [
    {
        "name": "Address",
        "type": "single-valued",
        "attributes": [
            {"name": "Type", "type": "integer", "default": 0},
            {"name": "Address", "type": "string", "length": 256, "mandatory": True},
            {"name": "City", "type": "string", "length": 32},
            {"name": "County", "type": "string", "length": 32},
            {"name": "PostCode", "type": "string", "length": 10},
            {"name": "Country", "type": "string", "length": 32, "default": "United States"},
        ],
    },
    {
        "name": "Phone",
        "type": "multi-valued",
        "unique": ["Kind", "Number"],
        "attributes": [
            {"name": "Kind", "type": "string", "length": 16, "mandatory": True},
            {"name": "Number", "type": "string", "length": 24, "mandatory": True},
            {"name": "Priority", "type": "integer", "default": 1},
            {"name": "Verified", "type": "boolean", "default": False},
            {"name": "Since", "type": "date"},
        ],
    },
]
TARGET: dict[str, Any] = {
    "credentials": {"username": "crm-bridge", "password": "Maple&Anchor#52"},
    "data": {
        "contact_center_id": CENTER,
        "group_id": "retail",
        "schemaless_contact_center_id": BLANK_CENTER,
        "mode_switchable": True,
        "attributes": ATTRIBUTES,
    },
    "readings": {},
    "operations": {"profileSchema": False},
}

BODY_LIMIT = 4 * 1024 * 1024
TYPES = ("string", "integer", "long", "double", "date", "datetime", "currency", "boolean")
MOMENT = re.compile(
    r"([0-9]{4})( ?)-\2([0-9]{2})\2-\2([0-9]{2})"
    r"(?:T([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,9}))?)?(?:Z|([+-])([01][0-9]|2[0-3]):?([0-5][0-9]))?)?"
)


class Refused(Exception):
    """A request that ends with an error status."""

    def __init__(self, status: int, detail: str, faults: list[str] | None = None) -> None:
        super().__init__(detail)
        self.status, self.detail, self.faults = status, detail, faults or []


class Invalid(Exception):
    """A member whose value does not comply with the schema."""


# --- values ---------------------------------------------------------------------------------------------------------


def read_moment(value: Any) -> str:
    """Return a date as it is, or a date with time in UTC with milliseconds."""
    match = MOMENT.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise Invalid("an ISO 8601 date is expected")
    year, _, month, day, hour, minute, second, fraction, sign, east_hours, east_minutes = match.groups()
    try:
        moment = datetime(
            int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0), tzinfo=UTC
        )
        if hour is None:
            return moment.date().isoformat()
        offset = timedelta(hours=int(east_hours or 0), minutes=int(east_minutes or 0))
        moment += offset if sign == "-" else -offset
    except (ValueError, OverflowError) as error:
        raise Invalid("there is no such date") from error
    return f"{moment.replace(tzinfo=None).isoformat()}.{(fraction or '0').ljust(3, '0')[:3]}Z"


def read_integer(value: Any, bits: int) -> int:
    """Return an integer of so many bits, also one written as text or with a fraction of nothing."""
    if isinstance(value, str) and re.fullmatch("[+-]?[0-9]{1,19}", value):
        value = int(value)
    if isinstance(value, Decimal) and value.adjusted() < 20 and value == value.to_integral_value():
        value = int(value)
    if not isinstance(value, int) or isinstance(value, bool) or not -(1 << bits - 1) <= value < 1 << bits - 1:
        raise Invalid("an integer is expected")
    return value


def read_double(value: Any) -> float:
    """Return a finite number, also one written as text."""
    if isinstance(value, str) and not re.fullmatch(r"[+-]?[0-9]{1,30}(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,3})?", value):
        raise Invalid("a number is expected")
    try:
        number = float(value) if isinstance(value, str | int | Decimal) and not isinstance(value, bool) else math.nan
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise Invalid("a number is expected")
    return number


def read_text(value: Any, length: int | None) -> str:
    """Return a text; numbers and truth values are turned into one."""
    if isinstance(value, bool):
        value = "true" if value else "false"
    if isinstance(value, int | Decimal):
        value = str(value)
    if not isinstance(value, str):
        raise Invalid("a text is expected")
    if length is not None and len(value) > length:
        raise Invalid(f"at most {length} characters are allowed")
    return value


def read_scalar(kind: str, value: Any, length: int | None = None) -> Any:
    """Return a value in the form of its type."""
    if kind == "string":
        return read_text(value, length)
    if kind in ("date", "datetime"):
        return read_moment(value)
    if kind in ("integer", "long"):
        return read_integer(value, 32 if kind == "integer" else 64)
    if kind in ("double", "currency"):
        return read_double(value)
    text = read_text(value, None).lower()
    if isinstance(value, int | Decimal) and not isinstance(value, bool) or text not in ("true", "false"):
        raise Invalid("a truth value is expected")
    return text == "true"


# --- schema ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Attribute:
    """An attribute of profiles."""

    name: str
    kind: str = "string"
    multi_valued: bool = True

    def read(self, value: Any) -> Any:
        """Return the value to store; None when it clears the attribute."""
        if value is None or value == []:
            return None
        if not isinstance(value, list):
            return read_scalar(self.kind, value)
        if not self.multi_valued:
            raise Invalid("one value is expected")
        primary, *others = (read_scalar(self.kind, item) for item in value)
        return [primary, *sorted(set(others) - {primary})]


@dataclass(frozen=True)
class Column:
    """An attribute of an extension."""

    name: str
    kind: str
    length: int | None
    default: Any
    mandatory: bool


@dataclass(frozen=True)
class Extension:
    """An extension of profiles."""

    name: str
    kind: str
    unique: list[str]
    columns: dict[str, Column]

    @classmethod
    def define(cls, body: dict[str, Any]) -> Extension:
        """Read a definition; Invalid if it is none."""
        name, kind, unique, columns = body.get("name"), body.get("type"), body.get("unique") or [], {}
        if not isinstance(name, str) or not re.fullmatch("[A-Za-z][A-Za-z0-9_]{0,25}", name):
            raise Invalid("the name is not allowed")
        definitions = body.get("attributes") or []
        if kind not in ("single-valued", "multi-valued", "classifier") or not isinstance(definitions, list):
            raise Invalid("type or attributes are not allowed")
        for part in definitions:
            column = cls.define_column(part)
            if column.name.casefold() in columns:
                raise Invalid("an attribute is repeated")
            columns[column.name.casefold()] = column
        unique = unique.split(",") if isinstance(unique, str) else unique
        if not isinstance(unique, list) or not all(
            isinstance(item, str) and item.casefold() in columns for item in unique
        ):
            raise Invalid("unique has to name attributes")
        if bool(columns) == (kind == "classifier"):
            raise Invalid("a classifier has no attributes, all others have some")
        unique = [columns[item.casefold()].name for item in unique] if kind == "multi-valued" else []
        return cls(name, kind, unique, columns)

    @staticmethod
    def define_column(part: Any) -> Column:
        """Read the definition of one attribute."""
        if (
            not isinstance(part, dict)
            or not isinstance(part.get("name"), str)
            or part.get("type", "string") not in TYPES
        ):
            raise Invalid("an attribute needs a name and a known type")
        kind, length, default = part.get("type", "string"), part.get("length"), part.get("default")
        length = None if length is None else read_integer(length, 32)
        if not re.fullmatch("[A-Za-z][A-Za-z0-9_]{0,63}", part["name"]) or (length is not None and length < 1):
            raise Invalid("name or length of an attribute are not allowed")
        default = None if default is None else read_scalar(kind, default, length)
        return Column(part["name"], kind, length, default, read_scalar("boolean", part.get("mandatory") or False))

    def describe(self) -> dict[str, Any]:
        """Return the definition as clients see it."""
        columns = [
            {"name": c.name, "type": c.kind, "length": c.length, "default": c.default, "mandatory": c.mandatory}
            for c in self.columns.values()
        ]
        return {"name": self.name, "type": self.kind, "required": False, "unique": self.unique, "attributes": columns}

    def key(self, record: dict[str, Any]) -> tuple[str, ...]:
        """Return what identifies a record."""
        return tuple(json.dumps(record[name]) for name in self.unique)

    def read(self, value: Any) -> Any:
        """Return the content to store; None when it deletes the extension."""
        if value is None or value in ([], {}):
            return None
        if self.kind == "classifier":
            if value is not True:
                raise Invalid("true is expected")
            return True
        if isinstance(value, list) != (self.kind == "multi-valued"):
            raise Invalid(f"the extension is {self.kind}")
        if not isinstance(value, list):
            return self.read_record(value)
        records = [self.read_record(item) for item in value]
        if self.unique and len({self.key(record) for record in records}) < len(records):
            raise Refused(409, f"{self.name} has two records with the same unique values")
        return self.sort(records)

    def sort(self, records: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Bring records into the order of reads."""
        return sorted(records, key=self.key) if self.unique else records

    def read_record(self, value: Any) -> dict[str, Any]:
        """Return a complete record."""
        sent = self.read_columns(value)
        for column in self.columns.values():
            if column.name not in sent and (column.mandatory or column.name in self.unique):
                raise Invalid(f"{column.name} is mandatory")
        return {column.name: sent.get(column.name, column.default) for column in self.columns.values()}

    def read_columns(self, value: Any) -> dict[str, Any]:
        """Return the attributes that were sent with a value."""
        if not isinstance(value, dict):
            raise Invalid("an object is expected")
        result = {}
        for name, item in value.items():
            column = self.columns.get(name.casefold())
            if column is None:
                raise Invalid(f"{name[:60]} is unknown")
            if item is not None:
                result[column.name] = read_scalar(column.kind, item, column.length)
        return result


# --- the service ----------------------------------------------------------------------------------------------------


@dataclass
class Customer:
    """A stored profile; attributes under their folded names, with the spelling that reads use."""

    attributes: dict[str, tuple[str, Any]] = field(default_factory=dict)
    extensions: dict[str, Any] = field(default_factory=dict)

    def etag(self) -> str:
        """Return a validator that depends on the content."""
        content = json.dumps([self.attributes, self.extensions], sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()[:24]


class Service:
    """All state, and the operations on it; callers hold the lock."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.customers: dict[str, Customer] = {}
        self.attributes = {a["name"].casefold(): Attribute(a["name"], a["type"], a["multi_valued"]) for a in ATTRIBUTES}
        self.extensions = {e["name"].casefold(): Extension.define(e) for e in EXTENSIONS}
        self.mode = "production"
        self.started = self.last_request = time.time()
        self.count = 0

    def find(self, customer_id: str) -> Customer:
        """Return a stored profile."""
        if customer_id not in self.customers:
            raise Refused(404, "there is no such customer")
        return self.customers[customer_id]

    def find_extension(self, name: str) -> Extension:
        """Return an extension by its name."""
        if name.casefold() not in self.extensions:
            raise Refused(404, "there is no such extension")
        return self.extensions[name.casefold()]

    def compose(self, body: dict[str, Any], stored: Customer, bare: bool) -> tuple[Customer, list[str]]:
        """Build the profile that a body describes, and the faults of single members; those keep their stored values."""
        result, faults, extensions, has_attributes = Customer(), [], {}, False
        for name, value in body.items():
            key = name.casefold()
            if key in self.extensions:
                extensions[key] = value
            elif key == "customer_id":
                if isinstance(value, list | dict):
                    raise Refused(400, "customer_id has to be a text")
            else:
                has_attributes = True
                attribute = self.attributes.get(key, Attribute(name))
                try:
                    item = attribute.read(value)
                    if item is not None:
                        result.attributes[key] = (attribute.name, item)
                except Invalid as error:
                    faults.append(f"{name[:60]}: {error}")
                    if key in stored.attributes:
                        result.attributes[key] = stored.attributes[key]
        if not extensions:
            result.extensions = stored.extensions
            return result, faults
        if not has_attributes and not bare:
            raise Refused(400, "the attributes of the profile are missing")
        for key, value in extensions.items():
            extension, old = self.extensions[key], stored.extensions.get(key)
            try:
                content = extension.read(value)
                if content and old and extension.unique:
                    content = extension.sort([*({extension.key(record): record for record in old + content}).values()])
            except Invalid as error:
                faults.append(f"{extension.name}: {error}")
                content = old
            if content is not None:
                result.extensions[key] = content
        return result, faults

    def view(self, customer_id: str, names: list[str]) -> dict[str, Any]:
        """Return a profile as clients see it, with the named extensions."""
        customer = self.find(customer_id)
        result: dict[str, Any] = {attribute.name: None for attribute in self.attributes.values()}
        result.update(customer.attributes.values())
        for name in names:
            extension = self.extensions.get(name.strip().casefold())
            if extension is not None:
                empty: list[Any] | None = [] if extension.kind == "multi-valued" else None
                result[extension.name] = customer.extensions.get(extension.name.casefold(), empty)
        return result | {"customer_id": customer_id}

    def create(self, body: dict[str, Any]) -> str:
        """Store a new profile under a new id."""
        customer, faults = self.compose(body, Customer(), bare=True)
        if faults:
            raise Refused(400, "the profile does not comply with the schema", faults)
        customer_id = "".join(secrets.choice("ABCDEFGHJKLMNPQRSTUVWXYZ23456789") for _ in range(12))
        self.customers[customer_id] = customer
        return customer_id

    def update(self, customer_id: str, body: dict[str, Any]) -> bool:
        """Replace a profile, or create it; tell whether it was created."""
        stored = self.customers.get(customer_id)
        customer, faults = self.compose(body, stored or Customer(), bare=False)
        problem = self.precondition(stored)
        if stored is not None and problem is None or not (faults or problem):
            self.customers[customer_id] = customer
        if faults:
            raise Refused(400, "some members do not comply with the schema", faults)
        if problem:
            raise problem
        return stored is None

    @staticmethod
    def precondition(stored: Customer | None) -> Refused | None:
        """Check that the client has retrieved the profile in its present state."""
        if stored is None:
            return Refused(412, "there is no profile to match") if request.if_match else None
        if request.if_none_match.contains(stored.etag()):
            return Refused(412, "there is such a profile already")
        if not request.if_match:
            return Refused(428, "retrieve the profile and send its ETag as If-Match")
        if not request.if_match.contains(stored.etag()):
            return Refused(412, "the profile has changed since it was retrieved")
        return None

    def insert_records(self, customer_id: str, body: dict[str, Any]) -> dict[str, Any]:
        """Replace the records of the extensions that are named."""
        contents = {}
        for name, value in body.items():
            if name.casefold() == "customer_id":
                continue
            if name.casefold() not in self.extensions:
                raise Refused(400, "only extensions are expected", [name[:60]])
            contents[name.casefold()] = self.extensions[name.casefold()].read(value)
        customer = self.find(customer_id)
        kept = {key: content for key, content in customer.extensions.items() if key not in contents}
        new = {key: content for key, content in contents.items() if content is not None}
        self.customers[customer_id] = Customer(customer.attributes, kept | new)
        return {self.extensions[key].name: content for key, content in contents.items()}

    def change_record(self, customer_id: str, name: str, body: dict[str, Any], delete: bool) -> None:
        """Change or delete the record that the unique attributes of the body select."""
        extension = self.find_extension(name)
        sent = extension.read_columns({key: value for key, value in body.items() if key.casefold() != "customer_id"})
        if extension.kind == "classifier" or (extension.kind == "multi-valued" and not extension.unique):
            raise Refused(400, "records of this extension cannot be selected")
        if not sent.keys() >= set(extension.unique):
            raise Refused(400, "the unique attributes are missing")
        customer, key = self.find(customer_id), extension.name.casefold()
        content = customer.extensions.get(key) or []
        records = content if isinstance(content, list) else [content]
        others = [record for record in records if extension.key(record) != extension.key(sent)]
        if len(others) == len(records):
            raise Refused(404, "there is no such record")
        if not delete:
            [old] = [record for record in records if extension.key(record) == extension.key(sent)]
            blank = {column.name: column.default for column in extension.columns.values()}
            cleared = {extension.columns[n.casefold()].name for n, value in body.items() if value is None}
            others.append({n: sent.get(n, blank[n] if n in cleared else old[n]) for n in old})
        left: Any = extension.sort(others) if extension.kind == "multi-valued" else (others or [None])[0]
        kept = {other: value for other, value in customer.extensions.items() if other != key}
        self.customers[customer_id] = Customer(customer.attributes, kept | ({key: left} if left else {}))

    def create_extension(self, body: dict[str, Any]) -> Extension:
        """Add an extension to the schema."""
        extension = Extension.define(body)
        key = extension.name.casefold()
        if key in self.extensions or key in self.attributes or key == "customer_id":
            raise Refused(409, "the name is taken")
        self.extensions[key] = extension
        return extension

    def delete_extension(self, name: str) -> None:
        """Remove an extension with all its records."""
        key = self.find_extension(name).name.casefold()
        del self.extensions[key]
        for customer in self.customers.values():
            customer.extensions = {other: value for other, value in customer.extensions.items() if other != key}


# --- HTTP -----------------------------------------------------------------------------------------------------------


def unique_members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Build an object whose members differ by more than letter case."""
    if len({name.casefold() for name, _ in pairs}) < len(pairs):
        raise ValueError("a member is repeated")
    return dict(pairs)


def refuse_constant(name: str) -> Any:
    """Refuse NaN and Infinity, which JSON does not have."""
    raise ValueError(name)


def json_body() -> dict[str, Any]:
    """Return the JSON object that the request carries."""
    try:
        text = request.get_data().decode()
        body = json.loads(text, object_pairs_hook=unique_members, parse_constant=refuse_constant, parse_float=Decimal)
        json.dumps(body, ensure_ascii=False, default=str).encode()  # fails on lone surrogates
    except (ValueError, RecursionError, ArithmeticError) as error:
        raise Refused(400, "the body is not acceptable JSON") from error
    if not isinstance(body, dict):
        raise Refused(400, "the body has to be a JSON object")
    return body


def answer(status: int, content: Any = None, **headers: str) -> Response:
    """Build a response; names of headers have `_` for `-`."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    payload = "" if content is None else json.dumps(content, separators=(", ", " : "))
    response = Response(payload, status, named, content_type="application/json")
    if content is None:
        del response.headers["Content-Type"]
    return response


def problem(status: int, detail: str, faults: list[str] | None = None) -> Response:
    """Build the answer to a request that failed."""
    title = HTTPStatus(status).phrase
    content = {"type": "about:blank", "title": title, "status": status, "detail": detail, "faults": faults or []}
    response = answer(status, content)
    response.content_type = "application/problem+json"
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Basic realm="Context Services", charset="UTF-8"'
    if status == 503:
        response.headers["Retry-After"] = "60"
    return response


def check_id(customer_id: str) -> None:
    """Refuse what cannot be an id."""
    if not re.fullmatch("[A-Za-z0-9_-]{1,16}", customer_id):
        raise Refused(400, "an id has 1 to 16 letters, digits, _ or -")


def add_profile_routes(app: Flask, service: Service) -> None:
    """Serve the operations on profiles."""

    @app.post("/profiles")
    def create_profile() -> Response:
        customer_id = service.create(json_body())
        return answer(201, {"customer_id": customer_id}, Location=f"/profiles/{customer_id}")

    @app.get("/profiles/<customer_id>")
    def query_profile(customer_id: str) -> Response:
        check_id(customer_id)
        names = ",".join(request.args.getlist("extensions")).split(",")
        response = answer(200, service.view(customer_id, names), Cache_Control="no-cache")
        response.set_etag(service.find(customer_id).etag())
        return response

    @app.put("/profiles/<customer_id>")
    def update_profile(customer_id: str) -> Response:
        check_id(customer_id)
        location = f"/profiles/{customer_id}"
        if not service.update(customer_id, json_body()):
            return answer(204, Content_Location=location)
        profile = service.view(customer_id, list(service.extensions))
        return answer(201, profile, Location=location, Content_Location=location)

    @app.delete("/profiles/<customer_id>")
    def delete_profile(customer_id: str) -> Response:
        check_id(customer_id)
        service.find(customer_id)
        del service.customers[customer_id]
        return answer(200, {})

    @app.post("/profiles/<customer_id>/extensions")
    def insert_records(customer_id: str) -> Response:
        check_id(customer_id)
        return answer(200, service.insert_records(customer_id, json_body()))

    @app.put("/profiles/<customer_id>/extensions/<name>/by/unique", defaults={"delete": False})
    @app.put("/profiles/<customer_id>/extensions/<name>/delete/by/unique", defaults={"delete": True})
    def change_record(customer_id: str, name: str, delete: bool) -> Response:
        check_id(customer_id)
        service.change_record(customer_id, name, json_body(), delete)
        return answer(204)


def add_server_routes(app: Flask, service: Service) -> None:
    """Serve the operations on the schema and on the server itself."""

    @app.get("/metadata/profiles/extensions")
    def query_extensions() -> Response:
        return answer(200, [extension.describe() for extension in service.extensions.values()])

    @app.get("/metadata/profiles/extensions/<name>")
    def query_extension(name: str) -> Response:
        return answer(200, service.find_extension(name).describe())

    @app.post("/metadata/profiles/extensions")
    def create_extension() -> Response:
        extension = service.create_extension(json_body())
        return answer(201, extension.describe(), Location=f"/metadata/profiles/extensions/{extension.name}")

    @app.delete("/metadata/profiles/extensions/<name>")
    def delete_extension(name: str) -> Response:
        service.delete_extension(name)
        return answer(204)

    @app.post("/server/mode")
    def set_mode() -> Response:
        mode = json_body().get("mode")
        mode = mode.lower() if isinstance(mode, str) else mode
        if mode not in ("production", "maintenance"):
            raise Refused(400, "mode is production or maintenance")
        service.mode = mode
        return answer(200, {"server changed": mode})

    @app.get("/server/status")
    def query_status() -> Response:
        times = {"system_time": time.time(), "started": service.started, "last_request": service.last_request}
        content: dict[str, Any] = {
            name: read_moment(datetime.fromtimestamp(t, UTC).isoformat()) for name, t in times.items()
        }
        counters = {"requests": service.count, "profiles": len(service.customers)}
        return answer(200, content | {"mode": service.mode, "version": "8.5.300.07", "counters": counters})


def admit(service: Service) -> None:
    """Check credentials, contact center and mode."""
    login, expected = request.authorization, TARGET["credentials"]
    if login is None or login.type != "basic":
        raise Refused(401, "credentials are needed")
    if (login.username, login.password) != (expected["username"], expected["password"]):
        raise Refused(401, "the credentials are wrong")
    center, on_profiles = request.headers.get("ContactCenterId", CENTER), request.path.startswith("/profiles")
    if center not in (CENTER, BLANK_CENTER):
        raise Refused(400, "there is no such contact center")
    if on_profiles and service.mode == "maintenance":
        raise Refused(503, "the server is in maintenance mode")
    if on_profiles and center == BLANK_CENTER:
        raise Refused(404, "the profile schema is not defined")


def make_app() -> Flask:
    """Build the web application of one server."""
    app = Flask("ucs", static_folder=None)
    app.url_map.merge_slashes = False
    service = Service()
    add_profile_routes(app, service)
    add_server_routes(app, service)
    serve = app.dispatch_request

    def dispatch(*context: Any) -> Any:
        time.sleep(random.uniform(0, 0.001))
        with service.lock:
            admit(service)
            result = serve(*context)
            service.last_request, service.count = time.time(), service.count + 1
            return result

    app.dispatch_request = dispatch  # type: ignore[method-assign]

    @app.errorhandler(Exception)
    def failed(error: Exception) -> Response:
        if isinstance(error, Refused):
            return problem(error.status, error.detail, error.faults)
        if isinstance(error, HTTPException):
            response = problem(error.code or 400, error.name)
            response.headers.extend([item for item in error.get_headers() if item[0] in ("Allow", "Location")])
            return response
        return problem(400, str(error) if isinstance(error, Invalid) else "the request cannot be processed")

    return app


class Handler(WSGIRequestHandler):
    """HTTP/1.1 with kept connections; bodies are chunked, and the whole answer leaves in one write."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 75.0
    connections: ClassVar[set[socket.socket]]

    def handle(self) -> None:
        """Serve the requests of one connection."""
        self.connections.add(self.connection)
        with contextlib.suppress(OSError, ValueError):  # the client went away, or never spoke TLS
            super().handle()
        self.connections.discard(self.connection)

    def finish(self) -> None:
        """Close the streams, whatever became of the socket."""
        with contextlib.suppress(OSError, ValueError):
            super().finish()

    def take(self, size: int, taken: int = 0) -> bytes:
        """Read so many bytes, within the limit."""
        if size + taken > BODY_LIMIT:
            raise Refused(413, "the body is too large")
        data = self.rfile.read(size)
        if len(data) < size:
            raise Refused(400, "the client stopped early")
        return data

    def read_body(self) -> bytes:
        """Read the whole body by its length or by its chunks."""
        lengths, coding = set(self.headers.get_all("Content-Length", [])), self.headers.get("Transfer-Encoding")
        length = lengths.pop().strip() if lengths else "0"
        if (
            lengths
            or not re.fullmatch("[0-9]{1,15}", length)
            or (coding and (length != "0" or coding.lower() != "chunked"))
        ):
            raise Refused(400, "the framing of the body is not acceptable")
        if not coding:
            return self.take(int(length))
        parts: list[bytes] = []
        while True:
            size = self.rfile.readline(256).partition(b";")[0].strip()
            if not re.fullmatch(b"[0-9A-Fa-f]{1,8}", size):
                raise Refused(400, "a chunk is not acceptable")
            if int(size, 16) == 0:
                break
            parts.append(self.take(int(size, 16), sum(map(len, parts))))
            if self.rfile.readline(3).strip():
                raise Refused(400, "a chunk is not acceptable")
        while self.rfile.readline(4096).strip():
            pass  # trailers
        return b"".join(parts)

    def run_wsgi(self) -> None:
        """Run the application on one request that was read as a whole."""
        try:
            body = self.read_body()
            environ = self.make_environ()
        except (Refused, ValueError) as error:
            self.send_error(error.status if isinstance(error, Refused) else 400)
            return
        environ.pop("HTTP_TRANSFER_ENCODING", None)
        environ |= {"wsgi.input": BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        chunks, status, headers = run_wsgi_app(self.server.app, environ, buffered=True)
        self.write_answer(status, dict(headers), b"".join(chunks))

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuse a request that cannot be read; never with a 5xx."""
        self.close_connection = True
        response = problem(code if code < 500 else 400, "the request cannot be read")
        self.write_answer(response.status, dict(response.headers), response.get_data())

    def write_answer(self, status: str, headers: dict[str, str], payload: bytes) -> None:
        """Send head and body at once."""
        headers |= {"Server": "UCS/8.5.3", "Date": formatdate(usegmt=True)}
        if self.close_connection:
            headers["Connection"] = "close"
        if status.startswith("204"):
            headers.pop("Content-Length", None)
        elif getattr(self, "command", None) == "HEAD":
            payload = b""
        elif getattr(self, "request_version", "") == "HTTP/1.1":
            headers.pop("Content-Length", None)
            headers["Transfer-Encoding"] = "chunked"
            payload = (b"%x\r\n%b\r\n" % (len(payload), payload) if payload else b"") + b"0\r\n\r\n"
        head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self.wfile.write(f"HTTP/1.1 {status}\r\n{head}\r\n".encode("latin-1", "replace") + payload)

    def log(self, type: str, message: str, *args: Any) -> None:
        """Keep quiet."""


class LazyContext(ssl.SSLContext):
    """A context that leaves the handshake to the thread of the connection, so that no client holds up the others."""

    def wrap_socket(self, sock: socket.socket, *args: Any, **options: Any) -> ssl.SSLSocket:
        """Wrap a socket without an immediate handshake."""
        return super().wrap_socket(sock, *args, **(options | {"do_handshake_on_connect": False}))


class Server:
    """A running server with its own data, reached over HTTPS and over plain HTTP."""

    def __init__(self, certificate: Path) -> None:
        context = LazyContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self.connections: set[socket.socket] = set()
        handler = type("BoundHandler", (Handler,), {"connections": self.connections})
        app = make_app()
        self.servers: list[BaseWSGIServer] = [
            make_server("127.0.0.1", 0, app, threaded=True, request_handler=handler, ssl_context=tls)
            for tls in (context, None)
        ]
        self.port: int = self.servers[0].port
        self.plain_port: int | None = self.servers[1].port
        for server in self.servers:
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        """Stop listening and drop every connection."""
        for server in self.servers:
            server.shutdown()
        for connection in list(self.connections):
            with contextlib.suppress(OSError):
                socket.socket.shutdown(connection, socket.SHUT_RDWR)


def start(certificate: Path) -> Server:
    """Serve HTTPS on a free port of 127.0.0.1 with the PEM file `certificate` (private key and chain in one file)."""
    return Server(certificate)
