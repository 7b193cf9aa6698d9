"""A small in-memory Universal Contact Server: customer profiles over HTTPS (Starlette on uvicorn).

Readings of the contradictions
    G-C01 required: a body without customer_id is 400.  G-C02 reject-4xx: another id than that of the URI is 409.
    G-C03 414 for an id longer than 16 characters, with every method.
    G-C04 404 for an unknown id, nothing is created.
    G-C05 reject-400: every attribute that the customer has must be in the body (what was read can be sent back).
    G-C06 absent: an attribute without a value (cleared by an explicit null) is not in the read-back.
    G-C07 400 for an empty object, and for a body with nothing but customer_id or unknown members.
    G-C08 400, even for a customer without attributes (attributes-cleared cannot stand beside G-C05 reject-400).
    G-C09 per-extension: stored extensions that are not sent are kept.
    G-C10 replace-array: the records of a sent multi-valued extension replace the old ones.
    G-C11 kept: attributes left out of a single-valued record keep their value; null clears to the default; without a
        stored value the default counts, and a mandatory one is 400.
    G-C12 ignored: [], {} and null as extension value change nothing.
    G-C13 extension: EmailAddress is a multi-valued extension with one attribute.
    G-C14 array-ok, first value primary, for every attribute.  G-C15 array: they are always read back as arrays.
    G-C16 order-kept, with duplicates.  G-C17 reject-400: a date attribute takes the full form only.  G-C18 typo.
    G-C19 400 for offsets, missing milliseconds and every other form.
    G-C20 ignored: unknown members are passed over.  G-C21 ignored: those of records, too.  G-C22 400.
    G-C23 any: the body of 200 is the stored profile with all of its extensions.  G-C24 200.
    G-C25 ignored: Content-Location is neither needed nor returned.
    G-C26 400 for a Content-Type other than application/json in UTF-8; without Content-Type JSON is assumed.
    G-C27 400.  G-C28 not-enforced.
    G-C29 conflict-409: an update of a customer of whom another update is in progress is refused.
    G-C30 atomic.  G-C31 not-applicable: there is no server mode to set; the status always shows production.
    G-C32 404: every profile operation in a contact center without profile schema.
    G-C33 https-only: no plain port.  G-C34 the base path is empty.  G-C35 message+exception.
    G-C36 exact for attributes; names of extensions are case-insensitive (in queries and paths, too), read as defined.
    G-C37 protected: LastCalledAgent_EmployeeID can be given on creation; an update neither needs nor changes it.
    G-C38 400: two records of one extension with the same unique attributes.
    G-C39 coerced: an array of one record for the single-valued kind, an object for the multi-valued kind; an array of
        several records for the single-valued kind is 400.
    G-C40 both (single-only cannot stand beside G-C10 and G-C13; next taken).
    G-C41 idempotent.  G-C42 exact-match after percent-decoding.

Free choices
    - Order of judgement: credentials, contact center, length of the id, media type and JSON, 404, conflict, body.
    - JSON: repeated member names (letter case of extension names aside), a byte order mark, NaN, lone surrogates in
      values and texts that are no UTF-8 are 400.
    - An attribute is a text or a non-empty array of texts; [] is 400, null clears it, also on all attributes at once.
    - EmailAddress records may be bare texts inside the array, as in the printed example; they are read back as sent.
    - Over-long texts in records are 400.  Dates in records have the form of the attributes (type datetime).  integer
      has 32 bits, long 64; a double may be written as an integer.
    - Record attributes without value are absent; defaults are stored.
    - Reads: unknown and unset extensions are left out; several `extensions` parameters add up.
    - Creation needs an attribute and ignores customer_id; ids are "CX" and 11 letters or digits; Location is relative.
    - Deletion answers 200 without body.  insertRecords replaces records wholly (nothing is kept), answers 200 with {},
      and 400 when no known extension is sent.
    - The contact center header is optional; an unknown one is 400; GroupId is ignored.
    - Credentials are demanded on every known path; unknown paths are 404 and unknown methods 405 even without them.
    - Header names in title case, Content-Length; JSON indented by one blank, UTF-8; updates take about 1 ms.
"""

from __future__ import annotations

import asyncio
import base64
import json
import math
import re
import secrets
import socket
import threading
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

USERNAME, PASSWORD = "cs-integrator", "Wren:house-42"
CONTACT_CENTER, SCHEMALESS_CENTER = "7c1e4b9a-52d0", "0f3a77d2-11ee"
ID_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"

