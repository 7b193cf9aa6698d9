"""Fiserv AllData user management: updateUserProfile and its companion operations, kept in memory.

Readings of the contradiction rows
  F-C01 at-root: UserProfile stands beside RqUID and Status, not inside UserProfileModRs.
  F-C02 only-if: UserProfile implies success; a success that changed nothing comes without it.
  F-C03 mirrored: envelope status and operation status are the same.
  F-C04 mapped: errors travel under 400, 401 (1740, 4090) or 403 (4010, 4130) with the same Status body.
  F-C05 any-applicable, in fixed order: syntax, XML structure, partnerID, RqUID and SignonRq, authentication, the rest.
  F-C06 4012: a HomeID that is no 64-bit integer, in SignonRq too; digits in a JSON string are an integer.
  F-C07 4070: HomeID is mandatory in UserProfile (update) and in SignonRq.UserInfo; null counts as omitted.
  F-C08 1740-for-signon: a well-formed SignonRq.HomeID that is no home of the partner; in UserProfile that is 4012.
  F-C09 4040: unknown UserID in SignonRq, or one of another home of the partner.
  F-C10 4070: another registered user in UserProfile; one who is not registered is 4040 (statement 23 comes first).
  F-C11 replace-all: the profile becomes what was sent; unsent members and aggregates are cleared.
  F-C12 4070: an empty text counts as missing where the member is mandatory.
  F-C13 XML 4210, JSON 100: both under HTTP 400. A JSON document that is not an object is 4070.
  F-C14 4628: the address needs one @ and a dotted domain.
  F-C15 free-string: PhoneType and NameAddrType are kept as sent.
  F-C16 4629/4630: second day / evening phone (letter case does not matter here); other types may repeat.
  F-C17 4070: CryptType is an enumeration with the one value None, so an unknown one breaks the schema.
  F-C18 signon-codes: in the envelope, in SignonRs and in the operation aggregate.
  F-C19 open: the rotation gives `closed`, which cannot live with F-C13, F-C14 and F-C16; hence the next one.
  F-C20 free: own wordings; only 100 never says more.
  F-C21 integer.
  F-C22 absent-on-error: RqUID is echoed on success and left out of every error.
  F-C23 accepted: RqUIDs are not remembered.
  F-C24 ignored: CEUserID, PartnerID, RegisterDt, LastLoginDt and Roles are skipped unread.
  F-C25 JSON ignored (not stored), XML 4070 (also unknown attributes other than xsi, repeated elements, stray text).
  F-C26 json-only: also for XML requests and whatever Accept says.
  F-C27 none: input elements may be in no namespace or in http://www.cashedge.com/wm.
  F-C28 4010: missing, ill-formed and unknown partnerID alike.
  F-C29 OBOUserID: a user updates itself, an Admin also the OBOUserID it names; a User who names another one gets 4130.
  F-C30 refused: there is no plain port.

Free choices
  SignonRs appears on success and when sign-on itself failed; an operation error leaves it out.
  Missing Content-Type: the first character decides. Other media types: 415 with code 4070. Foreign XML root: 600.
  A DTD is refused with 4210; XML elements may come in any order; more than 50 levels are 4070.
  JSON: a byte order mark is skipped, the last of repeated members counts, NaN and Infinity are syntax errors,
  null is absent, lone surrogates are 4070.
  A home of another partner is 4012 (UserProfile) or 1740 (SignonRq).
  UserInfo and SessionInfo together, or neither, are 4070. Role must be the role that the user has, else 4130.
  GenSessInfo works on every operation; the token is SessInfo.SessionToken and lives for 18 idle minutes.
  partnerID is echoed on success only; version is 2.3.0; CEUserID is an integer from 730001 up.
  Reads add HomeID, UserID, CEUserID and PartnerID, and RegisterDt / LastLoginDt inside a stored PersonInfo; no Roles.
  Only the signon operation moves LastLoginDt, so reads do not change a profile.
  AdvCEUserIDList and AdvCEUserNameList are objects of lists of scalars, returned as sent. IncludeDetail has no effect.
  createUser: UserProfile and the ids in it are optional; taken id 4030; bad id or password 4070; Admin only, else 4130.
  deleteUser: root UserDelRqHeader, answer UserDelRs; HomeID defaults to the Admin's; an Admin cannot be deleted (4130).
  HTTP: lower-case header names, Content-Length, no Server header, gzip from 512 bytes on if accepted, indented JSON.
  No added latency; nothing is queued.
"""

