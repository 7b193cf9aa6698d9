"""App profile API (generation v2): update and companions, with the customer operations they rest on, kept in memory.

Readings taken of the contradictory or silent points of the documents
  I-C01  put-customerprofile.   I-C02  customerprofiles: PUT /resources/v2/customerprofiles/<appid> only.
  I-C03  7003, with or without the last slash.   I-C04  example-1001 needs a queue (see I-C08), so table-1000.
  I-C05  string.   I-C06  flat: transid, counts and Results at the root.   I-C07  free: own wording of descriptions.
  I-C08  inline: the answer to PUT, POST and DELETE is the final result; its transid can still be asked for.
  I-C09  sync-all.   I-C10  overall 7014 for an only record that is not found (customers; deletion of app profiles).
  I-C11  1002 when every record fails; also for one record that fails otherwise than with 7014, hence also with 7018.
  I-C12  1000-with-failures, told by FailureCount and description.   I-C13  per-record.
  I-C14  always-200: every answer that carries a code is HTTP 200.   I-C15  limit-100.   I-C17  same-as-customer.
  I-C16  truncate: each record after the 100th gets 7012, and so does the whole, whatever became of the others.
  I-C18  case-insensitive: Records, customerId, Attributes in any letter case; names of attributes exactly.
  I-C19  object: Attributes of another type give 7011; null counts as absent, 7003.
  I-C20  optional-if-other-identifier: without customerId an update takes `userId` of Attributes and looks for the app
         profile that holds it, else for the customer of that id; neither or two profiles: 7018. No userId: 7003.
  I-C21  syntax.   I-C22  7003 for a wrong root.   I-C23  one credential.   I-C24  no key 7002, empty key 7001.
  I-C25  only `key`; several of them are 7001.
  I-C26  parse-first: 404/405, 415, 7000, 7002, 7001, 7010, missing appid 7003, 7018, wrong root 7003, the records.
  I-C28  per-record; if no record has its mandatory members, the whole request is 7003 without transid.
  I-C29  7003 for empty Records.   I-C30  7011 for empty Attributes, nothing is lost.
  I-C31  lenient about values: an object or array is kept as its JSON text and the result says so. Names: see I-C33.
  I-C32  added (customers).   I-C33  7011 for an update with a name that is neither pre-defined nor was given when the
         app profile was created; creation takes further names, since its page says so.
  I-C34  replace: names not sent are gone.   I-C35  stored-empty.   I-C36  7011 for null.   I-C37  coerced.
  I-C38  last-wins, one entry in Results for each record.   I-C39  opaque: "q." and 16 URL-safe characters.
  I-C40  own-id: that of the status call.   I-C41  never needed.   I-C42  404, without code.   I-C43  transid.
  I-C44  none.   I-C45  kept for ever; another tenant's key sees 404.   I-C46  unordered.   I-C47  always new.
  I-C48  7018, also for a customer without profile in this app.   I-C49  both 7018: whole request, no transid.
  I-C50  server-owned: createdOn and updatedOn are set by the server, values sent for them are not used.
  I-C51  opaque-text for other dates.   I-C52  none.   I-C53  415.   I-C54  redirect: 301.   I-C56  v2, `key`, query.
  I-C57  7003 for a read that finds nothing.   I-C58  7003 for other members (at the root: whole request).
  I-C59  coerced: a number is taken as customerId; other types and blank text are 7003.   I-C60  no rate limit.

Free choices
  One app profile per application and customer; `channel` is an attribute like any other. It dies with the customer.
  Order of faults in a record: 7003, 7011 for values, 7018, 7014 or 7015, 7011 for names. Faulty records change nothing.
  Results in the order sent; a record whose customer is unknown has customerId "". Equal ids in a creation: 7015.
  An attribute named customerId (creation examples have one) is accepted and not stored.
  Customer not found on deletion is 7014 (not 7203). Deletion of app profiles answers like a batch of one, at once.
  Customers read: ids in the order asked, unknown ones left out; a flag 1 for the channel of the app profile;
    InwardLinks hold app profiles if showinwardlinks is 1 or 2. App profiles read: last attribute first, `verified`
    and `status` as JSON numbers if 0 or 1, OutwardLinks with `customerid`. `ID` is the position as text.
  JSON: byte order marks and lone surrogates are 7000, of repeated members the last counts, answers are compact UTF-8.
  HTTP: chunked answers (HTTP/1.0: up to the end of the connection), gzip if accepted and worth it, no charset;
    404, 405, 415 have plain text. A trailing slash after a complete path is 404.
"""

