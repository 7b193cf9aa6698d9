"""A small Universal Contact Server (Update Customer Profile and its companions), written from the documents.

Readings of the contradictions (dossier row: reading):

G-C01 ignored: customer_id in a body has no meaning, whatever its type.  G-C02 uri-wins (follows from G-C01).
G-C03 404 for an id of more than 16 characters, with every method.
G-C04 400 for an update of an unknown id (nothing is created); reading or deleting it is 404.  G-C05 drop.
G-C06 null/empty: an attribute without a value is read back as null.
G-C07 clears-all: an empty body, or one with only customer_id, clears the attributes.
G-C08 400 for a body that has extensions and no attribute at all.  An attribute that is sent as null counts as sent.
G-C09 set-replace.  G-C10 merge-by-unique inside a sent multi-valued extension, sent records first.
G-C11 cleared/default, for merged records, too.  A missing mandatory member without a default is 400.
G-C12 400 for null, [], {} and for a record in which every member is null.  Unset extensions are absent from reads.
G-C13 attribute: EmailAddress.  G-C14 scalar-only: an array is refused as the value of an attribute, as the type column
      (string, datetime) has none.  So the document's example is accepted only with one e-mail address.
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
G-C28 enforced: a read gives an ETag, an update needs it in If-Match (or *); 428 without, 412 if the profile has
      changed.  No other operation gives or wants an ETag.
G-C29 conflict-412.  (The turn was last-write-wins, which the version tag of G-C28 rules out.)
G-C30 partial: if members are invalid the answer is 400 (409 if only unique conflicts), the valid members are written,
      the invalid ones keep their old values and nothing is cleared.  Faults of the body as a whole (not JSON, no
      object, a name in two spellings, G-C08, headers) change nothing.
G-C31 503 with Retry-After for profile operations in maintenance mode.
G-C32 404 for every profile and schema operation of a contact center without a profile schema.
G-C33 http-ok: the same API is served over plain HTTP.  G-C34 no base path.  G-C35 code+description.
G-C36 insensitive: names of attributes and of extensions and of their members; two spellings of one are 400.
G-C37 replaced: internal attributes are treated like the others.
G-C38 409 for two records with the same unique attributes in one body; nothing of that extension is written.
G-C39 400.  G-C40 both.  G-C41 idempotent (a repetition needs the new ETag).  G-C42 exact-match, after decoding.

Free choices:

- Order of checks: 401, contact center (400), path and method, 503, schema (404), 415, id length, existence,
  Content-Location, If-Match, body.
- HTTP Basic is enabled for everything.  ContactCenterId is optional and has a default; an unknown one is 400.
- JSON: a byte order mark, NaN, lone surrogates are 400; of repeated members the last counts.
- Content-Type must be application/json, a charset must be UTF-8; a body without Content-Type is 415.
- "" is a value.  Attributes hold 4000 characters; longer values, and over-long strings in extensions, are 400.
- Members without a value are absent from extension records.  Defaults are stored when a record is written.
- Reading: names in `extensions` are case-insensitive, an unknown one is 400.
- Creating: all or nothing, extensions alone are fine; ids are generated, 12 characters, upper-case; 201 with a relative
  Location and {"customer_id": ...}.  Deleting: 200 with {}.
- GET /metadata/profiles: an array of {name, type, length, default, mandatory, internal}.
- Extension schemas, which never change: array of {name, type, required, unique, attributes}, `required` being the
  mandatory names.  Extensions change by updates alone.
- Mode changes take effect at once.  Request bodies need a Content-Length (411).  An error ends the connection.
- Latency 0 to 1.5 ms; answers are chunked, header names in lower case, JSON indented by one blank and in ASCII.
"""

from __future__ import annotations

import base64
import json
import random
import re
import secrets
import ssl
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs, unquote, urlsplit

CENTER, BLANK_CENTER = "cc-harbour", "cc-unfurnished"
NOT_OFFERED = "insertRecords updateRecord deleteRecord createExtensionSchema deleteExtensionSchema status"
TARGET: dict[str, Any] = {
    "credentials": {"username": "cview-agent", "password": "Lantern%Row 31"},
    "data": {"contact_center_id": CENTER, "schemaless_contact_center_id": BLANK_CENTER, "mode_switchable": True},
    "readings": {},
    "operations": dict.fromkeys(NOT_OFFERED.split(), False),
}


