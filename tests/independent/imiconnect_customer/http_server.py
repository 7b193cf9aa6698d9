"""Customer profile API (generation v2): update, create, read, delete and status, kept in memory.

Readings taken of the contradictory or silent points of the documents
  I-C01  put-customerprofile: PUT /resources/v2/customerprofile.
  I-C04  example-1001 cannot stand beside I-C08 inline (nothing is ever queued), so the next one: table-1000.
  I-C05  string: every `code` is a JSON string.
  I-C06  flat: code, description, transid, counts and Results at the root, no `response` wrapper.
  I-C07  free: own wording of all descriptions, successes included (a read keeps `Description` "success").
  I-C08  inline: the answer to PUT, POST and DELETE is the final result; its transid can still be asked for.
  I-C09  sync-all: 7011 and 7014 are in the answer itself, record by record.
  I-C10  overall 7014 when the only record of a request is not found, in the answer and in the status.
  I-C11  1002 when every record fails; also for a request of one record that fails otherwise than with 7014.
  I-C12  1000-with-failures: some records failed, FailureCount tells how many and the description says so.
  I-C13  per-record: the good records of a mixed batch are applied.
  I-C14  always-200: every answer that carries a code is HTTP 200.
  I-C15  limit-100.   I-C16  truncate: the first 100 records are processed, each further one gets 7012.
         Meets I-C11, I-C12: such a request has the overall code 7012, with transid, counts and Results.
  I-C18  case-insensitive: Records, customerId, Attributes in any letter case (names of attributes keep theirs).
  I-C19  object: Attributes of another type give 7011; null counts as absent, 7003.
  I-C21  syntax: 7000 is bad JSON only.   I-C22  7003 for a wrong root.   I-C23  one credential.
  I-C24  no key 7002, empty key 7001.   I-C25  only the header `key`; two of them are 7001.
  I-C26  parse-first: 404/405, 415, 7000, then 7002, 7001, 7010, then 7003 and the records.
         An empty body with the right content type is 7000; without a content type it is 415.
  I-C28  per-record; but if no record at all has its mandatory members the whole request is 7003 without transid.
  I-C29  7003 for empty Records.   I-C30  7011 for empty Attributes, nothing is lost.
  I-C31  lenient: no check of formats or types; an object or array is kept as its JSON text and the result says so.
  I-C32  added.   I-C34  replace: names not sent are gone.   I-C35  stored-empty.   I-C36  7011 for null.
  I-C37  coerced: numbers keep the characters sent, true and false become these words.
  I-C38  last-wins, one entry in Results for each record.   I-C39  opaque: 18 hexadecimal digits, "_" and a counter.
  I-C40  own-id: the transid in a status answer is that of the status call.   I-C41  7600; never needed when inline.
  I-C42  404 for an unknown transid, without code (so no contradiction to I-C14).   I-C43  transid.
  I-C44  none: a rejected request has no transid.   I-C45  kept for ever; another tenant's key sees 404.
  I-C46  unordered between parallel requests; a request sent after an answer always comes later.   I-C47  always new.
  I-C50  server-owned: createdOn and updatedOn are set by the server, values sent for them are not used.
  I-C53  415, without code.   I-C54  redirect: 308 to the HTTPS port.   I-C56  v2 path, header `key`, query parameter.
  I-C57  7003 for a read of unknown customers only.   I-C58  7003 for other members (at the root: whole request).
  I-C59  coerced: a number is taken as customerId; every other type and blank text is 7003.
  I-C60  no rate limit.   I-C02, I-C03, I-C17, I-C20, I-C33, I-C48, I-C49, I-C51, I-C52 concern app profiles only.

Free choices
  Order of faults in a record: 7003, 7011, then 7014 or 7015. A faulty record changes nothing.
  Results: failed records first, each group in the order sent; a record without usable id has customerId "".
  An attribute named customerId must equal the record's id, otherwise 7011.
  Delete: an unknown customer is 7014 as the update document says (not 7203), a foreign address 7010 (not 7208).
  Create: an existing customer is 7015, also the second of two equal ids in a batch. Limit and replies as for updates.
  The status call knows update, create and delete. Every answer with a code has the extra member `api`.
  Read: Records ordered by id, each customer once, unknown ones left out; Attributes: customerId, channel flags (JSON
    numbers `sms`, `voice`), then by name; `ID` is a checksum of the name; links always are empty lists.
  JSON: a byte order mark is accepted, repeated members are 7000, lone surrogates are kept, answers are ASCII, indented.
  HTTP: content-length, lower-case header names, charset parameter, date and server; 404, 405, 415 have `error` only.
  A trailing slash is ignored. Content-Encoding is 415. Bodies above 64 MiB are 413. Up to 1.5 ms of extra latency.
"""

