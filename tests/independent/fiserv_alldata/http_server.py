"""A small AllData user management server (updateUserProfile and its companions), written from the documents.

Readings of the contradictions (dossier row: reading):

F-C01 never: the answer of an update has no UserProfile.                F-C02 only-if (follows from F-C01).
F-C03 operation-only: the envelope Status is always 0/Info, the code sits in the operation's aggregate.
F-C04 split: HTTP 200 for the seed's codes and every other processing code, 4xx for parse and sign-on failures.
F-C05 schema-first: schema faults (1020, 4070), then faulty HomeIDs (4012), then 4050, partner, sign-on, role, target.
F-C06 4012 for a HomeID that is not an integer, also in SignonRq.       F-C07 4012 for an omitted HomeID.
F-C08 1740-for-signon: an unknown SignonRq.HomeID is 1740; in UserProfile it is 4012.
F-C09 4040 for an unknown SignonRq.UserID.  A known home without this user is 4040, too (the triple is unknown).
F-C10 4120 if UserProfile.UserID is another registered user; 4040 if nobody of that name is registered.
F-C11 merge: omitted members are kept.  Phones merge by PhoneType, properties by ParamName, attributes by AttrName;
      OfficeID lists are replaced as a whole; an empty list changes nothing.
F-C12 1020 for a missing mandatory member (null counts as missing); an empty mandatory text is 4070.
F-C13 http-400 for JSON and XML.  (The turn of XML would be 100, but that is a seed code which F-C04 answers with 200,
      while it wants 4xx for parse failures: the two cannot meet, so the next reading is taken.)
F-C14 4070 for an invalid email on update.  An empty email is accepted.  createUser answers 4628 as documented.
F-C15 case-insensitive-enum: other spellings are accepted and read back in canonical form, other words are 4070.
F-C16 4070 for a repeated PhoneType on update.  createUser answers 4629 / 4630 / 4626 as documented.
F-C17 4050 for a CryptType other than `None`.  An empty one is 4070, a missing one is 1020.
F-C18 http-401/403 with a Status body: 401 for 1740, 4010, 4090; 403 for 4120, 4130.  (The turn was collapsed-100,
      which would hide the 1740 of F-C08.)
F-C19 open (the turn was closed, which excludes the 1740, 4120 and 1020 of F-C08, F-C10 and F-C12).
F-C20 free: own texts, most with the name of the member at fault.       F-C21 integer, in every Status.
F-C22 server-generated RqUID in every answer with a Status.             F-C23 replays are accepted.
F-C24 4070 for CEUserID, PartnerID, RegisterDt, LastLoginDt, Roles on update; createUser ignores them.
F-C25 unknown members: ignored in JSON, 4070 in XML.                    F-C26 mirrors-request.
F-C27 none: no namespace on the update's root.  On input every element may or may not carry the vendor's namespace.
      On output the older description is followed: the roots of createUser and signon and the children of PersonName
      carry it (with a prefix).
F-C28 4070 for a missing partnerID.                                     F-C29 self-only, an administrator included.
F-C30 redirect: plain HTTP answers 308 with the https address.

Free choices:

- A faulty partnerID (letters, more than 64 bits) is 4070; an unknown one is 4010.  Integers may be texts of digits.
- A home of another partner is 4012 in UserProfile and 1740 in SignonRq.
- Numbers or booleans in text members, lone surrogates and characters that XML excludes are 4070.
- A JSON body that is no object is 4070; another operation's XML root is 600.
- Unparsable: bad UTF-8, repeated JSON members, NaN, any DTD, XML deeper than 60.  A UTF-8 byte order mark is skipped.
- HTTP 400, 404, 405, 413, 415 have a line of plain text as body, no Status.
- Without Content-Type the first character decides (`<` is XML); other media types are 415.
- An empty SignonRq is a failed sign-on (1740).  If both UserInfo and SessionInfo are sent, UserInfo counts.
- OBOUserID is accepted only if it names the caller, else 4120.  CreateUserIfNotExists has no effect.
- SignonRs is absent if the schema check fails; a failed sign-on shows its code in SignonRs and in the operation.
- A session token sits at SignonRs.SessInfo.SessionToken; it expires after 18 idle minutes; any GenSessInfo mints one.
- A session settles the home, so SessionInfo.HomeID may be omitted; a differing one is 1740.
- LastLoginDt moves with every sign-on by password; Roles are never returned; version is always 3.2.1.
- PhoneType: EveningPhone, DayPhone, MobilePhone.  NameAddrType: Customer, Business.
- AdvCEUserIDList and AdvCEUserNameList are accepted and not kept.
- createUser: UserProfile is optional, its HomeID too; a breach of the rules for UserID or password is 4070; DisplayName
  is the UserID if none is sent; other homes than the administrator's are 4012; forbidden words in a
  UserID are found in any case.
- deleteUser: UserDelRq / UserDelRs; an administrator as target is 4130; sessions end with the user.
- Latency 0 to 2 ms; gzip above 600 bytes if accepted; Content-Length always; no Server header.
"""

