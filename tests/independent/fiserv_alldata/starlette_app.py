"""A small in-memory server of the AllData user management services (Starlette on uvicorn, XML with lxml).

Readings of the contradictions
    F-C01 in-operation: UserProfile stands inside UserProfileModRs.
    F-C02 iff: every success carries it, no error does.
    F-C03 envelope-only: an error stands in the envelope Status; operation aggregate and SignonRs are left out of it.
    F-C04 always-200: every status code travels with HTTP 200 (bodies that yield no code: see F-C13, F-C30, media
        types).
    F-C05 auth-first: partnerID and SignonRq are judged first, then the rest of the schema, then home, then user, then
        replay.
    F-C06 4070 for a HomeID that is no integer.
    F-C07 defaulted: without HomeID the home of the signed-on user counts (in SignonRq: the first home of the partner).
    F-C08 4012-either: an unknown home gives 4012 in SignonRq and in UserProfile.
    F-C09 1740 for an unknown UserID in SignonRq.
    F-C10 4130 for a registered other user; an unregistered one is 4040, for that condition is stated.
    F-C11 replace-aggregate: PersonName and ContactInfo (with PostAddr and PhoneNum in it) are replaced whole when sent
        and kept when not; PersonInfo is only their container; lists and single values of the profile are replaced when
        sent.
    F-C12 46xx: 4600 RqUID (absent or empty), 4603 PersonName, 4620 UserProfile or UserProfileModRq; members without an
        own code in that family give 4070.
    F-C13 XML: http-400 (text body, no Status, so it does not meet F-C04); JSON: 4070.
    F-C14 accepted: email addresses are not validated, neither on creation.
    F-C15 exact-enum: PhoneType is DayPhone or EveningPhone, NameAddrType is Customer; other spellings are 4070.
    F-C16 accepted: repeated phone types are stored as sent on update (createUser answers 4629 or 4630).
    F-C17 1740 for an unknown CryptType in SignonRq; missing or empty is 4070; the new user's CryptType in createUser
        gives 4050.
    F-C18 signon-codes in the envelope (http-401/403 cannot stand beside F-C04 and the code 1740 of F-C09 and F-C17;
        next taken).
    F-C19 open: codes of the global table occur (600, 46xx).
    F-C20 exact: the six texts are those of the table.
    F-C21 numeric-string: StatusCode is a JSON string.
    F-C22 echo, on success and error, whenever RqUID was text in a parsable request.
    F-C23 rejected: a RqUID whose update was applied is refused with 4600 for the whole partner; a failed one may be
        used again; other operations neither record nor check it.
    F-C24 applied: CEUserID, RegisterDt, LastLoginDt, Roles and PartnerID are stored when sent (in XML and JSON) and
        kept when not.
    F-C25 JSON: 4070; XML: ignored.  The companion operations ignore unknown members in both.
    F-C26 accept-header: the best of Accept decides; a tie, absence or nothing usable falls back to the format of the
        request.
    F-C27 http://www.cashedge.com/wm on output; on input that or none (elements of other namespaces are unknown).
    F-C28 defaulted: without partnerID the partner of this installation counts, and its number is returned.
    F-C29 admin-may: an administrator may update every user of the own home.
    F-C30 error: the plain port answers 403 to everything.

Free choices
    - A home is invalid only when no partner has it: the home of another partner gives 4040 (UserProfile) or 1740
      (SignonRq).
    - Without Content-Type the first character decides between XML and JSON; media types other than the three give 415.
    - A DTD makes XML unparsable; another root element is 600; byte order marks are accepted; of repeated JSON members
      the last counts; a repeated XML element that is no list is 4070.
    - JSON null, numbers as text, floats, booleans for text and integers beyond their width (partnerID: 64 bits) are
      4070.
    - Characters that XML 1.0 cannot carry (and lone surrogates) are 4070.  Empty strings are values, except RqUID and
      CryptType.
    - Roles may be text, an array of texts or {"Role": text or array}.
    - The role of the sign-on must be the role of the account, else 4130.  Only CryptType None exists.
    - partnerID (the effective one) and version 2.0.3 stand in each answer whose partnerID could be read.
    - The answer to an unparsable JSON request has no RqUID.  SignonRs has CEUserID and PasswordExpired; a session token
      stands in SignonRs.SessInfo.SessionToken, in every operation that asks for it by GenSessInfo; it expires after 18
      idle minutes.
    - LastLoginDt is set by the signon service alone.  SignonRs.CEUserID is the CEUserID of the profile.
    - createUser: CEUserID and RegisterDt are issued by the server; words forbidden in a UserID are compared in the
      printed case; a user without password cannot sign on; UserProfile may be absent; only the own home of the
      administrator, else 4130.  deleteUser: administrators cannot be deleted (4130).
    - Answers are chunked, without Server header, header names in lower case; compact JSON in ASCII; up to 1 ms of
      latency.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import secrets
import socket
import threading
import time
from collections.abc import Awaitable, Callable
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any, NamedTuple

import uvicorn
from lxml import etree
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

NAMESPACE = "http://www.cashedge.com/wm"
BASE = "/WealthManagementWeb/ws/UserMgmt/"
PARTNER, OTHER_PARTNER = 61070000, 61990000
HOME, OTHER_HOME, OTHER_PARTNER_HOME = 61070014, 61070023, 61990005
HOMES = {HOME: PARTNER, OTHER_HOME: PARTNER, OTHER_PARTNER_HOME: OTHER_PARTNER}
SESSION_SECONDS = 18 * 60
PHONE_TYPES = ("DayPhone", "EveningPhone")
SEED_ACCOUNTS = [
    ("mbrandt_71", "Lime-Tree#71", "User", "Mara", "Brandt"),
    ("okoro_j", "Harbour+Fog_9", "User", "Jide", "Okoro"),
    ("ops_lead_61", "Granite!Step61", "Admin", "Olga", "Lindh"),
]

TARGET: dict[str, Any] = {
    "credentials": {
        "partner": str(PARTNER),
        "home": str(HOME),
        "user": SEED_ACCOUNTS[0][0],
        "user_password": SEED_ACCOUNTS[0][1],
        "second_user": SEED_ACCOUNTS[1][0],
        "second_user_password": SEED_ACCOUNTS[1][1],
        "admin": SEED_ACCOUNTS[2][0],
        "admin_password": SEED_ACCOUNTS[2][1],
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
    "readings": {},
    "operations": {},
}

TEXTS = {
    0: "Success",
    100: "General Error",
    600: "Unsupported message",
    1740: "Authentication Failed",
    4010: "Invalid partnerID",
    4012: "Invalid HomeID",
    4030: "User already registered",
    4040: "User not registered",
    4050: "Invalid encryption scheme",
    4070: "Validation failure",
    4090: "Invalid SessInfo",
    4130: "Invalid role",
    4600: "Request ID is required",
    4603: "Person Name is required",
    4620: "User Profile is required",
    4629: "More than one Day Phone",
    4630: "More than one Evening Phone",
}


class Failure(Exception):
    """A status code with severity Error."""

    def __init__(self, code: int, text: str | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.text = text or TEXTS[code]


class Unparsable(Exception):
    """The body is not a document of its format."""


# --- The schema of the requests -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Member:
    """One member of a request: its kind, the code of its absence (None: optional), whether it is a list."""

    kind: str | tuple[str, ...] | dict[str, Member] = "text"
    missing: int | None = None
    many: bool = False


def _pair(name: str, value: str) -> Member:
    return Member({name: Member(missing=4070), value: Member(missing=4070)}, many=True)


TEXT, INT64, ANY = Member(), Member("int64"), Member("any")
ROLE = Member(("User", "Admin", "Advisor", "CSR"), 4070)
PASSWORD = Member({"CryptType": Member(missing=4070), "CryptVal": Member(missing=4070)}, 4070)
SIGNON = Member(
    {
        "UserInfo": Member(
            {
                "UserID": Member(missing=4070),
                "HomeID": INT64,
                "UserPassword": PASSWORD,
                "AlldataToken": TEXT,
                "Role": ROLE,
                "OBOUserID": TEXT,
                "CreateUserIfNotExists": ANY,
            }
        ),
        "SessionInfo": Member({"SessionToken": Member(missing=4070), "Role": Member(ROLE.kind), "HomeID": TEXT}),
        "GenSessInfo": Member(("true", "false")),
        "Preferences": ANY,
        "RoleDetail": ANY,
        "InstallID": ANY,
        "SimulatedUserDetails": ANY,
        "MFAQuestions": ANY,
    },
    4070,
)
POST_ADDR = Member(
    {
        "Addr1": Member(missing=4070),
        "Addr2": TEXT,
        "City": TEXT,
        "StateProv": TEXT,
        "PostalCode": TEXT,
        "Country": Member(missing=4070),
    }
)
PHONE = Member({"PhoneType": Member(PHONE_TYPES, 4070), "Phone": Member(missing=4070)}, many=True)
PERSON_INFO = Member(
    {
        "NameAddrType": Member(("Customer",), 4070),
        "PersonName": Member({"LastName": TEXT, "FirstName": TEXT, "MiddleName": TEXT, "DisplayName": TEXT}, 4603),
        "ContactInfo": Member({"PhoneNum": PHONE, "EmailAddr": TEXT, "PostAddr": POST_ADDR}),
        "RegisterDt": TEXT,
        "LastLoginDt": TEXT,
        "Roles": Member("roles"),
    }
)
PROFILE: dict[str, Member] = {
    "HomeID": INT64,
    "UserID": Member(missing=4070),
    "AppID": TEXT,
    "CEUserID": INT64,
    "PersonInfo": PERSON_INFO,
    "EntitlementInfo": Member({"OfficeID": Member(missing=4070, many=True)}),
    "AdvCEUserIDList": Member({"AdvCEUserID": Member("int64", many=True)}),
    "AdvCEUserNameList": Member({"AdvCEUserName": Member(many=True)}),
    "ClientProperty": _pair("ParamName", "ParamVal"),
    "PersonProperty": _pair("ParamName", "ParamVal"),
    "PersonAttribute": _pair("AttrName", "AttrVal"),
    "AdvisorRegStatus": Member(("F", "P")),
    "AdvisorID": TEXT,
    "AdvisorType": TEXT,
    "ClientStatus": TEXT,
    "PersonStatus": TEXT,
    "CEInviteClientID": INT64,
    "PartnerID": INT64,
    "InstallID": Member("int32"),
}
NEW_USER = Member(
    {
        "UserID": Member(missing=4070),
        "HomeID": INT64,
        "UserPassword": Member(PASSWORD.kind),
        "RoleDetail": ANY,
        "PartnerID": INT64,
    },
    4070,
)
MODIFY = {"UserProfile": Member(PROFILE, 4620)}
ADD = {"UserInfo": NEW_USER, "UserProfile": Member(PROFILE), "CSRAccessibleHome": ANY}
DELETE = {"HomeID": INT64, "UserID": Member(missing=4070)}
INQUIRE = {"IncludeDetail": Member(many=True)}

LIMITS = {"int64": 2**63, "int32": 2**31}
NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
INTEGER = re.compile(r"[+-]?[0-9]{1,20}")


def check(value: Any, member: Member, strict: bool) -> None:
    """Raise a Failure unless the value fits the member; unknown members of aggregates fail when strict."""
    if not member.many:
        return _check_one(value, member, strict)
    if not isinstance(value, list):
        raise Failure(4070)
    for item in value:
        _check_one(item, member, strict)


def _check_one(value: Any, member: Member, strict: bool) -> None:
    kind = member.kind
    if isinstance(kind, dict):
        if not isinstance(value, dict) or (strict and any(name not in kind for name in value)):
            raise Failure(4070)
        for name, inner in kind.items():
            if name in value:
                check(value[name], inner, strict)
            elif inner.missing is not None:
                raise Failure(inner.missing)
    elif isinstance(kind, tuple):
        if not isinstance(value, str) or value not in kind:
            raise Failure(4070)
    elif kind == "text":
        if not isinstance(value, str) or NOT_XML.search(value):
            raise Failure(4070)
    elif kind in LIMITS:
        if type(value) is not int or not -LIMITS[kind] <= value < LIMITS[kind]:
            raise Failure(4070)
    elif kind == "roles":
        roles = value["Role"] if isinstance(value, dict) and list(value) == ["Role"] else value
        for role in roles if isinstance(roles, list) else [roles]:
            _check_one(role, TEXT, strict)


def read_json(body: bytes) -> Any:
    """Parse a JSON body; NaN and its like are refused."""

    def refuse(constant: str) -> Any:
        raise ValueError(constant)

    try:
        return json.loads(body.decode("utf-8-sig"), parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        raise Unparsable from error


def read_xml(body: bytes) -> etree._Element:
    """Parse an XML body; document type declarations are refused, so that no entity is ever expanded or fetched."""
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    if b"<!DOCTYPE" in body:
        raise Unparsable
    try:
        root = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        raise Unparsable from error
    docinfo: Any = root.getroottree().docinfo
    if docinfo.doctype:
        raise Unparsable
    return root


def _local(element: etree._Element) -> str | None:
    name = etree.QName(element)
    return name.localname if name.namespace in (None, "", NAMESPACE) else None


def from_xml(element: etree._Element, member: Member) -> Any:
    """Bring an element into the form that the JSON request has; unknown children are ignored."""
    kind, text = member.kind, element.text or ""
    children = [child for child in element if isinstance(child.tag, str)]
    if isinstance(kind, dict):
        if not children and text.strip():
            return text
        result: dict[str, Any] = {}
        for child in children:
            name = _local(child)
            if name is None or name not in kind:
                continue
            value = from_xml(child, kind[name])
            if kind[name].many:
                result.setdefault(name, []).append(value)
            else:
                result[name] = None if name in result else value  # None never validates
        return result
    if kind == "any":
        return text
    if kind == "roles" and children:
        return {"Role": [child.text or "" for child in children if _local(child) == "Role"]}
    if children:
        return None
    if isinstance(kind, str) and kind in LIMITS and INTEGER.fullmatch(text.strip()):
        return int(text)
    return text


# --- The answers ----------------------------------------------------------------------------------------------------


def status(code: int, text: str | None = None) -> dict[str, str]:
    """A Status aggregate."""
    return {"StatusCode": str(code), "Severity": "Error" if code else "Info", "StatusDesc": text or TEXTS[code]}


def to_xml(root_name: str, answer: dict[str, Any]) -> bytes:
    """Write an answer as XML; partnerID and version become attributes of the root."""
    root = etree.Element(f"{{{NAMESPACE}}}{root_name}", nsmap={None: NAMESPACE})  # type: ignore[dict-item]

    def add(parent: etree._Element, name: str, value: Any) -> None:
        for item in value if isinstance(value, list) else [value]:
            child = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}")
            if isinstance(item, dict):
                for inner_name, inner in item.items():
                    add(child, inner_name, inner)
            else:
                child.text = NOT_XML.sub("\ufffd", str(item))

    for name, value in answer.items():
        if name in ("partnerID", "version"):
            root.set(name, str(value))
        else:
            add(root, name, value)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


MEDIA_TYPES = ("application/json", "application/xml", "text/xml")


def negotiate(accept: str, own: str) -> str:
    """The media type that the Accept header likes best; the request's own type wins ties and unusable headers."""
    best, best_quality = own, 0.0
    for media_type in (own, *MEDIA_TYPES):
        quality, precision = 0.0, -1
        for entry in accept.lower().split(","):
            name, *parameters = (part.strip() for part in entry.split(";"))
            ranges = (media_type, media_type.split("/")[0] + "/*", "*/*")
            if name not in ranges or 2 - ranges.index(name) <= precision:
                continue
            precision, quality = 2 - ranges.index(name), 1.0
            for parameter in parameters:
                if re.fullmatch(r"q=[01](\.[0-9]*)?", parameter):
                    quality = float(parameter[2:])
        if quality > best_quality:
            best, best_quality = media_type, quality
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


