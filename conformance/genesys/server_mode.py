"""The mode of the server: switched where the target file allows it, and waited for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from conformance.genesys.wire import accepted, encode, json_of, status
from conformance.judge import NotTested
from conformance.session.exchange import Exchange, Request

if TYPE_CHECKING:
    from conformance.genesys.driver import Driver

SWITCHING_S = 90.0  # the vendor's page says that a switch takes about a minute


class ServerMode:
    """Switches between maintenance and production mode."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver
        self._switched = False

    @contextmanager
    def maintenance(self) -> Iterator[None]:
        """The server is in maintenance mode until the block ends. Raises NotTested where that is not allowed."""
        if self._driver.target.data.get("mode_switchable") is not True:
            raise NotTested(
                "the target file does not allow the mode to be switched",
                "say `mode_switchable = true` in [target.data]",
            )
        session = self._driver.bench.session
        self._switched, session.patient = True, False  # what is refused now is what is asked for
        try:
            self._switch("maintenance")
            yield
        finally:
            self._switch("production")
            self._switched, session.patient = False, True

    def shut(self, exchange: Exchange) -> bool:
        """Whether the server is in maintenance mode for a moment, which this check did not ask for."""
        switchable = self._driver.target.data.get("mode_switchable") is True
        return switchable and not self._switched and status(exchange) == 503

    def opened(self, exchange: Exchange) -> Exchange | None:
        """An exchange, unless the server was in maintenance mode."""
        return None if self.shut(exchange) else exchange

    def _switch(self, mode: str) -> None:
        driver = self._driver
        request = Request("setMode", "POST", driver.path("setMode"), "", driver.headers(), encode({"mode": mode}))
        found = driver.quietly(request)
        if found is None or not accepted(found):
            raise NotTested(f"the server does not switch to {mode} mode")
        if driver.has("status"):
            ask = Request("status", "GET", driver.path("status"), "", driver.headers(body=False))
            if driver.bench.poll(lambda: self._shows(ask, mode), deadline_s=SWITCHING_S) is None:
                raise NotTested(f"the server does not show {mode} mode within {SWITCHING_S:.0f} s")

    def _shows(self, ask: Request, mode: str) -> Exchange | None:
        exchange = self._driver.bench.session.send(ask, self._driver.bench.log.check)
        self._driver.bench.oracle.judge(exchange)
        shown = json_of(exchange.answer)
        known = isinstance(shown, dict) and isinstance(shown.get("mode"), str)
        return exchange if not known or shown["mode"].lower() == mode else None
