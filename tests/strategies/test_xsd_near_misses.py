"""A near miss of an XSD breaks the one rule that it names, where it says, for both validators."""

from __future__ import annotations

from typing import Any

import hypothesis
import pytest
import xmlschema
from hypothesis import HealthCheck, find, given
from hypothesis import strategies as st
from lxml import etree

import specs
from strategies.xsd import RULES, NearMiss, Unsupported, documents, each_near_miss, near_misses
from tests.strategies.xsds import XSDS, XSDS_11, libxml2

few = hypothesis.settings(
    max_examples=3, deadline=None, suppress_health_check=list(HealthCheck), database=None, derandomize=True
)
finding = hypothesis.settings(few, max_examples=500)
CONTRACT = specs.contract("fiserv-alldata")
# What few documents have.
KNOWN = {
    "key and keyref": (b"<e><a>1</a><a>2</a><r>1</r></e>",),
    "nillable": (b'<e xmlns:i="http://www.w3.org/2001/XMLSchema-instance"><a i:nil="true"/></e>',),
}


def misses(name: str) -> list[NearMiss]:
    """The near misses of some documents of an XSD."""
    schema = xmlschema.XMLSchema10(XSDS[name])
    found: list[NearMiss] = []

    @few
    @given(documents(schema, "e"))
    def gather(document: bytes) -> None:
        if len(document) < 400:
            found.extend(each_near_miss(schema, document))

    gather()
    for document in KNOWN.get(name, ()):
        found.extend(each_near_miss(schema, document))
    return found


@pytest.fixture(scope="module")
def broken() -> dict[str, list[NearMiss]]:
    return {name: misses(name) for name in XSDS}


@pytest.mark.parametrize("name", XSDS)
def test_a_near_miss_is_refused_by_both_validators_for_one_reason(name: str, broken: dict[str, list[NearMiss]]) -> None:
    first, second = xmlschema.XMLSchema10(XSDS[name]), libxml2(XSDS[name])
    assert broken[name]
    for miss in broken[name][:: max(1, len(broken[name]) // 20)]:
        parsed: Any = etree.fromstring(miss.document)
        assert len(list(first.iter_errors(parsed))) == 1
        assert not second.validate(parsed)


def test_each_rule_is_broken_somewhere(broken: dict[str, list[NearMiss]]) -> None:
    assert {miss.breaks for found in broken.values() for miss in found} == set(RULES)


@pytest.mark.parametrize(
    ("name", "document", "breaks", "where", "wrong"),
    [
        ("lengths", b"<e>abc</e>", "maxLength", "/e", b"<e>aaaaa</e>"),
        ("lengths", b"<e>abc</e>", "minLength", "/e", b"<e>a</e>"),
        ("range of integers", b"<e>0</e>", "maxExclusive", "/e", b"<e>12</e>"),
        ("range of integers", b"<e>0</e>", "minInclusive", "/e", b"<e>-4</e>"),
        ("range of dates", b"<e>2020-02-29</e>", "maxExclusive", "/e", b"<e>2020-03-02</e>"),
        ("digits", b"<e>0</e>", "fractionDigits", "/e", b"<e>0.111</e>"),
        ("enumeration", b"<e>one</e>", "enumeration", "/e", b"<e>ONE</e>"),
        ("list", b"<e>1 2</e>", "type", "/e", b"<e>abc</e>"),
        ("sequence", b"<e><a/><c/><c/></e>", "minOccurs", "/e/a", b"<e><c/><c/></e>"),
        ("sequence", b"<e><a/><b/><c/><c/></e>", "maxOccurs", "/e/b", b"<e><a/><b/><b/><c/><c/></e>"),
        ("sequence", b"<e><a/><b/><c/><c/></e>", "order", "/e/b", b"<e><b/><a/><c/><c/></e>"),
        ("choice", b"<e><a/></e>", "choice", "/e/b", b"<e><a/><b/></e>"),
        ("attributes", b'<e r="1"/>', "required attribute", "/e/@r", b"<e/>"),
        ("nillable", b"<e><a>1</a></e>", "minOccurs", "/e/a", b"<e/>"),
        ("key and keyref", b"<e><a>1</a><r>1</r></e>", "keyref", "/e/r", None),
        ("ID and IDREF", b'<e><a id="x"/></e>', "ID", "/e/a", b'<e><a id="x"/><a id="x"/></e>'),
        ("unique", b"<e><a>1</a><a>2</a></e>", "unique", "/e/a[2]", b"<e><a>1</a><a>1</a></e>"),
    ],
)
def test_a_known_document_is_broken_so(
    name: str, document: bytes, breaks: str, where: str, wrong: bytes | None
) -> None:
    found = list(each_near_miss(xmlschema.XMLSchema10(XSDS[name]), document))
    named = [miss.document for miss in found if (miss.breaks, miss.where) == (breaks, where)]
    assert named
    assert wrong is None or wrong in named


@few
@given(near_misses(xmlschema.XMLSchema(str(CONTRACT.path("alldata-wm.xsd"))), "UserProfileModRqHeader"))
def test_a_near_miss_of_our_own_schema_says_what_it_breaks_and_where(miss: NearMiss) -> None:
    assert miss.breaks in RULES
    assert miss.where.startswith("/")
    assert miss.says


def test_a_given_document_is_broken_where_it_is_asked_for() -> None:
    schema = xmlschema.XMLSchema10(XSDS["recursive type"])
    base = b"<e><value>1</value><child><value>2</value></child><child><value>3</value></child></e>"
    strategy = near_misses(schema, base=base, within="/e/child[2]")
    found = find(strategy, lambda miss: miss.breaks == "type", settings=finding)
    assert found.where == "/e/child[2]/value"
    assert b"<value>1</value><child><value>2</value></child>" in found.document


def test_documents_of_somebody_else_are_broken_too() -> None:
    schema = xmlschema.XMLSchema10(XSDS["range of integers"])
    own = st.integers(-3, 11).map(lambda number: f"<e>{number}</e>".encode())
    found = find(near_misses(schema, base=own), lambda miss: miss.breaks == "maxExclusive", settings=finding)
    assert found.document == b"<e>12</e>"


def test_only_rules_that_are_asked_for_are_broken() -> None:
    schema, base = xmlschema.XMLSchema10(XSDS["key and keyref"]), KNOWN["key and keyref"][0]
    found = {miss.breaks for miss in each_near_miss(schema, base, rules=("keyref", "order"))}
    assert found == {"keyref", "order"}


def test_a_document_that_is_not_valid_is_no_base() -> None:
    with pytest.raises(ValueError, match="no valid document"):
        near_misses(xmlschema.XMLSchema10(XSDS["list"]), base=b"<e>one</e>")


def test_near_misses_of_a_local_element_are_refused() -> None:
    schema = xmlschema.XMLSchema10(XSDS["recursive type"])
    local: Any = schema.find("e/child")
    with pytest.raises(Unsupported, match="a local element"):
        near_misses(schema, local)


def test_near_misses_of_xsd_1_1_are_refused_for_want_of_a_second_validator() -> None:
    with pytest.raises(Unsupported, match=r"XSD 1\.1 for libxml2"):
        near_misses(xmlschema.XMLSchema11(XSDS_11["moment"]))
