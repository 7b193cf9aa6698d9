"""A gateway in front of a target: it refuses, or keeps answers, and passes everything else on."""

from __future__ import annotations

import http.client
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

from conformance.session.exchange import Answer, Pairs, header_of
from conformance.target import Target

HOP_BY_HOP = frozenset({"connection", "transfer-encoding", "content-length", "host", "expect", "date", "server"})


@dataclass(frozen=True)
class Asked:
    """A request as the gateway sees it; `number` counts from 1."""

    number: int
    method: str
    path: str
    headers: Pairs
    body: bytes

    def header(self, name: str) -> str | None:
        return header_of(self.headers, name)


Forward = Callable[[Asked], Answer]
Rule = Callable[[Asked, Forward], Answer]


@dataclass
class Gateway:
    """A running gateway; `asked` is every request that came."""

    url: str
    asked: list[Asked] = field(default_factory=list)


@contextmanager
def before(target: Target, rule: Rule) -> Iterator[tuple[Gateway, Target]]:
    """A gateway before a target, and the target as it is reached through it.

    Args:
        target: behind the gateway, over TLS.
        rule: answers a request by itself, or has it forwarded.
    """
    upstream = urlsplit(target.base_url)
    context = ssl.create_default_context(cafile=target.ca_file)
    lock = threading.Lock()

    def forward(asked: Asked) -> Answer:
        connection = http.client.HTTPSConnection(upstream.hostname or "", upstream.port, context=context, timeout=10)
        headers = {name: value for name, value in asked.headers if name.lower() not in HOP_BY_HOP}
        try:
            connection.request(asked.method, asked.path, asked.body or None, headers)
            response = connection.getresponse()
            return Answer(response.status, tuple(response.getheaders()), response.read())
        finally:
            connection.close()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_one_request(self) -> None:
            self.raw_requestline = self.rfile.readline(65537)
            if not self.raw_requestline or not self.parse_request():
                self.close_connection = True
                return
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            with lock:
                number = len(gateway.asked) + 1
                asked = Asked(number, self.command, self.path, tuple(self.headers.items()), body)
                gateway.asked.append(asked)
            answer = rule(asked, forward)
            head = [f"HTTP/1.1 {answer.status} {'Said By The Gateway'}"]
            head += [f"{name}: {value}" for name, value in answer.headers if name.lower() not in HOP_BY_HOP]
            head += ["" if answer.status == 204 else f"Content-Length: {len(answer.body)}"]
            text = "\r\n".join(line for line in head if line) + "\r\n\r\n"
            self.wfile.write(text.encode("latin-1") + (b"" if self.command == "HEAD" else answer.body))

        def log_message(self, format: str, *args: object) -> None:
            """Nothing is logged."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    gateway = Gateway(f"http://127.0.0.1:{server.server_address[1]}{upstream.path}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield gateway, replace(target, base_url=gateway.url, ca_file=None, unlisted_source=None)
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
