"""The HTML page, in a real browser where one is installed."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest

from reports import FORMATS, RunRecord, Verdict, body_of
from reports.html import draw
from tests.reports.records import SCRIPT, calm, exchange, failure, large, nasty, requirement, run, target

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
in_browser = pytest.mark.skipif(BROWSER is None, reason="no Chromium on PATH")
OPENED = re.compile(r'<article class="requirement[^"]*" id="([^"]+)"[^>]*>\s*<details open')


def opened(record: RunRecord, out: Path, place: str = "") -> str:
    """The page as the browser has it after its script has run."""
    address = FORMATS["html"](record, out).as_uri() + place
    command = [str(BROWSER), "--headless", "--no-sandbox", "--disable-gpu", f"--user-data-dir={out / 'profile'}"]
    done = subprocess.run([*command, "--dump-dom", address], capture_output=True, text=True, timeout=60, check=True)
    return done.stdout


def test_the_page_asks_no_network_for_anything() -> None:
    page = draw(nasty())
    assert not re.search(r"<(?:link|img|iframe|object|embed|base|form)\b[^>]*\b(?:src|href|action|data)=", page)
    assert not re.search(r"@import|url\((?!#)", page)
    assert "default-src &#39;none&#39;" in page


def test_every_string_of_a_target_is_escaped() -> None:
    page = draw(nasty())
    assert SCRIPT not in page
    assert page.count("<script") == page.count("</script>") == 1
    assert not re.search("[\x00-\x08\x0b-\x1f\u202e\ud800-\udfff]", page)
    assert "{{ 7*7 }}" in page


def test_a_failure_shows_everything_that_a_reader_needs() -> None:
    broken = requirement(verdict=Verdict.FAILED, failures=(failure(came='{"code": "1001"}'),))
    page = unescape(draw(run(target(requirements=(broken,)))))
    for said in (
        "An accepted update is answered with the code for queued.",
        "S1 lines 57, 64, 81 (S1#30, S1#36)",
        "code 1001",
        "code 1002",
        "[{'name': '0'}]",
        '{\n  "code": "1001"\n}',
        '--data-raw \'{"name": "x"}\'',
        "25 cases in 1 check",
        "records=100",
    ):
        assert said in page


def test_a_large_run_that_fails_everywhere_stays_a_small_page() -> None:
    size = len(draw(large()).encode())
    assert size < 1_500_000


def test_a_body_that_the_page_cuts_says_so() -> None:
    long = failure(came='{"code": "' + "x" * 9_000 + '"}')
    page = draw(run(target(requirements=(requirement(verdict=Verdict.FAILED, failures=(long,)),))))
    assert "Cut here to 6,000 of" in page


def test_binary_bodies_and_missing_answers_are_shown_as_what_they_are() -> None:
    silent = replace(exchange(came=None), request_body=body_of(b"\xff"))
    broken = requirement(verdict=Verdict.FAILED, failures=(replace(failure(), trail=(silent,)),))
    page = draw(run(target(requirements=(broken,))))
    assert "Not text; shown as Base64." in page
    assert "<b>No answer (timeout):</b> no answer within 10 s" in page


@in_browser
def test_nothing_from_a_target_runs_in_a_browser(tmp_path: Path) -> None:
    page = opened(nasty(), tmp_path)
    assert "<title>Not conformant: conformance report</title>" in page
    assert '<output id="shown" role="status">5 requirements</output>' in page


@in_browser
def test_a_deep_link_opens_its_requirement(tmp_path: Path) -> None:
    assert OPENED.findall(opened(calm(), tmp_path)) == []
    page = opened(calm(), tmp_path, "#imiconnect-customer/batch-limit")
    assert OPENED.findall(page) == ["imiconnect-customer/batch-limit"]


FOUND = {
    "#find?verdict=failed&verdict=passed&level=mandatory": {"queued-code", "kept"},
    "#find?document=imiconnect-app": set(),
    "#find?search=BATCH+kept": {"kept"},
}


@in_browser
@pytest.mark.parametrize("place", FOUND)
def test_the_filters_show_what_they_say(place: str, tmp_path: Path) -> None:
    page = opened(nasty(), tmp_path, place)
    articles = re.findall(r'<article class="requirement" id="imiconnect-customer/([^"]+)"([^>]*)>', page)
    shown = {name for name, attributes in articles if "hidden" not in attributes}
    assert shown == FOUND[place]
    assert f'<output id="shown" role="status">{len(shown)} of 5 requirements</output>' in page
