"""The HTML page as text; `test_browser.py` looks at it in a browser."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

from reports import Verdict, body_of
from reports.html import draw
from tests.reports.records import (
    SCRIPT,
    calm,
    check,
    exchange,
    failure,
    large,
    nasty,
    quota,
    requirement,
    run,
    shared,
    target,
    throttled,
    unreachable,
)


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


def test_what_was_observed_beyond_the_requirements_stands_with_the_checks() -> None:
    seen = [replace(check(), id=name, observations=("linearizable (4 clients)",)) for name in ("crowd", "queue")]
    page = unescape(draw(run(target(checks=(check(), *seen)))))
    assert "Informational findings" in page
    assert page.count("linearizable (4 clients)") == 1
    assert '<span class="soft">crowd, queue</span>' in page


def test_a_failure_shows_everything_that_a_reader_needs() -> None:
    broken = requirement(verdict=Verdict.FAILED, failures=(failure(came='{"code": "1001"}'),))
    page = unescape(draw(run(target(requirements=(broken,)))))
    for said in (
        "An accepted update is answered with the code for queued.",
        "S1 lines 57, 64, 81 (S1#30, S1#36)",
        "code <mark>1001</mark>",
        "code <mark>1002</mark>",
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


def test_a_value_that_is_shown_otherwise_than_it_was_sent_stands_beside_it() -> None:
    sent = exchange(1, sent='{"name": "Anna Berg", "city": "Ulm"}')
    shown = exchange(2, sent="", came='{"profile": {"city": "Ulm", "name": "Anna"}}')
    broken = replace(failure(), trail=(sent, shown), counterexample="name='Anna Berg'")
    page = unescape(draw(run(target(requirements=(requirement(verdict=Verdict.FAILED, failures=(broken,)),)))))
    assert 'sent</span> "Anna<mark> Berg</mark>"' in page
    assert "name='<mark>Anna Berg</mark>'" in page


def test_the_causes_come_first_and_the_evidence_stands_there_once() -> None:
    page = unescape(draw(shared()))
    assert page.index('id="causes"') < page.index('id="overview"') < page.index('id="requirements"')
    assert page.count("Send it again") == 1
    assert page.count('class="contrast"') == 1
    for name in ("queued-code", "batch-limit", "shown"):
        assert f'href="#imiconnect-customer/{name}"' in page
    assert page.count('<a href="#imiconnect-customer/cause/1">Cause 1</a>') == 3


def test_evidence_of_its_own_stands_with_its_requirement() -> None:
    other = requirement("other", Verdict.FAILED, failures=(failure("code 1001", check="another"),))
    record = shared()
    page = draw(run(replace(record.targets[0], requirements=(*record.targets[0].requirements, other))))
    assert page.count("Send it again") == 2
    assert "Seen for this requirement by" in page


def test_what_was_not_served_is_said_at_the_top_and_in_the_overview() -> None:
    page = unescape(draw(throttled()))
    assert page.index('class="cause k-not-served"') < page.index('class="cause k-broken"')
    assert "<strong>What would help:</strong> ask for a larger quota" in page
    assert page.count("the target limits how many requests it serves (429)") >= 2


def test_a_refusal_that_cost_nothing_is_drawn_lightly() -> None:
    page = draw(run(target(causes=(quota(),))))
    assert 'class="cause k-not-served light"' in page


def test_a_run_that_ended_before_any_check_says_so_once_and_first() -> None:
    page = draw(unreachable())
    assert page.index("Why nothing was tested") < page.index("nothing answers at the address")
    assert page.count("The run ended before any check.") == 9
    assert page.count("nothing answers at the address") == 1


def test_a_calm_run_has_no_causes() -> None:
    assert 'id="causes"' not in draw(calm())
