"""A small AllData user management server on http.server, written from the documents.

Readings of the contradictions (dossier row: reading):
F-C01 never: the answer of an update has no UserProfile.  F-C02 only-if (follows from F-C01).
F-C03 operation-only: the envelope Status is always 0/Info, the code sits in the operation's aggregate.
F-C04 split: HTTP 200 for the seed's codes and every other processing code, 4xx for parse and sign-on failures.
F-C05 schema-first: schema faults (1020, 4070), then faulty HomeIDs (4012), then 4050, partner, sign-on, role, target.
F-C06 4012, also in SignonRq.  F-C07 4012.  F-C08 1740-for-signon; 4012 in UserProfile.  F-C09 4040.
F-C10 4120 if UserProfile.UserID is another registered user; 4040 if nobody has that name.
F-C11 merge: omitted members are kept.  Phones merge by PhoneType, properties by ParamName, attributes by AttrName;
      OfficeID lists are replaced as a whole; an empty list changes nothing.
F-C12 1020 for a missing mandatory member (null counts as missing); an empty mandatory text is 4070.
F-C13 http-400 for JSON and XML.  F-C14 4070 for an invalid email on update; an empty one is accepted.
F-C15 case-insensitive-enum: other spellings are accepted and read back in canonical form, other words are 4070.
F-C16 4070 for a repeated PhoneType on update.  F-C17 4050 for a CryptType other than `None`; an empty one is 4070.
F-C18 http-401/403 with a Status body: 401 for 1740, 4010, 4090; 403 for 4120, 4130.  F-C19 open.
F-C20 free: one text for all errors, with the member at fault.  F-C21 integer, in every Status.
F-C22 server-generated RqUID in every answer with a Status.  F-C23 accepted.  F-C24 4070, also in createUser.
F-C25 unknown members: ignored in JSON, 4070 in XML.  F-C26 mirrors-request.
F-C27 none.  On input every element may carry the vendor's namespace.  On output the older description is followed:
      the roots of createUser and signon and the children of PersonName carry it (with a prefix).
F-C28 4070.  F-C29 self-only, an administrator included.  F-C30 redirect: 308 with the https address.

Free choices:
- A faulty partnerID (letters, more than 64 bits) is 4070; an unknown one is 4010.  Integers may be texts of digits.
- A home of another partner is 4012 in UserProfile and 1740 in SignonRq.
- Numbers or booleans in text members, lone surrogates, characters that XML excludes and a JSON body that is no object
  are 4070; another operation's XML root is 600.
- Unparsable: bad UTF-8, NaN, any DTD.  A UTF-8 byte order mark is skipped.
- HTTP 4xx without a Status has plain text as body.  A request body needs a Content-Length.  Without Content-Type the
  first character decides (`<` is XML); other media types are 415.
- OBOUserID is accepted only if it names the caller, else 4120.  CreateUserIfNotExists has no effect.
- SignonRs is absent if the schema check fails; a failed sign-on shows its code in SignonRs and in the operation.
- No sessions: GenSessInfo has no effect, SessionInfo without UserInfo is 4090.  An empty SignonRq is 1740.
- LastLoginDt moves with every sign-on; Roles are never returned; version is always 3.2.1.
- AdvCEUserIDList and AdvCEUserNameList are accepted and not kept.
- createUser: an invalid email is 4628, a repeated phone 4629, 4630 or 4626; UserProfile and its HomeID are optional;
  a breach of the rules for UserID (in any case) or password is 4070; DisplayName is the UserID if none is sent; other
  homes than the administrator's are 4012.  deleteUser: an administrator as target is 4130.
"""

from __future__ import annotations

import json
import re
import secrets
import ssl
import threading
import time
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, XMLParser, fromstring
from xml.sax.saxutils import escape

