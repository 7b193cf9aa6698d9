"""Before anything else: does the target serve any plainly valid request at all?"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import specs
from conformance.judge.refusal import is_page, refusal_of
from conformance.judge.verdicts import Signal
from conformance.session.exchange import Answer, Exchange, Trouble

if TYPE_CHECKING:
    from conformance.exercise.driver import Driver

CHECK = "preflight"
MOST_REQUESTS = 10
MEND_CREDENTIAL = "give the right one in [target.credentials], or leave it out"
UNREACHABLE = (Trouble.CONNECT, Trouble.TLS)
Redact = Callable[[str], str]
Likely = Callable[[Exchange, Redact], str]


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
        ended_by: what kept more from being made, in words, or "".
    """

    attempts: tuple[Attempt, ...]
    sent: int
    ended_by: str = ""

    @property
    def served(self) -> bool:
        """Whether anything valid succeeded."""
        return any(attempt.succeeded and attempt.decisive for attempt in self.attempts)

    def cause(self, redact: Redact) -> str:
        """Why nothing succeeded, and what to do about it, in one message.

        Args:
            redact: removes the secrets of a text; asked before anything is cut, as a part of a secret is one too.
        """
        if not self.attempts:
            why = f": {redact(self.ended_by)}" if self.ended_by else ""
            return f"no valid request could be made{why}; look at the credentials and data of the target file"
        failed = [attempt for attempt in self.attempts if not attempt.succeeded] or self.attempts
        first = failed[0]
        credentials = tuple(dict.fromkeys(a.credential for a in failed if a.credential))
        likely, mend = _diagnosis([a.exchange for a in failed], credentials, redact)
        request = first.exchange.request
        count = len(failed)
        sent = (
            f"none of {count} valid requests succeeded" if count > 1 else "the one valid request sent did not succeed"
        )
        return (
            f"{sent}, so nothing was tested: {likely}. "
            f"First was {first.what}, {request.method} {redact(request.path)[:100]}: {_came(first.exchange, redact)}. "
            f"What to do: {mend}"
        )


def fly(driver: Driver) -> Preflight:
    """Makes the attempts of a driver, ten requests at most; nothing is judged by them."""
    bench = driver.bench
    bench.begin(CHECK, ())
    before, ended_by = bench.session.sent, ""
    attempts: list[Attempt] = []
    patient, bench.session.patient = bench.session.patient, False  # ten requests at most, repetitions included
    try:
        with bench.unjudged(lambda: bench.session.sent - before < MOST_REQUESTS):
            for attempt in driver.preflight():
                attempts.append(attempt)
                if attempt.exchange.trouble in UNREACHABLE:
                    break
    except Signal as signal:
        ended_by = signal.reason
    except Exception as error:
        ended_by = f"a defect of the suite: {error!r}"
    finally:
        bench.session.patient = patient
    return Preflight(tuple(attempts), bench.session.sent - before, ended_by)


def refused_credentials(contract: specs.Contract, first: Preflight) -> dict[str, Exchange]:
    """Optional credentials that are refused, though others worked, and what shows it.

    Taken for good ones they would make little testing look like much: whatever is sent with them is refused. A quota,
    a failing server or no answer says nothing of a credential.
    """
    good = {attempt.credential for attempt in first.attempts if attempt.succeeded}
    tried = {a.credential: a.exchange for a in reversed(first.attempts) if _turned_down(a.exchange)}
    return {
        name: exchange
        for name, exchange in tried.items()
        if name in contract.credentials and not contract.credentials[name].required and name not in good
    }


def _turned_down(exchange: Exchange) -> bool:
    """Whether somebody who looked at the credential turned the request down."""
    answer, refusal = exchange.answer, refusal_of(exchange)
    return answer is not None and answer.status < 500 and not (refusal and refusal.lasting)


def _diagnosis(exchanges: Sequence[Exchange], credentials: Sequence[str], redact: Redact) -> tuple[str, str]:
    """The likely cause and what to change, by what most of the exchanges show."""
    for fits, likely, mend in _CAUSES:
        fitting = [exchange for exchange in exchanges if fits(exchange)]
        if 2 * len(fitting) >= len(exchanges):
            named = f" ({', '.join(credentials)})" if credentials else ""
            return likely(fitting[0], redact), mend.format(credentials=named)
    return "the answers have no cause in common", "look at the journal of the run"


def _trouble(*kinds: Trouble) -> Callable[[Exchange], bool]:
    return lambda exchange: exchange.trouble in kinds


def _status(*statuses: int) -> Callable[[Exchange], bool]:
    return lambda exchange: exchange.answer is not None and exchange.answer.status in statuses


def _answered(test: Callable[[Answer], bool]) -> Callable[[Exchange], bool]:
    return lambda exchange: exchange.answer is not None and test(exchange.answer)


def _refused(exchange: Exchange) -> bool:
    return refusal_of(exchange) is not None


def _words(text: str) -> Likely:
    return lambda _, __: text


def _location(exchange: Exchange, redact: Redact) -> str:
    location = exchange.answer.header("location") or "" if exchange.answer else ""
    try:
        place = urlsplit(location)
    except ValueError:
        return "it redirects"
    shown = redact(f"{place.scheme}://{place.netloc}{place.path}")[:200]
    return f"the address redirects to {shown}" if place.netloc else "it redirects"


def _refusal(exchange: Exchange, _: Redact) -> str:
    refusal = refusal_of(exchange)
    return refusal.what if refusal else ""


_CAUSES: tuple[tuple[Callable[[Exchange], bool], Likely, str], ...] = (
    (
        _trouble(Trouble.CONNECT),
        lambda exchange, redact: f"nothing answers at the address ({redact(exchange.detail)[:200]})",
        "correct `base_url`, or start the target",
    ),
    (
        _trouble(Trouble.TLS),
        lambda exchange, redact: f"there is no trusted TLS connection ({redact(exchange.detail)[:200]})",
        "name the authority that signed the target's certificate in `ca_file`, or correct the scheme in `base_url`",
    ),
    (
        _trouble(Trouble.TIMEOUT),
        _words("nothing is answered in time"),
        "raise `read_timeout_s` in [target.limits], or correct `base_url`",
    ),
    (
        _trouble(Trouble.DROPPED, Trouble.PROTOCOL),
        _words("what answers does not speak HTTP"),
        "correct `base_url` (host, port and scheme)",
    ),
    (
        _status(401, 403),
        _words("the credentials are refused, or a gateway in front of the API wants credentials of its own"),
        "check the credentials{credentials}, or give the gateway what it asks for",
    ),
    (
        _refused,
        _refusal,
        "look at what stands in front of the API; lower `rate` in [target.limits], or set `user_agent`",
    ),
    (_status(404, 405, 410), _words("there is no such path, or not for this method"), "correct the path in `base_url`"),
    (_status(301, 302, 303, 307, 308), _location, "let `base_url` name the place where the API is"),
    (_answered(is_page), _words("a web page answers, not the API"), "correct `base_url`"),
    (
        _answered(lambda answer: answer.status >= 500),
        _words("the server fails on every valid request"),
        "look at the server; nothing in the target file is at fault",
    ),
    (
        _answered(lambda _: True),
        _words("the API refuses every valid request"),
        "check the credentials{credentials} and the data of the target file",
    ),
)


def _came(exchange: Exchange, redact: Redact) -> str:
    """What came of an exchange, in a few words."""
    answer = exchange.answer
    if answer is None:
        return f"{exchange.trouble} ({redact(exchange.detail)[:200]})"
    text = " ".join(redact(answer.text()).split())[:200]
    return f"HTTP {answer.status} {text}".rstrip()
