"""Interruptions: a request to stop ends a run in order, and does not end the putting back at the first try."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

HURRIED = (signal.SIGINT, signal.SIGTERM)


class Interrupts:
    """Handles SIGINT and SIGTERM in the main thread; in another one it does nothing.

    From `begin` on both raise KeyboardInterrupt. From `hold_off` on the first one is told that profiles are being
    put back, and only the next one raises.
    """

    def __init__(self, told: Callable[[str], None]) -> None:
        self._told = told
        self._before: dict[signal.Signals, Any] = {}
        self._holding = False
        self._warned = False

    def begin(self) -> None:
        """SIGTERM ends the run as Ctrl-C does."""
        if threading.current_thread() is not threading.main_thread():
            return
        for number in HURRIED:
            if signal.getsignal(number) in (signal.SIG_DFL, signal.default_int_handler):
                self._before[number] = signal.signal(number, self._handle)

    def hold_off(self) -> None:
        """What is under way now is better not interrupted."""
        self._holding = True

    def end(self) -> None:
        """Everything is as before `begin`."""
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before.clear()

    def _handle(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002
        if self._holding and not self._warned:
            self._warned = True
            self._told("lent profiles are being put back; interrupt once more to leave them as they are")
            return
        raise KeyboardInterrupt


def warn(text: str) -> None:
    """A warning on standard error."""
    sys.stderr.write(f"warning: {text}\n")
    sys.stderr.flush()