from __future__ import annotations

import gzip
import json
import re
import secrets
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import Message
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedIOBase
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote

Json = dict[str, Any]
Texts = dict[str, str]

SERVER_OWNED = frozenset({"createdOn", "updatedOn"})
CLIENT_OWNED = (
    "verified status channel name profile_pic psid twitter_handle twitter_name geolocation timezone"
    " twitterid nick language wechat_user_id connectStatus userId deviceId rtmId make model os osversion pushId"
    " last_opened last_upgraded email msisdn"
)
PREDEFINED = SERVER_OWNED.union(CLIENT_OWNED.split())
KEY, APP_ID = "7Q2M-TAILSPIN-PROFILE", "a_637140922316045508"
OTHER_KEY, OTHER_APP_ID = "9X4D-WINGTIP-PROFILE", "a_637140999871230014"
TARGET: dict[str, Any] = {
    "credentials": {"key": KEY, "other_tenant_key": OTHER_KEY},
    "data": {"app_id": APP_ID, "other_tenant_app_id": OTHER_APP_ID, "attributes": CLIENT_OWNED.split()},
    "readings": {},
    "operations": {},
}
ALLOWED_SOURCES = frozenset({"127.0.0.1"})
LIMIT = 100


class Number(str):
    """A JSON number, kept as the characters that were sent."""


class Fault(Exception):
    """A request or a record that is turned down with a response code."""

    def __init__(self, code: str, text: str, customer: str = "") -> None:
        super().__init__(text)
        self.code, self.text, self.customer = code, text, customer


class HttpFault(Exception):
    """A request that is turned down with an HTTP status and no response code."""

    def __init__(self, status: int, text: str, headers: Texts | None = None) -> None:
        super().__init__(text)
        self.status, self.text, self.headers = status, text, headers or {}


@dataclass
class Tenant:
    """A client with its application, its customers, their app profiles and the results of its requests."""

    app_id: str
    customers: dict[str, Texts] = field(default_factory=dict)
    profiles: dict[str, Texts] = field(default_factory=dict)
    further_names: dict[str, frozenset[str]] = field(default_factory=dict)
    results: dict[str, Json] = field(default_factory=dict)


@dataclass
class Call:
    """An authenticated request."""

    tenant: Tenant
    path: list[str]
    query: dict[str, list[str]]
    document: object


Operations = dict[str, Callable[[Call], Json]]  # by method


def parse(body: bytes) -> object:
    """Parse a request body, or raise 7000."""

    def no_constant(word: str) -> Any:
        raise ValueError(word)

    try:
        hooks: Json = {"parse_int": Number, "parse_float": Number, "parse_constant": no_constant}
        document = json.loads(body.decode("utf-8"), **hooks)
        json.dumps(document, ensure_ascii=False).encode("utf-8")  # fails on lone surrogates
    except (ValueError, RecursionError):
        raise Fault("7000", "request is not valid JSON") from None
    return document


def as_text(value: object, top: bool = True) -> str:
    """Return an attribute value as text; structured values become compact JSON."""
    if isinstance(value, dict):
        return "{" + ",".join([f"{as_text(name, False)}:{as_text(item, False)}" for name, item in value.items()]) + "}"
    if isinstance(value, list):
        return "[" + ",".join([as_text(item, False) for item in value]) + "]"
    if isinstance(value, Number) or (top and isinstance(value, str)):
        return str(value)
    return json.dumps(value, ensure_ascii=False)


