"""A small in-memory server of the AllData user management services (Starlette on uvicorn, XML with lxml).

Readings of the contradictions
F-C01 in-operation: UserProfile stands inside UserProfileModRs.  F-C02 iff: every success carries it, no error does.
F-C03 envelope-only: an error stands in the envelope Status; operation aggregate and SignonRs are left out of it.
F-C04 always-200: every status code travels with HTTP 200.
F-C05 auth-first: partnerID and SignonRq are judged first, then the rest of the schema, home, user, and replay.
F-C06 4070.  F-C07 defaulted: the home of the signed-on user (in SignonRq: the first home of the partner).
F-C08 4012-either: an unknown home gives 4012 in SignonRq and in UserProfile.  F-C09 1740.
F-C10 4130 for a registered other user; an unregistered one is 4040, for that condition is stated.
F-C11 replace-aggregate: PersonName and ContactInfo (with PostAddr and PhoneNum in it) are replaced whole when sent and
      kept when not; PersonInfo is only their container; lists and single values are replaced when sent.
F-C12 46xx: 4600 RqUID (absent or empty), 4603 PersonName, 4620 UserProfile or UserProfileModRq; all others are 4070.
F-C13 XML: http-400 (text body, no Status, so it does not meet F-C04); JSON: 4070.  F-C14 accepted, also on creation.
F-C15 exact-enum: other spellings are 4070.  F-C16 accepted on update (createUser answers 4629 or 4630).
F-C17 1740 for an unknown CryptType in SignonRq; missing or empty is 4070; that of a new user gives 4050.
F-C18 signon-codes in the envelope.  F-C19 open: codes of the global table occur (600, 46xx).
F-C20 exact: the six texts are those of the table.  F-C21 numeric-string.
F-C22 echo, on success and error, whenever RqUID was text in a parsable request.
F-C23 rejected: a RqUID whose update was applied is refused with 4600 for the whole partner; a failed one may be used
      again; other operations neither record nor check it.
F-C24 applied: stored when sent (in XML and JSON) and kept when not.  F-C25 JSON: 4070; XML: ignored.
F-C26 accept-header: the best of Accept decides; else the format of the request.
F-C27 http://www.cashedge.com/wm on output; on input that or none (elements of other namespaces are unknown).
F-C28 defaulted: the partner of this installation counts, and its number is returned.
F-C29 admin-may: an administrator may update every user of the own home.  F-C30 error: the plain port answers 403.

Free choices
- A home is invalid only when no partner has it: that of another partner gives 4040 (UserProfile) or 1740 (SignonRq).
- Without Content-Type the first character decides between XML and JSON; media types other than the three give 415.
- A DTD makes XML unparsable; another root element is 600; of repeated JSON members the last counts; a repeated XML
  element that is no list is 4070.
- JSON null, numbers as text, floats, booleans for text, integers beyond their width (partnerID: 64 bits), characters
  that XML 1.0 cannot carry and lone surrogates are 4070.  Empty texts are values, except RqUID and CryptType.
- Roles may be text, an array of texts or {"Role": text or array}.  The role of the sign-on must be that of the account.
- partnerID (the effective one) and version 2.0.3 stand in each answer whose partnerID could be read.
- SignonRs.SessInfo.SessionToken is given by every operation that asks for it by GenSessInfo, for 18 idle minutes.
- RegisterDt and LastLoginDt are only what clients send.  Answers are chunked; JSON is compact and in ASCII.
- createUser: words forbidden in a UserID are compared in the printed case; a user without password cannot sign on; only
  the own home of the administrator, else 4130.  deleteUser: an administrator as target is 4130.
"""

from __future__ import annotations

import json
import re
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import uvicorn
from lxml import etree
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

