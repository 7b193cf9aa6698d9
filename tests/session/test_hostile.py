"""Whatever a target does to us becomes part of an exchange, in bounded time and space."""

from __future__ import annotations

import gzip
import socket
import ssl
import struct
import tracemalloc
import zlib
from pathlib import Path

import pytest
import trustme

from conformance.session.exchange import Request, Trouble
from tests.session.hostile import OK, Peer, Talk, answering, saying, serving
from tests.session.talk import PUT, send, talking, target

HEAD = b"HTTP/1.1 200 OK\r\n"


def forever(start: bytes, piece: bytes) -> Talk:
    def talk(peer: Peer) -> None:
        peer.read_request()
        peer.send(start)
        peer.send_forever(piece)

    return talk


def dripping(start: bytes, text: bytes) -> Talk:
    def talk(peer: Peer) -> None:
        peer.read_request()
        peer.send(start)
        peer.drip(text)

    return talk


def deaf(peer: Peer) -> None:
    peer.wait()


def resetting(peer: Peer) -> None:
    peer.read_request()
    peer._sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def coded(coding: str, body: bytes) -> bytes:
    return HEAD + f"Content-Encoding: {coding}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


@pytest.mark.parametrize(
    ("talk", "trouble"),
    [
        pytest.param(deaf, Trouble.TIMEOUT, id="silence"),
        pytest.param(dripping(b"", HEAD + b"a: " + b"x" * 9999), Trouble.TIMEOUT, id="dripping head"),
        pytest.param(dripping(HEAD + b"Content-Length: 9999\r\n\r\n", b""), Trouble.TIMEOUT, id="dripping body"),
        pytest.param(dripping(HEAD + b"\r\n", b""), Trouble.TIMEOUT, id="dripping body without length"),
        pytest.param(saying(), Trouble.DROPPED, id="closed without a word"),
        pytest.param(resetting, Trouble.DROPPED, id="reset"),
        pytest.param(saying(HEAD + b"Content-Length: 9\r\n\r\nshort"), Trouble.DROPPED, id="half a body"),
        pytest.param(saying(HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nab"), Trouble.DROPPED, id="half a chunk"),
        pytest.param(saying(b"\x16\x03\x01 what is this\r\n\r\n"), Trouble.PROTOCOL, id="garbage"),
        pytest.param(saying(b"HTTP/1.1 abc OK\r\n\r\n"), Trouble.PROTOCOL, id="no status"),
        pytest.param(saying(b"HTTP/2 200 OK\r\n\r\n"), Trouble.PROTOCOL, id="another version"),
        pytest.param(saying(HEAD + b"no colon\r\nContent-Length: 0\r\n\r\n"), Trouble.PROTOCOL, id="no colon"),
        pytest.param(forever(HEAD, b"a: b\r\n"), Trouble.PROTOCOL, id="flood of headers"),
        pytest.param(forever(HEAD, b"a" * 4096), Trouble.PROTOCOL, id="one endless header"),
        pytest.param(forever(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), Trouble.PROTOCOL, id="100 Continue for ever"),
        pytest.param(
            saying(HEAD + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab"), Trouble.PROTOCOL, id="two lengths"
        ),
        pytest.param(saying(coded("gzip", b"not gzip")), Trouble.PROTOCOL, id="not the coding it says"),
        pytest.param(saying(coded("gzip", gzip.compress(b"x" * 99)[:-9])), Trouble.PROTOCOL, id="half a gzip"),
        pytest.param(saying(coded("gzip", gzip.compress(b"") * 999)), Trouble.PROTOCOL, id="a thousand members"),
        pytest.param(saying(coded("br", b"abc")), Trouble.PROTOCOL, id="a coding nobody asked for"),
        pytest.param(saying(coded("gzip" + ", gzip" * 9, b"abc")), Trouble.PROTOCOL, id="ten codings"),
    ],
)
def test_what_is_no_answer_is_a_trouble(talk: Talk, trouble: Trouble) -> None:
    with serving(talk) as server:
        exchange = send(server.url, read_timeout_s=0.3 if trouble is Trouble.TIMEOUT else 5.0)
    assert (exchange.trouble, exchange.answer) == (trouble, None), exchange.detail


def test_time_is_bounded_in_total_and_not_by_read() -> None:
    with serving(dripping(HEAD + b"\r\n", b"")) as server:
        exchange = send(server.url, read_timeout_s=0.2)
    assert 0.2 <= exchange.elapsed_s < 5.0


def test_a_target_that_does_not_read_ends_in_time() -> None:
    with serving(deaf) as server:
        exchange = send(server.url, Request("", "PUT", "/", body=b"x" * 20_000_000), read_timeout_s=0.3)
    assert exchange.trouble is Trouble.TIMEOUT


def test_nobody_listening_is_a_trouble() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    exchange = send(f"https://127.0.0.1:{port}")
    assert (exchange.trouble, "refused" in exchange.detail) == (Trouble.CONNECT, True)


def test_plain_http_where_tls_is_expected_is_a_tls_trouble() -> None:
    with serving(lambda peer: peer.send(OK)) as server:
        exchange = send(server.url.replace("http:", "https:"))
    assert exchange.trouble is Trouble.TLS


@pytest.fixture(scope="module")
def tls() -> tuple[trustme.CA, ssl.SSLContext]:
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return authority, context


def test_a_certificate_that_is_not_trusted_is_a_tls_trouble(tls: tuple[trustme.CA, ssl.SSLContext]) -> None:
    with serving(answering(OK), tls[1]) as server:
        exchange = send(server.url)
    assert (exchange.trouble, "certificate verify failed" in exchange.detail) == (Trouble.TLS, True)


def test_over_tls_a_slow_drip_ends_and_the_next_request_works(
    tls: tuple[trustme.CA, ssl.SSLContext], tmp_path: Path
) -> None:
    def talk(peer: Peer) -> None:
        if peer.number == 1:
            peer.read_request()
            peer.drip(HEAD)
        answering(OK)(peer)

    tls[0].cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    with serving(talk, tls[1]) as server:
        to = target(server.url, ca_file=tmp_path / "ca.pem", read_timeout_s=0.3)
        with talking(to) as session:
            troubles = [session.send(PUT, "check").trouble for _ in range(3)]
    assert (troubles, len(server.sources)) == ([Trouble.TIMEOUT, None, None], 2)


def test_a_redirect_is_an_answer_and_never_followed() -> None:
    with serving(answering(b"HTTP/1.1 302 Found\r\nLocation: /\xff\r\nContent-Length: 0\r\n\r\n")) as server:
        exchange = send(server.url)
    assert (exchange.answer and exchange.answer.status, len(server.requests)) == (302, 1)


@pytest.mark.parametrize(
    "talk",
    [
        forever(HEAD + b"\r\n", b"x" * 4096),
        forever(HEAD + b"Content-Length: 999999999999\r\n\r\n", b"x" * 4096),
        forever(HEAD + b"Transfer-Encoding: chunked\r\n\r\n", b"4\r\nxxxx\r\n" * 500),
    ],
    ids=["no length", "a huge length", "chunks"],
)
def test_an_endless_body_is_cut(talk: Talk) -> None:
    with serving(talk) as server:
        exchange = send(server.url, max_answer_bytes=10_000)
    assert exchange.answer is not None
    assert (exchange.answer.body, exchange.answer.truncated) == (b"x" * 10_000, True)


def test_a_body_of_just_the_limit_is_whole() -> None:
    with serving(saying(HEAD + b"Content-Length: 2000\r\n\r\n" + b"x" * 2000)) as server:
        exchange = send(server.url, max_answer_bytes=2000)
    assert exchange.answer is not None
    assert not exchange.answer.truncated


@pytest.mark.parametrize("coding", ["gzip", "x-gzip", "deflate", "raw", "gzip, gzip"])
def test_content_codings_are_undone(coding: str) -> None:
    raw = zlib.compressobj(wbits=-15)
    body = {
        "deflate": zlib.compress(b"hello" * 99),
        "raw": raw.compress(b"hello" * 99) + raw.flush(),
        "gzip, gzip": gzip.compress(gzip.compress(b"hello" * 99)),
    }.get(coding, gzip.compress(b"hello" * 50) + gzip.compress(b"hello" * 49))
    with serving(saying(coded(coding.replace("raw", "deflate"), body))) as server:
        exchange = send(server.url)
    assert exchange.answer is not None
    assert exchange.answer.body == b"hello" * 99


def test_a_decompression_bomb_costs_little_memory() -> None:
    packer = zlib.compressobj(9, wbits=-15)
    megabyte = packer.compress(bytes(1024 * 1024)) + packer.flush(zlib.Z_FULL_FLUSH)
    bomb = gzip.compress(b"")[:10] + megabyte * 1024
    with serving(saying(coded("gzip", bomb))) as server:
        tracemalloc.start()
        exchange = send(server.url, max_answer_bytes=2 * 1024 * 1024)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert exchange.answer is not None
    assert (len(exchange.answer.body), exchange.answer.truncated) == (2 * 1024 * 1024, True)
    assert peak < 32 * 1024 * 1024
