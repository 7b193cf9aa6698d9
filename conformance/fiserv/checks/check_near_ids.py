"""Identifiers that are nearly another one: nobody has them, or somebody else does."""

from __future__ import annotations

from collections.abc import Callable

from conformance.exercise import check
from conformance.fiserv.checks.sending import SELDOM, in_turn, need_own, shows
from conformance.fiserv.driver import Driver, User
from conformance.fiserv.probes.asking import renamed
from conformance.judge import NotApplicable
from strategies.fiserv.schema import Content
from strategies.near_ids import near

BLANKS = (" ", "   ", "\t", "\u00a0")
ODD = ("*", "%", "_", "0", "null", "undefined", "self", "me")
LONGEST_ID = 32  # characters of a UserID, by the published rules


def _ids(user: User) -> list[str]:
    """Ids that nobody has: near ones, blank ones, words that careless code takes for the caller."""
    return [*(each.id for each in near(user.id)), *BLANKS, *ODD, f"{user.id},{user.id}", user.id * 40]


@check(deepens=("unknown-user-code", "identity-triple"))
def check_profile(driver: Driver) -> None:
    """Names ids that are nearly the caller's in UserProfile, beside a change, and reads back."""
    me = need_own(driver)
    driver.seed(me, "Near")

    def body(case: tuple[int, str]) -> None:
        number, id_ = case
        nearly = User(id_, me.password)
        driver.update(driver.update_of(nearly, renamed(driver, f"Nearly {number}"), by=me), in_turn(driver, number))
        _seldom_read(driver, me, number)

    driver.bench.each(list(enumerate(_ids(me))), body)
    _wrong_homes(driver, me, signing=False)


@check(deepens=("unknown-user-code", "sign-on-failure", "identity-triple"))
def check_signing_on(driver: Driver) -> None:
    """Signs on with ids that are nearly the user's and with the user's password, naming either; and reads back."""
    me = need_own(driver)
    driver.seed(me, "Signing")

    def body(case: tuple[int, str]) -> None:
        number, id_ = case
        nearly = User(id_, me.password)
        named = me if number % 2 else nearly
        driver.update(driver.update_of(named, renamed(driver, f"Signing {number}"), by=nearly), in_turn(driver, number))
        _seldom_read(driver, me, number)

    driver.bench.each(list(enumerate(_ids(me))), body)
    _wrong_homes(driver, me, signing=True)


def _wrong_homes(driver: Driver, me: User, *, signing: bool) -> None:
    """Sends homes and partners whose numbers are nearly the right ones."""

    def body(case: tuple[int, Callable[[Content], None]]) -> None:
        number, edit = case
        content = driver.update_of(me, renamed(driver, f"Home {number}"))
        edit(content)
        driver.update(content, in_turn(driver, number))
        _seldom_read(driver, me, number)

    def home(value: int) -> Callable[[Content], None]:
        def edit(content: Content) -> None:
            place = content["SignonRq"]["UserInfo"] if signing else content["UserProfileModRq"]["UserProfile"]
            place["HomeID"] = value

        return edit

    def partner(value: int) -> Callable[[Content], None]:
        return lambda content: content.update(partnerID=value)

    homes = [home(value) for value in _near_numbers(driver.home)]
    partners = [partner(value) for value in _near_numbers(driver.partner)]
    driver.bench.each(list(enumerate([*homes, *([] if signing else partners)])), body)
    driver.read(me)


def _seldom_read(driver: Driver, user: User, number: int) -> None:
    """Reads after one request of several: what any of them changed shows then."""
    if number % SELDOM == 0:
        driver.read(user)


def _near_numbers(number: int) -> list[int]:
    found = [
        0,
        number + 1,
        number - 1,
        number * 10,
        number // 10,
        number + 2**32,
        number + 2**31,
        number + 2**16,
        -number,
    ]
    return [each for each in found if each != number]


@check(deepens=("malformed-home-code", "error-changes-nothing"))
def check_fractions(driver: Driver) -> None:
    """Sends a UserProfile.HomeID with a fraction beside a change, and reads back: it is no integer."""
    me = driver.me
    driver.seed(me, "Fraction")

    def body(case: tuple[int, object]) -> None:
        number, home = case
        driver.change(me, {**renamed(driver, f"Fraction {number}"), "HomeID": home}, in_turn(driver, number))
        driver.read(me)

    home = driver.home
    values = [home + 0.5, f"{home}.5", home + 0.25, f"{home}x", home + 0.75, f"x{home}"]
    driver.bench.each(list(enumerate(values)), body)


