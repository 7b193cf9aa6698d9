"""Update App Profile of IMIconnect, served by Flask and werkzeug's threaded server, with its companion operations.

Readings of the contradictions and silences:

I-C01 put-customerprofile.  I-C02 both: customerprofiles/<appid> and customerappprofile/<appid>.
I-C03 404/405: a path without the application id is HTTP 404.  I-C04 example-1001, but nothing is ever queued (I-C08).
I-C05 string.  I-C06 flat: code, description, transid, counts and Results stand at the root.
I-C07 case-insensitive: the texts of the documents in capital letters ("SUCCESS", "INVALID JSON").
I-C08 inline: the final result is in the answer to the request; its transid repeats it through the status operation.
I-C09 sync-all: every error, of the request or of a record, is in the immediate answer.
I-C10 status-7014 with overall 1002: one unknown customer alone (customer update) has overall 1002, its result 7014.
I-C11 other-failure: 1003 when all of two or more records fail; a batch of one failed record keeps 1002 (as I-C10).
I-C12 1000-with-failures: a mixed batch has 1000 and a FailureCount above 0.  I-C13 per-record.
I-C14 mapped-4xx: 7000, 7002, 7003 -> 400, 7001, 7010 -> 403, 7018 -> 404. Answers with Results are 200 with any code.
I-C15 limit-100 for customers.  I-C17 other: 250 records for app profiles, with code 7012.
I-C16 truncate: the records up to the limit are worked on, each further one gets 7012, as does the whole (HTTP 200).
I-C18 example-case: `customerid` or `attributes` are not the names of the members, hence 7003.
I-C19 object: Attributes as text, number or array is 7011; null counts as missing (7003).
I-C20 optional-if-other-identifier: an app record without customerId is taken for the one customer whose app profile in
      this application has the same userId, psid, twitterid, wechat_user_id or rtmId (first to lead to one); else 7003.
I-C21 syntax: 7000 is for what is not JSON, the empty body included; a bad key is 7001.
I-C22 7003: JSON of another form (array, scalar, no Records, Records not an array).
I-C23 one credential.  I-C24 no header: 7002, empty header: 7001.  I-C25 only `key`; `secretKey` is not looked at.
I-C26 parse-first: 7000, then 7002, 7001, 7010, 7018, 7003, 7012.
I-C27 The text of 7003 is constant; when it refuses a request a member `detail` says more.
I-C28 per-record: a record that lacks what is mandatory fails alone with 7003. Where all records of the request do (so
      always in a batch of one) the whole request is refused with 7003.
I-C29 queued-0: empty Records is a success with counts of 0.  I-C30 7003: Attributes {} counts as missing.
I-C31 schema-closed cannot live with I-C32 and I-C33, so the next one, lenient: only arrays and objects in it are 7011.
I-C32 ignored: unknown names of customer attributes are left out.  I-C33 added: those of app profiles are stored.
I-C34 replace: the attributes sent take the place of all stored ones (of the profile of that channel only).
I-C35 ignored: an empty text is accepted and leaves the stored value as it was (it survives the replacement of I-C34).
I-C36 cleared.  I-C37 coerced: numbers become text as they were written, booleans "1" and "0" as in the examples.
I-C38 7011: the first record of a customer (in app batches: of a customer's channel) stands, later ones are refused.
I-C39 opaque: 12 digits, an underscore and a running number.
I-C40 own-id: an answer of the status operation has a transid of its own, for which no status is kept.
I-C41 zero-counts: no request is ever incomplete.  I-C42 404 with plain text; so for another tenant (I-C45).
I-C43 transid.  I-C44 none: in an answer without Results transid is null.  I-C47 a new transid each time.
I-C46 unordered: parallel requests are applied as their threads get hold of the lock.
I-C48 created: an app profile for an unknown customer makes that customer, without attributes.
I-C49 7018 for an application that does not exist and for one of another tenant.
I-C50 server-owned: createdOn and updatedOn are accepted but set by the server, in UTC and the form of the examples.
I-C51 opaque-text: other dates are stored as sent.  I-C52 a channel requires nothing.  I-C53 accepted.
I-C54 refused: there is no plain HTTP port.  I-C55 7010 has the words of S2.  I-C56 v2, `key`, query.
I-C57 empty-Records: reading an unknown customer or app profile succeeds with no records.
I-C58 7003: an extra member at the root refuses the request, in a record it refuses the record (as in I-C28).
I-C59 coerced: customerId 12 is "12"; other types are 7003; null and blank text count as missing (I-C20).
I-C60 no rate limit.

Where readings meet, and free choices:

Channels: a customer has one app profile for each value of `channel`, and one without channel. An update without channel
  goes to the profile without channel, or, when there is none, to the only profile, or else makes one without channel.
An update for a customer without an app profile makes one. `customerId` among the attributes is accepted and ignored.
Order within a record: 7003, 7011 of I-C19, I-C38, 7014 or 7015, 7011 of values.
Results: in the order of customer ids, copies in the order of the request; customerId is "" where none was sent.
Create: an existing customer, or app profile of the channel, is 7015; in all else like update.
Delete: a batch of that many ids, unknown ones 7014; no id 7003. A customer takes its app profiles along. App profiles
  are deleted for all channels, or for the one of a query parameter `channel`.
Read: no id is 7003; customers in the order asked for, profiles in that of channels; customerId is the last attribute.
Read: verified, status and connectStatus are numbers when they are 0 or 1; ID is text; links have a member `Profile`.
Read: customers have flags for the channels they have app profiles of; InwardLinks only with showinwardlinks 1 or 2.
Read: `identifier` finds the app profiles with such a value in one of the names of I-C20.
JSON: the last of repeated names counts; lone surrogates are kept; a byte order mark, NaN and too deep nesting are 7000.
HTTP: chunked answers without white space, never compressed; the connection closes after each; 404 and 405 have plain
  text; a body above 16 MiB is 413. Latency: up to 3 ms on updates and creations.
"""

