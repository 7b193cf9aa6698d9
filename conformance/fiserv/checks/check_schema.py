"""Messages that are made of the schemas: valid ones in both formats, and ones that break one rule."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from conformance.exercise import check
from conformance.fiserv import xml
from conformance.fiserv.checks.twins import UNDESCRIBED, Twins, without
from conformance.fiserv.driver import Driver
from strategies.fiserv.documents import Broken, broken_json, broken_xml, sent_by, updates
from strategies.fiserv.profiles import full_profile
from strategies.fiserv.schema import Content, resolved
from strategies.fiserv.wire import NAMESPACE, Format

OF_EACH_RULE = 0.32  # share of the cases of one property


def _dressed(driver: Driver, document: bytes) -> bytes:
    """The document in the namespace that the target takes."""
    if driver.readings.settled("xml-request-namespace") != "cashedge-wm-only":
        return document
    root = b"<UserProfileModRqHeader"
    return document.replace(root, root + f' xmlns="{NAMESPACE}"'.encode(), 1)


def _near_misses(driver: Driver, format_: Format, make: Callable[[Content, int, int], Sequence[Broken]]) -> None:
    driver.speaks(format_)
    me = driver.me
    driver.seed(me, "Schema")
    content = driver.update_of(me, {**full_profile(driver.words, "Broken"), "InstallID": 7})
    shared = str(content["RqUID"]).encode()

    def body(miss: Broken) -> None:
        # Each as a request of its own, for an RqUID may be good only once.
        message = miss.document.replace(shared, driver.request_id().encode())
        driver.post(_dressed(driver, message) if format_ is Format.XML else message, format_)
        driver.read(me)

    count = driver.bench.effort.examples(OF_EACH_RULE)
    driver.bench.each(make(content, count, driver.bench.next_seed() % 1000), body)


@check("missing-member-code", "invalid-field-code", "error-changes-nothing")
def check_near_misses_xml(driver: Driver) -> None:
    """Breaks every rule of the XSD at several places of a full update, one at a time, and reads back."""

    def make(content: Content, count: int, start: int) -> Sequence[Broken]:
        return broken_xml(driver.body("update", content, Format.XML, namespace=None), count, start)

    _near_misses(driver, Format.XML, make)


@check("missing-member-code", "invalid-field-code", "error-changes-nothing")
def check_near_misses_json(driver: Driver) -> None:
    """Breaks every keyword of the JSON Schema at several places of a full update, one at a time, and reads back."""
    _near_misses(driver, Format.JSON, broken_json)


@check("both-formats-agree")
def check_both_formats(driver: Driver) -> None:
    """Sends updates generated from the XSD as XML for one user and as JSON for another; compares answers and reads."""
    for format_ in Format:
        driver.speaks(format_)
    twins = Twins(driver, "Schema")

    def body(document: bytes) -> None:
        sender = driver.body("update", driver.update_of(twins.first, {}), Format.XML, namespace=None)
        message = without(sent_by(document, sender), UNDESCRIBED)
        content = xml.convert(xml.parse(message), resolved("update-request")).content
        whole = content["UserProfileModRq"]["UserProfile"]
        sent = driver.undoable(whole)
        if sent != whole:
            own = {name: sent[name] for name in sent if name not in ("UserID", "HomeID")}
            message = driver.body("update", driver.update_of(twins.first, own), Format.XML, namespace=None)
        other = driver.update_of(twins.second, {name: sent[name] for name in sent if name not in ("UserID", "HomeID")})
        other |= {"version": content["version"]} if "version" in content else {}
        told = driver.body("update", other, Format.JSON)
        twins.update(sent, [(_dressed(driver, message), Format.XML), (told, Format.JSON)])

    driver.bench.for_all(updates(), body)