from __future__ import annotations

import contextlib
import gzip
import hmac
import json
import random
import re
import secrets
import socket
import socketserver
import ssl
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from email.utils import formatdate
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

PARTNER, HOME, OTHER_HOME = 61500000, 61500012, 61500013
OTHER_PARTNER, OTHER_PARTNER_HOME = 61700000, 61700001

TARGET: dict[str, Any] = {
    "credentials": {
        "partner": str(PARTNER),
        "home": str(HOME),
        "user": "marta_lind",
        "user_password": "Harbour-Light-7",
        "second_user": "tomas_vega",
        "second_user_password": "Copper!Kettle22",
        "admin": "desk_operator_1",
        "admin_password": "Granite.Bridge.90",
    },
    "data": {
        "crypt_type": "None",
        "phone_types": ["EveningPhone", "DayPhone", "MobilePhone"],
        "name_addr_type": "Customer",
        "unknown_home": 61599999,
        "unknown_partner": 61999999,
        "other_home": OTHER_HOME,
        "other_partner": OTHER_PARTNER,
        "other_partner_home": OTHER_PARTNER_HOME,
        "formats": ["json", "xml"],
    },
    "readings": {},
    "operations": {},
}

WM = "http://www.cashedge.com/wm"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
BASE = "/WealthManagementWeb/ws/UserMgmt/"
SESSION_SECONDS = 18 * 60
MAX_BODY = 4 * 1024 * 1024
MAX_DEPTH = 60
TEXTS = {
    0: "The request was carried out",
    600: "This message does not belong to this service",
    1020: "A required element was not sent",
    1740: "Sign-on failed",
    4010: "No such partner",
    4012: "The home is not valid",
    4030: "The user is registered already",
    4040: "No such user is registered",
    4050: "The encryption scheme is not supported",
    4070: "An input field is not valid",
    4090: "The session is not valid or has expired",
    4120: "The profile belongs to somebody else",
    4130: "The role does not permit this",
    4626: "Too many phone numbers",
    4628: "The email address is not valid",
    4629: "More than one day phone",
    4630: "More than one evening phone",
}
HTTP_STATUS = {1740: 401, 4010: 401, 4090: 401, 4120: 403, 4130: 403}
ILLEGAL_TEXT = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
INTEGER = re.compile(r"[+-]?[0-9]{1,19}")


# ---------------------------------------------------------------- message schema


@dataclass(frozen=True)
class Field:
    """One member of a message."""

    kind: str = "text"  # text, int32, int64, partner, home, word, variant, email, flag, owned, any, node
    required: bool = False
    many: bool = False
    children: Mapping[str, Field] = field(default_factory=dict)
    words: tuple[str, ...] = ()


def _node(required: bool = False, many: bool = False, **children: Field) -> Field:
    return Field("node", required, many, children)


TEXT, MUST, ANY, OWNED, LONG = Field(), Field(required=True), Field("any"), Field("owned"), Field("int64")
PHONE_TYPES = ("EveningPhone", "DayPhone", "MobilePhone")
ROLE = Field("word", required=True, words=("User", "Admin", "Advisor", "CSR"))
HOME_ID = Field("home", required=True)
PASSWORD = _node(CryptType=MUST, CryptVal=MUST)
SIGNON = _node(
    True,
    UserInfo=_node(
        UserID=MUST,
        HomeID=HOME_ID,
        UserPassword=replace(PASSWORD, required=True),
        AlldataToken=TEXT,
        Role=ROLE,
        OBOUserID=TEXT,
        CreateUserIfNotExists=ANY,
    ),
    SessionInfo=_node(SessionToken=MUST, Role=ROLE, HomeID=Field("home")),
    GenSessInfo=Field("flag"),
    Preferences=Field("any", many=True),
    RoleDetail=ANY,
    InstallID=ANY,
    SimulatedUserDetails=ANY,
    MFAQuestions=Field("any", many=True),
)