@dataclass
class Answer:
    """The two aggregates of a successful answer: SignonRs and that of the operation."""

    signon: dict[str, Any]
    result: dict[str, Any] = field(default_factory=dict)


Operation = Callable[["Directory", Account, dict[str, Any], str], dict[str, Any]]


@dataclass(frozen=True)
class Service:
    """One service: stem of its root names, name and schema of its aggregate, code of a missing aggregate, operation."""

    stem: str
    aggregate: str | None
    schema: dict[str, Member]
    missing: int | None
    strict: bool
    operation: Operation

    def root(self) -> Member:
        """The schema of the whole request."""
        members = {"partnerID": INT64, "version": TEXT, "RqUID": Member(missing=4600), "SignonRq": SIGNON}
        if self.aggregate:
            members[self.aggregate + "Rq"] = Member(self.schema, self.missing)
        return Member(members)


class Directory:
    """The users of all homes, with the operations on them."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.accounts: dict[Key, Account] = {}
        self.sessions: dict[str, tuple[Key, float]] = {}
        self.applied: set[tuple[int, str]] = set()
        self.numbers = count(730011, 7)
        for user_id, password, role, first, last in SEED_ACCOUNTS:
            person = {"NameAddrType": "Customer", "PersonName": {"LastName": last, "FirstName": first}}
            self.register(Key(PARTNER, HOME, user_id), password, role, {"PersonInfo": person})

    def register(self, key: Key, password: str | None, role: str, profile: dict[str, Any]) -> Account:
        """Add an account and give it a CEUserID and a date of registration."""
        own = {"HomeID": key.home, "UserID": key.user_id, "CEUserID": next(self.numbers)}
        stored = {**profile, **own}
        if "PersonInfo" in stored:
            stored["PersonInfo"] = {**stored["PersonInfo"], "RegisterDt": _now()}
        self.accounts[key] = Account(key, password, role, stored)
        return self.accounts[key]

    def sign_on(self, partner: int, request: dict[str, Any]) -> Account:
        """Authenticate the caller."""
        if partner not in HOMES.values():
            raise Failure(4010)
        if "UserInfo" in request:
            account = self._by_password(partner, request["UserInfo"])
            role = request["UserInfo"]["Role"]
        elif "SessionInfo" in request:
            account = self._by_token(partner, request["SessionInfo"])
            role = request["SessionInfo"].get("Role", account.role)
        else:
            raise Failure(4070)
        if role != account.role:
            raise Failure(4130)
        return account

    def _by_password(self, partner: int, info: dict[str, Any]) -> Account:
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

    def _by_token(self, partner: int, info: dict[str, Any]) -> Account:
        home = info.get("HomeID")
        if home is not None and not INTEGER.fullmatch(home):
            raise Failure(4070)
        if home is not None and int(home) not in HOMES:
            raise Failure(4012)
        key, used = self.sessions.get(info["SessionToken"], (None, 0.0))
        if key is None or key not in self.accounts or time.monotonic() - used > SESSION_SECONDS:
            raise Failure(4090)
        if key.partner != partner or (home is not None and int(home) != key.home):
            raise Failure(4090)
        self.sessions[info["SessionToken"]] = (key, time.monotonic())
        return self.accounts[key]

    def find(self, caller: Account, home: int, user_id: str) -> Account:
        """The registered user that a request names."""
        if home not in HOMES:
            raise Failure(4012)
        account = self.accounts.get(Key(caller.key.partner, home, user_id))
        if account is None:
            raise Failure(4040)
        return account

    def run(self, service: Service, envelope: Any, answer: dict[str, Any]) -> Answer:
        """Carry out one request whose body could be parsed; partnerID and RqUID are put into the answer on the way."""
        if not isinstance(envelope, dict):
            raise Failure(4070)
        if isinstance(envelope.get("RqUID"), str):
            answer["RqUID"] = envelope["RqUID"]
        partner = envelope.get("partnerID", PARTNER)
        check(partner, INT64, service.strict)
        answer.update(partnerID=partner, version="2.0.3")
        if "SignonRq" not in envelope:
            raise Failure(4070)
        check(envelope["SignonRq"], SIGNON, service.strict)
        account = self.sign_on(partner, envelope["SignonRq"])
        check(envelope, service.root(), service.strict)
        if not envelope["RqUID"]:
            raise Failure(4600)
        body = envelope.get(f"{service.aggregate}Rq", {})
        result = service.operation(self, account, body, envelope["RqUID"])
        signon = {"Status": status(0), "CEUserID": account.profile["CEUserID"], "PasswordExpired": "false"}
        if envelope["SignonRq"].get("GenSessInfo") == "true":
            token = secrets.token_hex(20)
            self.sessions[token] = (account.key, time.monotonic())
            signon["SessInfo"] = {"SessionToken": token}
        return Answer(signon, {"Status": status(0), **result})


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _update(directory: Directory, caller: Account, body: dict[str, Any], request_id: str) -> dict[str, Any]:
    change = body["UserProfile"]
    target = directory.find(caller, change.get("HomeID", caller.key.home), change["UserID"])
    if target is not caller and (caller.role != "Admin" or target.key.home != caller.key.home):
        raise Failure(4130)
    if (caller.key.partner, request_id) in directory.applied:
        raise Failure(4600, "Request ID was used before")
    directory.applied.add((caller.key.partner, request_id))
    for name, value in change.items():
        if name == "PersonInfo":
            target.profile[name] = {**target.profile.get(name, {}), **value}
        elif name in PROFILE and name not in ("HomeID", "UserID"):
            target.profile[name] = value
    return {"UserProfile": deepcopy(target.profile)}


def _inquire(directory: Directory, caller: Account, body: dict[str, Any], request_id: str) -> dict[str, Any]:
    return {"UserProfile": deepcopy(caller.profile)}


def _known(value: Any, member: Member) -> Any:
    """The value without members that the schema does not know."""
    if isinstance(value, list):
        return [_known(item, member) for item in value]
    if isinstance(member.kind, dict) and isinstance(value, dict):
        return {name: _known(inner, member.kind[name]) for name, inner in value.items() if name in member.kind}
    return value


def _create(directory: Directory, caller: Account, body: dict[str, Any], request_id: str) -> dict[str, Any]:
    info, profile = body["UserInfo"], body.get("UserProfile", {})
    user_id, home, password = info["UserID"], info.get("HomeID", caller.key.home), info.get("UserPassword")
    if caller.role != "Admin":
        raise Failure(4130)
    if home not in HOMES:
        raise Failure(4012)
    if info.get("PartnerID", caller.key.partner) != caller.key.partner:
        raise Failure(4010)
    if home != caller.key.home:
        raise Failure(4130)
    if password and password["CryptType"] != "None":
        raise Failure(4050 if password["CryptType"] else 4070)
    if password and not re.fullmatch(r"[!-~]{8,64}", password["CryptVal"]):
        raise Failure(4070)
    if not re.fullmatch(r"[A-Za-z0-9_]{1,32}", user_id) or re.search("admin|CashEdge|user", user_id):
        raise Failure(4070)
    if profile and profile["UserID"] != user_id:
        raise Failure(4070)
    phones = [item["PhoneType"] for item in profile.get("PersonInfo", {}).get("ContactInfo", {}).get("PhoneNum", [])]
    if phones.count("DayPhone") > 1:
        raise Failure(4629)
    if phones.count("EveningPhone") > 1:
        raise Failure(4630)
    key = Key(caller.key.partner, home, user_id)
    if key in directory.accounts:
        raise Failure(4030)
    known = _known(profile, Member(PROFILE))
    account = directory.register(key, password["CryptVal"] if password else None, "User", known)
    return {"CEUserID": account.profile["CEUserID"]}


def _delete(directory: Directory, caller: Account, body: dict[str, Any], request_id: str) -> dict[str, Any]:
    if caller.role != "Admin":
        raise Failure(4130)
    target = directory.find(caller, body.get("HomeID", caller.key.home), body["UserID"])
    if target.role == "Admin" or target.key.home != caller.key.home:
        raise Failure(4130)
    del directory.accounts[target.key]
    return {}


def _signon(directory: Directory, caller: Account, body: dict[str, Any], request_id: str) -> dict[str, Any]:
    person = caller.profile.setdefault("PersonInfo", {"NameAddrType": "Customer", "PersonName": {}})
    caller.profile["PersonInfo"] = {**person, "LastLoginDt": _now()}
    return {}


SERVICES = {
    "updateUserProfile": Service("UserProfileMod", "UserProfileMod", MODIFY, 4620, True, _update),
    "getUserProfile": Service("UserProfileInq", "UserProfileInq", INQUIRE, None, False, _inquire),
    "createUser": Service("UserAdd", "UserAdd", ADD, 4070, False, _create),
    "deleteUser": Service("UserDel", "UserDel", DELETE, 4070, False, _delete),
    "signon": Service("Signon", None, {}, None, False, _signon),
}


def serve(directory: Directory, service: Service, media_type: str, accept: str, body: bytes) -> tuple[str, bytes]:
    """Answer one body; gives the media type and the body of the answer."""
    answer: dict[str, Any] = {}
    try:
        envelope: Any
        if media_type == "application/json":
            try:
                envelope = read_json(body)
            except Unparsable as error:
                raise Failure(4070) from error
        else:
            root = read_xml(body)
            envelope = from_xml(root, service.root())
            for name in ("partnerID", "version"):
                if isinstance(envelope, dict):
                    envelope.pop(name, None)
                    if name in root.attrib:
                        text = str(root.attrib[name])
                        is_number = name == "partnerID" and INTEGER.fullmatch(text.strip())
                        envelope[name] = int(text) if is_number else text
            if _local(root) != service.stem + "RqHeader":
                if isinstance(envelope, dict) and isinstance(envelope.get("RqUID"), str):
                    answer["RqUID"] = envelope["RqUID"]
                raise Failure(600)
        outcome = directory.run(service, envelope, answer)
        answer["Status"] = status(0)
        answer["SignonRs"] = outcome.signon
        if service.aggregate:
            answer[service.aggregate + "Rs"] = outcome.result
    except Failure as failure:
        answer["Status"] = status(failure.code, failure.text)
    except Unparsable:
        raise
    except Exception:  # whatever is overlooked here is the vendor's General Error, never a 5xx
        answer["Status"] = status(100)
    chosen = negotiate(accept, media_type)
    if chosen == "application/json":
        return chosen, json.dumps(answer, separators=(",", ":")).encode()
    return chosen + "; charset=UTF-8", to_xml(service.stem + "RsHeader", answer)


# --- HTTP -----------------------------------------------------------------------------------------------------------


def _endpoint(directory: Directory, service: Service) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        body = await request.body()
        media_type = request.headers.get("content-type", "").split(";")[0].strip().lower()
        if not media_type:
            start_of_body = body.removeprefix(b"\xef\xbb\xbf").lstrip()
            media_type = "application/xml" if start_of_body.startswith(b"<") else "application/json"
        if media_type not in MEDIA_TYPES:
            return PlainTextResponse("Send application/json, application/xml or text/xml.", 415)
        await asyncio.sleep(random.random() / 1000)
        try:
            with directory.lock:
                chosen, content = serve(directory, service, media_type, request.headers.get("accept", ""), body)
        except Unparsable:
            return PlainTextResponse("The request is not a well-formed XML document.", 400)
        response = Response(content)
        response.raw_headers = [(b"content-type", chosen.encode("latin-1")), (b"cache-control", b"no-store")]
        return response

    return endpoint


async def _refuse(request: Request) -> Response:
    return PlainTextResponse("This service is offered over SSL/TLS only.", 403)


class _Listener:
    """One uvicorn server in a thread."""

    def __init__(self, app: Starlette, certificate: Path | None) -> None:
        # The explicit protocol makes asyncio set TCP_NODELAY on the accepted sockets.
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self.socket.bind(("127.0.0.1", 0))
        self.port: int = self.socket.getsockname()[1]
        config = uvicorn.Config(
            app,
            http="h11",
            loop="asyncio",
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="critical",
            access_log=False,
            server_header=False,
            timeout_keep_alive=60,
            timeout_graceful_shutdown=1,
            ssl_certfile=str(certificate) if certificate else None,
        )
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run, args=([self.socket],), daemon=True)
        self.thread.start()
        while not self.server.started and self.thread.is_alive():
            time.sleep(0.005)

    def stop(self) -> None:
        """Ask the server to end."""
        self.server.should_exit = True

    def join(self) -> None:
        """Wait for the end."""
        self.thread.join(0.4)
        self.server.force_exit = True
        self.thread.join(0.5)
        self.socket.close()


class Server:
    """A running server: the services over HTTPS, and a port for plain HTTP that refuses them."""

    def __init__(self, certificate: Path) -> None:
        directory = Directory()
        routes = [
            Route(BASE + name, _endpoint(directory, service), methods=["POST"]) for name, service in SERVICES.items()
        ]
        app = Starlette(routes=routes)
        app.router.redirect_slashes = False
        methods = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
        plain = Starlette(routes=[Route("/{path:path}", _refuse, methods=methods)])
        self._listeners = [_Listener(app, certificate), _Listener(plain, None)]
        self.port: int = self._listeners[0].port
        self.plain_port: int | None = self._listeners[1].port

    def stop(self) -> None:
        """Stop the threads and close the sockets."""
        for listener in self._listeners:
            listener.stop()
        for listener in self._listeners:
            listener.join()


def start(certificate: Path) -> Server:
    """Serve HTTPS on a free port of 127.0.0.1 with the PEM file `certificate` (private key and chain in one file)."""
    return Server(certificate)
