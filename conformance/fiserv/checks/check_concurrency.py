"""Updates at the same time: of different members of one user, and of different users."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.exercise import check
from conformance.exercise.concurrently import Sent
from conformance.exercise.effort import Effort
from conformance.fiserv.answered import AGGREGATES, read_answer
from conformance.fiserv.checks.sending import in_turn, need_own, shows
from conformance.fiserv.driver import Driver, User, answered_of
from conformance.fiserv.probes.asking import contact, invalid, person, renamed
from conformance.judge import NotApplicable
from conformance.session.exchange import Request
from strategies.fiserv.profiles import PLAIN
from strategies.fiserv.schema import Content, at

ROUNDS = {Effort.QUICK: 4, Effort.STANDARD: 6, Effort.THOROUGH: 20}
USERS = 3


def _request(driver: Driver, user: User, profile: Content, number: int) -> Request:
    format_ = in_turn(driver, number)
    return driver.request("update", driver.body("update", driver.update_of(user, profile), format_), format_)


def _read(driver: Driver, user: User, number: int) -> Request:
    format_ = in_turn(driver, number)
    return driver.request("read", driver.body("read", driver.head(user), format_), format_)


def _members(driver: Driver, mark: str) -> list[tuple[Content, str, tuple[str, ...]]]:
    """Updates of different members, each with the text that it stores and the place where that is shown."""
    plain: list[tuple[Content, str, tuple[str, ...]]] = [
        ({name: f"{name[:3]}{mark}"}, f"{name[:3]}{mark}", (name,)) for name in PLAIN
    ]
    if driver.readings.settled("omitted-members") != "merge":
        return plain
    name, inside = f"Last{mark}", ("PersonInfo", "ContactInfo", "PostAddr", "City")
    address = contact(driver, PostAddr={"Addr1": "1 Same", "Country": "NZ", "City": f"City{mark}"})
    email = contact(driver, EmailAddr=f"a{mark}@same.example.com".lower())
    mixed = [
        (renamed(driver, name), name, ("PersonInfo", "PersonName", "LastName")),
        (address, f"City{mark}", inside),
        (email, f"a{mark}@same.example.com".lower(), ("PersonInfo", "ContactInfo", "EmailAddr")),
        (
            person(driver, PersonName={"FirstName": f"First{mark}"}),
            f"First{mark}",
            ("PersonInfo", "PersonName", "FirstName"),
        ),
    ]
    return [each for pair in zip(mixed, plain, strict=False) for each in pair]


@check(deepens=("success-is-stored",))
def check_one_user(driver: Driver) -> None:
    """Sends updates of different members of one user at once, and reads back: each that was taken is stored."""
    if not driver.readings.may("omitted-members", "merge", "replace-aggregate", "replace-part", "replace-branch"):
        raise NotApplicable("an update replaces the whole profile, so that the last of two is all that is left")
    me = need_own(driver)
    driver.seed(me, "Same")
    shown: set[tuple[str, ...]] = set()
    for profile, _, place in _members(driver, "0"):
        driver.change(me, profile)
        shown |= {place} if at(driver.read(me), *place) is not None else set()

    def body(number: int) -> None:
        members = _members(driver, f"{number}x")
        members = members[number % 2 :][: 2 + number % 3]
        sent = driver.bench.together(
            [[_request(driver, me, profile, each)] for each, (profile, _, _) in enumerate(members)]
        )
        seen = driver.read_profile(me)
        for each in sent:
            _, text, place = members[each.client]
            answered = answered_of(each.exchange)
            if answered is not None and answered.succeeded and place in shown:
                stored = at(seen, *place)
                observed = f"{stored!r} is stored as {'.'.join(place)}"
                driver.bench.expect("success-is-stored", stored == text, observed=observed, allowed=repr(text))

    driver.bench.each(range(ROUNDS[driver.bench.effort]), body)


@check(deepens=("request-id-echo", "other-user-untouched", "success-is-stored"))
def check_several_users(driver: Driver) -> None:
    """Sends updates, wrong ones and reads of several users at once: answers and values are not mixed up."""
    users = [need_own(driver), driver.other, *(user for user in [driver.try_create()] if user is not None)][:USERS]
    for number, user in enumerate(users):
        driver.seed(user, f"User{number}")

    def body(number: int) -> None:
        marks = [f"Round {number} of {each}" for each in range(len(users))]
        scripts: list[Sequence[Request]] = []
        for each, user in enumerate(users):
            wrong = _request(driver, user, {**renamed(driver, "Wrong"), **invalid(driver)}, number + each)
            right = _request(driver, user, renamed(driver, marks[each]), number + each)
            own = _read(driver, user, number + each)
            orders = ([right, own], [wrong, right, own], [right, wrong, own])
            scripts.append(orders[(number + each) % len(orders)])
        sent = driver.bench.together(scripts)
        for talk in sent:
            if talk.exchange.request.operation == "read":
                _own_read(driver, talk, users, marks, _taken(sent, talk.client))
        for each, user in enumerate(users):
            _own_values(driver, driver.read(user), each, marks, taken=_taken(sent, each))

    driver.bench.each(range(ROUNDS[driver.bench.effort]), body)
    # Alone, so that all that the check decides is decided.
    for user in users:
        driver.change(user, renamed(driver, "Alone"))
        driver.read(user)


def _taken(sent: Sequence[Sent], client: int) -> bool:
    """Whether the right update of a client was answered with 0."""
    updates = [each.exchange for each in sent if each.client == client and each.exchange.request.operation == "update"]
    told = [answered_of(exchange) for exchange in updates]
    return any(answered is not None and answered.succeeded for answered in told)


def _own_read(driver: Driver, talk: Sent, users: Sequence[User], marks: Sequence[str], taken: bool) -> None:
    answer = talk.exchange.answer
    answered = read_answer("read", answer) if answer is not None else None
    if answered is None or not answered.succeeded:
        return
    profile = at(answered.content, AGGREGATES["read"], "UserProfile")
    named = at(profile, "UserID")
    holds = named is None or str(named).casefold() == users[talk.client].id.casefold()
    driver.bench.expect("other-user-untouched", holds, observed=f"the profile of {named}", allowed="the caller's own")
    _own_values(driver, profile if isinstance(profile, dict) else None, talk.client, marks, taken=taken)


def _own_values(driver: Driver, profile: Content | None, own: int, marks: Sequence[str], *, taken: bool) -> None:
    if profile is None:
        return
    others = [mark for number, mark in enumerate(marks) if number != own and shows(profile, mark)]
    driver.bench.expect("other-user-untouched", not others, observed=f"{others} are shown", allowed="own values")
    if taken:
        holds = shows(profile, marks[own])
        observed = f"{marks[own]!r} is {'' if holds else 'not '}shown"
        driver.bench.expect("success-is-stored", holds, observed=observed, allowed="what was sent")