NAMESPACE = "http://www.cashedge.com/wm"
BASE = "/WealthManagementWeb/ws/UserMgmt/"
MEDIA_TYPES = ("application/json", "application/xml", "text/xml")
PARTNER, OTHER_PARTNER = 61070000, 61990000
HOME, OTHER_HOME, OTHER_PARTNER_HOME = 61070014, 61070023, 61990005
HOMES = {HOME: PARTNER, OTHER_HOME: PARTNER, OTHER_PARTNER_HOME: OTHER_PARTNER}
SESSION_SECONDS = 18 * 60
PHONE_TYPES = ("DayPhone", "EveningPhone")
ACCOUNTS = {
    "user": ("mbrandt_71", "Lime-Tree#71", "User", "Brandt"),
    "second_user": ("okoro_j", "Harbour+Fog_9", "User", "Okoro"),
    "admin": ("ops_lead_61", "Granite!Step61", "Admin", "Lindh"),
}
TARGET: dict[str, Any] = {
    "credentials": {
        "partner": str(PARTNER),
        "home": str(HOME),
        **{role: account[0] for role, account in ACCOUNTS.items()},
        **{f"{role}_password": account[1] for role, account in ACCOUNTS.items()},
    },
    "data": {
        "crypt_type": "None",
        "phone_types": list(PHONE_TYPES),
        "name_addr_type": "Customer",
        "unknown_home": 61079999,
        "unknown_partner": 61000001,
        "other_home": OTHER_HOME,
        "other_partner": OTHER_PARTNER,
        "other_partner_home": OTHER_PARTNER_HOME,
        "formats": ["json", "xml"],
    },
}
TEXTS = {
    0: "Success",
    100: "General Error",
    4012: "Invalid HomeID",
    4040: "User not registered",
    4050: "Invalid encryption scheme",
    4070: "Validation failure",
}


