"""Serves the services over TLS on loopback, and refuses on a plain-HTTP port."""

from __future__ import annotations

import asyncio
import logging
import socket
import tempfile
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Any, cast

import trustme
import uvicorn
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from conformance.reference.core import Call, Headers, Reply, Service
from conformance.reference.rendering import Rendered, Rendering

LOG = logging.getLogger(__name__)
HOST = "127.0.0.1"
WIRE = "conformance.wire"
LENGTH_REQUIRED = Reply.empty(411)
STATUS_LINE = b"HTTP/1.1 "
INTERIM = b"HTTP/1.1 103 Early Hints\r\nlink: </style.css>; rel=preload\r\n\r\n"


@dataclass(slots=True)
class Head:
    """How the head of the next answer is written, where it is not uvicorn's own way.

    Attributes:
        phrase: what stands behind the status code, or None for the registered words.
        names: header names in the letter case in which they are written, by their lower case.
        interim: whether a 103 goes out first.
    """

    phrase: bytes | None = None
    names: Mapping[bytes, bytes] = field(default_factory=dict)
    interim: bool = False

    def written(self, head: bytes) -> bytes:
        """The head of an answer, rewritten."""
        status_line, *lines = head.split(b"\r\n")
        if self.phrase is not None:
            version, code, _ = status_line.split(b" ", 2)
            status_line = b" ".join((version, code, self.phrase))
        rest = [self._line(line) for line in lines]
        interim = INTERIM if self.interim else b""
        return interim + b"\r\n".join([status_line, *rest])

    def _line(self, line: bytes) -> bytes:
        name, colon, value = line.partition(b":")
        return self.names.get(name, name) + colon + value


class WritingTransport:
    """A transport that writes the heads of answers in another form; all else goes straight through."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self.head = Head()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, data: bytes) -> None:
        """Writes a head, or a piece of a body, which uvicorn never writes together."""
        if data.startswith(STATUS_LINE):
            head, self.head = self.head, Head()
            data = head.written(data)
        self._transport.write(data)


class WritingProtocol(HttpToolsProtocol):
    """Lets an application write the head of an answer as it wants, or drop the connection; ASGI has no words for it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Puts the transport that rewrites heads before the real one."""
        self._writing = WritingTransport(transport)
        super().connection_made(cast(asyncio.Transport, self._writing))

    def on_message_begin(self) -> None:
        """Adds both ways to the scope of the request."""
        super().on_message_begin()
        self.scope["extensions"] = {WIRE: {"abort": self.transport.abort, "writing": self._writing}}


class Server(uvicorn.Server):
    """Ends at once: clients that keep idle TLS connections open would else leave their transports behind."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Cuts what is still connected, then stops serving."""
        for connection in list(self.server_state.connections):
            if connection.transport is not None:
                connection.transport.abort()
        await asyncio.sleep(0)
        await super().shutdown(sockets)


