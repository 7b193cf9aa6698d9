"""Update Customer Profile of IMIconnect, served by Flask and werkzeug's threaded server, with its companion operations.

Readings of the contradictions and silences:

I-C01 put-customerprofile: PUT /resources/v2/customerprofile.
I-C02, I-C03, I-C17, I-C20, I-C33, I-C48 to I-C52 speak of app profiles, which this server lacks.
I-C04 example-1001: a queued request would be answered 1001; but none is ever queued (I-C08), so it does not appear.
I-C05 string: every code is a JSON string.
I-C06 flat: code, description, transid, counts and Results stand at the root; there is no `response` wrapper.
I-C07 case-insensitive: the texts of the documents in small letters ("success", "invalid json").
I-C08 inline: the final result is in the answer to the request; its transid repeats it through the status operation.
I-C09 sync-all: every error, of the request or of a record, is in the immediate answer.
I-C10 status-7014 with overall 1002: one unknown customer alone has overall code 1002, its only result says 7014.
I-C11 other-failure: 7004 when all of two or more records fail; a batch of one failed record keeps 1002 (as I-C10).
I-C12 1000-with-failures: a mixed batch has overall code 1000, a FailureCount above 0 and each code in Results.
I-C13 per-record: the good records of a mixed batch are applied.
I-C14 mapped-4xx: 7000 -> 400, 7001, 7002 -> 401, 7003 -> 422, 7010 -> 403. Answers with Results are 200 with any code.
I-C15 limit-100: a request may carry 100 records.
I-C16 truncate: the first 100 records are worked on, each further one gets 7012, as does the whole (HTTP 200 by I-C14).
I-C18 example-case: `customerid` or `attributes` are not the names of the members, hence 7003.
I-C19 object: Attributes as text, number or array is 7011; null counts as missing (7003).
I-C21 syntax: 7000 is for what is not JSON; a bad key is 7001.
I-C22 7003: JSON of another form (array, scalar, no Records, Records not an array).
I-C23 one credential.  I-C24 no header: 7002, empty header: 7001.  I-C25 only `key`; `secretKey` is not looked at.
I-C26 parse-first: 7000, then 7002, 7001, 7010, 7003, 7012.
I-C27 The text of 7003 is constant; when it refuses a request a member `missing` names the place.
I-C28 per-record: a record that lacks customerId or Attributes fails alone with 7003. Where no record has what is
      mandatory (so always in a batch of one) the whole request is refused with 7003.
I-C29 queued-0: empty Records is a success with counts of 0.
I-C30 7003: Attributes {} counts as missing.
I-C31 schema-closed: 7011 for unknown names, values that are arrays or objects, malformed email and msisdn.
I-C32 `ignored`, then `added`, cannot live with a closed schema (I-C31), so the next one: 7011.
I-C34 replace: the attributes sent take the place of all stored ones.
I-C35 ignored: an empty text is accepted and leaves the stored value as it was (it survives the replacement of I-C34).
I-C36 cleared: null removes the attribute.
I-C37 coerced: numbers become text as they were written, booleans "true" and "false".
I-C38 7011: if a customer stands twice in a batch, all its records are refused and nothing is applied to it.
I-C39 opaque: `cp-` and 20 hexadecimal digits.
I-C40 own-id: an answer of the status operation has a transid of its own, for which no status is kept.
I-C41 zero-counts: no request is ever incomplete, so nothing to see.
I-C42 404: a transid that was never issued, or to another tenant, is HTTP 404 without a code.
I-C43 transid in the path.  I-C44 none: an answer without Results has no transid.
I-C45 outcomes live as long as the server, for the tenant's key only.  I-C47 a new transid each time.
I-C46 unordered: parallel requests are applied as their threads get hold of the lock.
I-C53 accepted: the content type is not looked at.
I-C54 refused: there is no plain HTTP port.  I-C55 7010 has the words of S1.  I-C56 v2, `key`, query.
I-C57 empty-Records: reading an unknown customer succeeds with no records.
I-C58 7003: an extra member at the root refuses the request, in a record it refuses the record (as in I-C28).
I-C59 coerced: customerId 12 is "12"; booleans, null, arrays, objects and blank text count as missing.
I-C60 no rate limit.

Where readings meet, and free choices:

Empty body: not JSON, so 7000 (and not 7003).
Order within a record: 7003, 7011 of I-C19, 7011 of I-C38, 7014 or 7015, 7011 of values.
Results: failed records first, then the others, each in the order of the request; customerId is "" where none was sent.
Outcomes have a further member `operation` (create, update, delete).
Create: an existing customer is 7015; in all else like update.
Delete: like a batch of that many ids, unknown ones 7014; no id at all 7003. The status operation serves deletions too.
Read: no id at all is 7003; records in the order of their ids; `showinwardlinks` changes nothing as there are no links.
Read: customerId is the first attribute; the channel flags sms, voice, rt and fb are numbers; ID is a number.
JSON: a byte order mark is skipped.
JSON: repeated names, NaN, lone surrogates, other encodings than UTF-8 and too deep nesting are 7000.
HTTP: header names in small letters, no server header, content-length, gzip for longer bodies if accepted.
HTTP: bodies are indented, with a final newline; 404 and 405 have a JSON body without code.
HTTP: the connection closes after each answer; a body above 32 MiB is 413. Latency: writes wait up to 1.5 ms.
"""