from __future__ import annotations

import contextlib
import gzip
import hmac
import io
import json
import re
import secrets
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from email.utils import formatdate
from http import HTTPStatus
from pathlib import Path
from typing import Any, ClassVar
from xml.parsers import expat

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.test import run_wsgi_app

PARTNER, OTHER_PARTNER = 61200000, 73000000
HOMES = {PARTNER: (61200017, 61200018), OTHER_PARTNER: (73000011,)}
HOME = HOMES[PARTNER][0]
TARGET: dict[str, Any] = {
    "credentials": {
        "partner": str(PARTNER),
        "home": str(HOME),
        "user": "m_harper",
        "user_password": "Quartz-Lamp-81",
        "second_user": "lena_ortiz",
        "second_user_password": "Velvet.Canoe.27",
        "admin": "hq_operator",
        "admin_password": "Granite+Otter+64",
    },
    "data": {
        "crypt_type": "None",
        "phone_types": ["EveningPhone", "DayPhone"],
        "name_addr_type": "Customer",
        "unknown_home": 99999901,
        "unknown_partner": 99999000,
        "other_home": HOMES[PARTNER][1],
        # Corrected: a number, for partnerID is an integer in the public schema; it was a text.
        "other_partner": OTHER_PARTNER,
        "other_partner_home": HOMES[OTHER_PARTNER][0],
        "formats": ["json", "xml"],
    },
    "readings": {},
    "operations": {},
}

VERSION = "2.3.0"
NAMESPACE = "http://www.cashedge.com/wm"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
SESSION_SECONDS = 18 * 60
BODY_LIMIT = 8 * 1024 * 1024
HTTP_STATUS = {0: 200, 1740: 401, 4090: 401, 4010: 403, 4130: 403}
TEXTS = {
    0: "Request completed",
    100: "The request could not be processed",
    600: "This message is not served here",
    1740: "Sign-on refused",
    4010: "partnerID is not known",
    4012: "HomeID is not valid",
    4030: "This user is registered already",
    4040: "There is no such user",
    4070: "The input is not valid",
    4090: "The session is not valid",
    4130: "The role does not fit",
    4210: "The document is not acceptable XML",
    4628: "The e-mail address is not valid",
    4629: "There is more than one day phone",
    4630: "There is more than one evening phone",
}


