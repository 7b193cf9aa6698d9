"""The journal keeps every exchange whole, whatever happens to the process that writes it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conformance.session.exchange import Answer, Exchange, Request, Trouble
from conformance.session.journal import FileJournal, read

PAIRS = (("a", "1"), ("A", "ü"))
EXCHANGES = [
    Exchange(1, "a.b", Request("update", "PUT", "/p", "q=1", PAIRS, b"{}"), Answer(200, PAIRS, b"ok"), None, "", 1, 2),
    Exchange(2, "a.b", Request("", "GET", "/"), Answer(204, (), b""), None, "", 0.5, 0.25),
    Exchange(3, "c", Request("", "PUT", "/", body=b""), Answer(200, (), b"\xff\x00", truncated=True)),
    Exchange(
        4, "c", Request("x", "PUT", "/", body="\u2028\n".encode(), source="::1", plain=True), None, Trouble.TLS, "no"
    ),
]


class AsItIs:
    def exchange(self, exchange: Exchange) -> Exchange:
        return exchange


def journal(path: Path) -> FileJournal:
    return FileJournal(path, AsItIs())


def write(path: Path) -> None:
    mine = journal(path)
    for exchange in EXCHANGES:
        mine.append(exchange)
    mine.close()


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    write(tmp_path / "new" / "journal.jsonl")
    assert list(read(tmp_path / "new" / "journal.jsonl")) == EXCHANGES


def test_each_exchange_is_a_line_of_json_as_soon_as_it_happened(tmp_path: Path) -> None:
    mine = journal(tmp_path / "j")
    mine.append(EXCHANGES[0])
    assert json.loads((tmp_path / "j").read_text("utf-8"))["answer"]["text"] == "ok"


def test_a_last_line_that_was_cut_is_left_out(tmp_path: Path) -> None:
    write(tmp_path / "j")
    whole = (tmp_path / "j").read_bytes()
    (tmp_path / "j").write_bytes(whole[:-1])
    assert list(read(tmp_path / "j")) == EXCHANGES[:-1]


def test_a_journal_goes_on_after_its_last_whole_line(tmp_path: Path) -> None:
    write(tmp_path / "j")
    with (tmp_path / "j").open("ab") as file:
        file.write(b'{"number": 5, "check": "' + b"x" * 200_000)
    write(tmp_path / "j")
    assert list(read(tmp_path / "j")) == EXCHANGES * 2


def test_several_writers_share_a_file(tmp_path: Path) -> None:
    first, second = journal(tmp_path / "j"), journal(tmp_path / "j")
    for writer, exchange in zip([first, second, first, second], EXCHANGES, strict=True):
        writer.append(exchange)
    assert list(read(tmp_path / "j")) == EXCHANGES


@pytest.mark.parametrize("line", [b"no json\n", b"{}\n", b'{"number": 1, "request": 3}\n'])
def test_a_whole_line_that_is_no_exchange_is_an_error_with_its_place(tmp_path: Path, line: bytes) -> None:
    write(tmp_path / "j")
    with (tmp_path / "j").open("ab") as file:
        file.write(line)
    with pytest.raises(ValueError, match=r"j:5: not an exchange"):
        list(read(tmp_path / "j"))
