"""Messages that are written in other ways and mean the same, right ones and wrong ones; and bytes around a message."""

from __future__ import annotations

from conformance.exercise import check
from conformance.fiserv.checks.sending import in_turn, right_after, shows
from conformance.fiserv.checks.wrongs import (
    ENUMERATION,
    LETTERS,
    MISSING,
    NO_NAME,
    NO_USER,
    OTHER,
    ROLE,
    SCHEME,
    SESSION,
    UNKNOWN_HOME,
    UNKNOWN_PARTNER,
    UNREGISTERED,
    Wrong,
)
from conformance.fiserv.driver import Driver, User, answered_of
from conformance.fiserv.probes.asking import renamed
from conformance.judge import NotTested
from strategies.fiserv.schema import Content, at, resolved
from strategies.fiserv.wire import Format
from strategies.fiserv.writings import REQUEST_ID_END, TEXTS, Writing, writings

NAME = ("LastName", "FirstName", "MiddleName", "DisplayName")
# Whose profile is meant is read from four places; what else is wrong comes in turn.
WHO = (UNKNOWN_PARTNER, UNKNOWN_HOME, UNREGISTERED)
WHAT = (ENUMERATION, ROLE, NO_USER, SESSION, MISSING, LETTERS, NO_NAME, SCHEME)
IN_TURN = 2
# Bytes that make a right text something else: at its beginning and at its end.
BEFORE = (b"\0", b",", b"x", b"\x0c", b"\0\0{}")
BEHIND = (b"\0", b"\0x", b"\0{}", b'\0"}', b"\x1a", b"\x0c", b",", b"]", b";", b"null", b'""', b" 1", b"\n--\n")
BEHIND_XML = (b"\0", b"\0<a/>", b"\x1a", b"text", b"&amp;", b"<![CDATA[]]>", b"</x>", b"\xc2\xa0", b"\0 ")
# A format, and the bytes before a message, right before its last one, and behind it.
Surrounded = tuple[Format, bytes, bytes, bytes]


def _namespaces(driver: Driver) -> frozenset[bool]:
    """Whether elements may stand in the vendor's namespace and in none, as far as the readings say."""
    may = driver.readings.may
    reading = "xml-request-namespace"
    allowed = {True: may(reading, "both", "cashedge-wm-only"), False: may(reading, "both", "none-only")}
    return frozenset(namespaced for namespaced, fits in allowed.items() if fits)


def _ways(driver: Driver) -> list[Writing]:
    return [way for format_ in driver.formats for way in writings(format_, namespaces=_namespaces(driver))]


def _post(driver: Driver, content: Content, way: Writing) -> bool:
    """Sends an update in a way; whether it was taken."""
    body = way.write(content, resolved("update-request"))
    answered = answered_of(driver.post(body, way.format))
    return answered is not None and answered.succeeded


def _right(driver: Driver, number: int, way: Writing) -> None:
    """Sends texts in a right update, and compares what is read back."""
    turned = [TEXTS[(number + place) % len(TEXTS)] for place in range(len(TEXTS))]
    name = {part: f"{number} {text}" for part, text in zip(NAME, turned, strict=True)}
    address = {"Addr1": turned[0], "Addr2": turned[1], "City": turned[2], "Country": "NZ"}
    profile = renamed(driver, "Written")
    profile["PersonInfo"] |= {"PersonName": name, "ContactInfo": {"PostAddr": address}}
    content = driver.update_of(driver.me, profile)
    content["RqUID"] += REQUEST_ID_END
    taken = _post(driver, content, way)
    seen = driver.read(driver.me, in_turn(driver, number))
    stored = at(seen, "PersonInfo", "PersonName", "LastName")
    if taken and seen is not None and way.format is Format.XML:
        holds = stored == name["LastName"]
        observed = f"{way!r}: {stored!r} is stored"
        driver.bench.expect("text-not-misread", holds, observed=observed, allowed=repr(name["LastName"]))


@check(
    deepens=(
        "format-governed",
        "success-code",
        "success-is-stored",
        "request-id-echo",
        "identity-triple",
        "sign-on-failure",
    )
)
def check_equivalent(driver: Driver) -> None:
    """Writes right and wrong updates in each way that means the same, and reads back: nothing else comes of them."""
    me = driver.me
    driver.whole(renamed(driver, "Written"))
    driver.seed(me, "Written")
    try:
        others: tuple[Wrong, ...] = (OTHER,) if driver.other else ()
    except NotTested:
        others = ()
    password = Wrong("a wrong password", lambda d: d.update_of(User(me.id, f"{me.password}x"), renamed(d, "Wrong")))
    guessed = (password,) if me.ours else ()

    def body(case: tuple[int, Writing]) -> None:
        number, way = case
        _right(driver, number, way)
        in_turn = [WHAT[(number * IN_TURN + place) % len(WHAT)] for place in range(IN_TURN)]
        for wrong in (*WHO, *others, *in_turn, *guessed):
            _post(driver, wrong.content(driver), way)
        # A good sign-on behind the wrong ones, for a target may lock users out after a few that failed.
        driver.read(me)
        if others and number % 2:
            driver.read(driver.other)

    driver.bench.each(list(enumerate(_ways(driver))), body)


@check(deepens=("unparsable-refused", "error-changes-nothing", "response-format"))
def check_surroundings(driver: Driver) -> None:
    """Puts bytes before and behind a right update, a NUL above all, and reads back: that is no message any more."""
    me = driver.me
    driver.seed(me, "Alone")
    around: list[Surrounded] = []
    if Format.JSON in driver.formats:
        around += [(Format.JSON, raw, b"", b"") for raw in BEFORE]
        around += [(Format.JSON, b"", b"", raw) for raw in BEHIND]
        around += [(Format.JSON, b"", raw, b"") for raw in (b"\0", b"\x0b")]
    if Format.XML in driver.formats:
        around += [(Format.XML, b"", b"", raw) for raw in BEHIND_XML]
        around += [(Format.XML, raw, b"", b"") for raw in (b"\0", b"x")]

    def body(case: tuple[int, Surrounded]) -> None:
        number, (format_, before, at_end, behind) = case
        mark = f"Around {number}"
        message = driver.body("update", driver.update_of(me, renamed(driver, mark)), format_)
        taken = answered_of(driver.post(before + message[:-1] + at_end + message[-1:] + behind, format_))
        if taken is not None and taken.succeeded and not shows(driver.read(me), mark):
            driver.seed(me, "Alone")

    driver.bench.each(list(enumerate(around)), body)
    driver.read(me)
    right_after(driver, "Behind")
    driver.read(me)
