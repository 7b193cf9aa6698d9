"""The IMIconnect reference: single faults and their codes, the queue, every reading."""

from __future__ import annotations

import functools
import json
import re
import threading
import timeit
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

import specs
from conformance.reference.embedded import serve, targets
from conformance.reference.imiconnect.model import Submission, Verb
from conformance.reference.imiconnect.service import ImiconnectService
from tests.reference.imiconnect_story import (
    APP_ID,
    APPS,
    CUSTOMERS,
    GOOD,
    NEW_APPS,
    OTHER,
    STATUS,
    WRONG,
    Api,
    UnusualError,
    each,
    records,
    tell,
)


@pytest.fixture
def api() -> Iterator[Api]:
    with Api() as api:
        api.submit("POST", CUSTOMERS, records(("1", {"name": "a", "city": "x"}), ("2", {"name": "b"})))
        api.submit("POST", NEW_APPS, records(("1", {"channel": "fb", "name": "a"})))
        yield api


@pytest.mark.parametrize("path", [CUSTOMERS, APPS])
@pytest.mark.parametrize(("body", "more", "code"), [w[1:] for w in WRONG], ids=[w[0] for w in WRONG])
def test_a_request_that_is_wrong_in_one_way_is_refused_with_its_code(
    api: Api, path: str, body: Any, more: dict[str, Any], code: str
) -> None:
    assert api.code("PUT", path, body, **more) == code


@pytest.mark.parametrize("path", [CUSTOMERS, APPS])
def test_a_refused_request_is_not_queued(api: Api, path: str) -> None:
    for _, body, more, _ in WRONG:
        api.send("PUT", path, body, **more)
    assert not api.service.pending


@pytest.mark.parametrize("app_id", ["a_1", APP_ID[:-1], APP_ID.upper(), OTHER.app_ids[0], "%FF", "%2F"])
def test_an_app_id_that_is_not_linked_is_refused_with_7018(api: Api, app_id: str) -> None:
    assert api.code("PUT", f"/resources/v2/customerprofiles/{app_id}", GOOD) == "7018"


@pytest.mark.parametrize("value", [None, 1, True, [], {}])
def test_a_value_that_is_no_text_fails_its_record_with_7011(api: Api, value: Any) -> None:
    outcome = api.submit("PUT", CUSTOMERS, records(("1", {"name": value})))
    assert [result["code"] for result in outcome["Results"]] == ["7011"]


@pytest.mark.parametrize("attributes", [[], ["name"], "name", 1, True])
def test_attributes_that_are_no_object_fail_their_record_with_7011(api: Api, attributes: Any) -> None:
    outcome = api.submit("PUT", CUSTOMERS, records(("1", attributes)))
    assert [result["code"] for result in outcome["Results"]] == ["7011"]


def test_good_records_of_a_mixed_batch_are_applied(api: Api) -> None:
    outcome = api.submit("PUT", CUSTOMERS, records(("no", {"name": "z"}), ("2", {"name": "z"})))
    assert (outcome["code"], outcome["SuccessCount"], outcome["FailureCount"]) == ("1002", 1, 1)
    assert [(r["customerId"], r["code"]) for r in outcome["Results"]] == [("no", "7014"), ("2", "1000")]
    assert api.shown(f"{CUSTOMERS}/2")["name"] == "z"


def test_an_update_keeps_what_it_does_not_send(api: Api) -> None:
    api.submit("PUT", CUSTOMERS, records(("1", {"name": "z", "new": " \U0001f600 "})))
    assert api.shown(f"{CUSTOMERS}/1") == {"customerId": "1", "name": "z", "city": "x", "new": " \U0001f600 "}


def test_an_app_profile_is_apart_from_the_customer_profile(api: Api) -> None:
    api.submit("PUT", APPS, records(("1", {"name": "z"})))
    assert api.shown(f"{NEW_APPS}/1") == {"customerId": "1", "channel": "fb", "name": "z"}
    assert api.shown(f"{CUSTOMERS}/1")["name"] == "a"


def test_creating_what_exists_fails_with_7015(api: Api) -> None:
    outcome = api.submit("POST", CUSTOMERS, records(("1", {"name": "z"})))
    assert [result["code"] for result in outcome["Results"]] == ["7015"]


