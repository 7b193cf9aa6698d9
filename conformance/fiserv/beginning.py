"""What a run does before its probes: plainly valid requests, and a look at how soon reads show what was written."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from conformance.exercise.freshness import Staleness
from conformance.exercise.preflight import Attempt
from conformance.fiserv.answered import AGGREGATES, read_answer
from conformance.session.exchange import Exchange
from strategies.fiserv.profiles import Words, full_profile
from strategies.fiserv.schema import at

if TYPE_CHECKING:
    from conformance.fiserv.driver import Driver, User

ROUNDS = 3  # writes with a read right behind them
PATIENCE_S = 3.0  # in which a read may come to show what was written
PAUSE_S = 0.1


def preflight(driver: Driver) -> Iterator[Attempt]:
    """Reads by each user of the target file; the life of a user of the run's own, where it may make one.

    Nothing else is asked of lent users, whom updates and sign-ons change: what they were is remembered afterwards.
    """
    for name in ("user", "second_user"):
        user = driver.lent_user(name)
        if user is not None:
            yield _attempt(f"a read by the {name} of the target file", name, driver.ask_read(user))
    if driver.admin is None:
        return
    if not driver.can_create():
        yield _attempt("a read by the admin of the target file", "admin", driver.ask_read(driver.admin))
        return
    user, exchange = driver.ask_create()
    created = _attempt("the creation of a user by the admin of the target file", "admin", exchange)
    yield created
    if created.succeeded:
        if driver.target.path("signon") is not None:
            yield _attempt("a sign-on of a user of the run's own", "", driver.ask("signon", driver.head(user)))
        profile = full_profile(driver.words, "First")
        yield _attempt("an update by a user of the run's own", "", driver.ask_change(user, profile))
        yield _attempt("a read by a user of the run's own", "", driver.ask_read(user))
        yield _attempt("the deletion of that user", "admin", driver.ask_delete(user))


def _attempt(what: str, credential: str, exchange: Exchange) -> Attempt:
    answer = exchange.answer
    succeeded = answer is not None and read_answer(exchange.request.operation, answer).succeeded
    return Attempt(what, credential, exchange, succeeded)


def ask_for_shapes(driver: Driver, user: User, words: Words) -> None:
    """Sends a new user the members whose shape the public description alone gives, for a read to show them."""
    profile = full_profile(words, "Shape")
    answered = driver.change(user, profile)
    driver.read(user)
    for name in words.described if answered is None or not answered.succeeded else ():
        driver.change(user, {name: profile[name]})
        driver.read(user)


def freshness(driver: Driver) -> Staleness | None:
    """Whether a user of the run's own, whose profile was just read, reads at once what an update stored."""
    if not driver.can_create():
        return None
    with driver.bench.unjudged(lambda: True):
        return _freshness(driver)


def _freshness(driver: Driver) -> Staleness | None:
    user = driver.new_user()
    for number in range(ROUNDS):
        driver.ask_read(user)
        name = f"Fresh {number}"
        answered = driver.change(user, full_profile(driver.words, name))
        if answered is None or not answered.succeeded:
            return None
        first = driver.ask_read(user)
        if _shows(first, name):
            continue
        return _lag(driver, user, name, first)
    return None


def _lag(driver: Driver, user: User, name: str, first: Exchange) -> Staleness | None:
    waited = 0.0
    while waited < PATIENCE_S:
        driver.bench.pause(PAUSE_S)
        waited += PAUSE_S
        if _shows(driver.ask_read(user), name):
            return Staleness(waited, first)
    return None  # it is not late but lost


def _shows(exchange: Exchange, mark: str) -> bool:
    content = read_answer("read", exchange.answer).content if exchange.answer else None
    profile = at(content, AGGREGATES["read"], "UserProfile")
    return bool(at(profile, "PersonInfo", "PersonName", "LastName") == f"LastName {mark}")
