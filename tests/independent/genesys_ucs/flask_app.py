"""Genesys Context Services: Update Customer Profile and its companion operations, kept in memory.

Readings of the contradiction rows
  G-C01 optional: the body may carry customer_id; null counts as absent, an object or array as customer_id is 400.
  G-C02 uri-wins: the value of customer_id in the body is not looked at.
  G-C03 400: for every method; ids are 1 to 16 letters, digits, `_` and `-`.
  G-C04 upsert-201/200: PUT on an unknown id creates the profile (201, Location, the profile as body).  G-C05 drop.
  G-C06 null/empty: every attribute of the schema is always present in a read, null when it has no value.
  G-C07 clears-all: `{}`, also with customer_id alone.
  G-C08 400: extensions without any attribute member, nothing changed; a null attribute is a member, so it suffices.
  G-C09 set-replace: extensions that are not sent are lost as soon as one is sent.
  G-C10 merge-by-unique: sent records replace stored ones with the same unique values as a whole, others stay.
  G-C11 `400` if mandatory: unique attributes are mandatory; other left-out attributes get their default or null.
  G-C12 deletes: null, `[]` and `{}` for either kind of extension; it counts as an extension sent.
  G-C13 attribute: EmailAddress.  G-C14 array-ok, for multi-valued attributes. The rotation gives `scalar-only`, which
    refuses the document's own example (statement 64) together with G-C13; hence the next one.
  G-C15 preserve: scalars stay scalars, one-element arrays stay arrays.
  G-C16 primary-only-kept: the first value stays first, the others come back sorted and without duplicates.
  G-C17 lenient-date: a date alone is taken and read back as sent.
  G-C18 literal: the form with blanks around the hyphens is taken too, and read back without them.
  G-C19 accept-normalise: to UTC with milliseconds; no zone means UTC; finer fractions are cut.
  G-C20 stored: an unknown attribute is kept like a multi-valued string attribute; objects are refused (400).
  G-C21 400.  G-C22 coerced: where the value has a form of the type (5 and "5", true and "true"), else 400.
  G-C23 any: no body after an update, the profile with all its extensions after a creation by PUT.  G-C24 204.
  G-C25 returned: Content-Location names the resource after PUT; the request header is ignored.
  G-C26 accepted: Content-Type is not looked at, the body has to be JSON.  G-C27 400.
  G-C28 enforced: PUT on an existing profile needs If-Match with the ETag of a read (or `*`); 428 without, 412 if stale.
  G-C29 conflict-409/412: 412. The rotation gives `last-write-wins`, which cannot live with G-C28; hence the next one.
  G-C30 partial: 400, but the valid members are stored; refused members keep their old values. Only if the precondition
    holds, and only on an existing profile; a fault of the body as a whole changes nothing.
  G-C31 503 (with Retry-After), for all operations on profiles.  G-C32 404, for a contact center without a schema.
  G-C33 http-ok: the same API on a plain port.  G-C34 the root of the host.
  G-C35 other: application/problem+json with title, status and detail.
  G-C36 insensitive: for attributes, extensions and attributes of extensions; reads use the spelling of the schema.
  G-C37 replaced.  G-C38 409: for two records with the same unique values in one request; nothing is changed.
  G-C39 400.  G-C40 both.  G-C41 idempotent: the ETag depends on the content alone.  G-C42 exact-match, decoded.

Free choices
  HTTP Basic is on for every path (401 with WWW-Authenticate). An unknown ContactCenterId is 400, GroupId is ignored.
  Order of checks: 401, contact center, mode, id, body, existence, 428 / 412; 400 comes before 404.
  Only EmailAddress and PhoneNumber take several values. Extensions change by updates alone, their schemas never.
  Creation: ids are 12 capital letters and digits, a customer_id in the body is ignored, extensions alone are fine.
  Repeated member names (in any letter case), a byte order mark, NaN and lone surrogates are 400. null and [] clear an
  attribute; null inside an array is 400. Numbers are no dates. Unknown attributes vanish from reads when dropped.
  Reads: unknown extensions are skipped, unset ones are null (single-valued) or [] (multi-valued); records are sorted
  by their unique values and hold all attributes; customer_id comes last. Too long strings in extensions are 400.
  Mode changes take effect at once. HTTP: the connection ends after each answer; up to 1 ms of latency.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
import secrets
import socket
import ssl
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from flask import Flask, Response, request
from werkzeug.exceptions import BadRequest, HTTPException, MethodNotAllowed
from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server


class Refused(HTTPException):
    """A request that ends with an error status."""

    def __init__(self, status: int, detail: str) -> None:
        super().__init__(detail)
        self.code = status


class Invalid(Exception):
    """A member whose value does not comply with the schema."""


# --- values ---------------------------------------------------------------------------------------------------------

MOMENT = re.compile(
    r"[0-9]{4}( ?)-\1[0-9]{2}\1-\1[0-9]{2}"
    r"(T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?(Z|[+-][0-9]{2}:?[0-5][0-9])?)?"
)


def read_moment(value: Any) -> str:
    """Return a date as it is, or a date with time in UTC with milliseconds."""
    if not isinstance(value, str) or not MOMENT.fullmatch(value):
        raise Invalid("an ISO 8601 date is expected")
    text = value.replace(" ", "")
    try:
        moment = datetime.fromisoformat(text)
        if "T" not in text:
            return text
        moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise Invalid("there is no such date") from error
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def read_integer(value: Any) -> int:
    """Return an integer of 32 bits, also one written as text or with a fraction of nothing."""
    if isinstance(value, str) and re.fullmatch("[+-]?[0-9]{1,10}", value):
        value = int(value)
    if not isinstance(value, int | Decimal) or isinstance(value, bool) or not -(2**31) <= value < 2**31 or value % 1:
        raise Invalid("an integer of 32 bits is expected")
    return int(value)


def read_text(value: Any) -> str:
    """Return a text; numbers and truth values are turned into one."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str | int | Decimal):
        raise Invalid("a text is expected")
    return str(value)