class Failure(Exception):
    """A status code with severity Error."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


# --- The messages ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Member:
    """One member of a request: a scalar, words or an aggregate; the code of its absence; whether it is a list."""

    kind: str | tuple[str, ...] | dict[str, Member] = "text"
    missing: int | None = None
    many: bool = False


TEXT, MUST, INT64, ANY = Member(), Member(missing=4070), Member("int64"), Member("any")
ROLES = ("User", "Admin", "Advisor", "CSR")
PASSWORD = Member({"CryptType": MUST, "CryptVal": MUST})
USER_INFO = {
    "UserID": MUST,
    "HomeID": INT64,
    "UserPassword": Member(PASSWORD.kind, 4070),
    "Role": Member(ROLES, 4070),
    **{"AlldataToken": TEXT, "OBOUserID": TEXT, "CreateUserIfNotExists": ANY},
}
SIGNON = {
    "UserInfo": Member(USER_INFO),
    "SessionInfo": Member({"SessionToken": MUST, "Role": Member(ROLES), "HomeID": TEXT}),
    "GenSessInfo": Member(("true", "false")),
    **dict.fromkeys(("Preferences", "RoleDetail", "InstallID", "SimulatedUserDetails", "MFAQuestions"), ANY),
}
ADDRESS = {**dict.fromkeys(("Addr2", "City", "StateProv", "PostalCode"), TEXT), "Addr1": MUST, "Country": MUST}
CONTACT = {
    "PhoneNum": Member({"PhoneType": Member(PHONE_TYPES, 4070), "Phone": MUST}, many=True),
    "EmailAddr": TEXT,
    "PostAddr": Member(ADDRESS),
}
PERSON = {
    "NameAddrType": Member(("Customer",), 4070),
    "PersonName": Member(dict.fromkeys(("LastName", "FirstName", "MiddleName", "DisplayName"), TEXT), 4603),
    "ContactInfo": Member(CONTACT),
    **{"RegisterDt": TEXT, "LastLoginDt": TEXT, "Roles": Member("roles")},
}
PROFILE: dict[str, Member] = {
    "UserID": MUST,
    **dict.fromkeys(("HomeID", "CEUserID", "CEInviteClientID", "PartnerID"), INT64),
    **dict.fromkeys(("AppID", "AdvisorID", "AdvisorType", "ClientStatus", "PersonStatus"), TEXT),
    "PersonInfo": Member(PERSON),
    "EntitlementInfo": Member({"OfficeID": Member(missing=4070, many=True)}),
    "AdvCEUserIDList": Member({"AdvCEUserID": Member("int64", many=True)}),
    "AdvCEUserNameList": Member({"AdvCEUserName": Member(many=True)}),
    **dict.fromkeys(("ClientProperty", "PersonProperty"), Member({"ParamName": MUST, "ParamVal": MUST}, many=True)),
    "PersonAttribute": Member({"AttrName": MUST, "AttrVal": MUST}, many=True),
    "AdvisorRegStatus": Member(("F", "P")),
    "InstallID": Member("int32"),
}
NEW_USER = {"UserID": MUST, "HomeID": INT64, "UserPassword": PASSWORD, "RoleDetail": ANY, "PartnerID": INT64}
ATTRIBUTES = ("partnerID", "version")  # of the root, in XML
HEAD = {"partnerID": INT64, "version": TEXT, "RqUID": Member(missing=4600), "SignonRq": Member(SIGNON, 4070)}
LIMITS = {"int64": 2**63, "int32": 2**31}
NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
INTEGER = re.compile(r"[+-]?[0-9]{1,20}")


def check(value: Any, member: Member, in_list: bool = False) -> None:
    """Raise a Failure unless the value fits the member."""
    kind = member.kind
    if member.many and not in_list:
        valid = isinstance(value, list)
        for item in value if valid else ():
            check(item, member, in_list=True)
    elif isinstance(kind, dict):
        valid = isinstance(value, dict) and all(name in kind for name in value)
        for name, inner in kind.items() if valid else ():
            if name in value:
                check(value[name], inner)
            elif inner.missing is not None:
                raise Failure(inner.missing)
    elif kind == "roles":
        valid = True
        roles = value["Role"] if isinstance(value, dict) and list(value) == ["Role"] else value
        check(roles, Member(many=isinstance(roles, list)))
    elif isinstance(kind, str) and kind in LIMITS:
        valid = type(value) is int and -LIMITS[kind] <= value < LIMITS[kind]
    elif kind == "text":
        valid = isinstance(value, str) and not NOT_XML.search(value)
    else:
        valid = kind == "any" or (isinstance(value, str) and value in kind)
    if not valid:
        raise Failure(4070)


def read_json(body: bytes) -> Any:
    """Parse a JSON body; NaN and its like are refused, for their names are no integers."""
    try:
        return json.loads(body.decode("utf-8-sig"), parse_constant=int)
    except (ValueError, RecursionError) as error:
        raise Failure(4070) from error


def read_xml(body: bytes) -> etree._Element:
    """Parse an XML body; document type declarations are refused, so that no entity is ever expanded or fetched."""
    parser = etree.XMLParser(resolve_entities=False, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(body, parser)
        docinfo: Any = root.getroottree().docinfo
        if docinfo.doctype:
            raise ValueError("a document type declaration")
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        raise HTTPException(400, "The request is not a well-formed XML document.") from error
    return root


def local(element: etree._Element) -> str:
    """The name of an element; it is empty in a foreign namespace."""
    name = etree.QName(element)
    return name.localname if name.namespace in (None, NAMESPACE) else ""


def from_text(text: str, member: Member) -> Any:
    """The value that a text in XML stands for."""
    is_number = isinstance(member.kind, str) and member.kind in LIMITS and INTEGER.fullmatch(text.strip())
    return int(text) if is_number else text


def from_xml(element: etree._Element, member: Member) -> Any:
    """Bring an element into the form that the JSON request has; unknown children are ignored."""
    kind = Member({"Role": Member(many=True)}).kind if member.kind == "roles" and len(element) else member.kind
    if not isinstance(kind, dict) or (not len(element) and (element.text or "").strip()):
        # Children of a text give null, which never validates.
        return None if len(element) and kind != "any" else from_text(element.text or "", member)
    result: dict[str, Any] = {}
    for name, member in kind.items():
        if name in ATTRIBUTES and name in element.attrib:
            result[name] = from_text(str(element.attrib[name]), member)
    for child in element:
        name = local(child)
        if name in kind and kind[name].many:
            result.setdefault(name, []).append(from_xml(child, kind[name]))
        elif name in kind:
            result[name] = None if name in result else from_xml(child, kind[name])
    return result


def status(code: int) -> dict[str, str]:
    """A Status aggregate."""
    text = TEXTS.get(code, "Not accepted")
    return {"StatusCode": str(code), "Severity": "Error" if code else "Info", "StatusDesc": text}


def fill(element: etree._Element, members: dict[str, Any]) -> None:
    """Write the members of an answer into an XML element; partnerID and version become attributes of the root."""
    for name, value in members.items():
        if name in ATTRIBUTES:
            element.set(name, str(value))
            continue
        for item in value if isinstance(value, list) else [value]:
            child = etree.SubElement(element, f"{{{NAMESPACE}}}{name}")
            if isinstance(item, dict):
                fill(child, item)
            else:
                child.text = NOT_XML.sub("\ufffd", str(item))


def write(media_type: str, root_name: str, answer: dict[str, Any]) -> bytes:
    """Write an answer."""
    if media_type == "application/json":
        return json.dumps(answer, separators=(",", ":")).encode()
    root = etree.Element(f"{{{NAMESPACE}}}{root_name}", nsmap={None: NAMESPACE})  # type: ignore[dict-item]
    fill(root, answer)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def negotiate(accept: str, own: str) -> str:
    """The media type that the Accept header likes best; the request's own type wins ties and unusable headers."""
    accepted: dict[str, float] = {}
    for entry in accept.lower().split(","):
        quality = re.search(r";\s*q=([01](\.[0-9]*)?)", entry)
        accepted[entry.partition(";")[0].strip()] = float(quality[1]) if quality else 1.0
    best, best_quality = own, 0.0
    for media_type in (own, *MEDIA_TYPES):
        ranges = (media_type, media_type.split("/")[0] + "/*", "*/*")  # the most precise one counts
        quality_here = next((accepted[name] for name in ranges if name in accepted), 0.0)
        if quality_here > best_quality:
            best, best_quality = media_type, quality_here
    return best


