"""Who signs on, how, on whose behalf, and whom the profile names: each combination, by a table."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import Any

from conformance.exercise import check
from conformance.fiserv.checks.by_session import by_session, open_session
from conformance.fiserv.checks.sending import in_turn, need_own, right_after, shows
from conformance.fiserv.driver import Driver, User
from conformance.fiserv.history import session_token
from conformance.fiserv.probes.asking import renamed
from conformance.judge import NotApplicable
from strategies.fiserv.schema import Content

# Members of SignonRq that an update may have, with values that ask for little.
BESIDE: tuple[dict[str, Any], ...] = (
    {"GenSessInfo": "true"},
    {"GenSessInfo": "false"},
    {"RoleDetail": "clerk"},
    {"InstallID": "7"},
    {"Preferences": [{"ParamName": "language", "ParamVal": "en"}]},
    {"GenSessInfo": "true", "InstallID": "7", "RoleDetail": "clerk"},
    {"MFAQuestions": {"Questions": [{"question": "color", "answer": "blue"}]}},
)
VERSIONS = ("1.0", "1.4.6", "2", "Zq7xvj", "")
# Roles that a user does not have, in the spellings that careless code takes for another one.
ROLES = ("Admin", "ADMIN", "admin", " Admin", "User,Admin", "Advisor", "CSR", "Zq7xvj", "user", "")
HOME_OF_PROFILE, HOME_OF_SIGN_ON = "UserProfile", "SignonRq"


def _passwords(driver: Driver) -> dict[str, str]:
    """Passwords that are good for somebody else."""
    found = {"the other user's": driver.other.password}
    if driver.admin is not None:
        found["the administrator's"] = driver.admin.password
    return found


@check(deepens=("sign-on-failure",))
def check_swapped(driver: Driver) -> None:
    """Signs on with the id of one user and the password of another, whom the profile names or not; reads both back."""
    me, other = need_own(driver), driver.other
    driver.seed(me, "Mine")
    driver.seed(other, "Theirs")
    passwords = {"mine": me.password, **_passwords(driver)}
    cases = list(product((me, other), passwords, (me, other)))

    def body(case: tuple[int, tuple[User, str, User]]) -> None:
        number, (signer, whose, named) = case
        if passwords[whose] == signer.password:
            return
        by = User(signer.id, passwords[whose])
        driver.update(driver.update_of(named, renamed(driver, f"Swapped {number}"), by=by), in_turn(driver, number))
        # Good sign-ons of both, for a target may lock a user out after a few that failed.
        driver.read(me)
        driver.read(other)

    driver.bench.each(list(enumerate([*cases, *cases[::-1]])), body)
    gone = driver.try_create()
    if gone is not None and driver.delete(gone):
        driver.update(driver.update_of(me, renamed(driver, "Gone"), by=User(me.id, gone.password)))
        driver.update(driver.update_of(me, renamed(driver, "Gone"), by=User(gone.id, me.password)))
        driver.read(me)
    right_after(driver, "Swapped back")
    driver.read(me)


@check(deepens=("other-user-untouched",))
def check_behalf(driver: Driver) -> None:
    """Lets a user and the administrator name each user, nobody and themselves in OBOUserID; reads both users back."""
    me, other = driver.me, driver.other
    driver.seed(me, "Mine")
    driver.seed(other, "Theirs")
    signers = [each for each in (me, other, driver.admin) if each is not None]
    named = (me.id, other.id, driver.fresh_id(), "", *([driver.admin.id] if driver.admin else []))
    cases = list(product(signers, named, (me, other)))

    def body(case: tuple[int, tuple[User, str, User]]) -> None:
        number, (by, behalf, user) = case
        content = driver.update_of(user, renamed(driver, f"Behalf {number}"), by=by, OBOUserID=behalf)
        driver.update(content, in_turn(driver, number))
        driver.read(me)
        driver.read(other)

    driver.bench.each(list(enumerate(cases)), body)
    for number, user in enumerate((other.id, me.id, driver.fresh_id())):
        content = driver.update_of(me, renamed(driver, f"Simulated {number}"))
        content["SignonRq"]["SimulatedUserDetails"] = {"IdType": "CEUserLoginName", "IdValue": user}
        driver.update(content, in_turn(driver, number))
        driver.read(me)
        driver.read(other)
    # Naming somebody else is no permission, whoever is named on whose behalf.
    driver.update(driver.update_of(other, renamed(driver, "Not mine"), by=me))
    driver.read(other)


@check(deepens=("other-user-untouched", "sign-on-failure"))
def check_roles(driver: Driver) -> None:
    """Lets a user sign on in roles of others and name each user, in both formats; reads both back."""
    me, other = need_own(driver), driver.other
    driver.seed(me, "Mine")
    driver.seed(other, "Theirs")

    def body(case: tuple[int, tuple[str, User]]) -> None:
        number, (role, user) = case
        content = driver.update_of(user, renamed(driver, f"Role {number}"), by=me, Role=role)
        driver.update(content, in_turn(driver, number + number // 2))
        driver.read(me)
        driver.read(other)

    driver.bench.each(list(enumerate(product(ROLES, (other, me)))), body)
    driver.update(driver.update_of(other, renamed(driver, "Not mine"), by=me))
    driver.read(other)


@check(deepens=("sign-on-failure",))
def check_two_ways(driver: Driver) -> None:
    """Signs on with a wrong password and an invented session at once, beside a change, and reads back."""
    me = need_own(driver)
    driver.seed(me, "Double")
    # A token that the target gave out, but for its end.
    try:
        near = f"{open_session(driver, me)}x"
    except NotApplicable:
        near = driver.fresh_id()

    def body(case: tuple[int, tuple[str, str]]) -> None:
        number, (password, token) = case
        content = driver.update_of(User(me.id, password), renamed(driver, f"Two ways {number}"))
        session = {"Role": "User", "SessionToken": token, "HomeID": str(driver.home)}
        content["SignonRq"]["SessionInfo"] = session
        answered = driver.update(content, in_turn(driver, number))
        taken = answered is not None and answered.succeeded
        stored = shows(driver.read(me), f"Two ways {number}")
        observed = f"{answered} with a wrong password and a wrong token, and the change is stored: {stored}"
        driver.bench.expect("sign-on-failure", not (taken or stored), observed=observed, allowed="an error")

    passwords, tokens = (f"{me.password}x", me.password[:-1]), (driver.fresh_id(), near)
    driver.bench.each(list(enumerate(product(passwords, tokens))), body)
    right_after(driver, "One way")
    driver.read(me)


@check(deepens=("http-status", "request-id-echo", "success-is-stored", "no-server-failure"))
def check_beside(driver: Driver) -> None:
    """Sends right and wrong updates with each further member of SignonRq; what is answered with 0 is stored."""
    me = driver.me
    driver.seed(me, "Beside")

    def body(case: tuple[int, dict[str, Any]]) -> None:
        number, members = case
        for format_ in driver.formats:
            content = driver.update_of(me, renamed(driver, f"Beside {number} {format_}"))
            content["SignonRq"].update(members)
            driver.update(content, format_)
            driver.read(me)
        if me.ours:
            content = driver.update_of(User(me.id, f"{me.password}x"), renamed(driver, "Wrong beside"))
            content["SignonRq"].update(members)
            driver.update(content, in_turn(driver, number))
            driver.read(me)

    driver.bench.each(list(enumerate(BESIDE)), body)
    for number, version in enumerate(VERSIONS):
        content = {**driver.update_of(me, renamed(driver, f"Version {number}")), "version": version}
        driver.update(content, in_turn(driver, number))
        driver.read(me)
    driver.change(me, renamed(driver, "Alone"))
    driver.read(me)


@check(deepens=("sign-on-failure", "other-user-untouched", "success-code"))
def check_session_of_update(driver: Driver) -> None:
    """Uses the session that an update opened: for its user, for another, and in another role; reads both back."""
    me, other = need_own(driver), driver.other
    driver.seed(other, "Theirs")
    open_session(driver, me)
    content = driver.update_of(me, renamed(driver, "Opening"))
    content["SignonRq"]["GenSessInfo"] = "true"
    answered = driver.update(content)
    token = session_token(answered.content) if answered is not None and answered.succeeded else None
    if token is None:
        raise NotApplicable("an update opens no session")

    def body(case: tuple[int, tuple[User, str]]) -> None:
        number, (user, role) = case
        content = driver.update_of(user, renamed(driver, f"Opened {number}"))
        content["SignonRq"] = {"SessionInfo": {"SessionToken": token, "Role": role, "HomeID": str(driver.home)}}
        driver.update(content, in_turn(driver, number))
        driver.read(me)
        driver.read(other)

    driver.bench.each(list(enumerate(product((me, other), ("User", "Admin")))), body)
    right_after(driver, "Opened no more")
    driver.read(me)


def _without(place: str) -> Callable[[Content], None]:
    """Leaves out the home of the profile or that of the sign-on."""

    def edit(content: Content) -> None:
        holder = content["SignonRq"]["UserInfo"]
        if place == HOME_OF_PROFILE:
            holder = content["UserProfileModRq"]["UserProfile"]
        holder.pop("HomeID", None)

    return edit


@check(deepens=("identity-triple", "success-code"))
def check_second_home(driver: Driver) -> None:
    """Has users of the partner's other home update themselves with and without naming it, beside a namesake."""
    need_own(driver)
    home = driver.target.data.get("other_home")
    if home is None:
        raise NotApplicable("the target file names no other home of the partner")
    there = driver.try_create(home=int(home))
    lone = driver.try_create(home=int(home))
    if there is None or lone is None or driver.read(there) is None or driver.read(lone) is None:
        raise NotApplicable("no user is created in the partner's other home")
    here = driver.try_create(id=there.id)
    defaulted = driver.readings.settled("missing-home") == "defaulted"

    def body(case: tuple[int, tuple[User, tuple[str, ...]]]) -> None:
        number, (user, left_out) = case
        mark = f"Home {number}"
        content = driver.update_of(user, renamed(driver, mark))
        for place in left_out:
            _without(place)(content)
        answered = driver.update(content, in_turn(driver, number))
        if answered is None:
            return
        stored = shows(driver.read(user), mark)
        holds = stored == answered.succeeded
        observed = f"{answered}, and the change is {'' if stored else 'not '}stored, without the home of {left_out}"
        driver.bench.expect("identity-triple", holds, observed=observed, allowed="stored where it is taken")
        if not left_out or (defaulted and left_out == (HOME_OF_PROFILE,)):
            driver.bench.expect("success-code", answered.succeeded, observed=f"{answered}", allowed="0")
        for neighbor in (there, lone, here):
            if neighbor is not None and neighbor != user:
                mixed = shows(driver.read(neighbor), mark)
                observed = f"the profile of another user {'shows' if mixed else 'does not show'} the change"
                driver.bench.expect("identity-triple", not mixed, observed=observed, allowed="its own values")

    omitted = ((), (HOME_OF_PROFILE,), (HOME_OF_SIGN_ON,), (HOME_OF_PROFILE, HOME_OF_SIGN_ON))
    users = [user for user in (there, lone, here) if user is not None]
    driver.bench.each(list(enumerate([*product(users, omitted), *product(users, omitted[:2])])), body)
    _crossed(driver, there, lone, here)
    _sessions_there(driver, there, here)