from __future__ import annotations

import contextlib
import ipaddress
import json
import random
import re
import secrets
import socket
import socketserver
import ssl
import threading
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from email.message import Message
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedIOBase
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote

Json = dict[str, Any]

TARGET: dict[str, Any] = {
    "credentials": {"key": "cpk-northwind-5f0c27a1", "other_tenant_key": "cpk-fabrikam-93be441d"},
    "data": {"attributes": ["email", "msisdn", "name", "city", "loyaltyTier"]},
    "readings": {},
    "operations": {},
}

LIMIT = 100
MAX_BODY = 64 * 1024 * 1024
SERVER_OWNED = {"createdOn", "updatedOn"}
OK, PARTIAL, BAD_JSON, BAD_KEY, NO_KEY, MISSING = "1000", "1002", "7000", "7001", "7002", "7003"
INTERNAL, BAD_SOURCE, BAD_VALUE, OVER_LIMIT, NOT_FOUND, EXISTS = "7006", "7010", "7011", "7012", "7014", "7015"


class Number(str):
    """A JSON number, kept as the characters that were sent."""


class Refusal(Exception):
    """A request that is rejected as a whole with a response code."""

    def __init__(self, code: str, description: str) -> None:
        super().__init__(description)
        self.code = code
        self.description = description


