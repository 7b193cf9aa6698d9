"""Profiles that an update may send: any subset of the members that a client owns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from strategies.fiserv.schema import Content, resolved
from strategies.fiserv.values import emails, long_texts, phones, texts

# Members that no server can know better, and that name nothing else that would have to exist.
PLAIN = ("AppID", "AdvisorID", "AdvisorType", "ClientStatus", "PersonStatus")
PROPERTIES = ("ClientProperty", "PersonProperty")
# Members whose inside, or whose words, the vendor's public description alone gives.
DESCRIBED = (*PROPERTIES, "PersonAttribute", "AdvisorRegStatus")
# Numbers that name something else, which may have to exist.
REFERRING = ("CEInviteClientID", "InstallID")


@dataclass(frozen=True, slots=True)
class Words:
    """Words and members that the target takes; `described` are those of DESCRIBED that may be sent."""

    phone_types: tuple[str, ...] = ("EveningPhone", "DayPhone")
    name_addr_type: str = "Customer"
    described: tuple[str, ...] = DESCRIBED


def _profile_schema() -> dict[str, Any]:
    inner: dict[str, Any] = resolved("update-request")["properties"]["UserProfileModRq"]["properties"]["UserProfile"]
    return inner


def _text_members(*path: str) -> list[str]:
    schema = _profile_schema()
    for name in path:
        schema = schema["properties"][name]
    return list(schema["properties"])


def names(text: SearchStrategy[str] | None = None) -> SearchStrategy[Content]:
    """A PersonName with any of its parts."""
    text = texts() if text is None else text
    return st.fixed_dictionaries({}, optional=dict.fromkeys(_text_members("PersonInfo", "PersonName"), text))


def addresses(text: SearchStrategy[str] | None = None) -> SearchStrategy[Content]:
    """A PostAddr with its two required parts and any of the others."""
    text = texts() if text is None else text
    parts = _text_members("PersonInfo", "ContactInfo", "PostAddr")
    required = _profile_schema()["properties"]["PersonInfo"]["properties"]["ContactInfo"]
    required = required["properties"]["PostAddr"]["required"]
    return st.fixed_dictionaries(
        dict.fromkeys(required, text), optional={part: text for part in parts if part not in required}
    )


def phone_lists(types: Sequence[str]) -> SearchStrategy[list[Content]]:
    """Up to one phone of each type, in any order."""

    def of(kinds: list[str]) -> SearchStrategy[list[Content]]:
        return st.tuples(
            *(st.fixed_dictionaries({"PhoneType": st.just(kind), "Phone": phones()}) for kind in kinds)
        ).map(list)

    return st.lists(st.sampled_from(types), min_size=1, unique=True).flatmap(of)


def contacts(words: Words, text: SearchStrategy[str] | None = None) -> SearchStrategy[Content]:
    """A ContactInfo with any of its parts."""
    return st.fixed_dictionaries(
        {}, optional={"PhoneNum": phone_lists(words.phone_types), "EmailAddr": emails(), "PostAddr": addresses(text)}
    )


def persons(words: Words, text: SearchStrategy[str] | None = None) -> SearchStrategy[Content]:
    """A PersonInfo."""
    return st.fixed_dictionaries(
        {"NameAddrType": st.just(words.name_addr_type), "PersonName": names(text)},
        optional={"ContactInfo": contacts(words, text)},
    )


def profiles(words: Words) -> SearchStrategy[Content]:
    """What an update may say of a user, without UserID and HomeID."""
    pair = st.fixed_dictionaries({"ParamName": st.sampled_from(["color", "branch", "tier"]), "ParamVal": texts()})
    attribute = st.fixed_dictionaries({"AttrName": st.sampled_from(["size", "band"]), "AttrVal": texts()})
    statuses = _profile_schema()["properties"]["AdvisorRegStatus"]["enum"]
    described: dict[str, SearchStrategy[Any]] = {
        **{name: st.lists(pair, min_size=1, max_size=3, unique_by=lambda p: p["ParamName"]) for name in PROPERTIES},
        "PersonAttribute": st.lists(attribute, min_size=1, max_size=2, unique_by=lambda a: a["AttrName"]),
        "AdvisorRegStatus": st.sampled_from(statuses),
    }
    return st.fixed_dictionaries(
        {"PersonInfo": st.one_of(persons(words), persons(words, long_texts()))},
        optional={
            **{name: texts(12) for name in PLAIN},
            **{name: described[name] for name in words.described},
        },
    )


def full_profile(words: Words, mark: str) -> Content:
    """A profile with every member of name, address and contact, each value bearing a mark."""
    described: Content = {
        "ClientProperty": [{"ParamName": "color", "ParamVal": f"blue {mark}"}],
        "PersonProperty": [{"ParamName": "tier", "ParamVal": f"gold {mark}"}],
        "PersonAttribute": [{"AttrName": "size", "AttrVal": f"large {mark}"}],
        "AdvisorRegStatus": "F",
    }
    return {
        "AppID": f"app{mark}",
        "PersonInfo": {
            "NameAddrType": words.name_addr_type,
            "PersonName": {part: f"{part} {mark}" for part in _text_members("PersonInfo", "PersonName")},
            "ContactInfo": {
                "PhoneNum": [
                    {"PhoneType": kind, "Phone": f"55501{index}{_digits(mark)}"}
                    for index, kind in enumerate(words.phone_types)
                ],
                "EmailAddr": f"{mark.lower()}@first.example.com",
                "PostAddr": {
                    **{part: f"{part} {mark}" for part in _text_members("PersonInfo", "ContactInfo", "PostAddr")},
                    "PostalCode": f"00{_digits(mark)}",
                },
            },
        },
        **{name: described[name] for name in words.described},
    }


def _digits(mark: str) -> str:
    return "".join(str(ord(letter) % 10) for letter in mark)[:6]


def holding(words: Words, value: str, suits: str, *, alone: bool = False) -> Content:
    """A profile that has one text in every member that can hold it.

    Args:
        words: what the target takes.
        value: the text.
        suits: phone or email, where it is one; else it is in neither of these members.
        alone: in the member for phones, or for e-mail addresses, and in no other.
    """
    contact: Content = {}
    if suits == "phone":
        contact["PhoneNum"] = [{"PhoneType": words.phone_types[0], "Phone": value}]
    if suits == "email":
        contact["EmailAddr"] = value
    if alone:
        return {"PersonInfo": {"NameAddrType": words.name_addr_type, "PersonName": {}, "ContactInfo": contact}}
    contact["PostAddr"] = dict.fromkeys(_text_members("PersonInfo", "ContactInfo", "PostAddr"), value)
    name = dict.fromkeys(_text_members("PersonInfo", "PersonName"), value)
    described: Content = {
        **{name: [{"ParamName": "color", "ParamVal": value}] for name in PROPERTIES},
        "PersonAttribute": [{"AttrName": "size", "AttrVal": value}],
    }
    return {
        **dict.fromkeys(PLAIN, value),
        "PersonInfo": {"NameAddrType": words.name_addr_type, "PersonName": name, "ContactInfo": contact},
        **{member: described[member] for member in words.described if member in described},
    }