READERS = {"string": read_text, "integer": read_integer, "date": read_moment}

# --- schema ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Attribute:
    """An attribute of profiles, or of the records of an extension."""

    name: str
    type: str = "string"
    length: int | None = None
    default: Any = None
    mandatory: bool = False
    multi_valued: bool = False
    internal: bool = False

    def read(self, value: Any) -> Any:
        """Return a single value in the form of its type."""
        result = READERS[self.type](value)
        if isinstance(result, str) and self.length is not None and len(result) > self.length:
            raise Invalid(f"at most {self.length} characters are allowed")
        return result

    def read_all(self, value: Any) -> Any:
        """Return the value or values to store for a profile; None when the attribute is cleared."""
        if value is None or value == []:
            return None
        if not isinstance(value, list):
            return self.read(value)
        if not self.multi_valued:
            raise Invalid("one value is expected")
        primary, *others = (self.read(item) for item in value)
        return [primary, *sorted(set(others) - {primary})]


@dataclass(frozen=True)
class Extension:
    """An extension of profiles; it is multi-valued if its records have unique attributes."""

    name: str
    unique: list[str]
    attributes: list[Attribute]

    def describe(self) -> dict[str, Any]:
        """Return the definition as clients see it."""
        members = ("name", "type", "length", "default", "mandatory")
        return {
            "name": self.name,
            "type": "multi-valued" if self.unique else "single-valued",
            "required": False,
            "unique": self.unique,
            "attributes": [{member: getattr(a, member) for member in members} for a in self.attributes],
        }

    def key(self, record: dict[str, Any]) -> list[str]:
        """Return what identifies a record."""
        return [record[name] for name in self.unique]

    def read(self, value: Any, stored: Any) -> Any:
        """Return the content to store, which is None when the extension is deleted."""
        if value is None or value in ([], {}):
            return None
        if isinstance(value, list) != bool(self.unique):
            raise Invalid("an array is expected" if self.unique else "an object is expected")
        if not isinstance(value, list):
            return self.read_record(value)
        records = [self.read_record(item) for item in value]
        keys = [self.key(record) for record in records]
        if any(keys.count(key) > 1 for key in keys):
            raise Refused(409, f"{self.name} has two records with the same unique values")
        untouched = [record for record in stored or [] if self.key(record) not in keys]
        return sorted(records + untouched, key=self.key)

    def read_record(self, value: Any) -> dict[str, Any]:
        """Return a complete record; what is not sent, or null, gets the default."""
        if not isinstance(value, dict):
            raise Invalid("an object is expected")
        record = {attribute.name: attribute.default for attribute in self.attributes}
        known = {attribute.name.casefold(): attribute for attribute in self.attributes}
        for name, item in value.items():
            attribute = known.get(name.casefold())
            if attribute is None:
                raise Invalid(f"{name[:60]} is unknown")
            if item is not None:
                record[attribute.name] = attribute.read(item)
        for attribute in self.attributes:
            if attribute.mandatory and record[attribute.name] is None:
                raise Invalid(f"{attribute.name} is mandatory")
        return record