from __future__ import annotations

import ipaddress
import itertools
import json
import random
import secrets
import ssl
import threading
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException, NotFound
from werkzeug.serving import WSGIRequestHandler, make_server

KEY = "KX3-4410-9be2"
OTHER_KEY = "KX3-7782-04fd"
APP_ID = "a_636035705699961911"
OTHER_APP_ID = "a_636035705699964022"
IDENTIFIERS = ("userId", "psid", "twitterid", "wechat_user_id", "rtmId")
SERVER_OWNED = ("createdOn", "updatedOn")
FLAGS = ("verified", "status", "connectStatus")
CHANNELS = ("fb", "rt", "twitter", "wechat")
CUSTOMER_ATTRIBUTES = frozenset({"name", "email", "msisdn", "firstname", "lastname", "title", "address", "locale"})
CUSTOMER_LIMIT = 100
APP_LIMIT = 250
BODY_LIMIT = 16 << 20
ALLOW_LIST = [ipaddress.IPv4Network("127.0.0.1/32")]

TARGET: dict[str, Any] = {
    "credentials": {"key": KEY, "other_tenant_key": OTHER_KEY},
    "data": {
        "app_id": APP_ID,
        "other_tenant_app_id": OTHER_APP_ID,
        "attributes": ["name", "nick", "profile_pic", "language", "timezone", "geolocation", "make", "model", "os"],
    },
    "readings": {},
    "operations": {},
}

HTTP_STATUS = {"7000": 400, "7001": 403, "7002": 400, "7003": 400, "7006": 400, "7010": 403, "7018": 404}
MESSAGES = {
    "1000": "Success",
    "1002": "Partial success",
    "1003": "All records failed",
    "7000": "Invalid JSON",
    "7001": "Authentication failed",
    "7002": "Service Key Missing",
    "7003": "Mandatory parameters missing",
    "7006": "Internal error occurred",
    "7010": "Source IP is not whitelisted",
    "7011": "Invalid Attribute Value",
    "7012": "Batch size limit exceeded",
    "7014": "Customer not found",
    "7015": "Customer or app profile already exists",
    "7018": "Invalid app profile or app profile not linked to this client.",
}

Profile = dict[str, str]