@check(deepens=("success-is-stored", "identity-triple"))
def check_pairs(driver: Driver) -> None:
    """Creates users whose ids are nearly the same, and updates each: each has a profile of its own."""
    first = need_own(driver)
    start = driver.bench.fresh(25)
    long = f"pc{start}"[: LONGEST_ID - 5]
    ids = [f"{first.id}x", f"{first.id[:-1]}_", f"{first.id}0", f"{long}12345", f"{long}12346", f"{long}_2345"]
    if driver.readings.settled("user-id-case") == "exact":
        ids.append(first.id.upper())
    users = [first, *(user for user in (driver.try_create(id=id_) for id_ in ids) if user is not None)]
    if len(users) == 1:
        raise NotApplicable("no user is created whose id is nearly that of another")
    for number, user in enumerate(users):
        driver.change(user, renamed(driver, f"Pair {number}"), in_turn(driver, number))
    for number, user in enumerate(users):
        seen = driver.read(user)
        others = [f"Pair {each}" for each in range(len(users)) if each != number]
        mixed = [mark for mark in others if shows(seen, mark)]
        observed = f"the profile of user {number} shows {mixed}"
        driver.bench.expect("identity-triple", not mixed, observed=observed, allowed="the user's own values")
    longest = [user for user in users if len(user.id) == LONGEST_ID]
    for number, user in enumerate(longest):
        for nobody in (User(f"{user.id}x", user.password), User(user.id[:-1], user.password)):
            for by in (user, nobody):
                driver.update(driver.update_of(nobody, renamed(driver, "Longer"), by=by), in_turn(driver, number))
                driver.read(user)
    for gone in users[1:3]:
        driver.delete(gone)
    for user in (users[0], *users[3:]):
        driver.change(user, renamed(driver, "Left"))
        driver.read(user)


@check(deepens=("identity-triple",))
def check_namesakes(driver: Driver) -> None:
    """Creates a user of the same UserID in another home of the partner; neither may change or show the other."""
    me = need_own(driver)
    home = driver.target.data.get("other_home")
    if home is None:
        raise NotApplicable("the target file names no other home of the partner")
    driver.seed(me, "Here")
    there = driver.try_create(id=me.id, home=int(home))
    if there is None:
        raise NotApplicable("no user of the same UserID is created in the other home")
    _keeps(driver, me, "LastName Here", ("zero",))

    def body(number: int) -> None:
        format_ = in_turn(driver, number)
        driver.change(me, renamed(driver, f"Mine {number}"), format_)
        _keeps(driver, there, "", (f"Mine {number}",))
        driver.change(there, renamed(driver, f"Yours {number}"), format_)
        _keeps(driver, there, f"Yours {number}", (f"Mine {number}",))
        _keeps(driver, me, f"Mine {number}", (f"Yours {number}",))
        crossed = driver.update_of(there, renamed(driver, f"Crossed {number}"), by=me)
        answered = driver.update(crossed, format_)
        _refused(driver, answered is None or not answered.succeeded, f"{answered} for the home of a namesake")
        _keeps(driver, there, f"Yours {number}", (f"Crossed {number}",))
        # Each with the other's password: the home decides whose it is.
        for user, other in ((me, there), (there, me)):
            taken = driver.change(User(user.id, other.password, home=user.home), renamed(driver, "Swapped"), format_)
            _refused(driver, taken is None or not taken.succeeded, f"{taken} for the password of a namesake")
            _keeps(driver, user, "", ("Swapped",))

    driver.bench.each(range(len(driver.formats)), body)
    driver.delete(there)
    driver.change(me, renamed(driver, "Alone"))
    _keeps(driver, me, "Alone", ())


def _refused(driver: Driver, holds: bool, observed: str) -> None:
    driver.bench.expect("identity-triple", holds, observed=observed, allowed="an error")


def _keeps(driver: Driver, user: User, mark: str, others: tuple[str, ...]) -> None:
    """Reads a profile: it shows its own mark, and none of others."""
    seen = driver.read(user)
    mixed = [other for other in others if shows(seen, other)]
    holds = seen is None or (shows(seen, mark) and not mixed)
    observed = f"{mark!r} is {'' if shows(seen, mark) else 'not '}shown, and {mixed}"
    driver.bench.expect("identity-triple", holds, observed=observed, allowed=f"{mark!r} alone")
