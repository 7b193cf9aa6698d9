"""Several clients update one customer at the same time: every query shows one of their profiles, whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from conformance.exercise import check
from conformance.exercise.concurrently import Sent
from conformance.exercise.effort import Effort
from conformance.genesys.driver import Driver
from conformance.genesys.versions import Shown, Versions, profile_in, refused
from conformance.genesys.wire import accepted, status
from conformance.judge import Inconclusive
from conformance.judge.register import Counterexample, Kind, Operation, Promise, Ruling, judge
from conformance.judge.wholes import Mixture
from conformance.session.exchange import Exchange, Request

WHOLE = "updates-are-whole"
STANDS = "last-update-stands"
ALLOWED = "one of the profiles that were sent, whole"
ALONE = 3  # versions of different shapes that one client sends before the others come
ALL_ALONE, LAST = -2, -1  # clients before and after all others
WEAKEST_FIRST = tuple(reversed(Promise))


@dataclass(frozen=True, slots=True)
class Size:
    """How many histories, how many clients in each, and how many requests of each client."""

    histories: int
    clients: int
    requests: int


SIZES = {Effort.QUICK: Size(1, 4, 15), Effort.STANDARD: Size(3, 4, 20), Effort.THOROUGH: Size(4, 8, 150)}


@check(WHOLE, deepens=(STANDS,))
def check_concurrent_writers(driver: Driver) -> None:
    """Several clients send whole, distinguishable profiles to one customer and query it in between."""
    size = SIZES[driver.bench.effort]
    found: list[Ruling] = []
    stories: list[str] = []
    conflicts = 0

    def history(number: int) -> None:
        nonlocal conflicts
        driver.bench.begin_case(f"history {number}: {size.clients} clients, {size.requests} requests each")
        versions = Versions(driver, driver.customer())
        before = _alone(driver, versions)
        sent = [*driver.bench.together(_scripts(versions, size)), _last(driver, versions)]
        _judge_wholes(driver, versions, before, sent)
        _judge_end(driver, versions, sent)
        operations = [versions.operation(each, before=True) for each in before]
        operations += [versions.operation(each) for each in sent]
        ruling = judge(operation for operation in operations if operation is not None)
        found.append(ruling)
        stories.append(_told(ruling.counterexample))
        conflicts += sum(refused(each.exchange) for each in sent if versions.number(each.exchange) is not None)

    for number in range(1, size.histories + 1):
        history(number)
    weakest = min(range(len(found)), key=lambda each: WEAKEST_FIRST.index(found[each].promise))
    asked = size.histories * size.clients * size.requests
    refusals = f", {conflicts} of them refused" if conflicts else ""
    what = f"{found[weakest].promise} ({size.clients} clients, {asked} operations{refusals})"
    driver.bench.observe(f"what it promises to concurrent writers: {what}{stories[weakest]}")


def _alone(driver: Driver, versions: Versions) -> list[Sent]:
    """One client updates and queries: what is not whole then has nothing to do with others."""
    sent: list[Sent] = []
    for turn in range(-2 * ALONE, 0, 2):
        update = driver.put(versions.customer, versions.update())
        query = driver.send(versions.query())
        if not accepted(update) or versions.shown(query) != versions.number(update):
            raise Inconclusive("updates of one client alone are not stored as they were sent")
        sent += [Sent(ALL_ALONE, turn, turn, update), Sent(ALL_ALONE, turn + 1, turn + 1, query)]
    return sent


def _scripts(versions: Versions, size: Size) -> list[list[Request]]:
    """The first client updates all the time, the second one queries all the time, the others take turns."""

    def request(client: int, turn: int) -> Request:
        querying = turn + client if client > 1 else client
        return versions.query() if querying % 2 else versions.update()

    return [[request(client, turn) for turn in range(size.requests)] for client in range(size.clients)]


def _last(driver: Driver, versions: Versions) -> Sent:
    """A query when all is quiet again, by a client of its own."""
    return Sent(LAST, float("inf"), float("inf"), driver.send(versions.query()))


# Wholeness


@dataclass(frozen=True, slots=True)
class Violation:
    """A query that shows none of the versions that it may show, and the exchanges that explain it best."""

    observed: str
    trail: tuple[Exchange, ...]
    unexplained: bool


def _judge_wholes(driver: Driver, versions: Versions, before: Sequence[Sent], sent: Sequence[Sent]) -> None:
    """Holds every query to wholeness; the evidence is the violation that is the easiest to read."""
    updates = {versions.number(each.exchange): each for each in (*before, *sent)}
    broken: list[Violation] = []
    whole = 0
    for query in sent:
        if versions.number(query.exchange) is None and (shown := versions.shown(query.exchange)) is not None:
            violations = list(_violations(updates, query, shown))
            broken += violations
            whole += not violations
    for _ in range(whole):
        driver.bench.expect(WHOLE, True, observed="", allowed=ALLOWED)
    if broken:
        found = min(broken, key=lambda each: (each.unexplained, len(each.trail), len(each.observed)))
        told = f"{found.observed} ({len(broken)} of {whole + len(broken)} queries)"
        driver.bench.expect(WHOLE, False, observed=told, allowed=ALLOWED, trail=found.trail)


def _judge_end(driver: Driver, versions: Versions, sent: Sequence[Sent]) -> None:
    """When all is quiet, the profile is not that of an update after whose end another one began and was accepted."""
    last = versions.shown(sent[-1].exchange)
    updates = {number: each for each in sent if (number := versions.number(each.exchange)) is not None}
    if not isinstance(last, int):
        return
    ended = updates[last].ended_s if last in updates else float("-inf")
    later = [each for each in updates.values() if each.began_s > ended and accepted(each.exchange)]
    told = f"a query at the end shows the profile of an update that was finished before {len(later)} others began"
    trail = [
        *([updates[last].exchange] if last in updates else []),
        *(e.exchange for e in later[:1]),
        sent[-1].exchange,
    ]
    driver.bench.expect(STANDS, not later, observed=told, allowed="that of one of the last updates", trail=trail)


def _violations(updates: dict[int | None, Sent], query: Sent, shown: Shown) -> Iterator[Violation]:
    if isinstance(shown, int):
        source = updates.get(shown)
        if source is not None and refused(source.exchange):
            told = f"a query shows the profile of an update that was refused with {status(source.exchange)}"
            yield Violation(told, (source.exchange, query.exchange), False)
    elif isinstance(shown, Mixture):
        sources = sorted((updates[n] for n in shown.shares if n in updates), key=lambda each: each.began_s)
        trail = (*(each.exchange for each in sources), query.exchange)
        yield Violation(_mixed(updates, query, shown), trail, bool(shown.unexplained))


def _mixed(updates: dict[int | None, Sent], query: Sent, shown: Mixture[int]) -> str:
    profile = profile_in(query.exchange.answer)
    if not profile:
        return f"a query with status {status(query.exchange)} shows no profile"
    values = ", ".join(f"{name} is {profile.get(name, 'absent')!r:.100}" for name in shown.members)
    if shown.unexplained:
        return f"a query shows what nobody sent: {values}"
    shares = [
        f"{', '.join(names)} as {_whose(updates.get(number))} sent {'them' if len(names) > 1 else 'it'}"
        for number, names in shown.shares.items()
    ]
    return f"a query shows a mixture: {'; '.join(shares)} ({values})"


def _whose(sent: Sent | None) -> str:
    return f"client {sent.client + 1}" if sent is not None and sent.client >= 0 else "a client before all others"


# What the observation tells


def _told(counterexample: Counterexample) -> str:
    """Why a history is not linearizable, in words."""
    if not counterexample:
        return ""
    start = min((each.invoked for each in counterexample if each.process != "before"), default=0.0)
    names = {value: chr(ord("A") + at) for at, value in enumerate(dict.fromkeys(o.value for o in counterexample))}
    steps = "; ".join(_step(each, names[each.value], start) for each in counterexample)
    return f", not linearizable: {steps}; the documents demand wholeness alone"


def _step(operation: Operation, name: str, start: float) -> str:
    doing = "sends" if operation.kind is Kind.WRITE else "is shown"
    if not isinstance(operation.process, int):
        return f"{name} is stored before"
    client = "a client at the end" if operation.process < 0 else f"client {operation.process + 1}"
    if operation.invoked == float("inf"):
        return f"{client} {doing} {name}"
    ends = "unanswered" if operation.returned is None else f"{1000 * (operation.returned - start):.1f} ms"
    return f"{client} {doing} {name} ({1000 * (operation.invoked - start):.1f} to {ends})"