class RefusedError(Exception):
    """A request is refused as a whole."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(code)
        self.code = code
        self.detail = detail


@dataclass
class Tenant:
    """What belongs to one profile key. App profiles: customer id -> channel ("" for none) -> attributes."""

    app_id: str
    customers: dict[str, Profile] = field(default_factory=dict)
    profiles: dict[str, dict[str, Profile]] = field(default_factory=dict)
    outcomes: dict[str, dict[str, Any]] = field(default_factory=dict)

    def customer_of(self, attributes: dict[str, Any]) -> str:
        """The one customer to whom another identifier leads, or ""."""
        for name in IDENTIFIERS:
            value = attributes.get(name)
            owners = [
                owner
                for owner, channels in self.profiles.items()
                if value and any(profile.get(name) == value for profile in channels.values())
            ]
            if len(owners) == 1:
                return owners[0]
        return ""


@dataclass
class Item:
    """One record of a batch on its way; `code` is set as soon as it is known."""

    customer_id: str
    attributes: dict[str, Any]
    code: str = ""


_transactions = itertools.count(1)


def new_transid() -> str:
    """A fresh transaction id."""
    return f"{secrets.randbelow(10**12):012d}_{next(_transactions)}"


def parse_json(body: bytes) -> Any:
    """Parse a body, or raise RefusedError 7000. Numbers come out as the text that was sent."""

    def refuse(constant: str) -> Any:
        raise ValueError(constant)

    try:
        return json.loads(body.decode("utf-8"), parse_constant=refuse, parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        raise RefusedError("7000") from None


def text_of(value: Any) -> str:
    """A scalar value as text; null is empty."""
    if isinstance(value, bool):
        return "1" if value else "0"
    return "" if value is None else str(value)


def replaced(stored: Profile, sent: dict[str, Any]) -> Profile:
    """The attributes after an update: those sent, where an empty text stands for the stored value and null for none."""
    texts = {name: stored.get(name, "") if value == "" else text_of(value) for name, value in sent.items()}
    return {name: text for name, text in texts.items() if text}


def read_records(document: Any, tenant: Tenant, for_app: bool) -> list[Item]:
    """The records of a request with the errors of their form, or RefusedError 7003."""
    if not isinstance(document, dict) or not isinstance(document.get("Records"), list):
        raise RefusedError("7003", "The body must be an object with an array Records.")
    if len(document) > 1:
        raise RefusedError("7003", "The body must have no other member than Records.")
    items = [read_record(record, tenant, for_app) for record in document["Records"]]
    if items and all(item.code == "7003" for item in items):
        raise RefusedError("7003", "Each record must have customerId and Attributes and nothing else.")
    return items


def read_record(record: Any, tenant: Tenant, for_app: bool) -> Item:
    """One record, with code 7003 or 7011 if its form is wrong."""
    members = record if isinstance(record, dict) else {}
    sent_id, attributes = members.get("customerId"), members.get("Attributes")
    customer_id = sent_id if isinstance(sent_id, str) and sent_id.strip() else ""
    if for_app and not customer_id and isinstance(sent_id, str | None) and isinstance(attributes, dict):
        customer_id = tenant.customer_of(attributes)
    if not customer_id or attributes is None or attributes == {} or members.keys() - {"customerId", "Attributes"}:
        return Item(customer_id, {}, "7003")
    if not isinstance(attributes, dict):
        return Item(customer_id, {}, "7011")
    return Item(customer_id, attributes)


def channel_of(item: Item, channels: dict[str, Profile], create: bool) -> str:
    """The channel of the app profile that a record means."""
    channel = text_of(item.attributes.get("channel"))
    if not channel and not create and "" not in channels and len(channels) == 1:
        return next(iter(channels))
    return channel


def write_batch(tenant: Tenant, items: list[Item], create: bool, for_app: bool) -> None:
    """Create or update app profiles or customers."""
    seen: set[tuple[str, str]] = set()
    for item in items:
        if item.code:
            continue
        channels = tenant.profiles.get(item.customer_id, {})
        channel = channel_of(item, channels, create) if for_app else ""
        stored = channels.get(channel) if for_app else tenant.customers.get(item.customer_id)
        if (item.customer_id, channel) in seen:
            item.code = "7011"
        elif stored is not None and create:
            item.code = "7015"
        elif stored is None and not create and not for_app:
            item.code = "7014"
        elif any(isinstance(value, dict | list) for value in item.attributes.values()):
            item.code = "7011"
        elif for_app:
            write_app_profile(tenant, item, channel, stored or {})
        else:
            known = {name: value for name, value in item.attributes.items() if name in CUSTOMER_ATTRIBUTES}
            tenant.customers[item.customer_id] = replaced(stored or {}, known)
        item.code = item.code or "1000"
        seen.add((item.customer_id, channel))


def write_app_profile(tenant: Tenant, item: Item, channel: str, stored: Profile) -> None:
    """Put the attributes of a record in the place of an app profile."""
    own = ("customerId", "channel", *SERVER_OWNED)
    sent = {name: value for name, value in item.attributes.items() if name not in own}
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S")
    profile = {"channel": channel} if channel else {}
    profile.update(replaced(stored, sent), createdOn=stored.get("createdOn", now), updatedOn=now)
    tenant.profiles.setdefault(item.customer_id, {})[channel] = profile
    tenant.customers.setdefault(item.customer_id, {})


def finish(tenant: Tenant, items: list[Item], limit: int) -> dict[str, Any]:
    """Build the outcome of a batch and keep it for the status operation."""
    for item in items[limit:]:
        item.code = "7012"
    good = sum(item.code == "1000" for item in items)
    if len(items) > limit:
        overall = "7012"
    elif good or not items:
        overall = "1000"
    else:
        overall = "1002" if len(items) == 1 else "1003"
    texts = {**MESSAGES, "7012": f"Batch size limit({limit}) exceeded"}
    transid = new_transid()
    tenant.outcomes[transid] = {
        "transid": transid,
        "code": overall,
        "description": texts[overall].upper(),
        "TotalCount": len(items),
        "SuccessCount": good,
        "FailureCount": len(items) - good,
        "Results": [
            {"customerId": item.customer_id, "code": item.code, "description": texts[item.code].upper()}
            for item in sorted(items, key=lambda item: item.customer_id)
        ],
    }
    return tenant.outcomes[transid]


def shown(values: Profile, customer_id: str) -> list[dict[str, Any]]:
    """Attributes as the read operations show them."""
    pairs: list[tuple[str, Any]] = [
        (name, int(value) if name in FLAGS and value in ("0", "1") else value) for name, value in values.items()
    ]
    pairs.append(("customerId", customer_id))
    return [{"ID": str(place), "Name": name, "Value": value} for place, (name, value) in enumerate(pairs, 1)]


def found(records: list[dict[str, Any]]) -> dict[str, Any]:
    """The answer of a read operation."""
    return {"Status": 0, "Description": "success", "code": "1000", "transid": new_transid(), "Records": records}


def show_customer(tenant: Tenant, customer_id: str, with_links: bool) -> dict[str, Any]:
    """A customer as a record of the read operation."""
    channels = tenant.profiles.get(customer_id, {})
    links = [
        {"Profile": tenant.app_id, "Attributes": shown(profile, customer_id)} for _, profile in sorted(channels.items())
    ]
    flags = {channel: str(int(channel in channels)) for channel in CHANNELS}
    return {
        "Attributes": shown({**tenant.customers[customer_id], **flags}, customer_id),
        "InwardLinks": links if with_links else [],
        "OutwardLinks": [],
    }


def show_app_profile(tenant: Tenant, customer_id: str, profile: Profile) -> dict[str, Any]:
    """An app profile as a record of the read operation."""
    link = {"Profile": "customerprofile", "Attributes": shown(tenant.customers[customer_id], customer_id)}
    return {"Attributes": shown(profile, customer_id), "InwardLinks": [], "OutwardLinks": [link]}


class ChunkedResponse(Response):
    """An answer without Content-Length, which werkzeug sends in chunks."""

    automatically_set_content_length = False


def json_answer(document: dict[str, Any], status: int = 200) -> Response:
    """An answer without white space."""
    return ChunkedResponse(json.dumps(document, separators=(",", ":")), status, content_type="application/json")


def build_app() -> Flask:
    """The web application with the state of one server."""
    app = Flask("imiconnect_app", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = BODY_LIMIT
    app.url_map.merge_slashes = False
    lock = threading.Lock()
    tenants = {KEY: Tenant(APP_ID), OTHER_KEY: Tenant(OTHER_APP_ID)}

    def caller(app_id: str | None = None) -> Tenant:
        key = request.headers.get("key")
        if key is None:
            raise RefusedError("7002")
        if key not in tenants:
            raise RefusedError("7001")
        address = ipaddress.ip_address(request.remote_addr or "0.0.0.0")
        if not any(address in network for network in ALLOW_LIST):
            raise RefusedError("7010")
        if app_id not in (None, tenants[key].app_id):
            raise RefusedError("7018")
        return tenants[key]

    @app.before_request
    def read_body() -> None:
        request.get_data()  # also where it is not needed: the connection is closed after the answer

    @app.put("/resources/v2/customerprofiles/<app_id>")
    @app.route("/resources/v2/customerappprofile/<app_id>", methods=["PUT", "POST"])
    @app.route("/resources/v2/customerprofile", methods=["PUT", "POST"])
    def write(app_id: str | None = None) -> Response:
        document = parse_json(request.get_data())
        tenant = caller(app_id)
        time.sleep(random.uniform(0, 0.003))
        limit = APP_LIMIT if app_id else CUSTOMER_LIMIT
        with lock:
            items = read_records(document, tenant, bool(app_id))
            write_batch(tenant, items[:limit], request.method == "POST", bool(app_id))
            return json_answer(finish(tenant, items, limit))

    @app.get("/resources/v2/customerappprofile/<app_id>")
    @app.get("/resources/v2/customerappprofile/<app_id>/<path:customer_id>")
    def read_app(app_id: str, customer_id: str | None = None) -> Response:
        tenant = caller(app_id)
        identifier = request.args.get("identifier")
        if not customer_id and not identifier:
            raise RefusedError("7003", "The customer id or the query parameter identifier is needed.")
        with lock:
            records = [
                show_app_profile(tenant, owner, profile)
                for owner, channels in sorted(tenant.profiles.items())
                for _, profile in sorted(channels.items())
                if owner == customer_id or (not customer_id and identifier in map(profile.get, IDENTIFIERS))
            ]
            return json_answer(found(records))

    @app.delete("/resources/v2/customerappprofile/<app_id>/<path:customer_id>")
    def delete_app(app_id: str, customer_id: str) -> Response:
        tenant = caller(app_id)
        with lock:
            channels = tenant.profiles.get(customer_id, {})
            doomed = [name for name in channels if name == request.args.get("channel", name)]
            for name in doomed:
                del channels[name]
            return json_answer(finish(tenant, [Item(customer_id, {}, "1000" if doomed else "7014")], APP_LIMIT))

    @app.route("/resources/v2/customerprofile", methods=["GET", "DELETE"])
    @app.route("/resources/v2/customerprofile/<path:customer_id>", methods=["GET", "DELETE"])
    def read_or_delete_customers(customer_id: str | None = None) -> Response:
        tenant = caller()
        wanted = [customer_id] if customer_id else request.args.getlist("customerId")
        if not wanted:
            raise RefusedError("7003", "At least one customerId is needed.")
        with lock:
            if request.method != "DELETE":
                with_links = request.args.get("showinwardlinks") in ("1", "2")
                present = [one for one in dict.fromkeys(wanted) if one in tenant.customers]
                return json_answer(found([show_customer(tenant, one, with_links) for one in present]))
            items = [Item(one, {}) for one in wanted]
            for item in items[:CUSTOMER_LIMIT]:
                item.code = "7014" if tenant.customers.pop(item.customer_id, None) is None else "1000"
                tenant.profiles.pop(item.customer_id, None)
            return json_answer(finish(tenant, items, CUSTOMER_LIMIT))

    @app.get("/resources/v2/profile/status/<transid>")
    def status(transid: str) -> Response:
        outcome = caller().outcomes.get(transid)
        if outcome is None:
            raise NotFound
        return json_answer({**outcome, "transid": new_transid()})

    @app.errorhandler(RefusedError)
    def refused(error: RefusedError) -> Response:
        document = {"code": error.code, "description": MESSAGES[error.code].upper(), "transid": None}
        if error.detail:
            document["detail"] = error.detail
        return json_answer(document, HTTP_STATUS[error.code])

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> Response:
        headers = {name: value for name, value in error.get_headers() if name == "Allow"}
        text = f"{error.code} {error.name}\n"
        return ChunkedResponse(text, error.code, headers, content_type="text/plain; charset=us-ascii")

    @app.errorhandler(Exception)
    def unforeseen(error: Exception) -> Response:
        return refused(RefusedError("7006"))

    return app


class Handler(WSGIRequestHandler):
    """One connection, silent, and without 5xx for what is not HTTP."""

    protocol_version = "HTTP/1.1"
    default_request_version = "HTTP/1.1"  # a malformed request line is answered with a status line, too
    disable_nagle_algorithm = True
    timeout = 30

    def version_string(self) -> str:
        """The Server header."""
        return "ProfileGateway"

    def log(self, type: str, message: str, *args: Any) -> None:
        """Log nothing."""

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer what is not HTTP."""
        super().send_error(code if code < 500 else 400, message, explain)


class Server:
    """A running server."""

    def __init__(self, certificate: Path) -> None:
        tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        tls.load_cert_chain(certificate)
        self._wsgi = make_server("127.0.0.1", 0, build_app(), threaded=True, request_handler=Handler, ssl_context=tls)
        # a client that is slow to shake hands must not hold up the others
        self._wsgi.socket.do_handshake_on_connect = False  # type: ignore[attr-defined]
        self.port: int = self._wsgi.port
        self.plain_port: int | None = None
        self._thread = threading.Thread(target=lambda: self._wsgi.serve_forever(0.05), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop accepting connections and close the listening socket."""
        self._wsgi.shutdown()
        self._thread.join(0.5)


def start(certificate: Path) -> Server:
    """Serve HTTPS on a free port of 127.0.0.1 with the PEM file `certificate` (private key and chain in one file)."""
    return Server(certificate)
