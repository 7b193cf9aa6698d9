"""The certificate as people read it: whole, escaped, and printable."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest

from conformance.certify.matrix import proofs
from conformance.prove.first_contact import last
from reports import GateRecord, Outcome, RunRecord, Verdict, WaiverRecord, WaiverState
from reports.certificate import Certificate, draw, write
from specs import Level
from tests.certify.folders import matrix, thorough
from tests.reports.records import SCRIPT, calm, check, nasty, reading, run, target, throttled

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def certificate(key: str | None = "ab12" * 16) -> Certificate:
    wanted = {each.contract: each.spec_digest for each in calm().targets}
    return Certificate("4bf9", "2026-11-22T09:00:00Z", "2026-12-22T09:00:00Z", key, proofs(matrix(), wanted))


def hostile() -> RunRecord:
    """A conformant target with a name and reasons that are not meant well."""
    return thorough(run(replace(nasty().targets[0], verdict=Outcome.CONFORMANT)))


def test_it_says_all_that_a_reader_must_know() -> None:
    record = thorough(run(target(readings=(reading(), reading("batch-limit", "1001"), reading("open", None)))))
    page = re.sub(r"\s+", " ", unescape(re.sub("<[^>]+>", " ", draw(record, certificate()))))
    for said in (
        "Acme sandbox 2026.11 at https://127.0.0.1:8443/acme",
        "S1, “Update Customer Profile” SHA-256 " + "0" * 64,
        "imiconnect-customer SHA-256 " + "f" * 64,
        "profile-conformance 0.1.0",
        "Conformant in all 2 requirements, at the documented level",
        "22 November 2026, 09:00 UTC until 22 December 2026, 09:00 UTC",
        "S1 lines 57, 64, 81 (S1#30, S1#36)",
        "batch-limit 1001 1002",
        "1 reading could not be learned: open",
        "Not tested, and why an internal error cannot be caused from outside queue-error",
        "Waivers in force None.",
        "records=100 (2 times)",
        "Ed25519 key " + "ab12" * 16,
    ):
        assert said in page


def test_it_counts_the_known_faults_that_the_checks_of_the_run_detect() -> None:
    known = certificate().proofs["imiconnect-customer"].faults
    detected = sum("queued" in fault.killed_by for fault in known)
    page = draw(thorough(), certificate())
    assert f"<td>{detected} of {len(known)}</td><td>3 of 3</td>" in page
    assert 0 < detected < len(known)


def test_it_cites_what_was_found_at_first_contact() -> None:
    contact = last("imiconnect-customer")
    assert contact is not None
    page = draw(thorough(), certificate())
    assert f"quick effort found {contact.quick} and standard effort {contact.standard} (round {contact.round})" in page


def test_a_check_that_came_to_no_end_detects_nothing() -> None:
    untested = thorough(run(target(checks=(replace(check(), verdict=Verdict.NOT_TESTED),))))
    assert f"<td>0 of {len(certificate().proofs['imiconnect-customer'].faults)}</td>" in draw(untested, certificate())


def test_it_shows_the_waivers_in_force_and_no_others() -> None:
    waiver = WaiverRecord("c", "slow", "known", "ann", "T-1", "2026-12-01", WaiverState.IN_FORCE, "")
    expired = replace(waiver, requirement="gone", state=WaiverState.EXPIRED)
    gate = GateRecord(0, Level.MANDATORY, None, "", (), (waiver, expired))
    page = draw(replace(thorough(), gate=gate), certificate())
    assert "c/slow" in page
    assert "c/gone" not in page


def test_nothing_from_a_target_gets_into_the_page_unescaped() -> None:
    page = draw(hostile(), certificate())
    assert SCRIPT not in page
    assert "<script" not in page
    assert not re.search("[\x00-\x08\x0b-\x1f\u202e\ud800-\udfff]", page)


def test_it_asks_no_network_for_anything() -> None:
    page = draw(hostile(), certificate())
    assert not re.search(r"\b(?:src|href)=\"(?!#)|@import|url\((?!#)", page)
    assert "default-src &#39;none&#39;" in page


def test_what_is_broken_is_told_by_its_causes_and_what_was_not_served_stands_on_the_face() -> None:
    record = throttled(Outcome.CONFORMANT)
    page = draw(thorough(record), certificate())
    face = page[: page.index("How strong this is")]
    assert "the target limits how many requests it serves (429); so 2 requirements could not be tested." in face
    assert page.count("code 1001<br>Expected: code 1002") == 1


@pytest.mark.parametrize("unfit", [nasty(), replace(calm(), run=replace(calm().run, complete=False))])
def test_there_is_no_page_of_an_unfit_run(unfit: RunRecord) -> None:
    with pytest.raises(ValueError, match="only a complete and conformant run"):
        draw(unfit, certificate())


@pytest.mark.skipif(BROWSER is None, reason="no Chromium on PATH")
def test_it_prints_to_few_pages(tmp_path: Path) -> None:
    page, printed = write(thorough(), certificate(), tmp_path), tmp_path / "certificate.pdf"
    command = [str(BROWSER), "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={tmp_path / 'profile'}"]
    subprocess.run([*command, f"--print-to-pdf={printed}", page.as_uri()], timeout=60, check=True, capture_output=True)
    assert 2 <= printed.read_bytes().count(b"/Type /Page\n") <= 3
