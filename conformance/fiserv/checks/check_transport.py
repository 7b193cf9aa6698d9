"""Transport: plain HTTP and addresses that are not on the allow-list."""

from __future__ import annotations

from conformance.exercise import check
from conformance.fiserv.driver import Driver
from conformance.fiserv.probes.answers import plain_update
from conformance.fiserv.probes.asking import renamed
from conformance.judge import lacking
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