def test_deleting_a_customer_deletes_its_app_profiles(api: Api) -> None:
    api.send("DELETE", f"{CUSTOMERS}/1")
    assert api.send("GET", f"{NEW_APPS}/1")[1]["Records"] == []


def test_the_other_tenant_sees_neither_status_nor_profile(api: Api) -> None:
    transid = api.send("PUT", CUSTOMERS, GOOD)[1]["response"]["transid"]
    api.work_off()
    assert api.code("GET", STATUS + transid, key=OTHER.key) == "7600"
    assert api.send("GET", f"{CUSTOMERS}/1", key=OTHER.key)[1]["Records"] == []


def test_the_queue_works_itself_off_in_order() -> None:
    done = threading.Event()

    class Watched(ImiconnectService):
        def finish(self, job: Submission) -> None:
            super().finish(job)
            if len(job.records) == 3:
                done.set()

    with Api(base=Watched) as api:
        api.service.start()
        for size in (1, 2, 3):
            api.send("POST", CUSTOMERS, each(map(str, range(size)), name=str(size)))
        assert done.wait(10)
        assert [api.shown(f"{CUSTOMERS}/{n}")["name"] for n in range(3)] == ["1", "2", "3"]


def test_what_waits_in_the_queue_survives_the_process(tmp_path: Path) -> None:
    storage = str(tmp_path / "imiconnect.sqlite")
    with Api(storage=storage) as api:
        transid = api.send("POST", CUSTOMERS, each("1", name="a"))[1]["response"]["transid"]
    with Api(storage=storage) as api:
        api.service.resume()
        api.work_off()
        assert api.code("GET", STATUS + transid) == "1000"


def test_it_answers_over_tls_and_not_over_plain_http() -> None:
    with serve(["imiconnect"]) as server:
        target = next(t for t in targets(server, "test") if t.contract == "imiconnect-app")
        send = functools.partial(
            requests.put,
            json=GOOD,
            headers={"key": str(target.credential("key"))},
            timeout=10,
            verify=str(server.ca_file),
        )
        assert send(target.base_url + APPS).json()["response"]["code"] == "1000"
        with pytest.raises(requests.ConnectionError):
            send(f"{target.plain_http_url}{APPS}")


def test_a_thousand_records_are_checked_in_under_50_ms() -> None:
    body = json.dumps(records(*[(str(n), {f"a{m}": "v" * 20 for m in range(8)}) for n in range(1000)])).encode()
    with Api({"batch-limit": "1000"}) as api:
        taken = min(timeit.repeat(lambda: api.service.records(api.service.parse(body), Verb.UPDATE, False), number=1))
    assert taken < 0.05


@pytest.fixture(scope="module")
def usual_story() -> list[str]:
    with Api() as api:
        return tell(api)


def test_the_story_is_the_same_each_time(usual_story: list[str]) -> None:
    with Api() as api:
        tell(api, usual_story)


def test_no_answer_is_a_server_error(usual_story: list[str]) -> None:
    assert not [line for line in usual_story if " 50" in line[:80].partition("{")[0] or "7006" in line]


def options() -> list[tuple[str, str]]:
    """Every option of an observable reading that is not the default."""
    return [
        (reading.id, option)
        for contract in ("imiconnect-customer", "imiconnect-app")
        for reading in specs.contract(contract).readings.values()
        if reading.observable
        for option in reading.option_ids
        if option != reading.default
    ]


@pytest.mark.parametrize(("reading", "option"), sorted(set(options())))
def test_every_option_of_a_reading_changes_the_story(reading: str, option: str, usual_story: list[str]) -> None:
    with Api({reading: option}) as api, pytest.raises(UnusualError):
        tell(api, usual_story)


@pytest.mark.parametrize("turn", range(4))
def test_readings_switched_together_bring_about_no_server_error(turn: int) -> None:
    together = {
        reading.id: reading.option_ids[turn % len(reading.option_ids)]
        for contract in ("imiconnect-customer", "imiconnect-app")
        for reading in specs.contract(contract).readings.values()
    }
    with Api(together) as api:
        assert not [line for line in tell(api) if re.search(r"^\S+ \S+ 5\d\d |7006", line)]
