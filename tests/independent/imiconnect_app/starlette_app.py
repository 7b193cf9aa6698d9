"""IMIconnect Update App Profile, generation v2, with its companions, on Starlette and uvicorn.

Readings
    I-C02 customerappprofile; customerprofiles is unknown here (404). I-C03 7018; I-C04 table-1000; I-C05 number.
    I-C06 wrapped, for all operations that queue; I-C07 exact, "Queued" included; I-C08 async.
    I-C09 sync-request / async-record; I-C10 sync-7014 (only the customer update has 7014, see I-C48).
    I-C11 record-code, I-C12 1002, I-C13 all-or-nothing: one fault fails every record of an update or creation, so the
      code of the first faulty record is the overall one. 1002 is left to deletions, which work record by record.
    I-C14 202-queued, else 200; I-C17 none. I-C15 limit-1000 and I-C16 reject-all, for customers; the text says "(100)".
    I-C18 table-case: customerid and attributes, but customerId and Attributes as in the seeds win if both are sent.
    I-C19 object+string: a string with the JSON text of an object; any other string or an array is 7011.
    I-C20 required; I-C21 is settled by the rows of this document: 7000 is a syntax error, a wrong key 7001.
    I-C22 7000, also for a missing Records, a Records that is no array and a record that is no object.
    I-C23 one credential; I-C24 empty key is 7002; I-C25 both (key before secretKey); I-C26 auth-first.
    I-C27 the table's text; I-C28 whole-7003; I-C29 7000; I-C30 no-op; I-C31 typed: strings only, names are free.
    I-C32 7011, for customers; I-C33 ignored, also if nothing else was sent; I-C34 merge; I-C35 cleared; I-C36 ignored.
    I-C37 7011, also under a name that would be ignored; I-C38 first-wins: records are applied from the last to the
      first; I-C39 uuid, in capitals; I-C40 echo; I-C41 queued (1000, QUEUED); I-C42 7600; I-C43 transid.
    I-C44 has-transid; I-C45 kept for ever; another tenant's key sees 7600; I-C46 fifo; I-C47 new transid.
    I-C48 7011, per record, also for a creation; I-C49 both 7018, before the body is looked at.
    I-C50 stored-as-sent; I-C51 validated: the four dates are in one of the three documented forms and real, or empty;
      else 7011; I-C52 no attribute is required; I-C53 7000, unless the content-type is application/json.
    I-C54 error-body: 400 and 7007 on the plain port; I-C55 the wording of the app profile document; I-C56 v2, key or
      secretKey, query showinwardlinks; I-C57 404 with a line of text; I-C58 ignored; I-C60 no rate limit.
    I-C59 7003, as for every customer id that is not a string with a visible character.

Free choices
    Order: 7002, 7001, 7010, 7018, content-type, JSON and Records 7000, 7012, 7003, then per record.
    Faultless records of a failed batch carry 7004. Status of a request that was rejected: 7600, except for I-C10.
    App profiles are kept per channel. A record without a channel (or an empty one) means the profile used last. A
      profile without a channel takes the first one that is sent.
    An update makes the app profile of an existing customer if there is none and something is to be stored; a creation
      merges into one that exists. Creation is queued.
    Reading an app profile: one record a channel, last used first; appId and customerId among the attributes; the
      customer in OutwardLinks; 404 if there is none.
    Customers: update queued; creation and deletion done at once, with a flat final answer; a deletion takes the app
      profiles along. An existing or repeated id in a creation is 7015; repeated ids in a deletion count once.
    Reading customers: known ids in the order of the query; channel flags with numbers 0 or 1; app profiles in
      InwardLinks with showinwardlinks 1 or 2. ID is a string. Error answers of reads have Status 1.
    Status answers are flat, with Results in the order of customer ids and an extra PendingCount; 7600 has Results null.
    JSON: a byte order mark is skipped; repeated names, NaN and lone surrogates are refused (7000; in a string 7011).
    HTTP: chunked, header names in title case, Server but no Date, no compression. The queue takes 40 to 90 ms.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import socket
import threading
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

CUSTOMERS = "/resources/v2/customerprofile"
APPS = "/resources/v2/customerappprofile"
CHANNELS = ("fb", "twitter", "wechat", "rt")
CUSTOMER_ATTRIBUTES = frozenset({"email", "msisdn", "name", "firstname", "lastname", "city", "country", "language"})
APP_ATTRIBUTES = (
    *("verified", "status", "createdOn", "updatedOn", "channel", "name", "profile_pic", "psid"),
    *("twitter_handle", "twitter_name", "geolocation", "timezone", "twitterid", "nick", "language", "wechat_user_id"),
    *("connectStatus", "userId", "deviceId", "rtmId", "make", "model", "os", "osversion", "pushId"),
    *("last_opened", "last_upgraded"),
)
DATES = ("createdOn", "updatedOn", "last_opened", "last_upgraded")
DATE_FORMS = {
    r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d": "%Y-%m-%d %H:%M:%S",
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d{4}": "%Y-%m-%dT%H:%M:%S%z",
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z": "%Y-%m-%dT%H:%M:%S.%fZ",
}

FIRST_KEY, FIRST_APP = "ORCHID-2f9c41d07b", "a_636035705699961901"
SECOND_KEY, SECOND_APP = "LOTUS-b87e03a65c", "a_636035705699970044"
TARGET: dict[str, Any] = {
    "credentials": {"key": FIRST_KEY, "other_tenant_key": SECOND_KEY},
    "data": {"app_id": FIRST_APP, "other_tenant_app_id": SECOND_APP, "attributes": list(APP_ATTRIBUTES)},
    "readings": {},
    "operations": {},
}

ALLOWED_SOURCES = frozenset({"127.0.0.1"})
CUSTOMER_LIMIT = 1000
QUEUE_DELAY = (0.04, 0.09)
WRONG_CUSTOMER = {"create": 7015, "update": 7014, "app": 7011}  # by action: the customer exists, or does not

MESSAGES = {
    1000: "SUCCESS",
    1002: "Partial success",
    7000: "Invalid JSON",
    7001: "Authentication failed",
    7002: "Service Key Missing",
    7003: "Mandatory parameters missing",
    7004: "Invalid parameters or values",
    7007: "Service inactive: use HTTPS",
    7010: "Source IP is not whitelisted",
    7011: "Invalid Attribute Value",
    7012: "Batch size limit(100) exceeded",
    7014: "Customer not found",
    7015: "Customer already exists",
    7018: "Invalid app profile or app profile not linked to this client.",
    7600: "No result found",
}

Profile = dict[str, str]
Channels = dict[str, Profile]  # in the order of their use


class Refused(Exception):
    """A request that is answered at once with an error code."""

    def __init__(self, code: int) -> None:
        super().__init__(MESSAGES[code])
        self.code = code


class Entry(NamedTuple):
    """One record of a batch; `changes` is None if its attributes are invalid."""

    customer_id: str
    changes: Profile | None = None


@dataclass
class Tenant:
    """What belongs to one profile key; its only application's profiles by customer."""

    app: str
    customers: dict[str, Profile] = field(default_factory=dict)
    profiles: dict[str, Channels] = field(default_factory=dict)
    results: dict[str, dict[str, Any]] = field(default_factory=dict)

    def keep(self, result: dict[str, Any]) -> dict[str, Any]:
        """Remember a result for the status operation."""
        self.results[result["transid"]] = result
        return result


