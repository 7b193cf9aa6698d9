"""Fiserv AllData user management: updateUserProfile and its companion operations, kept in memory (Flask).

Readings of the contradiction rows
F-C01 at-root: UserProfile stands beside RqUID and Status, not inside UserProfileModRs.
F-C02 only-if: UserProfile implies success; a success that changed nothing comes without it.
F-C03 mirrored: envelope status and operation status are the same.
F-C04 mapped: errors travel under 400, 401 (1740, 4090) or 403 (4010, 4130) with the same Status body.
F-C05 any-applicable, in fixed order: syntax, XML structure, partnerID, RqUID and SignonRq, authentication, the rest.
F-C06 4012: a HomeID that is no 64-bit integer, in SignonRq too; digits in a JSON string are an integer.
F-C07 4070: HomeID is mandatory in UserProfile (update) and in SignonRq.UserInfo; null counts as omitted.
F-C08 1740-for-signon: a well-formed SignonRq.HomeID that is no home of the partner; in UserProfile that is 4012.
F-C09 4040.  F-C10 4070 for another registered user; one who is not registered is 4040 (statement 23 comes first).
F-C11 replace-all: the profile becomes what was sent; unsent members and aggregates are cleared.
F-C12 4070: an empty text counts as missing where the member is mandatory.
F-C13 XML 4210, JSON 100: both under HTTP 400. A JSON document that is not an object is 4070.
F-C14 4628: the address needs one @ and a dotted domain.  F-C15 free-string: kept as sent.
F-C16 4629/4630: second day / evening phone (letter case does not matter here); other types may repeat.
F-C17 4070: CryptType is an enumeration with the one value None, so an unknown one breaks the schema.
F-C18 signon-codes: in the envelope, in SignonRs and in the operation aggregate.  F-C19 open.
F-C20 free: own wordings; only 100 never says more.  F-C21 integer.
F-C22 absent-on-error: RqUID is echoed on success and left out of every error.
F-C23 accepted: RqUIDs are not remembered.  F-C24 ignored: server-owned members are skipped unread.
F-C25 JSON ignored (not stored), XML 4070 (also unknown attributes other than xsi, repeated elements, stray text).
F-C26 json-only: also for XML requests and whatever Accept says.
F-C27 none: input elements may be in no namespace or in http://www.cashedge.com/wm.
F-C28 4010: missing, ill-formed and unknown partnerID alike.  F-C30 refused: there is no plain port.
F-C29 OBOUserID: a user updates itself, an Admin also the OBOUserID it names; a User who names another one gets 4130.

Free choices
SignonRs appears on success and when sign-on itself failed; an operation error leaves it out.
Missing Content-Type: the first character decides. Other media types: 415 with code 4070. Foreign XML root: 600.
A DTD is refused with 4210. JSON: a byte order mark is skipped, the last of repeated members counts, lone surrogates
are 4070. A home of another partner is 4012 (UserProfile) or 1740 (SignonRq).
UserInfo and SessionInfo together, or neither, are 4070. Role must be the role that the user has, else 4130.
GenSessInfo works on every operation; the token is SessInfo.SessionToken and lives for 18 idle minutes.
partnerID is echoed on success only; version is 2.3.0; CEUserID is an integer from 730001 up.
Reads add HomeID, UserID, CEUserID and PartnerID, and RegisterDt / LastLoginDt inside a stored PersonInfo; no Roles.
Only the signon operation moves LastLoginDt, so reads do not change a profile.
createUser, deleteUser: Admin only, whose home is the default; bad id or password 4070; an Admin as target 4130.
HTTP: a connection serves one request; gzip from 512 bytes on if accepted; indented JSON.
"""

from __future__ import annotations

import gzip
import json
import re
import secrets
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from socket import socket
from typing import Any, NamedTuple
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, XMLParser

from flask import Flask, Response, request
from werkzeug.serving import WSGIRequestHandler, make_server

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
}

NAMESPACE = "{http://www.cashedge.com/wm}"
XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
SESSION_SECONDS = 18 * 60
HTTP_STATUS = {1740: 401, 4090: 401, 4010: 403, 4130: 403}


class Fault(Exception):
    """An error that ends a request with a status code of the API."""

    def __init__(self, code: int, text: str = "The request could not be processed", http: int = 400) -> None:
        super().__init__(code)
        self.code = code
        self.text = text
        self.http = HTTP_STATUS.get(code, http)
        self.at_signon = False