ATTRIBUTES = [
    Attribute("FirstName"),
    Attribute("LastName"),
    Attribute("Title"),
    Attribute("DOB", "date"),
    Attribute("EmailAddress", multi_valued=True),
    Attribute("PhoneNumber", multi_valued=True),
    Attribute("LastCalledAgent_EmployeeID", internal=True),
    Attribute("LastCalledAgent_TimeStamp", "date", internal=True),
    Attribute("PreferredAgent_EmployeeID", internal=True),
]
ADDRESS = [
    Attribute("Type", "integer", default=0),
    Attribute("Address", length=256, mandatory=True),
    Attribute("City", length=32),
    Attribute("County", length=32),
    Attribute("PostCode", length=10),
    Attribute("Country", length=32, default="United States"),
]
PHONE = [
    Attribute("Kind", length=16, mandatory=True),
    Attribute("Number", length=24, mandatory=True),
    Attribute("Priority", "integer", default=1),
    Attribute("Since", "date"),
]
PROFILE_SCHEMA = {attribute.name.casefold(): attribute for attribute in ATTRIBUTES}
EXTENSION_SCHEMAS = {
    "address": Extension("Address", [], ADDRESS),
    "phone": Extension("Phone", ["Kind", "Number"], PHONE),
}
CENTER, BLANK_CENTER = "cc-north", "cc-blank"
NOT_OFFERED = "profileSchema createExtensionSchema deleteExtensionSchema insertRecords updateRecord deleteRecord status"
TARGET: dict[str, Any] = {
    "credentials": {"username": "crm-bridge", "password": "Maple&Anchor#52"},
    "data": {
        "contact_center_id": CENTER,
        "group_id": "retail",
        "schemaless_contact_center_id": BLANK_CENTER,
        "mode_switchable": True,
        "attributes": [
            {"name": a.name, "type": a.type, "multi_valued": a.multi_valued, "internal": a.internal} for a in ATTRIBUTES
        ],
    },
    "readings": {},
    "operations": dict.fromkeys(NOT_OFFERED.split(), False),
}

# --- the service ----------------------------------------------------------------------------------------------------


