"""Probes of the form of requests."""

from __future__ import annotations

from conformance.exercise import Probe, probe
from conformance.fiserv.driver import Driver, User, answered_of
from conformance.fiserv.probes.asking import code_of, extra, option_of, renamed
from conformance.session.exchange import Request
from strategies.fiserv.schema import Content
from strategies.fiserv.wire import NAMESPACE, Format


def _xml(driver: Driver, **form: object) -> bool:
    """Whether a good XML update of some form succeeds."""
    driver.claims(Format.XML)
    body = driver.body("update", driver.update_of(driver.me, renamed(driver, "Form")), Format.XML, **form)
    answered = answered_of(driver.post(body, Format.XML))
    return answered is not None and answered.succeeded


@probe("xml-request-namespace")
def xml_request_namespace(driver: Driver) -> str | None:
    """Sends a good XML update in no namespace, and one wholly in the vendor's."""
    taken = _xml(driver, namespace=None), _xml(driver, namespace=NAMESPACE)
    return {(True, True): "both", (True, False): "none-only", (False, True): "cashedge-wm-only"}.get(taken)


@probe("xml-element-order")
def xml_element_order(driver: Driver) -> str | None:
    """Sends a good XML update in which the members of UserProfile stand in the opposite order."""
    return "any-order" if _xml(driver, reordered=("UserProfile",)) else "schema-order" if _xml(driver) else None


@probe("document-type")
def document_type(driver: Driver) -> str | None:
    """Sends a good XML update with a DOCTYPE that declares nothing."""
    return "ignored" if _xml(driver, doctype=True) else "refused" if _xml(driver) else None


def without_content_type(request: Request) -> Request:
    """The request without its Content-Type."""
    headers = tuple(pair for pair in request.headers if pair[0] != "Content-Type")
    return Request(request.operation, request.method, request.path, headers=headers, body=request.body)


@probe("missing-content-type")
def missing_content_type(driver: Driver) -> str | None:
    """Sends a good update without Content-Type."""
    format_ = driver.formats[0]
    body = driver.body("update", driver.update_of(driver.me, renamed(driver, "Bare")), format_)
    answered = answered_of(driver.send(without_content_type(driver.request("update", body, format_))))
    if answered is None:
        return None
    return "accepted" if answered.succeeded else "refused"


def _cut(driver: Driver, format_: Format) -> str | None:
    """What an update is answered with that is cut off in the middle."""
    driver.speaks(format_)
    body = driver.body("update", driver.update_of(driver.me, renamed(driver, "Cut")), format_)
    answered = answered_of(driver.post(body[: len(body) * 2 // 3], format_))
    if answered is None:
        return None
    if answered.code is None:
        return "http-400" if answered.http == 400 else None
    return option_of(driver, f"unparsable-{format_}", answered.code)


@probe("unparsable-xml")
def unparsable_xml(driver: Driver) -> str | None:
    """Sends an XML update that is cut off."""
    return _cut(driver, Format.XML)


@probe("unparsable-json")
def unparsable_json(driver: Driver) -> str | None:
    """Sends a JSON update that is cut off."""
    return _cut(driver, Format.JSON)


def _surplus(driver: Driver, format_: Format, reading: str) -> str | None:
    """What an unknown member at the end of UserProfile leads to."""
    driver.speaks(format_)
    profile: Content = {**renamed(driver, "Surplus"), "Zq7Unknown": "surplus"}
    code = code_of(driver.change(driver.me, profile, format_))
    return "ignored" if code == "0" else option_of(driver, reading, code)


@probe("unknown-json-member")
def unknown_json_member(driver: Driver) -> str | None:
    """Sends a JSON update with one unknown member."""
    return _surplus(driver, Format.JSON, "unknown-json-member")


@probe("unknown-xml-element")
def unknown_xml_element(driver: Driver) -> str | None:
    """Sends an XML update with one unknown element."""
    return _surplus(driver, Format.XML, "unknown-xml-element")


@probe("json-scalar-coercion")
def json_scalar_coercion(driver: Driver) -> str | None:
    """Sends a JSON update whose HomeID stands between quotation marks."""
    driver.speaks(Format.JSON)
    code = code_of(driver.change(driver.me, {**renamed(driver, "Quoted"), "HomeID": str(driver.home)}, Format.JSON))
    return None if code is None else "coerced" if code == "0" else "rejected"


@probe("json-number-for-text")
def json_number_for_text(driver: Driver) -> str | None:
    """Sends a JSON update whose AppID is a number."""
    driver.speaks(Format.JSON)
    code = code_of(driver.change(driver.me, driver.whole({"AppID": 5550100}), Format.JSON))
    return None if code is None else "coerced" if code == "0" else "rejected"


@probe("code-table")
def code_table(driver: Driver) -> str | None:
    """Sends the XML message of the read operation to the update, and names a UserID that breaks the published rules."""
    impossible = driver.update_of(User("a.b@c", ""), renamed(driver, "Malformed"), by=driver.me)
    if extra(driver, code_of(driver.update(impossible)), "role") == "malformed-user":
        return "open"
    driver.speaks(Format.XML)
    body = driver.body("read", driver.head(driver.me), Format.XML)
    code = code_of(answered_of(driver.post(body, Format.XML)))
    if code in (None, "0"):
        return None
    return "closed" if extra(driver, code, "role") == "invalid" else "open"


FIRST: list[Probe] = [xml_request_namespace]
PROBES: list[Probe] = [
    unparsable_json,
    unparsable_xml,
    unknown_json_member,
    unknown_xml_element,
    json_scalar_coercion,
    json_number_for_text,
    xml_element_order,
    document_type,
    missing_content_type,
    code_table,
]
