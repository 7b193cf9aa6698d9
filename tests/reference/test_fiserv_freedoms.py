"""The freedoms of the Fiserv reference: each can be switched, and shows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import conformance.reference.fiserv as reference
import specs
from conformance.reference.core import Service, Settings, Switches
from conformance.reference.fiserv import SERVICE
from specs.files import load
from specs.freedoms import registers
from tests.reference.fiserv_requests import CONTRACT, JSON, XML, encoded, send, update

SOURCE = "\n".join(path.read_text() for path in Path(reference.__file__).parent.glob("*.py"))
OWN = [row["id"] for row in load(registers(Path(specs.__file__).parent, "fiserv")[-1], "freedoms")[0]["freedoms"]]


def service(**freedoms: str) -> Service:
    return SERVICE(
        Switches("fiserv", {}, {name.replace("_", "-"): option for name, option in freedoms.items()}), Settings()
    )


@pytest.mark.parametrize("name", OWN)
def test_the_reference_asks_for_each_freedom_of_the_register(name: str) -> None:
    assert f'freedom("{name}")' in SOURCE


@pytest.mark.parametrize("meeting", CONTRACT.meetings, ids=lambda meeting: meeting.id)
def test_the_reference_knows_where_readings_meet(meeting: Any) -> None:
    named = f'decider("{meeting.reading}", "{meeting.other}")' in SOURCE
    by_kind = meeting.other == "signon-failure" and f'kind_of("{meeting.reading}")' in SOURCE
    by_name = f'left_out("{meeting.reading}"' in SOURCE
    assert named or by_kind or by_name or meeting.decides


def changed(target: Service, **profile: Any) -> Any:
    tree = update(profile)
    return json.loads(send(target, "update", encoded("update", tree, JSON)).body)


def test_a_list_of_one_may_be_shown_as_its_entry() -> None:
    shown = changed(service(list_of_one="object"), ClientProperty=[{"ParamName": "a", "ParamVal": "b"}])
    assert shown["UserProfileModRs"]["UserProfile"]["ClientProperty"] == {"ParamName": "a", "ParamVal": "b"}


def test_partner_and_ids_may_be_left_out() -> None:
    shown = changed(service(partner_in_answer="absent", ids_in_profile="none", version_in_answer="absent"))
    assert {"partnerID", "version"}.isdisjoint(shown)
    assert {"HomeID", "UserID"}.isdisjoint(shown["UserProfileModRs"]["UserProfile"])


def test_the_elements_of_xml_may_stand_the_other_way_round() -> None:
    body = encoded("update", update({}), XML)
    usual = send(service(), "update", body, XML).body
    opposite = send(service(answer_element_order="reversed"), "update", body, XML).body
    assert usual.index(b"<RqUID>") < usual.index(b"<UserProfileModRs>")
    assert opposite.index(b"<RqUID>") > opposite.index(b"<UserProfileModRs>")