ATTRIBUTES = {
    "FirstName": "string",
    "LastName": "string",
    "Title": "string",
    "PhoneNumber": "string",
    "DOB": "date",
    "MemberSince": "date",
    "LastCalledAgent_EmployeeID": "string",
}
INTERNAL = {"LastCalledAgent_EmployeeID"}


Schema = dict[str, Any]


def member(name: str, kind: str, length: int | None = None, default: Any = None, mandatory: bool = False) -> Schema:
    """The definition of an attribute of an extension."""
    return {"name": name, "type": kind, "length": length, "default": default, "mandatory": mandatory}


def extension_of(name: str, unique: list[str], *members: Schema) -> Schema:
    """The definition of an extension; it is multi-valued if there are unique attributes."""
    kind = "multi-valued" if unique else "single-valued"
    return {"name": name, "type": kind, "required": False, "unique": unique, "attributes": list(members)}


EXTENSIONS = {
    "address": extension_of(
        "Address",
        [],
        member("Type", "integer", default=0),
        member("Address", "string", 256, mandatory=True),
        member("City", "string", 32),
        member("County", "string", 32),
        member("PostCode", "string", 10),
        member("Country", "string", 32),
    ),
    "device": extension_of(
        "Device",
        ["Kind", "Serial"],
        member("Kind", "string", 16, mandatory=True),
        member("Serial", "string", 40, mandatory=True),
        member("Active", "boolean", default=True),
        member("Visits", "long"),
        member("Score", "double"),
        member("Since", "datetime"),
    ),
    "emailaddress": extension_of(
        "EmailAddress", ["EmailAddress"], member("EmailAddress", "string", 256, mandatory=True)
    ),
}
NOT_OFFERED = "profileSchema updateRecord deleteRecord createExtensionSchema deleteExtensionSchema setMode"
TARGET: dict[str, Any] = {
    "credentials": {"username": USERNAME, "password": PASSWORD},
    "data": {
        "contact_center_id": CONTACT_CENTER,
        "schemaless_contact_center_id": SCHEMALESS_CENTER,
        "mode_switchable": False,
        "attributes": [
            {"name": name, "type": kind, "multi_valued": True, "internal": name in INTERNAL}
            for name, kind in ATTRIBUTES.items()
        ],
    },
    "readings": {},
    "operations": dict.fromkeys(NOT_OFFERED.split(), False),
}


class Refusal(Exception):
    """An answer with an error: HTTP status, text, name of the exception."""

    def __init__(self, status: int, message: str, exception: str) -> None:
        super().__init__(message)
        self.status, self.message, self.exception = status, message, exception


def bad(message: str) -> Refusal:
    """The refusal of a body."""
    return Refusal(400, message, "InvalidRepresentationException")


# --- Values ---------------------------------------------------------------------------------------------------------

SURROGATE = re.compile("[\ud800-\udfff]")
DATETIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z")
BITS = {"integer": 31, "long": 63}
Record = dict[str, Any] | str


def text_value(value: Any, name: str) -> str:
    """A text without lone surrogates."""
    if not isinstance(value, str) or SURROGATE.search(value):
        raise bad(f"{name} must be a text.")
    return value


def date_value(value: Any, name: str) -> str:
    """A date and time in the one form that is documented."""
    text = text_value(value, name)
    try:
        if not DATETIME.fullmatch(text):
            raise ValueError
        datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ")
    except ValueError as error:
        raise bad(f"{name} must have the form YYYY-MM-DDTHH:mm:ss.SSSZ.") from error
    return text


def attribute_value(name: str, value: Any) -> list[str]:
    """The values of an attribute, primary value first."""
    values = value if isinstance(value, list) else [value]
    if not values:
        raise bad(f"{name} must have at least one value; null clears it.")
    read = date_value if ATTRIBUTES[name] == "date" else text_value
    return [read(item, name) for item in values]


def member_value(attribute: Schema, value: Any) -> Any:
    """The value of one attribute of a record."""
    name, kind, length = attribute["name"], attribute["type"], attribute["length"]
    if kind == "string":
        if len(text_value(value, name)) > length:
            raise bad(f"{name} is limited to {length} characters.")
    elif kind == "datetime":
        date_value(value, name)
    elif kind == "boolean":
        if not isinstance(value, bool):
            raise bad(f"{name} must be true or false.")
    elif kind in BITS:
        if type(value) is not int or not -(2 ** BITS[kind]) <= value < 2 ** BITS[kind]:
            raise bad(f"{name} must be an integer of {BITS[kind] + 1} bits.")
    elif type(value) not in (int, float) or abs(value) > 1e308 or not math.isfinite(value):
        raise bad(f"{name} must be a number.")
    return value


