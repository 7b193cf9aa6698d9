"""Transport: plain HTTP and addresses that are not on the allow-list."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from conformance.exercise import check
from conformance.fiserv.checks.by_session import by_session, open_session
from conformance.fiserv.checks.sending import in_turn
from conformance.fiserv.driver import Driver
from conformance.fiserv.probes.answers import plain_update
from conformance.fiserv.probes.asking import renamed
from conformance.judge import NotApplicable, lacking
from strategies.fiserv.schema import Content
from strategies.fiserv.wire import Format


@check("secure-transport")
def check_plain(driver: Driver) -> None:
    """Sends a good update over plain HTTP and reads back over TLS."""
    driver.need_plain()
    driver.seed(driver.me, "Secure")
    for number in range(2):
        plain_update(driver, renamed(driver, f"Plain {number}"))
        driver.read(driver.me)


@check("unlisted-source")
def check_unlisted(driver: Driver) -> None:
    """Sends a good update from the address that is not on the allow-list, and reads back from the usual one."""
    source = driver.target.unlisted_source
    if source is None:
        raise lacking.unlisted_source()
    driver.seed(driver.me, "Listed")

    def body(format_: Format) -> None:
        message = driver.body("update", driver.update_of(driver.me, renamed(driver, "Stranger")), format_)
        driver.post(message, format_, source=source)
        driver.read(driver.me)

    driver.bench.each(driver.formats, body)


def _signed(driver: Driver, mark: str) -> Iterator[Content]:
    """A right update, signed on in each way that there is."""
    me, profile = driver.me, renamed(driver, mark)
    yield driver.update_of(me, profile)
    opening = driver.update_of(me, profile)
    opening["SignonRq"]["GenSessInfo"] = "true"
    yield opening
    yield driver.update_of(me, profile, OBOUserID=me.id)
    if driver.admin is not None:
        yield driver.update_of(me, profile, by=driver.admin)
        yield driver.update_of(me, profile, by=driver.admin, OBOUserID=me.id)
    people = [(me, "User"), *([(driver.admin, "Admin")] if driver.admin else [])]
    for user, role in people if me.ours else []:
        try:
            token = open_session(driver, user)
        except NotApplicable:
            continue
        yield by_session(driver, me, token, profile, Role=role)
        yield by_session(driver, me, token, profile, Role=None, HomeID=None)


def _each_way(driver: Driver, *, plain: bool = False, source: str | None = None) -> None:
    """Sends a right update in each way of signing on and in each format, and reads back."""

    def body(case: tuple[int, tuple[Content, Format]]) -> None:
        number, (content, format_) = case
        content["RqUID"] = driver.request_id()
        request = driver.request("update", driver.body("update", content, format_), format_)
        driver.send(replace(request, plain=plain, source=source))
        driver.read(driver.me, in_turn(driver, number))

    signed = list(_signed(driver, "Signed elsewhere"))
    driver.bench.each(list(enumerate((content, f) for content in signed for f in driver.formats)), body)


@check(deepens=("secure-transport",))
def check_plain_ways(driver: Driver) -> None:
    """Sends a right update over plain HTTP, signed on in each way there is, and reads back over TLS."""
    driver.need_plain()
    driver.seed(driver.me, "Secure")
    _each_way(driver, plain=True)


@check(deepens=("unlisted-source",))
def check_unlisted_ways(driver: Driver) -> None:
    """Sends a right update from the unlisted address, signed on in each way there is, and reads back from another."""
    source = driver.target.unlisted_source
    if source is None:
        raise lacking.unlisted_source()
    driver.seed(driver.me, "Listed")
    _each_way(driver, source=source)