PARTNER, HOME, OTHER_HOME = 61500000, 61500012, 61500013
OTHER_PARTNER, OTHER_PARTNER_HOME = 61700000, 61700001
HOMES = {HOME: PARTNER, OTHER_HOME: PARTNER, OTHER_PARTNER_HOME: OTHER_PARTNER}
ACCOUNTS = {  # UserID, password, role, display name
    "user": ("marta_lind", "Harbour-Light-7", "User", "Marta Lind"),
    "second_user": ("tomas_vega", "Copper!Kettle22", "User", "Tomás Vega"),
    "admin": ("desk_operator_1", "Granite.Bridge.90", "Admin", "Service Desk"),
}
REPEATED_PHONE = {"EveningPhone": 4630, "DayPhone": 4629, "MobilePhone": 4626}
TARGET: dict[str, Any] = {
    "credentials": {
        "partner": str(PARTNER),
        "home": str(HOME),
        **{who: account[0] for who, account in ACCOUNTS.items()},
        **{f"{who}_password": account[1] for who, account in ACCOUNTS.items()},
    },
    "data": {
        "crypt_type": "None",
        "phone_types": list(REPEATED_PHONE),
        "name_addr_type": "Customer",
        "unknown_home": 61599999,
        "unknown_partner": 61999999,
        "other_home": OTHER_HOME,
        "other_partner": OTHER_PARTNER,
        "other_partner_home": OTHER_PARTNER_HOME,
        "formats": ["json", "xml"],
    },
}

WM = "http://www.cashedge.com/wm"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
BASE = "/WealthManagementWeb/ws/UserMgmt/"
HTTP_STATUS = {1740: 401, 4010: 401, 4090: 401, 4120: 403, 4130: 403}
ILLEGAL_TEXT = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
INTEGER = re.compile(r"\s*[+-]?[0-9]{1,19}\s*", re.ASCII)

# ---------------------------------------------------------------- message schema

# The name of a member ends in `!` if it is mandatory.  Its kind is the schema of an aggregate, a list with the kind of
# the items, one of text, crypt, email, int32, int64, home, partner, any (not looked at), owned (by the server), or the
# words that are allowed (`A|B`, or `~A|B` if letter case does not matter).
Kind = str | list["Kind"] | dict[str, "Kind"]
Schema = dict[str, Kind]


def each(labels: str, kind: Kind = "text") -> Schema:
    """Members of the same kind."""
    return dict.fromkeys(labels.split(), kind)


ROLE = "User|Admin|Advisor|CSR"
PASSWORD: Schema = {"CryptType!": "crypt", "CryptVal!": "text"}
SIGNON: Schema = {
    "UserInfo": {
        **each("UserID! AlldataToken OBOUserID"),
        **{"HomeID!": "home", "UserPassword!": PASSWORD, "Role!": ROLE, "CreateUserIfNotExists": "any"},
    },
    "SessionInfo": {"SessionToken!": "text", "Role": ROLE, "HomeID": "home"},
    "GenSessInfo": "true|false",
    **each("RoleDetail InstallID SimulatedUserDetails", "any"),
    **each("Preferences MFAQuestions", ["any"]),
}
PERSON: Schema = {
    "NameAddrType!": "~Customer|Business",
    "PersonName!": each("LastName FirstName MiddleName DisplayName"),
    "ContactInfo": {
        "PhoneNum": [{"PhoneType!": "~" + "|".join(REPEATED_PHONE), "Phone!": "text"}],
        "EmailAddr": "email",
        "PostAddr": each("Addr1! Addr2 City StateProv PostalCode Country!"),
    },
    **each("RegisterDt LastLoginDt Roles", "owned"),
}
PROFILE: Schema = {
    **each("UserID! AppID AdvisorID AdvisorType ClientStatus PersonStatus"),
    **each("CEUserID PartnerID", "owned"),
    **each("AdvCEUserIDList AdvCEUserNameList", "any"),
    **each("ClientProperty PersonProperty", [each("ParamName! ParamVal!")]),
    "PersonAttribute": [each("AttrName! AttrVal!")],
    "PersonInfo": PERSON,
    "EntitlementInfo": each("OfficeID!", ["text"]),
    **{"AdvisorRegStatus": "F|P", "CEInviteClientID": "int64", "InstallID": "int32"},
}
USER: Schema = {"UserID!": "text", "HomeID!": "home", "UserPassword": PASSWORD, "RoleDetail": "any", "PartnerID": "any"}
MODIFY: Schema = {"UserProfile!": {"HomeID!": "home", **PROFILE}}
ADD: Schema = {"UserInfo!": USER, "UserProfile": {"HomeID": "home", **PROFILE}, "CSRAccessibleHome": ["any"]}
DELETE: Schema = {"HomeID!": "home", "UserID!": "text"}
ROOT: Schema = {"partnerID!": "partner", "version": "text"}  # attributes of the root in XML
OPERATIONS: dict[str, tuple[str, Schema]] = {  # the stem of the aggregates, and what the request has beside RqUID etc.
    "updateUserProfile": ("UserProfileMod", {"UserProfileModRq!": MODIFY}),
    "getUserProfile": ("UserProfileInq", {"UserProfileInqRq": each("IncludeDetail", ["text"])}),
    "createUser": ("UserAdd", {"UserAddRq!": ADD}),
    "deleteUser": ("UserDel", {"UserDelRq!": DELETE}),
    "signon": ("Signon", {}),
}
IN_NAMESPACE = ("UserAddRsHeader", "SignonRsHeader", "LastName", "FirstName", "MiddleName", "DisplayName")
MISSING = {"HomeID": 4012, "partnerID": 4070}  # all others are 1020
LATE = {4012: 1, 4050: 2}  # these faults count only if there are no others
LIST_KEYS = {"PhoneNum": "PhoneType", "PersonAttribute": "AttrName"}  # the others have ParamName