# --- The services ---------------------------------------------------------------------------------------------------


class Key(NamedTuple):
    """What identifies a user."""

    partner: int
    home: int
    user_id: str


@dataclass
class Account:
    """A registered user."""

    key: Key
    password: str | None
    role: str
    profile: dict[str, Any]


class Directory:
    """The users of all homes, with the operations on them; only the event loop uses it, so it needs no lock."""

    def __init__(self) -> None:
        self.accounts: dict[Key, Account] = {}
        self.sessions: dict[str, tuple[Key, float]] = {}
        self.applied: set[tuple[int, str]] = set()
        self.numbers = count(730011, 7)
        for user_id, password, role, last_name in ACCOUNTS.values():
            person = {"NameAddrType": "Customer", "PersonName": {"LastName": last_name}}
            self.register(Key(PARTNER, HOME, user_id), password, role, {"PersonInfo": person})

    def register(self, key: Key, password: str | None, role: str, profile: dict[str, Any]) -> Account:
        """Add an account and give it a CEUserID."""
        stored = {**profile, "HomeID": key.home, "UserID": key.user_id, "CEUserID": next(self.numbers)}
        self.accounts[key] = Account(key, password, role, stored)
        return self.accounts[key]

    def run(self, service: Service, envelope: Any, root_name: str, answer: dict[str, Any]) -> None:
        """Carry out one request whose body could be parsed, and fill the answer on the way."""
        if not isinstance(envelope, dict):
            raise Failure(4070)
        if isinstance(envelope.get("RqUID"), str):
            answer["RqUID"] = envelope["RqUID"]
        if root_name != service.stem + "RqHeader":
            raise Failure(600)
        partner = envelope.get("partnerID", PARTNER)
        check(partner, INT64)
        answer |= {"partnerID": partner, "version": "2.0.3"}
        check(envelope.get("SignonRq"), Member(SIGNON))
        account = self.sign_on(partner, envelope["SignonRq"])
        check(envelope, service.root)
        if not envelope["RqUID"]:
            raise Failure(4600)
        result = service.operation(self, account, envelope)
        answer["SignonRs"] = {"Status": status(0), "CEUserID": account.profile["CEUserID"], "PasswordExpired": "false"}
        if envelope["SignonRq"].get("GenSessInfo") == "true":
            token = secrets.token_hex(20)
            self.sessions[token] = (account.key, time.monotonic())
            answer["SignonRs"]["SessInfo"] = {"SessionToken": token}
        if service.stem != "Signon":  # that service has no other aggregate
            answer[service.stem + "Rs"] = {"Status": status(0), **result}

    def sign_on(self, partner: int, signon: dict[str, Any]) -> Account:
        """Authenticate the caller."""
        if partner not in HOMES.values():
            raise Failure(4010)
        info = signon.get("UserInfo") or signon.get("SessionInfo")
        if info is None:
            raise Failure(4070)
        account = self.by_password(partner, info) if "UserInfo" in signon else self.by_token(partner, info)
        if info.get("Role", account.role) != account.role:
            raise Failure(4130)
        return account

    def by_password(self, partner: int, info: dict[str, Any]) -> Account:
        """The account of a UserInfo."""
        password = info["UserPassword"]
        if not password["CryptType"]:
            raise Failure(4070)
        home = info.get("HomeID", next(home for home, owner in HOMES.items() if owner == partner))
        if home not in HOMES:
            raise Failure(4012)
        account = self.accounts.get(Key(partner, home, info["UserID"]))
        if password["CryptType"] != "None" or account is None or account.password != password["CryptVal"]:
            raise Failure(1740)
        return account

    def by_token(self, partner: int, info: dict[str, Any]) -> Account:
        """The account of a SessionInfo, whose HomeID is a text."""
        key, used = self.sessions.get(info["SessionToken"], (None, 0.0))
        is_alive = key in self.accounts and time.monotonic() - used <= SESSION_SECONDS
        if key is None or not is_alive or (key.partner, str(key.home)) != (partner, info.get("HomeID", str(key.home))):
            raise Failure(4090)
        self.sessions[info["SessionToken"]] = (key, time.monotonic())
        return self.accounts[key]

    def find(self, caller: Account, body: dict[str, Any]) -> Account:
        """The registered user that a request names."""
        home = body.get("HomeID", caller.key.home)
        if home not in HOMES:
            raise Failure(4012)
        account = self.accounts.get(Key(caller.key.partner, home, body["UserID"]))
        if account is None:
            raise Failure(4040)
        return account

    def update(self, caller: Account, request: dict[str, Any]) -> dict[str, Any]:
        """Replace the members that were sent."""
        change = request["UserProfileModRq"]["UserProfile"]
        target = self.find(caller, change)
        if target is not caller and (caller.role != "Admin" or target.key.home != caller.key.home):
            raise Failure(4130)
        if (caller.key.partner, request["RqUID"]) in self.applied:
            raise Failure(4600)
        self.applied.add((caller.key.partner, request["RqUID"]))
        if "PersonInfo" in change:
            change["PersonInfo"] = {**target.profile.get("PersonInfo", {}), **change["PersonInfo"]}
        target.profile = {**target.profile, **change}
        return {"UserProfile": target.profile}

    def inquire(self, caller: Account, _request: dict[str, Any]) -> dict[str, Any]:
        """Show the profile of the caller."""
        return {"UserProfile": caller.profile}

    def create(self, caller: Account, request: dict[str, Any]) -> dict[str, Any]:
        """Register a user in the home of an administrator."""
        info, profile = request["UserAddRq"]["UserInfo"], request["UserAddRq"].get("UserProfile", {})
        key = Key(caller.key.partner, info.get("HomeID", caller.key.home), info["UserID"])
        password = info.get("UserPassword", {"CryptType": "None", "CryptVal": None})
        contact = profile.get("PersonInfo", {}).get("ContactInfo", {})
        phones = [phone["PhoneType"] for phone in contact.get("PhoneNum", [])]
        id_fits = re.fullmatch(r"\w{1,32}", key.user_id, re.ASCII) and not re.search("admin|CashEdge|user", key.user_id)
        password_fits = password["CryptVal"] is None or re.fullmatch("[!-~]{8,64}", password["CryptVal"])
        for code, is_wrong in (
            (4130, caller.role != "Admin"),
            (4012, key.home not in HOMES),
            (4130, key.home != caller.key.home),
            (4050, password["CryptType"] != "None"),
            (4070, not id_fits or not password_fits),
            (4629, phones.count("DayPhone") > 1),
            (4630, phones.count("EveningPhone") > 1),
            (4030, key in self.accounts),
        ):
            if is_wrong:
                raise Failure(code)
        account = self.register(key, password["CryptVal"], "User", profile)
        return {"CEUserID": account.profile["CEUserID"]}

    def delete(self, caller: Account, request: dict[str, Any]) -> dict[str, Any]:
        """Remove a user from the home of an administrator."""
        if caller.role != "Admin":
            raise Failure(4130)
        target = self.find(caller, request["UserDelRq"])
        if target.role == "Admin" or target.key.home != caller.key.home:
            raise Failure(4130)
        del self.accounts[target.key]
        return {}