def examine(record: object, by_user: bool) -> tuple[str, Texts, str]:
    """Check a record; return its customer id ("" if `by_user` allows that), its attributes and a remark."""
    if not isinstance(record, dict):
        raise Fault("7003", "record without members")
    members = {name.lower(): value for name, value in record.items()}
    given, attributes = members.get("customerid"), members.get("attributes")
    customer = str(given) if isinstance(given, str) and given.strip() else ""
    by_user = by_user and given is None and isinstance(attributes, dict) and bool(attributes.get("userId"))
    if len(members) < len(record) or members.keys() - {"customerid", "attributes"}:
        raise Fault("7003", "record with members other than customerId and Attributes", customer)
    if (not customer and not by_user) or attributes is None:
        raise Fault("7003", "customerId or Attributes missing", customer)
    if not isinstance(attributes, dict) or not attributes or None in attributes.values():
        raise Fault("7011", "Attributes must be name/value pairs, at least one, none of them null", customer)
    try:
        texts = {name: as_text(value) for name, value in attributes.items() if name.lower() != "customerid"}
    except RecursionError:
        raise Fault("7011", "Attributes nested too deeply", customer) from None
    structured = [name for name, value in attributes.items() if isinstance(value, dict | list)]
    return customer, texts, f" ({', '.join(structured)} kept as JSON text)" if structured else ""


def stamped(attributes: Texts, before: Texts | None = None) -> Texts:
    """Return the attributes with those that the server sets itself."""
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S")
    sent = {name: text for name, text in attributes.items() if name not in SERVER_OWNED}
    return sent | {"createdOn": before["createdOn"] if before else now, "updatedOn": now}


def attribute_list(values: Json) -> list[Json]:
    """Return attributes in the form of a read."""
    return [{"Name": name, "Value": values[name], "ID": str(place)} for place, name in enumerate(values, 1)]


def app_record(customer: str, profile: Texts) -> Json:
    """Return an app profile in the form of a read."""
    values: Json = {"customerId": customer} | profile
    for flag in ("verified", "status"):
        if values.get(flag) in ("0", "1"):
            values[flag] = int(values[flag])
    owner = {"Attributes": attribute_list({"customerid": customer})}
    return {"Attributes": attribute_list(dict(reversed(values.items()))), "InwardLinks": [], "OutwardLinks": [owner]}


def result(customer: str, code: str, description: str) -> Json:
    """Return an entry of Results."""
    return {"customerId": customer, "code": code, "description": description}


def new_transid() -> str:
    """Return a fresh transaction id."""
    return "q." + secrets.token_urlsafe(12)


def update_app(tenant: Tenant, customer: str, attributes: Texts) -> str:
    """Update an app profile; return the id of its customer."""
    if not customer:
        user = attributes["userId"]
        owners = [owner for owner, profile in tenant.profiles.items() if profile.get("userId") == user]
        customer = owners[0] if len(owners) == 1 else user if not owners and user in tenant.profiles else ""
    if customer not in tenant.profiles:
        raise Fault("7018", "no profile of this customer in this application", customer)
    unknown = attributes.keys() - PREDEFINED - tenant.further_names[customer]
    if unknown:
        raise Fault("7011", f"unknown attribute {min(unknown)}", customer)
    tenant.profiles[customer] = stamped(attributes, tenant.profiles[customer])
    return customer


def create_app(tenant: Tenant, customer: str, attributes: Texts) -> str:
    """Create an app profile of an existing customer."""
    if customer not in tenant.customers:
        raise Fault("7018", "no such customer", customer)
    if customer in tenant.profiles:
        raise Fault("7015", "customer already has a profile in this application", customer)
    tenant.profiles[customer] = stamped(attributes)
    tenant.further_names[customer] = frozenset(attributes.keys() - PREDEFINED)
    return customer


def update_customer(tenant: Tenant, customer: str, attributes: Texts) -> str:
    """Update a customer."""
    if customer not in tenant.customers:
        raise Fault("7014", "no such customer", customer)
    tenant.customers[customer] = stamped(attributes, tenant.customers[customer])
    return customer


def create_customer(tenant: Tenant, customer: str, attributes: Texts) -> str:
    """Create a customer."""
    if customer in tenant.customers:
        raise Fault("7015", "customer already exists", customer)
    tenant.customers[customer] = stamped(attributes)
    return customer


