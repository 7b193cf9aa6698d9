"""Sessions: a token is good for its user, home, partner and role alone, and as long as it lasts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from conformance.exercise import check
from conformance.fiserv.checks.by_session import by_session, open_session, session_of, use
from conformance.fiserv.checks.sending import in_turn, need_own
from conformance.fiserv.driver import Driver, User
from conformance.fiserv.probes.asking import renamed
from conformance.judge import NotApplicable
from strategies.fiserv.schema import Content
from strategies.fiserv.wire import Format

NEWER = 60  # sessions of others that are opened while one is in use
OTHERS = 3
PAUSE_S = 1.1
Edit = Callable[[Content], object]


@check(deepens=("sign-on-failure", "identity-triple"))
def check_wrong(driver: Driver) -> None:
    """Sends a good token with another partner, home or role, and tokens that are nearly it, and reads back."""
    me = need_own(driver)
    token = session_of(driver, me)
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
        content = by_session(driver, me, value, renamed(driver, f"Wrong {number}"), **info)
        driver.update({**content, "partnerID": partner or driver.partner}, in_turn(driver, number))
        driver.read(me)

    driver.bench.each(list(enumerate([*cases, *cases[::-1]])), body)
    use(driver, me, token, "Still")
    driver.read(me)


@check(deepens=("no-server-failure", "sign-on-failure", "success-code"))
def check_forms(driver: Driver) -> None:
    """Writes each member of SessionInfo in many forms, or leaves it out, beside a change, and reads back."""
    me = need_own(driver)
    token = session_of(driver, me)
    home = str(driver.home)
    homes = ("abc", "Zq7xvj", "", " ", f" {home} ", f"0{home}", f"{home}.0", f"{home}x", "9" * 30, "-1", "0", "\u540d")
    cases: list[dict[str, Any]] = [{"HomeID": value} for value in (None, *homes)]
    cases += [{"Role": value} for value in (None, "", "user", "USER", "Advisor", "Zq7xvj")]
    cases += [{"Role": None, "HomeID": None}, {"Role": None, "HomeID": "abc"}, {"Role": "Admin", "HomeID": "abc"}]
    cases += [{"SessionToken": value} for value in ("", " ", "0", "null", "\u540d", "x" * 5000, f"'{token}'")]

    def body(case: tuple[int, dict[str, Any]]) -> None:
        number, info = case
        content = by_session(driver, me, token, renamed(driver, f"Form {number}"), **info)
        driver.update(content, in_turn(driver, number))
        if number % 2:
            use(driver, me, token, f"Right {number}", in_turn(driver, number // 2))
            driver.read(me)

    driver.bench.each(list(enumerate(cases)), body)
    use(driver, me, token, "Still")
    driver.read(me)


@check(deepens=("identity-triple", "unknown-user-code", "unknown-home-code"))
def check_identities(driver: Driver) -> None:
    """Names partner, home and user wrongly, or not at all, in updates that sign on with a session; and reads back."""
    me = need_own(driver)
    token = session_of(driver, me)

    def profile(**named: Any) -> Edit:
        return lambda content: content["UserProfileModRq"]["UserProfile"].update(named)

    def whole(**named: Any) -> Edit:
        return lambda content: content.update(named)

    edits: list[Edit] = [
        lambda content: content.pop("partnerID"),
        lambda content: content["UserProfileModRq"]["UserProfile"].pop("HomeID"),
        *(whole(partnerID=value) for value in (0, driver.unknown_partner, driver.partner * 10)),
        *(profile(HomeID=value) for value in (0, driver.unknown_home, driver.home + 2**32, "abc")),
        *(profile(HomeID=driver.fact(name, driver.unknown_home)) for name in ("other_home", "other_partner_home")),
        *(profile(UserID=value) for value in (driver.fresh_id(), f"{me.id}x", "me")),
        profile(UserID=driver.other.id),
    ]

    def body(case: tuple[int, Edit]) -> None:
        number, edit = case
        content = by_session(driver, me, token, renamed(driver, f"Named {number}"))
        edit(content)
        driver.update(content, in_turn(driver, number))
        driver.read(me)

    driver.bench.each(list(enumerate([*edits, *edits[::-1]])), body)
    driver.read(driver.other)
    use(driver, me, token, "Still")
    driver.read(me)


@check("permitted-updaters")
def check_administrator(driver: Driver) -> None:
    """Lets the session of the administrator name each user, with and without its role, and reads both back."""
    me, admin = need_own(driver), driver.need_admin
    session_of(driver, me)
    driver.seed(driver.other, "Theirs")
    token = open_session(driver, admin)
    roles: tuple[str | None, ...] = ("Admin", None)

    def body(case: tuple[User, str | None, Format]) -> None:
        user, role, format_ = case
        driver.update(by_session(driver, user, token, renamed(driver, f"Ruled as {role}"), Role=role), format_)
        driver.read(me)
        driver.read(driver.other)

    driver.bench.each([(u, role, f) for u in (me, driver.other) for role in roles for f in driver.formats], body)


@check(deepens=("other-user-untouched", "sign-on-failure"))
def check_others(driver: Driver) -> None:
    """Lets a session name another user, in its own role and in that of an administrator, and reads both back."""
    me, other = need_own(driver), driver.other
    token = session_of(driver, me)
    driver.seed(other, "Theirs")

    def body(case: tuple[str, Format]) -> None:
        role, format_ = case
        content = by_session(driver, me, token, renamed(driver, f"As {role}"), Role=role)
        content["UserProfileModRq"]["UserProfile"]["UserID"] = other.id
        driver.update(content, format_)
        driver.read(other)
        driver.read(me)

    driver.bench.each([(role, f) for role in ("User", "Admin") for f in driver.formats], body)


@check(deepens=("success-code", "success-is-stored"))
def check_kept(driver: Driver) -> None:
    """Uses a session again while many others are opened and deleted users' ones end, and after a while."""
    me = need_own(driver)
    token = session_of(driver, me)
    others = [user for user in (driver.try_create() for _ in range(OTHERS)) if user is not None]
    if not others:
        raise NotApplicable("no further users are created")
    for number in range(NEWER):
        open_session(driver, others[number % len(others)], in_turn(driver, number))
        if number in (2, 9, 19, 33):
            use(driver, me, token, f"Among {number}", in_turn(driver, number))
            driver.read(me)
    driver.bench.pause(PAUSE_S)
    use(driver, me, token, "Later")
    driver.read(me)
    driver.delete(others[0])
    for format_ in driver.formats:
        use(driver, me, token, f"Last in {format_}", format_)
        driver.read(me, format_)


@check(deepens=("sign-on-failure",))
def check_deleted(driver: Driver) -> None:
    """Uses the session of a user who was deleted, and then created anew with another password; nothing is updated."""
    need_own(driver)
    me = driver.own_user()
    token = session_of(driver, me)
    if not driver.delete(me):
        raise NotApplicable("the user cannot be deleted")
    use(driver, me, token, "Ghost")
    driver.change(me, renamed(driver, "Ghost"))
    again = driver.try_create(id=me.id)
    if again is None:
        return
    for format_ in driver.formats:
        driver.change(User(me.id, me.password), renamed(driver, "Old password"), format_)
        driver.read(again)
    driver.change(again, renamed(driver, "New"))
    driver.read(again)
