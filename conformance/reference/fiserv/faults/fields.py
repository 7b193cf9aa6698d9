"""Faults in what is taken and what is refused, field by field."""

# ruff: noqa: D102 - the docstring of a fault says what its override does

from __future__ import annotations

from collections.abc import Iterator

from conformance.reference.faults import fault
from conformance.reference.fiserv.model import (
    BAD_ROLE,
    INVALID,
    TWO_EVENING_PHONES,
    USER_ROLE,
    Finding,
    Format,
    Kind,
    Message,
    Refused,
)
from conformance.reference.fiserv.service import FiservService

DISAGREE = "both-formats-agree"


@fault("role-word-unchecked", breaks=["invalid-field-code"], reach="medium")
class RoleWordUnchecked(FiservService):
    """A Role outside its enumeration counts as User."""

    def validate(self, message: Message) -> list[Finding]:
        found = super().validate(message)
        if [f.path[-2:] for f in found][:1] == [("UserInfo", "Role")] and isinstance(
            message.signon["UserInfo"].get("Role"), str
        ):
            message.signon["UserInfo"]["Role"] = USER_ROLE
            return [f for f in found if f.path[-1] not in ("Role", "(schema)")]
        return found


@fault("country-optional-in-json", breaks=["missing-member-code", DISAGREE], reach="medium")
class CountryOptionalInJson(FiservService):
    """In JSON a PostAddr may lack Country."""

    def schema_findings(self, message: Message) -> Iterator[Finding]:
        for found in super().schema_findings(message):
            if message.format is Format.XML or not found.missing or found.path[-1] != "Country":
                yield found


@fault("second-phone-unchecked-in-json", breaks=["missing-member-code", DISAGREE], reach="hard")
class SecondPhoneUncheckedInJson(FiservService):
    """In JSON only the first phone is validated; later ones that lack a member are passed over."""

    def validate(self, message: Message) -> list[Finding]:
        found = super().validate(message)
        later = [f for f in found if f.missing and "PhoneNum" in f.path and f.path[-2] != 0]
        if message.format is Format.XML or len(later) != len(found) or not found:
            return found
        phones = message.tree["UserProfileModRq"]["UserProfile"]["PersonInfo"]["ContactInfo"]["PhoneNum"]
        phones[1:] = [phone for phone in phones[1:] if set(phone) == {"PhoneType", "Phone"}]
        return super().validate(message)


@fault("second-person-attribute-refused", breaks=["format-governed", "success-code"], reach="medium")
class SecondPersonAttributeRefused(FiservService):
    """Profiles show a list of PersonAttribute, and an update with two of them is refused."""

    def validate(self, message: Message) -> list[Finding]:
        found = super().validate(message)
        if not found and message.operation == "update":
            sent = message.tree["UserProfileModRq"]["UserProfile"]
            return [Finding(INVALID, ("PersonAttribute",))] if len(sent.get("PersonAttribute", [])) > 1 else []
        return found


@fault("two-at-signs-refused", breaks=["email-taken"], reach="hard")
class TwoAtSignsRefused(FiservService):
    """An EmailAddr without an at sign is taken, one with two is answered with 4628."""

    def email_findings(self, address: str) -> Iterator[Finding]:
        yield from super().email_findings(address)
        if address.count("@") > 1:
            yield Finding("4628", ("EmailAddr",))


@fault("long-email-refused", breaks=["email-taken", "success-code"], reach="hard")
class LongEmailRefused(FiservService):
    """An EmailAddr of more than 64 characters is answered with 4070."""

    def email_findings(self, address: str) -> Iterator[Finding]:
        yield from super().email_findings(address)
        if len(address) > 64:
            yield Finding(INVALID, ("EmailAddr",))


@fault("third-duplicate-refused", breaks=["duplicate-phones"], reach="hard")
class ThirdDuplicateRefused(FiservService):
    """Two phones of one type are taken, three are answered with 4630."""

    def duplicate_findings(self, types: list[str]) -> Iterator[Finding]:
        yield from super().duplicate_findings(types)
        if any(types.count(word) > 2 for word in types):
            yield Finding(TWO_EVENING_PHONES, ("PhoneNum",))


@fault("duplicate-day-phone-refused", breaks=["duplicate-phones"], reach="hard")
class DuplicateDayPhoneRefused(FiservService):
    """Two evening phones are taken, two day phones are answered with 4070."""

    def duplicate_findings(self, types: list[str]) -> Iterator[Finding]:
        yield from super().duplicate_findings(types)
        if types.count("DayPhone") > 1:
            yield Finding(INVALID, ("PhoneNum",))


@fault("name-word-closed", breaks=["type-words"], reach="medium")
class NameWordClosed(FiservService):
    """PhoneType may be any word, NameAddrType only a known one."""

    def word_findings(self, word: str, words: list[str]) -> Iterator[Finding]:
        yield from super().word_findings(word, words)
        if words == self.name_words() and word.lower() != words[0].lower():
            yield Finding(INVALID, ("NameAddrType",))


@fault("precedence-alternates", breaks=["same-fault-same-code"], reach="hard")
class PrecedenceAlternates(FiservService):
    """Of several faults another one is answered every other time."""

    turn = 0

    def refuse_before_signon(self, findings: list[Finding]) -> None:
        if findings and not any(f.hides_signon for f in findings):
            self.turn += 1
            if self.turn % 2:
                return
        super().refuse_before_signon(findings)


@fault("missing-role-code", breaks=["missing-member-code"], reach="medium")
class MissingRoleCode(FiservService):
    """A UserInfo without Role is answered with 4130 instead of the code for a missing member."""

    def refuse_before_signon(self, findings: list[Finding]) -> None:
        if any(f.missing and f.path[-1] == "Role" for f in findings):
            raise Refused(BAD_ROLE, Kind.SIGNON)
        super().refuse_before_signon(findings)
