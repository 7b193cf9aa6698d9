"""What is wrong with a message before anybody looks at who sent it."""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator
from typing import Any

from jsonschema import ValidationError

from conformance.reference.fiserv.formats import NOT_TEXT, Formats
from conformance.reference.fiserv.model import (
    BAD_HOME,
    INVALID,
    MISSING,
    TWO_DAY_PHONES,
    TWO_EVENING_PHONES,
    UNSUPPORTED,
    Finding,
    Format,
    Kind,
    Message,
    Path,
    Refused,
    Tree,
)
from conformance.reference.fiserv.shape import form

TWICE = {"day": TWO_DAY_PHONES, "evening": TWO_EVENING_PHONES}
OWNED = ("CEUserID", "PartnerID")
WIDE = ("InstallID", "CEInviteClientID", *OWNED)
LONGEST = 100
LONGEST_ID = 36
RARE = ("Cn", "Co")  # categories of characters without a meaning of their own
DAYTIME = "DaytimePhone"
OWNED_PERSON = ("RegisterDt", "LastLoginDt", "Roles")


class Validation(Formats):
    """The part of the service that validates."""

    def validate(self, message: Message) -> list[Finding]:
        """Everything that is wrong with a message, what the schema says first."""
        found = list(self.schema_findings(message)) if not any(f.path == () for f in message.findings) else []
        found += message.findings
        if not found:
            found = list(self.field_findings(message))
        return found

    def schema_findings(self, message: Message) -> Iterator[Finding]:
        """What the JSON Schema of the request says, and text that no message may hold."""
        tree = message.tree
        for error in self.contract.validator(form(message.operation).request_schema).iter_errors(tree):
            path: Path = tuple(error.absolute_path)
            if self.skips_owned(path) or (message.format is Format.JSON and self.in_other_case(error)):
                continue
            if error.validator in ("minimum", "maximum") and path[-1] in WIDE and self.takes_wide(message.format):
                continue
            if error.validator == "required":
                names = [n for n in error.validator_value if n not in error.instance and repr(n) in error.message]
                yield from (self.missing_finding((*path, name)) for name in names)
            else:
                yield self.value_finding(path, error.instance)
        if self.reading("missing-partner") == "4070" and isinstance(tree, dict) and "partnerID" not in tree:
            yield self.left_out("missing-partner", ("partnerID",))
        yield from (Finding(INVALID, path) for path in _not_text(tree, ()))

    def takes_wide(self, format: Format) -> bool:
        """Whether integers of more bits than the description names are taken."""
        option = self.freedom("integer-width")
        return option == "unbounded" or (option == "unbounded-in-json" and format is Format.JSON)

    def in_other_case(self, error: ValidationError) -> bool:
        """Whether a value is a word of its enumeration in another letter case, and is taken."""
        if error.validator != "enum" or self.freedom("enumeration-case") != "any-in-json":
            return False
        words: Any = error.validator_value
        return str(error.instance).casefold() in [str(word).casefold() for word in words]

    def skips_owned(self, path: Path) -> bool:
        """Whether a value is not looked at because the server alone sets its member."""
        unlooked = self.freedom("shape-of-ignored") == "any" and self.reading("server-owned-members") == "ignored"
        owned = (*((name,) for name in OWNED), *(("PersonInfo", name) for name in OWNED_PERSON))
        return unlooked and path[:2] == ("UserProfileModRq", "UserProfile") and path[2:] in owned

    def missing_finding(self, path: Path) -> Finding:
        """How a missing mandatory member is answered."""
        if (
            path[-1] == "CryptType"
            and self.decider("unknown-crypt-type", "missing-member-code") == "unknown-crypt-type"
        ):
            return Finding(self.reading("unknown-crypt-type"), path, missing=True)
        return Finding(self.missing_code(path), path, missing=True)

    def namespace_code(self) -> str:
        """The code of a message in a namespace that is not taken: invalid, another message, or one without elements."""
        if self.decider("xml-request-namespace", "code-table") == "code-table":
            return UNSUPPORTED if self.reading("code-table") == "open" else INVALID
        if self.decider("xml-request-namespace", "missing-member-code") == "missing-member-code":
            return self.missing_code(("RqUID",))
        return INVALID

    def left_out(self, reading: str, path: Path) -> Finding:
        """How an optional member is answered that a reading calls missing."""
        missing = self.decider(reading, "missing-member-code") == "missing-member-code"
        return Finding(self.missing_code(path) if missing else INVALID, path, missing=True)

    def missing_code(self, path: Path) -> str:
        """The code for a missing mandatory member."""
        option = self.reading("missing-member-code")
        if option == "46xx":
            own = (c.code for c in self.contract.codes.values() if c.extra.get("missing") == path[-1])
            return next(own, self.freedom("other-missing-members"))
        return MISSING if option == "1020" else INVALID

    def value_finding(self, path: Path, value: Any) -> Finding:
        """How a value is answered that the schema refuses."""
        home = bool(path) and path[-1] == "HomeID"
        if home and isinstance(value, str) and value.isdigit():
            home = self.decider("malformed-home", "json-scalar-coercion") == "malformed-home"
        return Finding(BAD_HOME if home and self.reading("malformed-home") == "4012" else INVALID, path)

    # what the schema does not say

    def field_findings(self, message: Message) -> Iterator[Finding]:
        """What the readings say about the fields of a message that fits its schema."""
        part = message.tree.get(form(message.operation).request_part or "", {})
        profile = part.get("UserProfile")
        if len(message.tree["RqUID"]) > LONGEST_ID and self.freedom("long-request-ids") != "any":
            yield Finding(INVALID, ("RqUID",))
        if message.operation == "update":
            yield from self.update_findings(message, profile)
        if profile is None:
            return
        yield from self.owned_findings(profile)
        yield from self.text_findings(profile)
        yield from self.roles_findings(profile, message.format)
        person = profile.get("PersonInfo", {})
        contact = person.get("ContactInfo", {})
        if "EmailAddr" in contact:
            yield from self.email_findings(contact["EmailAddr"])
        if "NameAddrType" in person:
            yield from self.word_findings(person["NameAddrType"], self.name_words())
        phones = contact.get("PhoneNum", [])
        for phone in phones:
            yield from self.word_findings(phone["PhoneType"], self.phone_words())
        yield from self.duplicate_findings([self.canonical(p["PhoneType"], self.phone_words()) for p in phones])

    def update_findings(self, message: Message, profile: Tree) -> Iterator[Finding]:
        """What is wrong with an update, by rules that other operations do not have."""
        version: str = message.tree.get("version", "0")
        known = {"any": True, "numbered": version[:1].isdigit(), "none": "version" not in message.tree}
        if not known[self.freedom("request-version")]:
            yield Finding(INVALID, ("version",))
        if "GenSessInfo" in message.signon and self.freedom("session-of-update") == "refused":
            yield Finding(INVALID, ("SignonRq", "GenSessInfo"))
        if "HomeID" not in profile:
            yield from self.home_findings()

    def home_findings(self) -> Iterator[Finding]:
        """What is wrong with an update without UserProfile.HomeID."""
        if self.reading("missing-home") == "4070":
            yield self.left_out("missing-home", ("HomeID",))

    def owned_findings(self, profile: Tree) -> Iterator[Finding]:
        """What is wrong with members that only the server sets."""
        person = profile.get("PersonInfo", {})
        if self.reading("server-owned-members") == "4070" and any(
            name in part for names, part in ((OWNED, profile), (OWNED_PERSON, person)) for name in names
        ):
            yield Finding(INVALID, ("UserProfile",))

    def text_findings(self, profile: Tree) -> Iterator[Finding]:
        """What is wrong with texts, by rules of the service's own."""
        for text in _texts(profile):
            rare = any(unicodedata.category(letter) in RARE for letter in text)
            if rare and self.freedom("rare-characters") == "refused":
                yield Finding(INVALID, ("UserProfile",))
            if len(text) > LONGEST and self.freedom("long-texts") != "any":
                yield Finding(INVALID, ("UserProfile",))
            if text.isspace() and self.freedom("blank-texts") == "refused":
                yield Finding(INVALID, ("UserProfile",))

    def roles_findings(self, profile: Tree, format: Format) -> Iterator[Finding]:
        """What is wrong with Roles, by rules of the service's own."""
        option = self.freedom("roles-sent")
        refused = option == "refused" or (option == "refused-in-json" and format is Format.JSON)
        if refused and "Roles" in profile.get("PersonInfo", {}):
            yield Finding(INVALID, ("Roles",))

    def email_findings(self, address: str) -> Iterator[Finding]:
        """What is wrong with an e-mail address."""
        option = self.reading("invalid-email")
        if option != "accepted" and not _is_email(address):
            yield Finding(option, ("EmailAddr",))

    def phone_words(self) -> list[str]:
        """The words that PhoneType may be, where it may not be any."""
        evening, day = self.contract.data["phone_types"].example
        return [evening, DAYTIME if self.freedom("second-phone-word") == "daytime-phone" else day]

    def name_words(self) -> list[str]:
        """The words that NameAddrType may be, where it may not be any."""
        return [self.contract.data["name_addr_type"].example]

    def word_findings(self, word: str, words: list[str]) -> Iterator[Finding]:
        """What is wrong with a word of a list."""
        option = self.reading("type-spelling")
        known = {
            "free-string": True,
            "case-insensitive-enum": word.lower() in [w.lower() for w in words],
            "exact-enum": word in words,
        }
        if not known[option]:
            yield Finding(INVALID, ("word",))

    def canonical(self, word: str, words: list[str]) -> str:
        """The form in which a word of a list is stored."""
        if self.reading("type-spelling") != "case-insensitive-enum":
            return word
        return next((w for w in words if w.lower() == word.lower()), word)

    def duplicate_findings(self, types: list[str]) -> Iterator[Finding]:
        """What is wrong with several phones of one type."""
        option = self.reading("duplicate-phone")
        twice = [word for word, count in Counter(types).items() if count > 1]
        if option == "4070" and twice:
            yield Finding(INVALID, ("PhoneNum",))
        if option == "4629/4630":
            codes = (code for word in twice for part, code in TWICE.items() if word.lower().startswith(part))
            yield from (Finding(code, ("PhoneNum",)) for code in codes)

    # which finding counts

    def refuse_before_signon(self, findings: list[Finding]) -> None:
        """Raises what is answered without looking at the credentials.

        Raises:
            Refused: a finding wins over whatever the sign-on would say.
        """
        order = self.reading("fault-precedence")
        first = [f for f in findings if order == "schema-first" or f.hides_signon]
        if order == "any-applicable":
            first = [f for f in findings if f.missing] or first
        self.refuse(first)

    def refuse(self, findings: list[Finding]) -> None:
        """Raises the first finding, if there is one."""
        if findings:
            raise Refused(findings[0].code, Kind.INVALID)


def _is_email(address: str) -> bool:
    name, _, host = address.partition("@")
    return bool(name) and "@" not in host and "." in host[1:-1] and not any(c.isspace() for c in address)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts(inner)


def _not_text(value: Any, path: Path) -> Iterator[Path]:
    if isinstance(value, str):
        if NOT_TEXT.search(value):
            yield path
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _not_text(inner, (*path, name))
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _not_text(inner, (*path, place))