class Fault(Exception):
    """The request is answered with an HTTP error."""

    def __init__(self, status: int, description: str, **headers: str) -> None:
        super().__init__(description)
        self.status, self.description, self.headers = status, description, headers


def require(condition: object, description: str, status: int = 400) -> None:
    """Refuse the request unless the condition holds."""
    if not condition:
        raise Fault(status, description)


# ---------------------------------------------------------------- values

DATE = re.compile(
    r"[0-9]{4} ?- ?[0-9]{2} ?- ?[0-9]{2}"
    r"(T[0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]{1,9})?)?(Z|[+-][0-9]{2}:?[0-5][0-9])?)?"
)


def parse_json(body: bytes) -> Any:
    """Parse strict JSON; numbers with a fraction become decimals."""

    def constant(_name: str) -> None:
        raise ValueError

    try:
        value = json.loads(body.decode(), parse_float=Decimal, parse_constant=constant)
        json.dumps(value, ensure_ascii=False, default=str).encode()  # a lone surrogate has no UTF-8 form
    except (ValueError, ArithmeticError, RecursionError) as error:
        raise Fault(400, "The body is not valid JSON.") from error
    return value


def read_string(value: Any) -> str:
    """A string, a number or a boolean as a string."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def read_boolean(value: Any) -> bool:
    """A boolean, or its name in any letter case."""
    return {"true": True, "false": False}[str(value).lower()]


def read_date(value: Any) -> str:
    """An ISO 8601 date or date and time in the canonical form in UTC."""
    if not isinstance(value, str) or not DATE.fullmatch(value):
        raise ValueError
    moment = datetime.fromisoformat(value.replace(" ", ""))
    moment = moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def read_integer(value: Any) -> int:
    """A whole number of 32 bits, or a string that holds one."""
    number = Decimal("NaN") if isinstance(value, bool) else Decimal(value)
    if number % 1 or not -(2**31) <= number < 2**31:
        raise ValueError
    return int(number)


READERS = {"string": read_string, "integer": read_integer, "date": read_date, "boolean": read_boolean}

# ---------------------------------------------------------------- schemas


@dataclass(frozen=True)
class Attribute:
    """An attribute of profiles or of extension records."""

    name: str
    type: str = "string"
    length: int | None = None
    default: Any = None
    mandatory: bool = False

    def read(self, value: Any) -> Any:
        """Coerce a JSON value to the type of the attribute; null stays null."""
        if value is None:
            return None
        require(not isinstance(value, dict | list), f"{self.name} takes a single value.")
        try:
            result = READERS[self.type](value)
        except (ValueError, LookupError, ArithmeticError) as error:
            raise Fault(400, f"{self.name} takes a {self.type}.") from error
        fits = self.length is None or not isinstance(result, str) or len(result) <= self.length
        require(fits, f"{self.name} takes at most {self.length} characters.")
        return result


def index(attributes: Iterable[Attribute]) -> dict[str, Attribute]:
    """Attributes under their names in lower case."""
    return {attribute.name.lower(): attribute for attribute in attributes}


@dataclass(frozen=True)
class Extension:
    """The schema of a profile extension."""

    name: str
    unique: tuple[str, ...]
    attributes: dict[str, Attribute]

    @property
    def multi(self) -> bool:
        """Whether a customer may have several records."""
        return bool(self.unique)

    def key(self, record: dict[str, Any]) -> tuple[Any, ...]:
        """The values that identify a record."""
        return tuple(record.get(name) for name in self.unique)

    def record(self, value: Any) -> dict[str, Any]:
        """Check a record; fills in the defaults and drops what has no value."""
        require(isinstance(value, dict), f"A record of {self.name} is an object.")
        names = {name.lower() for name in value}
        require(len(names) == len(value), f"A member of {self.name} stands twice.")
        require(names <= self.attributes.keys(), f"{self.name} has no such member.")
        sent = with_value({name.lower(): content for name, content in value.items()})
        require(sent, f"{self.name} has an empty record.")
        result = {a.name: a.read(sent.get(low, a.default)) for low, a in self.attributes.items()}
        for attribute in self.attributes.values():
            missing = attribute.mandatory and result[attribute.name] is None
            require(not missing, f"{self.name}.{attribute.name} is mandatory.")
        return with_value(result)

    def records(self, value: Any) -> list[dict[str, Any]]:
        """Check the value of an extension member."""
        require(value is not None and value not in ([], {}), f"{self.name} is empty.")
        require(isinstance(value, list) is self.multi, f"{self.name} is {'' if self.multi else 'not '}multi-valued.")
        fresh = [self.record(one) for one in (value if self.multi else [value])]
        keys = {self.key(record) for record in fresh}
        require(len(keys) == len(fresh), f"{self.name} has two records of one key.", 409)
        return fresh

    def merged(self, fresh: list[dict[str, Any]], stored: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Put the records of an update before those that it does not touch."""
        keys = {self.key(record) for record in fresh}
        return fresh + [record for record in stored if self.key(record) not in keys]

    def schema(self) -> dict[str, Any]:
        """The schema as the metadata operations show it."""
        return {
            "name": self.name,
            "type": "multi-valued" if self.multi else "single-valued",
            "required": [attribute.name for attribute in self.attributes.values() if attribute.mandatory],
            "unique": list(self.unique),
            "attributes": [asdict(attribute) for attribute in self.attributes.values()],
        }


