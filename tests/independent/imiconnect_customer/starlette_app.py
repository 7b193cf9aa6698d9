"""IMIconnect Update Customer Profile, generation v2, on Starlette and uvicorn.

Reading taken for each contradiction
    I-C01 put-customerprofile; I-C04 table-1000; I-C05 number, in every answer; I-C06 wrapped, for PUT, POST and DELETE.
    I-C07 exact, "Queued" included; I-C08 async; I-C09 sync-request / async-record.
    I-C10 sync-7014: one record for an unknown customer is answered 7014 at once; its transid has a final status.
    I-C11 record-code: when every record fails by its own fault, the overall code is that of the first one.
    I-C12 1002; I-C13 all-or-nothing. Where the two meet I-C11: a batch in which at least one record is faultless is a
      mixed batch, so its overall code is 1002, although nothing is applied and SuccessCount is 0.
    I-C14 202-queued: 202 when queued, else 200; I-C15 limit-1000, with the documented text "(100)"; I-C16 reject-all.
    I-C18 table-case: customerid and attributes, but customerId and Attributes as in the seed win if both are sent.
    I-C19 object+string: a string with the JSON text of an object; any other string or an array is 7011.
    I-C21 literal: on PUT and POST a wrong key is 7000, as is a body that is not JSON. The other operations answer 7001.
    I-C22 7000, also for a missing Records, a Records that is no array and a record that is no object.
    I-C23 one credential; I-C24 empty key is 7002; I-C25 both (key before secretKey); I-C26 auth-first.
    I-C27 the table's text; I-C28 whole-7003; I-C29 7000; I-C30 no-op.
    I-C31 schema-closed: `typed` cannot stand beside I-C32 7011, so the next reading is taken. Types and names are
      checked, not formats.
    I-C32 7011; I-C34 merge; I-C35 cleared; I-C36 ignored (only for known names); I-C37 7011.
    I-C38 first-wins, attribute by attribute: the records of a batch are applied from the last to the first.
    I-C39 uuid; I-C40 echo; I-C41 queued (1000, QUEUED); I-C42 7600; I-C43 transid; I-C44 has-transid; I-C46 fifo.
    I-C45 kept for ever, and the key of another tenant sees 7600; I-C47 new transid.
    I-C53 7000, for a body whose content-type is absent or other than application/json (parameters are ignored).
    I-C54 error-body: 403 and code 7007 on the plain port; I-C55 the wording of the customer document.
    I-C56 v2, key or secretKey, query showinwardlinks; I-C57 404 with an empty body; I-C58 ignored.
    I-C59 7003, as for every customer id that is not a string with a visible character.
    I-C60 no rate limit. I-C02, 03, 17, 20, 33, 48 to 52: app profiles, not served here.

Free choices
    Order: 7002, bad key, 7010, content-type, JSON and root 7000, 7012, record that is no object 7000, 7003, 7014.
    Within a record 7014 or 7015 goes before 7011. Faultless records of a failed batch carry 1002 "Partial success".
    Status of a request that was rejected at once: 7600, except for I-C10.
    Status answers are flat; Results stand in the order in which the records were handled, the last one first.
    A pending status has TotalCount, zero counts and empty Results; 7600 has no counts and no Results.
    Create: queued, same grammar, limit and atomicity as update; an id that exists or stands twice is 7015.
    Delete: queued, 202, one customer or several; record by record (a mixed one is 1002); unknown is 7014; repeated ids
      count once.
    Read: done at once; known ids only, in the order of creation; 404 if none is known; 7003 without an id.
    Read: ID is a number; flags `sms` and `voice` ("1" or "0") beside the attributes; InwardLinks only if asked for.
    An unusual showinwardlinks counts as 0. Error answers of reads have Status 1, those of status calls are flat.
    JSON: a byte order mark and NaN are 7000, of repeated names the last counts, lone surrogates are kept.
    HTTP: Content-Length, lower-case headers, Date, no Server, charset, gzip for large answers on request.
    Latency up to 1.5 ms; the queue takes 20 to 60 ms. Nothing exists at the start.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import random
import socket
import threading
import time
import uuid
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

ATTRIBUTES = (
    *("email", "msisdn", "name", "firstname", "lastname", "city", "country", "language", "gender", "segment"),
    *("crn", "company", "notes"),
)
FIRST_KEY = "5d0c6b1e-mercury-profile-key"
SECOND_KEY = "a94f7732-venus-profile-key"
TARGET: dict[str, Any] = {
    "credentials": {"key": FIRST_KEY, "other_tenant_key": SECOND_KEY},
    "data": {"attributes": list(ATTRIBUTES)},
    "readings": {},
    "operations": {},
}

ALLOWED_SOURCES = frozenset({"127.0.0.1"})
BATCH_LIMIT = 1000
QUEUE_DELAY = (0.02, 0.06)
LATENCY = 0.0015

SUCCESS, PARTIAL, INVALID_JSON, BAD_KEY, NO_KEY, MISSING = 1000, 1002, 7000, 7001, 7002, 7003
INACTIVE, BAD_SOURCE, BAD_VALUE, TOO_MANY, NO_CUSTOMER, EXISTS, NO_RESULT = 7007, 7010, 7011, 7012, 7014, 7015, 7600
TEXTS = {
    SUCCESS: "SUCCESS",
    PARTIAL: "Partial success",
    INVALID_JSON: "Invalid JSON",
    BAD_KEY: "Authentication failed",
    NO_KEY: "Service Key Missing",
    MISSING: "Mandatory parameters missing",
    INACTIVE: "Service inactive over unencrypted HTTP",
    BAD_SOURCE: "Source ip is not white listed",
    BAD_VALUE: "Invalid Attribute Value",
    TOO_MANY: "Batch size limit(100) exceeded",
    NO_CUSTOMER: "Customer not found",
    EXISTS: "Customer already exists",
    NO_RESULT: "No result found",
}


class Rejection(Exception):
    """A request that is refused at once, with its response code."""

    def __init__(self, code: int) -> None:
        super().__init__(TEXTS[code])
        self.code = code


@dataclass(frozen=True)
class Record:
    """One record of a batch; `attributes` is still unchecked."""

    customer_id: str
    attributes: Any = None


@dataclass
class Tenant:
    """The customers of one tenant, and the status of its requests by transid."""

    customers: dict[str, dict[str, str]] = field(default_factory=dict)
    results: dict[str, dict[str, Any]] = field(default_factory=dict)


@dataclass(frozen=True)
class Job:
    """A queued request."""

    due: float
    tenant: Tenant
    action: str
    records: list[Record]
    transid: str


def parse_json(text: str) -> Any:
    """Parse JSON text; every failure is a ValueError. Numbers become floats, since no number is ever stored."""

    def refuse(constant: str) -> NoReturn:
        raise ValueError(constant)

    try:
        return json.loads(text, parse_int=float, parse_constant=refuse)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def parse_records(body: bytes) -> list[Record]:
    """Read the batch of a create or update request, or raise the Rejection that it deserves."""
    try:
        root = parse_json(body.decode("utf-8"))
    except ValueError as error:
        raise Rejection(INVALID_JSON) from error
    entries = root.get("Records") if isinstance(root, dict) else None
    if not isinstance(entries, list) or not entries:
        raise Rejection(INVALID_JSON)
    if len(entries) > BATCH_LIMIT:
        raise Rejection(TOO_MANY)
    if not all(isinstance(entry, dict) for entry in entries):
        raise Rejection(INVALID_JSON)
    records = []
    for entry in entries:
        customer_id = first_present(entry, "customerId", "customerid")
        attributes = first_present(entry, "Attributes", "attributes")
        if not isinstance(customer_id, str) or not customer_id.strip() or attributes is None:
            raise Rejection(MISSING)
        records.append(Record(customer_id, attributes))
    return records


def first_present(entry: dict[str, Any], *names: str) -> Any:
    """The first of the named members that is there and is not null."""
    return next((entry[name] for name in names if entry.get(name) is not None), None)


def checked_attributes(value: Any) -> dict[str, str] | None:
    """The changes that an Attributes value asks for, or None if it is invalid (7011)."""
    if isinstance(value, str):
        try:
            value = parse_json(value)
        except ValueError:
            return None
    if not isinstance(value, dict):
        return None
    changes: dict[str, str] = {}
    for name, text in value.items():
        if name not in ATTRIBUTES or not (text is None or isinstance(text, str)):
            return None
        if text is not None:
            changes[name] = text
    return changes


def merge(profile: dict[str, str], changes: dict[str, str]) -> None:
    """Add or update the pairs that were sent; an empty text clears its attribute."""
    for name, text in changes.items():
        if text:
            profile[name] = text
        else:
            profile.pop(name, None)


def outcome(transid: str, records: list[Record], own_codes: list[int], atomic: bool) -> dict[str, Any]:
    """The final status of a request, from the code that each record deserves by itself."""
    failed = [code for code in own_codes if code != SUCCESS]
    codes = [PARTIAL if atomic and failed and code == SUCCESS else code for code in own_codes]
    if not failed:
        overall = SUCCESS
    elif len(failed) < len(own_codes):
        overall = PARTIAL
    else:
        overall = failed[0]
    results = [
        {"customerId": record.customer_id, "code": code, "description": TEXTS[code]}
        for record, code in zip(reversed(records), reversed(codes), strict=True)
    ]
    return status_answer(transid, overall, TEXTS[overall], len(codes), codes.count(SUCCESS), results)


def status_answer(
    transid: str, code: int, text: str, total: int, good: int, results: list[dict[str, Any]]
) -> dict[str, Any]:
    """The body of a Get Profile Status answer."""
    counts = {"TotalCount": total, "SuccessCount": good, "FailureCount": len(results) - good}
    return {"transid": transid, "code": code, "description": text, **counts, "Results": results}


def update(tenant: Tenant, records: list[Record]) -> list[int]:
    """Update customers, all or none; return the code that each record deserves by itself."""
    changes = [checked_attributes(record.attributes) for record in records]
    codes = []
    for record, change in zip(records, changes, strict=True):
        if record.customer_id not in tenant.customers:
            codes.append(NO_CUSTOMER)
        else:
            codes.append(BAD_VALUE if change is None else SUCCESS)
    if codes.count(SUCCESS) == len(codes):
        for record, change in zip(reversed(records), reversed(changes), strict=True):
            merge(tenant.customers[record.customer_id], change or {})
    return codes


def create(tenant: Tenant, records: list[Record]) -> list[int]:
    """Create customers, all or none."""
    codes = []
    fresh: dict[str, dict[str, str]] = {}
    for record in records:
        changes = checked_attributes(record.attributes)
        if record.customer_id in tenant.customers or record.customer_id in fresh:
            codes.append(EXISTS)
        else:
            codes.append(BAD_VALUE if changes is None else SUCCESS)
            fresh[record.customer_id] = {}
            merge(fresh[record.customer_id], changes or {})
    if codes.count(SUCCESS) == len(codes):
        tenant.customers.update(fresh)
    return codes


def delete(tenant: Tenant, records: list[Record]) -> list[int]:
    """Delete customers, each by itself."""
    gone = [tenant.customers.pop(record.customer_id, None) for record in records]
    return [NO_CUSTOMER if profile is None else SUCCESS for profile in gone]


WORK = {"update": update, "create": create, "delete": delete}


class ProfileStore:
    """Tenants and the queue of accepted requests, worked off in the order of arrival by one thread."""

    def __init__(self) -> None:
        self.tenants = {FIRST_KEY: Tenant(), SECOND_KEY: Tenant()}
        self.changed = threading.Condition()
        self._jobs: deque[Job] = deque()
        self._last_due = 0.0
        self._stopping = False
        self._worker = threading.Thread(target=self._work, name="profile-queue", daemon=True)
        self._worker.start()

    def submit(self, tenant: Tenant, action: str, records: list[Record]) -> tuple[int, str]:
        """Queue a request and return SUCCESS and its transid; a lone update of an unknown customer fails at once."""
        transid = str(uuid.uuid4())
        with self.changed:
            if action == "update" and len(records) == 1 and records[0].customer_id not in tenant.customers:
                tenant.results[transid] = outcome(transid, records, [NO_CUSTOMER], atomic=True)
                return NO_CUSTOMER, transid
            self._last_due = max(self._last_due, time.monotonic() + random.uniform(*QUEUE_DELAY))
            self._jobs.append(Job(self._last_due, tenant, action, records, transid))
            tenant.results[transid] = status_answer(transid, SUCCESS, "QUEUED", len(records), 0, [])
            self.changed.notify()
        return SUCCESS, transid

    def stop(self) -> None:
        """End the worker; what is still queued is dropped."""
        with self.changed:
            self._stopping = True
            self.changed.notify()
        self._worker.join(1)

    def _work(self) -> None:
        with self.changed:
            while not self._stopping:
                wait = self._jobs[0].due - time.monotonic() if self._jobs else None
                if wait is None or wait > 0:
                    self.changed.wait(wait)
                    continue
                job = self._jobs.popleft()
                codes = WORK[job.action](job.tenant, job.records)
                atomic = job.action != "delete"
                job.tenant.results[job.transid] = outcome(job.transid, job.records, codes, atomic)


def json_answer(request: Request, body: dict[str, Any], http_status: int = 200) -> Response:
    """A JSON answer; large ones are compressed for clients that accept gzip."""
    content = json.dumps(body, separators=(",", ":")).encode("ascii")
    headers = {"content-type": "application/json;charset=UTF-8", "cache-control": "no-store", "vary": "accept-encoding"}
    if len(content) > 4096 and accepts_gzip(request.headers.get("accept-encoding", "")):
        content = gzip.compress(content, 1)
        headers["content-encoding"] = "gzip"
    return Response(content, http_status, headers)


def accepts_gzip(header: str) -> bool:
    """Whether an Accept-Encoding value names gzip without forbidding it."""
    for part in header.lower().split(","):
        coding, _, weight = part.partition(";")
        if coding.strip() == "gzip":
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


def wrapped(code: int, text: str, transid: str) -> dict[str, Any]:
    """The immediate answer of the operations that change profiles."""
    return {"response": {"code": code, "description": text, "transid": transid}}


def rejected(request: Request, code: int) -> Response:
    """The answer to a request that is rejected at once, in the form of its operation."""
    transid = request.path_params.get("transid", str(uuid.uuid4()))
    if "transid" in request.path_params:
        return json_answer(request, {"transid": transid, "code": code, "description": TEXTS[code]})
    if request.method in ("GET", "HEAD"):
        failure: dict[str, Any] = {
            "Status": 1,
            "Description": TEXTS[code],
            "code": code,
            "transid": transid,
            "Records": [],
        }
        return json_answer(request, failure)
    return json_answer(request, wrapped(code, TEXTS[code], transid))


def described(customer_id: str, profile: dict[str, str], inward: bool) -> dict[str, Any]:
    """A customer as a record of the read operation."""
    flag = "1" if "msisdn" in profile else "0"
    shown = {"customerId": customer_id, **profile, "sms": flag, "voice": flag}
    attributes = [{"Name": name, "Value": text, "ID": 100 + at} for at, (name, text) in enumerate(shown.items())]
    links: dict[str, Any] = {"InwardLinks": []} if inward else {}
    return {"Attributes": attributes, **links, "OutwardLinks": []}


class Api:
    """The HTTP operations."""

    def __init__(self, store: ProfileStore) -> None:
        self._store = store
        routes = [
            ("/resources/v2/customerprofile", ["PUT", "POST", "GET", "DELETE"], self._collection),
            ("/resources/v2/customerprofile/{customer_id:path}", ["GET", "DELETE"], self._read_or_delete),
            ("/resources/v2/profile/status/{transid:path}", ["GET"], self._status),
        ]
        self.application = Starlette(
            routes=[Route(path, self._guarded(action), methods=methods) for path, methods, action in routes]
        )
        self.application.router.redirect_slashes = False

    def _guarded(
        self, action: Callable[[Request, Tenant, bytes], Response]
    ) -> Callable[[Request], Awaitable[Response]]:
        """An operation behind the checks that all have in common."""

        async def endpoint(request: Request) -> Response:
            body = await request.body()
            await asyncio.sleep(random.uniform(0, LATENCY))
            try:
                return action(request, self._authenticate(request), body)
            except Rejection as rejection:
                return rejected(request, rejection.code)

        return endpoint

    def _authenticate(self, request: Request) -> Tenant:
        key = request.headers.get("key") or request.headers.get("secretKey")
        if not key:
            raise Rejection(NO_KEY)
        tenant = self._store.tenants.get(key)
        if tenant is None:
            raise Rejection(INVALID_JSON if request.method in ("PUT", "POST") else BAD_KEY)
        if request.client is None or request.client.host not in ALLOWED_SOURCES:
            raise Rejection(BAD_SOURCE)
        return tenant

    def _collection(self, request: Request, tenant: Tenant, body: bytes) -> Response:
        operation = self._write if request.method in ("PUT", "POST") else self._read_or_delete
        return operation(request, tenant, body)

    def _write(self, request: Request, tenant: Tenant, body: bytes) -> Response:
        media_type = request.headers.get("content-type", "").partition(";")[0]
        if media_type.strip().lower() != "application/json":
            raise Rejection(INVALID_JSON)
        return self._submit(request, tenant, "update" if request.method == "PUT" else "create", parse_records(body))

    def _submit(self, request: Request, tenant: Tenant, action: str, records: list[Record]) -> Response:
        code, transid = self._store.submit(tenant, action, records)
        if code == SUCCESS:
            return json_answer(request, wrapped(code, "Queued", transid), 202)
        return json_answer(request, wrapped(code, TEXTS[code], transid))

    def _read_or_delete(self, request: Request, tenant: Tenant, _: bytes) -> Response:
        given = [request.path_params.get("customer_id", ""), *request.query_params.getlist("customerId")]
        ids = list(dict.fromkeys(filter(None, given)))
        if not ids:
            raise Rejection(MISSING)
        if len(ids) > BATCH_LIMIT:
            raise Rejection(TOO_MANY)
        if request.method == "DELETE":
            return self._submit(request, tenant, "delete", [Record(customer_id) for customer_id in ids])
        inward = request.query_params.get("showinwardlinks") in ("1", "2")
        with self._store.changed:
            found = [described(key, profile, inward) for key, profile in tenant.customers.items() if key in ids]
        if not found:
            return Response(status_code=404)
        success = {"Status": 0, "Description": "success", "code": SUCCESS, "transid": str(uuid.uuid4())}
        return json_answer(request, {**success, "Records": found})

    def _status(self, request: Request, tenant: Tenant, _: bytes) -> Response:
        with self._store.changed:
            result = tenant.results.get(request.path_params["transid"])
        if result is None:
            raise Rejection(NO_RESULT)
        return json_answer(request, result)


async def refuse_plain(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer whatever arrives over plain HTTP with an error body."""
    body = json.dumps(wrapped(INACTIVE, TEXTS[INACTIVE], str(uuid.uuid4()))).encode("ascii")
    await Response(body, 403, {"content-type": "application/json;charset=UTF-8"})(scope, receive, send)