# ---------------------------------------------------------------- requests and answers


class Refusal(Exception):
    """The request is answered with an error code."""

    def __init__(self, code: int, detail: str = "") -> None:
        super().__init__(code, detail)
        self.code, self.detail = code, detail


class NoDoctype(TreeBuilder):
    """Builds a tree without any DTD, and so without any entity but the five of XML itself."""

    def doctype(self, _name: str, _public: str, _system: str) -> None:
        """Refuse a DTD."""
        raise ValueError("a DTD")


def parse(body: bytes, is_json: bool) -> Any:
    """Parse a body; ValueError if that is not possible."""
    try:
        if is_json:
            # The name of a constant such as NaN is no integer.
            return json.loads(body.decode("utf-8-sig"), parse_constant=int)
        return fromstring(body, XMLParser(target=NoDoctype()))
    except (ParseError, LookupError, RecursionError) as error:
        raise ValueError("not parsable") from error


def as_json(element: Element, kind: Kind) -> Any:
    """The JSON twin of an element; whatever the schema does not know is refused."""
    text = "".join([element.text or "", *(child.tail or "" for child in element)])
    if kind == "any":
        return text
    schema = kind if isinstance(kind, dict) else {}
    if any(XSI not in name for name, _ in element.items()) or (schema and text.strip()):
        raise Refusal(4070, element.tag)
    kinds = {label.rstrip("!"): inner for label, inner in schema.items()}
    members: dict[str, Any] = {}
    for child in element:
        name = child.tag.removeprefix(f"{{{WM}}}")
        inner = kinds.get(name)
        if isinstance(inner, list):
            members.setdefault(name, []).append(as_json(child, inner[0]))
        elif inner is None or name in members:
            raise Refusal(4070, child.tag)
        else:
            members[name] = as_json(child, inner)
    return members if isinstance(kind, dict) else text


def scalar(value: Any, kind: Kind, required: bool) -> Any:
    """The normal form of a valid scalar."""
    if kind in ("int32", "int64", "home", "partner"):
        number = int(value) if isinstance(value, str) and INTEGER.fullmatch(value) else value
        limit = 1 << (31 if kind == "int32" else 63)
        if type(number) is not int or not -limit <= number < limit:
            raise Refusal(4012 if kind == "home" else 4070)
        return number
    if not isinstance(kind, str) or not isinstance(value, str) or ILLEGAL_TEXT.search(value) or kind == "owned":
        raise Refusal(4070)
    if required and not value:
        raise Refusal(4070)
    if kind == "crypt" and value != "None":
        raise Refusal(4050)
    if kind == "email" and not re.fullmatch(r"([^@\s]+@[^@\s]+)?", value):
        raise Refusal(4628)
    if "|" not in kind:
        return value
    for word in kind.removeprefix("~").split("|"):
        if value == word or (kind.startswith("~") and value.lower() == word.lower()):
            return word
    raise Refusal(4070)