def with_value(members: dict[str, Any]) -> dict[str, Any]:
    """The members that are not null."""
    return {name: value for name, value in members.items() if value is not None}


INTERNAL = ("LastCalledAgent_EmployeeID", "LastCalledAgent_TimeStamp", "PreferredAgent_EmployeeID")
TEXTS = ("FirstName", "LastName", "EmailAddress", "PhoneNumber", "Title", INTERNAL[0], INTERNAL[2])
ATTRIBUTES = index([Attribute(name, length=4000) for name in TEXTS])
ATTRIBUTES |= index([Attribute("DOB", "date"), Attribute(INTERNAL[1], "date")])
ADDRESS = [
    Attribute("Type", "integer", default=0),
    Attribute("Address", length=256),
    Attribute("City", length=32),
    Attribute("County", length=32),
    Attribute("PostCode", length=10),
    Attribute("Country", length=32),
]
CONTRACT = [
    Attribute("Number", length=24, mandatory=True),
    Attribute("Line", "integer", mandatory=True),
    Attribute("Product", length=48),
    Attribute("Active", "boolean", default=True),
]
EXTENSIONS = {
    "address": Extension("Address", (), index(ADDRESS)),
    "contract": Extension("Contract", ("Number", "Line"), index(CONTRACT)),
}

# ---------------------------------------------------------------- profiles


@dataclass
class Profile:
    """A stored customer profile."""

    attributes: dict[str, Any]
    extensions: dict[str, list[dict[str, Any]]]
    tag: str = field(default_factory=lambda: f'"{secrets.token_hex(6)}"')


@dataclass
class Draft:
    """What could be read from a body, and what could not; extensions are under their names in lower case."""

    attributes: dict[str, Any] = field(default_factory=dict)
    extensions: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    has_only_extensions: bool = False

    def raise_fault(self) -> None:
        """Raise one fault for all; a conflict only if there is nothing else."""
        if self.faults:
            status = min(fault.status for fault in self.faults)
            raise Fault(status, " ".join(fault.description for fault in self.faults)[:1000])


def read_profile(body: Any) -> Draft:
    """Sort the members of a body into attributes, extensions and faults."""
    require(isinstance(body, dict), "The body is not a JSON object.")
    names = {name.lower() for name in body}
    require(len(names) == len(body), "A member stands twice.")
    draft = Draft(has_only_extensions=bool(names & EXTENSIONS.keys()) and not names & ATTRIBUTES.keys())
    for name, value in body.items():
        low = name.lower()
        try:
            if low in ATTRIBUTES:
                draft.attributes[ATTRIBUTES[low].name] = ATTRIBUTES[low].read(value)
            elif low in EXTENSIONS:
                draft.extensions[low] = EXTENSIONS[low].records(value)
            else:
                require(low == "customer_id", f"The schema has no member {name[:60]}.")
        except Fault as fault:
            draft.faults.append(fault)
    return draft