class Application:
    """The ASGI application: `/<vendor>/...` goes to that vendor's service."""

    def __init__(self, services: Mapping[str, Service]) -> None:
        self.services = services
        self._renderings = {vendor: Rendering(service.switches) for vendor, service in services.items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        call = await _call(request)
        vendor, slash, path = call.path.removeprefix("/").partition("/")
        service = self.services.get(vendor)
        if service is None:
            await Response(b"no such service", 404, media_type="text/plain")(scope, receive, send)
            return
        call = replace(call, path=slash + path)
        if call.headers.get("transfer-encoding") and service.freedom("chunked-requests") == "refused":
            reply = LENGTH_REQUIRED
        else:
            reply = await asyncio.to_thread(_reply, service, call) if service.threaded else _reply(service, call)
        wire = scope["extensions"][WIRE]
        if reply.drop:
            wire["abort"]()
            return
        await _write(self._renderings[vendor].render(call, reply), wire["writing"], send)


async def _call(request: Request) -> Call:
    raw_path: bytes = request.scope.get("raw_path") or request.url.path.encode()
    return Call(
        method=request.method,
        path=raw_path.decode("latin-1"),
        query=request.url.query,
        headers=Headers(tuple((k.decode("latin-1"), v.decode("latin-1")) for k, v in request.headers.raw)),
        body=await request.body(),
        client=request.client.host if request.client else "",
        secure=request.url.scheme == "https",
    )


def _reply(service: Service, call: Call) -> Reply:
    try:
        with service.lock:
            return service.handle(call)
    except Exception:
        LOG.exception("the %s reference failed on %s %s", service.vendor, call.method, call.path)
        return Reply(500, (("content-type", "text/plain"),), b"internal error of the reference")


async def _write(answer: Rendered, writing: WritingTransport, send: Send) -> None:
    """Sends an answer; one in chunks is sent in two of them."""
    if answer.delay_s:
        await asyncio.sleep(answer.delay_s)
    headers = [(k.encode("latin-1"), v.encode("latin-1", "replace")) for k, v in answer.headers]
    writing.head = Head(answer.phrase, {name.lower(): name for name, _ in headers}, answer.interim)
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    middle = len(answer.body) // 2 if answer.chunked else 0
    if middle:
        await send({"type": "http.response.body", "body": answer.body[:middle], "more_body": True})
    await send({"type": "http.response.body", "body": answer.body[middle:], "more_body": False})


class ReferenceServer:
    """Runs services in a thread of their own; use it as a context manager.

    Args:
        services: the services by vendor.
        port: TLS port; 0 takes a free one.
        plain_port: port for plain HTTP; 0 takes a free one.
    """

    def __init__(self, services: Mapping[str, Service], port: int = 0, plain_port: int = 0) -> None:
        self.services = services
        self._folder = tempfile.TemporaryDirectory(prefix="conformance-ca-")
        self.ca_file = Path(self._folder.name) / "ca.pem"
        self._certificate = Path(self._folder.name) / "server.pem"
        authority = trustme.CA()
        authority.cert_pem.write_to_path(str(self.ca_file))
        authority.issue_cert(HOST, "localhost").private_key_and_cert_chain_pem.write_to_path(str(self._certificate))
        self._sockets = [_listen(port), _listen(plain_port)]
        self.port, self.plain_port = (s.getsockname()[1] for s in self._sockets)
        application = Application(services)
        self._servers = [
            _server(application, ssl_certfile=str(self._certificate)),
            _server(application),
        ]
        self._threads = [
            threading.Thread(target=server.run, args=([sock],), daemon=True, name=f"reference-{sock.getsockname()[1]}")
            for server, sock in zip(self._servers, self._sockets, strict=True)
        ]

    def base_url(self, vendor: str) -> str:
        """Where a vendor's service answers over TLS."""
        return f"https://{HOST}:{self.port}/{vendor}"

    def plain_url(self, vendor: str) -> str:
        """Where the same service is asked over plain HTTP."""
        return f"http://{HOST}:{self.plain_port}/{vendor}"

    def __enter__(self) -> ReferenceServer:
        for service in self.services.values():
            service.start()
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for server in self._servers:
            server.should_exit = True
        for thread in self._threads:
            thread.join(timeout=10)
        for service in self.services.values():
            service.stop()
        self._folder.cleanup()


def _listen(port: int) -> socket.socket:
    # asyncio sets TCP_NODELAY only where the protocol is named; without it each answer waits 40 ms.
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    sock.bind((HOST, port))
    sock.listen(128)
    return sock


def _server(application: Application, **tls: Any) -> Server:
    config = uvicorn.Config(
        application,
        http=WritingProtocol,
        proxy_headers=False,  # no proxy stands in front, and what a client claims is not to be believed
        ws="none",
        lifespan="off",
        access_log=False,
        log_level="critical",  # a dropped connection is an error to uvicorn; ours are logged by the application
        server_header=False,
        timeout_graceful_shutdown=1,
        **tls,
    )
    return Server(config)
