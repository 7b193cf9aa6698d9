"""Which answers that look like a refusal to serve the documents give to a request all the same."""

from __future__ import annotations

from conformance.genesys.asked import LONGEST_ID, Asked, Reader
from conformance.genesys.update_rules import UpdateRules
from conformance.genesys.world import World
from conformance.session.exchange import Exchange, Request

TOO_LONG = 414
CREDENTIALS = "credentials-checked"
REFUSED_IN_PLAIN = (401, 403)  # plain HTTP may be refused in any way (G-C33)
# Every server takes addresses of this length (RFC 9110, section 4.1, recommends 8000 octets); a 414 is about the id.
SHORT = 255


class OwnAnswers:
    """Tells the API's own answers from those of what stands in front of it."""

    def __init__(self, reader: Reader, rules: UpdateRules, world: World) -> None:
        self._reader = reader
        self._rules = rules
        self._world = world

    def holds(self, exchange: Exchange) -> bool:
        """Whether something in the request or the mode of the server explains the status. Changes nothing."""
        answer = exchange.answer
        if answer is None:
            return False
        if exchange.request.plain:
            return answer.status in REFUSED_IN_PLAIN
        asked = self._reader.read(exchange.request)
        match answer.status:
            case 401:
                return asked.credentials.bad or asked.foreign
            case 403 | 413 | 414:
                return asked.foreign or self._explains(exchange.request, asked, answer.status)
            case 503:
                return self._world.maintenance or self._world.switching
        return False

    def _explains(self, request: Request, asked: Asked, status: int) -> bool:
        """Whether something in a request demands a refusal with this status, or allows it as too much."""
        if status == TOO_LONG:
            address = len(request.path) + len(request.query)
            return asked.customer is not None and (len(asked.customer) > LONGEST_ID or address <= SHORT)
        if asked.operation != "update":
            return False
        conditions = self._rules.update(request, asked).conditions
        # That perhaps credentials are wanted explains nothing: a gateway says the same.
        telling = [c for c in conditions if not (c.accept and c.requirement == CREDENTIALS)]
        return any(status in condition.statuses for condition in telling)