class Store:
    """The profiles of one server and its mode."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.mode = "production"
        self.profiles: dict[str, Profile] = {}

    def find(self, customer_id: str, missing: int = 404) -> Profile:
        """A stored profile."""
        require(len(customer_id) <= 16, "An id has at most 16 characters.", 404)
        require(customer_id in self.profiles, "There is no such customer.", missing)
        return self.profiles[customer_id]

    def create(self, body: Any) -> str:
        """Store a new profile; returns its id."""
        draft = read_profile(body)
        draft.raise_fault()
        customer_id = "".join(secrets.choice("0123456789ABCDEFGHJKMNPQRSTVWXYZ") for _ in range(12))
        self.profiles[customer_id] = Profile(with_value(draft.attributes), draft.extensions)
        return customer_id

    def update(self, customer_id: str, body: Any) -> None:
        """Replace the attributes, and the extension set if any extension was sent."""
        old, draft = self.profiles[customer_id], read_profile(body)
        require(not draft.has_only_extensions, "The profile has extensions but no attributes.")
        attributes = with_value(draft.attributes)
        extensions = {
            low: EXTENSIONS[low].merged(fresh, old.extensions.get(low, [])) for low, fresh in draft.extensions.items()
        }
        if not draft.faults:
            self.profiles[customer_id] = Profile(attributes, extensions or old.extensions)
        elif attributes or extensions:
            self.profiles[customer_id] = Profile(old.attributes | attributes, old.extensions | extensions)
        draft.raise_fault()

    def view(self, customer_id: str, wanted: list[str]) -> dict[str, Any]:
        """The profile as a read shows it."""
        profile = self.find(customer_id)
        view: dict[str, Any] = {"customer_id": customer_id}
        view |= {attribute.name: profile.attributes.get(attribute.name) for attribute in ATTRIBUTES.values()}
        for low in [name.strip().lower() for name in wanted if name.strip()]:
            require(low in EXTENSIONS, f"There is no extension {low[:60]}.")
            records = profile.extensions.get(low)
            if records:
                view[EXTENSIONS[low].name] = records if EXTENSIONS[low].multi else records[0]
        return view


# ---------------------------------------------------------------- HTTP

Reply = tuple[int, Any, dict[str, str]]  # the content is sent as JSON unless it is None
LOGIN = base64.b64encode("{username}:{password}".format_map(TARGET["credentials"]).encode()).decode()


class Handler(BaseHTTPRequestHandler):
    """One connection."""

    protocol_version = "HTTP/1.1"
    default_request_version = "HTTP/1.0"
    disable_nagle_algorithm = True
    timeout = 60
    store: Store

    def serve(self) -> None:
        """Answer one request; whatever a client sends that makes this fail, it is the client's fault."""
        time.sleep(random.random() * 0.0015)
        try:
            self.body = self.read_body()
            with self.store.lock:
                reply = self.route()
        except Fault as fault:
            self.refuse(fault)
        except (ValueError, RecursionError):
            self.refuse(Fault(400, "The request could not be processed."))
        else:
            self.send(reply)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = serve

    def read_body(self) -> bytes:
        """The body of the request."""
        require("Transfer-Encoding" not in self.headers, "Send a Content-Length.", 411)
        lengths = self.headers.get_all("Content-Length", ["0"])
        valid = len(lengths) == 1 and re.fullmatch("[0-9]{1,15}", lengths[0].strip())
        require(valid, "The length of the body is not valid.")
        require(int(lengths[0]) <= 4 * 1024 * 1024, "The body is too large.", 413)
        return self.rfile.read(int(lengths[0]))

    def route(self) -> Reply:
        """Check who calls, find the operation and run it."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "basic" or token.strip() != LOGIN:
            raise Fault(401, "Sign on, please.", **{"www-authenticate": 'Basic realm="ucs", charset="UTF-8"'})
        center = self.headers.get("contactcenterid") or CENTER
        require(center in (CENTER, BLANK_CENTER), "There is no such contact center.")
        path, method = urlsplit(self.path).path, "GET" if self.command == "HEAD" else self.command
        found = [(re.fullmatch(pattern, path), methods) for pattern, methods in self.OPERATIONS.items()]
        match, methods = next((one for one in found if one[0]), (None, {}))
        if match is None:
            raise Fault(404, "There is no such resource.")
        if method not in methods:
            raise Fault(405, "The method is not allowed.", allow=", ".join(methods))
        if path.startswith("/profiles") and self.store.mode != "production":
            raise Fault(503, "The server is in maintenance mode.", **{"retry-after": "5"})
        require(center != BLANK_CENTER or path == "/server/mode", "No profile schema is defined.", 404)
        if method in ("POST", "PUT"):
            is_json = self.headers.get_content_type() == "application/json"
            in_utf8 = self.headers.get_content_charset("utf-8") in ("utf-8", "utf8")
            require(is_json and in_utf8, "Send application/json in UTF-8.", 415)
        return methods[method](self, *map(unquote, match.groups()))

    def create_profile(self) -> Reply:
        customer_id = self.store.create(parse_json(self.body))
        return 201, {"customer_id": customer_id}, {"location": f"/profiles/{customer_id}"}

    def query_profile(self, customer_id: str) -> Reply:
        wanted = ",".join(parse_qs(urlsplit(self.path).query).get("extensions", [])).split(",")
        return 200, self.store.view(customer_id, wanted), {"etag": self.store.find(customer_id).tag}

    def update_profile(self, customer_id: str) -> Reply:
        """Update Customer Profile; the request names its resource and proves that the profile was retrieved."""
        found = self.store.find(customer_id, missing=400)
        named = unquote(urlsplit(self.headers.get("content-location", "")).path)
        require(named.endswith(f"/profiles/{customer_id}"), "Send Content-Location with the path of the profile.")
        tags = [tag.strip() for tag in self.headers.get("if-match", "").split(",") if tag.strip()]
        require(tags, "Read the profile first and send its ETag in If-Match.", 428)
        require("*" in tags or found.tag in tags, "The profile has changed since it was read.", 412)
        self.store.update(customer_id, parse_json(self.body))
        return 204, None, {}

    def delete_profile(self, customer_id: str) -> Reply:
        self.store.find(customer_id)
        del self.store.profiles[customer_id]
        return 200, {}, {}

    def query_profile_schema(self) -> Reply:
        return 200, [{**asdict(row), "internal": row.name in INTERNAL} for row in ATTRIBUTES.values()], {}

    def query_extension_schemas(self) -> Reply:
        return 200, [extension.schema() for extension in EXTENSIONS.values()], {}

    def set_mode(self) -> Reply:
        body = parse_json(self.body)
        mode = str(body.get("mode")).lower() if isinstance(body, dict) else ""
        require(mode in ("production", "maintenance"), "The mode is production or maintenance.")
        self.store.mode = mode
        return 200, {"server changed": mode}, {}

    OPERATIONS: ClassVar[dict[str, dict[str, Callable[..., Reply]]]] = {
        "/profiles": {"POST": create_profile},
        "/profiles/([^/]+)": {"GET": query_profile, "PUT": update_profile, "DELETE": delete_profile},
        "/metadata/profiles": {"GET": query_profile_schema},
        "/metadata/profiles/extensions": {"GET": query_extension_schemas},
        "/server/mode": {"POST": set_mode},
    }

    def send(self, reply: Reply) -> None:
        """Send an answer, in one chunk if it has a body."""
        status, content, own = reply
        body = b"" if content is None else json.dumps(content, indent=1).encode()
        headers = {"date": self.date_time_string(), "server": "ucs", **own}
        if self.close_connection:
            headers["connection"] = "close"
        if body:
            headers["content-type"] = "application/json"
        if body and self.request_version == "HTTP/1.1":
            headers["transfer-encoding"] = "chunked"
            body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
        elif status != 204:
            headers["content-length"] = str(len(body))
        self.send_response_only(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(b"" if self.command == "HEAD" else body)

    def refuse(self, fault: Fault) -> None:
        """Send an error and end the connection."""
        self.close_connection = True
        self.send((fault.status, {"code": 1000 + fault.status, "description": fault.description}, fault.headers))

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer requests that the base class refuses; it is the client's fault in any case."""
        self.refuse(Fault(code if code < 500 else 400, "The request was refused."))

    def log_message(self, format: str, *args: Any) -> None:
        """Keep silent."""


class Listener(ThreadingHTTPServer):
    """A listening socket."""

    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A broken connection is no event."""


class Server:
    """A running server: the same API over HTTPS and over plain HTTP."""

    def __init__(self, certificate: Path) -> None:
        handler = type("BoundHandler", (Handler,), {"store": Store()})
        self.listeners = [Listener(("127.0.0.1", 0), handler) for _ in range(2)]
        secure, plain = self.listeners
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        secure.socket = context.wrap_socket(secure.socket, server_side=True, do_handshake_on_connect=False)
        self.port: int = secure.server_address[1]
        self.plain_port: int | None = plain.server_address[1]
        for listener in self.listeners:
            threading.Thread(target=listener.serve_forever, args=(0.1,), daemon=True).start()

    def stop(self) -> None:
        """Stop both listeners."""
        for listener in self.listeners:
            listener.shutdown()
            listener.server_close()


def start(certificate: Path) -> Server:
    """Serve HTTPS on a free port of 127.0.0.1 with the PEM file `certificate` (private key and chain in one file)."""
    return Server(certificate)