class Api:
    """The operations, on the state of all tenants."""

    def __init__(self) -> None:
        self._tenants = {KEY: Tenant(APP_ID), OTHER_KEY: Tenant(OTHER_APP_ID)}
        self._lock = threading.Lock()
        write = {"PUT": partial(self.batch, update_customer), "POST": partial(self.batch, create_customer)}
        customer: Operations = {"GET": self.read_customers, "DELETE": self.delete_customers}
        self._routes: list[tuple[str, Operations]] = [
            (r"customerprofiles(?:/(?P<app>[^/]*))?", {"PUT": partial(self.batch, update_app)}),
            (r"customerappprofile(?:/(?P<app>[^/]*))?", {"POST": partial(self.batch, create_app)}),
            (r"customerappprofile/(?P<app>[^/]*)/([^/]+)", {"GET": self.read_app, "DELETE": self.delete_app}),
            (r"customerprofile/?", customer | write),
            (r"customerprofile/([^/]+)", customer),
            (r"profile/status/([^/]+)", {"GET": self.status}),
        ]

    def handle(self, verb: str, target: str, headers: Message, source: str, body: bytes) -> Json:
        """Answer a request, or raise HttpFault."""
        path, _, query = target.partition("?")
        matches = [(re.fullmatch("/resources/v2/" + pattern, path), found) for pattern, found in self._routes]
        match, operations = next(((match, found) for match, found in matches if match), (None, {}))
        if match is None:
            raise HttpFault(404, "Nothing is served at this path.")
        if verb not in operations:
            raise HttpFault(405, "This path does not know this method.", {"Allow": ", ".join(operations)})
        kind = (headers.get("Content-Type") or "").partition(";")[0].strip().lower()
        if verb in ("PUT", "POST") and kind != "application/json":
            raise HttpFault(415, "The body must be application/json.")
        try:
            document = parse(body) if verb in ("PUT", "POST") else None
            tenant = self.authenticate(headers.get_all("key") or [], source)
            parts = [unquote(group or "", errors="replace") for group in match.groups()]
            if "app" in match.groupdict():
                self.check_app(tenant, parts.pop(0))
            with self._lock:
                return operations[verb](Call(tenant, parts, parse_qs(query, keep_blank_values=True), document))
        except Fault as fault:
            return {"code": fault.code, "description": fault.text}

    def authenticate(self, keys: list[str], source: str) -> Tenant:
        """Return the tenant of a key, or raise 7002, 7001 or 7010."""
        if not keys:
            raise Fault("7002", "no key in the header of the request")
        tenant = self._tenants.get(keys[0].strip())
        if tenant is None or len(keys) > 1:
            raise Fault("7001", "key not recognised")
        if source not in ALLOWED_SOURCES:
            raise Fault("7010", f"requests from {source} are not allowed")
        return tenant

    def check_app(self, tenant: Tenant, app_id: str) -> None:
        """Raise 7003 or 7018 unless the application is linked to the tenant."""
        if not app_id.strip():
            raise Fault("7003", "appid missing in the path")
        if app_id != tenant.app_id:
            raise Fault("7018", "no such application is linked to this client")

    def finish(self, tenant: Tenant, results: list[Json]) -> Json:
        """Summarise the results of a request and keep them for the status call."""
        codes = [entry["code"] for entry in results]
        good = codes.count("1000")
        code, text = "1000", "done" if good == len(codes) else f"done, but {len(codes) - good} of {len(codes)} failed"
        if "7012" in codes:
            code, text = "7012", f"batch cut off after {LIMIT} records"
        elif codes == ["7014"]:
            code, text = "7014", results[0]["description"]
        elif not good:
            code, text = "1002", "nothing could be done"
        counts = {"TotalCount": len(codes), "SuccessCount": good, "FailureCount": len(codes) - good}
        transid = new_transid()
        tenant.results[transid] = {"code": code, "description": text, **counts, "Results": results}
        return {"transid": transid, **tenant.results[transid]}

    def batch(self, change: Callable[[Tenant, str, Texts], str], call: Call) -> Json:
        """Apply `change` to each record of the body."""
        document = call.document if isinstance(call.document, dict) else {}
        records = next(iter(document.values()), None)
        if [name.lower() for name in document] != ["records"] or not isinstance(records, list) or not records:
            raise Fault("7003", "Records missing, empty or not alone")
        results: list[Json] = []
        for place, record in enumerate(records):
            try:
                customer, attributes, remark = examine(record, change is update_app)
                if place < LIMIT:
                    customer = change(call.tenant, customer, attributes)
                entry = result(customer, "1000", f"ok{remark}")
            except Fault as fault:
                entry = result(fault.customer, fault.code, fault.text)
            if place >= LIMIT:
                entry |= {"code": "7012", "description": f"not processed, only {LIMIT} records are allowed"}
            results.append(entry)
        if all(entry["code"] == "7003" for entry in results):
            raise Fault("7003", results[0]["description"])
        return self.finish(call.tenant, results)

    def customer_ids(self, call: Call) -> list[str]:
        """Return the customer ids of the path or the query."""
        ids = [value for value in call.path or call.query.get("customerId", []) if value.strip()]
        if not ids:
            raise Fault("7003", "customerId missing")
        return ids

    def delete_customers(self, call: Call) -> Json:
        """Delete customers with their app profiles."""
        results: list[Json] = []
        for place, customer in enumerate(self.customer_ids(call)):
            if place >= LIMIT:
                results.append(result(customer, "7012", f"not processed, only {LIMIT} customers are allowed"))
            elif call.tenant.customers.pop(customer, None) is None:
                results.append(result(customer, "7014", "no such customer"))
            else:
                call.tenant.profiles.pop(customer, None)
                results.append(result(customer, "1000", "ok"))
        return self.finish(call.tenant, results)

    def read_customers(self, call: Call) -> Json:
        """Read customers."""
        linked = call.query.get("showinwardlinks", ["0"])[-1] in ("1", "2")
        records: list[Json] = []
        for customer in dict.fromkeys(self.customer_ids(call)):
            if customer not in call.tenant.customers:
                continue
            profile = call.tenant.profiles.get(customer, {})
            flags: Json = {profile["channel"]: 1} if profile.get("channel") else {}
            attributes = attribute_list(flags | call.tenant.customers[customer] | {"customerId": customer})
            links = [{"appId": call.tenant.app_id, "Attributes": attribute_list(profile)}] if profile and linked else []
            records.append({"Attributes": attributes, "InwardLinks": links, "OutwardLinks": []})
        return self.found(records)

    def read_app(self, call: Call) -> Json:
        """Read the app profile of a customer."""
        profile = call.tenant.profiles.get(call.path[0])
        return self.found([app_record(call.path[0], profile)] if profile else [])

    def found(self, records: list[Json]) -> Json:
        """Return the answer of a read."""
        if not records:
            raise Fault("7003", "nothing is known by this id")
        return {"code": "1000", "transid": new_transid(), "Records": records, "Status": 0, "Description": "success"}

    def delete_app(self, call: Call) -> Json:
        """Delete the app profile of a customer."""
        found = call.tenant.profiles.pop(call.path[0], None)
        code, text = ("7014", "no such app profile") if found is None else ("1000", "ok")
        return self.finish(call.tenant, [result(call.path[0], code, text)])

    def status(self, call: Call) -> Json:
        """Return the results of an earlier request."""
        report = call.tenant.results.get(call.path[0])
        if report is None:
            raise HttpFault(404, "No transaction is known by this id.")
        return {**report, "transid": new_transid()}


