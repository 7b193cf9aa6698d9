"""Messages that are made of the XSD: valid ones in both formats, and ones that break one of its rules."""

from __future__ import annotations

from conformance.exercise import check
from conformance.fiserv import xml
from conformance.fiserv.checks.twins import different, twins, without
from conformance.fiserv.driver import Driver, answered_of
from strategies.fiserv.documents import broken, sent_by, updates
from strategies.fiserv.profiles import full_profile
from strategies.fiserv.schema import resolved
from strategies.fiserv.wire import NAMESPACE, Format
from strategies.xsd import NearMiss

OF_EACH_RULE = 0.32  # share of the cases of one property


def _dressed(driver: Driver, document: bytes) -> bytes:
    """The document in the namespace that the target takes."""
    if driver.readings.settled("xml-request-namespace") != "cashedge-wm-only":
        return document
    root = b"<UserProfileModRqHeader"
    return document.replace(root, root + f' xmlns="{NAMESPACE}"'.encode(), 1)


@check("missing-member-code", "invalid-field-code", "error-changes-nothing")
def check_near_misses(driver: Driver) -> None:
    """Breaks every rule of the XSD at several places of a full update in XML, one at a time, and reads back."""
    driver.speaks(Format.XML)
    me = driver.me
    driver.seed(me, "Schema")
    profile = {**full_profile(driver.words, "Broken"), "InstallID": 7}
    content = driver.update_of(me, profile)
    base = driver.body("update", content, Format.XML, namespace=None)
    shared = str(content["RqUID"]).encode()

    def body(miss: NearMiss) -> None:
        # Each as a request of its own, for an RqUID may be good only once.
        message = miss.document.replace(shared, driver.request_id().encode())
        driver.post(_dressed(driver, message), Format.XML)
        driver.read(me)

    count = driver.bench.effort.examples(OF_EACH_RULE)
    driver.bench.each(broken(base, count, driver.bench.next_seed() % 1000), body)


@check("both-formats-agree")
def check_both_formats(driver: Driver) -> None:
    """Sends updates generated from the XSD as XML for one user and as JSON for another; compares answers and reads."""
    for format_ in Format:
        driver.speaks(format_)
    first, second, unlike = twins(driver, "Schema")

    def body(document: bytes) -> None:
        sender = driver.body("update", driver.update_of(first, {}), Format.XML, namespace=None)
        message = sent_by(document, sender)
        content = xml.convert(xml.parse(message), resolved("update-request")).content
        whole = content["UserProfileModRq"]["UserProfile"]
        sent = driver.undoable(whole)
        message = without(message, whole.keys() - sent.keys())
        other = driver.update_of(second, {name: sent[name] for name in sent if name not in ("UserID", "HomeID")})
        told = [
            answered_of(driver.post(_dressed(driver, message), Format.XML)),
            driver.update({**other, **({"version": content["version"]} if "version" in content else {})}, Format.JSON),
        ]
        codes = [answered.code if answered else None for answered in told]
        driver.bench.expect("both-formats-agree", codes[0] == codes[1], observed=f"{codes}", allowed="the same code")
        seen = [driver.read(first, Format.JSON), driver.read(second, Format.XML)]
        differ = different(sent, seen[0] or {}, seen[1] or {}, unlike)
        observed = f"after XML and JSON differ {differ}"
        driver.bench.expect("both-formats-agree", not differ, observed=observed, allowed="the same profile")

    driver.bench.for_all(updates(), body)
