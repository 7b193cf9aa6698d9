"""Valid documents of a schema are valid, small where they can be, and what is not supported is said by name."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import hypothesis
import pytest
import xmlschema
from hypothesis import HealthCheck, find, given
from hypothesis import strategies as st
from lxml import etree

import specs
from strategies.xsd import Unsupported, documents, second, values, variations
from tests.strategies.xsds import BEYOND, XSDS, XSDS_11, libxml2

few = hypothesis.settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck), database=None)
more = hypothesis.settings(few, max_examples=60)
shrinking = hypothesis.settings(few, max_examples=2000)
CONTRACT = specs.contract("fiserv-alldata")
SHIPPED = [
    ("xmlschema", "schemas/DSIG/xmldsig-core-schema.xsd"),
    ("xmlschema", "schemas/XENC/xenc-schema.xsd"),
    ("xmlschema", "schemas/WSDL/soap-envelope.xsd"),
    ("xmlschema", "schemas/WSDL/wsdl.xsd"),
    ("xmlschema", "schemas/HFP/XMLSchema-hasFacetAndProperty.xsd"),
    ("xmlschema", "schemas/XHTML/xhtml1-strict.xsd"),
    ("xmlschema", "schemas/XSD_1.0/XMLSchema.xsd"),
    ("elementpath", "validators/schema-for-json.xsd"),
    ("elementpath", "validators/analyze-string.xsd"),
    ("mypy", "xml/mypy.xsd"),
]


def check(settings: hypothesis.settings, schema: Any, other: etree.XMLSchema | None, element: str | None) -> None:
    @settings
    @given(documents(schema, element))
    def every_document_is_valid(document: bytes) -> None:
        parsed: Any = etree.fromstring(document)
        assert [error.reason for error in schema.iter_errors(parsed)] == []
        assert other is None or other.validate(parsed), other.error_log

    every_document_is_valid()


@pytest.mark.parametrize("name", XSDS)
def test_documents_of_each_construct_are_valid_for_both_validators(name: str) -> None:
    check(few, xmlschema.XMLSchema10(XSDS[name]), libxml2(XSDS[name]), "e")


@pytest.mark.parametrize("name", XSDS_11)
def test_documents_of_what_only_xsd_1_1_has_are_valid(name: str) -> None:
    check(few, xmlschema.XMLSchema11(XSDS_11[name]), None, "e")


@pytest.mark.parametrize("file", ["alldata.xsd", "alldata-wm.xsd"])
@pytest.mark.parametrize("element", [None, "UserProfileModRqHeader"])
def test_documents_of_our_own_schema_are_valid_for_both_validators(file: str, element: str | None) -> None:
    path = str(CONTRACT.path(file))
    check(more, xmlschema.XMLSchema(path), etree.XMLSchema(etree.parse(path)), element)


@pytest.mark.parametrize(("package", "file"), SHIPPED)
def test_documents_of_schemas_that_packages_ship_are_valid(package: str, file: str) -> None:
    schema = xmlschema.XMLSchema(str(files(package) / file))
    check(few, schema, second.libxml2(schema), None)


@pytest.mark.parametrize("name", BEYOND)
def test_what_is_not_supported_is_said_by_name(name: str) -> None:
    text, says = BEYOND[name]
    with pytest.raises(Unsupported, match=says):
        documents(xmlschema.XMLSchema10(text))


def test_an_element_that_no_schema_declares_is_told_at_once() -> None:
    with pytest.raises(KeyError):
        documents(xmlschema.XMLSchema10(XSDS["list"]), "nobody")


def test_a_local_element_can_be_the_root() -> None:
    schema = xmlschema.XMLSchema(str(CONTRACT.path("alldata.xsd")))
    local: Any = schema.find("UserProfileModRqHeader/UserProfileModRq/UserProfile")

    @few
    @given(documents(schema, local))
    def valid(document: bytes) -> None:
        assert [error.reason for error in local.iter_errors(etree.fromstring(document))] == []

    valid()


@pytest.mark.parametrize(
    ("name", "holds", "smallest"),
    [
        ("recursive type", b"<child>", b"<e><value>0</value><child><value>0</value></child></e>"),
        ("repeated choice", b"<b", b"<e><b/></e>"),
        ("attributes", b"d=", b'<e r="0" d="0"/>'),
        ("mixed", b"text", b"<e>text</e>"),
        ("list", b" ", b"<e>0 0</e>"),
        ("union", b"never", b"<e>never</e>"),
    ],
)
def test_documents_shrink_to_the_smallest_that_has_what_matters(name: str, holds: bytes, smallest: bytes) -> None:
    found = find(documents(xmlschema.XMLSchema10(XSDS[name]), "e"), lambda text: holds in text, settings=shrinking)
    assert found == smallest


def test_a_message_of_our_own_schema_shrinks_to_what_must_be_there() -> None:
    schema = xmlschema.XMLSchema(str(CONTRACT.path("alldata.xsd")))
    found = find(documents(schema, "UserProfileModRqHeader"), lambda text: b"<OfficeID" in text, settings=shrinking)
    assert found.count(b"<OfficeID") == 1
    assert b"=" not in found
    assert len(found) < 260


@pytest.mark.parametrize("facet", ["pattern and lengths", "range of integers", "digits", "length of base64"])
def test_values_of_a_simple_type_are_its_values(facet: str) -> None:
    simple: Any = xmlschema.XMLSchema10(XSDS[facet]).elements["e"].type

    @few
    @given(values(simple))
    def valid(text: str) -> None:
        assert simple.text_is_valid(text)

    valid()


def test_a_variation_of_a_document_is_valid_and_the_same_but_for_one_element() -> None:
    schema = xmlschema.XMLSchema10(XSDS["recursive type"])
    base = b"<e><value>1</value><child><value>2</value></child><child><value>3</value></child></e>"

    @few
    @given(variations(schema, base, "/e/child[2]"))
    def valid(document: bytes) -> None:
        assert schema.is_valid(etree.fromstring(document))
        assert document.startswith(b"<e><value>1</value><child><value>2</value></child><child>")

    valid()


def test_a_variation_at_a_path_that_is_not_there_is_told_at_once() -> None:
    with pytest.raises(KeyError):
        variations(xmlschema.XMLSchema10(XSDS["choice"]), b"<e><a/></e>", "/e/b")


@few
@given(st.data())
def test_documents_can_be_drawn_inside_of_a_test(data: st.DataObject) -> None:
    schema = xmlschema.XMLSchema10(XSDS["pattern"])
    assert schema.is_valid(data.draw(documents(schema)))