def read_body(stream: BufferedIOBase, headers: Message) -> bytes:
    """Read a counted or chunked request body, or raise HttpFault."""
    if "Transfer-Encoding" in headers:
        return b"".join(read_chunks(stream))
    length = headers.get("Content-Length", "0")
    if not re.fullmatch(r"[0-9]{1,9}", length):
        raise HttpFault(400, "The length of the body is not a number, or too long.")
    return stream.read(int(length))


def read_chunks(stream: BufferedIOBase) -> Iterator[bytes]:
    """Read the chunks of a body; the trailer is skipped."""
    size = -1
    while size:
        digits = stream.readline(1024).partition(b";")[0].strip()
        if not re.fullmatch(rb"[0-9A-Fa-f]{1,7}", digits):
            raise HttpFault(400, "The length of a chunk is not a number, or too long.")
        size = int(digits, 16)
        yield stream.read(size)
        while stream.readline(8192).strip():  # the end of the chunk, after the last one the trailer
            pass


def accepts_gzip(headers: Message) -> bool:
    """Tell whether the client takes gzip."""
    codings = [item.partition(";") for item in (headers.get("Accept-Encoding") or "").lower().split(",")]
    return any(name.strip() == "gzip" and not re.fullmatch(r"\s*q=0(\.0*)?\s*", q) for name, _, q in codings)


