"""IMIconnect Update App Profile, generation v2, with its companions, on Starlette and uvicorn.

Reading taken for each contradiction
    I-C02 customerappprofile: PUT /resources/v2/customerappprofile/<appid>; customerprofiles is unknown here (404).
    I-C03 7018; I-C04 table-1000; I-C05 number, in every answer; I-C06 wrapped, for all operations that queue.
    I-C07 exact: the texts of the response code tables, "Queued" included.
    I-C08 async; I-C09 sync-request / async-record; I-C10 sync-7014 (only the customer update has 7014, see I-C48).
    I-C11 record-code: the overall code is that of the first record, in the order of the request, that fails by its own
      fault.
    I-C12 1002; I-C13 all-or-nothing. Where they meet I-C11: after one fault every record of an update or creation
      fails, so I-C11 rules and the overall code is the record's. 1002 is left to deletions, which work record by
      record.
    I-C14 202-queued: 202 when queued, else 200; I-C17 none: no limit for app profiles.
    I-C15 limit-1000 and I-C16 reject-all, for the customer operations; the text says "(100)" as documented.
    I-C18 table-case: customerid and attributes as in the tables. The seeds show valid requests with customerId and
      Attributes, so these are taken too, and win if both are sent. No other letter case; Records only as shown.
    I-C19 object+string: Attributes may be a string that holds the JSON text of an object; any other string or an array
      is 7011.
    I-C20 required; I-C22 7000, also for a missing Records, a Records that is no array and a record that is no object.
    I-C21 does not touch this document, whose rows decide: 7000 is a syntax error, a wrong key is 7001 everywhere.
    I-C23 one credential; I-C24 empty key is 7002; I-C25 both (key before secretKey); I-C26 auth-first.
    I-C27 the table's text; I-C28 whole-7003; I-C29 7000; I-C30 no-op; I-C31 typed: strings only, names are free.
    I-C32 7011, for the companion that updates or creates customers; I-C33 ignored, also if nothing else was sent.
    I-C34 merge; I-C35 cleared; I-C36 ignored; I-C37 7011, also under a name that would be ignored.
    I-C38 first-wins, attribute by attribute: the records of a batch are applied from the last to the first.
    I-C39 uuid, in capitals; I-C40 echo; I-C41 queued (1000, QUEUED); I-C42 7600; I-C43 transid; I-C44 has-transid.
    I-C45 the last 20000 results of a tenant are kept; another tenant's key sees 7600.
    I-C46 fifo; I-C47 new transid; I-C48 7011, per record, also for a creation; I-C49 both 7018, before the body is
      looked at.
    I-C50 stored-as-sent; I-C51 validated: createdOn, updatedOn, last_opened and last_upgraded each in one of the three
      documented forms and a real date, or empty; else 7011; I-C52 no attribute is required.
    I-C53 7000, for a body whose content-type is absent or other than application/json (parameters are ignored).
    I-C54 error-body: 400 and code 7007 on the plain port; I-C55 the wording of the app profile document.
    I-C56 v2, key or secretKey, query showinwardlinks; I-C57 404 with a line of text; I-C58 ignored.
    I-C59 7003, as for every customer id that is not a string with a visible character; I-C60 no rate limit.

Free choices
    Order of checks: 7002, 7001, 7010, 7018, content-type and JSON 7000, root and records 7000, 7012, 7003, then per
      record.
    Faultless records of a failed batch carry 7004. Status of a request that was rejected at once: 7600, except for
      I-C10.
    App profiles are kept per application, customer and channel. A record without a channel means the profile used last.
      A profile without a channel takes the first one that is sent. An empty channel counts as not sent.
    An update makes the app profile of an existing customer if there is none and something is to be stored.
    A creation for which a profile exists merges into it. Creation is queued; deletion is done at once for all channels,
      else 7014.
    Reading an app profile: one record a channel, last used first; appId and customerId among the attributes; the
      customer in OutwardLinks; ?identifier= looks for userId, else 7003; 404 if there is none.
    Customers: update queued; creation and deletion done at once, with a flat final answer; a deletion takes the app
      profiles along.
    An existing or repeated id in a creation is 7015; repeated ids in a deletion count once; an unknown one is 7014.
    Reading customers: known ids in the order of the query; 404 if none is known; channel flags with numbers 0 or 1; app
      profiles in InwardLinks with showinwardlinks 1 or 2. ID is a string. Error answers of reads have Status 1.
    Status answers are flat, with Results in the order of customer ids and an extra PendingCount; 7600 has Results null.
    JSON: a byte order mark is skipped; repeated names, NaN and lone surrogates are refused (7000, or 7011 inside a
      string).
    Bodies above 64 MiB: 413. Unknown paths: 404. Other methods: 405.
    HTTP: chunked, header names in title case, Server but no Date, JSON in UTF-8 and no compression.
    No extra latency; the queue takes 40 to 90 ms. Nothing exists at the start.
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
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

COLLECTION = "/resources/v2/customerappprofile"
CUSTOMERS = "/resources/v2/customerprofile"
CHANNELS = ("fb", "twitter", "wechat", "rt")
CUSTOMER_ATTRIBUTES = frozenset({"email", "msisdn", "name", "firstname", "lastname", "city", "country", "language"})
APP_ATTRIBUTES = (
    *("verified", "status", "createdOn", "updatedOn", "channel", "name", "profile_pic", "psid"),
    *("twitter_handle", "twitter_name", "geolocation", "timezone", "twitterid", "nick", "language", "wechat_user_id"),
    *("connectStatus", "userId", "deviceId", "rtmId", "make", "model", "os", "osversion", "pushId"),
    *("last_opened", "last_upgraded"),
)
DATES = frozenset({"createdOn", "updatedOn", "last_opened", "last_upgraded"})
DATE_FORMS = (
    (re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d", re.ASCII), "%Y-%m-%d %H:%M:%S"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d{4}", re.ASCII), "%Y-%m-%dT%H:%M:%S%z"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII), "%Y-%m-%dT%H:%M:%S.%fZ"),
)
SURROGATE = re.compile(r"\\u[dD][89a-fA-F]")

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
BODY_LIMIT = 64 * 1024 * 1024
KEPT_RESULTS = 20_000
QUEUE_DELAY = (0.04, 0.09)

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


class Refused(Exception):
    """A request that is answered at once with an error code."""

    def __init__(self, code: int) -> None:
        super().__init__(MESSAGES[code])
        self.code = code


class Entry(NamedTuple):
    """One record of a batch, its attributes unchecked."""

    customer_id: str
    attributes: Any


@dataclass
class Tenant:
    """What belongs to one profile key; an app profile is found by application and customer, then by channel."""

    apps: frozenset[str]
    customers: dict[str, Profile] = field(default_factory=dict)
    profiles: dict[tuple[str, str], dict[str, Profile]] = field(default_factory=dict)
    results: OrderedDict[str, dict[str, Any]] = field(default_factory=OrderedDict)

    def remember(self, transid: str, result: dict[str, Any]) -> None:
        """Keep a status for later calls."""
        self.results[transid] = result
        if len(self.results) > KEPT_RESULTS:
            self.results.popitem(last=False)


class Task(NamedTuple):
    """A request in the queue."""

    due: float
    tenant: Tenant
    transid: str
    entries: list[Entry]
    work: Callable[[], list[int]]


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

    def refuse(constant: str) -> NoReturn:
        raise ValueError(constant)

    try:
        value = json.loads(text, object_pairs_hook=unique, parse_int=float, parse_constant=refuse)
        if SURROGATE.search(text):
            json.dumps(value, ensure_ascii=False).encode("utf-8")
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    return value


def load_entries(body: bytes, limit: int | None) -> list[Entry]:
    """The records of a request body, or Refused."""
    try:
        root = load_json(body.decode("utf-8-sig"))
    except ValueError as error:
        raise Refused(7000) from error
    records = root.get("Records") if isinstance(root, dict) else None
    if not isinstance(records, list) or not records or not all(isinstance(record, dict) for record in records):
        raise Refused(7000)
    if limit is not None and len(records) > limit:
        raise Refused(7012)
    entries = [
        Entry(either(record, "customerId", "customerid"), either(record, "Attributes", "attributes"))
        for record in records
    ]
    for entry in entries:
        if not isinstance(entry.customer_id, str) or not entry.customer_id.strip() or entry.attributes is None:
            raise Refused(7003)
    return entries


def either(record: dict[str, Any], shown: str, tabled: str) -> Any:
    """A member under the name of the examples, or else under that of the table."""
    value = record.get(shown)
    return record.get(tabled) if value is None else value


def changes_of(attributes: Any) -> Profile | None:
    """The texts in an Attributes value without its nulls, or None if its type or that of a value is wrong."""
    if isinstance(attributes, str):
        try:
            attributes = load_json(attributes)
        except ValueError:
            return None
    if not isinstance(attributes, dict):
        return None
    changes = {name: value for name, value in attributes.items() if value is not None}
    return changes if all(isinstance(value, str) for value in changes.values()) else None


def customer_changes(attributes: Any) -> Profile | None:
    """Changes to a customer; an unknown name makes them invalid."""
    changes = changes_of(attributes)
    return changes if changes is not None and CUSTOMER_ATTRIBUTES.issuperset(changes) else None


def app_changes(attributes: Any) -> Profile | None:
    """Changes to an app profile; unknown names are dropped, dates must be dates."""
    changes = changes_of(attributes)
    if changes is None:
        return None
    known = {name: value for name, value in changes.items() if name in APP_ATTRIBUTES}
    return known if all(is_date(value) for name, value in known.items() if name in DATES and value) else None


def is_date(text: str) -> bool:
    """Whether a text is a real date in one of the documented forms."""
    for shape, form in DATE_FORMS:
        if shape.fullmatch(text):
            try:
                datetime.strptime(text, form)
            except ValueError:
                return False
            return True
    return False


def merge(profile: Profile, changes: Profile) -> None:
    """Store what was sent; an empty text takes the attribute away."""
    for name, value in changes.items():
        if value:
            profile[name] = value
        else:
            profile.pop(name, None)


def merge_channel(channels: dict[str, Profile], changes: Profile) -> None:
    """Merge into the profile of the channel that was sent, or of the one used last, and make it the one used last."""
    channel = changes.get("channel") or next(reversed(channels), "")
    profile = channels.pop(channel if channel in channels else "", None)
    known = profile is not None
    profile = profile or {}
    merge(profile, {name: value for name, value in changes.items() if name != "channel" or value})
    if known or profile:
        channels[channel] = profile


def final_status(transid: str, entries: list[Entry], codes: list[int], atomic: bool = True) -> dict[str, Any]:
    """The status of a finished request from what each record deserves by itself."""
    faults = [code for code in codes if code != 1000]
    overall = 1000
    if faults:
        overall = faults[0] if atomic or len(faults) == len(codes) else 1002
    if faults and atomic:
        codes = [7004 if code == 1000 else code for code in codes]
    results = [
        {"code": code, "customerId": entry.customer_id, "description": MESSAGES[code]}
        for entry, code in sorted(zip(entries, codes, strict=True), key=lambda pair: pair[0].customer_id)
    ]
    good = codes.count(1000)
    return {
        "TotalCount": len(codes),
        "SuccessCount": good,
        "FailureCount": len(codes) - good,
        "PendingCount": 0,
        "code": overall,
        "description": MESSAGES[overall],
        "transid": transid,
        "Results": results,
    }


def update_customers(tenant: Tenant, entries: list[Entry]) -> list[int]:
    """Update customers, all or none."""
    changes = [customer_changes(entry.attributes) for entry in entries]
    codes = [
        7014 if entry.customer_id not in tenant.customers else 7011 if change is None else 1000
        for entry, change in zip(entries, changes, strict=True)
    ]
    if codes.count(1000) == len(codes):
        for entry, change in zip(reversed(entries), reversed(changes), strict=True):
            merge(tenant.customers[entry.customer_id], change or {})
    return codes


def create_customers(tenant: Tenant, entries: list[Entry]) -> list[int]:
    """Create customers, all or none."""
    fresh: dict[str, Profile] = {}
    codes = []
    for entry in entries:
        changes = customer_changes(entry.attributes)
        if entry.customer_id in tenant.customers or entry.customer_id in fresh:
            codes.append(7015)
        else:
            codes.append(7011 if changes is None else 1000)
            fresh[entry.customer_id] = {name: value for name, value in (changes or {}).items() if value}
    if codes.count(1000) == len(codes):
        tenant.customers.update(fresh)
    return codes


def delete_customers(tenant: Tenant, entries: list[Entry]) -> list[int]:
    """Delete customers and their app profiles, each by itself."""
    codes = []
    for entry in entries:
        known = tenant.customers.pop(entry.customer_id, None) is not None
        codes.append(1000 if known else 7014)
        for app in tenant.apps:
            tenant.profiles.pop((app, entry.customer_id), None)
    return codes


def change_app_profiles(tenant: Tenant, app: str, entries: list[Entry]) -> list[int]:
    """Create or update app profiles, all or none."""
    changes = [app_changes(entry.attributes) for entry in entries]
    codes = [
        7011 if change is None or entry.customer_id not in tenant.customers else 1000
        for entry, change in zip(entries, changes, strict=True)
    ]
    if codes.count(1000) == len(codes):
        for entry, change in zip(reversed(entries), reversed(changes), strict=True):
            channels = tenant.profiles.setdefault((app, entry.customer_id), {})
            if change:
                merge_channel(channels, change)
            if not channels:
                del tenant.profiles[app, entry.customer_id]
    return codes


def listed(attributes: Mapping[str, str | int]) -> list[dict[str, Any]]:
    """Attributes in the form of the read answers."""
    return [{"Name": name, "Value": value, "ID": f"at-{name.lower()}"} for name, value in attributes.items()]


class Answer(Response):
    """A JSON answer without Content-Length, thus chunked."""

    def __init__(self, body: Mapping[str, Any], http_status: int = 200) -> None:
        text = json.dumps(body, ensure_ascii=False) + "\n"
        super().__init__(text.encode("utf-8"), http_status)

    def init_headers(self, headers: Mapping[str, str] | None = None) -> None:
        """Set the headers, in title case."""
        self.raw_headers = [
            (b"Content-Type", b"application/json"),
            (b"Server", b"imi-edge"),
            (b"X-Content-Type-Options", b"nosniff"),
        ]


def wrapped(code: int, description: str, transid: str) -> dict[str, Any]:
    """The envelope of the seeds."""
    return {"response": {"transid": transid, "code": code, "description": description}}


def flat(code: int, transid: str) -> dict[str, Any]:
    """An error in the flat envelope."""
    return {"code": code, "description": MESSAGES[code], "transid": transid, "Results": None}


def read_answer(code: int, records: list[dict[str, Any]]) -> Answer:
    """The answer of a read operation."""
    text = "success" if code == 1000 else MESSAGES[code]
    status = 0 if code == 1000 else 1
    return Answer({"Status": status, "Description": text, "code": code, "transid": new_transid(), "Records": records})


def not_found() -> Response:
    """The answer of a read that finds nothing."""
    return PlainTextResponse("No such profile\n", 404)


class Service:
    """All operations. State is touched by the event loop's thread only, so that no lock is needed."""

    def __init__(self) -> None:
        self._tenants = {
            FIRST_KEY: Tenant(frozenset({FIRST_APP})),
            SECOND_KEY: Tenant(frozenset({SECOND_APP})),
        }
        self._queue: asyncio.Queue[Task] = asyncio.Queue()
        self._last_due = 0.0
        self.application = Starlette(
            routes=[
                Route(CUSTOMERS, self._customers, methods=["PUT", "POST", "GET", "DELETE"]),
                Route(CUSTOMERS + "/{customer_id:path}", self._customers, methods=["GET", "DELETE"]),
                Route(COLLECTION, self._app, methods=["PUT", "POST", "GET"]),
                Route(COLLECTION + "/", self._app, methods=["PUT", "POST", "GET"]),
                Route(COLLECTION + "/{app}", self._app, methods=["PUT", "POST", "GET"]),
                Route(COLLECTION + "/{app}/{customer_id:path}", self._app_profile, methods=["GET", "DELETE"]),
                Route("/resources/v2/profile/status/{transid:path}", self._status, methods=["GET"]),
            ]
        )
        self.application.router.redirect_slashes = False

    async def work(self) -> None:
        """Finish queued requests in the order of their arrival, for ever."""
        while True:
            task = await self._queue.get()
            await asyncio.sleep(max(0.0, task.due - time.monotonic()))
            task.tenant.remember(task.transid, final_status(task.transid, task.entries, task.work()))

    def _queued(self, tenant: Tenant, entries: list[Entry], work: Callable[[], list[int]]) -> Answer:
        transid = new_transid()
        self._last_due = max(self._last_due, time.monotonic() + random.uniform(*QUEUE_DELAY))
        pending = final_status(transid, [], []) | {"description": "QUEUED"}
        tenant.remember(transid, pending | {"TotalCount": len(entries), "PendingCount": len(entries)})
        self._queue.put_nowait(Task(self._last_due, tenant, transid, entries, work))
        return Answer(wrapped(1000, "Queued", transid), 202)

    def _tenant(self, request: Request) -> Tenant:
        key = request.headers.get("key") or request.headers.get("secretKey")
        if not key:
            raise Refused(7002)
        tenant = self._tenants.get(key)
        if tenant is None:
            raise Refused(7001)
        if request.client is None or request.client.host not in ALLOWED_SOURCES:
            raise Refused(7010)
        return tenant

    def _linked(self, request: Request) -> tuple[Tenant, str]:
        tenant = self._tenant(request)
        app = str(request.path_params.get("app", ""))
        if app not in tenant.apps:
            raise Refused(7018)
        return tenant, app

    @staticmethod
    async def _body(request: Request) -> bytes | None:
        parts = bytearray()
        async for chunk in request.stream():
            if len(parts) <= BODY_LIMIT:
                parts += chunk
        return bytes(parts) if len(parts) <= BODY_LIMIT else None

    @staticmethod
    def _entries(request: Request, body: bytes, limit: int | None = None) -> list[Entry]:
        media_type = request.headers.get("content-type", "").split(";")[0]
        if media_type.strip().lower() != "application/json":
            raise Refused(7000)
        return load_entries(body, limit)

    async def _app(self, request: Request) -> Response:
        if request.method in ("GET", "HEAD"):
            return self._find_app_profiles(request)
        body = await self._body(request)
        if body is None:
            return PlainTextResponse("Too large\n", 413)
        try:
            tenant, app = self._linked(request)
            entries = self._entries(request, body)
        except Refused as refused:
            return Answer(wrapped(refused.code, MESSAGES[refused.code], new_transid()))
        return self._queued(tenant, entries, lambda: change_app_profiles(tenant, app, entries))

    def _find_app_profiles(self, request: Request) -> Response:
        try:
            tenant, app = self._linked(request)
            user = request.query_params.get("identifier")
            if not user:
                raise Refused(7003)
        except Refused as refused:
            return read_answer(refused.code, [])
        records = [
            self._app_record(tenant, app, customer_id, profile)
            for (owner, customer_id), channels in tenant.profiles.items()
            for profile in reversed(channels.values())
            if owner == app and profile.get("userId") == user
        ]
        return read_answer(1000, records) if records else not_found()

    async def _app_profile(self, request: Request) -> Response:
        deleting = request.method == "DELETE"
        transid = new_transid()
        try:
            tenant, app = self._linked(request)
            customer_id = str(request.path_params["customer_id"])
            if not customer_id:
                raise Refused(7003)
            channels = tenant.profiles.get((app, customer_id))
            if deleting and channels is None:
                raise Refused(7014)
        except Refused as refused:
            if deleting:
                return Answer(wrapped(refused.code, MESSAGES[refused.code], transid))
            return read_answer(refused.code, [])
        if deleting:
            del tenant.profiles[app, customer_id]
            tenant.remember(transid, final_status(transid, [Entry(customer_id, None)], [1000]))
            return Answer(wrapped(1000, MESSAGES[1000], transid))
        if channels is None:
            return not_found()
        return read_answer(
            1000, [self._app_record(tenant, app, customer_id, channels[name]) for name in reversed(channels)]
        )

    @staticmethod
    def _app_record(tenant: Tenant, app: str, customer_id: str, profile: Profile) -> dict[str, Any]:
        customer = {"customerId": customer_id, **tenant.customers.get(customer_id, {})}
        return {
            "Attributes": listed({**profile, "customerId": customer_id, "appId": app}),
            "InwardLinks": [],
            "OutwardLinks": [{"Attributes": listed(customer)}],
        }

    async def _customers(self, request: Request) -> Response:
        if request.method == "PUT":
            return await self._update_customers(request)
        if request.method == "POST":
            return await self._create_customers(request)
        if "customer_id" in request.path_params:
            given = [str(request.path_params["customer_id"])]
        else:
            given = request.query_params.getlist("customerId")
        ids = list(dict.fromkeys(filter(None, given)))
        if request.method == "DELETE":
            return self._delete_customers(request, ids)
        return self._read_customers(request, ids)

    async def _update_customers(self, request: Request) -> Response:
        body = await self._body(request)
        if body is None:
            return PlainTextResponse("Too large\n", 413)
        transid = new_transid()
        try:
            tenant = self._tenant(request)
            entries = self._entries(request, body, CUSTOMER_LIMIT)
            if len(entries) == 1 and entries[0].customer_id not in tenant.customers:
                tenant.remember(transid, final_status(transid, entries, [7014]))
                raise Refused(7014)
        except Refused as refused:
            return Answer(wrapped(refused.code, MESSAGES[refused.code], transid))
        return self._queued(tenant, entries, lambda: update_customers(tenant, entries))

    async def _create_customers(self, request: Request) -> Response:
        body = await self._body(request)
        if body is None:
            return PlainTextResponse("Too large\n", 413)
        transid = new_transid()
        try:
            tenant = self._tenant(request)
            entries = self._entries(request, body, CUSTOMER_LIMIT)
        except Refused as refused:
            return Answer(flat(refused.code, transid))
        result = final_status(transid, entries, create_customers(tenant, entries))
        tenant.remember(transid, result)
        return Answer(result)

    def _delete_customers(self, request: Request, ids: list[str]) -> Response:
        transid = new_transid()
        try:
            tenant = self._tenant(request)
            if not ids:
                raise Refused(7003)
            if len(ids) > CUSTOMER_LIMIT:
                raise Refused(7012)
        except Refused as refused:
            return Answer(flat(refused.code, transid))
        entries = [Entry(customer_id, None) for customer_id in ids]
        result = final_status(transid, entries, delete_customers(tenant, entries), atomic=False)
        tenant.remember(transid, result)
        return Answer(result)

    def _read_customers(self, request: Request, ids: Iterable[str]) -> Response:
        try:
            tenant = self._tenant(request)
            if not ids:
                raise Refused(7003)
        except Refused as refused:
            return read_answer(refused.code, [])
        linked = request.query_params.get("showinwardlinks") in ("1", "2")
        records = []
        for customer_id in ids:
            if customer_id not in tenant.customers:
                continue
            profiles = [
                (app, profile)
                for app in tenant.apps
                for profile in tenant.profiles.get((app, customer_id), {}).values()
            ]
            used = {profile.get("channel") for _, profile in profiles}
            flags = {name: int(name in used) for name in CHANNELS}
            record: dict[str, Any] = {
                "Attributes": listed({**flags, "customerId": customer_id, **tenant.customers[customer_id]}),
                "InwardLinks": [
                    {"Attributes": listed({"appId": app, **profile})} for app, profile in profiles if linked
                ],
                "OutwardLinks": [],
            }
            records.append(record)
        return read_answer(1000, records) if records else not_found()

    async def _status(self, request: Request) -> Response:
        transid = str(request.path_params["transid"])
        try:
            result = self._tenant(request).results.get(transid)
        except Refused as refused:
            return Answer(flat(refused.code, transid))
        return Answer(flat(7600, transid) if result is None else result)


