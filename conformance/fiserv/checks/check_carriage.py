"""How a request is carried: chunks, headers that change nothing, media types, encodings, what a client may claim."""

from __future__ import annotations

from conformance.exercise import check
from conformance.fiserv.checks.sending import in_turn
from conformance.fiserv.driver import Driver, answered_of
from conformance.fiserv.probes.asking import invalid, renamed
from conformance.judge import NotServed as _TooLarge
from conformance.judge import lacking
from conformance.session.exchange import Request
from strategies.fiserv.schema import Content, at
from strategies.fiserv.wire import Format
from strategies.idle_headers import CLAIM_HTTPS, IDLE, claim_source

MEDIA_TYPES = {
    Format.JSON: (
        "Application/JSON",
        "application/json;charset=utf-8",
        'application/json; charset="utf-8"',
        "APPLICATION/JSON; Charset=UTF-8",
    ),
    Format.XML: (
        "Application/XML",
        "application/xml;charset=utf-8",
        'application/xml; charset="UTF-8"',
        "text/xml",
        "Text/XML; charset=utf-8",
    ),
}
ACCEPTS = (
    "application/{}, */*;q=0.1",
    "application/{};q=0.9",
    "Application/{}",
    "text/html, application/{};q=0.8, */*;q=0.1",
    "application/*",
    "application/{}; charset=utf-8",
    "text/html, */*",
)
# Beyond ASCII: what another encoding than UTF-8 makes something else of.
LETTERS = "Zoë Ångström \u20ac 名前 \U0001f642"


def _request(driver: Driver, profile: Content, format_: Format) -> Request:
    return driver.request("update", driver.body("update", driver.update_of(driver.me, profile), format_), format_)


@check(deepens=("success-code", "success-is-stored", "invalid-field-code"))
def check_chunks(driver: Driver) -> None:
    """Sends right and wrong updates in chunked transfer coding, and reads back."""
    driver.seed(driver.me, "Whole")

    def body(case: tuple[Format, str]) -> None:
        format_, kind = case
        profile = invalid(driver) if kind == "wrong" else renamed(driver, f"{kind} {format_}")
        driver.send(_request(driver, profile, format_).in_chunks())
        driver.read(driver.me)

    driver.bench.each([(f, kind) for f in driver.formats for kind in ("chunked", "wrong", "again")], body)
    _whole(driver)


def _whole(driver: Driver) -> None:
    """The same without chunks: what the check decides is decided also where bodies in chunks are refused."""
    for profile in (renamed(driver, "Unchunked"), invalid(driver)):
        driver.change(driver.me, profile)
        driver.read(driver.me)


@check(deepens=("success-code", "success-is-stored", "text-of-code", "response-format"))
def check_idle_headers(driver: Driver) -> None:
    """Sends right and wrong updates with each header that changes nothing, and reads back."""
    driver.seed(driver.me, "Idle")

    def body(case: tuple[int, tuple[str, str]]) -> None:
        number, (name, value) = case
        format_ = in_turn(driver, number)
        driver.send(_request(driver, renamed(driver, f"With {name}"), format_).with_header(name, value))
        driver.read(driver.me)
        driver.send(_request(driver, invalid(driver), format_).with_header(name, value))

    driver.bench.each(list(enumerate(IDLE)), body)
    driver.read(driver.me)


@check(deepens=("success-code", "success-is-stored"))
def check_media_types(driver: Driver) -> None:
    """Writes the media type of a right update in each form that means the same, and reads back."""
    driver.seed(driver.me, "Media")

    def body(case: tuple[Format, str]) -> None:
        format_, media = case
        driver.send(_request(driver, renamed(driver, f"As {media}"[:40]), format_).with_header("Content-Type", media))
        driver.read(driver.me)

    driver.bench.each([(f, media) for f in driver.formats for media in MEDIA_TYPES[f]], body)


@check(deepens=("response-format",))
def check_accept(driver: Driver) -> None:
    """Sends right and wrong updates whose Accept has parameters, wildcards or weights, or is absent."""

    def body(case: tuple[Format, str]) -> None:
        format_, accept = case
        for profile in (renamed(driver, "Accepted"), invalid(driver)):
            request = _request(driver, profile, format_)
            driver.send(
                request.with_header("Accept", accept.format(format_)) if accept else request.without_header("Accept")
            )

    driver.bench.each([(f, accept) for f in driver.formats for accept in (*ACCEPTS, "")], body)


@check(deepens=("text-not-misread", "success-is-stored"))
def check_encodings(driver: Driver) -> None:
    """Sends letters beyond ASCII in XML with and without a declaration, under each media type, and reads back."""
    driver.speaks(Format.XML)
    me = driver.me
    driver.whole(renamed(driver, "Letters"))
    driver.seed(me, "Letters")
    heads = (
        b"",
        b'<?xml version="1.0"?>',
        b"<?xml version='1.0' encoding='utf-8'?>\n",
        b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>',
    )
    medias = ("application/xml", "text/xml", "application/xml; charset=utf-8", "text/xml; charset=UTF-8")

    def body(case: tuple[int, bytes, str]) -> None:
        number, head, media = case
        text = f"{LETTERS} {number}"
        content = driver.update_of(me, renamed(driver, text))
        content["RqUID"] = f"{content['RqUID']}é"
        bare = driver.body("update", content, Format.XML).partition(b"?>\n")[2]
        answered = answered_of(
            driver.send(driver.request("update", head + bare, Format.XML).with_header("Content-Type", media))
        )
        stored = at(driver.read(me), "PersonInfo", "PersonName", "LastName")
        if answered is not None and answered.succeeded and stored is not None:
            observed = f"{stored!r} is stored"
            driver.bench.expect("text-not-misread", stored == text, observed=observed, allowed=repr(text))

    cases = [(head, media) for head in heads for media in medias]
    driver.bench.each([(number, *case) for number, case in enumerate(cases)], body)