def record_value(extension: Schema, sent: Any, stored: dict[str, Any]) -> dict[str, Any]:
    """A record in the form in which it is stored; `stored` holds the values that are kept."""
    if not isinstance(sent, dict):
        raise bad(f"A record of {extension['name']} must be an object.")
    record: dict[str, Any] = {}
    for attribute in extension["attributes"]:
        name = attribute["name"]
        value = sent.get(name, stored.get(name))
        if value is None:
            value = attribute["default"]
        if value is not None:
            record[name] = member_value(attribute, value)
        elif attribute["mandatory"]:
            raise bad(f"{extension['name']} must have {name}.")
    return record


def records_value(extension: Schema, sent: list[Any]) -> list[Record]:
    """The records of a multi-valued extension; a bare text may stand for a record of one attribute."""
    names = [attribute["name"] for attribute in extension["attributes"]]
    records: list[Record] = []
    seen: set[tuple[Any, ...]] = set()
    for item in sent:
        is_bare = len(names) == 1 and isinstance(item, str)
        record = record_value(extension, {names[0]: item} if is_bare else item, {})
        key = tuple(record[name] for name in extension["unique"])
        if key in seen:
            raise bad(f"Two records of {extension['name']} have the same {', '.join(extension['unique'])}.")
        seen.add(key)
        records.append(item if is_bare else record)
    return records


def extension_value(extension: Schema, sent: Any, stored: Any) -> Any:
    """The new value of an extension; the stored one when an empty value is sent."""
    is_multiple = bool(extension["unique"])
    if not is_multiple and isinstance(sent, list) and len(sent) == 1:
        sent = sent[0]
    if sent is None or sent in ([], {}):
        return stored
    if not is_multiple:
        return record_value(extension, sent, stored or {})
    if not isinstance(sent, dict | list):
        raise bad(f"The records of {extension['name']} must be objects.")
    return records_value(extension, sent if isinstance(sent, list) else [sent])


# --- The profiles ---------------------------------------------------------------------------------------------------


@dataclass
class Profile:
    """A customer: values of the attributes and of the extensions."""

    attributes: dict[str, list[str]]
    extensions: dict[str, Any]


def extensions_of(body: dict[str, Any], stored: dict[str, Any]) -> dict[str, Any]:
    """The new values of the extensions in a body, under the names of the schema; `stored` are the old ones."""
    result: dict[str, Any] = {}
    for name, value in body.items():
        extension = EXTENSIONS.get(name.lower())
        if extension is None:
            continue
        if extension["name"] in result:
            raise bad(f"The extension {extension['name']} is sent twice.")
        result[extension["name"]] = extension_value(extension, value, stored.get(extension["name"]))
    return result


def with_values(members: dict[str, Any]) -> dict[str, Any]:
    """The members that are not null."""
    return {name: value for name, value in members.items() if value is not None}


class Store:
    """All customers of the contact center; the one thread of the event loop uses it."""

    def __init__(self) -> None:
        self.profiles: dict[str, Profile] = {}
        self.busy: set[str] = set()
        self.started = datetime.now(UTC)

    def get(self, customer_id: str) -> Profile:
        """A known customer."""
        if customer_id not in self.profiles:
            raise Refusal(404, "There is no customer with this id.", "CustomerNotFoundException")
        return self.profiles[customer_id]

    def create(self, body: dict[str, Any]) -> str:
        """Create a customer and give the id."""
        sent = with_values({name: value for name, value in body.items() if name in ATTRIBUTES})
        if not sent:
            raise bad("A profile has at least one attribute.")
        attributes = {name: attribute_value(name, value) for name, value in sent.items()}
        customer_id = "CX" + "".join(secrets.choice(ID_LETTERS) for _ in range(11))
        self.profiles[customer_id] = Profile(attributes, with_values(extensions_of(body, {})))
        return customer_id

    def update(self, customer_id: str, body: dict[str, Any]) -> Profile:
        """Replace the attributes of a customer, and the extensions that are sent."""
        old = self.get(customer_id)
        if "customer_id" not in body:
            raise bad("customer_id is missing.")
        if text_value(body["customer_id"], "customer_id") != customer_id:
            raise Refusal(409, "customer_id is not the id of the resource.", "CustomerIdMismatchException")
        sent = {name: value for name, value in body.items() if name in ATTRIBUTES and name not in INTERNAL}
        if not sent:
            raise bad("The attributes of the profile are missing.")
        missing = sorted(old.attributes.keys() - sent.keys() - INTERNAL)
        if missing:
            raise bad(f"The representation is not complete, these attributes are missing: {', '.join(missing)}.")
        attributes = {name: value for name, value in old.attributes.items() if name in INTERNAL}
        attributes |= {name: attribute_value(name, value) for name, value in with_values(sent).items()}
        extensions = old.extensions | extensions_of(body, old.extensions)
        self.profiles[customer_id] = Profile(attributes, with_values(extensions))
        return self.profiles[customer_id]

    def insert(self, customer_id: str, body: dict[str, Any]) -> None:
        """Replace the records of the extensions that are sent."""
        old, extensions = self.get(customer_id), extensions_of(body, {})
        if not extensions:
            raise bad("No known extension is sent.")
        self.profiles[customer_id] = Profile(old.attributes, old.extensions | with_values(extensions))