def check(value: Any, kind: Kind, required: bool, path: str, faults: list[Refusal]) -> Any:
    """The known part of a value in normal form; what is wrong with it is added to the faults."""
    if isinstance(kind, list) and isinstance(value, list):
        return [check(item, kind[0], required, path, faults) for item in value]
    if not isinstance(kind, dict) or not isinstance(value, dict):
        try:
            return scalar(value, kind, required)
        except Refusal as refusal:
            faults.append(Refusal(refusal.code, path))
            return None
    clean: dict[str, Any] = {}
    for label, inner in kind.items():
        name = label.rstrip("!")
        given = value.get(name)
        if given is None or (isinstance(inner, list) and given == []):
            if label != name:
                faults.append(Refusal(MISSING.get(name, 1020), f"{path}.{name}"))
        elif inner != "any":
            clean[name] = check(given, inner, label != name, f"{path}.{name}", faults)
    types = [phone.get("PhoneType") for phone in clean.get("PhoneNum") or [] if phone]
    repeated = [code for phone_type, code in REPEATED_PHONE.items() if types.count(phone_type) > 1]
    faults += [Refusal(code, f"{path}.PhoneNum") for code in repeated]
    return clean


def read_request(name: str, message: Any, answer: dict[str, Any]) -> dict[str, Any]:
    """Check a request without a look at the users; partnerID is put into the answer on the way."""
    stem, more = OPERATIONS[name]
    schema: Schema = {"RqUID!": "text", "SignonRq!": SIGNON, **more}
    if isinstance(message, Element):
        if message.tag.removeprefix(f"{{{WM}}}") != f"{stem}RqHeader":
            raise Refusal(600)
        attributes = {key: message.attrib.pop(key, None) for key in ("partnerID", "version")}
        message = as_json(message, schema) | attributes
    faults: list[Refusal] = []
    request: dict[str, Any] = check(message, ROOT | schema, True, "request", faults) or {}
    if request.get("partnerID") is not None:
        answer["partnerID"] = request["partnerID"]
    for fault in sorted(faults, key=lambda fault: LATE.get(fault.code, 0)):
        # Only createUser has codes of its own for email and phones.
        raise Refusal(4070 if fault.code > 4600 and name != "createUser" else fault.code, fault.detail)
    return request


def as_xml(name: str, value: Any, attributes: str = "") -> str:
    """Write a member of an answer as XML."""
    if isinstance(value, list):
        return "".join(as_xml(name, item) for item in value)
    if isinstance(value, dict):
        content = "".join(as_xml(member, inner) for member, inner in value.items())
    else:
        content = escape(str(value), {"\r": "&#13;"})
    tag, declaration = (f"wm:{name}", f' xmlns:wm="{WM}"') if name in IN_NAMESPACE else (name, "")
    return f"<{tag}{declaration}{attributes}>{content}</{tag}>"


def write(name: str, answer: dict[str, Any], is_json: bool) -> bytes:
    """Write an answer; in XML partnerID and version are attributes of its root."""
    if is_json:
        return json.dumps(answer, ensure_ascii=False).encode()
    attributes = "".join(f' {key}="{answer.pop(key)}"' for key in ("partnerID", "version") if key in answer)
    root = as_xml(f"{OPERATIONS[name][0]}RsHeader", answer, attributes)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{root}\n'.encode()


def status(code: int, detail: str = "") -> dict[str, Any]:
    """A Status aggregate."""
    text = f"Refused {detail}".strip() if code else "Carried out"
    return {"StatusCode": code, "StatusDesc": text, "Severity": "Error" if code else "Info"}


# ---------------------------------------------------------------- the service


