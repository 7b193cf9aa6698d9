"""Every report says how the run left what it had borrowed."""

from __future__ import annotations

import io
from collections.abc import Callable
from html import unescape

import pytest
from rich.console import Console

from reports import DifferenceRecord, Outcome, RestoredRecord, RestoredState, RunRecord
from reports.certificate import draw as draw_certificate
from reports.codec import decode, encode
from reports.console import show
from reports.html import draw as draw_html
from reports.markdown import draw as draw_markdown
from tests.certify.folders import thorough
from tests.certify.test_page import certificate
from tests.reports.records import NASTY, SCRIPT, run, target

LOST = DifferenceRecord("email", None, "y")
FOUND = (
    RestoredRecord("pc_first", RestoredState.AS_IT_WAS, (), ""),
    RestoredRecord("9876", RestoredState.NOT_AS_IT_WAS, (LOST,), ""),
    RestoredRecord(NASTY, RestoredState.NOT_KNOWN, (DifferenceRecord(NASTY, NASTY, NASTY),), NASTY),
)


def printed(record: RunRecord) -> str:
    file = io.StringIO()
    show(record, Console(file=file, width=300))
    return file.getvalue()


DRAWN: dict[str, Callable[[RunRecord], str]] = {
    "console": printed,
    "html": draw_html,
    "markdown": draw_markdown,
    "certificate": lambda record: draw_certificate(thorough(record), certificate()),
}


@pytest.mark.parametrize("draw", DRAWN.values(), ids=DRAWN.keys())
def test_what_was_not_put_back_is_told_exactly(draw: Callable[[RunRecord], str]) -> None:
    page = draw(run(target(restored=FOUND, verdict=Outcome.CONFORMANT)))
    text = unescape(page).replace("\\", "")
    assert "email could not be put back: had none, has 'y'" in text
    assert "profile 9876 is not as it was" in text
    assert "1 as they were, 2 not as they were" in text
    assert SCRIPT not in page or draw is printed


def test_what_was_borrowed_stands_in_the_record() -> None:
    record = run(target(restored=FOUND))
    assert decode(RunRecord, encode(record)) == record


def test_a_record_from_before_the_ledger_is_read() -> None:
    data = encode(run(target()))
    del data["targets"][0]["restored"]
    assert decode(RunRecord, data).targets[0].restored == ()
