"""App profile API (generation v2): update and companions, with the customer operations they rest on, kept in memory.

Readings taken of the contradictory or silent points of the documents
  I-C01  put-customerprofile for the customers.
  I-C02  customerprofiles: PUT /resources/v2/customerprofiles/<appid> only.
  I-C03  7003 when the appid is missing, with or without the last slash.
  I-C04  example-1001 cannot stand beside I-C08 inline (nothing is ever queued), so the next one: table-1000.
  I-C05  string.   I-C06  flat: code, description, transid, counts and Results at the root.
  I-C07  free: own wording of all descriptions (a read keeps `Description` "success").
  I-C08  inline: the answer to PUT, POST and DELETE is the final result; its transid can still be asked for.
  I-C09  sync-all: all faults are in the answer itself, those of records in Results.
  I-C10  overall 7014 when the only record of a request is not found (customers; deletion of app profiles).
  I-C11  1002 when every record fails; also for one record that fails otherwise than with 7014, hence also with 7018.
  I-C12  1000-with-failures: some records failed; FailureCount and the description say so.
  I-C13  per-record.   I-C14  always-200: every answer that carries a code is HTTP 200.
  I-C15  limit-100.   I-C16  truncate: each record after the 100th gets 7012, and the overall code is 7012 whatever
         became of the others.   I-C17  same-as-customer.
  I-C18  case-insensitive: Records, customerId, Attributes in any letter case; names of attributes exactly.
  I-C19  object: Attributes of another type give 7011; null counts as absent, 7003.
  I-C20  optional-if-other-identifier: without customerId an update takes `userId` of Attributes and looks for the app
         profile that holds it, else for the customer of that id; neither or two profiles: 7018. No userId: 7003.
  I-C21  syntax.   I-C22  7003 for a wrong root.   I-C23  one credential.   I-C24  no key 7002, empty key 7001.
  I-C25  only `key`; several of them are 7001.
  I-C26  parse-first: 404/405, 415, 7000, 7002, 7001, 7010, missing appid 7003, 7018, wrong root 7003, the records.
         An empty body with the right content type is 7000; without a content type it is 415.
  I-C28  per-record; if no record has its mandatory members, the whole request is 7003 without transid.
  I-C29  7003 for empty Records.   I-C30  7011 for empty Attributes, nothing is lost.
  I-C31  lenient about values: an object or array is kept as its JSON text and the result says so. Names: see I-C33.
  I-C32  added (customers).   I-C33  7011 for an update with a name that is neither pre-defined nor was given when the
         app profile was created; creation takes further names, since its page says so.
  I-C34  replace: names not sent are gone.   I-C35  stored-empty.   I-C36  7011 for null.   I-C37  coerced.
  I-C38  last-wins, one entry in Results for each record.   I-C39  opaque: "q." and 16 URL-safe characters.
  I-C40  own-id: the transid in a status answer is that of the status call.   I-C41  7600; never needed when inline.
  I-C42  404 for an unknown transid, without code.   I-C43  transid.   I-C44  none for rejected requests.
  I-C45  kept for ever; another tenant's key sees 404.
  I-C46  unordered between parallel requests.   I-C47  always new.
  I-C48  7018 for an unknown customer, and for a customer without profile in this app.
  I-C49  7018 for an unknown appid and for one of another tenant: whole request, no transid.
  I-C50  server-owned: createdOn and updatedOn are set by the server, values sent for them are not used.
  I-C51  opaque-text for all other dates.   I-C52  a channel requires nothing.
  I-C53  415, without code.   I-C54  redirect: 301 to the HTTPS port.   I-C56  v2 path, header `key`, query parameter.
  I-C57  7003 for a read that finds nothing.   I-C58  7003 for other members (at the root: whole request).
  I-C59  coerced: a number is taken as customerId; other types and blank text are 7003.   I-C60  no rate limit.

Free choices
  One app profile per application and customer; `channel` is an attribute like any other. It dies with the customer.
  Order of faults in a record: 7003, 7011 for values, 7018, 7014 or 7015, 7011 for names. Faulty records change nothing.
  Results in the order sent; a record whose customer is unknown has customerId "". Equal ids in a creation: 7015.
  An attribute named customerId (creation examples have one) is accepted and not stored.
  Customer not found on deletion is 7014 (not 7203). Deletion of app profiles answers like a batch of one, at once.
  Customers read: ids in the order asked, unknown ones left out; a flag 1 for each channel of its app profiles;
    InwardLinks hold app profiles if showinwardlinks is 1 or 2. App profiles read: last attribute first, `verified`
    and `status` as JSON numbers if 0 or 1, OutwardLinks with `customerid`. `ID` is the position as text.
  JSON: byte order marks and lone surrogates are 7000, of repeated members the last counts, answers are compact UTF-8.
  HTTP: chunked answers (HTTP/1.0: up to the end of the connection), gzip if accepted and worth it, no charset;
    404, 405, 415 have plain text. A trailing slash after a complete path is 404. Bodies above 64 MiB are 413.
"""