def show(customer_id: str, profile: Profile, extensions: set[str]) -> dict[str, Any]:
    """The representation of a customer; `extensions` are names in lower case."""
    chosen = {name: value for name, value in profile.extensions.items() if name.lower() in extensions}
    return {**profile.attributes, **chosen, "customer_id": customer_id}


# --- HTTP -----------------------------------------------------------------------------------------------------------


def answer(status: int, content: Any = None, headers: dict[str, str] | None = None) -> Response:
    """A JSON answer, or one without body when there is no content."""
    body = b"" if content is None else json.dumps(content, indent=1, ensure_ascii=False).encode()
    response = Response(body, status)
    lines = {"Content-Length": str(len(body)), "Server": "UCS/8.5.3", **(headers or {})}
    if content is not None:
        lines["Content-Type"] = "application/json;charset=UTF-8"
    response.raw_headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in lines.items()]
    return response


def refuse(refusal: Refusal, headers: dict[str, str] | None = None) -> Response:
    """The answer to a refused request."""
    return answer(refusal.status, {"message": refusal.message, "exception": refusal.exception}, headers)


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    result = dict(pairs)
    if len(result) != len(pairs):
        raise ValueError("repeated member")
    return result


def _constant(name: str) -> Any:
    raise ValueError(name)


async def read_body(request: Request) -> dict[str, Any]:
    """The JSON object of a request."""
    body = await request.body()
    content_type = request.headers.get("content-type")
    if content_type is not None:
        name, *parameters = (part.strip().lower() for part in content_type.split(";"))
        charsets = [part.split("=", 1)[1].strip('" ') for part in parameters if part.startswith("charset=")]
        if name != "application/json" or any(charset not in ("utf-8", "utf8") for charset in charsets):
            raise Refusal(400, "The Content-Type must be application/json.", "UnsupportedRepresentationException")
    try:
        value = json.loads(body.decode("utf-8"), object_pairs_hook=_members, parse_constant=_constant)
    except (ValueError, RecursionError) as error:
        raise bad("The body is not well-formed JSON.") from error
    if not isinstance(value, dict):
        raise bad("The body must be a JSON object.")
    return value


Endpoint = Callable[[Store, Request], Awaitable[Response]]