class Handler(BaseHTTPRequestHandler):
    """One connection; on the plain port every request is redirected."""

    protocol_version = "HTTP/1.1"
    default_request_version = "HTTP/1.1"  # what cannot be parsed is answered with a status line, too
    disable_nagle_algorithm = True
    timeout = 45
    server: Port

    def do_GET(self) -> None:  # noqa: N802
        """Answer a request of any method."""
        try:
            body = read_body(self.rfile, self.headers)
            if self.server.tls_port is not None:
                location = {"Location": f"https://127.0.0.1:{self.server.tls_port}/{self.path.lstrip('/')}"}
                raise HttpFault(301, "Please use HTTPS.", location)
            answer = self.server.api.handle(self.command, self.path, self.headers, str(self.client_address[0]), body)
        except HttpFault as fault:
            self.close_connection = self.close_connection or fault.status == 400  # a body without a clear end
            self.reply(fault.status, fault.text.encode(), {"Content-Type": "text/plain"} | fault.headers)
            return
        content = json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
        fields = {"Content-Type": "application/json", "Vary": "Accept-Encoding"}
        if len(content) > 700 and accepts_gzip(self.headers):
            content = gzip.compress(content, 1, mtime=0)
            fields["Content-Encoding"] = "gzip"
        self.reply(200, content, fields)

    do_PUT = do_POST = do_DELETE = do_PATCH = do_HEAD = do_OPTIONS = do_GET  # noqa: N815

    def reply(self, status: int, content: bytes, fields: Texts) -> None:
        """Send head and body; the body is one chunk."""
        self.send_response_only(status)
        self.send_header("Date", self.date_time_string())
        for name, text in fields.items():
            self.send_header(name, text)
        if self.request_version == "HTTP/1.1":
            self.send_header("Transfer-Encoding", "chunked")
            content = b"%X\r\n%b\r\n0\r\n\r\n" % (len(content), content)
        else:
            self.close_connection = True
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer a request that the base class cannot parse."""
        self.close_connection = True
        self.reply(code if code < 500 else 400, b"Bad request.", {})

    def log_message(self, format: str, *args: Any) -> None:
        """Write no log."""


class Port(ThreadingHTTPServer):
    """A listening port; each connection has its thread, in which TLS hands are shaken, too."""

    request_queue_size = 64

    def __init__(self, api: Api, tls: ssl.SSLContext | None = None, tls_port: int | None = None) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.api, self.tls_port = api, tls_port
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self.serve_forever, args=(0.04,), daemon=True).start()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Pass over broken connections and failed handshakes."""


class Server:
    """HTTPS at `port`, redirects to it at `plain_port`."""

    def __init__(self, certificate: Path) -> None:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate)
        api = Api()
        secure = Port(api, tls=tls)
        self.port: int = secure.server_port
        plain = Port(api, tls_port=self.port)
        self.plain_port: int | None = plain.server_port
        self._ports = [secure, plain]

    def stop(self) -> None:
        """Close both ports."""
        for port in self._ports:
            port.shutdown()
            port.server_close()


def start(certificate: Path) -> Server:
    """Serve HTTPS on a free port of 127.0.0.1 with the PEM file `certificate` (private key and chain in one file)."""
    return Server(certificate)
