"""Requests to the Fiserv reference, and a script of them that reaches every part of it."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from lxml import etree

import specs
from conformance.reference.core import Call, Headers, Reply, Service, Settings, Switches
from conformance.reference.fiserv import SERVICE
from conformance.reference.fiserv.shape import form, in_order

CONTRACT = specs.contract("fiserv-alldata")
FACTS = SERVICE(Switches("fiserv"), Settings()).target_facts(CONTRACT.id)
FIRST, SECOND, ADMIN = (FACTS.credentials[name] for name in ("user", "second_user", "admin"))
PARTNER, HOME = int(FACTS.credentials["partner"]), int(FACTS.credentials["home"])
FOREIGN_HOME = FACTS.data["other_partner_home"]
JSON, XML = "application/json", "application/xml"
WM = "http://www.cashedge.com/wm"
Tree = dict[str, Any]


def service(**readings: str) -> Service:
    return switched({name.replace("_", "-"): option for name, option in readings.items()})


def switched(options: Mapping[str, str]) -> Service:
    return SERVICE(Switches("fiserv", options), Settings())


def send(
    target: Service, operation: str, body: bytes, kind: str | None = JSON, *, accept: str = "*/*", **call: Any
) -> Reply:
    headers = [("Accept", accept), *([] if kind is None else [("Content-Type", kind)])]
    path = CONTRACT.operations[operation].path
    facts: Tree = {"client": "127.0.0.1", "secure": True, **call}
    return target.handle(Call("POST", path, "", Headers(tuple(headers)), body, **facts))


def encoded(operation: str, tree: Tree, kind: str, namespace: str | None = None) -> bytes:
    if kind == JSON:
        return json.dumps(tree).encode()
    names = etree.QName(namespace, "x").text.removesuffix("x")
    root = etree.Element(names + form(operation).request_root)

    def add(parent: etree._Element, name: str, value: Any) -> None:
        for each in value if isinstance(value, list) else [value]:
            child = etree.SubElement(parent, names + name)
            if isinstance(each, dict):
                for inner, content in each.items():
                    add(child, inner, content)
            else:
                child.text = str(each)

    for name, value in in_order(tree, form(operation).request).items():
        if name in form(operation).request.attributes:
            root.set(name, str(value))
        else:
            add(root, name, value)
    return etree.tostring(root)


def answer(reply: Reply) -> Tree:
    if reply.body.startswith(b"<"):
        return dict([_plain(etree.fromstring(reply.body))])
    found: Tree = json.loads(reply.body) if reply.body else {}
    return found


def _plain(element: etree._Element) -> tuple[str, Any]:
    children = [_plain(child) for child in element]
    return str(etree.QName(element).localname), [*element.attrib.items(), *children] if children else element.text


def codes(reply: Reply) -> set[str]:
    return set(re.findall(r'StatusCode(?:": |>)"?(\d+)', reply.body.decode()))


def signon(user: str = FIRST, role: str = "User", **changes: Any) -> Tree:
    secret = FACTS.credentials[{FIRST: "user_password", SECOND: "second_user_password"}.get(user, "admin_password")]
    password = {"CryptType": "None", "CryptVal": changes.pop("password", secret)}
    info = {"UserID": user, "HomeID": HOME, "UserPassword": password, "Role": role, **changes}
    return {"UserInfo": {name: value for name, value in info.items() if value is not None}}


def update(profile: Tree | None = None, who: Tree | None = None, **envelope: Any) -> Tree:
    sent = {"HomeID": HOME, "UserID": FIRST, **(profile or {})}
    part = {"UserProfile": {name: value for name, value in sent.items() if value is not None}}
    tree = {"partnerID": PARTNER, "RqUID": "R-1", "SignonRq": who or signon(), "UserProfileModRq": part, **envelope}
    return {name: value for name, value in tree.items() if value is not None}


def person(name: Tree | None = None, contact: Tree | None = None, kind: str = "Customer") -> Tree:
    found: Tree = {"NameAddrType": kind, "PersonName": name or {}}
    return {"PersonInfo": {**found, "ContactInfo": contact} if contact is not None else found}


def phones(*kinds: str) -> Tree:
    return {"PhoneNum": [{"PhoneType": kind, "Phone": str(n)} for n, kind in enumerate(kinds)]}


def read(target: Service, user: str = FIRST) -> Tree:
    asked = {"partnerID": PARTNER, "RqUID": "read", "SignonRq": signon(user)}
    found: Tree = answer(send(target, "read", encoded("read", asked, JSON)))["UserProfileInqRs"]["UserProfile"]
    return found


def create(user: str, secret: str = "a-Secret-1") -> Tree:
    info = {"UserID": user, "HomeID": HOME, "UserPassword": {"CryptType": "None", "CryptVal": secret}}
    return {"partnerID": PARTNER, "RqUID": "c", "SignonRq": signon(ADMIN, "Admin"), "UserAddRq": {"UserInfo": info}}


def delete(user: str) -> Tree:
    part = {"UserDelRq": {"HomeID": HOME, "UserID": user}}
    return {"partnerID": PARTNER, "RqUID": "d", "SignonRq": signon(ADMIN, "Admin"), **part}


def without(tree: Tree, *path: Any) -> Tree:
    tree = copy.deepcopy(tree)
    place: Any = tree
    for step in path[:-1]:
        place = place[step]
    del place[path[-1]]
    return tree


FULL = person(
    {"LastName": "Vale", "FirstName": "Kim", "MiddleName": "A.", "DisplayName": "Kim V."},
    {
        **phones("EveningPhone", "DayPhone"),
        "EmailAddr": "Kim@Example.com",
        "PostAddr": {
            "Addr1": "1 Main St",
            "Addr2": "Suite 2",
            "City": "Salem",
            "PostalCode": "00501",
            "Country": "USA",
        },
    },
)
ODD_TEXT = " <Zoë> & O'Neil\t\r\n\U0001f600 e\u0301 "


def messages() -> Iterator[Tree]:
    """Updates that are right, and updates that are wrong in one way."""
    for n, change in enumerate([{}, FULL, FULL]):
        yield update(change, RqUID=f"R-{n}")
    yield from texts()
    yield from contacts()
    yield from members()
    yield from identities()
    yield from credentials()
    for path in (("RqUID",), ("SignonRq",), ("UserProfileModRq", "UserProfile"), ("SignonRq", "UserInfo", "Role")):
        yield without(update(), *path)
    for inner in (("PersonName",), ("ContactInfo", "PostAddr", "Country"), ("ContactInfo", "PhoneNum", 1, "PhoneType")):
        yield without(update(FULL), "UserProfileModRq", "UserProfile", "PersonInfo", *inner)
    yield update(FULL)


def texts() -> Iterator[Tree]:
    """Texts that a careless implementation changes."""
    yield update(FULL, RqUID="é & <x> " * 8)
    for n, name in enumerate((ODD_TEXT, "x" * 50, "\U0001f600", "O'Neil", "Zoë e\u0301", "", " y ", "\x0b", 5)):
        yield update(person({"LastName": name}), RqUID=f"T-{n}")
    yield update(person({"LastName": "One"}), RqUID="N-1")
    yield update(person({"LastName": "Two"}), RqUID="N-1")


def contacts() -> Iterator[Tree]:
    """Phones, e-mail addresses, addresses and the words around them."""
    changes: list[Tree] = [
        phones("EveningPhone"),
        phones("EveningPhone", "EveningPhone"),
        phones("EveningPhone", "EveningPhone", "EveningPhone"),
        phones("DayPhone", "DayPhone"),
        phones("Eveningphone", "Pager"),
        {"PhoneNum": []},
        {"EmailAddr": "nobody"},
        {"EmailAddr": "a@b@c.de"},
        {"EmailAddr": "a" * 80 + "@example.com"},
        {"PostAddr": {"Addr1": "2", "Country": "CAN"}},
    ]
    yield update(FULL)
    yield from (update(person(contact=contact)) for contact in changes)
    for kind in ("customer", "Friend"):
        yield update(person(kind=kind))


def members() -> Iterator[Tree]:
    """Members that only the server sets, that are out of bounds, that nobody knows."""
    owned = person({"LastName": "Own"})
    owned["PersonInfo"]["RegisterDt"] = "1999-01-01T00:00:00Z"
    yield update({**owned, "CEUserID": 5})
    changes: list[Tree] = [
        {"PartnerID": 7},
        person(contact={"PostAddr": {"Addr1": "3", "PostalCode": 97301, "Country": "USA"}}),
        {"PersonAttribute": [{"AttrName": "a", "AttrVal": "b"}]},
        {"CEInviteClientID": 2**53 + 1},
        {"CEInviteClientID": "12345678901"},
        {"InstallID": 2**31},
        {**person({"LastName": "Bad"}), "AdvisorRegStatus": "X"},
        {"Invented": "x"},
        person({"Invented": "x"}),
    ]
    yield from map(update, changes)
    yield update(Invented="x")


def identities() -> Iterator[Tree]:
    """Homes, users and partners, each wrong alone."""
    for home in ("letters", f"{HOME}x", str(HOME), 1, 0, -5, FOREIGN_HOME, HOME + 2**32, None):
        yield update({**person({"LastName": f"H{home}"}), "HomeID": home})
    yield from (update(who=signon(HomeID=home)) for home in ("letters", 1, None))
    for user in (SECOND, "nobody", "no body!", FIRST[:-1], ADMIN):
        yield update({**person({"LastName": "Taken"}), "UserID": user})
        yield update({"UserID": user}, signon(UserID=user))
    yield from (update(partnerID=partner) for partner in (1, None, "x"))


def credentials() -> Iterator[Tree]:
    """Ways to sign on, most of them wrong, some with a second fault."""
    secret, admin = FACTS.credentials["user_password"], signon(ADMIN, "Admin")
    for word in ("wrong", secret + "x"):
        yield update(person({"LastName": "Sneak"}), signon(password=word))
        yield update({"AdvisorRegStatus": "X"}, signon(password=word))
        yield update(person(contact={"PhoneNum": [{"Phone": "1"}]}), signon(password=word))
    for scheme in ("ROT13", "Nonesuch"):
        who = signon()
        who["UserInfo"]["UserPassword"]["CryptType"] = scheme
        yield update(who=who)
    yield from (update({"UserID": SECOND}, signon(role=role)) for role in ("Admin", "Janitor"))
    yield update(who={"GenSessInfo": "false"})
    yield update(who={"SessionInfo": {"SessionToken": "invented"}})
    yield update(who={**signon(), "GenSessInfo": "true"})
    yield update({"UserID": SECOND}, signon(OBOUserID=SECOND))
    yield update({**person({"LastName": "By"}), "UserID": SECOND}, admin)
    yield update({"UserID": SECOND}, signon(ADMIN, "Admin", OBOUserID=SECOND))


def raw() -> Iterator[tuple[bytes, str | None]]:
    """Bodies that no tree makes."""
    body, markup = encoded("update", update(FULL), JSON), encoded("update", update(FULL), XML)
    yield from ((b, JSON) for b in (body[:-9], body + b" x", b"", b'{"RqUID": "\xff"}', b"\xef\xbb\xbf" + body))
    yield from ((b, XML) for b in (markup[:40], markup[:-3], b"", b"<a/>"))
    yield b"<!DOCTYPE UserProfileModRqHeader>" + markup, XML
    yield encoded("update", update(FULL), XML, WM), XML
    yield encoded("read", {"RqUID": "r", "SignonRq": signon()}, XML), XML
    yield markup.replace(b"<LastName>Vale", b"<LastName>V<!-- c -->a<![CDATA[l]]>e"), XML
    order = re.sub(rb"(<HomeID>\d+</HomeID>)(<UserID>\w+</UserID>)(?=<Pers)", rb"\2\1", markup)
    yield order, XML
    yield re.sub(rb"(<LastName>.*?</LastName>)(<FirstName>.*?</FirstName>)", rb"\2\1", markup), XML
    yield body, None


@cache
def script() -> tuple[tuple[bytes, str | None], ...]:
    """The same requests for every service."""
    found: list[tuple[bytes, str | None]] = []
    for tree in messages():
        found.append((encoded("update", tree, JSON), JSON))
        try:
            found.append((encoded("update", tree, XML), XML))
        except ValueError:
            continue
    return (*found, *raw())


def story(target: Service) -> Iterator[tuple[str, Reply]]:
    """Everything that a service answers to the script and to what needs a sequence of requests."""
    for n, (body, kind) in enumerate(script()):
        yield "update", send(target, "update", body, kind, accept=(JSON, XML, "*/*")[n % 3])
        if kind == JSON:
            for user in (FIRST, SECOND):
                asked = {"RqUID": "r", "partnerID": PARTNER, "SignonRq": signon(user)}
                yield "read", send(target, "read", encoded("read", asked, JSON))
    change = encoded("update", update(person({"LastName": "Plain"})), JSON)
    yield "update", send(target, "update", change, secure=False)
    yield "update", send(target, "update", change, client="127.0.0.2")
    yield "read", send(target, "read", encoded("read", {"RqUID": "r", "SignonRq": signon()}, JSON))
    for tree in (create("pc_1"), delete("pc_1")):
        operation = "create" if "UserAddRq" in tree else "delete"
        yield operation, send(target, operation, encoded(operation, tree, JSON))
    for who in (signon("pc_1", password="a-Secret-1"), signon(ADMIN, "Admin")):
        yield "update", send(target, "update", encoded("update", update({"UserID": "pc_1"}, who), JSON))
