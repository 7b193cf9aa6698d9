"""Passwords and tokens: nearly right ones, ones in another place, and none in an answer."""

from __future__ import annotations

import base64
from dataclasses import replace
from urllib.parse import quote

from conformance.exercise import check
from conformance.fiserv.checks.sending import in_turn, right_after, succeeded
from conformance.fiserv.checks.wrongs import OTHER, SINGLE, Wrong
from conformance.fiserv.driver import Driver, User
from conformance.fiserv.probes.asking import renamed
from conformance.session.exchange import Request
from strategies.fiserv.schema import Content
from strategies.fiserv.wire import Format

CUTS = (8, 10, 12, 15, 16, 20, 24, 30, 32)


def _nearly(user: User) -> list[str]:
    """Passwords that are nearly the right one."""
    right = user.password
    last = "y" if right[-1] != "y" else "z"
    # Those of lent users are few, for a target may lock a user out whom nobody lets in again.
    if not user.ours:
        return [f"{right}x"]
    return [
        *(right[:cut] for cut in CUTS if cut < len(right)),
        right[1:],
        right[:-1] + last,
        f"x{right[1:]}",
        right[: len(right) // 2] + "~" + right[len(right) // 2 + 1 :],
        right + right,
        f"{right}0",
        right.upper(),
        right.lower(),
        f"{right},{right}",
        base64.b64encode(right.encode()).decode(),
        "*",
        "%",
        f"{right[:8]}%",
        f"{right[:8]}*",
        user.id,
        "null",
        "None",
    ]


@check(deepens=("sign-on-failure", "success-code"))
def check_nearly(driver: Driver) -> None:
    """Signs on with passwords that are nearly right, each between right updates, beside a change, and reads back."""
    user = driver.me
    driver.seed(user, "Nearly")

    def body(case: tuple[int, str]) -> None:
        number, guess = case
        wrong = User(user.id, guess, user.role)
        driver.update(driver.update_of(wrong, renamed(driver, f"Guess {number}")), in_turn(driver, number))
        # Behind some by a read, so that what a guess has changed shows; behind the others by an update.
        if number % 4 == 3:
            driver.read(user)
        driver.change(user, renamed(driver, f"Right {number}"))

    driver.bench.each(list(enumerate(_nearly(user))), body)


@check(deepens=("sign-on-failure",))
def check_again(driver: Driver) -> None:
    """Sends an update that was taken once more with a wrong password, and with no other change, and reads back."""
    user = driver.me
    driver.seed(user, "Admitted")

    def body(format_: Format) -> None:
        content = driver.update_of(user, renamed(driver, f"Admitted in {format_}"))
        password = content["SignonRq"]["UserInfo"]["UserPassword"]
        for new in (False, True):
            password["CryptVal"] = user.password
            content["RqUID"] = driver.request_id()
            driver.update(content, format_)
            password["CryptVal"] = f"{user.password}x"
            content["UserProfileModRq"]["UserProfile"] |= renamed(driver, "Admitted once more") if new else {}
            content["RqUID"] = driver.request_id()
            driver.update(content, format_)
            driver.read(user, format_)

    driver.bench.each(driver.formats, body)


@check(deepens=("sign-on-failure",))
def check_elsewhere(driver: Driver) -> None:
    """Signs on with a wrong password and has the right one in another place of the request, and reads back."""
    user = driver.me
    driver.seed(user, "Elsewhere")
    right, form = (
        user.password,
        f"UserID={quote(user.id)}&CryptVal={quote(user.password)}&password={quote(user.password)}",
    )
    basic = base64.b64encode(f"{user.id}:{right}".encode()).decode()
    placed = {
        "Authorization: Basic": lambda request: request.with_header("Authorization", f"Basic {basic}"),
        "Authorization: Bearer": lambda request: request.with_header("Authorization", f"Bearer {right}"),
        "a cookie": lambda request: request.with_header("Cookie", f"CryptVal={right}; password={right}"),
        "a header": lambda request: request.with_header("X-Password", right),
        "the query": lambda request: replace(request, query=form),
    }

    def body(case: tuple[int, str]) -> None:
        number, place = case
        format_ = in_turn(driver, number)
        content = driver.update_of(User(user.id, f"{right}x", user.role), renamed(driver, f"Elsewhere {number}"))
        request: Request = placed[place](driver.request("update", driver.body("update", content, format_), format_))
        taken = succeeded(driver.send(request))
        observed = f"{'taken' if taken else 'refused'} with the password in {place}"
        driver.bench.expect("sign-on-failure", not taken, observed=observed, allowed="an error")
        driver.read(user)

    driver.bench.each(list(enumerate(placed)), body)


@check(deepens=("sign-on-failure", "error-changes-nothing"))
def check_invented_token(driver: Driver) -> None:
    """Signs on with a wrong password beside an AlldataToken that nobody gave out, and reads back."""
    user = driver.me
    driver.seed(user, "Token")

    def body(format_: Format) -> None:
        wrong = User(user.id, f"{user.password}x", user.role)
        content = driver.update_of(wrong, renamed(driver, "Token taken"), AlldataToken=driver.fresh_id())
        driver.update(content, format_)
        driver.read(user)

    driver.bench.each(driver.formats, body)


@check(deepens=("sign-on-failure", "error-changes-nothing"))
def check_forms(driver: Driver) -> None:
    """Sends the password in JSON within a list or an object, or a number or nothing in its place, and reads back."""
    driver.speaks(Format.JSON)
    user = driver.me
    driver.seed(user, "Forms")
    right = user.password
    values: tuple[object, ...] = (
        [right],
        [f"{right}x", right],
        {"": right},
        {"value": right},
        None,
        True,
        0,
        [],
        {},
        "",
    )

    def body(case: tuple[int, object]) -> None:
        number, value = case
        content = driver.update_of(user, renamed(driver, f"Form {number}"))
        content["SignonRq"]["UserInfo"]["UserPassword"]["CryptVal"] = value
        taken = succeeded(
            driver.send(driver.request("update", driver.body("update", content, Format.JSON), Format.JSON))
        )
        observed = f"{'taken' if taken else 'refused'} with a password of another form"
        driver.bench.expect("sign-on-failure", not taken, observed=observed, allowed="an error")
        driver.read(user)

    # A reader may take a list of one for its entry; that is a right password then.
    driver.bench.each([case for case in enumerate(values) if case[1] != [right]], body)


@check("credentials-not-shown")
def check_shown(driver: Driver) -> None:
    """Provokes an answer of every kind; none of them may show the password or the token of its request."""
    me = driver.me

    def wrong_password(driver: Driver) -> Content:
        return driver.update_of(User(me.id, f"{me.password}x", me.role), renamed(driver, "Wrong"))

    def nobody(driver: Driver) -> Content:
        return driver.update_of(User(driver.fresh_id(), driver.fresh_password()), renamed(driver, "Nobody"))

    def no_scheme(driver: Driver) -> Content:
        content = driver.update_of(me, renamed(driver, "Wrong"))
        del content["SignonRq"]["UserInfo"]["UserPassword"]["CryptType"]
        return content

    def long_password(driver: Driver) -> Content:
        return driver.update_of(User(me.id, f"{driver.fresh_password()} {'x' * 400}"), renamed(driver, "Wrong"))

    def token(driver: Driver) -> Content:
        return driver.update_of(me, renamed(driver, "Wrong"), AlldataToken=driver.fresh_id())

    good = Wrong("good", lambda d: d.update_of(me, renamed(d, "Good")))
    more = (wrong_password, nobody, no_scheme, long_password, token)
    cases = [good, *SINGLE, OTHER, *(Wrong(each.__name__, each) for each in more)]

    def body(case: tuple[Wrong, Format]) -> None:
        driver.update(case[0].content(driver), case[1])
        # A good sign-on after each, for a target may lock users out after a few that failed.
        driver.read(me)

    driver.bench.each([(wrong, format_) for wrong in cases for format_ in driver.formats], body)
    _broken_at_password(driver, me)
    right_after(driver, "Shown")
    driver.read(me)


def _broken_at_password(driver: Driver, me: User) -> None:
    """Sends bodies that cannot be read at the password: an error message likes to quote what stands there."""

    def body(case: tuple[Format, bytes, bytes]) -> None:
        format_, before, behind = case
        message = driver.body("update", driver.update_of(me, renamed(driver, "Broken")), format_)
        place = message.index(me.password.encode())
        end = place + len(me.password)
        driver.post(message[:place] + before + message[place:end] + behind + message[end:], format_)
        driver.post(message[:end], format_)

    broken = [(Format.JSON, b"", b"\n"), (Format.JSON, b'"', b""), (Format.XML, b"", b"<"), (Format.XML, b"&", b"")]
    broken += [(Format.JSON, b"\\x", b""), (Format.XML, b"", b"</CryptType>")]
    driver.bench.each([case for case in broken if case[0] in driver.formats], body)