class Server:
    """A running server: HTTPS on `port`, refusals over plain HTTP on `plain_port`."""

    port: int
    plain_port: int | None

    def __init__(self, certificate: Path) -> None:
        self._store = ProfileStore()
        self._sockets = [self._listen(), self._listen()]
        self.port, self.plain_port = (int(listener.getsockname()[1]) for listener in self._sockets)
        self._servers = [
            uvicorn.Server(self._config(Api(self._store).application, str(certificate))),
            uvicorn.Server(self._config(refuse_plain, None)),
        ]
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="profile-http", daemon=True)
        self._thread.start()
        while self._thread.is_alive() and not all(server.started for server in self._servers):
            time.sleep(0.005)
        if not self._thread.is_alive():
            self._store.stop()
            raise RuntimeError("the server did not start")

    @staticmethod
    def _listen() -> socket.socket:
        listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # accepted connections inherit it
        return listener

    @staticmethod
    def _config(application: Callable[..., Any], certificate: str | None) -> uvicorn.Config:
        return uvicorn.Config(
            application,
            http="h11",
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="critical",
            proxy_headers=False,
            server_header=False,
            timeout_keep_alive=75,
            ssl_certfile=certificate,
        )

    async def _serve(self) -> None:
        pairs = zip(self._servers, self._sockets, strict=True)
        await asyncio.gather(*(server.serve(sockets=[listener]) for server, listener in pairs))

    def stop(self) -> None:
        """Stop the threads and close the sockets."""
        for server in self._servers:
            server.should_exit = True
            server.force_exit = True
        self._thread.join(1.5)
        self._store.stop()


def start(certificate: Path) -> Server:
    """Serve HTTPS on a free port of 127.0.0.1 with the PEM file `certificate` (private key and chain in one file)."""
    return Server(certificate)