# --- the schema -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Field:
    """One member of a request: a scalar kind, an aggregate ("group") or one to "skip"."""

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
EntitlementInfo{OfficeID!*} AdvCEUserIDList{AdvCEUserID*:int64} AdvCEUserNameList{AdvCEUserName*}
ClientProperty*{ParamName! ParamVal!} PersonProperty*{ParamName! ParamVal!} PersonAttribute*{AttrName! AttrVal!}
AdvisorRegStatus:|F|P AdvisorID AdvisorType ClientStatus PersonStatus CEInviteClientID:int64 PartnerID:skip
InstallID:int32
"""
PASSWORD = "UserPassword!{CryptType!:|None CryptVal!}"
ROLES = "|User|Admin|Advisor|CSR"
ENVELOPE = schema(f"""
RqUID! SignonRq!{{
  UserInfo{{
    UserID! HomeID!:home {PASSWORD} AlldataToken Role!:{ROLES} OBOUserID CreateUserIfNotExists:skip
  }}
  SessionInfo{{SessionToken! Role:{ROLES} HomeID:home}}
  GenSessInfo:|true|false
  Role:skip Preferences*:skip RoleDetail:skip InstallID:skip SimulatedUserDetails:skip MFAQuestions*:skip
}}
""")
MODIFY = schema(f"UserProfile!{{HomeID!:home UserID! {PROFILE}}}")
ADD = schema(f"""
UserInfo!{{UserID! HomeID:home {PASSWORD} Role:skip RoleDetail:skip PartnerID:skip}}
UserProfile{{HomeID:home UserID {PROFILE}}}
CSRAccessibleHome*:skip
""")
BITS = {"home": 64, "int64": 64, "int32": 32}
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
        return [check(item, replace(spec, many=False, required=True), path) for item in value] or None
    if spec.kind == "group":
        if not isinstance(value, dict):
            raise Fault(4070, f"{path} has to be an aggregate")
        parts = ((name, check(value.get(name), member, f"{path}.{name}")) for name, member in spec.members.items())
        return {name: part for name, part in parts if part is not None}
    if spec.kind in BITS:
        number = integer(value, BITS[spec.kind])
        if number is None:
            raise Fault(4012 if spec.kind == "home" else 4070, f"{path} has to be an integer")
        return number
    if not isinstance(value, str) or SURROGATE.search(value):
        raise Fault(4070, f"{path} has to be a text")
    if (spec.required and not value) or (spec.choices and value not in spec.choices):
        raise Fault(4070, f"{path} has a value that is not allowed")
    if spec.kind == "email" and not EMAIL.fullmatch(value):
        raise Fault(4628, "The e-mail address is not valid")
    return value


def check_phones(profile: dict[str, Any]) -> None:
    """Allow one day phone and one evening phone."""
    phones = profile.get("PersonInfo", {}).get("ContactInfo", {}).get("PhoneNum", [])
    types = [phone["PhoneType"].lower() for phone in phones]
    for name, code in (("dayphone", 4629), ("eveningphone", 4630)):
        if types.count(name) > 1:
            raise Fault(code, f"There is more than one {name}")


# --- reading requests -----------------------------------------------------------------------------------------------


class Builder(TreeBuilder):
    """Builds a tree of elements, but none with a DTD, so that there are no entities to fetch or to expand."""

    def doctype(self, _name: str, _public: str, _system: str) -> None:
        """Refuse a DTD."""
        raise ValueError("a DTD is not allowed")


def from_xml(element: Element, spec: Field) -> Any:
    """Turn an element into what its JSON twin would be; the schema is closed."""
    if spec.kind == "skip":
        return None
    text = "".join([element.text or "", *(child.tail or "" for child in element)])
    if any(not name.startswith(XSI) for name, _ in element.items()) or (spec.kind == "group" and text.strip()):
        raise Fault(4070, f"{element.tag[:60]} has an unknown attribute or stray text")
    result: dict[str, Any] = {}
    for child in element:
        name = child.tag.removeprefix(NAMESPACE)
        member = spec.members.get(name)
        if member is None or (name in result and not member.many):
            raise Fault(4070, f"{name[:60]} is unknown or repeated")
        value = from_xml(child, member)
        result[name] = [*result.get(name, []), value] if member.many else value
    return result if spec.kind == "group" else text


def parse_xml(body: bytes, stem: str, spec: Field | None) -> dict[str, Any]:
    """Parse the XML request of an operation."""
    parser = XMLParser(target=Builder())
    try:
        parser.feed(body)
        root: Element = parser.close()
    except (ParseError, LookupError, ValueError) as error:
        raise Fault(4210, "The document is not acceptable XML") from error
    if root.tag.removeprefix(NAMESPACE) != f"{stem}RqHeader":
        raise Fault(600, "This message is not served here")
    attributes = {name: root.attrib.pop(name, None) for name in ("partnerID", "version")}
    members = ENVELOPE.members | ({f"{stem}Rq": spec} if spec else {})
    return {**from_xml(root, Field("group", members=members)), **attributes}


def parse_json(body: bytes) -> dict[str, Any]:
    """Parse a JSON object; NaN and Infinity are refused, for their names are no integers."""
    try:
        value = json.loads(body.decode("utf-8-sig"), parse_constant=int)
    except (ValueError, RecursionError) as error:
        raise Fault(100) from error
    if not isinstance(value, dict):
        raise Fault(4070, "An object is expected")
    return value


# --- the service ----------------------------------------------------------------------------------------------------


def now() -> str:
    """Return the time in the form of the vendor's examples."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