from __future__ import annotations

import contextlib
import gzip
import json
import re
import secrets
import socket
import socketserver
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import Message
from email.utils import formatdate
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedIOBase
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote

Json = dict[str, Any]

SERVER_OWNED = frozenset({"createdOn", "updatedOn"})
CLIENT_OWNED = (
    "verified status channel name profile_pic psid twitter_handle twitter_name geolocation timezone"
    " twitterid nick language wechat_user_id connectStatus userId deviceId rtmId make model os osversion pushId"
    " last_opened last_upgraded email msisdn"
)
PREDEFINED = SERVER_OWNED.union(CLIENT_OWNED.split())
TARGET: dict[str, Any] = {
    "credentials": {"key": "7Q2M-TAILSPIN-PROFILE", "other_tenant_key": "9X4D-WINGTIP-PROFILE"},
    "data": {
        "app_id": "a_637140922316045508",
        "other_tenant_app_id": "a_637140999871230014",
        "attributes": CLIENT_OWNED.split(),
    },
    "readings": {},
    "operations": {},
}
ALLOWED_SOURCES = frozenset({"127.0.0.1"})
LIMIT = 100
MAX_BODY = 64 << 20


class Number(str):
    """A JSON number, kept as the characters that were sent."""


class Fault(Exception):
    """A request or a record that is turned down with a response code."""

    def __init__(self, code: str, text: str, customer: str = "") -> None:
        super().__init__(text)
        self.code, self.text, self.customer = code, text, customer