def _profile(home: Field) -> Field:
    return _node(
        HomeID=home,
        UserID=MUST,
        AppID=TEXT,
        CEUserID=OWNED,
        PersonInfo=_node(
            NameAddrType=Field("variant", required=True, words=("Customer", "Business")),
            PersonName=_node(True, LastName=TEXT, FirstName=TEXT, MiddleName=TEXT, DisplayName=TEXT),
            ContactInfo=_node(
                PhoneNum=_node(many=True, PhoneType=Field("variant", required=True, words=PHONE_TYPES), Phone=MUST),
                EmailAddr=Field("email"),
                PostAddr=_node(Addr1=MUST, Addr2=TEXT, City=TEXT, StateProv=TEXT, PostalCode=TEXT, Country=MUST),
            ),
            RegisterDt=OWNED,
            LastLoginDt=OWNED,
            Roles=OWNED,
        ),
        EntitlementInfo=_node(OfficeID=Field(required=True, many=True)),
        AdvCEUserIDList=ANY,
        AdvCEUserNameList=ANY,
        ClientProperty=_node(many=True, ParamName=MUST, ParamVal=MUST),
        PersonProperty=_node(many=True, ParamName=MUST, ParamVal=MUST),
        PersonAttribute=_node(many=True, AttrName=MUST, AttrVal=MUST),
        AdvisorRegStatus=Field("word", words=("F", "P")),
        AdvisorID=TEXT,
        AdvisorType=TEXT,
        ClientStatus=TEXT,
        PersonStatus=TEXT,
        CEInviteClientID=LONG,
        PartnerID=OWNED,
        InstallID=Field("int32"),
    )


PROFILE = _profile(HOME_ID)
LIST_KEYS = {
    "PhoneNum": "PhoneType",
    "ClientProperty": "ParamName",
    "PersonProperty": "ParamName",
    "PersonAttribute": "AttrName",
}


@dataclass(frozen=True)
class Operation:
    """One service of UserMgmt: the stem of its aggregates and the fields of its request."""

    stem: str
    fields: Mapping[str, Field]
    namespaced: bool = False


def _request(**more: Field) -> dict[str, Field]:
    return {"partnerID": Field("partner", required=True), "version": TEXT, "RqUID": MUST, "SignonRq": SIGNON, **more}


OPERATIONS = {
    "updateUserProfile": Operation(
        "UserProfileMod",
        _request(UserProfileModRq=_node(True, UserProfile=replace(PROFILE, required=True))),
    ),
    "getUserProfile": Operation("UserProfileInq", _request(UserProfileInqRq=_node(IncludeDetail=Field(many=True)))),
    "createUser": Operation(
        "UserAdd",
        _request(
            UserAddRq=_node(
                True,
                UserInfo=_node(
                    True, UserID=MUST, HomeID=HOME_ID, UserPassword=PASSWORD, RoleDetail=ANY, PartnerID=LONG
                ),
                UserProfile=_profile(Field("home")),
                CSRAccessibleHome=Field("any", many=True),
            )
        ),
        namespaced=True,
    ),
    "deleteUser": Operation("UserDel", _request(UserDelRq=_node(True, HomeID=HOME_ID, UserID=MUST))),
    "signon": Operation("Signon", _request(), namespaced=True),
}


class Refusal(Exception):
    """The request is answered with an error code."""

    def __init__(self, code: int, detail: str = "", at_signon: bool = False) -> None:
        super().__init__(code, detail)
        self.code, self.detail, self.at_signon = code, detail, at_signon


class Unparsable(Exception):
    """The body is no well-formed JSON or XML."""


# ---------------------------------------------------------------- reading requests