def now() -> str:
    """The time in the form of the vendor's examples."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())


def merge(old: dict[str, Any], new: dict[str, Any]) -> dict[str, Any]:
    """Merge the members of an update into what is stored."""
    result = dict(old)
    for name, value in new.items():
        if isinstance(value, dict):
            result[name] = merge(result.get(name, {}), value)
        elif isinstance(value, list) and isinstance(value[0], dict):
            key = LIST_KEYS.get(name, "ParamName")
            result[name] = list({entry[key]: entry for entry in [*result.get(name, []), *value]}.values())
        else:
            result[name] = value
    return result


@dataclass
class Account:
    """A registered user or administrator."""

    password: str | None
    role: str
    profile: dict[str, Any]  # with the members that the server owns; never changed in place


class Service:
    """The users of one home and the operations on them."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.accounts: dict[tuple[int, str], Account] = {}
        self.ids = count(730_000_001)
        self.work = {
            "getUserProfile": self.read,
            "updateUserProfile": self.update,
            "createUser": self.create,
            "deleteUser": self.delete,
        }
        for user, password, role, name in ACCOUNTS.values():
            self.add(user, password, role, {"PersonInfo": {"PersonName": {"DisplayName": name}}})

    def add(self, user: str, password: str | None, role: str, profile: dict[str, Any]) -> int:
        """Register an account; returns its CEUserID."""
        number = next(self.ids)
        owned = {"HomeID": HOME, "UserID": user, "CEUserID": number, "PartnerID": PARTNER}
        person = {"NameAddrType": "Customer", "PersonName": {"DisplayName": user}, "RegisterDt": now()}
        self.accounts[HOME, user] = Account(password, role, merge({"PersonInfo": person}, profile | owned))
        return number

    def call(self, name: str, message: Any) -> tuple[int, dict[str, Any]]:
        """Carry out one operation; returns the code and the answer."""
        answer: dict[str, Any] = {"version": "3.2.1", "RqUID": f"FS-{secrets.token_hex(12)}", "Status": status(0)}
        code, outcome = 0, {"Status": status(0)}
        try:
            request = read_request(name, message, answer)
            with self.lock:
                caller = self.sign_on(request, answer)
                if name in self.work:
                    outcome |= self.work[name](caller, request)
        except Refusal as refusal:
            code, outcome = refusal.code, {"Status": status(refusal.code, refusal.detail)}
        # SignonRs, the aggregate of the signon operation, may be there already.
        answer.setdefault(f"{OPERATIONS[name][0]}Rs", outcome)
        return code, answer

    def sign_on(self, request: dict[str, Any], answer: dict[str, Any]) -> Account:
        """Find the caller and put SignonRs into the answer."""
        try:
            account = self.identify(request["partnerID"], request["SignonRq"])
        except Refusal as refusal:
            answer["SignonRs"] = {"Status": status(refusal.code)}
            raise
        answer["SignonRs"] = {"Status": status(0), "CEUserID": account.profile["CEUserID"]}
        account.profile = merge(account.profile, {"PersonInfo": {"LastLoginDt": now()}})
        return account

    def identify(self, partner: int, signon: dict[str, Any]) -> Account:
        """Find out who the caller is."""
        if partner not in HOMES.values():
            raise Refusal(4010)
        if "UserInfo" not in signon:
            raise Refusal(4090 if "SessionInfo" in signon else 1740)
        info = signon["UserInfo"]
        if HOMES.get(info["HomeID"]) != partner:
            raise Refusal(1740)
        account = self.accounts.get((info["HomeID"], info["UserID"]))
        if account is None:
            raise Refusal(4040)
        if account.password != info["UserPassword"]["CryptVal"]:
            raise Refusal(1740)
        if info["Role"] != account.role:
            raise Refusal(4130)
        if info.get("OBOUserID") not in (None, "", info["UserID"]):
            raise Refusal(4120)
        return account

    def read(self, caller: Account, _request: dict[str, Any]) -> dict[str, Any]:
        """Show the caller's profile."""
        return {"UserProfile": caller.profile}

    def update(self, caller: Account, request: dict[str, Any]) -> dict[str, Any]:
        """Merge the sent members into the caller's profile."""
        profile = request["UserProfileModRq"]["UserProfile"]
        if HOMES.get(profile["HomeID"]) != PARTNER:
            raise Refusal(4012)
        target = self.accounts.get((profile["HomeID"], profile["UserID"]))
        if target is not caller:
            raise Refusal(4120 if target else 4040)
        caller.profile = merge(caller.profile, profile)
        return {}

    def create(self, caller: Account, request: dict[str, Any]) -> dict[str, Any]:
        """Register a user in the administrator's home."""
        info, profile = request["UserAddRq"]["UserInfo"], request["UserAddRq"].get("UserProfile", {})
        user, password = info["UserID"], info.get("UserPassword", {}).get("CryptVal")
        if not re.fullmatch("[A-Za-z0-9_]{1,32}", user) or re.search("admin|cashedge|user", user, re.IGNORECASE):
            raise Refusal(4070, "UserInfo.UserID")
        if password is not None and not re.fullmatch("[!-~]{8,64}", password):
            raise Refusal(4070, "UserInfo.UserPassword")
        if self.administered(caller, info["HomeID"], user):
            raise Refusal(4030)
        return {"CEUserID": self.add(user, password, "User", profile)}

    def delete(self, caller: Account, request: dict[str, Any]) -> dict[str, Any]:
        """Remove a user and everything that belongs to it."""
        target = self.administered(caller, request["UserDelRq"]["HomeID"], request["UserDelRq"]["UserID"])
        if target is None or target.role == "Admin":
            raise Refusal(4130 if target else 4040)
        del self.accounts[HOME, target.profile["UserID"]]
        return {}

    def administered(self, caller: Account, home: int, user: str) -> Account | None:
        """The account that an administrator names, which has to be in the own home."""
        if caller.role != "Admin":
            raise Refusal(4130)
        if home != HOME:
            raise Refusal(4012)
        return self.accounts.get((home, user))


