"""Before anything else: does the target serve any plainly valid request at all?"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import specs
from conformance.judge.refusal import is_page, refusal_of
from conformance.judge.verdicts import Failed, Signal
from conformance.session.exchange import Answer, Exchange, Trouble

if TYPE_CHECKING:
    from conformance.exercise.driver import Driver

CHECK = "preflight"
MOST_REQUESTS = 10
MEND_CREDENTIAL = "give the right one in [target.credentials], or leave it out"
UNREACHABLE = (Trouble.CONNECT, Trouble.TLS)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One plainly valid request.

    Attributes:
        what: the request in words, such as `a read of an own profile`.
        credential: the name of the credential in the target file that it uses, or "".
        exchange: what came of it.
        succeeded: whether the API itself answered it as a valid request.
        decisive: whether its success alone shows that the API is there; an answer such as 404, which says no more than
            that a credential is not refused, does not.
    """

    what: str
    credential: str
    exchange: Exchange
    succeeded: bool
    decisive: bool = True


@dataclass(frozen=True, slots=True)
class Preflight:
    """What came of the first requests of a run.

    Attributes:
        attempts: in the order in which they were made.
        sent: requests in all.
    """

    attempts: tuple[Attempt, ...]
    sent: int

    @property
    def served(self) -> bool:
        """Whether anything valid succeeded."""
        return any(attempt.succeeded and attempt.decisive for attempt in self.attempts)

    def cause(self) -> str:
        """Why nothing succeeded, and what to change, in one message."""
        if not self.attempts:
            return "no valid request could be made; look at the credentials and data of the target file"
        first = self.attempts[0]
        credentials = tuple(dict.fromkeys(a.credential for a in self.attempts if a.credential))
        likely, mend = _diagnosis([a.exchange for a in self.attempts], credentials)
        request = first.exchange.request
        count = len(self.attempts)
        sent = (
            f"none of {count} valid requests succeeded" if count > 1 else "the one valid request sent did not succeed"
        )
        return (
            f"{sent}, so nothing was tested: {likely}. "
            f"First was {first.what}, {request.method} {request.path[:100]}: {_came(first.exchange)}. Change: {mend}"
        )


def fly(driver: Driver) -> Preflight:
    """Makes the attempts of a driver, ten requests at most; nothing is judged by them."""
    bench = driver.bench
    bench.begin(CHECK, ())
    before = bench.session.sent
    attempts: list[Attempt] = []
    with bench.unjudged(lambda: bench.session.sent - before < MOST_REQUESTS):
        for attempt in _made(driver):
            attempts.append(attempt)
            if attempt.exchange.trouble in UNREACHABLE:
                break
    return Preflight(tuple(attempts), bench.session.sent - before)


def refused_credentials(contract: specs.Contract, first: Preflight) -> dict[str, Exchange]:
    """Optional credentials with which nothing succeeded, though others worked, and what shows it.

    Taken for good ones they would make little testing look like much: whatever is sent with them is refused.
    """
    good = {attempt.credential for attempt in first.attempts if attempt.succeeded}
    tried = {attempt.credential: attempt.exchange for attempt in reversed(first.attempts)}
    return {
        name: exchange
        for name, exchange in tried.items()
        if name in contract.credentials and not contract.credentials[name].required and name not in good
    }


def _made(driver: Driver) -> Iterator[Attempt]:
    """The attempts of a driver, as far as they come."""
    try:
        yield from driver.preflight()
    except (Signal, Failed):
        return


def _diagnosis(exchanges: Sequence[Exchange], credentials: Sequence[str]) -> tuple[str, str]:
    """The likely cause and what to change, by what most of the exchanges show."""
    for fits, likely, mend in _CAUSES:
        fitting = [exchange for exchange in exchanges if fits(exchange)]
        if 2 * len(fitting) >= len(exchanges):
            named = f" ({', '.join(credentials)})" if credentials else ""
            return likely(fitting[0]), mend.format(credentials=named)
    return "the answers have no cause in common", "look at the journal of the run"


def _trouble(*kinds: Trouble) -> Callable[[Exchange], bool]:
    return lambda exchange: exchange.trouble in kinds


def _status(*statuses: int) -> Callable[[Exchange], bool]:
    return lambda exchange: exchange.answer is not None and exchange.answer.status in statuses


def _answered(test: Callable[[Answer], bool]) -> Callable[[Exchange], bool]:
    return lambda exchange: exchange.answer is not None and test(exchange.answer)


def _refused(exchange: Exchange) -> bool:
    return refusal_of(exchange, own=False) is not None


def _words(text: str) -> Callable[[Exchange], str]:
    return lambda _: text


def _location(exchange: Exchange) -> str:
    location = (exchange.answer.header("location") or "" if exchange.answer else "")[:200]
    place = urlsplit(location)
    return f"the address redirects to {place.scheme}://{place.netloc}{place.path}" if place.netloc else "it redirects"


def _refusal(exchange: Exchange) -> str:
    refusal = refusal_of(exchange, own=False)
    return refusal.what if refusal else ""


_CAUSES: tuple[tuple[Callable[[Exchange], bool], Callable[[Exchange], str], str], ...] = (
    (
        _trouble(Trouble.CONNECT),
        lambda exchange: f"nothing answers at the address ({exchange.detail[:200]})",
        "`base_url`, or start the target",
    ),
    (
        _trouble(Trouble.TLS),
        lambda exchange: f"there is no trusted TLS connection ({exchange.detail[:200]})",
        "`ca_file` (the authority that signed the target's certificate), or the scheme in `base_url`",
    ),
    (
        _trouble(Trouble.TIMEOUT),
        _words("nothing is answered in time"),
        "`read_timeout_s` in [target.limits], or `base_url`",
    ),
    (
        _trouble(Trouble.DROPPED, Trouble.PROTOCOL),
        _words("what answers does not speak HTTP"),
        "`base_url` (host, port and scheme)",
    ),
    (
        _status(401, 403),
        _words("the credentials are refused, or a gateway in front of the API wants credentials of its own"),
        "the credentials{credentials}, or what the gateway asks for",
    ),
    (_refused, _refusal, "what stands in front of the API, `rate` in [target.limits], or `user_agent`"),
    (_status(404, 405, 410), _words("there is no such path"), "the path in `base_url`"),
    (_status(301, 302, 303, 307, 308), _location, "`base_url`, to where the API is"),
    (_answered(is_page), _words("a web page answers, not the API"), "`base_url`"),
    (
        _answered(lambda answer: answer.status >= 500),
        _words("the server fails on every valid request"),
        "nothing here: see to the server",
    ),
    (
        _answered(lambda _: True),
        _words("the API refuses every valid request"),
        "the credentials{credentials} and the data of the target file",
    ),
)


def _came(exchange: Exchange) -> str:
    """What came of an exchange, in a few words."""
    answer = exchange.answer
    if answer is None:
        return f"{exchange.trouble} ({exchange.detail[:200]})"
    text = " ".join(answer.text().split())[:200]
    return f"HTTP {answer.status} {text}".rstrip()