@dataclass
class Element:
    """An XML element; names are split into namespace and local part."""

    namespace: str
    name: str
    attributes: dict[str, str]
    children: list[Element] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The character data of the element."""
        return "".join(self.pieces)


def parse_xml(body: bytes) -> Element:
    """Parse without DTDs, and so without any entity but the five of XML itself."""
    root = Element("", "", {})
    stack = [root]

    def start(name: str, attributes: dict[str, str]) -> None:
        if len(stack) > MAX_DEPTH:
            raise Unparsable
        namespace, _, local = name.rpartition(" ")
        element = Element(namespace, local, attributes)
        stack[-1].children.append(element)
        stack.append(element)

    def end(_name: str) -> None:
        stack.pop()

    def text(data: str) -> None:
        stack[-1].pieces.append(data)

    def refuse(*_parts: Any) -> int:
        raise Unparsable

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, text
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = parser.ExternalEntityRefHandler = refuse
    try:
        parser.Parse(body, True)
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise Unparsable from error
    return root.children[0]


def parse_json(body: bytes) -> Any:
    """Parse strict JSON: no repeated members, no NaN."""

    def whole(digits: str) -> float | int:
        return int(digits) if len(digits) < 40 else float("inf")

    def constant(_name: str) -> None:
        raise ValueError

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        members = dict(pairs)
        if len(members) != len(pairs):
            raise ValueError
        return members

    try:
        text = body.decode("utf-8-sig")
        return json.loads(text, parse_int=whole, parse_constant=constant, object_pairs_hook=unique)
    except (ValueError, RecursionError) as error:
        raise Unparsable from error


class Checker:
    """Checks a message against its fields and returns the known members in normal form."""

    def __init__(self, creating: bool) -> None:
        self.creating = creating
        self.faults: list[tuple[int, str]] = []

    def raise_first(self) -> None:
        """Raise the first fault; faulty homes come after all others."""
        for code, path in sorted(self.faults, key=lambda fault: fault[0] == 4012):
            raise Refusal(code, path)

    def fault(self, path: str, code: int = 4070) -> None:
        """Note a fault."""
        self.faults.append((code, path))

    def unfold(self, element: Element, fields: Mapping[str, Field], path: str = "") -> dict[str, Any]:
        """Turn an XML element into the shape of the JSON message; whatever the schema does not know is a fault."""
        content: dict[str, Any] = {}
        if element.text.strip():
            self.fault(path or element.name)
        for name, text in element.attributes.items():
            if not path and name in ("partnerID", "version"):
                content[name] = text
            elif not name.startswith(XSI + " "):
                self.fault(f"{path}@{name}")
        for child in element.children:
            here, known = f"{path}.{child.name}".lstrip("."), fields.get(child.name)
            if (
                known is None
                or child.namespace not in ("", WM)
                or (not path and child.name in ("partnerID", "version"))
            ):
                self.fault(here)
                continue
            value: Any = child.text
            if known.kind == "node":
                value = self.unfold(child, known.children, here)
            elif known.kind in ("any", "owned"):
                value = True
            elif child.children or any(not name.startswith(XSI + " ") for name in child.attributes):
                self.fault(here)
            if known.many:
                content.setdefault(child.name, []).append(value)
            elif child.name in content:
                self.fault(here)
            else:
                content[child.name] = value
        return content

    def members(self, value: Any, fields: Mapping[str, Field], path: str = "") -> dict[str, Any]:
        """Check an object."""
        clean: dict[str, Any] = {}
        if not isinstance(value, dict):
            self.fault(path or "message")
            return clean
        for name, known in fields.items():
            here, given = f"{path}.{name}".lstrip("."), value.get(name)
            if given is None:
                if known.required:
                    self.fault(here, {"home": 4012, "partner": 4070}.get(known.kind, 1020))
            elif known.kind == "any":
                continue
            elif not known.many:
                clean[name] = self.value(given, known, here)
            elif not isinstance(given, list):
                self.fault(here)
            elif known.required and not given:
                self.fault(here, 1020)
            else:
                clean[name] = [self.value(one, known, here) for one in given]
                if name == "PhoneNum":
                    self.phones(clean[name], here)
        return clean

    def value(self, value: Any, known: Field, path: str) -> Any:
        """Check one value."""
        kind = known.kind
        if kind == "node":
            return self.members(value, known.children, path)
        if kind == "owned":
            if not self.creating:
                self.fault(path)
        elif kind in ("int32", "int64", "partner", "home"):
            number = int(value) if isinstance(value, str) and INTEGER.fullmatch(value.strip(" \t\r\n")) else value
            limit = 1 << (31 if kind == "int32" else 63)
            if type(number) is int and -limit <= number < limit:
                return number
            self.fault(path, 4012 if kind == "home" else 4070)
        elif kind == "flag":
            if not isinstance(value, bool) and value not in ("true", "false"):
                self.fault(path)
            return value in (True, "true")
        elif (
            not isinstance(value, str)
            or ILLEGAL_TEXT.search(value)
            or (known.required and not value)
            or (kind == "word" and value not in known.words)
        ):
            self.fault(path)
        elif kind == "email" and value and not re.fullmatch(r"[^@\s]+@[^@\s]+", value):
            self.fault(path, 4628 if self.creating else 4070)
        elif kind == "variant":
            for word in known.words:
                if word.lower() == value.lower():
                    return word
            self.fault(path)
        else:
            return value
        return None

    def phones(self, phones: list[Any], path: str) -> None:
        """A phone type may be sent once."""
        types = [phone.get("PhoneType") for phone in phones]
        for kind, code in zip(PHONE_TYPES, (4630, 4629, 4626), strict=True):
            if types.count(kind) > 1:
                self.fault(path, code if self.creating else 4070)


# ---------------------------------------------------------------- writing answers


def write_xml(name: str, value: Any, parent: str = "") -> Iterator[str]:
    """Write a member of an answer as XML."""
    if isinstance(value, list):
        for one in value:
            yield from write_xml(name, one, parent)
        return
    tag = f"wm:{name}" if parent == "PersonName" else name
    opening = f'{tag} xmlns:wm="{WM}"' if name == "PersonName" else tag
    yield f"<{opening}>"
    if isinstance(value, dict):
        for child, content in value.items():
            yield from write_xml(child, content, name)
    else:
        yield escape(str(value), {"\r": "&#13;"})
    yield f"</{tag}>"


def xml_document(root: str, namespaced: bool, answer: dict[str, Any]) -> bytes:
    """Write an answer as an XML document; partnerID and version are attributes of the root."""
    attributes = "".join(f" {k}={quoteattr(str(answer[k]))}" for k in ("partnerID", "version") if k in answer)
    tag = f"wm:{root}" if namespaced else root
    space = f' xmlns:wm="{WM}"' if namespaced else ""
    parts = ['<?xml version="1.0" encoding="UTF-8"?>\n', f"<{tag}{space}{attributes}>"]
    for name, value in answer.items():
        if name not in ("partnerID", "version"):
            parts += write_xml(name, value)
    parts.append(f"</{tag}>\n")
    return "".join(parts).encode()


def _status(code: int, detail: str = "") -> dict[str, Any]:
    text = f"{TEXTS[code]}: {detail}" if detail else TEXTS[code]
    return {"StatusCode": code, "StatusDesc": text, "Severity": "Error" if code else "Info"}


# ---------------------------------------------------------------- the service


def _now() -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def merge(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """Merge the members of an update into what is stored."""
    result = dict(old)
    for name, value in new.items():
        if isinstance(value, dict):
            result[name] = merge(result.get(name, {}), value)
        elif name in LIST_KEYS:
            key = LIST_KEYS[name]
            entries = {entry[key]: entry for entry in result.get(name, [])}
            entries.update({entry[key]: entry for entry in value})
            result[name] = list(entries.values())
        elif value is not None and value != []:
            result[name] = value
    return result


@dataclass
class Account:
    """A registered user or administrator."""

    partner: int
    home: int
    user: str
    password: str | None
    role: str
    ce_user_id: int
    profile: dict[str, Any]
    registered: str = field(default_factory=_now)
    last_login: str = ""

    def view(self) -> dict[str, Any]:
        """The profile as getUserProfile shows it."""
        owned: dict[str, Any] = {"HomeID": self.home, "UserID": self.user, "CEUserID": self.ce_user_id}
        dates = {"RegisterDt": self.registered} | ({"LastLoginDt": self.last_login} if self.last_login else {})
        whole = merge(self.profile, {**owned, "PartnerID": self.partner, "PersonInfo": dates})
        return {name: whole[name] for name in PROFILE.children if name in whole}


@dataclass
class Session:
    """A session that GenSessInfo asked for."""

    account: Account
    used: float


class Service:
    """The users of two partners and the operations on them."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.homes = {HOME: PARTNER, OTHER_HOME: PARTNER, OTHER_PARTNER_HOME: OTHER_PARTNER}
        self.accounts: dict[tuple[int, int, str], Account] = {}
        self.sessions: dict[str, Session] = {}
        self.next_id = 730_000_000 + random.randrange(1000)
        known = TARGET["credentials"]
        for who, role, first, last in (
            ("user", "User", "Marta", "Lind"),
            ("second_user", "User", "Tomás", "Vega"),
            ("admin", "Admin", "Service", "Desk"),
        ):
            contact = {
                "PhoneNum": [{"PhoneType": "EveningPhone", "Phone": "5550142"}],
                "EmailAddr": f"{first[0].lower()}@example.net",
                "PostAddr": {"Addr1": "14 Quay Street", "City": "Duluth", "PostalCode": "55802", "Country": "USA"},
            }
            name = {"LastName": last, "FirstName": first, "DisplayName": f"{first} {last}"}
            person = {"NameAddrType": "Customer", "PersonName": name, "ContactInfo": contact}
            self.add(HOME, known[who], known[f"{who}_password"], role, {"PersonInfo": person})

    def add(self, home: int, user: str, password: str | None, role: str, profile: dict[str, Any]) -> Account:
        """Register an account."""
        self.next_id += random.randrange(1, 9)
        account = Account(self.homes[home], home, user, password, role, self.next_id, profile)
        self.accounts[account.partner, home, user] = account
        return account

    def call(self, name: str, message: Any) -> tuple[int, dict[str, Any]]:
        """Carry out one operation; returns the code and the answer."""
        operation = OPERATIONS[name]
        answer: dict[str, Any] = {"version": "3.2.1", "RqUID": f"FS-{secrets.token_hex(12)}", "Status": _status(0)}
        work = {
            "getUserProfile": self.read,
            "updateUserProfile": self.update,
            "createUser": self.create,
            "deleteUser": self.delete,
        }
        signon: dict[str, Any] = {}
        result: dict[str, Any] = {}
        code, detail = 0, ""
        checker = Checker(name == "createUser")
        try:
            if isinstance(message, Element):
                if message.name != f"{operation.stem}RqHeader" or message.namespace not in ("", WM):
                    raise Refusal(600)
                message = checker.unfold(message, operation.fields)
            request = checker.members(message, operation.fields)
            if request.get("partnerID") is not None:
                answer["partnerID"] = request["partnerID"]
            self.check(name, request, checker)
            with self.lock:
                caller, signon = self.sign_on(request)
                if name != "signon":
                    result = work[name](caller, request)
        except Refusal as refusal:
            code, detail = refusal.code, refusal.detail
            if refusal.at_signon:
                signon = {"Status": _status(code, detail)}
        if name == "signon":
            signon = signon or {"Status": _status(code, detail)}
        if signon:
            answer["SignonRs"] = signon
        if name != "signon":
            answer[f"{operation.stem}Rs"] = {"Status": _status(code, detail), **result}
        return code, answer

    def check(self, name: str, request: dict[str, Any], checker: Checker) -> None:
        """Everything that can be found without a look at the users."""
        infos = [request.get("SignonRq", {}).get("UserInfo", {})]
        if name == "createUser":
            new = request.get("UserAddRq", {})
            info, profile = new.get("UserInfo", {}), new.get("UserProfile", {})
            infos.append(info)
            user, secret = info.get("UserID") or "", info.get("UserPassword", {}).get("CryptVal")
            if not re.fullmatch("[A-Za-z0-9_]{1,32}", user) or re.search("admin|cashedge|user", user, re.IGNORECASE):
                checker.fault("UserInfo.UserID")
            if secret is not None and not re.fullmatch("[!-~]{8,64}", secret):
                checker.fault("UserInfo.UserPassword.CryptVal")
            if profile and (profile.get("UserID") != user or profile.get("HomeID") not in (None, info.get("HomeID"))):
                checker.fault("UserAddRq.UserProfile")
            if info.get("PartnerID") not in (None, request.get("partnerID")):
                checker.fault("UserInfo.PartnerID")
        checker.raise_first()
        if any(info.get("UserPassword", {}).get("CryptType", "None") != "None" for info in infos):
            raise Refusal(4050)

    def sign_on(self, request: dict[str, Any]) -> tuple[Account, dict[str, Any]]:
        """Find the caller; returns the account and the SignonRs aggregate."""
        partner, signon = request["partnerID"], request["SignonRq"]
        if partner not in self.homes.values():
            raise Refusal(4010, at_signon=True)
        if "UserInfo" in signon:
            info = signon["UserInfo"]
            if self.homes.get(info["HomeID"]) != partner:
                raise Refusal(1740, at_signon=True)
            account = self.accounts.get((partner, info["HomeID"], info["UserID"]))
            if account is None:
                raise Refusal(4040, at_signon=True)
            if not hmac.compare_digest((account.password or "").encode(), info["UserPassword"]["CryptVal"].encode()):
                raise Refusal(1740, at_signon=True)
        elif "SessionInfo" in signon:
            info = signon["SessionInfo"]
            session = self.sessions.get(info["SessionToken"])
            if session is None or session.account.partner != partner or time.time() - session.used > SESSION_SECONDS:
                raise Refusal(4090, at_signon=True)
            account, session.used = session.account, time.time()
            if info.get("HomeID", account.home) != account.home:
                raise Refusal(1740, at_signon=True)
        else:
            raise Refusal(1740, at_signon=True)
        if info["Role"] != account.role:
            raise Refusal(4130, at_signon=True)
        if info.get("OBOUserID") not in (None, "", account.user):
            raise Refusal(4120, at_signon=True)
        answer: dict[str, Any] = {"Status": _status(0), "CEUserID": account.ce_user_id}
        if account.last_login:
            answer["LastSuccessfullLogin"] = account.last_login
        if "UserInfo" in signon:
            account.last_login = _now()
        if signon.get("GenSessInfo"):
            token = secrets.token_urlsafe(24)
            self.sessions[token] = Session(account, time.time())
            answer["SessInfo"] = {"SessionToken": token, "IdleMinutes": 18}
        return account, answer

    def read(self, caller: Account, _request: dict[str, Any]) -> dict[str, Any]:
        """Show the caller's profile."""
        return {"UserProfile": caller.view()}

    def update(self, caller: Account, request: dict[str, Any]) -> dict[str, Any]:
        """Merge the sent members into the caller's profile."""
        profile = request["UserProfileModRq"]["UserProfile"]
        home, user = profile.pop("HomeID"), profile.pop("UserID")
        if self.homes.get(home) != caller.partner:
            raise Refusal(4012, "UserProfile.HomeID")
        target = self.accounts.get((caller.partner, home, user))
        if target is None:
            raise Refusal(4040)
        if target is not caller:
            raise Refusal(4120)
        caller.profile = merge(caller.profile, profile)
        return {}

    def create(self, caller: Account, request: dict[str, Any]) -> dict[str, Any]:
        """Register a user in the administrator's home."""
        new = request["UserAddRq"]
        info, profile = new["UserInfo"], new.get("UserProfile", {})
        self.administer(caller, info["HomeID"])
        if (caller.partner, caller.home, info["UserID"]) in self.accounts:
            raise Refusal(4030)
        blank = {"PersonInfo": {"NameAddrType": "Customer", "PersonName": {"DisplayName": info["UserID"]}}}
        profile = merge(blank, {name: value for name, value in profile.items() if name not in ("HomeID", "UserID")})
        secret = info.get("UserPassword", {}).get("CryptVal") or secrets.token_hex(32)
        return {"CEUserID": self.add(caller.home, info["UserID"], secret, "User", profile).ce_user_id}

    def delete(self, caller: Account, request: dict[str, Any]) -> dict[str, Any]:
        """Remove a user and everything that belongs to it."""
        wanted = request["UserDelRq"]
        self.administer(caller, wanted["HomeID"])
        target = self.accounts.get((caller.partner, caller.home, wanted["UserID"]))
        if target is None:
            raise Refusal(4040)
        if target.role == "Admin":
            raise Refusal(4130)
        del self.accounts[target.partner, target.home, target.user]
        self.sessions = {token: held for token, held in self.sessions.items() if held.account is not target}
        return {}

    def administer(self, caller: Account, home: int) -> None:
        """Only an administrator may do this, and only in the own home."""
        if caller.role != "Admin":
            raise Refusal(4130)
        if home != caller.home:
            raise Refusal(4012)