# ---------------------------------------------------------------- HTTP


class Handler(BaseHTTPRequestHandler):
    """Serves the operations, or redirects to the port that does."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # head and body leave in one write
    disable_nagle_algorithm = True
    timeout = 60
    server: Listener

    def send(self, status: int, body: bytes, headers: dict[str, str]) -> None:
        """Send an answer."""
        self.send_response_only(status)
        for name, value in {"Date": self.date_time_string(), "Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """Refuse a request; an unknown method or HTTP version is the client's fault, hence no 5xx."""
        self.close_connection = True
        headers = {"Content-Type": "text/plain; charset=us-ascii", "Connection": "close", "Allow": "POST"}
        self.send(code if code < 500 else 400, HTTPStatus(code).phrase.encode(), headers)

    def log_message(self, format: str, *args: Any) -> None:
        """Keep silent."""

    def serve(self) -> None:
        """Answer one request."""
        length = self.headers.get("Content-Length", "0")
        if "Transfer-Encoding" in self.headers or not re.fullmatch("[0-9]{1,7}", length):
            return self.send_error(400)
        body = self.rfile.read(int(length))
        if self.server.secure_port is not None:
            return self.send(308, b"", {"Location": f"https://127.0.0.1:{self.server.secure_port}{self.path}"})
        path = self.path.partition("?")[0]
        name = path.removeprefix(BASE)
        if path != BASE + name or name not in OPERATIONS:
            return self.send_error(404)
        if self.command != "POST":
            return self.send_error(405)
        media = self.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if not media:
            first = body.removeprefix(b"\xef\xbb\xbf").lstrip()[:1]
            media = "application/xml" if first == b"<" else "application/json"
        if media not in ("application/json", "application/xml", "text/xml"):
            return self.send_error(415)
        is_json = media == "application/json"
        try:
            message = parse(body, is_json)
        except ValueError:
            return self.send_error(400)
        code, answer = self.server.service.call(name, message)
        headers = {"Content-Type": f"{media};charset=UTF-8", "Cache-Control": "no-store"}
        if HTTP_STATUS.get(code) == 401:
            headers["WWW-Authenticate"] = 'SignonRq realm="AllData"'
        return self.send(HTTP_STATUS.get(code, 200), write(name, answer, is_json), headers)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = do_OPTIONS = serve


class Listener(ThreadingHTTPServer):
    """A listening socket with a thread of its own."""

    request_queue_size = 128

    def __init__(self, context: ssl.SSLContext | None, secure_port: int | None) -> None:
        self.secure_port = secure_port
        self.service = Service()
        super().__init__(("127.0.0.1", 0), Handler)
        if context is not None:
            self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)
        threading.Thread(target=self.serve_forever, args=(0.1,), daemon=True).start()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A broken connection is no event."""


class Server:
    """A running server: HTTPS with the API, plain HTTP with a redirect to it."""

    def __init__(self, certificate: Path) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        self.secure = Listener(context, None)
        self.port: int = self.secure.server_address[1]
        self.plain = Listener(None, self.port)
        self.plain_port: int | None = self.plain.server_address[1]

    def stop(self) -> None:
        """Stop both listeners."""
        for listener in (self.secure, self.plain):
            listener.shutdown()
            listener.server_close()


def start(certificate: Path) -> Server:
    """Serve HTTPS on a free port of 127.0.0.1 with the PEM file `certificate` (private key and chain in one file)."""
    return Server(certificate)
