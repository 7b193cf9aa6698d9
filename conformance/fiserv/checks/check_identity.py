"""Who signs on and whose profile is updated."""

from __future__ import annotations

from hypothesis import strategies as st

from conformance.exercise import check
from conformance.fiserv.checks.wrongs import ROLE, SESSION, UNKNOWN_PARTNER, Wrong
from conformance.fiserv.driver import Driver, User
from conformance.fiserv.probes.answers import wrong_password
from conformance.fiserv.probes.asking import renamed
from strategies.fiserv.profiles import profiles
from strategies.fiserv.schema import Content
from strategies.fiserv.wire import Format


@check("identity-triple")
def check_triple(driver: Driver) -> None:
    """Sends an update with partner, home and user each wrong or left out, alone, beside a change, and reads back."""
    me = driver.me
    driver.seed(me, "Triple")

    def without_home(content: Content) -> None:
        del content["UserProfileModRq"]["UserProfile"]["HomeID"]

    def without_partner(content: Content) -> None:
        del content["partnerID"]

    def other_partner(content: Content) -> None:
        content["partnerID"] = driver.unknown_partner

    def other_home(content: Content) -> None:
        content["UserProfileModRq"]["UserProfile"]["HomeID"] = driver.unknown_home

    def foreign_partner(content: Content) -> None:
        content["partnerID"] = driver.fact("other_partner", driver.unknown_partner)

    def home_beside(content: Content) -> None:
        content["UserProfileModRq"]["UserProfile"]["HomeID"] = driver.fact("other_home", driver.unknown_home)

    def foreign_home(content: Content) -> None:
        content["UserProfileModRq"]["UserProfile"]["HomeID"] = driver.fact("other_partner_home", driver.unknown_home)

    def signon_home(content: Content) -> None:
        content["SignonRq"]["UserInfo"]["HomeID"] = driver.unknown_home

    edits = [without_home, without_partner, other_partner, foreign_partner, other_home, home_beside]
    edits += [foreign_home, signon_home]

    def body(case: tuple[int, Format]) -> None:
        content = driver.update_of(me, renamed(driver, f"Triple {case[0]}"))
        edits[case[0]](content)
        driver.update(content, case[1])
        driver.read(me)

    driver.bench.each([(number, format_) for number in range(len(edits)) for format_ in driver.formats], body)


@check("other-user-untouched", "error-changes-nothing")
def check_other_user(driver: Driver) -> None:
    """Lets one user name another in generated updates, and reads both profiles back."""
    me, other = driver.me, driver.other
    driver.seed(me, "Mine")
    driver.seed(other, "Theirs")

    def body(case: tuple[Content, Format]) -> None:
        driver.update(driver.update_of(other, case[0], by=me), case[1])
        driver.read(other)
        driver.read(me)

    driver.bench.for_all(st.tuples(profiles(driver.words), st.sampled_from(driver.formats)), body, share=0.6)
    for format_ in driver.formats:
        driver.update(driver.update_of(other, renamed(driver, "Behalf"), by=me, OBOUserID=other.id), format_)
        driver.read(other)


@check("other-user-untouched", "success-is-stored")
def check_neighbors(driver: Driver) -> None:
    """Lets two users update themselves in turn, and reads both back each time: neither may show the other's values."""
    me, other = driver.me, driver.other
    driver.whole(renamed(driver, "Mine"))
    driver.seed(me, "Left")
    driver.seed(other, "Right")
    users = (me, other)

    def body(case: tuple[Content, Format, int]) -> None:
        profile, format_, number = case
        driver.change(users[number], profile, format_)
        for user in users:
            driver.read(user, format_)

    choose = st.tuples(profiles(driver.words), st.sampled_from(driver.formats), st.integers(0, 1))
    driver.bench.for_all(choose, body, share=0.6)
    driver.update(driver.update_of(other, renamed(driver, "Not mine"), by=me))
    driver.read(other)


@check("permitted-updaters")
def check_administrator(driver: Driver) -> None:
    """Lets the user, and the administrator with and without OBOUserID, send a change, and reads back each time."""
    me, admin = driver.me, driver.need_admin
    driver.seed(me, "Ruled")

    def body(case: tuple[User, bool, Format]) -> None:
        by, behalf, format_ = case
        info = {"OBOUserID": me.id} if behalf else {}
        driver.update(driver.update_of(me, renamed(driver, f"By {by.role}"), by=by, **info), format_)
        driver.read(me)

    people = [(me, False), (admin, False), (admin, True)]
    driver.bench.each([(by, behalf, f) for by, behalf in people for f in driver.formats], body)


@check("sign-on-failure")
def check_wrong_password(driver: Driver) -> None:
    """Signs on with near misses of the password, beside a change, and reads back; a new user for each, to lock none."""
    user = driver.me
    driver.seed(user, "Locked")
    password = user.password
    # Few, for the target may lock a user out after a handful of failures.
    wrong = [f"{password}x", password[:-1], password.swapcase()] if user.ours else [f"{password}x"]

    def body(case: tuple[str, Format]) -> None:
        driver.update(driver.update_of(User(user.id, case[0]), renamed(driver, "Guessed")), case[1])
        driver.read(user)

    driver.bench.each([(guess, driver.formats[n % len(driver.formats)]) for n, guess in enumerate(wrong)], body)


@check("sign-on-failure")
def check_signon(driver: Driver) -> None:
    """Signs on with an unknown partner, an invented session and a role of others, beside a change, and reads back."""
    me = driver.me
    driver.seed(me, "Signed")

    def body(case: tuple[Wrong, Format]) -> None:
        driver.update(case[0].content(driver), case[1])
        driver.read(me)

    driver.bench.each([(wrong, f) for wrong in (UNKNOWN_PARTNER, SESSION, ROLE) for f in driver.formats], body)
    wrong_password(driver, driver.me)
    nobody = User(driver.fresh_id(), "Pw1-nobody-nowhere")
    driver.bench.each(driver.formats, lambda f: driver.change(nobody, renamed(driver, "Nobody"), f))
