"""Several clients at once: each sends requests of its own, one after another, while the others do the same."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from conformance.session.exchange import Exchange, Request
from conformance.session.session import Session


@dataclass(frozen=True, slots=True)
class Sent:
    """What one client sent, and when.

    Attributes:
        client: its number, from 0.
        began_s: before the first byte was sent, and before any wait for the rate, by the clock of this process.
        ended_s: after the last byte of the answer was there, by the same clock.
        exchange: what was sent and what came of it.
    """

    client: int
    began_s: float
    ended_s: float
    exchange: Exchange


@dataclass(frozen=True, slots=True)
class Conversation:
    """What several clients sent, in the order in which the answers came, and what ended it early, or None."""

    sent: tuple[Sent, ...]
    ended_by: BaseException | None


def concurrently(
    session: Session,
    check: str,
    scripts: Sequence[Sequence[Request]],
    *,
    clock: Callable[[], float] = time.monotonic,
) -> Conversation:
    """Sends the requests of several clients, each client in a thread of its own, all beginning together.

    What each client sends, and in which order, is decided by its script alone; how the clients interleave is up to
    the scheduler and to the target, and another time it will be different. Nothing is judged here: that needs one
    order, and there is none. Rate, budgets and journal are those of the session, which threads may share.

    Where the session sends a request again (after a 429, or on a new connection), the time counts from the first try,
    and the target may have carried it out more than once.

    A client that cannot go on (the budget is used up, say) ends all others after the request that they wait for.

    Args:
        session: the way to the target.
        check: on whose behalf.
        scripts: the requests of each client.
        clock: seconds, from any beginning; never goes back.
    """
    crowd = _Crowd(session, check, len(scripts), clock)
    threads = [
        threading.Thread(target=crowd.follow, args=(client, script), name=f"client-{client}", daemon=True)
        for client, script in enumerate(scripts)
    ]
    for thread in threads:
        thread.start()
    try:
        _joined(threads)
    except BaseException as error:
        crowd.stop(error)
        _joined(threads)
    return Conversation(tuple(sorted(crowd.sent, key=lambda each: each.ended_s)), crowd.ended_by)


def _joined(threads: Sequence[threading.Thread]) -> None:
    for thread in threads:
        thread.join()


class _Crowd:
    """Clients that begin together and end together."""

    def __init__(self, session: Session, check: str, size: int, clock: Callable[[], float]) -> None:
        self.sent: list[Sent] = []
        self.ended_by: BaseException | None = None
        self._session = session
        self._check = check
        self._clock = clock
        self._gate = threading.Barrier(size)
        self._lock = threading.Lock()

    def follow(self, client: int, script: Sequence[Request]) -> None:
        """Sends the requests of one client."""
        try:
            self._gate.wait()
            for request in script:
                if self.ended_by is not None:
                    return
                began = self._clock()
                exchange = self._session.send(request, self._check)
                ended = self._clock()
                with self._lock:
                    self.sent.append(Sent(client, began, ended, exchange))
        except threading.BrokenBarrierError:
            return
        except BaseException as error:
            self.stop(error)

    def stop(self, error: BaseException) -> None:
        """Ends every client; the first reason counts."""
        with self._lock:
            if self.ended_by is None:
                self.ended_by = error
        self._gate.abort()
