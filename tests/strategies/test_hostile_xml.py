"""Hostile XML: each case is what its name and its kind say, in the eyes of a parser that nobody here wrote."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from lxml import etree

from strategies.hostile_xml import Hostile, Original, exhausting, malformed, outside, unusual

DOCUMENT = b"<?xml version='1.0' encoding='UTF-8'?>\n<m id=\"7\"><a><name>Zqmark</name></a><rest>x</rest></m>"


@dataclass(frozen=True)
class Lure:
    file_uri: str = "file:///nowhere/zq7"
    url: str = "http://127.0.0.1:9/zq7"


ORIGINAL = Original.of(DOCUMENT, "Zqmark")
NAMED = list(outside(ORIGINAL, Lure()))


def parsed(body: bytes) -> etree._Element:
    # Since lxml 5 entities of the document itself are put in by default, and nothing else.
    return etree.fromstring(body, etree.XMLParser(no_network=True))


@pytest.mark.parametrize("case", list(malformed(ORIGINAL)), ids=repr)
def test_what_is_malformed_no_parser_takes(case: Hostile) -> None:
    with pytest.raises((etree.XMLSyntaxError, LookupError)):
        parsed(case.body)


@pytest.mark.parametrize("case", list(unusual(ORIGINAL)), ids=repr)
def test_what_is_unusual_means_what_the_case_says(case: Hostile) -> None:
    name = parsed(case.body).find("a/name")

    assert name is not None
    assert (name.text or "") + "".join(child.tail or "" for child in name) == case.meaning


@pytest.mark.parametrize("case", NAMED, ids=repr)
def test_what_is_outside_is_named(case: Hostile) -> None:
    assert Lure().file_uri.encode() in case.body or Lure().url.encode() in case.body


def test_what_exhausts_is_itself_no_larger_than_a_few_megabytes() -> None:
    assert max(len(case.body) for case in exhausting(ORIGINAL)) < 4_000_000


@pytest.mark.parametrize("document", [b"<m>none</m>", b"<m>Zqmark Zqmark</m>", b"Zqmark"])
def test_a_document_without_one_mark_is_refused(document: bytes) -> None:
    with pytest.raises(ValueError, match="one mark"):
        Original.of(document, "Zqmark")
