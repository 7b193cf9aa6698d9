"""What comes after: refused updates, others' updates, the same update again, deleted users, a while."""

from __future__ import annotations

from conformance.exercise import check
from conformance.fiserv.checks.sending import in_turn, need_own, right_after, shows
from conformance.fiserv.checks.wrongs import OTHER, SINGLE, Wrong
from conformance.fiserv.driver import Driver, User
from conformance.fiserv.probes.asking import contact, renamed
from conformance.judge import NotTested
from strategies.fiserv.schema import Content, at
from strategies.fiserv.wire import Format

NEIGHBORS = 34  # users who are created and updated while one is kept
PAUSE_S = 1.1


@check(deepens=("error-changes-nothing", "success-code", "success-is-stored"))
def check_refused(driver: Driver) -> None:
    """Sends a refused update of each kind, then right ones of other members, with which it must not come."""
    me = driver.me
    driver.whole(renamed(driver, "Refused"))
    driver.whole(contact(driver, EmailAddr="x"))
    driver.seed(me, "Calm")

    def body(case: tuple[int, Wrong]) -> None:
        number, wrong = case
        mark = f"Refused{number}"
        content = wrong.content(driver)
        named = at(content, "UserProfileModRq", "UserProfile") or {}
        info = at(named, "PersonInfo")
        parts = info.get("PersonName", {}) if isinstance(info, dict) else {}
        if isinstance(info, dict) and isinstance(parts, dict) and "PersonName" in info:
            info["PersonName"] = {**parts, "LastName": mark, "MiddleName": mark}
        named["AppID"] = mark
        format_ = in_turn(driver, number)
        refused = driver.update(content, format_)
        right = contact(driver, EmailAddr=f"after{number}@second.example.com")
        right["PersonInfo"]["PersonName"] = {"FirstName": f"After {number}"}
        driver.change(me, right, in_turn(driver, number + 1))
        seen = driver.read(me)
        if refused is not None and not refused.succeeded and seen is not None:
            come = shows(seen, mark)
            observed = f"{mark!r} of the refused update is {'' if come else 'not '}stored by the next"
            driver.bench.expect("error-changes-nothing", not come, observed=observed, allowed="not stored")

    wrongs = (*SINGLE, OTHER)
    cases = [*enumerate(wrongs), *((number + 1, wrong) for number, wrong in enumerate(wrongs) if number % 3 == 0)]
    driver.bench.each(cases, body)
    _cut(driver)


def _cut(driver: Driver) -> None:
    """The same behind bodies that are cut off."""

    def body(format_: Format) -> None:
        message = driver.body("update", driver.update_of(driver.me, renamed(driver, "Cutoff")), format_)
        for size in (len(message) - 1, len(message) - 12, len(message) // 2):
            driver.post(message[:size], format_)
            right_after(driver, f"Behind {size}", format_)
            driver.read(driver.me)

    driver.bench.each(driver.formats, body)


@check(deepens=("success-is-stored", "request-id-replay"))
def check_to_and_fro(driver: Driver) -> None:
    """Sends A, B and A again, as one user, by others and in both formats, under new and used RqUIDs, and reads back."""
    me = driver.me
    driver.whole(renamed(driver, "A"))
    driver.seed(me, "Fro")
    admin = driver.admin if me.ours else None

    def body(case: tuple[int, User | None, bool]) -> None:
        number, second, same_id = case
        first = driver.update_of(me, renamed(driver, "A"))
        between = driver.update_of(me, renamed(driver, "B"), by=second)
        driver.update(first, in_turn(driver, number))
        driver.read(me, driver.formats[0])
        driver.update(between, in_turn(driver, number + 1))
        driver.read(me, driver.formats[-1])
        first["RqUID"] = first["RqUID"] if same_id else driver.request_id()
        driver.update(first, in_turn(driver, number))
        driver.read(me, driver.formats[0])
        driver.read(me, driver.formats[-1])

    callers = (None, admin) if admin is not None else (None,)
    cases = [(number, by, same) for number in range(2) for by in callers for same in (False, True)]
    driver.bench.each(cases, body)
    # With an update of somebody else between.
    driver.change(me, renamed(driver, "A"))
    driver.change(driver.other, renamed(driver, "A"))
    driver.change(me, renamed(driver, "B"))
    driver.change(driver.other, renamed(driver, "A"))
    driver.change(me, renamed(driver, "A"))
    driver.read(me)
    driver.read(driver.other)


@check(deepens=("http-status", "success-code", "success-is-stored"))
def check_blank_users(driver: Driver) -> None:
    """Creates users without a profile and gives each its first one, part by part, in each format."""
    need_own(driver)
    firsts: list[Content] = [
        renamed(driver, "First"),
        contact(driver, EmailAddr="first@second.example.com"),
        {"AppID": "first"},
        contact(driver, PhoneNum=[{"PhoneType": driver.words.phone_types[0], "Phone": "5550142"}]),
    ]

    def body(case: tuple[int, Content]) -> None:
        number, profile = case
        user = driver.try_create(whole=False) or driver.own_user()
        for each in (profile, renamed(driver, "Second")):
            driver.change(user, each, in_turn(driver, number))
            driver.read(user)

    driver.bench.each(list(enumerate([*firsts, *firsts[::-1]])), body)


@check(deepens=("success-is-stored", "unknown-user-code", "other-user-untouched"))
def check_kept(driver: Driver) -> None:
    """Creates, updates and deletes many users beside one whose profile must stay, and waits a little."""
    me = need_own(driver)
    driver.seed(me, "Kept")
    gone = driver.own_user()
    driver.change(gone, renamed(driver, "Gone"))
    driver.delete(gone)
    for number in range(NEIGHBORS):
        neighbor = driver.try_create()
        if neighbor is not None:
            if number % 2:
                driver.change(neighbor, renamed(driver, f"Neighbor {number}"), in_turn(driver, number // 2))
            if number % 3 == 0:
                driver.delete(neighbor)
        if number in (2, 9, 20):
            driver.read(me)
    driver.read(me)
    driver.bench.pause(PAUSE_S)
    driver.read(me)
    signers = (gone, me, driver.need_admin)
    driver.bench.each(signers, lambda by: driver.update(driver.update_of(gone, renamed(driver, "Back"), by=by)))
    driver.change(me, renamed(driver, "Later"))
    driver.read(me)
    again = driver.try_create(id=gone.id, whole=False)
    if again is None:
        return
    driver.change(again, {"AppID": "again"})
    back = shows(driver.read(again), "Gone")
    observed = f"the profile of the deleted user is {'' if back else 'not '}shown"
    driver.bench.expect("other-user-untouched", not back, observed=observed, allowed="a new profile")
    driver.change(User(gone.id, gone.password), renamed(driver, "Old password"))
    driver.read(again)


@check(deepens=("success-is-stored",))
def check_many_updates(driver: Driver) -> None:
    """Sends one user many updates in a row, in both formats, and reads back after each few: the last one counts."""
    me = driver.me
    driver.whole(renamed(driver, "Many"))
    driver.seed(me, "Many")
    if not driver.formats:
        raise NotTested("no format is taken")

    def body(number: int) -> None:
        driver.change(me, renamed(driver, f"Many {number}"), in_turn(driver, number // 2))
        if number % 4 == 3:
            driver.read(me, in_turn(driver, number // 4))

    driver.bench.each(range(36), body)
    driver.read(me)
