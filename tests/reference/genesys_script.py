"""Talks to the Genesys reference without a server, and a script that meets every fault."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any

from conformance.reference.core import Call, Headers, Reply, Service, Settings, Switches
from conformance.reference.faults import faulty

CUSTOMER = "/profiles/00027a52JCGY000M"
OTHER = "/profiles/00027a52JCGY000N"
EVERY = "extensions=Address,Bill,Note,Newsletter,Survey,EmailAddress"
Answer = tuple[int, Any, str]


class Agent:
    """A user of one service, correct unless faults are named."""

    def __init__(
        self,
        readings: Mapping[str, str] | None = None,
        faults: Sequence[str] = (),
        freedoms: Mapping[str, str] | None = None,
    ) -> None:
        self.service: Service = faulty("genesys", faults)(Switches("genesys", readings, freedoms), Settings())
        facts = self.service.target_facts("genesys-ucs").credentials
        self.authorization = basic(facts["username"], facts["password"])

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        query: str = "",
        headers: Sequence[tuple[str, str]] = (("Content-Type", "application/json"),),
        authorization: str | None = "own",
        secure: bool = True,
    ) -> Reply:
        """One exchange; a body that is not bytes is sent as JSON."""
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        given = self.authorization if authorization == "own" else authorization
        pairs = (*headers, ("Authorization", given)) if given is not None else tuple(headers)
        with self.service.lock:
            return self.service.handle(Call(method, path, query, Headers(pairs), content, "127.0.0.1", secure))

    def put(self, path: str, body: Any, **more: Any) -> Answer:
        """What answers an update."""
        return answer(self.send("PUT", path, body, **more))

    def get(self, path: str, query: str = EVERY, **more: Any) -> Answer:
        """What answers a query."""
        return answer(self.send("GET", path, query=query, **more))

    def create(self, body: Any) -> str:
        """The path of a new customer."""
        reply = self.send("POST", "/profiles", body)
        assert reply.status == 201, reply.body
        return f"/profiles/{json.loads(reply.body)['customer_id']}"


def basic(user: str, password: str) -> str:
    """An Authorization header."""
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def answer(reply: Reply) -> Answer:
    """Status, content (JSON where it is) and Content-Location."""
    location = dict(reply.headers).get("Content-Location", "")
    try:
        return reply.status, json.loads(reply.body), location
    except ValueError:
        return reply.status, reply.body.decode(), location


BILLS = [{"BillId": f"b{n}", "Month": n, "Subject": f"s{n}", "Amount": n + 0.5} for n in range(14)]
SURVEY = {
    "Code": "twelve chars",
    "Note": "",
    "Score": -(2**31),
    "Visits": 2**63 - 1,
    "Ratio": 0.1,
    "TakenOn": "2024-02-29",
    "TakenAt": "1969-12-31T23:59:59.999Z",
    "Voucher": 9.99,
    "Consent": False,
}
ADDRESS = {"Type": 0, "Address": "1 Way", "City": "Town"}
FULL = {
    "FirstName": "A,b <c>\\n & é \U0001f600 e\u0301 \r\n ",
    "LastName": "x" * 300,
    "Title": "Dr",
    "PhoneNumber": ["9", "3", "5", "3", "1,2"],
    "EmailAddress": [f"{n}@x" for n in range(12)],
    "DOB": "1962-05-10",
    "CustomerSince": "2039-01-01T00:00:00.057Z",
    "Address": ADDRESS,
    "Bill": BILLS[:5],
    "Note": [{"Text": "one"}],
    "Newsletter": {},
    "Survey": SURVEY,
}
UPDATES: list[Any] = [
    FULL,
    FULL,
    {"FirstName": "a,B <C>"},
    {"FirstName": "A,b <c>"},
    {"FirstName": "z", "PhoneNumber": ["9", "3"], "CustomerSince": [f"2000-02-29T12:00:00.00{n}Z" for n in range(9)]},
    {"FirstName": "z", "PhoneNumber": ["3", "9"], "CustomerSince": "0001-01-01T00:00:00.000Z"},
    {"FirstName": "z", "PhoneNumber": ["3", "4", "5"], "CustomerSince": "9999-12-31T23:59:59.001Z"},
    {"FirstName": "z", "PhoneNumber": ["5"]},
    {"FirstName": "z", "PhoneNumber": ["3", "4", "5"]},
    {"FirstName": "z", "PhoneNumber": "7"},
    {"FirstName": "z", "PhoneNumber": ["8"], "Title": "t", "LastName": "l"},
    {"FirstName": ""},
    {"FirstName": "z", "Title": [], "PhoneNumber": []},
    FULL,
    {"Address": {"City": "C"}, "Bill": BILLS[3:5]},
    {"FirstName": "z", "Bill": [BILLS[9]], "Survey": {**SURVEY, "Score": 40000, "Consent": True}},
    {"FirstName": "z", "Bill": BILLS[:3], "Note": [{"Text": "a"}]},
    {"FirstName": "z", "Bill": [{"BillId": "a"}, {"BillId": "A"}]},
    {"FirstName": "z", "Bill": BILLS},
    {"FirstName": "z", "Bill": []},
    FULL,
    {},
    FULL,
    # Refused ones.
    {"FirstName": "no", "Survey": {**SURVEY, "Code": "more than twelve"}, "Title": "no"},
    {"FirstName": "no", "Bill": BILLS[:2], "DOB": "2021-02-30"},
    {"FirstName": "no", "Address": {"Kind": 1}},
    {"FirstName": "no", "Nope": "no"},
    {"FirstName": True},
    {"FirstName": {"a": 1}},
    {"FirstName": "no", "CustomerSince": "2021-02-30T00:00:00.000Z"},
    {"FirstName": "no", "CustomerSince": "soon"},
    {"FirstName": "no", "CustomerSince": "2020-01-01T00:00:00+02:00"},
    {"FirstName": "no", "Address": {"Type": "one"}},
    {"FirstName": "no", "Address": [ADDRESS]},
    {"FirstName": "no", "Bill": [BILLS[0], BILLS[0]]},
    {"FirstName": "no", "Bill": [BILLS[0], {"Subject": "no id"}]},
    {"customer_id": "00027a52JCGY000N", "FirstName": "no"},
    {"customer_id": True, "FirstName": "no"},
    {"customer_id": "00027a52JCGY000M", "FirstName": "yes"},
    b'{"FirstName": "no"} x',
    b'{"FirstName": "no"',
    b"",
    b"null",
    b"\xff",
    b"[" * 1000,
]


def transcript(agent: Agent) -> list[Answer]:
    """The answers to a script whose every step leads into a place where a fault may wait."""
    heard = [answer(agent.send("GET", "/metadata/profiles"))]
    for body in UPDATES:
        heard += [agent.put(CUSTOMER, body), agent.get(CUSTOMER), agent.get(OTHER), agent.get(CUSTOMER, "")]
    for headers in ([("Content-Type", "text/plain")], [("Content-Type", "application/xml")]):
        heard += [agent.put(CUSTOMER, {"FirstName": "no"}, headers=headers), agent.get(CUSTOMER)]
    for authorization in (None, "Bearer x", basic("agent", "wrong"), basic("nobody", "wrong")):
        heard += [agent.put(CUSTOMER, {"FirstName": "no"}, authorization=authorization), agent.get(CUSTOMER)]
    located = [("Content-Type", "application/json"), ("Content-Location", CUSTOMER)]
    heard += [agent.put(CUSTOMER, {"FirstName": "located"}, headers=located), agent.get(CUSTOMER)]
    heard += [agent.get(CUSTOMER, secure=False), agent.put(CUSTOMER + "x", FULL), agent.get(CUSTOMER)]
    return heard + _identities(agent) + _maintenance(agent)


def _identities(agent: Agent) -> list[Answer]:
    twins = ("abcdefghijklmnoP", "abcdefghijklmnop", "abcdefghijklmnoQ", "i")
    paths = [agent.create({"customer_id": twin, "FirstName": twin, "PhoneNumber": ["1", "2"]}) for twin in twins]
    heard = []
    for path in paths:
        heard.append(agent.put(path, {"FirstName": f"new {path}", "PhoneNumber": [path, "2"]}))
        heard += [agent.get(each) for each in paths]
    heard.append(agent.put(paths[0], FULL))
    heard += [answer(agent.send("DELETE", paths[0])), agent.get(paths[0]), agent.put(paths[0], {}), agent.get(paths[0])]
    heard += [answer(agent.send("POST", "/profiles", {"customer_id": twins[0]})), agent.get(paths[0])]
    return heard


def _maintenance(agent: Agent) -> list[Answer]:
    heard = [answer(agent.send("POST", "/server/mode", {"mode": "maintenance"})), agent.put(CUSTOMER, {"Title": "m"})]
    return [*heard, answer(agent.send("POST", "/server/mode", {"mode": "production"})), agent.get(CUSTOMER)]