@check(deepens=("message-form",))
def check_late_doctype(driver: Driver) -> None:
    """Sends a harmless DOCTYPE behind blanks and comments of many lengths, and reads back."""
    driver.speaks(Format.XML)
    me = driver.me
    driver.seed(me, "Doctype")
    lengths = (0, 100, 255, 300, 600, 1100, 2100, 4200, 8300, 16500)

    def body(case: tuple[int, int, bytes]) -> None:
        number, length, kind = case
        content = driver.update_of(me, renamed(driver, f"Late {number}"))
        head, _, rest = driver.body("update", content, Format.XML, doctype=True).partition(b"?>\n")
        filling = kind.replace(b"*", b" " * length)
        driver.post((head + b"?>\n" if number % 2 else b"") + filling + rest, Format.XML)
        driver.read(me)

    kinds = (b"*", b"<!--*-->", b"<?zq7 *?>\n")
    cases = [(length, kinds[number % len(kinds)]) for number, length in enumerate(lengths)]
    driver.bench.each([(number, *case) for number, case in enumerate([*cases, *cases[::-1]])], body)


@check(deepens=("success-is-stored", "success-code", "error-changes-nothing"))
def check_sizes(driver: Driver) -> None:
    """Pads right and wrong updates with blanks to many sizes; what is answered with 0 is stored, what not, is not."""
    me = driver.me
    driver.seed(me, "Size")

    def body(case: tuple[int, int]) -> None:
        number, size = case
        format_ = in_turn(driver, number)
        for good in (True, False):
            profile = renamed(driver, f"Size {size}") if good else {**renamed(driver, "Wrong size"), **invalid(driver)}
            message = driver.body("update", driver.update_of(me, profile), format_)
            # Between two members, so that a body that is read in part lacks the profile.
            mark = b'"UserProfileModRq"' if format_ is Format.JSON else b"<UserProfileModRq>"
            before, found, behind = message.partition(mark)
            if not found:
                before, found, behind = message, b"", b""
            filling = b" " * max(size - len(message), 0)
            try:
                driver.post(before + filling + found + behind, format_)
            except _TooLarge:
                return
            driver.read(me)

    sizes = (1500, 4097, 8193, 16385, 32769, 59000, 65537, 131073, 1048577)
    cases = [size for size in sizes for _ in driver.formats]
    driver.bench.each(list(enumerate(cases)), body)


@check(deepens=("secure-transport",))
def check_claimed_https(driver: Driver) -> None:
    """Sends a right update over plain HTTP with headers that claim HTTPS, and reads back over TLS."""
    driver.need_plain()
    driver.seed(driver.me, "Secure")

    def body(case: tuple[int, tuple[str, str]]) -> None:
        number, (name, value) = case
        format_ = in_turn(driver, number)
        message = driver.body("update", driver.update_of(driver.me, renamed(driver, f"Claimed {number}")), format_)
        driver.send(driver.request("update", message, format_, plain=True).with_header(name, value))
        driver.read(driver.me)

    driver.bench.each(list(enumerate(CLAIM_HTTPS)), body)


@check(deepens=("unlisted-source",))
def check_claimed_source(driver: Driver) -> None:
    """Sends a right update from the unlisted address that claims to come from a listed one, and reads back."""
    source = driver.target.unlisted_source
    if source is None:
        raise lacking.unlisted_source()
    driver.seed(driver.me, "Listed")

    def body(case: tuple[int, tuple[str, str]]) -> None:
        number, (name, value) = case
        format_ = in_turn(driver, number)
        message = driver.body("update", driver.update_of(driver.me, renamed(driver, f"Stranger {number}")), format_)
        driver.send(driver.request("update", message, format_, source=source).with_header(name, value))
        driver.read(driver.me)

    driver.bench.each(list(enumerate(claim_source("127.0.0.1"))), body)


@check(deepens=("no-server-failure",))
def check_addresses(driver: Driver) -> None:
    """Sends right updates with queries and paths that are odd, not UTF-8 or long: no HTTP 500 may come."""
    queries = ("a=b", "%FF=%C3%28", "a=%00", "x" * 2000, "?", "a[]=1&a[]=2", "%E2%82", "&&==", "a=%u0041")
    endings = ("/%FF", "/%C3%28", "%00", "/", "?%FF", ";a=b", "/" + "x" * 2000, "%2F..", "/%E2%82")

    def ask(case: tuple[int, str]) -> None:
        number, query = case
        request = _request(driver, renamed(driver, f"Query {number}"), in_turn(driver, number))
        driver.send(Request(request.operation, request.method, request.path, query, request.headers, request.body))

    def go(case: tuple[int, str]) -> None:
        number, ending = case
        request = _request(driver, renamed(driver, f"Path {number}"), in_turn(driver, number))
        exchange = driver.send(Request("", request.method, request.path + ending, "", request.headers, request.body))
        if exchange.answer is not None:
            status = exchange.answer.status
            observed = f"HTTP {status} at {ending[:20]}"
            driver.bench.expect("no-server-failure", status < 500, observed=observed, allowed="a status below 500")

    driver.bench.each(list(enumerate(queries)), ask)
    driver.bench.each(list(enumerate(endings)), go)
    driver.change(driver.me, renamed(driver, "Behind"))
