"""A file and an address that nobody may read: whoever shows what they hold, or asks for it, gives itself away."""

from __future__ import annotations

import ipaddress
import secrets
import tempfile
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from urllib.parse import urlsplit

STOP_S = 0.02  # how long closing the listener may take


class Canary:
    """A temporary file with a random token and an HTTP listener on loopback that serves another; a context manager.

    The listener answers every path with an XML declaration of the entity `canary`, so that it serves as an
    external entity and as an external document type alike.

    Attributes:
        file: the file.
        asked: paths that were asked of the listener, in order.
    """

    def __init__(self) -> None:
        self._in_file, self._served = (f"canary{secrets.token_hex(12)}" for _ in range(2))
        self._folder = tempfile.TemporaryDirectory(prefix="conformance-canary-")
        self.file = Path(self._folder.name) / "canary.txt"
        self.asked: list[str] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(STOP_S,), daemon=True)

    def __enter__(self) -> Canary:
        self.file.write_text(self._in_file, encoding="ascii")
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
        self._folder.cleanup()

    @property
    def file_uri(self) -> str:
        """The URI of the file."""
        return self.file.as_uri()

    @property
    def url(self) -> str:
        """The address of the listener."""
        return f"http://127.0.0.1:{self._server.server_port}/canary"

    def found_in(self, text: bytes) -> bool:
        """Whether a text shows what the file or the listener holds."""
        return self._in_file.encode() in text or self._served.encode() in text

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        canary = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                canary.asked.append(self.path)
                body = f'<!ENTITY canary "{canary._served}">'.encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/xml-dtd")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_HEAD = do_POST = do_GET  # noqa: N815 - the names that http.server wants

            def log_message(self, format: str, *args: object) -> None:
                """Says nothing."""

        return Handler


def reachable_from(base_url: str) -> bool:
    """Whether a target at this address runs on this machine, as far as its name tells: only then can it be tempted."""
    host = urlsplit(base_url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
