"""Serves the services over TLS on loopback, and refuses on a plain-HTTP port."""

from __future__ import annotations

import asyncio
import logging
import socket
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any

import trustme
import uvicorn
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from conformance.reference.core import Call, Headers, Reply, Service

LOG = logging.getLogger(__name__)
HOST = "127.0.0.1"
DROP = "conformance.drop"


class DroppableProtocol(HttpToolsProtocol):
    """Lets an application close the connection without an answer; ASGI has no word for that."""

    def on_message_begin(self) -> None:
        """Adds the way to drop the connection to the scope of the request."""
        super().on_message_begin()
        self.scope["extensions"] = {DROP: {"abort": self.transport.abort}}


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

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        body = await request.body()
        if any(service.threaded for service in self.services.values()):
            reply = await asyncio.to_thread(self._reply, request, body)
        else:
            reply = self._reply(request, body)
        if reply.drop:
            scope["extensions"][DROP]["abort"]()
            return
        response = Response(reply.body, reply.status)
        response.raw_headers = [
            *((k.lower().encode("latin-1"), v.encode("latin-1", "replace")) for k, v in reply.headers),
            *([(b"content-length", str(len(reply.body)).encode())] if reply.status not in (204, 304) else []),
        ]
        await response(scope, receive, send)

    def _reply(self, request: Request, body: bytes) -> Reply:
        raw_path = (request.scope.get("raw_path") or request.url.path.encode()).decode("latin-1")
        _, _, rest = raw_path.partition("/")
        vendor, slash, path = rest.partition("/")
        service = self.services.get(vendor)
        if service is None:
            return Reply(404, (("content-type", "text/plain"),), b"no such service")
        call = Call(
            method=request.method,
            path=slash + path,
            query=request.url.query,
            headers=Headers(tuple((k.decode("latin-1"), v.decode("latin-1")) for k, v in request.headers.raw)),
            body=body,
            client=request.client.host if request.client else "",
            secure=request.url.scheme == "https",
        )
        try:
            with service.lock:
                return service.handle(call)
        except Exception:
            LOG.exception("the %s reference failed on %s %s", vendor, call.method, call.path)
            return Reply(500, (("content-type", "text/plain"),), b"internal error of the reference")


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
        http=DroppableProtocol,
        ws="none",
        lifespan="off",
        access_log=False,
        log_level="critical",  # a dropped connection is an error to uvicorn; ours are logged by the application
        server_header=False,
        timeout_graceful_shutdown=1,
        **tls,
    )
    return Server(config)