def new_transid() -> str:
    """A fresh transaction id."""
    return str(uuid.uuid4()).upper()


def load_json(text: str) -> Any:
    """Parse strictly: any defect, repeated names and lone surrogates included, is a ValueError."""

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        members = dict(pairs)
        if len(members) != len(pairs):
            raise ValueError("repeated name")
        return members

    def refuse(constant: str) -> Any:
        raise ValueError(constant)

    try:
        value = json.loads(text, object_pairs_hook=unique, parse_int=float, parse_constant=refuse)
        json.dumps(value, ensure_ascii=False).encode("utf-8")  # fails on lone surrogates
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    return value


def load_entries(
    request: Request, body: bytes, check: Callable[[Profile], Profile | None], limit: int | None = None
) -> list[Entry]:
    """The records of a request, or Refused."""
    media_type = request.headers.get("content-type", "").partition(";")[0]
    if media_type.strip().lower() != "application/json":
        raise Refused(7000)
    try:
        root = load_json(body.decode("utf-8-sig"))
    except ValueError as error:
        raise Refused(7000) from error
    records = root.get("Records") if isinstance(root, dict) else None
    if not isinstance(records, list) or not records or not all(isinstance(record, dict) for record in records):
        raise Refused(7000)
    if limit is not None and len(records) > limit:
        raise Refused(7012)
    entries = []
    for record in records:
        customer_id = either(record, "customerId", "customerid")
        attributes = either(record, "Attributes", "attributes")
        if not isinstance(customer_id, str) or not customer_id.strip() or attributes is None:
            raise Refused(7003)
        texts = texts_of(attributes)
        entries.append(Entry(customer_id, None if texts is None else check(texts)))
    return entries