# ---------------------------------------------------------------- HTTP


@dataclass(frozen=True)
class Reply:
    """An HTTP answer."""

    status: int
    body: bytes = b""
    media: str = "text/plain; charset=us-ascii"
    extra: tuple[tuple[str, str], ...] = ()


def answer_call(service: Service, handler: _Handler, body: bytes) -> Reply:
    """Answer a request that came over TLS."""
    path = urlsplit(handler.path).path
    name = path.removeprefix(BASE)
    if not path.startswith(BASE) or name not in OPERATIONS:
        return Reply(404, b"There is no such service.\n")
    if handler.command != "POST":
        return Reply(405, b"Use POST.\n", extra=(("Allow", "POST"),))
    time.sleep(random.random() * 0.002)
    media = handler.headers.get("Content-Type", "").partition(";")[0].strip().lower()
    if not media:
        start = body.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
        media = "application/xml" if start == b"<" else "application/json"
    if media not in ("application/json", "application/xml", "text/xml") or handler.headers.get("Content-Encoding"):
        return Reply(415, b"Send JSON or XML.\n")
    is_json = media == "application/json"
    try:
        message = parse_json(body) if is_json else parse_xml(body)
    except Unparsable:
        return Reply(400, b"The request body could not be read.\n")
    code, answer = service.call(name, message)
    if is_json:
        content = json.dumps(answer, ensure_ascii=False, separators=(",", ": ")).encode()
    else:
        content = xml_document(f"{OPERATIONS[name].stem}RsHeader", OPERATIONS[name].namespaced, answer)
    status = HTTP_STATUS.get(code, 200)
    challenge = (("WWW-Authenticate", 'SignonRq realm="AllData"'),) if status == 401 else ()
    return Reply(status, content, f"{media};charset=UTF-8", (("Cache-Control", "no-store"), *challenge))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 60
    server: _Listener

    def _serve(self) -> None:
        body = self._read_body()
        if body is None:
            self.close_connection = True
            self._send(Reply(400, b"The framing of the request is not valid.\n"))
        elif len(body) > MAX_BODY:
            self.close_connection = True
            self._send(Reply(413, b"The request is too large.\n"))
        else:
            try:
                reply = self.server.answer(self, body)
            except Exception:  # the last resort: whatever a client sends, it is the client's fault
                reply = Reply(400, b"The request could not be processed.\n")
            self._send(reply)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = _serve

    def _read_body(self) -> bytes | None:
        coding, length = self.headers.get("Transfer-Encoding"), self.headers.get_all("Content-Length", [])
        if coding is not None:
            return None if length or coding.strip().lower() != "chunked" else self._read_chunks()
        if not length:
            return b""
        if len(set(length)) > 1 or not re.fullmatch("[0-9]{1,15}", length[0].strip()):
            return None
        size = int(length[0])
        if size > MAX_BODY:
            return bytes(MAX_BODY + 1)
        body = self.rfile.read(size)
        return body if len(body) == size else None

    def _read_chunks(self) -> bytes | None:
        body = bytearray()
        while True:
            size = self.rfile.readline(4096).partition(b";")[0].strip()
            if not re.fullmatch(b"[0-9A-Fa-f]{1,8}", size):
                return None
            count = int(size, 16)
            if len(body) + count > MAX_BODY:
                return bytes(MAX_BODY + 1)
            if not count:
                break
            body += self.rfile.read(count)
            if self.rfile.readline(8) not in (b"\r\n", b"\n"):
                return None
        while self.rfile.readline(4096) not in (b"\r\n", b"\n", b""):
            continue
        return bytes(body)

    def _send(self, reply: Reply) -> None:
        body, lines = reply.body, [f"HTTP/1.1 {reply.status} {HTTPStatus(reply.status).phrase}"]
        lines += [f"Date: {formatdate(usegmt=True)}", *(f"{name}: {value}" for name, value in reply.extra)]
        if body:
            lines.append(f"Content-Type: {reply.media}")
            accepted = self.headers.get("Accept-Encoding", "") if hasattr(self, "headers") else ""
            if len(body) > 600 and re.search(r"(?:^|,)\s*gzip\s*(?:,|$|;\s*q=(?:1|0\.0*[1-9]))", accepted.lower()):
                body = gzip.compress(body, 1)
                lines.append("Content-Encoding: gzip")
            lines.append("Vary: Accept-Encoding")
        lines.append(f"Content-Length: {len(body)}")
        lines.append(f"Connection: {'close' if self.close_connection else 'keep-alive'}")
        head = ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")
        self.wfile.write(head if self.command == "HEAD" else head + body)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Answer requests that the base class refuses; an unknown HTTP version is the client's fault."""
        self.close_connection = True
        self._send(Reply(400 if code == 505 else int(code), b"The request was refused.\n"))

    def log_message(self, format: str, *args: Any) -> None:
        """Keep silent."""