async def plain_http(scope: Scope, receive: Receive, send: Send) -> None:
    """Turn away all requests that come unencrypted."""
    answer = Answer(wrapped(7007, MESSAGES[7007], new_transid()), 400)
    await answer(scope, receive, send)


class Server:
    """HTTPS on `port`; on `plain_port` unencrypted requests are turned away."""

    port: int
    plain_port: int | None

    def __init__(self, certificate: Path) -> None:
        self._service = Service()
        options: dict[str, Any] = {
            **{"http": "h11", "ws": "none", "lifespan": "off", "proxy_headers": False},
            **{"log_config": None, "log_level": "critical", "access_log": False},
            **{"server_header": False, "date_header": False, "timeout_keep_alive": 60, "timeout_graceful_shutdown": 1},
            "h11_max_incomplete_event_size": 1024 * 1024,
        }
        secure = uvicorn.Config(self._service.application, ssl_certfile=str(certificate), **options)
        self._listeners: list[tuple[uvicorn.Server, socket.socket]] = []
        for config in (secure, uvicorn.Config(plain_http, **options)):
            listener = socket.create_server(("127.0.0.1", 0), backlog=256)
            listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # inherited by the connections
            self._listeners.append((uvicorn.Server(config), listener))
        self.port, self.plain_port = (int(listener.getsockname()[1]) for _, listener in self._listeners)
        self._thread = threading.Thread(target=self._run, name="app-profile-server", daemon=True)
        self._thread.start()
        while not all(server.started for server, _ in self._listeners):
            if not self._thread.is_alive():
                raise RuntimeError("the server could not start")
            time.sleep(0.005)

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        worker = asyncio.create_task(self._service.work())
        try:
            await asyncio.gather(*(server.serve(sockets=[listener]) for server, listener in self._listeners))
        finally:
            worker.cancel()

    def stop(self) -> None:
        """Stop the thread and close the sockets."""
        for server, _ in self._listeners:
            server.should_exit = True
            server.force_exit = True
        self._thread.join(1.8)


def start(certificate: Path) -> Server:
    """Serve HTTPS on a free port of 127.0.0.1 with the PEM file `certificate` (private key and chain in one file)."""
    return Server(certificate)
