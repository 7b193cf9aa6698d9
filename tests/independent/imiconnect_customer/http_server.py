"""Customer profile API (generation v2): update, create, read, delete and status, kept in memory.

Readings taken of the contradictory or silent points of the documents
  I-C01  put-customerprofile: PUT /resources/v2/customerprofile.
  I-C04  example-1001 cannot stand beside I-C08 inline (nothing is ever queued), so the next one: table-1000.
  I-C05  string.   I-C06  flat: code, description, transid, counts and Results at the root, no `response` wrapper.
  I-C07  free: own wording of all descriptions, successes included (a read keeps `Description` "success").
  I-C08  inline: the answer to PUT, POST and DELETE is the final result; its transid can still be asked for.
  I-C09  sync-all: 7011 and 7014 are in the answer itself, record by record.
  I-C10  overall 7014 when the only record of a request is not found, in the answer and in the status.
  I-C11  1002 when every record fails; also for a request of one record that fails otherwise than with 7014.
  I-C12  1000-with-failures: some records failed, FailureCount tells how many and the description says so.
  I-C13  per-record.   I-C14  always-200: every answer that carries a code is HTTP 200.   I-C15  limit-100.
  I-C16  truncate: the first 100 records are processed, each further one gets 7012.
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
  I-C42  404 for an unknown transid, without code (so no contradiction to I-C14).   I-C43  transid.   I-C44  none.
  I-C45  kept for ever; another tenant's key sees 404.   I-C46  unordered.   I-C47  always new.
  I-C50  server-owned: createdOn and updatedOn are set by the server, values sent for them are not used.
  I-C53  415, without code.   I-C54  redirect: 308 to the HTTPS port.   I-C56  v2 path, header `key`, query parameter.
  I-C57  7003 for a read of unknown customers only.   I-C58  7003 for other members (at the root: whole request).
  I-C59  coerced: a number is taken as customerId; every other type and blank text is 7003.   I-C60  no rate limit.

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
  A trailing slash is ignored. Content-Encoding is 415. A body, or a chunk of one, from 256 MiB on is 413.
"""

from __future__ import annotations

import ipaddress
import json
import re
import secrets
import ssl
import threading
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedIOBase
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote

Json = dict[str, Any]
Texts = dict[str, str]

TARGET: dict[str, Any] = {
    "credentials": {"key": "cpk-northwind-5f0c27a1", "other_tenant_key": "cpk-fabrikam-93be441d"},
    "data": {"attributes": ["email", "msisdn", "name", "city", "loyaltyTier"]},
    "readings": {},
    "operations": {},
}

LIMIT = 100
SOURCES = [ipaddress.IPv4Network("127.0.0.1/32")]
OK, PARTIAL, BAD_JSON, BAD_KEY, NO_KEY, MISSING = "1000", "1002", "7000", "7001", "7002", "7003"
BAD_SOURCE, BAD_VALUE, OVER_LIMIT, NOT_FOUND, EXISTS = "7010", "7011", "7012", "7014", "7015"


class Number(str):
    """A JSON number, kept as the characters that were sent."""


class Fault(Exception):
    """A request or a record that is rejected with a response code."""

    def __init__(self, code: str, description: str) -> None:
        super().__init__(description)
        self.code = code
        self.description = description


class HttpFault(Exception):
    """A request that is rejected by an HTTP status, without a response code."""

    def __init__(self, status: int, text: str, headers: Texts | None = None) -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.headers = headers or {}


@dataclass
class Outcome:
    """What became of one record."""

    customer: str
    code: str = OK
    description: str = "Done"


@dataclass
class Tenant:
    """A client of the platform with its customers and the results of its requests."""

    customers: dict[str, Texts] = field(default_factory=dict)
    results: dict[str, Json] = field(default_factory=dict)


@dataclass
class Call:
    """An authenticated request; `part` is what follows the name of the operation in the path."""

    tenant: Tenant
    part: str
    query: list[tuple[str, str]]
    document: object


Operations = dict[str, Callable[[Call], Json]]  # by method


def unique_members(pairs: list[tuple[str, Any]]) -> Json:
    """Build an object from its members; a repeated name is an error."""
    members = dict(pairs)
    if len(members) < len(pairs):
        raise ValueError("repeated member")
    return members


