"""A long story told to the IMIconnect reference; its answers tell readings and faults apart."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from conformance.reference.core import Call, Headers, Service, Settings, Switches
from conformance.reference.faults import faulty
from conformance.reference.imiconnect.service import ImiconnectService
from conformance.reference.imiconnect.tenants import TENANTS

MINE, OTHER = TENANTS
APP_ID = MINE.app_ids[0]
CUSTOMERS = "/resources/v2/customerprofile"
APPS = f"/resources/v2/customerprofiles/{APP_ID}"
NEW_APPS = f"/resources/v2/customerappprofile/{APP_ID}"
STATUS = "/resources/v2/profile/status/"
TRANSID = re.compile(r'"transid": "([^"]*)"')


class UnusualError(Exception):
    """An answer is another one than usual."""


def form(transid: str) -> str:
    """Whether a transid is a UUID or any text."""
    return "uuid" if re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", transid) else "text"


class Api:
    """Speaks to a service without a network; its queue is worked off on demand."""

    def __init__(
        self,
        readings: Mapping[str, str] | None = None,
        ids: Sequence[str] = (),
        storage: str = ":memory:",
        base: type[Service] | None = None,
    ) -> None:
        service = (base or faulty("imiconnect", ids))(Switches("imiconnect", readings), Settings(storage, 0.001))
        assert isinstance(service, ImiconnectService)
        self.service = service
        self.told: list[str] = []
        self.asked = [f"{STATUS}none"]
        self.usual: Sequence[str] = ()
        self.transids: dict[str, str] = {}

    def __enter__(self) -> Api:
        return self

    def __exit__(self, *error: object) -> None:
        self.service.stop()

    def send(
        self,
        method: str,
        path: str,
        body: Any = b"",
        *,
        key: str | None = MINE.key,
        query: str = "",
        client: str = "127.0.0.1",
        secure: bool = True,
        media_type: str | None = "application/json",
        header: str = "key",
    ) -> tuple[int, Any]:
        """Status and content of an answer."""
        headers = [(header, key)] if key is not None else []
        headers += [("Content-Type", media_type)] if media_type else []
        sent = body if isinstance(body, bytes) else json.dumps(body).encode()
        call = Call(method, path, query, Headers(tuple(headers)), sent, client, secure)
        with self.service.lock:
            reply = self.service.handle(call)
        is_json = ("content-type", "application/json") in reply.headers
        content = json.loads(reply.body) if is_json else reply.body.decode()
        self.tell(f"{method} {STATUS if path.startswith(STATUS) else path} {reply.status} {json.dumps(content)}")
        return reply.status, content

    def tell(self, line: str) -> None:
        """Writes an answer down, its transids replaced by their form and order; ends at an unusual one."""
        line = TRANSID.sub(
            lambda found: self.transids.setdefault(found[1], f"{form(found[1])} {len(self.transids)}"), line
        )
        if self.usual and line != self.usual[len(self.told)]:
            raise UnusualError(line[:1000])
        self.told.append(line)

    def code(self, *args: Any, **more: Any) -> Any:
        """The code of an answer, wrapped or flat."""
        content = self.send(*args, **more)[1]
        return content.get("response", content).get("code") if isinstance(content, dict) else None

    def work_off(self) -> None:
        """Processes everything that waits."""
        while self.service.pending:
            self.service.take()

    def submit(self, method: str, path: str, body: Any, **more: Any) -> Any:
        """Sends records, asks for the status before and after they were processed; the last status."""
        content = self.send(method, path, body, **more)[1]
        transid = content.get("response", content).get("transid") if isinstance(content, dict) else None
        place = f"{STATUS}{transid}"
        self.send("GET", place)
        self.send("GET", place)
        self.work_off()
        outcome = self.send("GET", place)[1]
        self.send("GET", self.asked[-10:][0])
        self.asked.append(place)
        return outcome

    def shown(self, path: str) -> dict[str, Any]:
        """The attributes that a read shows."""
        return {each["Name"]: each["Value"] for each in self.send("GET", path)[1]["Records"][0]["Attributes"]}


def records(*items: tuple[Any, Any]) -> dict[str, Any]:
    return {"Records": [{"customerId": customer, "Attributes": attributes} for customer, attributes in items]}


def each(ids: Iterable[str], **attributes: Any) -> dict[str, Any]:
    return records(*[(customer, attributes) for customer in ids])


GOOD = records(("1", {"name": "z"}))
WRONG: list[tuple[str, Any, dict[str, Any], str]] = [
    ("broken JSON", b'{"Records": [', {}, "7000"),
    ("a trailing comma", b'{"Records": [],}', {}, "7000"),
    ("no body", b"", {}, "7000"),
    ("two documents", b"{}{}", {}, "7000"),
    ("bytes that are not UTF-8", b'{"Records": "\xff"}', {}, "7000"),
    ("a lone surrogate", b'{"Records": "\\ud800"}', {}, "7000"),
    ("not a number", b'{"Records": NaN}', {}, "7000"),
    ("deep nesting", b"[" * 100_000, {}, "7000"),
    ("a wrong key", GOOD, {"key": "no"}, "7001"),
    ("a cut key", GOOD, {"key": MINE.key[:-1]}, "7001"),
    ("a key in other case", GOOD, {"key": MINE.key.lower()}, "7001"),
    ("no key", GOOD, {"key": None}, "7002"),
    ("an empty key", GOOD, {"key": ""}, "7002"),
    ("no records", {}, {}, "7003"),
    ("an empty list of records", {"Records": []}, {}, "7003"),
    ("another root", [], {}, "7003"),
    ("no customer id", {"Records": [{"Attributes": {"name": "z"}}]}, {}, "7003"),
    ("an empty customer id", records(("", {"name": "z"})), {}, "7003"),
    ("a number as customer id", records((1, {"name": "z"})), {}, "7003"),
    ("no attributes", {"Records": [{"customerId": "1"}]}, {}, "7003"),
    ("empty attributes", records(("1", {})), {}, "7003"),
    ("null as a record", {"Records": [None]}, {}, "7003"),
    ("a stranger's address", GOOD, {"client": "127.0.0.2"}, "7010"),
    ("no address", GOOD, {"client": ""}, "7010"),
    ("101 records", {"Records": GOOD["Records"] * 101}, {}, "7012"),
]


ATTRIBUTES: list[dict[str, Any]] = [
    *({"name": value} for value in (None, 1, 1.5, 0, 12345678901, True, False, [], ["a"], {}, {"a": "b"}, "")),
    *({"name": value} for value in (" a ", "007", "A\u030a", "\U0001f600", "<b>", "a\tb", "v" * 300, "0" * 70_000)),
    {"city": None, "name": "with"},
    {"new.name": "dotted", "NewName": "capitals"},
    {"msisdn": "word"},
    {"last_opened": "word"},
    {"last_opened": "2016-07-25T16:39:54+0530", "createdOn": "2016-07-11 17:02:51"},
    {"verified": "0", "status": "1"},
    {"verified": "1"},
    {"verified": "0"},
    {"channel": "twitter"},
    {"channel": "fb", "profile_pic": "https://example.com/" + "p" * 200 + "?q=1"},
    {"userId": "word"},
]

RECORD = {"customerId": "103", "Attributes": {"name": "odd"}}
ODD: list[dict[str, Any]] = [
    {"body": {"Records": [record]}}
    for record in (
        {"Attributes": {"name": "o"}, "customerId": "103"},
        {"customerid": "103", "attributes": {"name": "lower"}},
        {"CustomerId": "103", "Attributes": {"name": "first"}},
        {**RECORD, "extra": "text"},
        {**RECORD, "extra": ["list"]},
        {"customerId": ["103"], "Attributes": {"name": "list"}},
        {"customerId": 103, "Attributes": {"name": "number"}},
        {"customerId": 12345678901, "Attributes": {"name": "long"}},
        {"customerId": "103", "Attributes": ["name"]},
        {"customerId": "103", "Attributes": '{"name": "text"}'},
        {"Attributes": {"userId": "u103", "channel": "rt", "name": "by user id"}},
        {"customerId": "103", "Attributes": {}},
        {"customerId": "103"},
        {"customerId": "new", "Attributes": {"name": "a", "extra": []}},
    )
] + [
    {"body": json.dumps({"Records": [RECORD]}, indent=1).encode()},
    {"body": b'{"Records": [{"customerId": "103", "Attributes": {"name": "comma"},}]}'},
    {"body": b'{"Records": [{"customerId": "103", "Attributes": {"name": "cut"}}]'},
    {"body": b'{"Records": [{"customerId": "103", "Attributes": {"name": "\xe9"}}]}'},
    {"body": json.dumps({"Records": [RECORD]}).encode() * 2},
    {"body": {"Records": RECORD}},
    {"body": {"Records": [RECORD], "extra": 1}},
    {"body": {"Records": [RECORD]}, "media_type": "text/plain"},
    {"body": {"Records": [RECORD]}, "media_type": "Application/JSON"},
    {"body": {"Records": [RECORD]}, "media_type": "application/json; charset=utf-8"},
    {"body": {"Records": [RECORD]}, "header": "secretKey"},
    {"body": each(["103"], name="plain"), "secure": False},
    {"body": each(["103"], name="keyless"), "key": None},
    {"body": {"Records": [RECORD]}, "key": MINE.key + "x"},
    {"body": {"Records": [RECORD]}, "key": OTHER.key},
    {"body": b"{", "key": None},
]


def batches(crowd: list[str]) -> Iterator[dict[str, Any]]:
    """Batches of telling sizes and mixtures."""
    for size in (2, 11, 26, 51, 99, 100, 101, 501, 1001):
        yield each([*crowd, *map(str, range(1000, 2000))][:size], name=f"of {size}")
    yield each(["100"] * 101, name="same")
    yield each(crowd[:40], name="f" * 2000)
    yield each(["new"], name="alone")
    yield each(["new", "newer"], name="all unknown")
    yield each(["new", *crowd[:10], "newer", *crowd[10:20]], name="mixed")
    yield each([*crowd[:20], "new"], name="last")
    yield records(("100", {"name": "first"}), ("104", {"name": "other"}), ("100", {"name": "last", "city": "r"}))
    yield records(("100", {"name": "near"}), *[(c, {"name": "far"}) for c in crowd[1:15]], ("100", {"name": "apart"}))
    yield {"Records": [*each(crowd[:3], name="whole")["Records"], {"customerId": "", "Attributes": {"name": "w"}}]}


def flight(api: Api, path: str) -> None:
    """Two updates of one customer together, one after the other, and the same again."""
    for name in ("city", "name"):
        api.send("PUT", path, each(["105"], **{name: "flight"}))
    api.work_off()
    api.send("GET", f"{CUSTOMERS}/105")
    api.submit("PUT", path, each(["105"], city="after"))
    api.submit("PUT", path, each(["105"], city="after"))
    api.submit("PUT", path, each(["105"], city="last"), key=OTHER.key)


def elsewhere(api: Api) -> None:
    """What is no update at its usual place."""
    for path in (
        "/resources/v2/customerprofiles",
        "/resources/v2/customerappprofile/",
        NEW_APPS,
        f"{APPS}9",
        APPS[:-1],
    ):
        api.submit("PUT", path, GOOD)
    for app_id in (APP_ID.upper(), OTHER.app_ids[0]):
        api.submit("PUT", f"/resources/v2/customerprofiles/{app_id}", each(["100"], name="app"))
    api.submit("PUT", CUSTOMERS, each(["100"], name="other"), key=OTHER.key)
    content = api.send("PUT", CUSTOMERS, each(["100"], name="other"))[1]
    transid = str(content.get("response", content).get("transid")) if isinstance(content, dict) else ""
    api.work_off()
    for asked in (transid, transid[:-1] + "!", "none"):
        for key in (MINE.key, OTHER.key):
            api.send("GET", STATUS + asked, key=key)
    api.send("GET", CUSTOMERS, query="customerId=100&customerId=101&showinwardlinks=1")
    api.send("GET", f"{CUSTOMERS}/100", key=OTHER.key)
    api.send("GET", f"{CUSTOMERS}/100", client="127.0.0.2")
    api.send("DELETE", CUSTOMERS, query="customerId=100&customerId=new")


def tell(api: Api, usual: Sequence[str] = ()) -> list[str]:
    """A long story whose answers tell readings and faults apart; raises UnusualError at the first other answer."""
    api.usual = usual
    crowd = [str(n) for n in range(100, 200)]
    alike = ["7", "007", "ab", "Ab", "x" * 32 + "a", "x" * 32 + "b", "10"]
    api.submit("POST", CUSTOMERS, each(crowd, name="n", email="A.b@example.com", city="", msisdn="911278994640"))
    api.submit("POST", CUSTOMERS, each(alike, name="n"))
    api.submit("POST", NEW_APPS, records(*[(c, {"channel": "rt", "userId": f"u{c}", "name": "n"}) for c in crowd]))
    for path, shown in ((CUSTOMERS, CUSTOMERS), (APPS, NEW_APPS)):
        for _, body, more, _ in WRONG:
            api.submit("PUT", path, body, **more)
        for attributes in ATTRIBUTES:
            api.submit("PUT", path, each(["100"], **attributes))
            api.send("GET", f"{shown}/100")
            api.submit("PUT", path, each(["101", "102"], **{"email": "A.b@example.com", **attributes}))
            api.send("GET", f"{shown}/101")
        for body in batches(crowd):
            api.submit("PUT", path, body)
            for customer in ("100", "103", "105", "125", "150", "198", "199"):
                api.send("GET", f"{shown}/{customer}")
        for request in ODD:
            api.submit("PUT", path, **request)
            api.send("GET", f"{shown}/103")
        for customer in alike[::2]:
            api.submit("PUT", path, each([customer], name=customer))
        flight(api, path)
        for customer in [*alike, "105", "new", "12345678901", "%FF"]:
            api.send("GET", f"{shown}/{customer}")
    elsewhere(api)
    return api.told