def _crossed(driver: Driver, there: User, lone: User, here: User | None) -> None:
    """Lets users name each other's homes, in the profile and in the sign-on; none of it may be taken."""
    homes = (driver.home_of(there), driver.home)
    users = [user for user in (there, lone, here) if user is not None]

    def body(case: tuple[int, tuple[User, str]]) -> None:
        number, (user, place) = case
        wrong = homes[homes[0] == driver.home_of(user)]
        content = driver.update_of(user, renamed(driver, f"Crossed {number}"))
        holder = content["SignonRq"]["UserInfo"]
        (holder if place == HOME_OF_SIGN_ON else content["UserProfileModRq"]["UserProfile"])["HomeID"] = wrong
        answered = driver.update(content, in_turn(driver, number))
        holds = answered is None or not answered.succeeded
        observed = f"{answered} for a user of another home in {place}"
        driver.bench.expect("identity-triple", holds, observed=observed, allowed="an error")
        for each in users:
            mixed = shows(driver.read(each), "Crossed")
            observed = f"a profile {'shows' if mixed else 'does not show'} the change"
            driver.bench.expect("identity-triple", not mixed, observed=observed, allowed="unchanged")

    driver.bench.each(list(enumerate(product(users, (HOME_OF_PROFILE, HOME_OF_SIGN_ON)))), body)


def _sessions_there(driver: Driver, there: User, here: User | None) -> None:
    """Uses a session of the other home, with and without naming it, and under the first one, beside a namesake."""
    try:
        token = open_session(driver, there)
    except NotApplicable:
        return
    home = str(driver.home_of(there))
    cases = [(named, whole) for named in (home, None, str(driver.home)) for whole in (True, False)]

    def body(case: tuple[int, tuple[str | None, bool]]) -> None:
        number, (named, whole) = case
        mark = f"Session there {number}"
        content = by_session(driver, there, token, renamed(driver, mark), HomeID=named)
        if not whole:
            content["UserProfileModRq"]["UserProfile"].pop("HomeID")
        answered = driver.update(content, in_turn(driver, number))
        if answered is None:
            return
        stored, mixed = shows(driver.read(there), mark), here is not None and shows(driver.read(here), mark)
        holds = stored == answered.succeeded and not mixed and not (answered.succeeded and named == str(driver.home))
        observed = f"{answered} with the home {named}; stored: {stored}; stored with a namesake: {mixed}"
        allowed = "stored where it is taken, and nowhere else; an error under another home"
        driver.bench.expect("identity-triple", holds, observed=observed, allowed=allowed)

    driver.bench.each(list(enumerate(cases)), body)