class Fault(Exception):
    """An error that ends a request with a status code of the API."""

    def __init__(self, code: int, detail: str = "", http: int | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.text = f"{TEXTS[code]}: {detail}" if detail and code != 100 else TEXTS[code]
        self.http = http or HTTP_STATUS.get(code, 400)
        self.at_signon = False


# --- the schema -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Field:
    """One member of a request: a scalar kind, an aggregate ("group"), an "open" aggregate or one to "skip"."""

    kind: str = "text"
    required: bool = False
    many: bool = False
    choices: tuple[str, ...] = ()
    members: dict[str, Field] = field(default_factory=dict)


def schema(notation: str, required: bool = True) -> Field:
    """Read a schema: NAME, `!` if mandatory, `*` if a list, `:kind` or `:|A|B`, `{ members }` of an aggregate."""
    stack: list[dict[str, Field]] = [{}]
    for name, needed, many, kind, brace in re.findall(r"(\w+|\})(!?)(\*?)(?::([\w|]+))?(\{?)", notation):
        if name == "}":
            stack.pop()
            continue
        choices = tuple(kind.split("|")[1:])
        member = Field("group" if brace else "text" if choices else kind or "text", bool(needed), bool(many), choices)
        stack[-1][name] = member
        if brace:
            stack.append(member.members)
    return Field("group", required, members=stack[0])


PROFILE = """
AppID CEUserID:skip
PersonInfo{
  NameAddrType! PersonName!{LastName FirstName MiddleName DisplayName}
  ContactInfo{
    PhoneNum*{PhoneType! Phone!} EmailAddr:email PostAddr{Addr1! Addr2 City StateProv PostalCode Country!}
  }
  RegisterDt:skip LastLoginDt:skip Roles:skip
}
EntitlementInfo{OfficeID!*} AdvCEUserIDList:open AdvCEUserNameList:open
ClientProperty*{ParamName! ParamVal!} PersonProperty*{ParamName! ParamVal!} PersonAttribute*{AttrName! AttrVal!}
AdvisorRegStatus:|F|P AdvisorID AdvisorType ClientStatus PersonStatus CEInviteClientID:int64 PartnerID:skip
InstallID:int32
"""
PASSWORD = "UserPassword!{CryptType!:|None CryptVal!}"
ROLES = "|User|Admin|Advisor|CSR"
SIGNON = f"""
SignonRq!{{
  UserInfo{{
    UserID! HomeID!:home {PASSWORD} AlldataToken Role!:{ROLES} OBOUserID CreateUserIfNotExists:skip
  }}
  SessionInfo{{SessionToken! Role:{ROLES} HomeID:home}}
  GenSessInfo:|true|false
  Role:skip Preferences*:skip RoleDetail:skip InstallID:skip SimulatedUserDetails:skip MFAQuestions:skip
}}
"""
ENVELOPE = schema(f"version RqUID! {SIGNON}")
NEW_USER = f"""
UserInfo!{{UserID! HomeID:home {PASSWORD} Role:skip RoleDetail:skip PartnerID:skip}}
UserProfile{{HomeID:home UserID {PROFILE}}}
CSRAccessibleHome*:skip
"""
INTEGER = re.compile(r"\s*[+-]?[0-9]{1,20}\s*")
SURROGATE = re.compile("[\ud800-\udfff]")
EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")


def integer(value: Any, bits: int) -> int | None:
    """Return an integer, also one written as text, if it fits into so many bits; else None."""
    if isinstance(value, str) and INTEGER.fullmatch(value):
        value = int(value)
    if isinstance(value, int) and not isinstance(value, bool) and -(1 << bits - 1) <= value < 1 << bits - 1:
        return value
    return None


def check(value: Any, spec: Field, path: str) -> Any:
    """Return the valid, known part of a member; None stands for an absent one."""
    if value is None or spec.kind == "skip":
        if spec.required:
            raise Fault(4070, f"{path} is mandatory")
        return None
    if spec.many:
        if not isinstance(value, list) or (spec.required and not value):
            raise Fault(4070, f"{path} has to be a list")
        items = [check(item, replace(spec, many=False, required=True), path) for item in value]
        return items or None
    if spec.kind == "group":
        if not isinstance(value, dict):
            raise Fault(4070, f"{path} has to be an aggregate")
        parts = ((name, check(value.get(name), member, f"{path}.{name}")) for name, member in spec.members.items())
        return {name: part for name, part in parts if part is not None}
    if spec.kind == "open":
        return check_open(value, path)
    if spec.kind == "home":
        number = integer(value, 64)
        if number is None:
            raise Fault(4012, path)
        return number
    if spec.kind in ("int32", "int64"):
        number = integer(value, int(spec.kind[3:]))
        if number is None:
            raise Fault(4070, f"{path} has to be an integer")
        return number
    if not isinstance(value, str) or SURROGATE.search(value):
        raise Fault(4070, f"{path} has to be a text")
    if (spec.required and not value) or (spec.choices and value not in spec.choices):
        raise Fault(4070, f"{path} has a value that is not allowed")
    if spec.kind == "email" and not EMAIL.fullmatch(value):
        raise Fault(4628)
    return value


def check_open(value: Any, path: str) -> dict[str, list[Any]]:
    """Check an aggregate of which only the general form is known: lists of integers or texts."""
    if not isinstance(value, dict):
        raise Fault(4070, f"{path} has to be an aggregate")
    result: dict[str, list[Any]] = {}
    for name, items in value.items():
        texts = [name] + [item for item in (items if isinstance(items, list) else [items]) if integer(item, 64) is None]
        for text in texts:
            check(text, Field(required=True), path)
        result[name] = items
    return result


# --- reading requests -----------------------------------------------------------------------------------------------


@dataclass
class Node:
    """An XML element."""

    name: str
    attributes: dict[str, str]
    children: list[Node] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The character data directly inside the element."""
        return "".join(self.parts)


def local(name: str) -> str:
    """Drop the vendor namespace; a name of any other namespace stays qualified and hence unknown."""
    return name.removeprefix(NAMESPACE + " ")


def parse_xml(body: bytes) -> Node:
    """Parse XML without any DTD, so that there are no entities to fetch or to expand."""
    top = Node("", {})
    open_nodes = [top]

    def start(name: str, attributes: dict[str, str]) -> None:
        if len(open_nodes) > 50:
            raise Fault(4070, "the document is too deep")
        node = Node(local(name), {key: text for key, text in attributes.items() if not key.startswith(XSI + " ")})
        open_nodes[-1].children.append(node)
        open_nodes.append(node)

    def end(_name: str) -> None:
        open_nodes.pop()

    def characters(text: str) -> None:
        open_nodes[-1].parts.append(text)

    def doctype(*_arguments: Any) -> None:
        raise Fault(4210, "a DTD is not allowed")

    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = characters, doctype
    try:
        parser.Parse(body, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise Fault(4210) from error
    return top.children[0]


def from_xml(node: Node, spec: Field) -> Any:
    """Turn an element into what its JSON twin would be; the schema is closed."""
    if node.attributes:
        raise Fault(4070, f"{node.name} has an unknown attribute")
    if spec.kind == "skip":
        return None
    if spec.kind == "open":
        values: dict[str, list[str]] = {}
        for child in node.children:
            values.setdefault(child.name, []).append(child.text)
        return values
    if spec.kind != "group":
        if node.children:
            raise Fault(4070, f"{node.name} has to be a text")
        return node.text
    if node.text.strip():
        raise Fault(4070, f"{node.name} has stray text")
    result: dict[str, Any] = {}
    for child in node.children:
        member = spec.members.get(child.name)
        if member is None:
            raise Fault(4070, f"{child.name[:60]} is unknown in {node.name}")
        value = from_xml(child, member)
        if member.many:
            result.setdefault(child.name, []).append(value)
        elif child.name in result:
            raise Fault(4070, f"{child.name} is repeated")
        else:
            result[child.name] = value
    return result


def refuse_constant(name: str) -> Any:
    """Refuse NaN and Infinity, which JSON does not have."""
    raise ValueError(name)


def parse_json(body: bytes) -> dict[str, Any]:
    """Parse a JSON object."""
    try:
        value = json.loads(body.decode("utf-8-sig"), parse_constant=refuse_constant)
    except (ValueError, RecursionError) as error:
        raise Fault(100) from error
    if not isinstance(value, dict):
        raise Fault(4070, "an object is expected")
    return value


# --- the service ----------------------------------------------------------------------------------------------------


@dataclass
class User:
    """A registered user."""

    partner: int
    home: int
    name: str
    password: str
    role: str
    number: int
    profile: dict[str, Any]
    registered: str
    last_login: str

    def view(self) -> dict[str, Any]:
        """Return the profile as clients see it."""
        view: dict[str, Any] = {"HomeID": self.home, "UserID": self.name, "CEUserID": self.number}
        view |= {"PartnerID": self.partner} | self.profile
        if "PersonInfo" in view:
            view["PersonInfo"] = view["PersonInfo"] | {"RegisterDt": self.registered, "LastLoginDt": self.last_login}
        return view


@dataclass
class Caller:
    """The outcome of a sign-on: who signed on, for whom, and the SignonRs aggregate."""

    actor: User
    subject: User
    aggregate: dict[str, Any]


Result = tuple[dict[str, Any], dict[str, Any]]  # members of the answer at its root, and inside the operation aggregate


@dataclass(frozen=True)
class Operation:
    """A service: its names on the wire, the schema of its request aggregate and the code that does the work."""

    stem: str
    spec: Field | None
    run: Callable[[Caller, dict[str, Any]], Result]


def now() -> str:
    """Return the time in the form of the vendor's examples."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


class Service:
    """All state, and the five operations on it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.users: dict[tuple[int, int, str], User] = {}
        self.sessions: dict[str, tuple[User, float]] = {}
        self.next_number = 730001
        credentials = TARGET["credentials"]
        for name, role in (("user", "User"), ("second_user", "User"), ("admin", "Admin")):
            person = {"FirstName": name.split("_")[0].title(), "LastName": "Harper"}
            profile = {"PersonInfo": {"NameAddrType": "Customer", "PersonName": person}}
            self.register(HOME, credentials[name], credentials[name + "_password"], role, profile)
        self.operations = {
            "updateUserProfile": Operation(
                "UserProfileMod", schema(f"UserProfile!{{HomeID!:home UserID! {PROFILE}}}"), self.update
            ),
            "getUserProfile": Operation("UserProfileInq", schema("IncludeDetail*:skip", required=False), self.read),
            "createUser": Operation("UserAdd", schema(NEW_USER), self.create),
            "deleteUser": Operation("UserDel", schema("HomeID:home UserID!"), self.delete),
            "signon": Operation("Signon", None, self.signon),
        }

    def register(self, home: int, name: str, password: str, role: str, profile: dict[str, Any]) -> User:
        """Add a user of the main partner."""
        user = User(PARTNER, home, name, password, role, self.next_number, profile, now(), now())
        self.next_number += 1
        self.users[PARTNER, home, name] = user
        return user

    def handle(self, name: str, body: bytes, media_type: str) -> tuple[int, dict[str, Any]]:
        """Answer one request with an HTTP status and a document."""
        operation = self.operations[name]
        try:
            document = self.parse(operation, body, media_type)
            with self.lock:
                return 200, self.process(operation, document)
        except Fault as fault:
            status = {"Severity": "Error", "StatusCode": fault.code, "StatusDesc": fault.text}
            answer: dict[str, Any] = {"version": VERSION, "Status": status}
            if fault.at_signon:
                answer["SignonRs"] = {"Status": status}
            answer[operation.stem + "Rs"] = {"Status": status}
            return fault.http, answer

    def parse(self, operation: Operation, body: bytes, media_type: str) -> dict[str, Any]:
        """Read the body as XML or JSON, by its media type or else by its first character."""
        if not media_type:
            media_type = "text/xml" if body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") else "application/json"
        if media_type == "application/json" or media_type.endswith("+json"):
            return parse_json(body)
        if media_type not in ("application/xml", "text/xml") and not media_type.endswith("+xml"):
            raise Fault(4070, "this media type is not served", http=415)
        root = parse_xml(body)
        if root.name != operation.stem + "RqHeader":
            raise Fault(600)
        attributes = {name: root.attributes.pop(name) for name in ("partnerID", "version") if name in root.attributes}
        members = {name: spec for name, spec in ENVELOPE.members.items() if name != "version"}
        if operation.spec:
            members[operation.stem + "Rq"] = operation.spec
        document: dict[str, Any] = from_xml(root, Field("group", members=members))
        return document | attributes

    def process(self, operation: Operation, document: dict[str, Any]) -> dict[str, Any]:
        """Check the envelope, sign on, run the operation and build the answer."""
        partner = integer(document.get("partnerID"), 64)
        if partner is None or partner not in HOMES:
            raise Fault(4010)
        envelope = check(document, ENVELOPE, "request")
        caller = self.sign_on(partner, envelope["SignonRq"])
        content: dict[str, Any] = {}
        if operation.spec:
            content = check(document.get(operation.stem + "Rq"), operation.spec, operation.stem + "Rq") or {}
        at_root, inside = operation.run(caller, content)
        status = {"Severity": "Info", "StatusCode": 0, "StatusDesc": TEXTS[0]}
        answer = {"RqUID": envelope["RqUID"], "partnerID": partner, "version": VERSION, "Status": status}
        answer |= {"SignonRs": {"Status": status} | caller.aggregate}
        if operation.spec:
            answer |= {operation.stem + "Rs": {"Status": status} | inside}
        return answer | at_root

    def sign_on(self, partner: int, signon: dict[str, Any]) -> Caller:
        """Authenticate the caller."""
        info, session = signon.get("UserInfo"), signon.get("SessionInfo")
        if (info is None) == (session is None):
            raise Fault(4070, "SignonRq needs one of UserInfo and SessionInfo")
        try:
            actor = self.by_password(partner, info) if info is not None else self.by_token(partner, session or {})
            role = (info or session or {}).get("Role", actor.role)
            on_behalf = (info or {}).get("OBOUserID") or actor.name
            if role != actor.role or (on_behalf != actor.name and actor.role != "Admin"):
                raise Fault(4130)
        except Fault as fault:
            fault.at_signon = True
            raise
        subject = self.users.get((partner, actor.home, on_behalf))
        if subject is None:
            raise Fault(4040, "OBOUserID")
        aggregate: dict[str, Any] = {"CEUserID": actor.number, "LastSuccessfullLogin": actor.last_login}
        if signon.get("GenSessInfo") == "true":
            token = secrets.token_urlsafe(24)
            self.sessions[token] = (actor, time.monotonic() + SESSION_SECONDS)
            aggregate["SessInfo"] = {"SessionToken": token}
        return Caller(actor, subject, aggregate)

    def by_password(self, partner: int, info: dict[str, Any]) -> User:
        """Find the user of a UserInfo."""
        if info["HomeID"] not in HOMES[partner]:
            raise Fault(1740)
        user = self.users.get((partner, info["HomeID"], info["UserID"]))
        if user is None:
            raise Fault(4040)
        if not hmac.compare_digest(user.password.encode(), info["UserPassword"]["CryptVal"].encode()):
            raise Fault(1740)
        return user

    def by_token(self, partner: int, session: dict[str, Any]) -> User:
        """Find the user of a SessionInfo and keep the session alive."""
        user, end = self.sessions.get(session["SessionToken"], (None, 0.0))
        if (
            user is None
            or end < time.monotonic()
            or (partner, session.get("HomeID", user.home)) != (user.partner, user.home)
        ):
            raise Fault(4090)
        self.sessions[session["SessionToken"]] = (user, time.monotonic() + SESSION_SECONDS)
        return user

    def update(self, caller: Caller, content: dict[str, Any]) -> Result:
        """Replace the profile of the caller, or of the user for whom an Admin acts."""
        profile = content["UserProfile"]
        home, name = profile.pop("HomeID"), profile.pop("UserID")
        if home not in HOMES[caller.actor.partner]:
            raise Fault(4012)
        target = self.users.get((caller.actor.partner, home, name))
        if target is None:
            raise Fault(4040)
        if target is not caller.subject:
            raise Fault(4070, "UserProfile.UserID is not the user who signed on")
        check_phones(profile)
        if profile == target.profile:
            return {}, {}
        target.profile = profile
        return {"UserProfile": target.view()}, {}

    def read(self, caller: Caller, content: dict[str, Any]) -> Result:
        """Return the profile of whoever signs on."""
        return {}, {"UserProfile": caller.subject.view()}

    def create(self, caller: Caller, content: dict[str, Any]) -> Result:
        """Register a user in a home of the partner."""
        if caller.actor.role != "Admin":
            raise Fault(4130)
        info, profile = content["UserInfo"], content.get("UserProfile", {})
        home, name, password = info.get("HomeID", caller.actor.home), info["UserID"], info["UserPassword"]["CryptVal"]
        if {home, profile.pop("HomeID", home)} - set(HOMES[caller.actor.partner]):
            raise Fault(4012)
        if not re.fullmatch("[A-Za-z0-9_]{1,32}", name) or re.search("admin|cashedge|user", name, re.IGNORECASE):
            raise Fault(4070, "UserInfo.UserID")
        if not re.fullmatch("[!-~]{8,64}", password) or profile.pop("UserID", name) != name:
            raise Fault(4070, "UserInfo.UserPassword or UserProfile.UserID")
        if (caller.actor.partner, home, name) in self.users:
            raise Fault(4030)
        check_phones(profile)
        return {}, {"CEUserID": self.register(home, name, password, "User", profile).number}

    def delete(self, caller: Caller, content: dict[str, Any]) -> Result:
        """Remove a user with all its sessions."""
        home = content.get("HomeID", caller.actor.home)
        if caller.actor.role != "Admin":
            raise Fault(4130)
        if home not in HOMES[caller.actor.partner]:
            raise Fault(4012)
        user = self.users.get((caller.actor.partner, home, content["UserID"]))
        if user is None:
            raise Fault(4040)
        if user.role == "Admin":
            raise Fault(4130)
        del self.users[user.partner, user.home, user.name]
        self.sessions = {token: entry for token, entry in self.sessions.items() if entry[0] is not user}
        return {}, {}

    def signon(self, caller: Caller, content: dict[str, Any]) -> Result:
        """Note the time of the sign-on; all else is done already."""
        caller.actor.last_login = now()
        return {}, {}


def check_phones(profile: dict[str, Any]) -> None:
    """Allow one day phone and one evening phone."""
    phones = profile.get("PersonInfo", {}).get("ContactInfo", {}).get("PhoneNum", [])
    types = [phone["PhoneType"].lower() for phone in phones]
    for name, code in (("dayphone", 4629), ("eveningphone", 4630)):
        if types.count(name) > 1:
            raise Fault(code)


# --- HTTP -----------------------------------------------------------------------------------------------------------


def make_app() -> Flask:
    """Build the web application of one server."""
    app = Flask("alldata", static_folder=None)
    app.url_map.merge_slashes = False
    service = Service()

    def respond(status: int, document: dict[str, Any]) -> Response:
        payload = json.dumps(document, indent=1).encode()
        headers = {"Cache-Control": "no-store", "Vary": "Accept-Encoding"}
        if len(payload) >= 512 and request.accept_encodings["gzip"] > 0:
            payload = gzip.compress(payload, 1)
            headers["Content-Encoding"] = "gzip"
        if status == 401:
            headers["WWW-Authenticate"] = 'SignonRq realm="AllData"'
        return Response(payload, status, headers, content_type="application/json;charset=UTF-8")

    @app.post(
        "/WealthManagementWeb/ws/UserMgmt/<any(updateUserProfile,getUserProfile,createUser,deleteUser,signon):name>"
    )
    def user_management(name: str) -> Response:
        return respond(*service.handle(name, request.get_data(), request.mimetype))

    @app.errorhandler(Exception)
    def failed(error: Exception) -> Response:
        if isinstance(error, HTTPException):
            response = respond(error.code or 400, {"message": error.name})
            response.headers.extend([item for item in error.get_headers() if item[0] in ("Allow", "Location")])
            return response
        return respond(400, {"Status": {"Severity": "Error", "StatusCode": 100, "StatusDesc": TEXTS[100]}})

    return app


class Handler(WSGIRequestHandler):
    """HTTP/1.1 with kept connections; the whole answer leaves in one write."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 60.0
    connections: ClassVar[set[socket.socket]]

    def handle(self) -> None:
        """Serve the requests of one connection."""
        self.connections.add(self.connection)
        try:
            super().handle()
        except (OSError, ValueError):
            pass  # the client went away, or never spoke TLS
        finally:
            self.connections.discard(self.connection)

    def finish(self) -> None:
        """Close the streams, whatever became of the socket."""
        with contextlib.suppress(OSError, ValueError):
            super().finish()

    def read_body(self) -> bytes:
        """Read a body by its length or by its chunks; ValueError for bad framing, OverflowError for too much."""
        if "Transfer-Encoding" not in self.headers:
            lengths = {text.strip() for text in self.headers.get_all("Content-Length", ["0"])}
            if len(lengths) > 1 or not re.fullmatch("[0-9]{1,18}", text := lengths.pop()):
                raise ValueError("Content-Length")
            if int(text) > BODY_LIMIT:
                raise OverflowError
            body = self.rfile.read(int(text))
            if len(body) < int(text):
                raise ValueError("the client stopped early")
            return body
        if self.headers["Transfer-Encoding"].strip().lower() != "chunked" or "Content-Length" in self.headers:
            raise ValueError("Transfer-Encoding")
        body = b""
        while True:
            text = self.rfile.readline(200).split(b";")[0].strip().decode("latin-1")
            if not re.fullmatch("[0-9A-Fa-f]{1,12}", text):
                raise ValueError("chunk")
            size = int(text, 16)
            if len(body) + size > BODY_LIMIT:
                raise OverflowError
            if size == 0:
                break
            body += self.rfile.read(size)
            if self.rfile.readline(3).strip():
                raise ValueError("chunk")
        while self.rfile.readline(8192).strip():
            pass  # trailers
        return body

    def run_wsgi(self) -> None:
        """Run the application on one request that was read as a whole."""
        try:
            body = self.read_body()
            environ = self.make_environ()
        except (ValueError, OverflowError) as error:
            self.send_error(413 if isinstance(error, OverflowError) else 400)
            return
        environ.pop("HTTP_TRANSFER_ENCODING", None)
        environ |= {"wsgi.input": io.BytesIO(body), "CONTENT_LENGTH": str(len(body))}
        chunks, status, headers = run_wsgi_app(self.server.app, environ, buffered=True)
        self.write_answer(status, list(headers), b"".join(chunks))

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuse a request that cannot be read; never with a 5xx."""
        code = code if code < 500 else 400
        self.close_connection = True
        payload = json.dumps({"message": HTTPStatus(code).phrase}).encode()
        headers = [("content-type", "application/json;charset=UTF-8"), ("content-length", str(len(payload)))]
        self.write_answer(f"{code} {HTTPStatus(code).phrase}", headers, payload)

    def write_answer(self, status: str, headers: list[tuple[str, str]], payload: bytes) -> None:
        """Send head and body at once."""
        headers.append(("date", formatdate(usegmt=True)))
        if self.close_connection:
            headers.append(("connection", "close"))
        head = "".join(f"{name.lower()}: {value}\r\n" for name, value in headers)
        content = b"" if getattr(self, "command", None) == "HEAD" else payload
        self.wfile.write(f"HTTP/1.1 {status}\r\n{head}\r\n".encode("latin-1", "replace") + content)

    def log(self, type: str, message: str, *args: Any) -> None:
        """Keep quiet."""


class LazyContext(ssl.SSLContext):
    """A context that leaves the handshake to the thread of the connection, so that no client holds up the others."""

    def wrap_socket(self, sock: socket.socket, *args: Any, **options: Any) -> ssl.SSLSocket:
        """Wrap a socket without an immediate handshake."""
        return super().wrap_socket(sock, *args, **(options | {"do_handshake_on_connect": False}))


class Server:
    """A running HTTPS server with its own data."""

    def __init__(self, certificate: Path) -> None:
        context = LazyContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self.connections: set[socket.socket] = set()
        handler = type("BoundHandler", (Handler,), {"connections": self.connections})
        self.http = make_server("127.0.0.1", 0, make_app(), threaded=True, request_handler=handler, ssl_context=context)
        self.port: int = self.http.port
        self.plain_port: int | None = None
        self.thread = threading.Thread(target=self.http.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    def stop(self) -> None:
        """Stop listening and drop every connection."""
        self.http.shutdown()
        self.thread.join(1)
        for connection in list(self.connections):
            with contextlib.suppress(OSError):
                socket.socket.shutdown(connection, socket.SHUT_RDWR)


def start(certificate: Path) -> Server:
    """Serve HTTPS on a free port of 127.0.0.1 with the PEM file `certificate` (private key and chain in one file)."""
    return Server(certificate)