class Service(NamedTuple):
    """One service: the stem of its names on the wire, the method behind it and the schema of its request."""

    stem: str
    operation: Callable[[Directory, Account, dict[str, Any]], dict[str, Any]]
    root: Member


ADD = {"UserInfo": Member(NEW_USER, 4070), "UserProfile": Member(PROFILE), "CSRAccessibleHome": ANY}
MODIFY = Member({"UserProfile": Member(PROFILE, 4620)}, 4620)
INQUIRE = Member({"IncludeDetail": Member(many=True)})
DELETE = Member({"HomeID": INT64, "UserID": MUST}, 4070)
SERVICES = {
    "updateUserProfile": Service("UserProfileMod", Directory.update, Member(HEAD | {"UserProfileModRq": MODIFY})),
    "getUserProfile": Service("UserProfileInq", Directory.inquire, Member(HEAD | {"UserProfileInqRq": INQUIRE})),
    "createUser": Service("UserAdd", Directory.create, Member(HEAD | {"UserAddRq": Member(ADD, 4070)})),
    "deleteUser": Service("UserDel", Directory.delete, Member(HEAD | {"UserDelRq": DELETE})),
    "signon": Service("Signon", Directory.inquire, Member(HEAD)),
}


# --- HTTP -----------------------------------------------------------------------------------------------------------