def either(record: dict[str, Any], shown: str, tabled: str) -> Any:
    """A member under the name of the examples, or else under that of the table."""
    return record[shown] if record.get(shown) is not None else record.get(tabled)


def texts_of(attributes: Any) -> Profile | None:
    """The texts in an Attributes value without its nulls, or None if its type or that of a value is wrong."""
    if isinstance(attributes, str):
        try:
            attributes = load_json(attributes)
        except ValueError:
            return None
    if not isinstance(attributes, dict):
        return None
    texts = {name: value for name, value in attributes.items() if value is not None}
    return texts if all(isinstance(value, str) for value in texts.values()) else None


def customer_changes(texts: Profile) -> Profile | None:
    """Changes to a customer; an unknown name makes them invalid."""
    return texts if CUSTOMER_ATTRIBUTES.issuperset(texts) else None


def app_changes(texts: Profile) -> Profile | None:
    """Changes to an app profile; unknown names are dropped, dates must be dates."""
    valid = all(is_date(texts[name]) for name in DATES if texts.get(name))
    return {name: value for name, value in texts.items() if name in APP_ATTRIBUTES} if valid else None


def is_date(text: str) -> bool:
    """Whether a text is a real date in one of the documented forms."""
    form = next((form for shape, form in DATE_FORMS.items() if re.fullmatch(shape, text, re.ASCII)), "")
    try:
        datetime.strptime(text, form)
    except ValueError:
        return False
    return True


def merge(profile: Profile, changes: Profile) -> None:
    """Store what was sent; an empty text takes the attribute away."""
    for name, value in changes.items():
        if value:
            profile[name] = value
        else:
            profile.pop(name, None)


def merge_channel(channels: Channels, changes: Profile) -> None:
    """Merge into the profile of the channel that was sent, or of the one used last, and make it the one used last."""
    channel = changes.get("channel") or next(reversed(channels), "")
    found = channels.pop(channel if channel in channels else "", None)
    profile = found or {}
    merge(profile, {**changes, "channel": channel})
    if profile or found is not None:
        channels[channel] = profile


def change_profiles(tenant: Tenant, action: str, entries: list[Entry]) -> list[int]:
    """Change the profiles of all records, or of none, the first one last; return what each deserves by itself."""
    creating = action == "create"
    known = set(tenant.customers)
    codes = []
    for entry in entries:
        if (entry.customer_id in known) == creating:
            codes.append(WRONG_CUSTOMER[action])
        else:
            codes.append(7011 if entry.changes is None else 1000)
        if creating:
            known.add(entry.customer_id)
    if codes.count(1000) == len(codes):
        for entry in reversed(entries):
            changes = entry.changes or {}
            if action == "app":
                merge_channel(tenant.profiles.setdefault(entry.customer_id, {}), changes)
            else:
                merge(tenant.customers.setdefault(entry.customer_id, {}), changes)
    return codes


def final_status(transid: str, entries: list[Entry], codes: list[int], atomic: bool = True) -> dict[str, Any]:
    """The status of a finished request from what each record deserves by itself."""
    faults = [code for code in codes if code != 1000]
    overall = faults[0] if faults else 1000
    if faults and atomic:
        codes = [7004 if code == 1000 else code for code in codes]
    elif 0 < len(faults) < len(codes):
        overall = 1002
    pairs = sorted(zip(entries, codes, strict=True), key=lambda pair: pair[0].customer_id)
    good = codes.count(1000)
    return {
        "TotalCount": len(codes),
        "SuccessCount": good,
        "FailureCount": len(codes) - good,
        "PendingCount": 0,
        "code": overall,
        "description": MESSAGES[overall],
        "transid": transid,
        "Results": [
            {"code": code, "customerId": entry.customer_id, "description": MESSAGES[code]} for entry, code in pairs
        ],
    }


class Answer(Response):
    """A JSON answer without Content-Length, thus chunked."""

    def __init__(self, body: Mapping[str, Any], http_status: int = 200) -> None:
        text = json.dumps(body, ensure_ascii=False) + "\n"
        super().__init__(text.encode("utf-8"), http_status)

    def init_headers(self, headers: Mapping[str, str] | None = None) -> None:
        """Set the headers, in title case."""
        self.raw_headers = [(b"Content-Type", b"application/json"), (b"Server", b"imi-edge")]


def wrapped(code: int, transid: str) -> dict[str, Any]:
    """The envelope of the seeds."""
    return {"response": {"transid": transid, "code": code, "description": MESSAGES[code]}}


def flat(code: int, transid: str) -> dict[str, Any]:
    """An error in the flat envelope."""
    return {"code": code, "description": MESSAGES[code], "transid": transid, "Results": None}