def no_constant(word: str) -> Any:
    """Refuse NaN and Infinity, which are not JSON."""
    raise ValueError(f"{word} is not JSON")


def parse(body: bytes) -> object:
    """Parse a request body, or raise 7000."""
    hooks: Json = {"parse_int": Number, "parse_float": Number, "parse_constant": no_constant}
    try:
        return json.loads(body.decode("utf-8-sig"), object_pairs_hook=unique_members, **hooks)
    except (ValueError, RecursionError):
        raise Fault(BAD_JSON, "The body is no well-formed JSON text") from None


def json_text(value: object) -> str:
    """Write a parsed value as compact JSON."""
    if isinstance(value, Number):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join([f"{json.dumps(name)}:{json_text(item)}" for name, item in value.items()]) + "}"
    if isinstance(value, list):
        return "[" + ",".join([json_text(item) for item in value]) + "]"
    return json.dumps(value)


def members_of(record: object) -> tuple[str, object, bool]:
    """Return customer id ("" if it is of no use) and Attributes of a record, and whether it has just these members."""
    pairs = [(name.lower(), value) for name, value in record.items()] if isinstance(record, dict) else []
    given = dict(pairs).get("customerid")
    customer = str(given) if isinstance(given, str) and given.strip() else ""
    complete = sorted(name for name, _ in pairs) == ["attributes", "customerid"]
    return customer, dict(pairs).get("attributes"), complete


def examine(record: object) -> tuple[Texts, str]:
    """Check a record and return its attributes as text, and a remark for the result."""
    customer, attributes, complete = members_of(record)
    if not complete or not customer or attributes is None:
        raise Fault(MISSING, "A record has customerId and Attributes, once each, and nothing else")
    if not isinstance(attributes, dict) or not attributes:
        raise Fault(BAD_VALUE, "Attributes must be an object with at least one pair")
    texts: Texts = {}
    for name, value in attributes.items():
        if value is None:
            raise Fault(BAD_VALUE, f"Attribute {name!a} must not be null")
        try:
            texts[name] = str(value) if isinstance(value, str) else json_text(value)
        except RecursionError:
            raise Fault(BAD_VALUE, f"Attribute {name!a} is nested too deeply") from None
        if name.lower() == "customerid" and texts.pop(name) != customer:
            raise Fault(BAD_VALUE, "Attribute customerId differs from the id of the record")
    structured = [name for name, value in attributes.items() if isinstance(value, dict | list)]
    return texts, f"; structured value of {structured[0]!a} kept as JSON text" if structured else ""