class HttpFault(Exception):
    """A request that is rejected by an HTTP status, without a response code."""

    def __init__(self, status: int, text: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.headers = headers or {}


class RecordFault(Exception):
    """A record that is not processed."""

    def __init__(self, customer: str, code: str, description: str) -> None:
        super().__init__(description)
        self.outcome = Outcome(customer, code, description)


@dataclass
class Outcome:
    """What became of one record."""

    customer: str
    code: str
    description: str


@dataclass
class Customer:
    """One customer profile."""

    attributes: dict[str, str]
    created: str
    updated: str


@dataclass
class Tenant:
    """A client of the platform with its customers and the results of its requests."""

    sources: list[ipaddress.IPv4Network] = field(default_factory=lambda: [ipaddress.IPv4Network("127.0.0.1/32")])
    customers: dict[str, Customer] = field(default_factory=dict)
    results: dict[str, Json] = field(default_factory=dict)


@dataclass
class Request:
    """A request after its HTTP framing has been read."""

    verb: str
    target: str
    headers: Message
    address: str
    body: bytes

    def split(self) -> tuple[list[str], list[tuple[str, str]]]:
        """Return the decoded path segments and the query parameters."""
        target = re.sub(r"^https?://[^/?]*", "", self.target, flags=re.IGNORECASE).partition("#")[0]
        path, _, query = target.partition("?")
        segments = [unquote(part, errors="replace") for part in path.split("/")[1:]]
        if len(segments) > 1 and not segments[-1]:
            segments.pop()
        return segments, parse_qsl(query, keep_blank_values=True)


def now() -> str:
    """Return the time in the form that the documents use for createdOn."""
    return time.strftime("%Y-%m-%d %H:%M:%S", time.gmtime())


def unique_members(pairs: list[tuple[str, Any]]) -> Json:
    """Build an object from its members; a repeated name is an error."""
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("repeated member")
    return members


def no_constant(word: str) -> Any:
    """Refuse NaN and Infinity, which are not JSON."""
    raise ValueError(f"{word} is not JSON")


def json_text(value: object) -> str:
    """Write a parsed value as compact JSON."""
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join([f"{json.dumps(name)}:{json_text(item)}" for name, item in value.items()]) + "}"
    if isinstance(value, list):
        return "[" + ",".join([json_text(item) for item in value]) + "]"
    return json.dumps(value)


def examine(record: object) -> tuple[str, dict[str, str], str]:
    """Check a record and return its customer id, its attributes as text, and a remark for the result."""
    if not isinstance(record, dict):
        raise RecordFault("", MISSING, "A record must be an object with customerId and Attributes")
    members = {name.lower(): value for name, value in record.items()}
    given = members.get("customerid")
    customer = str(given) if isinstance(given, str) and given.strip() else ""
    if len(members) < len(record) or not members.keys() <= {"customerid", "attributes"}:
        raise RecordFault(customer, MISSING, "A record has customerId and Attributes, once each, and nothing else")
    if not customer:
        raise RecordFault("", MISSING, "Mandatory parameter customerId missing")
    attributes = members.get("attributes")
    if attributes is None:
        raise RecordFault(customer, MISSING, "Mandatory parameter Attributes missing")
    if not isinstance(attributes, dict) or not attributes:
        raise RecordFault(customer, BAD_VALUE, "Attributes must be an object with at least one pair")
    texts: dict[str, str] = {}
    remark = ""
    for name, value in attributes.items():
        if value is None:
            raise RecordFault(customer, BAD_VALUE, f"Attribute {name!a} must not be null")
        if isinstance(value, str):
            texts[name] = str(value)
        elif isinstance(value, bool):
            texts[name] = "true" if value else "false"
        else:
            try:
                texts[name] = json_text(value)
            except RecursionError:
                raise RecordFault(customer, BAD_VALUE, f"Attribute {name!a} is nested too deeply") from None
            remark = f"; structured value of {name!a} kept as JSON text"
        if name.lower() == "customerid" and texts.pop(name) != customer:
            raise RecordFault(customer, BAD_VALUE, "Attribute customerId differs from the id of the record")
    return customer, {name: text for name, text in texts.items() if name not in SERVER_OWNED}, remark


def overall(outcomes: list[Outcome]) -> tuple[str, str]:
    """Return the code and the description of a whole request."""
    codes = [outcome.code for outcome in outcomes]
    failures = len(codes) - codes.count(OK)
    if OVER_LIMIT in codes:
        return OVER_LIMIT, f"Only the first {LIMIT} records of the batch were taken"
    if not failures:
        return OK, "Completed"
    if codes == [NOT_FOUND]:
        return NOT_FOUND, outcomes[0].description
    if failures == len(codes):
        return PARTIAL, "Completed, no record was applied"
    return OK, f"Completed, {failures} of {len(codes)} records were not applied"


class Api:
    """The operations, on the state of all tenants."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._numbers = count(1)
        self._tenants = {key: Tenant() for key in TARGET["credentials"].values()}

    def handle(self, request: Request) -> tuple[int, Json, dict[str, str]]:
        """Answer a request with an HTTP status, a JSON document and further headers."""
        try:
            segments, query = request.split()
            operation = self._find(request.verb, segments)
            document = self._parse(request) if request.verb in ("PUT", "POST") else None
            with self._lock:
                tenant = self._authenticate(request)
                answer = operation(tenant, document, segments, query)
            return 200, answer | {"api": "customerprofile/v2"}, {}
        except Refusal as raised:
            refusal = raised
        except HttpFault as fault:
            return fault.status, {"error": fault.text}, fault.headers
        except Exception:  # an answer is owed to every request
            refusal = Refusal(INTERNAL, "Unexpected condition, please try again")
        return 200, {"description": refusal.description, "code": refusal.code, "api": "customerprofile/v2"}, {}

    def _find(self, verb: str, segments: list[str]) -> Callable[..., Json]:
        operations: dict[str, Callable[..., Json]] = {}
        match segments:
            case ["resources", "v2", "customerprofile"]:
                operations = {"PUT": self._update, "POST": self._create, "GET": self._read, "DELETE": self._delete}
            case ["resources", "v2", "customerprofile", _]:
                operations = {"GET": self._read, "DELETE": self._delete}
            case ["resources", "v2", "profile", "status", _]:
                operations = {"GET": self._status}
            case _:
                raise HttpFault(404, "no such resource")
        if verb not in operations:
            raise HttpFault(405, "method not allowed here", {"allow": ", ".join(operations)})
        return operations[verb]

    def _parse(self, request: Request) -> object:
        kind = (request.headers.get("content-type") or "").partition(";")[0].strip().lower()
        coding = (request.headers.get("content-encoding") or "identity").strip().lower()
        if kind != "application/json" or coding != "identity":
            raise HttpFault(415, "send application/json without content coding", {"accept": "application/json"})
        try:
            return json.loads(
                request.body.decode("utf-8-sig"),
                object_pairs_hook=unique_members,
                parse_int=Number,
                parse_float=Number,
                parse_constant=no_constant,
            )
        except (ValueError, RecursionError):
            raise Refusal(BAD_JSON, "The body is no well-formed JSON text") from None

    def _authenticate(self, request: Request) -> Tenant:
        keys = request.headers.get_all("key") or []
        if not keys:
            raise Refusal(NO_KEY, "Header key is missing")
        tenant = self._tenants.get(keys[0].strip()) if len(keys) == 1 else None
        if tenant is None:
            raise Refusal(BAD_KEY, "Header key holds no valid client profile key")
        source = ipaddress.IPv4Address(request.address)
        if not any(source in network for network in tenant.sources):
            raise Refusal(BAD_SOURCE, "The address of the sender is not on the allow-list")
        return tenant

    def _transid(self) -> str:
        return f"{secrets.token_hex(9)}_{next(self._numbers)}"

    def _report(self, tenant: Tenant, outcomes: list[Outcome]) -> Json:
        code, description = overall(outcomes)
        succeeded = sum(outcome.code == OK for outcome in outcomes)
        report: Json = {
            "TotalCount": len(outcomes),
            "SuccessCount": succeeded,
            "FailureCount": len(outcomes) - succeeded,
            "description": description,
            "code": code,
            "Results": [
                {"code": outcome.code, "customerId": outcome.customer, "description": outcome.description}
                for outcome in sorted(outcomes, key=lambda outcome: outcome.code == OK)
            ],
        }
        transid = self._transid()
        tenant.results[transid] = report
        return report | {"transid": transid}

    def _batch(self, tenant: Tenant, document: object, change: Callable[..., Outcome]) -> Json:
        members = {name.lower(): value for name, value in document.items()} if isinstance(document, dict) else {}
        records = members.get("records")
        if not isinstance(document, dict) or len(document) != 1 or not isinstance(records, list) or not records:
            raise Refusal(MISSING, "The body must be an object with Records, a filled array, and nothing else")
        outcomes: list[Outcome] = []
        for number, record in enumerate(records):
            try:
                customer, attributes, remark = examine(record)
                outcome = change(tenant, customer, attributes, remark) if number < LIMIT else Outcome(customer, "", "")
            except RecordFault as fault:
                outcome = fault.outcome
            if number >= LIMIT:
                outcome = Outcome(outcome.customer, OVER_LIMIT, f"Beyond the limit of {LIMIT} records")
            outcomes.append(outcome)
        if all(outcome.code == MISSING for outcome in outcomes):
            raise Refusal(MISSING, outcomes[0].description)
        return self._report(tenant, outcomes)

    def _update(self, tenant: Tenant, document: object, *_: object) -> Json:
        def change(tenant: Tenant, customer: str, attributes: dict[str, str], remark: str) -> Outcome:
            profile = tenant.customers.get(customer)
            if profile is None:
                raise RecordFault(customer, NOT_FOUND, "No customer has this id")
            profile.attributes, profile.updated = attributes, now()
            return Outcome(customer, OK, "Profile updated" + remark)

        return self._batch(tenant, document, change)

    def _create(self, tenant: Tenant, document: object, *_: object) -> Json:
        def change(tenant: Tenant, customer: str, attributes: dict[str, str], remark: str) -> Outcome:
            if customer in tenant.customers:
                raise RecordFault(customer, EXISTS, "A customer with this id exists")
            tenant.customers[customer] = Customer(attributes, now(), now())
            return Outcome(customer, OK, "Profile created" + remark)

        return self._batch(tenant, document, change)

    def _ids(self, segments: list[str], query: list[tuple[str, str]]) -> list[str]:
        given = segments[3:] or [value for name, value in query if name.lower() == "customerid"]
        ids = [value for value in given if value.strip()]
        if not ids:
            raise Refusal(MISSING, "Mandatory parameter customerId missing")
        return ids

    def _delete(self, tenant: Tenant, _: object, segments: list[str], query: list[tuple[str, str]]) -> Json:
        outcomes: list[Outcome] = []
        for number, customer in enumerate(self._ids(segments, query)):
            if number >= LIMIT:
                outcomes.append(Outcome(customer, OVER_LIMIT, f"Beyond the limit of {LIMIT} customers"))
            elif tenant.customers.pop(customer, None) is None:
                outcomes.append(Outcome(customer, NOT_FOUND, "No customer has this id"))
            else:
                outcomes.append(Outcome(customer, OK, "Profile deleted"))
        return self._report(tenant, outcomes)

    def _read(self, tenant: Tenant, _: object, segments: list[str], query: list[tuple[str, str]]) -> Json:
        ids = sorted(set(self._ids(segments, query)) & tenant.customers.keys())
        if not ids:
            raise Refusal(MISSING, "The parameter customerId names no customer")
        records = [self._record(customer, tenant.customers[customer]) for customer in ids]
        return {"code": OK, "Status": 0, "Description": "success", "Records": records, "transid": self._transid()}

    def _record(self, customer: str, profile: Customer) -> Json:
        reachable = int(bool(profile.attributes.get("msisdn")))
        owned = {"createdOn": profile.created, "updatedOn": profile.updated}
        first: Json = {"customerId": customer, "sms": reachable, "voice": reachable}
        values = first | dict(sorted((profile.attributes | owned).items()))
        return {
            "Attributes": [
                {"ID": zlib.crc32(name.encode("utf-8", "surrogatepass")), "Name": name, "Value": value}
                for name, value in values.items()
            ],
            "InwardLinks": [],
            "OutwardLinks": [],
        }

    def _status(self, tenant: Tenant, _: object, segments: list[str], query: object) -> Json:
        report = tenant.results.get(segments[4])
        if report is None:
            raise HttpFault(404, "no such transaction")
        return {"transid": self._transid()} | report


def read_line(stream: BufferedIOBase) -> bytes:
    """Read one line of the chunked framing."""
    line = stream.readline(8192)
    if not line.endswith(b"\n"):
        raise HttpFault(400, "faulty chunk")
    return line.strip()


def read_body(stream: BufferedIOBase, headers: Message) -> bytes:
    """Read the body of a request, whether it is counted or chunked."""
    lengths = {value.strip() for value in headers.get_all("content-length") or []}
    coding = headers.get("transfer-encoding")
    if coding is None:
        text = lengths.pop() if lengths else "0"
        if lengths or not re.fullmatch(r"[0-9]{1,18}", text):
            raise HttpFault(400, "faulty content-length")
        size = int(text)
        if size > MAX_BODY:
            raise HttpFault(413, "body too large")
        body = stream.read(size)
        if len(body) < size:
            raise HttpFault(400, "incomplete body")
        return body
    if coding.strip().lower() != "chunked" or lengths:
        raise HttpFault(400, "faulty transfer-encoding")
    chunks: list[bytes] = []
    total = 0
    while True:
        head = read_line(stream).partition(b";")[0].strip()
        if not re.fullmatch(rb"[0-9A-Fa-f]{1,15}", head):
            raise HttpFault(400, "faulty chunk")
        size = int(head, 16)
        total += size
        if total > MAX_BODY:
            raise HttpFault(413, "body too large")
        if not size:
            break
        chunks.append(stream.read(size))
        if len(chunks[-1]) < size or read_line(stream):
            raise HttpFault(400, "faulty chunk")
    while read_line(stream):
        pass
    return b"".join(chunks)


class Handler(BaseHTTPRequestHandler):
    """Reads requests and writes answers; on the plain port it only redirects."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 60
    server: Listener
    verb = ""

    def parse_request(self) -> bool:
        """Parse the request line and the headers; all methods lead to do_ANY."""
        parsed = super().parse_request()
        self.verb, self.command = self.command or "", "ANY"
        return parsed

    def do_ANY(self) -> None:  # noqa: N802
        """Answer a request of any method."""
        if self.request_version != "HTTP/1.1":
            self.close_connection = True
        try:
            body = read_body(self.rfile, self.headers)
        except HttpFault as fault:
            self.close_connection = True
            self.answer(fault.status, {"error": fault.text}, {})
            return
        if self.server.secure_port is not None:
            path = re.sub(r"^http://[^/?]*", "", self.path, flags=re.IGNORECASE)
            location = f"https://127.0.0.1:{self.server.secure_port}/{path.lstrip('/')}"
            self.answer(308, {"error": "only HTTPS is served"}, {"location": location})
            return
        request = Request(self.verb, self.path, self.headers, str(self.client_address[0]), body)
        status, document, headers = self.server.api.handle(request)
        time.sleep(random.uniform(0, 0.0015))
        self.answer(status, document, headers)

    def answer(self, status: int, document: Json, headers: dict[str, str]) -> None:
        """Send head and body in one write."""
        body = json.dumps(document, indent=1).encode("ascii")
        fields = {
            "date": self.date_time_string(),
            "server": "profile-gateway",
            "content-type": "application/json; charset=utf-8",
            "content-length": str(len(body)),
            "cache-control": "no-store",
        } | headers
        if self.close_connection:
            fields["connection"] = "close"
        start_line = f"HTTP/1.1 {status} {HTTPStatus(status).phrase}\r\n"
        lines = "".join([f"{name}: {text}\r\n" for name, text in fields.items()])
        head = f"{start_line}{lines}\r\n".encode("latin-1", "replace")
        self.wfile.write(head if self.verb == "HEAD" else head + body)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer a request that the base class could not parse."""
        self.close_connection = True
        self.answer(code if code < 500 else 400, {"error": "malformed request"}, {})

    def log_message(self, format: str, *args: Any) -> None:
        """Write no log."""


class Listener(ThreadingHTTPServer):
    """One listening port with a thread for each connection."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, api: Api, context: ssl.SSLContext | None, secure_port: int | None) -> None:
        self.api = api
        self.secure_port = secure_port
        self._context = context
        self._guard = threading.Lock()
        self._open: dict[socket.socket, threading.Thread] = {}
        super().__init__(("127.0.0.1", 0), Handler)
        self._loop = threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True)
        self._loop.start()

    def server_bind(self) -> None:
        """Bind without looking up the name of the host."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "localhost", int(self.server_address[1])

    def get_request(self) -> tuple[socket.socket, Any]:
        """Accept a connection; the TLS handshake is left to its thread."""
        connection, address = super().get_request()
        if self._context is not None:
            connection = self._context.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        return connection, address

    def process_request(self, request: Any, client_address: Any) -> None:
        """Serve a connection in a thread of its own."""
        thread = threading.Thread(target=self.process_request_thread, args=(request, client_address), daemon=True)
        with self._guard:
            self._open[request] = thread
        thread.start()

    def shutdown_request(self, request: Any) -> None:
        """Close a connection."""
        with self._guard:
            self._open.pop(request, None)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore broken connections and failed handshakes."""

    def stop(self) -> None:
        """Close the port and all connections and wait for their threads."""
        self.shutdown()
        self._loop.join(1)
        self.server_close()
        with self._guard:
            connections = dict(self._open)
        for connection in connections:
            with contextlib.suppress(OSError):
                socket.socket.shutdown(connection, socket.SHUT_RDWR)
        deadline = time.monotonic() + 0.8
        for thread in connections.values():
            thread.join(max(0.0, deadline - time.monotonic()))


class Server:
    """A running server: HTTPS, and a plain port that redirects to it."""

    def __init__(self, certificate: Path) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(certificate)
        api = Api()
        self._secure: Listener | None = Listener(api, context, None)
        self.port: int = self._secure.server_port
        self._plain: Listener | None = Listener(api, None, self.port)
        self.plain_port: int | None = self._plain.server_port

    def stop(self) -> None:
        """Stop serving; a second call does nothing."""
        listeners, self._secure, self._plain = (self._secure, self._plain), None, None
        for listener in listeners:
            if listener is not None:
                listener.stop()


def start(certificate: Path) -> Server:
    """Serve HTTPS on a free port of 127.0.0.1 with the PEM file `certificate` (private key and chain in one file)."""
    return Server(certificate)
