"""The same request is known again whatever its ids and its place, and what it is answered with is compared."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from reports import read
from reports.compare import JournalError, answers_of
from reports.compare.answers import Answers, Seen, differences, gather
from reports.compare.shape import form, masked, pattern
from tests.compare.runs import now, row, saved, then


def compared(tmp_path: Path, old: Iterable[Any] | None, new: Iterable[Any] | None) -> Answers:
    before, after = saved(then(), tmp_path / "old", old), saved(now(), tmp_path / "new", new)
    (found,) = answers_of(read(before), before.parent, read(after), after.parent)
    assert found is not None
    return found


def queued(number: int, id: str, code: str = "1002", **more: Any) -> Any:
    return row(
        number, f'{{"customerId": "{id}"}}', f'{{"code": "{code}", "transid": "8b3113bc-47ad-{number:04}"}}', **more
    )


def test_order_and_generated_ids_change_nothing(tmp_path: Path) -> None:
    old = [queued(1, "ab3f9xk2q1zz"), row(2, "{}", '{"code": "7003"}', status=400, check="missing")]
    new = [row(7, "{}", '{"code": "7003"}', status=400, check="missing"), queued(9, "q81m3xk2qaaa")]
    found = compared(tmp_path, old, new)
    assert (found.changes, found.shared, found.exchanges, found.total) == ((), 2, 2, 2)


CHANGED = {
    "status": (queued(1, "x", status=500), ("status",)),
    "code": (queued(1, "x", "7001"), ("code",)),
    "body shape": (row(1, '{"customerId": "x"}', '{"code": "1002"}'), ("body shape",)),
    "no answer": (row(1, '{"customerId": "x"}', None), ("status", "code", "body shape")),
}


@pytest.mark.parametrize("what", CHANGED)
def test_another_answer_to_the_same_request_is_told_with_what_differs(what: str, tmp_path: Path) -> None:
    new, aspects = CHANGED[what]
    (change,) = compared(tmp_path, [queued(1, "x")], [new]).changes
    assert (change.always, change.aspects, change.requests) == (True, aspects, 1)
    assert change.example == 'PUT /profile {"customerId": "x"}'


def test_an_answer_beside_the_old_ones_is_told_apart_from_one_in_their_place(tmp_path: Path) -> None:
    (change,) = compared(tmp_path, [queued(1, "x")], [queued(1, "x"), queued(2, "x", "7001")]).changes
    assert not change.always


def test_an_answer_that_came_sometimes_and_stays_away_is_no_change(tmp_path: Path) -> None:
    assert compared(tmp_path, [queued(1, "x"), queued(2, "x", "7001")], [queued(1, "x")]).changes == ()


def test_parts_of_a_body_that_are_gone_or_new_are_named_with_the_number_of_requests(tmp_path: Path) -> None:
    old = [row(n, f'{{"word": "{word}"}}', '{"a": 1, "b": {"c": "x"}}') for n, word in enumerate(("one", "two"))]
    new = [row(n, f'{{"word": "{word}"}}', '{"a": "1", "d": []}') for n, word in enumerate(("one", "two"))]
    (change,) = compared(tmp_path, old, new).changes
    assert (change.gone, change.added) == ((("a number", 2), ("b.c text", 2)), (("a text", 2), ("d[] nothing", 2)))


def test_requests_with_the_same_change_are_one_entry(tmp_path: Path) -> None:
    words = ("alpha", "beta", "gamma")
    old, new = [queued(1, word) for word in words], [queued(1, word, "7001") for word in words]
    (change,) = compared(tmp_path, old, new).changes
    assert change.requests == 3


def test_a_request_of_another_check_is_another_request(tmp_path: Path) -> None:
    found = compared(tmp_path, [queued(1, "x")], [queued(1, "x", "7001", check="other")])
    assert (found.shared, found.changes) == (0, ())


def test_without_journals_only_what_the_records_kept_is_compared_and_that_is_said(tmp_path: Path) -> None:
    found = compared(tmp_path, None, None)
    assert "that the record kept" in found.new_basis
    assert found.shared > 0


def test_a_journal_outside_the_folder_of_its_record_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "outside.jsonl").write_text("no journal\n")
    record = then()
    record = replace(record, targets=(replace(record.targets[0], journal="../outside.jsonl"),))
    path = saved(record, tmp_path / "old")
    assert answers_of(read(path), path.parent, read(path), path.parent) != ()


def test_a_half_written_last_line_is_left_out_and_another_wrong_line_is_named(tmp_path: Path) -> None:
    path = saved(then(), tmp_path, [queued(1, "x")])
    journal = tmp_path / then().targets[0].journal
    journal.write_text(journal.read_text() + '{"number": 2, "che')
    (found,) = answers_of(read(path), tmp_path, read(path), tmp_path)
    assert found is not None
    assert found.total == 1
    journal.write_text("[]\n")
    with pytest.raises(JournalError, match=r"journal-1\.jsonl:1: not an exchange"):
        answers_of(read(path), tmp_path, read(path), tmp_path)


def test_xml_answers_have_codes_and_a_shape() -> None:
    one = form("200", "<R><StatusCode>4070</StatusCode><Id>8b3113bc47ad</Id></R>")
    assert one.codes == ("StatusCode=4070",)
    assert one == form("200", "<R><StatusCode>4070</StatusCode><Id>77aa13bc47ff</Id></R>")
    assert one != form("200", "<R><StatusCode>4070</StatusCode></R>")


@given(st.text(max_size=40), st.sampled_from(["200", "timeout"]))
def test_any_body_has_a_form(body: str, status: str) -> None:
    assert form(status, body) == form(status, body)
    pattern(body)


def test_codes_stay_and_ids_go() -> None:
    assert masked("7012 ab3f9xk2q1zz word 8b3113bc-47ad 20251122") == "7012 * word * *"
    assert pattern('{"code": 7012}') != pattern('{"code": 7013}')
    assert pattern('{"id": "ab3f9"}') == pattern('{"id": "zz9f1"}')
    assert pattern('{"a": 1') != pattern('{"a": 1}')


def test_the_fold_does_not_mind_the_order() -> None:
    rows = [Seen("c", "update", f"word{'x' * (n % 3)}", str(200 + n % 2), "{}", n) for n in range(20)]
    there = gather(rows, "")
    assert differences(there, gather(reversed(rows), "")).changes == ()