def unread(code: int, transid: str) -> dict[str, Any]:
    """An error of a read operation."""
    return {"Status": 1, "Description": MESSAGES[code], "code": code, "transid": transid, "Records": []}


def read_answer(records: list[dict[str, Any]]) -> Response:
    """The answer of a read operation that is allowed."""
    if not records:
        return PlainTextResponse("No such profile\n", 404)
    found = {"Status": 0, "Description": "success", "code": 1000, "transid": new_transid(), "Records": records}
    return Answer(found)


def listed(attributes: Mapping[str, str | int]) -> list[dict[str, Any]]:
    """Attributes in the form of the read answers."""
    return [{"Name": name, "Value": value, "ID": f"at-{name.lower()}"} for name, value in attributes.items()]


def app_records(tenant: Tenant, customer_id: str) -> list[dict[str, Any]]:
    """The app profiles of a customer, as the read operation shows them."""
    channels = tenant.profiles.get(customer_id, {})
    customer = listed({"customerId": customer_id, **tenant.customers.get(customer_id, {})})
    return [
        {
            "Attributes": listed({**profile, "customerId": customer_id, "appId": tenant.app}),
            "InwardLinks": [],
            "OutwardLinks": [{"Attributes": customer}],
        }
        for profile in reversed(channels.values())
    ]


def customer_record(tenant: Tenant, customer_id: str, linked: bool) -> dict[str, Any]:
    """A customer, as the read operation shows it."""
    channels = tenant.profiles.get(customer_id, {})
    flags = {name: int(name in channels) for name in CHANNELS}
    links = [{"Attributes": listed({"appId": tenant.app, **profile})} for profile in channels.values()]
    return {
        "Attributes": listed({**flags, "customerId": customer_id, **tenant.customers[customer_id]}),
        "InwardLinks": links if linked else [],
        "OutwardLinks": [],
    }


def ids_of(request: Request) -> list[str]:
    """The customers that a read or a deletion names in the path or in the query, or Refused."""
    given = [request.path_params.get("customer_id", ""), *request.query_params.getlist("customerId")]
    ids = list(dict.fromkeys(filter(None, given)))
    if not ids:
        raise Refused(7003)
    if len(ids) > CUSTOMER_LIMIT:
        raise Refused(7012)
    return ids


Envelope = Callable[[int, str], dict[str, Any]]
Operation = Callable[[Tenant, Request, bytes], Response]