class HttpFault(Exception):
    """A request that is turned down with an HTTP status and no response code."""

    def __init__(self, status: int, text: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(text)
        self.status, self.text, self.headers = status, text, headers or {}


@dataclass
class Profile:
    """A customer profile or an app profile."""

    attributes: dict[str, str]
    further_names: frozenset[str] = frozenset()
    created: str = ""
    updated: str = ""

    def __post_init__(self) -> None:
        self.created = self.updated = timestamp()

    def replace(self, attributes: dict[str, str]) -> None:
        """Put other attributes in the place of all the present ones."""
        self.attributes, self.updated = attributes, timestamp()

    def values(self) -> Json:
        """Return the attributes with those that the server owns."""
        return {**self.attributes, "createdOn": self.created, "updatedOn": self.updated}


@dataclass
class Tenant:
    """A client with its customers, its applications (app profiles by customer) and the results of its requests."""

    apps: dict[str, dict[str, Profile]]
    customers: dict[str, Profile] = field(default_factory=dict)
    results: dict[str, Json] = field(default_factory=dict)


@dataclass
class Call:
    """An authenticated request."""

    tenant: Tenant
    path: list[str]
    query: dict[str, list[str]]
    document: object

    def app(self) -> dict[str, Profile]:
        """Return the app profiles of the application in the path."""
        if not self.path[0].strip():
            raise Fault("7003", "appid missing in the path")
        if self.path[0] not in self.tenant.apps:
            raise Fault("7018", "no such application is linked to this client")
        return self.tenant.apps[self.path[0]]


def timestamp() -> str:
    """Return the time in the form of createdOn."""
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S")


def no_constant(word: str) -> Any:
    """Refuse NaN and Infinity, which are not JSON."""
    raise ValueError(word)


def parse(body: bytes) -> object:
    """Parse a request body, or raise 7000."""
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


def examine(record: object, by_user: bool) -> tuple[str, dict[str, str], str]:
    """Check a record; return its customer id ("" if `by_user` allows that), its attributes and a remark."""
    if not isinstance(record, dict):
        raise Fault("7003", "record without members")
    members = {name.lower(): value for name, value in record.items()}
    given, attributes = members.get("customerid"), members.get("attributes")
    customer = str(given) if isinstance(given, str) and given.strip() else ""
    by_user = by_user and given is None and isinstance(attributes, dict) and bool(attributes.get("userId"))
    if len(members) < len(record) or members.keys() - {"customerid", "attributes"}:
        raise Fault("7003", "record with members other than customerId and Attributes", customer)
    if not customer and not by_user:
        raise Fault("7003", "customerId missing")
    if attributes is None:
        raise Fault("7003", "Attributes missing", customer)
    if not isinstance(attributes, dict) or not attributes or None in attributes.values():
        raise Fault("7011", "Attributes must be name/value pairs, at least one, none of them null", customer)
    try:
        texts = {name: as_text(value) for name, value in attributes.items() if name.lower() != "customerid"}
    except RecursionError:
        raise Fault("7011", "Attributes nested too deeply", customer) from None
    structured = [name for name, value in attributes.items() if isinstance(value, dict | list)]
    return customer, texts, f" ({', '.join(structured)} kept as JSON text)" if structured else ""


def owned_removed(attributes: dict[str, str]) -> dict[str, str]:
    """Return the attributes without those that the server sets itself."""
    return {name: text for name, text in attributes.items() if name not in SERVER_OWNED}


def attribute_list(values: Json) -> list[Json]:
    """Return attributes in the form of a read."""
    return [{"Name": name, "Value": values[name], "ID": str(place)} for place, name in enumerate(values, 1)]


def app_record(customer: str, profile: Profile) -> Json:
    """Return an app profile in the form of a read."""
    values: Json = {"customerId": customer} | profile.values()
    for flag in ("verified", "status"):
        if values.get(flag) in ("0", "1"):
            values[flag] = int(values[flag])
    owner = {"Attributes": attribute_list({"customerid": customer})}
    return {
        "Attributes": attribute_list(dict(reversed(values.items()))),
        "InwardLinks": [],
        "OutwardLinks": [owner],
    }


def result(customer: str, code: str, description: str) -> Json:
    """Return an entry of Results."""
    return {"customerId": customer, "code": code, "description": description}


class Api:
    """The operations, on the state of all tenants."""

    def __init__(self) -> None:
        key, other = TARGET["credentials"]["key"], TARGET["credentials"]["other_tenant_key"]
        data = TARGET["data"]
        self._tenants = {key: Tenant({data["app_id"]: {}}), other: Tenant({data["other_tenant_app_id"]: {}})}
        self._lock = threading.Lock()
        customer: dict[str, Callable[[Call], Json]] = {"GET": self.read_customers, "DELETE": self.delete_customers}
        self._routes: list[tuple[str, dict[str, Callable[[Call], Json]]]] = [
            (r"customerprofiles(?:/([^/]*))?", {"PUT": self.update_apps}),
            (r"customerappprofile(?:/([^/]*))?", {"POST": self.create_apps, "GET": self.find_app}),
            (r"customerappprofile/([^/]*)/([^/]+)", {"GET": self.read_app, "DELETE": self.delete_app}),
            (r"customerprofile/?", customer | {"PUT": self.update_customers, "POST": self.create_customers}),
            (r"customerprofile/([^/]+)", customer),
            (r"profile/status/([^/]+)", {"GET": self.status}),
        ]

    def handle(self, verb: str, target: str, headers: Message, source: str, body: bytes) -> Json:
        """Answer a request, or raise HttpFault."""
        path, _, query = re.sub(r"^https?://[^/?]*", "", target.partition("#")[0], flags=re.I).partition("?")
        matches = [(re.fullmatch("/resources/v2/" + pattern, path), found) for pattern, found in self._routes]
        match, operations = next(((match, found) for match, found in matches if match), (None, {}))
        if match is None:
            raise HttpFault(404, "Nothing is served at this path.")
        if verb not in operations:
            raise HttpFault(405, "This path does not know this method.", {"Allow": ", ".join(operations)})
        try:
            document = None
            if verb in ("PUT", "POST"):
                kind = (headers.get("Content-Type") or "").partition(";")[0].strip().lower()
                if kind != "application/json" or headers.get("Content-Encoding", "identity").lower() != "identity":
                    raise HttpFault(415, "The body must be application/json.")
                document = parse(body)
            tenant = self.authenticate(headers.get_all("key") or [], source)
            groups = [unquote(group or "", errors="replace") for group in match.groups()]
            call = Call(tenant, groups, parse_qs(query, keep_blank_values=True), document)
            with self._lock:
                return operations[verb](call)
        except Fault as fault:
            return {"code": fault.code, "description": fault.text}
        except HttpFault:
            raise
        except Exception:  # an answer is owed to every request
            return {"code": "7006", "description": "something went wrong on our side"}

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
        report = {"code": code, "description": text, **counts, "Results": results}
        transid = "q." + secrets.token_urlsafe(12)
        tenant.results[transid] = report
        return {"transid": transid, **report}

    def batch(self, call: Call, change: Callable[[str, dict[str, str]], str], by_user: bool = False) -> Json:
        """Apply `change` (which returns the id of the customer) to each record of the body."""
        document = call.document if isinstance(call.document, dict) else {}
        records = next(iter(document.values()), None)
        if [name.lower() for name in document] != ["records"] or not isinstance(records, list) or not records:
            raise Fault("7003", "Records missing, empty or not alone")
        results: list[Json] = []
        for place, record in enumerate(records):
            try:
                customer, attributes, remark = examine(record, by_user)
                if place < LIMIT:
                    customer = change(customer, attributes)
                entry = result(customer, "1000", f"ok{remark}")
            except Fault as fault:
                entry = result(fault.customer, fault.code, fault.text)
            if place >= LIMIT:
                entry |= {"code": "7012", "description": f"not processed, only {LIMIT} records are allowed"}
            results.append(entry)
        if all(entry["code"] == "7003" for entry in results):
            raise Fault("7003", results[0]["description"])
        return self.finish(call.tenant, results)

    def update_apps(self, call: Call) -> Json:
        """Update app profiles."""
        profiles = call.app()

        def change(customer: str, attributes: dict[str, str]) -> str:
            if not customer:
                user = attributes["userId"]
                owners = [owner for owner, profile in profiles.items() if profile.attributes.get("userId") == user]
                customer = owners[0] if len(owners) == 1 else user if not owners and user in profiles else ""
            profile = profiles.get(customer)
            if profile is None:
                raise Fault("7018", "no profile of this customer in this application", customer)
            unknown = attributes.keys() - PREDEFINED - profile.further_names
            if unknown:
                raise Fault("7011", f"unknown attribute {min(unknown)}", customer)
            profile.replace(owned_removed(attributes))
            return customer

        return self.batch(call, change, by_user=True)

    def create_apps(self, call: Call) -> Json:
        """Create app profiles of existing customers."""
        profiles = call.app()

        def change(customer: str, attributes: dict[str, str]) -> str:
            if customer not in call.tenant.customers:
                raise Fault("7018", "no such customer", customer)
            if customer in profiles:
                raise Fault("7015", "customer already has a profile in this application", customer)
            profiles[customer] = Profile(owned_removed(attributes), frozenset(attributes.keys() - PREDEFINED))
            return customer

        return self.batch(call, change)

    def update_customers(self, call: Call) -> Json:
        """Update customers."""

        def change(customer: str, attributes: dict[str, str]) -> str:
            if customer not in call.tenant.customers:
                raise Fault("7014", "no such customer", customer)
            call.tenant.customers[customer].replace(owned_removed(attributes))
            return customer

        return self.batch(call, change)

    def create_customers(self, call: Call) -> Json:
        """Create customers."""

        def change(customer: str, attributes: dict[str, str]) -> str:
            if customer in call.tenant.customers:
                raise Fault("7015", "customer already exists", customer)
            call.tenant.customers[customer] = Profile(owned_removed(attributes))
            return customer

        return self.batch(call, change)

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
                for profiles in call.tenant.apps.values():
                    profiles.pop(customer, None)
                results.append(result(customer, "1000", "ok"))
        return self.finish(call.tenant, results)

    def read_customers(self, call: Call) -> Json:
        """Read customers."""
        linked = call.query.get("showinwardlinks", ["0"])[-1] in ("1", "2")
        records: list[Json] = []
        for customer in dict.fromkeys(self.customer_ids(call)):
            profile = call.tenant.customers.get(customer)
            if profile is None:
                continue
            apps = [(app, owned[customer]) for app, owned in call.tenant.apps.items() if customer in owned]
            flags: Json = {app.attributes["channel"]: 1 for _, app in apps if app.attributes.get("channel")}
            links = [{"appId": name, "Attributes": attribute_list(app.values())} for name, app in apps]
            attributes = attribute_list(flags | profile.values() | {"customerId": customer})
            records.append({"Attributes": attributes, "InwardLinks": links if linked else [], "OutwardLinks": []})
        return self.found(records)

    def read_app(self, call: Call) -> Json:
        """Read the app profile of a customer."""
        profile = call.app().get(call.path[1])
        return self.found([app_record(call.path[1], profile)] if profile else [])

    def find_app(self, call: Call) -> Json:
        """Read the app profiles that hold a user id."""
        users = call.query.get("identifier", [""])
        found = [item for item in call.app().items() if item[1].attributes.get("userId") == users[0] != ""]
        return self.found([app_record(customer, profile) for customer, profile in found])

    def found(self, records: list[Json]) -> Json:
        """Return the answer of a read."""
        if not records:
            raise Fault("7003", "nothing is known by this id")
        transid = "q." + secrets.token_urlsafe(12)
        return {"code": "1000", "transid": transid, "Records": records, "Status": 0, "Description": "success"}

    def delete_app(self, call: Call) -> Json:
        """Delete the app profile of a customer."""
        customer = call.path[1]
        if call.app().pop(customer, None) is None:
            return self.finish(call.tenant, [result(customer, "7014", "no such app profile")])
        return self.finish(call.tenant, [result(customer, "1000", "ok")])

    def status(self, call: Call) -> Json:
        """Return the results of an earlier request."""
        report = call.tenant.results.get(call.path[0])
        if report is None:
            raise HttpFault(404, "No transaction is known by this id.")
        return {**report, "transid": "q." + secrets.token_urlsafe(12)}


def read_body(stream: BufferedIOBase, headers: Message) -> bytes:
    """Read a counted or chunked request body, or raise HttpFault."""
    lengths, coding = set(headers.get_all("Content-Length") or []), headers.get("Transfer-Encoding")
    if (coding and (lengths or coding.strip().lower() != "chunked")) or len(lengths) > 1:
        raise HttpFault(400, "The length of the body is not clear.")
    parts: list[bytes] = []
    total = 0
    while True:
        line = stream.readline(1024).partition(b";")[0].strip() if coding else "".join(lengths or {"0"}).encode()
        if not re.fullmatch(rb"[0-9A-Fa-f]{1,15}" if coding else rb"\s*[0-9]{1,15}\s*", line):
            raise HttpFault(400, "The length of the body is not a number.")
        size = int(line, 16 if coding else 10)
        total += size
        if total > MAX_BODY:
            raise HttpFault(413, "The body is too long.")
        parts.append(stream.read(size))
        if len(parts[-1]) < size:
            raise HttpFault(400, "The body is incomplete.")
        if not coding:
            break
        end = stream.readline(8192)
        while size == 0 and end.strip():  # trailer fields
            end = stream.readline(8192)
        if end.strip() or not end:
            raise HttpFault(400, "A chunk is faulty.")
        if size == 0:
            break
    return b"".join(parts)


def accepts_gzip(headers: Message) -> bool:
    """Tell whether the client takes gzip."""
    codings = [item.partition(";") for item in (headers.get("Accept-Encoding") or "").lower().split(",")]
    return any(name.strip() == "gzip" and not re.fullmatch(r"\s*q=0(\.0*)?\s*", q) for name, _, q in codings)


class Handler(BaseHTTPRequestHandler):
    """One connection; on the plain port every request is redirected."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 45
    server: Port
    verb = ""

    def parse_request(self) -> bool:
        """Parse line and headers and send all methods to do_ANY."""
        parsed = super().parse_request()
        self.verb, self.command = self.command or "", "ANY"
        return parsed

    def do_ANY(self) -> None:  # noqa: N802
        """Answer a request of any method."""
        if self.request_version != "HTTP/1.1":
            self.close_connection = True
        try:
            try:
                body = read_body(self.rfile, self.headers)
            except HttpFault:
                self.close_connection = True
                raise
            if self.server.tls_port is not None:
                path = "/" + re.sub(r"^http://[^/?]*", "", self.path, flags=re.I).lstrip("/")
                location = {"Location": f"https://127.0.0.1:{self.server.tls_port}{path}"}
                raise HttpFault(301, "Please use HTTPS.", location)
            answer = self.server.api.handle(self.verb, self.path, self.headers, str(self.client_address[0]), body)
        except HttpFault as fault:
            self.reply(fault.status, fault.text.encode(), {"Content-Type": "text/plain"} | fault.headers)
            return
        content = json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
        fields = {"Content-Type": "application/json", "Vary": "Accept-Encoding"}
        if len(content) > 700 and accepts_gzip(self.headers):
            content = gzip.compress(content, 1, mtime=0)
            fields["Content-Encoding"] = "gzip"
        self.reply(200, content, fields)

    def reply(self, status: int, content: bytes, fields: dict[str, str]) -> None:
        """Send head and body in one write; the body is one chunk."""
        lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}", f"Date: {formatdate(usegmt=True)}"]
        lines += [f"{name}: {text}" for name, text in fields.items()]
        if self.close_connection:
            lines.append("Connection: close")
        if self.request_version == "HTTP/1.1":
            lines.append("Transfer-Encoding: chunked")
            content = b"%X\r\n%b\r\n0\r\n\r\n" % (len(content), content)
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1", "replace")
        self.wfile.write(head if self.verb == "HEAD" else head + content)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer a request that the base class cannot parse."""
        self.close_connection, self.request_version = True, "HTTP/1.0"
        self.reply(code if code < 500 else 400, b"Bad request.", {})

    def log_message(self, format: str, *args: Any) -> None:
        """Write no log."""


class Port(ThreadingHTTPServer):
    """A listening port; each connection has its thread."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, api: Api, tls: ssl.SSLContext | None = None, tls_port: int | None = None) -> None:
        self.api, self.tls, self.tls_port = api, tls, tls_port
        self._connections: dict[socket.socket, threading.Thread] = {}
        super().__init__(("127.0.0.1", 0), Handler)
        self.number = int(self.server_address[1])
        self._accepting = threading.Thread(target=self.serve_forever, args=(0.04,), daemon=True)
        self._accepting.start()

    def server_bind(self) -> None:
        """Bind without asking for the name of the host."""
        socketserver.TCPServer.server_bind(self)

    def get_request(self) -> tuple[socket.socket, Any]:
        """Accept a connection; its own thread will do the TLS handshake."""
        connection, address = super().get_request()
        if self.tls:
            connection = self.tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)
        return connection, address

    def process_request(self, request: Any, client_address: Any) -> None:
        """Start the thread of a connection."""
        thread = threading.Thread(target=self.process_request_thread, args=(request, client_address), daemon=True)
        self._connections[request] = thread
        thread.start()

    def shutdown_request(self, request: Any) -> None:
        """Close a connection."""
        self._connections.pop(request, None)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Pass over broken connections and failed handshakes."""

    def stop(self) -> None:
        """Close the port and its connections and wait for their threads."""
        self.shutdown()
        self.server_close()
        connections = self._connections.copy()
        for connection in connections:
            with contextlib.suppress(OSError):
                socket.socket.shutdown(connection, socket.SHUT_RDWR)
        latest = time.monotonic() + 0.7
        for thread in (self._accepting, *connections.values()):
            thread.join(max(0.0, latest - time.monotonic()))


class Server:
    """HTTPS at `port`, redirects to it at `plain_port`."""

    def __init__(self, certificate: Path) -> None:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate)
        api = Api()
        secure = Port(api, tls=tls)
        plain = Port(api, tls_port=secure.number)
        self.port: int = secure.number
        self.plain_port: int | None = plain.number
        self._ports = [secure, plain]

    def stop(self) -> None:
        """Stop serving; a second call does nothing."""
        while self._ports:
            self._ports.pop().stop()


def start(certificate: Path) -> Server:
    """Serve HTTPS on a free port of 127.0.0.1 with the PEM file `certificate` (private key and chain in one file)."""
    return Server(certificate)
