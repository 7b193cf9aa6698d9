"""Servers that do to a client what they like: raw sockets on loopback, one thread for each connection."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Peer:
    """One connection, seen from the server."""

    def __init__(self, server: Server, sock: socket.socket, number: int) -> None:
        self.server = server
        self.number = number
        self._sock = sock
        self._file = sock.makefile("rb")

    def read_request(self) -> bytes:
        """The next request as it came; b"" where there is none."""
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            line = self._file.readline()
            if not line:
                return b""
            head += line
        length = next((int(v) for k, _, v in _fields(head) if k.lower() == b"content-length"), 0)
        request = head + self._file.read(length)
        self.server.requests.append(request)
        return request

    def send(self, *pieces: bytes) -> None:
        for piece in pieces:
            self._sock.sendall(piece)

    def send_forever(self, piece: bytes) -> None:
        while True:
            self._sock.sendall(piece)

    def drip(self, text: bytes) -> None:
        """A byte now and then, for ever."""
        while not self.server.stopping.wait(0.02):
            self._sock.sendall(text[:1])
            text = text[1:] or b"x"

    def wait(self) -> None:
        """Says nothing until the test is over."""
        self.server.stopping.wait()


@dataclass
class Server:
    url: str
    requests: list[bytes] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)


Talk = Callable[[Peer], None]


def answering(*answers: bytes) -> Talk:
    """Answers each request of each connection; the last answer stays."""
    left = list(answers)

    def talk(peer: Peer) -> None:
        while peer.read_request():
            peer.send(left.pop(0) if len(left) > 1 else left[0])

    return talk


def saying(*pieces: bytes) -> Talk:
    """Reads a request, says this, and closes."""

    def talk(peer: Peer) -> None:
        peer.read_request()
        peer.send(*pieces)

    return talk


@contextmanager
def serving(talk: Talk, tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    """A server on loopback that talks to each connection in this way."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = Server(f"{'https' if tls else 'http'}://127.0.0.1:{listener.getsockname()[1]}")
        open_ones: list[socket.socket] = []
        threads: list[threading.Thread] = []

        def serve(sock: socket.socket, number: int) -> None:
            with suppress(OSError), tls.wrap_socket(sock, server_side=True) if tls else sock as mine:
                open_ones.append(mine)
                talk(Peer(server, mine, number))

        def accept() -> None:
            with suppress(OSError):
                while True:
                    sock, (source, _) = listener.accept()
                    server.sources.append(source)
                    open_ones.append(sock)
                    threads.append(threading.Thread(target=serve, args=(sock, len(server.sources)), daemon=True))
                    threads[-1].start()

        accepting = threading.Thread(target=accept, daemon=True)
        accepting.start()
        try:
            yield server
        finally:
            server.stopping.set()
            _end([listener, *open_ones])
            for thread in [accepting, *threads]:
                thread.join(5)


def _end(sockets: Sequence[socket.socket]) -> None:
    for sock in sockets:
        with suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)


def _fields(head: bytes) -> list[tuple[bytes, bytes, bytes]]:
    return [line.partition(b":") for line in head.split(b"\r\n")[1:]]