@dataclass
class User:
    """A registered user of the main partner."""

    home: int
    name: str
    password: str
    role: str
    number: int
    profile: dict[str, Any]
    registered: str = field(default_factory=now)
    last_login: str = field(default_factory=now)

    def view(self) -> dict[str, Any]:
        """Return the profile as clients see it."""
        ids = {"HomeID": self.home, "UserID": self.name, "CEUserID": self.number, "PartnerID": PARTNER}
        view: dict[str, Any] = self.profile | ids
        if "PersonInfo" in view:
            view["PersonInfo"] = view["PersonInfo"] | {"RegisterDt": self.registered, "LastLoginDt": self.last_login}
        return view


class Operation(NamedTuple):
    """A service: its name on the wire, the schema of its request aggregate and the code that does the work."""

    stem: str
    spec: Field | None
    run: Callable[[User, User, dict[str, Any]], dict[str, Any]]  # who signed on, for whom, and the request aggregate


class Service:
    """All state, and the five operations on it."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.users: dict[tuple[int, int, str], User] = {}
        self.sessions: dict[str, tuple[User, float]] = {}
        self.next_number = 730001
        credentials = TARGET["credentials"]
        for name, role in (("user", "User"), ("second_user", "User"), ("admin", "Admin")):
            person = {"NameAddrType": "Customer", "PersonName": {"FirstName": name, "LastName": "Harper"}}
            self.register(HOME, credentials[name], credentials[f"{name}_password"], role, {"PersonInfo": person})
        self.operations = {
            "updateUserProfile": Operation("UserProfileMod", MODIFY, self.update),
            "getUserProfile": Operation("UserProfileInq", schema("IncludeDetail*:skip", required=False), self.read),
            "createUser": Operation("UserAdd", ADD, self.create),
            "deleteUser": Operation("UserDel", schema("HomeID:home UserID!"), self.delete),
            "signon": Operation("Signon", None, self.signon),
        }

    def register(self, home: int, name: str, password: str, role: str, profile: dict[str, Any]) -> int:
        """Add a user of the main partner; return its CEUserID."""
        number = self.next_number
        self.next_number += 1
        self.users[PARTNER, home, name] = User(home, name, password, role, number, profile)
        return number

    def handle(self, operation: Operation, body: bytes, media_type: str) -> tuple[int, dict[str, Any]]:
        """Answer one request with an HTTP status and a document."""
        stem, spec, _ = operation
        try:
            if not media_type:
                media_type = "text/xml" if body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") else "application/json"
            if media_type not in ("application/json", "application/xml", "text/xml"):
                raise Fault(4070, "This media type is not served", http=415)
            document = parse_json(body) if media_type == "application/json" else parse_xml(body, stem, spec)
            with self.lock:
                return 200, self.process(operation, document)
        except Fault as fault:
            outcome = {"Status": {"Severity": "Error", "StatusCode": fault.code, "StatusDesc": fault.text}}
            answer: dict[str, Any] = {"version": "2.3.0"} | outcome | {f"{stem}Rs": outcome}
            return fault.http, answer | ({"SignonRs": outcome} if fault.at_signon else {})

    def process(self, operation: Operation, document: dict[str, Any]) -> dict[str, Any]:
        """Check the envelope, sign on, run the operation and build the answer."""
        partner = integer(document.get("partnerID"), 64)
        if partner is None or partner not in HOMES:
            raise Fault(4010, "partnerID is not known")
        envelope = check(document, ENVELOPE, "request")
        check(document.get("version"), Field(), "version")
        try:
            actor, subject = self.sign_on(partner, envelope["SignonRq"])
        except Fault as fault:
            fault.at_signon = True
            raise
        content: dict[str, Any] = {}
        if operation.spec:
            content = check(document.get(f"{operation.stem}Rq"), operation.spec, f"{operation.stem}Rq") or {}
        result = operation.run(actor, subject, content)
        outcome: dict[str, Any] = {"Status": {"Severity": "Info", "StatusCode": 0, "StatusDesc": "Request completed"}}
        answer = {"RqUID": envelope["RqUID"], "partnerID": partner, "version": "2.3.0"} | outcome
        if operation.spec is MODIFY:
            answer |= result | {f"{operation.stem}Rs": outcome}
        else:
            answer[f"{operation.stem}Rs"] = outcome | result
        signon = outcome | {"CEUserID": actor.number, "LastSuccessfullLogin": actor.last_login}
        if envelope["SignonRq"].get("GenSessInfo") == "true":
            token = secrets.token_urlsafe(24)
            self.sessions[token] = (actor, time.monotonic())
            signon["SessInfo"] = {"SessionToken": token}
        return answer | {"SignonRs": signon}

    def sign_on(self, partner: int, signon: dict[str, Any]) -> tuple[User, User]:
        """Authenticate the caller; return who signed on, and for whom."""
        if ("UserInfo" in signon) == ("SessionInfo" in signon):
            raise Fault(4070, "SignonRq needs one of UserInfo and SessionInfo")
        info = signon.get("UserInfo") or signon["SessionInfo"]
        actor = self.by_password(partner, info) if "UserInfo" in signon else self.by_token(partner, info)
        on_behalf = info.get("OBOUserID") or actor.name
        if info.get("Role", actor.role) != actor.role or (on_behalf != actor.name and actor.role != "Admin"):
            raise Fault(4130, "The role does not fit")
        return actor, self.find(actor.home, on_behalf)

    def by_password(self, partner: int, info: dict[str, Any]) -> User:
        """Find the user of a UserInfo."""
        if info["HomeID"] not in HOMES[partner]:
            raise Fault(1740, "Sign-on refused")
        user = self.users.get((partner, info["HomeID"], info["UserID"]))
        if user is None:
            raise Fault(4040, "There is no such user")
        if user.password != info["UserPassword"]["CryptVal"]:
            raise Fault(1740, "Sign-on refused")
        return user

    def by_token(self, partner: int, info: dict[str, Any]) -> User:
        """Find the user of a SessionInfo and keep the session alive."""
        user, used = self.sessions.get(info["SessionToken"], (None, 0.0))
        is_alive = used + SESSION_SECONDS >= time.monotonic()
        if user is None or not is_alive or (partner, info.get("HomeID", user.home)) != (PARTNER, user.home):
            raise Fault(4090, "The session is not valid")
        self.sessions[info["SessionToken"]] = (user, time.monotonic())
        return user

    def find(self, home: int, name: str) -> User:
        """Find the user of the main partner that a request names."""
        if home not in HOMES[PARTNER]:
            raise Fault(4012, "HomeID is not valid")
        user = self.users.get((PARTNER, home, name))
        if user is None:
            raise Fault(4040, "There is no such user")
        return user

    def update(self, _actor: User, subject: User, content: dict[str, Any]) -> dict[str, Any]:
        """Replace the profile of the caller, or of the user for whom an Admin acts."""
        profile = content["UserProfile"]
        target = self.find(profile.pop("HomeID"), profile.pop("UserID"))
        if target is not subject:
            raise Fault(4070, "UserProfile.UserID is not the user who signed on")
        check_phones(profile)
        if profile == target.profile:
            return {}
        target.profile = profile
        return {"UserProfile": target.view()}

    def read(self, _actor: User, subject: User, _content: dict[str, Any]) -> dict[str, Any]:
        """Return the profile of whoever signs on."""
        return {"UserProfile": subject.view()}

    def create(self, actor: User, _subject: User, content: dict[str, Any]) -> dict[str, Any]:
        """Register a user in a home of the partner."""
        info, profile = content["UserInfo"], content.get("UserProfile", {})
        home, name, password = info.get("HomeID", actor.home), info["UserID"], info["UserPassword"]["CryptVal"]
        if actor.role != "Admin":
            raise Fault(4130, "The role does not fit")
        if home not in HOMES[PARTNER]:
            raise Fault(4012, "HomeID is not valid")
        if not re.fullmatch("[A-Za-z0-9_]{1,32}", name) or re.search("admin|cashedge|user", name, re.IGNORECASE):
            raise Fault(4070, "UserInfo.UserID is not allowed")
        if not re.fullmatch("[!-~]{8,64}", password):
            raise Fault(4070, "UserInfo.UserPassword is not allowed")
        if (PARTNER, home, name) in self.users:
            raise Fault(4030, "This user is registered already")
        check_phones(profile)
        return {"CEUserID": self.register(home, name, password, "User", profile)}

    def delete(self, actor: User, _subject: User, content: dict[str, Any]) -> dict[str, Any]:
        """Remove a user with all its sessions."""
        if actor.role != "Admin":
            raise Fault(4130, "The role does not fit")
        user = self.find(content.get("HomeID", actor.home), content["UserID"])
        if user.role == "Admin":
            raise Fault(4130, "An Admin cannot be deleted")
        del self.users[PARTNER, user.home, user.name]
        self.sessions = {token: entry for token, entry in self.sessions.items() if entry[0] is not user}
        return {}

    def signon(self, actor: User, _subject: User, _content: dict[str, Any]) -> dict[str, Any]:
        """Note the time of the sign-on; all else is done already."""
        actor.last_login = now()
        return {}


# --- HTTP -----------------------------------------------------------------------------------------------------------


def make_app() -> Flask:
    """Build the web application of one server."""
    app = Flask("alldata", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = 8 * 1024 * 1024
    service = Service()

    @app.post(f"/WealthManagementWeb/ws/UserMgmt/<any({','.join(service.operations)}):name>")
    def user_management(name: str) -> Response:
        status, document = service.handle(service.operations[name], request.get_data(), request.mimetype)
        payload = json.dumps(document, indent=1).encode()
        headers = {"Cache-Control": "no-store", "Vary": "Accept-Encoding"}
        if len(payload) >= 512 and request.accept_encodings["gzip"] > 0:
            payload = gzip.compress(payload, 1)
            headers["Content-Encoding"] = "gzip"
        if status == 401:
            headers["WWW-Authenticate"] = 'SignonRq realm="AllData"'
        return Response(payload, status, headers, content_type="application/json;charset=UTF-8")

    @app.errorhandler(OSError)
    def broken(_error: OSError) -> tuple[str, int]:
        return "The body could not be read.", 400

    return app


class Handler(WSGIRequestHandler):
    """The handler of werkzeug, which closes each connection after its answer, without a log."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 60.0

    def log(self, type: str, message: str, *args: Any) -> None:
        """Keep quiet."""


class LazyContext(ssl.SSLContext):
    """A context that leaves the handshake to the thread of the connection, so that no client holds up the others."""

    def wrap_socket(self, sock: socket, *args: Any, **options: Any) -> ssl.SSLSocket:
        """Wrap a socket without an immediate handshake."""
        return super().wrap_socket(sock, *args, **(options | {"do_handshake_on_connect": False}))


class Server:
    """A running HTTPS server with its own data."""

    def __init__(self, certificate: Path) -> None:
        context = LazyContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self.http = make_server("127.0.0.1", 0, make_app(), threaded=True, request_handler=Handler, ssl_context=context)
        self.port: int = self.http.port
        self.plain_port: int | None = None
        threading.Thread(target=self.http.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self) -> None:
        """Stop listening."""
        self.http.shutdown()
        self.http.server_close()


def start(certificate: Path) -> Server:
    """Serve HTTPS on a free port of 127.0.0.1 with the PEM file `certificate` (private key and chain in one file)."""
    return Server(certificate)