@dataclass
class Customer:
    """A stored profile; attributes and extensions under the names that reads use."""

    attributes: dict[str, Any] = field(default_factory=dict)
    extensions: dict[str, Any] = field(default_factory=dict)

    def etag(self) -> str:
        """Return a validator that depends on the content."""
        content = json.dumps([self.attributes, self.extensions], sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()[:24]


def read_profile(body: dict[str, Any], stored: Customer) -> tuple[Customer, list[str]]:
    """Return what a body asks for, None for no value, and its faults; members with a fault keep their stored value."""
    sent, faults = Customer(), []
    for name, value in body.items():
        key = name.casefold()
        if key == "customer_id":
            if isinstance(value, list | dict):
                raise Refused(400, "customer_id has to be a text")
            continue
        extension, attribute = EXTENSION_SCHEMAS.get(key), PROFILE_SCHEMA.get(key, Attribute(name, multi_valued=True))
        try:
            if extension is not None:
                old = sent.extensions[extension.name] = stored.extensions.get(extension.name)
                sent.extensions[extension.name] = extension.read(value, old)
            else:
                sent.attributes[attribute.name] = stored.attributes.get(attribute.name)
                sent.attributes[attribute.name] = attribute.read_all(value)
        except Invalid as error:
            faults.append(f"{name[:60]}: {error}")
    return sent, faults


def with_values(content: dict[str, Any]) -> dict[str, Any]:
    """Return the members that have a value."""
    return {name: value for name, value in content.items() if value is not None}


class Service:
    """All state, and the operations on it; callers hold the lock."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.customers: dict[str, Customer] = {}
        self.mode = "production"

    def find(self, customer_id: str) -> Customer:
        """Return a stored profile."""
        if customer_id not in self.customers:
            raise Refused(404, "there is no such customer")
        return self.customers[customer_id]

    def view(self, customer_id: str, names: list[str]) -> dict[str, Any]:
        """Return a profile as clients see it, with the named extensions."""
        customer = self.find(customer_id)
        result: dict[str, Any] = {attribute.name: None for attribute in ATTRIBUTES}
        result.update(customer.attributes)
        for name in names:
            extension = EXTENSION_SCHEMAS.get(name.strip().casefold())
            if extension is not None:
                result[extension.name] = customer.extensions.get(extension.name, [] if extension.unique else None)
        return result | {"customer_id": customer_id}

    def create(self, body: dict[str, Any]) -> str:
        """Store a new profile under a new id."""
        sent, faults = read_profile(body, Customer())
        if faults:
            raise Refused(400, "; ".join(faults))
        customer_id = "".join(secrets.choice("ABCDEFGHJKLMNPQRSTUVWXYZ23456789") for _ in range(12))
        self.customers[customer_id] = Customer(with_values(sent.attributes), with_values(sent.extensions))
        return customer_id

    def update(self, customer_id: str, body: dict[str, Any]) -> bool:
        """Replace a profile, or create it; tell whether it was created."""
        stored = self.customers.get(customer_id)
        sent, faults = read_profile(body, stored or Customer())
        if sent.extensions and not sent.attributes:
            raise Refused(400, "the attributes of the profile are missing")
        refusal = precondition(stored)
        if refusal is None and (stored is not None or not faults):
            extensions = sent.extensions or (stored.extensions if stored else {})
            self.customers[customer_id] = Customer(with_values(sent.attributes), with_values(extensions))
        if faults:
            raise Refused(400, "; ".join(faults))
        if refusal is not None:
            raise refusal
        return stored is None


def precondition(stored: Customer | None) -> Refused | None:
    """Check that the client has retrieved the profile in its present state."""
    if stored is None:
        return Refused(412, "there is no profile to match") if request.if_match else None
    if not request.if_match:
        return Refused(428, "retrieve the profile and send its ETag as If-Match")
    if not request.if_match.contains(stored.etag()):
        return Refused(412, "the profile has changed since it was retrieved")
    return None


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


def failed(error: Exception) -> Response:
    """Turn whatever went wrong into an answer; it is never the server's fault."""
    known = error if isinstance(error, HTTPException) else BadRequest("the request cannot be processed")
    status = known.code or 400
    response = answer(status, {"status": status, "title": known.name, "detail": known.description})
    response.content_type = "application/problem+json"
    if status == 401:
        response.headers["WWW-Authenticate"] = 'Basic realm="Context Services", charset="UTF-8"'
    if status == 503:
        response.headers["Retry-After"] = "60"
    if isinstance(known, MethodNotAllowed):
        response.allow.update(known.valid_methods or [])
    return response


def admit(service: Service) -> None:
    """Check credentials, contact center, mode and id."""
    login, expected = request.authorization, TARGET["credentials"]
    if login is None or (login.username, login.password) != (expected["username"], expected["password"]):
        raise Refused(401, "credentials are missing or wrong")
    center = request.headers.get("ContactCenterId", CENTER)
    if center not in (CENTER, BLANK_CENTER):
        raise Refused(400, "there is no such contact center")
    if request.path.startswith("/profiles"):
        if service.mode == "maintenance":
            raise Refused(503, "the server is in maintenance mode")
        if center == BLANK_CENTER:
            raise Refused(404, "the profile schema is not defined")
    customer_id = (request.view_args or {}).get("customer_id", "any")
    if not re.fullmatch("[A-Za-z0-9_-]{1,16}", customer_id):
        raise Refused(400, "an id has 1 to 16 letters, digits, _ or -")


def add_routes(app: Flask, service: Service) -> None:
    """Serve the operations on profiles, on the schema of extensions and on the server itself."""

    @app.post("/profiles")
    def create_profile() -> Response:
        customer_id = service.create(json_body())
        return answer(201, {"customer_id": customer_id}, Location=f"/profiles/{customer_id}")

    @app.get("/profiles/<customer_id>")
    def query_profile(customer_id: str) -> Response:
        names = ",".join(request.args.getlist("extensions")).split(",")
        response = answer(200, service.view(customer_id, names), Cache_Control="no-cache")
        response.set_etag(service.find(customer_id).etag())
        return response

    @app.put("/profiles/<customer_id>")
    def update_profile(customer_id: str) -> Response:
        location = f"/profiles/{customer_id}"
        if not service.update(customer_id, json_body()):
            return answer(204, Content_Location=location)
        profile = service.view(customer_id, list(EXTENSION_SCHEMAS))
        return answer(201, profile, Location=location, Content_Location=location)

    @app.delete("/profiles/<customer_id>")
    def delete_profile(customer_id: str) -> Response:
        service.find(customer_id)
        del service.customers[customer_id]
        return answer(200, {})

    @app.get("/metadata/profiles/extensions")
    def query_extensions() -> Response:
        return answer(200, [extension.describe() for extension in EXTENSION_SCHEMAS.values()])

    @app.post("/server/mode")
    def set_mode() -> Response:
        mode = str(json_body().get("mode")).lower()
        if mode not in ("production", "maintenance"):
            raise Refused(400, "mode is production or maintenance")
        service.mode = mode
        return answer(200, {"server changed": mode})


def make_app() -> Flask:
    """Build the web application of one server."""
    app = Flask("ucs", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = 4 * 1024 * 1024
    app.url_map.merge_slashes = False
    service = Service()
    add_routes(app, service)
    serve = app.dispatch_request

    def dispatch(*context: Any) -> Any:
        time.sleep(random.uniform(0, 0.001))
        with service.lock:
            admit(service)
            return serve(*context)

    app.dispatch_request = dispatch  # type: ignore[method-assign]
    app.register_error_handler(Exception, failed)
    return app


class Handler(WSGIRequestHandler):
    """A quiet request handler with usual settings for sockets."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 75.0

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
        app = make_app()
        self.servers: list[BaseWSGIServer] = [
            make_server("127.0.0.1", 0, app, threaded=True, request_handler=Handler, ssl_context=tls)
            for tls in (context, None)
        ]
        self.port: int = self.servers[0].port
        self.plain_port: int | None = self.servers[1].port
        for server in self.servers:
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        """Stop listening."""
        for server in self.servers:
            server.shutdown()


def start(certificate: Path) -> Server:
    """Serve HTTPS on a free port of 127.0.0.1 with the PEM file `certificate` (private key and chain in one file)."""
    return Server(certificate)
