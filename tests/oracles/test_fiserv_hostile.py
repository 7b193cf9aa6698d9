"""Hostile answers of Fiserv: read within bounds of time and memory, and never with an exception."""

from __future__ import annotations

import time
import tracemalloc

import pytest

from conformance.fiserv.answered import read_answer
from conformance.session.exchange import Answer

ROOT = b"UserProfileModRsHeader"
LAUGHS = b"<!DOCTYPE r [<!ENTITY l0 'lol'>" + b"".join(
    b"<!ENTITY l%d '%s'>" % (n, b"&l%d;" % (n - 1) * 10) for n in range(1, 10)
)
CPU_S = 2.0  # for an answer of some megabytes; without bounds each of these takes minutes
MEGABYTES = 80


def root(inner: bytes, attributes: bytes = b"") -> bytes:
    return b"<" + ROOT + attributes + b">" + inner + b"</" + ROOT + b">"


XML = {
    "entities in entities": LAUGHS + b"]>" + root(b"<RqUID>&l9;</RqUID>"),
    "one long entity many times": b"<!DOCTYPE r [<!ENTITY a '" + b"a" * 50_000 + b"'>]>" + root(b"&a;" * 10_000),
    "a file": b"<!DOCTYPE r [<!ENTITY a SYSTEM 'file:///etc/hostname'>]>" + root(b"<RqUID>&a;</RqUID>"),
    "deep nesting": root(b"<a>" * 20_000 + b"</a>" * 20_000),
    "many unknown elements": root(b"<a/>" * 400_000),
    "many Status": root(b"<Status><StatusCode>0</StatusCode></Status>" * 50_000),
    "many attributes": root(b"", b" " + b" ".join(b"a%d='1'" % n for n in range(100_000))),
    "many comments in a text": root(b"<RqUID>" + b"<!---->x" * 300_000 + b"</RqUID>"),
    "a code of many digits": root(b"<Status><StatusCode>" + b"1" * 1_000_000 + b"</StatusCode></Status>"),
}
JSON = {
    "deep nesting": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "nesting that Python just reads": b'{"UserProfile":' * 900 + b"1" + b"}" * 900,
    "many members": b"{" + b",".join(b'"a%d":1' % n for n in range(200_000)) + b"}",
    "many items": b'{"UserProfileModRs":[' + b"{}," * 500_000 + b"{}]}",
    "a code of many digits": b'{"Status":{"StatusCode":' + b"1" * 1_000_000 + b"}}",
    "a quoted code of many digits": b'{"Status":{"StatusCode":"' + b"1" * 9_000 + b'"}}',
}
ANSWERS = [("application/xml", name, body) for name, body in XML.items()]
ANSWERS += [("application/json", name, body) for name, body in JSON.items()]


@pytest.fixture(scope="module", autouse=True)
def _schemas_are_loaded() -> None:
    """Loading them once is no cost of an answer."""
    read_answer("update", Answer(200, (("Content-Type", "application/xml"),), root(b"<a/>")))
    read_answer("update", Answer(200, (("Content-Type", "application/json"),), b"{}"))


@pytest.mark.parametrize(("media", "name", "body"), ANSWERS, ids=[f"{media}-{name}" for media, name, _ in ANSWERS])
def test_a_hostile_answer_costs_bounded_time_and_memory_and_is_no_success(media: str, name: str, body: bytes) -> None:
    del name
    tracemalloc.start()
    began = time.process_time()
    answered = read_answer("update", Answer(200, (("Content-Type", media),), body))
    spent, (_, peak) = time.process_time() - began, tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert spent < CPU_S
    assert peak < MEGABYTES * 2**20
    assert not answered.succeeded
    assert str(answered)
