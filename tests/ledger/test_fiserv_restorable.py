"""What is sent to lent Fiserv users: nothing that could not be taken away again."""

from __future__ import annotations

from typing import Any

import pytest

import specs
from conformance.fiserv.lending import restorable
from conformance.judge import Readings

CONTRACT = specs.contract("fiserv-alldata")
PERSON = {"NameAddrType": "Customer", "PersonName": {"LastName": "Ng", "FirstName": "Li"}}
MERGE = {"omitted-members": "merge", "list-merge": "replace-list"}
BY_TYPE = {"omitted-members": "merge", "list-merge": "by-type"}
PHONE = {"PhoneType": "EveningPhone", "Phone": "1"}
OTHER = {"PhoneType": "DayPhone", "Phone": "2"}


def person(**parts: Any) -> dict[str, Any]:
    return {"PersonInfo": {**PERSON, **parts}}


def contact(**parts: Any) -> dict[str, Any]:
    return person(ContactInfo=parts)


@pytest.mark.parametrize(
    ("learned", "had", "sent", "kept"),
    [
        # What the user had is sent back.
        (MERGE, person(), person(PersonName={"LastName": "Wu"}), person(PersonName={"LastName": "Wu"})),
        # What the user lacked would stay.
        (MERGE, person(), person(PersonName={"MiddleName": "X"}), person(PersonName={})),
        (MERGE, person(), contact(EmailAddr="a@b.c"), person()),
        (MERGE, {}, person(), {}),
        (MERGE, {}, {"AppID": "x", "AdvisorRegStatus": "P"}, {}),
        # ... unless it goes where an update is sent without it.
        ({"omitted-members": "replace-all"}, {}, person(), person()),
        ({"omitted-members": "replace-branch"}, person(), contact(EmailAddr="a@b.c"), contact(EmailAddr="a@b.c")),
        (
            {"omitted-members": "replace-aggregate"},
            person(),
            person(PersonName={"MiddleName": "X"}),
            person(PersonName={"MiddleName": "X"}),
        ),
        ({"omitted-members": "replace-branch"}, person(), {"AppID": "x"}, {}),
        # Lists that become what is sent, and lists in which entries of another key stay.
        (MERGE, contact(PhoneNum=[PHONE]), contact(PhoneNum=[OTHER]), contact(PhoneNum=[OTHER])),
        (BY_TYPE, contact(PhoneNum=[PHONE]), contact(PhoneNum=[OTHER, PHONE]), contact(PhoneNum=[PHONE])),
        ({}, contact(PhoneNum=[PHONE]), contact(PhoneNum=[OTHER]), contact()),
        # What is refused, or unknown to everybody, changes nothing that was promised to stay.
        (MERGE, {}, {"AdvisorRegStatus": "Zq7xvj", "Zq7Unknown": 1}, {"AdvisorRegStatus": "Zq7xvj", "Zq7Unknown": 1}),
        # Dates and roles that a target may store are beyond the reach of an update.
        (MERGE, person(), person(RegisterDt="2001-02-03T04:05:06Z"), person()),
        (
            {**MERGE, "server-owned-members": "ignored"},
            person(),
            person(RegisterDt="2001-02-03T04:05:06Z"),
            person(RegisterDt="2001-02-03T04:05:06Z"),
        ),
        ({"omitted-members": "replace-all"}, {}, {"PartnerID": 7}, {}),
    ],
)
def test_only_what_can_be_taken_away_again_is_sent(
    learned: dict[str, str], had: dict[str, Any], sent: dict[str, Any], kept: dict[str, Any]
) -> None:
    identity = {"UserID": "ann", "HomeID": 70}
    assert restorable({**identity, **sent}, had, Readings(CONTRACT, learned)) == {**identity, **kept}
