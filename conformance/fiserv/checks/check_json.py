"""JSON that is no JSON, or that readers differ about."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from conformance.exercise import check
from conformance.fiserv.checks.sending import SELDOM, need_own, right_after, shows
from conformance.fiserv.driver import Driver, answered_of
from conformance.fiserv.probes.asking import contact, person, renamed
from conformance.judge import NotApplicable
from strategies.broken_json import Broken, Original, broken
from strategies.fiserv.schema import Content, at
from strategies.fiserv.wire import Format, to_json

# Where the mark stands that each text is broken at: a value, a plain member, an id.
PLACES = ("LastName", "AppID", "RqUID")
REPLACEMENT = "\ufffd"
OLD = "Before"


def _original(driver: Driver, place: str, number: int) -> Original:
    mark = f"Broken{number}"
    profile: Content = (
        {"AppID": mark} if place == "AppID" else renamed(driver, mark if place == "LastName" else "Other")
    )
    content = driver.update_of(driver.me, profile)
    if place == "RqUID":
        content["RqUID"] = mark
    return Original(content, mark)


@check(deepens=("unparsable-refused", "error-changes-nothing"))
def check_broken(driver: Driver) -> None:
    """Sends JSON that is no JSON, broken in one named way each, at a value and at an id, and reads back."""
    driver.speaks(Format.JSON)
    me = driver.me
    driver.whole({"AppID": "app"})
    driver.seed(me, OLD)
    ways = [case.how for case in broken(_original(driver, "LastName", 0))]

    def body(case: tuple[int, int, str]) -> None:
        place_of_case, number, place = case
        made: Broken = list(broken(_original(driver, place, number)))[number]
        answered = answered_of(driver.post(made.body, Format.JSON))
        taken = answered is not None and answered.succeeded
        seen = driver.read(me) if taken or place_of_case % SELDOM == 0 else None
        if _is_utf8(made.body):
            observed = f"{made.how} in {place}: {answered}"
            driver.bench.expect("unparsable-refused", not taken, observed=observed, allowed="an error")
        elif taken:
            # Readers may put U+FFFD in the place of what is no character; nothing else stands for it.
            stored = {"LastName": at(seen, "PersonInfo", "PersonName", "LastName"), "AppID": at(seen, "AppID")}.get(
                place
            )
            holds = stored is None or _replaced(str(stored), f"Broken{number}")
            observed = f"{made.how} in {place} is taken, and {stored!r} is stored"
            driver.bench.expect("unparsable-refused", holds, observed=observed, allowed="an error, or U+FFFD instead")

    # At other places in turn: a reader may be strict at a value and generous at an id.
    listed = [(number, "LastName") for number in range(len(ways))]
    listed += [(number, PLACES[1 + number % 2]) for number in range(len(ways))]
    driver.bench.each([(count, *case) for count, case in enumerate(listed)], body)
    _broken_numbers(driver)
    driver.read(me)


def _broken_numbers(driver: Driver) -> None:
    """Writes the home as no number of JSON is written (RFC 8259, section 6)."""
    home = driver.home
    forms = (f"0{home}", f"+{home}", f"{home}.", hex(home), f"{home}e", f"{home // 1000}_{home % 1000:03}", f"{home}L")

    def body(form: str) -> None:
        content = driver.update_of(driver.me, {**renamed(driver, "Number"), "HomeID": "Zq7mark"})
        driver.post(to_json(content).replace(b'"Zq7mark"', form.encode()), Format.JSON)

    driver.bench.each(forms, body)


def _is_utf8(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _replaced(stored: str, mark: str) -> bool:
    rest = stored.replace(REPLACEMENT, "")
    return stored == OLD or rest == mark or (mark not in rest and not re.search("[^\x00-\x7f]", rest))


@check("no-server-failure", "success-code")
def check_oddities(driver: Driver) -> None:
    """Sends what is left open, such as null and lone surrogates: no HTTP 500 comes, and the next update is taken."""
    driver.speaks(Format.JSON)
    name, lists = "PersonName", "PhoneNum"
    odd: list[Content] = [
        contact(driver, **{lists: []}),
        {"ClientProperty": []},
        contact(driver, EmailAddr=""),
        contact(driver, EmailAddr=None),
        person(driver, **{name: {"LastName": ""}}),
        person(driver, **{name: None}),
        {"PersonInfo": None},
        *(
            person(driver, **{name: {"LastName": f"odd {char}"}})
            for char in ("\x00", "\x1b", "\x7f", "\ufffe", "\ud800", "\u2028", "\u0085")
        ),
        person(driver, **{name: {"LastName": "long" * 5000}}),
        {"AppID": True},
        {"HomeID": 10**30},
        {"HomeID": float(driver.home)},
        {"HomeID": [[[[]]]]},
        {"UserID": "x" * 5000},
        {"UserID": "\x00"},
        {"UserID": "\ud800"},
    ]
    raw: list[bytes] = [
        *_deep(driver),
        b'{"RqUID":1,"RqUID":2}',
        b"\xef\xbb\xbf{}",
        b'{"RqUID":NaN}',
        b'"text"',
        b"[]",
        b"null",
        b"true",
        b"1e999",
        b"[1,2",
        b'{"SignonRq":[]}',
        b'{"UserProfileModRq":null,"SignonRq":null}',
    ]

    settled: list[object] = []

    def settle(case: object) -> None:
        settled.append(case)
        # Behind bodies each time; behind odd values, which few readers mind, each second time.
        if isinstance(case, bytes) or len(settled) % 2:
            right_after(driver, "After")

    def escaped(case: tuple[str, str]) -> None:
        place, escape = case
        message = to_json(_marked(driver, place))
        driver.post(message.replace(b"Zq7mark", b"odd " + escape.encode() + b" odd"), Format.JSON)
        settle(case)

    def with_profile(profile: Content) -> None:
        driver.change(driver.me, profile, Format.JSON)
        settle(profile)

    def with_body(sent: bytes) -> None:
        driver.post(sent, Format.JSON)
        settle(sent)

    driver.bench.each(odd, with_profile)
    driver.bench.each(raw, with_body)
    escapes = ("\\ud800", "\\udc00", "\\udc00\\ud800", "\\u0000", "\\uffff", "\\ud83d\\ude42")
    driver.bench.each([(place, escape) for place in ("LastName", "RqUID", "UserID") for escape in escapes], escaped)
    driver.read(driver.me)


def _marked(driver: Driver, place: str) -> Content:
    content = driver.update_of(driver.me, renamed(driver, "Zq7mark" if place == "LastName" else "Escaped"))
    if place == "RqUID":
        content["RqUID"] = f"{content['RqUID']}Zq7mark"
    if place == "UserID":
        content["UserProfileModRq"]["UserProfile"]["UserID"] = "Zq7mark"
    return content


def _deep(driver: Driver) -> list[bytes]:
    """Bodies that are nested more and more deeply; the deepest only where hostile input is allowed."""
    depths = (20, 60, 101, 150, 1000, 2000) if driver.target.hostile_input else (20, 60, 101)
    bodies = []
    for depth in depths:
        content = to_json({**driver.update_of(driver.me, renamed(driver, "Deep")), "Zq7Unknown": "Zq7mark"})
        bodies += [content.replace(b'"Zq7mark"', b"[" * depth + b"]" * depth), b"[" * depth, b'{"a":' * depth + b"1"]
    return bodies


Pair = tuple[str, Any]
# What is repeated, where it stands, its name, a right value and a wrong one.
Repetition = tuple[str, tuple[str, ...], str, Any, Any]


def _repeated(content: Content, path: Sequence[str], pairs: Sequence[Pair]) -> bytes:
    """A message in JSON with several members of one object in the place of one member, names repeated."""
    holder: Any = content
    for step in path[:-1]:
        holder = holder[step]
    holder[path[-1]] = "Zq7mark"
    members = ", ".join(f"{json.dumps(name)}: {json.dumps(value)}" for name, value in pairs)
    return to_json(content).replace(f'"{path[-1]}": "Zq7mark"'.encode(), members.encode(), 1)


PROFILE = ("UserProfileModRq", "UserProfile")
INFO = ("SignonRq", "UserInfo")


@check(deepens=("other-user-untouched", "identity-triple", "error-changes-nothing"))
def check_repeated(driver: Driver) -> None:
    """Repeats members with a right and a wrong value in either order: whichever counts, nobody else is touched."""
    driver.speaks(Format.JSON)
    me, other = need_own(driver), driver.other
    driver.seed(other, "Theirs")
    driver.seed(me, OLD)
    wrong = f"{me.password}x"

    def whole(user: str) -> Content:
        return {"HomeID": driver.home, "UserID": user, **renamed(driver, "Twice")}

    scheme = {"CryptType": driver.crypt_type}
    cases: list[Repetition] = [
        ("UserID of the profile", (*PROFILE, "UserID"), "UserID", me.id, other.id),
        ("HomeID of the profile", (*PROFILE, "HomeID"), "HomeID", driver.home, driver.unknown_home),
        ("profile", PROFILE, "UserProfile", whole(me.id), whole(other.id)),
        ("UserProfileModRq", PROFILE[:1], PROFILE[0], {"UserProfile": whole(me.id)}, {"UserProfile": whole(other.id)}),
        ("partnerID", ("partnerID",), "partnerID", driver.partner, driver.unknown_partner),
        ("UserID of the sign-on", (*INFO, "UserID"), "UserID", me.id, other.id),
        ("password", (*INFO, "UserPassword", "CryptVal"), "CryptVal", me.password, wrong),
        (
            "UserPassword",
            (*INFO, "UserPassword"),
            "UserPassword",
            scheme | {"CryptVal": me.password},
            scheme | {"CryptVal": wrong},
        ),
        ("Role", (*INFO, "Role"), "Role", "User", "Admin"),
        ("HomeID of the sign-on", (*INFO, "HomeID"), "HomeID", driver.home, driver.unknown_home),
    ]

    def send(case: Repetition, *, first: bool, spelling: str) -> bool:
        what, path, name, right, false = case
        content = driver.update_of(me, renamed(driver, f"Twice {what}"))
        pairs = [(name, right), (spelling, false)]
        answered = answered_of(driver.post(_repeated(content, path, pairs if first else pairs[::-1]), Format.JSON))
        taken = answered is not None and answered.succeeded
        theirs, mine = driver.read(other), driver.read(me)
        touched = shows(theirs, "Twice")
        observed = f"{what} twice: the other profile {'shows' if touched else 'does not show'} the change"
        driver.bench.expect("other-user-untouched", not touched, observed=observed, allowed="untouched")
        if answered is not None and not taken and answered.code is not None:
            observed = f"{what} twice: {answered}, and the change is {'' if shows(mine, 'Twice') else 'not '}stored"
            driver.bench.expect(
                "error-changes-nothing", not shows(mine, "Twice"), observed=observed, allowed="unchanged"
            )
        if shows(mine, "Twice") or touched:
            driver.seed(me, OLD)
        if touched:
            driver.seed(other, "Theirs")
        return taken

    def body(case: Repetition) -> None:
        both = [send(case, first=first, spelling=case[2]) for first in (True, False)]
        # One rule says which of two counts: under any, the wrong one counts in one of the two orders.
        observed = f"{case[0]} right and wrong is taken in both orders"
        driver.bench.expect("identity-triple", both != [True, True], observed=observed, allowed="at most one")
        send(case, first=True, spelling=case[2].lower())

    driver.bench.each(cases, body)
    _role_of_others(driver)


def _role_of_others(driver: Driver) -> None:
    """Names another user with both roles in the sign-on: the one that is checked may not be the one that permits."""
    me, other = driver.me, driver.other

    def body(roles: Sequence[str]) -> None:
        content = driver.update_of(other, renamed(driver, "Both roles"), by=me)
        driver.post(_repeated(content, (*INFO, "Role"), [("Role", role) for role in roles]), Format.JSON)
        touched = shows(driver.read(other), "Both roles")
        observed = f"{roles}: the other profile is {'' if touched else 'not '}changed"
        driver.bench.expect("other-user-untouched", not touched, observed=observed, allowed="untouched")

    driver.bench.each([("User", "Admin"), ("Admin", "User")], body)


@check(deepens=("success-is-stored",))
def check_repeated_values(driver: Driver) -> None:
    """Repeats a value and the RqUID: where that is taken, one of them is stored, shown and repeated."""
    driver.speaks(Format.JSON)
    me = need_own(driver)
    driver.seed(me, OLD)
    taken = []

    def body(number: int) -> None:
        marks = (f"First{number}", f"Last{number}")
        content = driver.update_of(me, renamed(driver, "Zq"))
        path = (*PROFILE, "PersonInfo", "PersonName", "LastName")
        message = _repeated(content, path, [("LastName", mark) for mark in marks])
        identifier = str(content["RqUID"])
        ids = [f"{identifier}a", f"{identifier}b"]
        message = message.replace(
            json.dumps(identifier).encode(),
            json.dumps(ids[0]).encode() + b', "RqUID": ' + json.dumps(ids[1]).encode(),
            1,
        )
        answered = answered_of(driver.post(message, Format.JSON))
        stored = at(driver.read(me), "PersonInfo", "PersonName", "LastName")
        if answered is None or not answered.succeeded:
            return
        taken.append(number)
        observed = f"{stored!r} is stored of {marks}"
        driver.bench.expect("success-is-stored", stored in marks, observed=observed, allowed="one of them")
        for _, profile in answered.profiles:
            shown = at(profile, "PersonInfo", "PersonName", "LastName")
            observed = f"{shown!r} is shown and {stored!r} stored"
            driver.bench.expect(
                "profile-is-stored", shown in (None, stored), observed=observed, allowed="what is stored"
            )
        if driver.readings.settled("request-id-echo") == "echo":
            observed = f"{answered.request_id!r} of {ids}"
            driver.bench.expect("request-id-echo", answered.request_id in ids, observed=observed, allowed="one of them")

    driver.bench.each(range(3), body)
    if not taken:
        raise NotApplicable("a JSON text with repeated names is not taken")