class Service:
    """All operations. State is touched by the event loop's thread only, so that no lock is needed."""

    def __init__(self) -> None:
        self._tenants = {FIRST_KEY: Tenant(FIRST_APP), SECOND_KEY: Tenant(SECOND_APP)}
        self._last_due = 0.0
        update, create = (wrapped, self._update_customers), (flat, self._create_customers)
        read, delete = (unread, self._read_customers), (flat, self._delete_customers)
        write, show = (wrapped, self._write_app), (unread, self._read_app)
        self.application = Starlette(
            routes=[
                self._route(CUSTOMERS, {"PUT": update, "POST": create, "GET": read, "DELETE": delete}),
                self._route(CUSTOMERS + "/{customer_id:path}", {"GET": read, "DELETE": delete}),
                self._route(APPS, {"PUT": write, "POST": write}),
                self._route(APPS + "/", {"PUT": write, "POST": write}),
                self._route(APPS + "/{app}", {"PUT": write, "POST": write}),
                self._route(APPS + "/{app}/{customer_id:path}", {"GET": show}),
                self._route("/resources/v2/profile/status/{transid:path}", {"GET": (flat, self._status)}),
            ]
        )
        self.application.router.redirect_slashes = False

    def _route(self, path: str, operations: dict[str, tuple[Envelope, Operation]]) -> Route:
        """The operations at a path, behind the checks that all have in common."""

        async def endpoint(request: Request) -> Response:
            refusal, operation = operations["GET" if request.method == "HEAD" else request.method]
            body = await request.body()
            try:
                return operation(self._tenant(request), request, body)
            except Refused as refused:
                return Answer(refusal(refused.code, request.path_params.get("transid", new_transid())))

        return Route(path, endpoint, methods=list(operations))

    def _tenant(self, request: Request) -> Tenant:
        key = request.headers.get("key") or request.headers.get("secretKey")
        if not key:
            raise Refused(7002)
        tenant = self._tenants.get(key)
        if tenant is None:
            raise Refused(7001)
        if request.client is None or request.client.host not in ALLOWED_SOURCES:
            raise Refused(7010)
        if request.url.path.startswith(APPS) and request.path_params.get("app") != tenant.app:
            raise Refused(7018)
        return tenant

    def _queued(self, tenant: Tenant, action: str, entries: list[Entry]) -> Response:
        """Change the profiles a little later, but not before those of earlier requests."""
        transid = new_transid()
        pending = {"description": "QUEUED", "TotalCount": len(entries), "PendingCount": len(entries)}
        tenant.keep({**final_status(transid, [], []), **pending})

        def finish() -> None:
            tenant.keep(final_status(transid, entries, change_profiles(tenant, action, entries)))

        loop = asyncio.get_running_loop()
        self._last_due = max(self._last_due + 0.001, loop.time() + random.uniform(*QUEUE_DELAY))
        loop.call_at(self._last_due, finish)
        return Answer({"response": {"transid": transid, "code": 1000, "description": "Queued"}}, 202)

    def _write_app(self, tenant: Tenant, request: Request, body: bytes) -> Response:
        return self._queued(tenant, "app", load_entries(request, body, app_changes))

    def _read_app(self, tenant: Tenant, request: Request, _: bytes) -> Response:
        return read_answer(app_records(tenant, ids_of(request)[0]))

    def _update_customers(self, tenant: Tenant, request: Request, body: bytes) -> Response:
        entries = load_entries(request, body, customer_changes, CUSTOMER_LIMIT)
        if len(entries) > 1 or entries[0].customer_id in tenant.customers:
            return self._queued(tenant, "update", entries)
        result = tenant.keep(final_status(new_transid(), entries, [7014]))
        return Answer(wrapped(7014, result["transid"]))

    def _create_customers(self, tenant: Tenant, request: Request, body: bytes) -> Response:
        entries = load_entries(request, body, customer_changes, CUSTOMER_LIMIT)
        codes = change_profiles(tenant, "create", entries)
        return Answer(tenant.keep(final_status(new_transid(), entries, codes)))

    def _delete_customers(self, tenant: Tenant, request: Request, _: bytes) -> Response:
        entries = [Entry(customer_id) for customer_id in ids_of(request)]
        codes = []
        for entry in entries:
            codes.append(7014 if tenant.customers.pop(entry.customer_id, None) is None else 1000)
            tenant.profiles.pop(entry.customer_id, None)
        return Answer(tenant.keep(final_status(new_transid(), entries, codes, atomic=False)))

    def _read_customers(self, tenant: Tenant, request: Request, _: bytes) -> Response:
        linked = request.query_params.get("showinwardlinks") in ("1", "2")
        known = [customer_id for customer_id in ids_of(request) if customer_id in tenant.customers]
        return read_answer([customer_record(tenant, customer_id, linked) for customer_id in known])

    def _status(self, tenant: Tenant, request: Request, _: bytes) -> Response:
        result = tenant.results.get(request.path_params["transid"])
        if result is None:
            raise Refused(7600)
        return Answer(result)


async def plain_http(scope: Scope, receive: Receive, send: Send) -> None:
    """Turn away all requests that come unencrypted."""
    await Answer(wrapped(7007, new_transid()), 400)(scope, receive, send)


class Server:
    """HTTPS on `port`; on `plain_port` unencrypted requests are turned away."""

    def __init__(self, certificate: Path) -> None:
        self._listeners = [socket.create_server(("127.0.0.1", 0), backlog=256) for _ in range(2)]
        for listener in self._listeners:
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # inherited by the connections
        self.port: int
        self.plain_port: int | None
        self.port, self.plain_port = (listener.getsockname()[1] for listener in self._listeners)
        options: dict[str, Any] = {
            **{"http": "h11", "ws": "none", "lifespan": "off", "log_config": None, "log_level": "critical"},
            **{"proxy_headers": False, "server_header": False, "date_header": False, "timeout_keep_alive": 60},
        }
        secure = uvicorn.Config(Service().application, ssl_certfile=str(certificate), **options)
        self._servers = [uvicorn.Server(secure), uvicorn.Server(uvicorn.Config(plain_http, **options))]
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), daemon=True)
        self._thread.start()
        while not all(server.started for server in self._servers):
            if not self._thread.is_alive():
                raise RuntimeError("the server could not start")
            time.sleep(0.005)

    async def _serve(self) -> None:
        pairs = zip(self._servers, self._listeners, strict=True)
        await asyncio.gather(*(server.serve(sockets=[listener]) for server, listener in pairs))

    def stop(self) -> None:
        """Stop the thread and close the sockets."""
        for server in self._servers:
            server.should_exit = True
            server.force_exit = True
        self._thread.join(2)


def start(certificate: Path) -> Server:
    """Serve HTTPS on a free port of 127.0.0.1 with the PEM file `certificate` (private key and chain in one file)."""
    return Server(certificate)
