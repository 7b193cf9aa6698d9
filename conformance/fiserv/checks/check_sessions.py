"""Sessions: a token is good for its user, home, partner and role alone, and as long as it lasts."""

from __future__ import annotations

from typing import Any

from conformance.exercise import check
from conformance.fiserv.answered import Answered, read_answer
from conformance.fiserv.checks.sending import in_turn, need_own
from conformance.fiserv.driver import Driver, User
from conformance.fiserv.history import session_token
from conformance.fiserv.probes.asking import renamed
from conformance.judge import NotApplicable
from strategies.fiserv.schema import Content
from strategies.fiserv.wire import Format

NEWER = 60  # sessions of others that are opened while one is in use
OTHERS = 3
PAUSE_S = 1.1


def _open(driver: Driver, user: User, format_: Format | None = None) -> str:
    """The token of a new session. Raises NotApplicable."""
    content = driver.head(user)
    content["SignonRq"]["GenSessInfo"] = "true"
    answer = driver.ask("signon", content, format_).answer
    answered = read_answer("signon", answer) if answer else None
    token = session_token(answered.content) if answered is not None and answered.succeeded else None
    if token is None:
        raise NotApplicable("a sign-on that asks for a session gets no token")
    return token


def _by_session(driver: Driver, user: User, token: object, profile: Content, **info: Any) -> Content:
    """The update of a user, signed on with a session."""
    content = driver.update_of(user, profile)
    content["SignonRq"] = {"SessionInfo": {"SessionToken": token, "Role": "User", "HomeID": str(driver.home), **info}}
    return content


def _use(driver: Driver, user: User, token: str, mark: str, format_: Format | None = None) -> Answered | None:
    return driver.update(_by_session(driver, user, token, renamed(driver, mark)), format_)


def _session(driver: Driver, user: User) -> str:
    """A session of a user that was taken. Raises NotApplicable."""
    driver.seed(user, "Session")
    token = _open(driver, user)
    answered = _use(driver, user, token, "By session")
    driver.read(user)
    if answered is None or not answered.succeeded:
        raise NotApplicable(f"no update is taken that signs on with a session: {answered}")
    return token


@check("sign-on-failure", "identity-triple")
def check_wrong(driver: Driver) -> None:
    """Sends a good token with another partner, home or role, and tokens that are nearly it, and reads back."""
    me = need_own(driver)
    token = _session(driver, me)
    middle = len(token) // 2
    other = "1" if token[middle] != "1" else "2"
    near = [token[:-1], token[:middle], f"{token}x", f"{token}0", token + token]
    near += [token[:middle] + other + token[middle + 1 :], token[1:], driver.fresh_id()]
    partners = (driver.unknown_partner, driver.fact("other_partner", driver.unknown_partner), driver.partner + 1)
    homes = (driver.unknown_home, driver.home + 1, driver.fact("other_home", driver.unknown_home))
    cases: list[tuple[str, dict[str, Any], int | None]] = [
        *((each, {}, None) for each in near),
        *((token, {}, partner) for partner in partners),
        *((token, {"HomeID": str(home)}, None) for home in homes),
        (token, {"Role": "Admin"}, None),
    ]

    def body(case: tuple[int, tuple[str, dict[str, Any], int | None]]) -> None:
        number, (value, info, partner) = case
        content = _by_session(driver, me, value, renamed(driver, f"Wrong {number}"), **info)
        driver.update({**content, "partnerID": partner or driver.partner}, in_turn(driver, number))
        driver.read(me)

    driver.bench.each(list(enumerate([*cases, *cases[::-1]])), body)
    _use(driver, me, token, "Still")
    driver.read(me)


@check("other-user-untouched", "sign-on-failure")
def check_others(driver: Driver) -> None:
    """Lets a session name another user, in its own role and in that of an administrator, and reads both back."""
    me, other = need_own(driver), driver.other
    token = _session(driver, me)
    driver.seed(other, "Theirs")

    def body(case: tuple[str, Format]) -> None:
        role, format_ = case
        content = _by_session(driver, me, token, renamed(driver, f"As {role}"), Role=role)
        content["UserProfileModRq"]["UserProfile"]["UserID"] = other.id
        driver.update(content, format_)
        driver.read(other)
        driver.read(me)

    driver.bench.each([(role, f) for role in ("User", "Admin") for f in driver.formats], body)


@check("success-code", "success-is-stored")
def check_kept(driver: Driver) -> None:
    """Uses a session again while many others are opened and deleted users' ones end, and after a while."""
    me = need_own(driver)
    token = _session(driver, me)
    others = [user for user in (driver.try_create() for _ in range(OTHERS)) if user is not None]
    if not others:
        raise NotApplicable("no further users are created")
    for number in range(NEWER):
        _open(driver, others[number % len(others)], in_turn(driver, number))
        if number in (2, 9, 19, 33):
            _use(driver, me, token, f"Among {number}", in_turn(driver, number))
            driver.read(me)
    driver.bench.pause(PAUSE_S)
    _use(driver, me, token, "Later")
    driver.read(me)
    driver.delete(others[0])
    for format_ in driver.formats:
        _use(driver, me, token, f"Last in {format_}", format_)
        driver.read(me, format_)


@check("sign-on-failure")
def check_deleted(driver: Driver) -> None:
    """Uses the session of a user who was deleted, and then created anew with another password; nothing is updated."""
    need_own(driver)
    me = driver.own_user()
    token = _session(driver, me)
    if not driver.delete(me):
        raise NotApplicable("the user cannot be deleted")
    _use(driver, me, token, "Ghost")
    driver.change(me, renamed(driver, "Ghost"))
    again = driver.try_create(id=me.id)
    if again is None:
        return
    for format_ in driver.formats:
        driver.change(User(me.id, me.password), renamed(driver, "Old password"), format_)
        driver.read(again)
    driver.change(again, renamed(driver, "New"))
    driver.read(again)