from __future__ import annotations

import gzip
import ipaddress
import json
import random
import re
import secrets
import ssl
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.serving import WSGIRequestHandler, make_server

PROFILE_KEY = "7d1f60aa-profile-north"
OTHER_PROFILE_KEY = "c94e2b17-profile-south"
CUSTOM_ATTRIBUTES = ("firstname", "lastname", "city", "language", "segment", "remarks")
ATTRIBUTE_NAMES = ("name", "email", "msisdn", *CUSTOM_ATTRIBUTES)
ALLOWED_SOURCES = (ipaddress.ip_network("127.0.0.1/32"),)
BATCH_LIMIT = 100
BODY_LIMIT = 32 * 1024 * 1024
GZIP_FROM = 600

TARGET: dict[str, Any] = {
    "credentials": {"key": PROFILE_KEY, "other_tenant_key": OTHER_PROFILE_KEY},
    "data": {"attributes": list(ATTRIBUTE_NAMES)},
    "readings": {},
    "operations": {},
}

MESSAGES = {
    "1000": "success",
    "1002": "partial success",
    "7000": "invalid json",
    "7001": "authentication failed",
    "7002": "service key missing",
    "7003": "mandatory parameters missing",
    "7004": "invalid parameters or values",
    "7006": "internal error occurred",
    "7010": "source ip is not white listed",
    "7011": "invalid attribute value",
    "7012": "batch size limit(100) exceeded",
    "7014": "customer not found",
    "7015": "customer already exists",
}
HTTP_STATUS = {"7000": 400, "7001": 401, "7002": 401, "7003": 422, "7006": 400, "7010": 403}
FORMATS = {"email": re.compile(r"[^@\s]+@[^@\s]+"), "msisdn": re.compile(r"\+?[0-9]{6,15}")}
ANYTHING = re.compile(r".*", re.DOTALL)


