"""The run record: what is written is read back, and what is wrong is named with its place."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from reports import RecordError, RunRecord, read, schema, write
from reports.codec import encode
from tests.reports.records import calm, nasty, quota, run, shared, target, throttled, unreachable


@pytest.mark.parametrize("make", [calm, nasty, run, throttled, unreachable])
def test_a_record_survives_the_way_to_disk_and_back(make: Callable[[], RunRecord], tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    write(make(), path)
    assert read(path) == make()


def test_a_record_without_causes_as_older_ones_are_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    write(shared(), path)
    data = json.loads(path.read_text())
    del data["targets"][0]["causes"]
    path.write_text(json.dumps(data))
    assert read(path) == shared()


def test_the_published_schema_is_a_valid_schema() -> None:
    Draft202012Validator.check_schema(schema())


def _exchange(data: Any) -> Any:
    return data["targets"][0]["readings"][0]["exchange"]


WRONG: dict[str, tuple[Callable[[Any], object], str, str]] = {
    "an unknown verdict": (lambda d: d.update(verdict="fine"), "/verdict", "must be one of"),
    "an unknown member": (lambda d: d["run"].update(color="red"), "/run", "color"),
    "a missing member": (lambda d: d["run"].pop("seed"), "/run", "seed"),
    "a local time": (lambda d: d["run"].update(started="2026-11-22T01:02:03+01:00"), "/run/started", "match"),
    "no time at all": (lambda d: d["run"].update(finished="todayZ"), "/run/finished", "date-time"),
    "another format": (lambda d: d.update(format="profile-conformance/run/2"), "/format", "this version reads"),
    "a partial run without a reason": (lambda d: d["run"].update(complete=False), "/run/partial", "reasons"),
    "the same target twice": (lambda d: d["targets"].append(d["targets"][0]), "/targets/1", "twice"),
    "an answer and trouble": (lambda d: _exchange(d).update(trouble="timeout"), "", ""),
    "a body in two forms": (lambda d: _exchange(d)["request_body"].update(base64=""), "", ""),
    "an unknown check": (
        lambda d: d["targets"][0]["requirements"][0].update(checks=["nobody"]),
        "/targets/0/requirements/0/checks",
        "nobody",
    ),
    "a cause that hits an unknown requirement": (
        lambda d: d["targets"][0]["causes"].append(encode(quota("nobody"))),
        "/targets/0/causes/0/requirements",
        "nobody",
    ),
    "the same requirement twice": (
        lambda d: d["targets"][0]["requirements"][1].update(id="queued-code"),
        "/targets/0/requirements/1/id",
        "twice",
    ),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_wrong_record_is_refused_with_its_place(what: str, tmp_path: Path) -> None:
    change, pointer, words = WRONG[what]
    path = tmp_path / "run.json"
    write(calm(), path)
    data = json.loads(path.read_text())
    change(data)
    path.write_text(json.dumps(data))
    with pytest.raises(RecordError) as raised:
        read(path)
    assert raised.value.file == path
    assert raised.value.pointer.startswith(pointer)
    assert words in raised.value.message


def test_a_record_that_is_cut_anywhere_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    write(calm(), path)
    whole = path.read_bytes()
    for length in range(0, len(whole) - 2, 97):
        path.write_bytes(whole[:length])
        with pytest.raises(RecordError, match="cut short"):
            read(path)


@pytest.mark.parametrize("content", [b"\xff\xfe{}", b"[" * 100_000, b'{"seed": NaN}', b"[]", b"null"])
def test_a_file_that_is_no_record_is_refused(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    path.write_bytes(content)
    with pytest.raises(RecordError):
        read(path)


def test_a_missing_file_is_one_clear_error(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="No such file"):
        read(tmp_path / "none.json")


def test_a_wrong_record_is_not_written_over_a_good_one(tmp_path: Path) -> None:
    path = tmp_path / "run.json"
    write(calm(), path)
    with pytest.raises(RecordError, match="operations/0/median_s"):
        write(run(replace(target(), operations=(replace(target().operations[0], median_s=-1.0),))), path)
    assert read(path) == calm()
    assert list(tmp_path.iterdir()) == [path]
