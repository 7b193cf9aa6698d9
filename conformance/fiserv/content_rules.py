"""What an otherwise right profile may lead to: words of types, e-mail addresses, phones, server-owned members."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from conformance.fiserv.asked import Asked
from conformance.fiserv.form_rules import PROFILE, SERVER_OWNED
from conformance.fiserv.rules import SUCCESS, Codes, Expectation, Fault, Taken
from conformance.fiserv.world import World
from conformance.judge.readings import Readings
from conformance.target.model import Target
from strategies.fiserv.profiles import DESCRIBED, REFERRING
from strategies.fiserv.schema import at

CONTENT = "content"
PLAIN_EMAIL = re.compile(r"[A-Za-z0-9]+@[a-z0-9]+(\.[a-z0-9]+)*\.com")
INVENTED = re.compile(r"Zq\d+xvj")  # words that the strategies make up
# Members whose shape no document gives, or of which none says whether a client may send them.
SHAPELESS = ("AdvCEUserIDList", "AdvCEUserNameList")
ROLES = ("PersonInfo", "Roles")
LONGEST = 100  # characters that every service takes in a text
LONGEST_ID = 36  # characters of a UUID
NO_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0, section 2.2
UNASSIGNED = ("Cn", "Co")  # categories of characters that a careful service may refuse in a name


class ContentRules:
    """Judges the values of a profile."""

    def __init__(self, readings: Readings, codes: Codes, target: Target, world: World) -> None:
        self.readings = readings
        self.world = world
        self.codes = codes
        # Of the words for phones one alone is documented.
        types = target.data.get("phone_types") or codes.contract.data["phone_types"].example[:1]
        self.phone_types = tuple(str(word) for word in types)
        self.name_type = str(target.data.get("name_addr_type") or "Customer")

    def apply(self, asked: Asked, expected: Expectation) -> None:
        """Adds what the values of the profile lead to."""
        profile = asked.get(*PROFILE)
        if not isinstance(profile, dict):
            return
        self._undescribed(profile, expected)
        if any(NO_XML.search(text) for text in _texts(asked.content)):
            expected.doubt("characters that XML cannot carry")
        if any(not text.strip() or len(text) > LONGEST for text in _texts(profile)):
            expected.doubt("a blank or a very long text")
        if any(unicodedata.category(letter) in UNASSIGNED for text in _texts(profile) for letter in text):
            expected.doubt("characters that are unassigned or private")
        identifier = asked.get("RqUID")
        if isinstance(identifier, str) and (not identifier.strip() or len(identifier) > LONGEST_ID):
            expected.doubt("a blank or a long RqUID")
        if asked.get("version") is not None:
            expected.doubt("a version, and no document says which there are")
        if _has_empty_list(profile):
            expected.doubt("an empty list")
        contact = at(profile, "PersonInfo", "ContactInfo")
        self._email(at(contact, "EmailAddr"), expected)
        self._word(at(profile, "PersonInfo", "NameAddrType"), (self.name_type,), expected)
        listed = at(contact, "PhoneNum")
        if isinstance(listed, list):
            self._phones([item for item in listed if isinstance(item, dict)], expected)
        self._owned(profile, expected)

    def _undescribed(self, profile: dict[str, Any], expected: Expectation) -> None:
        """Doubts about members whose shape, or whose meaning, no document under test gives."""
        if any(member in profile for member in (*REFERRING, *SHAPELESS)):
            expected.doubt("members that name something else")
        guessed = [name for name in DESCRIBED if name in profile and name not in self.world.shown]
        if guessed:
            expected.doubt(f"{guessed[0]}, of which no read has shown the shape")
        if at(profile, *ROLES) is not None:
            expected.doubt("roles")
        if "EntitlementInfo" in profile:
            expected.doubt("entitlements")

    def _email(self, email: Any, expected: Expectation) -> None:
        if not isinstance(email, str) or not email.strip() or PLAIN_EMAIL.fullmatch(email):
            return
        codes = self.codes.chosen("invalid-email", taken="accepted")
        if codes == {SUCCESS}:
            expected.taken.append(Taken("email-taken", "invalid-email"))
            return
        if "@" in email:
            codes |= {SUCCESS}
        expected.faults.append(
            Fault("EmailAddr is no address", ("email-taken",), codes, CONTENT, reading="invalid-email")
        )

    def _word(self, word: Any, known: tuple[str, ...], expected: Expectation) -> None:
        options = self.readings.possible("type-spelling")
        if not isinstance(word, str):
            return
        if word in known or options == {"free-string"}:
            expected.taken.append(Taken("type-words", "type-spelling"))
            return
        other_case = word.casefold() in [each.casefold() for each in known]
        taking = {"free-string", "case-insensitive-enum"} if other_case else {"free-string"}
        codes: frozenset[str] = frozenset()
        if options & taking or not (other_case or INVENTED.fullmatch(word)):
            codes |= {SUCCESS}
        if options - taking:
            codes |= self.codes("invalid")
        if codes == {SUCCESS}:
            expected.taken.append(Taken("type-words", "type-spelling"))
        else:
            expected.faults.append(Fault(f"the word {word}", ("type-words",), codes, CONTENT, reading="type-spelling"))

    def _phones(self, phones: list[dict[str, Any]], expected: Expectation) -> None:
        types = [str(phone.get("PhoneType")) for phone in phones]
        for word in types:
            self._word(word, self.phone_types, expected)
        if any(not str(phone.get("Phone")).isdigit() for phone in phones):
            expected.doubt("a phone number that is not of digits")
        folded = [word.casefold() for word in types]
        if len(set(types)) == len(types):
            if len(set(folded)) != len(folded) or len(types) > len(self.phone_types):
                expected.doubt("phones that may be too many")
            return
        self._duplicates(next(word for word in types if types.count(word) > 1), expected)

    def _duplicates(self, word: str, expected: Expectation) -> None:
        codes: set[str] = set()
        for option in self.readings.possible("duplicate-phone"):
            if option == "accepted":
                codes.add(SUCCESS)
            elif "/" not in option:
                codes.add(option)
            elif "evening" in word.casefold():
                codes |= self.codes("two-evening-phones")
            elif "day" in word.casefold():
                codes |= self.codes("two-day-phones")
            else:
                codes |= {SUCCESS, *option.split("/")}
        if SUCCESS not in codes or self.readings.may("code-table", "open"):
            codes |= self.codes("too-many-phones")
        if codes == {SUCCESS}:
            expected.taken.append(Taken("duplicate-phones", "duplicate-phone"))
        else:
            name = f"two phones of type {word}"
            expected.faults.append(
                Fault(name, ("duplicate-phones",), frozenset(codes), CONTENT, reading="duplicate-phone")
            )

    def _owned(self, profile: dict[str, Any], expected: Expectation) -> None:
        sent = [".".join(path) for path in SERVER_OWNED if at(profile, *path) is not None]
        if not sent:
            return
        codes: set[str] = set()
        for option in self.readings.possible("server-owned-members"):
            codes |= {SUCCESS} if option in ("ignored", "applied") else {option}
        if codes == {SUCCESS}:
            expected.taken.append(Taken("server-owned-members", "server-owned-members"))
        else:
            name = f"server-owned {', '.join(sent)}"
            expected.faults.append(
                Fault(name, ("server-owned-members",), frozenset(codes), CONTENT, reading="server-owned-members")
            )


def _texts(node: Any) -> list[str]:
    if isinstance(node, str):
        return [node]
    if isinstance(node, dict):
        node = list(node.values())
    return [text for item in node for text in _texts(item)] if isinstance(node, list) else []


def _has_empty_list(node: Any) -> bool:
    if isinstance(node, dict):
        return any(_has_empty_list(value) for value in node.values())
    return isinstance(node, list) and (not node or any(_has_empty_list(item) for item in node))