def admit(request: Request) -> None:
    """Check the credentials, the contact center and the length of the id."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    expected = base64.b64encode(f"{USERNAME}:{PASSWORD}".encode()).decode()
    if scheme.lower() != "basic" or token.strip() != expected:
        raise Refusal(401, "Credentials are missing or wrong.", "AuthenticationException")
    center = request.headers.get("ContactCenterId", CONTACT_CENTER)
    if center not in (CONTACT_CENTER, SCHEMALESS_CENTER):
        raise Refusal(400, "Wrong ContactCenterId.", "InvalidContactCenterException")
    if center == SCHEMALESS_CENTER and request.url.path.startswith("/profiles"):
        raise Refusal(404, "No profile schema is defined.", "ProfileSchemaNotFoundException")
    if len(request.path_params.get("customer_id", "")) > 16:
        raise Refusal(414, "The id is limited to 16 characters.", "CustomerIdTooLongException")


def guarded(store: Store, methods: dict[str, Endpoint]) -> Callable[[Request], Awaitable[Response]]:
    """The methods of one path behind the checks."""

    async def run(request: Request) -> Response:
        try:
            admit(request)
            return await methods["GET" if request.method == "HEAD" else request.method](store, request)
        except Refusal as refusal:
            is_login = refusal.status == 401
            return refuse(refusal, {"WWW-Authenticate": 'Basic realm="context-services"'} if is_login else None)

    return run


async def _create(store: Store, request: Request) -> Response:
    customer_id = store.create(await read_body(request))
    return answer(201, {"customer_id": customer_id}, {"Location": f"/profiles/{customer_id}"})


async def _read(store: Store, request: Request) -> Response:
    customer_id = request.path_params["customer_id"]
    named = ",".join(request.query_params.getlist("extensions")).lower().split(",")
    return answer(200, show(customer_id, store.get(customer_id), {name.strip() for name in named}))


async def _update(store: Store, request: Request) -> Response:
    customer_id = request.path_params["customer_id"]
    body = await read_body(request)
    store.get(customer_id)
    if customer_id in store.busy:
        raise Refusal(409, "Another update of this customer is in progress.", "ConcurrentUpdateException")
    store.busy.add(customer_id)
    try:
        await asyncio.sleep(0.001)
        return answer(200, show(customer_id, store.update(customer_id, body), set(EXTENSIONS)))
    finally:
        store.busy.discard(customer_id)


async def _delete(store: Store, request: Request) -> Response:
    store.get(request.path_params["customer_id"])
    del store.profiles[request.path_params["customer_id"]]
    return answer(200)


async def _insert(store: Store, request: Request) -> Response:
    store.insert(request.path_params["customer_id"], await read_body(request))
    return answer(200, {})


async def _schemas(store: Store, request: Request) -> Response:
    return answer(200, list(EXTENSIONS.values()))


async def _schema(store: Store, request: Request) -> Response:
    extension = EXTENSIONS.get(request.path_params["name"].lower())
    if extension is None:
        raise Refusal(404, "There is no extension with this name.", "ExtensionNotFoundException")
    return answer(200, [extension])


async def _status(store: Store, request: Request) -> Response:
    times = {"system_time": datetime.now(UTC), "started": store.started, "last_request": datetime.now(UTC)}
    shown = {name: moment.isoformat(timespec="milliseconds").replace("+00:00", "Z") for name, moment in times.items()}
    return answer(200, {"mode": "production", "version": "8.5.300.12", **shown, "profiles": len(store.profiles)})


async def _http_error(request: Request, error: Exception) -> Response:
    status, headers = 404, None
    if isinstance(error, HTTPException):
        status, headers = error.status_code, dict(error.headers or {})
    return refuse(Refusal(status, "There is no such operation.", "UnknownOperationException"), headers)


class Server:
    """A running server."""

    def __init__(self, certificate: Path) -> None:
        store = Store()
        table: dict[str, dict[str, Endpoint]] = {
            "/profiles": {"POST": _create},
            "/profiles/{customer_id}": {"GET": _read, "PUT": _update, "DELETE": _delete},
            "/profiles/{customer_id}/extensions": {"POST": _insert},
            "/metadata/profiles/extensions": {"GET": _schemas},
            "/metadata/profiles/extensions/{name}": {"GET": _schema},
            "/server/status": {"GET": _status},
        }
        routes = [Route(path, guarded(store, methods), methods=list(methods)) for path, methods in table.items()]
        app = Starlette(routes=routes, exception_handlers={HTTPException: _http_error})
        app.router.redirect_slashes = False
        # The explicit protocol makes asyncio set TCP_NODELAY on the accepted sockets.
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.bind(("127.0.0.1", 0))
        self.port: int = self._socket.getsockname()[1]
        self.plain_port: int | None = None
        config = uvicorn.Config(
            app,
            http="h11",
            loop="asyncio",
            lifespan="off",
            log_config=None,
            log_level="critical",
            server_header=False,
            timeout_keep_alive=60,
            timeout_graceful_shutdown=1,
            ssl_certfile=str(certificate),
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), daemon=True)
        self._thread.start()
        while not self._server.started and self._thread.is_alive():
            time.sleep(0.005)

    def stop(self) -> None:
        """Stop the thread and close the socket."""
        self._server.should_exit = True
        self._thread.join(3.0)
        self._socket.close()


def start(certificate: Path) -> Server:
    """Serve HTTPS on a free port of 127.0.0.1 with the PEM file `certificate` (private key and chain in one file)."""
    return Server(certificate)