class ProfileError(Exception):
    """A request or a record fails with a code."""

    def __init__(self, code: str, missing: str | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.missing = missing


@dataclass(frozen=True)
class Number:
    """A JSON number as it was written."""

    literal: str


@dataclass
class Tenant:
    """The customers of a tenant and the outcomes of its requests."""

    customers: dict[str, dict[str, str]] = field(default_factory=dict)
    outcomes: dict[str, dict[str, Any]] = field(default_factory=dict)


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for name, value in pairs:
        name.encode()  # raises on lone surrogates
        if isinstance(value, str):
            value.encode()
        if name in members:
            raise ValueError("repeated member name")
        members[name] = value
    return members


def parse_json(body: bytes) -> Any:
    """Parse a body, or raise ProfileError 7000."""
    try:
        return json.loads(
            body.decode("utf-8-sig"),
            object_pairs_hook=_object,
            parse_constant=_refuse_constant,
            parse_int=Number,
            parse_float=Number,
        )
    except (ValueError, RecursionError):
        raise ProfileError("7000") from None


def new_transid() -> str:
    """A fresh transaction id."""
    return "cp-" + secrets.token_hex(10)


def records_of(document: Any) -> list[Any]:
    """The Records of a request, or raise ProfileError 7003."""
    if not isinstance(document, dict) or not isinstance(document.get("Records"), list):
        raise ProfileError("7003", "Records")
    if len(document) > 1:
        raise ProfileError("7003", "a body with the member Records only")
    records: list[Any] = document["Records"]
    return records


def customer_id_of(record: Any) -> str:
    """The customer id of a record as text, "" if there is none."""
    value = record.get("customerId") if isinstance(record, dict) else None
    if isinstance(value, Number):
        return value.literal
    return value if isinstance(value, str) and value.strip() else ""


def attributes_of(record: Any) -> dict[str, Any]:
    """The Attributes of a record, or raise ProfileError if its form is wrong."""
    if not customer_id_of(record):
        raise ProfileError("7003", "customerId")
    attributes = record.get("Attributes")
    if attributes is None or attributes == {}:
        raise ProfileError("7003", "Attributes")
    if len(record) > 2:
        raise ProfileError("7003", "a record with customerId and Attributes only")
    if not isinstance(attributes, dict):
        raise ProfileError("7011")
    return attributes


def text_of(value: Any) -> str:
    """The text of an attribute value."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.literal if isinstance(value, Number) else str(value)


def new_attributes(stored: dict[str, str], sent: dict[str, Any]) -> dict[str, str]:
    """The attributes after an update, or raise ProfileError 7011."""
    result: dict[str, str] = {}
    for name, value in sent.items():
        if name not in ATTRIBUTE_NAMES or isinstance(value, dict | list):
            raise ProfileError("7011")
        if value == "" and name in stored:
            result[name] = stored[name]
        elif value is not None and value != "":
            result[name] = text_of(value)
            if not FORMATS.get(name, ANYTHING).fullmatch(result[name]):
                raise ProfileError("7011")
    return result


def finish(tenant: Tenant, operation: str, results: list[tuple[str, str]]) -> dict[str, Any]:
    """Build and keep the outcome of a batch from pairs of customer id and code."""
    failures = sum(code != "1000" for _, code in results)
    if len(results) > BATCH_LIMIT:
        overall = "7012"
    elif failures < len(results) or not results:
        overall = "1000"
    else:
        overall = "1002" if len(results) == 1 else "7004"
    ordered = sorted(results, key=lambda result: result[1] == "1000")
    transid = new_transid()
    outcome = {
        "operation": operation,
        "code": overall,
        "description": MESSAGES[overall],
        "transid": transid,
        "TotalCount": len(results),
        "SuccessCount": len(results) - failures,
        "FailureCount": failures,
        "Results": [{"code": code, "description": MESSAGES[code], "customerId": name} for name, code in ordered],
    }
    tenant.outcomes[transid] = outcome
    return outcome


def apply_batch(tenant: Tenant, document: Any, operation: str) -> dict[str, Any]:
    """Create or update the customers of a request."""
    records = records_of(document)
    copies = Counter(customer_id_of(record) for record in records[:BATCH_LIMIT])
    results: list[tuple[str, str]] = []
    missing = None
    for position, record in enumerate(records):
        customer_id = customer_id_of(record)
        code = "1000"
        try:
            if position >= BATCH_LIMIT:
                raise ProfileError("7012")
            attributes = attributes_of(record)
            if copies[customer_id] > 1:
                raise ProfileError("7011")
            stored = tenant.customers.get(customer_id)
            if (stored is None) == (operation == "update"):
                raise ProfileError("7014" if stored is None else "7015")
            tenant.customers[customer_id] = new_attributes(stored or {}, attributes)
        except ProfileError as failure:
            code = failure.code
            missing = missing or failure.missing
        results.append((customer_id, code))
    if results and all(code == "7003" for _, code in results[:BATCH_LIMIT]):
        raise ProfileError("7003", missing)
    return finish(tenant, operation, results)


def delete_customers(tenant: Tenant, customer_ids: list[str]) -> dict[str, Any]:
    """Delete customers by id."""
    results = []
    for position, customer_id in enumerate(customer_ids):
        if position >= BATCH_LIMIT:
            results.append((customer_id, "7012"))
        else:
            found = tenant.customers.pop(customer_id, None) is not None
            results.append((customer_id, "1000" if found else "7014"))
    return finish(tenant, "delete", results)


def shown(customer_id: str, stored: dict[str, str]) -> dict[str, Any]:
    """A customer as a record of the read operation."""
    reachable = int("msisdn" in stored)
    flags = {"sms": reachable, "voice": reachable, "rt": 0, "fb": 0}
    values: dict[str, str | int] = {"customerId": customer_id, **stored, **flags}
    order = ("customerId", *ATTRIBUTE_NAMES, *flags)
    attributes = [{"Name": name, "Value": value, "ID": 100 + order.index(name)} for name, value in values.items()]
    return {"Attributes": attributes, "InwardLinks": [], "OutwardLinks": []}


def read_customers(tenant: Tenant, customer_ids: list[str]) -> dict[str, Any]:
    """The answer of the read operation."""
    known = sorted(tenant.customers.keys() & customer_ids)
    records = [shown(customer_id, tenant.customers[customer_id]) for customer_id in known]
    success = MESSAGES["1000"]
    return {"Status": 0, "Description": success, "code": "1000", "transid": new_transid(), "Records": records}


def answer(document: dict[str, Any], status: int = 200) -> Response:
    """A JSON answer, compressed where the client takes it and it is worth it."""
    body = (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode()
    response = Response(status=status, content_type="application/json; charset=utf-8")
    response.headers["Vary"] = "accept-encoding"
    response.headers["Cache-Control"] = "no-store"
    if len(body) >= GZIP_FROM and request.accept_encodings.quality("gzip") > 0:
        body = gzip.compress(body, 1)
        response.headers["Content-Encoding"] = "gzip"
    response.set_data(body)
    if status == 401:
        response.headers["WWW-Authenticate"] = 'ProfileKey header="key"'
    return response


def build_app() -> Flask:
    """The web application with the state of one server."""
    app = Flask("imiconnect_customer", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = BODY_LIMIT
    app.url_map.merge_slashes = False
    lock = threading.Lock()
    tenants = {PROFILE_KEY: Tenant(), OTHER_PROFILE_KEY: Tenant()}
    base = "/resources/v2/customerprofile"

    def authenticated() -> Tenant:
        key = request.headers.get("key")
        if key is None:
            raise ProfileError("7002")
        tenant = tenants.get(key.strip())
        if tenant is None:
            raise ProfileError("7001")
        source = ipaddress.ip_address(request.remote_addr or "0.0.0.0")
        if not any(source in network for network in ALLOWED_SOURCES):
            raise ProfileError("7010")
        return tenant

    @app.before_request
    def read_body() -> None:
        request.get_data()  # also where it is not needed: the connection is closed after the answer

    @app.route(base, methods=["PUT", "POST"])
    def write() -> Response:
        document = parse_json(request.get_data())
        tenant = authenticated()
        time.sleep(random.uniform(0, 0.0015))
        with lock:
            return answer(apply_batch(tenant, document, "update" if request.method == "PUT" else "create"))

    @app.route(base, endpoint="several", methods=["GET", "DELETE"])
    @app.route(f"{base}/<path:customer_id>", methods=["GET", "DELETE"])
    def read_or_delete(customer_id: str | None = None) -> Response:
        tenant = authenticated()
        customer_ids = [customer_id] if customer_id else request.args.getlist("customerId")
        if not customer_ids:
            raise ProfileError("7003", "customerId")
        operation = delete_customers if request.method == "DELETE" else read_customers
        with lock:
            return answer(operation(tenant, customer_ids))

    @app.get("/resources/v2/profile/status/<transid>")
    def status(transid: str) -> Response:
        outcome = authenticated().outcomes.get(transid)
        if outcome is None:
            raise NotFound
        return answer({**outcome, "transid": new_transid()})

    @app.errorhandler(ProfileError)
    def refused(refusal: ProfileError) -> Response:
        document = {"code": refusal.code, "description": MESSAGES[refusal.code]}
        if refusal.missing is not None:
            document["missing"] = refusal.missing
        return answer(document, HTTP_STATUS[refusal.code])

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> Response:
        response = answer({"error": error.name.lower(), "status": error.code}, error.code or 400)
        response.headers.extend([pair for pair in error.get_headers() if pair[0] == "Allow"])
        return response

    @app.errorhandler(Exception)
    def unforeseen(error: Exception) -> Response:
        return refused(ProfileError("7006"))

    return app


class Handler(WSGIRequestHandler):
    """One connection, silent, and without 5xx for what is not HTTP."""

    protocol_version = "HTTP/1.1"
    default_request_version = "HTTP/1.1"  # a malformed request line is answered with a status line, too
    disable_nagle_algorithm = True
    timeout = 30

    def log(self, type: str, message: str, *args: Any) -> None:
        """Log nothing."""

    def send_header(self, keyword: str, value: str) -> None:
        """Send a header, its name in small letters, but none about the server."""
        if keyword != "Server":
            super().send_header(keyword.lower(), value)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer what is not HTTP."""
        super().send_error(code if code < 500 else 400, message, explain)


class Server:
    """A running server."""

    plain_port: int | None = None

    def __init__(self, certificate: Path) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self._server = make_server(
            "127.0.0.1", 0, build_app(), threaded=True, request_handler=Handler, ssl_context=context
        )
        # shake hands in the thread of the connection, not where connections are accepted
        self._server.socket.do_handshake_on_connect = False  # type: ignore[attr-defined]
        self.port: int = self._server.port
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop accepting connections and close the listening socket."""
        self._server.shutdown()
        self._thread.join(0.5)


def start(certificate: Path) -> Server:
    """Serve HTTPS on a free port of 127.0.0.1 with the PEM file `certificate` (private key and chain in one file)."""
    return Server(certificate)