def stamped(attributes: Texts, before: Texts | None) -> Texts:
    """Return the attributes with those that the server sets itself."""
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S")
    return {**attributes, "createdOn": before["createdOn"] if before else now, "updatedOn": now}


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
        customer: Operations = {"GET": self._read, "DELETE": self._delete}
        self._routes: dict[str, Operations] = {
            r"/resources/v2/customerprofile()/?": {"PUT": self._update, "POST": self._create, **customer},
            r"/resources/v2/customerprofile/([^/]+)/?": customer,
            r"/resources/v2/profile/status/([^/]+)/?": {"GET": self._status},
        }

    def handle(self, verb: str, target: str, headers: Message, source: str, body: bytes) -> Json:
        """Answer a request with a JSON document, or raise HttpFault."""
        path, _, query = target.partition("?")
        matches = [(re.fullmatch(pattern, path), found) for pattern, found in self._routes.items()]
        match, operations = next(((match, found) for match, found in matches if match), (None, {}))
        if match is None:
            raise HttpFault(404, "no such resource")
        if verb not in operations:
            raise HttpFault(405, "method not allowed here", {"allow": ", ".join(operations)})
        writing = verb in ("PUT", "POST")
        if writing:
            self._check_type(headers)
        try:
            document = parse(body) if writing else None
            tenant = self._authenticate(headers.get_all("key") or [], source)
            part = unquote(match[1], errors="replace")
            with self._lock:
                answer = operations[verb](Call(tenant, part, parse_qsl(query, keep_blank_values=True), document))
        except Fault as fault:
            answer = {"description": fault.description, "code": fault.code}
        return answer | {"api": "customerprofile/v2"}

    def _check_type(self, headers: Message) -> None:
        kind = headers.get("content-type", "").partition(";")[0].strip().lower()
        coding = headers.get("content-encoding", "identity").strip().lower()
        if kind != "application/json" or coding != "identity":
            raise HttpFault(415, "send application/json without content coding", {"accept": "application/json"})

    def _authenticate(self, keys: list[str], source: str) -> Tenant:
        if not keys:
            raise Fault(NO_KEY, "Header key is missing")
        tenant = self._tenants.get(keys[0].strip()) if len(keys) == 1 else None
        if tenant is None:
            raise Fault(BAD_KEY, "Header key holds no valid client profile key")
        if not any(ipaddress.IPv4Address(source) in network for network in SOURCES):
            raise Fault(BAD_SOURCE, "The address of the sender is not on the allow-list")
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

    def _batch(self, call: Call, known: bool, fault: Fault) -> Json:
        """Store the customers of the records; `fault` is for those who are not `known`, or are."""
        document = call.document if isinstance(call.document, dict) else {}
        records = next(iter(document.values()), None)
        if [name.lower() for name in document] != ["records"] or not isinstance(records, list) or not records:
            raise Fault(MISSING, "The body must be an object with Records, a filled array, and nothing else")
        outcomes: list[Outcome] = []
        for number, record in enumerate(records):
            customer = members_of(record)[0]
            try:
                if number >= LIMIT:
                    raise Fault(OVER_LIMIT, f"Beyond the limit of {LIMIT} records")
                attributes, remark = examine(record)
                before = call.tenant.customers.get(customer)
                if (before is not None) != known:
                    raise fault
                call.tenant.customers[customer] = stamped(attributes, before)
                outcomes.append(Outcome(customer, description="Profile stored" + remark))
            except Fault as raised:
                outcomes.append(Outcome(customer, raised.code, raised.description))
        if all(outcome.code == MISSING for outcome in outcomes):
            raise Fault(MISSING, outcomes[0].description)
        return self._report(call.tenant, outcomes)

    def _update(self, call: Call) -> Json:
        return self._batch(call, True, Fault(NOT_FOUND, "No customer has this id"))

    def _create(self, call: Call) -> Json:
        return self._batch(call, False, Fault(EXISTS, "A customer with this id exists"))

    def _ids(self, call: Call) -> list[str]:
        given = [call.part] if call.part else [value for name, value in call.query if name.lower() == "customerid"]
        ids = [value for value in given if value.strip()]
        if not ids:
            raise Fault(MISSING, "Mandatory parameter customerId missing")
        return ids

    def _delete(self, call: Call) -> Json:
        outcomes: list[Outcome] = []
        for number, customer in enumerate(self._ids(call)):
            if number >= LIMIT:
                outcomes.append(Outcome(customer, OVER_LIMIT, f"Beyond the limit of {LIMIT} customers"))
            elif call.tenant.customers.pop(customer, None) is None:
                outcomes.append(Outcome(customer, NOT_FOUND, "No customer has this id"))
            else:
                outcomes.append(Outcome(customer, description="Profile deleted"))
        return self._report(call.tenant, outcomes)

    def _read(self, call: Call) -> Json:
        ids = sorted(set(self._ids(call)) & call.tenant.customers.keys())
        if not ids:
            raise Fault(MISSING, "The parameter customerId names no customer")
        records = [self._record(customer, call.tenant.customers[customer]) for customer in ids]
        return {"code": OK, "Status": 0, "Description": "success", "Records": records, "transid": self._transid()}

    def _record(self, customer: str, profile: Texts) -> Json:
        reachable = int(bool(profile.get("msisdn")))
        first: Json = {"customerId": customer, "sms": reachable, "voice": reachable}
        values = first | dict(sorted(profile.items()))
        attributes = [
            {"ID": zlib.crc32(name.encode("utf-8", "surrogatepass")), "Name": name, "Value": value}
            for name, value in values.items()
        ]
        return {"Attributes": attributes, "InwardLinks": [], "OutwardLinks": []}

    def _status(self, call: Call) -> Json:
        report = call.tenant.results.get(call.part)
        if report is None:
            raise HttpFault(404, "no such transaction")
        return {"transid": self._transid()} | report


