"""Whatever is done to a certificate, the first thing that does not match is named."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from conformance.certify.envelope import seal
from conformance.certify.verify import MismatchError, verify
from tests.certify.folders import DAYS, ISSUED, KEY, STRANGER, certified

NOW = ISSUED + timedelta(days=1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return certified(tmp_path / "certificate")


def mismatch(folder: Path, now: datetime = NOW) -> str:
    with pytest.raises(MismatchError) as raised:
        verify(folder, KEY.public_key(), now)
    return str(raised.value)


def edited(folder: Path, name: str, old: str, new: str) -> None:
    text = (folder / name).read_text()
    assert old in text
    (folder / name).write_text(text.replace(old, new, 1))


def resealed(folder: Path, old: str, new: str) -> None:
    """Signs a statement that the suite would not write."""
    edited(folder, "statement.json", old, new)
    (folder / "certificate.intoto.json").write_bytes(seal((folder / "statement.json").read_bytes(), KEY))


def test_a_certificate_as_it_was_issued_holds(folder: Path) -> None:
    found = verify(folder, KEY.public_key(), NOW)
    assert found.targets == ("Acme sandbox 2026.11 imiconnect-customer",)
    assert set(found.digests) == {
        "certificate.html",
        "journal-1.jsonl",
        "kill-matrix.json",
        "parts/one.json",
        "run.json",
    }


def test_a_changed_file_is_named(folder: Path) -> None:
    edited(folder, "run.json", "Acme", "Acne")
    assert mismatch(folder) == "changed file: 'run.json'"


def test_a_missing_file_is_named(folder: Path) -> None:
    (folder / "parts" / "one.json").unlink()
    assert mismatch(folder) == "missing file: 'parts/one.json'"


def test_an_extra_file_is_named_so_that_it_harms_no_terminal(folder: Path) -> None:
    (folder / "parts" / "\x1b[2J").touch()
    assert mismatch(folder) == r"extra file: 'parts/\x1b[2J'"


def test_a_link_is_no_file_of_the_certificate(folder: Path) -> None:
    (folder / "run.json").rename(folder.parent / "run.json")
    (folder / "run.json").symlink_to(folder.parent / "run.json")
    assert mismatch(folder) == "changed file: 'run.json' is not a regular file"


def test_a_linked_folder_is_extra(folder: Path) -> None:
    (folder / "elsewhere").symlink_to(folder.parent, target_is_directory=True)
    assert mismatch(folder) == "extra file: 'elsewhere'"


def test_the_wrong_key_is_told_from_a_changed_text(folder: Path) -> None:
    with pytest.raises(MismatchError, match="wrong key"):
        verify(folder, STRANGER.public_key(), NOW)


def test_another_signer_under_the_id_of_the_key_is_found_out(folder: Path) -> None:
    ours = json.loads((folder / "certificate.intoto.json").read_bytes())
    theirs = json.loads(seal((folder / "statement.json").read_bytes(), STRANGER))
    theirs["signatures"][0]["keyid"] = ours["signatures"][0]["keyid"]
    (folder / "certificate.intoto.json").write_text(json.dumps(theirs))
    assert "has not signed this text" in mismatch(folder)


def test_a_changed_statement_is_named(folder: Path) -> None:
    edited(folder, "statement.json", "documented", "strict")
    assert mismatch(folder) == "changed file: statement.json is not what was signed"


def test_a_folder_without_envelope_was_not_signed(folder: Path) -> None:
    (folder / "certificate.intoto.json").unlink()
    assert mismatch(folder) == "missing file: 'certificate.intoto.json'"


BROKEN: dict[str, Callable[[dict[str, object]], object]] = {
    "not JSON": lambda e: None,
    "a list": lambda e: [e],
    "no payload": lambda e: {**e, "payload": None},
    "payload not in Base64": lambda e: {**e, "payload": "*"},
    "no signatures": lambda e: {**e, "signatures": []},
    "signatures of another kind": lambda e: {**e, "signatures": [{"keyid": []}]},
    "another type of payload": lambda e: {**e, "payloadType": "text/plain"},
}


@pytest.mark.parametrize("how", BROKEN)
def test_a_broken_envelope_is_named(how: str, folder: Path) -> None:
    file = folder / "certificate.intoto.json"
    made = BROKEN[how](json.loads(file.read_bytes()))
    file.write_text(json.dumps(made) if made else "{" * 100_000)
    assert mismatch(folder).startswith("bad envelope: certificate.intoto.json")


def test_it_expires_to_the_second(folder: Path) -> None:
    end = ISSUED + timedelta(days=DAYS)
    assert verify(folder, KEY.public_key(), end - timedelta(seconds=1)).expires == end
    assert mismatch(folder, end) == "expired: it held until 2026-12-22 09:00 UTC"


def test_it_does_not_hold_before_it_was_issued(folder: Path) -> None:
    early = ISSUED - timedelta(seconds=1)
    assert mismatch(folder, early) == "not yet valid: it holds from 2026-11-22 09:00 UTC on"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("test-result/v0.1", "test-result/v0.2"),
        ("profile-conformance/certificate/1", "profile-conformance/certificate/2"),
        ('"parts/one.json"', '"../run.json"'),
        ('"parts/one.json"', '"run.json"'),
        ('"sha256"', '"md5"'),
        ("2026-12-22T09:00:00Z", "2026-12-22T09:00:00"),
    ],
)
def test_a_signed_statement_of_another_kind_is_refused(old: str, new: str, folder: Path) -> None:
    resealed(folder, old, new)
    assert mismatch(folder).startswith("bad statement: what certificate.intoto.json holds")


def test_the_check_loads_nothing_that_takes_its_time() -> None:
    code = "import sys, conformance.cli.verify; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    slow = {"pytest", "hypothesis", "schemathesis", "jsonschema", "specs", "reports"}
    assert slow & set(done.stdout.split()) == set()