class Listener:
    """One uvicorn server in a thread."""

    def __init__(self, route: Route, certificate: Path | None = None) -> None:
        options: dict[str, Any] = {"http": "h11", "ws": "none", "lifespan": "off", "log_level": "critical"}
        options |= {"log_config": None, "server_header": False, "timeout_keep_alive": 60}
        config = uvicorn.Config(Starlette(routes=[route]), port=0, ssl_certfile=certificate, **options)
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run, daemon=True)
        self.thread.start()
        while not self.server.started:
            time.sleep(0.005)
        self.port: int = self.server.servers[0].sockets[0].getsockname()[1]

    def stop(self) -> None:
        """End the server and wait for that."""
        self.server.should_exit = self.server.force_exit = True
        self.thread.join(1)


class Server:
    """A running server: the services over HTTPS, and a port for plain HTTP that refuses them."""

    def __init__(self, certificate: Path) -> None:
        self.directory = Directory()
        self.secure = Listener(Route(BASE + "{name}", self.serve, methods=["POST"]), certificate)
        methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
        self.plain = Listener(Route("/{path:path}", self.refuse, methods=methods))
        self.port: int = self.secure.port
        self.plain_port: int | None = self.plain.port

    async def serve(self, request: Request) -> Response:
        """Answer a request that came over HTTPS."""
        body = await request.body()
        if request.path_params["name"] not in SERVICES:
            raise HTTPException(404)
        media_type = request.headers.get("content-type", "").split(";")[0].strip().lower()
        if not media_type:
            start_of_body = body.removeprefix(b"\xef\xbb\xbf").lstrip()
            media_type = "application/xml" if start_of_body.startswith(b"<") else "application/json"
        if media_type not in MEDIA_TYPES:
            raise HTTPException(415, "Send application/json, application/xml or text/xml.")
        service = SERVICES[request.path_params["name"]]
        code, answer = 0, dict[str, Any]()
        try:
            if media_type == "application/json":
                envelope, root_name = read_json(body), service.stem + "RqHeader"
            else:
                root = read_xml(body)
                envelope, root_name = from_xml(root, service.root), local(root)
            self.directory.run(service, envelope, root_name, answer)
        except Failure as failure:
            code = failure.code
        chosen = negotiate(request.headers.get("accept", ""), media_type)
        content = write(chosen, service.stem + "RsHeader", {**answer, "Status": status(code)})
        response = Response(content, headers={"cache-control": "no-store", "content-type": chosen})
        del response.headers["content-length"]  # hence chunked
        return response

    async def refuse(self, request: Request) -> Response:
        """Answer a request that came over plain HTTP."""
        raise HTTPException(403, "This service is offered over SSL/TLS only.")

    def stop(self) -> None:
        """Stop both listeners."""
        self.secure.stop()
        self.plain.stop()


def start(certificate: Path) -> Server:
    """Serve HTTPS on a free port of 127.0.0.1 with the PEM file `certificate` (private key and chain in one file)."""
    return Server(certificate)
