"""Whatever form an answer is written in, it says the same."""

from __future__ import annotations

import gzip
import json
from itertools import product
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from lxml import etree

import specs
from conformance.reference.core import Call, Headers, Reply, Service, Settings, Switches, TargetFacts
from conformance.reference.rendering import Rendering
from conformance.reference.server import ReferenceServer
from conformance.session.exchange import Request, parse_json
from conformance.session.journal import NoJournal
from conformance.session.session import Session
from conformance.target import Target

CONTRACT = next(iter(specs.contracts().values()))
CALL = Call("GET", "/x", "", Headers((("Accept-Encoding", "gzip"),)), b"", "127.0.0.1", secure=True)
VALUE = {
    "code": 1000,
    "deep": [{"n": -20, "empty": {}}, 0, 2**53 + 1, 1.5, None, True],
    "text": 'Jü"rg/ \\ \U0001d509 \u2028',
    "": "",
}
XML = (
    b'<a xmlns="urn:x" p="1 &quot;2&quot;" q="&lt;&#10;"><b>J\xc3\xbcrg &amp; ]]&gt; <![CDATA[<c>]]></b>'
    b'<n xmlns="">none</n><e/><t>  </t></a>'
)


def options(start: str) -> list[tuple[str, str]]:
    return [(f.id, o) for f in CONTRACT.freedoms.values() if f.id.startswith(start) for o in f.option_ids]


def switches(**freedoms: str) -> Switches:
    return Switches(CONTRACT.vendor, {}, freedoms)


@pytest.mark.parametrize(("freedom", "option"), options("json-"))
def test_a_json_text_keeps_its_value(freedom: str, option: str) -> None:
    rendering = Rendering(switches(**{freedom: option}))
    for _ in range(2):
        shown = parse_json(rendering.render(CALL, Reply.json(VALUE)).body, same_numbers=True)
        assert {name: value for name, value in shown.items() if name != "serverInfo"} == VALUE


def test_all_forms_of_json_at_once_keep_the_value() -> None:
    chosen = {name: CONTRACT.freedoms[name].option_ids[-1] for name, _ in options("json-")}
    shown = parse_json(Rendering(switches(**chosen)).render(CALL, Reply.json(VALUE)).body, same_numbers=True)
    assert shown.pop("serverInfo")
    assert shown == VALUE


def canonical(text: bytes) -> bytes:
    parser = etree.XMLParser(remove_comments=True, remove_pis=True, strip_cdata=True, resolve_entities=True)
    root = etree.fromstring(text, parser)
    plain = [
        (e.tag, sorted(e.attrib.items()), (e.text or "") if not len(e) else "") for e in root.iter() if e.text != "n2"
    ]
    return json.dumps(plain).encode()


@pytest.mark.parametrize(("freedom", "option"), options("xml-"))
def test_an_xml_document_keeps_its_content(freedom: str, option: str) -> None:
    body = Rendering(switches(**{freedom: option})).render(CALL, Reply.xml(XML)).body
    assert canonical(body) == canonical(XML)


def test_all_forms_of_xml_at_once_keep_the_content() -> None:
    names = sorted({name for name, _ in options("xml-")})
    for chosen in product(*(CONTRACT.freedoms[name].option_ids[-2:] for name in names)):
        body = Rendering(switches(**dict(zip(names, chosen, strict=True)))).render(CALL, Reply.xml(XML)).body
        assert canonical(body) == canonical(XML), chosen


def test_what_is_neither_json_nor_xml_goes_out_as_it_is() -> None:
    forms = {name: CONTRACT.freedoms[name].option_ids[-1] for name, _ in (*options("json-"), *options("xml-"))}
    rendering = Rendering(switches(**forms))
    for media in ("application/json", "application/xml", "text/plain"):
        reply = Reply(200, (("content-type", media),), b"{not <any> of them")
        assert rendering.render(CALL, reply).body == reply.body


def test_a_body_is_compressed_for_a_client_that_accepts_it_and_for_no_other() -> None:
    rendering = Rendering(switches(**{"content-coding": "gzip"}))
    coded = rendering.render(CALL, Reply.json({}))
    assert (gzip.decompress(coded.body), dict(coded.headers)["content-encoding"]) == (b"{}", "gzip")
    plain = rendering.render(Call("GET", "/x", "", Headers(()), b"", "", secure=True), Reply.json({}))
    assert plain.body == b"{}"


class Fixed(Service):
    """Answers everything with the same value."""

    vendor = CONTRACT.vendor

    def prepare(self) -> None:
        pass

    def handle(self, call: Call) -> Reply:
        return Reply.json(VALUE, headers=(("X-Own", "kept"),))

    def target_facts(self, contract: str) -> TargetFacts:
        return TargetFacts({})


HTTP = [
    (freedom.id, option)
    for freedom in CONTRACT.freedoms.values()
    if any(ground.startswith(("RFC 9110", "RFC 9112")) for ground in freedom.grounds)
    for option in freedom.option_ids
]


@pytest.mark.parametrize(("freedom", "option"), HTTP)
def test_an_answer_comes_over_the_wire_in_every_form_of_http(freedom: str, option: str) -> None:
    service = Fixed(switches(**{freedom: option}), Settings())
    with ReferenceServer({CONTRACT.vendor: service}) as server:
        url = server.plain_url(CONTRACT.vendor)
        session = Session(Target(CONTRACT.id, "forms", "1", url), NoJournal())
        for _ in range(7):
            answer = session.send(Request("", "GET", "/x"), "check").answer
            assert answer is not None
            assert (answer.status, answer.json(), answer.header("x-own")) == (200, VALUE, "kept")
        session.close()


@pytest.mark.parametrize(
    ("form", "shown"),
    [
        ("path", "/profiles/a%2Fb"),
        ("whole", "https://host:8/profiles/a%2Fb"),
        ("network-path", "//host:8/profiles/a%2Fb"),
        ("encoded", "/profiles/./%61%2f%62"),
    ],
)
def test_a_reference_names_the_same_resource_in_each_form(form: str, shown: str) -> None:
    call = Call("POST", "/profiles", "", Headers((("Host", "host:8"),)), b"", "127.0.0.1", secure=True)
    reply = Reply.empty(201, (("Location", "/profiles/a%2Fb"),))
    headers = Headers(Rendering(switches(**{"uri-references": form})).render(call, reply).headers)
    assert headers.get("location") == shown
    assert unquote(urlsplit(urljoin("https://host:8/profiles", shown)).path) == "/profiles/a/b"


@pytest.mark.parametrize("contract", [each for each in specs.contracts().values() if each.absent_or_null], ids=repr)
def test_members_that_hold_nothing_may_be_null(contract: specs.Contract) -> None:
    rendering = Rendering(Switches(contract.vendor, {}, {"json-absent-members": "alternating"}))
    row = contract.absent_or_null[0]
    answers = [parse_json(rendering.render(CALL, Reply.json({row.beside: "x"})).body) for _ in range(2)]
    assert answers == [{row.beside: "x"}, {row.beside: "x"} | dict.fromkeys(row.members)]
