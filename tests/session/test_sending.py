"""What goes out is what was asked for, byte for byte, over connections that are kept."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from conformance.judge import NotTested
from conformance.session.exchange import Request, Trouble
from conformance.session.wire import UnsendableError
from conformance.target.model import USER_AGENT
from tests.session.hostile import OK, Peer, answering, serving
from tests.session.talk import PUT, send, talking, target


def test_path_and_query_are_sent_as_they_are() -> None:
    path, query = "/a%2f%7e/../b;x='{}|^\"<>[]%zz//", "q=%c3%A9&&a=+%20?/#not-a-fragment"
    with serving(answering(OK)) as server:
        send(f"{server.url}/pre%2fix", Request("", "GET", path, query))
    assert server.requests[0].split(b"\r\n")[0] == f"GET /pre%2fix{path}?{query} HTTP/1.1".encode()


def test_headers_are_the_given_ones_and_the_framing() -> None:
    headers = (("X-Twice", "1"), ("key", " padded "), ("x-twice", "2"), ("Cookie", "a=b"), ("umlaut", "ä"))
    with serving(answering(OK)) as server:
        send(server.url, Request("", "PUT", "/", headers=headers, body=b"{}"))
    assert server.requests[0].split(b"\r\n")[1:-2] == [
        f"Host: {server.url.removeprefix('http://')}".encode(),
        f"User-Agent: {USER_AGENT}".encode(),
        b"Accept-Encoding: gzip",
        b"Content-Length: 2",
        b"X-Twice: 1",
        b"key:  padded ",
        b"x-twice: 2",
        b"Cookie: a=b",
        b"umlaut: \xe4",
    ]


def test_the_target_file_and_the_request_may_name_another_user_agent() -> None:
    with serving(answering(OK)) as server, talking(replace(target(server.url), user_agent="acme/1")) as session:
        session.send(PUT, "check")
        session.send(replace(PUT, headers=(("user-agent", "own"),)), "check")
    told = [line for request in server.requests for line in request.split(b"\r\n") if line.lower().startswith(b"user-")]
    assert told == [b"User-Agent: acme/1", b"user-agent: own"]


@pytest.mark.parametrize(("body", "length"), [(None, None), (b"", b"0"), (b"abc", b"3")])
def test_no_body_and_an_empty_body_differ(body: bytes | None, length: bytes | None) -> None:
    with serving(answering(OK)) as server:
        send(server.url, Request("", "GET", "/", body=body))  # GET, where libraries leave a length of 0 out
    head, _, rest = server.requests[0].partition(b"\r\n\r\n")
    lines = [line for line in head.split(b"\r\n") if line.lower().startswith(b"content-length")]
    assert (lines, rest) == ([b"Content-Length: " + length] if length is not None else [], body or b"")


def test_a_body_in_chunks_has_no_length() -> None:
    with serving(answering(OK)) as server:
        send(server.url, Request("", "PUT", "/", body=b'{"a": 1}').in_chunks())
    head = server.requests[0].partition(b"\r\n\r\n")[0].lower()
    assert b"transfer-encoding: chunked" in head
    assert b"content-length" not in head


def test_framing_that_the_request_names_itself_is_kept() -> None:
    with serving(answering(OK)) as server:
        send(server.url, Request("", "PUT", "/", headers=(("content-length", "1"),), body=b"abc"))
    assert server.requests[0].endswith(b"content-length: 1\r\n\r\na")


@pytest.mark.parametrize(
    "request_",
    [
        Request("", "GET", "no-slash"),
        Request("", "GET", "/a b"),
        Request("", "GET", "/ä"),
        Request("", "GET", "/", "a\r\nb"),
        Request("", "G T", "/"),
        Request("", "GET", "/", headers=(("a", "b\r\nc: d"),)),
        Request("", "GET", "/", headers=(("a:", "b"),)),
        Request("", "GET", "/", headers=(("a", "\ud800"),)),
    ],
    ids=repr,
)
def test_a_request_that_http_cannot_express_is_refused_before_anything_is_sent(request_: Request) -> None:
    with serving(answering(OK)) as server:
        with pytest.raises(UnsendableError):
            send(server.url, request_)
        assert server.sources == []


def test_repeated_headers_of_an_answer_are_kept() -> None:
    with serving(
        answering(b"HTTP/1.1 200 OK\r\nSet-Cookie: a\r\nSet-Cookie: b\r\nContent-Length: 0\r\n\r\n")
    ) as server:
        exchange = send(server.url)
    assert exchange.answer is not None
    assert exchange.answer.headers == (("Set-Cookie", "a"), ("Set-Cookie", "b"), ("Content-Length", "0"))


@pytest.mark.parametrize(
    "answer",
    [
        OK,
        b"HTTP/1.1 204 No Content\r\n\r\n",
        b"HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + OK,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    ],
    ids=["length", "no content", "interim answers", "chunked"],
)
def test_connections_are_kept_alive(answer: bytes) -> None:
    with serving(answering(answer)) as server, talking(target(server.url)) as session:
        answers = [session.send(PUT, "check").answer for _ in range(3)]
    assert [each and each.status in (200, 204) for each in answers] == [True] * 3
    assert len(server.sources) == 1


def test_closing_ends_every_connection() -> None:
    ended = threading.Event()

    def talk(peer: Peer) -> None:
        answering(OK)(peer)
        ended.set()

    with serving(talk) as server:
        send(server.url)
        assert ended.wait(5)


def test_cookies_are_not_sent_back() -> None:
    cookie = b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b; Path=/\r\nContent-Length: 0\r\n\r\n"
    with serving(answering(cookie)) as server, talking(target(server.url)) as session:
        session.send(PUT, "check")
        session.send(PUT, "check")
    assert b"cookie" not in server.requests[1].lower()


def test_the_source_address_is_the_one_asked_for() -> None:
    with serving(answering(OK)) as server:
        send(server.url, Request("", "GET", "/", source="127.0.0.2"))
    assert server.sources == ["127.0.0.2"]


def test_a_source_address_of_another_machine_is_not_tested() -> None:
    with serving(answering(OK)) as server, pytest.raises(NotTested, match="not an address of this machine"):
        send(server.url, Request("", "GET", "/", source="192.0.2.1"))


def test_plain_requests_go_to_the_plain_address() -> None:
    with serving(answering(OK)) as server:
        to = target("https://127.0.0.1:1", plain=f"{server.url}/p")
        with talking(to) as session:
            session.send(Request("", "GET", "/x", plain=True), "check")
    assert server.requests[0].startswith(b"GET /p/x HTTP/1.1\r\n")


def test_without_a_plain_address_it_is_not_tested() -> None:
    with pytest.raises(NotTested, match="plain_http_url"):
        send("https://127.0.0.1:1", Request("", "GET", "/", plain=True))


def drop_second(peer: Peer) -> None:
    """The first connection ends when it is asked a second time."""
    peer.read_request()
    peer.send(OK)
    while peer.read_request() and peer.number > 1:
        peer.send(OK)


@pytest.mark.parametrize(("method", "trouble"), [("PUT", None), ("POST", Trouble.DROPPED)])
def test_a_stale_connection_is_replaced_where_that_is_safe(method: str, trouble: Trouble | None) -> None:
    with serving(drop_second) as server, talking(target(server.url)) as session:
        exchanges = [session.send(Request("", method, "/", body=b""), "check") for _ in range(2)]
    assert [exchange.trouble for exchange in exchanges] == [None, trouble]


def test_threads_may_share_a_session() -> None:
    with serving(answering(OK)) as server, talking(target(server.url)) as session, ThreadPoolExecutor(8) as pool:
        exchanges = list(pool.map(lambda _: session.send(PUT, "check"), range(80)))
    assert sorted(exchange.number for exchange in exchanges) == list(range(1, 81))