class _Listener(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, answer: Callable[[_Handler, bytes], Reply], context: ssl.SSLContext | None) -> None:
        self.answer = answer
        self.connections: set[socket.socket] = set()
        super().__init__(("127.0.0.1", 0), _Handler)
        if context is not None:
            self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        self.thread = threading.Thread(target=self.serve_forever, args=(0.1,), daemon=True)
        self.thread.start()

    def server_bind(self) -> None:
        """Bind without a look-up of the host's name."""
        socketserver.TCPServer.server_bind(self)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember the connection so that it can be closed."""
        self.connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget the connection."""
        self.connections.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A broken connection is no event."""

    def close(self) -> None:
        """Stop the thread and close every socket."""
        self.shutdown()
        self.server_close()
        for connection in list(self.connections):
            with contextlib.suppress(OSError, ValueError):
                socket.socket.shutdown(connection, socket.SHUT_RDWR)
        self.thread.join(1)


class Server:
    """A running server: HTTPS with the API, plain HTTP with a redirect to it."""

    def __init__(self, certificate: Path) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        service = Service()
        self._secure = _Listener(lambda handler, body: answer_call(service, handler, body), context)
        self.port: int = self._secure.server_address[1]

        def redirect(handler: _Handler, _body: bytes) -> Reply:
            parts = urlsplit(handler.path)
            query = f"?{parts.query}" if parts.query else ""
            location = f"https://127.0.0.1:{self.port}{parts.path or '/'}{query}"
            return Reply(308, b"Use HTTPS.\n", extra=(("Location", location),))

        self._plain = _Listener(redirect, None)
        self.plain_port: int | None = self._plain.server_address[1]

    def stop(self) -> None:
        """Stop both listeners."""
        self._secure.close()
        self._plain.close()


def start(certificate: Path) -> Server:
    """Serve HTTPS on a free port of 127.0.0.1 with the PEM file `certificate` (private key and chain in one file)."""
    return Server(certificate)