def size_of(text: str, base: int) -> int:
    """Return the length of a body or of a chunk."""
    try:
        size = int(text, base)
    except ValueError:
        raise HttpFault(400, "faulty length of the body") from None
    if not 0 <= size < 256 << 20:
        raise HttpFault(413, "body too large")
    return size


def read_body(stream: BufferedIOBase, headers: Message) -> bytes:
    """Read the body of a request, whether it is counted or chunked."""
    if "transfer-encoding" in headers:
        return b"".join(read_chunks(stream))
    return stream.read(size_of(headers.get("content-length", "0"), 10))


def read_chunks(stream: BufferedIOBase) -> Iterator[bytes]:
    """Read the chunks of a body; the trailer is skipped."""
    size = -1
    while size:
        size = size_of(stream.readline(8192).partition(b";")[0].decode("latin-1"), 16)
        yield stream.read(size)
        while stream.readline(8192).strip():  # the end of the chunk, after the last one the trailer
            pass


class Handler(BaseHTTPRequestHandler):
    """Reads requests and writes answers; on the plain port it only redirects."""

    protocol_version = "HTTP/1.1"
    default_request_version = "HTTP/1.1"  # what cannot be parsed is answered with a status line, too
    disable_nagle_algorithm = True
    timeout = 60
    server: Listener

    def do_GET(self) -> None:  # noqa: N802
        """Answer a request of any method."""
        try:
            body = read_body(self.rfile, self.headers)
        except HttpFault as fault:
            self.close_connection = True
            self.answer(fault.status, {"error": fault.text}, {})
            return
        try:
            if self.server.secure_port is not None:
                location = f"https://127.0.0.1:{self.server.secure_port}/{self.path.lstrip('/')}"
                raise HttpFault(308, "only HTTPS is served", {"location": location})
            source = str(self.client_address[0])
            self.answer(200, self.server.api.handle(self.command, self.path, self.headers, source, body), {})
        except HttpFault as fault:
            self.answer(fault.status, {"error": fault.text}, fault.headers)

    do_PUT = do_POST = do_DELETE = do_PATCH = do_HEAD = do_OPTIONS = do_GET  # noqa: N815

    def answer(self, status: int, document: Json, headers: Texts) -> None:
        """Send head and body."""
        body = json.dumps(document, indent=1).encode("ascii")
        fields = {
            "date": self.date_time_string(),
            "server": "profile-gateway",
            "content-type": "application/json; charset=utf-8",
            "content-length": str(len(body)),
            "cache-control": "no-store",
            "connection": "close" if self.close_connection else "keep-alive",
        }
        self.send_response_only(status)
        for name, text in (fields | headers).items():
            self.send_header(name, text)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer a request that the base class could not parse."""
        self.close_connection = True
        self.answer(code if code < 500 else 400, {"error": "malformed request"}, {})

    def log_message(self, format: str, *args: Any) -> None:
        """Write no log."""


class Listener(ThreadingHTTPServer):
    """One listening port; each connection has its thread, where TLS hands are shaken, too."""

    request_queue_size = 128

    def __init__(self, api: Api, context: ssl.SSLContext | None, secure_port: int | None) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.api = api
        self.secure_port = secure_port
        if context is not None:
            self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Ignore broken connections and failed handshakes."""


class Server:
    """A running server: HTTPS, and a plain port that redirects to it."""

    def __init__(self, certificate: Path) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(certificate)
        api = Api()
        self._secure = Listener(api, context, None)
        self.port: int = self._secure.server_port
        self._plain = Listener(api, None, self.port)
        self.plain_port: int | None = self._plain.server_port

    def stop(self) -> None:
        """Close both ports."""
        for listener in (self._secure, self._plain):
            listener.shutdown()
            listener.server_close()


def start(certificate: Path) -> Server:
    """Serve HTTPS on a free port of 127.0.0.1 with the PEM file `certificate` (private key and chain in one file)."""
    return Server(certificate)
