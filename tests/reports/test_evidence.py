"""Evidence: bodies as the record holds them, and commands that really send the same again."""

from __future__ import annotations

import base64
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from conformance.record.evidence import exchange_record
from conformance.reference.embedded import serve, targets
from conformance.session.exchange import Request
from conformance.session.journal import NoJournal
from conformance.session.redaction import Redactor
from conformance.session.session import Session
from reports import BODY_LIMIT, Body, body_of, curl_of

Seen = list[tuple[str, str, dict[str, str], bytes]]


@pytest.fixture(scope="module")
def echo() -> Iterator[tuple[str, Seen]]:
    seen: Seen = []

    class Handler(BaseHTTPRequestHandler):
        def handle_one_request(self) -> None:
            self.raw_requestline = self.rfile.readline(65537)
            if self.raw_requestline and self.parse_request():
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                seen.append((self.command, self.path, dict(self.headers.items()), body))
                self.send_response(204)
                self.end_headers()
            self.close_connection = True

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", seen
        server.shutdown()


BODIES = [
    None,
    b"",
    b'{"name": "O\'Hara", "path": "$HOME `id` \\\\"}',
    b"@/etc/hostname",
    "<a>\n\té \u202e</a>".encode(),
    b"\x00\x01\xff binary",
    b"lone \xed\xa0\x80 surrogate",
    b'{"records": [' + b'{"id": "x"},' * 20_000 + b"]}",
]


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
@pytest.mark.parametrize(
    ("method", "body"),
    [*(("PUT", body) for body in BODIES), ("POST", None), ("POST", b"x"), ("DELETE", None), ("DELETE", b"x")],
    ids=range(len(BODIES) + 4),
)
def test_the_command_sends_the_same_request(echo: tuple[str, Seen], method: str, body: bytes | None) -> None:
    base, seen = echo
    headers = [("key", "s3cret; 'x'"), ("X-Empty", ""), ("X-Odd", 'a"$b`c\\')]
    path = "/a/../b/%20?q=[1]&r={x}&s='"
    command = curl_of(method, base + path, headers, body, secrets={"s3cret": "KEY"})
    assert "s3cret" not in command
    subprocess.run(["bash", "-c", command], env={"KEY": "s3cret", "PATH": "/usr/bin:/bin"}, check=True, timeout=20)
    sent_method, sent_path, sent_headers, sent_body = seen[-1]
    assert (sent_method, sent_path, sent_body) == (method, path, body or b"")
    assert {name: sent_headers[name] for name, _ in headers} == dict(headers)
    assert "Content-Type" not in sent_headers


def test_nothing_in_a_command_moves_the_cursor() -> None:
    command = curl_of("PUT", "https://h/\x1b[2J", [("x", "\x07\u202e")], b'{"a": "\xe2\x80\xae"}')
    assert all(char.isprintable() for char in command)


def test_a_secret_in_a_body_too_long_to_show_is_not_packed_away_either() -> None:
    command = curl_of("PUT", "https://h/", [], b"s3cret" + b"x" * BODY_LIMIT, secrets={"s3cret": "KEY"})
    assert "s3cret" not in command
    assert "@request-body" in command


def test_text_stays_text_and_other_bytes_become_base64() -> None:
    assert body_of(None) is None
    assert body_of("é\n".encode()) == Body(text="é\n")
    assert body_of(b"\x00\xff") == Body(base64=base64.b64encode(b"\x00\xff").decode())


def test_a_long_body_is_cut_between_characters_and_says_how_long_it_was() -> None:
    content = ("x" * (BODY_LIMIT - 1) + "é" * 10).encode()
    assert body_of(content) == Body(text="x" * (BODY_LIMIT - 1), cut=len(content))


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")
def test_a_command_with_basic_authentication_works_once_the_password_is_given() -> None:
    with serve(["genesys"]) as server:
        (target,) = targets(server, "1")
        password = target.credentials["password"].reveal()
        token = base64.b64encode(f"{target.credentials['username'].reveal()}:{password}".encode()).decode()
        headers = (("Authorization", f"Basic {token}"), ("ContactCenterId", "4f6c1d0e"))
        session = Session(target, NoJournal())
        exchange = session.send(Request("query", "GET", "/profiles/nobody", headers=headers), "any")
        session.close()
        curl = exchange_record(exchange, target, Redactor(target)).curl
        assert token not in curl
        assert password not in curl
        assert '"$PASSWORD"' in curl
        given = {name.upper(): secret.reveal() for name, secret in target.credentials.items()}
        done = subprocess.run(
            ["bash", "-c", f"{curl} -o /dev/null -w '%{{http_code}}'"],
            cwd=server.ca_file.parent,
            env={**given, "PATH": os.environ["PATH"]},
            capture_output=True,
            text=True,
            check=True,
        )
    assert exchange.answer is not None
    assert done.stdout == str(exchange.answer.status) != "401"
